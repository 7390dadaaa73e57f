"""Opening windows against an oracle that walks through time minute by minute with the clock on the wall in its hand."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.catalogue import rules, selectors
from booking.catalogue.rules import ExceptionDay, Schedule, WeeklyHours
from booking.foundation.errors import Invalid
from tests import factories
from tests.thoroughness import examples

OSLO = ZoneInfo("Europe/Oslo")
DAYS = 4
#: The first days of some windows: the Saturday before a clock change (an hour, half an hour, southern, northern), New
#: Year, a leap day, and a week in which nothing happens.
PLACES = [
    (OSLO, date(2026, 3, 28)),
    (OSLO, date(2026, 10, 24)),
    (ZoneInfo("America/New_York"), date(2026, 3, 7)),
    (ZoneInfo("America/New_York"), date(2026, 10, 31)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 4, 4)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 3)),
    (ZoneInfo("UTC"), date(2025, 12, 31)),
    (ZoneInfo("Asia/Kolkata"), date(2028, 2, 28)),
    (OSLO, date(2026, 6, 1)),
]


class Wall:
    """All minutes of some days in UTC, and what the clock on the wall shows at each."""

    def __init__(self, first: date, days: int, tz: ZoneInfo):
        self.start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
        self.minutes = (days + 2) * 1440
        self.first_shown: dict[datetime, int] = {}
        self.last_day_shown: list[date] = []
        for minute in range(self.minutes):
            shown = (self.start + timedelta(minutes=minute)).astimezone(tz).replace(tzinfo=None)
            self.first_shown.setdefault(shown, minute)

    def minute(self, shown: datetime) -> int | None:
        """When the wall first shows that time; a time it never shows: as if the clock hadn't been changed yet."""
        if shown in self.first_shown:
            return self.first_shown[shown]
        back = shown
        for gap in range(1, 181):
            back = shown - timedelta(minutes=gap)
            if back in self.first_shown:
                # The minutes that pass on a watch that nobody changes.
                return self.first_shown[back] + gap
        return None


@lru_cache(maxsize=32)
def _wall(first: date, tz: ZoneInfo) -> Wall:
    return Wall(first - timedelta(days=2), DAYS + 5, tz)


def oracle(schedule: Schedule, first: date, days: int, tz: ZoneInfo, holidays: set[date]) -> set[int]:
    """Open minutes (epoch minutes) of openings that begin on one of the days, plus the evening before."""
    wall = _wall(first, tz)
    open_minutes: set[int] = set()
    for offset in range(-1, days):
        day = first + timedelta(days=offset)
        for opens, closes in hours_on(schedule, day, day in holidays):
            midnight = datetime.combine(day, time())
            last = midnight + timedelta(minutes=closes, days=0 if closes > opens else 1)
            a, b = wall.minute(midnight + timedelta(minutes=opens)), wall.minute(last)
            assert a is not None
            assert b is not None
            base = int(wall.start.timestamp()) // 60
            open_minutes.update(range(base + a, base + b))
    return open_minutes


def hours_on(schedule: Schedule, day: date, is_holiday: bool) -> list[tuple[int, int]]:
    for layer in schedule.layers:
        hits = sorted(
            (row for row in layer if row.first <= day.toordinal() <= row.last), key=lambda row: row.last - row.first
        )
        hits = [row for row in hits if row.last - row.first == hits[0].last - hits[0].first]
        if hits:
            return [] if None in [row.opens for row in hits] else [(row.opens or 0, row.closes or 0) for row in hits]
    name = day.weekday()
    if is_holiday and schedule.holidays == "closed":
        return []
    if is_holiday and schedule.holidays == "sunday":
        name = 6
    if schedule.weekly is None:
        return [(0, 1440)]
    return [
        (row.opens, row.closes)
        for row in schedule.weekly
        if row.weekday == name and row.first <= day.toordinal() <= row.last
    ]


