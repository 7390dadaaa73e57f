"""A server on loopback that answers like the national register, also when it is ill."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What the register says, by number: (status, body as object or bytes, mood).
Book = dict[str, tuple[int, Any, str]]


def entry(number: str, name: str = "LILLEBY IDRETTSLAG", **fields: Any) -> dict[str, Any]:
    """An organisation in the documented shape."""
    return {
        "organisasjonsnummer": number,
        "navn": name,
        "organisasjonsform": {"kode": "FLI", "beskrivelse": "Forening/lag/innretning", "_links": {}},
        "registreringsdatoEnhetsregisteret": "1995-08-09",
        "registrertIFrivillighetsregisteret": True,
        "forretningsadresse": {"land": "Norge", "postnummer": "9999", "adresse": ["Elvegata 1"]},
        "konkurs": False,
        "underAvvikling": False,
        "underTvangsavviklingEllerTvangsopplosning": False,
        "maalform": "Bokmål",
    } | fields


class Register:
    """The running server: its address, what it was asked, what it says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.book: Book = {}
        self.asked: list[str] = []

    def says(self, number: str, body: Any, status: int = 200, mood: str = "") -> None:
        self.book[number] = (status, body, mood)


@contextmanager
def running() -> Iterator[Register]:
    """Serve on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            register.asked.append(self.path)
            number = self.path.rpartition("/")[2]
            status, body, mood = register.book.get(number, (404, {"status": 404, "error": "Not Found"}, ""))
            if mood == "silent":
                time.sleep(5)
                return
            if mood == "hang up":
                self.connection.close()
                return
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", body.decode())
                payload = b""
            self.send_header("Content-Type", "application/json")
            if mood != "endless":
                self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            try:
                if mood == "drip":
                    for byte in payload:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(0.2)
                elif mood == "endless":
                    for _ in range(10_000):
                        self.wfile.write(b" " * 10_000)
                else:
                    self.wfile.write(payload)
            except OSError:
                pass

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    register = Register(f"http://127.0.0.1:{server.server_address[1]}/enhetsregisteret/api")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield register
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
