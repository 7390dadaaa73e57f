"""The doors of calendars: feeds for programs, pages for people."""

from booking.calendars.public.feeds import (
    free_busy_feed,
    happenings_feed,
    organisation_feed,
    registered_feed,
    resource_feed,
    secret_feed,
    unknown_feed,
)
from booking.calendars.public.http import LANGUAGES
from booking.calendars.public.pages import calendar_renew, calendar_stop, calendars, my_calendars, no_such_calendar

__all__ = [
    "LANGUAGES", "calendar_renew", "calendar_stop", "calendars", "free_busy_feed",
    "happenings_feed", "my_calendars", "no_such_calendar", "organisation_feed", "registered_feed",
    "resource_feed", "secret_feed", "unknown_feed",
]  # fmt: skip