quarter = st.integers(0, 95).map(lambda n: n * 15)
weekly_rows = st.builds(WeeklyHours, st.integers(0, 6), quarter, quarter)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Schedule, date, int, ZoneInfo, set[date]]:
    tz, first = draw(st.sampled_from(PLACES))
    days = draw(st.integers(2, DAYS))
    span = st.tuples(st.integers(-2, DAYS), st.integers(0, 3)).map(
        lambda pair: (first.toordinal() + pair[0], first.toordinal() + pair[0] + pair[1])
    )
    dated = st.builds(lambda row, pair: WeeklyHours(row.weekday, row.opens, row.closes, *pair), weekly_rows, span)
    exceptions = st.builds(
        lambda pair, times: ExceptionDay(*pair, *times),
        span,
        st.one_of(st.just((None, None)), st.tuples(quarter, quarter)),
    )
    schedule = Schedule(
        draw(st.one_of(st.none(), st.lists(st.one_of(weekly_rows, dated), max_size=8).map(tuple))),
        tuple(tuple(layer) for layer in draw(st.lists(st.lists(exceptions, min_size=1, max_size=3), max_size=2))),
        draw(st.sampled_from(["normal", "sunday", "closed"])),
    )
    holidays = draw(st.sets(st.integers(-1, DAYS).map(lambda n: first + timedelta(days=n)), max_size=3))
    return schedule, first, days, tz, holidays


@settings(max_examples=examples(200), deadline=None)
@given(plans())
def test_windows_are_the_minutes_of_the_oracle(plan):
    schedule, begins, days, tz, holidays = plan
    ordinals = frozenset(day.toordinal() for day in holidays)
    first = begins.toordinal()
    found = rules.open_windows(schedule, first, first + days - 1, tz, ordinals)
    minutes = {minute for start, end in found for minute in range(start // 60, end // 60)}
    assert minutes == oracle(schedule, begins, days, tz, holidays)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(found)), "sorted, and neighbours are merged"


def local(start: int, end: int, tz: ZoneInfo = OSLO) -> tuple[str, str]:
    return tuple(datetime.fromtimestamp(one, UTC).astimezone(tz).strftime("%a %H:%M%z") for one in (start, end))  # type: ignore[return-value]


def week(resource, monday=date(2026, 3, 2), days=7):
    start = datetime.combine(monday, time(), OSLO)
    found = selectors.open_windows([resource], start, datetime.combine(monday + timedelta(days=days), time(), OSLO))
    return [local(*window) for window in found[resource.pk]]


pytestmark = pytest.mark.django_db


def test_nobody_has_hours_then_it_is_always_open():
    resource = factories.make_resource(open=None)
    assert week(resource) == [("Mon 00:00+0100", "Mon 00:00+0100")]


@pytest.mark.parametrize("giver", ["resource", "parent", "unit", "parent_unit"])
def test_hours_come_from_the_nearest_who_has_some(giver):
    town = factories.make_unit("Servicetorg")
    unit = factories.make_unit(parent=town)
    hall = factories.make_hall_in_thirds(unit=unit, open=None)
    part = hall.parts[0]
    line = {"parent_unit": town, "unit": unit, "parent": hall.whole, "resource": part}
    # Everybody further away than the giver has hours too, which must not count.
    for number, (name, owner) in enumerate(line.items()):
        factories.open_hours(owner, 10 + number, 20)
        if name == giver:
            break
    hour = 10 + list(line).index(giver)
    assert week(part)[0] == (f"Mon {hour}:00+0100", "Mon 20:00+0100")
    assert len(week(part)) == 7


def test_past_midnight_belongs_to_the_evening_it_began():
    resource = factories.make_resource(open=None)
    factories.open_hours(resource, 18, 2, weekdays=[4])
    assert week(resource) == [("Fri 18:00+0100", "Sat 02:00+0100")]
    saturday = datetime(2026, 3, 7, tzinfo=OSLO)
    found = selectors.open_windows([resource], saturday, saturday + timedelta(days=1))[resource.pk]
    assert [local(*one) for one in found] == [("Sat 00:00+0100", "Sat 02:00+0100")]


def test_midnight_to_midnight_is_the_whole_day_and_days_join():
    resource = factories.make_resource(open=None)
    factories.open_hours(resource, 0, 24, weekdays=[1, 2])
    assert week(resource) == [("Tue 00:00+0100", "Thu 00:00+0100")]


def test_the_two_clock_changes():
    resource = factories.make_resource(open=None)
    factories.open_hours(resource, 0, 24, weekdays=[6])
    [spring] = selectors.open_windows(
        [resource], datetime(2026, 3, 29, tzinfo=OSLO), datetime(2026, 3, 30, tzinfo=OSLO)
    )[resource.pk]
    [autumn] = selectors.open_windows(
        [resource], datetime(2026, 10, 25, tzinfo=OSLO), datetime(2026, 10, 26, tzinfo=OSLO)
    )[resource.pk]
    assert (spring[1] - spring[0], autumn[1] - autumn[0]) == (23 * 3600, 25 * 3600)


def test_an_exception_of_the_thing_beats_one_of_its_unit():
    resource = factories.make_resource(open=(8, 22))
    for owner, times in [("unit", (None, None)), ("resource", (time(10), time(14)))]:
        resource.opening_exceptions.model.objects.create(
            **{owner: resource.unit if owner == "unit" else resource},
            start=date(2026, 3, 3),
            end=date(2026, 3, 4) if owner == "unit" else date(2026, 3, 3),
            opens=times[0],
            closes=times[1],
        )
    assert week(resource, days=3) == [
        ("Mon 08:00+0100", "Mon 22:00+0100"),
        ("Tue 10:00+0100", "Tue 14:00+0100"),
    ]


def test_a_closed_whole_closes_its_parts():
    hall = factories.make_hall_in_thirds()
    hall.whole.opening_exceptions.create(start=date(2026, 3, 2), end=date(2026, 3, 8))
    assert week(hall.parts[1]) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("normal", [("Fri 08:00+0200", "Fri 22:00+0200")]),
        ("sunday", [("Fri 12:00+0200", "Fri 15:00+0200")]),
        ("closed", []),
        ("", [("Fri 08:00+0200", "Fri 22:00+0200")]),
    ],
)
def test_holiday_policies_on_the_first_of_may(policy, expected):
    resource = factories.make_resource(open=None, holidays=policy)
    factories.open_hours(resource, 8, 22, weekdays=range(6))
    factories.open_hours(resource, 12, 15, weekdays=[6])
    assert week(resource, date(2026, 5, 1), 1) == expected


