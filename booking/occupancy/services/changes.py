"""Changes of the catalogue that touch time already given: never a silent edit, always with the list of what is hit.

Each function works in two steps. Called without ``accept`` it changes nothing when somebody's coming time is touched,
and answers the impact list. Called with ``accept`` (the causes the clerk has seen on that list) it makes the change, if
nothing has been added to the list meanwhile. Without any impact the change is made at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.catalogue import services as catalogue_services
from booking.catalogue.models import Cell, Cover, Resource, Unit
from booking.foundation import clock, errors
from booking.occupancy import rules
from booking.occupancy.models import Klass, Occupancy
from booking.occupancy.selectors.conflicts import Asked, Wanted, find, judge
from booking.occupancy.selectors.reading import Covered
from booking.occupancy.services import taking
from booking.occupancy.services.closing import displace


@dataclass(frozen=True, slots=True)
class Impact:
    """One coming row of time that the change touches, and its fate.

    ``what``: moved (keeps its time on the new cells), displaced (loses it), outside_hours (stands, though the place is
    closed then), open_request (an undecided request).
    """

    cause_kind: str
    cause_id: int
    resource_id: int
    start: datetime
    end: datetime
    what: str

    @property
    def cause(self) -> tuple[str, int]:
        return self.cause_kind, self.cause_id


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """Whether the change was made, and what it touches or has touched, by time."""

    applied: bool
    impact: list[Impact]


Accept = Collection[tuple[str, int]]


def _settled(impact: Iterable[Impact], accept: Accept) -> bool:
    seen = set(accept)
    return all(one.cause in seen for one in impact)


def _ordered(impact: Iterable[Impact]) -> list[Impact]:
    return sorted(set(impact), key=lambda one: (one.start, one.end, one.cause_kind, one.cause_id))


def _fate(row: Occupancy, what: str) -> Impact:
    return Impact(row.cause_kind, row.cause_id, row.resource_id, row.start, row.end, what)


@transaction.atomic
def change_cover(
    resource: Resource,
    *,
    covers: Mapping[Cell, int],
    now: datetime,
    by: Any = None,
    accept: Accept = (),
) -> ChangeResult:
    """Let a resource cover other cells. Its coming rows follow; what finds its new cells taken is displaced.

    A closure of the resource follows too, and displaces claims of others on cells that it now covers. Raises
    ``Invalid`` for an impossible amount.
    """
    old_cells = set(Cover.objects.filter(resource=resource).values_list("cell_id", flat=True))
    cells = taking.lock_cells(old_cells | {cell.pk for cell in covers})
    old = dict(Cover.objects.filter(resource=resource).values_list("cell_id", "amount"))
    new: dict[int, Covered] = {}
    for cell, amount in covers.items():
        exclusive, stock = cells[cell.pk]
        new[cell.pk] = (cell.pk, 1, True, 1) if exclusive else (cell.pk, amount, False, stock)
    if {pk: 1 if cells[pk][0] else amount for pk, amount in old.items()} == {pk: one[1] for pk, one in new.items()}:
        return ChangeResult(True, [])
    rows = list(
        Occupancy.objects.filter(resource=resource, block_end__gt=now, cell_id__in=old).order_by("cause_id", "cell_id")
    )
    groups: dict[tuple[str, int, datetime], list[Occupancy]] = {}
    for row in rows:
        groups.setdefault((row.cause_kind, row.cause_id, row.start), []).append(row)
    plan: list[tuple[Occupancy, Asked]] = []
    for group in groups.values():
        first = group[0]
        counted = [row.quantity // old[row.cell_id] for row in group if not row.exclusive and old.get(row.cell_id)]
        plan.append(
            (
                first,
                Asked(
                    Wanted(first.resource_id, first.start, first.end, max(counted, default=1), index=len(plan)),
                    _seconds(first.start),
                    _seconds(first.end),
                    _seconds(first.block_start),
                    _seconds(first.block_end),
                    list(new.values()),
                ),
            )
        )
    gone, lost = _clashes(plan)
    impact = _ordered(
        [
            *(_fate(row, "displaced") for row, asked in plan if asked.wanted.index in gone),
            *(
                _fate(row, "moved" if row.klass != Klass.NOTE else "open_request")
                for row, asked in plan
                if asked.wanted.index not in gone
            ),
            *(_fate(row, "displaced") for row in lost),
        ]
    )
    if not _settled(impact, accept):
        return ChangeResult(False, impact)
    by_cause = ("resource", resource.pk)
    losers = [row for row, asked in plan if asked.wanted.index in gone]
    displace([(row.cause_kind, row.cause_id) for row in (*lost, *losers)], by_cause=by_cause, now=now)
    Occupancy.objects.filter(pk__in=[row.pk for row in rows]).delete()
    catalogue_services.set_cover(resource, covers=dict(covers), now=now, check=False, by=by)
    taking.write(
        [
            taking.New(
                cell, row.resource_id, exclusive, asked.start, asked.end, asked.block_start, asked.block_end,
                1 if exclusive else min(amount * asked.wanted.quantity, stock if row.klass == Klass.BLOCK else 10**9),
                Klass.NOTE if asked.wanted.index in gone else row.klass,
                "" if asked.wanted.index in gone else row.status,
                row.cause_kind, row.cause_id, row.label,
            )
            for row, asked in plan
            for cell, amount, exclusive, stock in asked.covered
        ]
    )  # fmt: skip
    for row in losers:
        Occupancy.objects.filter(cause_kind=row.cause_kind, cause_id=row.cause_id, klass=Klass.NOTE, status="").update(
            displaced_at=now
        )
    taking.tell(taking.resources_on(cells))
    return ChangeResult(True, impact)


def _clashes(plan: Sequence[tuple[Occupancy, Asked]]) -> tuple[set[int], list[Occupancy]]:
    """Which of the planned rows (by number) lose their claim, and which rows of others give way to planned blocks."""
    own = {(row.cause_kind, row.cause_id) for row, _asked in plan}
    found = find([asked for _row, asked in plan])
    hits = {number: [hit for hit in listed if (hit[9], hit[10]) not in own] for number, listed in found.items()}
    blocks = [asked for row, asked in plan if row.klass == Klass.BLOCK]
    lost: set[tuple[str, int]] = set()
    for asked in blocks:
        lost |= {(hit[9], hit[10]) for hit in taking.in_the_way_of_block(asked, hits.get(asked.wanted.index, ()))}
    claims = [asked for row, asked in plan if row.klass == Klass.CLAIM]
    judged = judge(
        claims,
        {
            number: [hit for hit in hits.get(asked.wanted.index, ()) if (hit[9], hit[10]) not in lost]
            for number, asked in enumerate(claims)
        },
        in_turn=True,
    )
    gone = {conflict.index for conflict in judged}
    # A part of a stock may be closed beside loans; on a cell that is one piece it can't.
    for asked in claims:
        if any(exclusive for _cell, _amount, exclusive, _stock in asked.covered) and any(
            block.block_start < asked.block_end and block.block_end > asked.block_start for block in blocks
        ):
            gone.add(asked.wanted.index)
    rows = [
        row
        for kind, pk in sorted(lost)
        for row in Occupancy.objects.filter(cause_kind=kind, cause_id=pk, klass=Klass.CLAIM)[:1]
    ]
    return gone, rows


@transaction.atomic
def change_stock(
    resource: Resource, *, quantity: int, now: datetime, by: Any = None, accept: Accept = ()
) -> ChangeResult:
    """How many there are of a counted thing. Claims beyond a smaller stock are displaced, the newest first."""
    covers, _scopes = taking.lock_resources([resource.pk])
    counted = [one for one in covers[resource.pk] if not one[2]]
    if len(counted) != 1 or len(covers[resource.pk]) != 1:
        raise errors.WrongState("not_counted", _("This is one thing, not a number of things."))
    cell, _amount, _exclusive, stock = counted[0]
    impact: list[Impact] = []
    if quantity < stock:
        rows = list(
            Occupancy.objects.filter(cell_id=cell, block_end__gt=now).exclude(klass=Klass.NOTE).order_by("-cause_id")
        )
        used = [(_seconds(max(row.block_start, now)), _seconds(row.block_end), row.quantity) for row in rows]
        alive = list(range(len(rows)))
        for number, row in enumerate(rows):
            if row.klass == Klass.CLAIM and rules.peak([used[one] for one in alive], *used[number][:2]) > quantity:
                alive.remove(number)
                impact.append(_fate(row, "displaced"))
    impact = _ordered(impact)
    if not _settled(impact, accept):
        return ChangeResult(False, impact)
    displace([one.cause for one in impact], by_cause=("resource", resource.pk), now=now)
    catalogue_services.set_stock(resource, quantity=quantity, now=now, check=False, by=by)
    taking.tell(taking.resources_on([cell]))
    return ChangeResult(True, impact)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def change_opening_hours(
    owner: Resource | Unit,
    *,
    hours: Sequence[catalogue_services.Hours],
    now: datetime,
    by: Any = None,
    accept: Accept = (),
) -> ChangeResult:
    """Replace the weekly hours of a resource or unit. Time already given outside of the new hours stands.

    The impact names what was inside the hours and no longer is; an officer talks to those parties. Raises ``Invalid``.
    """
    with transaction.atomic():
        resources = _inheriting(owner)
        coming = list(
            Occupancy.objects.filter(resource__in=resources, block_end__gt=now)
            .exclude(klass=Klass.BLOCK)
            .exclude(klass=Klass.NOTE, status="")
            .order_by("start", "pk")
        )
        until = max((row.end for row in coming), default=now) + timedelta(days=1)
        since = min((row.start for row in coming), default=now) - timedelta(days=1)
        before = catalogue.open_windows(resources, since, until)
        savepoint = transaction.savepoint()
        catalogue_services.set_opening_hours(owner, hours=hours, now=now, by=by)
        after = catalogue.open_windows(resources, since, until)
        impact = _ordered(
            _fate(row, "outside_hours")
            for row in coming
            if rules.covered(before[row.resource_id], _seconds(row.start), _seconds(row.end))
            and not rules.covered(after[row.resource_id], _seconds(row.start), _seconds(row.end))
        )
        if not _settled(impact, accept):
            transaction.savepoint_rollback(savepoint)
            return ChangeResult(False, impact)
        transaction.savepoint_commit(savepoint)
        return ChangeResult(True, impact)


def _inheriting(owner: Resource | Unit) -> list[Resource]:
    """All resources whose hours might come from ``owner``."""
    if isinstance(owner, Unit):
        units, level = {owner.pk}, {owner.pk}
        while level:
            level = set(Unit.objects.filter(parent_id__in=level).values_list("pk", flat=True)) - units
            units |= level
        return list(Resource.objects.filter(unit_id__in=units).order_by())
    found, below = {owner.pk}, {owner.pk}
    while below:
        below = set(Resource.objects.filter(parent_id__in=below).values_list("pk", flat=True)) - found
        found |= below
    return list(Resource.objects.filter(pk__in=found).order_by())


@transaction.atomic
def retire_resource(resource: Resource, *, now: datetime, by: Any = None, accept: Accept = ()) -> ChangeResult:
    """Lend it no more. Coming claims are displaced (their owners are told), open requests are listed and stay open."""
    taking.lock_resources([resource.pk])
    rows = list(
        Occupancy.objects.filter(resource=resource, block_end__gt=now)
        .exclude(klass=Klass.BLOCK)
        .exclude(klass=Klass.NOTE, status="")
        .order_by("start", "pk")
    )
    impact = _ordered(_fate(row, "displaced" if row.klass == Klass.CLAIM else "open_request") for row in rows)
    if not _settled(impact, accept):
        return ChangeResult(False, impact)
    displace([one.cause for one in impact if one.what == "displaced"], by_cause=("resource", resource.pk), now=now)
    catalogue_services.mark_retired(resource, now=now, by=by)
    return ChangeResult(True, impact)


def refuse_silent_change(resource: Resource, cells: Sequence[Cell]) -> None:
    """The catalogue asks this before it changes what a resource covers: with coming time on the cells it is a use case.

    Takes the locks of the cells, so that nobody takes time while the change is made.
    """
    taking.lock_cells(cell.pk for cell in cells)
    coming = Occupancy.objects.filter(cell__in=[cell.pk for cell in cells], block_end__gt=clock.now())
    items = [_fate(row, "moved") for row in coming.order_by("start", "pk")[:500]]
    if items:
        raise errors.Unmet(
            "granted_time",
            _("There is time given or asked for. Look at what the change would hit first."),
            items=[
                {
                    "code": "granted_time",
                    "cause": one.cause_kind,
                    "id": one.cause_id,
                    "start": one.start.astimezone(UTC).isoformat(),
                    "end": one.end.astimezone(UTC).isoformat(),
                }
                for one in items
            ],
        )
