"""Signing in through a provider, against a real one in another process (tests/accounts/oidc_server.py)."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client

from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from municipality.accounts import oidc
from municipality.accounts.models import Identity, User
from tests.accounts.providers import free_port, running_provider
from tests.accounts.test_factors import add_app
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
#: A synthetic national number (month + 80), as ID-porten's test people have.
PID = "21886399062"


@pytest.fixture(scope="module")
def issuer():
    with running_provider() as address:
        yield address


class Idp:
    """The provider's side of it: who there is, and what goes wrong."""

    def __init__(self, issuer: str, settings) -> None:
        self.issuer, self.settings = issuer, settings
        self.faults()
        self.offer()

    def offer(self, **changes) -> None:
        entry = {"label": "ID-porten", "issuer": self.issuer, "client_id": "samskap", "client_secret": "s" * 30}
        self.settings.SIGN_IN_PROVIDERS = {"idporten": entry | changes}

    def faults(self, **faults) -> None:
        requests.put(f"{self.issuer}/faults", json=faults, timeout=5).raise_for_status()

    def person(self, sub: str, **claims) -> None:
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()

    def consent(self, address: str, sub: str) -> str:
        """The person logs in there; answers where the browser is sent back to."""
        answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text[:500]
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"


@pytest.fixture
def idp(issuer, settings):
    return Idp(issuer, settings)


def set_out(client: Client, **data) -> str:
    """Press the button; the address at the provider, as it stands in the page."""
    page = client.post("/account/login/with/idporten/", data)
    assert page.status_code == 200, page.content[:300]
    return unescape(re.search(r'content="0; url=([^"]+)"', page.content.decode())[1])


def come_back(client: Client, idp: Idp, sub: str, **data):
    return client.get(idp.consent(set_out(client, **data), sub))


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def everything_stored() -> str:
    """All rows of all tables as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            rows += cursor.fetchall()
    return repr(rows)


def connected(user: User, sub: str = "sub-1") -> Identity:
    return Identity.objects.create(user=user, provider="idporten", subject=sub, created_at=NOW)


def test_without_providers_there_is_no_button_and_no_address(client):
    assert b"/login/with/" not in client.get("/account/login/").content
    assert client.post("/account/login/with/idporten/").status_code == 404
    assert client.get("/sign-in/idporten/callback/").status_code == 404


def test_a_connected_login_opens_the_account_with_state_nonce_and_pkce(client, idp):
    user = make_user("Kari")
    connected(user)
    assert b"Logg inn med ID-porten" in client.get("/account/login/").content
    address = set_out(client, next="/my/cases/")
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["redirect_uri"] == ["http://testserver/sign-in/idporten/callback/"]
    answer = client.get(idp.consent(address, "sub-1"))
    assert (answer.status_code, answer["Location"]) == (302, "/my/cases/")
    assert int(client.session["_auth_user_id"]) == user.pk
    assert Identity.objects.get().used_at is not None


def test_the_national_number_is_nowhere(client, idp, caplog):
    """Not in the database (sessions, log entries and outbox are in it), nor in any log, whatever the provider tells."""
    caplog.set_level(logging.DEBUG)
    idp.person(
        "sub-2", pid=PID, name="Kari Nordmann", email="ny@example.org", email_verified=True, birthdate="1990-03-04"
    )
    idp.offer(trusted_email=True, scope="openid email profile")
    answer = come_back(client, idp, "sub-2")
    assert answer.status_code == 302
    # A provider that goes wrong tells no more.
    for fault in ({"claims": {"nonce": "x"}}, {"stranger": True}, {"claims": {"acr": PID}}):
        idp.faults(**fault)
        idp.offer(trusted_email=True, scope="openid email profile", acr=["idporten-loa-high"])
        assert come_back(Client(), idp, "sub-2").status_code == 400
    assert caplog.records
    said = "\n".join(f"{one.getMessage()} {one.args} {one.exc_text}" for one in caplog.records)
    assert PID not in said
    assert "1990-03-04" not in said
    assert User.objects.get().email == "ny@example.org"
    stored = everything_stored()
    assert "sub-2" in stored
    assert PID not in stored
    assert "Nordmann" not in stored
    assert "1990" not in stored
    said = repr([one.get_decoded() for one in Session.objects.all()])
    assert "idporten" in said
    assert PID not in said
    assert "access_token" not in said


@pytest.mark.parametrize("subject", [PID, f"no:{PID}", "12345678901"])
def test_a_provider_that_calls_people_by_their_national_number_is_not_used(client, idp, subject):
    """Eleven digits are enough: what the last two have to be is changed in 2032."""
    idp.person(subject, email="ny@example.org", email_verified=True)
    idp.offer(trusted_email=True)
    answer = come_back(client, idp, subject)
    assert answer.status_code == 503
    assert not signed_in(client)
    assert subject not in everything_stored()


def test_a_long_number_that_is_no_national_number_is_a_subject_like_any_other(client, idp):
    connected(make_user("Kari"), "110169484474386276334")
    come_back(client, idp, "110169484474386276334")
    assert signed_in(client)


@pytest.mark.parametrize(
    ("born", "asked", "let_in"),
    [(-13 * 366, False, True), (-13 * 365 + 30, None, False), (None, True, False)],
    ids=["13", "12", "not told"],
)
def test_a_date_of_birth_is_compared_and_dropped(client, idp, born, asked, let_in):
    """13 or older: not asked again. Younger: no account. Not told: asked as everybody is."""
    claims = {"email": "ny@example.org", "email_verified": True}
    if born is not None:
        claims["birthdate"] = (clock.now() + timedelta(days=born)).date().isoformat()
    idp.person("sub-9", **claims)
    idp.offer(trusted_email=True, scope="openid email profile")
    answer = come_back(client, idp, "sub-9")
    if asked is None:
        assert answer.status_code == 403
        assert "Spør en voksen" in answer.content.decode()
        assert not User.objects.exists()
        assert not Identity.objects.exists()
    else:
        form = client.get(answer["Location"]).context["form"]
        assert ("of_age" in form.fields) is asked
        client.post(answer["Location"], {"name": "Ny Person"})
    assert signed_in(client) is let_in
    assert claims.get("birthdate", "no date") not in everything_stored()


def test_a_child_does_not_connect_a_provider_to_an_account_either(visitor, idp):
    make_user("Kari", email="kari@example.org")
    visitor.sign_in("kari@example.org")
    idp.person("sub-10", birthdate=(clock.now() - timedelta(days=4000)).date().isoformat())
    idp.offer(scope="openid profile")
    assert come_back(visitor.client, idp, "sub-10", connect="1").status_code == 403
    assert not Identity.objects.exists()


def test_a_trusted_address_does_not_get_past_a_second_step(client, idp):
    """A provider's word about a mailbox is worth no more than the mailbox."""
    user = make_user("Kari", email="kari@example.org")
    add_app(user)
    idp.person("sub-11", email="kari@example.org", email_verified=True)
    idp.offer(trusted_email=True, acr=["high"], strong=True)
    idp.faults(claims={"acr": "high"})
    assert come_back(client, idp, "sub-11").status_code == 403
    assert not signed_in(client)
    assert not Identity.objects.exists()


