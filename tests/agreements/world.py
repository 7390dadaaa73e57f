"""A small town for the tests of agreements: a unit with people, a hall, a club with a leader, and one agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from booking.agreements import services
from booking.agreements.models import Agreement
from booking.agreements.services import AgreementDraft, HoursDraft, TaskDraft
from tests.factories import NOW, give_membership, make_organisation, make_resource, make_unit, make_user

TODAY = date(2026, 3, 2)  # the local date of NOW, a Monday


@dataclass
class World:
    """``officer`` answers for the unit; ``leader`` leads the club, ``booker`` books for it."""

    unit: Any
    officer: Any
    deputy: Any
    hall: Any
    shore: Any
    club: Any
    leader: Any
    booker: Any

    def draft(self, **fields: Any) -> AgreementDraft:
        given: dict[str, Any] = {
            "title": "Klubbhuset ved stranda",
            "terms": "Laget bruker og steller stranda.",
            "organisations": [self.club],
            "resources": [self.shore],
            "start": TODAY,
            "notice_months": 3,
        }
        return AgreementDraft(**(given | fields))

    def with_hours(self, **fields: Any) -> AgreementDraft:
        """Tuesdays 17-19 in the hall."""
        hours = [HoursDraft(1, time(17), time(19), self.hall)]
        return self.draft(**({"title": "Tirsdager i hallen", "resources": [self.hall], "hours": hours} | fields))

    def written(self, draft: AgreementDraft | None = None, *, now: datetime = NOW) -> Agreement:
        """Written down by the club, confirmed by it alone."""
        return services.write_down(draft or self.draft(), by=self.leader, organisation=self.club, now=now)

    def agreed(self, draft: AgreementDraft | None = None, *, now: datetime = NOW, **options: Any) -> Agreement:
        """Confirmed by both."""
        return services.confirm(self.written(draft, now=now), by=self.officer, now=now, **options)


def make_world() -> World:
    unit = make_unit("Kultur og idrett", email="kultur@example.org", phone="77 00 00 00")
    leader, booker = make_user("Leif Leder"), make_user("Berit Booker")
    club = make_organisation("Lilleby jeger- og fiskerlag", leader=leader, slug="jff")
    give_membership(booker, club, "booker")
    return World(
        unit=unit,
        officer=unit.officer,
        deputy=unit.deputy,
        hall=make_resource("Lillebyhallen", unit=unit, slug="hallen"),
        shore=make_resource("Strandsonen", unit=unit, kind="area", slug="stranda", open=None),
        club=club,
        leader=leader,
        booker=booker,
    )


def task(side: str = "organisation", **fields: Any) -> TaskDraft:
    given: dict[str, Any] = {
        "what": "Slå gresset", "side": side, "first_on": TODAY + timedelta(days=10), "every": "month",
    }  # fmt: skip
    return TaskDraft(**(given | fields))
