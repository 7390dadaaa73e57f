"""The national register (Enhetsregisteret): what it says about an organisation number.

A small client: one GET of ``<register_url>/enheter/<number>``, three seconds in all, at most 200 kB, no redirect to
another host, answers kept. Off unless the switch ``register_lookup`` is on. Whatever the register does, a caller gets
an `Answer` and never an error; when it is down, the last one that we kept, with its date. Never inside a transaction:
locks must not wait for a foreign server.

Shape (the register's public documentation): 200 with ``organisasjonsnummer, navn, organisasjonsform.kode``, and
``konkurs, underAvvikling, underTvangsavviklingEllerTvangsopplosning``; a deleted one has ``slettedato``; 404 for an
unknown number; 410 for an entry that was removed by law.
"""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import connection

from booking.foundation.conf import booking_settings
from booking.foundation.text import is_unusable
from booking.organisations import rules
from booking.organisations.models import RegisterAnswer

log = logging.getLogger(__name__)

TIMEOUT = 3.0
MOST_BYTES = 200_000
MOST_REDIRECTS = 2
#: How long an answer is taken for true without asking again.
KEPT = {"found": timedelta(hours=24), "deleted": timedelta(hours=24), "not_found": timedelta(hours=1)}
#: After a failure nobody waits for the register again for so many seconds.
PAUSE = 30.0

_NUMBER = re.compile(r"[0-9]{9}")
#: True time (monotonic) until which the register counts as down, per process.
_down_until = 0.0


class RegisterStatus(StrEnum):
    """What came of a question."""

    OFF = "off"
    FOUND = "found"
    NOT_FOUND = "not_found"
    DELETED = "deleted"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register says. ``as_of``: when it said so; ``fresh``: just asked, or kept and young enough."""

    status: RegisterStatus
    name: str = ""
    form: str = ""
    deleted_on: date | None = None
    winding_up: bool = False
    as_of: datetime | None = None
    fresh: bool = True

    def likeness(self, name: str) -> str:
        """How the register's name fits ours: ``same``, ``similar`` or ``different``."""
        score = rules.likeness(self.name, name)
        return "same" if score == 1 else "similar" if score >= rules.LIKE else "different"


class _Failure(Exception):
    """The register gave nothing that can be used."""


def is_on() -> bool:
    """Whether the municipality has switched the look-up on."""
    conf = booking_settings()
    return conf.is_on("register_lookup") and bool(conf.register_url)


def lookup(number: str, *, now: datetime, ask_again: bool = False) -> Answer:
    """What the register says about ``number`` (nine digits). Never raises for what the register does.

    ``ask_again``: don't be content with a kept answer. While the register can't be reached, the kept answer comes with
    ``fresh=False``, or ``unavailable`` when there is none. Raises ``RuntimeError`` inside a transaction.
    """
    if not is_on():
        return Answer(RegisterStatus.OFF)
    if not _NUMBER.fullmatch(number):
        return Answer(RegisterStatus.NOT_FOUND)
    kept = RegisterAnswer.objects.filter(number=number).first()
    if kept is not None and not ask_again and now - kept.fetched_at < KEPT[kept.status]:
        return _answer(kept, fresh=True)
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("the register is never asked inside a transaction")
    try:
        told = _ask(number)
    except _Failure as error:
        log.warning("The register could not be asked about %s: %s", number, error)
        return _answer(kept, fresh=False) if kept is not None else Answer(RegisterStatus.UNAVAILABLE, fresh=False)
    row = RegisterAnswer(number=number, fetched_at=now, **told)
    fields = ["status", "name", "form", "deleted_on", "winding_up", "fetched_at"]
    RegisterAnswer.objects.bulk_create([row], update_conflicts=True, unique_fields=["number"], update_fields=fields)
    return _answer(row, fresh=True)


def kept_answer(number: str | None) -> Answer | None:
    """The last answer about ``number``, without asking anybody; None when there is none or the look-up is off."""
    row = RegisterAnswer.objects.filter(number=number).first() if number and is_on() else None
    return _answer(row, fresh=True) if row is not None else None


