"""Answers the webhook gate: 2xx where at most one in twenty of a version's messages failed."""
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Gate(BaseHTTPRequestHandler):
    def do_POST(self):
        version = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["version"]
        with open(os.environ["RECORD"]) as record:
            events = [event for event in map(json.loads, record) if event["version"] == version]
        failed = sum(event["what"] == "failed" for event in events)
        done = failed + sum(event["what"] == "processed" for event in events)
        status = 425 if done < 20 else 200 if failed * 20 <= done else 500
        body = f"{failed} of {done} messages of {version} failed\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Gate)
print(f"listening http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
