"""Conflicts and rivals together: what is taken, and who else has asked, with one statement for a whole series."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import EffectiveRules
from booking.occupancy.selectors import statements
from booking.occupancy.selectors.conflicts import Conflict, Wanted, judge, resolve, rules_for
from booking.occupancy.selectors.reading import covers_by_resource


@dataclass(frozen=True, slots=True)
class Outlook:
    """What stands in the way of the wanted lines, and which causes have asked for the same time.

    ``rivals``: by the index of the wanted line, the (kind, id) of open requests that overlap it on a shared cell.
    """

    conflicts: list[Conflict]
    rivals: Mapping[int, set[tuple[str, int]]]


def outlook(
    wanted: Sequence[Wanted],
    *,
    ignore_cause: tuple[str, Collection[int]] | None = None,
    effective: Mapping[int, EffectiveRules] | None = None,
    known: catalogue.Snapshot | None = None,
) -> Outlook:
    """``conflicts`` and the rivals of ``wanted``. One statement over the windows, one for covers, rules unless given.

    ``ignore_cause``: (kind, ids) whose rows count as not there, in both answers. ``known`` saves all queries but the
    first.
    """
    if not wanted:
        return Outlook([], {})
    resource_ids = {one.resource_id for one in wanted}
    if known is not None:
        asked = resolve(wanted, known.effective, known.covers)
    else:
        effective = rules_for(resource_ids) if effective is None else effective
        asked = resolve(wanted, effective, covers_by_resource(sorted(resource_ids)))
    kind, ids = (ignore_cause[0], frozenset(ignore_cause[1])) if ignore_cause is not None else ("", frozenset())
    windows = [
        (position, cell, one.block_start, one.block_end)
        for position, one in enumerate(asked)
        for cell, *_rest in one.covered
    ]
    found: dict[int, list[statements.Hit]] = {}
    rivals: dict[int, set[tuple[str, int]]] = {}
    for hit in statements.rows_in_windows(windows, notes=True):
        if hit[9] == kind and hit[10] in ids:
            continue
        if hit[5] == "note":
            rivals.setdefault(asked[hit[0]].wanted.index, set()).add((hit[9], hit[10]))
        else:
            found.setdefault(hit[0], []).append(hit)
    return Outlook(judge(asked, found), rivals)
