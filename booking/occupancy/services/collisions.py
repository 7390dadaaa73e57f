"""Two writers who meet: try the whole act again, and never show anybody a server error for it."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import Unavailable

T = TypeVar("T")

#: deadlock, serialization failure, lock not available: PostgreSQL has undone the whole transaction
_PG_STATES = frozenset({"40P01", "40001", "55P03"})
TRIES = 5
#: Seconds after which nobody tries again: on SQLite one try may have waited as long as the connection is set to.
PATIENCE = 10.0


def is_collision(error: BaseException) -> bool:
    """True when the database gave up on a transaction only because another one was in the way."""
    cause: Any = error.__cause__ or error
    if getattr(cause, "sqlstate", None) in _PG_STATES:
        return True
    return isinstance(cause, sqlite3.OperationalError) and any(
        word in str(cause) for word in ("database is locked", "database table is locked", "database is busy")
    )


def again_on_collision(act: Callable[[], T], *, using: str = DEFAULT_DB_ALIAS) -> T:
    """Run ``act`` (a whole use case with its own transaction), again when another transaction was in the way.

    Inside of somebody's transaction it can only run once: that transaction is lost, so the error goes on to whoever
    opened it. Raises ``Unavailable`` (503, try again) when five tries have failed.
    """
    if transaction.get_connection(using).in_atomic_block:
        return act()
    until = time.monotonic() + PATIENCE
    for attempt in range(1, TRIES + 1):
        try:
            return act()
        except OperationalError as error:
            if not is_collision(error):
                raise
            if attempt == TRIES or time.monotonic() >= until:
                raise Unavailable("busy", _("Very many ask at the same moment. Please try again.")) from error
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 - so that the same two don't meet again
    raise AssertionError("unreachable")
