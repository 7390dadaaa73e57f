"""The rule engine: the table of notice-rules.md, its golden examples, and what must hold whatever is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.foundation.clock import wall
from booking.foundation.intervals import Interval
from booking.foundation.workdays import HolidayDataMissing
from booking.works.rulesets import engine, reading
from booking.works.rulesets.engine import Requirement, required
from tests.thoroughness import examples

OSLO = ZoneInfo("Europe/Oslo")
FULL, SMALL = reading.preset("full"), reading.preset("small_town")
NORWAY = engine.calendar_of(FULL, country="NO", extra_days=(), tz=OSLO)
CHRISTMAS = engine.calendar_of(FULL, country="NO", extra_days=["12-24", "12-31"], tz=OSLO)

#: notice-rules.md "Rules are data": forward plan, consultation, calendar, working, reminders, direct, others.
TABLE = {
    "permanent": (180, 42, 56, 40, (28, 14, 7, 2), 100, 75),
    "major": (84, 21, 28, 20, (14, 7, 2), 100, 75),
    "standard": (0, 14, 14, 10, (7, 2), 100, 50),
    "minor": (0, 0, 7, 5, (2,), 100, 0),
    "short": (0, 0, 4, 3, (1,), 0, 0),
    "urgent": (0, 0, 0, 0, (), 0, 0),
    "emergency": (0, 0, 0, 0, (), 0, 0),
}


def figures(need: Requirement) -> tuple:
    return (
        need.forward_plan_days,
        need.consultation_days,
        need.calendar_days,
        need.working_days,
        need.reminders,
        need.acknowledged_direct,
        need.acknowledged_others,
    )


@pytest.mark.parametrize("category", TABLE)
@pytest.mark.parametrize("impact", ["partial", "closed"])
def test_the_table_of_the_preset_full(category: str, impact: str) -> None:
    need = required(FULL, category, impact)
    assert (need.category, figures(need), need.unknown) == (category, TABLE[category], ())


def test_the_small_town_folds_the_table_into_the_stricter_figures() -> None:
    assert {name: figures(required(SMALL, name, "closed")) for name in engine.CATEGORIES} == TABLE | {
        "minor": TABLE["standard"],
        "major": TABLE["permanent"],
    }
    assert required(SMALL, "minor", "closed").ladder == ("email", "sms", "phone")
    assert "poster" in required(SMALL, "standard", "closed").ladder


@pytest.mark.parametrize("rules", [FULL, SMALL])
def test_urgent_and_emergency_are_counted_in_hours(rules) -> None:
    urgent, emergency = required(rules, "urgent", "closed"), required(rules, "emergency", "closed")
    assert (urgent.hours_before, urgent.hours_after, urgent.phone) == (2, None, True)
    assert (emergency.hours_before, emergency.hours_after, emergency.report_working_days) == (None, 2, 2)


@pytest.mark.parametrize(
    ("category", "impact", "uses", "moved", "days"),
    [
        ("standard", "access_limited", [], "minor", (7, 5)),
        ("short", "access_limited", [], "short", (4, 3)),
        ("permanent", "access_limited", [], "major", (28, 20)),
        ("short", "permanent", [], "permanent", (56, 40)),
        ("standard", "nuisance", [], "standard", (0, 5)),
        ("minor", "closed", ["public_event"], "minor", (21, 5)),
        ("short", "closed", ["exclusive_agreement"], "standard", (14, 10)),
        ("major", "closed", ["exclusive_agreement"], "major", (28, 20)),
        ("standard", "access_limited", ["exclusive_agreement"], "standard", (14, 10)),
        ("minor", "closed", ["stored_equipment"], "minor", (14, 5)),
        # Not 14 and 7 more, but the stricter: 14.
        ("minor", "closed", ["stored_equipment", "public_event", "youth"], "minor", (21, 5)),
        ("urgent", "closed", ["public_event", "exclusive_agreement"], "urgent", (0, 0)),
        ("emergency", "permanent", ["public_event"], "emergency", (0, 0)),
        ("minor", "closed", ["booking", "allocation", "agreement"], "minor", (7, 5)),
    ],
)
def test_what_impact_and_kind_of_use_change(category, impact, uses, moved, days) -> None:
    need = required(FULL, category, impact, uses)
    assert (need.category, (need.calendar_days, need.working_days)) == (moved, days)


def test_the_other_things_that_a_kind_of_use_changes() -> None:
    assert required(FULL, "minor", "closed", ["stored_equipment"]).phone
    assert not required(FULL, "minor", "closed", ["booking"]).phone
    assert required(FULL, "minor", "closed", ["youth"]).steps_earlier == 1
    assert required(FULL, "minor", "nuisance").inform_only
    assert not required(FULL, "minor", "closed").inform_only


def test_of_what_nobody_feels_nobody_is_told() -> None:
    need = required(FULL, "major", "none", ["public_event"])
    assert not need.told
    assert engine.latest_notice(date(2026, 6, 1), need, NORWAY) is None
    assert engine.in_time(datetime(2026, 6, 1, tzinfo=UTC), date(2026, 6, 1), need, NORWAY)


def test_what_the_rules_do_not_know_takes_the_strictest_row_and_is_named() -> None:
    need = required(FULL, "huge", "flooded", ["picnic"])
    assert (need.category, need.calendar_days, need.working_days) == ("permanent", 70, 40)
    assert (need.phone, need.steps_earlier) == (True, 1)
    assert need.unknown == ("huge", "flooded", "picnic")


categories = st.sampled_from(engine.CATEGORIES)
planned = st.sampled_from(engine.PLANNED)
impacts = st.sampled_from(engine.IMPACTS)
use_sets = st.frozensets(st.sampled_from(engine.USES))
presets = st.sampled_from([FULL, SMALL])


def no_less(one: Requirement, other: Requirement) -> bool:
    """Figure by figure, written apart from the engine's own comparison."""
    if not one.told:
        return not other.told
    if not other.told:
        return True
    return (
        one.calendar_days >= other.calendar_days
        and one.working_days >= other.working_days
        and one.consultation_days >= other.consultation_days
        and one.forward_plan_days >= other.forward_plan_days
        and set(one.reminders) >= set(other.reminders)
        and one.acknowledged_direct >= other.acknowledged_direct
        and one.acknowledged_others >= other.acknowledged_others
        and one.phone >= other.phone
        and one.inform_only <= other.inform_only
        and set(one.ladder) >= set(other.ladder)
        and one.steps_earlier >= other.steps_earlier
    )


