"""Telling, against a real receiver: signed, in order, tried again, given up, switched off (Standard Webhooks)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from booking.correspondence import services as correspondence
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock, reaching
from booking.webhooks import posting, rules, services
from booking.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from booking.webhooks.services import endpoints as endpoint_services
from tests.factories import NOW, give_role, make_unit, make_user
from tests.webhooks.conftest import LOCAL, Receiver, run

pytestmark = pytest.mark.django_db

Endpoint = Callable[..., WebhookEndpoint]


def happen(endpoint: WebhookEndpoint, count: int = 1) -> list[WebhookDelivery]:
    """So many events that wait for this endpoint."""
    made = []
    for number in range(count):
        event = WebhookEvent.objects.create(
            key=f"made:{endpoint.pk}:{number}:{time.monotonic_ns()}", message_id=f"msg_{time.monotonic_ns()}",
            type=rules.TEST, facts={"number": number}, at=NOW, created_at=NOW,
        )  # fmt: skip
        made.append(WebhookDelivery.objects.create(event=event, endpoint=endpoint, next_at=NOW, created_at=NOW))
    return made


def stand(one: WebhookDelivery) -> tuple[str, int]:
    one.refresh_from_db()
    return one.state, one.attempts


def later(seconds: float) -> Any:
    return clock.at(clock.real() + timedelta(seconds=seconds))


def test_what_is_sent_is_signed_so_that_another_implementation_accepts_it(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    row = endpoint()
    one = services.send_test(row, by=admin, now=NOW)
    assert run() == 1
    (got,) = receiver.got
    assert len(got["verified"]) == 1
    assert got["id"] == one.event.message_id
    assert got["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert abs(int(got["headers"]["webhook-timestamp"]) - time.time()) < 60
    assert receiver.events == [
        {"type": "webhook.test", "timestamp": "2026-03-02T10:00:00+01:00", "data": {"test": True, "webhook": "Arkivet"}}
    ]
    assert stand(one) == ("delivered", 1)
    attempt = one.tried.get()
    assert (attempt.outcome, attempt.status) == ("accepted", 200)
    assert attempt.answer == "answer 200 � of the receiver"
    kept = repr(attempt.sent) + repr(WebhookEndpoint.objects.values().get())
    assert "whsec_" not in kept


def test_events_come_in_the_order_in_which_they_happened(receiver: Receiver, endpoint: Endpoint) -> None:
    row = endpoint()
    happen(row, 7)
    assert run() == 7
    assert [one["data"]["number"] for one in receiver.events] == list(range(7))


def test_what_is_refused_is_tried_again_under_the_same_id_with_the_same_words(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    (one,) = happen(endpoint())
    receiver.will("500")
    assert run() == 1
    assert stand(one) == ("waiting", 1)
    assert run() == 0  # not before its pause is over
    receiver.will("200")
    with later(10):
        assert run() == 1
    assert stand(one) == ("delivered", 2)
    first, second = receiver.got
    assert (first["id"], first["body"]) == (second["id"], second["body"])
    assert [try_.outcome for try_ in one.tried.all()] == ["refused", "accepted"]


def test_one_event_that_a_receiver_can_t_take_holds_up_none_of_the_others(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    made = happen(endpoint(), 3)
    receiver.will("first 1 400")
    assert run() == 3
    assert [stand(one)[0] for one in made] == ["waiting", "delivered", "delivered"]


def test_a_receiver_that_is_down_is_asked_three_times_and_then_rests_and_the_oldest_comes_first(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    row = endpoint()
    happen(row, 6)
    receiver.will("503")
    assert run() == rules.STRIKES
    row.refresh_from_db()
    assert row.rest_until is not None
    assert row.rest_until > clock.real()
    assert run() == 0
    receiver.will("200")
    with later(60):
        assert run() == 6
    assert [one["data"]["number"] for one in receiver.events[3:]] == [0, 1, 2, 3, 4, 5]
    row.refresh_from_db()
    assert (row.failures, row.failing_since, row.rest_until) == (0, None, None)


def test_the_tries_have_an_end_after_three_days(receiver: Receiver, endpoint: Endpoint, admin: Any) -> None:
    (one,) = happen(row := endpoint())
    receiver.will("500")
    moment = clock.real()
    begun = moment
    while stand(one)[0] == "waiting":
        with clock.at(moment):
            run()
        one.refresh_from_db()
        moment = max(one.next_at, moment) + timedelta(hours=1)
    assert stand(one) == ("failed", 10)
    assert timedelta(days=3) < moment - begun < timedelta(days=4)
    row.refresh_from_db()
    assert row.state == "active"
    # A person has it sent again: a new round of tries, numbered on.
    receiver.will("200")
    services.send_again(one, by=admin, now=clock.now())
    with clock.at(moment + timedelta(hours=2)):
        run()
    assert stand(one) == ("delivered", 11)
    assert len({got["id"] for got in receiver.got}) == 1


def test_a_moved_clock_neither_hurries_the_tries_nor_leaves_them_in_its_future(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    (one,) = happen(endpoint())
    receiver.will("500")
    with clock.at(clock.real() + timedelta(days=400)):
        assert run() == 1
    assert stand(one) == ("waiting", 1)
    receiver.will("200")
    assert run() == 1


def test_410_switches_it_off_at_once_and_the_leaders_get_a_letter(receiver: Receiver, endpoint: Endpoint) -> None:
    unit = make_unit("Kultur")
    leader = make_user("Lise Leder", email="lise@example.org")
    give_role(leader, unit, "leader")
    row = endpoint(unit=unit)
    made = happen(row, 2)
    receiver.will("410")
    assert run() == 1
    row.refresh_from_db()
    assert (row.state, row.because) == ("disabled", "gone")
    assert [stand(one)[0] for one in made] == ["failed", "failed"]
    assert run() == 0
    assert list(OutboxMessage.objects.values_list("recipient", flat=True)) == ["lise@example.org"]
    OutboxMessage.objects.update(due_at=NOW)
    correspondence.send_due(clock.now())
    (letter,) = mail.outbox
    assert "Arkivet" in letter.subject
    assert f"/booking/webhooks/inspect/{row.pk}/" in letter.body


def test_after_five_days_without_an_answer_it_is_switched_off_and_the_administrators_are_told(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    row = endpoint()
    receiver.will("500")
    happen(row)
    run()
    happen(row)
    with clock.at(clock.real() + timedelta(days=4, hours=23)):
        run()
    row.refresh_from_db()
    assert row.state == "active"
    happen(row)
    with clock.at(clock.real() + timedelta(days=5, minutes=1)):
        run()
    row.refresh_from_db()
    assert (row.state, row.because) == ("disabled", "failing")
    assert OutboxMessage.objects.get().recipient_user == admin
    # On again, and everything that was given up once more.
    services.resume_endpoint(row, by=admin, now=clock.now())
    receiver.will("200")
    assert services.send_all_again(row, by=admin, now=clock.now()) == 3
    assert run() == 3
    row.refresh_from_db()
    assert (row.state, row.because, row.failing_since) == ("active", "", None)


def test_429_is_given_the_time_that_it_asks_for(receiver: Receiver, endpoint: Endpoint) -> None:
    row = endpoint()
    made = happen(row, 3)
    receiver.will("429 7200")
    assert run() == 1  # the whole endpoint rests
    row.refresh_from_db()
    assert row.rest_until is not None
    assert timedelta(minutes=119) < row.rest_until - clock.real() <= timedelta(hours=2)
    receiver.will("200")
    with later(7000):
        assert run() == 0
    with later(7300):
        assert run() == 3
    assert {stand(one)[0] for one in made} == {"delivered"}


def test_a_redirect_is_not_followed(receiver: Receiver, endpoint: Endpoint) -> None:
    (one,) = happen(endpoint())
    receiver.will("302")
    run()
    assert one.tried.get().outcome == "redirected"
    assert [got["path"] for got in receiver.got] == ["/hooks"]


def test_a_receiver_that_hangs_or_drips_is_left_at_the_limit_and_may_have_got_it(
    receiver: Receiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = happen(endpoint(), 2)
    real = posting.post
    monkeypatch.setattr(posting, "post", lambda *args, **kwargs: real(*args, **kwargs, seconds=0.6))
    begun = time.monotonic()
    receiver.will("hang 30")
    with later(0):
        services.send_to(made[0])
    receiver.will("drip")
    services.send_to(made[1])
    assert time.monotonic() - begun < 10
    for one in made:
        attempt = one.tried.get()
        assert (attempt.outcome, attempt.status, attempt.error["code"]) == ("no_answer", None, "server_slow")
    assert len(receiver.got) == 2


def test_of_an_answer_a_kilobyte_is_kept(receiver: Receiver, endpoint: Endpoint) -> None:
    (one,) = happen(endpoint())
    receiver.will("big")
    run()
    assert len(one.tried.get().answer) == 1024
    assert stand(one)[0] == "delivered"


def test_a_receiver_that_is_away_is_not_reached(receiver: Receiver, endpoint: Endpoint) -> None:
    (one,) = happen(endpoint())
    receiver.process.kill()
    receiver.process.wait()
    run()
    attempt = one.tried.get()
    assert (attempt.outcome, attempt.error["code"]) == ("unreached", "no_connection")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/", "scheme"),
        ("ftp://example.org/", "scheme"),
        ("https://kari:passord@example.org/", "bad_address"),
        ("https://10.0.0.1/", "private_address"),
        ("https://[::ffff:169.254.169.254]/latest/", "private_address"),
        ("nonsense", "scheme"),
        ("", "bad_address"),
    ],
)
def test_an_address_that_may_not_be_sent_to_is_refused_when_it_is_typed(
    admin: Any, settings: Any, url: str, code: str
) -> None:
    from booking.foundation.errors import Invalid

    with pytest.raises(Invalid) as caught:
        services.add_endpoint(services.Content("X", url, rules.all_types()), unit=None, by=admin, now=NOW)
    assert [(one.loc, one.code) for one in caught.value.errors] == [(("url",), code)]


def test_nobody_gets_the_server_to_send_into_the_own_network_whatever_the_name_leads_to(
    receiver: Receiver, endpoint: Endpoint, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is judged by what it leads to at the moment of sending; the address that was judged is the one asked."""
    row = endpoint()
    first, second = happen(row, 2)
    settings.BOOKING = settings.BOOKING | {"webhook_networks": []}
    WebhookEndpoint.objects.update(url=f"http://localhost:{receiver.port}/")
    services.send_to(first)
    attempt = first.tried.get()
    assert (attempt.outcome, attempt.error["code"]) == ("unreached", "private_address")
    assert receiver.got == []
    # A name that changes its mind: public when it is looked up, private at the next look. There is no next look.
    asked: list[str] = []
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    monkeypatch.setattr(
        socket, "getaddrinfo",
        lambda host, port, **kwargs: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))],
    )  # fmt: skip

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(address[0])
        raise OSError

    monkeypatch.setattr(reaching.socket, "create_connection", connect)
    services.send_to(second)
    assert asked == ["93.184.216.34"]
    assert receiver.got == []


