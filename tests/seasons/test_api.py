"""Rounds and wishes over HTTP (api.md "Seasons")."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons.models import Wish
from tests.factories import give_membership
from tests.seasons.test_pages import closed_round, open_round
from tests.seasons.world import Valley
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
BASE = "/api/booking/v1/seasons/"


def body(valley: Valley, **fields: Any) -> dict[str, Any]:
    return {
        "team": "J13", "heads": 15, "age_from": 12, "age_to": 13, "places": [valley.hall.whole.slug],
        "best": [{"weekday": 1, "start": "17:00", "end": "18:30"}],
    } | fields  # fmt: skip


def post(client: Client, slug: str, data: Any, **headers: str) -> Any:
    return client.post(f"{BASE}{slug}/wishes/", data, content_type="application/json", headers=headers)


def test_anonymous_sees_rounds_from_open_on(valley: Valley) -> None:
    valley.round("preparing", slug="hemmelig")
    made = open_round(valley)
    found = Client().get(BASE).json()
    assert [one["slug"] for one in found["results"]] == [made.slug]
    assert found["results"][0]["dates"]["closes_on"] == made.closes_on.isoformat()
    assert Client().get(f"{BASE}hemmelig/").status_code == 404
    assert browser(valley.officer).get(f"{BASE}hemmelig/").status_code == 200
    assert Client().get(f"{BASE}?state=nei").status_code == 400


def test_one_round_whole_with_an_etag(valley: Valley) -> None:
    made = open_round(valley)
    valley.wish(made, best=[[1, 1020, 1080]])
    answer = Client().get(f"{BASE}{made.slug}/")
    found = answer.json()
    assert next(one["resource"] for one in found["places"]) == valley.hall.whole.slug
    assert found["places"][1]["part_of"] == valley.hall.whole.slug
    hour = next(one for one in found["demand"] if (one["weekday"], one["start"]) == (1, "17:00"))
    assert (hour["best"], hour["room"]) == (1, 4)
    again = Client().get(f"{BASE}{made.slug}/", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304
    valley.wish(made, "G15", revised_at=clock.now())
    assert Client().get(f"{BASE}{made.slug}/", headers={"if-none-match": answer["ETag"]}).status_code == 200


def test_wishes_are_open_to_all_from_the_closing_date(valley: Valley) -> None:
    made = open_round(valley)
    valley.wish(made, note="Ring oss", apart=["trener 2"])
    valley.wish(made, "Kor", valley.choir)
    where = f"{BASE}{made.slug}/wishes/"
    assert Client().get(where).json()["count"] == 0
    mine = browser(valley.coach).get(where).json()
    assert [(one["team"], one["note"]) for one in mine["results"]] == [("J13", "Ring oss")]
    assert browser(valley.officer).get(where).json()["count"] == 2
    on = clock.today(booking_settings().tz)
    made.opens_on, made.closes_on = on - timedelta(9), on - timedelta(1)
    made.save()
    found = Client().get(where).json()
    assert found["count"] == 2
    assert {one["note"] for one in found["results"]} == {None}
    assert Client().get(f"{where}?organisation={valley.choir.slug}").json()["count"] == 1


def test_a_wish_is_entered_once_for_a_key(valley: Valley) -> None:
    made = open_round(valley)
    me = browser(valley.coach)
    first = post(me, made.slug, body(valley), **{"Idempotency-Key": "a"})
    again = post(me, made.slug, body(valley), **{"Idempotency-Key": "a"})
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["best"] == [{"weekday": 1, "start": "17:00", "end": "18:30"}]
    assert post(me, made.slug, body(valley, heads=3), **{"Idempotency-Key": "a"}).status_code == 422
    assert Wish.objects.count() == 1


def test_who_may_not_wish(valley: Valley) -> None:
    made = open_round(valley)
    assert post(Client(), made.slug, body(valley)).status_code == 401
    other = post(browser(valley.singer), made.slug, body(valley, organisation=valley.club.slug))
    assert other.status_code == 404
    assert post(browser(valley.officer), made.slug, body(valley)).status_code == 403
    assert post(browser(valley.coach), "nei", body(valley)).status_code == 404
    late = post(browser(valley.coach), closed(valley).slug, body(valley))
    assert (late.status_code, late.json()["code"]) == (422, "rule_broken")


def closed(valley: Valley) -> Any:
    return closed_round_with(valley, "stengt")


def closed_round_with(valley: Valley, slug: str) -> Any:
    on = clock.today(booking_settings().tz)
    return open_round(valley, slug=slug, opens_on=on - timedelta(20), closes_on=on - timedelta(1))


def test_two_organisations_need_a_word(valley: Valley) -> None:
    made = open_round(valley)
    give_membership(valley.coach, valley.choir, "board")
    me = browser(valley.coach)
    unsaid = post(me, made.slug, body(valley))
    assert (unsaid.status_code, unsaid.json()["code"]) == (400, "hat_required")
    assert post(me, made.slug, body(valley, organisation=valley.club.slug)).status_code == 201
    hat = {"Samskap-Hat": f"organisation:{valley.choir.slug}"}
    assert post(me, made.slug, body(valley), **hat).json()["organisation"] == valley.choir.slug


def test_the_unit_writes_one_down(valley: Valley) -> None:
    made = closed_round(valley)
    hat = {"Samskap-Hat": f"unit:{valley.unit.slug}"}
    me = browser(valley.officer)
    unsaid = post(me, made.slug, body(valley, organisation=valley.club.slug), **hat)
    assert unsaid.status_code == 400
    done = post(me, made.slug, body(valley, organisation=valley.club.slug, reason="Ringte for sent"), **hat)
    assert done.status_code == 201
    assert done.json()["written_by_municipality"] is True


@pytest.mark.parametrize(
    ("field", "value", "loc"),
    [
        ("team", "", ["team"]), ("team", 7, ["team"]), ("heads", "ti", ["heads"]), ("heads", 0, ["heads"]),
        ("places", [], ["places"]), ("places", ["nei"], ["places", 0]), ("places", "hall", ["places"]),
        ("best", [{"weekday": 8, "start": "17:00", "end": "18:00"}], ["best", 0, "weekday"]),
        ("best", [{"weekday": 1, "start": "17", "end": "18:00"}], ["best", 0, "start"]),
        ("best", [{"weekday": 1, "start": "19:00", "end": "18:00"}], ["best", 0, "end"]),
        ("minutes_wanted", 45, ["minutes_wanted"]), ("apart", [3], ["apart", 0]), ("adapted", "ja", ["adapted"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(valley: Valley, field: str, value: Any, loc: list[Any]) -> None:
    made = open_round(valley)
    answer = post(browser(valley.coach), made.slug, body(valley, **{field: value}))
    assert answer.status_code == 400
    assert loc in [one["loc"] for one in answer.json()["errors"]]
    assert Wish.objects.count() == 0