@settings(max_examples=examples(200))
@given(presets, categories, impacts, use_sets, use_sets)
def test_more_kinds_of_use_never_mean_less(rules, category, impact, some, more) -> None:
    assert no_less(required(rules, category, impact, some | more), required(rules, category, impact, some))


@settings(max_examples=examples(200))
@given(presets, planned, impacts, use_sets)
def test_what_is_unknown_is_never_less_than_what_is_known(rules, category, impact, uses) -> None:
    known = required(rules, category, impact, uses)
    assert no_less(required(rules, "?", impact, uses), known)
    assert no_less(required(rules, category, "?", uses), known)
    assert no_less(required(rules, category, impact, {*uses, "?"}), known)


@settings(max_examples=examples(100))
@given(presets, categories, impacts, use_sets)
def test_the_small_town_never_tells_people_less(rules, category, impact, uses) -> None:
    """Steps of the ladder apart, which the small town keeps as they are."""
    assert no_less(required(SMALL, category, impact, uses), required(FULL, category, impact, uses))


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(planned, impacts), min_size=3, max_size=3))
def test_the_strictest_of_several_is_the_same_in_any_order(cells) -> None:
    a, b, c = (required(FULL, *cell) for cell in cells)
    strictest = engine.strictest
    assert strictest(a, a) == a
    if a.told and b.told and c.told:
        assert strictest(a, b) == strictest(b, a)
        assert strictest(strictest(a, b), c) == strictest(a, strictest(b, c))
    assert no_less(strictest(a, b), a)
    assert no_less(strictest(a, b), b)
    assert engine.at_least_as_strict(a, b) == no_less(a, b) or a.told != b.told


# --- when ------------------------------------------------------------------------------------------------------------

