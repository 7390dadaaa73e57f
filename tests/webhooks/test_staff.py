"""Webhooks in the CMS admin: set up, tried out, paused, looked into; and who may."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.foundation import clock
from booking.webhooks import rules, services
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.calendars.incoming.world import desk_of
from tests.factories import NOW, give_role, make_leader, make_unit, make_user
from tests.webhooks.conftest import Receiver, run
from tests.webhooks.test_sending import happen

pytestmark = pytest.mark.django_db

Endpoint = Callable[..., WebhookEndpoint]


def url(name: str, *args: Any) -> str:
    return reverse(f"booking_webhooks:{name}", args=args)


def text(answer: Any) -> str:
    return unescape(re.sub(r"\s+", " ", answer.content.decode()))


def form(receiver: Receiver, unit: Any, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Arkivet", "url": receiver.url(), "unit": str(unit.pk) if unit else "whole",
        "types": ["request.received", "request.decided"],
    } | fields  # fmt: skip


def test_a_leader_sets_one_up_fetches_the_secret_once_and_tries_it_out(receiver: Receiver, db: Any) -> None:
    unit = make_unit("Kultur")
    desk = desk_of(make_leader(unit))
    assert "No other program is told of anything yet." in text(desk.get(url("index")))
    answer = desk.post(url("add"), form(receiver, unit), follow=True)
    row = WebhookEndpoint.objects.get()
    assert answer.redirect_chain[-1][0] == url("inspect", row.pk)
    page = text(answer)
    assert "The secret hasn't been fetched." in page
    assert "Nothing has been sent yet." in page
    assert "whsec_" not in page
    shown = desk.post(url("secret", row.pk))
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", unescape(shown.content.decode()))
    assert secret is not None
    assert "no-store" in shown["Cache-Control"]
    again = desk.post(url("secret", row.pk), follow=True)
    assert "is shown only once" in text(again)
    assert "whsec_" not in text(again)
    assert desk.get(url("secret", row.pk)).status_code == 405
    receiver.knows(secret[0])
    page = text(desk.post(url("test", row.pk), follow=True))
    assert "It was accepted." in page
    assert '"type": "webhook.test"' in page
    assert "webhook-id: msg_" in page
    assert "answer 200 � of the receiver" in page
    assert "whsec_" not in page
    assert receiver.got[0]["verified"] == [secret[0]]
    listed = text(desk.get(url("index")))
    assert "Arkivet" in listed
    assert "In use" in listed


def test_a_test_that_fails_shows_what_came_back_and_is_sent_again_with_a_button(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    row = endpoint()
    desk = desk_of(admin)
    receiver.will("500")
    page = text(desk.post(url("test", row.pk), follow=True))
    assert "It wasn't accepted. Below stands what came back." in page
    assert "The receiver answered with an error (500)" in page
    one = WebhookDelivery.objects.get()
    receiver.will("200")
    page = text(desk.post(url("again", row.pk, one.pk), follow=True))
    assert "It was accepted." in page
    assert "Try 2," in page
    assert len({got["id"] for got in receiver.got}) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "http://"}, "This isn't an address that can be sent to."),
        ({"url": "ftp://example.org/"}, "The address must begin with https://."),
        ({"url": "https://10.0.0.1/"}, "This address lies in a closed network"),
        ({"url": "https://example.org/" + "x" * 1000}, "at most 1000 characters"),
        ({"url": "https://example.org/\x00"}, "Null characters are not allowed."),
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"types": []}, "Choose at least one event of the list."),
        ({"types": ["request.nonsense"]}, "request.nonsense is not one of the available choices."),
        ({"unit": "999999"}, "999999 is not one of the available choices."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    receiver: Receiver, fields: dict[str, Any], words: str
) -> None:
    unit = make_unit("Kultur")
    desk = desk_of(make_leader(unit))
    answer = desk.post(url("add"), form(receiver, unit) | fields)
    page = text(answer)
    assert answer.status_code == 400
    assert words in page
    assert "Something in the form is not right." in page
    if "types" not in fields:
        assert page.count(" checked") == 2
    if "name" not in fields:
        assert 'value="Arkivet"' in page
    assert not WebhookEndpoint.objects.exists()


def test_a_wrong_address_and_a_missing_choice_are_told_at_once(receiver: Receiver, db: Any) -> None:
    unit = make_unit("Kultur")
    answer = desk_of(make_leader(unit)).post(url("add"), form(receiver, unit) | {"url": "ftp://x", "types": []})
    assert set(answer.context["form"].errors) == {"url", "types"}


def test_a_leader_reaches_the_own_unit_only_and_the_whole_municipality_is_the_administrators(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    mine, theirs = make_unit("Kultur"), make_unit("Teknisk")
    below = make_unit("Biblioteket", parent=mine)
    desk = desk_of(make_leader(mine))
    page = text(desk.get(url("add")))
    assert "Biblioteket" in page
    assert "Teknisk" not in page
    assert "The whole municipality" not in page
    for unit in (theirs, None):
        assert desk.post(url("add"), form(receiver, unit)).status_code == 400
    rows = [endpoint(unit=unit, name=str(unit)) for unit in (mine, below, theirs, None)]
    seen = [desk.get(url("inspect", row.pk)).status_code for row in rows]
    assert seen == [200, 200, 404, 404]
    boss = desk_of(admin)
    assert [boss.get(url("inspect", row.pk)).status_code for row in rows] == [200] * 4
    assert boss.post(url("add"), form(receiver, None, name="Alt")).status_code == 302
    assert WebhookEndpoint.objects.get(name="Alt").unit is None
    # The service asks too: no door can forget it.
    from booking.foundation.errors import Forbidden

    officer = make_user("Ola Saksbehandler")
    give_role(officer, mine, "officer")
    with pytest.raises(Forbidden):
        services.pause_endpoint(rows[0], by=officer, now=NOW)
    # A delivery of another endpoint isn't there under this one.
    (one,) = happen(rows[2])
    assert desk.get(url("delivery", rows[0].pk, one.pk)).status_code == 404
    assert desk.post(url("again", rows[0].pk, one.pk)).status_code == 404


def test_paused_changed_rotated_and_removed_with_buttons(receiver: Receiver, endpoint: Endpoint, admin: Any) -> None:
    row = endpoint()
    desk = desk_of(admin)
    assert "It is paused." in text(desk.post(url("pause", row.pk), follow=True))
    assert "It is in use." in text(desk.post(url("resume", row.pk), follow=True))
    changed = form(receiver, None, name="Dørene", types=["works.started"])
    assert desk.post(url("change", row.pk), changed).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.types) == ("Dørene", ["works.started"])
    page = text(desk.post(url("rotate", row.pk), follow=True))
    assert "The old secret signs too until" in page
    assert "A secret is being replaced already." in text(desk.post(url("rotate", row.pk), follow=True))
    assert "It is removed." in text(desk.post(url("remove", row.pk), follow=True))
    assert desk.get(url("inspect", row.pk)).status_code == 404
    assert "Dørene" not in text(desk.get(url("index")))


def test_the_log_is_filtered_paged_and_always_the_same_number_of_queries(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    row = endpoint()
    desk = desk_of(admin)
    happen(row, 2)
    run()
    desk.get(url("inspect", row.pk))
    with CaptureQueriesContext(connection) as few:
        desk.get(url("inspect", row.pk))
    happen(row, 60)
    WebhookDelivery.objects.filter(state="waiting").update(state="failed", ended_at=NOW)
    with CaptureQueriesContext(connection) as many:
        page = text(desk.get(url("inspect", row.pk)))
    assert len(many) == len(few)
    assert "Page 1 of 2" in page
    assert "Send again 60 that were given up" in page
    page = text(desk.get(url("inspect", row.pk) + "?state=delivered"))
    assert page.count('data-label="Tries"') == 2
    page = text(desk.get(url("inspect", row.pk) + "?state=failed&p=2"))
    assert page.count('data-label="Tries"') == 10
    assert "?state=failed&p=1" in page
    assert "Nothing fits what you look for." in text(desk.get(url("inspect", row.pk) + "?type=works.started"))
    for nonsense in ("?state=nonsense", "?p=x", "?p=999", "?type=%00"):
        assert desk.get(url("inspect", row.pk) + nonsense).status_code == 200
    page = text(desk.post(url("again_all", row.pk), follow=True))
    assert "60 events are sent again." in page


def test_one_that_is_switched_off_stands_on_the_front_page_with_its_reason(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    row = endpoint()
    desk = desk_of(admin)
    assert "booking-webhooks-panel" not in text(desk.get(reverse("wagtailadmin_home")))
    receiver.will("410")
    happen(row)
    run()
    assert "Switched off by the system" in text(desk.get(reverse("wagtailadmin_home")))
    page = text(desk.get(url("inspect", row.pk)))
    assert "The receiver said that the address is gone for good (410)." in page
    receiver.will("200")
    desk.post(url("resume", row.pk))
    assert "booking-webhooks-panel" not in text(desk.get(reverse("wagtailadmin_home")))
    assert clock.now()


def test_it_is_off_by_default_and_then_nothing_shows(admin: Any) -> None:
    from booking.foundation.conf import Switches
    from booking.webhooks.staff import VIEWSETS

    assert Switches().webhooks is False
    with override_settings(BOOKING=django_settings.BOOKING | {"switches": {"webhooks": False}}):
        assert VIEWSETS() == []
        assert services.tell_endpoints(lambda: False) == 0
        home = desk_of(admin).get(reverse("wagtailadmin_home"))
        assert url("index") not in text(home)


def test_strangers_come_nowhere(receiver: Receiver, endpoint: Endpoint) -> None:
    row = endpoint()
    assert Client().get(url("index")).status_code == 302
    assert rules.TEST not in row.types
