"""When a resource can't be had, from the one reader of taken time."""

from __future__ import annotations

from datetime import UTC, datetime

from booking.calendars.rules import Window
from booking.catalogue.models import Resource
from booking.foundation.intervals import Interval, intersect, merge, subtract
from booking.occupancy import selectors as occupancy

BUSY, UNAVAILABLE = "BUSY", "BUSY-UNAVAILABLE"


def busy_times(resource: Resource, window: Window) -> list[tuple[datetime, datetime, str]]:
    """`[start, end)` in UTC with the kind, in order: everything that isn't free.

    BUSY: lent. BUSY-UNAVAILABLE: closed, works, outside of opening hours. Of a counted thing only what leaves none is
    busy. Requests that wait take nothing, as everywhere in public.
    """
    found = occupancy.availability([resource], window.start, window.end)[resource.pk]
    whole = Interval(window.start, window.end)
    free = merge(Interval(_moment(start), _moment(end)) for start, end, quantity in found.free if quantity > 0)
    taken = subtract([whole], free)
    lent = merge(Interval(_moment(row[0]), _moment(row[1])) for row in found.busy if row[2] == "confirmed")
    rows = [(one.start, one.end, BUSY) for one in intersect(taken, lent)]
    rows += [(one.start, one.end, UNAVAILABLE) for one in subtract(taken, lent)]
    return sorted(rows)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
