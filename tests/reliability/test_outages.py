"""The database goes away under a running web server and a running worker, and comes back. Nobody starts them anew."""

from __future__ import annotations

import html
import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from booking.cases.models import Case
from booking.correspondence import services
from booking.foundation import clock
from tests.cases.conftest import Town, body, make_town
from tests.correspondence import mailserver
from tests.reliability.servers import SECRET_KEY, Answer, Cluster, Web, Worker, database_url, wait_for
from tests.reliability.test_killed_web import REQUESTS, key_for, next_monday, signed_in
from tools import run_tests

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow]
postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="a PostgreSQL that is stopped")
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="an SQLite file that is locked")


@pytest.fixture(autouse=True)
def _one_key(settings: Any) -> None:
    settings.SECRET_KEY = SECRET_KEY


@pytest.fixture
def mail() -> Iterator[tuple[mailserver.Handler, int]]:
    with mailserver.running() as (handler, port):
        yield handler, port


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def form(start: Any, **changes: str) -> dict[str, str]:
    return {
        "action": "send", "day": f"{start:%Y-%m-%d}", "start": "12:00", "end": "14:00", "about": "20",
        "purpose": "Trening <jenter> & gutter", "message": "Vi trenger\r\nnøkkelen", "submission_key": "of-this-form",
        "if_taken": "refuse",
    } | changes  # fmt: skip


def is_a_problem(answer: Answer) -> None:
    """What a program is told while the database is away."""
    assert (answer.status, answer.json["code"]) == (503, "unavailable"), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def is_a_page(answer: Answer) -> None:
    """What a person is told: friendly, in Norwegian, and when to come back."""
    assert answer.status == 503, (answer.status, answer.text[:500])
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "er gått tapt" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def kept(answer: Answer) -> dict[str, str]:
    """The fields of the form that the page offers to send once more."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    return {html.unescape(name): html.unescape(value) for name, value in found}


@postgresql
def test_postgresql_crashes_and_comes_back(town: Town, tmp_path: Path, mail: tuple[mailserver.Handler, int]) -> None:
    place = run_tests.binaries()
    if place is None:
        pytest.skip("no PostgreSQL binaries on this machine (Debian: apt-get install postgresql)")
    start = next_monday(10)
    waiting = town.ask(body(town.room, start, start + timedelta(hours=2)), now=clock.now())
    headers = key_for(town.coach) | {"Idempotency-Key": "k"}
    later = start + timedelta(days=1)
    data = body(town.room, later, later + timedelta(hours=2), organisation=town.club.slug, purpose="Trening")
    cookies = {"sessionid": signed_in(town.coach), "csrftoken": "0" * 32}
    cluster = Cluster(place)
    started: list[Any] = [cluster]
    try:
        cluster.take_copy()
        started.append(web := Web(tmp_path, cluster.url, mail[1]))
        started.append(worker := Worker(web, tmp_path))
        assert web.get("/find/").status == 200
        assert web.get(REQUESTS, **headers).json["count"] == 1

        cluster.crash()
        assert web.get("/healthz").status == 200
        assert web.get("/readyz").status == 503
        is_a_problem(web.get(REQUESTS, **headers))
        is_a_problem(web.get("/api/booking/v1/resources/"))
        is_a_problem(web.post(REQUESTS, data, **headers))
        for path in ("/find/", f"/things/{town.room.slug}/", f"/ask/{town.room.slug}/", "/enquiry/", "/nn/find/"):
            is_a_page(web.get(path))
        is_a_page(web.call("GET", "/my/cases/", headers={"Cookie": f"sessionid={cookies['sessionid']}"}))
        is_a_page(web.get("/no-such-page/"))
        lost = web.submit(f"/ask/{town.room.slug}/", form(later + timedelta(days=1)), cookies)
        is_a_page(lost)
        typed = kept(lost)
        assert typed.items() >= form(later + timedelta(days=1)).items(), "what was typed is on the page"
        feed = web.get(f"/feeds/resource-{town.room.slug}.ics")
        assert feed.status == 503
        assert int(feed.headers["Retry-After"]) > 0
        time.sleep(3)
        assert worker.popen.poll() is None, worker.log.read_text()

        cluster.start()
        wait_for(lambda: web.get("/readyz").status == 200, "the server is ready again")
        # The same key, the same form: nobody asks twice for having been patient.
        sent = web.post(REQUESTS, data, **headers)
        assert sent.status == 201, sent.text
        assert web.post(REQUESTS, data, **headers).json["ref"] == sent.json["ref"]
        again = web.submit(f"/ask/{town.room.slug}/", typed, cookies)
        assert again.status == 302, again.text[:2000]
        assert web.submit(f"/ask/{town.room.slug}/", typed, cookies).headers["Location"] == again.headers["Location"]
        assert web.get(f"{REQUESTS}{waiting.reference}/", **headers).status == 200
        assert web.get("/find/").status == 200
        assert cluster.ask("SELECT count(*) FROM samskap_booking_case") == [(3,)]
        wait_for(
            lambda: cluster.ask("SELECT count(*) FROM samskap_booking_outboxmessage WHERE state <> 'sent'") == [(0,)],
            "every receipt has left",
        )
        # To the coach: the officer's morning letter may come in between, by the hour at which the suite runs.
        receipts = [letter for letter in mail[0].accepted if town.coach.email in letter["To"]]
        assert len({letter["Message-ID"] for letter in receipts}) == len(receipts) == 2
        assert worker.popen.poll() is None
    finally:
        for one in reversed(started):
            one.end()


@sqlite
def test_a_file_that_is_locked_for_long(town: Town, tmp_path: Path, mail: tuple[mailserver.Handler, int]) -> None:
    """Somebody's backup or shell holds the file: readers read, writers are told to come back, nothing is lost."""
    start = next_monday(10)
    headers = key_for(town.coach) | {"Idempotency-Key": "k"}
    data = body(town.room, start, start + timedelta(hours=2), organisation=town.club.slug, purpose="Trening")
    cookies = {"sessionid": signed_in(town.coach), "csrftoken": "0" * 32}
    connections.close_all()
    started: list[Any] = []
    holder = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        started.append(web := Web(tmp_path, database_url(), mail[1], SQLITE_PATIENCE="1"))
        started.append(worker := Worker(web, tmp_path))
        assert web.get(REQUESTS, **headers).json["count"] == 0
        holder.execute("BEGIN IMMEDIATE")
        assert web.get("/readyz").status == 200
        assert web.get("/find/").status == 200
        assert web.get(REQUESTS, **headers).status == 200
        begun = time.monotonic()
        is_a_problem(web.post(REQUESTS, data, **headers))
        is_a_problem(web.post(REQUESTS, data, **key_for_no_key(headers)))
        lost = web.submit(f"/ask/{town.room.slug}/", form(start + timedelta(days=1)), cookies)
        is_a_page(lost)
        is_a_page(web.submit("/account/login/", {"email": "kari@example.org"}, cookies={"csrftoken": "0" * 32}))
        # Each waits as long as it is set to, and doesn't begin again and again.
        assert time.monotonic() - begun < 20
        time.sleep(2)
        assert worker.popen.poll() is None, worker.log.read_text()
        holder.execute("ROLLBACK")

        assert web.post(REQUESTS, data, **headers).status == 201
        again = web.submit(f"/ask/{town.room.slug}/", kept(lost), cookies)
        assert again.status == 302, again.text[:2000]
        assert Case.objects.count() == 2
        wait_for(lambda: len(mail[0].accepted) == 2, "both receipts have left")
    finally:
        holder.close()
        for one in reversed(started):
            one.end()


