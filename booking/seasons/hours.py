"""Weekly hours in words: of a slot of a proposal, or of an allocation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from booking.foundation.i18n import localized


def clock_words(minute: int) -> str:
    """Minutes after midnight: "17.30", in English "17:30"; the end of the day is 24."""
    separator = ":" if (get_language() or "").startswith("en") else "."
    return f"{minute // 60:02d}{separator}{minute % 60:02d}"


def times_words(start: int, end: int) -> str:
    """ "17.00–18.30"."""
    return f"{clock_words(start)}–{clock_words(end)}"


def weekday_words(weekday: int) -> str:
    """The day's name with a capital letter: 0 is Monday."""
    return str(WEEKDAYS[weekday]).capitalize()


def span_words(slot: Any) -> str:
    """ "Mandag 17.00–18.30"."""
    return f"{weekday_words(slot.weekday)} {times_words(slot.start, slot.end)}"


def hour_words(slot: Any) -> str:
    """ "mandag 17.00–18.30, Lillebyhallen", as it stands in a sentence; ``capfirst`` where it begins one."""
    return f"{WEEKDAYS[slot.weekday]} {times_words(slot.start, slot.end)}, {localized(slot.resource, 'name')}"


def team_words(slot: Any) -> str:
    """ "J13: mandag 17.00–18.30, Lillebyhallen"."""
    return f"{slot.wish.team}: {hour_words(slot)}"


def whose_words(slot: Any) -> str:
    """ "Lilleby IL J13"."""
    return f"{slot.wish.organisation.name} {slot.wish.team}"


def week_length(slots: Sequence[Any]) -> str:
    """Hours a week of all these slots: "3 hours a week", "4.5 hours a week"."""
    minutes = sum(slot.end - slot.start for slot in slots)
    number = f"{minutes / 60:g}"
    if not (get_language() or "").startswith("en"):
        number = number.replace(".", ",")
    return _("%(hours)s hours a week") % {"hours": number} if minutes != 60 else _("1 hour a week")
