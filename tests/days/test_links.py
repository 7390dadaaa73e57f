"""Links to caretakers' pages: only the leader makes them, the database can't open them, and they end (needs N16)."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, override_settings
from django.utils import timezone

from booking.days import selectors, services
from booking.days.models import CaretakerLink
from booking.foundation.doors.logs import HideSecrets
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from tests import factories as f
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return f.make_unit("Kultur", slug="kultur")


@pytest.fixture
def leader(unit):
    return f.make_leader(unit)


def make(unit, leader, **fields):
    return services.make_link(**({"unit": unit, "building": None, "label": "Vidar", "by": leader, "now": NOW} | fields))


def test_the_database_holds_no_secret(unit, leader):
    made = make(unit, leader)
    row = CaretakerLink.objects.values().get()
    assert made.token not in str(row)
    assert len(made.token) >= 43
    assert selectors.find_link(made.token) == made.link


def test_the_hash_is_keyed(unit, leader):
    made = make(unit, leader)
    with override_settings(SECRET_KEY="another key, as long as it takes " * 2), pytest.raises(NotFound):
        selectors.find_link(made.token)


def test_after_a_change_of_keys_it_opens_and_is_hashed_anew(unit, leader, settings):
    made = make(unit, leader)
    before = made.link.token_hash
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key, as long as it takes " * 2
    found = selectors.find_link(made.token)
    services.note_use(found, made.token, now=NOW)
    found.refresh_from_db()
    assert found.token_hash != before
    settings.SECRET_KEY_FALLBACKS = []
    assert selectors.find_link(made.token) == made.link


def test_only_a_leader_of_the_unit_makes_renews_and_ends(unit, leader):
    made = make(unit, leader)
    elsewhere = f.make_leader(f.make_unit("Teknisk"))
    for somebody in (unit.officer, elsewhere, f.make_officer(unit, "Vidar Vaktmester", role="caretaker")):
        with pytest.raises(Forbidden):
            make(unit, somebody)
        with pytest.raises(Forbidden):
            services.renew_link(made.link, by=somebody, now=NOW)
        with pytest.raises(Forbidden):
            services.end_link(made.link, by=somebody, now=NOW)
    assert selectors.find_link(made.token) == made.link


def test_a_building_must_be_of_the_unit(unit, leader):
    with pytest.raises(Invalid) as refused:
        make(unit, leader, building=f.make_resource("Fremmed hall"))
    assert refused.value.errors[0].loc == ("building",)
    with pytest.raises(Invalid):
        make(unit, leader, label=" ")


def test_renewed_the_old_address_opens_nothing(unit, leader):
    made = make(unit, leader)
    anew = services.renew_link(made.link, by=leader, now=NOW + timedelta(days=1))
    with pytest.raises(NotFound):
        selectors.find_link(made.token)
    assert selectors.find_link(anew.token).renewed_at == NOW + timedelta(days=1)


def test_ended_it_opens_nothing_and_isnt_renewed(unit, leader):
    made = make(unit, leader)
    ended = services.end_link(made.link, by=leader, now=NOW)
    assert services.end_link(made.link, by=leader, now=NOW + timedelta(days=1)).ended_at == ended.ended_at
    with pytest.raises(NotFound):
        selectors.find_link(made.token)
    with pytest.raises(WrongState):
        services.renew_link(made.link, by=leader, now=NOW)


def test_a_unit_that_is_switched_off_opens_nothing(unit, leader):
    made = make(unit, leader)
    unit.active = False
    unit.save()
    with pytest.raises(NotFound):
        selectors.find_link(made.token)


def test_use_is_noted_once_an_hour(unit, leader, django_assert_num_queries):
    made = make(unit, leader)
    services.note_use(made.link, made.token, now=NOW)
    link = selectors.find_link(made.token)
    assert link.last_used_at == NOW
    with django_assert_num_queries(0):
        services.note_use(link, made.token, now=NOW + timedelta(minutes=59))
    services.note_use(link, made.token, now=NOW + timedelta(minutes=61))
    link.refresh_from_db()
    assert link.last_used_at == NOW + timedelta(minutes=61)


def test_the_database_refuses_a_link_that_nobody_ended(unit, leader):
    made = make(unit, leader)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaretakerLink.objects.filter(pk=made.link.pk).update(ended_at=NOW)


# --- in the admin ----------------------------------------------------------------------------------------------------


def browser(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_leader_makes_one_by_the_form_and_sees_the_address_once(unit, leader):
    hall = f.make_resource("Lillebyhallen", unit=unit)
    client = browser(leader)
    page = client.get("/admin/booking/caretakers/new/").content.decode()
    assert "Lillebyhallen" in page
    typed = {"label": "Vaktmester i hallen", "opens": f"building-{hall.pk}"}
    answer = client.post("/admin/booking/caretakers/new/", typed)
    link = CaretakerLink.objects.get()
    assert (link.building, link.made_by) == (hall, leader)
    address = answer.content.decode().split('value="http')[1].split('"')[0]
    token = address.rstrip("/").rsplit("/", 1)[1]
    assert selectors.find_link(token) == link
    listed = client.get("/admin/booking/caretakers/").content.decode()
    assert "Vaktmester i hallen" in listed
    assert token not in listed
    assert Client().get(f"/caretaker/{token}/").status_code == 200
    # A new address from the list; then it is ended there.
    renewed = client.post(f"/admin/booking/caretakers/renew/{link.pk}/")
    assert renewed.status_code == 200
    assert "/caretaker/" in renewed.content.decode()
    assert Client().get(f"/caretaker/{token}/").status_code == 404
    assert client.post(f"/admin/booking/caretakers/end/{link.pk}/").status_code == 302
    link.refresh_from_db()
    assert link.ended_by == leader


def test_another_units_link_and_building_dont_exist(unit, leader):
    other = f.make_unit("Teknisk")
    foreign = make(other, f.make_leader(other)).link
    place = f.make_resource("Lageret", unit=other)
    client = browser(leader)
    assert client.post(f"/admin/booking/caretakers/end/{foreign.pk}/").status_code == 404
    typed = {"label": "x", "opens": f"building-{place.pk}"}
    assert client.post("/admin/booking/caretakers/new/", typed).status_code == 200
    assert CaretakerLink.objects.count() == 1


def test_the_list_takes_the_same_number_of_queries_for_one_and_for_many(unit, leader, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser(leader)
    make(unit, leader)
    client.get("/admin/booking/caretakers/")
    with CaptureQueriesContext(connection) as one:
        client.get("/admin/booking/caretakers/")
    for number in range(12):
        make(unit, leader, label=f"Nr. {number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/admin/booking/caretakers/")
    assert len(many) == len(one)


def test_a_log_line_never_shows_the_address(unit, leader):
    token = make(unit, leader).token
    record = logging.LogRecord("x", logging.INFO, "", 0, '"GET /caretaker/%s/?day=2026-03-02 HTTP/1.1"', (token,), None)
    HideSecrets().filter(record)
    assert token not in record.getMessage()


def test_ended_links_go_after_a_year(unit, leader):
    from booking.privacy.services import run_retention

    made = make(unit, leader)
    services.end_link(made.link, by=leader, now=timezone.now() - timedelta(days=300))
    run_retention(timezone.now())
    assert CaretakerLink.objects.exists()
    CaretakerLink.objects.update(ended_at=timezone.now() - timedelta(days=366))
    run_retention(timezone.now())
    assert not CaretakerLink.objects.exists()
