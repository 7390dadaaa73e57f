"""Time over things: what stands on the things of some units in some days, for the timeline and its table.

One query for everything that takes time, whatever the number of things; a constant number in all. What shares space
with a thing is shown on it too, without a name: its own row says what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.cases.models import Case, CaseKind, Line, LineChange, LineState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation.clock import day_bounds
from booking.foundation.intervals import Interval, merge
from booking.occupancy.models import Cause
from booking.occupancy.selectors import statements
from booking.occupancy.selectors.reading import covers_by_resource

#: What a bar is about, in the order of the legend. Words stand in the staff's pages.
KINDS = (
    "granted", "season", "agreement", "import", "requested", "held", "proposed", "displaced", "closure", "maintenance",
    "works", "taken_back", "elsewhere",
)  # fmt: skip
_OF_CASE = {CaseKind.SEASON: "season", CaseKind.AGREEMENT: "agreement", CaseKind.IMPORT: "import"}
_OF_STATE = {
    LineState.REQUESTED: "requested",
    LineState.HELD: "held",
    LineState.DISPLACED: "displaced",
}
_OF_CAUSE = {
    Cause.CLOSURE: "closure",
    Cause.MAINTENANCE: "maintenance",
    Cause.WORKS: "works",
    Cause.IMPORT: "import",
    Cause.TAKE_BACK: "taken_back",
    Cause.CHANGE: "proposed",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that lasts on a resource: ``kind`` is one of ``KINDS``. Times are aware."""

    kind: str
    start: datetime
    end: datetime
    #: What a closure or an import says, which everybody may read.
    label: str = ""
    line: Line | None = None
    case: Case | None = None
    quantity: int = 1
    #: The case is one that this person's units answer for.
    ours: bool = False


@dataclass(slots=True)
class Row:
    """A resource with all that stands on it, by time. ``depth``: how deep in the tree of parts."""

    resource: Resource
    tz: ZoneInfo
    depth: int = 0
    parts: int = 0
    folded: bool = False
    items: list[Item] = field(default_factory=list)


def in_tree(resources: Iterable[Resource], folded: Iterable[int] = ()) -> list[Row]:
    """The resources as rows: a whole, then its parts, by name; parts of what is folded are left out. No query."""
    listed = list(resources)
    known = {one.pk for one in listed}
    below: dict[int | None, list[Resource]] = {}
    for one in listed:
        below.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)
    shut, rows, seen = set(folded), [], set()

    def add(parent: int | None, depth: int) -> None:
        for one in sorted(below.get(parent, ()), key=lambda thing: (thing.name.casefold(), thing.pk)):
            if one.pk in seen:
                continue
            seen.add(one.pk)
            parts = len(below.get(one.pk, ()))
            rows.append(Row(one, catalogue.zone(one), depth, parts, parts > 0 and one.pk in shut))
            if one.pk not in shut:
                add(one.pk, depth + 1)

    add(None, 0)
    return rows


def fill(rows: Sequence[Row], first: date, days: int, *, unit_ids: Iterable[int]) -> None:
    """Put on each row what stands there in these local days.

    ``unit_ids``: whose things and cases may be named. A line on a thing of another unit that shares space is only
    "taken". Four queries, five when a move is proposed.
    """
    if not rows:
        return
    ids = [row.resource.pk for row in rows]
    spans = [day_bounds(first, row.tz) for row in rows]
    start, end = min(span.start for span in spans), max(span.end for span in spans) + timedelta(days=days - 1)
    units = frozenset(unit_ids)
    covers = covers_by_resource(ids)
    cells = {cell for covered in covers.values() for cell, *_rest in covered}
    found = statements.rows_in_window(sorted(cells), int(start.timestamp()), int(end.timestamp())) if cells else []
    lines = _lines(ids, {row[10] for row in found if row[9] == Cause.LINE}, start, end)
    changes = _changes({row[10] for row in found if row[9] == Cause.CHANGE})
    by_cell: dict[int, list[statements.Row]] = {}
    for one in found:
        by_cell.setdefault(one[0], []).append(one)
    for row in rows:
        pk = row.resource.pk
        own = [line for line in lines.values() if line.resource_id == pk and line.state == LineState.DISPLACED]
        row.items = [
            _of_line(line, line.start, line.end, units) for line in own if line.start < end and line.end > start
        ]
        seen: set[tuple[str, int, int]] = set()
        for cell, *_rest in covers[pk]:
            for one in by_cell.get(cell, ()):
                key = (one[9], one[10], one[6])
                if key not in seen:
                    seen.add(key)
                    row.items.append(_item(one, pk, lines, changes, units, row.tz))
        row.items = sorted(_merged(row.items), key=lambda item: (item.start, item.end, item.kind))


