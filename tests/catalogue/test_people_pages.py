"""The pages about people in the CMS admin: whose they show, how much they ask, what a form keeps (needs N5, N9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.catalogue import services
from booking.catalogue.models import Absence, HandOver
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from tests import factories
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    unit = factories.make_unit()
    factories.make_resource("Hallen", unit=unit, officer=unit.officer)
    return unit


@pytest.fixture
def leader(unit):
    return browser(factories.make_leader(unit))


def url(name, *args):
    return reverse(f"booking_people:{name}", args=args)


def today():
    return clock.today(booking_settings().tz)


def text(answer):
    return answer.content.decode()


def test_who_leads_sees_their_people_and_nobody_elses(unit, leader):
    other = factories.make_unit("Teknisk", officer=factories.make_user("Ukjent Navn"))
    page = text(leader.get(url("index")))
    assert "Ola Saksbehandler" in page
    assert "Ukjent Navn" not in page
    for name in ("person", "absence", "hand_over"):
        assert leader.get(url(name, unit.officer.pk)).status_code == 200
        assert leader.get(url(name, other.officer.pk)).status_code == 404
        assert leader.post(url(name, other.officer.pk)).status_code in (404, 405)
        assert leader.get(url(name, 999999)).status_code == 404


def test_what_lies_in_another_unit_is_not_shown_nor_handed_over(unit, leader):
    other = factories.make_unit("Teknisk")
    hidden = factories.make_resource("Hemmelig henger", unit=other, officer=unit.officer)
    for name in ("person", "hand_over"):
        page = text(leader.get(url(name, unit.officer.pk)))
        assert "Hallen" in page
        assert "Hemmelig henger" not in page
    sent = {f"to:resources:{hidden.pk}:officer": unit.deputy.pk, "act": "do", "reason": "Slutter"}
    leader.post(url("hand_over", unit.officer.pk), sent)
    hidden.refresh_from_db()
    assert hidden.officer == unit.officer
    assert "Hemmelig henger" in text(browser(unit.officer).get(url("person", unit.officer.pk)))


def test_the_parent_units_leader_sees_the_units_below(unit):
    parent = factories.make_unit("Servicetorg", owned=False)
    unit.parent = parent
    unit.save()
    boss = browser(factories.make_leader(parent, "Rådmannen"))
    assert boss.get(url("person", unit.officer.pk)).status_code == 200


def test_a_stand_in_sees_what_they_stand_in_for_while_they_do(unit):
    stand_in = factories.make_officer(unit, "Vikar Vik")
    desk = browser(stand_in)
    row = services.record_absence(user=unit.officer, start=today(), end=today() + timedelta(days=3), deputy=stand_in)
    assert "Hallen" in text(desk.get(url("person", stand_in.pk)))
    assert desk.get(url("person", unit.officer.pk)).status_code == 404
    Absence.objects.filter(pk=row.pk).update(start=today() + timedelta(days=1))
    assert "Hallen" not in text(desk.get(url("person", stand_in.pk)))
    Absence.objects.filter(pk=row.pk).delete()
    assert "Ola Saksbehandler" not in text(desk.get(url("person", stand_in.pk)))


def test_a_refused_absence_keeps_what_was_typed(unit):
    mine = browser(unit.officer)
    day = today()
    answer = mine.post(
        url("absence", unit.officer.pk), {"start": day + timedelta(days=3), "end": day, "deputy": unit.deputy.pk}
    )
    assert answer.status_code == 200
    assert "end" in answer.context["form"].errors
    assert f'<option value="{unit.deputy.pk}" selected' in text(answer)
    for nonsense in ({}, {"start": "x", "end": "\x00", "deputy": "9" * 40}):
        assert mine.post(url("absence", unit.officer.pk), nonsense).status_code == 200
    assert not Absence.objects.exists()


def test_an_absence_of_somebody_else_is_not_ended_by_its_number(unit, leader):
    row = services.record_absence(user=unit.deputy, start=today(), end=today())
    assert leader.post(url("end_absence", unit.officer.pk, row.pk)).status_code == 404
    assert leader.post(url("end_absence", unit.deputy.pk, row.pk)).status_code == 302
    assert leader.post(url("end_absence", unit.deputy.pk, row.pk)).status_code == 302, "pressed twice"
    assert not Absence.objects.exists()


def test_a_colleague_notes_their_own_days_on_the_units_page_and_no_others(unit):
    mine = browser(unit.officer)
    page = reverse("booking_units:absence", args=[unit.pk])
    day = today().isoformat()
    assert mine.post(page, {"user": unit.deputy.pk, "start": day, "end": day}).status_code == 200
    assert not Absence.objects.exists()
    assert mine.post(page, {"user": unit.officer.pk, "start": day, "end": day}).status_code == 302
    assert Absence.objects.get().recorded_by == unit.officer


@pytest.mark.parametrize("last", ["", "x", "2020-01-01", "\x00", "9999-99-99"])
def test_a_last_day_that_is_none_ends_nothing(unit, leader, last):
    assert leader.post(url("last_day", unit.officer.pk), {"last": last}).status_code == 302
    assert unit.officer.unit_roles.get().end is None


def queries(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_pages_take_as_many_queries_for_many_as_for_one(unit, leader):
    who, own = unit.officer, browser(unit.officer)

    def grow(numbers):
        for number in numbers:
            factories.make_resource(f"Rom {number}", unit=unit, officer=who)
            factories.make_officer(unit, f"Kollega {number:02}")
            services.note_take_over(
                kind="resources", key=f"{number}:officer", title=f"Rom {number}", unit=unit, former=who,
                receiver=unit.deputy, now=clock.now(),
            )  # fmt: skip

    pages = [(leader, url("index")), (leader, url("person", who.pk)), (leader, url("hand_over", who.pk))]
    pages.append((own, url("first_day")))
    grow([1])
    for client, address in pages:
        client.get(address)  # what is kept by the process is there
    before = [queries(client, address) for client, address in pages]
    grow(range(2, 14))
    assert [queries(client, address) for client, address in pages] == before
    assert max(before) <= 72


def test_rehearsing_a_hand_over_of_many_is_no_deed(unit, leader):
    rooms = [factories.make_resource(f"Rom {number}", unit=unit, officer=unit.officer) for number in range(5)]
    sent = {f"to:resources:{room.pk}:officer": unit.deputy.pk for room in rooms}
    answer = leader.post(url("hand_over", unit.officer.pk), sent | {"act": "look", "reason": "Slutter"})
    assert answer.context["possible"] == 5
    assert not HandOver.objects.exists()
    for room in rooms:
        room.refresh_from_db()
        assert (room.officer, room.version) == (unit.officer, 1)
