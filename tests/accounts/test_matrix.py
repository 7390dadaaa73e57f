"""Every address of signing in, as everybody. An address that is not in the table fails the test: add its row.

`in`: to the sign-in page; `done`: sent on to somewhere else; 404 hides what belongs to others.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from booking.foundation import clock
from municipality.accounts import codes
from municipality.accounts.models import AddressChange, Identity, SignedIn, User
from tests.accounts.conftest import Visitor
from tests.factories import NOW, make_user
from tests.matrix import missing_rows, names_of, row, walk

pytestmark = pytest.mark.django_db

#: Nobody; somebody else who has just signed in; the owner with a proof that is too old; the owner, who has just signed
#: in. The last two have an app.
WHO = ("anonymous", "other", "stale", "fresh")
#: Open to all; signed in only; signed in and lately proved (`done`: off to the proof).
ALL, SIGNED_IN, PROVED = "200 200 200 200", "in 200 200 200", "in 200 done 200"

ROWS = {
    "account_login": row("200 done done done"),
    "account_login#ask": row("done done done done", "post", data=lambda things: {"email": "x@example.org"}),
    "account_confirm_login_code": row("200 done done done"),  # a code was asked for above
    "account_passkey": row(ALL),
    "account_passkey#nonsense": row("in in in in", "post", data=lambda things: {"credential": "{}"}),
    # The second step: for who stands between the first and the session, and for nobody else.
    "mfa_authenticate": row("in done done done"),
    "account_name": row(SIGNED_IN),
    "account_inactive": row(ALL),
    "account_security": row(SIGNED_IN),
    "account_prove": row(SIGNED_IN),
    "account_add_app": row("in 200 done done"),  # the owner has one: sent back
    "account_add_passkey": row(PROVED),
    "account_recovery_codes": row(PROVED),
    "account_recovery_codes#new": row("in done done done", "post"),
    "account_remove_factor": row("in 404 done 200", args=lambda things: [things.app.pk]),
    "account_remove_factor#press": row("in 404 done done", "post", args=lambda things: [things.app.pk]),
    "account_end_session": row("in 404 done 404", "post", args=lambda things: [things.session.pk]),
    "account_end_session#get": row("in 405 405 405", args=lambda things: [things.session.pk]),
    "account_disconnect": row("in 404 done done", "post", args=lambda things: [things.identity.pk]),
    "account_disconnect#get": row("405 405 405 405", args=lambda things: [things.identity.pk]),
    "account_address": row(PROVED),
    "account_address_code": row("in done done done"),
    # By the letter to the old address: whoever has the link, and nobody without it.
    "account_address_undo": row(ALL, args=lambda things: [codes.link_token("nonce")]),
    "account_address_undo#forged": row("404 404 404 404", args=lambda things: ["nonce:forged"]),
    "account_address_undo#press forged": row("404 404 404 404", "post", args=lambda things: ["nonce:forged"]),
    "oidc_begin": row("503 503 503 503", "post", args=lambda things: ["nowhere"]),
    "oidc_begin#get": row("405 405 405 405", args=lambda things: ["nowhere"]),
    "oidc_begin#connect": row(
        "in 503 done 503", "post", args=lambda things: ["nowhere"], data=lambda things: {"connect": "1"}
    ),
    "oidc_begin#unknown": row("404 404 404 404", "post", args=lambda things: ["other"]),
    "oidc_callback": row("400 400 400 400", args=lambda things: ["nowhere"]),
    "oidc_callback#unknown": row("404 404 404 404", args=lambda things: ["other"]),
    # Last, since they end the sessions: the stale one ends the fresh one.
    "account_logout": row("done 200 200 200"),
    "account_end_others": row("in done done in", "post"),
    "account_logout#press": row("done done done done", "post"),
}


@pytest.fixture
def clients(django_capture_on_commit_callbacks):
    other, fresh = Visitor(django_capture_on_commit_callbacks), Visitor(django_capture_on_commit_callbacks)
    make_user("Odd", email="odd@example.org")
    owner = make_user("Kari", email="kari@example.org")
    other.sign_in("odd@example.org")
    fresh.sign_in("kari@example.org")
    stale = Client()
    stale.force_login(owner)
    return {"anonymous": Client(), "other": other.client, "stale": stale, "fresh": fresh.client}


@pytest.fixture
def things(clients, settings):
    settings.SIGN_IN_PROVIDERS = {
        "nowhere": {"label": "Nowhere", "issuer": "http://localhost:1", "client_id": "c", "client_secret": "s" * 30}
    }
    owner = User.objects.get(email="kari@example.org")
    TOTP.activate(owner, generate_totp_secret())
    AddressChange.objects.create(
        user=owner, old="gammel@example.org", new=owner.email, nonce="nonce", changed_at=clock.now()
    )
    return SimpleNamespace(
        app=Authenticator.objects.get(),
        identity=Identity.objects.create(user=owner, provider="nowhere", subject="s", created_at=NOW),
        session=SignedIn.objects.create(user=owner, session_key="k" * 32, began_at=NOW, seen_at=NOW),
    )


def test_every_address_of_signing_in_has_a_row():
    addresses = names_of(route="account/") | names_of(route="sign-in/")
    without_row, without_address = missing_rows(addresses, ROWS)
    assert not without_row, f"add rows for: {sorted(without_row)}"
    assert not without_address, f"these addresses are gone: {sorted(without_address)}"


def test_every_address_answers_everybody_as_the_table_says(clients, things):
    wrong = walk(ROWS, clients, things, WHO)
    assert not wrong, "\n".join(wrong)
