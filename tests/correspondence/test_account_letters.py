"""The letters of signing in, in every language, against stored snapshots (as test_letters.py does for cases)."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.conf import settings as django_settings

from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from municipality.accounts import address, codes, letters
from tests.correspondence.test_letters import SNAPSHOTS
from tests.factories import NOW, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LANGUAGES = [code for code, _name in django_settings.LANGUAGES]
NONCE = "a-nonce-that-is-no-secret-here"


def _code(purpose):
    letters.send_code(
        email="kari@example.org", nonce=NONCE, expires_at=NOW + codes.LIFETIME, language="nb", now=NOW, purpose=purpose
    )


def signin_code():
    _code("signin")


def signin_code_prove():
    _code("prove")


def signin_code_address():
    _code("address")


def account_address():
    address.change(make_user("Kari", email="kari@example.org"), "kari.ny@example.net", now=NOW)


def account_notice():
    letters.send_notice(make_user("Kari"), "webauthn_added", now=NOW)


def account_notice_by_others():
    letters.send_notice(make_user("Kari"), "second_step_reset", now=NOW)


SCENES = [
    signin_code,
    signin_code_prove,
    signin_code_address,
    account_address,
    account_notice,
    account_notice_by_others,
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_letter(scene, language, settings):
    settings.SECRET_KEY = "the-same-for-every-run"
    with clock.at(NOW):
        scene()
        row = OutboxMessage.objects.get()
        handler = registry.handler(row.handler)
        assert handler.still_valid(row.payload)
        letter = handler.write(row.payload, language)
    text = "\n".join([f"Subject: {letter.subject}", "", letter.text, letter.html])
    if scene is account_address:
        token = codes.link_token(row.payload["nonce"])
        assert token in letter.text
        text = text.replace(token, "[the token]")
        # The old mailbox may be somebody else's by now: it doesn't learn the whole new address.
        assert "kari.ny" not in text
    stored = SNAPSHOTS / f"{scene.__name__}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    assert "\n\n\n" not in letter.text
    assert "&#x27;" not in letter.text


@pytest.mark.parametrize("change", letters.CHANGES)
def test_every_notice_can_be_written(change):
    for language in LANGUAGES:
        letter = letters.render_notice({"change": change, "at": NOW.isoformat()}, language)
        assert "02.03.2026" in letter.text
        assert letter.html.count('class="action"') == 1


def test_every_letter_of_the_accounts_has_a_scene():
    ours = {name for name in registry.handler_names() if name.startswith("municipality.accounts")}
    covered = set()
    for scene in SCENES:
        scene()
        covered.add(OutboxMessage.objects.get().handler)
        OutboxMessage.objects.all().delete()
    assert covered == ours


def test_a_code_that_has_run_out_is_not_sent():
    signin_code()
    row = OutboxMessage.objects.get()
    for later, sent in ((codes.LIFETIME - timedelta(seconds=1), True), (codes.LIFETIME, False)):
        with clock.at(NOW + later):
            assert registry.handler(row.handler).still_valid(row.payload) is sent
