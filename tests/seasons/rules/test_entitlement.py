"""A share comes from the rules: asking for more never makes it larger (decision 040)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules.ages import members_in
from booking.seasons.rules.entitlement import Entitlements, entitlements
from booking.seasons.rules.instance import Applicant, Instance
from booking.seasons.rules.presets import of_instance
from tests.seasons.rules.scenes import instances, scene, wish
from tests.thoroughness import examples

MEMBERS = {"preset": "weights_coverage", "share_by": "members", "members_per_share": 10}


def others(found: Entitlements, organisation: int) -> dict[object, object]:
    return {key: pool for key, pool in found.pools.items() if key[0] != organisation}


@given(st.data())
@settings(max_examples=examples(60), deadline=None)
def test_asking_for_more_never_pays(data: st.DataObject) -> None:
    """More sessions, longer ones, or another wish of the same team: nobody's standard moves, and no claim beyond it."""
    instance = data.draw(instances())
    before = entitlements(instance)
    one = data.draw(st.sampled_from(instance.wishes))
    more = replace(one, sessions_wanted=one.sessions_wanted + 2, minutes_wanted=one.minutes_wanted + 120)
    greedier = replace(instance, wishes=tuple(more if each is one else each for each in instance.wishes))
    twice = replace(instance, wishes=(*instance.wishes, replace(more, key=99, team=one.team or "named")))
    for changed in (greedier, twice if one.team else greedier):
        after = entitlements(changed)
        assert others(after, one.organisation) == others(before, one.organisation)
        for key, pool in after.pools.items():
            assert pool.claim <= pool.standard
            assert (pool.standard, pool.least) == (before.pools[key].standard, before.pools[key].least)


@given(instances())
@settings(max_examples=examples(40), deadline=None)
def test_every_wish_has_a_share_or_a_gate_and_the_sums_are_right(instance: Instance) -> None:
    found = entitlements(instance)
    for one in instance.wishes:
        assert (one.key in found.barred) != (one.key in found.pool_of)
    for organisation, share in found.organisations.items():
        mine = [pool for pool in found.pools.values() if pool.organisation == organisation]
        assert share.claim == sum(pool.claim for pool in mine)
        assert share.claim == sum(each.claim for (org, _tier), each in found.by_tier.items() if org == organisation)


def test_wishes_of_one_team_share_what_a_team_gets() -> None:
    found = entitlements(
        scene([wish(1, 1, team="J13", minutes_wanted=180), wish(2, 1, team=" j13 ", minutes_wanted=180)])
    )
    (pool,) = found.pools.values()
    assert (pool.asked, pool.standard, pool.claim) == (360, 180, 180)


def test_no_more_teams_count_than_there_are_members_for() -> None:
    teams = [wish(key, 1, team=f"J13 {key}", minutes_wanted=180) for key in (1, 2, 3)]
    club = Applicant(1, "Club", members={"youth": 16})
    found = entitlements(scene(teams, applicants=(club,), rules={"preset": "points"}))
    assert found.organisations[1].standard == 2 * 180


def test_members_count_by_the_bands_in_which_organisations_tell_them() -> None:
    """Fourteen years in two bands of the rules: 13-15 has three sevenths of 13-19."""
    teams = [wish(1, 1, age_from=6, age_to=9), wish(2, 1, age_from=14, age_to=15), wish(3, 1, age_from=16, age_to=17)]
    club = Applicant(1, "Club", members={"0-5": 4, "6-12": 26, "13-19": 15, "60+": 8})
    bands = [{"name": "children", "to": 12}, {"name": "younger", "from": 13, "to": 15},
             {"name": "older", "from": 16, "to": 66}, {"name": "old", "from": 67}]  # fmt: skip
    least = {"least": 0, "standard": 60}
    rules = {**MEMBERS, "bands": bands, "shares": {each["name"]: least for each in bands}}
    one = scene(teams, applicants=(club,), rules=rules)
    assert of_instance(one.rules).members(club) == {"children": 30, "younger": 7, "older": 10, "old": 7}
    per = MEMBERS["members_per_share"]
    assert {key[1]: pool.standard for key, pool in entitlements(one).pools.items()} == {
        "children": 60 * 30 // per, "younger": 60 * 7 // per, "older": 60 * 10 // per,
    }  # fmt: skip


def test_members_under_a_name_of_the_rules_are_counted_once() -> None:
    bands = [("6-12", 0, 10), ("older", 11, 99)]
    assert members_in({"6-12": 7, "13-19": 5}, bands) == {"6-12": 7, "older": 5}


def test_members_can_be_what_counts() -> None:
    teams = [wish(1, 1), wish(2, 1), wish(3, 2)]
    clubs = (Applicant(1, "A", members={"youth": 25}), Applicant(2, "B", members={"youth": 50}))
    found = entitlements(scene(teams, applicants=clubs, rules=MEMBERS))
    assert {org: share.standard for org, share in found.organisations.items()} == {1: 450, 2: 900}
    assert found.pool_of[1] == found.pool_of[2]


@pytest.mark.parametrize(
    ("gates", "club", "more", "code"),
    [
        ({"registered": True}, {"registered": False}, {}, "gate_registered"),
        ({"resident": True}, {"resident": False}, {}, "gate_resident"),
        ({"open_membership": True}, {"open_membership": False}, {}, "gate_open_membership"),
        ({"no_own_hall": True}, {"own_hall": True}, {}, "gate_no_own_hall"),
        ({"organised": True}, {}, {"organised": False}, "gate_organised"),
        ({"heads": 5}, {}, {"heads": 4}, "gate_heads"),
    ],
)
def test_a_gate_names_itself(gates: dict, club: dict, more: dict, code: str) -> None:
    rules = {"preset": "small_town", "gates": gates}
    one = scene([wish(1, 1, **more)], applicants=(Applicant(1, "Club", **club),), rules=rules)
    assert entitlements(one).barred[1].code == code
    assert not entitlements(one).pools
