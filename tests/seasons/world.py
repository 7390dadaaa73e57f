"""A small town that shares out its hall hours: one hall in thirds, one gym, three organisations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.catalogue.models import Resource
from booking.organisations.models import Organisation
from booking.seasons.models import (
    AuthorKind,
    OfferedHours,
    Proposal,
    ProposalState,
    ProposedSlot,
    RoundPlace,
    RoundState,
    SeasonRound,
    Wish,
    WishPlace,
)
from tests.factories import (
    NOW,
    Hall,
    give_membership,
    give_role,
    make_hall_in_thirds,
    make_organisation,
    make_resource,
    make_unit,
    make_user,
)

OSLO = ZoneInfo("Europe/Oslo")
TODAY = date(2026, 3, 2)  # the local date of NOW, a Monday
#: The season of the round: over both clock changes.
START, END = date(2026, 8, 31), date(2027, 4, 30)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A wall-clock hour so many days after Monday 2 March 2026, in UTC."""
    return datetime.combine(TODAY + timedelta(days=day), time(hour, minute), OSLO).astimezone(UTC)


@dataclass
class Valley:
    """``officer`` runs the round for ``unit``, ``boss`` leads it. Hours: weekdays 16-22 in hall and gym."""

    unit: Any
    officer: Any
    boss: Any
    hall: Hall
    gym: Resource
    club: Organisation
    leader: Any
    coach: Any
    handball: Organisation
    handball_leader: Any
    choir: Organisation
    singer: Any

    def round(self, state: str = RoundState.PREPARING, **fields: Any) -> SeasonRound:
        """A round as it stands in that state; past ``open`` its dates are past too."""
        made = SeasonRound(
            **(
                {
                    "name": "Hallfordeling 2026/27", "slug": "hallfordeling-2026-27", "unit": self.unit,
                    "officer": self.officer, "deputy": self.boss, "state": RoundState.PREPARING,
                    "season_start": START, "season_end": END,
                    "opens_on": TODAY, "closes_on": TODAY + timedelta(days=21),
                    "proposals_until": TODAY + timedelta(days=35), "hearing_until": TODAY + timedelta(days=49),
                    "confirm_by": TODAY + timedelta(days=56), "adopt_on": TODAY + timedelta(days=60),
                    "adopted_by_whom": "Idrettsrådet og Kultur og idrett", "complain_to": "Kultur og idrett",
                    "created_by": self.officer, "created_at": NOW, "revised_at": NOW,
                }
                | fields
            )
        )  # fmt: skip
        made.save()
        for order, resource in enumerate([self.hall.whole, *self.hall.parts, self.gym]):
            place = RoundPlace.objects.create(round=made, resource=resource, order=order)
            if resource in (self.hall.whole, self.gym):
                OfferedHours.objects.bulk_create(
                    OfferedHours(place=place, weekday=day, start=16 * 60, end=22 * 60) for day in range(5)
                )
        if state != RoundState.PREPARING:
            made.state = state
            if state in (RoundState.HEARING, RoundState.ADOPTED, RoundState.RUNNING, RoundState.ENDED):
                made.heard = self.proposal(made, state=ProposalState.PUBLISHED)
            if state in (RoundState.ADOPTED, RoundState.RUNNING, RoundState.ENDED):
                made.adopted = made.heard
            if state not in (RoundState.OPEN, RoundState.PREPARING):
                made.wishes_closed_at = NOW
            made.save()
        return made

    def wish(self, round: SeasonRound, team: str = "J13", organisation: Organisation | None = None, *,
             places: tuple[Resource, ...] | None = None, **fields: Any) -> Wish:  # fmt: skip
        """A wish for one session of an hour, ages 12-13, in the whole hall unless told."""
        organisation = organisation or self.club
        made = Wish.objects.create(
            round=round, organisation=organisation, number=round.wishes.count() + 1, team=team,
            **(
                {
                    "activity": "håndball", "age_from": 12, "age_to": 13, "heads": 15, "entered_by": self.leader,
                    "entered_hat": f"organisation:{organisation.slug}",
                    "received_at": NOW + timedelta(minutes=round.wishes.count()), "revised_at": NOW,
                }
                | fields
            ),
        )  # fmt: skip
        WishPlace.objects.bulk_create(
            WishPlace(wish=made, resource=place, rank=rank)
            for rank, place in enumerate(places or (self.hall.whole,), start=1)
        )
        return made

    def proposal(self, round: SeasonRound, *slots: tuple[Any, Resource, int, int, int], **fields: Any) -> Proposal:
        """``slots``: (wish, resource, weekday, from, to), times in hours (17.5 is half past five)."""
        number = round.proposals.count() + 1
        values = {
            "name": f"Forslag {number}", "author_kind": AuthorKind.MUNICIPALITY, "written_by": self.officer,
            "written_hat": f"unit:{self.unit.slug}", "created_at": NOW, "revised_at": NOW,
        } | fields  # fmt: skip
        if values.get("state") == ProposalState.PUBLISHED:
            values.setdefault("published_at", NOW)
        made = Proposal.objects.create(round=round, number=number, **values)
        ProposedSlot.objects.bulk_create(
            ProposedSlot(
                proposal=made, wish=wish, resource=place, weekday=day, start=int(start * 60), end=int(end * 60)
            )
            for wish, place, day, start, end in slots
        )
        return made


def make_valley() -> Valley:
    """The town as it is before any round."""
    unit = make_unit("Kultur og idrett")
    officer, boss = make_user("Ola Saksbehandler"), make_user("Lise Leder")
    give_role(officer, unit, "officer")
    give_role(boss, unit, "leader")
    hall = make_hall_in_thirds("Lillebyhallen", unit=unit, officer=officer, capacity=300)
    gym = make_resource("Gymsalen", unit=unit, officer=officer, capacity=40)
    leader, coach = make_user("Eva Leder"), make_user("Kari Trener")
    club = make_organisation("Lilleby idrettslag", leader=leader)
    give_membership(coach, club, "booker")
    handball_leader = make_user("Anders Håndball")
    handball = make_organisation("Lilleby håndballklubb", leader=handball_leader)
    singer = make_user("Siri Sanger")
    choir = make_organisation("Lilleby kor", leader=singer)
    return Valley(unit, officer, boss, hall, gym, club, leader, coach, handball, handball_leader, choir, singer)
