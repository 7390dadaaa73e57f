"""A small IMAP server on loopback: real sockets, real literals, XOAUTH2 and LOGIN, one mailbox with folders.

It speaks the part of RFC 9051 (and RFC 6851 MOVE) that a poller needs, and answers BAD to the rest.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Mailbox:
    """What the server holds, and how it misbehaves."""

    user: str = "svar@example.org"
    password: str = "hemmelig"
    tokens: set[str] = field(default_factory=set)
    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    capabilities: str = "IMAP4rev1 MOVE UIDPLUS AUTH=XOAUTH2 SASL-IR"
    commands: list[str] = field(default_factory=list)
    next_uid: int = 1
    #: Hang up when this command comes, so many times.
    hang_up_at: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, raw: bytes, folder: str = "INBOX") -> int:
        with self.lock:
            uid, self.next_uid = self.next_uid, self.next_uid + 1
            self.folders.setdefault(folder, {})[uid] = raw
            return uid


class _Session(socketserver.StreamRequestHandler):
    box: Mailbox

    def handle(self) -> None:
        self.say(f"* OK [CAPABILITY {self.box.capabilities}] ready")
        self.signed_in, self.folder, self.deleted = False, "", set()
        while line := self.rfile.readline():
            text = line.decode("latin-1").rstrip("\r\n")
            while found := re.search(r"\{(\d+)\}$", text):
                self.say("+ go on")
                text = text[: found.start()] + self.rfile.read(int(found[1])).decode("latin-1")
                text += self.rfile.readline().decode("latin-1").rstrip("\r\n")
            tag, _space, rest = text.partition(" ")
            self.box.commands.append(re.sub(r"(LOGIN|AUTHENTICATE XOAUTH2).*", r"\1", rest, flags=re.I))
            if self.box.hang_up_at and rest.upper().startswith(self.box.hang_up_at):
                return
            if not self.answer(tag, rest):
                return

    def say(self, text: str | bytes) -> None:
        self.wfile.write((text.encode("latin-1") if isinstance(text, str) else text) + b"\r\n")

    def answer(self, tag: str, rest: str) -> bool:
        word, _space, args = rest.partition(" ")
        match word.upper():
            case "CAPABILITY":
                self.say(f"* CAPABILITY {self.box.capabilities}")
            case "NOOP":
                pass
            case "LOGOUT":
                self.say("* BYE")
                self.say(f"{tag} OK bye")
                return False
            case "LOGIN":
                self.signed_in = _words(args) == [self.box.user, self.box.password]
                if not self.signed_in:
                    self.say(f"{tag} NO [AUTHENTICATIONFAILED] wrong")
                    return True
            case "AUTHENTICATE":
                return self.authenticate(tag, args)
            case _ if not self.signed_in:
                self.say(f"{tag} BAD sign in first")
                return True
            case "LIST":
                wanted = _words(args)[-1]
                for name in self.box.folders:
                    if wanted in (name, "*", "%"):
                        self.say(f'* LIST () "/" "{name}"')
            case "CREATE":
                self.box.folders.setdefault(_words(args)[0], {})
            case "SELECT":
                self.folder = _words(args)[0]
                if self.folder not in self.box.folders:
                    self.say(f"{tag} NO no such folder")
                    return True
                self.say(f"* {len(self.box.folders[self.folder])} EXISTS")
                self.say("* OK [UIDVALIDITY 1]")
            case "UID":
                self.uid(args)
            case "EXPUNGE":
                self.expunge()
            case _:
                self.say(f"{tag} BAD unknown")
                return True
        self.say(f"{tag} OK done")
        return True

    def authenticate(self, tag: str, args: str) -> bool:
        method, _space, initial = args.partition(" ")
        if not initial:
            self.say("+ ")
            initial = self.rfile.readline().decode().strip()
        said = base64.b64decode(initial).decode()
        found = re.fullmatch("user=(.*)\x01auth=Bearer (.*)\x01\x01", said)
        if method.upper() == "XOAUTH2" and found and found[1] == self.box.user and found[2] in self.box.tokens:
            self.signed_in = True
            self.say(f"{tag} OK signed in")
            return True
        self.say("+ " + base64.b64encode(b'{"status":"400"}').decode())
        self.rfile.readline()
        self.say(f"{tag} NO AUTHENTICATE failed")
        return True

    def uid(self, args: str) -> None:
        word, _space, rest = args.partition(" ")
        mails = self.box.folders[self.folder]
        if word.upper() == "SEARCH":
            self.say("* SEARCH " + " ".join(str(uid) for uid in sorted(set(mails) - self.deleted)))
            return
        uid = int(rest.split(" ")[0])
        if uid not in mails:
            return
        number = sorted(mails).index(uid) + 1
        if word.upper() == "FETCH":
            self.fetch(number, uid, mails[uid], rest)
        elif word.upper() in ("MOVE", "COPY"):
            target = _words(rest.split(" ", 1)[1])[0]
            self.box.folders[target][uid] = mails[uid]
            if word.upper() == "MOVE":
                del mails[uid]
                self.say(f"* {number} EXPUNGE")
        elif word.upper() == "STORE":
            self.deleted.add(uid)
            self.say(f"* {number} FETCH (UID {uid} FLAGS (\\Deleted))")
        elif word.upper() == "EXPUNGE":
            self.expunge()

    def fetch(self, number: int, uid: int, raw: bytes, rest: str) -> None:
        if "RFC822.SIZE" in rest:
            self.say(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
        elif found := re.search(r"BODY\.PEEK\[\](?:<(\d+)\.(\d+)>)?", rest):
            part = raw[int(found[1]) : int(found[1]) + int(found[2])] if found[1] else raw
            name = f"BODY[]<{found[1]}>" if found[1] else "BODY[]"
            self.wfile.write(f"* {number} FETCH (UID {uid} {name} {{{len(part)}}}\r\n".encode() + part + b")\r\n")

    def expunge(self) -> None:
        for uid in self.deleted:
            self.box.folders[self.folder].pop(uid, None)
        self.deleted = set()


def _words(text: str) -> list[str]:
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', text)]


@contextlib.contextmanager
def running(box: Mailbox) -> Iterator[int]:
    """The server's port, for as long as the block runs."""
    handler = type("Session", (_Session,), {"box": box})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
