"""What is wrong with a timetable, against readings minute by minute."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules.instance import Slot, Span
from booking.seasons.rules.validity import adoptable, faults, faults_of
from tests.seasons.rules.scenes import hall, instances, same_time, scene, timetables, wish
from tests.thoroughness import examples

SLOT = Slot(1, 10, 0, 960, 1020)


def codes(instance: object, *slots: Slot) -> list[str]:
    return [one.code for one in faults(instance, slots)]  # type: ignore[arg-type]


@given(st.data())
@settings(max_examples=examples(60), deadline=None)
def test_overlaps_and_closed_hours_are_those_found_quarter_by_quarter(data: st.DataObject) -> None:
    instance = data.draw(instances())
    timetable = data.draw(timetables(instance))
    found = faults(instance, timetable)
    overlapping = {frozenset(one.slots) for one in found if one.code == "overlap"}
    naive = {
        frozenset((one, other))
        for one in timetable
        for other in timetable
        if one < other and same_time(one, other) and instance.place[one.place].cells & instance.place[other.place].cells
    }
    assert overlapping == naive
    closed = {one.slots[0] for one in found if one.code == "outside_open"}
    assert closed == {
        slot
        for slot in timetable
        if not all(
            any(
                one.weekday == slot.weekday and one.start <= minute < one.end for one in instance.place[slot.place].open
            )
            for minute in range(slot.start, slot.end, 15)
        )
    }


@given(st.data())
@settings(max_examples=examples(60), deadline=None)
def test_one_slot_looked_at_alone_says_what_the_whole_says_about_it(data: st.DataObject) -> None:
    instance = data.draw(instances())
    timetable = data.draw(timetables(instance))
    whole = faults(instance, timetable)
    for slot in timetable:
        alone = {(one.code, frozenset(one.slots)) for one in faults_of(instance, timetable, slot)}
        assert alone == {(one.code, frozenset(one.slots)) for one in whole if slot in one.slots}


def test_a_good_timetable_has_no_faults() -> None:
    assert codes(scene([wish(1, 1)]), SLOT) == []
    assert adoptable(scene([wish(1, 1)]), (SLOT,))


@pytest.mark.parametrize(
    ("more", "slot", "code"),
    [
        ({}, Slot(9, 10, 0, 960, 1020), "unknown_wish"),
        ({}, Slot(1, 99, 0, 960, 1020), "unknown_place"),
        ({}, Slot(1, 10, 0, 1020, 960), "bad_time"),
        ({}, Slot(1, 10, 0, 930, 990), "outside_open"),
        ({"impossible": (Span(0, 990, 1000),)}, SLOT, "impossible"),
        ({}, Slot(1, 10, 0, 960, 990), "too_short"),
        ({}, Slot(1, 10, 0, 960, 1080), "too_long"),
        ({}, Slot(1, 10, 0, 975, 1035), "off_grid"),
        ({"sessions_min": 2, "sessions_wanted": 2}, SLOT, "too_few_sessions"),
        ({"places": (20,)}, SLOT, "place_not_wished"),
    ],
)
def test_what_is_wrong_with_one_slot(more: dict, slot: Slot, code: str) -> None:
    assert codes(scene([wish(1, 1, **more)], [*hall(10), *hall(20)]), slot) == [code]


def test_rules_of_the_preset_hold_for_hand_made_changes() -> None:
    children = wish(1, 1, age_from=8, age_to=10)
    late = scene([children], hall(10, start=1080, end=1320), rules={"preset": "age_windows"})
    (found,) = faults(late, (Slot(1, 10, 0, 1170, 1230),))
    assert (found.code, found.reason.params["until"], found.severity) == ("outside_window", 1200, "fault")
    whole = scene([wish(1, 1)], hall(10, 2), rules={"preset": "small_town", "whole_from": "19:30"})
    assert codes(whole, SLOT) == ["whole_too_early"]
    few = scene([wish(1, 1, heads=3)], rules={"preset": "small_town"})
    assert codes(few, SLOT) == ["not_eligible"]


def test_caps_count_all_places_together() -> None:
    rules = {
        "preset": "weights_coverage",
        "caps": {"team_minutes_day": 60, "club_minutes_week": 150, "team_days_week": 1},
    }
    both = [wish(1, 1, team="A", places=(10,)), wish(2, 1, team="A", places=(20,)), wish(3, 1, team="B", places=(20,))]
    instance = scene(both, [*hall(10), *hall(20)], rules=rules)
    slots = (SLOT, Slot(2, 20, 0, 1080, 1140), Slot(2, 20, 1, 960, 1020), Slot(3, 20, 0, 960, 1020))
    assert set(codes(instance, *slots)) == {"team_cap_day", "team_cap_days", "club_cap_week", "too_many_sessions"}


def test_a_coach_and_a_team_cannot_be_at_two_places() -> None:
    pair = [wish(1, 1, apart=frozenset({"Kim"})), wish(2, 1, apart=frozenset({"kim "}), places=(20,))]
    instance = scene(pair, [*hall(10), *hall(20)])
    assert codes(instance, SLOT, Slot(2, 20, 0, 990, 1050)) == ["apart"]
    assert codes(instance, SLOT, Slot(2, 20, 0, 1020, 1080)) == []


def test_twice_on_a_day_is_wrong() -> None:
    instance = scene([wish(1, 1, sessions_wanted=2)])
    assert codes(instance, SLOT, Slot(1, 10, 0, 1080, 1140)) == ["same_day"]
