"""How many questions are asked of the database, and over which index (architecture.md, quality.md "Performance")."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.catalogue.models import Cell, Cover, Resource
from booking.occupancy import guards, selectors, services
from booking.occupancy.models import Occupancy
from booking.occupancy.selectors import Wanted, statements
from tests import factories

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's plans")
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's plans")


def many(count: int) -> list[Resource]:
    """Things of one unit, each with a cell of its own."""
    unit = factories.make_unit(owned=False)
    start = Resource.objects.count()
    rows = Resource.objects.bulk_create(
        Resource(
            name=f"Room {start + number}",
            slug=f"room-{start + number}",
            kind="venue",
            unit=unit,
            state="active",
            created_at=factories.NOW,
            revised_at=factories.NOW,
        )
        for number in range(count)
    )
    cells = Cell.objects.bulk_create(Cell(code=f"room-cell-{row.pk}") for row in rows)
    Cover.objects.bulk_create(Cover(resource=row, cell=cell) for row, cell in zip(rows, cells, strict=True))
    return rows


def wish(room: Resource, week: int) -> Wanted:
    start = MONDAY + week * WEEK
    return Wanted(room.pk, start, start + HOUR, index=week)


def queries(act) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured.captured_queries]


def about_time(statements_sent: list[str]) -> int:
    return sum(guards.OCCUPANCY in sql for sql in statements_sent)


class TestConstant:
    """The same number for 1 resource and for 500, for one line and for a series."""

    def test_availability(self) -> None:
        resources = many(500)
        window = (MONDAY, MONDAY + timedelta(days=7))
        few = queries(lambda: selectors.availability_json(resources[:1], *window, bulk=False))
        lot = queries(lambda: selectors.availability_json(resources, *window, bulk=True))
        assert about_time(few) == about_time(lot) == 1
        assert len(few) == len(lot) <= 6

    def test_search(self) -> None:
        resources = many(300)
        few = queries(lambda: selectors.free_resource_ids(resources[:1], MONDAY, MONDAY + HOUR))
        lot = queries(lambda: selectors.free_resource_ids(resources, MONDAY, MONDAY + HOUR))
        assert about_time(few) == about_time(lot) == 1
        assert len(few) == len(lot) <= 6

    def test_conflicts_of_a_series(self) -> None:
        room = many(1)[0]

        def series(count: int) -> list[Wanted]:
            return [wish(room, week) for week in range(count)]

        few = queries(lambda: selectors.conflicts(series(1)))
        lot = queries(lambda: selectors.conflicts(series(400)))
        assert about_time(few) == about_time(lot) == 1
        assert len(few) == len(lot) <= 5

    def test_take(self) -> None:
        rooms = many(3)

        def series(count: int, first: int) -> list[services.Take]:
            return [
                services.Take(rooms[day % 3].pk, MONDAY + day * DAY, MONDAY + day * DAY + HOUR, day + 1)
                for day in range(first, first + count)
            ]

        services.take(series(3, 900), now=factories.NOW)  # the first ever makes rows for the feeds
        few = queries(lambda: services.take(series(3, 0), now=factories.NOW))
        lot = queries(lambda: services.take(series(300, 300), now=factories.NOW))
        assert about_time(few) == about_time(lot) == 2  # one to check, one to write
        assert len(few) == len(lot)

    def test_alternatives_of_a_series(self) -> None:
        rooms = many(20)
        Resource.objects.filter(pk__in=[room.pk for room in rooms]).update(officer=factories.make_user(), public=True)

        def series(count: int) -> list[Wanted]:
            return [
                Wanted(
                    rooms[0].pk,
                    MONDAY + week * timedelta(weeks=1),
                    MONDAY + week * timedelta(weeks=1) + HOUR,
                    index=week,
                )
                for week in range(count)
            ]

        few = queries(lambda: selectors.alternatives_many(series(1), now=factories.NOW))
        lot = queries(lambda: selectors.alternatives_many(series(40), now=factories.NOW))
        assert len(few) == len(lot)


@pytest.fixture(scope="module")
def load(django_db_setup, django_db_blocker):
    """300 things and 12,000 claims over a year, a few of them long, with statistics as a running database has them."""
    from django.db import transaction

    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        try:
            resources = many(300)
            cells = list(
                Cover.objects.filter(resource__in=resources).order_by("resource_id").values_list("cell_id", flat=True)
            )
            rows = []
            for number, (resource, cell) in enumerate(zip(resources, cells, strict=True)):
                for turn in range(40):
                    start = MONDAY + timedelta(hours=211 * turn + number % 12)
                    length = timedelta(days=3) if turn % 20 == 7 else 2 * HOUR
                    rows.append(
                        Occupancy(
                            cell_id=cell, resource=resource, exclusive=True, start=start, end=start + length,
                            block_start=start, block_end=start + length, klass="claim", status="confirmed",
                            cause_kind="line", cause_id=len(rows) + 1, long=length > 48 * HOUR,
                        )
                    )  # fmt: skip
            Occupancy.objects.bulk_create(rows, batch_size=2000)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            yield resources, cells
        finally:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)


def plan_of(sql: str, params: list) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
            answer = cursor.fetchone()[0]
            return answer if isinstance(answer, str) else json.dumps(answer)
        cursor.execute("EXPLAIN QUERY PLAN " + sql, params)
        return "\n".join(str(row[3]) for row in cursor.fetchall())


def window_params(cells: list[int], days: int) -> list:
    start = int((MONDAY + timedelta(days=150)).timestamp())
    end = start + days * 86_400
    listed = statements.ids(connection.vendor, cells)
    return [end, start - guards.LONG_SECONDS, start, listed, listed, start, end]


def series_params(cells: list[int]) -> list:
    start = int(MONDAY.timestamp())
    asked = [(week, cells[0], start + week * 604_800, start + week * 604_800 + 7200) for week in range(40)]
    return statements.windows(connection.vendor, asked)


class TestPlans:
    """GiST serves the constraint; questions go to the btrees (architecture.md, measured)."""

    @postgresql
    def test_one_week_of_all_resources_uses_a_btree(self, load) -> None:
        plan = plan_of(statements.in_window("postgresql"), window_params(load[1], 7))
        assert "booking_occ_start" in plan or "booking_occ_cell_start" in plan
        assert "booking_occ_long" in plan
        assert "booking_occupancy_no_overlap" not in plan
        assert "Seq Scan" not in plan

    @postgresql
    def test_one_resource_uses_the_index_by_cell(self, load) -> None:
        plan = plan_of(statements.in_window("postgresql"), window_params(load[1][:1], 60))
        assert "booking_occ_cell_start" in plan
        assert "booking_occ_long" in plan
        assert "Seq Scan" not in plan

    @postgresql
    def test_a_series_uses_the_index_by_cell_for_every_window(self, load) -> None:
        plan = plan_of(statements.in_windows("postgresql"), series_params(load[1]))
        assert "booking_occ_cell_start" in plan
        assert "booking_occ_long" in plan
        assert "Seq Scan" not in plan
        assert "booking_occupancy_no_overlap" not in plan

    @postgresql
    @pytest.mark.parametrize("server_side", [False, True])
    def test_the_constraint_finds_its_index_whatever_the_driver_sends(self, load, server_side) -> None:
        """psycopg sends a small id as int2; without the cast the GiST index on int8 would not be used."""
        import psycopg

        cursor_class = psycopg.Cursor if server_side else psycopg.ClientCursor
        sql = (
            f"EXPLAIN SELECT 1 FROM {guards.OCCUPANCY} WHERE cell_id = %s::int8 AND exclusive AND klass = 'claim' "  # noqa: S608
            "AND tstzrange(block_start, block_end) && tstzrange(%s, %s)"
        )
        with cursor_class(connection.connection) as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = on"
            ) if not server_side else None
            cursor.execute(sql, [load[1][0] % 100, MONDAY, MONDAY + HOUR])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Index" in plan
        assert "Seq Scan" not in plan

    @postgresql
    def test_lists_of_ids_are_cast_so_that_server_side_binding_uses_the_index_too(self, load) -> None:
        import psycopg

        with psycopg.Cursor(connection.connection) as cursor:
            cursor.execute("EXPLAIN " + statements.in_window("postgresql"), window_params(load[1][:1], 7))
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan" not in plan

    @sqlite
    @pytest.mark.parametrize("count", [1, 300])
    def test_sqlite_searches_by_index(self, load, count) -> None:
        plan = plan_of(statements.in_window("sqlite"), window_params(load[1][:count], 7))
        assert f"SCAN {guards.OCCUPANCY}" not in plan
        assert "booking_occ_" in plan
        assert "booking_occ_long" in plan

    @sqlite
    def test_sqlite_searches_a_series_by_cell(self, load) -> None:
        plan = plan_of(statements.in_windows("sqlite"), series_params(load[1]))
        assert "SCAN o" not in plan.replace("SCAN o.", "")
        assert "BLOOM FILTER" not in plan  # would read the whole table, under the write lock of `take`
        assert "booking_occ_cell_start" in plan
        assert "booking_occ_long" in plan