def test_while_a_secret_is_replaced_both_sign_and_afterwards_the_new_one_alone(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    row = endpoint()
    old = (receiver.folder / "secret").read_text()
    services.rotate_secret(row, by=admin, now=clock.now())
    new = services.reveal_secret(row, by=admin, now=clock.now())
    assert old != new
    receiver.knows(old, new)
    happen(row)
    run()
    assert receiver.got[0]["verified"] == [old, new]
    from booking.foundation.errors import WrongState

    with pytest.raises(WrongState, match="rotating"):
        services.rotate_secret(row, by=admin, now=clock.now())
    with pytest.raises(WrongState, match="shown"):
        services.reveal_secret(row, by=admin, now=clock.now())
    over = clock.real() + timedelta(hours=25)
    happen(row)
    with clock.at(over):
        services.tidy(over)
        run()
    assert receiver.got[1]["verified"] == [new]
    row.refresh_from_db()
    assert (row.old_sealed, row.old_until) == ("", None)


def test_the_database_alone_reveals_no_secret_and_new_keys_change_none(
    receiver: Receiver, endpoint: Endpoint, settings: Any, admin: Any
) -> None:
    row = endpoint()
    secret = (receiver.folder / "secret").read_text()
    assert secret not in row.secret_sealed
    assert secret.removeprefix("whsec_") not in repr(WebhookEndpoint.objects.values().get())
    new, old = "n" * 40, "o" * 40
    before = row.secret_sealed
    settings.BOOKING = settings.BOOKING | {"encryption_keys": [old]}
    happen(row)
    run()  # sealed with a key that is gone: it can't sign, and says so
    row.refresh_from_db()
    assert (row.state, row.because) == ("disabled", "unreadable")
    services.rotate_secret(row, by=admin, now=NOW)
    secret = services.reveal_secret(row, by=admin, now=NOW)
    receiver.knows(secret)
    settings.BOOKING = settings.BOOKING | {"encryption_keys": [new, old]}
    assert services.tidy(clock.now()) == 1
    settings.BOOKING = settings.BOOKING | {"encryption_keys": [new]}
    services.resume_endpoint(row, by=admin, now=NOW)
    happen(row)
    run()
    assert receiver.got[-1]["verified"] == [secret]
    row.refresh_from_db()
    assert row.secret_sealed != before


def test_a_paused_one_collects_and_is_told_in_order_when_it_goes_on(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    row = endpoint()
    services.pause_endpoint(row, by=admin, now=NOW)
    happen(row, 3)
    assert run() == 0
    services.resume_endpoint(row, by=admin, now=NOW)
    assert run() == 3
    assert [one["data"]["number"] for one in receiver.events] == [0, 1, 2]


def test_what_is_removed_is_told_nothing_and_goes_with_the_last_row_of_its_log(
    receiver: Receiver, endpoint: Endpoint, admin: Any
) -> None:
    from booking.foundation import personal

    row = endpoint()
    (one,) = happen(row)
    services.remove_endpoint(row, by=admin, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.secret_sealed) == ("removed", "")
    assert run() == 0
    assert stand(one)[0] == "dropped"
    services.tidy(NOW)
    assert WebhookEndpoint.objects.exists()
    kind = next(found for found in personal.retention_classes() if found.name == "webhook_deliveries")
    assert kind.forget is not None
    kind.forget(kind.rows(), NOW)
    assert not WebhookEvent.objects.exists()
    assert not WebhookAttempt.objects.exists()
    services.tidy(NOW)
    assert not WebhookEndpoint.objects.exists()


def test_what_it_was_about_is_gone(receiver: Receiver, endpoint: Endpoint) -> None:
    row = endpoint()
    event = WebhookEvent.objects.create(
        key="request:1", message_id="msg_1", type="request.closed", about=999_999, facts={"what": "closed"}, at=NOW,
        created_at=NOW,
    )  # fmt: skip
    one = WebhookDelivery.objects.create(event=event, endpoint=row, next_at=NOW, created_at=NOW)
    run()
    assert stand(one) == ("dropped", 0)
    assert receiver.got == []


def test_there_are_at_most_so_many(receiver: Receiver, admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from booking.foundation.errors import Invalid

    monkeypatch.setattr(endpoint_services, "MOST_ENDPOINTS", 1)
    content = services.Content("X", receiver.url(), ("request.received",))
    services.add_endpoint(content, unit=None, by=admin, now=NOW)
    with pytest.raises(Invalid, match="too_many"):
        services.add_endpoint(content, unit=None, by=admin, now=NOW)
    assert LOCAL["webhook_http"]
