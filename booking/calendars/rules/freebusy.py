"""A resource's free and taken time as VFREEBUSY (RFC 5545 3.6.4): intervals only, nothing of what stands there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, FreeBusy, vUri

from booking.calendars.rules.text import Text


class Busy(NamedTuple):
    """`[start, end)`; ``kind``: BUSY (lent) or BUSY-UNAVAILABLE (closed, works, outside of opening hours)."""

    start: datetime
    end: datetime
    kind: str


def free_busy(
    *, name: str, source: str, start: datetime, end: datetime, stamp: datetime, busy: Iterable[Busy], language: str
) -> bytes:
    """The whole file. What isn't named is free. One property per kind and interval, in order, all in UTC."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//Samskap//Samskap//{language.upper()}")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", Text(name))
    calendar.add("x-wr-calname", Text(name))
    part = FreeBusy()
    part.add("uid", str(uuid5(NAMESPACE_URL, source)))
    part.add("dtstamp", stamp.astimezone(UTC))
    part.add("dtstart", start.astimezone(UTC))
    part.add("dtend", end.astimezone(UTC))
    part.add("url", vUri(source))
    calendar.add_component(part)
    head, mark, tail = bytes(calendar.to_ical()).partition(b"END:VFREEBUSY\r\n")
    # Of fixed form and short: written here they cost a fiftieth of what the library takes.
    lines = "".join(
        f"FREEBUSY;FBTYPE={one.kind}:{one.start.astimezone(UTC):%Y%m%dT%H%M%SZ}/{one.end.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n"
        for one in busy
    )
    return head + lines.encode("ascii") + mark + tail
