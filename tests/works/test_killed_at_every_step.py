"""Kill -9 at every step that a notice takes, with a real mail server.

Nothing is lost, and nothing doubled beyond the rule of decision 012: a legal notice rather twice under one Message-ID,
a reminder and an SMS rather never, both shown. `test_killed` has the worker that dies by the server's own hand.
"""

# ruff: noqa: F811 - fixtures that are imported
from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import override_settings

from booking.cases import drafts
from booking.cases.desk.models import Morning
from booking.cases.models import Case
from booking.cases.services import submit_request
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.works import services
from booking.works.models import ClockEvent, Works, WorksDispatch, WorksNotice
from booking.works.rules import ladder
from booking.works.services import running, telling
from booking.works.services.affected import need_of
from tests.correspondence.conftest import server  # noqa: F401 - a fixture
from tests.correspondence.mailserver import Handler
from tests.databases import database_url
from tests.factories import NOW
from tests.forked import Forked
from tests.works.world import World, at, fresh, make_world

# Once: what differs in databases (leases, locks) is in `test_killed` and the outbox's own tests, on both.
pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.slow, pytest.mark.once]
DAY = timedelta(days=1)
SOON = NOW + timedelta(minutes=2)


def run(step: str, *what: str, sms: Path | None = None) -> int:
    """A process of its own on the test's database; how it ended."""
    process = Forked(
        "tests.works.dying:main", step, *what, url=database_url(), mail=django_settings.EMAIL_PORT,
        env={"SMS_FILE": str(sms or "")},
    )  # fmt: skip
    said = process.communicate(timeout=300)
    assert process.returncode in (0, -9), said
    assert process.returncode is not None
    return process.returncode


def tick(step: str = "", now: datetime = SOON, sms: Path | None = None) -> int:
    """`tick` in a process that dies at that step; without a step here, which is what the next one does."""
    if step:
        return run(step, "tick", now.isoformat(), sms=sms)
    more: dict[str, Any] = {
        "switches": django_settings.BOOKING.get("switches", {}) | {"sms": sms is not None},
        "sms_backend": "booking.correspondence.sms.FileBackend", "sms_file": str(sms or ""),
    }  # fmt: skip
    with override_settings(BOOKING=django_settings.BOOKING | more):
        call_command("tick", now=now.isoformat())
    return 0


def leases_run_out() -> None:
    """Two minutes of true time are over."""
    before = clock.real() - timedelta(seconds=1)
    OutboxMessage.objects.filter(lease_until__isnull=False).update(lease_until=before)
    WorksDispatch.objects.filter(lease_until__isnull=False).update(lease_until=before)


@pytest.fixture
def asked(server: Handler) -> tuple[World, Works]:
    """A consultation that is over; what was said before has gone."""
    world = make_world()
    world.lend(44)
    works = world.consulting(now=NOW - 15 * DAY)
    quiet(server)
    return world, works


def quiet(server: Handler) -> None:
    OutboxMessage.objects.all().delete()
    WorksDispatch.objects.filter(state="queued").update(state="dropped")
    server.accepted.clear()


@pytest.fixture
def noticed(asked: tuple[World, Works]) -> tuple[World, Works]:
    """The notice lies in the outbox, for two people."""
    world, works = asked
    return world, services.move(works, to="noticed", by=world.planner, now=NOW)


def people(world: World) -> set[str]:
    return {world.coach.email, world.leader.email}


def got(server: Handler, world: World) -> Counter[str]:
    """How many letters the mail server took for each of the two; each of them under one Message-ID."""
    letters = [one for one in server.accepted if one["To"] in people(world)]
    for person in people(world):
        assert len({one["Message-ID"] for one in letters if one["To"] == person}) <= 1, person
    return Counter(str(one["To"]) for one in letters)


def test_the_planner_s_process_dies_right_after_the_transaction(asked: tuple[World, Works], server: Handler) -> None:
    world, works = asked
    assert run("committed", "notice", str(works.pk), str(world.planner.pk), NOW.isoformat()) == -9
    assert fresh(works).state == "noticed"
    assert got(server, world) == {}
    assert tick() == 0
    assert got(server, world) == dict.fromkeys(people(world), 1)
    assert ClockEvent.objects.filter(kind="started").count() == 1


def test_it_dies_before_the_transaction_ends(asked: tuple[World, Works], server: Handler) -> None:
    world, works = asked
    assert run("inside", "notice", str(works.pk), str(world.planner.pk), NOW.isoformat()) == -9
    assert fresh(works).state == "consulting"
    assert not WorksNotice.objects.filter(kind="notice").exists()
    assert tick() == 0
    assert got(server, world) == {}
    services.move(fresh(works), to="noticed", by=world.planner, now=NOW)
    assert tick() == 0
    assert got(server, world) == dict.fromkeys(people(world), 1)


