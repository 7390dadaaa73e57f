"""What case tests share: a place, people, and short ways to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking.cases import drafts, services
from booking.cases.models import Case
from booking.catalogue.models import Resource, Unit
from booking.organisations.models import Organisation
from tests import factories

NOW = factories.NOW


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days after the Monday of NOW, at that wall-clock hour in Oslo (winter time)."""
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day, hours=hour - 1, minutes=minute)


def body(resource: Resource, start: datetime, end: datetime, **fields: Any) -> dict[str, Any]:
    """A request for one time."""
    quantity = fields.pop("quantity", 1)
    line = {"resource": resource.slug, "start": start.isoformat(), "end": end.isoformat(), "quantity": quantity}
    return {"lines": [line], **fields}


def weekly(resource: Resource, start: datetime, end: datetime, count: int, **fields: Any) -> dict[str, Any]:
    """A request for a weekly series."""
    exclude = fields.pop("exclude", [])
    one = {
        "resource": resource.slug,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "rrule": f"FREQ=WEEKLY;COUNT={count}",
        "exclude": exclude,
    }
    return {"series": [one], **fields}


@dataclass
class Town:
    """A unit with an officer, a room, a club with a leader, and another club."""

    unit: Unit
    officer: Any
    room: Resource
    coach: Any
    club: Organisation
    other_coach: Any
    other_club: Organisation

    def ask(self, data: dict[str, Any], *, user: Any = None, now: datetime = NOW, **kwargs: Any) -> Case:
        """Send a request, for the club unless the data or the user says otherwise."""
        user = user or self.coach
        club = self.other_club if user == self.other_coach else self.club
        # Who works for the municipality too must say so (needs N10).
        hat = None if "organisation" in data else f"organisation:{club.slug}"
        draft = drafts.parse({"organisation": club.slug, **data}, user=user, hat=hat)
        return services.submit_request(draft, user=user, now=now, **kwargs)

    def check(self, data: dict[str, Any], *, user: Any = None, now: datetime = NOW) -> services.CheckResult:
        user = user or self.coach
        club = self.other_club if user == self.other_coach else self.club
        draft = drafts.parse({"organisation": club.slug, **data}, user=user)
        return services.check_request(draft, user=user, now=now)

    def decide(self, case: Case, outcome: str, *numbers: int, grounds: str = "", **kwargs: Any) -> Case:
        """The officer decides these lines, or all."""
        wanted = numbers or tuple(case.lines.values_list("number", flat=True))
        values = {"by": self.officer, "now": NOW} | kwargs
        return services.decide_lines(case, [services.LineOutcome(n, outcome) for n in wanted], grounds, **values)


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def make_town(**room: Any) -> Town:
    unit = factories.make_unit()
    coach, other = factories.make_user("Kari Trener"), factories.make_user("Per Korpsleder")
    return Town(
        unit=unit,
        officer=unit.officer,
        room=factories.make_resource("Møterom 1", unit=unit, **room),
        coach=coach,
        club=factories.make_organisation("Lilleby idrettslag", leader=coach),
        other_coach=other,
        other_club=factories.make_organisation("Lilleby skolekorps", leader=other),
    )


@pytest.fixture
def numbers() -> Callable[[Case], dict[int, str]]:
    """The state of every line by its number, fresh from the database."""
    return lambda case: dict(case.lines.order_by("number").values_list("number", "state"))
