"""The pages and the API with which people manage their addresses: theirs alone, without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from booking.calendars import services
from booking.calendars.models import Feed
from booking.calendars.selectors import subscriptions
from booking.foundation import clock
from booking.foundation.models import IdempotencyRecord
from tests import factories
from tests.api.conftest import Caller
from tests.calendars.conftest import NOW
from tests.calendars.test_http import body_of

pytestmark = pytest.mark.django_db
MINE = "/en/my/calendars/"


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


@pytest.fixture
def coach(db):
    user = factories.make_user("Linn")
    factories.give_membership(user, factories.make_organisation("Korpset", slug="korpset"), "booker")
    return user


@pytest.fixture
def browser(coach):
    browser = Client()
    browser.force_login(coach)
    return browser


def secret_urls(page: str) -> list[str]:
    return re.findall(r'value="(https?://[^"]+/feeds/[^"]+)"', page)


class TestMine:
    def test_strangers_sign_in_first(self, client):
        answer = client.get(MINE)
        assert answer.status_code == 302
        assert "login" in answer["Location"]

    def test_from_nothing_to_an_address_that_works(self, browser, coach):
        page = browser.get(MINE)
        text = page.content.decode()
        assert page["Referrer-Policy"] == "same-origin"
        assert "no-cache" in page["Cache-Control"]
        assert "Korpset" in text
        assert secret_urls(text) == []
        answer = browser.post(MINE, {"kind": "organisation", "key": "korpset"}, follow=True)
        text = answer.content.decode()
        assert "The address is made: Korpset." in text
        [url] = secret_urls(text)
        assert f'href="webcal://{url.partition("://")[2]}"' in text
        feed = Client().get(url.partition("localhost:8000")[2])
        assert feed.status_code == 200
        assert b"X-WR-CALNAME:Korpset" in body_of(feed)
        assert feed["Content-Language"] == "en", "the language of the page that it was made on"
        assert "Last fetched: another program today" in browser.get(MINE).content.decode()

    def test_pressing_twice_makes_one(self, browser):
        for _ in range(2):
            browser.post(MINE, {"kind": "person", "key": ""})
        assert Feed.objects.count() == 1

    @pytest.mark.parametrize(
        "form",
        [
            {"kind": "organisation", "key": "andre"},
            {"kind": "organisation", "key": "finnes-ikke"},
            {"kind": "unit", "key": "kultur"},
            {"kind": "works", "key": ""},
            {},
        ],
    )
    def test_what_is_not_theirs_makes_nothing(self, browser, form):
        factories.make_organisation("Andre", slug="andre")
        factories.make_unit("Kultur", slug="kultur")
        answer = browser.post(MINE, form, follow=True)
        assert "There is no such calendar for you." in answer.content.decode()
        assert not Feed.objects.exists()

    def test_a_new_address_after_a_question(self, browser, coach):
        feed = services.subscribe(user=coach, kind="person", language="nb", now=NOW)
        old = subscriptions.url_of(feed)
        ask = f"/en/my/calendars/{feed.feed_id}/renew/"
        assert "A new address for My calendar?" in browser.get(ask).content.decode()
        assert subscriptions.url_of(Feed.objects.get()) == old, "asking changes nothing"
        page = browser.post(ask, follow=True).content.decode()
        assert old not in page
        assert len(secret_urls(page)) == 1

    def test_ending_after_a_question(self, browser, coach):
        feed = services.subscribe(user=coach, kind="person", language="nb", now=NOW)
        ask = f"/en/my/calendars/{feed.feed_id}/stop/"
        assert "End the address for My calendar?" in browser.get(ask).content.decode()
        browser.post(ask)
        assert Feed.objects.get().revoked_at == NOW
        assert browser.get(ask).status_code == 404

    def test_others_addresses_do_not_exist(self, browser):
        other = services.subscribe(user=factories.make_user("Annen"), kind="person", language="nb", now=NOW)
        for act in ("renew", "stop"):
            for method in (browser.get, browser.post):
                assert method(f"/en/my/calendars/{other.feed_id}/{act}/").status_code == 404
        assert subscriptions.url_of(other) not in browser.get(MINE).content.decode()

    def test_queries_do_not_grow_with_the_organisations(self, browser, coach, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as few:
            browser.get(MINE)
        for number in range(6):
            organisation = factories.make_organisation(f"Lag {number}")
            factories.give_membership(coach, organisation, "leader")
            services.subscribe(user=coach, kind="organisation", organisation=organisation, language="nb", now=NOW)
        with CaptureQueriesContext(connection) as many:
            browser.get(MINE)
        assert len(many) <= len(few)


@pytest.mark.parametrize("prefix", ["", "/nn", "/en"])
def test_how_to_subscribe_is_for_everybody(client, db, prefix):
    page = client.get(f"{prefix}/calendars/").content.decode()
    for program in (
        "Google",
        "Outlook",
        "iPhone",
        "Mac",
        "Thunderbird",
        "Android",
        "webcal://localhost:8000/feeds/happenings.ics",
    ):
        assert program in page
    assert page.count("<h1") == 1


class TestStaff:
    def test_an_officer_makes_copies_and_ends_the_unit_s_address(self, db):
        unit = factories.make_unit("Kultur", slug="kultur")
        below = factories.make_unit("Idrett", slug="idrett")
        below.parent = unit
        below.save()
        browser = Client()
        browser.force_login(factories.make_officer(unit, "Ola"))
        page = browser.get("/admin/booking/calendars/")
        assert page["Referrer-Policy"] != "no-referrer", "browsers would send `Origin: null` with the forms"
        assert "no-store" in page["Cache-Control"]
        assert "Idrett" in page.content.decode()
        text = browser.post(
            "/admin/booking/calendars/", {"kind": "unit", "key": "kultur"}, follow=True
        ).content.decode()
        [url] = secret_urls(text)
        assert Client().get(url.partition("localhost:8000")[2]).status_code == 200
        feed = Feed.objects.get()
        browser.post(f"/admin/booking/calendars/{feed.feed_id}/renew/")
        assert Client().get(url.partition("localhost:8000")[2]).status_code == 410
        browser.post(f"/admin/booking/calendars/{feed.feed_id}/stop/")
        assert Feed.objects.get().revoked_at == NOW

    def test_another_unit_s_calendar_is_not_to_be_had(self, db):
        factories.make_unit("Kultur", slug="kultur")
        browser = Client()
        browser.force_login(factories.make_officer(factories.make_unit("Teknisk", slug="teknisk"), "Odd"))
        browser.post("/admin/booking/calendars/", {"kind": "unit", "key": "kultur"})
        browser.post("/admin/booking/calendars/", {"kind": "person", "key": ""})
        assert not Feed.objects.exists()
        assert "Kultur" not in browser.get("/admin/booking/calendars/").content.decode()


class TestApi:
    """api.md "Feeds, figures, operations"."""

    def test_make_read_change_and_end(self, coach):
        caller = Caller(coach)
        made = caller.post("feeds/", {"kind": "organisation", "organisation": "korpset", "lang": "nn"})
        assert made.status_code == 201
        feed = made.json()
        assert {"feed_id", "kind", "url", "webcal_url", "last_fetched"} <= set(feed)
        assert feed["webcal_url"] == "webcal://" + feed["url"].partition("://")[2]
        assert feed["last_fetched"] is None
        assert made["Cache-Control"] == "no-store"
        path = feed["url"].partition("localhost:8000")[2]
        assert re.fullmatch(r"/feeds/[a-z0-9]+/[A-Za-z0-9_-]{43}/korpset\.ics", path)
        body_of(Client().get(path))
        listed = caller.get("feeds/").json()
        assert listed["count"] == 1
        assert listed["results"][0] == feed | {"last_fetched": "2026-03-02"}
        rotated = caller.post(f"feeds/{feed['feed_id']}/rotate/")
        assert rotated.status_code == 200
        assert rotated.json()["url"] != feed["url"]
        assert Client().get(path).status_code == 410
        assert caller.delete(f"feeds/{feed['feed_id']}/").status_code == 204
        assert Client().get(rotated.json()["url"].partition("localhost:8000")[2]).status_code == 410
        assert caller.get("feeds/").json()["count"] == 0
        assert caller.delete(f"feeds/{feed['feed_id']}/").status_code == 404

    def test_the_same_again_is_the_same_address_and_nothing_is_kept_by_its_key(self, coach):
        caller = Caller(coach)
        first = caller.post("feeds/", {"kind": "person"}, Idempotency_Key="a")
        second = caller.post("feeds/", {"kind": "person"}, Idempotency_Key="a")
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert not IdempotencyRecord.objects.exists(), "the answer holds a secret"

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"kind": "works"}, 400, "invalid"),
            ({}, 400, "invalid"),
            ([], 400, "invalid"),
            ({"kind": "organisation"}, 400, "invalid"),
            ({"kind": 3}, 400, "invalid"),
            ({"kind": "person", "lang": "de"}, 400, "invalid"),
            ({"kind": "organisation", "organisation": "finnes-ikke"}, 404, "not_found"),
            ({"kind": "organisation", "organisation": "andre"}, 404, "not_found"),
            ({"kind": "unit", "unit": "kultur"}, 404, "not_found"),
        ],
    )
    def test_refusals(self, coach, body, status, code):
        factories.make_organisation("Andre", slug="andre")
        factories.make_unit("Kultur", slug="kultur")
        answer = Caller(coach).post("feeds/", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"

    def test_nobody_and_others(self, coach):
        feed = services.subscribe(user=coach, kind="person", language="nb", now=NOW)
        for caller, status in ((Caller(), 401), (Caller(factories.make_user("Annen")), 404)):
            assert caller.post(f"feeds/{feed.feed_id}/rotate/").status_code == status
            assert caller.delete(f"feeds/{feed.feed_id}/").status_code == status
        assert Caller().get("feeds/").status_code == 401
        assert Caller().post("feeds/", {"kind": "person"}).status_code == 401
        assert Caller(factories.make_user("Tredje")).get("feeds/").json()["count"] == 0

    def test_staff_have_their_unit_s(self, db):
        unit = factories.make_unit("Kultur", slug="kultur")
        made = Caller(factories.make_officer(unit, "Ola")).post("feeds/", {"kind": "unit", "unit": "kultur"})
        assert made.status_code == 201
        assert made.json()["unit"] == "kultur"
