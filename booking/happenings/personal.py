"""Activities name no person: who answers is the organisation, by the contact that it has chosen to show."""

from __future__ import annotations

from booking.foundation import personal


def register() -> None:
    """Tell the registry why the field is not about anybody."""
    personal.not_about_people("what an activity is called", "samskap_booking.leisureactivity.title")
