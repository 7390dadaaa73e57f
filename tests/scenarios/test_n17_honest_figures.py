"""N17, N8: public, honest figures: how fast the municipality answers, per unit only from ten cases, never per person;
hours used by children and youth; how often granted time was taken back. Through page and API, without signing in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from booking.cases import services
from booking.foundation import clock
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town

pytestmark = pytest.mark.django_db
API = "/api/booking/v1/insight"


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def _live(town: Town) -> None:
    """Eleven requests: eight answered the next day, one three weeks late, two waiting; one date taken back."""
    for number in range(11):
        case = town.ask(body(town.room, at(30 + number, 18), at(30 + number, 20), audience={"6-12": 12, "20-59": 3}))
        if number < 8:
            town.decide(case, "grant", now=NOW + timedelta(days=1))
        elif number == 8:
            services.holding_reply(case, until=(NOW + timedelta(days=40)).date(), by=town.officer, now=NOW)
            town.decide(case, "grant", now=NOW + timedelta(days=22))
        if number == 7:
            free = services.Instead(1, town.room, at(60, 18), at(60, 20))
            services.take_back(
                case, [1], reason="Valglokale", instead=[free], by=town.officer, now=NOW + timedelta(days=2)
            )


def test_everybody_sees_how_the_municipality_answers(client: Client, town: Town) -> None:
    _live(town)
    later = NOW + timedelta(days=60)
    with clock.at(later):
        answer = client.get(f"{API}/answer-times/", {"from": "2026-03-01", "to": "2026-03-31"}).json()
        (unit,) = answer["results"]
        assert unit["unit"]["slug"] == town.unit.slug
        assert (unit["received"], unit["answered"], unit["open"], unit["overdue"]) == (11, 9, 2, 2)
        assert (unit["median_working_days"], unit["p90_working_days"], unit["within_promise"]) == (
            1,
            16,
            round(8 / 11, 4),
        )
        use = client.get(f"{API}/use/", {"from": "2026-03-01", "to": "2026-06-30"}).json()
        # Eight dates of two hours stand; the ninth was taken back.
        assert (use["all"]["loans"], use["all"]["hours"], use["all"]["children_youth_share"]) == (8, 16.0, 1.0)
        assert use["taken_back"]["taken_back"] == 1

        page = client.get(reverse("booking:figures"))
        text = page.content.decode()
        assert page.status_code == 200
        for person in (town.officer, town.coach):
            assert person.get_full_name() not in text
        assert town.club.name not in text
        with translation.override("nb"):
            assert str(town.unit.name) in text
        assert "73 %" in text


def test_a_unit_with_few_cases_has_no_figures_of_its_own(client: Client, town: Town) -> None:
    for number in range(9):
        town.decide(town.ask(body(town.room, at(30 + number, 18), at(30 + number, 20))), "grant", now=NOW)
    with clock.at(NOW + timedelta(days=60)):
        answer = client.get(f"{API}/answer-times/", {"unit": town.unit.slug}).json()
        assert answer["results"][0]["received"] == 9
        for figures in (answer["results"][0], answer["all"]):
            assert figures["too_few"]
            assert {figures[name] for name in ("answered", "median_working_days", "within_promise", "open")} == {None}
        assert client.get(f"{API}/answer-times/").json()["all"]["answered"] == 9


def test_an_empty_period_and_wrong_questions_are_told(client: Client, town: Town) -> None:
    empty = client.get(f"{API}/answer-times/", {"from": "2001-01-01", "to": "2001-12-31"}).json()
    assert (empty["all"]["received"], empty["results"]) == (0, [])
    wrong = client.get(f"{API}/use/", {"from": "2026-03-02", "to": "2026-03-01"})
    assert (wrong.status_code, wrong.json()["errors"][0]["loc"]) == (400, ["to"])
    assert client.get(f"{API}/use/", {"unit": "finnes-ikke"}).status_code == 404


def test_the_number_of_queries_doesnt_grow(client: Client, town: Town, django_assert_max_num_queries) -> None:
    for number in range(12):
        town.ask(body(town.room, at(30 + number, 18), at(30 + number, 20)))
    factories.make_unit(name="Teknisk")
    with django_assert_max_num_queries(8):
        client.get(f"{API}/answer-times/")
    with django_assert_max_num_queries(14):
        client.get(reverse("booking:figures"))
