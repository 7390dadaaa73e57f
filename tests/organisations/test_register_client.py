"""The national register: asked over real HTTP on loopback, in its documented shape, well and ill."""

from __future__ import annotations

import socket
import time
from datetime import date, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.urls import reverse

from booking.foundation.conf import read
from booking.organisations import register
from booking.organisations.models import Organisation, RegisterAnswer
from booking.organisations.register import RegisterStatus
from tests.factories import NOW, make_number, make_officer, make_organisation, make_unit, make_user
from tests.organisations.register_server import entry, running
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


def switch_on(settings, url):
    settings.BOOKING = {**django_settings.BOOKING, "switches": {"register_lookup": True}, "register_url": url}
    register.forget_failures()


@pytest.fixture
def server(settings):
    with running() as found:
        switch_on(settings, found.url)
        yield found
    register.forget_failures()


def ask(number, **fields):
    return register.lookup(number, **({"now": NOW} | fields))


def test_it_is_off_by_default_and_nobody_is_asked(settings):
    assert register.lookup(make_number(), now=NOW).status == RegisterStatus.OFF
    assert not RegisterAnswer.objects.exists()


def test_found_in_the_documented_shape_and_kept_for_a_day(server):
    number = make_number()
    server.says(number, entry(number, "  LILLEBY   IDRETTSLAG "))
    for hours in (0, 23):
        answer = ask(number, now=NOW + timedelta(hours=hours))
        assert (answer.status, answer.name, answer.form, answer.fresh) == ("found", "LILLEBY IDRETTSLAG", "FLI", True)
    assert server.asked == [f"/enhetsregisteret/api/enheter/{number}"]
    ask(number, now=NOW + timedelta(hours=25))
    ask(number, now=NOW + timedelta(hours=26), ask_again=True)
    assert len(server.asked) == 3


@pytest.mark.parametrize("ending", ["konkurs", "underAvvikling", "underTvangsavviklingEllerTvangsopplosning"])
def test_bankrupt_and_winding_up_are_told(server, ending):
    number = make_number()
    server.says(number, entry(number, **{ending: True}))
    assert ask(number).winding_up


def test_deleted_not_found_and_removed_by_law(server):
    gone, unknown, removed = make_number(), make_number(), make_number()
    server.says(gone, {"organisasjonsnummer": gone, "navn": "BORTE LAG", "slettedato": "2017-11-01"})
    server.says(removed, {"status": 410}, 410)
    answer = ask(gone)
    assert (answer.status, answer.deleted_on, answer.name) == ("deleted", date(2017, 11, 1), "BORTE LAG")
    assert ask(unknown).status == "not_found"
    assert ask(removed).status == "deleted"


@pytest.mark.parametrize(
    ("status", "body", "mood"),
    [
        (500, {"status": 500}, ""),
        (503, b"", ""),
        (429, b"", ""),
        (200, b"<html>hello</html>", ""),
        (200, b"\xff\xfe{", ""),
        (200, b"[" * 50_000, ""),
        (200, b"[]", ""),
        (200, b"null", ""),
        (200, {}, ""),
        (200, {"organisasjonsnummer": "974760673", "navn": "EN ANNEN"}, ""),
        (200, "own:name=5", ""),
        (200, "own:name=NUL", ""),
        (200, b" ", "endless"),
        (200, b"", "hang up"),
        (302, b"http://example.org/enheter/1", ""),
        (302, b"//example.org/", ""),
        (302, b"https://127.0.0.1/", ""),
        (302, b"file:///etc/passwd", ""),
        (301, b"", ""),
    ],
)
def test_rubbish_errors_and_foreign_redirects_are_unavailable_and_never_an_error(server, status, body, mood):
    number = make_number()
    if body == "own:name=5":
        body = entry(number, 5)
    elif body == "own:name=NUL":
        body = entry(number, "LAG\x00")
    server.says(number, body, status, mood)
    assert ask(number).status == RegisterStatus.UNAVAILABLE
    assert not RegisterAnswer.objects.exists()


