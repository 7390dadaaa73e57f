"""Asking for time: what is stored, what is told, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.cases import services
from booking.cases.models import Case, Event, Line
from booking.catalogue import public as catalogue_public
from booking.catalogue import selectors as catalogue
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import RuleBroken, Taken
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town, weekly

pytestmark = pytest.mark.django_db


def events(case: Case) -> list[str]:
    return list(case.events.values_list("type", flat=True))


def test_a_request_has_receipt_officer_and_answer_by_from_the_first_second(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20), title="Trening"))
    assert case.reference == "2026-0001"
    assert (case.state, case.waiting_on) == ("received", "municipality")
    assert (case.unit, case.officer, case.deputy) == (town.unit, town.unit.officer, town.unit.deputy)
    assert case.answer_by == date(2026, 3, 16)  # ten working days after Monday 2 March
    assert events(case) == ["received"]
    letter = OutboxMessage.objects.get()
    assert (letter.handler, letter.recipient, letter.legal) == ("case_receipt", town.coach.email, True)
    assert letter.due_at == NOW
    note = Occupancy.objects.get()
    assert (note.klass, note.status, note.cause_id) == ("note", "tentative", case.lines.get().pk)


def test_slow_weeks_name_the_later_date_and_why(town: Town) -> None:
    town.unit.slow_weeks.create(start=date(2026, 3, 2), end=date(2026, 3, 20), promise_days=18, reason="Vinterferie")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert (case.answer_by, case.slow_reason) == (date(2026, 3, 26), "Vinterferie")


def test_what_is_automatic_and_within_the_rules_is_granted_at_once() -> None:
    town = make_town(approval="automatic")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert (case.state, case.waiting_on) == ("granted", "nobody")
    assert case.answered_at == NOW
    assert events(case) == ["received", "automatic_approval"]
    assert Occupancy.objects.get().klass == "claim"
    assert OutboxMessage.objects.count() == 1  # the receipt is the answer


@pytest.mark.parametrize(
    ("audience", "state"),
    [
        ({"6-12": 20, "20-59": 10}, "granted"),
        ({"6-12": 19, "20-59": 10}, "received"),
        ({"about": 20, "bands": ["6-12", "13-19"]}, "granted"),
        ({"about": 20, "bands": ["6-12", "20-59"]}, "received"),
        ({}, "received"),
    ],
)
def test_two_thirds_under_twenty_are_children_and_youth(audience: dict[str, Any], state: str) -> None:
    town = make_town(approval="automatic_for", automatic_children_youth=True)
    assert town.ask(body(town.room, at(7, 18), at(7, 20), audience=audience)).state == state


def test_automatic_for_a_kind_of_organisation() -> None:
    town = make_town(approval="automatic_for", automatic_kinds=["club"])
    assert town.ask(body(town.room, at(7, 18), at(7, 20))).state == "granted"
    town.other_club.kind = "firm"
    town.other_club.save()
    assert town.ask(body(town.room, at(8, 18), at(8, 20)), user=town.other_coach).state == "received"


def test_an_unverified_organisation_is_never_granted_without_a_person() -> None:
    town = make_town(approval="automatic")
    town.club.state = "unverified"
    town.club.save()
    assert town.ask(body(town.room, at(7, 18), at(7, 20))).state == "received"


def test_requests_that_compete_do_not_block_each_other_and_hear_of_each_other(town: Town) -> None:
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    check = town.check(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    assert check.ok
    (verdict,) = check.lines[0].verdicts
    assert (verdict.code, verdict.severity, verdict.params["count"]) == ("rivals", "info", 1)
    town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    assert Line.objects.filter(state="requested").count() == 2


def test_a_hold_keeps_the_time_until_it_is_decided() -> None:
    town = make_town(pending_policy="hold")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert case.lines.get().state == "held"
    with pytest.raises(Taken):
        town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)


def test_taken_time_refuses_the_whole_request_and_stores_nothing() -> None:
    town = make_town(approval="automatic")
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    before = (Case.objects.count(), Line.objects.count(), Event.objects.count(), OutboxMessage.objects.count())
    with pytest.raises(Taken) as refused:
        town.ask(weekly(town.room, at(0, 18), at(0, 20), 3), user=town.other_coach)
    assert [line.ok for line in refused.value.items] == [True, False, True]
    assert refused.value.items[1].alternatives
    assert (Case.objects.count(), Line.objects.count(), Event.objects.count(), OutboxMessage.objects.count()) == before


def test_if_taken_skip_leaves_the_taken_dates_out() -> None:
    town = make_town(approval="automatic")
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    case = town.ask(weekly(town.room, at(0, 18), at(0, 20), 3, if_taken="skip"), user=town.other_coach)
    assert [(line.number, line.start) for line in case.lines.all()] == [(1, at(0, 18)), (2, at(14, 18))]
    assert case.state == "granted"


def test_if_taken_waiting_list_keeps_a_place_for_them() -> None:
    town = make_town(approval="automatic")
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    case = town.ask(weekly(town.room, at(0, 18), at(0, 20), 3, if_taken="waiting_list"), user=town.other_coach)
    assert list(case.lines.values_list("state", "reason")) == [
        ("granted", ""),
        ("waiting_list", "taken"),
        ("granted", ""),
    ]
    assert case.state == "on_hold"


def test_lines_of_one_request_that_clash_are_told_and_the_first_one_stays(town: Town) -> None:
    line = body(town.room, at(7, 18), at(7, 20))["lines"][0]
    twice = {"lines": [line, line]}
    check = town.check(twice)
    assert [conflict.status for one in check.lines for conflict in one.conflicts] == ["own", "own"]
    with pytest.raises(Taken):
        town.ask(twice)
    assert town.ask({**twice, "if_taken": "skip"}).lines.count() == 1


def test_a_broken_rule_is_422_and_can_be_asked_for_anyway(town: Town) -> None:
    late = body(town.room, at(7, 22), at(7, 23))
    with pytest.raises(RuleBroken) as refused:
        town.ask(late)
    assert [verdict.code for verdict in refused.value.items[0].verdicts] == ["opening_hours"]
    case = town.ask({**late, "override_reason": "Årsmøtet varer lenge"})
    assert case.state == "received"
    assert [fact["code"] for fact in case.verdicts] == ["opening_hours"]


def test_taken_time_can_never_be_asked_for_anyway() -> None:
    town = make_town(approval="automatic")
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    with pytest.raises(Taken):
        town.ask(body(town.room, at(7, 18), at(7, 20), override_reason="Vi må"), user=town.other_coach)


def test_asking_anyway_is_never_granted_by_itself() -> None:
    town = make_town(approval="automatic")
    assert town.ask(body(town.room, at(7, 22), at(7, 23), override_reason="Årsmøte")).state == "received"


def test_the_same_form_twice_gives_one_case(town: Town) -> None:
    data = body(town.room, at(7, 18), at(7, 20))
    first = town.ask(data, submission_key="form-1")
    second = town.ask(data, submission_key="form-1")
    assert first.pk == second.pk
    assert Case.objects.count() == 1
    assert OutboxMessage.objects.count() == 1


def test_another_persons_token_gives_another_case(town: Town) -> None:
    data = body(town.room, at(7, 18), at(7, 20))
    first = town.ask(data, submission_key="form-1")
    assert town.ask(data, user=town.other_coach, submission_key="form-1").pk != first.pk


def test_an_officer_who_leads_the_club_never_gets_its_case(town: Town) -> None:
    factories.give_membership(town.unit.officer, town.club, "board")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert (case.officer, case.deputy) == (town.unit.deputy, None)
    assert events(case) == ["disqualified", "received"]


def test_a_series_keeps_its_wall_clock_and_its_first_date_even_when_that_is_left_out(town: Town) -> None:
    start, end = datetime(2026, 3, 23, 16, tzinfo=UTC), datetime(2026, 3, 23, 18, tzinfo=UTC)
    case = town.ask(weekly(town.room, start, end, 3, exclude=["2026-03-23"]))
    series = case.series.get()
    assert series.start == start
    assert [line.start for line in case.lines.all()] == [
        datetime(2026, 3, 30, 15, tzinfo=UTC),
        datetime(2026, 4, 6, 15, tzinfo=UTC),
    ]
    assert [line.series_index for line in case.lines.all()] == [0, 1]


def test_queries_for_a_series_do_not_grow_with_its_length(town: Town) -> None:
    town.ask(body(town.room, at(1, 8), at(1, 9)))
    counts = []
    for weeks, day in ((2, 2), (40, 3)):
        with CaptureQueriesContext(connection) as captured:
            town.ask(weekly(town.room, at(day, 18), at(day, 20), weeks))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 50


def test_a_unit_without_a_promise_of_its_own_keeps_that_of_the_unit_above(town: Town) -> None:
    """The receipt, the enquiry's receipt and the page say the same date, with the slow weeks of the unit above."""
    town.unit.parent = factories.make_unit("Lilleby kommune", promise_days=4)
    town.unit.save()
    later = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert (later.answer_by, later.slow_reason) == (date(2026, 3, 6), "")
    parent = town.unit.parent
    parent.slow_weeks.create(start=date(2026, 3, 2), end=date(2026, 3, 8), promise_days=9, reason="Vinterferie")
    slow = town.ask(body(town.room, at(8, 18), at(8, 20)))
    assert (slow.answer_by, slow.slow_reason) == (date(2026, 3, 13), "Vinterferie")
    enquiry = services.submit_enquiry(message="Har dere en scene?", user=town.coach, unit=town.unit, now=NOW)
    assert (enquiry.answer_by, enquiry.slow_reason) == (date(2026, 3, 13), "Vinterferie")
    on = date(2026, 3, 2)
    shown = catalogue_public.contact(town.room, on=on, line=catalogue.lineage([town.room]))
    assert (shown.promise_days, shown.slow_reason) == (9, "Vinterferie")
