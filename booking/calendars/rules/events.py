"""VEVENTs from stored facts. What may be said to whom is in the facts already; here it is only written.

All stamps are stored ones: whoever renders, whenever, the bytes are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from icalendar import Event, vRecur, vUri

from booking.calendars.rules.text import Text
from booking.foundation import clock

#: Raise the number, and set the date, when the rendering changes: kept bytes and validators become stale, and
#: DTSTAMP rises, which is all that some clients look at.
SCHEMA = 2
SCHEMA_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Status(StrEnum):
    """Whether it takes place."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


#: TRANSP and Microsoft's own word for it. What is cancelled leaves the time free; what is asked for doesn't.
_BUSY = {
    Status.CONFIRMED: ("OPAQUE", "BUSY"),
    Status.TENTATIVE: ("OPAQUE", "TENTATIVE"),
    Status.CANCELLED: ("TRANSPARENT", "FREE"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where: the resource that was lent. `name` is empty when the resource isn't public: then the place isn't told."""

    name: str
    address: str
    geo: tuple[float, float] | None
    url: str
    zone: str
    revised_at: datetime


@dataclass(frozen=True, slots=True)
class Wording:
    """What an event says in the feed's language, ready to show. ``url``: its own page, instead of the place's.
    ``free``: it takes no time (a school holiday that only stands there)."""

    summary: str
    description: str
    category: str
    url: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class OneOff:
    """One time, `[start, end)` aware, with an identity of its own."""

    uid: UUID
    start: datetime
    end: datetime
    sequence: int
    created_at: datetime
    revised_at: datetime
    wording: Wording
    place: Place
    status: Status = Status.CONFIRMED


@dataclass(frozen=True, slots=True)
class Slot:
    """A date of a series. `wall`: where the rule puts it, naive, on the wall clock. `line` None: not shown."""

    wall: datetime
    line: OneOff | None


@dataclass(frozen=True, slots=True)
class Repeating:
    """A series: rule parts without COUNT and UNTIL, and all its dates in order. At least one has a line."""

    uid: UUID
    rule: tuple[tuple[str, str], ...]
    wall_start: datetime
    wall_end: datetime
    until: datetime
    slots: tuple[Slot, ...]
    regular: frozenset[int]
    sequence: int
    created_at: datetime
    revised_at: datetime
    wording: Wording
    place: Place
    status: Status = Status.CONFIRMED

    @property
    def start(self) -> datetime:
        """The first moment that the component shows."""
        return min(slot.line.start for slot in self.slots if slot.line)

    @property
    def end(self) -> datetime:
        """The last moment that the component shows."""
        return max(slot.line.end for slot in self.slots if slot.line)


def revision(facts: OneOff | Repeating) -> str:
    """A digest of everything that the bytes show: kept bytes with another one are stale."""
    return hashlib.blake2b(f"{SCHEMA}|{facts!r}".encode("utf-8", "replace"), digest_size=16).hexdigest()


def render(facts: OneOff | Repeating) -> bytes:
    """The VEVENT (and for a series, its overrides) as bytes with CRLF, folded at 75 octets between code points.

    Text is escaped and folded by icalendar, once per wording and place. Identities and times are plain ASCII of fixed
    form: written here they cost a fiftieth, and a test holds them against the library's.
    """
    if isinstance(facts, Repeating):
        return _series(facts)
    begins, ends = (clock.local(moment, clock.zone(facts.place.zone)) for moment in (facts.start, facts.end))
    if begins.time() == ends.time() == time():
        # Whole days, on the wall clock of the place; the end is always said, and is the day after.
        times = [f"DTSTART;VALUE=DATE:{begins:%Y%m%d}", f"DTEND;VALUE=DATE:{ends:%Y%m%d}"]
    else:
        times = [f"DTSTART:{_utc(facts.start)}", f"DTEND:{_utc(facts.end)}"]
    return _event(facts, facts.uid, facts.sequence, facts.revised_at, times)


def _series(facts: Repeating) -> bytes:
    zone = facts.place.zone
    recur: dict[str, Any] = {name: value.split(",") for name, value in facts.rule}
    recur["UNTIL"] = facts.until.astimezone(UTC)
    master = [
        f"DTSTART;TZID={zone}:{_wall(facts.wall_start)}",
        f"DTEND;TZID={zone}:{_wall(facts.wall_end)}",
        *_folded("RRULE", vRecur(recur)),
        # One property per date: several in one are read wrongly by old Outlooks.
        *(f"EXDATE;TZID={zone}:{_wall(slot.wall)}" for slot in facts.slots if slot.line is None),
    ]
    overrides = [
        _override(facts, slot)
        for index, slot in enumerate(facts.slots)
        if slot.line is not None and index not in facts.regular
    ]
    return b"".join([_event(facts, facts.uid, facts.sequence, facts.revised_at, master), *overrides])


def _override(facts: Repeating, slot: Slot) -> bytes:
    """One date of the series on its own."""
    line = slot.line
    assert line is not None  # noqa: S101 - callers have looked
    times = [
        f"RECURRENCE-ID;TZID={facts.place.zone}:{_wall(slot.wall)}",
        f"DTSTART:{_utc(line.start)}",
        f"DTEND:{_utc(line.end)}",
    ]
    return _event(line, facts.uid, line.sequence, line.revised_at, times)


def render_dates(facts: Repeating, uids: Collection[UUID]) -> bytes:
    """Only those dates of the series, by the lines' own identities: what a letter about single dates carries."""
    return b"".join(_override(facts, slot) for slot in facts.slots if slot.line is not None and slot.line.uid in uids)


def _event(facts: OneOff | Repeating, uid: UUID, sequence: int, revised_at: datetime, times: list[str]) -> bytes:
    """One VEVENT: identity, stamps, times, and what its wording and place say."""
    stamp = max(revised_at, facts.place.revised_at, SCHEMA_AT)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{_utc(stamp)}",
        f"LAST-MODIFIED:{_utc(stamp)}",
        f"CREATED:{_utc(min(facts.created_at, stamp))}",
        f"SEQUENCE:{sequence}",
        *times,
        "",
    ]
    return "\r\n".join(lines).encode("ascii") + _said(facts.wording, facts.place, facts.status) + b"END:VEVENT\r\n"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _wall(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"


def _folded(name: str, value: Any) -> list[str]:
    """A property as the library writes it, in physical lines."""
    event = Event()
    event.add(name, value)
    text: str = event.to_ical().decode("ascii")
    return text.split("\r\n")[1:-2]


@lru_cache(maxsize=4096)
def _said(wording: Wording, place: Place, status: Status) -> bytes:
    """What doesn't depend on when: whether it takes place, words, where, the page."""
    transparent, busy = _BUSY[Status.CANCELLED if wording.free else status]
    event = Event()
    event.add("status", status.value)
    event.add("transp", transparent)
    event.add("x-microsoft-cdo-busystatus", busy)
    event.add("summary", Text(wording.summary))
    if wording.description:
        event.add("description", Text(wording.description))
    event.add("categories", Text(wording.category))
    if place.name:
        where: Sequence[str] = [part for part in (place.name, place.address) if part]
        event.add("location", Text(", ".join(where)))
        if place.geo:
            event.add("geo", place.geo)
    if url := wording.url or (place.url if place.name else ""):
        event.add("url", vUri(url))
    return bytes(event.to_ical()).removeprefix(b"BEGIN:VEVENT\r\n").removesuffix(b"END:VEVENT\r\n")
