"""What a calendar feed says, property by property (feeds.md). Pure: stored facts in, bytes out; no clock, no query."""

from booking.calendars.rules.calendar import CALENDAR_END, COLOURS, Colour, calendar_head, file_head, with_organizer
from booking.calendars.rules.events import (
    SCHEMA,
    OneOff,
    Place,
    Repeating,
    Slot,
    Status,
    Wording,
    render,
    render_dates,
)
from booking.calendars.rules.freebusy import Busy, free_busy
from booking.calendars.rules.series import describe
from booking.calendars.rules.text import Text, plain
from booking.calendars.rules.window import Window, narrow, window
from booking.calendars.rules.zones import follows_static_rule, vtimezone

__all__ = [
    "CALENDAR_END",
    "COLOURS",
    "SCHEMA",
    "Busy",
    "Colour",
    "OneOff",
    "Place",
    "Repeating",
    "Slot",
    "Status",
    "Text",
    "Window",
    "Wording",
    "calendar_head",
    "describe",
    "file_head",
    "follows_static_rule",
    "free_busy",
    "narrow",
    "plain",
    "render",
    "render_dates",
    "vtimezone",
    "window",
    "with_organizer",
]
