"""Pure decisions about regular activities: for whom they are, and how long a confirmation holds (needs N20)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

#: Age bands to choose from, as elsewhere (api.md ``audience``); both ends are in.
BANDS = {"0-5": (0, 5), "6-12": (6, 12), "13-19": (13, 19), "20-59": (20, 59), "60+": (60, 120)}

#: A confirmation holds for a year; then the activity is marked, and after a quarter more it isn't shown.
HOLDS = timedelta(days=365)
HIDDEN_AFTER = timedelta(days=365 + 90)
#: Days after the confirmation on which the organisation is asked again.
ASKED_AFTER = (timedelta(days=335), timedelta(days=365), timedelta(days=425))


def standing(confirmed_on: date, today: date) -> str:
    """fresh, old (shown with a mark) or hidden.

    ::

        confirmed |------- a year: fresh -------|-- a quarter: old --|-- hidden
    """
    age = today - confirmed_on
    if age <= HOLDS:
        return "fresh"
    return "old" if age <= HIDDEN_AFTER else "hidden"


def asked(confirmed_on: date, today: date) -> int:
    """How many times the organisation should have been asked by ``today``: 0 while nothing is due."""
    return sum(1 for after in ASKED_AFTER if today - confirmed_on >= after)


def is_for(age_from: int | None, age_to: int | None, band: str) -> bool:
    """True when somebody of that age band can take part. An unknown band is for all."""
    if band not in BANDS:
        return True
    least, most = BANDS[band]
    return (age_from or 0) <= most and (120 if age_to is None else age_to) >= least


def is_on(weekdays: Collection[int], weekday: int | None) -> bool:
    """True on that weekday; what has no fixed day is found under every day."""
    return weekday is None or not weekdays or weekday in weekdays
