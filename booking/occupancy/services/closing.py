"""Closures: time that nobody can have, what it displaces, and what comes back when it goes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource
from booking.foundation import errors
from booking.foundation.text import clean
from booking.occupancy import following, guards, registry
from booking.occupancy.models import Cause, Closure, Klass, Occupancy, Status
from booking.occupancy.selectors.conflicts import Asked, Wanted, find
from booking.occupancy.selectors.reading import Covered
from booking.occupancy.services import taking


@dataclass(frozen=True, slots=True)
class ClosureResult:
    """The closure, and the causes (kind, id) that lost their claim, or have it again."""

    closure: Closure
    displaced: list[tuple[str, int]]
    restored: list[tuple[str, int]]


@transaction.atomic
def close_resource(
    resource: Resource,
    *,
    start: datetime,
    end: datetime,
    reason: str,
    now: datetime,
    maintenance: bool = False,
    by: Any = None,
) -> ClosureResult:
    """Close a resource, and so all that shares its cells, in ``[start, end)`` (aware, whole minutes).

    Claims in that time become notes in the same transaction, and their owners are told by the registry: the lines are
    displaced, keep their place, and come back by themselves when the closure goes (requests.md "Deciding"). Of a
    counted thing all are closed. No buffers: closed time begins and ends as it says. What has been used stays used: a
    closure begins now at the earliest. Raises ``Invalid``, also when the time has passed.
    """
    text = clean(reason, max_length=150, loc=("reason",), required=True)
    _check_times(start, end)
    if end <= now:
        raise errors.Invalid("past", _("This time has passed."), loc=("end",))
    start = max(start, now.replace(second=0, microsecond=0))
    covers, scopes = taking.lock_resources([resource.pk])
    if not covers[resource.pk]:
        raise errors.Invalid("covers_nothing", _("This covers nothing that could be closed."), loc=("resource",))
    quantity = min(stock // amount for _cell, amount, _exclusive, stock in covers[resource.pk])
    closure = Closure.objects.create(
        resource=resource, start=start, end=end, reason=text, maintenance=maintenance, created_at=now
    )
    kind = Cause.MAINTENANCE if maintenance else Cause.CLOSURE
    _cut_buffers_of_the_past(covers[resource.pk], start, now)
    begins, ends = int(start.timestamp()), int(end.timestamp())
    asked = Asked(Wanted(resource.pk, start, end, max(quantity, 1)), begins, ends, begins, ends, covers[resource.pk])
    gone = taking.in_the_way_of_block(asked, find([asked]).get(0, []))
    displaced = displace(((hit[9], hit[10]) for hit in gone), by_cause=(str(kind), closure.pk), now=now)
    taking.write(
        [
            taking.New(
                cell, resource.pk, exclusive, begins, ends, begins, ends,
                1 if exclusive else min(stock, amount * max(quantity, 1)),
                Klass.BLOCK, Status.CLOSED, kind, closure.pk, text,
            )
            for cell, amount, exclusive, stock in covers[resource.pk]
        ]
    )  # fmt: skip
    taking.tell(scopes)
    following.closed(closure, now=now)
    return ClosureResult(closure, displaced, [])


@dataclass(frozen=True, slots=True)
class Span:
    """A time to be closed: ``[start, end)``, aware, whole minutes."""

    start: datetime
    end: datetime


#: More closures than this at once is a mistake in the form.
MOST_AT_ONCE = 400


@transaction.atomic
def close_many(
    resources: Sequence[Resource],
    spans: Sequence[Span],
    *,
    reason: str,
    now: datetime,
    maintenance: bool = False,
    by: Any = None,
) -> list[ClosureResult]:
    """Close several things, or one on several days, or both, all or nothing. They share ``batch``.

    Parts of a whole that is closed as well are left out: they are closed with it. Raises ``Invalid``.
    """
    chosen = {one.pk: one for one in resources}
    tops = [one for one in chosen.values() if not _inside(one, chosen)]
    if not tops:
        raise errors.Invalid("required", _("Choose at least one thing."), loc=("resources",))
    if not spans:
        raise errors.Invalid("required", _("Choose at least one day."), loc=("start",))
    if len(tops) * len(spans) > MOST_AT_ONCE:
        raise errors.Invalid(
            "too_many", _("At most %(most)s closures at once."), params={"most": MOST_AT_ONCE}, loc=("until",)
        )
    taking.lock_resources(sorted(one.pk for one in tops))
    batch = uuid.uuid4()
    results = [
        close_resource(one, start=span.start, end=span.end, reason=reason, now=now, maintenance=maintenance, by=by)
        for one in sorted(tops, key=lambda thing: thing.pk)
        for span in spans
    ]
    Closure.objects.filter(pk__in=[result.closure.pk for result in results]).update(batch=batch)
    for result in results:
        result.closure.batch = batch
    return results


def _inside(resource: Resource, chosen: Mapping[int, Resource]) -> bool:
    """Something that it is part of is chosen as well, and covers all that it does."""
    above = chosen.get(resource.parent_id or 0)
    if above is None:
        return False
    mine = set(resource.covers.values_list("cell_id", flat=True))
    return mine <= set(above.covers.values_list("cell_id", flat=True))


@transaction.atomic
def end_closure_early(closure: Closure, *, end: datetime, now: datetime, by: Any = None) -> ClosureResult:
    """Open again at ``end`` instead of later; now at the earliest. What it displaced after that is restored first.

    The same end twice is the same as once. Raises ``Invalid`` for an end outside of the closure, ``WrongState`` when it
    was taken back or is over.
    """
    row = Closure.objects.select_for_update().get(pk=closure.pk)
    if row.cancelled_at is not None or row.end <= now:
        raise errors.WrongState("wrong_state", _("This closure is over already."))
    if row.end == end:
        return ClosureResult(row, [], [])
    _check_times(row.start, end)
    if end > row.end:
        raise errors.Invalid("too_late", _("It can only end earlier than planned."), loc=("end",))
    if end < now.replace(second=0, microsecond=0):
        raise errors.Invalid("past", _("This time has passed."), loc=("end",))
    kind = Cause.MAINTENANCE if row.maintenance else Cause.CLOSURE
    was = row.end
    cells = taking.lock_cells(one.cell_id for one in taking.rows_of(kind, [row.pk]))
    row.end = end
    row.save(update_fields=["end"])
    for one in taking.rows_of(kind, [row.pk]):
        one.end, one.block_end = end, end
        one.long = one.block_end - one.block_start > timedelta(seconds=guards.LONG_SECONDS)
        one.save(update_fields=["end", "block_end", "long"])
    taking.tell(taking.resources_on(cells))
    restored = restore(cells, end, was, by_cause=(str(kind), row.pk), now=now)
    registry.tell_freed([row.resource_id], end, was, now)
    return ClosureResult(row, [], restored)


@transaction.atomic
def reopen(closure: Closure, *, now: datetime, by: Any = None) -> ClosureResult:
    """Take a closure back. What it (or another block) displaced is restored first, before anybody else can ask.

    Doing it twice changes nothing.
    """
    row = Closure.objects.select_for_update().get(pk=closure.pk)
    if row.cancelled_at is not None:
        return ClosureResult(row, [], [])
    row.cancelled_at = now
    row.save(update_fields=["cancelled_at"])
    kind = Cause.MAINTENANCE if row.maintenance else Cause.CLOSURE
    cells = taking.lock_cells(one.cell_id for one in taking.rows_of(kind, [row.pk]))
    taking.release(cause_kind=kind, cause_ids=[row.pk], now=now)
    restored = restore(cells, row.start, row.end, by_cause=(str(kind), row.pk), now=now)
    following.reopened(row, now=now)
    registry.tell_freed([row.resource_id], row.start, row.end, now)
    return ClosureResult(row, [], restored)


def _cut_buffers_of_the_past(covered: Sequence[Covered], start: datetime, now: datetime) -> None:
    """Time that has been used keeps its row; only the buffer after it gives way to what is closed from ``start``."""
    cells = [cell for cell, _amount, _exclusive, _stock in covered]
    for row in Occupancy.objects.filter(cell__in=cells, klass=Klass.CLAIM, end__lte=now, block_end__gt=start):
        row.block_end = start
        row.long = row.block_end - row.block_start > timedelta(seconds=guards.LONG_SECONDS)
        row.save(update_fields=["block_end", "long"])


def displace(causes: Iterable[tuple[str, int]], *, by_cause: tuple[str, int], now: datetime) -> list[tuple[str, int]]:
    """Turn the claims of these causes into notes that nobody is shown, and tell their owners. Under the cell locks."""
    by_kind: dict[str, set[int]] = {}
    for kind, pk in causes:
        by_kind.setdefault(kind, set()).add(pk)
    done: list[tuple[str, int]] = []
    for kind in sorted(by_kind):
        ids = sorted(by_kind[kind])
        rows = Occupancy.objects.filter(cause_kind=kind, cause_id__in=ids, klass=Klass.CLAIM)
        cells = set(rows.values_list("cell_id", flat=True))
        rows.update(klass=Klass.NOTE, status="", displaced_at=now)
        taking.tell(taking.resources_on(cells))
        registry.tell_displaced(kind, ids, by_cause, now)
        done += [(kind, pk) for pk in ids]
    return done


def restore(
    cell_ids: Iterable[int], start: datetime, end: datetime, *, by_cause: tuple[str, int], now: datetime
) -> list[tuple[str, int]]:
    """Give displaced causes that touch ``[start, end)`` on these cells their claim back.

    The last displaced first: what was granted since an earlier displacement had the time lawfully until now. Of those
    displaced at once, first asked first. Those that still meet a block or a claim stay displaced. Under the cell locks.
    """
    waiting = (
        Occupancy.objects.filter(
            cell_id__in=list(cell_ids),
            klass=Klass.NOTE,
            status="",
            block_start__lt=end,
            block_end__gt=start,
            end__gt=now,  # what has passed did not take place, and does not now
        )
        .order_by(F("displaced_at").desc(nulls_last=True), "cause_kind", "cause_id")
        .values_list("cause_kind", "cause_id")
    )
    by_kind: dict[str, dict[int, None]] = {}  # a dict keeps the order
    for kind, pk in waiting:
        by_kind.setdefault(kind, {})[pk] = None
    restored: list[tuple[str, int]] = []
    for kind, ids in by_kind.items():
        back: Sequence[int] = taking.turn(
            cause_kind=kind, cause_ids=list(ids), klass=Klass.CLAIM, status=Status.CONFIRMED, now=now, partial=True
        ).stored
        if back:
            registry.tell_restored(kind, back, by_cause, now)
            restored += [(kind, pk) for pk in back]
    return restored


def _check_times(start: datetime, end: datetime) -> None:
    for name, moment in (("start", start), ("end", end)):
        if moment.tzinfo is None:
            raise errors.Invalid("no_zone", _("A time needs a time zone."), loc=(name,))
        if moment.second or moment.microsecond:
            raise errors.Invalid("whole_minutes", _("Give whole minutes."), loc=(name,))
    if end <= start:
        raise errors.Invalid("end_before_start", _("The end must be after the start."), loc=("end",))