GOLDEN = [
    (NORWAY, date(2026, 4, 13), "standard", date(2026, 3, 24)),
    (NORWAY, date(2026, 4, 7), "minor", date(2026, 3, 25)),
    (NORWAY, date(2026, 6, 1), "standard", date(2026, 5, 13)),
    (CHRISTMAS, date(2027, 1, 4), "standard", date(2026, 12, 14)),
]


@pytest.mark.parametrize(("calendar", "start", "category", "latest"), GOLDEN)
def test_the_golden_examples(calendar, start, category, latest) -> None:
    need = required(FULL, category, "closed")
    assert engine.latest_notice(start, need, calendar) == wall(latest, time(16), OSLO)
    assert engine.latest_notice(wall(start, time(7), OSLO), need, calendar) == wall(latest, time(16), OSLO)
    assert engine.in_time(wall(latest, time(16), OSLO), start, need, calendar)
    assert not engine.in_time(wall(latest, time(16, 1), OSLO), start, need, calendar)


def test_the_days_off_that_were_counted_with_are_told() -> None:
    found = engine.deadline(date(2026, 6, 1), required(FULL, "standard", "closed"), NORWAY)
    assert [day for day, _name in found.days_off] == [
        date(2026, 5, 14), date(2026, 5, 17), date(2026, 5, 24), date(2026, 5, 25),
    ]  # fmt: skip
    assert found.days_off[1][1] == "Grunnlovsdag"


def test_a_message_on_a_day_off_counts_from_the_next_working_day() -> None:
    need = required(FULL, "minor", "closed")
    # Good Friday, and Easter eve: both count as Tuesday after Easter.
    for day in (date(2026, 4, 3), date(2026, 4, 4)):
        assert NORWAY.given_day(wall(day, time(10), OSLO)) == date(2026, 4, 7)
        assert not engine.in_time(wall(day, time(10), OSLO), date(2026, 4, 14), need, NORWAY)
        assert engine.in_time(wall(day, time(10), OSLO), date(2026, 4, 15), need, NORWAY)


def test_quiet_weeks_are_no_working_days_of_a_notice() -> None:
    quiet = replace(FULL, quiet_weeks=frozenset({28, 29, 30}))
    calendar = engine.calendar_of(quiet, country="NO", extra_days=(), tz=OSLO)
    need = required(quiet, "standard", "closed")
    start = date(2026, 8, 3)  # week 32; weeks 28-30 are 6-26 July
    assert engine.deadline(start, need, NORWAY).day == date(2026, 7, 17)
    assert engine.deadline(start, need, calendar).day == date(2026, 6, 26)
    assert calendar.is_office_day(date(2026, 7, 14))  # works still last through them


def test_another_cut_off() -> None:
    early = replace(FULL, cut_off=time(12))
    calendar = engine.calendar_of(early, country="NO", extra_days=(), tz=OSLO)
    need = required(early, "minor", "closed")
    latest = engine.latest_notice(date(2026, 4, 7), need, calendar)
    assert latest == wall(date(2026, 3, 25), time(12), OSLO)
    assert not engine.in_time(latest + timedelta(minutes=1), date(2026, 4, 7), need, calendar)


def test_urgent_works_come_two_hours_after_the_word_and_before_the_next_use() -> None:
    need = required(FULL, "urgent", "closed")
    start = wall(date(2026, 4, 4), time(12), OSLO)  # a Saturday in Easter: hours don't ask
    assert engine.latest_notice(start, need, NORWAY) == start - timedelta(hours=2)
    next_use = start - timedelta(hours=3)
    assert engine.latest_notice(start, need, NORWAY, next_use=next_use) == next_use
    assert engine.earliest_start(start, need, NORWAY) == start + timedelta(hours=2)


def test_an_emergency_is_told_after_and_reported_within_two_working_days() -> None:
    need = required(FULL, "emergency", "closed")
    start = wall(date(2026, 4, 2), time(2), OSLO)  # Maundy Thursday
    assert engine.latest_notice(start, need, NORWAY) is None
    assert engine.in_time(start + timedelta(days=9), start, need, NORWAY)
    assert engine.told_after(start, need) == start + timedelta(hours=2)
    assert engine.report_by(start, need, NORWAY) == wall(date(2026, 4, 8), time(16), OSLO)
    assert engine.report_by(start, required(FULL, "minor", "closed"), NORWAY) is None


