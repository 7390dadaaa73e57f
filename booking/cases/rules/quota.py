"""How much an organisation may have of a thing in a week or a half-year. Pure; days are local dates."""

from __future__ import annotations

from datetime import date, timedelta


def period_of(day: date, per: str) -> tuple[date, date]:
    """The first day of the period that ``day`` lies in, and the first day after it.

    ``week``: Monday to Sunday. ``season``: January to June, or July to December.
    """
    if per == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=7)
    if day.month <= 6:
        return date(day.year, 1, 1), date(day.year, 7, 1)
    return date(day.year, 7, 1), date(day.year + 1, 1, 1)
