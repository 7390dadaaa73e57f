"""The school year of Lilleby: when the schools are closed, for any year.

Rules instead of dates, so that the demo is right next year too: autumn break is week 40, winter break week 9, Christmas
from 21 December to 2 January, Easter from Monday in Holy Week to Easter Monday, summer from the day after the last
school day (about 20 June) to the day before the first one (the third Monday of August).
"""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.easter import easter

from municipality.lilleby.content.kinds import Holiday, Text

AUTUMN = Text("Høstferie", "Haustferie", "Autumn break")
CHRISTMAS = Text("Juleferie", "Juleferie", "Christmas holiday")
WINTER = Text("Vinterferie", "Vinterferie", "Winter break")
EASTER = Text("Påskeferie", "Påskeferie", "Easter holiday")
SUMMER = Text("Sommerferie", "Sommarferie", "Summer holiday")


def _first_school_day(year: int) -> date:
    first = date(year, 8, 15)
    return first + timedelta(days=(7 - first.weekday()) % 7)


def _last_school_day(year: int) -> date:
    last = date(year, 6, 20)
    return last - timedelta(days=max(0, last.weekday() - 4))


def school_holidays(year: int) -> list[Holiday]:
    """The school holidays that begin in the calendar year `year`, in order."""
    sunday = easter(year)
    winter = date.fromisocalendar(year, 9, 1)
    autumn = date.fromisocalendar(year, 40, 1)
    return [
        Holiday(WINTER, winter, winter + timedelta(days=6)),
        Holiday(EASTER, sunday - timedelta(days=6), sunday + timedelta(days=1)),
        Holiday(SUMMER, _last_school_day(year) + timedelta(days=1), _first_school_day(year) - timedelta(days=1)),
        Holiday(AUTUMN, autumn, autumn + timedelta(days=6)),
        Holiday(CHRISTMAS, date(year, 12, 21), date(year + 1, 1, 2)),
    ]


def school_holidays_between(first: date, last: date) -> list[Holiday]:
    """The school holidays that touch the days from `first` to `last`, both included."""
    years = range(first.year - 1, last.year + 1)
    return [h for year in years for h in school_holidays(year) if h.first <= last and h.last >= first]
