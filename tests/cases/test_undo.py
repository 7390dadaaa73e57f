"""A decision can be undone while its letter waits, and then nothing has happened (requests.md "Deciding")."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from booking.cases import services
from booking.cases.models import Case, Decision, Offer
from booking.correspondence import services as correspondence
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Stale, WrongState
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, Town, at, body

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=30)


def undo(town: Town, case: Case, **fields: object) -> Case:
    return services.undo_decision(case, **({"by": town.officer, "now": SOON} | fields))


def rows(case: Case) -> list[tuple[str, str]]:
    ids = list(case.lines.values_list("pk", flat=True))
    return sorted(Occupancy.objects.filter(cause_kind="line", cause_id__in=ids).values_list("klass", "status"))


@pytest.mark.parametrize("outcome", ["grant", "refuse", "waiting_list"])
@pytest.mark.parametrize("policy", ["compete", "hold"])
def test_every_outcome_goes_back_to_where_it_stood(town: Town, outcome: str, policy: str) -> None:
    town.room.pending_policy = policy
    town.room.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    before = (case.lines.get().state, rows(case), case.state, case.waiting_on, case.answered_at)
    town.decide(case, outcome, grounds="Fordi")
    back = undo(town, case)
    line = case.lines.get()
    assert (line.state, rows(case)) == before[:2]
    assert (line.decision, line.reason) == (None, "")
    assert (back.waiting_on, back.answered_at, back.state) == ("municipality", None, "in_review")
    assert Decision.objects.get().undone_at == SOON
    assert case.events.filter(type="undone").exists()


def test_its_letter_never_leaves(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    correspondence.send_due(now=NOW)
    mail.outbox.clear()
    town.decide(case, "grant")
    undo(town, case)
    correspondence.send_due(now=NOW + timedelta(days=1))
    assert mail.outbox == []
    assert OutboxMessage.objects.get(handler="case_decision").state == "dropped"
    # Decided anew, the new letter does.
    town.decide(case, "refuse", grounds="Fordi", now=NOW + timedelta(hours=1))
    correspondence.send_due(now=NOW + timedelta(days=1))
    assert len(mail.outbox) == 1


def test_rivals_have_their_place_again(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    rival = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    town.decide(case, "grant")
    undo(town, case)
    rival.refresh_from_db()
    assert (rival.lines.get().state, rival.waiting_on, rival.answered_at) == ("requested", "municipality", None)
    assert rows(rival) == [("note", "tentative")]
    correspondence.send_due(now=NOW + timedelta(days=1))
    assert not OutboxMessage.objects.filter(handler="case_waiting_list", state="sent").exists()
    town.decide(rival, "grant", now=NOW + timedelta(hours=1))


def test_after_a_minute_it_is_too_late(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    assert services.undo_until(case, SOON) == NOW + timedelta(seconds=60)
    assert services.undo_until(case, NOW + timedelta(seconds=60)) is None
    with pytest.raises(WrongState) as late:
        undo(town, case, now=NOW + timedelta(seconds=60))
    assert late.value.code == "too_late"
    assert case.lines.get().state == "granted"


def test_a_letter_that_is_leaving_can_not_be_called_back(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    OutboxMessage.objects.filter(handler="case_decision").update(state="sending")
    with pytest.raises(WrongState):
        undo(town, case)
    assert case.lines.get().state == "granted"


def test_what_has_moved_on_stays(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    services.withdraw_case(case, by=town.coach, now=SOON)
    with pytest.raises(WrongState):
        undo(town, case)
    assert case.lines.get().state == "cancelled_by_organisation"


def test_only_who_may_decide_and_on_the_version_they_saw(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    with pytest.raises(Forbidden):
        undo(town, case, by=town.coach)
    with pytest.raises(Stale):
        undo(town, case, if_version=case.version - 1)
    factories.give_membership(town.unit.deputy, town.club, "leader")
    with pytest.raises(Disqualified):
        undo(town, case, by=town.unit.deputy)
    undo(town, case)
    with pytest.raises(WrongState) as twice:
        undo(town, case)
    assert twice.value.code == "nothing_to_undo"


def test_an_automatic_approval_is_not_undone(town: Town) -> None:
    town.room.approval = "automatic"
    town.room.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    assert services.undo_until(case, SOON) is None
    with pytest.raises(WrongState):
        undo(town, case)


def test_an_offer_made_by_the_refusal_is_taken_back_before_anybody_hears(town: Town) -> None:
    town.room.pending_policy = "hold"
    town.room.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    other = town.ask(body(town.room, at(7, 18), at(7, 20), if_taken="waiting_list"), user=town.other_coach)
    town.decide(case, "refuse", grounds="Nei")
    assert Offer.objects.get().state == "open"
    undo(town, case)
    assert (case.lines.get().state, other.lines.get().state) == ("held", "waiting_list")
    assert Offer.objects.get().state == "moot"
    mail.outbox.clear()
    correspondence.send_due(now=NOW + timedelta(days=1))
    assert [letter.to for letter in mail.outbox if "ledig" in letter.subject.lower()] == []
    assert OutboxMessage.objects.get(handler="case_offered").state == "dropped"


def test_a_granted_offer_is_an_offer_again(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(7, 18), at(7, 20))), "grant")
    other = town.ask(body(town.room, at(7, 18), at(7, 20), if_taken="waiting_list"), user=town.other_coach)
    services.withdraw_case(case, by=town.coach, now=NOW)
    town.decide(other, "grant")
    undo(town, other)
    other.refresh_from_db()
    assert (other.lines.get().state, Offer.objects.get().state, other.waiting_on) == (
        "waiting_list", "open", "requester",
    )  # fmt: skip
    services.accept_offer(other, 1, by=town.other_coach, now=SOON)
