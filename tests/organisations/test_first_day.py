"""Your first day at the head of an organisation: open matters, what comes back, whom to ask (needs N9)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from booking.catalogue.registry import Returning
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import registry
from booking.organisations.registry import Entry
from tests.factories import give_membership, make_organisation, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader():
    return make_user("Leif Leder")


@pytest.fixture
def club(leader):
    return make_organisation("Lilleby IL", slug="lilleby-il", leader=leader)


PAGE = "/my/organisations/lilleby-il/first-day/"


def text(answer):
    return answer.content.decode()


def test_an_empty_club_is_told_so_and_whom_to_ask(club, leader, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        page = text(browser(leader).get(PAGE))
    assert page.count("<h1") == 1
    assert "/enquiry/" in page


def test_other_floors_add_their_lists_and_dates(club, leader):
    asked = []

    def tell(organisation, on):
        yield Entry("Nøkkel til klubbhuset", detail="Muntlig avtale", when=on, mark="Bare én har bekreftet")

    def had(organisation, first, last):
        asked.append((first, last))
        return [Returning("Sankthansbål", first, last)]

    registry.register_first_day("test agreements", tell, label="Avtaler", order=5)
    registry.register_returning("test agreements", had)
    try:
        page = text(browser(leader).get(PAGE))
    finally:
        registry._first_days.pop("test agreements")
        registry._had.pop("test agreements")
    for told in ("Avtaler", "Nøkkel til klubbhuset", "Bare én har bekreftet", "Sankthansbål"):
        assert told in page
    [(first, last)] = asked
    today = clock.today(booking_settings().tz)
    assert (today - first, last - first) == (timedelta(weeks=53), timedelta(weeks=9))
    assert first.weekday() == today.weekday(), "the same days of the week"


def test_who_led_before_is_named_and_a_reader_is_not_their_own_colleague(club, leader):
    before = make_user("Frida Før")
    give_membership(before, club, "leader", start=date(2020, 1, 1), end=date(2024, 3, 1))
    give_membership(make_user("Berit Board"), club, "board")
    page = text(browser(leader).get(PAGE))
    assert "Frida Før" in page
    assert "Berit Board" in page
    assert page.count("Leif Leder") <= 1  # in the header, perhaps


def test_the_button_is_there_in_the_first_weeks(club):
    today = clock.today(booking_settings().tz)
    new, old = make_user("Ny"), make_user("Gammel")
    give_membership(new, club, "board", start=today - timedelta(days=10))
    give_membership(old, club, "board", start=today - timedelta(days=90))
    mine = "/my/organisations/lilleby-il/"
    assert text(browser(new).get(mine)).count(PAGE) == 2
    assert text(browser(old).get(mine)).count(PAGE) == 1
