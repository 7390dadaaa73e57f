"""What a calendar feed says, property by property (feeds.md). Pure: stored facts in, bytes out; no clock, no query."""

from booking.calendars.rules.calendar import CALENDAR_END, calendar_head
from booking.calendars.rules.events import SCHEMA, OneOff, Place, Repeating, Slot, Wording, render
from booking.calendars.rules.series import describe
from booking.calendars.rules.text import Text, plain
from booking.calendars.rules.window import Window, narrow, window
from booking.calendars.rules.zones import follows_static_rule, vtimezone

__all__ = [
    "CALENDAR_END",
    "SCHEMA",
    "OneOff",
    "Place",
    "Repeating",
    "Slot",
    "Text",
    "Window",
    "Wording",
    "calendar_head",
    "describe",
    "follows_static_rule",
    "narrow",
    "plain",
    "render",
    "vtimezone",
    "window",
]
