"""Granted time that the municipality takes back, and what comes of it (requests.md "Deciding", needs N8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from booking.cases import services
from booking.cases.models import Case, TakeBack
from booking.cases.services import Instead
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, Taken, WrongState
from booking.occupancy.models import Occupancy
from booking.occupancy.services import close_resource
from tests import factories
from tests.cases.conftest import NOW, Town, at, body

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(town: Town) -> Case:
    """Granted, three weeks ahead."""
    return town.decide(town.ask(body(town.room, at(21, 18), at(21, 20))), "grant")


def instead(town: Town, day: int = 22, number: int = 1) -> Instead:
    return Instead(number, town.room, at(day, 18), at(day, 20))


def take_back(town: Town, case: Case, *numbers: int, **fields: Any) -> Case:
    given = {"reason": "Kommunestyremøte", "by": town.officer, "now": NOW, "instead": [instead(town)]} | fields
    return services.take_back(case, numbers or [1], **given)


def rows(line: Any, kind: str = "line") -> set[tuple[str, str]]:
    return set(Occupancy.objects.filter(cause_kind=kind, cause_id=line.pk).values_list("klass", "status"))


def test_it_is_displaced_keeps_its_place_and_is_told_with_deadline_and_alternative(town: Town, case: Case) -> None:
    done = take_back(town, case)
    line, row = case.lines.get(), TakeBack.objects.get()
    assert (line.state, line.reason, done.waiting_on) == ("displaced", "take_back", "requester")
    assert (row.reply_by, row.short_notice, row.state) == (date(2026, 3, 16), False, "open")
    assert row.alternatives == [[town.room.pk, at(22, 18).isoformat(), at(22, 20).isoformat()]]
    assert rows(line) == {("note", "")}
    assert rows(row, "take_back") == {("block", "closed")}
    (letter,) = OutboxMessage.objects.filter(handler="case_taken_back")
    assert (letter.recipient, letter.legal) == (town.coach.email, True)
    kinds = list(case.events.values_list("type", flat=True))
    assert kinds[-2:] == ["displaced", "taken_back"]
    # Nobody else can have it.
    with pytest.raises(Taken):
        town.ask(body(town.room, at(21, 18), at(21, 20)), user=town.other_coach)


def test_twice_is_once(town: Town, case: Case) -> None:
    take_back(town, case)
    again = take_back(town, case)
    assert (TakeBack.objects.count(), again.state) == (1, "granted")
    assert OutboxMessage.objects.filter(handler="case_taken_back").count() == 1


@pytest.mark.parametrize(
    ("fields", "code", "loc"),
    [
        ({"reason": " "}, "required", ("reason",)),
        ({"kind": "whim"}, "unknown_choice", ("kind",)),
        ({"reply_by": date(2026, 3, 15)}, "too_soon", ("reply_by",)),
        ({"reply_by": date(2026, 8, 1)}, "too_far", ("reply_by",)),
        ({"instead": []}, "alternatives", ("alternatives",)),
        ({"instead": [], "none_exists": True}, "alternatives", ("alternatives",)),
        ({"kind": "priority", "priority_use": "Bryllup"}, "not_named", ("priority_use",)),
    ],
)
def test_what_is_missing_is_named(town: Town, case: Case, fields: Any, code: str, loc: Any) -> None:
    with pytest.raises(Invalid) as refused:
        take_back(town, case, **fields)
    assert (refused.value.code, refused.value.loc or refused.value.errors[0].loc) == (code, loc)
    assert case.lines.get().state == "granted"


def test_an_unknown_line_another_units_place_and_what_isnt_free_are_refused(town: Town, case: Case) -> None:
    with pytest.raises(Invalid):
        take_back(town, case, 2)
    elsewhere = factories.make_resource("Kulturskolen")
    with pytest.raises(Invalid) as other:
        take_back(town, case, instead=[Instead(1, elsewhere, at(22, 18), at(22, 20))])
    assert other.value.errors[0].code == "other_unit"
    town.decide(town.ask(body(town.room, at(22, 18), at(22, 20)), user=town.other_coach), "grant")
    with pytest.raises(Taken):
        take_back(town, case)
    assert not TakeBack.objects.exists()


def test_none_exists_is_said_only_when_it_is_true(town: Town, case: Case) -> None:
    with pytest.raises(Invalid):
        take_back(town, case, instead=[], none_exists=True)
    close_resource(town.room, start=at(13, 0), end=at(21, 18), reason="Maling", now=NOW)
    close_resource(town.room, start=at(21, 20), end=at(40, 0), reason="Maling", now=NOW)
    with pytest.raises(Invalid) as silent:
        take_back(town, case, instead=[])
    assert silent.value.code == "none_exists"
    take_back(town, case, instead=[], none_exists=True)
    assert TakeBack.objects.get().alternatives == []


def test_an_emergency_and_a_named_use_have_shorter_deadlines(town: Town, case: Case) -> None:
    take_back(town, case, kind="emergency")
    assert TakeBack.objects.get().reply_by == date(2026, 3, 3)
    services.give_back(case, 1, by=town.officer, now=NOW)
    town.room.priority_uses = "Begravelse: 2\nValg: 7"
    town.room.save()
    take_back(town, case, kind="priority", priority_use="Begravelse", now=NOW + timedelta(hours=1))
    row = TakeBack.objects.latest("pk")
    assert (row.reply_by, row.priority_use) == (date(2026, 3, 4), "Begravelse")


def test_inside_48_hours_it_is_told_at_once(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(1, 18), at(1, 20))), "grant")
    take_back(town, case, kind="emergency", instead=[instead(town, 3)])
    assert TakeBack.objects.get().short_notice
    assert OutboxMessage.objects.get(handler="case_taken_back").due_at == NOW


def test_it_comes_back_by_itself_when_the_time_is_given_back(town: Town, case: Case) -> None:
    take_back(town, case)
    back = services.give_back(case, 1, by=town.officer, now=NOW)
    line = case.lines.get()
    assert (line.state, back.waiting_on, TakeBack.objects.get().outcome) == ("granted", "nobody", "restored")
    assert rows(line) == {("claim", "confirmed")}
    assert not Occupancy.objects.filter(cause_kind="take_back").exists()
    assert OutboxMessage.objects.filter(handler="case_restored").exists()
    assert services.give_back(case, 1, by=town.officer, now=NOW).version == back.version


def test_the_party_takes_the_alternative_as_the_same_line(town: Town, case: Case) -> None:
    take_back(town, case)
    uid = case.lines.get().uid
    for _press in range(2):
        done = services.accept_alternative(
            case, 1, resource=town.room, start=at(22, 18), end=at(22, 20), by=town.coach, now=NOW
        )
    line = case.lines.get()
    assert (line.state, line.start, line.uid, done.waiting_on) == ("granted", at(22, 18), uid, "nobody")
    assert rows(line) == {("claim", "confirmed")}
    assert TakeBack.objects.get().outcome == "alternative"
    assert OutboxMessage.objects.filter(handler="case_moved").count() == 1


def test_only_what_is_offered_or_free_there_can_be_taken(town: Town, case: Case) -> None:
    take_back(town, case)
    with pytest.raises(Invalid) as refused:
        services.accept_alternative(
            case, 1, resource=town.room, start=at(60, 18), end=at(60, 20), by=town.coach, now=NOW
        )
    assert refused.value.code == "not_offered"
    town.decide(town.ask(body(town.room, at(22, 18), at(22, 20)), user=town.other_coach), "grant")
    with pytest.raises(Taken):
        services.accept_alternative(
            case, 1, resource=town.room, start=at(22, 18), end=at(22, 20), by=town.coach, now=NOW
        )
    line = case.lines.get()
    assert (line.state, line.start) == ("displaced", at(21, 18))


def test_the_party_lets_it_go(town: Town, case: Case) -> None:
    take_back(town, case)
    for _press in range(2):
        services.accept_loss(case, 1, by=town.coach, now=NOW)
    line = case.lines.get()
    assert (line.state, TakeBack.objects.get().outcome, rows(line)) == ("cancelled_by_municipality", "loss", set())
    # The municipality still has the time, until it gives it free.
    assert Occupancy.objects.filter(cause_kind="take_back").exists()
    services.give_back(case, 1, by=town.officer, now=NOW)
    assert case.lines.get().state == "cancelled_by_municipality"
    assert not Occupancy.objects.filter(cause_kind="take_back").exists()


def test_an_objection_must_be_answered_before_it_ends(town: Town, case: Case) -> None:
    take_back(town, case)
    case.refresh_from_db()
    promised = case.answer_by
    later = NOW + timedelta(days=2)
    done = services.object_to(case, 1, message="Vi har kamp!", by=town.coach, now=later)
    assert (done.waiting_on, TakeBack.objects.get().state) == ("municipality", "objected")
    assert done.answer_by > promised
    assert OutboxMessage.objects.filter(handler="case_message_to_officer", recipient=town.officer.email).exists()
    after = datetime(2026, 3, 18, 9, tzinfo=NOW.tzinfo)
    with pytest.raises(WrongState) as objected:
        services.end_take_back(case, 1, by=town.officer, now=after)
    assert objected.value.code == "objected"
    with pytest.raises(WrongState):
        services.object_to(case, 1, message="Igjen", by=town.coach, now=later)
    answered = services.answer_objection(case, 1, message="Vi kan ikke.", by=town.officer, now=later)
    assert answered.waiting_on == "requester"
    with pytest.raises(WrongState) as early:
        services.end_take_back(case, 1, by=town.officer, now=later)
    assert early.value.code == "too_soon"
    ended = services.end_take_back(case, 1, by=town.officer, now=after)
    assert (case.lines.get().state, ended.waiting_on) == ("cancelled_by_municipality", "nobody")


def test_time_alone_never_ends_it(town: Town, case: Case) -> None:
    take_back(town, case)
    services.run_offers(NOW + timedelta(days=40))
    services.complete_passed_lines(NOW + timedelta(days=40))
    assert case.lines.get().state == "displaced"


def test_who_may_not_decide_may_not_take_back(town: Town, case: Case) -> None:
    with pytest.raises(Forbidden):
        take_back(town, case, by=town.coach)
    factories.give_membership(town.officer, town.club, "board")
    with pytest.raises(Disqualified):
        take_back(town, case)


def test_a_stranger_can_answer_nothing(town: Town, case: Case) -> None:
    take_back(town, case)
    for act in (services.accept_loss, services.object_to):
        more = {"message": "Hei"} if act is services.object_to else {}
        with pytest.raises(Forbidden):
            act(case, 1, by=town.other_coach, now=NOW, **more)


def test_works_and_closures_keep_their_own_letter(town: Town, case: Case) -> None:
    close_resource(town.room, start=at(21, 8), end=at(21, 22), reason="Vask", now=NOW)
    assert OutboxMessage.objects.filter(handler="case_displaced").count() == 1
    assert not OutboxMessage.objects.filter(handler="case_taken_back").exists()
    case.refresh_from_db()
    assert (case.lines.get().state, case.waiting_on) == ("displaced", "nobody")
    # Also then the party may take what is free.
    services.accept_alternative(case, 1, resource=town.room, start=at(22, 18), end=at(22, 20), by=town.coach, now=NOW)
    assert case.lines.get().state == "granted"


def test_part_of_a_stock_is_taken_back_and_the_rest_stays(town: Town) -> None:
    chairs = factories.make_stock("Stoler", 40, unit=town.unit)
    mine = town.decide(town.ask(body(chairs, at(21, 18), at(21, 20), quantity=20)), "grant")
    other = town.decide(town.ask(body(chairs, at(21, 18), at(21, 20), quantity=20), user=town.other_coach), "grant")
    take_back(town, mine, instead=[Instead(1, chairs, at(22, 18), at(22, 20))])
    assert (mine.lines.get().state, other.lines.get().state) == ("displaced", "granted")
