"""One conditional GET for a calendar: the address resolved once and pinned, at most five hops, limits on time and size.

Standard library only: a client that resolves again by itself, follows redirects or unpacks without a limit would undo
what is checked here. Every failure is an ``Unreadable`` with a code that people are told in words (wording.py).
"""

from __future__ import annotations

import http.client
import socket
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from booking.calendars.incoming.addresses import Place, is_own, next_place, place_of
from booking.calendars.incoming.reading import MAX_BYTES, Unreadable
from booking.foundation.reaching import Unreachable, closing_at, connect

HOPS = 5
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
    try:
        sock = connect(place, networks=networks, deadline=deadline, seconds=seconds)
    except Unreachable as error:
        raise Unreadable(error.code, **error.params) from error
    with closing_at(sock, deadline):
        try:
            found = _talk(place, sock, etag, last_modified)
        except Unreadable as error:
            # Who is woken up by the clock reads an end of the line, which looks like a torso.
            if time.monotonic() < deadline:
                raise
            raise Unreadable("server_slow", seconds=int(seconds)) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            late = time.monotonic() >= deadline
            code = Unreadable("server_slow", seconds=int(seconds)) if late else Unreadable("connection_lost")
            raise code from error
        if time.monotonic() >= deadline:
            raise Unreadable("server_slow", seconds=int(seconds))
        return found


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
