"""How many of a kit can be had at a time: its parts together, at the highest use of every moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.rules import most
from booking.catalogue.kits.selectors import Offered
from booking.occupancy import rules
from booking.occupancy.selectors import statements
from booking.occupancy.selectors.reading import Covered


@dataclass(frozen=True, slots=True)
class KitLeft:
    """How many whole kits are left; and the things of which there isn't enough for even one."""

    count: int
    short: frozenset[int]


def kits_left(
    kits: Sequence[Offered],
    spans: Sequence[tuple[datetime, datetime]],
    *,
    known: catalogue.Snapshot,
    without: Mapping[int, Collection[int]] | None = None,
) -> dict[int, KitLeft]:
    """What can be had in each whole ``[start, end)`` (aware) of ``spans``, by kit id: the least of them, and what is
    short in any. One query, whatever the number of kits and spans.

    A kit is free when every part is open and left in its number at every moment, its buffers included; parts that
    share pieces (a pair of skis, and all twelve) are counted together. ``without``: by kit id, things left out.
    """
    spans = [(start, end) for start, end in spans if start < end]
    if not kits or not spans:
        return {one.kit.pk: KitLeft(0, frozenset()) for one in kits}
    ids = sorted({part.resource_id for one in kits for part in one.contents})
    first, last = min(start for start, _end in spans), max(end for _start, end in spans)
    windows = known.open_windows([known.things[pk] for pk in ids], first, last)
    buffers = {pk: (known.effective[pk].buffer_before * 60, known.effective[pk].buffer_after * 60) for pk in ids}
    rows = [
        row
        for row in statements.rows_in_window(
            sorted({cell for pk in ids for cell, *_rest in known.covers[pk]}),
            int(first.timestamp()) - max(before for before, _after in buffers.values()),
            int(last.timestamp()) + max(after for _before, after in buffers.values()),
        )
        if row[4] != "note"
    ]
    found: dict[int, KitLeft] = {}
    for start, end in spans:
        begins, ends = int(start.timestamp()), int(end.timestamp())
        is_open = {pk for pk in ids if rules.covered(windows[pk], begins, ends)}
        blocks = {pk: (begins - before, ends + after) for pk, (before, after) in buffers.items()}
        since, until = min(one[0] for one in blocks.values()), max(one[1] for one in blocks.values())
        taken: dict[int, list[rules.Use]] = {}
        for row in rows:
            if row[1] < until and row[2] > since:
                taken.setdefault(row[0], []).append((row[1], row[2], row[3]))
        for one in kits:
            parts = {
                part.resource_id: part.quantity
                for part in one.contents
                if part.resource_id not in (without or {}).get(one.kit.pk, ())
            }
            here = _left(parts, is_open, blocks, known, taken)
            before = found.get(one.kit.pk, here)
            found[one.kit.pk] = KitLeft(min(before.count, here.count), before.short | here.short)
    return found


def _left(
    parts: Mapping[int, int],
    is_open: Collection[int],
    blocks: Mapping[int, rules.Span],
    known: catalogue.Snapshot,
    taken: Mapping[int, list[rules.Use]],
) -> KitLeft:
    """At one time. ``parts``: how many of each thing make one kit."""
    short = frozenset(
        pk
        for pk, quantity in parts.items()
        if pk not in is_open or not _fit({pk: quantity}, 1, blocks, known.covers, taken)
    )
    if short:
        return KitLeft(0, short)
    bound = min((known.quantity(pk) // quantity for pk, quantity in parts.items()), default=0)
    return KitLeft(most(lambda count: _fit(parts, count, blocks, known.covers, taken), bound), short)


def _fit(
    parts: Mapping[int, int],
    count: int,
    blocks: Mapping[int, rules.Span],
    covers: Mapping[int, Sequence[Covered]],
    taken: Mapping[int, list[rules.Use]],
) -> bool:
    """Whether `count` of all the parts can stand beside what is taken, at every moment."""
    own: dict[int, list[rules.Use]] = {}
    stocks: dict[int, int] = {}
    for pk, quantity in parts.items():
        if not covers[pk]:
            return False
        for cell, amount, _exclusive, stock in covers[pk]:
            own.setdefault(cell, []).append((*blocks[pk], amount * quantity * count))
            stocks[cell] = stock
    for cell, uses in own.items():
        everything = [*taken.get(cell, ()), *uses]
        if any(rules.peak(everything, since, until) > stocks[cell] for since, until, _number in uses):
            return False
    return True