def test_reminders_are_so_many_days_before_the_start() -> None:
    need = required(FULL, "major", "closed")
    assert engine.reminder_days(date(2026, 6, 15), need, NORWAY) == [
        date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 13),
    ]  # fmt: skip


@pytest.mark.parametrize("day", [date(2101, 1, 10), date(9999, 12, 31), date(1, 1, 1), date(1900, 5, 1)])
@pytest.mark.parametrize("category", ["standard", "emergency", "urgent"])
def test_a_year_without_holiday_data_is_an_error(day: date, category: str) -> None:
    need = required(FULL, category, "closed")
    with pytest.raises(HolidayDataMissing):
        (engine.report_by if category == "emergency" else engine.deadline)(day, need, NORWAY)


def test_a_country_without_a_calendar_is_an_error() -> None:
    with pytest.raises(HolidayDataMissing):
        engine.calendar_of(FULL, country="XX", extra_days=(), tz=OSLO)


days_2026 = st.dates(date(2026, 3, 1), date(2026, 11, 30))
needs = st.builds(
    Requirement, category=st.just("minor"), calendar_days=st.integers(0, 40), working_days=st.integers(0, 30)
)
calendars = st.builds(
    lambda weeks: engine.calendar_of(replace(FULL, quiet_weeks=weeks), country="NO", extra_days=(), tz=OSLO),
    st.frozensets(st.integers(20, 40), max_size=4),
)


@settings(max_examples=examples(100))
@given(days_2026, st.times(), needs, calendars)
def test_the_earliest_start_is_the_first_one_that_the_notice_is_in_time_for(day, clock, need, calendar) -> None:
    given_at = wall(day, clock, OSLO)
    earliest = engine.earliest_start(given_at, need, calendar)
    first = calendar.local_day(earliest)
    assert engine.in_time(given_at, first, need, calendar)
    told = calendar.given_day(given_at)
    before = [told + timedelta(days=number) for number in range((first - told).days)]
    assert not any(engine.in_time(given_at, one, need, calendar) for one in before if one > told)


@settings(max_examples=examples(100))
@given(days_2026, st.integers(1, 40), needs, calendars)
def test_a_later_start_never_needs_an_earlier_notice(start, later, need, calendar) -> None:
    latest = engine.latest_notice(start, need, calendar)
    assert latest <= engine.latest_notice(start + timedelta(days=later), need, calendar)


# --- which category --------------------------------------------------------------------------------------------------


def occupied(first: date, last: date, begins: time = time(7), ends: time = time(15)) -> list[Interval[datetime]]:
    """Every day from first to last, on the wall clock."""
    return [
        Interval(wall(day, begins, OSLO), wall(day, ends, OSLO))
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
    ]


def category(*args, others=(), used=(), **kwargs) -> str:
    span = engine.span_of(*args, NORWAY, used_days=used, neighbours=others, split_days=FULL.split_days)
    return engine.category_of(FULL, span, **kwargs)


MONDAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (MONDAY, MONDAY, "minor"),
        (MONDAY, date(2026, 6, 3), "minor"),
        (MONDAY, date(2026, 6, 4), "standard"),
        # Two weekends between that nobody uses don't count.
        (MONDAY, date(2026, 6, 12), "standard"),
        (MONDAY, date(2026, 6, 15), "major"),
    ],
)
def test_the_category_comes_from_the_days_that_are_taken(first, last, expected) -> None:
    assert category(occupied(first, last)) == expected


def test_days_off_count_where_the_place_is_used_on_them() -> None:
    whole_week = occupied(MONDAY, date(2026, 6, 14))
    saturdays = {date(2026, 6, 6), date(2026, 6, 13)}
    assert category(whole_week) == "standard"
    assert category(whole_week, used=saturdays) == "major"


def test_a_part_of_a_day_is_short_and_restoring_the_ground_counts() -> None:
    morning = occupied(MONDAY, MONDAY, time(8), time(12))
    assert category(morning) == "short"
    restoring = occupied(date(2026, 6, 2), date(2026, 6, 5))
    assert category([*morning, *restoring]) == "standard"
    assert category(occupied(MONDAY, MONDAY, time(7), time(15))) == "minor"  # a whole working day


