"""The solver's draft: fairer than the greedy one, locks kept, the same each time, cancelled and taken up again."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules import greedy, solver
from booking.seasons.rules.board import Board
from booking.seasons.rules.entitlement import entitlements
from booking.seasons.rules.ground import ground_of
from booking.seasons.rules.instance import Instance, Slot, Timetable
from booking.seasons.rules.measures import STEP, measure, vector
from booking.seasons.rules.solver import Budget, Progress, draft, drafting, model, neighbourhood
from booking.seasons.rules.solver.bound import Relaxed
from booking.seasons.rules.solver.goal import Goal
from booking.seasons.rules.validity import faults
from booking.seasons.rules.why import reasons
from tests.seasons.rules.scenes import hall, instances, scene, timetables, wish
from tests.thoroughness import examples

SMALL = Budget(1.0)
FAIR = tuple(name for name in ("small_town", "age_windows", "points", "weights_coverage", "indoor_first"))


def crowded(clubs: int = 4, seed: int = 0) -> Instance:
    """More than there is room for: the greedy way leaves somebody badly off."""
    wishes = [
        wish(key, 1 + key % clubs, (10,) if key % 3 else (10, 20), minutes_wanted=90, sessions_wanted=2)
        for key in range(1, 3 * clubs)
    ]
    return scene(wishes, [*hall(10, 2, days=(0, 1, 2)), *hall(20, days=(0, 1))], seed=seed)


@given(st.data())
@settings(max_examples=examples(12), deadline=None)
def test_a_draft_is_no_worse_than_the_greedy_one_and_has_no_faults(data: st.DataObject) -> None:
    instance = data.draw(instances(presets=FAIR))
    found = draft(instance, budget=SMALL)
    assert found.method == "solver"
    assert found.complete
    assert faults(instance, found.timetable) == []
    assert vector(instance, found.timetable)[:-3] >= vector(instance, greedy.fair(instance))[:-3]
    if found.bound is not None and found.levels:
        assert found.levels[0] <= found.bound


@given(st.data())
@settings(max_examples=examples(8), deadline=None)
def test_locked_slots_stay(data: st.DataObject) -> None:
    instance = data.draw(instances(presets=FAIR))
    start = data.draw(timetables(instance, most=3, locks=True))
    found = draft(instance, start=start, budget=SMALL)
    locked = {one for one in start if one.locked}
    assert locked <= set(found.timetable)
    assert all(set(one.slots) & locked for one in faults(instance, found.timetable) if one.prevents)


def test_the_same_input_and_seed_give_the_same_timetable() -> None:
    first, second = draft(crowded(), budget=SMALL), draft(crowded(), budget=SMALL)
    assert first == second
    assert first.seed == 0


def test_it_can_be_cancelled_and_taken_up_again() -> None:
    told: list[Progress] = []

    def stop(progress: Progress) -> bool:
        told.append(progress)
        return len(told) < 3

    instance = crowded()
    cut = draft(instance, budget=Budget(20), progress=stop)
    assert not cut.complete
    assert len(told) == 3
    assert faults(instance, cut.timetable) == []
    again = draft(instance, start=told[-1].timetable, budget=SMALL)
    assert again.complete
    assert vector(instance, again.timetable) >= vector(instance, told[-1].timetable)
    vectors = [vector(instance, one.timetable) for one in told]
    assert vectors == sorted(vectors)


def test_without_the_solver_package_the_greedy_draft_is_the_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "find_spec", lambda _name: None)
    assert not solver.available()
    found = draft(crowded())
    assert (found.method, found.bound, found.complete) == ("greedy", None, True)
    assert found.timetable == greedy.fill(crowded(), greedy.fair(crowded()))


@pytest.mark.parametrize("preset", ["first_come", "lottery"])
def test_rules_that_serve_in_an_order_are_served_in_that_order(preset: str) -> None:
    instance = replace(crowded(), rules={"preset": preset})
    found = draft(instance)
    assert (found.method, found.bound) == ("order", None)
    assert found.timetable == greedy.fill(instance, greedy.in_order(instance))


# --- instances solved to proof: every timetable tried ---------------------------------------------------------------


def all_timetables(instance: Instance) -> list[Timetable]:
    """Every timetable of a very small round that has no faults."""
    ground = ground_of(instance)
    per_wish: list[list[Timetable]] = []
    for one in instance.wishes:
        slots = [ground.slot(one.key, option) for option in ground.options(one)]
        ways: list[Timetable] = [()]
        for count in range(one.sessions_min, one.sessions_wanted + 1):
            ways += [some for some in combinations(slots, count) if len({slot.weekday for slot in some}) == count]
        per_wish.append(ways)
    found: list[Timetable] = [()]
    for ways in per_wish:
        found = [
            tuple(sorted((*so_far, *way)))
            for so_far in found
            for way in ways
            if not any(
                one.span.meets(other.span) and instance.place[one.place].cells & instance.place[other.place].cells
                for one in so_far
                for other in way
            )
        ]
    return [one for one in found if not any(fault.prevents for fault in faults(instance, one))]


def tiny(asked: tuple[int, ...], *, twice: int | None = None) -> Instance:
    """Clubs 1, 2, ... with a team each in one hall that is open for two hours on two days."""
    wishes = [wish(key, key, team="A", minutes_wanted=minutes) for key, minutes in enumerate(asked, 1)]
    if twice is not None:
        wishes.append(replace(wishes[twice - 1], key=9, received=9))
    return scene(wishes, hall(10, days=(0, 1), end=1080), grid=60)


def worst_level(instance: Instance, timetable: Timetable) -> int:
    """Of everybody, in the steps that the rules compare."""
    return min(one.percent // STEP for one in measure(instance, timetable).organisations.values())


ASKED = st.lists(st.sampled_from((60, 120)), min_size=2, max_size=3).map(tuple)


@given(ASKED)
@settings(max_examples=examples(8), deadline=None)
def test_a_small_round_is_solved_to_proof(asked: tuple[int, ...]) -> None:
    instance = tiny(asked)
    best = max(all_timetables(instance), key=lambda one: vector(instance, one))
    found = draft(instance, budget=SMALL)
    assert worst_level(instance, found.timetable) == worst_level(instance, best)
    assert vector(instance, found.timetable)[:2] == vector(instance, best)[:2]
    bound = Relaxed(ground_of(instance)).targets(0, {})
    assert min(bound.values()) * 100 + 1e-6 >= measure(instance, best).worst_percent


@given(ASKED, st.integers(1, 3))
@settings(max_examples=examples(8), deadline=None)
def test_a_wish_that_is_not_needed_never_lowers_the_worst_case(asked: tuple[int, ...], club: int) -> None:
    """Another wish of the same team: no club's claim moves, and what the best timetable gives the worst-off neither."""
    club = min(club, len(asked))
    before, after = tiny(asked), tiny(asked, twice=club)
    claims = {org: share.claim for org, share in entitlements(before).organisations.items() if org != club}
    assert claims == {org: share.claim for org, share in entitlements(after).organisations.items() if org != club}
    if entitlements(after).organisations[club].claim != entitlements(before).organisations[club].claim:
        return  # The team could claim more than it had asked for: that wish is needed.
    honest = max(all_timetables(before), key=lambda one: vector(before, one))
    found = draft(after, budget=SMALL)
    assert worst_level(after, found.timetable) >= worst_level(before, honest)


