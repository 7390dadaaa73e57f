"""N4, for the programs of the municipality: the archive hears at once what comes in and what is decided.

Played through the doors: the CMS admin, the organisation's form of the API, the worker, a receiver of another maker.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from booking.cases.models import Case
from booking.webhooks.models import WebhookEndpoint
from tests import factories as f
from tests.calendars.incoming.world import desk_of
from tests.webhooks.conftest import Receiver, receiver  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def test_the_archive_hears_what_comes_in_and_what_is_decided_also_after_it_was_down(
    stage: Any,
    moment: Any,
    receiver: Receiver,  # noqa: F811
) -> None:
    # The leader sets it up; the archive's people put the secret into their program.
    leader = desk_of(stage.leader)
    answer = leader.post(
        reverse("booking_webhooks:add"),
        {"name": "Arkivet", "url": receiver.url(), "unit": str(stage.unit.pk),
         "types": ["request.received", "request.decided"]},
    )  # fmt: skip
    assert answer.status_code == 302
    row = WebhookEndpoint.objects.get()
    page = unescape(leader.post(reverse("booking_webhooks:secret", args=[row.pk])).content.decode())
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    assert secret is not None
    receiver.knows(secret[0])

    # Kari asks for the hall; the archive is down when the worker comes by.
    receiver.will("503")
    coach = stage.browser(stage.coach)
    body = {
        "organisation": stage.club.slug, "title": "Cup for de minste", "audience": {"6-12": 20}, "accept_rules": True,
        "responsible": {"name": "Kari Trener", "phone": "99 11 88 77", "email": stage.coach.email},
        "lines": [{"resource": "lillebyhallen", "quantity": 1, "start": moment(10, 18).isoformat(),
                   "end": moment(10, 20).isoformat()}],
    }  # fmt: skip
    made = coach.post("/api/booking/v1/requests/", json.dumps(body), content_type="application/json")
    assert made.status_code == 201, made.content
    ref = made.json()["ref"]
    call_command("tick", verbosity=0)
    assert len(receiver.got) >= 1

    # It comes back; the officer grants the hall; the leader sees that something failed and has it sent again.
    receiver.will("200")
    officer = stage.browser(stage.unit.officer)
    case = Case.objects.get(reference=ref)
    decided = officer.post(
        f"/api/booking/v1/requests/{ref}/decide/", json.dumps({"lines": [{"id": 1, "outcome": "grant"}]}),
        content_type="application/json",
    )  # fmt: skip
    assert decided.status_code == 200, decided.content
    one = row.deliveries.order_by("pk").first()
    assert one is not None
    page = unescape(leader.get(reverse("booking_webhooks:delivery", args=[row.pk, one.pk])).content.decode())
    assert "The receiver answered with an error (503)" in page
    leader.post(reverse("booking_webhooks:again", args=[row.pk, one.pk]))
    call_command("tick", verbosity=0)

    told = [(body["type"], body["data"]["ref"], body["data"]["what"]) for body in receiver.events]
    assert told[0] == told[-2] == ("request.received", ref, "received")
    assert told[-1] == ("request.decided", ref, "granted")
    assert len({one["id"] for one in receiver.got}) == 2
    assert all(one["verified"] == [secret[0]] for one in receiver.got)
    # What came over the wire names nobody; who wants more asks with their own right.
    wire = "".join(one["body"] for one in receiver.got)
    for word in ("Kari", "99 11", "Cup", stage.club.slug, stage.coach.email):
        assert word not in wire
    link = receiver.events[-1]["data"]["url"]
    assert link.endswith(f"/api/booking/v1/requests/{ref}/")
    path = link[link.index("/api/") :]
    assert officer.get(path).json()["state"] == "granted" == receiver.events[-1]["data"]["state"]
    stranger = stage.browser(f.make_user("Per Fremmed"))
    assert stranger.get(path).status_code == 404
    assert case.unit == stage.unit
