"""A real receiver in a process of its own, as an integrator would write it: it verifies with the second implementation
(PyPI ``standardwebhooks``) and writes down what it was sent.

``python receiver.py FOLDER``: prints its port. ``FOLDER/secret``: the secrets to verify with, one a line.
``FOLDER/plan``: what to answer, read at each request: ``200``, ``500``, ``410``, ``429 120`` (Retry-After), ``302``,
``hang`` (seconds follow), ``drip``, ``big``; ``first N PLAN`` answers the first N requests by PLAN and 200 afterwards.
``FOLDER/log``: one line of JSON per request, written before the answer leaves.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

FOLDER = Path(sys.argv[1])
LOCK = threading.Lock()
COUNT = [0]


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        secrets = (FOLDER / "secret").read_text().split() if (FOLDER / "secret").exists() else []
        verified = []
        for secret in secrets:
            with suppress(WebhookVerificationError):
                Webhook(secret).verify(body, dict(self.headers))
                verified.append(secret)
        with LOCK:
            COUNT[0] += 1
            number = COUNT[0]
            row = {
                "path": self.path, "id": self.headers["webhook-id"], "body": body.decode(), "at": time.time(),
                "headers": dict(self.headers), "verified": verified,
            }  # fmt: skip
            with (FOLDER / "log").open("a") as file:
                file.write(json.dumps(row) + "\n")
        plan = (FOLDER / "plan").read_text().split() if (FOLDER / "plan").exists() else ["200"]
        if plan[0] == "first":
            plan = plan[2:] if number <= int(plan[1]) else ["200"]
        self.answer(plan)

    def answer(self, plan: list[str]) -> None:
        what = plan[0]
        if what == "hang":
            time.sleep(float(plan[1]))
            return
        if what == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            with suppress(OSError):
                for _number in range(200):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            return
        self.send_response(200 if what == "big" else int(what))
        if what == "429" and len(plan) > 1:
            self.send_header("Retry-After", plan[1])
        if what == "302":
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        text = b"y" * 50_000_000 if what == "big" else f"answer {what} \x00 of the receiver".encode()
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(text)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
