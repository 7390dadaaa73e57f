"""Deciding: all or nothing, grounds, rivals, lost races, conflict of interest, many at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.cases import selectors, services
from booking.cases.models import Case, Decision, Line
from booking.cases.services import LineOutcome
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, Stale, Taken, WrongState
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town, weekly

pytestmark = pytest.mark.django_db

States = Callable[[Case], dict[int, str]]


def test_granting_takes_the_time_and_tells_after_a_minute(town: Town, numbers: States) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    line = case.lines.get()
    done = town.decide(case, "grant")
    assert (done.state, done.waiting_on, done.answered_at) == ("granted", "nobody", NOW)
    assert numbers(case) == {1: "granted"}
    row = Occupancy.objects.get()
    assert (row.klass, row.status, row.cause_id) == ("claim", "confirmed", line.pk)
    letter = OutboxMessage.objects.get(handler="case_decision")
    assert letter.due_at == NOW + timedelta(seconds=60)
    after = case.lines.get()
    assert (after.uid, after.sequence, after.revised_at) == (line.uid, line.sequence + 1, NOW)
    event = case.events.get(type="granted")
    assert (event.actor, event.hat, event.data["lines"]) == (town.officer, f"unit:{town.unit.slug}", [1])


def test_a_series_is_granted_with_one_event_and_rising_sequence(town: Town) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 40))
    town.decide(case, "grant")
    (event,) = case.events.filter(type="granted")
    assert event.data["lines"] == list(range(1, 41))
    assert case.series.get().sequence == 1
    assert Occupancy.objects.filter(klass="claim").count() == 40


def test_granting_needs_the_same_number_of_queries_for_one_and_for_forty(town: Town) -> None:
    # The first of all makes the rows that count references and feed versions.
    town.decide(town.ask(body(town.room, at(1, 8), at(1, 9))), "grant")
    counts = []
    for weeks, day in ((1, 2), (40, 3)):
        case = town.ask(weekly(town.room, at(day, 18), at(day, 20), weeks))
        wanted = [LineOutcome(number, "grant") for number in range(1, weeks + 1)]
        with CaptureQueriesContext(connection) as captured:
            services.decide_lines(case, wanted, by=town.officer, now=NOW)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 50


def test_lines_not_named_stay_open(town: Town, numbers: States) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 3))
    done = town.decide(case, "grant", 1)
    assert numbers(case) == {1: "granted", 2: "requested", 3: "requested"}
    assert (done.state, done.waiting_on, done.answered_at) == ("in_review", "municipality", None)


def test_five_of_seven_granted_is_partly_granted(town: Town) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 7))
    outcomes = [LineOutcome(n, "grant") for n in range(1, 6)] + [LineOutcome(n, "refuse") for n in (6, 7)]
    done = services.decide_lines(case, outcomes, "Hallen er leid ut til turnering.", by=town.officer, now=NOW)
    assert done.state == "partly_granted"
    refused = Decision.objects.get(outcome="refuse")
    assert (refused.grounds, refused.appeal_by) == ("Hallen er leid ut til turnering.", date(2026, 3, 23))
    assert OutboxMessage.objects.filter(handler="case_decision").count() == 1


@pytest.mark.parametrize("outcome", ["refuse", "waiting_list"])
def test_no_without_grounds_is_refused_by_field(town: Town, outcome: str) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    with pytest.raises(Invalid) as refused:
        town.decide(case, outcome)
    assert refused.value.errors[0].loc == ("lines", 0, "grounds")


@pytest.mark.parametrize("outcome", ["grant", "refuse", "waiting_list"])
def test_the_same_outcome_again_changes_nothing(town: Town, outcome: str) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    first = town.decide(case, outcome, grounds="Fordi")
    again = town.decide(case, outcome, grounds="Fordi")
    assert again.version == first.version
    assert Decision.objects.count() == 1
    assert OutboxMessage.objects.filter(handler="case_decision").count() == 1


def test_another_outcome_is_wrong_state(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    town.decide(case, "grant")
    with pytest.raises(WrongState):
        town.decide(case, "refuse", grounds="Fordi")


def test_all_or_nothing(town: Town, numbers: States) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 2))
    town.decide(case, "refuse", 2, grounds="Fordi")
    with pytest.raises(WrongState):
        town.decide(case, "grant", 1, 2)
    assert numbers(case) == {1: "requested", 2: "refused"}
    with pytest.raises(Invalid):
        town.decide(case, "grant", 1, 9)
    assert numbers(case) == {1: "requested", 2: "refused"}


def test_a_stale_page_is_told_so(town: Town) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 2))
    seen = case.version
    town.decide(case, "grant", 1)
    with pytest.raises(Stale):
        town.decide(case, "grant", 2, if_version=seen)


def test_rivals_go_to_the_waiting_list_in_the_same_act(town: Town, numbers: States) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    rival = town.ask(weekly(town.room, at(7, 19), at(7, 21), 2), user=town.other_coach)
    (found,) = selectors.rivals(case)
    assert (found.case, list(found.against)) == (rival, [1])
    town.decide(case, "grant")
    rival.refresh_from_db()
    assert numbers(rival) == {1: "waiting_list", 2: "requested"}
    assert rival.lines.get(number=1).reason == "rival_granted"
    assert (rival.state, rival.version) == ("received", 2)
    event = rival.events.get(type="waiting_listed")
    assert event.data == {"lines": [1], "reason": "rival_granted", "because": case.decisions.get().pk}
    letter = OutboxMessage.objects.get(handler="case_waiting_list")
    assert letter.recipient == town.other_coach.email
    assert not Occupancy.objects.filter(cause_id=rival.lines.get(number=1).pk).exists()


def test_granting_a_rival_later_is_a_lost_race_with_alternatives(town: Town, numbers: States) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    rival = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    town.decide(case, "grant")
    with pytest.raises(Taken) as lost:
        town.decide(rival, "grant")
    (line,) = lost.value.items
    assert (line.number, line.conflicts[0].start, bool(line.alternatives)) == (1, at(7, 18), True)
    assert numbers(rival) == {1: "waiting_list"}


def test_a_stock_that_is_big_enough_leaves_rivals_alone(town: Town, numbers: States) -> None:
    chairs = factories.make_stock("Stoler", 40, unit=town.unit)
    first = town.ask(body(chairs, at(7, 18), at(7, 20), quantity=20))
    small = town.ask(body(chairs, at(7, 18), at(7, 20), quantity=20), user=town.other_coach)
    big = town.ask(body(chairs, at(7, 18), at(7, 20), quantity=21), user=town.other_coach)
    town.decide(first, "grant")
    assert (numbers(small), numbers(big)) == ({1: "requested"}, {1: "waiting_list"})


def test_a_part_and_the_whole_are_rivals(db: None, numbers: States) -> None:
    town = make_town()
    hall = factories.make_hall_in_thirds(unit=town.unit)
    whole = town.ask(body(hall.whole, at(7, 18), at(7, 20)))
    part = town.ask(body(hall.parts[1], at(7, 18), at(7, 20)), user=town.other_coach)
    town.decide(part, "grant")
    assert numbers(whole) == {1: "waiting_list"}


def test_a_waiting_line_can_be_granted_when_the_time_is_free_again(town: Town, numbers: States) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    rival = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    town.decide(case, "grant")
    services.withdraw_case(case, by=town.coach, now=NOW)
    town.decide(rival, "grant")
    assert numbers(rival) == {1: "granted"}


def test_only_the_unit_or_one_above_it_decides(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    other = factories.make_unit("Teknisk")
    below = factories.make_unit("Klubben", parent=town.unit)
    for user in (town.coach, other.officer, below.officer, factories.make_officer(town.unit, role="caretaker")):
        with pytest.raises(Forbidden):
            town.decide(case, "grant", by=user)
    above = factories.make_unit("Servicetorg")
    town.unit.parent = above
    town.unit.save()
    town.decide(case, "grant", by=above.officer)


@pytest.mark.parametrize("tie", ["requester", "responsible", "leader", "board", "booker", "co_host"])
def test_a_conflict_of_interest_can_never_decide(town: Town, tie: str) -> None:
    data = body(town.room, at(7, 18), at(7, 20))
    officer = town.officer
    if tie == "requester":
        factories.give_membership(officer, town.club, "booker", end=date(2026, 12, 31))
        case = town.ask(data, user=officer)
        town.club.memberships.filter(user=officer).update(end=date(2026, 3, 1))
    elif tie == "responsible":
        case = town.ask({**data, "responsible": {"name": "Ola", "email": officer.email.upper()}})
    elif tie == "co_host":
        town.other_club.listed = True
        town.other_club.save()
        factories.give_membership(officer, town.other_club, "board")
        case = town.ask({**data, "co_hosts": [town.other_club.slug]})
    else:
        factories.give_membership(officer, town.club, tie)
        case = town.ask(data)
    with pytest.raises(Disqualified):
        town.decide(case, "grant")
    with pytest.raises(Disqualified):
        town.decide(case, "refuse", grounds="Fordi")
    town.decide(case, "grant", by=town.unit.deputy)


@pytest.mark.parametrize("role", ["member", "duty_helper"])
def test_an_ordinary_member_may_decide(town: Town, role: str) -> None:
    factories.give_membership(town.officer, town.club, role)
    town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")


def test_a_role_that_has_ended_is_no_tie(town: Town) -> None:
    factories.give_membership(town.officer, town.club, "leader", end=date(2026, 3, 1))
    town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")


def test_under_a_disqualified_leader_the_unit_above_decides(town: Town) -> None:
    leader = factories.make_leader(town.unit)
    factories.give_membership(leader, town.club, "leader")
    above = factories.make_unit("Servicetorg")
    town.unit.parent = above
    town.unit.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    services.add_message(case, by=town.officer, body="Vi gjør saken klar.", now=NOW)
    with pytest.raises(Disqualified):
        town.decide(case, "grant")
    town.decide(case, "grant", by=above.officer)


def test_many_at_once_tell_their_consequences_first(town: Town, numbers: States) -> None:
    first = town.ask(body(town.room, at(7, 18), at(7, 20)))
    second = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    third = town.ask(body(town.room, at(8, 18), at(8, 20)))
    fourth = town.ask(body(town.room, at(8, 19), at(8, 21)), user=town.other_coach)
    town.decide(fourth, "grant")
    preview = services.preview_many([first, second, third], "grant", by=town.officer, now=NOW)
    assert [list(one.against_each_other) for one in preview] == [[second.reference], [first.reference], []]
    assert [list(one.taken) for one in preview] == [[], [], [1]]
    assert all(one.error is None for one in preview)
    assert Decision.objects.count() == 1
    answers = services.decide_many([first, second, third], "grant", by=town.officer, now=NOW)
    assert [one.ok for one in answers] == [True, False, False]
    assert isinstance(answers[1].error, Taken)
    assert numbers(first) == {1: "granted"}


def test_many_refused_with_one_set_of_grounds(town: Town) -> None:
    cases = [town.ask(body(town.room, at(day, 18), at(day, 20))) for day in (7, 8, 9)]
    answers = services.decide_many(cases, "refuse", "Hallen pusses opp.", by=town.officer, now=NOW)
    assert [one.case.state for one in answers] == ["refused"] * 3
    assert set(Decision.objects.values_list("grounds", flat=True)) == {"Hallen pusses opp."}


def test_a_bulk_act_keeps_away_from_ones_own_club(town: Town) -> None:
    mine = town.ask(body(town.room, at(7, 18), at(7, 20)))
    other = town.ask(body(town.room, at(8, 18), at(8, 20)), user=town.other_coach)
    factories.give_membership(town.officer, town.club, "leader")
    preview = services.preview_many([mine, other], "grant", by=town.officer, now=NOW)
    assert [isinstance(one.error, Disqualified) for one in preview] == [True, False]
    answers = services.decide_many([mine, other], "grant", by=town.officer, now=NOW)
    assert [one.ok for one in answers] == [False, True]


def test_rivals_inside_one_case_are_told_too(town: Town, numbers: States) -> None:
    """A basket may hold a hall and its part on overlapping dates, when it was asked for with a reason... of a stock."""
    chairs = factories.make_stock("Stoler", 10, unit=town.unit)
    lines = [body(chairs, at(7, 18), at(7, 20), quantity=5)["lines"][0] for _ in range(2)]
    case = town.ask({"lines": lines})
    rival = town.ask(body(chairs, at(7, 18), at(7, 20), quantity=6), user=town.other_coach)
    town.decide(case, "grant", 1)
    assert (numbers(case), numbers(rival)) == ({1: "granted", 2: "requested"}, {1: "waiting_list"})


def test_time_alone_completes_what_was_granted_and_nothing_else(town: Town, numbers: States) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 3))
    town.decide(case, "grant", 1, 2)
    late = at(60, 0)
    assert services.complete_passed_lines(late) == 2
    assert services.complete_passed_lines(late) == 0
    assert numbers(case) == {1: "completed", 2: "completed", 3: "requested"}
    case.refresh_from_db()
    assert (case.state, case.waiting_on) == ("in_review", "municipality")
    assert Line.objects.get(case=case, number=1).sequence == 1


def test_all_completed_closes_the_case(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    town.decide(case, "grant")
    services.complete_passed_lines(datetime(2026, 3, 9, 19, 0, tzinfo=UTC))
    case.refresh_from_db()
    assert case.state == "closed"


def test_works_and_closures_displace_and_give_back(town: Town, numbers: States) -> None:
    from booking.occupancy import services as occupancy

    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    town.decide(case, "grant")
    closed = occupancy.close_resource(
        town.room, start=at(7, 0), end=at(8, 0), reason="Vannlekkasje", now=NOW, by=town.officer
    )
    assert numbers(case) == {1: "displaced"}
    case.refresh_from_db()
    assert case.state == "granted"
    assert case.events.filter(type="displaced").exists()
    assert OutboxMessage.objects.filter(handler="case_displaced").count() == 1
    occupancy.reopen(closed.closure, now=NOW, by=town.officer)
    assert numbers(case) == {1: "granted"}
    assert case.events.filter(type="restored").exists()


def test_a_held_time_that_is_closed_is_only_asked_for_again(db: None, numbers: States) -> None:
    from booking.occupancy import services as occupancy

    town = make_town(pending_policy="hold")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    closed = occupancy.close_resource(town.room, start=at(7, 0), end=at(8, 0), reason="Vask", now=NOW, by=None)
    assert numbers(case) == {1: "requested"}
    occupancy.reopen(closed.closure, now=NOW, by=None)
    assert numbers(case) == {1: "requested"}
    assert Occupancy.objects.get(cause_kind="line").status == "tentative"


def test_withdrawing(town: Town, numbers: States) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 3))
    town.decide(case, "grant", 1)
    town.decide(case, "refuse", 3, grounds="Fordi")
    done = services.withdraw_case(case, by=town.coach, now=NOW)
    assert numbers(case) == {1: "cancelled_by_organisation", 2: "withdrawn", 3: "refused"}
    assert done.waiting_on == "nobody"
    assert not Occupancy.objects.exists()
    assert services.withdraw_case(case, by=town.coach, now=NOW).version == done.version
    with pytest.raises(WrongState):
        services.withdraw_line(case, 3, by=town.coach, now=NOW)


def test_only_a_party_withdraws(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    for user in (town.other_coach, town.officer):
        with pytest.raises(Forbidden):
            services.withdraw_case(case, by=user, now=NOW)
    board: Any = factories.make_user("Styremedlem")
    factories.give_membership(board, town.club, "board")
    services.withdraw_case(case, by=board, now=NOW)
