"""The difference between two versions against a naive reference, hour by hour, over random sequences of changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.foundation.intervals import Interval
from booking.works.rules.difference import Hit, Plan, difference, is_new_case
from booking.works.rulesets.engine import IMPACTS, PLANNED
from tests.thoroughness import examples

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def span(first: int, last: int) -> Interval[datetime]:
    return Interval(at(first), at(last))


def plan(first: int, last: int, parties: dict[int, Hit] | None = None, **facts) -> Plan:
    return Plan(at(first), at(last), facts.pop("category", "minor"), parties or {}, **facts)


def hit(*times: tuple[int, int], impact: str = "closed") -> Hit:
    return Hit(tuple(span(*one) for one in times), impact)


# --- the rows of the table, one by one -------------------------------------------------------------------------------

CLUB, CHOIR, SCOUTS = 1, 2, 3
BOTH = {CLUB: hit((10, 20)), CHOIR: hit((30, 40))}


def test_start_earlier_is_told_to_all_and_counts_anew_for_all() -> None:
    found = difference(plan(8, 48, BOTH), plan(4, 48, BOTH), {CLUB, CHOIR})
    assert found.codes == ("start_earlier",)
    assert {one.clock for one in found.parties.values()} == {"restarts"}
    assert found.told() == {CLUB, CHOIR}
    assert not found.parties[CLUB].receipts_stay


def test_start_later_inside_dates_already_announced_goes_on() -> None:
    found = difference(plan(8, 48, BOTH), plan(9, 48, BOTH), {CLUB, CHOIR})
    assert found.codes == ("start_later",)
    assert {one.clock for one in found.parties.values()} == {"goes_on"}
    assert found.told() == {CLUB, CHOIR}
    assert found.parties[CLUB].receipts_stay


def test_a_start_on_new_dates_restarts_for_the_newly_hit_and_releases_the_others() -> None:
    old = plan(8, 48, {CLUB: hit((10, 20)), CHOIR: hit((30, 40))})
    new = plan(28, 68, {CHOIR: hit((30, 40)), SCOUTS: hit((50, 60))})
    found = difference(old, new, {CLUB, CHOIR})
    assert found.parties[CLUB].kind == "release"
    assert found.parties[CLUB].before == old.start
    assert found.parties[CLUB].freed == (span(10, 20),)
    assert (found.parties[CHOIR].kind, found.parties[CHOIR].clock) == ("change", "goes_on")
    assert (found.parties[SCOUTS].kind, found.parties[SCOUTS].clock) == ("notice", "fresh")
    moved = difference(old, plan(28, 68, {CHOIR: hit((30, 40), (50, 60))}), {CLUB, CHOIR})
    assert moved.parties[CHOIR].clock == "restarts"


def test_works_that_last_longer_need_a_notice_of_their_own_for_what_is_added() -> None:
    new = plan(8, 72, {CLUB: hit((10, 20)), CHOIR: hit((30, 40), (50, 60))})
    found = difference(plan(8, 48, BOTH), new, {CLUB, CHOIR})
    assert found.codes == ("end_extended",)
    assert found.told() == {CHOIR}
    assert (found.parties[CHOIR].clock, found.parties[CHOIR].own) == ("goes_on", (span(50, 60),))


def test_an_earlier_end_is_told_to_all_who_were_told_and_frees_what_they_had() -> None:
    new = plan(8, 35, {CLUB: hit((10, 20)), CHOIR: hit((30, 35))})
    found = difference(plan(8, 48, BOTH), new, {CLUB, CHOIR})
    assert found.told() == {CLUB, CHOIR}
    assert found.parties[CHOIR].freed == (span(35, 40),)
    assert difference(plan(8, 48, BOTH), new, set()).told() == set()


def test_a_bigger_area_is_fresh_for_the_new_and_a_smaller_one_spares() -> None:
    small, big = plan(8, 48, {CLUB: BOTH[CLUB]}, targets=frozenset({7})), plan(8, 48, BOTH, targets=frozenset({7, 8}))
    grown = difference(small, big, {CLUB})
    assert grown.codes == ("area_grown", "parties_added")
    assert (grown.told(), grown.parties[CHOIR].clock) == ({CHOIR}, "fresh")
    spared = difference(big, small, {CLUB, CHOIR})
    assert (spared.told(), spared.parties[CHOIR].kind) == ({CHOIR}, "release")
    assert difference(big, small, {CLUB}).told() == set()


def test_a_worse_impact_restarts_and_a_milder_one_goes_on_for_those_it_touches() -> None:
    mild = plan(8, 48, {CLUB: hit((10, 20), impact="partial"), CHOIR: BOTH[CHOIR]})
    worse = difference(mild, plan(8, 48, BOTH), {CLUB, CHOIR})
    assert (worse.told(), worse.parties[CLUB].clock) == ({CLUB}, "restarts")
    better = difference(plan(8, 48, BOTH), mild, {CLUB, CHOIR})
    assert (better.told(), better.parties[CLUB].clock) == ({CLUB}, "goes_on")


def test_another_category_is_told_to_all_and_measured_anew() -> None:
    found = difference(plan(8, 48, BOTH), plan(8, 48, BOTH, category="standard"), {CLUB})
    assert {one.clock for one in found.parties.values()} == {"recomputed"}
    assert found.told() == {CLUB, CHOIR}


@pytest.mark.parametrize("stop", ["cancelled", "postponed"])
def test_what_is_off_is_told_to_everyone_who_was_ever_told(stop) -> None:
    found = difference(plan(8, 48, {CLUB: BOTH[CLUB]}), plan(8, 48, {}, stop=stop), {CLUB, SCOUTS})
    assert found.codes == (stop,)
    assert {party: one.kind for party, one in found.parties.items()} == {CLUB: stop, SCOUTS: stop}


def test_other_words_are_told_to_nobody() -> None:
    found = difference(plan(8, 48, BOTH, words="a"), plan(8, 48, BOTH, words="b"), {CLUB, CHOIR})
    assert (found.codes, found.told()) == (("words",), set())


def test_nothing_changed() -> None:
    assert difference(plan(8, 48, BOTH), plan(8, 48, BOTH), {CLUB}).codes == ()


def test_postponed_by_more_than_a_year_is_a_new_case() -> None:
    assert not is_new_case(BEGIN, BEGIN.replace(year=2027))
    assert is_new_case(BEGIN, BEGIN.replace(year=2027) + timedelta(minutes=1))


# --- against the reference -------------------------------------------------------------------------------------------


def hours_of(times) -> set[int]:
    return {
        number
        for one in times
        for number in range(int((one.start - BEGIN) / timedelta(hours=1)), int((one.end - BEGIN) / timedelta(hours=1)))
    }


def naive(old: Plan, new: Plan, told: set[int]) -> dict[int, tuple]:
    """The table, row by row, in hours and sets: (kind, clock, hours that need their own notice, hours freed)."""
    if new.stop:
        return {party: (new.stop, "ended", set(), set()) for party in told}
    announced = hours_of([Interval(old.start, old.end)])
    answer = {}
    for party in old.parties.keys() | new.parties.keys():
        was = hours_of(old.parties[party].times) if party in old.parties else set()
        will = hours_of(new.parties[party].times) if party in new.parties else set()
        if party not in new.parties:
            answer[party] = ("release" if party in told else "", "ended", set(), was)
            continue
        if party not in old.parties:
            answer[party] = ("notice", "fresh", set(), set())
            continue
        restart, recomputed, goes_on, own = False, False, False, set()
        if new.start < old.start:  # start earlier: all, restarts
            restart = True
        elif new.start > old.start and new.end > old.end:  # new dates: restarts for the newly hit
            restart = bool(will - was - announced)
            goes_on = True
        elif new.start > old.start:  # inside dates already announced
            goes_on = True
        if new.end > old.end and new.start <= old.start:  # end extended: the added span
            own = {hour for hour in will - was if at(hour) >= old.end}
            goes_on |= bool(own)
        if new.end < old.end and party in told:  # end earlier: all who were told
            goes_on = True
        shift = IMPACTS.index(new.parties[party].impact) - IMPACTS.index(old.parties[party].impact)
        restart |= shift > 0
        goes_on |= shift < 0
        recomputed |= new.category != old.category
        goes_on |= bool((will - was) & announced) or (party in told and bool(was - will))
        clock = "restarts" if restart else "recomputed" if recomputed else "goes_on" if goes_on else "unchanged"
        answer[party] = ("" if clock == "unchanged" else "change", clock, set() if restart else own, was - will)
    return answer


@st.composite
def hits(draw, first: int, last: int) -> Hit:
    cuts = sorted(draw(st.sets(st.integers(first, last), min_size=2, max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return hit(*pairs, impact=draw(st.sampled_from(IMPACTS)))


@st.composite
def plans(draw) -> Plan:
    first = draw(st.integers(0, 40))
    last = draw(st.integers(first + 2, 80))
    parties = draw(st.dictionaries(st.integers(1, 5), hits(first, last), max_size=5))
    return plan(
        first,
        last,
        parties,
        category=draw(st.sampled_from(PLANNED)),
        targets=draw(st.frozensets(st.integers(1, 3))),
        words=draw(st.sampled_from("ab")),
        stop=draw(st.sampled_from(["", "", "", "", "cancelled", "postponed"])),
    )


@st.composite
def changed(draw, old: Plan) -> Plan:
    """One thing changed, as a planner does it; or everything at once."""
    first, last = (int((moment - BEGIN) / timedelta(hours=1)) for moment in (old.start, old.end))
    what = draw(st.sampled_from(["start", "end", "move", "impact", "party", "category", "words", "all"]))
    if what == "all":
        return draw(plans())
    if what in ("start", "end", "move"):
        by = draw(st.integers(-8, 8))
        first, last = first + by * (what != "end"), last + by * (what != "start")
        last = max(last, first + 2)
        parties = {}
        for party, one in old.parties.items():
            kept = [(max(x, first), min(y, last)) for x, y in ((min(h), max(h) + 1) for h in [hours_of(one.times)])]
            kept = [(x, y) for x, y in kept if x < y]
            if kept:
                parties[party] = hit(*kept, impact=one.impact)
        if draw(st.booleans()):
            parties[draw(st.integers(1, 5))] = draw(hits(first, last))
        return replace(old, start=at(first), end=at(last), parties=parties)
    if what == "impact":
        worst = draw(st.sampled_from(IMPACTS))
        return replace(old, parties={party: replace(one, impact=worst) for party, one in old.parties.items()})
    if what == "party":
        parties = dict(old.parties)
        parties.pop(draw(st.integers(1, 5)), None)
        parties[draw(st.integers(1, 5))] = draw(hits(first, last))
        return replace(old, parties=parties, targets=draw(st.frozensets(st.integers(1, 3))))
    if what == "category":
        return replace(old, category=draw(st.sampled_from(PLANNED)))
    return replace(old, words=old.words + "x")


@settings(max_examples=examples(200), deadline=None)
@given(st.data())
def test_sequences_of_changes_against_the_reference(data) -> None:
    old = data.draw(plans().filter(lambda one: not one.stop))
    told = data.draw(st.sets(st.sampled_from(sorted(old.parties) or [1]), max_size=5)) & set(old.parties)
    for _step in range(data.draw(st.integers(1, 5))):
        new = data.draw(changed(old))
        found = difference(old, new, told)
        expected = naive(old, new, told)
        assert {
            party: (one.kind, one.clock, hours_of(one.own), hours_of(one.freed)) for party, one in found.parties.items()
        } == expected
        told |= found.told()
        if new.stop:
            return
        old = new


@settings(max_examples=examples(100), deadline=None)
@given(st.data())
def test_whoever_is_hit_on_hours_they_never_heard_of_is_told(data) -> None:
    """What the table is for: after any sequence, no party is hit at a time that nobody has told them of."""
    old = data.draw(plans().filter(lambda one: not one.stop))
    told = set(old.parties)
    heard = {
        party: hours_of(one.times) | hours_of([Interval(old.start, old.end)]) for party, one in old.parties.items()
    }
    for _step in range(data.draw(st.integers(1, 5))):
        new = data.draw(changed(old))
        if new.stop:
            return
        found = difference(old, new, told)
        for party in found.told() & new.parties.keys():
            heard[party] = heard.get(party, set()) | hours_of([Interval(new.start, new.end)])
        told |= found.told()
        for party, one in new.parties.items():
            assert hours_of(one.times) <= heard[party]
        old = new
