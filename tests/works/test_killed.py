"""Kill -9 while notices are sent, with a real mail server: nothing lost, nothing doubled beyond the stated rule.

The mail of a notice lies in the outbox (decision 012): a legal notice rather twice, under the same Message-ID; a
reminder rather never. What the server took starts the clock of its party, once.
"""

# ruff: noqa: F811 - fixtures that are imported
from __future__ import annotations

from datetime import timedelta

import pytest

from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.works import services
from booking.works.models import ClockEvent, WorksDispatch
from booking.works.services import running, telling
from tests.correspondence.conftest import server, start  # noqa: F401 - fixtures
from tests.correspondence.mailserver import Handler, kill
from tests.correspondence.test_processes import Start, wait_for
from tests.factories import NOW
from tests.works.world import World, fresh, make_world

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow]
DAY = timedelta(days=1)


@pytest.fixture
def noticed(db: None) -> tuple[World, object]:
    """A notice to two people, not yet sent; what was said before has gone."""
    world = make_world()
    world.lend(44)
    works = world.consulting(now=NOW - 15 * DAY)
    OutboxMessage.objects.all().delete()
    WorksDispatch.objects.filter(state="queued").update(state="dropped")
    return world, services.move(works, to="noticed", by=world.planner, now=NOW)


def mine() -> list[str]:
    return sorted(OutboxMessage.objects.filter(handler=telling.LETTER).values_list("state", flat=True))


@pytest.mark.parametrize("reminder", [False, True])
def test_killed_between_the_server_s_yes_and_the_commit(
    server: Handler,
    start: Start,
    noticed: tuple[World, object],
    reminder: bool,
) -> None:
    world, works = noticed
    if reminder:
        OutboxMessage.objects.filter(handler=telling.LETTER).update(legal=False)
    OutboxMessage.objects.exclude(handler=telling.LETTER).delete()
    OutboxMessage.objects.update(due_at=clock.now())
    server.accepted.clear()  # receipts of the request, sent at once
    worker = start("work")
    server.on_data = lambda: kill(worker.pid)
    assert worker.wait()[0] == -9
    server.on_data = None
    assert len(server.accepted) == 1
    assert mine() == ["queued", "sending"]
    # Nothing says that it was taken: no clock runs.
    assert fresh(works).parties.get().clock_from is None
    OutboxMessage.objects.update(lease_until=clock.real() - timedelta(seconds=1))
    second = start("work")
    wait_for(lambda: mine() == (["sent", "uncertain"] if reminder else ["sent", "sent"]))
    second.end()
    # The worker's `tick` also asks the planner about works that should have begun long ago.
    people = {world.coach.email, world.leader.email}
    letters = [letter for letter in server.accepted if letter["To"] in people]
    receivers = [letter["To"] for letter in letters]
    assert set(receivers) == people
    assert len(receivers) == (2 if reminder else 3)
    ids: dict[str, set[str]] = {letter["To"]: set() for letter in letters}
    for letter in letters:
        ids[letter["To"]].add(letter["Message-ID"])
    assert all(len(found) == 1 for found in ids.values())
    assert fresh(works).parties.get().clock_from is not None
    assert ClockEvent.objects.filter(kind="started").count() == 1
    running.run_works(clock.now())
    states = sorted(WorksDispatch.objects.filter(notice__kind="notice").values_list("state", flat=True))
    assert states == (["sent", "uncertain"] if reminder else ["sent", "sent"])


def test_killed_before_anything_left(server: Handler, start: Start, noticed: tuple[World, object]) -> None:
    world, works = noticed
    OutboxMessage.objects.exclude(handler=telling.LETTER).delete()
    OutboxMessage.objects.update(due_at=clock.now())
    # It has taken its lease, and dies before the server hears of it.
    OutboxMessage.objects.update(lease_until=clock.real() - timedelta(seconds=1), lease_token="dead")
    server.accepted.clear()
    first = start("work")
    kill(first.pid)
    assert first.wait()[0] == -9
    OutboxMessage.objects.exclude(state="sent").update(lease_until=clock.real() - timedelta(seconds=1))
    second = start("work")
    wait_for(lambda: mine() == ["sent", "sent"])
    second.end()
    people = {world.coach.email, world.leader.email}
    assert sorted(letter["To"] for letter in server.accepted if letter["To"] in people) == sorted(people)
    assert fresh(works).parties.get().clock_from is not None


def test_the_notice_is_whole_or_not_at_all(noticed: tuple[World, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction dies anywhere: neither the state, nor the notice, nor a dispatch is there."""
    world, works = noticed
    before = (fresh(works).notices.count(), WorksDispatch.objects.count(), OutboxMessage.objects.count())

    def power_cut(*_args: object, **_kwargs: object) -> None:
        raise SystemExit

    # The last thing that the act does fails: everything before it is undone.
    monkeypatch.setattr("booking.foundation.signals.revised.send", power_cut)
    with pytest.raises(SystemExit):
        services.move(works, to="cancelled", by=world.planner, now=NOW, why="Nei.")
    monkeypatch.undo()
    after = (fresh(works).notices.count(), WorksDispatch.objects.count(), OutboxMessage.objects.count())
    assert (fresh(works).state, after) == ("noticed", before)
