"""Calendars of others say nothing about people: only busy times are kept unless titles are chosen, which are public."""

from __future__ import annotations

from booking.foundation import personal


def register() -> None:
    """Tell the registry why these fields are not about anybody."""
    personal.not_about_people("a calendar, such as a school's", "samskap_booking.calendarsource.name")
    personal.not_about_people(
        "the public title of an event, kept only where staff chose it", "samskap_booking.sourceevent.title"
    )
