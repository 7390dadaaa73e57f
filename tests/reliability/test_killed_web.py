"""kill -9 of the web process before every single statement that writes: no half case, and sending again gives one.

The process is a real one, under production's settings; the database is the test's own, SQLite or PostgreSQL.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from wagtail.models import APIToken

from booking.cases.models import Case, Decision, Event, Line
from booking.catalogue.models import Cover
from booking.correspondence import services
from booking.correspondence.models import OutboxMessage, OutboxState
from booking.foundation import clock
from booking.foundation.models import IdempotencyRecord
from booking.occupancy.models import Occupancy
from tests.cases.conftest import Town, body, make_town
from tests.correspondence import mailserver
from tests.reliability.servers import SECRET_KEY, Web, database_url, wait_for

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow]
REQUESTS = "/api/booking/v1/requests/"


@pytest.fixture
def mail(settings: Any) -> Iterator[tuple[mailserver.Handler, int]]:
    with mailserver.running() as (handler, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 1
        yield handler, port


@pytest.fixture
def web(tmp_path: Path, mail: tuple[mailserver.Handler, int]) -> Iterator[Web]:
    server = Web(tmp_path, database_url(), mail[1])
    yield server
    server.end()


@pytest.fixture(autouse=True)
def _one_key(settings: Any) -> None:
    settings.SECRET_KEY = SECRET_KEY


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def next_monday(hour: int) -> datetime:
    """The server's clock is the true one: a week from now on, in the morning, in whole hours."""
    day = (clock.now() + timedelta(days=9)).date()
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def key_for(user: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {APIToken.create_token(user=user, name='t')[1]}"}


def nothing_is_half() -> None:
    """What hangs together is there together: cases, lines, time, log, letters, kept answers."""
    for case in Case.objects.all():
        assert case.lines.exists(), "a case without lines"
        assert case.events.filter(type="received").exists(), "a case without its log"
        assert OutboxMessage.objects.filter(key__startswith=f"receipt:{case.pk}:").count() == 1, (
            "a case without receipt"
        )
    for line in Line.objects.all():
        taken = Occupancy.objects.filter(cause_kind="line", cause_id=line.pk)
        status = {"requested": "tentative", "granted": "confirmed"}[line.state]
        assert {row.status for row in taken} == {status}, f"a {line.state} line whose time isn't {status}"
        assert taken.count() == Cover.objects.filter(resource=line.resource).count()
        assert (line.state == "granted") == (line.decision_id is not None), "a decision without its line"
    lines, cases = Line.objects.values("pk"), Case.objects.values_list("pk", flat=True)
    assert not Occupancy.objects.exclude(cause_id__in=lines).exists(), "time without a line"
    assert not Event.objects.exclude(case_id__in=list(cases)).exists()
    assert not Decision.objects.exclude(lines__in=lines).exists(), "a decision about nothing"
    for letter in OutboxMessage.objects.all():
        assert letter.payload["case"] in set(cases), "a letter about no case"
    assert not IdempotencyRecord.objects.filter(status=None).exists(), "an answer that was never given is kept"


def test_asking_by_program(web: Web, town: Town, mail: tuple[mailserver.Handler, int]) -> None:
    """One key for all tries: whether it died before the commit or after, the client ends with one case."""
    start = next_monday(10)
    data = body(town.room, start, start + timedelta(hours=2), organisation=town.club.slug, purpose="Trening")
    headers = key_for(town.coach) | {"Idempotency-Key": "from-the-club-s-own-program"}
    died_before, answer = [], None
    for number in range(1, 80):
        web.stand_still_before(number)
        answer, where = web.kill_it_there(lambda: web.post(REQUESTS, data, **headers))
        nothing_is_half()
        assert Case.objects.count() <= 1
        if not where:
            break
        assert answer.status == 0
        died_before.append(where)
    assert answer is not None
    assert answer.status == 201, answer.body
    case = Case.objects.get()
    assert answer.json["ref"] == case.reference
    # It died in the middle of the case, not only around it.
    for table in ("case", "line", "occupancy", "event", "outboxmessage", "idempotencyrecord"):
        assert any(f"samskap_booking_{table}" in statement for statement in died_before), (table, died_before)
    # And once more, as a client does that got no answer.
    again = web.post(REQUESTS, data, **headers)
    assert (again.status, again.json["ref"], again.headers["Idempotency-Replayed"]) == (201, case.reference, "true")
    assert Case.objects.count() == 1
    # The receipt is owed, whoever died while sending it: `tick` sends it, with the same Message-ID if it is the second.
    OutboxMessage.objects.exclude(lease_until=None).update(lease_until=clock.real() - timedelta(seconds=1))
    services.send_due(clock.now())
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {OutboxState.SENT}
    assert len({letter["Message-ID"] for letter in mail[0].accepted}) == 1


def test_granting_by_program(web: Web, town: Town) -> None:
    """Every try of the officer's program that dies leaves the request as it was asked."""
    start = next_monday(10)
    case = town.ask(body(town.room, start, start + timedelta(hours=2)), now=clock.now())
    services.send_due(clock.now())
    headers = key_for(town.officer) | {"Idempotency-Key": "one-grant"}
    path, data = f"{REQUESTS}{case.reference}/decide/", {"lines": [{"id": 1, "outcome": "grant"}]}
    died_before, answer = [], None
    for number in range(1, 80):
        web.stand_still_before(number)
        answer, where = web.kill_it_there(lambda: web.post(path, data, **headers))
        nothing_is_half()
        if not where:
            break
        died_before.append(where)
    assert answer is not None
    assert (answer.status, answer.json["state"]) == (200, "granted"), answer.body
    for table in ("decision", "line", "occupancy", "event", "outboxmessage"):
        assert any(f"samskap_booking_{table}" in statement for statement in died_before), (table, died_before)
    assert OutboxMessage.objects.filter(handler="case_decision").count() == 1
    assert list(case.events.values_list("type", flat=True)).count("granted") == 1


def signed_in(user: Any) -> str:
    """A session as the sign-in makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def test_the_form_that_was_sent_again_after_the_page_broke(web: Web, town: Town) -> None:
    """The browser shows that the connection broke; the person presses "send" once more. Killed here and there."""
    address = f"/ask/{town.room.slug}/"
    cookies = {"sessionid": signed_in(town.coach), "csrftoken": "0" * 32}
    start = next_monday(10)
    data = {
        "action": "send", "day": f"{start:%Y-%m-%d}", "start": "12:00", "end": "14:00", "purpose": "Trening",
        "about": "20", "submission_key": "of-this-form", "if_taken": "refuse",
    }  # fmt: skip
    killed = 0
    for number in (2, 4, 6, 9, 12, 15, 0):
        web.stand_still_before(number)
        answer, where = web.kill_it_there(lambda: web.submit(address, data, cookies))
        nothing_is_half()
        killed += bool(where)
    assert killed >= 3
    assert answer.status == 302, answer.text
    assert answer.headers["Location"] == f"/cases/{Case.objects.get().reference}/"


def test_the_whole_service_killed_and_started_anew(web: Web, town: Town) -> None:
    """Not only one process of it: as when the machine goes down."""
    start = next_monday(10)
    data = body(town.room, start, start + timedelta(hours=2), organisation=town.club.slug, purpose="Trening")
    headers = key_for(town.coach) | {"Idempotency-Key": "k"}
    web.stand_still_before(6)
    thread = threading.Thread(target=lambda: web.post(REQUESTS, data, **headers))
    thread.start()
    wait_for(lambda: web.order.with_suffix(".here").exists(), "the request stands still")
    web.end()
    thread.join()
    web.order.unlink()
    assert not Case.objects.exists()
    nothing_is_half()
    web.start()
    assert web.get("/readyz").status == 200
    assert web.post(REQUESTS, data, **headers).status == 201
    assert Case.objects.count() == 1
    nothing_is_half()


def test_what_is_uncertain_stands_on_the_officers_page(
    web: Web, town: Town, mail: tuple[mailserver.Handler, int]
) -> None:
    """The process died after the mail server took the text: nobody knows, so a person is told; a receipt goes again."""
    start = next_monday(10)
    data = body(town.room, start, start + timedelta(hours=2), organisation=town.club.slug, purpose="Trening")
    pids = []

    def die() -> None:
        if not pids:
            pids.append(web_process(web))
            mailserver.kill(pids[0])

    mail[0].on_data = die
    web.stand_still_before(0)
    answer = web.post(REQUESTS, data, **(key_for(town.coach) | {"Idempotency-Key": "k"}))
    assert answer.status == 0
    case = Case.objects.get()
    assert OutboxMessage.objects.get().state == OutboxState.SENDING
    OutboxMessage.objects.update(lease_until=clock.real() - timedelta(seconds=1))
    services.find_lost()
    assert OutboxMessage.objects.get().state == OutboxState.UNCERTAIN
    officer = Client()
    officer.force_login(town.officer)
    page = officer.get("/admin/booking/outbox/").content.decode()
    assert case.reference in page
    assert town.coach.email in page
    assert "/admin/booking/outbox/" in officer.get("/admin/").content.decode()
    services.send_due(clock.now())
    assert OutboxMessage.objects.get().state == OutboxState.SENT
    assert len(mail[0].accepted) == 2
    assert len({letter["Message-ID"] for letter in mail[0].accepted}) == 1
    assert case.reference not in officer.get("/admin/booking/outbox/").content.decode()


def web_process(web: Web) -> int:
    """The process that answers: gunicorn's only child."""
    children = Path(f"/proc/{web.popen.pid}/task/{web.popen.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])
