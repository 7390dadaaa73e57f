"""Proposals of a round in the CMS admin: calculations asked for, watched and stopped; rules tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from wagtail.users.models import UserProfile

from booking.foundation import clock
from booking.seasons.models import DraftRun
from booking.seasons.services import drafting
from tests.factories import NOW, give_membership
from tests.seasons.world import Valley


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def found(valley: Valley) -> Any:
    made = valley.round("proposals")
    valley.wish(made, places=(valley.gym,))
    return made


@pytest.fixture
def officer(valley: Valley) -> Client:
    profile = UserProfile.get_for_user(valley.officer)
    profile.preferred_language = "en"
    profile.save()
    client = Client()
    client.force_login(valley.officer)
    return client


def path(found: Any, end: str = "") -> str:
    return f"/admin/booking/seasons/proposals/{found.pk}/{end}"


def test_a_calculation_is_asked_for_watched_and_becomes_a_proposal(officer: Client, found: Any) -> None:
    assert "Calculate a draft" in officer.get(path(found)).content.decode()
    answer = officer.post(path(found, "calculate/"), {"budget": "10.0", "name": "Første", "seed": "4"})
    assert answer.status_code == 302
    page = officer.get(path(found)).content.decode()
    assert "data-poll" in page
    assert "data-poll-done" not in page
    assert "Stop, and keep the best so far" in page
    again = officer.post(path(found, "calculate/"), {"budget": "10.0"})
    assert again.status_code == 409
    assert "under way already" in again.content.decode()
    drafting.work_on_drafts(lambda: False)
    page = officer.get(path(found)).content.decode()
    assert "data-poll-done" in page
    assert "1. Første" in page
    assert "Number of the draw: 4" in page


@pytest.mark.parametrize(
    "bad", [{"budget": "3"}, {"budget": ""}, {"budget": "10.0", "seed": "x"}, {"budget": "10.0", "start_from": "99"}]
)
def test_nonsense_comes_back(officer: Client, found: Any, bad: dict[str, str]) -> None:
    assert officer.post(path(found, "calculate/"), bad).status_code == 400
    assert not DraftRun.objects.exists()


def test_it_is_stopped(officer: Client, found: Any, valley: Valley) -> None:
    run = drafting.ask_for_draft(found, by=valley.officer, now=NOW)
    assert officer.post(path(found, f"runs/{run.pk}/stop/")).status_code == 302
    run.refresh_from_db()
    assert run.state == "cancelled"
    other = valley.round("proposals", slug="annen", name="Annen")
    assert officer.post(path(other, f"runs/{run.pk}/stop/")).status_code == 404


def test_rules_are_tried_and_compared_with_what_happened(officer: Client, found: Any, valley: Valley) -> None:
    assert "nothing to try the rules on" in officer.get(path(found)).content.decode()
    last = valley.round("ended", slug="i-fjor", name="I fjor")
    wish = valley.wish(last, "Fjorårslaget", places=(valley.gym,))
    adopted = valley.proposal(last, (wish, valley.gym, 0, 16, 17), state="published")
    last.adopted = adopted
    last.save()
    found.follows = last
    found.save()
    assert officer.post(path(found, "simulate/"), {"preset": "first_come"}).status_code == 302
    drafting.work_on_drafts(lambda: False)
    run = DraftRun.objects.get()
    page = officer.get(f"/en/seasons/{found.slug}/proposals/runs/{run.pk}/").content.decode()
    assert "Compared with what was adopted" in page
    assert "Lilleby idrettslag" in page
    assert found.proposals.count() == 0


def test_who_leads_a_club_of_the_round_only_looks(officer: Client, found: Any, valley: Valley) -> None:
    give_membership(valley.officer, valley.club, "board")
    page = officer.get(path(found)).content.decode()
    assert "a colleague makes" in page
    assert officer.post(path(found, "calculate/"), {"budget": "10.0"}).status_code == 403
