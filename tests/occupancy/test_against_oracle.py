"""Availability, search, conflicts and take, held against the minute-by-minute oracle (architecture.md, quality.md).

Parts and wholes, buffers, counted stock, kits, opening past midnight, several days, both clock changes, 29 February.
"""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from booking.foundation import errors
from booking.occupancy import selectors, services
from booking.occupancy.models import Occupancy
from booking.occupancy.selectors import Wanted
from tests.factories import NOW
from tests.occupancy import oracle
from tests.occupancy.world import ODD_DAYS, Town, as_take, build_town, moment
from tests.thoroughness import examples

ORACLE = settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

#: Minutes: odd ones, ordinary ones, and whole days and more (which are indexed in another way).
lengths = st.one_of(
    st.integers(1, 90),
    st.sampled_from([15, 30, 45, 60, 90, 120, 240]),
    st.sampled_from([1440, 2 * 1440 - 30, 2 * 1440, 2 * 1440 + 1, 4 * 1440]),
)
offsets = st.one_of(st.integers(-3 * 1440, 3 * 1440), st.integers(-96, 96).map(lambda quarter: quarter * 15))
kinds = st.sampled_from(
    [("claim", "confirmed"), ("claim", "confirmed"), ("claim", "tentative"), ("note", "tentative"), ("note", "")]
)


@st.composite
def plans(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, int, int, tuple[str, str], int, int]]]:
    """An odd day and what is wanted around it: (thing, offset, minutes, how many, kind, set-up, tear-down)."""
    day = draw(st.sampled_from(sorted(ODD_DAYS)))
    wish = st.tuples(
        st.integers(0, 10),
        offsets,
        lengths,
        st.integers(1, 7),
        kinds,
        st.sampled_from([0, 0, 15]),
        st.sampled_from([0, 0, 10]),
    )
    return day, draw(st.lists(wish, max_size=14))


