"""Nobody decides a case of their own organisation, by whatever door and in whatever hat (requests.md "Deciding")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import APIToken

from booking.cases.models import Case, Decision, Message
from booking.foundation import clock
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, Town, at, body
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
API = "/api/booking/v1/requests/"


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


def as_leader(town: Town) -> Case:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    factories.give_membership(town.officer, town.club, "leader")
    return case


def as_booker_of_a_co_host(town: Town) -> Case:
    town.other_club.listed = True
    town.other_club.save()
    case = town.ask(body(town.room, at(7, 18), at(7, 20), co_hosts=[town.other_club.slug]))
    factories.give_membership(town.officer, town.other_club, "booker")
    return case


def as_requester(town: Town) -> Case:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    Case.objects.filter(pk=case.pk).update(requester=town.officer)
    return case


def as_responsible_adult(town: Town) -> Case:
    responsible = {"name": "Ola", "phone": "99999999", "email": town.officer.email.upper()}
    return town.ask(body(town.room, at(7, 18), at(7, 20), responsible=responsible))


@pytest.mark.parametrize("tie", [as_leader, as_booker_of_a_co_host, as_requester, as_responsible_adult])
def test_no_door_and_no_hat_lets_them_decide(town: Town, tie: Any) -> None:
    case = tie(town)
    Decision.objects.all().delete()
    case.refresh_from_db()
    _row, token = APIToken.create_token(user=town.officer, name="t")
    decision = {"lines": [{"id": 1, "outcome": "grant"}]}
    for hat in (None, f"unit:{town.unit.slug}", f"organisation:{town.club.slug}"):
        headers = {"Authorization": f"Bearer {token}"} | ({"Samskap-Hat": hat} if hat else {})
        answer = Client().post(f"{API}{case.reference}/decide/", decision, "application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "disqualified"), hat
    desk = browser(town.officer)
    for act in ("grant_all", "refuse_all", "waiting_list_all"):
        data = {"version": case.version, "act": act, "grounds": "Nei"}
        assert desk.post(reverse("booking_cases:decide", args=[case.pk]), data).status_code == 403
    for outcome in ("grant", "refuse"):
        data = {"id": case.pk, "outcome": outcome, "grounds": "Nei", f"version-{case.pk}": case.version, "confirm": "1"}
        desk.post(reverse("booking_cases:bulk"), data)
    data = {"version": case.version, "act": "note", "message": "Jeg ser på det"}
    assert desk.post(reverse("booking_cases:message", args=[case.pk]), data).status_code in (400, 403)
    assert list(case.lines.values_list("state", flat=True)) == ["requested"]
    assert set(Occupancy.objects.values_list("status", flat=True)) == {"tentative"}
    assert not Decision.objects.exists()
    assert not Message.objects.filter(internal=True).exists()
    # A colleague without a tie may.
    assert town.decide(case, "grant", by=town.unit.deputy).state == "granted"
