"""Availability as rows of days: what is drawn, what is said, what can be asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from booking.cases.models import CaseState, LineState
from booking.occupancy.models import Status
from booking.occupancy.public import _merged as merged
from booking.public.components import TONES, Availability, availability_days, tone
from booking.public.icons import EVENT_ICONS, ICONS, KIND_ICONS

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def oslo(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=OSLO).astimezone(UTC)  # type: ignore[arg-type]


def rows(free: list[Any], busy: list[Any], *, days: int = 7, now: datetime = LONG_AGO, **more: Any) -> Availability:
    with translation.override("nb"):
        return availability_days(free, busy, first_day=MONDAY, days=days, tz=OSLO, now=now, **more)


def test_every_state_has_words_an_icon_and_a_colour() -> None:
    codes = {*CaseState.values, *LineState.values, *Status.values} - {"closed"} | {"closed"}
    assert codes <= TONES.keys()
    assert {item.icon for item in TONES.values()} <= ICONS.keys()
    assert {item.color for item in TONES.values()} <= {"neutral", "accent", "info", "success", "warning", "danger"}
    assert {*EVENT_ICONS.values(), *KIND_ICONS.values()} <= ICONS.keys()


def test_an_unknown_state_is_shown_not_hidden() -> None:
    assert tone("brand_new").label == "brand_new"
    assert tone("granted", "6 av 7").label == "6 av 7"


def test_a_free_time_is_said_and_can_be_asked_for_whole() -> None:
    free = [{"start": oslo(2026, 11, 24, 16), "end": oslo(2026, 11, 24, 22, 30), "quantity": 1}]
    day = rows(free, [], ask_url="/ask/?lang=nb").days[1]
    assert [slot.times for slot in day.free] == ["16.00–22.30"]
    query = parse_qs(urlsplit(day.free[0].url).query)
    assert query == {
        "lang": ["nb"],
        "free_from": ["2026-11-24T16:00:00+01:00"],
        "free_to": ["2026-11-24T22:30:00+01:00"],
    }
    assert day.free_minutes == 390


def test_texts_of_the_api_are_read_too() -> None:
    free = [{"start": "2026-11-24T16:00:00+01:00", "end": "2026-11-24T17:00:00+01:00", "quantity": 3}]
    assert rows(free, []).days[1].free[0].quantity == 3


def test_time_that_has_passed_is_not_offered() -> None:
    free = [{"start": oslo(2026, 11, 23, 8), "end": oslo(2026, 11, 23, 12)}]
    assert rows(free, [], now=oslo(2026, 11, 23, 12)).days[0].free == []
    left = rows(free, [], now=oslo(2026, 11, 23, 10)).days[0]
    assert [slot.times for slot in left.free] == ["10.00–12.00"]


def test_free_times_shorter_than_a_loan_may_be_are_drawn_but_not_offered() -> None:
    free = [{"start": oslo(2026, 11, 23, 8), "end": oslo(2026, 11, 23, 8, 30)}]
    day = rows(free, [], shortest=60).days[0]
    assert day.free == []
    assert day.free_minutes == 30


def test_a_night_stands_in_both_bars_and_is_said_once() -> None:
    busy = [{"start": oslo(2026, 11, 24, 22), "end": oslo(2026, 11, 25, 2), "status": "confirmed", "label": "Natt"}]
    week = rows([], busy)
    assert [len(day.pieces) for day in week.days] == [0, 1, 1, 0, 0, 0, 0]
    assert [[item.label for item in day.taken] for day in week.days[:3]] == [[], ["Natt"], []]


def test_what_began_before_the_window_is_said_on_its_first_day() -> None:
    busy = [{"start": oslo(2026, 11, 20), "end": oslo(2026, 11, 28), "status": "works"}]
    week = rows([], busy)
    assert [len(day.pieces) for day in week.days] == [1, 1, 1, 1, 1, 0, 0]
    assert [bool(day.taken) for day in week.days] == [True] + [False] * 6


def test_a_whole_day_ends_at_24() -> None:
    busy = [{"start": oslo(2026, 11, 24), "end": oslo(2026, 11, 25), "status": "closed"}]
    week = rows([], busy)
    assert week.days[1].taken[0].times == "00.00–24.00"
    assert (week.first, week.minutes) == (0, 24 * 60)
    assert week.ticks[-1] == "24"


def test_an_empty_week_has_a_scale_all_the_same() -> None:
    week = rows([], [])
    assert week.minutes >= 8 * 60
    assert len(week.days) == 7


HOUR = st.integers(min_value=0, max_value=24 * 7 - 1)


@given(
    free=st.lists(st.tuples(HOUR, st.integers(1, 30)), max_size=8),
    busy=st.lists(st.tuples(HOUR, st.integers(1, 60)), max_size=8),
)
def test_every_piece_lies_inside_of_the_bar(free: list[tuple[int, int]], busy: list[tuple[int, int]]) -> None:
    # The week of the clock change, where a day has 25 hours.
    begin = datetime(2026, 10, 19, tzinfo=OSLO).astimezone(UTC)

    def spans(pairs: list[tuple[int, int]]) -> list[dict[str, Any]]:
        return [
            {"start": begin + timedelta(hours=at), "end": begin + timedelta(hours=at + hours), "status": "confirmed"}
            for at, hours in pairs
        ]

    with translation.override("nb"):
        week = availability_days(spans(free), spans(busy), first_day=date(2026, 10, 19), days=7, tz=OSLO, now=LONG_AGO)
    assert 8 * 60 <= week.minutes <= 24 * 60
    for day in week.days:
        for piece in day.pieces:
            assert piece.width > 0
            assert piece.x >= 0
            assert piece.x + piece.width <= week.minutes


@pytest.mark.parametrize("name", sorted(ICONS))
def test_an_icon_is_a_drawing_and_nothing_else(name: str) -> None:
    assert "style" not in ICONS[name]
    assert "script" not in ICONS[name]


def test_the_first_offer_begins_on_a_quarter() -> None:
    free = [{"start": oslo(2026, 11, 23, 8), "end": oslo(2026, 11, 23, 12)}]
    day = rows(free, [], now=oslo(2026, 11, 23, 10, 8)).days[0]
    assert [slot.times for slot in day.free] == ["10.15–12.00"]
    assert day.free_minutes == 105


def test_what_is_free_for_days_is_offered_on_each_of_them() -> None:
    free = [{"start": oslo(2026, 11, 23, 16), "end": oslo(2026, 11, 26), "quantity": 40}]
    week = rows(free, [], ask_url="/ask/")
    assert [[slot.times for slot in day.free] for day in week.days[:4]] == [
        ["16.00–24.00"],
        ["Hele dagen"],
        ["Hele dagen"],
        [],
    ]
    query = parse_qs(urlsplit(week.days[1].free[0].url).query)
    assert query == {"free_from": ["2026-11-24T00:00:00+01:00"], "free_to": ["2026-11-26T00:00:00+01:00"]}
    assert [day.free_words for day in week.days[:2]] == ["8 timer", "hele dagen"]


def test_a_free_night_is_offered_whole_on_the_day_it_begins() -> None:
    free = [{"start": oslo(2026, 11, 27, 20), "end": oslo(2026, 11, 28, 2)}]
    week = rows(free, [])
    assert [[slot.times for slot in day.free] for day in week.days[4:6]] == [["20.00–02.00"], []]


def test_what_can_no_longer_be_asked_for_is_drawn_and_said_to_be_too_late() -> None:
    free = [
        {"start": oslo(2026, 11, 23, 20), "end": oslo(2026, 11, 23, 23)},
        {"start": oslo(2026, 11, 24, 5), "end": oslo(2026, 11, 24, 9)},
    ]
    week = rows(free, [], now=oslo(2026, 11, 23, 18, 20), lead=timedelta(hours=12))
    assert (week.days[0].free, week.days[0].free_minutes, week.days[0].too_late) == ([], 0, True)
    assert len(week.days[0].pieces) == 1
    assert [slot.times for slot in week.days[1].free] == ["06.30–09.00"]


def test_what_was_taken_and_has_ended_is_drawn_and_not_told() -> None:
    busy = [
        {"start": oslo(2026, 11, 23, 8), "end": oslo(2026, 11, 23, 10), "status": "confirmed", "label": "Skole"},
        {"start": oslo(2026, 11, 23, 9), "end": oslo(2026, 11, 23, 12), "status": "confirmed", "label": "Kor"},
    ]
    day = rows([], busy, now=oslo(2026, 11, 23, 10)).days[0]
    assert [item.label for item in day.taken] == ["Kor"]
    assert len(day.pieces) == 2


def test_what_reads_the_same_is_told_once_and_counted_things_add_up() -> None:
    third = (0, 3600, "confirmed", 1, "Trening")
    other = (0, 3600, "confirmed", 1, "Dans")
    assert merged([third, other, third, third], 1) == [third, other]
    assert merged([(0, 3600, "confirmed", 10, ""), (0, 3600, "confirmed", 25, "")], 40) == [
        (0, 3600, "confirmed", 35, "")
    ]
