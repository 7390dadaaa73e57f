"""The acts on a whole case over HTTP: names and answers of api.md, refusals as problem details."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from wagtail.models import APIToken

from booking.cases.models import Case
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from tests import factories
from tests.cases.conftest import Town, body

pytestmark = pytest.mark.django_db


class Program:
    def __init__(self, user: Any, case: Case) -> None:
        self.client, self.case = Client(), case
        self.token = APIToken.create_token(user=user, name="test")[1]

    def post(self, act: str, data: Any = None, **headers: str) -> Any:
        return self.client.post(
            f"/api/booking/v1/requests/{self.case.reference}/{act}/",
            json.dumps(data or {}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )

    def get(self) -> Any:
        return self.client.get(
            f"/api/booking/v1/requests/{self.case.reference}/", headers={"Authorization": f"Bearer {self.token}"}
        )


def day(days: int) -> date:
    return clock.today(booking_settings().tz) + timedelta(days=days)


@pytest.fixture
def case(town: Town) -> Case:
    start = clock.now().replace(hour=17, minute=0, second=0, microsecond=0) + timedelta(days=60)
    return town.ask(body(town.room, start, start + timedelta(hours=1)), now=clock.now())


@pytest.fixture
def officer(town: Town, case: Case) -> Program:
    return Program(town.officer, case)


@pytest.fixture
def coach(town: Town, case: Case) -> Program:
    return Program(town.coach, case)


def test_holding_reply_question_and_answer(officer: Program, coach: Program, case: Case) -> None:
    held = officer.post("holding-reply", {"until": day(60).isoformat(), "message": "Etter befaringen."})
    assert held.status_code == 200, held.content
    assert held.json()["answer_by"] == day(60).isoformat()
    assert [row["type"] for row in held.json()["events"]][-1] == "holding_reply"
    asked = officer.post("ask", {"message": "Hvor mange kommer?"}).json()
    assert (asked["state"], asked["waiting_on"]) == ("waiting_for_requester", "requester")
    answered = coach.post("messages", {"message": "Tjue."}).json()
    assert (answered["state"], answered["waiting_on"]) == ("in_review", "municipality")
    assert [row["body"] for row in answered["messages"]] == ["Etter befaringen.", "Hvor mange kommer?", "Tjue."]


def test_hand_over_and_assign(town: Town, officer: Program, coach: Program, case: Case) -> None:
    other = factories.make_unit("Teknisk")
    assigned = officer.post("assign", {"officer": town.unit.deputy.email})
    assert assigned.json()["officer"]["name"] == str(town.unit.deputy)
    moved = officer.post("hand-over", {"unit": other.slug, "reason": "Uteområde."})
    assert moved.status_code == 200, moved.content
    assert (moved.json()["unit"]["slug"], moved.json()["officer"]["name"]) == (other.slug, str(other.officer))
    assert officer.get().status_code == 404, "another unit's now"
    seen = coach.get().json()
    assert seen["answer_by"] == case.answer_by.isoformat()
    handed = next(row for row in seen["events"] if row["type"] == "handed_over")
    assert handed["data"]["to_unit"] == other.slug
    assert not {"officer", "former"} & handed["data"].keys(), "ids of people are nobody's business outside"


def test_dismiss_appeal_and_its_answer(officer: Program, coach: Program) -> None:
    gone = officer.post("dismiss", {"grounds": "Ikke vår hall."}).json()
    assert (gone["state"], gone["waiting_on"]) == ("dismissed", "nobody")
    back = coach.post("appeal", {"message": "Jo, det er deres."}).json()
    assert (back["state"], back["waiting_on"]) == ("appealed", "municipality")
    again = officer.post("answer-appeal", {"outcome": "reopen", "grounds": "Du har rett."}).json()
    assert (again["state"], again["lines"][0]["state"]) == ("in_review", "requested")


@pytest.mark.parametrize(
    ("act", "data", "status", "code", "loc"),
    [
        ("holding-reply", {}, 400, "invalid", ["until"]),
        ("holding-reply", {"until": "2020-01-01"}, 400, "invalid", ["until"]),
        ("ask", {}, 400, "invalid", ["message"]),
        ("hand-over", {"reason": "x"}, 400, "invalid", ["unit"]),
        ("hand-over", {"unit": "finnes-ikke", "reason": "x"}, 400, "invalid", ["unit"]),
        ("assign", {"officer": "ingen@example.org"}, 400, "invalid", ["officer"]),
        ("dismiss", {}, 400, "invalid", ["grounds"]),
        ("close", {}, 409, "wrong_state", None),
        ("answer-appeal", {"outcome": "uphold", "grounds": "x"}, 409, "wrong_state", None),
        ("answer-appeal", {"outcome": "perhaps", "grounds": "x"}, 400, "invalid", ["outcome"]),
    ],
)
def test_refusals_name_field_and_rule(
    officer: Program, act: str, data: Any, status: int, code: str, loc: list[str] | None
) -> None:
    answer = officer.post(act, data)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    if loc is not None:
        assert answer.json()["errors"][0]["loc"] == loc


def test_parties_may_not_act_for_the_unit_and_old_versions_are_stale(officer: Program, coach: Program) -> None:
    for act in ("holding-reply", "ask", "hand-over", "dismiss", "close"):
        data = {"until": day(50).isoformat(), "message": "x", "grounds": "x", "reason": "x", "unit": "kultur"}
        assert coach.post(act, data).status_code in (403, 400), act
    seen = officer.get()["ETag"]
    assert officer.post("ask", {"message": "?"}, **{"If-Match": seen}).status_code == 200
    assert officer.post("ask", {"message": "?"}, **{"If-Match": seen}).status_code == 412


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("assign", {"officer": "nobody@example.org"}),
        ("hand-over", {"unit": "no-such-unit", "reason": "x"}),
        ("hand-over", {"officer": "nobody@example.org", "reason": "x"}),
        ("holding-reply", {}),
        ("answer-appeal", {"outcome": "?"}),
    ],
)
def test_a_party_learns_nothing_of_addresses_and_units_from_the_unit_s_acts(
    coach: Program, act: str, data: dict[str, Any]
) -> None:
    answer = coach.post(act, data)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