def test_a_works_on_a_sunday_that_nobody_uses_still_is_a_day() -> None:
    sunday = date(2026, 6, 7)
    assert engine.span_of(occupied(sunday, sunday), NORWAY).days == 1


def test_services_off_for_four_hours_are_short_even_over_midnight() -> None:
    night = [Interval(wall(MONDAY, time(22), OSLO), wall(date(2026, 6, 2), time(2), OSLO))]
    assert category(night, services_only=True) == "short"
    assert category(night) == "minor"
    longer = [Interval(wall(MONDAY, time(22), OSLO), wall(date(2026, 6, 2), time(2, 1), OSLO))]
    assert category(longer, services_only=True) == "minor"


def test_a_lost_season_and_what_has_no_end_are_permanent() -> None:
    assert category(occupied(MONDAY, MONDAY), season_lost=True) == "permanent"
    assert category(occupied(MONDAY, MONDAY), permanent=True) == "permanent"


def test_an_end_at_midnight_does_not_touch_the_next_day() -> None:
    whole = [Interval(wall(MONDAY, time(), OSLO), wall(date(2026, 6, 2), time(), OSLO))]
    span = engine.span_of(whole, NORWAY)
    assert (span.days, span.one_date) == (1, True)


def test_works_cut_in_pieces_are_summed() -> None:
    """Three times three days, each a week after the last: nobody dodges the rules by splitting."""
    pieces = [
        occupied(MONDAY, date(2026, 6, 3)),
        occupied(date(2026, 6, 15), date(2026, 6, 17)),
        occupied(date(2026, 6, 29), date(2026, 7, 1)),
    ]
    assert category(pieces[0]) == "minor"
    assert category(pieces[0], others=[pieces[1]]) == "standard"
    # The third is near the second, not near the first: a chain is one works.
    assert engine.span_of(pieces[0], NORWAY, neighbours=pieces[1:]).days == 9
    assert engine.span_of(pieces[0], NORWAY, neighbours=[pieces[2]]) == engine.span_of(pieces[0], NORWAY)


def test_fourteen_days_apart_are_two_works() -> None:
    first = [Interval(wall(MONDAY, time(7), OSLO), wall(MONDAY, time(15), OSLO))]
    end = first[0].end + timedelta(days=14)
    assert not engine.span_of(first, NORWAY, neighbours=[[Interval(end, end + timedelta(hours=8))]]).summed
    near = end - timedelta(minutes=1)
    assert engine.span_of(first, NORWAY, neighbours=[[Interval(near, near + timedelta(hours=8))]]).summed


hours = st.integers(0, 24 * 60)
pieces = st.lists(st.tuples(hours, st.integers(1, 72)), min_size=1, max_size=5)
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


def times(given_pieces) -> list[Interval[datetime]]:
    return [Interval(BEGIN + timedelta(hours=at), BEGIN + timedelta(hours=at + length)) for at, length in given_pieces]


@settings(max_examples=examples(100))
@given(pieces, st.sets(st.dates(date(2026, 5, 30), date(2026, 9, 10))))
def test_the_span_against_hour_by_hour_counting(given_pieces, used) -> None:
    def touched(day: date) -> bool:
        return any(
            NORWAY.local_day(one.start + timedelta(hours=number)) == day
            for one in times(given_pieces)
            for number in range(int((one.end - one.start).total_seconds() // 3600))
        )

    days = [date(2026, 5, 30) + timedelta(days=number) for number in range(80)]
    counted = sum(1 for day in days if touched(day) and (NORWAY.is_working(day) or day in used))
    assert engine.span_of(times(given_pieces), NORWAY, used_days=used).days == max(1, counted)


@settings(max_examples=examples(100))
@given(pieces, st.lists(pieces, max_size=4))
def test_cutting_works_in_pieces_never_gives_a_lower_category(whole, others) -> None:
    order = engine.PLANNED.index
    alone = category(times(whole))
    assert order(category(times(whole), others=[times(other) for other in others])) <= order(alone)


def test_works_without_time_have_no_category() -> None:
    with pytest.raises(ValueError, match="without time"):
        engine.span_of([], NORWAY)


def test_the_category_of_works_is_the_longest_of_its_targets() -> None:
    assert engine.longest(["short", "major", "minor"]) == "major"
