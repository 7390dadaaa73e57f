"""Availability: what is free and what stands there, for many resources at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DEFAULT_DB_ALIAS

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.rules import EffectiveRules
from booking.foundation.clock import zone as zone_named
from booking.foundation.conf import booking_settings
from booking.occupancy import rules
from booking.occupancy.selectors import statements

Free = tuple[int, int, int]  # start, end, how many
Busy = tuple[int, int, str, int, str]  # start, end, status, how many, public title or ""
#: cell, amount, exclusive, stock
Covered = tuple[int, int, bool, int]


@dataclass(slots=True)
class Availability:
    """One resource in one window. Epoch seconds, half-open, sorted.

    ``free`` is shrunk by the resource's own buffers and lies within opening hours: each interval can be asked for
    whole, for its quantity, which is constant in it. ``busy`` tells everything that stands there, in its own times
    (it may begin before the window and end after it), requests that compete included: those leave the time free.
    """

    free: list[Free] = field(default_factory=list)
    busy: list[Busy] = field(default_factory=list)


def covers_by_resource(resource_ids: Sequence[int], using: str = DEFAULT_DB_ALIAS) -> dict[int, list[Covered]]:
    """What each resource takes: (cell, amount, exclusive, stock). One query. An exclusive cell counts 1."""
    found: dict[int, list[Covered]] = {pk: [] for pk in resource_ids}
    for resource_id, cell_id, amount, exclusive, stock in statements.covers_of(resource_ids, using):
        found[resource_id].append((cell_id, 1, True, 1) if exclusive else (cell_id, amount, False, stock))
    return found


def availability(
    resources: Sequence[Resource] | Sequence[catalogue.Thing],
    start: datetime,
    end: datetime,
    *,
    effective: Mapping[int, EffectiveRules] | None = None,
    line: catalogue.Lineage | None = None,
    ignore_cause: tuple[str, Iterable[int]] | None = None,
    known: catalogue.Snapshot | None = None,
) -> dict[int, Availability]:
    """What is free and what stands in ``[start, end)`` (aware), by resource id. The only reader of taken time.

    One query for occupancy and one for covers, whatever the number of resources, besides the catalogue's for rules and
    hours. ``effective`` and ``line`` save those when the caller has them, ``known`` saves all but the occupancy query.
    ``ignore_cause``: (kind, ids) to leave out.

    * A claim takes the time; a block (works, closure, import) takes the quantity it stands for; a note (a request that
      competes, a nuisance) is shown and takes nothing.
    * Outside opening hours nothing is free; what was granted there is told as busy. Buffers may lie outside.
    """
    if not resources:
        return {}
    effective, windows, covers = _facts(resources, start, end, effective, line, known)
    buffers = {pk: (effective[pk].buffer_before * 60, effective[pk].buffer_after * 60) for pk in covers}
    begins, ends = int(start.timestamp()), int(end.timestamp())
    cells = {cell for listed in covers.values() for cell, *_rest in listed}
    rows = statements.rows_in_window(
        sorted(cells),
        begins - max(before for before, _after in buffers.values()),
        ends + max(after for _before, after in buffers.values()),
    )
    if ignore_cause is not None:
        kind, ids = ignore_cause[0], frozenset(ignore_cause[1])
        rows = [row for row in rows if not (row[9] == kind and row[10] in ids)]
    blocks, busy, kept = _sorted_out(rows, covers, begins, ends)
    answer: dict[int, Availability] = {}
    for pk, covered in covers.items():
        before, after = buffers[pk]
        if len(covered) == 1 and covered[0][2]:
            cell = covered[0][0]
            shown = busy.get(cell)
            if shown is None:
                shown = []
            elif len(shown) > 1:
                shown = sorted(shown)
            if cell in blocks:
                free = rules.free_spans(windows[pk], blocks[cell], before, after)
            else:
                free = [(opens, closes, 1) for opens, closes in windows[pk]]
            answer[pk] = Availability(free, shown)
        elif covered:
            answer[pk] = _of_cells(covered, kept, windows[pk], before, after, begins, ends)
        else:
            answer[pk] = Availability()
    return answer


def _facts(
    resources: Sequence[Any],
    start: datetime,
    end: datetime,
    effective: Mapping[int, EffectiveRules] | None,
    line: catalogue.Lineage | None,
    known: catalogue.Snapshot | None,
) -> tuple[Mapping[int, EffectiveRules], dict[int, list[tuple[int, int]]], Mapping[int, list[Covered]]]:
    """Rules, openings in the window and cells of the resources, by id."""
    if known is not None:
        covers = {resource.pk: known.covers[resource.pk] for resource in resources}
        return known.effective, known.open_windows(resources, start, end), covers
    line = line or catalogue.lineage(resources)
    if effective is None:
        effective = catalogue.effective_rules(resources, line=line)
    windows = catalogue.open_windows(resources, start, end, rules=effective, line=line)
    return effective, windows, covers_by_resource([resource.pk for resource in resources])


def _sorted_out(
    rows: list[statements.Row], covers: Mapping[int, list[Covered]], begins: int, ends: int
) -> tuple[dict[int, list[rules.Span]], dict[int, list[Busy]], dict[int, list[statements.Row]]]:
    """By cell: what is taken, and what is shown, for the ordinary case of a thing that is one exclusive cell; and the
    whole rows for cells of things that are more than that. One pass: this is where a big answer spends its time."""
    plain: set[int] = set()
    other: set[int] = set()
    for covered in covers.values():
        if len(covered) == 1 and covered[0][2]:
            plain.add(covered[0][0])
        else:
            other.update(cell for cell, *_rest in covered)
    blocks: defaultdict[int, list[rules.Span]] = defaultdict(list)
    busy: defaultdict[int, list[Busy]] = defaultdict(list)
    kept: defaultdict[int, list[statements.Row]] = defaultdict(list)
    for row in rows:
        cell = row[0]
        if cell in plain:
            _cell, block_start, block_end, _quantity, klass, status, start, end, label, _kind, _id = row
            if klass != "note":
                blocks[cell].append((block_start, block_end))
            if status and start < ends and end > begins:
                busy[cell].append((start, end, status, 1, label))
        if cell in other:
            kept[cell].append(row)
    return blocks, busy, kept


def _of_cells(
    covered: list[Covered],
    by_cell: Mapping[int, list[statements.Row]],
    windows: list[tuple[int, int]],
    before: int,
    after: int,
    begins: int,
    ends: int,
) -> Availability:
    """Several cells, or counted ones. What one cause takes on several cells is told once."""
    total = min(stock // amount for _cell, amount, _exclusive, stock in covered)
    told: dict[tuple[str, int, int, int], Busy] = {}
    for cell, amount, _exclusive, _stock in covered:
        for _cell, _bs, _be, quantity, _klass, status, start, end, label, kind, cause_id in by_cell.get(cell, ()):
            if status and start < ends and end > begins:
                key = (kind, cause_id, start, end)
                count = min(-(-quantity // amount), max(total, 1))
                known = told.get(key)
                if known is None or known[3] < count:
                    told[key] = (start, end, status, count, label)
    busy = sorted(told.values())
    taken = {cell: [row for row in by_cell.get(cell, ()) if row[4] != "note"] for cell, *_rest in covered}
    if all(exclusive for _cell, _amount, exclusive, _stock in covered):
        blocks = [(row[1], row[2]) for rows in taken.values() for row in rows]
        return Availability(rules.free_spans(windows, blocks, before, after), busy)
    uses = [
        (stock, amount, [(row[1], row[2], row[3]) for row in taken[cell]])
        for cell, amount, _exclusive, stock in covered
    ]
    return Availability(rules.free_stock(windows, uses, before, after), busy)


# --- as JSON ---------------------------------------------------------------------------------------------------------


class _Clock(dict[int, str]):
    """Epoch second → RFC 3339 with the zone's offset, in quotes. Bookings share their times: most are found."""

    def __init__(self, tz: ZoneInfo) -> None:
        super().__init__()
        self.tz = tz

    def __missing__(self, moment: int) -> str:
        text = self[moment] = f'"{datetime.fromtimestamp(moment, self.tz).isoformat()}"'
        return text


