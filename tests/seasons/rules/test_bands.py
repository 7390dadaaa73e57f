"""Every age is in one band: gaps and overlaps are told with both names, at the older band's field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.seasons.rules import presets
from booking.seasons.rules.instance import Wish
from booking.seasons.rules.presets import OLDEST, RulesError, check_bands
from booking.seasons.wording import read_text, reason_text

Faults = list[tuple[tuple[str | int, ...], Any]]


def rules_with(*bands: dict[str, Any], **members: Any) -> presets.Rules:
    data = presets.preset_data("lottery") | {
        "bands": list(bands), "shares": {one["name"]: {"least": 60, "standard": 120} for one in bands}, **members,
    }  # fmt: skip
    return presets.read(data)


def faults(*bands: dict[str, Any]) -> Faults:
    try:
        check_bands(rules_with(*bands))
    except RulesError as error:
        return error.faults
    return []


@pytest.mark.parametrize("name", presets.NAMES)
def test_every_ready_made_set_holds_every_age_once(name: str) -> None:
    check_bands(presets.load(name))


def test_a_gap_and_an_overlap_name_both_bands() -> None:
    found = faults(
        {"name": "children", "to": 12}, {"name": "u_skole", "title": "Ungdomsskole", "from": 13, "to": 15},
        {"name": "adults", "from": 18},
    )  # fmt: skip
    assert [(path, why.code, why.params) for path, why in found] == [
        (("bands", 2, "from"), "bands_gap",
         {"band": "Ungdomsskole", "next_band": "adults", "age_from": 16, "age_to": 17}),
    ]  # fmt: skip
    assert "Ungdomsskole" in read_text(found[0][1])
    assert "16" in read_text(found[0][1])
    found = faults({"name": "children", "to": 13}, {"name": "adults", "from": 13})
    assert [(path, why.code) for path, why in found] == [(("bands", 1, "from"), "bands_overlap")]
    assert "13 til 13" not in read_text(found[0][1])


def test_the_first_age_and_the_last_belong_to_somebody() -> None:
    found = faults({"name": "youth", "from": 6, "to": 66})
    assert [(path, why.code) for path, why in found] == [
        (("bands", 0, "from"), "bands_start"), (("bands", 0, "to"), "bands_end"),
    ]  # fmt: skip


def test_two_bands_are_not_called_the_same() -> None:
    found = faults({"name": "children", "title": "Unge", "to": 12}, {"name": "youth", "title": "unge", "from": 13})
    assert [(path, why.code) for path, why in found] == [(("bands", 1, "title"), "twice")]


BANDS = st.lists(
    st.tuples(st.integers(0, OLDEST), st.integers(0, OLDEST)).map(sorted).map(tuple), min_size=1, max_size=8
)


@given(BANDS)
def test_as_one_who_counts_every_age(years: list[tuple[int, int]]) -> None:
    """An oracle that is obviously right: how many bands each age is in."""
    found = faults(*({"name": f"band_{at}", "from": low, "to": high} for at, (low, high) in enumerate(years)))
    counts = [sum(low <= age <= high for low, high in years) for age in range(OLDEST + 1)]
    assert bool(found) == any(n != 1 for n in counts)
    told: set[int] = set()
    for _path, why in found:
        told |= set(range(why.params["age_from"], why.params["age_to"] + 1))
    assert {age for age, n in enumerate(counts) if n == 0} <= told
    assert {age for age, n in enumerate(counts) if n > 1} <= told
    assert all(counts[age] != 1 for age in told)


def test_rules_that_stand_are_read_whatever_they_leave_out() -> None:
    rules_with({"name": "children", "to": 12}, {"name": "adults", "from": 20})  # as rounds before could have it


def test_sentences_say_the_municipality_s_own_words() -> None:
    rules = rules_with(
        {"name": "small", "title": "Minsten", "to": 5}, {"name": "rest", "from": 6},
        windows=[{"bands": ["small"], "weekdays": [0], "to": "18:00"}],
    )  # fmt: skip
    said = [reason_text(one) for one in presets.explain_rules(rules)]
    assert sum("Minsten" in one for one in said) == 2  # what it can count on, and its hours
    assert not any("small" in one for one in said)
    wish = Wish(key=1, organisation=1, team="A", age_from=4, age_to=5)
    assert rules.band(wish) == "small"
    assert (rules.called("small"), rules.called("rest")) == ("Minsten", "rest")
