"""What an officer can choose from when a round is made ready: places with their opening hours, own use, holidays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from booking.cases.models import Line, LineState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource
from booking.foundation.clock import day_bounds
from booking.foundation.conf import booking_settings
from booking.occupancy import registry as occupancy_registry
from booking.occupancy.models import Cause, Occupancy
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
    """Weekly hours of the municipality itself: agreements and dates of its services, what a unit has for itself, and
    calendars that are read in. What stands there in most weeks."""
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
    for slot, what in _without_organisation(round, on):
        if slot not in there:
            found.add(Suggestion(*slot, what[:150]))
    return sorted(found)


def _without_organisation(round: SeasonRound, on: date) -> Iterator[tuple[last_season.LastSlot, str]]:
    """What a unit has for itself, asked for in its own hat, and what stands in calendars that are read in (a school's
    timetable): weekly, in most of the last weeks or of those ahead."""
    places = set(round.places.values_list("resource_id", flat=True))
    tz = booking_settings().tz
    for first in (on - last_season.LOOK_BACK, on):
        since, until = day_bounds(first, tz).start, day_bounds(first + last_season.LOOK_BACK, tz).start
        rows = Line.objects.filter(
            case__organisation=None, case__requester_hat__startswith="unit:", resource__in=places,
            state__in=(LineState.GRANTED, LineState.COMPLETED), start__gte=since, start__lt=until,
        ).order_by("start", "pk")  # fmt: skip
        columns = ("case_id", "resource_id", "start", "end", "case__title", "case__unit__name")
        lines = list(rows.values_list(*columns)[:5000])
        names = {case: title or unit for case, _resource, _start, _end, title, unit in lines}
        for case, slots in last_season.every_week(line[:4] for line in lines).items():
            yield from ((slot, names[case]) for slot in slots)
        read_in = Occupancy.objects.filter(
            cause_kind=Cause.IMPORT, resource__in=places, start__gte=since, start__lt=until
        ).order_by("start", "cause_id")
        dates = list(read_in.values_list("resource_id", "start", "end", "cause_id").distinct()[:20000])
        causes = {}
        for resource, start, _end, cause in dates:
            local = start.astimezone(tz)
            causes[(resource, local.weekday(), local.hour * 60 + local.minute)] = cause
        words = occupancy_registry.describe(Cause.IMPORT, sorted(set(causes.values())))
        weekly = last_season.every_week((None, resource, start, end) for resource, start, end, _cause in dates)
        yield from ((slot, words.get(causes[slot[:3]], "")) for slots in weekly.values() for slot in slots)


def break_suggestions(round: SeasonRound) -> list[holidays.Break]:
    """School holidays of the season that the round hasn't left out yet."""
    there = [(one.start, one.end) for one in RoundBreak.objects.filter(round=round)]
    return [
        one
        for one in holidays.suggested(round.season_start, round.season_end)
        if not any(start <= one.end and one.start <= end for start, end in there)
    ]
