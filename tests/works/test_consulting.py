"""Consultation: replies, their dates, "you said / we did", and what gates the notice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Invalid, Unmet, WrongState
from booking.works import services
from booking.works.services import running
from tests.factories import NOW, give_membership
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def say(world: World, works: object, kind: str = "object", now: object = NOW, **fields: object) -> object:
    party = works.parties.get(organisation=world.club)
    return services.reply(works, kind=kind, message="Vi har cup.", party=party, by=world.coach, now=now, **fields)


def test_an_objection_gates_until_it_is_answered_in_public(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    row = say(world, works)
    assert (row.officer, row.answer_by.isoformat(), row.in_window) == (world.planner, "2026-03-09", True)
    with pytest.raises(Unmet) as error:
        services.move(works, to="noticed", by=world.planner, now=NOW + 15 * DAY)
    assert [(one.code, one.party) for one in error.value.items] == [("reply_unanswered", row.party_id)]
    with pytest.raises(Invalid):
        services.answer_replies(works, replies=[row], said="", did="Nei", outcome="done", by=world.planner, now=NOW)
    answer = services.answer_replies(
        works, replies=[row], said="Cupen må gå.", did="Vi flytter arbeidet en uke.", outcome="done",
        by=world.planner, now=NOW + DAY,
    )  # fmt: skip
    sent = world.post_goes_out(NOW + DAY)
    assert any("Vi flytter arbeidet en uke." in one.body for one in sent)
    assert list(works.answers.all()) == [answer]
    with pytest.raises(WrongState):
        services.answer_replies(works, replies=[row], said="a", did="b", outcome="done", by=world.planner, now=NOW)
    services.move(works, to="noticed", by=world.planner, now=NOW + 15 * DAY)


def test_who_leads_the_organisation_doesn_t_answer_it(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    row = say(world, works)
    give_membership(world.mate, world.club, "board")
    with pytest.raises(Disqualified):
        services.answer_replies(works, replies=[row], said="a", did="b", outcome="done", by=world.mate, now=NOW)


def test_alike_ones_are_answered_together(world: World) -> None:
    world.lend(44)
    world.lend(45, who=world.choir)
    works = world.consulting()
    other = services.reply(
        works, kind="object", message="Ikke da.", party=works.parties.get(organisation=world.choir), by=world.singer,
        now=NOW,
    )  # fmt: skip
    answer = services.answer_replies(
        works, replies=[say(world, works), other], said="Ikke i april.", did="Nei.", outcome="not_done",
        by=world.planner, now=NOW,
    )  # fmt: skip
    assert answer.replies.count() == 2


def test_silence_of_a_party_is_no_remark(world: World) -> None:
    world.lend(44)
    assert world.noticed().state == "noticed"


def test_late_and_self_declared_replies_don_t_gate(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    report = services.report_affected(works, name="Nabo", how="Jeg går tur.", now=NOW)
    services.reply(works, kind="object", message="Nei!", report=report, now=NOW)
    works = services.move(works, to="noticed", by=world.planner, now=NOW + 15 * DAY)
    late = say(world, works, now=NOW + 16 * DAY)
    assert late.in_window is False
    assert late.answer_by is not None


def test_a_self_declared_one_gates_when_a_planner_confirms(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    report = services.report_affected(works, name="Nabo", how="Jeg går tur.", now=NOW)
    services.reply(works, kind="object", message="Nei!", report=report, now=NOW)
    services.decide_report(report, affected=True, by=world.planner, now=NOW)
    with pytest.raises(Unmet) as error:
        services.move(works, to="noticed", by=world.planner, now=NOW + 15 * DAY)
    assert [one.code for one in error.value.items] == ["reply_unanswered"]


def test_a_proposal_is_checked_at_once(world: World) -> None:
    world.lend(44)
    world.lend(57)
    works = world.consulting()
    row = say(world, works, "propose", proposed=[(at(56, 7), at(60, 15)), (at(70, 7), at(74, 15))])
    assert [(one["free"], one["lines"]) for one in row.checked] == [(False, 1), (True, 0)]
    with pytest.raises(Invalid):
        say(world, works, "propose", proposed=[(at(60), at(59))])


def test_the_same_press_twice_is_one_reply(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    first = say(world, works, submission_key="k1")
    assert say(world, works, submission_key="k1").pk == first.pk
    assert works.replies.count() == 1


def test_an_overdue_answer_goes_to_the_leader(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    row = say(world, works)
    running.run_works(at(4, 9))
    running.run_works(at(8, 9))
    running.run_works(at(8, 10))
    row.refresh_from_db()
    assert row.nudged_at == at(4, 9)
    assert row.escalated_at == at(8, 9)
    to = set(
        OutboxMessage.objects.filter(handler="works_staff", payload__what="reply_overdue").values_list(
            "recipient", flat=True
        )
    )
    assert world.boss.email in to
    assert "reply_overdue" in list(fresh(works).events.filter(public=True).values_list("type", flat=True))