def availability_json(
    resources: Sequence[Resource] | Sequence[catalogue.Thing],
    start: datetime,
    end: datetime,
    *,
    bulk: bool,
    missing: Sequence[str] = (),
    effective: Mapping[int, EffectiveRules] | None = None,
    line: catalogue.Lineage | None = None,
    known: catalogue.Snapshot | None = None,
) -> bytes:
    """The answer of ``resources/{slug}/availability/`` or, with ``bulk``, of ``availability/`` (api.md), as UTF-8 JSON.

    Written out by hand: rows → datetimes → isoformat → a JSON encoder is four fifths of the time of a big answer.
    ``missing``: slugs asked for that don't exist. Times stand on the wall clock of each resource, those of the bulk
    answer itself on the municipality's.
    """
    found = availability(resources, start, end, effective=effective, line=line, known=known)
    default = booking_settings().timezone
    clocks: dict[str, _Clock] = {}
    labels: dict[str, str] = {"": "null"}
    begins, ends = int(start.timestamp()), int(end.timestamp())

    def clock_of(name: str) -> _Clock:
        if name not in clocks:
            clocks[name] = _Clock(zone_named(name))
        return clocks[name]

    parts: list[str] = []
    for resource in resources:
        name = resource.timezone or default
        clock = clock_of(name)
        one = found[resource.pk]
        free = ",".join(
            [f'{{"start":{clock[left]},"end":{clock[right]},"quantity":{count}}}' for left, right, count in one.free]
        )
        busy = _busy_json(one.busy, clock, labels) if one.busy else ""
        parts.append(
            f'{{"resource":"{resource.slug}","timezone":"{name}","from":{clock[begins]},"to":{clock[ends]},'
            f'"free":[{free}],"busy":[{busy}]}}'
        )
    if not bulk:
        return parts[0].encode()
    clock = clock_of(default)
    return (
        f'{{"from":{clock[begins]},"to":{clock[ends]},"results":[{",".join(parts)}],"missing":{json.dumps(list(missing))}}}'
    ).encode()


