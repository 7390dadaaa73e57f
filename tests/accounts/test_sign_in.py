"""Signing in by a code, from the first page to the last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils.formats import date_format  # noqa: F401

from booking.correspondence.models import OutboxMessage, OutboxState
from booking.foundation import clock
from municipality.accounts import codes
from municipality.accounts.models import User
from tests.accounts.conftest import code_in
from tests.factories import make_officer, make_unit, make_user

pytestmark = pytest.mark.django_db


def test_a_known_person_gets_in_with_the_code_from_the_letter(visitor):
    make_user("Kari Nordmann", email="kari@example.org")
    answer = visitor.ask("kari@example.org")
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/code/")
    assert not visitor.is_signed_in()
    [letter] = mail.outbox
    assert letter.to == ["kari@example.org"]
    assert code_in(letter) in letter.subject
    answer = visitor.type_code(code_in(letter))
    assert answer.status_code == 302
    assert visitor.is_signed_in()
    assert User.objects.get().last_login is not None


def test_a_new_address_makes_an_account_with_the_first_right_code_and_not_before(visitor):
    visitor.ask("Ny.Frivillig@Example.org")
    assert not User.objects.exists()
    answer = visitor.type_code(code_in(mail.outbox[0]), name="")
    user = User.objects.get()
    assert (user.email, user.name, user.is_staff, user.has_usable_password()) == (
        "ny.frivillig@example.org", "", False, False,
    )  # fmt: skip
    assert answer["Location"] == "/account/name/"
    assert not visitor.is_signed_in()


def test_the_name_is_asked_once_and_the_way_goes_on_to_where_one_wanted(visitor):
    answer = visitor.sign_in("ny@example.org", name="", next="/nn/en-side/")
    page = visitor.client.get(answer["Location"])
    assert page.status_code == 200
    answer = visitor.client.post("/account/name/", {"name": "  Ny   Frivillig ", "phone": "900 00 000", "of_age": "on"})
    assert answer["Location"] == "/nn/en-side/"
    assert visitor.is_signed_in()
    user = User.objects.get()
    assert (user.name, user.phone) == ("Ny Frivillig", "900 00 000")
    visitor.client.post("/account/logout/")
    assert visitor.sign_in("ny@example.org", next="/nn/en-side/")["Location"] == "/nn/en-side/"


def test_an_empty_or_broken_name_is_refused_with_what_was_typed(visitor):
    visitor.sign_in("ny@example.org", name="")
    for name in ("", "   ", "x" * 151, "Ola\x00Nordmann"):
        answer = visitor.client.post("/account/name/", {"name": name, "phone": "123", "of_age": "on"})
        assert answer.status_code == 200, name
        assert answer.context["form"].errors["name"], name
    assert User.objects.get().name == ""


def test_an_account_from_nynorsk_pages_gets_letters_in_nynorsk(visitor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        visitor.client.post("/nn/account/login/", {"email": "ny@example.org"})
    assert OutboxMessage.objects.get().language == "nn"
    visitor.client.post("/nn/account/login/code/", {"code": code_in(mail.outbox[0])})
    assert User.objects.get().language == "nn"


@pytest.mark.parametrize("typed", ["{} {}", "{}{}", " {}-{} ", "{}\u00a0{}"])
def test_the_code_may_be_typed_or_pasted_with_or_without_a_gap(visitor, typed):
    visitor.ask("kari@example.org")
    visitor.type_code(typed.format(*code_in(mail.outbox[0]).split()))
    assert visitor.is_signed_in()


@pytest.mark.parametrize("code", ["", "12345678", "ÆØÅ", "1" * 90, "٤٤٤٤٤٤٤٤", "1234\x005678"])
def test_a_wrong_code_is_refused_with_a_sentence(visitor, code):
    visitor.ask("kari@example.org")
    answer = visitor.type_code(code)
    assert answer.status_code == 200
    assert answer.context["form"].errors["code"]
    assert not visitor.is_signed_in()
    assert not User.objects.exists()


def test_a_code_works_once(visitor, another_visitor):
    visitor.ask("kari@example.org")
    code = code_in(mail.outbox[0])
    visitor.type_code(code)
    visitor.client.post("/account/logout/")
    assert visitor.type_code(code)["Location"] == "/account/login/"
    assert not visitor.is_signed_in()


def test_a_code_belongs_to_the_browser_that_asked(visitor, another_visitor):
    visitor.ask("kari@example.org")
    code = code_in(mail.outbox[0])
    assert another_visitor.type_code(code)["Location"] == "/account/login/"
    another_visitor.ask("kari@example.org")
    assert another_visitor.type_code(code).status_code == 200
    assert not another_visitor.is_signed_in()


def test_a_new_code_ends_the_former(visitor):
    visitor.ask("kari@example.org")
    visitor.resend()
    first, second = (code_in(letter) for letter in mail.outbox)
    assert first != second
    assert visitor.type_code(first).status_code == 200
    visitor.type_code(second)
    assert visitor.is_signed_in()


def test_a_code_runs_out_after_ten_minutes_and_a_new_one_helps(visitor):
    begun = clock.now()
    visitor.ask("kari@example.org")
    code = code_in(mail.outbox[0])
    with clock.at(begun + codes.LIFETIME + timedelta(seconds=5)):
        answer = visitor.type_code(code)
        assert answer.status_code == 200
        assert "code" in answer.context["form"].errors
        assert answer.context["expired"]
        assert not visitor.is_signed_in()
        visitor.resend()
        visitor.type_code(code_in(mail.outbox[1]))
    assert visitor.is_signed_in()


def test_a_code_is_good_to_its_last_second(visitor):
    with clock.at(clock.now()) as now:
        visitor.ask("kari@example.org")
    with clock.at(now + codes.LIFETIME - timedelta(seconds=1)):
        visitor.type_code(code_in(mail.outbox[0]))
    assert visitor.is_signed_in()


def test_after_five_wrong_codes_the_right_one_is_refused_too(visitor):
    visitor.ask("kari@example.org")
    right = code_in(mail.outbox[0])
    for _ in range(5):
        visitor.type_code("0000 0000")
    assert visitor.type_code(right).status_code == 200
    assert not visitor.is_signed_in()
    visitor.resend()
    visitor.type_code(code_in(mail.outbox[1]))
    assert visitor.is_signed_in()


def test_a_deactivated_person_is_told_so_only_after_the_right_code(visitor):
    make_user(email="sluttet@example.org", active=False)
    visitor.ask("sluttet@example.org")
    answer = visitor.type_code(code_in(mail.outbox[0]))
    assert answer["Location"] == "/account/inactive/"
    assert not visitor.is_signed_in()
    assert visitor.client.get("/account/inactive/").status_code == 200
    assert User.objects.count() == 1


def test_deactivating_ends_every_open_session_at_once(visitor):
    make_user("Kari", email="kari@example.org")
    visitor.sign_in("kari@example.org")
    assert visitor.client.get("/account/name/").status_code == 200
    User.objects.update(is_active=False)
    assert visitor.client.get("/account/name/").status_code == 302


def test_an_address_that_was_changed_opens_nothing_any_more(visitor):
    user = make_user("Kari", email="gammel@example.org")
    visitor.sign_in("gammel@example.org")
    visitor.client.post("/account/logout/")
    user.email = "ny@example.org"
    user.save()
    visitor.sign_in("gammel@example.org")
    assert visitor.client.session["_auth_user_id"] != str(user.pk)


def test_two_browsers_of_a_new_person_make_one_account(visitor, another_visitor):
    visitor.ask("ny@example.org")
    another_visitor.ask("NY@example.org")
    for one, letter in zip((visitor, another_visitor), mail.outbox, strict=True):
        one.type_code(code_in(letter))
        assert one.is_signed_in()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\x00/",
    ],
)
def test_a_foreign_address_never_follows_a_sign_in_or_a_sign_out(visitor, target):
    make_user("Kari", email="kari@example.org")
    answer = visitor.sign_in("kari@example.org", next=target)
    assert "evil" not in answer["Location"]
    assert answer["Location"].startswith("/")
    answer = visitor.client.get("/account/login/", {"next": target})
    assert "evil" not in answer["Location"]
    answer = visitor.client.post("/account/logout/", {"next": target})
    assert answer["Location"] == "/"


def test_a_wanted_page_survives_the_way_through_both_steps(visitor):
    make_user("Kari", email="kari@example.org")
    assert visitor.sign_in("kari@example.org", next="/lokaler/?q=hall")["Location"] == "/lokaler/?q=hall"


def test_unit_staff_begin_in_the_admin(visitor):
    unit = make_unit(owned=False)
    make_officer(unit, "Ola", email="ola@example.org")
    assert visitor.sign_in("ola@example.org")["Location"] == "/admin/"


def test_who_is_signed_in_goes_on_without_being_asked_again(visitor):
    make_user("Kari", email="kari@example.org")
    visitor.sign_in("kari@example.org")
    assert visitor.client.get("/account/login/?next=/lokaler/")["Location"] == "/lokaler/"
    assert visitor.client.get("/account/login/code/").status_code == 302


def test_signing_out_takes_a_press_of_a_button(visitor):
    make_user("Kari", email="kari@example.org")
    visitor.sign_in("kari@example.org")
    assert visitor.client.get("/account/logout/").status_code == 200
    assert visitor.is_signed_in()
    assert visitor.client.post("/account/logout/")["Location"] == "/"
    assert not visitor.is_signed_in()
    assert visitor.client.get("/account/logout/")["Location"] == "/"


@pytest.mark.parametrize(
    "email", ["", "   ", "ikke en adresse", "a@", "a" * 300 + "@example.org", "kari@ex\x00ample.org"]
)
def test_what_is_no_address_is_refused_with_a_sentence_and_nothing_is_sent(visitor, email):
    answer = visitor.ask(email)
    assert answer.status_code == 200
    assert answer.context["form"].errors["email"]
    assert not mail.outbox


def test_half_a_megabyte_of_address_is_refused(visitor):
    assert visitor.ask("a" * 500_000 + "@example.org").context["form"].errors["email"]


def test_the_code_is_stored_nowhere(visitor):
    visitor.ask("kari@example.org")
    code = codes.tidy(code_in(mail.outbox[0]))
    row = OutboxMessage.objects.get()
    assert row.state == OutboxState.SENT
    stored = f"{row.__dict__} {dict(visitor.client.session)}"
    assert code not in stored
    assert codes.spaced(code) not in stored


def test_the_code_stands_on_the_page_in_the_demo_only(visitor, settings):
    visitor.ask("kari@example.org")
    code = code_in(mail.outbox[0])
    assert code not in visitor.client.get("/account/login/code/").content.decode()
    settings.BOOKING = settings.BOOKING | {"demo": True}
    assert code in visitor.client.get("/account/login/code/").content.decode()


def test_the_pages_are_never_cached_and_have_fields_that_browsers_fill(visitor):
    page = visitor.client.get("/account/login/")
    assert "no-store" in page["Cache-Control"]
    assert 'autocomplete="email"' in page.content.decode()
    visitor.ask("kari@example.org")
    page = visitor.client.get("/account/login/code/")
    assert "no-store" in page["Cache-Control"]
    assert 'autocomplete="one-time-code"' in page.content.decode()


def test_only_what_we_support_is_mounted(visitor):
    for path in (
        "signup/",
        "password/change/",
        "password/reset/",
        "email/",
        "reauthenticate/",
        "3rdparty/",
        "confirm-email/",
    ):
        assert visitor.client.get(f"/account/{path}").status_code == 404, path


def test_a_mail_server_that_is_away_loses_nothing(visitor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # discard: nobody listens
    answer = visitor.ask("kari@example.org")
    assert answer.status_code == 302
    assert OutboxMessage.objects.get().state == OutboxState.QUEUED
