"""Private calendars over HTTP: the secret, the right behind it, and what is kept of who fetches (feeds.md)."""

from __future__ import annotations

import logging
import re
from datetime import date, timedelta

import icalendar
import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import override_settings
from django.utils.http import http_date

from booking.calendars import secrets, services
from booking.calendars.models import Feed
from booking.calendars.rules import clients
from booking.calendars.selectors import subscriptions
from booking.catalogue.models import Unit
from booking.foundation import clock
from booking.foundation.doors.logs import HideSecrets
from booking.foundation.errors import Invalid, NotFound
from booking.organisations.services import merge_organisations
from tests import factories
from tests.calendars.conftest import NOW, wall
from tests.calendars.test_http import body_of
from tests.calendars.test_party import said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with clock.at(NOW):
        yield


@pytest.fixture
def book(hall, diary):
    book = diary(hall, title="Øving")
    book.line(wall("2026-03-09 17:00"), wall("2026-03-09 18:30"))
    said(book.case, hall)
    return book


@pytest.fixture
def coach(book):
    user = factories.make_user("Linn")
    factories.give_membership(user, book.case.organisation, "member")
    return user


def subscribe(user, kind, thing=None, language="nb") -> Feed:
    about = {"organisation": thing} if kind == "organisation" else {"unit": thing} if kind == "unit" else {}
    feed = services.subscribe(user=user, kind=kind, language=language, now=NOW, **about)
    return subscriptions.feeds_of(user).get(pk=feed.pk)


def path_of(feed) -> str:
    return "/feeds/" + subscriptions.url_of(feed).partition("/feeds/")[2]


def uids(answer) -> list[str]:
    return [str(one["uid"]) for one in icalendar.Calendar.from_ical(body_of(answer)).walk("VEVENT")]


def test_the_answer(client, book, coach):
    feed = subscribe(coach, "organisation", book.case.organisation)
    answer = client.get(path_of(feed))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == f'inline; filename="{book.case.organisation.slug}.ics"'
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Language"] == "nb"
    assert "Access-Control-Allow-Origin" not in answer
    assert "Accept-Language" not in answer.get("Vary", "")
    assert not answer.cookies
    assert uids(answer) == [str(book.case.lines.get().uid)]


