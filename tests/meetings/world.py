"""A small town for the tests of meetings: a unit that calls, another that takes part, two clubs, a hall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking.meetings import services
from booking.meetings.models import Meeting
from booking.meetings.services import MeetingDraft
from tests.factories import NOW, give_membership, make_organisation, make_resource, make_unit, make_user

#: A Tuesday three weeks ahead, at six in Oslo.
START = NOW.replace(hour=17) + timedelta(days=22)
HELD = START + timedelta(hours=3)


@dataclass
class World:
    """``leader`` leads the club; ``other`` is another invited one, ``stranger`` one that isn't."""

    unit: Any
    technical: Any
    officer: Any
    hall: Any
    club: Any
    leader: Any
    other: Any
    stranger: Any

    def draft(self, **fields: Any) -> MeetingDraft:
        given: dict[str, Any] = {
            "title": "Dialogmøte", "about": "Vi snakkes.", "start": START, "end": START + timedelta(hours=2),
            "organisations": [self.club, self.other], "resource": self.hall, "units": [self.technical],
        }  # fmt: skip
        return MeetingDraft(**(given | fields))

    def prepared(self, *, now: datetime = NOW, **fields: Any) -> Meeting:
        return services.prepare_meeting(self.draft(**fields), by=self.officer, unit=self.unit, now=now)

    def called(self, *, now: datetime = NOW, **fields: Any) -> Meeting:
        return services.call_meeting(self.prepared(now=now, **fields), by=self.officer, now=now)

    def held(self, **fields: Any) -> Meeting:
        return services.write_minutes(self.called(**fields), by=self.officer, words="Bra.", publish=True, now=HELD)

    def promise(self, meeting: Meeting, *, now: datetime = HELD, days: int = 30, **fields: Any) -> Any:
        given: dict[str, Any] = {"what": "Nøkkelboks", "due_on": (HELD + timedelta(days=days)).date()}
        given |= fields if "unit" in fields or "organisation" in fields else {"unit": self.unit, **fields}
        return services.commit(meeting, by=self.officer, now=now, **given)


def make_world() -> World:
    unit = make_unit("Kultur og idrett", slug="kultur", email="kultur@example.org")
    leader = make_user("Leif Leder")
    club = make_organisation("Lilleby IL", leader=leader, slug="il")
    give_membership(make_user("Mari Medlem"), club, "member")
    return World(
        unit=unit,
        technical=make_unit("Teknisk", slug="teknisk", email="teknisk@example.org"),
        officer=unit.officer,
        hall=make_resource("Lillebyhallen", unit=unit, slug="hallen"),
        club=club,
        leader=leader,
        other=make_organisation("Korpset", leader=make_user("Berit Korps"), slug="korps"),
        stranger=make_organisation("Bridgeklubben", leader=make_user("Bo Bridge"), slug="bridge"),
    )