def forget_failures() -> None:
    """The next question is asked at once, whatever happened before."""
    global _down_until
    _down_until = 0.0


def _answer(row: RegisterAnswer, *, fresh: bool) -> Answer:
    return Answer(RegisterStatus(row.status), row.name, row.form, row.deleted_on, row.winding_up, row.fetched_at, fresh)


# --- over the wire ---------------------------------------------------------------------------------------------------


def _ask(number: str) -> dict[str, Any]:
    """The answer's fields. Raises ``_Failure``; after one, the next callers don't wait for a while."""
    global _down_until
    if time.monotonic() < _down_until:
        raise _Failure("it did not answer a moment ago")
    try:
        status, body = _get(f"{booking_settings().register_url.rstrip('/')}/enheter/{number}")
        return _read(number, status, body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        _down_until = time.monotonic() + PAUSE
        raise _Failure(str(error) or type(error).__name__) from error
    except _Failure:
        _down_until = time.monotonic() + PAUSE
        raise


def _get(url: str) -> tuple[int, bytes]:
    """Status and body, redirects on the same host followed. The whole takes at most `TIMEOUT` seconds."""
    until = time.monotonic() + TIMEOUT
    first = urlsplit(url)
    for _hop in range(MOST_REDIRECTS + 1):
        status, location, body = _one(url, until)
        if status not in (301, 302, 303, 307, 308):
            return status, body
        url = urljoin(url, location)
        there = urlsplit(url)
        if (there.scheme, there.netloc) != (first.scheme, first.netloc):
            raise _Failure("it sends us to another host")
    raise _Failure("it sends us around in circles")


def _one(url: str, until: float) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise _Failure("the address of the register is none")
    left = until - time.monotonic()
    if left <= 0:
        raise _Failure("too slow")
    link = kinds[parts.scheme](parts.hostname, parts.port, timeout=left)
    try:
        link.connect()
        with _cut(link, until):
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            link.request("GET", path, headers={"Accept": "application/json", "User-Agent": "samskap"})
            answer = link.getresponse()
            body = answer.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise _Failure("the answer is too long")
            return answer.status, answer.getheader("Location") or "", body
    finally:
        link.close()


@contextmanager
def _cut(link: http.client.HTTPConnection, until: float) -> Iterator[None]:
    """Cut the line when time is up: a server that sends a byte now and then would outlive every socket time-out."""
    sock = link.sock

    def hang_up() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(until - time.monotonic(), 0), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
        if time.monotonic() >= until:
            raise _Failure("too slow")
    finally:
        timer.cancel()


def _read(number: str, status: int, body: bytes) -> dict[str, Any]:
    """What the answer means. Raises ``_Failure`` for anything that isn't the documented shape."""
    empty: dict[str, Any] = {"name": "", "form": "", "deleted_on": None, "winding_up": False}
    if status == 404:
        return empty | {"status": RegisterStatus.NOT_FOUND.value}
    if status == 410:
        return empty | {"status": RegisterStatus.DELETED.value}
    if status != 200:
        raise _Failure(f"it answered {status}")
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise _Failure("not JSON") from error
    if not isinstance(found, dict) or found.get("organisasjonsnummer") != number:
        raise _Failure("not the organisation we asked for")
    name, form = found.get("navn"), found.get("organisasjonsform")
    code = form.get("kode") if isinstance(form, dict) else ""
    if not isinstance(name, str) or not name.strip() or is_unusable(name):
        raise _Failure("no name")
    gone = found.get("slettedato")
    ending = ("konkurs", "underAvvikling", "underTvangsavviklingEllerTvangsopplosning")
    return {
        "status": (RegisterStatus.DELETED if gone else RegisterStatus.FOUND).value,
        "name": " ".join(name.split())[:250],
        "form": code[:10] if isinstance(code, str) and not is_unusable(code) else "",
        "deleted_on": _day(gone),
        "winding_up": any(found.get(key) is True for key in ending),
    }


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
