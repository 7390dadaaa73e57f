"""Feeds over HTTP: validators, methods, statuses, headers (feeds.md "HTTP")."""

from __future__ import annotations

import gzip
from datetime import timedelta

import icalendar
import pytest
from django.utils.http import http_date

from booking.calendars.models import FeedVersion
from booking.foundation import clock
from tests import factories
from tests.calendars.conftest import NOW, change, tell, wall

pytestmark = pytest.mark.django_db
URL = "/feeds/resource-lillebyhallen.ics"
API = "/api/booking/v1/resources/lillebyhallen/feed.ics"


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


def body_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_answer(client, hall, diary):
    diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    tell(hall)
    answer = client.get(URL)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'inline; filename="lillebyhallen.ics"'
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["ETag"].startswith('W/"')
    assert answer["Last-Modified"] == http_date(NOW.timestamp())
    assert not answer.cookies
    assert answer["Vary"] == "Accept-Encoding"
    assert len(icalendar.Calendar.from_ical(body_of(answer)).walk("VEVENT")) == 1


def test_the_api_gives_the_same_bytes_without_a_redirect(client, hall, diary):
    diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=10")
    tell(hall)
    feed, api = client.get(URL), client.get(API)
    assert api.status_code == 200
    assert body_of(api) == body_of(feed)
    for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control"):
        assert api[name] == feed[name]


