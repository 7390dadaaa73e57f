"""Coverage, the order of timetables, and what a change does to everybody."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules.entitlement import entitlements
from booking.seasons.rules.instance import Slot, Span
from booking.seasons.rules.measures import effect, measure, vector
from tests.seasons.rules.scenes import hall, instances, minutes_of, scene, timetables, wish
from tests.thoroughness import examples

PAIR = scene([wish(1, 1, minutes_wanted=120), wish(2, 2, minutes_wanted=120)], [*hall(10), *hall(20)])
ONE, OTHER = Slot(1, 10, 0, 960, 1020), Slot(2, 10, 0, 1020, 1080)


@given(st.data())
@settings(max_examples=examples(50), deadline=None)
def test_figures_are_sums_that_a_child_could_add_up(data: st.DataObject) -> None:
    instance = data.draw(instances())
    timetable = data.draw(timetables(instance))
    shares, found = entitlements(instance), measure(instance, timetable)
    for key, pool in shares.pools.items():
        minutes = sum(len(minutes_of(slot)) * 15 for slot in timetable if slot.wish in pool.wishes)
        assert found.pools[key].minutes == minutes
        assert found.pools[key].counted == min(minutes, pool.claim)
    for organisation, figures in found.organisations.items():
        mine = [found.pools[key] for key in shares.pools if key[0] == organisation]
        assert figures.counted == sum(one.counted for one in mine)
        assert 0 <= figures.coverage <= 1
    for key, figures in found.wishes.items():
        one = instance.wish[key]
        best = sum(
            15
            for slot in timetable
            if slot.wish == key
            for minute in range(slot.start, slot.end, 15)
            if not one.best or any(s.weekday == slot.weekday and s.start <= minute < s.end for s in one.best)
        )
        assert figures.best == best


def test_more_than_can_be_claimed_does_not_count() -> None:
    long = replace(ONE, end=1200)
    assert measure(PAIR, (long,)).organisations[1].percent == 100
    assert vector(PAIR, (ONE, OTHER)) > vector(PAIR, (long,))


def test_who_is_worst_off_counts_before_the_sum() -> None:
    rich = (Slot(1, 10, 0, 960, 1080), Slot(1, 10, 1, 960, 1080))
    fair = (ONE, OTHER)
    assert vector(PAIR, fair) > vector(PAIR, rich)
    assert measure(PAIR, rich).worst_off == (2, 1)
    assert measure(PAIR, rich).without_least == (2,)


def test_children_and_youth_count_before_adults() -> None:
    mixed = [
        wish(1, 1, minutes_wanted=120),
        wish(2, 2, minutes_wanted=120),
        wish(3, 3, minutes_wanted=120, age_from=30, age_to=40),
    ]
    rules = {"preset": "small_town", "club_least": 0, "gates": {}}
    rules["shares"] = {band: {"least": 0, "standard": 120} for band in ("children", "youth", "adults", "seniors")}
    instance = scene(mixed, rules=rules)
    young = (ONE, OTHER)
    old = (Slot(1, 10, 0, 960, 1020), Slot(3, 10, 0, 1020, 1140))
    assert vector(instance, young) > vector(instance, old)


def test_best_times_then_last_season_decide_between_equals() -> None:
    best, last = (Span(0, 960, 1020),), (Slot(1, 10, 1, 960, 1020),)
    liked, kept = (Slot(1, 10, 0, 960, 1020),), (Slot(1, 10, 1, 960, 1020),)
    usual = scene([wish(1, 1, best=best, last=last)])
    assert vector(usual, liked) > vector(usual, kept)
    right = replace(usual, rules={"preset": "weights_coverage", "last_season": "right"})
    assert vector(right, kept) > vector(right, liked)


def test_an_effect_names_who_gains_who_loses_and_the_worst_off() -> None:
    after = (Slot(1, 10, 0, 960, 1080),)
    found = effect(PAIR, (ONE, OTHER), after)
    assert (found.gains, found.loses) == ((1,), (2,))
    assert (found.worst_before, found.worst_after) == ((1, 50), (2, 0))
    assert (found.better, found.worse) == (False, True)
    assert [row.change for row in found.rows] == [60, -60]


def test_after_the_worst_off_the_rules_choose_between_the_next_and_hours_in_all() -> None:
    """Both give everybody 50 % at least. One has more hours, in the other fewer have only 50 %."""
    wishes = [wish(1, 1, minutes_wanted=120), wish(2, 2, minutes_wanted=120), wish(3, 3, minutes_wanted=120)]
    wishes += [wish(4, 3, minutes_wanted=120), wish(5, 3, minutes_wanted=120)]
    instance = scene(wishes, [*hall(10), *hall(20), *hall(30)])
    low = tuple(Slot(key, 10, 0, 900 + 60 * key, 960 + 60 * key) for key in (1, 2))
    many = (*low, Slot(3, 20, 0, 960, 1080), Slot(4, 20, 0, 1080, 1200), Slot(5, 20, 1, 960, 1080))
    even = (low[0], Slot(2, 30, 0, 960, 1080), Slot(3, 20, 0, 960, 1080))
    even += (Slot(4, 20, 0, 1080, 1140), Slot(5, 20, 1, 960, 1020))
    assert vector(instance, even) > vector(instance, many)
    hours = replace(instance, rules={"preset": "weights_coverage", "after_worst": "most_hours"})
    assert vector(hours, many) > vector(hours, even)
