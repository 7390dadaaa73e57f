"""The database refuses by itself, whatever the code forgets: rows are written here past every service."""
# ruff: noqa: S608 - raw statements are the point here

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, models, transaction

from booking.catalogue.models import Cell
from booking.occupancy import guards
from booking.occupancy.models import Occupancy
from tests import factories
from tests.databases import migrating

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 5, 4, tzinfo=UTC)
AHEAD = datetime(2999, 5, 4, tzinfo=UTC)  # "from now on" is the database's own clock


def at(hours: float, day: datetime = DAY) -> datetime:
    return day + timedelta(hours=hours)


@pytest.fixture
def hall():
    return factories.make_resource(unit=factories.make_unit(owned=False))


@pytest.fixture
def chairs():
    return factories.make_stock("Stoler", 40, unit=factories.make_unit(owned=False))


_causes = iter(range(1, 10**6))


def put(resource, start: float, end: float, *, klass: str = "claim", quantity: int = 1, day: datetime = DAY, **fields):
    """Insert a row directly, complete and true unless ``fields`` say otherwise."""
    cell = Cell.objects.get(covers__resource=resource)
    begins, ends = fields.pop("block", (start, end))
    values = {
        "cell": cell,
        "resource": resource,
        "exclusive": cell.exclusive,
        "start": at(start, day),
        "end": at(end, day),
        "block_start": at(begins, day),
        "block_end": at(ends, day),
        "quantity": quantity,
        "klass": klass,
        "status": "confirmed",
        "cause_kind": "line",
        "cause_id": next(_causes),
        "long": ends - begins > 48,
    }
    return Occupancy.objects.create(**(values | fields))


