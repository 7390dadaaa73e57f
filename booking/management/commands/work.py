"""The worker: sends letters within seconds, and does every minute what `tick` does. Ends cleanly on SIGTERM."""

from __future__ import annotations

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from booking.correspondence.running import Beside, run_due
from booking.correspondence.services import beat, send_due
from booking.foundation import clock

log = logging.getLogger(__name__)

#: Seconds between two looks into the outbox, and between two full rounds.
LOOK = 2.0
ROUND = 60.0
#: Seconds that a long job gets to give back what it has, when the worker must end.
GIVE_BACK = 8.0
#: The longest wait for a database that is away, in seconds.
LONGEST_WAIT = 30.0


class Command(BaseCommand):
    help = "Works until it is stopped: sends what is due and runs `tick` every minute. Start as many as you like."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--look", type=float, default=LOOK, help="seconds between two looks into the outbox")
        parser.add_argument("--round", type=float, default=ROUND, help="seconds between two full rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        self.stdout.write("The worker is at work.")
        self.stdout.flush()
        beside = Beside(look=options["look"])
        beside.start()
        next_round = time.monotonic()
        wait = options["look"]
        while not stop.is_set():
            try:
                close_old_connections()
                if time.monotonic() >= next_round:
                    next_round = time.monotonic() + options["round"]
                    run_due(clock.now())
                else:
                    send_due(clock.now())
                beat("work")
                wait = options["look"]
            except (DatabaseError, InterfaceError):
                # The database is away or busy: what was claimed has a lease, so nothing is lost by waiting.
                wait = min(max(wait, 1.0) * 2, LONGEST_WAIT)
                log.warning("The database doesn't answer; trying again in %.0f s", wait, exc_info=True)
                connection.close()
            stop.wait(wait)
        beside.stop(wait=GIVE_BACK)
        self.stdout.write("The worker has stopped.")
