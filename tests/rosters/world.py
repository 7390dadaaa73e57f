"""A small town for the tests of rosters: a hall that gives itself at once, a club with people, and a co-host."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from booking.cases import drafts, services
from booking.cases.models import Case
from booking.rosters import services as rosters
from booking.rosters.rules import Need, Role
from tests.factories import NOW, give_membership, make_organisation, make_resource, make_unit, make_user

#: Saturday 14 March 2026, 12:00 in Oslo: twelve days after NOW.
START = datetime(2026, 3, 14, 11, tzinfo=UTC)
OPENS = (Need(Role.OPEN, 1, True), Need(Role.LOCK, 1, True), Need(Role.CAFE, 2, False))


@dataclass
class World:
    """``leader`` leads the main host, ``member`` is in it; ``youth`` leads the co-host, ``young`` is in that."""

    unit: Any
    hall: Any
    club: Any
    leader: Any
    booker: Any
    member: Any
    co_host: Any
    youth: Any
    young: Any
    other: Any
    stranger: Any
    extra: dict[str, Any] = field(default_factory=dict)

    def body(self, *, start: datetime = START, days: int = 1, **more: Any) -> dict[str, Any]:
        """Once, or ``days`` Saturdays in a row."""
        lines = [
            {
                "resource": self.hall.slug, "start": (start + timedelta(weeks=week)).isoformat(),
                "end": (start + timedelta(weeks=week, hours=3)).isoformat(),
            }
            for week in range(days)
        ]  # fmt: skip
        return {
            "organisation": self.club.slug, "title": "Møteplassen", "lines": lines, "accept_rules": True,
            "audience": {"6-12": 20},
        } | more  # fmt: skip

    def ask(self, *, now: datetime = NOW, **more: Any) -> Case:
        """Asked by the leader of the club; the hall grants at once."""
        data = self.body(**more)
        return services.submit_request(drafts.parse(data, user=self.leader), user=self.leader, now=now)

    def needs(self, *needs: Need, now: datetime = NOW) -> None:
        """What the hall asks for."""
        rosters.save_plan(resource=self.hall, needs=needs or OPENS, by=self.unit.officer, now=now)

    def hosted(self, **more: Any) -> Case:
        """With the co-host, which has said yes."""
        case = self.ask(co_hosts=[self.co_host.slug], **more)
        return services.answer_co_host(case, self.co_host, accept=True, by=self.youth, now=NOW)


def make_world() -> World:
    unit = make_unit("Kultur og idrett", slug="kultur", email="kultur@example.org", phone="77 00 00 00")
    hall = make_resource(
        "Lillebyhallen", unit=unit, slug="hallen", approval="automatic", unverified_may_ask=True, needs_adult=False
    )
    leader, booker, member = make_user("Leif Leder"), make_user("Berit Booker"), make_user("Mona Medlem")
    club = make_organisation("Møteplassen", leader=leader, slug="moteplassen", listed=True)
    give_membership(booker, club, "booker")
    give_membership(member, club, "member")
    youth, young = make_user("Una Ungdom"), make_user("Nora Nilsen")
    co_host = make_organisation("Ungdomsklubben", leader=youth, slug="ungdomsklubben", listed=True)
    give_membership(young, co_host, "member")
    other = make_unit("Teknisk", slug="teknisk")
    return World(unit, hall, club, leader, booker, member, co_host, youth, young, other, make_user("Frida Fremmed"))