def refused(act) -> str | None:
    """The guard that refused, or fail."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    return guards.guard_name(refusal.value)


class TestOneOfAKind:
    @pytest.mark.parametrize(
        ("start", "end"),
        [(10, 12), (9, 11), (11, 13), (10.5, 11), (8, 14), (11.9, 200), (-100, 10.1)],
        ids=["same", "into the start", "over the end", "inside", "around", "long after", "long before"],
    )
    def test_a_claim_over_a_claim_is_refused(self, hall, start, end) -> None:
        put(hall, 10, 12)
        assert refused(lambda: put(hall, start, end)) == "booking_occupancy_no_overlap"

    @pytest.mark.parametrize(("start", "end"), [(8, 10), (12, 14), (12, 500), (-500, 10)])
    def test_neighbours_touch_without_overlap(self, hall, start, end) -> None:
        put(hall, 10, 12)
        put(hall, start, end)

    def test_a_long_claim_is_seen_from_its_far_end(self, hall) -> None:
        put(hall, 0, 24 * 60)
        assert refused(lambda: put(hall, 24 * 59, 24 * 59 + 1)) == "booking_occupancy_no_overlap"

    def test_exactly_48_hours_is_ordinary_and_still_seen_from_its_last_minute(self, hall) -> None:
        put(hall, 0, 48)
        assert refused(lambda: put(hall, 48 - 1 / 60, 49)) == "booking_occupancy_no_overlap"

    def test_buffers_count(self, hall) -> None:
        put(hall, 10, 12, block=(9.5, 12.5))
        assert refused(lambda: put(hall, 12, 13)) == "booking_occupancy_no_overlap"
        put(hall, 12.5, 13)

    @pytest.mark.parametrize(("first", "second"), [("claim", "block"), ("block", "claim")])
    @pytest.mark.parametrize("length", [2, 24 * 30], ids=["short", "long"])
    def test_a_claim_and_a_block_exclude_each_other(self, hall, first, second, length) -> None:
        put(hall, 10, 10 + length, klass=first)
        assert (
            refused(lambda: put(hall, 9 + length, 11 + length, klass=second)) == "booking_occupancy_no_claim_on_block"
        )

    def test_block_over_block_and_notes_over_everything_are_legal(self, hall) -> None:
        put(hall, 10, 12, klass="block")
        put(hall, 11, 13, klass="block")
        put(hall, 11, 13, klass="note")
        put(hall, 20, 22)
        put(hall, 20, 22, klass="note")

    def test_an_update_is_judged_like_an_insert(self, hall) -> None:
        put(hall, 10, 12)
        note = put(hall, 11, 13, klass="note")
        later = put(hall, 14, 15)
        rows = Occupancy.objects
        assert refused(lambda: rows.filter(pk=note.pk).update(klass="claim")) == "booking_occupancy_no_overlap"
        assert refused(lambda: rows.filter(pk=note.pk).update(klass="block")) == "booking_occupancy_no_claim_on_block"
        moved = {"start": at(11), "block_start": at(11)}
        assert refused(lambda: rows.filter(pk=later.pk).update(**moved)) == "booking_occupancy_no_overlap"

    def test_bulk_insert_and_raw_sql_are_judged_too(self, hall) -> None:
        row = put(hall, 10, 12)
        Occupancy.objects.filter(pk=row.pk).delete()
        twins = []
        for cause in (7001, 7002):
            twin = Occupancy.objects.model(
                **{
                    field.attname: getattr(row, field.attname)
                    for field in Occupancy._meta.concrete_fields
                    if field.attname not in ("id", "cause_id")
                },
                cause_id=cause,
            )
            twins.append(twin)
        assert refused(lambda: Occupancy.objects.bulk_create(twins)) == "booking_occupancy_no_overlap"
        put(hall, 10, 12)
        columns = ", ".join(
            f'"{field.column}"' for field in Occupancy._meta.concrete_fields if field.column not in ("id", "cause_id")
        )

        def copy() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {guards.OCCUPANCY} ({columns}, cause_id) "
                    f"SELECT {columns}, 99999 FROM {guards.OCCUPANCY}"
                )

        assert refused(copy) == "booking_occupancy_no_overlap"


class TestStock:
    def test_peak_use_counts_not_the_sum(self, chairs) -> None:
        put(chairs, 10, 12, quantity=25)
        put(chairs, 12, 14, quantity=25)
        put(chairs, 10, 14, quantity=15)  # 25 + 15 at every moment, 65 in all
        assert refused(lambda: put(chairs, 11.9, 12.1, quantity=1)) == "booking_occupancy_stock"

    def test_the_peak_may_lie_anywhere_inside(self, chairs) -> None:
        put(chairs, 13, 14, quantity=38)
        assert refused(lambda: put(chairs, 8, 22, quantity=3)) == "booking_occupancy_stock"
        put(chairs, 8, 22, quantity=2)

    def test_a_long_loan_counts_from_its_far_end(self, chairs) -> None:
        put(chairs, 0, 24 * 90, quantity=30)
        assert refused(lambda: put(chairs, 24 * 89, 24 * 89 + 1, quantity=11)) == "booking_occupancy_stock"
        put(chairs, 24 * 89, 24 * 89 + 1, quantity=10)

    def test_a_block_takes_its_part_of_the_stock(self, chairs) -> None:
        put(chairs, 10, 12, klass="block", quantity=30)
        assert refused(lambda: put(chairs, 11, 13, quantity=11)) == "booking_occupancy_stock"
        put(chairs, 11, 13, quantity=10)
        assert refused(lambda: put(chairs, 12, 14, klass="block", quantity=31)) == "booking_occupancy_stock"
        put(chairs, 14, 15, klass="block", quantity=40)
        put(chairs, 14, 15, klass="block", quantity=40)  # closed twice is closed

    def test_a_bigger_share_of_a_loan_is_an_update_that_counts(self, chairs) -> None:
        put(chairs, 10, 12, quantity=30)
        row = put(chairs, 11, 13, quantity=10)
        change = Occupancy.objects.filter(pk=row.pk)
        assert refused(lambda: change.update(quantity=11)) == "booking_occupancy_stock"
        change.update(quantity=9)


class TestTruthfulRows:
    def test_exclusive_is_the_cells(self, hall, chairs) -> None:
        assert refused(lambda: put(hall, 10, 12, exclusive=False)) == "booking_occupancy_exclusive_copied"
        assert refused(lambda: put(chairs, 10, 12, exclusive=True)) == "booking_occupancy_exclusive_copied"
        assert refused(lambda: put(hall, 10, 12, quantity=2)) == "booking_occupancy_exclusive_copied"

    @pytest.mark.parametrize(("hours", "told"), [(48, True), (48 + 1 / 60, False), (2, True)])
    def test_long_is_right(self, hall, hours, told) -> None:
        assert refused(lambda: put(hall, 0, hours, long=told)) == "booking_occupancy_long_right"

    def test_a_cell_keeps_its_kind_while_it_has_rows(self, hall, chairs) -> None:
        for resource, change in ((hall, {"exclusive": False}), (chairs, {"exclusive": True, "quantity": 1})):
            row = put(resource, 10, 12, klass="note")
            cells = Cell.objects.filter(covers__resource=resource)
            assert refused(lambda cells=cells, change=change: cells.update(**change)) == "booking_cell_frozen"
            row.delete()
            cells.update(**change)

    def test_the_stock_stays_above_what_is_claimed_from_now_on(self, chairs) -> None:
        put(chairs, 10, 12, quantity=40, day=datetime(2001, 1, 1, tzinfo=UTC))  # history doesn't hold it up
        put(chairs, 10, 12, quantity=20, day=AHEAD)
        put(chairs, 11, 13, quantity=15, day=AHEAD)
        cells = Cell.objects.filter(covers__resource=chairs)
        assert refused(lambda: cells.update(quantity=34)) == "booking_cell_stock_in_use"
        cells.update(quantity=35)

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="a matter of SQLite's texts")
    @pytest.mark.parametrize("text", ["2026-05-04T10:00:00", "2026-05-04 10:00:00+00:00", "2026-05-04 10:00", "noon"])
    def test_a_time_that_would_not_compare_is_refused(self, hall, text) -> None:
        put(hall, 10, 12)

        def change() -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {guards.OCCUPANCY} SET block_start = %s", [text])

        assert refused(change) in ("booking_occupancy_time_format", "booking_occupancy_block_contains")


def test_names_of_guards_are_read_from_errors_and_only_races_mean_taken(hall) -> None:
    put(hall, 10, 12)
    for fields, is_taken in (({}, True), ({"exclusive": False}, False)):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            put(hall, 10, 12, **fields)
        assert guards.is_taken(refusal.value) is is_taken


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestGuardsSurvive:
    """Table rebuilds of SQLite drop triggers without a word; migrations go forth and back."""

    COLUMNS = (
        'cell_id, resource_id, exclusive, start, "end", block_start, block_end, quantity, klass, status, cause_kind, '
        "cause_id, label, long"
    )

    def overlap_is_refused(self, there: Occupancy | None = None) -> bool:
        """A second row over ``there``, by SQL: at an older migration the models of today have too many columns."""
        there = there or put(factories.make_resource(unit=factories.make_unit(owned=False)), 10, 12)
        copied = self.COLUMNS.replace("cause_id", "cause_id + 1000000")
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {guards.OCCUPANCY} ({self.COLUMNS}) "
                    f"SELECT {copied} FROM {guards.OCCUPANCY} WHERE id = %s",
                    [there.pk],
                )
        except IntegrityError as error:
            return guards.guard_name(error) == "booking_occupancy_no_overlap"
        return False

    @pytest.mark.slow
    def test_back_and_forth_and_an_overlap_is_refused_again(self) -> None:
        assert not guards.missing(connection)
        there = put(factories.make_resource(unit=factories.make_unit(owned=False)), 10, 12)
        with migrating(back=True):
            call_command("migrate", "samskap_booking", "0001", verbosity=0)
        try:
            assert set(guards.missing(connection)) >= {"booking_occupancy_no_overlap"} or connection.vendor == "sqlite"
            assert len(guards.missing(connection)) == len(
                guards.SQLITE_TRIGGERS
                if connection.vendor == "sqlite"
                else {**guards.PG_CONSTRAINTS, **guards.PG_TRIGGERS}
            )
            assert not self.overlap_is_refused(there)
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {guards.OCCUPANCY} WHERE cause_id > 1000000")
        finally:
            with migrating():
                call_command("migrate", "samskap_booking", verbosity=0)
        assert not guards.missing(connection)
        assert self.overlap_is_refused(there)

    def test_a_rebuilt_table_gets_its_guards_with_the_next_migrate(self) -> None:
        guards.before_migrate(using="default", plan=[(_Step(), False)])  # as `migrate` does before a plan of ours
        old = Occupancy._meta.get_field("label")
        new = models.CharField(max_length=151, blank=True)
        new.set_attributes_from_name("label")
        new.model = Occupancy
        with connection.schema_editor() as editor:
            editor.alter_field(Occupancy, old, new)
        if connection.vendor == "sqlite":
            assert guards.missing(connection), "the trap is gone: the rebuild kept the triggers"
            assert _errors() == ["samskap.E009"] * 3
        call_command("migrate", verbosity=0)
        assert not guards.missing(connection)
        assert _errors() == []
        assert self.overlap_is_refused()
        guards.before_migrate(using="default", plan=[(_Step(), False)])
        with connection.schema_editor() as editor:
            editor.alter_field(Occupancy, new, old)
        guards.after_migrate(using="default")

    def test_the_system_check_names_each_guard_that_is_missing(self) -> None:
        gone = "booking_cell_check" if connection.vendor == "postgresql" else "booking_cell_guard"
        with connection.cursor() as cursor:
            table = f" ON {guards.CELL}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {gone}{table}")
        try:
            found = [message for message in run_checks(databases=["default"]) if message.id == "samskap.E009"]
            assert [gone in message.msg for message in found] == [True]
            with pytest.raises(SystemCheckError):
                call_command("check", databases=["default"], stdout=StringIO(), stderr=StringIO())
        finally:
            guards.install(connection)
        assert _errors() == []

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="a matter of PostgreSQL's snapshots")
    def test_repeatable_read_is_refused_because_its_view_is_old(self) -> None:
        hall = factories.make_resource(unit=factories.make_unit(owned=False))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                put(hall, 10, 12)
        assert guards.guard_name(refusal.value) == "booking_occupancy_isolation"
        assert not guards.is_taken(refusal.value)

    def test_installing_again_changes_nothing(self) -> None:
        guards.install(connection)
        guards.install(connection)
        assert not guards.missing(connection)


def _errors() -> list[str]:
    return [str(message.id) for message in run_checks(databases=["default"]) if message.id == "samskap.E009"]


class _Step:
    app_label = "samskap_booking"
