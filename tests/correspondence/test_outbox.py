"""The outbox against a mail server that accepts, refuses and hangs. Nothing is lost, nothing is said twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from booking.correspondence import at_once, selectors, services
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from tests.correspondence.mailserver import Handler
from tests.factories import NOW

pytestmark = pytest.mark.django_db

Enqueue = Callable[..., None]


def only() -> OutboxMessage:
    return OutboxMessage.objects.get()


def test_a_letter_leaves_with_text_html_and_a_stable_id(server: Handler, enqueue: Enqueue) -> None:
    enqueue(language="nn", legal=True)
    assert services.send_due(NOW).sent == 1
    (letter,) = server.accepted
    row = only()
    assert letter["Message-ID"] == row.message_id
    assert (letter["To"], letter["Content-Language"]) == ("mottaker1@example.org", "nn")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in letter.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert (row.state, row.subject, row.sent_at, row.attempts) == ("sent", "Letter 1 (nn)", NOW, 1)
    assert services.send_due(NOW).sent == 0


def test_the_same_key_is_said_once(server: Handler, enqueue: Enqueue) -> None:
    enqueue()
    enqueue()
    services.send_due(NOW)
    enqueue()
    services.send_due(NOW)
    assert len(server.accepted) == 1


def test_nothing_leaves_before_it_is_due(server: Handler, enqueue: Enqueue) -> None:
    enqueue(due_at=NOW + timedelta(seconds=60))
    assert services.send_due(NOW + timedelta(seconds=59)).sent == 0
    assert services.send_due(NOW + timedelta(seconds=60)).sent == 1


def test_what_is_no_longer_true_is_dropped(server: Handler, enqueue: Enqueue) -> None:
    enqueue(handler="test_gone")
    assert services.send_due(NOW).dropped == 1
    assert (only().state, server.accepted) == ("dropped", [])


def test_a_secret_is_erased_when_it_has_left(server: Handler, enqueue: Enqueue) -> None:
    enqueue(handler="test_secret")
    services.send_due(NOW)
    assert "123-456" in server.accepted[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    row = only()
    assert (row.state, row.payload, row.body, row.subject) == ("sent", {}, "", "")


def test_an_old_secret_that_never_left_is_erased_too(server: Handler, enqueue: Enqueue) -> None:
    enqueue(handler="test_secret")
    assert services.forget_secrets(NOW + timedelta(minutes=59)) == 0
    assert services.forget_secrets(NOW + timedelta(minutes=61)) == 1
    assert (only().state, only().payload) == ("dropped", {})


def test_a_server_that_refuses_loses_nothing_and_is_asked_ever_more_seldom(server: Handler, enqueue: Enqueue) -> None:
    enqueue()
    server.refuse_data = "554 not today"
    now, pauses = NOW, []
    for _attempt in range(10):
        assert services.send_due(now).retried == 1
        pauses.append(only().due_at - now)
        assert services.send_due(now).retried == 0  # not again before its time
        now = only().due_at
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=30), timedelta(minutes=30))
    assert "554" in only().last_error
    assert list(selectors.not_gone_out(now)) == [only()]
    server.refuse_data = ""
    assert services.send_due(now).sent == 1
    assert not selectors.not_gone_out(now).exists()


def test_an_outage_of_ten_days_loses_nothing(server: Handler, enqueue: Enqueue) -> None:
    enqueue(5)
    server.refuse_recipient = "451 try later"
    now = NOW
    while now < NOW + timedelta(days=10):
        services.send_due(now)
        now += timedelta(hours=6)
    assert {row.state for row in OutboxMessage.objects.all()} == {"queued"}
    assert selectors.oldest_due(now) >= timedelta(days=10)
    server.refuse_recipient = ""
    services.send_due(now)
    assert sorted(server.subjects) == [f"Letter {number} (nb)" for number in range(1, 6)]


def test_only_a_recipient_refused_for_good_for_three_days_is_given_up_and_a_person_can_try_again(
    server: Handler, enqueue: Enqueue
) -> None:
    enqueue()
    server.refuse_recipient = "550 no such user"
    services.send_due(NOW)
    assert only().state == "queued"
    assert services.send_due(NOW + timedelta(days=4)).failed == 1
    assert only().state == "failed"
    assert list(selectors.not_gone_out(NOW)) == [only()]
    server.refuse_recipient = ""
    assert services.requeue(OutboxMessage.objects.all(), now=NOW + timedelta(days=4)) == 1
    assert services.send_due(NOW + timedelta(days=4)).sent == 1


def test_nobody_there_stops_the_run_instead_of_knocking_for_every_letter(settings: Any, enqueue: Enqueue) -> None:
    from tests.correspondence.mailserver import free_port

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", free_port(), 1
    enqueue(30)
    report = services.send_due(NOW)
    assert (report.sent, report.retried) == (0, services.STRIKES)
    assert OutboxMessage.objects.filter(lease_token="").count() == 30


def test_silence_before_the_text_is_tried_again(server: Handler, enqueue: Enqueue) -> None:
    enqueue()
    server.hang_at = "rcpt"
    assert services.send_due(NOW).retried == 1
    assert only().state == "queued"


@pytest.mark.parametrize(("legal", "state"), [(True, "sent"), (False, "uncertain")])
def test_silence_after_the_text_is_uncertain_and_only_legal_letters_go_again(
    server: Handler, enqueue: Enqueue, legal: bool, state: str
) -> None:
    enqueue(legal=legal)
    server.hang_at = "data"
    assert services.send_due(NOW).uncertain == 1
    assert only().state == "uncertain"
    assert list(selectors.not_gone_out(NOW)) == [only()]
    server.hang_at = ""
    services.send_due(NOW + timedelta(hours=1))
    assert only().state == state
    assert len({letter["Message-ID"] for letter in server.accepted}) == 1
    assert len(server.accepted) == (2 if legal else 1)


def test_a_letter_that_cannot_be_written_does_not_stop_the_others(server: Handler, enqueue: Enqueue) -> None:
    enqueue(key="broken", payload={})
    enqueue()
    report = services.send_due(NOW)
    assert (report.sent, report.retried) == (1, 1)
    assert "KeyError" in OutboxMessage.objects.get(key="broken").last_error


def test_a_lease_keeps_others_away_until_it_runs_out(server: Handler, enqueue: Enqueue) -> None:
    enqueue()
    OutboxMessage.objects.update(lease_until=clock.real() + timedelta(minutes=1), lease_token="somebody")
    assert services.send_due(NOW).sent == 0
    with clock.at(NOW + timedelta(days=3650)):  # a moved clock doesn't end anybody's lease
        assert services.send_due(NOW + timedelta(days=3650)).sent == 0
    OutboxMessage.objects.update(lease_until=clock.real() - timedelta(seconds=1))
    assert services.send_due(NOW).sent == 1


def test_a_title_cannot_write_mail_headers(server: Handler, enqueue: Enqueue) -> None:
    from booking.correspondence.letters import one_line

    assert one_line("Fest\r\nBcc: alle@example.org") == "Fest Bcc: alle@example.org"


def test_a_handler_that_nobody_registered_is_refused_when_written(enqueue: Enqueue) -> None:
    with pytest.raises(KeyError):
        enqueue(handler="no_such_letter")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAtOnce:
    """Receipts and log-in codes are tried right after the commit, for five seconds at most."""

    def test_it_has_left_when_the_transaction_is_over(self, server: Handler, enqueue: Enqueue) -> None:
        with transaction.atomic():
            enqueue(soon=True, now=clock.now())
            assert server.accepted == []
        assert only().state == "sent"
        assert len(server.accepted) == 1

    def test_a_rolled_back_change_says_nothing(self, server: Handler, enqueue: Enqueue) -> None:
        with transaction.atomic():
            enqueue(soon=True, now=clock.now())
            transaction.set_rollback(True)
        assert (OutboxMessage.objects.count(), server.accepted) == (0, [])

    def test_a_server_that_hangs_holds_nobody_longer_than_five_seconds(
        self, server: Handler, enqueue: Enqueue, settings: Any
    ) -> None:
        settings.EMAIL_TIMEOUT = 7
        server.hang_at = "rcpt"
        began = time.monotonic()
        with transaction.atomic():
            enqueue(soon=True, now=clock.now())
        assert time.monotonic() - began < 6
        assert only().state == "sending"
        began = time.monotonic()
        with transaction.atomic():
            enqueue(soon=True, now=clock.now(), key="next")
        assert time.monotonic() - began < 1  # the server gets a rest; the worker sends
        assert OutboxMessage.objects.get(key="next").state == "queued"
        deadline = time.monotonic() + 20
        while OutboxMessage.objects.get(key="test_plain:1").state == "sending" and time.monotonic() < deadline:
            time.sleep(0.2)
        assert OutboxMessage.objects.get(key="test_plain:1").state == "queued"
        at_once.rested()

    def test_no_connection_is_left_behind(self, server: Handler, enqueue: Enqueue) -> None:
        with transaction.atomic():
            enqueue(soon=True, now=clock.now())
        assert not connection.in_atomic_block


def test_a_clock_that_ran_ten_days_ahead_holds_nothing_back(server: Handler, enqueue: Callable[..., None]) -> None:
    """Leases and next tries that were written by it count as over; what is meant for a later day still waits."""
    real = clock.real()
    enqueue(2, now=real, legal=True)
    enqueue(1, handler="test_gone", now=real, due_at=real + timedelta(days=20))
    first, second = OutboxMessage.objects.filter(handler="test_plain").order_by("pk")
    ahead = real + timedelta(days=10)
    OutboxMessage.objects.filter(pk=first.pk).update(due_at=ahead, attempts=1)
    OutboxMessage.objects.filter(pk=second.pk).update(state="sending", lease_until=ahead, lease_token="x", attempts=1)
    report = services.send_due(real)
    assert (report.sent, report.uncertain, len(server.accepted)) == (2, 1, 2)
    assert OutboxMessage.objects.get(handler="test_gone").state == "queued"
