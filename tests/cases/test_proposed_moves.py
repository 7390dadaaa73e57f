"""The municipality proposes another time: nobody is moved unasked (requests.md "Deciding", needs N8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from booking.cases import services
from booking.cases.models import Case, LineChange
from booking.cases.selectors import until_of
from booking.cases.services import Wish
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.errors import Disqualified, Forbidden, Invalid, NotFound, Stale, Taken, WrongState
from booking.occupancy.models import Occupancy
from booking.occupancy.services import close_resource
from tests import factories as f
from tests.cases.conftest import NOW, Town, at, body
from tests.cases.test_changes import claims

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(town: Town) -> Case:
    return town.decide(town.ask(body(town.room, at(9, 18), at(9, 20))), "grant")


def propose(town: Town, case: Case, start: Any = at(10, 18), end: Any = at(10, 20), **fields: Any) -> Case:  # noqa: B008
    given = {"by": town.officer, "now": NOW}
    given |= {name: fields.pop(name) for name in ("by", "now", "reply_by", "if_version") if name in fields}
    return services.propose_move(case, Wish(1, start, end, **({"why": "Valg i hallen"} | fields)), **given)


def row() -> LineChange:
    return LineChange.objects.latest("pk")


def test_the_old_time_stands_and_it_is_the_partys_move(town: Town, case: Case) -> None:
    done = propose(town, case)
    assert (done.waiting_on, claims(case)) == ("requester", [(at(9, 18), at(9, 20))])
    assert (row().side, row().state, row().reply_by) == ("municipality", "open", (NOW + timedelta(days=7)).date())
    assert until_of([done]) == {done.pk: row().reply_by}
    assert Occupancy.objects.get(cause_kind="change").klass == "note"
    assert OutboxMessage.objects.get(handler="case_move_proposed").recipient_user == town.coach


def test_with_a_yes_the_same_line_moves_at_once(town: Town, case: Case) -> None:
    uid = case.lines.get().uid
    propose(town, case)
    done = services.accept_move(case, row().batch, by=town.coach, now=NOW)
    line = case.lines.get()
    assert (line.state, line.start, line.uid, done.waiting_on) == ("granted", at(10, 18), uid, "nobody")
    assert claims(case) == [(at(10, 18), at(10, 20))]
    assert not Occupancy.objects.filter(cause_kind="change").exists()
    assert services.accept_move(case, row().batch, by=town.coach, now=NOW).version == done.version
    assert {"move_proposed", "move_accepted", "changed"} <= set(case.events.values_list("type", flat=True))
    assert OutboxMessage.objects.get(handler="case_move_answered").recipient_user == town.officer


def test_with_a_no_everything_stays_and_the_officer_reads_why(town: Town, case: Case) -> None:
    propose(town, case)
    done = services.decline_move(case, row().batch, message="Da er det kamp", by=town.coach, now=NOW)
    assert (claims(case), done.waiting_on, row().state, row().grounds) == (
        [(at(9, 18), at(9, 20))], "nobody", "refused", "Da er det kamp",
    )  # fmt: skip
    with pytest.raises(WrongState):
        services.accept_move(case, row().batch, by=town.coach, now=NOW)


def test_to_another_place_of_the_unit(town: Town, case: Case) -> None:
    other = f.make_resource("Gymsalen", unit=town.unit)
    propose(town, case, at(9, 18), at(9, 20), resource=other)
    services.accept_move(case, row().batch, by=town.coach, now=NOW)
    assert case.lines.get().resource == other


def test_not_to_a_place_of_another_unit(town: Town, case: Case) -> None:
    with pytest.raises(NotFound):
        propose(town, case, at(9, 18), at(9, 20), resource=f.make_resource("Fremmed sal"))


def test_what_is_only_asked_for_is_granted_by_the_yes(town: Town) -> None:
    asked = town.ask(body(town.room, at(9, 18), at(9, 20)))
    assert asked.state == "received"
    propose(town, asked)
    services.accept_move(asked, row().batch, by=town.coach, now=NOW)
    line = asked.lines.get()
    assert (line.state, line.start, line.decision.by, line.decision.outcome) == (
        "granted", at(10, 18), town.officer, "grant",
    )  # fmt: skip
    asked.refresh_from_db()
    assert (asked.state, asked.waiting_on) == ("granted", "nobody")


def test_refused_meanwhile_nothing_is_proposed_any_more(town: Town) -> None:
    asked = town.ask(body(town.room, at(9, 18), at(9, 20)))
    propose(town, asked)
    town.decide(asked, "refuse", grounds="Stengt")
    assert row().state == "withdrawn"
    with pytest.raises(WrongState):
        services.accept_move(asked, row().batch, by=town.coach, now=NOW)


def test_what_is_taken_cant_be_proposed_and_a_lost_race_moves_nothing(town: Town, case: Case) -> None:
    taken = town.decide(town.ask(body(town.room, at(10, 18), at(10, 20)), user=town.other_coach), "grant")
    with pytest.raises(Taken) as refused:
        propose(town, case)
    assert refused.value.items[0].alternatives
    services.withdraw_case(taken, by=town.other_coach, now=NOW)
    propose(town, case)
    town.decide(town.ask(body(town.room, at(10, 19), at(10, 20)), user=town.other_coach), "grant")
    with pytest.raises(Taken):
        services.accept_move(case, row().batch, by=town.coach, now=NOW)
    assert (row().state, claims(case)) == ("open", [(at(9, 18), at(9, 20))])


def test_nobody_answers_and_the_old_time_stands(town: Town, case: Case) -> None:
    propose(town, case, reply_by=(NOW + timedelta(days=3)).date())
    assert services.run_proposals(NOW + timedelta(days=3, hours=12)) == 0
    assert services.run_proposals(NOW + timedelta(days=4)) == 1
    assert services.run_proposals(NOW + timedelta(days=4)) == 0
    case.refresh_from_db()
    assert (row().state, case.waiting_on, claims(case)) == ("expired", "nobody", [(at(9, 18), at(9, 20))])
    assert OutboxMessage.objects.filter(handler="case_move_over").count() == 1


def test_the_officer_takes_it_back(town: Town, case: Case) -> None:
    propose(town, case)
    done = services.take_move_back(case, row().batch, by=town.officer, now=NOW)
    assert (row().state, done.waiting_on) == ("withdrawn", "nobody")
    assert services.take_move_back(case, row().batch, by=town.officer, now=NOW).version == done.version


def test_a_newer_proposal_takes_the_older_ones_place_whoever_made_it(town: Town, case: Case) -> None:
    propose(town, case)
    first = row()
    propose(town, case, at(11, 18), at(11, 20))
    first.refresh_from_db()
    assert (first.state, row().state) == ("withdrawn", "open")
    services.propose_change(case, Wish(1, at(12, 18), at(12, 20), why="Heller torsdag"), by=town.coach, now=NOW)
    case.refresh_from_db()
    assert (row().side, case.waiting_on) == ("party", "municipality")


def test_a_side_cant_answer_its_own_proposal(town: Town, case: Case) -> None:
    propose(town, case)
    with pytest.raises(NotFound):
        services.decide_change(case, row().batch, outcome="grant", by=town.officer, now=NOW)
    with pytest.raises(NotFound):
        services.withdraw_change(case, row().batch, by=town.coach, now=NOW)
    for somebody in (town.officer, town.other_coach):
        with pytest.raises(Forbidden):
            services.accept_move(case, row().batch, by=somebody, now=NOW)
    services.propose_change(case, Wish(1, at(12, 18), at(12, 20), why="Heller torsdag"), by=town.coach, now=NOW)
    with pytest.raises(NotFound):
        services.accept_move(case, row().batch, by=town.coach, now=NOW)


def test_only_who_may_decide_proposes(town: Town, case: Case) -> None:
    outsider = f.make_officer(f.make_unit("Teknisk"))
    with pytest.raises(Forbidden):
        propose(town, case, by=outsider)
    f.give_membership(town.officer, town.club, "board")
    with pytest.raises(Disqualified):
        propose(town, case)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"why": " "}, "why"),
        ({"end": at(10, 18)}, "end"),
        ({"start": at(-1, 8), "end": at(-1, 9)}, "start"),
        ({"start": at(9, 18), "end": at(9, 20)}, "start"),
        ({"reply_by": (NOW - timedelta(days=1)).date()}, "reply_by"),
        ({"reply_by": at(10, 12).date()}, "reply_by"),
    ],
)
def test_what_cant_be_proposed_is_refused_by_field(town: Town, case: Case, fields: Any, where: str) -> None:
    with pytest.raises(Invalid) as refused:
        propose(town, case, **fields)
    assert refused.value.errors[0].loc == (where,)
    assert not LineChange.objects.exists()


def test_not_on_an_old_version_and_not_what_is_over(town: Town, case: Case) -> None:
    with pytest.raises(Stale):
        propose(town, case, if_version=case.version - 1)
    services.withdraw_case(case, by=town.coach, now=NOW)
    with pytest.raises(WrongState):
        propose(town, case)


def test_a_closure_ends_what_was_proposed(town: Town, case: Case) -> None:
    propose(town, case)
    close_resource(town.room, start=at(9, 8), end=at(9, 23), reason="Vann", now=NOW)
    assert row().state == "withdrawn"
    assert not Occupancy.objects.filter(cause_kind="change").exists()


def test_the_database_wants_a_day_of_the_answer(town: Town, case: Case) -> None:
    propose(town, case)
    with pytest.raises(IntegrityError), transaction.atomic():
        LineChange.objects.update(reply_by=None)


# --- the doors -------------------------------------------------------------------------------------------------------


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_on_the_page_the_party_says_yes_or_no(town: Town, case: Case) -> None:
    propose(town, case)
    client, address = browser(town.coach), f"/cases/{case.reference}/lines/1/"
    with clock.at(NOW):
        page = client.get(address).content.decode()
        assert "Valg i hallen" in page
        answer = client.post(address, {"act": "decline-move", "batch": str(row().batch), "message": "Kamp"})
        assert answer.status_code == 302
        assert row().grounds == "Kamp"
        propose(town, case)
        assert client.get(f"/cases/{case.reference}/").status_code == 200
        assert client.post(address, {"act": "accept-move", "batch": str(row().batch)}).status_code == 302
        # Twice, and with nonsense.
        assert client.post(address, {"act": "accept-move", "batch": "x"}).status_code == 404
    assert case.lines.get().start == at(10, 18)


def test_by_the_api_too(town: Town, case: Case) -> None:
    propose(town, case)
    address = f"/api/booking/v1/requests/{case.reference}/"
    client = browser(town.coach)
    with clock.at(NOW):
        (line,) = client.get(address).json()["lines"]
        assert (line["change"]["side"], line["change"]["reply_by"]) == ("municipality", row().reply_by.isoformat())
        answer = client.post(f"{address}lines/1/reply/", {"reply": "accept_move"}, content_type="application/json")
        assert answer.status_code == 200, answer.content
        (line,) = answer.json()["lines"]
        assert (line["change"], line["state"]) == (None, "granted")
        again = client.post(f"{address}lines/1/reply/", {"reply": "decline_move"}, content_type="application/json")
        assert again.status_code == 409


def test_the_officer_sees_it_on_the_cases_page_and_takes_it_back(town: Town, case: Case) -> None:
    propose(town, case)
    client = browser(town.officer)
    with clock.at(NOW):
        page = client.get(f"/admin/booking/cases/inspect/{case.pk}/").content.decode()
        assert "Valg i hallen" in page
        case.refresh_from_db()
        sent = {"version": case.version, "batch": str(row().batch)}
        assert client.post(f"/admin/booking/cases/move/{case.pk}/take-move-back/", sent).status_code == 302
    assert row().state == "withdrawn"
