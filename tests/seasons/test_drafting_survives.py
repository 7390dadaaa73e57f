"""kill -9 of a worker in the middle of a calculation: another one goes on, and letters leave meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from booking.foundation import clock
from booking.seasons.models import DraftRun, RunState
from booking.seasons.services import drafting
from tests.factories import NOW
from tests.seasons.world import make_valley

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

#: A worker whose solver takes long, with a step now and then: what it stores at each step is real.
SLOW = """
import os, sys, time
sys.path[:0] = [os.environ["ROOT"], os.environ["ROOT"] + "/site"]
import django
django.setup()
from booking.seasons.services import drafting
real = drafting.draft
def slow(instance, *, start, budget, progress):
    def each(step):
        going = progress(step)
        print("step", flush=True)
        time.sleep(60)
        return going
    return real(instance, start=start, budget=budget, progress=each)
drafting.draft = slow
drafting.work_on_drafts(lambda: False)
"""


def worker() -> subprocess.Popen[str]:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{settings['NAME']}"
    else:
        host, port = settings["HOST"], settings["PORT"]
        url = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{host}:{port}/{settings['NAME']}"
    env = os.environ | {
        "ROOT": str(ROOT), "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", SLOW], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_killed_worker_loses_at_most_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("a database in memory has one process")
    valley = make_valley()
    found = valley.round("proposals")
    for number in range(4):
        valley.wish(found, f"Lag {number}", places=(valley.gym,))
    run = drafting.ask_for_draft(found, by=valley.officer, now=NOW, budget=10.0)
    with worker() as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "step"
        finally:
            os.kill(process.pid, signal.SIGKILL)
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    assert len(run.best) == 4
    assert run.lease_until is not None
    assert drafting.work_on_drafts(lambda: False) == 0  # its lease isn't over yet
    later = clock.real() + drafting.LEASE
    monkeypatch.setattr(clock, "real", lambda: later)
    assert drafting.work_on_drafts(lambda: False) == 1
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert run.proposal is not None
    assert run.proposal.slots.count() == 4


def test_the_long_job_has_a_thread_of_its_own_and_stops_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from booking.correspondence import registry
    from booking.correspondence.running import Beside

    seen: list[str] = []

    def long(stopping: Any) -> int:
        seen.append("began")
        while not stopping():
            time.sleep(0.01)
        seen.append("gave back")
        return 1

    monkeypatch.setattr(registry, "_long_jobs", {"long": long})
    beside = Beside(look=0.05)
    beside.start()
    deadline = time.monotonic() + 5
    while not seen and time.monotonic() < deadline:
        time.sleep(0.01)
    beside.stop(wait=5)
    assert seen == ["began", "gave back"]
    assert not any(thread.is_alive() for thread in beside.threads)


def test_a_run_is_in_one_workers_hands_only() -> None:
    valley = make_valley()
    found = valley.round("proposals")
    valley.wish(found, places=(valley.gym,))
    drafting.ask_for_draft(found, by=valley.officer, now=NOW)
    assert DraftRun.objects.count() == 1
    assert [drafting.claim() is not None for _try in range(3)] == [True, False, False]
