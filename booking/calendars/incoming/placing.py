"""The times of a calendar into our own calendar table, around what was granted: never over it (feeds.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from booking.calendars.incoming import selectors
from booking.calendars.incoming.models import BlockState, CalendarSource, ImportedBlock, SourceEvent, SourceMode
from booking.calendars.incoming.reading import Unreadable
from booking.catalogue import selectors as catalogue
from booking.foundation.clock import local, wall
from booking.foundation.conf import booking_settings
from booking.foundation.intervals import Interval, subtract
from booking.occupancy import registry
from booking.occupancy.models import Cause, Klass, Status
from booking.occupancy.selectors.conflicts import rules_for
from booking.occupancy.selectors.reading import Covered, covers_by_resource
from booking.occupancy.services import Take, lock_cells, release, take

MOST_BLOCKS = 20_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Placed:
    """How many times are taken, meet granted time, and were given back."""

    taken: int
    conflicts: int
    freed: int


def place(source: CalendarSource, *, now: datetime) -> Placed:
    """Bring what is taken in step with the events, the things and the mode. In the caller's transaction, which holds
    the row of the calendar. Raises ``Unreadable`` (``too_many_blocks``).

    What has passed isn't touched. What is over on this day keeps what it took until the event leaves the horizon.
    """
    wanted = _wanted(source, now)
    if len(wanted) > MOST_BLOCKS:
        raise Unreadable("too_many_blocks", most=MOST_BLOCKS)
    there = {
        (one.event_id, one.resource_id): one
        for one in ImportedBlock.objects.filter(event__source=source).select_related("event")
    }
    gone = [
        one
        for key, one in there.items()
        if (one.end > now or key in wanted) and (key not in wanted or wanted[key] != (one.start, one.end))
    ]
    give_back(gone, now=now)
    kept = {key for key, one in there.items() if one not in gone}
    fresh = ImportedBlock.objects.bulk_create(
        [
            ImportedBlock(event_id=event, resource_id=resource, start=start, end=end)
            for (event, resource), (start, end) in sorted(wanted.items())
            if (event, resource) not in kept
        ],
        batch_size=_BATCH,
    )
    met = _take(fresh, source, now)
    return Placed(len(fresh) - met, met, len(gone))


def _wanted(source: CalendarSource, now: datetime) -> dict[tuple[int, int], tuple[datetime, datetime]]:
    """What should be taken: (event, thing) → its time on the thing's clock."""
    if not source.active or source.mode != SourceMode.BLOCK:
        return {}
    things = selectors.targets(source)
    zones = {one.pk: catalogue.zone(one) for one in things}
    home = booking_settings().tz
    found = {}
    for event in SourceEvent.objects.filter(source=source, busy=True, end__gt=now):
        for thing in things:
            start, end = event.start, event.end
            if event.floating and zones[thing.pk] != home:
                start, end = (
                    wall(there.date(), there.time(), zones[thing.pk])
                    for there in (local(start, home), local(end, home))
                )
            if end > start:
                found[event.pk, thing.pk] = (start, end)
    return found


def give_back(blocks: Sequence[ImportedBlock], *, now: datetime) -> None:
    """Free what these took, tell who waits for it, and drop them."""
    if not blocks:
        return
    release(cause_kind=Cause.IMPORT, cause_ids=[one.pk for one in blocks], now=now)
    ImportedBlock.objects.filter(pk__in=[one.pk for one in blocks]).delete()
    for one in blocks:
        if one.end > now:
            registry.tell_freed([one.resource_id], max(one.start, now), one.end, now)


def _take(blocks: Sequence[ImportedBlock], source: CalendarSource, now: datetime) -> int:
    """Take what is free of these; answers how many meet granted time."""
    if not blocks:
        return 0
    events = SourceEvent.objects.in_bulk([one.event_id for one in blocks])
    covers = covers_by_resource(sorted({one.resource_id for one in blocks}))
    # Closed time begins and ends as it says: the buffers of the thing are for its loans.
    bare = {pk: replace(rule, buffer_before=0, buffer_after=0) for pk, rule in rules_for(covers.keys()).items()}
    lock_cells({cell for listed in covers.values() for cell, *_rest in listed})
    since = now.replace(second=0, microsecond=0)
    met: list[ImportedBlock] = []
    for number in range(0, len(blocks), _BATCH):
        part = blocks[number : number + _BATCH]
        takes = [
            _as_take(one, max(one.start, since), one.end, covers, events[one.event_id].title if source.titles else "")
            for one in part
        ]
        result = take(takes, now=now, partial=True, effective=bare)
        lost: dict[int, set[tuple[str, int]]] = {}
        for conflict in result.refused:
            lost.setdefault(conflict.index, set()).add((conflict.cause_kind, conflict.cause_id or 0))
        for index, causes in sorted(lost.items()):
            block = part[index]
            block.state, block.found_at = BlockState.CONFLICT, now
            block.in_the_way = sorted([kind, pk] for kind, pk in causes)
            met.append(block)
            _take_around(takes[index], covers[block.resource_id], bare, now)
    ImportedBlock.objects.bulk_update(met, ["state", "found_at", "in_the_way"], batch_size=_BATCH)
    return len(met)


def _as_take(
    block: ImportedBlock, start: datetime, end: datetime, covers: Mapping[int, list[Covered]], label: str
) -> Take:
    listed = covers[block.resource_id]
    quantity = min((stock // amount for _cell, amount, _exclusive, stock in listed), default=1)
    return Take(
        block.resource_id, start, end, block.pk, max(quantity, 1), klass=Klass.BLOCK, status=Status.CLOSED,
        cause_kind=Cause.IMPORT, label=label,
    )  # fmt: skip


def _take_around(one: Take, covered: Sequence[Covered], bare: Mapping[int, object], now: datetime) -> None:
    """Block what granted time leaves of it, so that nobody else is let into the rest meanwhile."""
    claims = selectors.claims_in((cell for cell, *_rest in covered), one.start, one.end)
    left = subtract([Interval(one.start, one.end)], [Interval(claim.block_start, claim.block_end) for claim in claims])
    pieces = [replace(one, start=piece.start, end=piece.end) for piece in left]
    take(pieces, now=now, partial=True, effective=bare)  # type: ignore[arg-type]


def look_again(block: ImportedBlock, *, now: datetime) -> bool:
    """An open conflict: when what is in the way has changed, take anew what is free. True when nothing is in the way.

    In the caller's transaction, which holds the row of the calendar.
    """
    covered = covers_by_resource([block.resource_id])[block.resource_id]
    lock_cells(cell for cell, *_rest in covered)
    since = max(block.start, now.replace(second=0, microsecond=0))
    claims = selectors.claims_in((cell for cell, *_rest in covered), since, block.end)
    there = sorted([kind, pk] for kind, pk in {(one.cause_kind, one.cause_id) for one in claims})
    if there == sorted(block.in_the_way):
        return False
    release(cause_kind=Cause.IMPORT, cause_ids=[block.pk], now=now)
    block.state, block.in_the_way = BlockState.TAKEN, []
    block.save(update_fields=["state", "in_the_way"])
    return _take([block], block.event.source, now) == 0
