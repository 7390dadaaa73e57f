"""A small town for the tests of works: the technical unit plans, culture lends, a club and a coach use the meadow."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core import mail
from PIL import Image

from booking.cases import drafts
from booking.cases.models import Line
from booking.cases.services import LineOutcome, decide_lines, submit_request
from booking.correspondence import services as correspondence
from booking.organisations.models import Organisation
from booking.works import services
from booking.works.models import Works
from booking.works.services import PeriodSpec, TargetSpec, WorksSpec
from tests.factories import (
    NOW,
    give_membership,
    give_role,
    make_organisation,
    make_resource,
    make_unit,
    make_user,
)

OSLO = ZoneInfo("Europe/Oslo")
TODAY = date(2026, 3, 2)  # the local date of NOW, a Monday


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A wall-clock hour so many days after Monday 2 March 2026, in UTC."""
    return datetime.combine(TODAY + timedelta(days=day), time(hour, minute), OSLO).astimezone(UTC)


@dataclass
class World:
    """``planner`` plans for the technical unit, ``boss`` leads it, ``mate`` plans beside them."""

    technical: Any
    planner: Any
    mate: Any
    boss: Any
    culture: Any
    meadow: Any
    hall: Any
    club: Organisation
    leader: Any
    coach: Any
    choir: Organisation
    singer: Any
    root: Any = None
    director: Any = None
    letters: list[Any] = field(default_factory=list)

    def spec(self, **fields: Any) -> WorksSpec:
        """A water pipe across the meadow: 30 March to 10 April (Easter in it), the grass restored at the end."""
        given: dict[str, Any] = {
            "title": "Ny vannledning over Elvesletta",
            "reason": "Den gamle ledningen lekker.",
            "window_start": at(42, 7),
            "window_end": at(50, 15),
            "targets": [TargetSpec(self.meadow)],
            "contact_phone": "77 11 11 11",
        }
        return WorksSpec(**(given | fields))

    def drafted(self, *, now: datetime = NOW, **fields: Any) -> Works:
        return services.draft_works(unit=self.technical, spec=self.spec(**fields), by=self.planner, now=now)

    def planned(self, *, now: datetime = NOW, **fields: Any) -> Works:
        return services.move(self.drafted(now=now, **fields), to="planned", by=self.planner, now=now)

    def listed(self, *, now: datetime = NOW, **fields: Any) -> Works:
        """Planned, and the list gone through."""
        works = self.planned(now=now, **fields)
        services.confirm_affected(works, by=self.planner, now=now)
        works.refresh_from_db()
        return works

    def consulting(self, *, now: datetime = NOW, **fields: Any) -> Works:
        return services.move(self.listed(now=now, **fields), to="consulting", by=self.planner, now=now)

    def noticed(self, *, now: datetime = NOW, **fields: Any) -> Works:
        """The consultation is over with nobody saying anything, and the notice has gone out."""
        works = self.consulting(now=now - timedelta(days=15), **fields)
        works = services.move(works, to="noticed", by=self.planner, now=now)
        self.post_goes_out(now)
        return fresh(works)

    def lend(
        self,
        day: int,
        start: int = 18,
        end: int = 20,
        *,
        place: Any = None,
        who: Organisation | None = None,
        by: Any = None,
        now: datetime = NOW - timedelta(days=30),
        **fields: Any,
    ) -> Line:
        """Granted time of the club (or ``who``) on the meadow (or ``place``)."""
        club = who or self.club
        person = by or (self.coach if club == self.club else self.singer)
        place = place or self.meadow
        body = {
            "organisation": club.slug,
            "purpose": "Trening",
            "audience": {"20-59": 20},
            "lines": [
                {"resource": place.slug, "quantity": 1, "start": at(day, start).isoformat(),
                 "end": at(day, end).isoformat()}
            ],
            "accept_rules": True,
        } | fields  # fmt: skip
        case = submit_request(drafts.parse(body, user=person), user=person, now=now)
        if case.lines.get().state != "granted":
            decide_lines(case, [LineOutcome(1, "grant")], by=self.culture.officer, now=now + timedelta(minutes=1))
        return case.lines.get()

    def post_goes_out(self, now: datetime = NOW) -> list[Any]:
        """The worker sends what is due; answers the letters of this round."""
        mail.outbox.clear()
        correspondence.send_due(now + timedelta(minutes=5))
        self.letters += mail.outbox
        return list(mail.outbox)


def make_world() -> World:
    root = make_unit("Lilleby kommune", slug="kommunen", email="post@example.org")
    director = make_user("Dagny Direktør", is_staff=True)
    give_role(director, root, "leader")
    technical = make_unit("Teknisk", slug="teknisk", email="teknisk@example.org", phone="77 22 22 22", parent=root)
    planner, mate, boss = (make_user(name, is_staff=True) for name in ("Per Planlegger", "Mona Makker", "Sigurd Sjef"))
    give_role(planner, technical, "planner")
    give_role(mate, technical, "planner")
    give_role(boss, technical, "leader")
    culture = make_unit("Kultur og idrett", slug="kultur", email="kultur@example.org", parent=root)
    leader, coach, singer = make_user("Leif Leder"), make_user("Kari Trener"), make_user("Sanna Sanger")
    club = make_organisation("Lilleby idrettslag", leader=leader, slug="lil", phone="91 23 45 67")
    give_membership(coach, club, "booker")
    choir = make_organisation("Lilleby kor", leader=singer, slug="koret", phone="")
    return World(
        technical=technical,
        planner=planner,
        mate=mate,
        boss=boss,
        culture=culture,
        meadow=make_resource("Elvesletta", unit=culture, kind="area", slug="elvesletta"),
        hall=make_resource("Lillebyhallen", unit=culture, slug="hallen"),
        club=club,
        leader=leader,
        coach=coach,
        choir=choir,
        singer=singer,
        root=root,
        director=director,
    )


def photo() -> bytes:
    """Of a poster on a fence, small."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "JPEG")
    return out.getvalue()


def fresh(works: Works) -> Works:
    """As the database has it."""
    return Works.objects.select_related("current", "unit", "owner").get(pk=works.pk)


def with_restoring(world: World, start: int, end: int, **fields: Any) -> WorksSpec:
    """Works of whole days, the last of them for the grass."""
    return world.spec(
        window_start=at(start, 7), window_end=at(end, 15),
        periods=[
            PeriodSpec(at(start, 7), at(end - 1, 15)),
            PeriodSpec(at(end - 1, 15), at(end, 15), "restoring"),
        ],
        **fields,
    )  # fmt: skip