def test_an_unknown_login_opens_nothing_without_trust_whoever_has_the_address(client, idp):
    make_user("Kari", email="kari@example.org")
    pages = []
    for sub, email in (("sub-3", "kari@example.org"), ("sub-4", "ingen@example.org")):
        idp.person(sub, email=email, email_verified=True)
        answer = come_back(client, idp, sub)
        assert answer.status_code == 403
        assert "Koble" in answer.content.decode() or "kobl" in answer.content.decode()
        pages.append(re.sub(r'value="[^"]+"|\?next=[^"]*"', "", answer.content.decode()))
        assert not signed_in(client)
    assert pages[0] == pages[1]
    assert not Identity.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("trusted", "claims", "opens"),
    [
        (True, {"email": "Kari@example.org", "email_verified": True}, True),
        (True, {"email": "kari@example.org", "email_verified": False}, False),
        (True, {"email": "kari@example.org"}, False),
        (["example.org"], {"email": "kari@example.org"}, True),
        (["example.org"], {"email": "kari@example.org", "email_verified": False}, False),
        (["other.org"], {"email": "kari@example.org", "email_verified": True}, False),
        (True, {}, False),
    ],
)
def test_an_account_is_found_by_an_address_only_where_the_provider_is_trusted_with_it(
    client, idp, trusted, claims, opens
):
    user = make_user("Kari", email="kari@example.org")
    idp.person("sub-5", **claims)
    idp.offer(trusted_email=trusted)
    come_back(client, idp, "sub-5")
    assert signed_in(client) is opens
    assert Identity.objects.filter(user=user, subject="sub-5").exists() is opens
    # From then on the address doesn't matter: it is the sub that opens.
    if opens:
        idp.person("sub-5", email="noen.andre@example.org", email_verified=True)
        other = Client()
        come_back(other, idp, "sub-5")
        assert int(other.session["_auth_user_id"]) == user.pk


