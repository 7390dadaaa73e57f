"""Dates first, then what is free on them: the shelves of a basket (requests.md "Series and baskets")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.cases.rules import Occurrence
from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.selectors import Offered as OfferedKit
from booking.foundation.workdays import work_calendar
from booking.occupancy import rules as occupancy_rules
from booking.occupancy import selectors as occupancy
from booking.occupancy.selectors import Wanted
from booking.occupancy.selectors.kits import KitLeft, kits_left

#: More dates than this aren't looked up thing by thing: the check tells of the rest.
MOST_DATES = 60


@dataclass(frozen=True, slots=True)
class Offered:
    """A thing that could go into the basket: on how many of the dates it is free, and how many of it."""

    thing: Any
    free: int
    dates: int
    quantity: int

    @property
    def on_all(self) -> bool:
        return self.free == self.dates


def free_on(
    dates: Sequence[Occurrence], *, user: Any, kind: str = "", known: catalogue.Snapshot | None = None
) -> list[Offered]:
    """Public things that are open and free on at least one of the dates; those free on all come first.

    One occupancy query for all things and dates. Whether the rules let somebody ask for them is the check's to say.
    """
    known = known or catalogue.snapshot()
    dates = dates[:MOST_DATES]
    things = [one for one in known.shown if not kind or one.kind == kind]
    if not dates or not things:
        return []
    wanted: list[Wanted] = []
    where: list[int] = []
    windows = known.open_windows(things, dates[0].start, dates[-1].end)
    for thing in things:
        for one in dates:
            start, end = int(one.start.timestamp()), int(one.end.timestamp())
            if occupancy_rules.covered(windows[thing.pk], start, end):
                where.append(thing.pk)
                wanted.append(Wanted(thing.pk, one.start, one.end, index=len(wanted)))
    # Things share pieces (a hall and its thirds): that they clash with each other is for the basket to find out.
    hit = {
        one.index
        for one in occupancy.outlook(wanted, effective=known.effective, known=known).conflicts
        if one.status != "own"
    }
    free: dict[int, int] = {}
    for index, pk in enumerate(where):
        if index not in hit:
            free[pk] = free.get(pk, 0) + 1
    offered = [
        Offered(thing, free[thing.pk], len(dates), known.quantity(thing.pk)) for thing in things if free.get(thing.pk)
    ]
    return sorted(offered, key=lambda one: (not one.on_all, -one.free, one.thing.kind))


def holidays_among(dates: Sequence[Occurrence]) -> list[tuple[date, str]]:
    """The dates that fall on a public holiday, with its name."""
    if not dates:
        return []
    names = dict(work_calendar().free_days_between(dates[0].day, dates[-1].day))
    return [(one.day, names[one.day]) for one in dates if names.get(one.day)]


def kits_on(dates: Sequence[Occurrence], kits: Sequence[OfferedKit]) -> dict[int, KitLeft]:
    """How many of each kit are left on all of the dates, by kit id; `short` names what is missing on any of them.

    One occupancy query for all kits and dates.
    """
    spans = [(one.start, one.end) for one in dates[:MOST_DATES]]
    return kits_left(kits, spans, known=catalogue.snapshot())