@given(ASKED, st.sampled_from(("next_worst", "most_hours")))
@settings(max_examples=examples(8), deadline=None)
def test_no_timetable_has_more_hours_than_the_programme_says(asked: tuple[int, ...], after_worst: str) -> None:
    """The bound on hours, for everybody's level and everybody's minimum, beside the best of all timetables."""
    instance = tiny(asked)
    instance = replace(instance, rules={**instance.rules, "after_worst": after_worst})
    best = max(all_timetables(instance), key=lambda one: vector(instance, one))
    figures, relaxed = measure(instance, best), Relaxed(ground_of(instance))
    pools = entitlements(instance).pools
    needs = relaxed.needs(dict.fromkeys(relaxed.rows, worst_level(instance, best)))
    assert needs is not None
    teams = {key: min(pools[key].least_claim, figures.pools[key].counted) for key in relaxed.counted}
    most = relaxed.most(needs, teams=teams)
    assert most is not None
    assert figures.whole.counted <= most <= (relaxed.most({}) or 0)
    found = draft(instance, budget=SMALL)
    if after_worst == "most_hours":
        assert measure(instance, found.timetable).whole.counted == figures.whole.counted


@given(st.data())
@settings(max_examples=examples(15), deadline=None)
def test_no_draft_is_better_than_its_bounds(data: st.DataObject) -> None:
    instance = data.draw(instances(presets=FAIR, caps=False))
    timetable = greedy.fill(instance, greedy.fair(instance))
    figures, relaxed = measure(instance, timetable), Relaxed(ground_of(instance))
    for tier in {row[1] for row in relaxed.rows}:
        assert relaxed.bound(tier, {}, relaxed.targets(tier, {})) >= figures.tier_worst(tier)
    levels = {row: figures.by_tier[row].percent // STEP for row in relaxed.rows}
    needs = relaxed.needs(levels)
    assert needs is not None
    assert (relaxed.most(needs) or 0) >= figures.whole.counted
    assert relaxed.most(needs, teams={key: figures.pools[key].counted for key in relaxed.counted}) is not None


def test_courts_that_nothing_tells_apart_are_one_place_until_the_slots_are_laid() -> None:
    instance = crowded()
    thirds = replace(
        instance,
        wishes=tuple(replace(one, places=(11, 12)) if 10 in one.places else one for one in instance.wishes),
    )
    assert ground_of(thirds).alike == {11: (11, 12), 12: (11, 12)}
    picky = replace(thirds, wishes=(replace(thirds.wishes[0], places=(11,)), *thirds.wishes[1:]))
    assert ground_of(picky).alike == {}
    found = draft(thirds, budget=Budget(3))
    assert faults(thirds, found.timetable) == []
    kept = replace(found.timetable[0], locked=True)
    again = draft(thirds, start=(kept,), budget=SMALL)
    assert kept in again.timetable
    assert faults(thirds, again.timetable) == []


def test_a_weekday_laid_open_leaves_the_others_as_they_are() -> None:
    instance = crowded()
    every = [one.key for one in instance.wishes]
    ground = ground_of(instance)
    empty = model.solve(Board(ground, ()), Goal(ground, 0, 0, floors={}), every, seed=1, units=2, weekday=1)
    assert empty is not None
    assert {one.weekday for one in empty.slots} == {1}
    start = greedy.fair(instance)
    found = model.solve(Board(ground, start), Goal(ground, 0, 0, floors={}), every, seed=1, units=2, weekday=0)
    assert found is not None
    elsewhere = {(one.wish, one.weekday, one.start, one.end) for one in found.slots if one.weekday != 0}
    assert elsewhere <= {(one.wish, one.weekday, one.start, one.end) for one in start}


def test_a_whole_hall_gives_up_time_for_which_others_have_more_on_each_part() -> None:
    """No minute is left over, and nobody's hours grow unless all three sessions move at once."""
    longer = {"minutes_wanted": 120}
    wishes = [wish(1, 1, (10,), **longer), wish(2, 2, (11,), **longer), wish(3, 3, (12,), **longer)]
    instance = scene(wishes, hall(10, 2, days=(0,), end=1140))
    start = (Slot(1, 10, 0, 960, 1080), Slot(2, 11, 0, 1080, 1140), Slot(3, 12, 0, 1080, 1140))
    ground = ground_of(instance)
    board = Board(ground, start)
    some, day = neighbourhood.on_a_day(board, Random(1))
    assert (some, day) == ([1, 2, 3], 0)
    found = model.solve(board, Goal(ground, 0, 0, floors={}), some, seed=1, units=2, weekday=day)
    assert found is not None
    assert {one.wish: one.minutes for one in found.slots} == {1: 60, 2: 120, 3: 120}


def test_of_a_city_a_day_is_laid_open_around_one_hall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbourhood, "_DAY_SIZE", 4)
    near = [wish(key, key, (10, 20)) for key in (1, 2, 3)]
    far = [wish(key, key, (30,)) for key in (4, 5, 6)]
    board = Board(ground_of(scene(near + far, [*hall(10), *hall(20), *hall(30)])), ())
    found = {tuple(neighbourhood.on_a_day(board, Random(seed))[0]) for seed in range(20)}
    assert found == {(1, 2, 3), (4, 5, 6)}
    nobody = Board(ground_of(scene([], hall(10))), ())
    assert neighbourhood.on_a_day(nobody, Random(1)) == ([], 0)


