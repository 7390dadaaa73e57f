"""Taking, giving back, closing, and changes of the catalogue that touch granted time."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import OperationalError, connection, transaction

from booking.catalogue import services as catalogue_services
from booking.catalogue.models import ResourceState
from booking.foundation import errors
from booking.foundation.signals import revised
from booking.occupancy import guards, registry, selectors, services
from booking.occupancy.models import Klass, Occupancy
from booking.occupancy.services import collisions, taking
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: float) -> datetime:
    return TUESDAY + hour * HOUR


def take(resource, start: float, end: float, cause: int, **fields) -> services.Taken:
    return services.take([services.Take(resource.pk, at(start), at(end), cause, **fields)], now=NOW)


def klasses(cause: int) -> set[tuple[str, str]]:
    return set(Occupancy.objects.filter(cause_kind="line", cause_id=cause).values_list("klass", "status"))


@pytest.fixture
def unit():
    return factories.make_unit(owned=False)


@pytest.fixture
def hall(unit):
    return factories.make_hall_in_thirds(unit=unit)


@pytest.fixture
def chairs(unit):
    return factories.make_stock("Stoler", 40, unit=unit)


@pytest.fixture
def told():
    """What the owners of lines are told: (what, ids, by whom)."""
    heard: list[tuple[str, list[int], tuple[str, int]]] = []
    saved = registry._displaced.get("line", []), registry._restored.get("line", [])
    registry._displaced["line"] = [lambda ids, by, now: heard.append(("displaced", list(ids), by))]
    registry._restored["line"] = [lambda ids, by, now: heard.append(("restored", list(ids), by))]
    yield heard
    registry._displaced["line"], registry._restored["line"] = saved


@pytest.fixture
def scopes():
    heard: set[str] = set()

    def hear(scopes, **kwargs) -> None:
        heard.update(scopes)

    revised.connect(hear, weak=False)
    yield heard
    revised.disconnect(hear)


class TestTake:
    def test_rows_carry_setup_teardown_and_the_buffers_of_that_moment(self, unit) -> None:
        room = factories.make_resource(unit=unit, buffer_before=10, buffer_after=20)
        take(room, 10, 12, 1, setup_minutes=30, teardown_minutes=15, label="Open day")
        row = Occupancy.objects.get()
        minute = timedelta(minutes=1)
        assert (row.start, row.end) == (at(10) - 30 * minute, at(12) + 15 * minute)
        assert (row.block_start, row.block_end) == (at(10) - 40 * minute, at(12) + 35 * minute)
        assert (row.label, row.resource, row.exclusive, row.long) == ("Open day", room, True, False)
        catalogue_services.update_resource(room, changes={"buffer_after": 0}, now=NOW)
        row.refresh_from_db()
        assert row.block_end == at(12) + 35 * minute

    def test_all_or_nothing_and_every_conflict_is_told(self, hall) -> None:
        take(hall.parts[0], 10, 11, 1)
        take(hall.parts[1], 12, 13, 2)
        wanted = [services.Take(hall.whole.pk, at(hour), at(hour + 1), 10 + hour) for hour in (9, 10, 11, 12)]
        with pytest.raises(errors.Taken) as refusal:
            services.take(wanted, now=NOW)
        assert refusal.value.status == 409
        assert [(one.index, one.cause_id, one.status) for one in refusal.value.items] == [
            (1, 1, "confirmed"),
            (3, 2, "confirmed"),
        ]
        assert Occupancy.objects.count() == 2
        kept = services.take(wanted, now=NOW, partial=True)
        assert (kept.stored, [one.index for one in kept.refused]) == ([19, 21], [1, 3])

    def test_a_request_that_competes_becomes_a_claim_by_replacing_its_note(self, hall) -> None:
        part = hall.parts[0]
        take(part, 10, 12, 1, klass="note", status="tentative")
        take(part, 10, 12, 2, klass="note", status="tentative")
        services.take([services.Take(part.pk, at(10), at(12), 1)], now=NOW, replace_same=True)
        assert klasses(1) == {("claim", "confirmed")}
        with pytest.raises(errors.Taken):
            services.take([services.Take(part.pk, at(10), at(12), 2)], now=NOW, replace_same=True)
        assert klasses(2) == {("note", "tentative")}

    def test_a_hold_is_no_conflict_for_its_own_line(self, hall) -> None:
        take(hall.whole, 10, 12, 1, status="tentative")
        services.take([services.Take(hall.whole.pk, at(10), at(12), 1)], now=NOW, replace_same=True)
        assert klasses(1) == {("claim", "confirmed")}
        assert Occupancy.objects.count() == 3

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"start": datetime(2026, 3, 3, 10)}, "no_zone"),  # noqa: DTZ001
            ({"end": at(10)}, "end_before_start"),
            ({"end": at(9)}, "end_before_start"),
            ({"start": at(10) + timedelta(seconds=1)}, "whole_minutes"),
            ({"quantity": 0}, "bad_quantity"),
            ({"setup_minutes": -1}, "bad_quantity"),
        ],
    )
    def test_impossible_values_are_refused_before_any_lock(self, hall, fields, code) -> None:
        values = {"resource_id": hall.whole.pk, "start": at(10), "end": at(12), "cause_id": 1} | fields
        with pytest.raises(errors.Invalid) as refusal:
            services.take([services.Take(**values)], now=NOW)
        assert refusal.value.code == code

    def test_what_does_not_exist_and_what_covers_nothing(self, unit) -> None:
        with pytest.raises(errors.NotFound):
            services.take([services.Take(10**9, at(10), at(12), 1)], now=NOW)
        bare = factories.make_resource(unit=unit, cells=[])
        with pytest.raises(errors.Taken) as refusal:
            take(bare, 10, 12, 1)
        assert [(one.status, one.cause_kind, one.quantity_left) for one in refusal.value.items] == [("closed", "", 0)]

    def test_more_than_there_ever_is(self, chairs) -> None:
        with pytest.raises(errors.Taken) as refusal:
            take(chairs, 10, 12, 1, quantity=41)
        assert [(one.status, one.quantity_left) for one in refusal.value.items] == [("closed", 40)]
        with pytest.raises(errors.Taken):
            take(chairs, 10, 12, 1, quantity=10**12)

    def test_everybody_who_shares_the_cells_is_told(self, hall, chairs, scopes) -> None:
        take(hall.parts[0], 10, 12, 1)
        assert scopes == {f"resource:{hall.whole.pk}", f"resource:{hall.parts[0].pk}"}
        scopes.clear()
        assert services.release(cause_kind="line", cause_ids=[1], now=NOW) == 1
        assert scopes == {f"resource:{hall.whole.pk}", f"resource:{hall.parts[0].pk}"}
        scopes.clear()
        assert services.release(cause_kind="line", cause_ids=[1], now=NOW) == 0
        assert scopes == set()

    def test_nothing_asked_is_nothing_done(self, django_assert_num_queries) -> None:
        with django_assert_num_queries(0):
            assert services.take([], now=NOW) == services.Taken([], [])
            assert selectors.conflicts([]) == []
            assert selectors.availability([], at(0), at(24)) == {}

    def test_what_only_the_database_knows_is_taken_too_and_the_transaction_lives(self, hall, monkeypatch) -> None:
        take(hall.whole, 10, 12, 1)
        asked = [services.Take(hall.whole.pk, at(11), at(13), 2)]
        monkeypatch.setattr(taking, "find", lambda asked: {})  # a check that sees nothing: only the guards are left
        with pytest.raises(errors.Taken) as refusal:
            services.take(asked, now=NOW)
        assert refusal.value.items == []
        assert guards.guard_name(refusal.value.__cause__) == "booking_occupancy_no_overlap"
        assert Occupancy.objects.count() == 3


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_time_is_taken_inside_of_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        services.take([], now=NOW)


class TestTurn:
    def test_claims_become_notes_and_come_back_while_it_is_free(self, hall) -> None:
        take(hall.whole, 10, 12, 1)
        services.turn(cause_kind="line", cause_ids=[1], klass=Klass.NOTE, status="", now=NOW)
        assert klasses(1) == {("note", "")}
        assert selectors.availability([hall.whole], at(9), at(13))[hall.whole.pk].busy == []
        back = services.turn(cause_kind="line", cause_ids=[1], klass=Klass.CLAIM, status="confirmed", now=NOW)
        assert back.stored == [1]
        assert klasses(1) == {("claim", "confirmed")}

    def test_in_order_and_with_reasons_when_it_is_not(self, hall) -> None:
        for cause in (1, 2, 3):
            take(hall.parts[0], 10, 12, cause, klass="note", status="tentative")
        with pytest.raises(errors.Taken):
            services.turn(cause_kind="line", cause_ids=[2, 1], klass="claim", status="confirmed", now=NOW)
        result = services.turn(
            cause_kind="line", cause_ids=[2, 1, 99], klass="claim", status="confirmed", now=NOW, partial=True
        )
        assert result.stored == [2]
        assert [one.index for one in result.refused] == [1]
        with pytest.raises(errors.Taken) as refusal:
            services.turn(cause_kind="line", cause_ids=[3], klass="claim", status="confirmed", now=NOW)
        assert [one.cause_id for one in refusal.value.items] == [2]

    def test_relabel(self, hall) -> None:
        take(hall.whole, 10, 12, 1)
        services.relabel(cause_kind="line", cause_ids=[1], label="Cup")
        busy = selectors.availability([hall.parts[2]], at(9), at(13))[hall.parts[2].pk].busy
        assert [one[4] for one in busy] == ["Cup"]


class TestClosing:
    def test_a_closure_displaces_and_reopening_restores_first_come_first(self, hall, told) -> None:
        take(hall.parts[0], 10, 12, 1)
        take(hall.whole, 13, 14, 2)
        take(hall.whole, 20, 21, 3)
        result = services.close_resource(hall.whole, start=at(9), end=at(18), reason=" Water  leak ", now=NOW)
        assert result.displaced == [("line", 1), ("line", 2)]
        assert told == [("displaced", [1, 2], ("closure", result.closure.pk))]
        assert result.closure.reason == "Water leak"
        free = selectors.availability([hall.parts[1]], at(7), at(22))[hall.parts[1].pk]
        assert [one[2] for one in free.busy if one[2] == "closed"] == ["closed"]
        with pytest.raises(errors.Taken) as refusal:
            take(hall.parts[2], 17, 19, 4)
        assert [one.status for one in refusal.value.items] == ["closed"]
        told.clear()
        back = services.reopen(result.closure, now=NOW)
        assert back.restored == [("line", 1), ("line", 2)]
        assert told == [("restored", [1, 2], ("closure", result.closure.pk))]
        assert services.reopen(result.closure, now=NOW).restored == []
        assert Occupancy.objects.filter(klass="block").count() == 0

    def test_two_closures_over_one_claim_and_only_the_last_brings_it_back(self, hall, told) -> None:
        take(hall.whole, 10, 12, 1)
        first = services.close_resource(hall.whole, start=at(9), end=at(11), reason="a", now=NOW)
        second = services.close_resource(hall.parts[0], start=at(10), end=at(13), reason="b", maintenance=True, now=NOW)
        assert second.displaced == []
        assert services.reopen(first.closure, now=NOW).restored == []
        assert services.reopen(second.closure, now=NOW).restored == [("line", 1)]
        assert klasses(1) == {("claim", "confirmed")}

    def test_who_had_the_time_last_comes_back_before_who_waited_already(self, chairs, told) -> None:
        """First asked, but displaced long before: its place was granted to another since, who must not pay for that."""
        take(chairs, 10, 12, 1, quantity=30)
        early = services.close_resource(chairs, start=at(9), end=at(10.5), reason="Washing", now=NOW)
        take(chairs, 11, 12, 2, quantity=30)
        late = services.close_resource(chairs, start=at(11), end=at(13), reason="Repair", now=NOW + HOUR)
        assert services.reopen(early.closure, now=NOW + 2 * HOUR).restored == []
        assert services.reopen(late.closure, now=NOW + 2 * HOUR).restored == [("line", 2)]
        assert klasses(1) == {("note", "")}

    def test_what_was_used_stays_used(self, unit, told) -> None:
        """A leak found at noon: the morning's training did take place, whatever hour is typed."""
        room = factories.make_resource("Møterom med luftepause", unit=unit, buffer_after=30)
        take(room, 10, 12, 1)
        closed = services.close_resource(
            room,
            start=at(8),
            end=at(18),
            reason="Leak",
            now=at(
                12,
            ),
        ).closure
        assert closed.start == at(12)
        assert klasses(1) == {("claim", "confirmed")}
        assert told == []
        with pytest.raises(errors.Invalid) as refusal:
            services.close_resource(room, start=at(8), end=at(12), reason="Leak", now=at(12))
        assert refusal.value.errors[0].code == "past"

    def test_a_handler_that_fails_undoes_the_closure(self, hall) -> None:
        take(hall.whole, 10, 12, 1)
        saved = registry._displaced.get("line", [])

        def fail(ids, by, now) -> None:
            raise RuntimeError("no")

        registry._displaced["line"] = [fail]
        try:
            with pytest.raises(RuntimeError), transaction.atomic():
                services.close_resource(hall.whole, start=at(9), end=at(18), reason="x", now=NOW)
        finally:
            registry._displaced["line"] = saved
        assert klasses(1) == {("claim", "confirmed")}
        assert not Occupancy.objects.filter(klass="block").exists()

    def test_all_of_a_stock_is_closed(self, chairs, told) -> None:
        take(chairs, 10, 12, 1, quantity=3)
        services.close_resource(chairs, start=at(11), end=at(13), reason="Washing", now=NOW)
        assert klasses(1) == {("note", "")}
        found = selectors.availability([chairs], at(8), at(16))[chairs.pk]
        assert [one[2] for one in found.free] == [40, 40]

    @pytest.mark.parametrize(
        ("start", "end", "reason", "loc"),
        [(12, 12, "x", "end"), (13, 12, "x", "end"), (10, 12, "  ", "reason"), (10.001, 12, "x", "start")],
    )
    def test_bad_input_names_the_field(self, hall, start, end, reason, loc) -> None:
        with pytest.raises(errors.Invalid) as refusal:
            services.close_resource(hall.whole, start=at(start), end=at(end), reason=reason, now=NOW)
        assert refusal.value.errors[0].loc == (loc,)


