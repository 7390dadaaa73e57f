"""How much each hour is wanted: counts over the week, never who. Source: seasons.md 2 ("the demand grid is public")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from booking.seasons.rules.asking import periods, weekdays
from booking.seasons.rules.instance import Instance, Span


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the week: teams that like it best, teams that could use it, and how many can be there at once.

    ``level``: 0 nobody, 1 room for all, 2 as many as there is room for, 3 more, 4 more than twice as many.
    ``open``: it is offered.
    """

    weekday: int
    start: int
    end: int
    best: int = 0
    can: int = 0
    room: int = 0
    open: bool = False

    @property
    def level(self) -> int:
        if not self.best:
            return 0
        if self.best < self.room:
            return 1
        if self.best == self.room:
            return 2
        return 3 if self.best <= 2 * self.room else 4


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows are periods, columns the weekdays."""

    weekdays: tuple[int, ...]
    rows: tuple[tuple[tuple[int, int], tuple[Cell, ...]], ...]
    teams: int
    minutes: int

    def busiest(self, most: int = 10) -> list[Cell]:
        """The hours that most teams like best."""
        cells = [cell for _period, row in self.rows for cell in row if cell.best]
        return sorted(cells, key=lambda one: (-one.best, one.weekday, one.start))[:most]


def grid(instance: Instance, *, hall: int | None = None, step: int = 60) -> Grid:
    """The demand of all wishes; with ``hall`` of those that can use that hall or a part of it."""
    places = [one for one in instance.places if hall is None or one.hall == hall]
    keys = {one.key for one in places}
    wishes = [one for one in instance.wishes if hall is None or keys & set(one.places)]
    hours = [span for one in places for span in one.open]
    days = weekdays(hours)
    # Places that nothing is a part of: so many teams can be there at once.
    smallest = [one for one in places if not any(other.cells < one.cells for other in places)]
    rows = []
    for start, end in periods(hours, step):
        row = []
        for day in days:
            span = Span(day, start, end)
            room = sum(1 for one in smallest if _meets(one.open, span))
            row.append(
                Cell(
                    day, start, end,
                    best=sum(1 for wish in wishes if _meets(wish.best, span)),
                    can=sum(1 for wish in wishes if not any(bad.holds(span) for bad in wish.impossible)),
                    room=room, open=room > 0,
                )
            )  # fmt: skip
        rows.append(((start, end), tuple(row)))
    return Grid(tuple(days), tuple(rows), len(wishes), sum(one.minutes_asked for one in wishes))


def _meets(spans: Iterable[Span], span: Span) -> bool:
    return any(one.meets(span) for one in spans)
