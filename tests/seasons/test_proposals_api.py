"""The API of proposals: names as api.md fixes them, what anybody may read, a timetable posted whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from booking.foundation import clock
from booking.seasons.models import Proposal, SlotChange
from tests.api.conftest import Caller
from tests.factories import NOW, give_membership
from tests.seasons.world import Valley

PATH = "seasons/hallfordeling-2026-27/proposals/"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def found(valley: Valley) -> Any:
    made = valley.round("proposals")
    one = valley.wish(made, "J13", places=(valley.gym,), sessions_wanted=2)
    other = valley.wish(made, "H1", valley.handball, places=(valley.gym,), age_from=20, age_to=40)
    valley.proposal(made, (one, valley.gym, 0, 17, 18), (other, valley.gym, 2, 19, 20), state="published")
    valley.proposal(
        made, (one, valley.gym, 3, 17, 18.5), (one, valley.gym, 1, 17, 18), state="published",
        author_kind="organisation", organisation=valley.club,
    )  # fmt: skip
    return made


def test_anybody_reads_the_list_and_one_whole(valley: Valley, found: Any) -> None:
    listed = Caller().get(PATH).json()
    assert (listed["count"], [one["number"] for one in listed["results"]]) == (2, [1, 2])
    assert listed["results"][1]["author"] == {
        "kind": "organisation", "organisation": valley.club.slug, "name": "Lilleby idrettslag",
    }  # fmt: skip
    assert listed["results"][0]["figures"]["minutes"] == 120
    one = Caller().get(f"{PATH}1/").json()
    slot = one["slots"][0]
    assert {name: slot[name] for name in ("resource", "weekday", "start", "end", "team", "organisation")} == {
        "resource": valley.gym.slug, "weekday": 0, "start": "17:00", "end": "18:00", "team": "J13",
        "organisation": valley.club.slug,
    }  # fmt: skip
    assert slot["why"]
    assert [row["team"] for row in one["wishes"]] == ["J13", "H1"]
    assert all(row["why"] for row in one["wishes"])
    assert valley.officer.get_full_name() not in str(one)


def test_the_difference_is_from_the_other_to_this_one(valley: Valley, found: Any) -> None:
    answer = Caller().get(f"{PATH}2/diff/?against=1").json()
    assert (answer["number"], answer["against"]) == (2, 1)
    assert [(one["before"]["weekday"], one["after"]["weekday"]) for one in answer["moved"]] == [(0, 1)]
    assert answer["moved"][0]["what"] == ["weekday"]
    assert [one["start"] for one in answer["added"]] == ["17:00"]
    assert [one["team"] for one in answer["removed"]] == ["H1"]
    rows = {one["organisation"]: one for one in answer["per_organisation"]}
    assert (rows[valley.club.slug]["minutes_before"], rows[valley.club.slug]["minutes_after"]) == (60, 150)
    assert rows[valley.handball.slug]["coverage_after"] == 0
    assert Caller().get(f"{PATH}2/diff/").json()["against"] == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("9/", 404),
        ("1/diff/?against=9", 404),
        ("1/diff/?against=x", 400),
        ("99999999999999/", 404),
        ("1/diff/?against=-1", 400),
    ],
)
def test_what_is_not_there(valley: Valley, found: Any, path: str, status: int) -> None:
    assert Caller().get(PATH + path).status_code == status


def test_nothing_changed_is_304_and_a_new_version_is_not(valley: Valley, found: Any) -> None:
    caller = Caller()
    for path in ("1/", "2/diff/?against=1"):
        tag = caller.get(PATH + path)["ETag"]
        assert caller.get(PATH + path, If_None_Match=tag).status_code == 304
        found.wishes.filter(team="J13").update(version=found.wishes.get(team="J13").version + 1)
        assert caller.get(PATH + path, If_None_Match=tag).status_code == 200
        assert caller.get(PATH + path, If_None_Match=tag, Accept_Language="en").status_code == 200


def body(valley: Valley, **more: Any) -> dict[str, Any]:
    return {"name": "Fra programmet", "from_proposal": 1} | more


def test_a_club_posts_a_copy(valley: Valley, found: Any) -> None:
    answer = Caller(valley.coach).post(PATH, body(valley))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["number"], made["state"], made["based_on"], len(made["slots"])) == (3, "draft", 1, 2)
    assert answer["ETag"] == Caller(valley.coach).get(f"{PATH}3/")["ETag"]
    assert Caller().get(f"{PATH}3/").status_code == 404
    assert Caller(valley.officer).get(f"{PATH}3/").status_code == 404


def test_a_whole_timetable_is_posted_with_a_reason_and_published(valley: Valley, found: Any) -> None:
    slots = [
        {"wish": 1, "resource": valley.gym.slug, "weekday": 0, "start": "17:00", "end": "18:00"},
        {"wish": 2, "resource": valley.gym.slug, "weekday": 4, "start": "21:00", "end": "22:00"},
    ]
    caller = Caller(valley.coach)
    no_reason = caller.post(PATH, body(valley, slots=slots))
    assert (no_reason.status_code, no_reason.json()["errors"][0]["loc"]) == (400, ["reason"])
    assert Proposal.objects.count() == 2
    answer = caller.post(PATH, body(valley, slots=slots, reason="Håndballen kan ta fredag", publish=True))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["state"] == "published"
    assert [(one["weekday"], one["reason"]) for one in made["slots"]] == [(0, ""), (4, "Håndballen kan ta fredag")]
    assert SlotChange.objects.get().reason == "Håndballen kan ta fredag"


def test_the_same_key_makes_one(valley: Valley, found: Any) -> None:
    caller = Caller(valley.coach)
    first = caller.post(PATH, body(valley), Idempotency_Key="k-1")
    again = caller.post(PATH, body(valley), Idempotency_Key="k-1")
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert Proposal.objects.count() == 3
    assert caller.post(PATH, body(valley, name="Annet"), Idempotency_Key="k-1").status_code == 422


def test_who_may(valley: Valley, found: Any) -> None:
    assert Caller().post(PATH, body(valley)).status_code == 401
    assert Caller(valley.singer).post(PATH, body(valley)).status_code == 403
    assert Caller(valley.singer).post(PATH, body(valley, organisation=valley.club.slug)).status_code == 400
    assert Caller(valley.officer).post(PATH, body(valley)).json()["author"]["kind"] == "municipality"
    give_membership(valley.coach, valley.handball, "booker")
    several = Caller(valley.coach).post(PATH, body(valley))
    assert (several.status_code, several.json()["code"]) == (400, "hat_required")
    named = Caller(valley.coach).post(PATH, body(valley, organisation=valley.handball.slug))
    assert named.json()["author"]["organisation"] == valley.handball.slug
    hat = Caller(valley.coach).post(PATH, body(valley), Samskap_Hat=f"organisation:{valley.club.slug}")
    assert hat.json()["author"]["organisation"] == valley.club.slug


@pytest.mark.parametrize(
    ("bad", "loc"),
    [
        ({"name": ""}, ["name"]), ({"name": 7}, ["name"]), ({"note": []}, ["note"]),
        ({"from_proposal": "1"}, ["from_proposal"]),
        ({"from_proposal": 77}, ["from_proposal"]), ({"publish": "yes"}, ["publish"]), ({"slots": {}}, ["slots"]),
        ({"slots": [7]}, ["slots", 0]), ({"slots": [{}]}, ["slots", 0, "wish"]),
        (
            {"slots": [{"wish": 1, "resource": "x", "weekday": 0, "start": "17:00", "end": "18:00"}]},
            ["slots", 0, "resource"],
        ),
    ],
)  # fmt: skip
def test_bad_input_names_its_place(valley: Valley, found: Any, bad: dict[str, Any], loc: list[Any]) -> None:
    answer = Caller(valley.coach).post(PATH, body(valley, **bad))
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (400, loc)


@pytest.mark.parametrize(
    ("start", "end", "weekday"),
    [("17:00", "17:00", 0), ("24:30", "24:40", 0), ("7:00", "8:00", 0), ("17:00", "18:00", 7)],
)
def test_a_slot_that_cannot_be(valley: Valley, found: Any, start: str, end: str, weekday: int) -> None:
    slot = {"wish": 1, "resource": valley.gym.slug, "weekday": weekday, "start": start, "end": end}
    assert Caller(valley.coach).post(PATH, body(valley, slots=[slot], reason="x")).status_code == 400


def test_before_proposals_the_list_is_empty(valley: Valley) -> None:
    found = valley.round("open")
    valley.proposal(found, state="published")
    assert Caller().get(PATH).json()["count"] == 0
    assert Caller().get(f"{PATH}1/").status_code == 404


def test_a_large_proposal_takes_no_more_queries(valley: Valley, found: Any, django_assert_max_num_queries: Any) -> None:
    slots = []
    for number in range(40):
        wish = valley.wish(found, f"Lag {number}", places=(valley.gym,))
        slots.append((wish, valley.gym, number % 5, 16 + number % 6, 17 + number % 6))
    big = valley.proposal(found, *slots, state="published")
    caller = Caller()
    for path in (f"{big.number}/", f"{big.number}/diff/?against=1", ""):
        with django_assert_max_num_queries(20):
            assert caller.get(PATH + path).status_code == 200
