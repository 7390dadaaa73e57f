"""Trying a letter right after the commit, without making the person wait for a mail server that hangs.

The try runs in a thread with a database connection of its own. The caller waits for it at most five seconds; then
the thread goes on alone, holding the message's lease, and the caller answers the person. A server that was just found
to hang gets half a minute's rest: the worker sends meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection

from booking.correspondence.rules import PATIENCE_SECONDS

log = logging.getLogger(__name__)

#: Seconds without tries after one that took too long.
REST_SECONDS = 30.0
_rest_until = 0.0


def attempt(send: Callable[[], Any]) -> None:
    """Run `send` now, for at most five seconds of the caller's time. Never raises: the outbox keeps what didn't go."""
    global _rest_until
    if connection.in_atomic_block:
        # Only under a test's surrounding transaction: another connection couldn't see what it wrote.
        _guarded(send)
        return
    if time.monotonic() < _rest_until:
        return
    thread = threading.Thread(target=_in_thread, args=(send,), name="samskap-letter", daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    if thread.is_alive():
        _rest_until = time.monotonic() + REST_SECONDS
        log.warning("The mail server is slow; the letter goes on in the background.")


def rested() -> None:
    """Forget that the server was slow."""
    global _rest_until
    _rest_until = 0.0


def _in_thread(send: Callable[[], Any]) -> None:
    try:
        _guarded(send)
    finally:
        connection.close()


def _guarded(send: Callable[[], Any]) -> None:
    try:
        send()
    except DatabaseError:
        log.exception("The letter could not be tried at once; the worker will send it.")
