"""Ways in, in a real browser: a passkey (Chromium's own virtual authenticator), an app, a provider in another process.

The whole way of an officer on the first day is played with the rule on that shuts everything without a second step.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.core import mail
from playwright.sync_api import CDPSession, expect

from booking.correspondence.models import OutboxMessage
from municipality.accounts.models import Identity, User
from tests.accounts.providers import running_provider
from tests.browser import towns
from tests.browser.people import Person

pytestmark = pytest.mark.browser
Enter = Callable[..., Person]


def with_authenticator(one: Person) -> tuple[CDPSession, str]:
    """A phone or computer that keeps passkeys and has seen its owner's face. Chrome DevTools Protocol, WebAuthn."""
    wire = one.page.context.new_cdp_session(one.page)
    wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return wire, str(added["authenticatorId"])


def keys_of(wire: CDPSession, device: str) -> list[dict[str, Any]]:
    return list(wire.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"])


def add_passkey(one: Person, name: str) -> list[str]:
    """From the account's page; answers the recovery codes that are shown."""
    one.link("Add a passkey").click()
    one.field("What do you call it?").fill(name)
    one.button("Make the passkey").click()
    expect(one.page.get_by_role("heading", name=one.say("Recovery codes"), level=1)).to_be_visible()
    return [text.replace(" ", "") for text in one.page.locator("main li code").all_inner_texts()]


def signs_out(one: Person) -> None:
    one.page.wait_for_load_state("networkidle")
    one.go("/account/logout/")
    one.page.locator("main").get_by_role("button").click()
    one.page.wait_for_load_state("load")


def test_an_officer_without_a_second_step_adds_a_passkey_and_signs_in_with_it(
    demo: towns.Town, person: Enter, settings: Any
) -> None:
    settings.SECOND_FACTOR_FOR_STAFF = True
    officer = person(demo, demo.logins["officer"], size="desktop")
    wire, device = with_authenticator(officer)
    officer.go("/account/login/?next=/admin/")
    officer.signs_in()
    # Led to adding one, whatever was asked for; told why.
    expect(officer.page).to_have_url(f"{demo.url}/account/security/")
    officer.sees(re.compile("ekstra trinn når de logger inn"))
    recovery = add_passkey(officer, "Kontorpc")
    assert len(recovery) == 10
    [key] = keys_of(wire, device)
    assert (key["rpId"], key["isResidentCredential"]) == ("localhost", True)
    assert OutboxMessage.objects.filter(payload__change="webauthn_added").count() == 1
    officer.link("I have kept them").click()
    officer.sees("Kontorpc")
    officer.link("Go to your work").click()
    expect(officer.page).to_have_url(f"{demo.url}/admin/")

    # Out, and in again with the passkey alone: no address is typed, no letter is sent.
    signs_out(officer)
    mail.outbox.clear()
    officer.go("/account/login/?next=/admin/booking/cases/")
    officer.button("Log in with a passkey").click()
    expect(officer.page).to_have_url(re.compile(r"/admin/booking/cases/"))
    assert mail.outbox == []
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None

    # With the code first, the passkey is the second step.
    signs_out(officer)
    officer.go("/account/login/?next=/admin/")
    officer.signs_in()
    expect(officer.page).to_have_url(f"{demo.url}/account/login/second/")
    officer.button("Use your passkey").click()
    expect(officer.page).to_have_url(f"{demo.url}/admin/")


def test_a_passkey_that_the_account_does_not_know_any_more_opens_nothing(demo: towns.Town, person: Enter) -> None:
    coach = person(demo, demo.logins["coach"])
    with_authenticator(coach)
    coach.go("/account/login/?next=/account/security/")
    coach.signs_in()
    add_passkey(coach, "")
    Authenticator.objects.all().delete()
    signs_out(coach)
    coach.go("/account/login/")
    coach.button("Log in with a passkey").click()
    coach.sees(re.compile(coach.say("The passkey was not recognised. Log in with a code by e-mail instead.")))
    # A device that has none, or an owner who says no: a sentence on the page, and the other ways remain.
    empty = person(demo, demo.logins["coach"])
    wire, device = with_authenticator(empty)
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    empty.go("/account/login/")
    empty.button("Log in with a passkey").click()
    empty.sees(empty.say("That did not work. Use a code by e-mail."))
    empty.signs_in()
    expect(empty.page).to_have_url(re.compile("/my/cases/"))


def test_an_app_works_without_javascript(demo: towns.Town, person: Enter, settings: Any) -> None:
    settings.SECOND_FACTOR_FOR_STAFF = True
    officer = person(demo, demo.logins["officer"], javascript=False)
    officer.go("/account/login/?next=/admin/")
    expect(officer.page.get_by_role("button", name=officer.say("Log in with a passkey"))).to_be_hidden()
    officer.signs_in()
    officer.link("Add an app").first.click()
    secret = officer.page.locator("main p code").inner_text().replace(" ", "")
    now = int(time.time()) // 30
    officer.field("Code from the app").fill(f"{hotp_value(secret, now):06}")
    officer.press("Add the app")
    expect(officer.page.locator("main li code")).to_have_count(10)
    officer.go("/admin/")
    expect(officer.page).to_have_url(f"{demo.url}/admin/")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running_provider() as address:
        yield address


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_somebody_new_comes_in_through_a_provider(
    demo: towns.Town, person: Enter, settings: Any, issuer: str, javascript: bool
) -> None:
    """The page that leads on, the provider's own page, the way back, name and age, and where one wanted to go."""
    entry = {"label": "ID-porten", "issuer": issuer, "client_id": "samskap", "client_secret": "s" * 30}
    settings.SIGN_IN_PROVIDERS = {"idporten": entry | {"trusted_email": True}}
    new = person(demo, "", javascript=javascript)
    new.page.request.put(
        f"{issuer}/users/sub-browser",
        data={"email": "ny.person@example.org", "email_verified": True, "pid": "21886399062"},
    )
    new.go("/account/login/?next=/enquiry/")
    new.page.get_by_role("button", name=new.say("Log in with %(name)s", name="ID-porten")).click()
    new.page.wait_for_url(f"{issuer}/oauth2/authorize?*")
    new.page.locator("input[name=sub]").fill("sub-browser")
    new.page.get_by_role("button", name="Authorize", exact=True).click()
    expect(new.page).to_have_url(f"{demo.url}/account/name/")
    new.field("Name").fill("Ny Person")
    new.page.get_by_label(new.say("I am 13 years old or older")).check()
    new.press("Save and go on")
    expect(new.page).to_have_url(f"{demo.url}/enquiry/")
    assert Identity.objects.get(user__email="ny.person@example.org").subject == "sub-browser"
    assert User.objects.get(email="ny.person@example.org").age_declared_at is not None


def test_a_child_is_told_what_to_do_instead(demo: towns.Town, person: Enter) -> None:
    child = person(demo, "barn@example.org")
    child.go("/account/login/")
    child.signs_in()
    child.press("I am younger than 13")
    expect(child.page.get_by_role("heading", level=1)).to_have_text(child.say("You need to be 13 to have an account"))
    assert not User.objects.filter(email="barn@example.org").exists()
