"""Who opened somebody's contact data: once a day, seen by the unit's leader and by the person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import APIToken

from booking.foundation import clock
from booking.privacy import selectors, services
from booking.privacy.models import Look
from tests import factories as f
from tests.factories import NOW
from tests.privacy.test_erasing import ask

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def coach() -> Any:
    return f.make_user("Kari Trener")


@pytest.fixture
def case(coach: Any) -> Any:
    return ask(coach, f.make_organisation("Lilleby IL", leader=coach))


def test_the_officer_s_page_of_a_case_leaves_one_trace_a_day(case: Any) -> None:
    desk = browser(case.unit.officer)
    for day in (NOW, NOW + timedelta(hours=2), NOW + DAY):
        with clock.at(day):
            assert desk.get(f"/admin/booking/cases/inspect/{case.pk}/").status_code == 200
    rows = list(Look.objects.order_by("pk"))
    assert [(row.viewer, row.label, row.unit, row.door) for row in rows] == [
        (case.unit.officer, case.reference, case.unit, "page")
    ] * 2
    assert [row.at for row in rows] == [NOW, NOW + DAY]


def test_staff_on_the_parties_page_leave_one_too_and_parties_none(case: Any, coach: Any) -> None:
    assert browser(coach).get(f"/cases/{case.reference}/").status_code == 200
    assert not Look.objects.exists()
    assert browser(case.unit.deputy).get(f"/cases/{case.reference}/").status_code == 200
    assert Look.objects.get().viewer == case.unit.deputy


def test_the_people_of_an_organisation_leave_one_on_the_page_and_in_the_api(case: Any, coach: Any) -> None:
    club, officer = case.organisation, case.unit.officer
    assert browser(officer).get(f"/admin/booking/organisations/inspect/{club.pk}/").status_code == 200
    for user in (case.unit.deputy, coach):
        _row, token = APIToken.create_token(user=user, name="t")
        address = f"/api/booking/v1/organisations/{club.slug}/members/"
        assert Client().get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    rows = Look.objects.order_by("pk")
    assert [(row.viewer, row.about_kind, row.unit, row.door) for row in rows] == [
        (officer, "organisation", case.unit, "page"),
        (case.unit.deputy, "organisation", case.unit, "api"),
    ]


def test_a_reload_costs_one_question_and_no_write(case: Any) -> None:
    facts = {"viewer": case.unit.officer, "kind": "case", "pk": case.pk, "label": case.reference}
    facts |= {"unit_id": case.unit_id, "now": NOW}
    with CaptureQueriesContext(connection) as first:
        services.note_look(**facts)
    assert sum(query["sql"].startswith("INSERT") for query in first) == 1
    with CaptureQueriesContext(connection) as again:
        services.note_look(**facts)
    assert len(again) == 1
    assert again.captured_queries[0]["sql"].startswith("SELECT")


def test_two_at_once_are_one(case: Any) -> None:
    things = [(case.pk, case.reference, case.unit_id)]
    for _time in range(2):
        services.note_looks(viewer=case.unit.officer, kind="case", things=things, now=NOW, door="export")
    assert Look.objects.count() == 1


def test_an_export_of_many_is_a_statement_or_three(case: Any) -> None:
    things = [(pk, f"2026-{pk}", case.unit_id) for pk in range(1, 301)]
    with CaptureQueriesContext(connection) as queries:
        services.note_looks(viewer=case.unit.officer, kind="case", things=things, now=NOW, door="export")
    # SQLite takes about a hundred rows in a statement, PostgreSQL all of them.
    assert sum(query["sql"].startswith("INSERT") for query in queries) <= 3
    assert Look.objects.count() == 300


def test_the_person_sees_unit_and_day_and_the_name_where_names_are_shown(case: Any, coach: Any, settings: Any) -> None:
    services.note_look(
        viewer=case.unit.officer, kind="case", pk=case.pk, label=case.reference, unit_id=case.unit_id, now=NOW
    )
    (look,) = selectors.looks_at(coach)
    assert (look.day, look.unit, look.about, look.viewer) == (
        NOW.date(), "Kultur og idrett", case.reference, "Ola Saksbehandler"
    )  # fmt: skip
    settings.BOOKING = settings.BOOKING | {"show_officer_names": False}
    assert selectors.looks_at(coach)[0].viewer == ""
    assert selectors.looks_at(f.make_user("Somebody Else")) == []


def test_the_person_s_list_asks_the_same_few_questions_however_long_it_is(case: Any, coach: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            selectors.looks_at(coach)
        return len(queries)

    note = {"viewer": case.unit.officer, "kind": "case", "pk": case.pk, "label": "x", "unit_id": case.unit_id}
    services.note_look(**note, now=NOW)
    first = count()
    for day in range(1, 20):
        services.note_look(**note, now=NOW + day * DAY)
    assert count() == first <= 3


def test_the_unit_s_leader_sees_the_unit_s_and_nobody_else_s(case: Any) -> None:
    elsewhere = f.make_unit("Teknisk")
    for unit in (case.unit, elsewhere):
        services.note_look(
            viewer=unit.officer, kind="case", pk=case.pk, label=f"SAK-{unit.slug}", unit_id=unit.pk, now=NOW
        )
    leader = f.make_leader(case.unit)
    page = browser(leader).get("/admin/booking/looks/")
    assert page.status_code == 200
    words = page.content.decode()
    assert f"SAK-{case.unit.slug}" in words
    assert f"SAK-{elsewhere.slug}" not in words
    # An officer is sent away: this is not for watching each other.
    assert browser(case.unit.officer).get("/admin/booking/looks/").status_code == 302
    found = browser(leader).get("/admin/booking/looks/", {"q": "nothing-like-it"}).content.decode()
    assert f"SAK-{case.unit.slug}" not in found


def test_the_leader_s_list_asks_the_same_number_of_questions(case: Any) -> None:
    leader = browser(f.make_leader(case.unit))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert leader.get("/admin/booking/looks/").status_code == 200
        return len(queries)

    note = {"viewer": case.unit.officer, "kind": "case", "label": "x", "unit_id": case.unit_id}
    services.note_look(**note, pk=1, now=NOW)
    count()
    first = count()
    for pk in range(2, 30):
        services.note_look(**note, pk=pk, now=NOW)
    assert count() == first
