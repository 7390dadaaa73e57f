"""The way of a round as pure rules: steps, dates, holidays, what a wish may say. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.seasons.rules import asking, demand, flow, holidays, typing_hours
from booking.seasons.rules.asking import WishSpec
from booking.seasons.rules.instance import Instance, Place, Span, Wish
from tests.thoroughness import examples

DAY = date(2026, 3, 2)
DATES = flow.Dates(
    opens_on=DAY, closes_on=DAY + timedelta(21), proposals_until=DAY + timedelta(35),
    hearing_until=DAY + timedelta(49), confirm_by=DAY + timedelta(56), adopt_on=DAY + timedelta(60),
    season_start=date(2026, 8, 31), season_end=date(2027, 4, 30),
)  # fmt: skip
READY = flow.Standing(
    "preparing", DATES, places=2, hours=5, officer=True, adopted_by=True, complain_to=True, wishes=3, on_the_table=1,
    heard=True,
)  # fmt: skip


def codes(standing: flow.Standing, to: str, on: date) -> list[str]:
    return [one.code for one in flow.lacking(standing, to, on)]


def test_a_round_opens_when_nothing_is_missing_and_says_all_that_is() -> None:
    assert codes(READY, "open", DAY) == []
    bare = flow.Standing("preparing", DATES, rules_ok=False)
    assert codes(bare, "open", DAY) == ["no_places", "no_officer", "no_adopter", "no_complaints", "rules_wrong"]
    assert codes(replace(READY, hours=0), "open", DAY) == ["no_hours"]
    assert codes(READY, "open", DATES.closes_on + timedelta(1)) == ["closes_in_the_past"]


@pytest.mark.parametrize(
    ("state", "to", "last"),
    [
        ("open", "proposals", "closes_on"),
        ("proposals", "hearing", "proposals_until"),
        ("hearing", "adopted", "hearing_until"),
    ],
)
def test_no_step_comes_before_the_date_that_was_told(state: str, to: str, last: str) -> None:
    standing = replace(READY, state=state)
    day = getattr(DATES, last)
    (early,) = flow.lacking(standing, to, day)
    assert (early.code, early.until) == ("too_early", day + timedelta(1))
    assert flow.lacking(standing, to, day + timedelta(1)) == []


def test_only_the_next_step_can_be_taken() -> None:
    for state in flow.STATES:
        for to in flow.STATES:
            if to != flow.follows(state):
                assert codes(replace(READY, state=state), to, DAY) == ["wrong_state"]


def test_a_hearing_needs_something_to_hear_and_proposals_need_wishes() -> None:
    late = DAY + timedelta(90)
    assert codes(replace(READY, state="open", wishes=0), "proposals", late) == ["no_wishes"]
    assert codes(replace(READY, state="proposals", on_the_table=0), "hearing", late) == ["nothing_on_the_table"]
    assert codes(replace(READY, state="proposals", heard=False), "hearing", late) == ["nothing_to_hear"]


def test_a_step_is_due_from_its_date_on() -> None:
    assert not flow.is_due("open", DATES, DATES.closes_on)
    assert flow.is_due("open", DATES, DATES.closes_on + timedelta(1))
    assert flow.is_due("preparing", DATES, DAY)
    assert flow.is_due("adopted", DATES, DATES.season_start)
    assert not flow.is_due("running", DATES, DATES.season_end)
    assert flow.due_on("ended", DATES) is None


@given(ahead=st.integers(0, 500), length=st.integers(0, 400))
@settings(max_examples=examples(200))
def test_suggested_dates_are_in_order_however_near_the_season_is(ahead: int, length: int) -> None:
    start = DAY + timedelta(ahead)
    dates = flow.defaults(start, start + timedelta(length), DAY)
    assert flow.out_of_order(dates) == []
    assert dates.opens_on >= DAY
    assert dates.closes_on > dates.opens_on


def test_dates_of_what_has_happened_stand() -> None:
    assert flow.past_dates("preparing") == ()
    assert flow.past_dates("proposals") == ("opens_on", "closes_on")
    assert "adopt_on" in flow.past_dates("adopted")
    assert "season_end" not in flow.past_dates("adopted")


def test_school_holidays_are_suggested_for_the_season() -> None:
    found = {one.kind: (one.start, one.end) for one in holidays.suggested(date(2026, 8, 31), date(2027, 4, 30))}
    assert found["autumn"] == (date(2026, 9, 28), date(2026, 10, 4))
    assert found["christmas"] == (date(2026, 12, 22), date(2027, 1, 2))
    assert found["winter"] == (date(2027, 2, 22), date(2027, 2, 28))
    assert found["easter"] == (date(2027, 3, 20), date(2027, 3, 29))  # Easter Sunday 2027 is 28 March
    assert len(holidays.suggested(date(2026, 8, 31), date(2027, 4, 30))) == 4


@given(start=st.dates(date(2000, 1, 1), date(2090, 1, 1)), length=st.integers(0, 700))
@settings(max_examples=examples(100))
def test_holidays_lie_inside_the_season(start: date, length: int) -> None:
    end = start + timedelta(length)
    assert all(start <= one.start <= one.end <= end for one in holidays.suggested(start, end))


# --- wishes -----------------------------------------------------------------------------------------------------------

FINE = WishSpec(team="J13", heads=15, places=(1,), best=((0, 1020, 1080),))


def faults(spec: WishSpec) -> set[tuple[str, str]]:
    return {(one.field, one.code) for one in asking.wrong(spec, offered=[1, 2], grid=30)}


def test_a_plain_wish_is_fine_and_every_fault_is_named_at_once() -> None:
    assert faults(FINE) == set()
    bad = WishSpec(
        team="", heads=0, age_from=12, age_to=10, sessions_min=3, sessions_wanted=2, minutes_min=45,
        minutes_wanted=45, places=(1, 9), best=((7, 0, 60),), apart=("x" * 41,),
    )  # fmt: skip
    assert faults(bad) == {
        ("team", "required"), ("heads", "out_of_range"), ("age_to", "older_first"),
        ("sessions_wanted", "less_than_least"), ("minutes_min", "off_grid"), ("minutes_wanted", "off_grid"),
        ("places", "not_offered"), ("best", "no_time"), ("apart", "too_long"),
    }  # fmt: skip


def test_an_hour_is_not_best_and_impossible_at_once() -> None:
    assert faults(replace(FINE, impossible=((0, 1050, 1200),))) == {("impossible", "best_and_impossible")}
    assert faults(replace(FINE, impossible=((0, 1080, 1200),))) == set()


def test_times_that_touch_are_one() -> None:
    assert asking.tidy_times([(1, 1080, 1140), (1, 1020, 1080), (2, 1020, 1080)]) == ((1, 1020, 1140), (2, 1020, 1080))


@pytest.mark.parametrize("team", ["Kari Nordmann", "Ola Lars Hansen", "Anne-Lise Dahl"])
def test_a_name_is_asked_about(team: str) -> None:
    assert asking.looks_like_a_person(team)


@pytest.mark.parametrize(
    "team", ["J13", "Gutter 12", "Trim for voksne", "Old Boys", "Lag 1", "Håndball jenter", "Turn", "G 2014"]
)
def test_a_team_is_not(team: str) -> None:
    assert not asking.looks_like_a_person(team)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("16-22", [(960, 1320)]), ("08:00–10:00, 16.30-24", [(480, 600), (990, 1440)]), ("", []), (" ; ", [])],
)
def test_hours_are_read_as_people_type_them(text: str, hours: list[tuple[int, int]]) -> None:
    assert typing_hours.read(text) == hours
    assert typing_hours.read(typing_hours.show(hours)) == hours


@pytest.mark.parametrize("text", ["16", "22-16", "16-25", "ab-cd", "16:99-18", "-"])
def test_other_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        typing_hours.read(text)


def test_demand_counts_teams_against_the_room_there_is() -> None:
    week = tuple(Span(day, 960, 1320) for day in range(5))
    places = (
        Place(1, "Hall", 1, frozenset({1, 2}), week), Place(2, "A", 1, frozenset({1}), week),
        Place(3, "B", 1, frozenset({2}), week), Place(4, "Gym", 4, frozenset({3}), week[:1]),
    )  # fmt: skip
    best = (Span(0, 1020, 1110),)
    wishes = tuple(
        Wish(key=n, organisation=1, team=str(n), places=(1,), best=best, impossible=(Span(1, 0, 1440),))
        for n in range(5)
    )
    grid = demand.grid(Instance(places, (), wishes))
    cells = {(cell.weekday, cell.start): cell for _period, row in grid.rows for cell in row}
    assert (cells[0, 1020].best, cells[0, 1020].room, cells[0, 1020].level) == (5, 3, 3)
    assert cells[0, 1080].best == 5
    assert cells[0, 1140].best == 0
    assert (cells[1, 1020].room, cells[1, 1020].can) == (2, 0)
    assert demand.grid(Instance(places, (), wishes), hall=4).teams == 0


def test_adoption_waits_for_answers_that_can_still_come() -> None:
    standing = flow.Standing(state="hearing", dates=DATES, silent=2)
    day = DATES.confirm_by
    assert [(one.code, one.until) for one in flow.lacking(standing, "adopted", day)] == [
        ("not_all_answered", day + timedelta(days=1))
    ]
    assert flow.lacking(standing, "adopted", day + timedelta(days=1)) == []
    assert flow.lacking(replace(standing, silent=0), "adopted", day) == []
