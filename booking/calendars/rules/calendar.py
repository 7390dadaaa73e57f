"""The calendar around the events: VCALENDAR's own properties."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from icalendar import Calendar, Event, vCalAddress, vUri

from booking.calendars.rules.text import Text, plain
from booking.calendars.rules.zones import vtimezone

CALENDAR_END = b"END:VCALENDAR\r\n"
#: How often a client should ask: ISO 8601. Both names are needed; no client reads both.
REFRESH = "PT1H"


class Colour(NamedTuple):
    """A colour by its name in CSS, and as a code."""

    name: str
    code: str


#: By the kind of calendar, so that several in one program can be told apart. Names and codes are those of CSS.
COLOURS = {
    "resource": Colour("steelblue", "#4682B4"),
    "organisation": Colour("seagreen", "#2E8B57"),
    "person": Colour("rebeccapurple", "#663399"),
    "unit": Colour("slategray", "#708090"),
    "works": Colour("darkorange", "#FF8C00"),
    "area": Colour("darkorange", "#FF8C00"),
    "happenings": Colour("crimson", "#DC143C"),
    "season": Colour("teal", "#008080"),
}


@lru_cache(maxsize=512)
def calendar_head(
    *,
    name: str,
    description: str,
    zone: str,
    language: str,
    source: str = "",
    zones: tuple[str, ...] = (),
    colour: Colour | None = None,
) -> bytes:
    """All that stands before the events. ``zones``: those that an event refers to; ``source``: only in public feeds.

    No METHOD (PUBLISH demands ORGANIZER in each event, REQUEST makes Outlook see an invitation), no UID.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//Samskap//Samskap//{language.upper()}")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", Text(name))
    calendar.add("x-wr-calname", Text(name))
    calendar.add("x-wr-caldesc", Text(description))
    calendar.add("x-wr-timezone", Text(zone))
    calendar.add("refresh-interval", vUri(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vUri(REFRESH))
    if colour is not None:
        # The first has names only (RFC 7986), the second is what Apple and others read.
        calendar.add("color", Text(colour.name))
        calendar.add("x-apple-calendar-color", Text(colour.code))
    if source:
        calendar.add("source", vUri(source), parameters={"VALUE": "URI"})
    head = bytes(calendar.to_ical()).removesuffix(CALENDAR_END)
    return head + b"".join(vtimezone(one) for one in zones)


def file_head(*, method: str, language: str, zones: tuple[str, ...] = ()) -> bytes:
    """What stands before the events of a file that goes with a letter (RFC 5546): a calendar isn't followed by it."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//Samskap//Samskap//{language.upper()}")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return bytes(calendar.to_ical()).removesuffix(CALENDAR_END) + b"".join(vtimezone(one) for one in zones)


def with_organizer(events: bytes, address: str, name: str) -> bytes:
    """``events`` with the one who answers for them: PUBLISH and CANCEL ask for it (RFC 5546 3.2.1, 3.2.5)."""
    event = Event()
    who = vCalAddress(f"mailto:{address}")
    who.params["CN"] = plain(name).replace('"', "'").replace("\n", " ")
    event.add("organizer", who)
    line = bytes(event.to_ical()).removeprefix(b"BEGIN:VEVENT\r\n").removesuffix(b"END:VEVENT\r\n")
    return events.replace(b"END:VEVENT\r\n", line + b"END:VEVENT\r\n")
