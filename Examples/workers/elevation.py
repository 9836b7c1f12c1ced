"""Whether this worker is to take messages, in the standard library's Python."""
import json, os, urllib.request

ADDRESS = os.environ["SLUICE_ELEVATION"] + "/sidecar/v1/elevation"

def poll(doing, in_flight, follows):
    """Says what the worker does; answers (active, what that follows), or None where nobody is there to say."""
    said = f"{doing}; in-flight={in_flight}" + (f"; follows={follows}" if follows else "")
    try:
        with urllib.request.urlopen(urllib.request.Request(ADDRESS, headers={"Sluice-Worker": said}), timeout=5) as answer:
            state = json.load(answer)
    except (OSError, ValueError):
        return None  # keep what was told last; inactive where nothing ever was
    return state["active"], f"{state['epoch']}.{state['sequence']}" if "epoch" in state else None
