"""Every address about privacy on the public site, as everybody: one's own, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from booking.privacy import services
from tests import factories as f
from tests.factories import NOW
from tests.matrix import missing_rows, names_of, row, walk

pytestmark = pytest.mark.django_db

#: anonymous; somebody else; the person; an officer (a person too, with a page of their own)
WHO = ("anonymous", "stranger", "officer", "party")
CONSENT = {"args": lambda things: [things["consent"].pk]}

ROWS = {
    "booking:my_privacy": row("in 200 200 200"),
    "booking:my_privacy_everything": row("in 200 200 200"),
    "booking:my_privacy_file": row("in 200 200 200"),
    "booking:my_privacy_correct": row("in 200 200 200"),
    "booking:my_privacy_correct#press": row("in 200 200 200", "post"),
    "booking:my_privacy_consent": row("in 404 404 200", **CONSENT),
    "booking:my_privacy_consent#press": row("in 404 404 done", "post", **CONSENT),
    "booking:my_privacy_erase": row("in 200 200 200"),
    # Who works for the municipality hands over first; the others go on to the proof.
    "booking:my_privacy_erase#press": row("in done 200 done", "post"),
    "booking:my_privacy_erase_confirm": row("in done done done"),
    "booking:my_privacy_erase_confirm#press": row(
        "in done done done", "post", data=lambda things: {"understood": "on"}
    ),
    "booking:privacy_erased": row("200 200 200 200"),
}


@pytest.fixture
def things() -> dict[str, Any]:
    party = f.make_user("Kari")
    text = services.new_text(kind="public_contact", bodies={"nb": "Vi viser navnet."}, now=NOW)
    return {
        "consent": services.agree(user=party, text=text, about="organisation:x", now=NOW),
        "users": {
            "anonymous": None,
            "stranger": f.make_user("Fremmed"),
            "officer": f.make_unit().officer,
            "party": party,
        },
    }


def test_every_page_answers_everybody_as_the_table_says(things: dict[str, Any]) -> None:
    without_row, without_address = missing_rows(
        {one for one in names_of(namespace="booking:") if "privacy" in one}, ROWS
    )
    assert not without_row, f"add rows for: {sorted(without_row)}"
    assert not without_address
    clients = {}
    for who, user in things["users"].items():
        clients[who] = Client()
        if user is not None:
            clients[who].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    wrong = walk(ROWS, clients, things, WHO)
    assert not wrong, "\n".join(wrong)
    # Nothing of it erased anybody: no session here has proved who it is.
    assert all(user is None or type(user).objects.get(pk=user.pk).is_active for user in things["users"].values())
