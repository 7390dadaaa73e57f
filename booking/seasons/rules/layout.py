"""A hall's week as a table: weekdays and lanes (its parts) across, time down, each slot one cell. Pure.

A lane is a piece of the hall that some place covers alone or together with others; a hall whose parts nobody may have
has one lane. Slots that meet (a timetable with faults can be shown) share one cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

from booking.seasons.rules.instance import Instance, Place, Slot, Timetable

FREE, CLOSED, TAKEN, CLASH = "free", "closed", "taken", "clash"


@dataclass(frozen=True, slots=True)
class Cell:
    """``[start, end)`` over ``lanes`` lanes from ``lane`` on, ``rows`` rows high. ``place``: whom a free one is of."""

    kind: str
    weekday: int
    start: int
    end: int
    lane: int
    lanes: int
    rows: int
    place: int
    slots: tuple[Slot, ...] = ()
    goes_on: bool = False  # the same slot in a lane that isn't beside the first one


@dataclass(frozen=True, slots=True)
class Row:
    start: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class HallWeek:
    """``days``: weekdays that have hours or slots. ``lanes``: keys of the places that name the lanes; one or more."""

    hall: int
    name: str
    days: tuple[int, ...]
    lanes: tuple[int, ...]
    rows: tuple[Row, ...]
    step: int


@dataclass(slots=True)
class _Box:
    first: int  # lanes, half-open
    last: int
    start: int
    end: int
    slots: list[Slot]
    goes_on: bool = False

    def meets(self, other: _Box) -> bool:
        return self.first < other.last and other.first < self.last and self.start < other.end and other.start < self.end

    def take(self, other: _Box) -> None:
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.start, self.end = min(self.start, other.start), max(self.end, other.end)
        self.slots += [one for one in other.slots if one not in self.slots]
        self.goes_on = False


def halls(instance: Instance) -> list[Place]:
    """The places that aren't part of another one of the round, by name."""
    return sorted(
        (one for one in instance.places if one.key == one.hall), key=lambda one: (one.name.casefold(), one.key)
    )


def lanes_of(instance: Instance, hall: int) -> list[tuple[int, frozenset[int]]]:
    """(key of the smallest place there, cells) of each lane, in the order of the parts."""
    places = [one for one in instance.places if one.hall == hall]
    groups: dict[frozenset[int], set[int]] = {}
    for cell in set().union(*(one.cells for one in places)):
        covering = frozenset(one.key for one in places if cell in one.cells)
        groups.setdefault(covering, set()).add(cell)
    by_key = instance.place
    found = []
    for covering, cells in groups.items():
        smallest = min(covering, key=lambda key: (len(by_key[key].cells), key))
        found.append((smallest, frozenset(cells)))
    return sorted(found, key=lambda one: (one[0], min(one[1])))


def day_groups(instance: Instance, hall: int, timetable: Timetable) -> list[tuple[int, ...]]:
    """Weekdays that have hours in common, together: on paper a Saturday morning gets a table of its own."""
    here = {one.key for one in instance.places if one.hall == hall}
    ranges: dict[int, tuple[int, int]] = {}
    spans = [span for key in here for span in instance.place[key].open]
    for span in (*spans, *(one.span for one in timetable if one.place in here)):
        first, last = ranges.get(span.weekday, (span.start, span.end))
        ranges[span.weekday] = (min(first, span.start), max(last, span.end))
    groups: list[tuple[int, int, list[int]]] = []
    for weekday, (first, last) in sorted(ranges.items()):
        meeting = [one for one in groups if one[0] < last and first < one[1]]
        days = sorted([weekday, *(day for one in meeting for day in one[2])])
        groups = [one for one in groups if one not in meeting]
        groups.append((min([first, *(one[0] for one in meeting)]), max([last, *(one[1] for one in meeting)]), days))
    return sorted(tuple(days) for _first, _last, days in groups)


