"""Rules as data: the presets read, wrong data is told with its place, and each can be explained."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules import presets
from booking.seasons.rules.presets import RulesError
from tests.seasons.rules.scenes import scene, wish
from tests.thoroughness import examples


@pytest.mark.parametrize("name", presets.NAMES)
def test_a_preset_reads_under_its_own_name_and_explains_itself(name: str) -> None:
    rules = presets.load(name)
    assert rules.code == name
    assert presets.explain_rules(rules)
    assert presets.differences(rules, rules) == []


def test_a_preset_can_be_changed_member_by_member() -> None:
    changed = presets.read({"preset": "small_town", "caps": {"team_days_week": 3}})
    assert (changed.caps.team_days_week, changed.caps.team_minutes_day) == (3, None)
    said = dict(presets.differences(presets.load("small_town"), changed))
    assert [one.code for one in said["new"]] == ["rule_cap_team_days_week"]
    assert {one.code for one in said["gone"]} == {"rule_cap_team_days_week", "rule_cap_team_minutes_day"}


@pytest.mark.parametrize("name", presets.NAMES)
def test_what_counts_after_the_worst_off_is_a_choice_that_the_presets_leave_as_it_is(name: str) -> None:
    usual, hours = presets.load(name), presets.read({"preset": name, "after_worst": "most_hours"})
    assert "after_worst" not in presets.preset_data(name)
    assert (usual.after_worst, hours.after_worst) == ("next_worst", "most_hours")
    said = {kind: [one.code for one in some] for kind, some in presets.differences(usual, hours)}
    if usual.order == "coverage":
        assert said == {"gone": ["rule_after_worst_next_worst"], "new": ["rule_after_worst_most_hours"]}
    else:
        assert said == {}


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"windows": [{"bands": ["children"], "weekdays": [0], "to": "25:00"}]}, ("windows", 0, "to"), "not_a_clock"),
        ({"windows": [{"bands": ["ghosts"], "weekdays": [0]}]}, ("windows", 0, "bands"), "not_among"),
        ({"windows": [{"bands": ["children"], "weekdays": [7]}]}, ("windows", 0, "weekdays"), "not_weekdays"),
        (
            {"windows": [{"bands": ["children"], "weekdays": [0], "from": "20:00", "to": "19:00"}]},
            ("windows", 0, "to"),
            "end_before_start",
        ),
        ({"caps": {"team_days_week": "two"}}, ("caps", "team_days_week"), "not_a_number"),
        ({"caps": {"sessions": 2}}, ("caps", "sessions"), "unknown"),
        ({"shares": {"children": {"least": 90, "standard": 60}}}, ("shares", "children", "least"), "above"),
        ({"shares": {}}, ("shares", "children"), "missing"),
        ({"bands": []}, ("bands",), "count"),
        ({"bands": [{"name": "children"}] * 9}, ("bands",), "count"),
        ({"colour": "red"}, ("colour",), "unknown"),
        ({"order": "whim"}, ("order",), "not_among"),
        ({"after_worst": "whim"}, ("after_worst",), "not_among"),
        ({"share_by": "members"}, ("members_per_share",), "missing"),
        ({"gates": [1]}, ("gates",), "not_a_mapping"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, Any], path: tuple[Any, ...], code: str) -> None:
    with pytest.raises(RulesError) as told:
        presets.read({"preset": "small_town", **change})
    assert (path, code) in [(where, why.code) for where, why in told.value.faults]


def test_an_unknown_preset_and_no_mapping_are_refused() -> None:
    for data in ({"preset": "whim"}, ["small_town"], None, "small_town", {}):
        with pytest.raises(RulesError):
            presets.read(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        ("bands", "classes", "shares", "windows", "caps", "gates", "ties", "seed", "whole_from", "order", "after_worst")
    ),
)
@settings(max_examples=examples(60), deadline=None)
def test_no_data_makes_reading_fall_over(value: object, name: str) -> None:
    with suppress(RulesError):
        presets.read({"preset": "age_windows", name: value})


@pytest.mark.parametrize(
    ("low", "high", "band"),
    [(6, 12, "children"), (11, 13, "children"), (13, 15, "youth"), (16, None, "adults"), (6, 60, "adults"),
     (None, 10, "children"), (None, None, "adults"), (19, 20, "youth"), (70, None, "adults")],
)  # fmt: skip
def test_a_wish_belongs_to_the_band_that_has_most_of_its_years(low: int | None, high: int | None, band: str) -> None:
    rules = presets.load("age_windows")
    assert rules.band(wish(1, 1, age_from=low, age_to=high)) == band


def test_classes_are_tried_in_order() -> None:
    rules = presets.load("indoor_first")
    club = scene([wish(1, 1)]).applicants[0]
    assert rules.tier(wish(1, 1, indoor=True), club) == 0
    assert rules.tier(wish(1, 1, age_from=30, age_to=40, indoor=True), club) == 1
    assert rules.tier(wish(1, 1, indoor=False), club) == 2
    assert rules.tier(wish(1, 1, age_from=30, age_to=40, indoor=False, adapted=True), club) == 0
    assert rules.tier(wish(1, 1, age_from=30, age_to=40, indoor=False), club) == 3
