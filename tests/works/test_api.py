"""The works of api.md: feed, one works, events, drafts, transitions, affected parties, replies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.foundation import clock
from booking.works import services
from booking.works.models import WorksEvent
from tests.api.conftest import Caller
from tests.factories import NOW, make_user
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def monday_morning():
    with clock.at(NOW):
        yield


def test_the_feed_is_geojson_without_the_name_of_any_organisation(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    world.drafted(title="En hemmelig kladd")
    answer = Caller().get("works/")
    body = answer.json()
    assert answer["Content-Type"] == "application/geo+json"
    assert body["type"] == "FeatureCollection"
    assert body["feed_info"]["kept_days"] == 30
    (one,) = body["features"]
    assert one["type"] == "Feature"
    properties = one["properties"]
    assert properties["ref"] == works.reference
    assert (properties["state"], properties["category"], properties["impact"]) == ("noticed", "standard", "closed")
    assert properties["targets"] == ["elvesletta"]
    assert properties["start"] == "2026-04-13T07:00:00+02:00"
    assert "Lilleby idrettslag" not in answer.content.decode()
    again = Caller().get("works/", If_None_Match=answer["ETag"])
    assert again.status_code == 304


def test_the_feed_is_narrowed(world: World) -> None:
    world.planned()
    world.planned(
        title="Hallen males", window_start=at(60, 7), window_end=at(62, 15),
        targets=[services.TargetSpec(world.hall)],
    )  # fmt: skip

    def titles(query: str) -> list[str]:
        return [one["properties"]["title"] for one in Caller().get(f"works/?{query}").json()["features"]]

    assert titles("resource=hallen") == ["Hallen males"]
    assert titles("from=2026-04-25") == ["Hallen males"]
    assert titles("to=2026-04-25") == ["Ny vannledning over Elvesletta"]
    assert titles("state=consulting") == []
    assert len(titles("state=planned,consulting")) == 2
    assert Caller().get("works/?state=draft").status_code == 400
    assert Caller().get("works/?resource=finnes-ikke").status_code == 404


def test_the_list_costs_the_same_for_many(world: World, django_assert_max_num_queries) -> None:
    for number in range(6):
        world.planned(title=f"Arbeid {number}")
    with django_assert_max_num_queries(6):
        assert len(Caller().get("works/").json()["features"]) == 6


def test_one_works_with_its_record(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    body = Caller().get(f"works/{works.reference}/").json()
    properties = body["properties"]
    assert [one["version"] for one in properties["versions"]] == [1]
    assert properties["you_said_we_did"] == []
    assert [one["type"] for one in properties["events"]] == ["planned", "consultation_opened"]
    assert properties["notice_by"].startswith("2026-03-24T15:00")


def test_a_draft_is_only_its_own_unit_s(world: World) -> None:
    works = world.drafted()
    assert Caller().get(f"works/{works.reference}/").status_code == 404
    assert Caller(world.culture.officer).get(f"works/{works.reference}/").status_code == 404
    assert Caller(world.coach).get(f"works/{works.reference}/").status_code == 404
    assert Caller(world.mate).get(f"works/{works.reference}/").status_code == 200


def test_events_have_no_gaps(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    body = Caller().get("works/events/").json()
    assert [(one["n"], one["type"]) for one in body["events"]] == [(1, "planned"), (2, "consultation_opened")]
    services.move(works, to="cancelled", by=world.planner, now=NOW, why="Ingen penger.")
    after = Caller().get("works/events/?after=2").json()["events"]
    assert [(one["n"], one["type"], one["ref"]) for one in after] == [(3, "cancelled", works.reference)]
    assert list(WorksEvent.objects.filter(public=True).order_by("n").values_list("n", flat=True)) == [1, 2, 3]
    assert Caller().get("works/events/?after=x").status_code == 400


def test_a_planner_drafts_and_moves_it(world: World) -> None:
    caller = Caller(world.planner)
    body = {
        "title": "Ny ledning", "reason": "Den gamle lekker.", "start": "2026-04-13T07:00:00+02:00",
        "end": "2026-04-21T15:00:00+02:00", "targets": ["elvesletta"],
    }  # fmt: skip
    made = caller.post("works/", body)
    assert made.status_code == 201, made.content
    ref = made.json()["id"]
    assert made.json()["properties"]["state"] == "draft"
    moved = caller.post(f"works/{ref}/transitions/", {"to": "planned"})
    assert moved.json()["properties"]["state"] == "planned"
    refused = caller.post(f"works/{ref}/transitions/", {"to": "consulting"})
    assert refused.status_code == 422
    problem = refused.json()
    assert problem["code"] == "unmet"
    assert [one["code"] for one in problem["unmet"]] == ["affected_not_confirmed"]
    assert problem["unmet"][0]["message"]
    wrong = caller.post(f"works/{ref}/transitions/", {"to": "active"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_state")
    assert caller.post(f"works/{ref}/transitions/", {"to": "sleeping"}).status_code == 400
    stale = caller.post(f"works/{ref}/transitions/", {"to": "consulting"}, If_Match='"old"')
    assert stale.status_code == 412


def test_the_refusal_names_party_and_date(world: World) -> None:
    world.lend(44)
    works = world.noticed(now=at(30, 9))
    answer = Caller(world.planner).post(
        f"works/{works.reference}/transitions/", {"to": "ready", "at": "2026-04-13T07:00:00+02:00"}
    )
    unmet = {one["code"]: one for one in answer.json()["unmet"]}
    assert set(unmet) == {"told_too_late", "not_acknowledged", "conflict_open"}
    late = unmet["told_too_late"]
    assert late["party"] == "Lilleby idrettslag"
    assert late["until"] > "2026-04-13T07:00:00+02:00"


@pytest.mark.parametrize("who", ["coach", "officer_elsewhere", "nobody"])
def test_who_may_not(world: World, who: str) -> None:
    works = world.planned()
    user = {"coach": world.coach, "officer_elsewhere": world.culture.officer, "nobody": None}[who]
    caller, expected = Caller(user), 401 if user is None else 403
    assert caller.post(f"works/{works.reference}/transitions/", {"to": "consulting"}).status_code == expected
    assert caller.get(f"works/{works.reference}/affected/").status_code == expected
    assert caller.post("works/", {"title": "x"}).status_code == expected


def test_who_is_affected_for_planners(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    body = Caller(world.planner).get(f"works/{works.reference}/affected/").json()
    (party,) = body["parties"]
    assert (party["name"], party["direct"], party["notice"]) == ("Lilleby idrettslag", True, "told")
    assert party["evidence"][0]["why"] == "line"
    assert [one["state"] for one in party["conflicts"]] == ["open"]
    assert {one["code"] for one in body["unmet"]} == {"not_acknowledged", "conflict_open"}


def test_an_affected_party_replies(world: World) -> None:
    world.lend(44)
    works = world.consulting()
    caller = Caller(world.coach)
    body = {"kind": "propose", "message": "Ta det uka etter.", "proposed": [
        {"start": "2026-04-27T07:00:00+02:00", "end": "2026-05-05T15:00:00+02:00"}]}  # fmt: skip
    answer = caller.post(f"works/{works.reference}/replies/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["answer_by"] == "2026-03-09"
    assert answer.json()["checked"][0]["free"] is True
    stranger = Caller(make_user("Frida Fremmed"))
    assert stranger.post(f"works/{works.reference}/replies/", {"kind": "confirm"}).status_code == 403
    assert caller.post(f"works/{works.reference}/replies/", {"kind": "shout", "message": "!"}).status_code == 400
    confirmed = caller.post(f"works/{works.reference}/replies/", {"kind": "confirm"})
    assert confirmed.json()["answer_by"] is None
    assert fresh(works).parties.get(organisation=world.club).receipts.get().how == "acknowledged"


def test_switched_off_there_is_nothing(world: World, settings) -> None:
    works = world.planned()
    settings.BOOKING = settings.BOOKING | {"switches": settings.BOOKING.get("switches", {}) | {"works": False}}
    assert Caller().get("works/").json()["features"] == []
    assert Caller().get(f"works/{works.reference}/").status_code == 404
