"""Real processes, real kills: the worker dies between send and commit, two workers, two ticks, a late tick."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.correspondence import selectors, services
from booking.correspondence.models import Heartbeat, OutboxMessage
from booking.foundation import clock
from tests.correspondence.conftest import Process
from tests.correspondence.mailserver import Handler, kill

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow]

Enqueue = Callable[..., None]
Start = Callable[[str], Process]


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def all_in(*states: str) -> Callable[[], bool]:
    return lambda: not OutboxMessage.objects.exclude(state__in=states).exists()


@pytest.mark.parametrize("legal", [True, False])
def test_kill_9_between_send_and_commit(server: Handler, enqueue: Enqueue, start: Start, legal: bool) -> None:
    """The server has taken the text, the sender dies before it can say so: legal letters twice, others once, shown."""
    enqueue(3, now=clock.now(), legal=legal)
    worker = start("work")
    server.on_data = lambda: kill(worker.pid)
    status, _said = worker.wait()
    assert status == -9
    server.on_data = None
    assert len(server.accepted) == 1
    states = sorted(OutboxMessage.objects.values_list("state", flat=True))
    assert states == ["queued", "queued", "sending"]
    # Its leases still stand: nobody else touches them, then they run out.
    assert services.send_due(clock.now()).sent == 0
    OutboxMessage.objects.update(lease_until=clock.real() - timedelta(seconds=1))
    second = start("work")
    wait_for(all_in("sent") if legal else all_in("sent", "uncertain"))
    if not legal:
        wait_for(lambda: OutboxMessage.objects.filter(state="sent").count() == 2)
    status, said = second.end()
    assert (status, "has stopped" in said) == (0, True)
    assert sorted(set(server.subjects)) == [f"Letter {number} (nb)" for number in (1, 2, 3)]
    assert len(server.accepted) == (4 if legal else 3)
    if legal:
        twice = [letter["Message-ID"] for letter in server.accepted if letter["Subject"] == server.subjects[0]]
        assert len(twice) == 2
        assert len(set(twice)) == 1
    else:
        (lost,) = selectors.not_gone_out(clock.now())
        assert (lost.state, lost.last_error) == ("uncertain", "the sender stopped while sending")


def test_two_workers_at_once_send_each_letter_once(server: Handler, enqueue: Enqueue, start: Start) -> None:
    enqueue(60, now=clock.now())
    workers = [start("work"), start("work")]
    wait_for(all_in("sent"))
    assert [worker.end()[0] for worker in workers] == [0, 0]
    assert sorted(server.subjects) == sorted(f"Letter {number} (nb)" for number in range(1, 61))
    assert OutboxMessage.objects.filter(attempts=1).count() == 60
    assert Heartbeat.objects.filter(name="work").exists()


def test_two_ticks_at_once_and_ten_days_late(server: Handler, enqueue: Enqueue, start: Start) -> None:
    enqueue(40, now=clock.now() - timedelta(days=10))
    ticks = [start("tick"), start("tick")]
    answers = [tick.wait() for tick in ticks]
    assert [status for status, _said in answers] == [0, 0], answers
    services.send_due(clock.now())
    assert sorted(server.subjects) == sorted(f"Letter {number} (nb)" for number in range(1, 41))
    assert Heartbeat.objects.filter(name="tick").count() == 1


def test_a_worker_outlives_a_server_that_is_away(server: Handler, enqueue: Enqueue, start: Start) -> None:
    server.refuse_recipient = "451 later"
    enqueue(2, now=clock.now())
    worker = start("work")
    wait_for(lambda: OutboxMessage.objects.filter(attempts__gte=1).count() == 2)
    server.refuse_recipient = ""
    OutboxMessage.objects.update(due_at=clock.now())
    wait_for(all_in("sent"))
    assert worker.end()[0] == 0