def test_nothing_new_is_told_with_at_most_three_queries(client, hall, diary, django_assert_max_num_queries):
    diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    tell(hall)
    etag = client.get(URL)["ETag"]
    with django_assert_max_num_queries(3):
        answer = client.get(URL, headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer["ETag"] == etag
    assert answer["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("form", ["{etag}", '"x", {etag}, "y"', "{strong}", "*"])
def test_forms_of_if_none_match(client, hall, form):
    etag = client.get(URL)["ETag"]
    sent = form.format(etag=etag, strong=etag.removeprefix("W/"))
    assert client.get(URL, headers={"If-None-Match": sent}).status_code == 304


@pytest.mark.parametrize("sent", ['"x"', "rubbish", "", 'W/"1.public-nb-1.0"'])
def test_other_tags_get_the_calendar(client, hall, sent):
    assert client.get(URL, headers={"If-None-Match": sent}).status_code == 200


def test_if_modified_since(client, hall):
    tell(hall)
    assert client.get(URL, headers={"If-Modified-Since": http_date(NOW.timestamp())}).status_code == 304
    assert client.get(URL, headers={"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status_code == 200
    assert client.get(URL, headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_every_change_is_seen_in_the_next_request(client, hall, diary):
    line = diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    tell(hall)
    first = client.get(URL)
    change(line, start=wall("2026-03-09 18:00"), end=wall("2026-03-09 19:00"))
    tell(hall)
    second = client.get(URL, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second["ETag"] != first["ETag"]
    assert b"DTSTART:20260309T170000Z" in body_of(second)


def test_the_window_rolls_once_a_week(client, hall):
    etag = client.get(URL)["ETag"]
    with clock.at(NOW + timedelta(days=1, hours=12)):
        assert client.get(URL, headers={"If-None-Match": etag}).status_code == 304
    with clock.at(NOW + timedelta(days=7)):
        assert client.get(URL, headers={"If-None-Match": etag}).status_code == 200


def test_an_empty_feed_keeps_its_tag(client, hall):
    assert client.get(URL)["ETag"] == client.get(URL)["ETag"]
    assert FeedVersion.objects.count() == 0


def test_head_answers_as_get_without_a_body(client, hall, diary, django_assert_max_num_queries):
    diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    tell(hall)
    with django_assert_max_num_queries(3):
        head = client.head(URL)
    get = client.get(URL)
    assert head.status_code == 200
    assert body_of(head) == b""
    assert "Content-Length" not in head, "a length of 0 would be a lie"
    packed = client.head(URL, headers={"Accept-Encoding": "gzip"})
    assert (body_of(packed), packed.get("Content-Encoding")) == (b"", None)
    for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control", "Content-Disposition"):
        assert head[name] == get[name]
    assert client.head(URL, headers={"If-None-Match": get["ETag"]}).status_code == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "OPTIONS", "TRACE", "REPORT"])
@pytest.mark.parametrize("url", [URL, API, "/feeds/whatever.ics"])
def test_other_methods_are_refused_with_what_is_allowed(client, hall, method, url):
    strict = client.__class__(enforce_csrf_checks=True)
    answer = strict.generic(method, url, b"x", content_type="text/calendar")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "url",
    [
        "/feeds/resource-nope.ics",
        "/feeds/resource-.ics",
        "/feeds/resource-lillebyhallen",
        "/feeds/",
        "/feeds/x/y/z.ics",
        "/feeds/resource-lillebyhallen.ics/",
        "/api/booking/v1/resources/nope/feed.ics",
    ],
)
def test_unknown_feeds_are_not_found_in_plain_words(client, hall, url):
    answer = client.get(url)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/plain")


def test_what_is_not_public_is_not_found(client, db):
    factories.make_resource("Kladd", slug="kladd", state="draft")
    factories.make_resource("Skjult", slug="skjult", public=False)
    owner = factories.make_user("Borte", active=False)
    unit = factories.make_unit("Tom", owned=False, officer=owner)
    factories.make_resource("Eierlos", slug="eierlos", unit=unit)
    for slug in ("kladd", "skjult", "eierlos"):
        assert client.get(f"/feeds/resource-{slug}.ics").status_code == 404


def test_what_is_no_longer_lent_is_gone(client, db):
    factories.make_resource("Gammel", slug="gammel", state="retired")
    factories.make_resource("Gammel og skjult", slug="gammel-skjult", state="retired", public=False)
    assert client.get("/feeds/resource-gammel.ics").status_code == 410
    assert client.get("/feeds/resource-gammel-skjult.ics").status_code == 404


def test_made_private_the_feed_ends(client, hall):
    assert client.get(URL).status_code == 200
    hall.public = False
    hall.save()
    assert client.get(URL).status_code == 404


def test_the_language_comes_from_the_address_only(client, hall):
    hall.name_en = "The hall"
    hall.save()
    plain = body_of(client.get(URL))
    assert body_of(client.get(URL, headers={"Accept-Language": "en, nn;q=0.5"})) == plain
    assert b"X-WR-CALNAME:Lillebyhallen" in plain
    english = client.get(f"{URL}?lang=en")
    assert b"X-WR-CALNAME:The hall" in body_of(english)
    assert english["Content-Language"] == "en"
    assert body_of(client.get(f"{URL}?lang=xx")) == plain
    tags = {client.get(url)["ETag"] for url in (URL, f"{URL}?lang=en", f"{URL}?lang=nn", f"{URL}?expand=1")}
    assert len(tags) == 4


def test_expanded_for_poor_clients(client, hall, diary):
    diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=5")
    body = body_of(client.get(f"{URL}?expand=1"))
    assert body.count(b"BEGIN:VEVENT") == 5
    assert b"RRULE" not in body


def test_gzip_is_the_same_calendar(client, hall, diary):
    diary(hall).series(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"), "FREQ=WEEKLY;COUNT=20")
    plain = client.get(URL)
    packed = client.get(URL, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(body_of(packed)) == body_of(plain)
    assert packed["ETag"] == plain["ETag"]


def test_a_busy_database_does_not_stop_readers(client, hall, diary, monkeypatch):
    """The kept bytes can't be written: the reader gets freshly rendered ones, and the right ones."""
    from django.db import OperationalError, transaction

    from booking.calendars.services import keeping

    line = diary(hall).line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    tell(hall)

    def busy(**kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(keeping, "bring_up_to_date", busy)
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    answer = client.get(URL)
    assert answer.status_code == 200
    assert f"UID:{line.uid}".encode() in body_of(answer)
