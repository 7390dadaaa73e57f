"""What machines ask: /healthz, /readyz, /metrics; and every API address under the permissions of each caller."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from booking.api import urls
from tests import factories as f
from tests.api.conftest import Caller, Town

pytestmark = pytest.mark.django_db

NO_BATCH = "00000000-0000-4000-8000-000000000000"
#: name: (arguments, method, anonymous, a stranger with an account). A new address without a row fails the test.
MATRIX = {
    "schema": ({}, "get", 200, 200),
    "docs": ({}, "get", 200, 200),
    "problem": ({"code": "taken"}, "get", 200, 200),
    "resources": ({}, "get", 200, 200),
    "resource": ({"slug": "hallen"}, "get", 200, 200),
    "resource_availability": ({"slug": "hallen"}, "get", 400, 400),
    "resource_feed": ({"slug": "hallen"}, "get", 200, 200),
    "availability": ({}, "get", 400, 400),
    "checks": ({}, "post", 400, 400),
    "requests": ({}, "get", 401, 200),
    "request": ({"ref": "2026-9999"}, "get", 401, 404),
    "request_withdraw": ({"ref": "2026-9999"}, "post", 401, 404),
    "line_withdraw": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "request_messages": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_file": ({"ref": "2026-9999", "digest": "0" * 64}, "get", 401, 404),
    "request_decide": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_holding_reply": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_ask": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_hand_over": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_assign": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_dismiss": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_close": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_appeal": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_answer_appeal": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_undo": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_take_back": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_ties": ({"ref": "2026-9999"}, "post", 401, 404),
    "request_judge_tie": ({"ref": "2026-9999", "tie": 1}, "post", 401, 404),
    "change_decide": ({"ref": "2026-9999", "batch": NO_BATCH}, "post", 401, 404),
    "change_withdraw": ({"ref": "2026-9999", "batch": NO_BATCH}, "post", 401, 404),
    "series_dates": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "line_alternatives": ({"ref": "2026-9999", "number": 1}, "get", 401, 404),
    "line_accept": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "line_decline": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "line_reply": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "line_change": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "line_taken_back": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "duty_sign_up": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "duty_withdraw": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "request_permit": ({"ref": "2026-9999", "number": 1}, "post", 401, 404),
    "enquiries": ({}, "post", 400, 400),
    "insight_answer_times": ({}, "get", 200, 200),
    "insight_notice_kept": ({}, "get", 200, 200),
    "insight_use": ({}, "get", 200, 200),
    "insight_season": ({"slug": "finnes-ikke"}, "get", 404, 404),
    "insight_season_own": ({"slug": "finnes-ikke", "organisation": "finnes-ikke"}, "get", 401, 404),
    "organisations": ({}, "get", 200, 200),
    "organisation": ({"slug": "finnes-ikke"}, "get", 404, 404),
    "members": ({"slug": "finnes-ikke"}, "get", 401, 404),
    "agreements": ({"slug": "finnes-ikke"}, "get", 401, 404),
    "feeds": ({}, "get", 401, 200),
    "feed": ({"feed_id": "finnes-ikke"}, "delete", 401, 404),
    "feed_rotate": ({"feed_id": "finnes-ikke"}, "post", 401, 404),
    "meetings": ({}, "get", 200, 200),
    "meeting": ({"ref": "MOT-2026-999"}, "get", 404, 404),
    "seasons": ({}, "get", 200, 200),
    "season": ({"slug": "finnes-ikke"}, "get", 404, 404),
    "season_wishes": ({"slug": "finnes-ikke"}, "post", 401, 404),
    "works": ({}, "get", 200, 200),
    "works_events": ({}, "get", 200, 200),
    "works_one": ({"ref": "ARB-2026-999"}, "get", 404, 404),
    "works_transitions": ({"ref": "ARB-2026-999"}, "post", 401, 404),
    "works_affected": ({"ref": "ARB-2026-999"}, "get", 401, 404),
    "works_replies": ({"ref": "ARB-2026-999"}, "post", 401, 404),
    "notice_check": ({}, "post", 400, 400),
    "season_proposals": ({"slug": "no-round"}, "get", 404, 404),
    "season_proposal": ({"slug": "no-round", "number": 1}, "get", 404, 404),
    "season_diff": ({"slug": "no-round", "number": 1}, "get", 404, 404),
    "season_publish": ({"slug": "no-round", "number": 1}, "post", 401, 404),
    "season_withdraw": ({"slug": "no-round", "number": 1}, "post", 401, 404),
    "season_undo": ({"slug": "no-round", "number": 1}, "post", 401, 404),
    "season_comments": ({"slug": "no-round", "number": 1}, "post", 401, 404),
    "season_adopt": ({"slug": "no-round", "number": 1}, "post", 401, 404),
}


def test_every_address_of_the_api_has_a_row() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} - {"unknown"} == set(MATRIX)


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_who_gets_what(town: Town, name: str) -> None:
    arguments, method, anonymous, stranger = MATRIX[name]
    path = reverse(f"booking_api:{name}", kwargs=arguments).removeprefix("/api/booking/v1/")
    assert getattr(town.nobody, method)(path).status_code == anonymous

    assert getattr(Caller(f.make_user("Frida Fremmed")), method)(path).status_code == stranger


def test_healthz_touches_nothing_and_readyz_the_database(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.post("/healthz").status_code == 405


def test_metrics_tell_figures_and_no_names(client: Client, town: Town) -> None:
    text = client.get("/metrics").content.decode()
    assert "samskap_ownerless_resources 0" in text
    assert "samskap_outbox_stuck 0" in text
    assert "@" not in text
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


def test_metrics_with_a_token_are_for_who_has_it(client: Client, settings) -> None:
    with override_settings(BOOKING=settings.BOOKING | {"metrics_token": "hemmelig"}):
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers={"Authorization": "Bearer hemmelig"}).status_code == 200
