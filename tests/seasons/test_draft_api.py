"""One's own draft through the API, as on the pages: changed, undone, put on the table, taken off, thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from booking.foundation import clock
from booking.seasons.models import Proposal, RoundState, SeasonRound
from tests.api.conftest import Caller
from tests.factories import NOW
from tests.seasons.test_proposals_api import PATH
from tests.seasons.world import Valley


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def round(valley: Valley) -> SeasonRound:
    made = valley.round("proposals")
    one = valley.wish(made, "J13", places=(valley.gym,), sessions_wanted=2)
    valley.proposal(made, (one, valley.gym, 0, 17, 18), state="published")
    return made


@pytest.fixture
def coach(valley: Valley, round: SeasonRound) -> Caller:
    made = Caller(valley.coach)
    assert made.post(PATH, {"name": "Vårt", "from_proposal": 1}).status_code == 201
    return made


def slots(valley: Valley, *days: int) -> list[dict[str, Any]]:
    return [
        {"wish": 1, "resource": valley.gym.slug, "weekday": day, "start": "18:00", "end": "19:00"} for day in days
    ]  # fmt: skip


def test_name_note_and_timetable_change_at_once_with_one_reason(valley: Valley, coach: Caller) -> None:
    tag = coach.get(f"{PATH}2/")["ETag"]
    body = {"name": "Vårt forslag", "note": "Slik", "slots": slots(valley, 1, 3), "reason": "Skolen er stengt mandag"}
    answer = coach.patch(f"{PATH}2/", body, If_Match=tag)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["name"], told["note"], [one["weekday"] for one in told["slots"]]) == ("Vårt forslag", "Slik", [1, 3])
    assert {one["reason"] for one in told["slots"]} == {"Skolen er stengt mandag"}
    assert answer["ETag"] == coach.get(f"{PATH}2/")["ETag"] != tag
    assert coach.patch(f"{PATH}2/", {"name": "Igjen"}, If_Match=tag).status_code == 412
    undone = coach.post(f"{PATH}2/undo/", If_Match=answer["ETag"]).json()
    assert [(one["weekday"], one["start"]) for one in undone["slots"]] == [(0, "17:00")]
    assert undone["name"] == "Vårt forslag"
    assert coach.post(f"{PATH}2/undo/").json()["code"] == "wrong_state"


def test_a_change_is_whole_or_none(valley: Valley, coach: Caller) -> None:
    for body, loc in (
        ({"name": "Nytt", "slots": slots(valley, 1)}, ["reason"]),
        ({"name": "Nytt", "slots": [{"wish": 9}], "reason": "x"}, ["slots", 0, "wish"]),
        ({"name": ""}, ["name"]),
        ({"note": 3}, ["note"]),
    ):
        answer = coach.patch(f"{PATH}2/", body)
        assert answer.status_code == 400, answer.content
        assert loc in [one["loc"] for one in answer.json()["errors"]]
    assert coach.patch(f"{PATH}2/", {}).status_code == 400
    found = Proposal.objects.get(number=2)
    assert (found.name, found.slots.count(), found.version) == ("Vårt", 1, 1)


def test_on_the_table_later_and_off_it_again(valley: Valley, round: SeasonRound, coach: Caller) -> None:
    assert Caller().get(f"{PATH}2/").status_code == 404
    tag = coach.get(f"{PATH}2/")["ETag"]
    assert coach.post(f"{PATH}2/publish/", If_Match='"gammel"').status_code == 412
    answer = coach.post(f"{PATH}2/publish/", If_Match=tag)
    assert (answer.status_code, answer.json()["state"]) == (200, "published")
    assert coach.post(f"{PATH}2/publish/").status_code == 200  # again: the same
    assert Caller().get(f"{PATH}2/").json()["state"] == "published"
    refused = coach.patch(f"{PATH}2/", {"name": "Nytt"})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert coach.delete(f"{PATH}2/").status_code == 409
    answer = coach.post(f"{PATH}2/withdraw/", If_Match=coach.get(f"{PATH}2/")["ETag"])
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert coach.post(f"{PATH}2/withdraw/").status_code == 200
    assert list(round.events.values_list("type", flat=True)) == ["proposal_published", "proposal_withdrawn"]


def test_what_is_heard_stays_on_the_table(valley: Valley, round: SeasonRound) -> None:
    SeasonRound.objects.update(state=RoundState.HEARING, heard=Proposal.objects.get(number=1))
    answer = Caller(valley.officer).post(f"{PATH}1/withdraw/")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_a_draft_is_thrown_away(valley: Valley, coach: Caller) -> None:
    assert coach.delete(f"{PATH}2/", If_Match='"gammel"').status_code == 412
    assert coach.delete(f"{PATH}2/", If_Match=coach.get(f"{PATH}2/")["ETag"]).status_code == 204
    assert coach.get(f"{PATH}2/").status_code == 404


def test_others_may_neither_see_a_draft_nor_change_what_is_on_the_table(valley: Valley, coach: Caller) -> None:
    rival = Caller(valley.handball_leader)
    for act in (rival.patch, rival.delete):
        assert act(f"{PATH}2/", **({"body": {"name": "x"}} if act == rival.patch else {})).status_code == 404
    for act in ("publish", "undo"):
        assert rival.post(f"{PATH}2/{act}/").status_code == 404
    assert rival.post(f"{PATH}1/withdraw/").status_code == 403
    assert Caller().post(f"{PATH}1/withdraw/").status_code == 401
    assert Caller().patch(f"{PATH}1/", {"name": "x"}).status_code == 401
    assert Proposal.objects.filter(state="published").count() == 1
