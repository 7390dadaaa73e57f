"""Reads of the days: the caretaker's sheet, and its links."""

from booking.days.selectors.links import find_link, links_led, may_read_day, resources_of_link, resources_of_user
from booking.days.selectors.sheet import Building, Day, Entry, day_sheet

__all__ = [
    "Building",
    "Day",
    "Entry",
    "day_sheet",
    "find_link",
    "links_led",
    "may_read_day",
    "resources_of_link",
    "resources_of_user",
]