def test_asking_for_more_than_the_rules_give_changes_nobody_elses_worst_case() -> None:
    modest, greedy_one = crowded(), crowded()
    greedy_one = replace(
        modest,
        wishes=tuple(replace(one, sessions_wanted=3) if one.organisation == 2 else one for one in modest.wishes),
    )
    first, second = draft(modest, budget=Budget(2)), draft(greedy_one, budget=Budget(2))
    assert second.bound == first.bound
    assert second.levels[0] // STEP >= first.levels[0] // STEP


def test_an_adult_never_displaces_a_child_in_the_draft() -> None:
    wishes = [wish(1, 1, age_from=30, age_to=40, received=1), wish(2, 2, age_from=8, age_to=10, received=2)]
    rules = {"preset": "small_town", "club_least": 0}
    instance = scene(wishes, hall(10, days=(0,), end=1020), rules=rules)
    assert draft(instance, budget=SMALL).timetable == (Slot(2, 10, 0, 960, 1020),)


@pytest.mark.parametrize(
    "instance",
    [
        Instance((), (), ()),
        scene([wish(1, 1, places=())]),
        scene([wish(1, 1, places=(99,))]),
        scene([wish(1, 9)], applicants=()),
        scene([wish(1, 1, minutes_min=0, minutes_wanted=0), wish(2, 1)]),
        scene([wish(1, 1, sessions_min=2, sessions_wanted=1)], hall(10, days=(0,))),
        scene([wish(1, 1, minutes_min=90)], rules={"preset": "small_town", "caps": {"team_minutes_day": 60}}),
    ],
    ids=["empty", "no places", "unknown place", "unknown club", "nothing asked", "min above wanted", "cap below min"],
)
def test_an_odd_round_is_drafted_and_explained_all_the_same(instance: Instance) -> None:
    found = draft(instance, budget=SMALL)
    assert not any(one.prevents for one in faults(instance, found.timetable))
    assert set(reasons(instance, found.timetable)) == set(instance.wish)
