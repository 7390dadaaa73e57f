"""Public pages of what happens where."""

from booking.happenings.public.boards import door_sign, kiosk, organisation_calendar, place_calendar

__all__ = ["door_sign", "kiosk", "organisation_calendar", "place_calendar"]
