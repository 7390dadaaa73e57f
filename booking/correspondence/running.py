"""What `tick` does once and `work` does again and again: the registered jobs, the letters, and what takes minutes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from booking.correspondence import registry
from booking.correspondence.services import beat, send_due

log = logging.getLogger(__name__)

#: The longest wait of long jobs for a database that is away, in seconds.
LONGEST_WAIT = 30.0


def run_due(now: datetime, *, say: Callable[[str], Any] | None = None) -> list[str]:
    """Run every job and send what is due. One that fails doesn't stop the others; answers the names that failed."""
    failures = []
    for name, job in registry.jobs():
        try:
            done = job(now)
        except Exception:
            log.exception("The job %s failed", name)
            failures.append(name)
        else:
            if say is not None:
                say(f"{name}: {done}")
    try:
        report = send_due(now)
    except Exception:
        log.exception("Sending failed")
        failures.append("letters")
    else:
        if say is not None:
            say(f"letters: {report}")
    if not failures:
        beat("tick")
    return failures


def run_long(stopping: Callable[[], bool], *, say: Callable[[str], Any] | None = None, only: str | None = None) -> int:
    """One piece of each long job that has work (``only``: of this one). How many pieces were done; one that fails
    doesn't stop the others.

    Raises what the database raises when it is away: there is nothing to do for anybody then.
    """
    done = 0
    for name, job in registry.long_jobs():
        if only is not None and name != only:
            continue
        try:
            pieces = job(stopping)
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            log.exception("The job %s failed", name)
            continue
        done += pieces
        if say is not None and pieces:
            say(f"{name}: {pieces}")
    return done


class Beside:
    """Each long job in a thread of the worker, so that neither letters nor another job wait for it. Each thread has a
    connection of its own."""

    def __init__(self, *, look: float) -> None:
        self.look = look
        self.over = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(name,), name=f"long-{name}", daemon=True)
            for name, _job in registry.long_jobs()
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self, *, wait: float) -> None:
        """Ask them to give back what they have. What they can't in time is another worker's when the lease ends."""
        self.over.set()
        deadline = time.monotonic() + wait
        for thread in self.threads:
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0))

    def _run(self, name: str) -> None:
        wait = self.look
        while not self.over.is_set():
            try:
                done = run_long(self.over.is_set, only=name)
                wait = self.look
            except (DatabaseError, InterfaceError):
                done, wait = 0, min(max(wait, 1.0) * 2, LONGEST_WAIT)
                log.warning("The database doesn't answer; long jobs try again in %.0f s", wait, exc_info=True)
            finally:
                connection.close()
            if not done:
                self.over.wait(wait)
