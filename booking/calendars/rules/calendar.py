"""The calendar around the events: VCALENDAR's own properties."""

from __future__ import annotations

from functools import lru_cache

from icalendar import Calendar, vUri

from booking.calendars.rules.text import Text
from booking.calendars.rules.zones import vtimezone

CALENDAR_END = b"END:VCALENDAR\r\n"
#: How often a client should ask: ISO 8601. Both names are needed; no client reads both.
REFRESH = "PT1H"


@lru_cache(maxsize=512)
def calendar_head(
    *, name: str, description: str, zone: str, language: str, source: str = "", zones: tuple[str, ...] = ()
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
    if source:
        calendar.add("source", vUri(source), parameters={"VALUE": "URI"})
    head = bytes(calendar.to_ical()).removesuffix(CALENDAR_END)
    return head + b"".join(vtimezone(one) for one in zones)
