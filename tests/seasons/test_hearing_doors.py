"""Hearing and adoption in the CMS admin, and over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.foundation import clock
from booking.occupancy.services import close_resource
from booking.seasons.models import Adoption, Comment, SeasonRound
from booking.seasons.services.hearing import comment
from tests.factories import NOW, give_membership
from tests.seasons.conftest import Heard
from tests.seasons.world import START, Valley

API = "/api/booking/v1/seasons/hallfordeling-2026-27/proposals/1"


@pytest.fixture(autouse=True)
def _at_now() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def officer(valley: Valley) -> Client:
    client = Client()
    client.force_login(valley.officer)
    return client


def post(client: Client, path: str, data: Any, **headers: str) -> Any:
    return client.post(f"{API}{path}", data, content_type="application/json", headers=headers)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- admin -----------------------------------------------------------------------------------------------------------


def test_the_officer_answers_and_adopts(valley: Valley, heard: Heard, officer: Client) -> None:
    row = comment(heard[1], words="For sent!", kind="objection", by=valley.singer, organisation=valley.choir, now=NOW)
    page = reverse("booking_seasons:hearing", args=[heard[0].pk])
    assert "For sent!" in officer.get(page).content.decode()
    adopt = reverse("booking_seasons:adopt", args=[heard[0].pk])
    body = officer.get(adopt).content.decode()
    assert "For sent!" in body
    assert 'name="grounds"' not in body
    answer = reverse("booking_seasons:answer", args=[heard[0].pk, row.pk])
    officer.post(answer, {"answer": "Koret får torsdag."})
    assert Comment.objects.get().answer == "Koret får torsdag."
    refused = officer.post(adopt, {"grounds": "", "version": SeasonRound.objects.get().version})
    assert refused.status_code == 400
    done = officer.post(adopt, {"grounds": "Etter høringen.", "version": SeasonRound.objects.get().version})
    assert done.status_code == 302
    assert Adoption.objects.count() == 1
    running = officer.get(reverse("booking_seasons:running", args=[heard[0].pk]))
    assert "Etter høringen." in running.content.decode()
    assert "17.00–18.00" not in running.content.decode()


def test_dates_of_others_are_ticked_one_by_one(valley: Valley, heard: Heard, officer: Client) -> None:
    start = datetime(START.year, START.month, START.day, 15, tzinfo=UTC)
    close_resource(
        valley.hall.whole, start=start, end=start + timedelta(hours=3), reason="Valg", by=valley.officer, now=NOW
    )
    adopt = reverse("booking_seasons:adopt", args=[heard[0].pk])
    body = officer.get(adopt).content.decode()
    assert "Lilleby idrettslag J13" in body
    code = body.split('name="left_out" value="')[1].split('"')[0] if 'name="left_out" value="' in body else ""
    refused = officer.post(adopt, {"grounds": "Ja"})
    assert refused.status_code == 422
    assert "Ja" in refused.content.decode()
    assert not Adoption.objects.exists()
    from booking.seasons.selectors.adopting import preview

    (clash,) = preview(heard[0], heard[1], now=NOW).clashes
    assert code in ("", clash.code)
    officer.post(adopt, {"grounds": "Ja", "left_out": [clash.code], "left_out_reason": "Valget"})
    assert len(Adoption.objects.get().left_out) == 1


def test_another_unit_and_a_tied_officer_do_not(valley: Valley, heard: Heard, officer: Client) -> None:
    adopt = reverse("booking_seasons:adopt", args=[heard[0].pk])
    assert signed_in(valley.leader).post(adopt, {"grounds": "Ja"}).status_code in (302, 403, 404)
    give_membership(valley.officer, valley.club, "board")
    assert officer.get(adopt).status_code == 200
    assert officer.post(adopt, {"grounds": "Ja"}).status_code == 403
    assert not Adoption.objects.exists()


# --- HTTP ------------------------------------------------------------------------------------------------------------


def test_a_comment_over_http(valley: Valley, heard: Heard) -> None:
    client = signed_in(valley.coach)
    answer = post(client, "/comments/", {"text": "Fint.", "kind": "comment"}, **{"Idempotency-Key": "en"})
    again = post(client, "/comments/", {"text": "Fint.", "kind": "comment"}, **{"Idempotency-Key": "en"})
    assert (answer.status_code, again.status_code) == (201, 201)
    assert answer.json()["organisation"] == valley.club.slug
    assert Comment.objects.count() == 1
    assert post(Client(), "/comments/", {"text": "Hei"}).status_code == 401
    assert post(client, "/comments/", {"text": ""}).status_code == 400
    assert post(client, "/comments/", {"text": "Hei", "slot": "x"}).status_code == 400
    give_membership(valley.coach, valley.choir, "board")
    assert post(client, "/comments/", {"text": "Hei"}).json()["code"] == "hat_required"
    named = post(client, "/comments/", {"text": "Hei"}, **{"Samskap-Hat": f"organisation:{valley.choir.slug}"})
    assert named.json()["organisation"] == valley.choir.slug


def test_adoption_over_http_lists_what_is_unmet(valley: Valley, heard: Heard, officer: Client) -> None:
    comment(heard[1], words="For sent!", kind="objection", by=valley.singer, organisation=valley.choir, now=NOW)
    refused = post(officer, "/adopt/", {"grounds": "Ja"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "unmet"
    assert [one["kind"] for one in refused.json()["unmet"]] == ["objection"]


def test_adoption_over_http(valley: Valley, heard: Heard, officer: Client) -> None:
    tag = officer.get(f"{API}/")["ETag"]
    assert post(officer, "/adopt/", {"grounds": "Ja"}, **{"If-Match": '"gammel"'}).status_code == 412
    made = post(officer, "/adopt/", {"grounds": "Ja"}, **{"If-Match": tag})
    assert made.status_code == 200, made.json()
    assert made.json()["allocations"] == 2
    again = post(officer, "/adopt/", {"grounds": "Ja"}, **{"If-Match": tag})
    assert again.json() == made.json()
    assert post(Client(), "/adopt/", {"grounds": "Ja"}).status_code == 401
    assert post(signed_in(valley.leader), "/adopt/", {"grounds": "Ja"}).status_code == 403


def test_who_has_a_role_in_it_is_disqualified_over_http(valley: Valley, heard: Heard, officer: Client) -> None:
    give_membership(valley.officer, valley.choir, "leader")
    answer = post(officer, "/adopt/", {"grounds": "Ja"})
    assert (answer.status_code, answer.json()["code"]) == (403, "disqualified")
