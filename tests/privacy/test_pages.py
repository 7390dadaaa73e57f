"""The page about oneself: everything is there, no secret is, and nothing of others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import APIToken

from booking.cases import services as cases
from booking.foundation import clock, personal
from booking.organisations import services as organisations
from booking.privacy import services
from booking.privacy.models import Consent, Erasure
from tests import factories as f
from tests.factories import NOW
from tests.privacy.test_erasing import ADDRESS, NAME, PHONE, ask

pytestmark = pytest.mark.django_db
PAGES = ("my_privacy", "my_privacy_everything", "my_privacy_file", "my_privacy_correct", "my_privacy_erase")


@pytest.fixture
def xenia() -> Any:
    return f.make_user(NAME, email=ADDRESS, phone=PHONE)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def proved(client: Client) -> Client:
    """As after a code by mail a moment ago."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": clock.real().timestamp()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def the_file(client: Client) -> dict[str, Any]:
    answer = client.get(reverse("booking:my_privacy_file"))
    assert answer.streaming
    return json.loads(b"".join(answer.streaming_content))


@pytest.mark.parametrize("name", [*PAGES, "my_privacy_erase_confirm"])
def test_strangers_are_asked_to_log_in(name: str, client: Client) -> None:
    answer = client.get(reverse(f"booking:{name}"))
    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_nobody_s_cache_and_for_no_search_engine(name: str, xenia: Any) -> None:
    answer = browser(xenia).get(reverse(f"booking:{name}"))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_the_file_holds_all_classes_and_what_is_in_them(xenia: Any) -> None:
    club = f.make_organisation("Lilleby IL", leader=xenia)
    case = ask(xenia, club, responsible={"name": NAME, "phone": PHONE, "email": ADDRESS})
    cases.add_message(case, by=xenia, body="Har dere nøkkel?", now=NOW)
    organisations.update_organisation(organisation=club, changes={"listed": True}, by=xenia, now=NOW)
    found = the_file(browser(xenia))
    classes = {one["name"]: one for one in found["classes"]}
    assert list(classes) == [one.name for one in personal.personal_data()]
    assert all(one["complete"] for one in classes.values())
    account = classes["account"]["rows"][0]
    assert (account["email"], account["name"], account["phone"]) == (ADDRESS, NAME, PHONE)
    assert classes["organisations"]["rows"][0]["organisation"] == "Lilleby IL"
    texts = [row.get("text") for row in classes["cases"]["rows"]]
    assert "Har dere nøkkel?" in texts
    assert classes["cases"]["rows"][0]["responsible_phone"] == PHONE
    assert classes["consents"]["rows"][0]["version"] == 1


