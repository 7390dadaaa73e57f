"""Conflict of interest in every path: ties that are declared, leaders with ties, the line above (needs N10)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.cases import services
from booking.cases.access import check_may_decide, hosts_of
from booking.cases.models import Case, Tie
from booking.cases.rules.texts import fill, unknown_placeholders
from booking.cases.selectors import case_detail
from booking.catalogue.models import Absence
from booking.correspondence.models import OutboxMessage
from booking.foundation.clock import local_date
from booking.foundation.errors import Disqualified, Forbidden, Invalid, WrongState
from tests import factories
from tests.cases.conftest import NOW, Town, at, body

pytestmark = pytest.mark.django_db
TODAY = local_date(NOW, ZoneInfo("Europe/Oslo"))


@pytest.fixture
def case(town: Town) -> Case:
    return town.ask(body(town.room, at(7, 18), at(7, 20)))


def test_who_declares_ties_keeps_away_at_once_and_the_leader_is_told(town: Town, case: Case) -> None:
    leader = factories.make_leader(town.unit)
    for _press in range(2):
        done = services.declare_tie(case, why="Datteren min spiller der", by=town.officer, now=NOW)
    assert done.officer == town.unit.deputy
    assert Tie.objects.count() == 1
    with pytest.raises(Disqualified):
        town.decide(case, "grant")
    assert OutboxMessage.objects.get(handler="case_tie_declared").recipient == leader.email
    (event,) = case.events.filter(type="disqualified")
    assert not event.staff_only
    assert case.events.get(type="tie_declared").staff_only
    seen = case_detail(case, town.coach, now=NOW)
    assert (seen.because_of_conflict, seen.moves.ties) == (True, ())
    assert town.decide(case, "grant", by=town.unit.deputy).state == "granted"


def test_the_leader_may_see_no_harm(town: Town, case: Case) -> None:
    leader = factories.make_leader(town.unit)
    services.declare_tie(case, why="Naboen min", by=town.officer, now=NOW)
    tie = Tie.objects.get()
    with pytest.raises(Forbidden):
        services.judge_tie(case, tie.pk, verdict="fit", by=town.unit.deputy, now=NOW)
    with pytest.raises(Invalid):
        services.judge_tie(case, tie.pk, verdict="perhaps", by=leader, now=NOW)
    services.judge_tie(case, tie.pk, verdict="fit", by=leader, now=NOW)
    assert town.decide(case, "grant").state == "granted"


def test_nobody_judges_their_own_ties(town: Town, case: Case) -> None:
    leader = factories.make_leader(town.unit)
    services.declare_tie(case, why="Kona mi", by=leader, now=NOW)
    with pytest.raises(Disqualified):
        services.judge_tie(case, Tie.objects.get().pk, verdict="fit", by=leader, now=NOW)


def test_what_the_register_knows_no_leader_can_relax(town: Town, case: Case) -> None:
    leader = factories.make_leader(town.unit)
    services.declare_tie(case, why="Jeg sitter i styret", by=town.officer, now=NOW)
    factories.give_membership(town.officer, town.club, "board")
    with pytest.raises(WrongState):
        services.judge_tie(case, Tie.objects.get().pk, verdict="fit", by=leader, now=NOW)


def test_outsiders_declare_nothing(town: Town, case: Case) -> None:
    with pytest.raises(Forbidden):
        services.declare_tie(case, why="Hei", by=town.coach, now=NOW)


def test_under_a_leader_with_ties_it_goes_to_the_unit_above(town: Town) -> None:
    above = factories.make_unit("Rådmannen")
    town.unit.parent = above
    town.unit.save()
    leader = factories.make_leader(town.unit)
    factories.give_membership(leader, town.club, "leader")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert case.officer == above.officer
    assert case_detail(case, town.coach, now=NOW).because_of_conflict
    with pytest.raises(Disqualified):
        town.decide(case, "grant")
    # Subordinates prepare.
    services.ask(case, message="Hvor mange?", by=town.officer, now=NOW)
    town.decide(case, "grant", by=above.officer)
    assert case.lines.get().state == "granted"


def test_at_the_top_the_named_substitute_decides(town: Town) -> None:
    leader = factories.make_leader(town.unit)
    factories.give_membership(leader, town.club, "leader")
    substitute = factories.make_officer(town.unit, "Sonja Settefylkesmann")
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    for person in (town.officer, substitute):
        with pytest.raises(Disqualified):
            check_may_decide(person, case, hosts_of(case), TODAY)
    town.unit.substitute = substitute
    town.unit.save()
    case = town.ask(body(town.room, at(8, 18), at(8, 20)))
    assert case.officer == substitute
    assert town.decide(case, "grant", by=substitute).state == "granted"
    with pytest.raises(Disqualified):
        town.decide(town.ask(body(town.room, at(9, 18), at(9, 20))), "grant")


def test_a_deputy_with_ties_does_not_answer_for_an_officer_who_is_away(town: Town, case: Case) -> None:
    leader = factories.make_leader(town.unit)
    Absence.objects.create(user=town.officer, start=TODAY, end=TODAY)
    assert case_detail(case, town.coach, now=NOW).acting == town.unit.deputy
    factories.give_membership(town.unit.deputy, town.club, "booker")
    assert case_detail(case, town.coach, now=NOW).acting == leader


def test_automatic_approval_is_the_rules_not_the_persons(town: Town) -> None:
    factories.give_membership(town.officer, town.club, "leader")
    town.room.approval = "automatic"
    town.room.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)), user=town.coach)
    assert (case.state, case.decisions.get().by, case.decisions.get().hat) == ("granted", None, "rules")
    assert case.officer != town.officer
    acts: list[Any] = [
        lambda: services.take_back(case, [1], reason="Nei", by=town.officer, now=NOW),
        lambda: services.undo_decision(case, by=town.officer, now=NOW),
        lambda: services.dismiss(case, grounds="Nei", by=town.officer, now=NOW),
        lambda: services.give_back(case, 1, by=town.officer, now=NOW),
    ]
    for act in acts:
        with pytest.raises((Disqualified, WrongState)) as refused:
            act()
        assert isinstance(refused.value, Disqualified) or refused.value.code == "nothing_to_undo"


def test_bulk_passes_over_cases_with_ties(town: Town, case: Case) -> None:
    other = town.ask(body(town.room, at(8, 18), at(8, 20)), user=town.other_coach)
    services.declare_tie(case, why="Fetter", by=town.officer, now=NOW)
    shown = services.preview_many([case, other], "grant", by=town.officer, now=NOW)
    assert [one.error is None for one in shown] == [False, True]
    answers = services.decide_many([case, other], "grant", by=town.officer, now=NOW)
    assert [one.ok for one in answers] == [False, True]


def test_braces_in_texts() -> None:
    assert unknown_placeholders("Hei {organisation}, {places}") == []
    assert unknown_placeholders("Hei {navn} og {") == ["navn", "{"]
    assert fill("{places}: {nei} {unit}", {"places": "Hallen", "nei": "x"}) == "Hallen: {nei} {unit}"
