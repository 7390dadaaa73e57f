"""Expanding in a process of its own, which is killed after 30 seconds or at 512 MiB (feeds.md "Calendars in")."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import booking
from booking.calendars.incoming import child
from booking.calendars.incoming.child import SECONDS
from booking.calendars.incoming.expanding import Expanded, Occurrence
from booking.calendars.incoming.reading import Unreadable

_HOME = str(Path(booking.__file__).resolve().parent.parent)


def expand(raw: bytes, start: datetime, end: datetime, *, school: str = "", seconds: float = SECONDS) -> Expanded:
    """The times of a calendar file in ``[start, end)`` (aware). Raises ``Unreadable``, also when it takes too much.

    ``seconds``: how long it may take. Nothing of our environment but the path goes along.
    """
    command = [
        sys.executable, "-m", "booking.calendars.incoming.child",
        str(int(start.timestamp())), str(int(end.timestamp())), school.replace("\x00", "")[:200],
        str(child.MEMORY),
    ]  # fmt: skip
    environment = {"PYTHONPATH": _HOME, "PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and the file travels on standard input
            command, input=raw, capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("too_slow", seconds=int(seconds)) from None
    if done.returncode != 0:
        raise Unreadable("too_heavy")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Unreadable("too_heavy") from None
    if "unreadable" in answer:
        raise Unreadable(answer["unreadable"], **answer["params"])
    return Expanded(
        [Occurrence(*one) for one in answer["occurrences"]],
        [(name, code) for name, code in answer["refused"]],
        answer["zone"],
        answer["events"],
    )
