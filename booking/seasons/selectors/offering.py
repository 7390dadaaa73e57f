"""What an officer can choose from when a round is made ready: places with their opening hours, own use, holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource
from booking.organisations.models import Organisation, OrganisationKind
from booking.seasons.models import OwnUse, RoundBreak, SeasonRound
from booking.seasons.rules import holidays
from booking.seasons.selectors import last_season


def choosable(round: SeasonRound, on: date) -> list[Resource]:
    """Venues and areas that can be shared out, wholes before their parts: those of the round's unit and below it first.

    Things that other units lend count too: several venues in one round.
    """
    own = catalogue.with_child_units([round.unit_id])
    rows = Resource.objects.filter(kind__in=(Kind.VENUE, Kind.AREA), state="active").filter(
        Q(public=True) | Q(unit__in=own) | Q(pk__in=round.places.values("resource_id"))
    )
    found = list(rows.select_related("unit", "parent"))
    chosen = {one.resource_id: one.order for one in round.places.all()}
    found.sort(
        key=lambda one: (one.pk not in chosen, chosen.get(one.pk, 0), one.unit_id not in own, one.name.casefold())
    )
    ids = {one.pk for one in found}
    ordered: list[Resource] = []

    def add(one: Resource) -> None:
        ordered.append(one)
        for part in found:
            if part.parent_id == one.pk:
                add(part)

    for one in found:
        if one.parent_id not in ids:
            add(one)
    return ordered


def opening_spans(resource: Resource) -> list[tuple[int, int, int]]:
    """Its weekly opening hours as ``(weekday, start, end)``; over midnight they are cut there."""
    found = set()
    for row in catalogue.opening_hours_of(resource):
        start = row.opens.hour * 60 + row.opens.minute
        end = 24 * 60 if row.closes <= row.opens else row.closes.hour * 60 + row.closes.minute
        if start < end and row.valid_to is None:
            found.add((row.weekday, start, end))
    return sorted(found)


@dataclass(frozen=True, order=True, slots=True)
class Suggestion:
    """Own use that stands in agreements or calendars already, and isn't set aside in the round yet."""

    resource: int
    weekday: int
    start: int
    end: int
    what: str

    @property
    def key(self) -> str:
        """As a form sends it back."""
        return f"{self.resource}-{self.weekday}-{self.start}-{self.end}"


def own_use_suggestions(round: SeasonRound, on: date) -> list[Suggestion]:
    """Weekly hours of municipal services: their agreements, and what stands in the calendars in most weeks."""
    there = {
        (one.place.resource_id, one.weekday, one.start, one.end)
        for one in OwnUse.objects.filter(place__round=round).select_related("place")
    }
    found: set[Suggestion] = set()
    for one in Organisation.objects.filter(kind=OrganisationKind.MUNICIPAL).order_by("pk")[:100]:
        teams = [*last_season.from_agreements(round, one, on), *last_season.from_dates(round, one, on)]
        for team in teams:
            for resource, weekday, start, end in team.slots:
                if (resource, weekday, start, end) not in there:
                    found.add(Suggestion(resource, weekday, start, end, f"{one.name}: {team.team}"[:150]))
    return sorted(found)


def break_suggestions(round: SeasonRound) -> list[holidays.Break]:
    """School holidays of the season that the round hasn't left out yet."""
    there = [(one.start, one.end) for one in RoundBreak.objects.filter(round=round)]
    return [
        one
        for one in holidays.suggested(round.season_start, round.season_end)
        if not any(start <= one.end and one.start <= end for start, end in there)
    ]