class AgainstOracle(TestCase):
    town: Town

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = build_town()

    def fill(self, plan: tuple[str, list]) -> tuple[oracle.World, int]:
        """Take what is to be had of the plan, in turn; the service must accept exactly what the oracle accepts."""
        world = copy.deepcopy(self.town.world)
        middle = int(ODD_DAYS[plan[0]].timestamp())
        takes: list[services.Take] = []
        expected: list[int] = []
        for number, (place, offset, minutes, quantity, (klass, status), setup, teardown) in enumerate(plan[1], start=1):
            thing = self.town.resources[place].pk
            start = middle + offset * 60
            one = oracle.Taken(
                thing, number, start - setup * 60, start + (minutes + teardown) * 60, quantity, klass, status,
                "Open day" if number % 5 == 0 else "",
            )  # fmt: skip
            takes.append(as_take(one, setup, teardown))
            enough = quantity <= min(world.stock[cell] // need for cell, need in world.things[thing].cells.items())
            if klass == "note" and not enough:
                takes.pop()  # a note takes nothing, so nobody checks how many; the forms do
            elif klass == "note" or (enough and world.fits(thing, one.start, one.end, quantity)):
                world.add(one)
                expected.append(number)
        got = services.take(takes, now=NOW, partial=True)
        assert got.stored == expected
        assert not any(world.overlaps(cell) for cell in world.stock)
        return world, middle

    @ORACLE
    @given(plan=plans(), start=offsets, minutes=st.sampled_from([37, 600, 1440, 1700]))
    def test_availability_says_what_every_minute_says(self, plan, start, minutes) -> None:
        world, middle = self.fill(plan)
        window = (middle + start * 60, middle + (start + minutes) * 60)
        found = selectors.availability(self.town.resources, moment(window[0]), moment(window[1]))
        for resource in self.town.resources:
            assert found[resource.pk].free == world.free(resource.pk, window)
            assert found[resource.pk].busy == world.busy(resource.pk, window)

    @ORACLE
    @given(plan=plans(), start=offsets, minutes=lengths, quantity=st.integers(1, 4))
    def test_search_finds_what_is_open_and_left_in_every_minute(self, plan, start, minutes, quantity) -> None:
        world, middle = self.fill(plan)
        begins, ends = middle + start * 60, middle + (start + minutes) * 60
        expected = {
            pk
            for pk, thing in world.things.items()
            if all(thing.is_open(minute) for minute in range(begins, ends, 60))
            and world.fits(pk, begins, ends, quantity)
        }
        got = selectors.free_resource_ids(self.town.resources, moment(begins), moment(ends), quantity)
        assert got == expected

    @ORACLE
    @given(
        plan=plans(), wishes=st.lists(st.tuples(st.integers(0, 10), offsets, lengths, st.integers(1, 4)), max_size=5)
    )
    def test_conflicts_name_everything_in_the_way(self, plan, wishes) -> None:
        world, middle = self.fill(plan)
        # Far apart, so that the wishes don't meet each other; that is the next test's.
        wanted = []
        for number, (place, offset, minutes, quantity) in enumerate(wishes):
            start = middle + offset * 60
            wanted.append(
                Wanted(
                    self.town.resources[place].pk, moment(start), moment(start + minutes * 60), quantity, index=number
                )
            )
        for one in wanted:
            begins, ends = int(one.start.timestamp()), int(one.end.timestamp())
            got = selectors.conflicts([one])
            in_the_way = world.in_the_way(one.resource_id, begins, ends, one.quantity)
            assert {conflict.cause_id for conflict in got if conflict.cause_kind} == in_the_way
            assert len(got) == len({(conflict.cause_kind, conflict.cause_id) for conflict in got})
            assert (not got) == world.fits(one.resource_id, begins, ends, one.quantity)
            block = world.block_of(one.resource_id, begins, ends)
            left = min(world.left(one.resource_id, minute) for minute in range(*block, 60))
            assert all(conflict.quantity_left == left for conflict in got)

    @ORACLE
    @given(
        plan=plans(), wishes=st.lists(st.tuples(st.integers(0, 10), offsets, lengths, st.integers(1, 4)), max_size=6)
    )
    def test_a_series_that_has_no_conflict_is_granted_whole_and_else_nothing_is(self, plan, wishes) -> None:
        world, middle = self.fill(plan)
        takes, wanted = [], []
        together = True
        for number, (place, offset, minutes, quantity) in enumerate(wishes):
            thing, start = self.town.resources[place].pk, middle + offset * 60
            end = start + minutes * 60
            one = oracle.Taken(thing, 1000 + number, start, end, quantity, "claim", "confirmed")
            takes.append(as_take(one))
            wanted.append(Wanted(thing, moment(start), moment(end), quantity, index=number))
            together = together and world.fits(thing, start, end, quantity)
            world.add(one)
        clashes = selectors.conflicts(wanted)
        assert (not clashes) == together
        before = Occupancy.objects.count()
        if together:
            services.take(takes, now=NOW)
            assert Occupancy.objects.count() - before == sum(len(world.things[one.resource_id].cells) for one in takes)
        else:
            with pytest.raises(errors.Taken) as refusal:
                services.take(takes, now=NOW)
            assert refusal.value.items == clashes
            assert Occupancy.objects.count() == before

    @ORACLE
    @given(plan=plans(), start=offsets, minutes=st.sampled_from([600, 1440]))
    def test_every_free_interval_can_be_asked_for_whole_and_no_minute_more(self, plan, start, minutes) -> None:
        _world, middle = self.fill(plan)
        window = (middle + start * 60, middle + (start + minutes) * 60)
        found = selectors.availability(self.town.resources, moment(window[0]), moment(window[1]))
        wanted = [
            Wanted(resource.pk, moment(left), moment(right), count, index=number)
            for resource in self.town.resources
            for number, (left, right, count) in enumerate(found[resource.pk].free)
        ]
        for one in wanted:
            assert selectors.conflicts([one]) == []
            more = Wanted(one.resource_id, one.start, one.end, one.quantity + 1)
            assert selectors.conflicts([more]) != []

    @ORACLE
    @given(plan=plans(), place=st.integers(0, 10), start=offsets, minutes=lengths)
    def test_a_closure_displaces_claims_and_reopening_brings_them_back(self, plan, place, start, minutes) -> None:
        world, middle = self.fill(plan)
        resource = self.town.resources[place]
        begins, ends = middle + start * 60, middle + (start + minutes) * 60
        before = sorted(Occupancy.objects.values_list("cause_id", "cell_id", "klass", "status", "start"))
        result = services.close_resource(resource, start=moment(begins), end=moment(ends), reason="Water leak", now=NOW)
        gone = {pk for _kind, pk in result.displaced}
        for one in world.taken:
            if one.cause in gone:
                assert one.klass == "claim"
                one.klass, one.status = "note", ""
        total = min(world.stock[cell] // need for cell, need in world.things[resource.pk].cells.items())
        closed = oracle.Taken(resource.pk, -1, begins, ends, total, "block", "closed", "Water leak", (begins, ends))
        world.taken.append(closed)
        assert not any(world.overlaps(cell) for cell in world.stock)
        window = (begins - 3600, begins + 12 * 3600)
        found = selectors.availability(self.town.resources, moment(window[0]), moment(window[1]))
        for one in self.town.resources:
            assert found[one.pk].free == world.free(one.pk, window)
            assert found[one.pk].busy == world.busy(one.pk, window)
        # Nobody is displaced for nothing: each displaced claim meets the closure on a cell they share.
        for one in world.taken:
            if one.cause in gone:
                assert set(world.things[one.thing].cells) & set(world.things[resource.pk].cells)
                assert one.block[0] < ends
                assert one.block[1] > begins
        back = services.reopen(result.closure, now=NOW + timedelta(hours=1))
        held = {pk for pk, _cell, klass, status, _start in before if klass == "claim" and status == "tentative"}
        assert gone <= {pk for _kind, pk in back.restored}
        after = sorted(Occupancy.objects.values_list("cause_id", "cell_id", "klass", "status", "start"))
        known = {pk for _kind, pk in back.restored}
        assert [row for row in after if row[0] not in known | held] == [
            row for row in before if row[0] not in known | held
        ]
        assert all(row[2] == "claim" for row in after if row[0] in gone)
