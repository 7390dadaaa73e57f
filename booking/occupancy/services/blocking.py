"""Blocks that give way to what is granted: they take the free time, and stand as notes over claims until those go.

This is how works take time (notice-rules.md "Objects"): nobody's granted time is taken by a plan. A claim gives way
only when the caller names it, and is then displaced: it keeps its place and comes back when the block goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from booking.foundation.intervals import Interval, merge, subtract
from booking.occupancy import guards, registry
from booking.occupancy.models import Klass, Occupancy, Status
from booking.occupancy.selectors import statements
from booking.occupancy.selectors.conflicts import Asked, Wanted, find
from booking.occupancy.selectors.reading import Covered
from booking.occupancy.services import taking
from booking.occupancy.services.closing import _cut_buffers_of_the_past, displace, restore

Cause = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Block:
    """Time ``[start, end)`` (aware, whole minutes) on a resource for a cause. No buffers: it is as long as it says.

    ``quantity``: of a counted thing; None: all of it. ``only_note``: shown, takes nothing.
    """

    resource_id: int
    start: datetime
    end: datetime
    cause_id: int
    quantity: int | None = None
    only_note: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """What stands in the way and stays (by cause of the block), and what was displaced now."""

    in_the_way: dict[int, set[Cause]]
    displaced: list[Cause]


def put_blocks(
    blocks: Sequence[Block],
    *,
    cause_kind: str,
    gone: Iterable[int] = (),
    displacing: Collection[Cause] | None = (),
    label: str = "",
    now: datetime,
) -> Blocked:
    """Let these causes take exactly this time from now on, in the caller's transaction.

    What the same causes (and those of ``gone``) had before ends now; time that has passed stays as it was. Claims in
    the way stay, with a note over them, except those of ``displacing`` (None: all). Time that becomes free is given
    back by ``free_blocks``, not here.
    """
    taking._need_transaction()
    kept = {one.cause_id for one in blocks}
    cells_before = end_blocks(cause_kind, {*kept, *gone}, now=now)
    moment = now.replace(second=0, microsecond=0)
    coming = [one for one in blocks if one.end > moment]
    covers, scopes = taking.lock_resources(sorted({one.resource_id for one in coming}))
    asked = [_asked(index, one, covers[one.resource_id], moment) for index, one in enumerate(coming)]
    real = [one for one in asked if not coming[one.wanted.index].only_note]
    for one in real:
        _cut_buffers_of_the_past(one.covered, datetime.fromtimestamp(one.start, UTC), now)
    hits = {real[position].wanted.index: found for position, found in find(real).items()}
    going = {
        (hit[9], hit[10])
        for one in real
        for hit in taking.in_the_way_of_block(one, hits.get(one.wanted.index, ()))
        if displacing is None or (hit[9], hit[10]) in displacing
    }
    displaced: list[Cause] = []
    by_first = coming[0].cause_id if coming else 0
    if going:
        displaced = displace(going, by_cause=(cause_kind, by_first), now=now)
        hits = {real[position].wanted.index: found for position, found in find(real).items()}
    rows: list[taking.New] = []
    in_the_way: dict[int, set[Cause]] = {}
    done: dict[tuple[int, int], list[Interval[int]]] = {}
    for one in asked:
        block = coming[one.wanted.index]
        claims = () if block.only_note else taking.in_the_way_of_block(one, hits.get(one.wanted.index, ()))
        in_the_way.setdefault(block.cause_id, set()).update((hit[9], hit[10]) for hit in claims)
        for covered in one.covered:
            # Two resources of one cause may share a piece: it is taken once.
            before = done.setdefault((block.cause_id, covered[0]), [])
            for whole in subtract([Interval(one.start, one.end)], list(merge(before))):
                rows += _pieces(one, block, covered, claims, whole, cause_kind, label)
            before.append(Interval(one.start, one.end))
    taking.write(rows)
    taking.tell(scopes | taking.resources_on(cells_before))
    return Blocked(in_the_way, displaced)


def end_blocks(cause_kind: str, cause_ids: Iterable[int], *, now: datetime) -> set[int]:
    """What these causes take from now on goes; what has passed stays. Answers the cells, which are locked."""
    ids = sorted(set(cause_ids))
    moment = now.replace(second=0, microsecond=0)
    rows = Occupancy.objects.filter(cause_kind=cause_kind, cause_id__in=ids, end__gt=moment)
    cells = set(rows.values_list("cell_id", flat=True))
    if not cells:
        return set()
    taking.lock_cells(cells)
    for row in rows.filter(start__lt=moment):
        row.end = row.block_end = moment
        row.long = row.block_end - row.block_start > timedelta(seconds=guards.LONG_SECONDS)
        row.save(update_fields=["end", "block_end", "long"])
    rows.filter(start__gte=moment).delete()
    return cells


def free_blocks(
    *,
    cause_kind: str,
    cause_ids: Sequence[int],
    spans: Sequence[tuple[int, datetime, datetime]],
    now: datetime,
    tell: bool = True,
) -> list[Cause]:
    """Give back time that a block has left: what it displaced is restored first, then the rest is told as free.

    ``spans``: (resource id, start, end) that came free. Answers the causes that have their time again.
    """
    taking._need_transaction()
    cells = end_blocks(cause_kind, cause_ids, now=now)
    spans = [span for span in spans if span[2] > now]
    if not spans:
        taking.tell(taking.resources_on(cells))
        return []
    covers, scopes = taking.lock_resources(sorted({span[0] for span in spans}))
    back: dict[Cause, None] = {}
    for resource_id, start, end in spans:
        there = [cell for cell, *_rest in covers[resource_id]]
        cause = (cause_kind, min(cause_ids, default=0))
        back |= dict.fromkeys(restore(there, start, end, by_cause=cause, now=now))
    taking.tell(scopes | taking.resources_on(cells))
    if tell:
        for resource_id, start, end in spans:
            registry.tell_freed([resource_id], start, end, now)
    return list(back)


def _asked(index: int, one: Block, covered: list[Covered], moment: datetime) -> Asked:
    start = int(max(one.start, moment).timestamp())
    end = int(one.end.timestamp())
    most = max(min((stock // amount for _cell, amount, _exclusive, stock in covered), default=1), 1)
    quantity = most if one.quantity is None else min(one.quantity, most)
    return Asked(Wanted(one.resource_id, one.start, one.end, quantity, index=index), start, end, start, end, covered)


def _pieces(
    one: Asked,
    block: Block,
    covered: Covered,
    claims: Sequence[statements.Hit],
    whole: Interval[int],
    cause_kind: str,
    label: str,
) -> list[taking.New]:
    """On one cell: blocks where it is free, notes where a claim stays."""
    if block.only_note:
        return [_row(one, block, covered, whole.start, whole.end, Klass.NOTE, cause_kind, label)]
    taken = [
        Interval(max(hit[2], whole.start), min(hit[3], whole.end))
        for hit in claims
        if hit[1] == covered[0] and hit[2] < whole.end and hit[3] > whole.start
    ]
    under = list(merge(taken))
    free = list(subtract([whole], under))
    return [
        *(_row(one, block, covered, piece.start, piece.end, Klass.BLOCK, cause_kind, label) for piece in free),
        *(_row(one, block, covered, piece.start, piece.end, Klass.NOTE, cause_kind, label) for piece in under),
    ]


def _row(
    one: Asked, block: Block, covered: Covered, start: int, end: int, klass: str, cause_kind: str, label: str
) -> taking.New:
    cell, amount, exclusive, stock = covered
    quantity = 1 if exclusive else min(stock, amount * one.wanted.quantity)
    return taking.New(
        cell, one.wanted.resource_id, exclusive, start, end, start, end, quantity, klass, Status.WORKS, cause_kind,
        block.cause_id, label,
    )  # fmt: skip
