"""``POST notice-check/`` (api.md "Works", "Exact meaning")."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def ask(caller: Caller, **body: Any) -> Any:
    document = {"category": "standard", "impact": "closed", "uses": [], "start": "2026-04-13", "ruleset": "full"}
    return caller.post("notice-check/", {name: value for name, value in (document | body).items() if value is not None})


@pytest.fixture
def nobody() -> Caller:
    return Caller()


def test_the_whole_answer(nobody: Caller, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        answer = ask(nobody)
    assert answer.status_code == 200
    assert answer.json() == {
        "category": "standard",
        "calendar_days": 14,
        "working_days": 10,
        "latest_notice": "2026-03-24T16:00:00+01:00",
        "report_by": None,
        "hours_before": None,
        "hours_after": None,
        "forward_plan_days": 0,
        "consultation_days": 14,
        "acknowledged": {"direct": 100, "others": 50},
        "phone": False,
        "reminders": [7, 2],
        "ruleset": "full",
        "unknown": [],
        "inform_only": False,
        "needed": True,
        "ladder": ["email", "sms", "second_contact", "leader", "phone", "poster"],
        "steps_earlier": 0,
        "in_time": None,
        "counts_from": None,
        "days_off": ["2026-04-02", "2026-04-03", "2026-04-05", "2026-04-06"],
    }


@pytest.mark.parametrize(
    ("body", "latest"),
    [
        ({"start": "2026-04-07", "category": "minor"}, "2026-03-25T16:00:00+01:00"),
        ({"start": "2026-06-01T07:00:00+02:00"}, "2026-05-13T16:00:00+02:00"),
        ({"start": "2026-04-04T12:00:00+02:00", "category": "urgent"}, "2026-04-04T10:00:00+02:00"),
        ({"category": "emergency"}, None),
        ({"impact": "none"}, None),
    ],
)
def test_the_latest_moment(nobody: Caller, body: dict[str, Any], latest: str | None) -> None:
    assert ask(nobody, **body).json()["latest_notice"] == latest


def test_extra_days_of_the_municipality_count(nobody: Caller, settings) -> None:
    with override_settings(BOOKING=settings.BOOKING | {"extra_days": ["12-24", "12-31"]}):
        assert ask(nobody, start="2027-01-04").json()["latest_notice"] == "2026-12-14T16:00:00+01:00"


def test_a_notice_given_at_a_time(nobody: Caller) -> None:
    early = ask(nobody, at="2026-03-24T16:00:00+01:00").json()
    late = ask(nobody, at="2026-03-24T16:01:00+01:00").json()
    assert (early["in_time"], early["counts_from"]) == (True, "2026-03-24")
    assert (late["in_time"], late["counts_from"]) == (False, "2026-03-25")


def test_an_emergency_is_reported_within_two_working_days(nobody: Caller) -> None:
    answer = ask(nobody, category="emergency", start="2026-04-02T02:00:00+02:00").json()
    assert (answer["hours_after"], answer["report_by"]) == (2, "2026-04-08T16:00:00+02:00")


def test_modifiers_are_applied_and_the_strictest_is_taken(nobody: Caller) -> None:
    answer = ask(nobody, category="minor", uses=["stored_equipment", "public_event"]).json()
    assert (answer["calendar_days"], answer["working_days"], answer["phone"]) == (21, 5, True)
    assert ask(nobody, category="short", uses=["exclusive_agreement"]).json()["category"] == "standard"
    assert ask(nobody, impact="access_limited").json()["category"] == "minor"


def test_unknown_values_take_the_strictest_row_and_are_named(nobody: Caller) -> None:
    answer = ask(nobody, category="huge", impact="flooded", uses=["picnic", "booking"]).json()
    assert answer["unknown"] == ["huge", "flooded", "picnic"]
    assert (answer["category"], answer["calendar_days"]) == ("permanent", 70)


def test_without_a_rule_set_the_one_in_use_answers(nobody: Caller) -> None:
    answer = ask(nobody, ruleset=None, category="minor").json()
    assert (answer["ruleset"], answer["calendar_days"]) == ("small_town", 14)


@pytest.mark.parametrize("start", ["2101-06-01", "2150-01-01T10:00:00Z", "0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("category", ["standard", "emergency", "urgent"])
def test_a_year_without_holiday_data(nobody: Caller, start: str, category: str) -> None:
    answer = ask(nobody, start=start, category=category)
    assert (answer.status_code, answer.json()["code"]) == (422, "rule_broken")


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"start": None}, ["start"]),
        ({"start": "tomorrow"}, ["start"]),
        ({"start": "2026-06-01T10:00:00"}, ["start"]),
        ({"start": 20260601}, ["start"]),
        ({"at": "2026-13-01"}, ["at"]),
        ({"category": None}, ["category"]),
        ({"category": 3}, ["category"]),
        ({"impact": ""}, ["impact"]),
        ({"uses": "booking"}, ["uses"]),
        ({"uses": [1]}, ["uses"]),
        ({"uses": ["youth"] * 21}, ["uses"]),
        ({"ruleset": "nothing"}, ["ruleset"]),
    ],
)
def test_what_is_impossible_is_told_with_its_place(nobody: Caller, body: dict[str, Any], loc: list[str]) -> None:
    answer = ask(nobody, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"][0]["loc"] == loc


def test_where_works_are_switched_off_there_is_no_such_address(nobody: Caller, settings) -> None:
    with override_settings(BOOKING=settings.BOOKING | {"switches": {"works": False}}):
        assert ask(nobody).status_code == 404
