"""School holidays that a season usually leaves out, as suggestions: Christmas, Easter, autumn and winter break.

Christmas and Easter follow the calendar. Autumn break is the week of Monday 40 or 41, winter break week 8 or 9,
as the county decides: the earlier is suggested, and a person looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter

CHRISTMAS, EASTER, AUTUMN, WINTER = "christmas", "easter", "autumn", "winter"
#: ISO weeks of the breaks, most common first.
AUTUMN_WEEK, WINTER_WEEK = 40, 8


@dataclass(frozen=True, order=True, slots=True)
class Break:
    """Local dates, both included."""

    start: date
    end: date
    kind: str


def suggested(season_start: date, season_end: date) -> list[Break]:
    """The breaks that touch the season, cut to it, by date."""
    found = []
    for year in range(season_start.year, season_end.year + 1):
        sunday = easter(year)
        found += [
            Break(date(year, 12, 22), date(year + 1, 1, 2), CHRISTMAS),
            # From Saturday before Palm Sunday to Easter Monday.
            Break(sunday - timedelta(days=8), sunday + timedelta(days=1), EASTER),
            Break(date.fromisocalendar(year, AUTUMN_WEEK, 1), date.fromisocalendar(year, AUTUMN_WEEK, 7), AUTUMN),
            Break(date.fromisocalendar(year, WINTER_WEEK, 1), date.fromisocalendar(year, WINTER_WEEK, 7), WINTER),
        ]
    before = Break(date(season_start.year - 1, 12, 22), date(season_start.year, 1, 2), CHRISTMAS)
    return sorted(
        Break(max(one.start, season_start), min(one.end, season_end), one.kind)
        for one in (before, *found)
        if one.start <= season_end and one.end >= season_start
    )