def test_whoever_is_signed_in_and_fresh_connects_it(visitor, idp):
    user = make_user("Kari", email="kari@example.org")
    visitor.sign_in("kari@example.org")
    answer = come_back(visitor.client, idp, "sub-6", connect="1")
    assert answer["Location"] == "/account/security/"
    assert Identity.objects.get().user == user
    assert OutboxMessage.objects.filter(handler="municipality.accounts.notice").count() == 1
    page = visitor.client.get("/account/security/").content.decode()
    assert "ID-porten" in page
    visitor.client.post(f"/account/security/disconnect/{Identity.objects.get().pk}/")
    assert not Identity.objects.exists()


def test_connecting_takes_a_fresh_proof_and_the_same_person_coming_back(visitor, idp):
    kari, ola = make_user("Kari", email="kari@example.org"), make_user("Ola", email="ola@example.org")
    stale = Client()
    stale.force_login(kari)
    answer = stale.post("/account/login/with/idporten/", {"connect": "1"})
    assert answer["Location"].startswith("/account/prove/")
    assert Client().post("/account/login/with/idporten/", {"connect": "1"})["Location"] == "/account/login/"
    visitor.sign_in("kari@example.org")
    address = set_out(visitor.client, connect="1")
    session = visitor.client.session
    session["oidc_intent"] = session["oidc_intent"] | {"connect": ola.pk}
    session.save()
    assert visitor.client.get(idp.consent(address, "sub-7")).status_code == 400
    assert not Identity.objects.exists()


def test_a_login_that_is_somebody_else_s_is_not_taken_over(visitor, idp):
    other = make_user("Ola")
    connected(other, "sub-8")
    make_user("Kari", email="kari@example.org")
    visitor.sign_in("kari@example.org")
    come_back(visitor.client, idp, "sub-8", connect="1")
    assert Identity.objects.get().user == other


def test_an_answer_with_another_state_or_for_another_browser_is_refused(client, idp):
    connected(make_user("Kari"))
    back = idp.consent(set_out(client), "sub-1")
    assert client.get(re.sub(r"state=[^&]+", "state=forged", back)).status_code == 400
    assert Client().get(back).status_code == 400
    assert not signed_in(client)
    # And an answer works once.
    back = idp.consent(set_out(client), "sub-1")
    assert client.get(back).status_code == 302
    client.post("/account/logout/")
    assert client.get(back).status_code == 400
    assert not signed_in(client)


@pytest.mark.parametrize(
    "fault",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"aud": "another"}},
        {"claims": {"iss": "https://evil.example"}},
        {"expired": True},
        {"stranger": True},
        {"unsigned": True},
        {"no_id_token": True},
    ],
    ids=["nonce", "audience", "issuer", "expired", "key", "unsigned", "none"],
)
def test_a_token_that_is_not_for_us_now_is_refused_with_a_page(client, idp, fault):
    connected(make_user("Kari"))
    idp.faults(**fault)
    answer = come_back(client, idp, "sub-1")
    assert answer.status_code == 400
    assert b"<h1>" in answer.content
    assert not signed_in(client)


def test_a_stolen_code_is_of_no_use_without_the_verifier(client, idp):
    connected(make_user("Kari"))
    back = idp.consent(set_out(client), "sub-1")
    session = client.session
    for key in list(session.keys()):
        if key.startswith("_state_"):
            session[key] = session[key] | {"data": session[key]["data"] | {"code_verifier": "x" * 48}}
    session.save()
    assert client.get(back).status_code == 400
    assert not signed_in(client)


def test_a_provider_that_is_down_gives_a_clear_page_and_the_code_by_mail_remains(client, idp):
    idp.faults(down=True)
    answer = client.post("/account/login/with/idporten/")
    assert answer.status_code == 503
    assert "ID-porten svarer ikke" in answer.content.decode()
    assert b"/account/login/" in answer.content
    idp.offer(issuer=f"http://localhost:{free_port()}")
    assert client.post("/account/login/with/idporten/").status_code == 503


def test_a_provider_that_describes_another_is_not_used(client, idp):
    # It answers there too, but calls itself by another name than the one in the settings.
    idp.faults(issuer="https://another.example")
    answer = client.post("/account/login/with/idporten/")
    assert answer.status_code == 503


