"""Judges the record of a run: check.py RECORD PUBLISHED. Says what it saw; exits 1 where a promise was broken."""
import json, sys
from collections import Counter

path, published = sys.argv[1], int(sys.argv[2])
with open(path) as record:
    events = sorted(map(json.loads, record), key=lambda event: event["at"])
broken = []

processed = Counter(event["number"] for event in events if event["what"] == "processed")
missing = set(range(1, published + 1)) - set(processed)
if missing:
    broken.append(f"{len(missing)} messages were never processed: {sorted(missing)[:10]}")

paused, dark = {}, 0
for event in events:
    if event["what"] in ("paused", "active"):
        paused[event["instance"]] = event["what"] == "paused"
    elif paused.get(event["instance"], True):
        dark += 1
        if dark <= 5:
            broken.append(f"{event['instance']} ({event['version']}) took {event['number']} while it was paused")

handled = [event["version"] for event in events if event["what"] in ("processed", "failed")]
order = list(dict.fromkeys(handled))
if order != ["1.0.0", "2.0.0", "3.0.0"]:
    broken.append(f"versions were seen as {order}")
elif "2.0.0" in handled[handled.index("3.0.0"):]:
    broken.append("2.0.0 took messages after 3.0.0 had begun")
else:
    between = handled[len(handled) - handled[::-1].index("2.0.0"):handled.index("3.0.0")]
    if "1.0.0" not in between:
        broken.append("1.0.0 did not take over from 2.0.0")
    if set(handled[-20:]) != {"3.0.0"}:
        broken.append(f"the last messages went to {sorted(set(handled[-20:]))}")

for version in order:
    of = [event for event in events if event["version"] == version]
    count = Counter(event["what"] for event in of)
    print(f"{version}: {count['processed']} processed, {count['failed']} failed, "
          f"by {len({event['instance'] for event in of if event['what'] == 'processed'})} workers")
print(f"{published} published, {len(processed)} processed at least once, "
      f"{sum(processed.values()) - len(processed)} more than once, {dark} by a paused worker")
for sentence in broken:
    print(f"broken: {sentence}", file=sys.stderr)
sys.exit(1 if broken else 0)