def test_no_secret_and_nothing_of_others_is_in_it(xenia: Any) -> None:
    other = f.make_user("Annen Voksen", email="annen.voksen@example.org", phone="41 41 41 41")
    club = f.make_organisation("Lilleby IL", leader=xenia, members=[other])
    case = ask(xenia, club, responsible={"name": "Annen Voksen", "phone": "41 41 41 41", "email": other.email})
    cases.add_message(case, by=case.unit.officer, body="Internt: vrien sak", now=NOW, internal=True)
    made = organisations.invite(organisation=club, role="member", email="ny.person@example.org", by=xenia, now=NOW)
    Authenticator.objects.create(user=xenia, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    _row, token = APIToken.create_token(user=xenia, name="min maskin")
    client = browser(xenia)
    for words in (
        json.dumps(the_file(client), ensure_ascii=False),
        client.get("/my/privacy/everything/").content.decode(),
    ):
        for secret in (
            "JBSWY3DPEHPK3PXP", token, made.nonce, made.invitation.token_hash, client.session.session_key,
            "41 41 41 41", "annen.voksen@example.org", "ny.person@example.org", "vrien sak",
        ):  # fmt: skip
            assert secret not in words, secret
    assert "min maskin" in words


def test_a_huge_history_is_cut_and_says_so(xenia: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from booking.privacy import selectors

    monkeypatch.setattr(selectors, "MOST", 3)
    case = ask(xenia, f.make_organisation(leader=xenia))
    for number in range(4):
        cases.add_message(case, by=xenia, body=f"Hei {number}", now=NOW + timedelta(minutes=number))
    found = {one["name"]: one for one in the_file(browser(xenia))["classes"]}
    assert (found["cases"]["complete"], len(found["cases"]["rows"])) == (False, 3)
    assert found["account"]["complete"]


def test_the_file_is_not_fetched_a_hundred_times(xenia: Any) -> None:
    client = browser(xenia)
    for _time in range(20):
        assert b"".join(client.get("/my/privacy/file/").streaming_content)
    assert client.get("/my/privacy/file/").status_code == 302


def test_the_page_asks_the_same_number_of_questions_however_much_there_is(xenia: Any) -> None:
    client = browser(xenia)
    case = ask(xenia, f.make_organisation(leader=xenia))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/my/privacy/").status_code == 200
        return len(queries)

    count()
    first = count()
    for number in range(20):
        cases.add_message(case, by=xenia, body=f"Hei {number}", now=NOW + timedelta(minutes=number))
    assert count() == first


def test_name_phone_and_language_are_put_right_and_bad_values_come_back(xenia: Any) -> None:
    client = browser(xenia)
    page = client.post("/my/privacy/correct/", {"name": "", "phone": "1" * 40, "language": "xx"})
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"name", "phone", "language"}
    assert "1" * 40 in page.content.decode()
    page = client.post("/my/privacy/correct/", {"name": "a\x07b", "phone": "", "language": "nb"})
    assert "name" in page.context["form"].errors
    done = client.post("/my/privacy/correct/", {"name": "Xenia U.", "phone": "1", "language": "nn"})
    assert done.status_code == 302
    xenia.refresh_from_db()
    assert (xenia.name, xenia.phone, xenia.language) == ("Xenia U.", "1", "nn")


def test_a_consent_is_read_and_taken_back_by_its_owner_alone(xenia: Any) -> None:
    club = f.make_organisation("Lilleby IL", leader=xenia)
    organisations.update_organisation(organisation=club, changes={"listed": True}, by=xenia, now=NOW)
    address = reverse("booking:my_privacy_consent", args=[Consent.objects.get().pk])
    for method in ("get", "post"):
        assert getattr(browser(f.make_user()), method)(address).status_code == 404
    client = browser(xenia)
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 302
    club.refresh_from_db()
    assert club.listed is False


def test_erasing_takes_two_steps_and_a_fresh_proof(xenia: Any) -> None:
    client = browser(xenia)
    first = client.get("/my/privacy/erase/")
    assert "waits" in first.context
    assert first.context["waits"] == []
    step = client.post("/my/privacy/erase/")
    assert step["Location"] == "/my/privacy/erase/confirm/"
    # A session that was left open proves nothing.
    session = client.session
    session.pop("account_authentication_methods", None)
    session.save()
    for method in ("get", "post"):
        away = getattr(client, method)("/my/privacy/erase/confirm/", {"understood": "on"})
        assert away["Location"].startswith("/account/prove/?next=")
    assert not Erasure.objects.exists()
    proved(client)
    assert client.get("/my/privacy/erase/confirm/").status_code == 200
    untold = client.post("/my/privacy/erase/confirm/", {})
    assert "understood" in untold.context["form"].errors
    assert not Erasure.objects.exists()
    done = client.post("/my/privacy/erase/confirm/", {"understood": "on"})
    assert done["Location"] == "/privacy/erased/"
    assert client.get("/privacy/erased/").status_code == 200
    assert Erasure.objects.get().user == xenia
    # Pressed again in another tab: there is nobody any more.
    assert "/account/login/" in client.post("/my/privacy/erase/confirm/", {"understood": "on"})["Location"]


def test_who_must_hand_over_first_is_guided_and_can_not_slip_past(xenia: Any) -> None:
    club = f.make_organisation("Lilleby IL", leader=xenia)
    client = proved(browser(xenia))
    words = client.get("/my/privacy/erase/").content.decode()
    assert reverse("booking:my_hand_over", args=[club.slug]) in words
    assert client.post("/my/privacy/erase/").status_code == 200
    assert client.post("/my/privacy/erase/confirm/", {"understood": "on"})["Location"] == "/my/privacy/erase/"
    assert not Erasure.objects.exists()


def test_who_was_erased_has_no_page_any_more(xenia: Any) -> None:
    client = browser(xenia)
    services.erase_person(user=xenia, by=xenia, now=NOW)
    assert client.get("/my/privacy/").status_code == 302