@pytest.mark.parametrize("step", ["before_leasing", "leased", "marked"])
def test_the_worker_dies_where_nobody_can_doubt(noticed: tuple[World, Works], server: Handler, step: str) -> None:
    """Before the lease, with the lease but before the server heard of it, and after it is marked: each once."""
    world, works = noticed
    assert tick(step) == -9
    leases_run_out()
    assert tick() == 0
    assert got(server, world) == dict.fromkeys(people(world), 1)
    assert fresh(works).parties.get().clock_from is not None
    assert set(WorksDispatch.objects.filter(notice__kind="notice").values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize("legal", [True, False])
def test_the_worker_dies_after_the_server_s_yes(noticed: tuple[World, Works], server: Handler, legal: bool) -> None:
    world, works = noticed
    OutboxMessage.objects.filter(handler=telling.LETTER).update(legal=legal)
    assert tick("accepted") == -9
    assert sum(got(server, world).values()) == 1
    assert fresh(works).parties.get().clock_from is None
    leases_run_out()
    assert tick() == 0
    if not legal:
        # The mark that it began to send has to run out first; then it waits for a person, and is shown.
        assert OutboxMessage.objects.filter(handler=telling.LETTER, state="uncertain").count() == 1
    counts = sorted(got(server, world).values())
    assert counts == ([1, 2] if legal else [1, 1])
    assert fresh(works).parties.get().clock_from is not None
    assert ClockEvent.objects.filter(kind="started").count() == 1


# --- the ladder ------------------------------------------------------------------------------------------------------


@pytest.fixture
def climbing(noticed: tuple[World, Works], server: Handler) -> tuple[World, Works, datetime]:
    """Everybody has the notice and nobody has confirmed it: the moment when the SMS is due."""
    world, works = noticed
    world.leader.phone = world.coach.phone = "90000001"
    world.leader.save()
    world.coach.save()
    assert tick() == 0
    server.accepted.clear()
    for day in range(1, 40):
        now = NOW + day * DAY
        row = fresh(works).current.affected.rows.get()
        need = need_of(row)
        given, start = (
            clock.local_date(NOW, clock.zone("Europe/Oslo")),
            clock.local_date(at(42), clock.zone("Europe/Oslo")),
        )
        steps = ladder.rungs(given, start, need.ladder, need.reminders, earlier=need.steps_earlier)
        if any(one.means == "sms" and one.due <= clock.local_date(now, clock.zone("Europe/Oslo")) for one in steps):
            return world, works, now
    raise AssertionError("no SMS on this ladder")


def sent_sms(path: Path) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_text().splitlines()] if path.exists() else []


def climb(now: datetime) -> None:
    """The SMS of the rung are due, and nobody has sent them yet."""
    running._each(running._remind, now, [])
    assert WorksDispatch.objects.filter(channel="sms", state="queued").exists()


@pytest.mark.parametrize("step", ["climbing", "climbed"])
def test_it_dies_on_a_rung(climbing: tuple[World, Works, datetime], tmp_path: Path, step: str) -> None:
    """The transaction of the rung is undone with it; the next `tick` climbs it once."""
    _world, works, now = climbing
    file = tmp_path / "sms.jsonl"
    before = WorksNotice.objects.count()
    assert tick(step, now, file) == -9
    assert WorksNotice.objects.count() == before
    assert tick("", now, file) == 0
    assert tick("", now, file) == 0
    rows = WorksDispatch.objects.filter(notice__works=works, channel="sms")
    assert rows.count() == len(set(rows.values_list("contact", flat=True))) > 0
    assert set(rows.values_list("state", flat=True)) == {"sent"}
    assert len(sent_sms(file)) == rows.count()


def test_it_dies_with_the_lease_of_an_sms(climbing: tuple[World, Works, datetime], tmp_path: Path) -> None:
    """Nobody can say whether it left: a reminder is rather lost than said twice, and that is shown."""
    _world, works, now = climbing
    file = tmp_path / "sms.jsonl"
    climb(now)
    assert tick("sms_leased", now, file) == -9
    assert sent_sms(file) == []
    leases_run_out()
    assert tick("", now, file) == 0
    rows = WorksDispatch.objects.filter(notice__works=works, channel="sms")
    assert set(rows.values_list("state", flat=True)) == {"uncertain"}
    assert sent_sms(file) == []


def test_it_dies_between_the_sms_and_the_commit(climbing: tuple[World, Works, datetime], tmp_path: Path) -> None:
    _world, works, now = climbing
    file = tmp_path / "sms.jsonl"
    climb(now)
    assert tick("sms_written", now, file) == -9
    assert len(sent_sms(file)) == 1
    leases_run_out()
    assert tick("", now, file) == 0
    assert len(sent_sms(file)) == len(set(sent_sms(file)))  # nobody got it twice
    states = set(WorksDispatch.objects.filter(notice__works=works, channel="sms").values_list("state", flat=True))
    assert "uncertain" in states


# --- what is sent once a day -----------------------------------------------------------------------------------------


def test_it_dies_while_it_writes_the_morning_s_letters(server: Handler) -> None:
    world = make_world()
    body = {
        "organisation": "lil", "purpose": "Trening", "audience": {"20-59": 9}, "accept_rules": True,
        "lines": [{"resource": "hallen", "start": at(20, 18).isoformat(), "end": at(20, 20).isoformat()}],
    }  # fmt: skip
    submit_request(drafts.parse(body, user=world.coach), user=world.coach, now=NOW - DAY)
    assert Case.objects.filter(waiting_on="municipality").exists()
    quiet(server)
    assert tick("morning_written") == -9
    assert not Morning.objects.exists()
    assert tick() == 0
    assert tick() == 0
    officer = world.culture.officer.email
    assert Morning.objects.count() == 1
    assert OutboxMessage.objects.filter(handler="staff_digest").count() == 1
    assert [one["To"] for one in server.accepted].count(officer) == 1


def test_it_dies_while_it_asks_about_works_that_nobody_started(noticed: tuple[World, Works], server: Handler) -> None:
    world, _works = noticed
    assert tick() == 0
    server.accepted.clear()
    now = at(42, 9)
    assert tick("nagged", now) == -9
    assert tick("", now) == 0
    assert tick("", now) == 0
    asked = [one for one in server.accepted if one["To"] == world.planner.email]
    assert len([one for one in asked if "ARB" in one.as_string() or "?" in str(one["Subject"])]) == 1
