"""``take``: the only way in for time (architecture.md "One way in for time").

Lock the cells in id order, check with one statement, write in bulk, answer with all conflicts. Behind it the database
refuses by itself (guards.py).
"""
# ruff: noqa: S608 - statements are put together from our own names only; values travel as parameters

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue.rules import EffectiveRules
from booking.foundation import errors
from booking.foundation.signals import send_revised
from booking.occupancy import guards
from booking.occupancy.models import Cause, Klass, Occupancy, Status
from booking.occupancy.selectors import statements
from booking.occupancy.selectors.conflicts import Asked, Conflict, Wanted, find, judge, resolve, rules_for, told
from booking.occupancy.selectors.reading import Covered

_COLUMNS = (
    'cell_id, resource_id, exclusive, start, "end", block_start, block_end, quantity, klass, status, cause_kind, '
    'cause_id, label, "long"'
)


@dataclass(frozen=True, slots=True)
class Take:
    """Time to be taken: ``[start, end)`` (aware, whole minutes), so many of a resource, for a cause.

    ``klass``: claim (excludes others), block (refuses new claims), note (shown, takes nothing). ``status``: what
    availability says of it. ``label``: only a title that is public. Set-up and tear-down of the line and the buffers
    of the resource are added here.
    """

    resource_id: int
    start: datetime
    end: datetime
    cause_id: int
    quantity: int = 1
    setup_minutes: int = 0
    teardown_minutes: int = 0
    klass: str = Klass.CLAIM
    status: str = Status.CONFIRMED
    cause_kind: str = Cause.LINE
    label: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it: ids of the causes that have their time, and why the others have not."""

    stored: list[int]
    refused: list[Conflict]


@dataclass(frozen=True, slots=True)
class New:
    """A row to be written, epoch seconds."""

    cell: int
    resource: int
    exclusive: bool
    start: int
    end: int
    block_start: int
    block_end: int
    quantity: int
    klass: str
    status: str
    cause_kind: str
    cause_id: int
    label: str


def take(
    takes: Sequence[Take],
    *,
    now: datetime,
    partial: bool = False,
    replace_same: bool = False,
    effective: Mapping[int, EffectiveRules] | None = None,
) -> Taken:
    """Take time, all or (``partial``) what is to be had, in the given order.

    ``replace_same``: rows that the same causes have already (a request's note, a hold) give way to the new ones; this
    is how a request is granted. ``effective``: the rules of the resources, when the caller has them.

    Must run in the caller's transaction. Raises ``errors.Taken`` with every ``Conflict`` in ``items`` (``index`` is the
    position in ``takes``), ``errors.Invalid`` for impossible times and ``errors.NotFound`` for an unknown resource.
    Constant number of queries.
    """
    _need_transaction()
    if not takes:
        return Taken([], [])
    _check_values(takes)
    resource_ids = sorted({one.resource_id for one in takes})
    rules = effective if effective is not None else rules_for(resource_ids)
    unknown = [pk for pk in resource_ids if pk not in rules]
    if unknown:
        raise errors.NotFound("unknown_resource", _("There is no such thing to lend."), params={"ids": unknown})
    covers, scopes = lock_resources(resource_ids)
    wanted = [
        Wanted(
            one.resource_id, one.start, one.end, one.quantity, one.setup_minutes, one.teardown_minutes, index=position
        )
        for position, one in enumerate(takes)
    ]
    asked = resolve(wanted, rules, covers)
    own = {(one.cause_kind, one.cause_id) for one in takes} if replace_same else frozenset()
    refused = _check(takes, asked, own, in_turn=partial)
    if refused and not partial:
        raise taken(refused)
    bad = {conflict.index for conflict in refused}
    stored = [position for position in range(len(takes)) if position not in bad]
    if replace_same and stored:
        scopes |= resources_on(
            delete_rows({(takes[position].cause_kind, takes[position].cause_id) for position in stored})
        )
    write([row for position in stored for row in _rows(takes[position], asked[position])])
    tell(scopes)
    return Taken([takes[position].cause_id for position in stored], refused)


def _check(
    takes: Sequence[Take], asked: Sequence[Asked], own: Collection[tuple[str, int]], *, in_turn: bool
) -> list[Conflict]:
    """What stands in the way, with one statement. Notes take nothing; blocks give way to claims only."""
    active = [position for position, one in enumerate(takes) if one.klass != Klass.NOTE]
    if not active:
        return []
    found = find([asked[position] for position in active])
    if own:
        found = {position: [hit for hit in hits if (hit[9], hit[10]) not in own] for position, hits in found.items()}
    claims = [number for number, position in enumerate(active) if takes[position].klass == Klass.CLAIM]
    refused = judge(
        [asked[active[number]] for number in claims],
        {index: found[number] for index, number in enumerate(claims) if number in found},
        in_turn=in_turn,
    )
    for number, position in enumerate(active):
        if takes[position].klass == Klass.BLOCK:
            refused += [told(position, hit) for hit in in_the_way_of_block(asked[position], found.get(number, ()))]
    return sorted(refused, key=lambda conflict: conflict.index)


def in_the_way_of_block(one: Asked, hits: Sequence[statements.Hit]) -> list[statements.Hit]:
    """The claims that can't stay when ``one`` becomes a block: all on exclusive cells; of a stock the newest ones.

    Newest by cause id: who asked first keeps it. Blocks may lie over blocks.
    """
    gone: list[statements.Hit] = []
    for cell, amount, exclusive, stock in one.covered:
        here = [hit for hit in hits if hit[1] == cell]
        claims = sorted((hit for hit in here if hit[5] == Klass.CLAIM), key=lambda hit: (hit[9], hit[10]), reverse=True)
        if exclusive:
            gone += claims
            continue
        fixed = [(hit[2], hit[3], hit[4]) for hit in here if hit[5] != Klass.CLAIM]
        fixed.append((one.block_start, one.block_end, amount * one.wanted.quantity))
        staying = list(claims)
        for claim in claims:
            if _fits(fixed, staying, stock, one.block_start, one.block_end):
                break
            # Only those whose own time is short have to go.
            if not _fits(fixed, staying, stock, max(claim[2], one.block_start), min(claim[3], one.block_end)):
                staying.remove(claim)
                gone.append(claim)
    return gone


def _fits(
    fixed: Sequence[tuple[int, int, int]], claims: Sequence[statements.Hit], stock: int, start: int, end: int
) -> bool:
    """The guard's own rule: wherever there is a claim, claims and blocks together are within the stock."""
    moments = {start} | {
        moment for moment in (*(use[0] for use in fixed), *(hit[2] for hit in claims)) if start < moment < end
    }
    for moment in moments:
        used = [hit[4] for hit in claims if hit[2] <= moment < hit[3]]
        if used and sum(used) + sum(use[2] for use in fixed if use[0] <= moment < use[1]) > stock:
            return False
    return True


