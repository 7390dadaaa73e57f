"""The stage of the scenarios: a small town, people with browsers, and real letters through the outbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client

from booking.correspondence import services as correspondence
from booking.correspondence.rules import not_at_night
from booking.foundation import clock
from tests import factories as f

OSLO = ZoneInfo("Europe/Oslo")


@dataclass
class Stage:
    """Kultur lends Lillebyhallen; Kari leads a club; Ola is the officer, Sigrid his deputy, Lise the leader."""

    unit: Any
    hall: Any
    club: Any
    coach: Any
    leader: Any

    def browser(self, user: Any = None) -> Client:
        """A browser, signed in as ``user``; no JavaScript in it."""
        client = Client()
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def post_goes_out(self) -> list[Any]:
        """The worker sends what is due, also what waits its minute or, when the suite runs at night, for the morning;
        answers the letters of this round."""
        mail.outbox.clear()
        correspondence.send_due(now=not_at_night(clock.now() + timedelta(minutes=5), OSLO))
        return list(mail.outbox)


@pytest.fixture
def day() -> Callable[[int], str]:
    """The local date so many days from now, as forms write it."""
    return lambda ahead: (clock.now().astimezone(OSLO) + timedelta(days=ahead)).date().isoformat()


@pytest.fixture
def moment(day: Callable[[int], str]) -> Callable[[int, int], datetime]:
    """A wall-clock hour so many days from now."""
    return lambda ahead, hour: datetime.combine(datetime.fromisoformat(day(ahead)), time(hour), OSLO)


@pytest.fixture
def stage(db: Any) -> Stage:
    unit = f.make_unit("Kultur og idrett", slug="kultur", email="kultur@example.org", phone="77 00 00 00")
    leader = f.make_leader(unit)
    hall = f.make_resource("Lillebyhallen", unit=unit, slug="lillebyhallen", capacity=600)
    coach = f.make_user("Kari Trener")
    club = f.make_organisation("Lilleby IL", leader=coach)
    return Stage(unit, hall, club, coach, leader)