def key_for_no_key(headers: dict[str, str]) -> dict[str, str]:
    """Without the Idempotency-Key: another way through the code."""
    return {name: value for name, value in headers.items() if name != "Idempotency-Key"}


def test_a_service_that_slept_for_ten_days_says_everything_once_and_late(
    town: Town, mail: tuple[mailserver.Handler, int], settings: Any
) -> None:
    """Nothing ran for ten days: no mail, no timers. Then everything that was owed goes out, and nothing twice."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", run_tests.free_port(), 1
    then = clock.now() - timedelta(days=10)
    with clock.at(then):
        start = next_monday(10) + timedelta(days=10)
        case = town.ask(body(town.room, start, start + timedelta(hours=2)), now=then)
        town.decide(case, "grant", now=then)
    officer = Client()
    officer.force_login(town.officer)
    page = officer.get("/admin/booking/outbox/").content.decode()
    assert page.count(case.reference) >= 2, "what is late is shown"
    assert services.send_due(clock.now()).sent == 0
    settings.EMAIL_PORT = mail[1]
    for _once_and_again in range(2):
        # The try that failed just now waits its half minute.
        call_command("tick", now=(clock.now() + timedelta(minutes=1)).isoformat(), verbosity=0)
    assert len(mail[0].accepted) == 2
    assert case.reference not in officer.get("/admin/booking/outbox/").content.decode()
