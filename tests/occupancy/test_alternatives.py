"""What is offered instead is really free, open, on the grid, and may be asked for; the nearest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.occupancy import selectors, services
from booking.occupancy.selectors import Alternative, Wanted
from tests import factories
from tests.factories import NOW
from tests.thoroughness import examples

OSLO = ZoneInfo("Europe/Oslo")
HOUR = timedelta(hours=1)


def at(hour: float, day: int = 3) -> datetime:
    """That wall-clock hour in Oslo, March 2026 (the 3rd is a Tuesday)."""
    return datetime(2026, 3, day, tzinfo=OSLO) + hour * HOUR


def take(resource: Resource, start: datetime, end: datetime, cause: int, **fields) -> None:
    services.take([services.Take(resource.pk, start, end, cause, **fields)], now=NOW)


def times(found: list[Alternative], why: str) -> list[tuple[datetime, datetime]]:
    return [(one.start, one.end) for one in found if one.why == why]


@pytest.mark.django_db
class TestAlternatives:
    @pytest.fixture
    def unit(self):
        return factories.make_unit()

    @pytest.fixture
    def room(self, unit):
        return factories.make_resource("Rom 1", unit=unit, capacity=30)

    def test_all_three_kinds_the_nearest_first(self, room, unit) -> None:
        other = factories.make_resource("Rom 2", unit=unit, capacity=30)
        take(room, at(18), at(20), 1)
        found = selectors.alternatives(Wanted(room.pk, at(19), at(21)), now=NOW)
        assert times(found, "other_time")[0] == (at(20), at(22))
        assert times(found, "other_place") == [(at(19), at(21))]
        assert [one.resource_id for one in found if one.why == "other_place"] == [other.pk]
        assert times(found, "shorter") == [(at(20), at(21))]
        assert len(found) <= 5

    def test_each_line_of_a_mixed_request_is_offered_what_can_serve_for_it(self, room, unit) -> None:
        """Chairs are no answer to who wanted a room, nor tables to who wanted chairs; other skis are, for skis."""
        other = factories.make_resource("Rom 2", unit=unit, capacity=30)
        chairs, _tables = factories.make_stock("Stoler", 40, unit=unit), factories.make_stock("Bord", 40, unit=unit)
        skis = factories.make_resource("Ski", unit=unit, kind="equipment")
        short, long = (
            factories.make_resource(name, unit=unit, kind="equipment", parent=skis) for name in ("Ski 120", "Ski 140")
        )
        asked = [room, chairs, short]
        for number, thing in enumerate(asked):
            take(thing, at(18), at(20), number + 1, quantity=40 if thing is chairs else 1)
        wanted = [Wanted(thing.pk, at(18), at(20), index=number) for number, thing in enumerate(asked)]
        found = selectors.alternatives_many(wanted, now=NOW, limit=20)
        instead = [{one.resource_id for one in found[number] if one.why == "other_place"} for number in range(3)]
        assert instead == [{other.pk}, set(), {skis.pk, long.pk}]

    def test_the_same_hour_another_day_when_the_day_is_full(self, room) -> None:
        take(room, at(8), at(22), 1)
        found = selectors.alternatives(Wanted(room.pk, at(18), at(20)), now=NOW, limit=3)
        assert {one.why for one in found} == {"other_time"}
        assert {one.start.astimezone(OSLO).time() for one in found} == {at(18).time()}
        assert found[0].start.date() != at(0).date()

    def test_lead_time_horizon_length_and_grid_are_kept(self, unit) -> None:
        room = factories.make_resource(
            "Rom 3", unit=unit, lead_hours=48, horizon_days=4, min_minutes=60, max_minutes=120, step_minutes=30
        )
        take(room, at(18, 5), at(20, 5), 1)
        found = selectors.alternatives(Wanted(room.pk, at(18, 5), at(20, 5)), now=NOW, limit=50)
        assert found
        for one in found:
            assert NOW + 48 * HOUR <= one.start <= NOW + 96 * HOUR
            assert one.start.minute in (0, 30)
            assert HOUR <= one.end - one.start <= 2 * HOUR

    def test_a_part_of_the_taken_hall_is_no_other_place_but_a_free_part_is(self, unit) -> None:
        hall = factories.make_hall_in_thirds(unit=unit)
        take(hall.parts[0], at(18), at(20), 1)
        found = selectors.alternatives(Wanted(hall.parts[0].pk, at(18), at(20)), now=NOW, limit=20)
        places = {one.resource_id for one in found if one.why == "other_place"}
        assert hall.whole.pk not in places
        assert places == {hall.parts[1].pk, hall.parts[2].pk}

    def test_things_that_are_not_public_are_never_offered(self, room, unit) -> None:
        factories.make_resource("Skjult", unit=unit, public=False)
        factories.make_resource("Kladd", unit=unit, state="draft")
        take(room, at(18), at(20), 1)
        found = selectors.alternatives(Wanted(room.pk, at(18), at(20)), now=NOW, limit=50)
        assert {one.resource_id for one in found} == {room.pk}

    def test_a_smaller_number_is_not_mistaken_for_the_number_wanted(self, unit) -> None:
        chairs = factories.make_stock("Stoler", 40, unit=unit)
        take(chairs, at(8), at(20), 1, quantity=30)
        found = selectors.alternatives(Wanted(chairs.pk, at(18), at(20), 20), now=NOW)
        assert found
        assert all(one.start >= at(20) or one.end <= at(8) for one in found)

    def test_the_past_is_never_offered(self, room) -> None:
        take(room, NOW, NOW + 2 * HOUR, 1)
        found = selectors.alternatives(Wanted(room.pk, NOW, NOW + 2 * HOUR), now=NOW, limit=50)
        assert all(one.start >= NOW for one in found)

    def test_unknown_things_and_no_wishes(self, room) -> None:
        assert selectors.alternatives(Wanted(10**9, at(18), at(20)), now=NOW) == []
        assert selectors.alternatives_many([], now=NOW) == {}


class ReallyFree(TestCase):
    """Whatever stands there: asking for an alternative just as it is told finds no conflict."""

    @classmethod
    def setUpTestData(cls) -> None:
        unit = factories.make_unit()
        hall = factories.make_hall_in_thirds(unit=unit, buffer_after=15)
        rest = [
            factories.make_resource("Rom", unit=unit, buffer_before=10, step_minutes=20),
            factories.make_resource("Kveld", unit=unit, open=(20, 2)),
            factories.make_stock("Stoler", 12, unit=unit, kind="venue"),
        ]
        cls.places = [hall.whole, *hall.parts, *rest]

    @settings(max_examples=examples(80), deadline=None)
    @given(
        taken=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 7 * 24 * 4), st.integers(1, 40)), max_size=15),
        wish=st.tuples(st.integers(0, 6), st.integers(0, 5 * 24 * 4), st.integers(1, 24), st.integers(1, 6)),
        day=st.sampled_from([3, 27]),  # the second one reaches over the clock change of 29 March
        setup=st.sampled_from([0, 30]),
    )
    def test_alternatives(self, taken, wish, day, setup) -> None:
        quarter = timedelta(minutes=15)
        # Counted in time that passes: on the wall clock a quarter is nothing where the clock leaps.
        midnight = at(0, day).astimezone(UTC)
        services.take(
            [
                services.Take(self.places[place].pk, midnight + start * quarter, midnight + (start + long) * quarter, n)
                for n, (place, start, long) in enumerate(taken, start=1)
            ],
            now=NOW,
            partial=True,
        )
        place, start, long, quantity = wish
        begin = midnight + start * quarter
        wanted = Wanted(self.places[place].pk, begin, begin + long * quarter, quantity, setup)
        found = selectors.alternatives(wanted, now=NOW, limit=12)
        assert len({(one.resource_id, one.start, one.end) for one in found}) == len(found)
        for one in found:
            resource = next(resource for resource in self.places if resource.pk == one.resource_id)
            again = Wanted(one.resource_id, one.start, one.end, quantity, setup)
            assert selectors.conflicts([again]) == []
            assert (one.resource_id, one.start, one.end) != (wanted.resource_id, wanted.start, wanted.end)
            windows = catalogue.open_windows([resource], one.start - HOUR, one.end + HOUR)[resource.pk]
            begins, ends = one.start.timestamp(), one.end.timestamp()
            assert any(opens <= begins and ends <= closes for opens, closes in windows)
            step = catalogue.effective_rules([resource])[resource.pk].step_minutes
            local = one.start.astimezone(OSLO)
            assert (local.hour * 60 + local.minute) % step == 0
            assert one.end - one.start <= long * quarter
