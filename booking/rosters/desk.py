"""What the morning digest tells an officer of rosters."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse

from booking.cases.letters.facts import title_of
from booking.cases.registry import DeskNote
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.rosters import selectors


def page_of(case_id: int) -> str:
    """The case's page in the CMS admin."""
    try:
        return reverse("booking_cases:inspect", args=[case_id])
    except NoReverseMatch:
        return ""


def desk_notes(user: Any, on: date) -> list[DeskNote]:
    """Duties of the next seven days without anybody, in cases that this person answers for."""
    base = booking_settings().public_base_url
    return [
        DeskNote(
            f"{duty.case.reference} – {title_of(duty.case)} – {selectors.in_words(duty)}", base + page_of(duty.case_id)
        )
        for duty in selectors.unfilled_for(user, on, now=clock.now())
    ]
