"""N1: the rules are the town's own, and whoever got hours sees what became of them.

The officer gives the lower secondary school an age band of its own while wishes are open; the page says who moves
before it is saved, and everybody reads it in the round's story. In October a coach sees what became of the club's
hours, reports the dates that are missing, and reads the same in the API as on the page; the rival sees nothing of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.cases.models import Line
from booking.foundation import clock
from booking.seasons.models import RoundState
from booking.seasons.services import flow
from booking.seasons.services.adopting import adopt
from tests.factories import NOW
from tests.seasons.conftest import make_heard
from tests.seasons.test_staff import text, url
from tests.seasons.test_staff_rules import sent
from tests.seasons.world import Valley, make_valley

pytestmark = pytest.mark.django_db
AUTUMN = datetime.fromisoformat("2026-10-12T22:30+02:00")


@pytest.fixture
def town() -> Valley:
    return make_valley()


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_lower_secondary_school_gets_an_age_band_of_its_own(town: Valley) -> None:
    round = town.round(RoundState.OPEN)
    town.wish(round, "J14", age_from=14, age_to=14)
    town.wish(round, "Damer", age_from=20, age_to=40)
    desk = browser(town.officer)
    with clock.at(NOW):
        page = desk.post(url("rules", round.pk), sent(desk.get(url("rules", round.pk))) | {"act": ["add-bands"]})
        data = sent(page) | {
            "band_new_1_title": ["Ungdomsskole"], "band_new_1_from": ["13"], "band_new_1_to": ["15"],
            "band_youth_from": ["16"], "classes-0-any-0-bands": ["children", "youth", "seniors", "new_1"],
            "reason": ["Ungdomsskolen har egne tider"],
        }  # fmt: skip
        asked = desk.post(url("rules", round.pk), data)
        assert "1 lag: fra «ungdom» til «Ungdomsskole»" in text(asked)
        assert desk.post(url("rules", round.pk), data | {"moved": [asked.context["moved"]]}).status_code == 302
        public = Client().get(f"/seasons/{round.slug}/").content.decode()
        api = Client().get(f"/api/booking/v1/seasons/{round.slug}/").json()
    assert "Ungdomsskolen har egne tider" in public
    assert "Et lag med Ungdomsskole (13 til 15 år)" in public
    assert {"name": "ungdomsskole", "title": "Ungdomsskole", "from": 13, "to": 15} in api["rules"]["bands"]
    assert "1 lag har fått en annen aldersgruppe" in public


def test_a_coach_sees_what_became_of_the_hours_and_reports_what_is_missing(town: Valley) -> None:
    round, proposal = make_heard(town)
    adopt(round, proposal, grounds="Etter høringen.", by=town.officer, now=NOW)
    flow.run_rounds(datetime.fromisoformat("2026-08-31T01:00+02:00"))
    phone, rival = browser(town.coach), browser(town.handball_leader)
    ours = reverse("booking:my_hours", args=[town.club.slug])
    figures = reverse("booking:my_hours_figures", args=[town.club.slug, round.slug])
    lines = list(Line.objects.filter(series__allocation__wish__team="J13").order_by("start")[:7])
    with clock.at(lines[1].start - timedelta(days=3)):
        phone.post(reverse("booking:my_hours_release", args=[town.club.slug, lines[1].pk]))
    with clock.at(AUTUMN):
        assert figures in phone.get(ours).content.decode()
        page = phone.get(figures)
        assert "Så langt har dere hatt 6 timer, og ingenting er meldt ennå." in page.content.decode()
        for line in page.context["use"].missing[0].lines:
            answer = phone.post(
                reverse("booking:my_hours_use", args=[town.club.slug, line.pk]), {"used": "yes", "next": figures}
            )
            assert answer["Location"] == figures
        said = phone.get(figures).content.decode()
        assert "Så langt har dere hatt 6 timer, og alt er brukt." in said
        assert "Dere har sagt fra dere 1 time" in said
        data = phone.get(f"/api/booking/v1/insight/seasons/{round.slug}/organisations/{town.club.slug}/").json()
        assert (data["so_far"]["used_hours"], data["so_far"]["given_up_hours"], data["to_report"]) == (6.0, 1.0, [])
        assert rival.get(figures).status_code == 404