def _rows(one: Take, asked: Asked) -> Iterable[New]:
    for cell, amount, exclusive, _stock in asked.covered:
        yield New(
            cell, one.resource_id, exclusive, asked.start, asked.end, asked.block_start, asked.block_end,
            1 if exclusive else amount * one.quantity, one.klass, one.status, one.cause_kind, one.cause_id, one.label,
        )  # fmt: skip


def release(*, cause_kind: str, cause_ids: Iterable[int], now: datetime) -> int:
    """Give the time of these causes back, in the caller's transaction. Answers how many rows there were; 0 is fine."""
    _need_transaction()
    cells = delete_rows({(cause_kind, cause_id) for cause_id in cause_ids})
    tell(resources_on(cells))
    return len(cells)


def turn(
    *,
    cause_kind: str,
    cause_ids: Sequence[int],
    klass: str,
    status: str,
    now: datetime,
    partial: bool = False,
) -> Taken:
    """Turn the rows of these causes into another class or status, with the times and buffers they were taken with.

    Into a note: always. Into a claim: checked like ``take``, in the order of ``cause_ids``. Raises ``errors.Taken``
    with all conflicts (``index`` is the position in ``cause_ids``) unless ``partial``. Causes without rows are skipped.
    """
    _need_transaction()
    rows = rows_of(cause_kind, cause_ids)
    cells = lock_cells({row.cell_id for row in rows})
    if not rows:
        return Taken([], [])
    refused: list[Conflict] = []
    if klass != Klass.NOTE:
        refused = judge_rows(rows, cells, cause_ids, in_turn=partial)
        if refused and not partial:
            raise taken(refused)
    bad = {conflict.index for conflict in refused}
    present = {row.cause_id for row in rows}
    stored = [pk for position, pk in enumerate(cause_ids) if position not in bad and pk in present]
    with _refusals():
        Occupancy.objects.filter(cause_kind=cause_kind, cause_id__in=stored).update(
            klass=klass, status=status, displaced_at=None
        )
    tell(resources_on({row.cell_id for row in rows}))
    return Taken(stored, refused)


