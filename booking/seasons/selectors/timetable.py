"""Reads of the running season: the timetable of each hall, what a team has and when, free hours, hours without use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from booking.cases.models import CaseKind, Line, LineState
from booking.catalogue.models import ResourceState
from booking.occupancy import selectors as occupancy
from booking.organisations.models import Organisation
from booking.seasons.models import Allocation, RoundState, SeasonRound, UseReport
from booking.seasons.selectors.rounds import is_on

HELD = (LineState.GRANTED, LineState.HANDED_OUT, LineState.RETURNED, LineState.COMPLETED)
#: Free hours are shown so far ahead.
AHEAD = timedelta(days=400)
MOST_FREE = 200


def allocations(round: SeasonRound, on: date | None = None) -> QuerySet[Allocation]:
    """The weekly hours of a round with team, organisation and place; ``on``: those in force from that day on."""
    rows = Allocation.objects.filter(round=round)
    if on is not None:
        rows = rows.filter(until__gte=on).filter(Q(ended_at__isnull=True) | Q(ended_why="released"))
    else:
        rows = rows.filter(ended_at__isnull=True)
    return rows.select_related("wish__organisation", "resource", "series").order_by(
        "weekday", "start", "resource__name", "pk"
    )


# --- what an organisation has ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnHours:
    """Weekly hours of a team as its people see them: the next dates, and the last ones to report use of."""

    allocation: Allocation
    coming: list[Line]
    to_report: list[Line]

    @property
    def next(self) -> Line | None:
        return next((line for line in self.coming if line.state == LineState.GRANTED), None)


def own_hours(organisation: Organisation, *, now: datetime, today: date, coming: int = 4) -> list[OwnHours]:
    """What an organisation has in rounds that are adopted or running, by team. A constant number of queries."""
    rows = list(
        Allocation.objects.filter(
            wish__organisation=organisation, round__state__in=[RoundState.ADOPTED, RoundState.RUNNING],
            until__gte=today, series__isnull=False,
        )
        .exclude(ended_why="adoption")
        .select_related("round", "wish__organisation", "resource", "series__case")
        .order_by("wish__team", "weekday", "start")
    )  # fmt: skip
    lines: dict[int, list[Line]] = defaultdict(list)
    window = Line.objects.filter(
        series__in=[one.series_id for one in rows], end__gt=now - timedelta(days=14), start__lt=now + timedelta(days=70)
    )
    for line in window.select_related("case", "resource", "use_report").order_by("start"):
        lines[line.series_id or 0].append(line)
    found = []
    for one in rows:
        mine = lines[one.series_id or 0]
        ahead = [line for line in mine if line.end > now and line.state in (*HELD, LineState.DISPLACED)]
        if not ahead and one.since <= today:
            ahead = []
        past = [line for line in mine if line.start <= now and line.state in HELD]
        found.append(OwnHours(one, ahead[:coming], past[-2:]))
    return found


def first_dates(own: Sequence[OwnHours]) -> dict[int, Line]:
    """For hours whose season lies further ahead: their first date, by the allocation's id. One query."""
    late = {one.allocation.series_id: one.allocation.pk for one in own if not one.coming}
    found: dict[int, Line] = {}
    rows = Line.objects.filter(series__in=[pk for pk in late if pk], state=LineState.GRANTED)
    for line in rows.select_related("case", "resource").order_by("start"):
        found.setdefault(late[line.series_id], line)
    return found


# --- free hours ------------------------------------------------------------------------------------------------------


def free_hours(now: datetime) -> list[Line]:
    """Dates of season hours that were given up, and that nobody has: anybody may ask for them. In order of time.

    What is held for somebody on the waiting list isn't free yet. Four queries and those of the conflicts.
    """
    if not is_on():
        return []
    rows = list(
        Line.objects.filter(
            case__kind=CaseKind.SEASON, state=LineState.CANCELLED_BY_ORGANISATION, start__gt=now,
            start__lt=now + AHEAD,
            resource__state=ResourceState.ACTIVE, resource__public=True,
        )
        .select_related("resource")
        .order_by("start", "resource__name", "pk")[:MOST_FREE]
    )  # fmt: skip
    wanted = [occupancy.Wanted(line.resource_id, line.start, line.end, index=line.pk) for line in rows]
    taken = {one.index for one in occupancy.conflicts(wanted) if one.status != "own"}
    return [line for line in rows if line.pk not in taken]


# --- use -------------------------------------------------------------------------------------------------------------


def unused_hours(round: SeasonRound) -> list[Any]:
    """Weekly hours with dates that were reported as not used, the most first: for staff to talk about."""
    unused = Count("series__lines__use_report", filter=Q(series__lines__use_report__used=False))
    used = Count("series__lines__use_report", filter=Q(series__lines__use_report__used=True))
    rows = Allocation.objects.filter(round=round, ended_at__isnull=True).annotate(unused=unused, used=used)
    return list(
        rows.filter(unused__gt=0)
        .select_related("wish__organisation", "resource")
        .order_by("-unused", "wish__organisation__name", "pk")
    )


def use_of(round: SeasonRound) -> dict[str, int]:
    """How many dates were reported as used, as not used, and how many have passed without a word."""
    counted = UseReport.objects.filter(line__series__allocation__round=round).aggregate(
        with_use=Count("pk", filter=Q(used=True)), without=Count("pk", filter=Q(used=False))
    )
    return {"used": counted["with_use"], "unused": counted["without"]}
