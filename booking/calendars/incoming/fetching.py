"""One conditional GET for a calendar: the address resolved once and pinned, at most five hops, limits on time and size.

Standard library only: a client that resolves again by itself, follows redirects or unpacks without a limit would undo
what is checked here. Every failure is an ``Unreadable`` with a code that people are told in words (wording.py).
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from booking.calendars.incoming.addresses import Place, is_own, may_connect, next_place, place_of
from booking.calendars.incoming.reading import MAX_BYTES, Unreadable

HOPS = 5
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is None when nothing has changed (304)."""

    body: bytes | None
    etag: str = ""
    last_modified: str = ""


def fetch(
    address: str,
    *,
    etag: str = "",
    last_modified: str = "",
    networks: Iterable[str] = (),
    own_base: str = "",
    seconds: float = TOTAL_SECONDS,
) -> Answer:
    """The calendar at ``address``, unpacked. Never inside a database transaction.

    ``etag``, ``last_modified``: validators of the copy that is there. ``networks``: CIDR networks of one's own that
    may be asked as well. ``own_base``: our own public address, whose feeds are refused. ``seconds``: for everything.
    Raises ``Unreadable``.
    """
    deadline = time.monotonic() + seconds
    networks = tuple(networks)
    place = place_of(address)
    for _hop in range(HOPS + 1):
        if own_base and is_own(place, own_base):
            raise Unreadable("own_feed")
        found = _ask(place, etag, last_modified, networks, deadline, seconds)
        if isinstance(found, Answer):
            return found
        place = next_place(place, found)
    raise Unreadable("too_many_hops", most=HOPS)


def _ask(
    place: Place, etag: str, last_modified: str, networks: tuple[str, ...], deadline: float, seconds: float
) -> Answer | str:
    """One request: the answer, or where it leads on."""
    sock = _connect(place, networks, deadline, seconds)
    # Whatever waits for the other side after the deadline is woken up, however slowly that side goes on dripping.
    watch = threading.Timer(max(deadline - time.monotonic(), 0.01), _shut, [sock])
    watch.daemon = True
    watch.start()
    try:
        found = _talk(place, sock, etag, last_modified)
    except Unreadable as error:
        # Who is woken up by the clock reads an end of the line, which looks like a torso.
        if time.monotonic() < deadline:
            raise
        raise Unreadable("server_slow", seconds=int(seconds)) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        late = time.monotonic() >= deadline
        raise (Unreadable("server_slow", seconds=int(seconds)) if late else Unreadable("connection_lost")) from error
    else:
        if time.monotonic() >= deadline:
            raise Unreadable("server_slow", seconds=int(seconds))
        return found
    finally:
        watch.cancel()
        with suppress(OSError):
            sock.close()


def _talk(place: Place, sock: socket.socket, etag: str, last_modified: str) -> Answer | str:
    connection = http.client.HTTPConnection(place.host, place.port)
    connection.sock = sock
    headers = {
        "Accept": "text/calendar, text/plain;q=0.8, */*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
        "User-Agent": "Samskap",
    }
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    if place.port == 443:
        headers["Host"] = f"[{place.host}]" if ":" in place.host else place.host
    connection.request("GET", place.path, headers=headers)
    response = connection.getresponse()
    with response:
        if response.status in _REDIRECTS:
            location = response.getheader("Location") or ""
            if not location:
                raise Unreadable("http_status", status=response.status)
            return location
        if response.status == 304 and (etag or last_modified):
            return Answer(None, etag, last_modified)
        if response.status != 200:
            raise Unreadable("http_status", status=response.status)
        body = _body(response)
        return Answer(body, _header(response, "ETag"), _header(response, "Last-Modified"))


def _header(response: http.client.HTTPResponse, name: str) -> str:
    value = response.getheader(name) or ""
    return value if len(value) <= 200 and value.isprintable() else ""


def _body(response: http.client.HTTPResponse) -> bytes:
    """The body, unpacked piece by piece: a bomb is noticed at the limit, not after it."""
    coding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise Unreadable("coding", coding=coding[:20])
    unpack = zlib.decompressobj(wbits=31) if "gzip" in coding else None
    length = response.length  # what is still to come, or None
    pieces: list[bytes] = []
    size = read = 0
    while True:
        piece = response.read1(65_536)
        if not piece:
            break
        read += len(piece)
        if unpack is not None:
            try:
                piece = unpack.decompress(piece, MAX_BYTES + 1 - size)
            except zlib.error:
                raise Unreadable("cut_off") from None
            if unpack.unconsumed_tail and size + len(piece) <= MAX_BYTES:
                raise Unreadable("too_big", mb=MAX_BYTES // 1024 // 1024)
        size += len(piece)
        if size > MAX_BYTES:
            raise Unreadable("too_big", mb=MAX_BYTES // 1024 // 1024)
        pieces.append(piece)
    if (length is not None and read < length) or (unpack is not None and not unpack.eof):
        raise Unreadable("cut_off")
    return b"".join(pieces)


def _connect(place: Place, networks: tuple[str, ...], deadline: float, seconds: float) -> socket.socket:
    """A TLS connection to an address that was checked: the very address, no second look-up."""
    addresses = [one for one in _resolve(place, deadline) if may_connect(one, networks)]
    if not addresses:
        raise Unreadable("private_address", host=place.host)
    failure: Exception | None = None
    for one in addresses[:4]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unreadable("server_slow", seconds=int(seconds))
        try:
            plain = socket.create_connection((one, place.port), timeout=min(CONNECT_SECONDS, left))
        except OSError as error:
            failure = error
            continue
        try:
            plain.settimeout(max(min(CONNECT_SECONDS, deadline - time.monotonic()), 0.01))
            secured = ssl.create_default_context().wrap_socket(plain, server_hostname=place.host)
            secured.settimeout(max(deadline - time.monotonic(), 0.01))
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise Unreadable("certificate", host=place.host) from error
        except (OSError, ValueError) as error:
            plain.close()
            failure = error
            continue
        return secured
    raise Unreadable("no_connection", host=place.host) from failure


def _resolve(place: Place, deadline: float) -> list[str]:
    """All addresses of the host. The system's resolver knows no time limit, so it works beside us."""
    answers: queue.Queue[list[str] | None] = queue.Queue()

    def look() -> None:
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers.put(None)
        else:
            answers.put(list(dict.fromkeys(str(row[4][0]) for row in found)))

    threading.Thread(target=look, daemon=True).start()
    try:
        found = answers.get(timeout=max(min(CONNECT_SECONDS, deadline - time.monotonic()), 0.01))
    except queue.Empty:
        found = None
    if not found:
        raise Unreadable("unknown_host", host=place.host)
    return found


def _shut(sock: socket.socket) -> None:
    with suppress(OSError, ValueError):
        sock.shutdown(socket.SHUT_RDWR)
