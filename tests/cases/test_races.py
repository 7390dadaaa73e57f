"""Several people at the same moment, on real connections: nobody sees a server error, nothing is done twice or lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from booking.cases import drafts, services
from booking.cases.models import Case, Line, Offer
from booking.cases.services import LineOutcome
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import DomainError, Taken, WrongState
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, at, body, make_town

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.race]


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run all acts at once, each on a connection of its own; their answers, or the domain errors they met."""
    barrier = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=60)
            answers[number] = acts[number]()
        except Exception as error:  # noqa: BLE001 - told to the test below
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    for answer in answers:
        assert not isinstance(answer, Exception) or isinstance(answer, DomainError), answer
    return answers


def states(case: Case) -> list[str]:
    return list(case.lines.order_by("number").values_list("state", flat=True))


def test_the_same_form_from_eight_windows_gives_one_case() -> None:
    town = make_town()
    draft = drafts.parse({**body(town.room, at(7, 18), at(7, 20)), "organisation": town.club.slug}, user=town.coach)
    answers = together([lambda: services.submit_request(draft, user=town.coach, now=NOW, submission_key="form")] * 8)
    assert {answer.pk for answer in answers} == {Case.objects.get().pk}
    assert (Line.objects.count(), OutboxMessage.objects.filter(handler="case_receipt").count()) == (1, 1)


def test_two_officers_grant_rivals_at_once() -> None:
    town = make_town()
    for day in range(7, 13):
        first = town.ask(body(town.room, at(day, 18), at(day, 20)))
        second = town.ask(body(town.room, at(day, 19), at(day, 21)), user=town.other_coach)
        answers = together([lambda c=first: town.decide(c, "grant"), lambda c=second: town.decide(c, "grant")])
        lost = [answer for answer in answers if isinstance(answer, Taken)]
        assert len(lost) == 1
        assert sorted(states(first) + states(second)) == ["granted", "waiting_list"]
        assert (
            Occupancy.objects.filter(klass="claim", start=at(day, 18)).count()
            + Occupancy.objects.filter(klass="claim", start=at(day, 19)).count()
            == 1
        )


def test_granting_against_each_others_cases_never_deadlocks() -> None:
    """Two cases with a line in each of two rooms; each officer grants in one room, and so touches the other's case."""
    town = make_town()
    rooms = [town.room, factories.make_resource("Møterom 2", unit=town.unit)]
    for day in range(7, 12):
        lines = [body(room, at(day, 18), at(day, 20))["lines"][0] for room in rooms]
        first = town.ask({"lines": lines})
        second = town.ask({"lines": lines[::-1]}, user=town.other_coach)
        together(
            [
                lambda c=first: services.decide_lines(c, [LineOutcome(1, "grant")], by=town.officer, now=NOW),
                lambda c=second: services.decide_lines(c, [LineOutcome(1, "grant")], by=town.unit.deputy, now=NOW),
            ]
        )
        assert states(first) == ["granted", "waiting_list"]
        assert states(second) == ["granted", "waiting_list"]


def test_withdrawing_while_it_is_granted_ends_in_one_of_the_two_orders() -> None:
    town = make_town()
    for day in range(7, 12):
        case = town.ask(body(town.room, at(day, 18), at(day, 20)))
        grant, _withdraw = together(
            [
                lambda c=case: town.decide(c, "grant"),
                lambda c=case: services.withdraw_case(c, by=town.coach, now=NOW),
            ]
        )
        case.refresh_from_db()
        if isinstance(grant, WrongState):
            assert (states(case), case.state) == (["withdrawn"], "withdrawn")
        else:
            assert (states(case), case.state) == (["cancelled_by_organisation"], "closed")
        assert not Occupancy.objects.filter(cause_id=case.lines.get().pk).exists()


def test_two_ticks_complete_each_line_once() -> None:
    town = make_town()
    cases = [town.decide(town.ask(body(town.room, at(day, 18), at(day, 20))), "grant") for day in range(7, 12)]
    late = at(30, 0)
    assert sum(together([lambda: services.complete_passed_lines(late)] * 3)) == 5
    for case in cases:
        case.refresh_from_db()
        assert case.state == "closed"


def test_two_ticks_at_once_end_an_offer_once_and_ask_one_next() -> None:
    town = make_town()
    granted = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    waiting = [
        town.ask(body(town.room, at(7, 18), at(7, 20), if_taken="waiting_list"), user=town.other_coach)
        for _place in range(3)
    ]
    services.withdraw_case(granted, by=town.coach, now=NOW)
    later = NOW + timedelta(days=2)
    counts = together([lambda: services.run_offers(later)] * 4)
    assert sum(count for count in counts if isinstance(count, int)) == 1
    assert list(Offer.objects.order_by("pk").values_list("state", flat=True)) == ["expired", "open"]
    assert [one.lines.get().offers.count() for one in waiting] == [1, 1, 0]
    assert OutboxMessage.objects.filter(handler="case_offer_expired").count() == 1


def test_yes_and_no_and_the_clock_at_the_same_moment() -> None:
    town = make_town()
    granted = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    first = town.ask(body(town.room, at(7, 18), at(7, 20), if_taken="waiting_list"), user=town.other_coach)
    services.withdraw_case(granted, by=town.coach, now=NOW)
    together(
        [
            lambda: services.accept_offer(first, 1, by=town.other_coach, now=NOW),
            lambda: services.decline_offer(first, 1, by=town.other_coach, now=NOW),
            lambda: services.run_offers(NOW + timedelta(days=2)),
        ]
    )
    state, offer = first.lines.get().state, Offer.objects.get().state
    assert (state, offer) in [("granted", "accepted"), ("withdrawn", "declined"), ("waiting_list", "expired")]
    assert Occupancy.objects.filter(klass="claim").exists() == (state == "granted")