def test_who_cancels_at_the_provider_is_back_where_they_were(client, idp):
    address = set_out(client)
    answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    state = parse_qs(urlsplit(address).query)["state"][0]
    query = back.query if "state=" in back.query else f"{back.query}&state={state}"
    answer = client.get(f"{back.path}?{query}")
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/")


def test_the_level_of_the_login_is_demanded_and_stands_for_a_second_step(client, idp):
    user = make_user("Kari")
    connected(user)
    add_app(user)
    idp.offer(acr=["idporten-loa-high"], strong=True)
    assert come_back(client, idp, "sub-1").status_code == 400
    idp.faults(claims={"acr": "idporten-loa-high"})
    assert come_back(client, idp, "sub-1").status_code == 302
    assert signed_in(client)
    # A provider that doesn't ask for two is followed by the second step.
    idp.offer()
    idp.faults()
    other = Client()
    assert come_back(other, idp, "sub-1")["Location"] == "/account/login/second/"
    assert not signed_in(other)


def test_whoever_sets_out_in_nynorsk_comes_back_in_nynorsk(client, idp):
    connected(make_user("Kari"))
    for sub, answered in (("sub-1", "/nn/my/cases/"), ("sub-12", "Vi kjenner ikkje denne ID-porten-innlogginga enno")):
        browser = Client()
        page = browser.post("/nn/account/login/with/idporten/").content.decode()
        address = unescape(re.search(r'content="0; url=([^"]+)"', page)[1])
        back = browser.get(idp.consent(address, sub))
        assert answered in (back.get("Location") or back.content.decode())
        assert "code=" not in back.content.decode()


def test_the_settings_of_the_handbook_work_as_they_stand_there(client, idp, settings):
    """docs/administrators/signing-in.md: the two examples, with this provider in place of the real one."""
    handbook = ROOT / "docs" / "administrators" / "signing-in.md"
    blocks = re.findall(r"```json\n(.*?)```", handbook.read_text(), re.DOTALL)
    entries = {name: entry for block in blocks for name, entry in json.loads(block).items()}
    assert set(entries) == {"idporten", "entra"}
    for name, entry in entries.items():
        user = make_user(name, email=f"{name}@lilleby.kommune.no")
        settings.SIGN_IN_PROVIDERS = {name: entry | {"issuer": idp.issuer}}
        idp.faults(claims={"acr": entry["acr"][0]} if "acr" in entry else {})
        idp.person(f"{name}-sub", pid=PID, email=user.email)
        browser = Client()
        page = browser.post(f"/account/login/with/{name}/").content.decode()
        address = unescape(re.search(r'content="0; url=([^"]+)"', page)[1])
        asked = parse_qs(urlsplit(address).query)
        assert {one: [value] for one, value in entry.get("authorize", {}).items()}.items() <= asked.items()
        answer = browser.get(idp.consent(address, f"{name}-sub"))
        if entry.get("trusted_email"):
            assert answer.status_code == 302
            assert int(browser.session["_auth_user_id"]) == user.pk
        else:
            # ID-porten tells no address: connected once while signed in, and then it opens.
            assert answer.status_code == 403
            Identity.objects.create(user=user, provider=name, subject=f"{name}-sub", created_at=clock.now())
            address = unescape(
                re.search(r'url=([^"]+)"', browser.post(f"/account/login/with/{name}/").content.decode())[1]
            )
            assert browser.get(idp.consent(address, f"{name}-sub")).status_code == 302
            assert int(browser.session["_auth_user_id"]) == user.pk
    assert PID not in everything_stored()


def test_a_deactivated_account_is_not_opened(client, idp):
    connected(make_user("Slutt", active=False))
    assert come_back(client, idp, "sub-1")["Location"] == "/account/inactive/"
    assert not signed_in(client)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"labl": "x"}, "unknown labl"),
        ({"label": "x"}, "missing"),
        ({"label": "x", "issuer": "https://x.example", "client_id": "c", "strong": True}, "strong needs acr"),
        ({"label": "x", "issuer": "http://x.example", "client_id": "c"}, "must be https"),
    ],
)
def test_settings_that_can_not_be_right_are_refused(settings, entry, complaint):
    settings.SIGN_IN_PROVIDERS = {"x": entry}
    with pytest.raises(ImproperlyConfigured, match=complaint):
        oidc.providers()


def test_the_site_does_not_start_with_such_settings():
    environment = os.environ | {
        "SIGN_IN_PROVIDERS": '{"x": {"labl": "x"}}',
        "DJANGO_SETTINGS_MODULE": "municipality.settings.test",
    }
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert "unknown labl" in ended.stderr
