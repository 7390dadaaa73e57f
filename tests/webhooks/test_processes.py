"""Real processes: a sender that is killed while the receiver has the event in its hands, two workers at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from booking.foundation import clock
from booking.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tests.databases import database_url
from tests.webhooks.conftest import Receiver, run, wait_for
from tests.webhooks.test_sending import happen

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
Endpoint = Callable[..., WebhookEndpoint]


def sender(*, waits: bool = False) -> subprocess.Popen[str]:
    env = os.environ | {
        "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "municipality.settings.test",
        "WAIT": "1" if waits else "0",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/webhooks/sender.py")], env=env, cwd=ROOT, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


def test_a_sender_that_is_killed_loses_nothing_and_repeats_under_the_same_id_only(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    """kill -9 after the receiver has written it down and before we could: the one in its hands comes twice."""
    row = endpoint()
    happen(row, 3)
    receiver.will("hang 60")
    process = sender()
    wait_for(lambda: len(receiver.got) == 1)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    receiver.will("200")
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["sending", "waiting", "waiting"]
    assert run() == 0  # its lease still stands
    WebhookEndpoint.objects.update(lease_until=clock.real() - timedelta(seconds=1))
    assert run() == 3
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    ids = [one["id"] for one in receiver.got]
    assert len(ids) == 4
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert receiver.got[0]["body"] == receiver.got[1]["body"]
    assert [one["data"]["number"] for one in receiver.events[1:]] == [0, 1, 2]
    assert all(one["verified"] for one in receiver.got)
    first = WebhookDelivery.objects.order_by("pk").first()
    assert first is not None
    assert [one.outcome for one in first.tried.all()] == ["uncertain", "accepted"]


def test_two_workers_at_once_send_each_event_once_and_in_order(receiver: Receiver, endpoint: Endpoint) -> None:
    rows = [endpoint(path=f"/{number}", name=str(number)) for number in range(4)]
    for row in rows:
        happen(row, 15)
    workers = [sender(waits=True), sender(waits=True)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate(timeout=120)
        assert worker.returncode == 0
    assert WebhookDelivery.objects.filter(state="delivered", attempts=1).count() == 60
    assert WebhookAttempt.objects.count() == 60
    got = receiver.got
    assert len(got) == len({one["id"] for one in got}) == 60
    for number in range(4):
        numbers = [body["data"]["number"] for one, body in zip(got, receiver.events, strict=True)
                   if one["path"] == f"/{number}"]  # fmt: skip
        assert numbers == list(range(15))


def test_a_receiver_that_hangs_keeps_none_of_the_others_waiting(
    receiver: Receiver, endpoint: Endpoint, tmp_path_factory: Any
) -> None:
    slow = endpoint(name="slow")
    other = Receiver(tmp_path_factory.mktemp("other"))
    try:
        quick = endpoint(name="quick")
        WebhookEndpoint.objects.filter(pk=quick.pk).update(url=other.url())
        receiver.will("hang 5")
        happen(slow, 1)
        happen(quick, 5)
        process = sender()
        wait_for(lambda: len(other.got) == 5)
        arrived = max(one["at"] for one in other.got)
        wait_for(lambda: WebhookDelivery.objects.filter(state="sending").count() == 0)
        assert time.time() - arrived > 1
        process.communicate(timeout=60)
        assert WebhookAttempt.objects.get(delivery__endpoint=slow).outcome == "no_answer"
    finally:
        other.process.kill()
        other.process.communicate()