class TestChanges:
    """Never a silent edit: first the list, then the change with what was on the list."""

    def test_without_granted_time_the_change_is_made_at_once(self, hall, unit) -> None:
        extra = factories.make_cell()
        cells = [cover.cell for cover in hall.whole.covers.all()]
        assert services.change_cover(hall.whole, covers=dict.fromkeys([*cells, extra], 1), now=NOW) == (
            services.ChangeResult(True, [])
        )
        assert hall.whole.covers.count() == 4

    def test_a_wider_cover_takes_the_coming_rows_along_and_displaces_who_finds_it_taken(self, hall, unit, told) -> None:
        stage = factories.make_resource("Scene", unit=unit)
        cells = [cover.cell for cover in hall.whole.covers.all()]
        wider = dict.fromkeys([*cells, stage.covers.get().cell], 1)
        take(hall.whole, 10, 12, 1)
        take(hall.whole, 14, 16, 2)
        take(stage, 15, 17, 3)
        before = list(Occupancy.objects.order_by("pk").values())
        preview = services.change_cover(hall.whole, covers=wider, now=NOW)
        assert not preview.applied
        assert [(one.cause_id, one.what) for one in preview.impact] == [(1, "moved"), (2, "displaced")]
        assert list(Occupancy.objects.order_by("pk").values()) == before
        assert hall.whole.covers.count() == 3
        half = services.change_cover(hall.whole, covers=wider, now=NOW, accept=[("line", 1)])
        assert not half.applied
        done = services.change_cover(hall.whole, covers=wider, now=NOW, accept=[one.cause for one in preview.impact])
        assert done.applied
        assert told == [("displaced", [2], ("resource", hall.whole.pk))]
        assert Occupancy.objects.filter(cause_id=1).count() == 4
        assert klasses(1) == {("claim", "confirmed")}
        assert klasses(2) == {("note", "")}
        with pytest.raises(errors.Taken):
            take(stage, 11, 12, 4)

    def test_history_stays_where_it_was(self, hall, unit) -> None:
        take(hall.whole, -24 * 7, -24 * 7 + 2, 1)
        only = dict.fromkeys([hall.whole.covers.first().cell], 1)
        assert services.change_cover(hall.whole, covers=only, now=at(0)).applied
        assert Occupancy.objects.filter(cause_id=1).count() == 3

    def test_a_closure_follows_to_the_new_cells(self, hall, unit, told) -> None:
        stage = factories.make_resource("Scene", unit=unit)
        take(stage, 10, 12, 1)
        services.close_resource(hall.whole, start=at(9), end=at(18), reason="Leak", now=NOW)
        cells = [cover.cell for cover in hall.whole.covers.all()]
        wider = dict.fromkeys([*cells, stage.covers.get().cell], 1)
        preview = services.change_cover(hall.whole, covers=wider, now=NOW)
        assert {(one.cause_kind, one.what) for one in preview.impact} == {("closure", "moved"), ("line", "displaced")}
        services.change_cover(hall.whole, covers=wider, now=NOW, accept=[one.cause for one in preview.impact])
        assert klasses(1) == {("note", "")}
        assert selectors.availability([stage], at(9), at(18))[stage.pk].free == []

    def test_a_smaller_stock_displaces_the_newest(self, chairs, told) -> None:
        take(chairs, 10, 12, 1, quantity=20)
        take(chairs, 11, 13, 2, quantity=15)
        take(chairs, 14, 15, 3, quantity=20)
        preview = services.change_stock(chairs, quantity=25, now=NOW)
        assert [(one.cause_id, one.what) for one in preview.impact] == [(2, "displaced")]
        assert not preview.applied
        assert services.change_stock(chairs, quantity=25, now=NOW, accept=[("line", 2)]).applied
        assert klasses(2) == {("note", "")}
        assert klasses(3) == {("claim", "confirmed")}
        assert chairs.covers.get().cell.quantity == 25
        assert services.change_stock(chairs, quantity=60, now=NOW).applied

    def test_other_hours_list_what_is_left_outside_and_leave_it_standing(self, hall, unit) -> None:
        take(hall.parts[0], 18, 20, 1)  # 19-21 on the wall
        take(hall.parts[0], 8, 10, 2)
        hours = [catalogue_services.Hours(day, time(8), time(20)) for day in range(7)]
        preview = services.change_opening_hours(hall.whole, hours=hours, now=NOW)
        assert [(one.cause_id, one.what) for one in preview.impact] == [(1, "outside_hours")]
        assert not preview.applied
        assert {row.closes for row in hall.whole.opening_hours.all()} == {time(22)}
        assert services.change_opening_hours(hall.whole, hours=hours, now=NOW, accept=[("line", 1)]).applied
        assert {row.closes for row in hall.whole.opening_hours.all()} == {time(20)}
        assert klasses(1) == {("claim", "confirmed")}

    def test_retiring_displaces_what_was_granted(self, unit, told) -> None:
        room = factories.make_resource(unit=unit)
        take(room, 10, 12, 1)
        take(room, 14, 16, 2, klass="note", status="tentative")
        preview = services.retire_resource(room, now=NOW)
        assert [(one.cause_id, one.what) for one in preview.impact] == [(1, "displaced"), (2, "open_request")]
        room.refresh_from_db()
        assert room.state == ResourceState.ACTIVE
        assert services.retire_resource(room, now=NOW, accept=[one.cause for one in preview.impact]).applied
        room.refresh_from_db()
        assert room.state == ResourceState.RETIRED
        assert told == [("displaced", [1], ("resource", room.pk))]

    def test_the_catalogue_itself_refuses_to_split_what_is_granted(self, unit) -> None:
        room = factories.make_resource(unit=unit)
        services.take(
            [services.Take(room.pk, datetime(2999, 3, 3, 10, tzinfo=UTC), datetime(2999, 3, 3, 12, tzinfo=UTC), 1)],
            now=NOW,
        )
        with pytest.raises(errors.Unmet) as refusal:
            catalogue_services.split_into_parts(room, count=3, now=NOW)
        assert refusal.value.code == "granted_time"
        assert refusal.value.items[0]["id"] == 1


class TestCollisions:
    def collide(self, times: int):
        left = [times]

        def act() -> str:
            if left[0]:
                left[0] -= 1
                raise OperationalError("deadlock detected") from _deadlock()
            return "done"

        return act

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_the_whole_act_is_tried_again(self) -> None:
        assert services.again_on_collision(self.collide(collisions.TRIES - 1)) == "done"

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_and_in_the_end_it_is_busy_and_no_server_error(self) -> None:
        with pytest.raises(errors.Unavailable) as refusal:
            services.again_on_collision(self.collide(collisions.TRIES))
        assert refusal.value.status == 503

    def test_inside_of_somebodys_transaction_it_runs_once(self) -> None:
        with pytest.raises(OperationalError):
            services.again_on_collision(self.collide(1))

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_another_error_of_the_database_goes_on(self) -> None:
        def act() -> None:
            raise OperationalError("no such table") from sqlite3.OperationalError("no such table: x")

        with pytest.raises(OperationalError):
            services.again_on_collision(act)


def _deadlock() -> Exception:
    if connection.vendor == "postgresql":
        import psycopg

        return psycopg.errors.DeadlockDetected("deadlock detected")
    return sqlite3.OperationalError("database is locked")
