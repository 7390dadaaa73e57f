"""Public pages of what happens where."""

from booking.happenings.public.boards import door_sign, kiosk, organisation_calendar, place_calendar
from booking.happenings.public.offers import (
    activities_confirm,
    activities_still_right,
    activity_form,
    activity_stop,
    my_activities,
    whats_on,
)

__all__ = [
    "activities_confirm",
    "activities_still_right",
    "activity_form",
    "activity_stop",
    "door_sign",
    "kiosk",
    "my_activities",
    "organisation_calendar",
    "place_calendar",
    "whats_on",
]