def test_a_redirect_on_the_same_host_is_followed_and_a_circle_is_not(server):
    number, other = make_number(), make_number()
    server.says(number, f"{server.url}/v2/{other}".encode(), 302)
    server.says(other, entry(number))
    assert ask(number).status == "found"
    circle = make_number()
    server.says(circle, f"{server.url}/enheter/{circle}".encode(), 302)
    assert ask(circle).status == RegisterStatus.UNAVAILABLE
    assert len(server.asked) == 2 + 3


@pytest.mark.parametrize("mood", ["silent", "drip"])
def test_slowness_costs_three_seconds_and_then_nobody_waits_for_a_while(server, mood):
    """A byte now and then would outlive every socket time-out: the whole answer has three seconds."""
    number = make_number()
    server.says(number, entry(number), mood=mood)
    began = time.monotonic()
    assert ask(number).status == RegisterStatus.UNAVAILABLE
    assert time.monotonic() - began < register.TIMEOUT + 1.5
    began = time.monotonic()
    assert ask(number).status == RegisterStatus.UNAVAILABLE
    assert time.monotonic() - began < 0.5
    assert len(server.asked) == 1


def test_down_it_gives_the_kept_answer_with_its_date(server, settings):
    number = make_number()
    server.says(number, entry(number))
    ask(number)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    switch_on(settings, f"http://127.0.0.1:{port}")
    answer = ask(number, now=NOW + timedelta(days=30))
    assert (answer.status, answer.fresh, answer.as_of) == ("found", False, NOW)
    assert ask(make_number()).status == RegisterStatus.UNAVAILABLE


@pytest.mark.parametrize("number", ["", "1", "12345678x", "../../etc", "1234567890", "１２３４５６７８９"])
def test_what_is_no_number_is_never_asked_about(server, number):
    assert ask(number).status == RegisterStatus.NOT_FOUND
    assert server.asked == []


@pytest.mark.parametrize("url", ["ftp://example.org", "data.brreg.no", "javascript:x"])
def test_an_address_that_is_none_is_told_by_the_system_check(url):
    _settings, faults = read({"register_url": url})
    assert [fault.key for fault in faults] == ["register_url"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_it_is_never_asked_inside_a_transaction(server):
    with pytest.raises(RuntimeError), transaction.atomic():
        ask(make_number())
    assert server.asked == []


@pytest.mark.parametrize(
    ("theirs", "ours", "fit"),
    [
        ("LILLEBY IDRETTSLAG", "Lilleby idrettslag", "same"),
        ("LILLEBY IDRETTSLAG", "Lilleby IL", "similar"),
        ("ØVRE ÅSEN VEL", "Øvre Åsen vel", "same"),
        ("LILLEBY SKOLEKORPS", "Fotballklubben", "different"),
    ],
)
def test_the_names_are_compared(theirs, ours, fit):
    assert register.Answer(RegisterStatus.FOUND, theirs).likeness(ours) == fit


# --- where it shows --------------------------------------------------------------------------------------------------


def test_staff_see_what_it_says_while_they_verify(server):
    organisation = make_organisation("Lilleby IL", verified=False)
    server.says(organisation.number, entry(organisation.number, "HELT NOE ANNET"))
    desk = browser(make_officer(make_unit(owned=False)))
    page = desk.get(reverse("booking_organisations:inspect", args=[organisation.pk]))
    assert "HELT NOE ANNET" in page.content.decode()
    assert page.context["register_name"] == "different"
    server.says(organisation.number, entry(organisation.number, "LILLEBY IL"))
    desk.post(reverse("booking_organisations:ask_register", args=[organisation.pk]))
    page = desk.get(reverse("booking_organisations:inspect", args=[organisation.pk]))
    assert page.context["register_name"] == "same"


def test_registering_works_while_it_is_down(server):
    number = make_number()
    server.says(number, b"", mood="hang up")
    user = make_user()
    answer = browser(user).post(
        "/organisations/new/", {"name": "Turlaget", "number": number, "kind": "club", "language": "nb"}
    )
    assert answer["Location"] == f"/my/organisations/{Organisation.objects.get().slug}/"
    assert len(server.asked) == 1
    page = browser(make_officer(make_unit(owned=False))).get(
        reverse("booking_organisations:inspect", args=[Organisation.objects.get().pk])
    )
    assert page.context["register"].status == RegisterStatus.UNAVAILABLE