@pytest.mark.parametrize("kind", ["person", "organisation", "unit"])
def test_nothing_new_costs_three_queries(client, book, coach, kind, django_assert_max_num_queries):
    factories.give_role(coach, book.case.unit, "caretaker")
    thing = {"organisation": book.case.organisation, "unit": book.case.unit}.get(kind)
    path = path_of(subscribe(coach, kind, thing))
    etag = client.get(path)["ETag"]
    with django_assert_max_num_queries(3):
        answer = client.get(path, headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert answer["Cache-Control"] == "private, no-cache"
    with django_assert_max_num_queries(3):
        head = client.head(path)
    assert (head.status_code, body_of(head)) == (200, b"")


def test_a_change_is_in_the_next_answer(client, book, coach, hall):
    path = path_of(subscribe(coach, "person"))
    first = client.get(path)
    book.line(wall("2026-03-10 17:00"), wall("2026-03-10 18:30"), state="requested")
    with clock.at(NOW + timedelta(minutes=5)):
        said(book.case, hall)
    second = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second["Last-Modified"] == http_date((NOW + timedelta(minutes=5)).timestamp())
    assert len(uids(second)) == 2


def test_the_secret_is_not_in_the_database(book, coach):
    feed = subscribe(coach, "person")
    secret = path_of(feed).split("/")[3]
    assert len(secret) == 43
    stored = "|".join(str(value) for value in Feed.objects.filter(pk=feed.pk).values_list()[0])
    assert secret not in stored
    assert len(subscriptions.url_of(feed)) <= 256
    assert path_of(feed) == path_of(Feed.objects.get(pk=feed.pk)), "it can be shown again"


@pytest.mark.parametrize("make", [
    lambda path: path.replace("/feeds/", "/feeds/x", 1),
    lambda path: path[:-15] + "A" + path[-14:],
    lambda path: re.sub(r"/[^/]+/([^/]+)$", r"/short/\1", path),
    lambda path: re.sub(r"/[^/]+/([^/]+)$", r"/" + "A" * 43 + r"/\1", path),
    lambda path: re.sub(r"/[^/]+/([^/]+)$", r"/" + "Å" * 5000 + r"/\1", path),
])  # fmt: skip
def test_a_wrong_address_is_unknown(client, book, coach, make):
    path = path_of(subscribe(coach, "person"))
    wrong = make(path)
    if wrong.split("/")[2:4] == path.split("/")[2:4]:
        pytest.skip("the change fell into the name, which may be anything")
    answer = client.get(wrong)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Referrer-Policy"] == "no-referrer"


def test_the_last_part_may_be_anything(client, book, coach):
    path = path_of(subscribe(coach, "person"))
    assert client.get(path.replace("samskap.ics", "hva-som-helst.ics")).status_code == 200


def test_another_address_ends_the_old_one(client, book, coach):
    feed = subscribe(coach, "person")
    old = path_of(feed)
    services.rotate(feed_id=feed.feed_id, by=coach, now=NOW)
    new = path_of(Feed.objects.get(pk=feed.pk))
    assert old != new
    assert client.get(old).status_code == 410
    assert client.get(new).status_code == 200
    services.revoke(feed_id=feed.feed_id, by=coach, now=NOW)
    assert client.get(new).status_code == 410
    assert client.get(old).status_code == 410
    assert client.get(re.sub("/[^/]{43}/", f"/{'A' * 43}/", new)).status_code == 404, "never right: unknown"


def test_rights_are_asked_at_every_fetch(client, book, coach):
    path = path_of(subscribe(coach, "organisation", book.case.organisation))
    etag = client.get(path)["ETag"]
    membership = coach.memberships.get()
    membership.end = date(2026, 3, 2)
    membership.save()
    assert client.get(path).status_code == 200, "the last day counts"
    with clock.at(NOW + timedelta(days=1)):
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 410
    membership.end = None
    membership.save()
    assert client.get(path).status_code == 200, "a role that comes back opens it again"


def test_who_cannot_sign_in_reads_nothing(client, book, coach):
    path = path_of(subscribe(coach, "person"))
    assert client.get(path).status_code == 200
    coach.is_active = False
    coach.save()
    assert client.get(path).status_code == 410


def test_a_person_who_changes_organisation(client, book, coach, hall, diary):
    """Their own calendar follows them; the ETag tells, although nothing in the calendars has changed."""
    path = path_of(subscribe(coach, "person"))
    first = client.get(path)
    assert len(uids(first)) == 1
    other = diary(hall, title="Annet")
    line = other.line(wall("2026-03-11 17:00"), wall("2026-03-11 18:30"))
    coach.memberships.all().delete()
    factories.give_membership(coach, other.case.organisation, "leader")
    second = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert uids(second) == [str(line.uid)]


def test_a_unit_s_calendar_is_for_its_people_and_those_above(client, book):
    unit = book.case.unit
    above = factories.make_unit("Oppvekst", slug="oppvekst")
    unit.parent = above
    unit.save()
    other = factories.make_unit("Teknisk", slug="teknisk")
    for person in (factories.make_officer(unit, "Ola"), factories.make_leader(above, "Lise")):
        assert client.get(path_of(subscribe(person, "unit", unit))).status_code == 200
    reader = factories.make_officer(unit, "Rita", role="reader")
    stranger = factories.make_officer(other, "Stig")
    for person in (reader, stranger, factories.make_user("Kari")):
        with pytest.raises(NotFound):
            subscribe(person, "unit", Unit.objects.get(pk=unit.pk))


def test_a_merged_organisation_leads_on(client, book, coach):
    source, target = book.case.organisation, factories.make_organisation("Storlaget", leader=True)
    path = path_of(subscribe(coach, "organisation", source))
    officer = factories.make_officer(book.case.unit, "Ola")
    merge_organisations(source=source, target=target, by=officer, now=NOW)
    answer = client.get(path)
    assert answer.status_code == 200
    assert len(uids(answer)) == 1
    assert subscriptions.name_of(subscriptions.feeds_of(coach).get()) == "Storlaget"


def test_one_address_for_each_person_and_calendar(book, coach):
    first = subscribe(coach, "organisation", book.case.organisation)
    assert subscribe(coach, "organisation", book.case.organisation).pk == first.pk
    assert subscribe(coach, "organisation", book.case.organisation, language="en").language == "en"
    assert subscribe(coach, "person").pk != first.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Feed.objects.create(
            feed_id="x", kind="organisation", user=coach, organisation=book.case.organisation, nonce="x", created_at=NOW
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Feed.objects.create(feed_id="y", kind="unit", user=coach, nonce="x", created_at=NOW)


def test_what_cannot_be_asked_for(book, coach):
    with pytest.raises(NotFound):
        subscribe(factories.make_user("Fremmed"), "organisation", book.case.organisation)
    for kind, language in (("works", "nb"), ("person", "de")):
        with pytest.raises(Invalid):
            subscribe(coach, kind, language=language)
    with pytest.raises(Invalid):
        services.subscribe(user=coach, kind="unit", language="nb", now=NOW)
    feed = subscribe(coach, "person")
    for act in (services.rotate, services.revoke):
        with pytest.raises(NotFound):
            act(feed_id=feed.feed_id, by=factories.make_user("Annen"), now=NOW)


def test_a_new_key_keeps_old_addresses_while_the_old_key_is_known(client, book, coach):
    from django.conf import settings

    old, new = "an-old-key-" + "x" * 40, "a-new-key-" + "y" * 40
    with override_settings(BOOKING={**settings.BOOKING, "encryption_keys": [old]}):
        path = path_of(subscribe(coach, "person"))
        assert client.get(path).status_code == 200
    with override_settings(BOOKING={**settings.BOOKING, "encryption_keys": [new, old]}):
        assert client.get(path).status_code == 200
        assert path_of(Feed.objects.get()) != path
        assert client.get(path_of(Feed.objects.get())).status_code == 200
    with override_settings(BOOKING={**settings.BOOKING, "encryption_keys": [new]}):
        assert client.get(path).status_code == 404


def test_wrong_secrets_are_counted_and_right_ones_never(client, book, coach):
    path = path_of(subscribe(coach, "person"))
    wrong = re.sub("/[^/]{43}/", f"/{'A' * 43}/", path)
    for _ in range(60):
        assert client.get(wrong).status_code == 404
    refused = client.get(wrong)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    for _ in range(70):
        assert client.get(path).status_code == 200


class TestLastFetched:
    """By day and family of programs, and nothing else of who asks."""

    @pytest.mark.parametrize(
        ("agent", "family"),
        [
            ("Google-Calendar-Importer", "google"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1)", "google"),
            ("Microsoft.Exchange/15.20 (Windows NT 10.0; Win64; x64)", "outlook"),
            ("Microsoft Office/16.0 (Microsoft Outlook 16.0)", "outlook"),
            ("iOS/17.4 (21E219) dataaccessd/1.0", "apple"),
            ("macOS/14.4 (23E214) CalendarAgent/1012", "apple"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5", "thunderbird"),
            ("ICSx5/2.2.1 (ical4j/3.2; okhttp/4.12) Android/14", "android"),
            ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36", "browser"),
            ("vdirsyncer/0.19", "other"),
            ("", "other"),
        ],
    )  # fmt: skip
    def test_families(self, agent, family):
        assert clients.family(agent) == family
        assert family in clients.FAMILIES

    def test_the_day_is_kept_once(self, client, book, coach, django_assert_max_num_queries):
        path = path_of(subscribe(coach, "person"))
        agent = {"User-Agent": "Google-Calendar-Importer"}
        etag = client.get(path, headers=agent)["ETag"]
        assert Feed.objects.get().fetched == {"google": "2026-03-02"}
        with django_assert_max_num_queries(3):
            client.get(path, headers=agent | {"If-None-Match": etag})
        with clock.at(NOW + timedelta(days=1)):
            client.get(path, headers={"If-None-Match": etag, "User-Agent": "ICSx5/2.2"})
        feed = Feed.objects.get()
        assert feed.fetched == {"google": "2026-03-02", "android": "2026-03-03"}
        assert subscriptions.last_fetched(feed) == date(2026, 3, 3)

    def test_a_wrong_address_leaves_no_trace(self, client, book, coach):
        path = path_of(subscribe(coach, "person"))
        client.get(re.sub("/[^/]{43}/", f"/{'A' * 43}/", path))
        assert Feed.objects.get().fetched == {}

    def test_a_database_that_is_busy_stops_no_reader(self, client, book, coach, monkeypatch):
        from django.db import OperationalError

        subscribe(coach, "person")

        def busy(*args, **kwargs):
            raise OperationalError("database is locked")

        monkeypatch.setattr(QuerySet, "update", busy)
        monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
        feed = Feed.objects.get()
        services.note_fetch(feed, agent="x", on=date(2026, 3, 2))


def test_where_it_was_cut_is_told_to_the_owner(client, book, coach, monkeypatch):
    from booking.calendars.services import reading

    for day in range(10, 20):
        book.line(wall(f"2026-03-{day:02d} 10:00"), wall(f"2026-03-{day:02d} 11:00"))
    path = path_of(subscribe(coach, "person"))
    monkeypatch.setattr(reading, "narrow", lambda sizes, **limits: 3)
    body_of(client.get(path))
    assert Feed.objects.get().cut_on == date(2026, 3, 12)
    client.force_login(coach)
    page = client.get("/en/my/calendars/").content.decode()
    assert "it shows what begins before 12 March" in page


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "OPTIONS"])
def test_other_methods_are_refused(client, book, coach, method):
    path = path_of(subscribe(coach, "person"))
    strict = client.__class__(enforce_csrf_checks=True)
    answer = strict.generic(method, path, b"x")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"


def test_secrets_stay_out_of_logs(book, coach):
    path = path_of(subscribe(coach, "person"))
    record = logging.LogRecord("django.request", logging.WARNING, "x", 1, "Gone: %s", (path,), None)
    assert HideSecrets().filter(record)
    assert path.split("/")[3] not in record.getMessage()


def test_ids_are_unlike_and_secrets_of_one_open_no_other(book, coach):
    assert len({secrets.new_id() for _ in range(1000)}) == 1000
    first, second = subscribe(coach, "person"), subscribe(coach, "organisation", book.case.organisation)
    secret = secrets.secret(first.feed_id, first.nonce)
    assert secrets.fits(secret, first.feed_id, [first.nonce])
    assert not secrets.fits(secret, second.feed_id, [second.nonce])
    assert not secrets.fits("", first.feed_id, [first.nonce])


def test_what_nobody_reads_any_more_is_forgotten(client, book, coach):
    from booking.calendars.models import RenderedEvent

    feed = subscribe(coach, "organisation", book.case.organisation)
    body_of(client.get(path_of(feed)))
    kept = RenderedEvent.objects.filter(variant__startswith="party-")
    assert services.forget_what_nobody_reads(NOW) == 0
    assert kept.exists()
    services.revoke(feed_id=feed.feed_id, by=coach, now=NOW)
    assert services.forget_what_nobody_reads(NOW) == 1
    assert not kept.exists()


def test_erasing_a_person_ends_their_addresses(client, book, coach):
    from booking.calendars import personal
    from booking.foundation.personal import personal_data, retention_class

    path = path_of(subscribe(coach, "person"))
    body_of(client.get(path))
    data = next(one for one in personal_data() if one.name == "feeds")
    [record] = data.collect(coach)
    assert any(fact.code == "fetched" for fact in record.facts)
    secret = path.split("/")[3]
    assert all(secret not in str(fact.value) for fact in record.facts)
    assert data.erase(coach, NOW) == 1
    assert client.get(path).status_code == 410
    feed = Feed.objects.get()
    assert (feed.revoked_at, feed.fetched) == (NOW, {})
    klass = retention_class("ended_feeds")
    assert klass is not None
    assert klass.forget(klass.rows(), NOW) == 1
    assert client.get(path).status_code == 404
    assert personal.register is not None


def test_the_same_bytes_whatever_the_reader_prefers(client, book, coach):
    path = path_of(subscribe(coach, "person", language="nn"))
    plain = client.get(path)
    noisy = client.get(path, headers={"Accept-Language": "en-US,en;q=0.9", "Accept": "text/html", "Cookie": "a=b"})
    assert body_of(noisy) == body_of(plain)
    assert noisy["ETag"] == plain["ETag"]
    assert plain["Content-Language"] == "nn"
    assert client.get(f"{path}?lang=en")["Content-Language"] == "en"
