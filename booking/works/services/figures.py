"""What the rules ask of works: which rule set, how long a place is taken, which category, by when to tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from booking.cases.models import Line, LineState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Cover, Resource
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.intervals import Interval
from booking.works.models import Haste, Impact, PeriodKind, Works, WorksPeriod, WorksState, WorksVersion
from booking.works.rulesets import engine
from booking.works.rulesets import selectors as rulesets
from booking.works.rulesets.calendar import NoticeCalendar

#: Works in these states don't count as neighbours: they aren't, or aren't any more.
_NO_NEIGHBOUR = (WorksState.DRAFT, WorksState.CANCELLED, WorksState.POSTPONED)
#: Lines that make a day off count as a day of use.
_USED = (LineState.GRANTED, LineState.HELD, LineState.DISPLACED)


@dataclass(frozen=True, slots=True)
class Figures:
    """The rules that hold for works, ready to be asked."""

    ruleset: engine.RuleSet
    calendar: NoticeCalendar

    def required(self, category: str, impact: str, uses: Collection[str] = ()) -> engine.Requirement:
        return engine.required(self.ruleset, category, impact, uses)


def figures(works: Works | None = None) -> Figures:
    """The rule set that the works were first noticed under; before that, and for new works, the one in force."""
    ruleset = rulesets.ruleset(works.ruleset if works is not None else "")
    return Figures(ruleset, rulesets.calendar(ruleset))


@dataclass(frozen=True, slots=True)
class Hit:
    """A resource that works name: how it is hit, and in which times."""

    resource_id: int
    impact: str
    periods: tuple[Interval[datetime], ...]


def hits_of(version: WorksVersion) -> list[Hit]:
    """The targets of a version with their times, by the phases in which they are hit. Two queries."""
    periods = list(version.periods.all())
    return [
        Hit(target.resource_id, target.impact, tuple(times_of(periods, target.phases)))
        for target in version.targets.all()
    ]


def times_of(periods: Iterable[WorksPeriod], phases: Collection[int]) -> list[Interval[datetime]]:
    """The times of these phases (none named: all), restoring the ground included."""
    return [Interval(one.start, one.end) for one in periods if not phases or one.phase in phases]


def first_day_of(version: WorksVersion) -> datetime:
    """When the works begin to take anything."""
    return min((one.start for one in version.periods.all()), default=version.window_start)


def last_moment_of(version: WorksVersion) -> datetime:
    """When the ground is given back."""
    return max((one.end for one in version.periods.all()), default=version.window_end)


def category_of(version: WorksVersion, hits: Sequence[Hit], rules: Figures) -> str:
    """The category by the span of the longest target; declared haste comes first. A constant number of queries."""
    if version.haste in (Haste.URGENT, Haste.EMERGENCY):
        return str(version.haste)
    taken = [hit for hit in hits if hit.periods and hit.impact != Impact.NONE]
    if not taken:
        whole = Interval(version.window_start, version.window_end)
        taken = [Hit(0, version.impact, tuple(times_of(version.periods.all(), ())) or (whole,))]
    used = _used_days(taken, rules)
    near = _neighbours(version, [hit.resource_id for hit in taken], rules)
    found = []
    for hit in taken:
        span = engine.span_of(
            hit.periods,
            rules.calendar,
            used_days=used.get(hit.resource_id, ()),
            neighbours=near.get(hit.resource_id, ()),
            split_days=rules.ruleset.split_days,
        )
        found.append(
            engine.category_of(
                rules.ruleset,
                span,
                services_only=version.services_off,
                season_lost=version.season_lost,
                permanent=hit.impact == Impact.PERMANENT,
            )
        )
    return engine.longest(found)


def _used_days(hits: Sequence[Hit], rules: Figures) -> dict[int, set[date]]:
    """Days off on which a target has a line or opening hours (notice-rules.md: they count in the span)."""
    ids = [hit.resource_id for hit in hits if hit.resource_id]
    if not ids:
        return {}
    # Whoever uses a third of the hall uses the hall: lines on the same ground count.
    sharing: dict[int, set[int]] = {pk: {pk} for pk in ids}
    cells = Cover.objects.filter(resource__in=ids).order_by().values_list("resource_id", "cell_id")
    of_cell: dict[int, set[int]] = {}
    for pk, cell in cells:
        of_cell.setdefault(cell, set()).add(pk)
    for pk, cell in Cover.objects.filter(cell__in=list(of_cell)).order_by().values_list("resource_id", "cell_id"):
        sharing.setdefault(pk, set()).update(of_cell[cell])
    since = min(one.start for hit in hits for one in hit.periods)
    until = max(one.end for hit in hits for one in hit.periods)
    resources = list(Resource.objects.filter(pk__in=ids))
    tz = rules.calendar.tz
    found: dict[int, set[date]] = {pk: set() for pk in ids}
    windows = catalogue.open_windows(resources, since, until)
    for pk, opens in windows.items():
        for start, end in opens:
            found[pk] |= _dates(start, end, tz)
    lines = Line.objects.filter(resource__in=list(sharing), state__in=_USED, start__lt=until, end__gt=since)
    for place, begins, ends in lines.order_by().values_list("resource_id", "start", "end"):
        for pk in sharing[place]:
            found[pk] |= _dates(begins.timestamp(), ends.timestamp(), tz)
    return found


def _dates(start: float, end: float, tz: Any) -> set[date]:
    first = datetime.fromtimestamp(start, tz).date()
    last = datetime.fromtimestamp(end - 1, tz).date()
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def _neighbours(
    version: WorksVersion, resource_ids: Collection[int], rules: Figures
) -> dict[int, list[list[Interval[datetime]]]]:
    """The times of other works on the same ground that may be near enough to count as one. Three queries."""
    ids = [pk for pk in resource_ids if pk]
    if not ids:
        return {}
    margin = timedelta(days=400)
    cells = Cover.objects.filter(resource__in=ids).order_by().values("cell_id")
    shares: dict[int, set[int]] = {}
    ground: dict[int, set[int]] = {}
    for pk, cell in Cover.objects.filter(cell__in=cells).order_by().values_list("resource_id", "cell_id"):
        shares.setdefault(pk, set()).add(cell)
        ground.setdefault(cell, set()).add(pk)
    around = {pk: {pk}.union(*(ground[cell] for cell in shares.get(pk, ()))) for pk in ids}
    others = (
        WorksVersion.objects.filter(
            current_of__isnull=False,
            targets__resource__in=set().union(*around.values()),
            window_start__lt=version.window_end + margin,
            window_end__gt=version.window_start - margin,
        )
        .exclude(works=version.works_id)
        .exclude(works__state__in=_NO_NEIGHBOUR)
        .distinct()
        .prefetch_related("targets", "periods")
    )
    found: dict[int, list[list[Interval[datetime]]]] = {}
    for other in others:
        periods = list(other.periods.all())
        for target in other.targets.all():
            if target.impact == Impact.NONE:
                continue
            for pk in ids:
                if target.resource_id in around[pk]:
                    found.setdefault(pk, []).append(times_of(periods, target.phases))
    return found


def requirement_json(version: WorksVersion, rules: Figures, hits: Sequence[Hit]) -> dict[str, Any]:
    """What the rules say about a version: kept with it as its proof (notice-rules.md "Sending")."""
    impact = worst(hit.impact for hit in hits) if hits else str(version.impact)
    need = rules.required(version.category, impact)
    start = first_day_of(version)
    found = engine.deadline(start, need, rules.calendar)
    return {
        "ruleset": version.works.ruleset or rules.ruleset.code,
        "category": need.category,
        "calendar_days": need.calendar_days,
        "working_days": need.working_days,
        "hours_before": need.hours_before,
        "hours_after": need.hours_after,
        "forward_plan_days": need.forward_plan_days,
        "consultation_days": need.consultation_days,
        "reminders": list(need.reminders),
        "direct": need.acknowledged_direct,
        "others": need.acknowledged_others,
        "latest_notice": found.latest.isoformat() if found else None,
        "days_off": [[day.isoformat(), name] for day, name in found.days_off] if found else [],
    }


def worst(impacts: Iterable[str]) -> str:
    """The impact that is felt most."""
    return max(impacts, key=engine.IMPACTS.index, default=str(Impact.NONE))


def makes_impossible(impact: str) -> bool:
    """Nobody can use it then: what has a claim to it is direct."""
    return impact in (Impact.CLOSED, Impact.PERMANENT)


def restoring_planned(version: WorksVersion) -> bool:
    """The plan has time for putting the ground back."""
    return any(one.kind == PeriodKind.RESTORING for one in version.periods.all())


def resources_under(version: WorksVersion, parents: Mapping[int, int | None] | None = None) -> dict[int, set[int]]:
    """Each target with what lies in it, where the whole subtree was ticked. One query."""
    tree = parents if parents is not None else dict(Resource.objects.order_by().values_list("pk", "parent_id"))
    children: dict[int, list[int]] = {}
    for pk, parent in tree.items():
        if parent is not None:
            children.setdefault(parent, []).append(pk)
    found: dict[int, set[int]] = {}
    for target in version.targets.all():
        inside = {target.resource_id}
        queue = [target.resource_id] if target.subtree else []
        while queue:
            for child in children.get(queue.pop(), ()):
                if child not in inside:
                    inside.add(child)
                    queue.append(child)
        found[target.pk] = inside
    return found


def local_day(moment: datetime) -> date:
    """The local date of a moment."""
    return local_date(moment, booking_settings().tz)