def relabel(*, cause_kind: str, cause_ids: Iterable[int], label: str) -> None:
    """Show another public title ("" for none) on what these causes have taken."""
    _need_transaction()
    rows = Occupancy.objects.filter(cause_kind=cause_kind, cause_id__in=list(cause_ids))
    cells = set(rows.values_list("cell_id", flat=True))
    rows.update(label=label[:150])
    tell(resources_on(cells))


# --- shared by the other services ------------------------------------------------------------------------------------


def lock_resources(resource_ids: Sequence[int]) -> tuple[dict[int, list[Covered]], set[int]]:
    """Lock all cells of the resources, in id order. Answers what each covers, and who else shares those cells.

    Covers are read after the lock; when they changed while we waited, the new cells are locked too.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    listed = statements.ids(connection.vendor, resource_ids)
    locked: set[int] = set()
    for _attempt in range(5):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    f"SELECT id FROM {guards.CELL} WHERE id IN (SELECT cell_id FROM {statements.COVER} "
                    "WHERE resource_id = ANY(%s::int8[])) ORDER BY id FOR NO KEY UPDATE",
                    [listed],
                )
                locked |= {row[0] for row in cursor.fetchall()}
            cursor.execute(statements.of_shared_cells(connection.vendor), [listed])
            rows = cursor.fetchall()
        covers: dict[int, list[Covered]] = {pk: [] for pk in resource_ids}
        scopes = set(resource_ids)
        for resource_id, cell_id, amount, exclusive, stock in rows:
            scopes.add(resource_id)
            if resource_id in covers:
                covers[resource_id].append((cell_id, 1, True, 1) if exclusive else (cell_id, amount, False, stock))
        if connection.vendor != "postgresql" or {cell for found in covers.values() for cell, *_rest in found} <= locked:
            return covers, scopes
    raise errors.Unavailable("busy", _("Very many ask at the same moment. Please try again."))


def lock_cells(cell_ids: Iterable[int]) -> dict[int, tuple[bool, int]]:
    """Lock these cells in id order; answers (exclusive, stock) of each. On SQLite BEGIN IMMEDIATE is the lock."""
    connection = connections[DEFAULT_DB_ALIAS]
    wanted = sorted(set(cell_ids))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT id, exclusive, quantity FROM {guards.CELL} WHERE id = ANY(%s::int8[]) "
                "ORDER BY id FOR NO KEY UPDATE",
                [wanted],
            )
        else:
            cursor.execute(
                f"SELECT id, exclusive, quantity FROM {guards.CELL} WHERE id IN (SELECT value FROM json_each(%s))",
                [statements.ids(connection.vendor, wanted)],
            )
        return {pk: (bool(exclusive), quantity) for pk, exclusive, quantity in cursor.fetchall()}


def rows_of(cause_kind: str, cause_ids: Iterable[int]) -> list[Occupancy]:
    """The rows of these causes, by cell."""
    return list(Occupancy.objects.filter(cause_kind=cause_kind, cause_id__in=list(cause_ids)).order_by("cell_id", "pk"))


def judge_rows(
    rows: Sequence[Occupancy],
    cells: Mapping[int, tuple[bool, int]],
    cause_ids: Sequence[int],
    *,
    in_turn: bool,
    ignore: Collection[tuple[str, int]] = (),
) -> list[Conflict]:
    """Conflicts of stored rows (of one kind) if they became claims; ``index`` is the position in ``cause_ids``."""
    position_of = {pk: position for position, pk in enumerate(cause_ids)}
    grouped: dict[tuple[int, datetime], list[Occupancy]] = {}
    for row in rows:
        grouped.setdefault((position_of[row.cause_id], row.start), []).append(row)
    asked = []
    for (position, _start), group in sorted(grouped.items()):
        first = group[0]
        asked.append(
            Asked(
                Wanted(first.resource_id, first.start, first.end, index=position),
                int(first.start.timestamp()),
                int(first.end.timestamp()),
                int(first.block_start.timestamp()),
                int(first.block_end.timestamp()),
                [(row.cell_id, row.quantity, cells[row.cell_id][0], cells[row.cell_id][1]) for row in group],
            )
        )
    same = {(rows[0].cause_kind, pk) for pk in cause_ids} | set(ignore) if rows else set()
    found = {number: [hit for hit in hits if (hit[9], hit[10]) not in same] for number, hits in find(asked).items()}
    return judge(asked, found, in_turn=in_turn)


def write(rows: Sequence[New]) -> None:
    """Insert in bulk, one statement. What the database refuses as taken becomes ``errors.Taken``."""
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    values = [
        (
            row.cell, row.resource, row.exclusive, row.start, row.end, row.block_start, row.block_end, row.quantity,
            row.klass, row.status, row.cause_kind, row.cause_id, row.label,
            row.block_end - row.block_start > guards.LONG_SECONDS,
        )
        for row in rows
    ]  # fmt: skip
    with _refusals(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            moments = "to_timestamp(s), to_timestamp(e), to_timestamp(bs), to_timestamp(be)"
            cursor.execute(
                f"INSERT INTO {guards.OCCUPANCY} ({_COLUMNS}) "
                f"SELECT cell, resource, exclusive, {moments}, quantity, klass, status, kind, cause, label, long "
                "FROM unnest(%s::int8[], %s::int8[], %s::bool[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], "
                "%s::int4[], %s::text[], %s::text[], %s::text[], %s::int8[], %s::text[], %s::bool[]) "
                "AS u(cell, resource, exclusive, s, e, bs, be, quantity, klass, status, kind, cause, label, long)",
                [list(column) for column in zip(*values, strict=True)],
            )
        else:
            moment = "datetime(%s, 'unixepoch')"
            cursor.executemany(
                f"INSERT INTO {guards.OCCUPANCY} ({_COLUMNS}) "
                f"VALUES (%s, %s, %s, {moment}, {moment}, {moment}, {moment}, %s, %s, %s, %s, %s, %s, %s)",
                values,
            )


class _refusals:  # noqa: N801 - reads as a statement
    """A savepoint around writes; the guards' refusal becomes ``errors.Taken`` and leaves the transaction usable."""

    def __enter__(self) -> None:
        self._savepoint = transaction.atomic()
        self._savepoint.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._savepoint.__exit__(kind, error, trace)  # type: ignore[arg-type]
        if isinstance(error, IntegrityError) and guards.is_taken(error):
            raise taken([]) from error