def week(
    instance: Instance, hall: int, timetable: Timetable, *, fine: bool = False, only: tuple[int, ...] | None = None
) -> HallWeek:
    """The week of a hall. ``fine``: free time stands in every lane and grid step, to be dropped on. ``only``: days."""
    place = instance.place[hall]
    lanes = lanes_of(instance, hall)
    here = {one.key for one in instance.places if one.hall == hall}
    slots = [one for one in timetable if one.place in here and (only is None or one.weekday in only)]
    open_spans = [span for key in here for span in instance.place[key].open if only is None or span.weekday in only]
    days = sorted({span.weekday for span in open_spans} | {one.weekday for one in slots})
    edges = [edge for one in slots for edge in (one.start, one.end)]
    open_edges = [edge for span in open_spans for edge in (span.start, span.end)]
    if not days:
        return HallWeek(hall, place.name, (), tuple(key for key, _cells in lanes), (), instance.grid)
    first, last = min(edges + open_edges), max(edges + open_edges)
    step = instance.grid
    for edge in (*edges, *open_edges, first):
        step = gcd(step, edge)
    cells: list[Cell] = []
    for weekday in days:
        some = [one for one in slots if one.weekday == weekday]
        cells += _day(instance, lanes, weekday, some, (first, last), step, fine)
    position = {weekday: at for at, weekday in enumerate(days)}
    rows = tuple(
        Row(
            start,
            tuple(
                sorted((one for one in cells if one.start == start), key=lambda one: (position[one.weekday], one.lane))
            ),
        )
        for start in range(first, last, step)
    )
    return HallWeek(hall, place.name, tuple(days), tuple(key for key, _cells in lanes), rows, step)


def _day(
    instance: Instance, lanes: list[tuple[int, frozenset[int]]], weekday: int, slots: list[Slot],
    frame: tuple[int, int], step: int, fine: bool,
) -> list[Cell]:  # fmt: skip
    boxes = _boxes(instance, lanes, slots)
    found = [
        Cell(
            TAKEN if len(box.slots) == 1 else CLASH, weekday, box.start, box.end, box.first, box.last - box.first,
            (box.end - box.start) // step, box.slots[0].place, tuple(sorted(box.slots)), box.goes_on,
        )
        for box in boxes
    ]  # fmt: skip
    together = not fine and all(box.first == 0 and box.last == len(lanes) for box in boxes)
    groups = [(0, len(lanes))] if together else [(at, at + 1) for at in range(len(lanes))]
    for first, last in groups:
        taken = [(box.start, box.end) for box in boxes if box.first < last and first < box.last]
        key = instance.place[lanes[first][0]].hall if together else lanes[first][0]
        found += _empty(instance, key, weekday, taken, (first, last), frame, step, fine)
    return found


def _boxes(instance: Instance, lanes: list[tuple[int, frozenset[int]]], slots: Iterable[Slot]) -> list[_Box]:
    boxes: list[_Box] = []
    for slot in sorted(slots):
        cells = instance.place[slot.place].cells
        runs: list[list[int]] = []
        for number in [number for number, (_key, own) in enumerate(lanes) if own & cells]:
            if runs and runs[-1][1] == number:
                runs[-1][1] = number + 1
            else:
                runs.append([number, number + 1])
        boxes += [
            _Box(run[0], run[1], slot.start, slot.end, [slot], goes_on=order > 0) for order, run in enumerate(runs)
        ]
    merged = True
    while merged:
        merged = False
        for position, one in enumerate(boxes):
            other = next((box for box in boxes[position + 1 :] if one.meets(box)), None)
            if other is not None:
                one.take(other)
                boxes.remove(other)
                merged = True
                break
    return boxes


def _empty(
    instance: Instance, key: int, weekday: int, taken: list[tuple[int, int]], lanes: tuple[int, int],
    frame: tuple[int, int], step: int, fine: bool,
) -> list[Cell]:  # fmt: skip
    spans = [(one.start, one.end) for one in instance.place[key].open if one.weekday == weekday]
    edges = {*frame, *(edge for pair in (*spans, *taken) for edge in pair if frame[0] <= edge <= frame[1])}
    if fine:
        edges.update(edge for edge in range(frame[0], frame[1]) if edge % instance.grid == 0)
    found: list[Cell] = []
    for start, end in pairwise(sorted(edges)):
        if any(a < end and start < b for a, b in taken):
            continue
        kind = FREE if any(a <= start and end <= b for a, b in spans) else CLOSED
        before = found[-1] if found else None
        if not fine and before is not None and before.kind == kind and before.end == start:
            start = before.start
            found.pop()
        found.append(
            Cell(kind, weekday, start, end, lanes[0], lanes[1] - lanes[0], (end - start) // step, key)
        )  # fmt: skip
    return found
