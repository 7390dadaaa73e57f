"""`tick`: everything due, once; a moved clock only where it is allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from booking.correspondence import registry
from booking.correspondence.models import Heartbeat, OutboxMessage
from booking.foundation import clock
from booking.foundation.doors.ratelimit import LIMITS
from booking.foundation.models import IdempotencyRecord, RateWindow
from tests.correspondence.mailserver import Handler
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_it_sends_what_is_due_and_says_so(server: Handler, enqueue: Callable[..., None]) -> None:
    enqueue(2, now=clock.now())
    out = StringIO()
    call_command("tick", stdout=out)
    assert "letters: sent 2" in out.getvalue()
    call_command("tick", stdout=StringIO())
    assert len(server.accepted) == 2
    assert Heartbeat.objects.filter(name="tick").count() == 1


def test_now_moves_only_this_run(server: Handler, enqueue: Callable[..., None]) -> None:
    enqueue(due_at=clock.now() + timedelta(days=5), now=clock.now())
    later = clock.now() + timedelta(days=6)
    call_command("tick", now=later.isoformat(), stdout=StringIO())
    assert OutboxMessage.objects.get().sent_at == later
    assert abs(clock.now() - clock.real()) < timedelta(minutes=1)


def test_going_back_does_nothing(server: Handler, enqueue: Callable[..., None]) -> None:
    enqueue(now=clock.now())
    call_command("tick", now=NOW.isoformat(), stdout=StringIO())
    assert OutboxMessage.objects.get().state == "queued"


def test_now_needs_permission(settings: Any) -> None:
    settings.DEBUG, settings.SAMSKAP_ALLOW_TIME_TRAVEL = False, False
    with pytest.raises(CommandError, match="SAMSKAP_ALLOW_TIME_TRAVEL"):
        call_command("tick", now="2026-06-01T08:00:00+02:00")


@pytest.mark.parametrize("text", ["2026-06-01T08:00:00", "yesterday", "2026-13-01T08:00:00Z"])
def test_now_must_be_a_moment_with_a_zone(text: str) -> None:
    with pytest.raises(CommandError):
        call_command("tick", now=text)


def test_a_job_that_fails_does_not_stop_the_others(server: Handler, enqueue: Callable[..., None]) -> None:
    def broken(now: datetime) -> int:
        raise RuntimeError("no")

    enqueue(now=clock.now())
    registry.register_job("broken", broken)
    try:
        with pytest.raises(CommandError, match="broken"):
            call_command("tick", stdout=StringIO())
    finally:
        del registry._jobs["broken"]
    assert len(server.accepted) == 1


def test_kept_answers_live_a_day_and_counted_tries_as_long_as_the_longest_limit() -> None:
    for hours, scope in ((23, "young"), (25, "old")):
        IdempotencyRecord.objects.create(scope=scope, body_hash="", created_at=clock.now() - timedelta(hours=hours))
    longest = max(limit.seconds for both in LIMITS.values() for limit in (both.contact, both.address) if limit)
    for seconds, scope in ((longest - 60, "young"), (longest + 60, "old")):
        RateWindow.objects.create(key=scope, started_at=clock.now() - timedelta(seconds=seconds))
    call_command("tick", stdout=StringIO())
    assert IdempotencyRecord.objects.get().scope == "young"
    assert RateWindow.objects.get().key == "young"
