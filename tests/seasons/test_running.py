"""The running season: hours given up go to the waiting list, use is one tap, and two non-uses ask."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from booking.cases.models import Line, LineState, OfferState
from booking.cases.services import withdraw_line
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Forbidden, Invalid, WrongState
from booking.seasons.models import Allocation, UseReport
from booking.seasons.selectors.timetable import free_hours, unused_hours
from booking.seasons.services.adopting import adopt
from booking.seasons.services.running import keep_hours, release_rest, report_use
from tests.factories import NOW, give_role, make_user
from tests.seasons.conftest import Heard, make_line
from tests.seasons.world import START, Valley


@pytest.fixture
def running(valley: Valley, heard: Heard) -> Allocation:
    """The hours of J13."""
    adopt(heard[0], heard[1], grounds="Etter høringen.", by=valley.officer, now=NOW)
    OutboxMessage.objects.all().delete()
    return Allocation.objects.get(wish__team="J13")


def lines(allocation: Allocation) -> list[Line]:
    return list(Line.objects.filter(series=allocation.series).order_by("start"))


def test_the_rest_of_the_season_is_given_up(valley: Valley, running: Allocation) -> None:
    since = START + timedelta(weeks=4)
    row = release_rest(running, since=since, by=valley.coach, now=NOW)
    again = release_rest(running, since=since, by=valley.coach, now=NOW)
    assert again.ended_at == row.ended_at
    assert (row.until, row.ended_why) == (since - timedelta(days=1), "released")
    states = [line.state for line in lines(running)]
    assert states[:4] == [LineState.GRANTED] * 4
    assert set(states[4:]) == {LineState.CANCELLED_BY_ORGANISATION}
    assert row.series is not None
    row.series.refresh_from_db()
    assert "UNTIL=20260927" in row.series.rrule
    handlers = OutboxMessage.objects.filter(handler="season_released")
    assert set(handlers.values_list("recipient", flat=True)) == {
        valley.leader.email, valley.coach.email, valley.officer.email,
    }  # fmt: skip


def test_freed_hours_go_to_the_waiting_list_first_and_then_to_anybody(valley: Valley, running: Allocation) -> None:
    first, second = lines(running)[4], lines(running)[5]
    waiting = make_line(
        valley, valley.hall.whole, first.start, first.end, state=LineState.WAITING_LIST, organisation=valley.choir
    )
    release_rest(running, since=START + timedelta(weeks=4), by=valley.leader, now=NOW)
    assert waiting.offers.get().state == OfferState.OPEN
    found = free_hours(NOW)
    assert second.start in [one.start for one in found]
    assert first.start not in [one.start for one in found]


def test_one_date_that_is_given_up_is_free_for_anybody(valley: Valley, running: Allocation) -> None:
    line = lines(running)[2]
    withdraw_line(line.case, line.number, by=valley.coach, now=NOW)
    assert [(one.resource, one.start) for one in free_hours(NOW)] == [(valley.hall.whole, line.start)]
    make_line(valley, valley.hall.whole, line.start, line.end, state=LineState.GRANTED, organisation=valley.choir)
    assert free_hours(NOW) == []


def test_only_their_own_people_give_hours_up(valley: Valley, running: Allocation) -> None:
    with pytest.raises(Forbidden):
        release_rest(running, since=START, by=valley.handball_leader, now=NOW)
    for day in (date(2026, 3, 1), date(2027, 6, 1)):
        with pytest.raises(Invalid):
            release_rest(running, since=day, by=valley.leader, now=NOW)


def after(line: Line) -> datetime:
    return line.end + timedelta(minutes=5)


def test_use_is_reported_and_corrected(valley: Valley, running: Allocation) -> None:
    line = lines(running)[0]
    with pytest.raises(WrongState):
        report_use(line, used=True, by=valley.coach, now=line.start - timedelta(minutes=1))
    report_use(line, used=True, heads=14, by=valley.coach, now=after(line))
    report_use(line, used=False, by=valley.officer, now=after(line))
    row = UseReport.objects.get()
    assert (row.used, row.heads, row.hat) == (False, None, f"unit:{valley.unit.slug}")
    with pytest.raises(Forbidden):
        report_use(line, used=True, by=valley.singer, now=after(line))
    with pytest.raises(WrongState):
        report_use(line, used=True, by=valley.coach, now=line.end + timedelta(days=70))


def test_the_caretaker_reports(valley: Valley, running: Allocation) -> None:
    caretaker = make_user("Vakt Mester")
    give_role(caretaker, valley.unit, "caretaker")
    line = lines(running)[0]
    assert report_use(line, used=False, by=caretaker, now=after(line)).used is False


def test_two_in_a_row_without_use_ask_once_and_never_take_anything(valley: Valley, running: Allocation) -> None:
    first, second, third, fourth = lines(running)[:4]
    report_use(first, used=False, by=valley.officer, now=after(first))
    report_use(second, used=True, by=valley.coach, now=after(second))
    assert not OutboxMessage.objects.filter(handler="season_unused").exists()
    report_use(third, used=False, by=valley.officer, now=after(third))
    report_use(fourth, used=False, by=valley.officer, now=after(fourth))
    report_use(fourth, used=False, by=valley.officer, now=after(fourth))
    running.refresh_from_db()
    assert running.asked_to_give_up_at is not None
    assert OutboxMessage.objects.filter(handler="season_unused").count() == 2  # leader and booker
    assert {line.state for line in lines(running)} == {LineState.GRANTED}
    assert [one.pk for one in unused_hours(running.round)] == [running.pk]
    keep_hours(running, by=valley.coach, now=after(fourth))
    assert unused_hours(running.round)[0].asked_to_give_up_at is None


def test_heads_that_cannot_be_are_refused(valley: Valley, running: Allocation) -> None:
    line: Any = lines(running)[0]
    with pytest.raises(Invalid):
        report_use(line, used=True, heads=-1, by=valley.coach, now=after(line))
