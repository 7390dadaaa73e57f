"""Drafts without a solver: never a fault, always the same, and what each preset's order means."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules import greedy
from booking.seasons.rules.instance import Instance, Slot, Timetable
from booking.seasons.rules.measures import measure
from booking.seasons.rules.validity import faults
from tests.seasons.rules.scenes import hall, instances, scene, timetables, wish
from tests.thoroughness import examples

METHODS: tuple[Callable[..., Timetable], ...] = (greedy.by_priority, greedy.fair, greedy.in_order)


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.__name__)
@given(instances())
@settings(max_examples=examples(25), deadline=None)
def test_a_draft_has_no_faults_and_needs_no_luck(method: Callable[..., Timetable], instance: Instance) -> None:
    found = method(instance)
    full = greedy.fill(instance, found)
    assert faults(instance, found) == faults(instance, full) == []
    assert greedy.fill(replace(instance), method(replace(instance))) == full
    before, after = measure(instance, found), measure(instance, full)
    assert all(after.pools[key].minutes >= figures.minutes for key, figures in before.pools.items())


@given(st.data())
@settings(max_examples=examples(25), deadline=None)
def test_locked_slots_stay_and_others_keep_off(data: st.DataObject) -> None:
    """Whatever was locked, sense or nonsense: the draft adds no fault of its own."""
    instance = data.draw(instances())
    start = data.draw(timetables(instance, most=3, locks=True))
    locked = tuple(one for one in start if one.locked)
    for method in METHODS:
        found = greedy.fill(instance, method(instance, start=start))
        assert set(locked) <= set(found)
        for fault in faults(instance, found):
            assert not fault.prevents or set(fault.slots) & set(locked)


def test_by_priority_leaves_the_last_with_nothing_and_fair_does_not() -> None:
    many = [wish(key, 1, minutes_wanted=120) for key in range(1, 5)] + [wish(9, 2, minutes_wanted=120, received=9)]
    instance = scene(many, hall(10, days=(0, 1)))
    assert measure(instance, greedy.by_priority(instance)).organisations[2].minutes == 0
    assert measure(instance, greedy.fair(instance)).organisations[2].minutes >= 60


def test_first_come_is_served_first() -> None:
    instance = scene(
        [wish(1, 1, received=2, minutes_wanted=120), wish(2, 2, received=1, minutes_wanted=120)],
        hall(10, days=(0,), end=1080),
        rules={"preset": "first_come"},
    )
    assert greedy.in_order(instance) == (Slot(2, 10, 0, 960, 1080),)


def test_a_lot_can_be_drawn_again_by_anybody() -> None:
    wishes = [wish(key, key, minutes_wanted=60) for key in (1, 2, 3)]
    instance = scene(wishes, hall(10, days=(0,), end=1020), rules={"preset": "lottery", "seed": 5})
    first = min((1, 2, 3), key=lambda one: hashlib.sha256(f"5:{one}".encode()).hexdigest())
    assert [one.wish for one in greedy.in_order(instance)] == [first]


def test_last_seasons_hours_come_first_by_hand() -> None:
    last = Slot(2, 10, 0, 1080, 1140)
    instance = scene([wish(1, 1), wish(2, 2, last=(last,))], rules={"preset": "weights_coverage"})
    assert last in greedy.by_priority(instance)


def test_hours_left_over_make_slots_longer_and_go_to_who_wanted_more() -> None:
    instance = scene([wish(1, 1, minutes_min=60, minutes_wanted=90, sessions_wanted=3)], hall(10, days=(0, 1, 2)))
    full = greedy.fill(instance, (Slot(1, 10, 0, 960, 1020),))
    assert sorted((one.weekday, one.minutes) for one in full) == [(0, 90), (1, 90), (2, 90)]
