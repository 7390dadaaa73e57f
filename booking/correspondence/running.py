"""What `tick` does once and `work` does again and again: the registered jobs, then the letters."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from booking.correspondence import registry
from booking.correspondence.services import beat, send_due

log = logging.getLogger(__name__)


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