def _merged(items: Sequence[Item]) -> list[Item]:
    """What is taken through others as few bars: three thirds that are taken are one whole that is."""
    through = merge(Interval(item.start, item.end) for item in items if item.kind == "elsewhere")
    return [
        *(item for item in items if item.kind != "elsewhere"),
        *(Item("elsewhere", span.start, span.end) for span in through),
    ]


def _lines(ids: Sequence[int], on_cells: set[int], start: datetime, end: datetime) -> dict[int, Line]:
    """The lines that take time, and the displaced ones, which take none. Two queries."""
    rows = Line.objects.select_related("case", "case__organisation", "case__requester", "resource")
    found = {line.pk: line for line in rows.filter(pk__in=on_cells)} if on_cells else {}
    displaced = rows.filter(resource__in=ids, state=LineState.DISPLACED, start__lt=end, end__gt=start)
    return found | {line.pk: line for line in displaced}


def _changes(ids: set[int]) -> Mapping[int, LineChange]:
    if not ids:
        return {}
    rows = LineChange.objects.filter(pk__in=ids).select_related(
        "line__case__organisation", "line__case__requester", "line__resource"
    )
    return {row.pk: row for row in rows}


def _item(
    row: statements.Row,
    pk: int,
    lines: Mapping[int, Line],
    changes: Mapping[int, LineChange],
    units: frozenset[int],
    tz: ZoneInfo,
) -> Item:
    start, end = datetime.fromtimestamp(row[6], tz), datetime.fromtimestamp(row[7], tz)
    cause, cause_id = row[9], row[10]
    if cause == Cause.LINE and (line := lines.get(cause_id)) is not None:
        if line.resource_id != pk:
            return Item("elsewhere", start, end, quantity=row[3])
        return _of_line(line, start, end, units)
    if cause == Cause.CHANGE and (change := changes.get(cause_id)) is not None:
        if change.resource_id != pk:
            return Item("elsewhere", start, end)
        return _about(change.line, "proposed", start, end, units)
    return Item(_OF_CAUSE.get(Cause(cause), "elsewhere"), start, end, label=row[8], quantity=row[3])


def _of_line(line: Line, start: datetime, end: datetime, units: frozenset[int]) -> Item:
    kind = _OF_STATE.get(LineState(line.state)) or _OF_CASE.get(CaseKind(line.case.kind), "granted")
    return _about(line, kind, start, end, units)


def _about(line: Line, kind: str, start: datetime, end: datetime, units: frozenset[int]) -> Item:
    if line.resource.unit_id not in units and line.case.unit_id not in units:
        return Item("elsewhere", start, end, quantity=line.quantity)
    return Item(kind, start, end, line=line, case=line.case, quantity=line.quantity, ours=line.case.unit_id in units)


def listed(user_units: Any, *, unit: int | None = None, venue: int | None = None, kind: str = "") -> list[Resource]:
    """Things of these units that are in use, with the filters of the page. Retired ones have no days ahead. One query.

    ``venue``: with all that is part of it, two levels deep.
    """
    rows = Resource.objects.exclude(state="retired").filter(unit__in=user_units)
    if unit is not None:
        rows = rows.filter(unit=unit)
    if kind:
        rows = rows.filter(kind=kind)
    if venue is not None:
        rows = rows.filter(pk=venue) | rows.filter(parent=venue) | rows.filter(parent__parent=venue)
    return list(rows.select_related("unit"))
