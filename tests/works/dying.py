"""A process of the product that dies, as by kill -9, at one named step. Arguments: `STEP tick [NOW]`, or
`committed notice WORKS PLANNER NOW`.

Nothing of the product is replaced: the step is a function of ours that the process never enters, or never leaves.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

OUTBOX, RUNNING = "booking.correspondence.services", "booking.works.services.running"
#: step → module, function (or Class.method), and whether it dies before or after it.
STEPS: dict[str, tuple[str, str, str]] = {
    "before_leasing": (OUTBOX, "_claim", "before"),
    "leased": (OUTBOX, "_send_one", "before"),
    "accepted": (OUTBOX, "_taken", "before"),
    "marked": (OUTBOX, "_taken", "after"),
    "climbing": (RUNNING, "log", "before"),
    "climbed": (RUNNING, "_remind", "after"),
    "sms_leased": (RUNNING, "_send_one", "before"),
    "sms_written": ("booking.correspondence.sms", "FileBackend.send", "after"),
    "morning_written": ("booking.cases.desk.services.mornings", "_send", "after"),
    "nagged": (RUNNING, "_nag", "after"),
    "none": ("", "", ""),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(act: Callable[..., Any], when: str) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            die()
        done = act(*args, **kwargs)
        # A step that found nothing to do hasn't been taken yet.
        if done or (when == "after" and act.__name__ in ("send", "_taken")):
            die()
        return done

    return run


def main() -> None:
    from django.conf import settings
    from django.core.management import call_command

    if os.environ.get("SMS_FILE"):
        settings.BOOKING = settings.BOOKING | {
            "switches": settings.BOOKING.get("switches", {}) | {"sms": True},
            "sms_backend": "booking.correspondence.sms.FileBackend", "sms_file": os.environ["SMS_FILE"],
        }  # fmt: skip
        from booking.foundation import conf

        conf.booking_settings.cache_clear()
    step, what, *rest = sys.argv[1:]
    if step in STEPS and step != "none":
        module, name, when = STEPS[step]
        place: Any = importlib.import_module(module)
        *path, last = name.split(".")
        for part in path:
            place = getattr(place, part)
        setattr(place, last, dying(getattr(place, last), when))
    if what == "tick":
        call_command("tick", **({"now": rest[0]} if rest else {}))
        return
    from django.contrib.auth import get_user_model
    from django.db import transaction

    from booking.works import services
    from booking.works.models import Works

    works = Works.objects.get(pk=int(rest[0]))
    planner = get_user_model()._default_manager.get(pk=int(rest[1]))
    with transaction.atomic():
        services.move(works, to="noticed", by=planner, now=datetime.fromisoformat(rest[2]))
        if step == "committed":
            transaction.on_commit(die)
        else:
            die()
