"""One POST to another program: to an address that was checked, no redirects, a limit on time and on the answer."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from django.conf import settings

from booking.foundation.conf import booking_settings
from booking.foundation.reaching import Place, Unreachable, closing_at, connect, may_connect, place_of
from booking.webhooks import rules
from booking.webhooks.models import AttemptOutcome


@dataclass(frozen=True, slots=True)
class Answer:
    """How one try ended: an ``AttemptOutcome``, and what is known. ``retry_after``: the header as it came."""

    outcome: str
    status: int | None = None
    text: str = ""
    retry_after: str = ""
    error: dict[str, Any] = field(default_factory=dict)


def place(url: str) -> Place:
    """The address taken apart; http only where it is allowed. Raises ``Unreachable``."""
    return place_of(url, plain=("http",) if settings.DEBUG or booking_settings().webhook_http else ())


def judge(url: str) -> None:
    """Refuse what can be seen to be wrong without asking anybody. Raises ``Unreachable``.

    A name is only judged when it is sent to: what it leads to may change any day.
    """
    host = place(url).host
    try:
        ip_address(host)
    except ValueError:
        return
    if not may_connect(host, booking_settings().webhook_networks):
        raise Unreachable("private_address", host=host)


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = rules.TIMEOUT) -> Answer:
    """Send it. Never raises for what the other side does, and never runs inside a transaction."""
    deadline = time.monotonic() + seconds
    try:
        where = place(url)
        sock = connect(where, networks=booking_settings().webhook_networks, deadline=deadline, seconds=seconds)
    except Unreachable as error:
        return Answer(AttemptOutcome.UNREACHED, error={"code": error.code, **error.params})
    with closing_at(sock, deadline):
        try:
            return _talk(where, sock, body, headers, deadline)
        except (OSError, ValueError, http.client.HTTPException):
            late = time.monotonic() >= deadline
            error = {"code": "server_slow", "seconds": int(seconds)} if late else {"code": "connection_lost"}
            return Answer(AttemptOutcome.NO_ANSWER, error=error)


def sent_headers(url: str, body: bytes, signed: Iterable[tuple[str, str]]) -> dict[str, str]:
    """All headers that we send, as they are kept in the log."""
    try:
        host = place(url).host_header
    except Unreachable:
        host = ""
    return {
        "Host": host,
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
        "User-Agent": "Samskap",
        "Accept": "*/*",
        "Connection": "close",
        **dict(signed),
    }


def _talk(where: Place, sock: Any, body: bytes, headers: Mapping[str, str], deadline: float) -> Answer:
    connection = http.client.HTTPConnection(where.host, where.port)
    connection.sock = sock
    connection.putrequest("POST", where.path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    if time.monotonic() >= deadline:
        # Woken up by the clock in the middle of the headers, which then look complete.
        raise TimeoutError
    with response:
        status = response.status
        if 200 <= status < 300:
            outcome = AttemptOutcome.ACCEPTED
        elif 300 <= status < 400:
            outcome = AttemptOutcome.REDIRECTED
        else:
            outcome = AttemptOutcome.REFUSED
        return Answer(outcome, status, rules.printable(_beginning(response)), response.getheader("Retry-After") or "")


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """The first kilobyte. The status has been told by then: a body that drips or breaks off changes nothing."""
    found = b""
    try:
        while len(found) < rules.MOST_ANSWER and (piece := response.read1(rules.MOST_ANSWER - len(found))):
            found += piece
    except (OSError, ValueError, http.client.HTTPException):
        pass
    return found
