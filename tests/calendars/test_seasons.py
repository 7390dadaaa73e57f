"""A season in calendars: the adopted hours for everybody, over both clock changes, read back by two parsers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client

from booking.cases.models import Line
from booking.cases.services import withdraw_line
from booking.foundation import clock
from booking.seasons.models import Proposal, ProposalState, SeasonRound
from booking.seasons.services.adopting import adopt
from booking.seasons.services.running import release_rest
from tests.calendars.reading import OSLO, by_ical_js, by_icalendar, needs_node
from tests.calendars.test_http import body_of
from tests.factories import NOW
from tests.seasons.conftest import make_heard
from tests.seasons.world import END, START, Valley, make_valley

pytestmark = pytest.mark.django_db
SPREAD = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
ALL = "/feeds/season-hallfordeling-2026-27.ics"
CLUB = "/feeds/season-hallfordeling-2026-27--lilleby-idrettslag.ics"
TEAM = "/feeds/season-hallfordeling-2026-27--lilleby-idrettslag--1.ics"


@pytest.fixture(autouse=True)
def _at_now() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def valley(db: object) -> Valley:
    town = make_valley()
    town.club.slug = "lilleby-idrettslag"
    town.club.save()
    return town


@pytest.fixture
def adopted(valley: Valley) -> tuple[SeasonRound, Proposal]:
    heard = make_heard(valley)
    adopt(heard[0], heard[1], grounds="Etter høringen.", by=valley.officer, now=NOW)
    return heard


def read(client: Client, url: str) -> bytes:
    answer = client.get(url)
    assert answer.status_code == 200
    return bytes(body_of(answer))


def mondays() -> list[date]:
    days = [START + timedelta(weeks=week) for week in range(40)]
    return [day for day in days if day <= END and not date(2026, 12, 21) <= day <= date(2027, 1, 3)]


def test_there_is_none_before_adoption_nor_for_others(client: Client, valley: Valley) -> None:
    make_heard(valley)
    for url in (ALL, CLUB, TEAM):
        assert client.get(url).status_code == 404


def test_nonsense_addresses(client: Client, adopted: Any) -> None:
    for end in ("--ukjent", "--lilleby-idrettslag--x", "--lilleby-idrettslag--99", "--lilleby-idrettslag--1--2", "--"):
        assert client.get(f"/feeds/season-hallfordeling-2026-27{end}.ics").status_code == 404


@needs_node
def test_two_parsers_read_the_same_weeks_at_five_on_the_wall(client: Client, adopted: Any) -> None:
    expected = [
        (
            datetime(day.year, day.month, day.day, 17, tzinfo=OSLO).astimezone(UTC),
            datetime(day.year, day.month, day.day, 18, tzinfo=OSLO).astimezone(UTC),
            "Lilleby idrettslag J13",
        )
        for day in mondays()
    ]
    with clock.at(datetime(2026, 9, 1, 12, tzinfo=UTC)):  # single dates are written a year ahead
        for url in (CLUB, TEAM):
            for end in ("", "?expand=1"):
                body = read(client, url + end)
                assert by_icalendar(body, *SPREAD) == by_ical_js(body, *SPREAD) == expected


def test_it_is_one_rule_with_exceptions_and_confirmed(client: Client, adopted: Any) -> None:
    events = list(icalendar.Calendar.from_ical(read(client, ALL)).walk("VEVENT"))
    assert {str(one["summary"]) for one in events} == {"Lilleby idrettslag J13", "Lilleby håndballklubb G14"}
    assert {str(one["status"]) for one in events} == {"CONFIRMED"}
    assert all("RRULE" in one for one in events)
    assert len(events) == 2


def test_a_resource_s_calendar_names_the_team(client: Client, adopted: Any, valley: Valley) -> None:
    events = icalendar.Calendar.from_ical(read(client, f"/feeds/resource-{valley.hall.whole.slug}.ics")).walk("VEVENT")
    assert "Lilleby idrettslag J13" in {str(one["summary"]) for one in events}


def test_a_date_that_is_given_up_goes_at_once(client: Client, adopted: Any, valley: Valley) -> None:
    line = Line.objects.filter(case__organisation=valley.club).order_by("start")[3]
    first = client.get(TEAM)["ETag"]
    assert client.get(TEAM, headers={"If-None-Match": first}).status_code == 304
    withdraw_line(line.case, line.number, by=valley.coach, now=NOW + timedelta(minutes=1))
    assert client.get(TEAM, headers={"If-None-Match": first}).status_code == 200
    starts = [start for start, _end, _what in by_icalendar(read(client, TEAM), *SPREAD)]
    assert line.start not in starts
    assert len(starts) == len(mondays()) - 1


def test_the_rest_that_is_given_up_ends_the_rule(client: Client, adopted: Any, valley: Valley) -> None:
    row = adopted[0].allocations.get(wish__team="J13")
    release_rest(row, since=date(2026, 10, 1), by=valley.coach, now=NOW + timedelta(minutes=1))
    days = [start.astimezone(OSLO).date() for start, _end, _what in by_icalendar(read(client, TEAM), *SPREAD)]
    assert days == [day for day in mondays() if day < date(2026, 10, 1)]


def test_a_second_adoption_leaves_the_unchanged_team_s_bytes_alone(
    client: Client, adopted: Any, valley: Valley
) -> None:
    wishes = {wish.team: wish for wish in adopted[0].wishes.all()}
    before = read(client, TEAM)
    other = valley.proposal(
        adopted[0], (wishes["J13"], valley.hall.whole, 0, 17, 18), (wishes["G14"], valley.hall.whole, 2, 18, 19.5),
        state=ProposalState.PUBLISHED,
    )  # fmt: skip
    adopt(adopted[0], other, grounds="Klage.", by=valley.officer, now=NOW + timedelta(days=1))
    assert read(client, TEAM) == before
    summaries = {what for _start, _end, what in by_icalendar(read(client, ALL), *SPREAD)}
    assert summaries == {"Lilleby idrettslag J13", "Lilleby håndballklubb G14"}
