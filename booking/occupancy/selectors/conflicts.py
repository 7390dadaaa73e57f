"""What stands in the way of wanted time: for one line or a whole series, with one statement."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import EffectiveRules
from booking.occupancy import rules
from booking.occupancy.selectors import statements
from booking.occupancy.selectors.reading import Covered, covers_by_resource

#: Clashes with other wanted lines that are told per line. Taken time is told in full; of lines that all lie on top of
#: each other, a few are enough to see it, and n × n of them would be a way to make the server work for nothing.
MOST_OWN = 20


@dataclass(slots=True, unsafe_hash=True)  # not frozen: a check makes hundreds, at a third of the time
class Wanted:
    """Time that somebody wants: ``[start, end)`` (aware), so many of a resource; ``index`` tells lines apart.

    ``setup_minutes`` and ``teardown_minutes`` are the line's own and come on top, as do the resource's buffers.
    """

    resource_id: int
    start: datetime
    end: datetime
    quantity: int = 1
    setup_minutes: int = 0
    teardown_minutes: int = 0
    index: int = 0


@dataclass(slots=True, unsafe_hash=True)  # not frozen: a check makes hundreds, at a third of the time
class Conflict:
    """Why a wanted line can't have its time.

    ``start``, ``end``: the times shown of what stands there. ``status``: confirmed, tentative (held), works, closed,
    or own (another wanted line; ``cause_id`` is then its index). ``quantity_left``: how many the wanted line could
    still have. When more is wanted than there ever is, or the resource covers nothing, ``cause_kind`` is "".
    """

    index: int
    start: datetime
    end: datetime
    status: str
    quantity_left: int
    cause_kind: str
    cause_id: int | None


@dataclass(slots=True, unsafe_hash=True)  # not frozen: a check makes hundreds, at a third of the time
class Asked:
    """A wanted line in epoch seconds, with its block (set-up, tear-down and buffers) and what it takes."""

    wanted: Wanted
    start: int
    end: int
    block_start: int
    block_end: int
    covered: list[Covered]


def resolve(
    wanted: Sequence[Wanted], effective: Mapping[int, EffectiveRules], covers: Mapping[int, list[Covered]]
) -> list[Asked]:
    """The wanted lines with blocks and cells."""
    asked: list[Asked] = []
    for one in wanted:
        rule = effective[one.resource_id]
        start = int(one.start.timestamp()) - one.setup_minutes * 60
        end = int(one.end.timestamp()) + one.teardown_minutes * 60
        asked.append(
            Asked(
                one,
                start,
                end,
                start - rule.buffer_before * 60,
                end + rule.buffer_after * 60,
                covers[one.resource_id],
            )
        )
    return asked


def rules_for(resource_ids: Iterable[int]) -> dict[int, EffectiveRules]:
    """The effective rules by id: a constant number of queries. Unknown ids are left out."""
    return catalogue.rules_by_id(set(resource_ids))


def conflicts(
    wanted: Sequence[Wanted],
    *,
    ignore_cause: tuple[str, Iterable[int]] | None = None,
    effective: Mapping[int, EffectiveRules] | None = None,
    known: catalogue.Snapshot | None = None,
) -> list[Conflict]:
    """All that stands in the way of ``wanted``, by wanted line and time: every conflict, never just the first.

    One statement over the wanted windows (not over the span of the series), one for covers, and the catalogue's for the
    rules unless ``effective`` has them; ``known`` saves all queries but the first. Wanted lines clash with each other
    too, each told of the other ("own"; at most 20 per line). ``ignore_cause``: (kind, ids) whose rows count as not
    there, such as the held rows of the line itself. Raises ``KeyError`` for a resource that doesn't exist.
    """
    if not wanted:
        return []
    resource_ids = {one.resource_id for one in wanted}
    if known is not None:
        asked = resolve(wanted, known.effective, known.covers)
    else:
        effective = rules_for(resource_ids) if effective is None else effective
        asked = resolve(wanted, effective, covers_by_resource(sorted(resource_ids)))
    return judge(asked, find(asked, ignore_cause))


def find(
    asked: Sequence[Asked], ignore_cause: tuple[str, Iterable[int]] | None = None
) -> dict[int, list[statements.Hit]]:
    """Claims and blocks in the way of each asked line (by position). One statement."""
    hits = statements.rows_in_windows(
        [
            (position, cell, one.block_start, one.block_end)
            for position, one in enumerate(asked)
            for cell, *_rest in one.covered
        ]
    )
    kind, ids = (ignore_cause[0], frozenset(ignore_cause[1])) if ignore_cause is not None else ("", frozenset())
    found: dict[int, list[statements.Hit]] = {}
    for hit in hits:
        if hit[9] == kind and hit[10] in ids:
            continue
        found.setdefault(hit[0], []).append(hit)
    return found


class _Others:
    """The other wanted lines on each cell, quick to ask for those that touch a block."""

    def __init__(self) -> None:
        self.by_cell: dict[int, list[tuple[int, int, int, int]]] = {}  # block start, block end, need, position
        self.longest: dict[int, int] = {}
        #: Cells on which no two lines overlap: in a series that is the rule, and then nobody need be asked again.
        self.apart: set[int] = set()

    def add(self, position: int, one: Asked) -> None:
        for cell, amount, _exclusive, _stock in one.covered:
            entry = (one.block_start, one.block_end, amount * one.wanted.quantity, position)
            listed = self.by_cell.setdefault(cell, [])
            if listed and listed[-1] > entry:
                listed.insert(bisect_left(listed, entry), entry)
            else:
                listed.append(entry)
            self.longest[cell] = max(self.longest.get(cell, 0), one.block_end - one.block_start)

    def all_told(self) -> None:
        """No more lines come: note the cells on which each line ends before the next begins."""
        for cell, listed in self.by_cell.items():
            if all(before[1] <= after[0] for before, after in pairwise(listed)):
                self.apart.add(cell)

    def touching(self, cell: int, one: Asked, position: int) -> list[tuple[int, int, int, int]]:
        if cell in self.apart:
            return []
        listed = self.by_cell.get(cell, [])
        found = []
        for index in range(bisect_left(listed, (one.block_start - self.longest.get(cell, 0),)), len(listed)):
            entry = listed[index]
            if entry[0] >= one.block_end:
                break
            if entry[1] > one.block_start and entry[3] != position:
                found.append(entry)
        return found


def judge(asked: Sequence[Asked], hits: Mapping[int, list[statements.Hit]], *, in_turn: bool = False) -> list[Conflict]:
    """The conflicts of each asked line. ``in_turn``: lines take their time in order, and a line that has a conflict
    takes none; else every line is told of every other that it clashes with."""
    others = _Others()
    if not in_turn:
        for position, one in enumerate(asked):
            others.add(position, one)
        others.all_told()
    result: list[Conflict] = []
    for position, one in enumerate(asked):
        found = _judge_one(position, one, asked, hits.get(position, ()), others, in_turn=in_turn)
        result += found
        if in_turn and not found:
            others.add(position, one)
    return result


def _judge_one(
    position: int,
    one: Asked,
    asked: Sequence[Asked],
    hits: Sequence[statements.Hit],
    others: _Others,
    *,
    in_turn: bool,
) -> list[Conflict]:
    quantity = one.wanted.quantity
    left = min([stock // amount for _cell, amount, _exclusive, stock in one.covered], default=0)
    never = left < quantity
    guilty: dict[tuple[str, int, int, int], str] = {}
    own: set[int] = set()
    for cell, amount, exclusive, stock in one.covered:
        here = [hit for hit in hits if hit[1] == cell]
        beside = others.touching(cell, one, position)
        if exclusive:
            for hit in here:
                guilty[(hit[9], hit[10], hit[7], hit[8])] = hit[6]
                left = 0
            own.update(entry[3] for entry in beside)
            if in_turn and beside:
                left = 0
            continue
        if not here and not beside:
            continue
        uses = [(hit[2], hit[3], hit[4]) for hit in here]
        room = stock - amount * quantity  # others may use so much
        span = (one.block_start, one.block_end)
        short = _over(uses, room, *span)
        for hit in here:
            if any(hit[2] < end and hit[3] > start for start, end in short):
                guilty[(hit[9], hit[10], hit[7], hit[8])] = hit[6]
        if beside:
            both = [*uses, *(entry[:3] for entry in beside)]
            together = _over(both, room, *span)
            own.update(
                entry[3] for entry in beside if any(entry[0] < end and entry[1] > start for start, end in together)
            )
            if in_turn:
                uses = both
        left = min(left, max(0, stock - rules.peak(uses, *span)) // amount)
    answer = [
        Conflict(one.wanted.index, _moment(start), _moment(end), status or "confirmed", left, kind, cause_id)
        for (kind, cause_id, start, end), status in guilty.items()
    ]
    for number in sorted(own)[:MOST_OWN]:
        other = asked[number]
        answer.append(
            Conflict(one.wanted.index, _moment(other.start), _moment(other.end), "own", left, "own", other.wanted.index)
        )
    if never:
        answer.append(Conflict(one.wanted.index, one.wanted.start, one.wanted.end, "closed", left, "", None))
    if len(answer) > 1:
        answer.sort(key=lambda conflict: (conflict.start, conflict.end, conflict.status))
    return answer


def _over(uses: Sequence[rules.Use], room: int, start: int, end: int) -> list[rules.Span]:
    """When, within ``[start, end)``, the use is higher than ``room``."""
    return [
        (max(begins, start), min(ends, end))
        for begins, ends, level in rules.use_steps(uses)
        if level > room and begins < end and ends > start
    ]


def told(index: int, hit: statements.Hit) -> Conflict:
    """One row in the way as a conflict that leaves nothing."""
    return Conflict(index, _moment(hit[7]), _moment(hit[8]), hit[6] or "confirmed", 0, hit[9], hit[10])


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
