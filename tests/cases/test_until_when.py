"""Every case shows whose move it is, and until when: the requester's day is their own, not the promise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.cases import selectors, services
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from tests.cases.conftest import NOW, Town, at, body

pytestmark = pytest.mark.django_db


def until(case):
    case.refresh_from_db()
    return selectors.until_of([case])[case.pk]


def test_the_municipality_has_until_the_promised_date(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert until(case) == case.answer_by


def test_nobody_has_no_date(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    services.withdraw_case(case, by=town.coach, now=NOW)
    assert until(case) is None


def test_a_question_waits_until_the_officer_is_asked_what_to_do(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    services.ask(case, message="Hvor mange?", by=town.officer, now=NOW + timedelta(days=3))
    case.refresh_from_db()
    step = case.steps.get(kind="no_reply")
    assert until(case) == local_date(step.due_at, booking_settings().tz) != case.answer_by


def test_an_offer_waits_until_it_runs_out(town: Town, django_assert_num_queries) -> None:
    first = town.ask(body(town.room, at(7, 18), at(7, 20)))
    services.decide_lines(first, [services.LineOutcome(1, "grant")], by=town.officer, now=NOW)
    second = town.ask(body(town.room, at(7, 18), at(7, 20), if_taken="waiting_list"), user=town.other_coach)
    services.withdraw_case(first, by=town.coach, now=NOW + timedelta(days=1))
    offer = second.lines.get().offers.get()
    assert until(second) == local_date(offer.expires_at, booking_settings().tz)
    with django_assert_num_queries(3):
        selectors.until_of([first, second])