def test_the_holiday_policy_is_inherited_from_the_unit():
    resource = factories.make_resource()
    resource.unit.rules.create(kind="venue", holidays="closed")
    assert week(resource, date(2026, 5, 1), 1) == []


def test_a_row_with_dates_holds_only_within_them():
    resource = factories.make_resource(open=None)
    factories.open_hours(resource, 10, 12, valid_from=date(2026, 3, 4), valid_to=date(2026, 3, 5))
    assert [one[0][:3] for one in week(resource)] == ["Wed", "Thu"]


def test_a_resource_in_another_zone_has_its_own_wall():
    resource = factories.make_resource(timezone="America/New_York")
    start = datetime(2026, 3, 2, tzinfo=UTC)
    found = selectors.open_windows([resource], start, start + timedelta(days=1))[resource.pk]
    assert [local(*one, ZoneInfo("America/New_York")) for one in found] == [
        ("Sun 19:00-0500", "Sun 22:00-0500"),
        ("Mon 08:00-0500", "Mon 19:00-0500"),
    ]


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_refused_by_name(year):
    resource = factories.make_resource()
    moment = datetime(year, 12, 31, tzinfo=UTC) if year > 1 else datetime(1, 1, 1, tzinfo=UTC)
    with pytest.raises(Invalid) as refusal:
        selectors.open_windows([resource], moment, moment)
    assert refusal.value.code == "impossible_date"


def test_three_hundred_resources_take_as_many_queries_as_three(django_assert_num_queries):
    units = [factories.make_unit(f"Enhet {number}") for number in range(3)]
    hall = factories.make_hall_in_thirds(unit=units[0])
    few = [*hall.parts]
    many = [*few, *(factories.make_resource(unit=units[n % 3]) for n in range(40))]
    start = datetime(2026, 3, 2, tzinfo=UTC)
    # The whole that the parts inherit from, units, rules of units, weekly hours, exceptions.
    with django_assert_num_queries(4):
        selectors.open_windows(few, start, start + timedelta(days=7))
    with django_assert_num_queries(4):
        found = selectors.open_windows(many, start, start + timedelta(days=7))
    assert all(len(windows) == 7 for windows in found.values())
