"""Figures of use by season: read from the dates of an adopted timetable. A constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from booking.cases.models import Line, LineState
from booking.cases.rules import is_children_youth
from booking.catalogue.models import Cover, Resource
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.intervals import Interval
from booking.insight.seasons import rules
from booking.insight.seasons.rules import Tally
from booking.organisations.models import Organisation
from booking.seasons.models import Allocation, RoundState, SeasonRound, Wish
from booking.seasons.rules import presets
from booking.seasons.rules.ages import audience
from booking.seasons.selectors import last_season
from booking.seasons.selectors.rounds import DECIDED, is_on
from booking.seasons.selectors.standing import rules_of

#: Who has time: what others may have of hours that were given up.
_HAS = (LineState.HELD, LineState.GRANTED, LineState.HANDED_OUT, LineState.RETURNED, LineState.COMPLETED)
#: An age band for teams that haven't said how old they are.
NO_AGE = ""


@dataclass(frozen=True, slots=True)
class Team:
    """A row of the table by team and weekly hours."""

    allocation: Allocation
    tally: Tally


@dataclass(frozen=True)
class SeasonUse:
    """What became of a round's hours. ``whole``: of the season; ``so_far``: of the dates that have been.

    ``before``: last season's, up to the same week; None where there was none with hours in the calendars. Halls in the
    order of the round, with the hours of their parts; ``bands``: by the age bands of the round's rules, "" for teams
    that named no ages; ``weeks``: by their Monday, also those without any dates in between.
    """

    round: SeasonRound
    whole: Tally
    so_far: Tally
    before_round: SeasonRound | None
    before: Tally | None
    halls: Mapping[int, Tally]
    bands: Mapping[str, Tally]
    activities: Mapping[str, Tally]
    organisations: Mapping[int, Tally]
    weeks: Mapping[date, Tally]
    teams: Sequence[Team]
    resources: Mapping[int, Resource]
    names: Mapping[int, str]
    ages: presets.Rules


@dataclass(slots=True)
class _Counted:
    """What one pass over the dates of a round gives."""

    whole: Tally = field(default_factory=Tally)
    so_far: Tally = field(default_factory=Tally)
    wishes: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    halls: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    weeks: dict[date, Tally] = field(default_factory=lambda: defaultdict(Tally))
    allocations: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))


def has_figures(round: SeasonRound, on: date) -> bool:
    """Whether there is anything to count: the season has begun, and its hours stand in the calendars."""
    return (
        is_on()
        and round.state in DECIDED
        and round.season_start <= on
        and Allocation.objects.filter(round=round, series__isnull=False).exists()
    )


def rounds_with_figures(on: date) -> list[SeasonRound]:
    """Every round that has figures, the newest season first. One query."""
    if not is_on():
        return []
    rows = SeasonRound.objects.filter(state__in=DECIDED, season_start__lte=on, allocations__series__isnull=False)
    return list(rows.distinct().order_by("-season_start", "-pk"))


def season_use(round: SeasonRound, *, now: datetime) -> SeasonUse:
    """The figures of one round as of ``now``."""
    wishes = Wish.objects.filter(round=round, allocations__isnull=False).distinct().in_bulk()
    found = _count(round, wishes, now)
    before_round, before = _before(round, now)
    read = rules_of(round) or presets.load(presets.DEFAULT)
    by_band: dict[str, list[Tally]] = defaultdict(list)
    by_activity: dict[str, list[Tally]] = defaultdict(list)
    by_organisation: dict[int, list[Tally]] = defaultdict(list)
    for pk, tally in found.wishes.items():
        wish = wishes[pk]
        by_band[_band(read, wish)].append(tally)
        by_activity[" ".join(wish.activity.split()).casefold()].append(tally)
        by_organisation[wish.organisation_id].append(tally)
    order = [*(one.name for one in read.bands), NO_AGE]
    names = dict(Organisation.objects.filter(pk__in=by_organisation).values_list("pk", "name"))
    activities = {name: rules.together(some) for name, some in by_activity.items()}
    return SeasonUse(
        round=round,
        whole=found.whole,
        so_far=found.so_far,
        before_round=before_round,
        before=before,
        halls=_in_order(round, found.halls),
        bands={name: rules.together(by_band[name]) for name in order if name in by_band},
        activities=dict(sorted(activities.items(), key=lambda pair: (pair[0] == "", -pair[1].minutes, pair[0]))),
        organisations={
            pk: rules.together(by_organisation[pk])
            for pk in sorted(by_organisation, key=lambda pk: (names[pk].casefold(), pk))
        },
        weeks=_every_week(found.weeks),
        teams=_teams(round, found.allocations),
        resources=Resource.objects.in_bulk(found.halls),
        names=names,
        ages=read,
    )


def _band(read: presets.Rules, wish: Wish) -> str:
    if wish.age_from is None and wish.age_to is None:
        return NO_AGE
    return read.band(wish)  # type: ignore[arg-type]  # it asks the ages only, and those are the same


def _count(round: SeasonRound, wishes: Mapping[int, Wish], now: datetime) -> _Counted:
    """One pass over the round's dates, and one over those who had what was given up."""
    least, tz = booking_settings().child_share, booking_settings().tz
    young = {pk: is_children_youth(audience(one.age_from, one.age_to, one.heads), least) for pk, one in wishes.items()}
    rows = list(
        Line.objects.filter(series__allocation__round=round)
        .order_by()
        .values_list(
            "pk", "state", "reason", "start", "end", "resource_id", "series__allocation", "series__allocation__wish",
            "use_report__used",
        )
    )  # fmt: skip
    fates = {row[0]: rules.fate(row[1], row[2], row[4], row[8], now) for row in rows}
    others = retaken([(row[0], row[5], row[3], row[4]) for row in rows if fates[row[0]] == rules.GIVEN_UP])
    hall = _halls({row[5] for row in rows})
    found = _Counted()
    for pk, _state, _reason, start, end, resource, allocation, wish, _used in rows:
        what = fates[pk]
        if what is None:
            continue
        day = local_date(start, tz)
        minutes = int((end - start).total_seconds() // 60)
        tallies = [
            found.whole, found.wishes[wish], found.halls[hall[resource]], found.allocations[allocation],
            found.weeks[day - timedelta(days=day.weekday())],
        ]  # fmt: skip
        if end <= now:
            tallies.append(found.so_far)
        for tally in tallies:
            tally.add(
                minutes, what, young=young[wish], organisation=wishes[wish].organisation_id, retaken=others.get(pk, 0)
            )
    return found


def retaken(given_up: Sequence[tuple[int, int, datetime, datetime]]) -> dict[int, int]:
    """Minutes that somebody else had of each date that was given up, in the same place or one that shares ground with
    it. Two queries."""
    if not given_up:
        return {}
    mine = {resource for _pk, resource, _start, _end in given_up}
    cells: dict[int, set[int]] = defaultdict(set)
    of_cell: dict[int, set[int]] = defaultdict(set)
    ground = Cover.objects.filter(cell__covers__resource__in=mine).order_by()
    for resource, cell in ground.values_list("resource_id", "cell_id").distinct():
        cells[resource].add(cell)
        of_cell[cell].add(resource)
    near = {resource: {other for cell in cells[resource] for other in of_cell[cell]} | {resource} for resource in mine}
    first, last = min(one[2] for one in given_up), max(one[3] for one in given_up)
    others: dict[int, dict[date, list[Interval[datetime]]]] = defaultdict(lambda: defaultdict(list))
    wanted = {other for some in near.values() for other in some}
    taken = Line.objects.filter(resource__in=wanted, state__in=_HAS, start__lt=last, end__gt=first).order_by()
    for resource, start, end in taken.values_list("resource_id", "start", "end").iterator(chunk_size=2000):
        day = start.date()
        while day <= end.date():
            others[resource][day].append(Interval(start, end))
            day += timedelta(days=1)
    found = {}
    for pk, resource, start, end in given_up:
        days = {start.date(), end.date()}
        met = [one for other in near[resource] for day in days for one in others[other][day]]
        if minutes := rules.others_had(Interval(start, end), met):
            found[pk] = minutes
    return found


def _halls(resources: Iterable[int]) -> dict[int, int]:
    """The whole that each thing is a part of, itself where it is none."""
    parents: dict[int, int | None] = {}
    wanted = set(resources)
    while wanted:
        parents |= dict(Resource.objects.filter(pk__in=wanted).values_list("pk", "parent_id"))
        wanted = {pk for pk in parents.values() if pk is not None} - parents.keys()

    def top(pk: int) -> int:
        above = parents.get(pk)
        return pk if above is None else top(above)

    return {pk: top(pk) for pk in parents}


def _in_order(round: SeasonRound, halls: Mapping[int, Tally]) -> dict[int, Tally]:
    order = {pk: at for at, pk in enumerate(round.places.order_by("order", "pk").values_list("resource_id", flat=True))}
    return {pk: halls[pk] for pk in sorted(halls, key=lambda pk: (order.get(pk, len(order)), pk))}


def _every_week(weeks: Mapping[date, Tally]) -> dict[date, Tally]:
    """With the weeks without hours, so that a holiday is seen as a gap."""
    if not weeks:
        return {}
    first, last = min(weeks), max(weeks)
    count = (last - first).days // 7 + 1
    return {day: weeks.get(day, Tally()) for day in (first + timedelta(weeks=number) for number in range(count))}


def _teams(round: SeasonRound, tallies: Mapping[int, Tally]) -> list[Team]:
    rows = Allocation.objects.filter(pk__in=[pk for pk, one in tallies.items() if one.dates])
    ordered = rows.select_related("wish__organisation", "resource").order_by(
        "wish__organisation__name", "wish__team", "weekday", "start", "pk"
    )
    return [Team(one, tallies[one.pk]) for one in ordered]


def round_before(round: SeasonRound) -> SeasonRound | None:
    """Last season's round. One whose season runs into this one's is beside it, not before it."""
    old = last_season.before(round)
    return None if old is None or old.season_end >= round.season_start else old


def same_week(round: SeasonRound, old: SeasonRound, now: datetime) -> datetime:
    """When last season was as far on as this one is; the whole of it counts where this one is over."""
    return now if round.state == RoundState.ENDED else now - (round.season_start - old.season_start)


def _before(round: SeasonRound, now: datetime) -> tuple[SeasonRound | None, Tally | None]:
    """Last season's round and its figures up to the same day of the season."""
    old = round_before(round)
    if old is None or not Allocation.objects.filter(round=old, series__isnull=False).exists():
        return old, None
    wishes: dict[int, Any] = Wish.objects.filter(round=old, allocations__isnull=False).distinct().in_bulk()
    return old, _count(old, wishes, same_week(round, old, now)).so_far
