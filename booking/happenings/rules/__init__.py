"""Pure decisions: calendars on screen (``screens``), and regular activities (``offers``)."""

from booking.happenings.rules.screens import (
    AHEAD,
    BACK,
    SLOT,
    VIEWS,
    Bar,
    Entry,
    Period,
    bars,
    by_day,
    hours_shown,
    period,
    read_day,
)

__all__ = [
    "AHEAD",
    "BACK",
    "SLOT",
    "VIEWS",
    "Bar",
    "Entry",
    "Period",
    "bars",
    "by_day",
    "hours_shown",
    "period",
    "read_day",
]