def _busy_json(rows: list[Busy], clock: Mapping[int, str], labels: dict[str, str]) -> str:
    for row in rows:
        if row[4] not in labels:
            labels[row[4]] = json.dumps(row[4])
    return ",".join(
        [
            f'{{"start":{clock[start]},"end":{clock[end]},"status":"{status}","quantity":{count},"label":{labels[label]}}}'
            for start, end, status, count, label in rows
        ]
    )


# --- free from-to ----------------------------------------------------------------------------------------------------


def free_resource_ids(
    resources: Sequence[Resource] | Sequence[catalogue.Thing],
    start: datetime,
    end: datetime,
    quantity: int = 1,
    *,
    effective: Mapping[int, EffectiveRules] | None = None,
    line: catalogue.Lineage | None = None,
    known: catalogue.Snapshot | None = None,
) -> set[int]:
    """Which of ``resources`` could be asked for all of ``[start, end)``, ``quantity`` of each. One occupancy query.

    The same answer as ``availability`` gives: open all the time, and nothing taken within the time and the buffers.
    ``known`` saves all queries but that one.
    """
    if not resources or end <= start or quantity < 1:
        return set()
    begins, ends = int(start.timestamp()), int(end.timestamp())
    whole = [(begins, ends)]
    effective, windows, covers = _facts(resources, start, end, effective, line, known)
    open_ids = [pk for pk, found in windows.items() if found == whole]
    if not open_ids:
        return set()
    covers = {pk: covers[pk] for pk in open_ids}
    buffers = {pk: (effective[pk].buffer_before * 60, effective[pk].buffer_after * 60) for pk in open_ids}
    before = max(before for before, _after in buffers.values())
    after = max(after for _before, after in buffers.values())
    cells = sorted({one[0] for listed in covers.values() for one in listed})
    by_cell: dict[int, list[rules.Use]] = {}
    for row in statements.rows_in_window(cells, begins - before, ends + after):
        if row[4] != "note":
            by_cell.setdefault(row[0], []).append((row[1], row[2], row[3]))
    found: set[int] = set()
    for pk, covered in covers.items():
        if len(covered) == 1 and quantity == 1 and covered[0][0] not in by_cell and covered[0][3] >= covered[0][1]:
            found.add(pk)
        elif covered:
            before, after = buffers[pk]
            if _has(covered, by_cell, begins - before, ends + after, quantity):
                found.add(pk)
    return found


def _has(covered: list[Covered], by_cell: Mapping[int, list[rules.Use]], start: int, end: int, quantity: int) -> bool:
    """True when ``quantity`` of all the cells is left at every moment of ``[start, end)`` (buffers included)."""
    for cell, amount, _exclusive, stock in covered:
        left = stock
        uses = by_cell.get(cell)
        if uses:
            left -= rules.peak(uses, start, end)
        if left < amount * quantity:
            return False
    return True
