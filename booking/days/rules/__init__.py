"""Pure decisions about days: what is late news, which days a page shows, and where a bar lies on a timeline."""

from booking.days.rules.late import (
    DAYS_AHEAD,
    DAYS_BACK,
    DAYS_SHOWN,
    FELL_AWAY,
    FRESH,
    TAKES_PLACE,
    Mark,
    allowed_day,
    days_from,
    is_fresh,
    mark_of,
)
from booking.days.rules.scale import MOST_LANES, Bar, Placed, Scale, first_hour, in_lanes, place

__all__ = [
    "DAYS_AHEAD",
    "DAYS_BACK",
    "DAYS_SHOWN",
    "FELL_AWAY",
    "FRESH",
    "MOST_LANES",
    "TAKES_PLACE",
    "Bar",
    "Mark",
    "Placed",
    "Scale",
    "allowed_day",
    "days_from",
    "first_hour",
    "in_lanes",
    "is_fresh",
    "mark_of",
    "place",
]
