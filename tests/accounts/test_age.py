"""No account under 13: said once, before a session opens; a provider's date of birth is compared and dropped."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client

from booking.foundation import clock
from booking.organisations.models import Membership
from municipality.accounts import age, codes
from municipality.accounts.models import User
from tests.accounts.conftest import code_in
from tests.factories import NOW, give_membership, make_organisation, make_user

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("birthdate", "old_enough"),
    [
        ("2013-03-02", True),  # thirteen today
        ("2013-03-03", False),  # tomorrow
        ("1950-12-31", True),
        ("2012", True),
        ("2013", None),  # this year, some day
        ("2014", False),
        ("0000-03-02", None),  # the year is hidden (OpenID Connect Core 1.0, 5.1)
        ("", None),
        (None, None),
        ("02.03.2013", None),
        ("2013-03-02T00:00:00", None),
        (20130302, None),
    ],
)
def test_whether_somebody_has_turned_thirteen(birthdate, old_enough):
    assert age.is_old_enough(birthdate, TODAY) is old_enough


def test_somebody_born_on_the_29th_of_february_turns_thirteen_on_the_1st_of_march():
    assert age.is_old_enough("2012-02-29", date(2025, 2, 28)) is False
    assert age.is_old_enough("2012-02-29", date(2025, 3, 1)) is True


@pytest.mark.django_db
def test_without_the_tick_nothing_opens_and_what_was_typed_stays(visitor):
    visitor.sign_in("ny@example.org", name="")
    answer = visitor.client.post("/account/name/", {"name": "Ny Person", "phone": "900 00 000"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["of_age"]
    assert b"Ny Person" in answer.content
    for path in ("/my/cases/", "/account/security/", "/account/address/", "/admin/"):
        assert "/account/login/" in visitor.client.get(path)["Location"], path
    assert not visitor.is_signed_in()
    user = User.objects.get()
    assert (user.name, user.age_declared_at, user.last_login) == ("", None, None)


@pytest.mark.django_db
def test_it_is_asked_once(visitor):
    visitor.sign_in("ny@example.org")
    assert visitor.is_signed_in()
    assert User.objects.get().age_declared_at is not None
    page = visitor.client.get("/account/name/")
    assert "of_age" not in page.context["form"].fields
    assert visitor.client.post("/account/name/", {"name": "Nytt Navn"}).status_code == 302
    assert User.objects.get().name == "Nytt Navn"


@pytest.mark.django_db
def test_an_account_that_others_made_is_asked_too_and_keeps_its_name(visitor):
    make_user("Kari", email="kari@example.org", age_declared_at=None)
    visitor.sign_in("kari@example.org", name="")
    assert not visitor.is_signed_in()
    page = visitor.client.get("/account/name/")
    assert page.context["form"].initial["name"] == "Kari"
    visitor.client.post("/account/name/", {"name": "Kari", "of_age": "on"})
    assert visitor.is_signed_in()


@pytest.mark.django_db
def test_whoever_is_younger_leaves_no_account_and_is_told_what_to_do_instead(visitor):
    visitor.sign_in("barn@example.org", name="")
    page = visitor.client.post("/account/name/", {"action": "younger"})
    assert page.status_code == 200
    assert "Spør en voksen" in page.content.decode()
    assert not User.objects.exists()
    assert not visitor.is_signed_in()
    # Pressed twice, and tried again by the same session: back to the start.
    assert "/account/login/" in visitor.client.post("/account/name/", {"action": "younger"})["Location"]
    assert "/account/login/" in visitor.client.post("/account/name/", {"name": "x", "of_age": "on"})["Location"]
    assert not User.objects.exists()


@pytest.mark.django_db
def test_an_account_that_has_a_history_is_switched_off_instead(visitor):
    child = make_user("Barn", email="barn@example.org", age_declared_at=None)
    give_membership(child, make_organisation("Korpset"), "member")
    visitor.sign_in("barn@example.org", name="")
    visitor.client.post("/account/name/", {"action": "younger"})
    child.refresh_from_db()
    assert not child.is_active
    assert Membership.objects.filter(user=child).exists()
    assert visitor.sign_in("barn@example.org", name="")["Location"] == "/account/inactive/"


@pytest.mark.django_db
def test_nobody_s_account_is_closed_who_has_said_the_age(client):
    kari = make_user("Kari")
    client.force_login(kari)
    client.post("/account/name/", {"action": "younger"})
    assert User.objects.filter(pk=kari.pk, is_active=True).exists()


@pytest.mark.django_db
def test_a_session_from_before_the_question_is_asked_for_it_with_the_name(client):
    kari = make_user("Kari", age_declared_at=None)
    client.force_login(kari)
    assert "of_age" in client.get("/account/name/").context["form"].fields
    client.post("/account/name/", {"action": "younger"})
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_accounts_that_nobody_finished_are_forgotten_after_thirty_days(visitor):
    visitor.sign_in("ny@example.org", name="")
    member = make_user("", email="medlem@example.org", age_declared_at=None)
    give_membership(member, make_organisation("Korpset"), "member")
    kari = make_user("Kari", age_declared_at=None)
    officer = make_user("", email="ola@example.org", age_declared_at=None, is_staff=True)
    User.objects.update(date_joined=NOW)
    assert age.forget_unfinished(NOW + timedelta(days=30)) == 0
    assert age.forget_unfinished(NOW + timedelta(days=30, seconds=1)) == 1
    assert set(User.objects.all()) >= {member, kari, officer}
    assert not User.objects.filter(email="ny@example.org").exists()
    # The session that waited for the name doesn't break over it.
    assert "/account/login/" in visitor.client.get("/account/name/")["Location"]


@pytest.mark.django_db
def test_the_code_of_a_forgotten_account_makes_it_anew(visitor):
    visitor.ask("ny@example.org")
    code = code_in(mail.outbox[-1])
    age.forget_unfinished(clock.now())
    visitor.type_code(code)
    assert visitor.is_signed_in()


@pytest.mark.django_db
def test_the_questions_are_there_in_every_language():
    for prefix, words in (("", "13 år eller eldre"), ("/nn", "13 år eller eldre"), ("/en", "13 years old or older")):
        browser = Client()
        browser.post(f"{prefix}/account/login/", {"email": "ny@example.org"})
        state = browser.session["account_login"]["state"]["stages"]["login_by_code"]["data"]
        code = codes.code_for(state["nonce"], "ny@example.org")
        page = browser.post(f"{prefix}/account/login/code/", {"code": code}, follow=True)
        assert words in page.content.decode()