def delete_rows(causes: Collection[tuple[str, int]]) -> list[int]:
    """Delete the rows of (kind, id) causes; answers the cell of each row."""
    connection = connections[DEFAULT_DB_ALIAS]
    cells: list[int] = []
    by_kind: dict[str, list[int]] = {}
    for kind, pk in sorted(causes):
        by_kind.setdefault(kind, []).append(pk)
    with connection.cursor() as cursor:
        for kind, pks in by_kind.items():
            condition = (
                "= ANY(%s::int8[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
            )
            cursor.execute(
                f"DELETE FROM {guards.OCCUPANCY} WHERE cause_kind = %s AND cause_id {condition} RETURNING cell_id",
                [kind, statements.ids(connection.vendor, pks)],
            )
            cells += [row[0] for row in cursor.fetchall()]
    return cells


def resources_on(cell_ids: Iterable[int]) -> set[int]:
    """Ids of all resources that share any of these cells."""
    wanted = set(cell_ids)
    if not wanted:
        return set()
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(statements.sharing(connection.vendor), [statements.ids(connection.vendor, sorted(wanted))])
        return {row[0] for row in cursor.fetchall()}


def tell(resource_ids: Iterable[int]) -> None:
    """``revised`` for every resource whose time looks different now."""
    scopes = [f"resource:{pk}" for pk in sorted(set(resource_ids))]
    if scopes:
        send_revised(cause="occupancy", scopes=scopes)


def taken(conflicts: Sequence[Conflict]) -> errors.Taken:
    """The refusal, with all conflicts; [] when only the database knew (a race behind the lock)."""
    return errors.Taken("taken", _("This time has just been taken by someone else."), items=conflicts)


def _need_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("time is taken inside the transaction of the use case")


def _check_values(takes: Sequence[Take]) -> None:
    for position, one in enumerate(takes):
        if one.start.tzinfo is None or one.end.tzinfo is None:
            raise errors.Invalid("no_zone", _("A time needs a time zone."), loc=("lines", position, "start"))
        if one.end <= one.start:
            raise errors.Invalid(
                "end_before_start", _("The end must be after the start."), loc=("lines", position, "end")
            )
        for name, moment in (("start", one.start), ("end", one.end)):
            if moment.second or moment.microsecond:
                raise errors.Invalid("whole_minutes", _("Give whole minutes."), loc=("lines", position, name))
        if one.quantity < 1 or one.setup_minutes < 0 or one.teardown_minutes < 0:
            raise errors.Invalid("bad_quantity", _("Give at least 1."), loc=("lines", position, "quantity"))
