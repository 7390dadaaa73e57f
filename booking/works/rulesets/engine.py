"""The rule engine: how long before works, and how, those who use the place must be told. Pure.

Source: notice-rules.md "Rules are data" and its golden examples. Nothing here reads a clock, a table or a setting: the
rule set, the calendar and every moment are arguments. The same functions answer the API's ``notice-check``, gate the
start of works, and feed the planner's page.

    ruleset + category × impact × kinds of use  →  required()       →  Requirement
    start + Requirement + calendar              →  latest_notice()  →  the last moment to tell
    occupied time of the works and neighbours   →  category_of()    →  category

Days are local calendar dates in the calendar's zone; moments are aware and in UTC; intervals are half-open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache, reduce
from itertools import product
from zoneinfo import ZoneInfo

from booking.foundation.clock import local, wall
from booking.foundation.errors import RuleBroken
from booking.foundation.intervals import Interval, merge
from booking.foundation.workdays import OFFICE_CLOSES, ExtraDay
from booking.works.rules import impacts
from booking.works.rulesets.calendar import NoticeCalendar

#: Planned works by how long the place is taken, the longest first. One lower is one further to the right.
PLANNED = ("permanent", "major", "standard", "minor", "short")
#: Works that can't wait are declared by a person, never computed.
DECLARED = ("urgent", "emergency")
CATEGORIES = PLANNED + DECLARED
#: What works do to a place, the mildest first.
IMPACTS = impacts.IMPACTS
USES = (
    "booking",
    "allocation",
    "agreement",
    "public_event",
    "exclusive_agreement",
    "stored_equipment",
    "youth",
)
#: How somebody is reached when a message stays unread, step by step.
LADDER = ("email", "sms", "second_contact", "leader", "phone", "poster")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What works of one category, impact and kinds of use need. Days and hours as named; shares in per cent.

    ``calendar_days`` and ``working_days`` are clear days, and both must hold. ``hours_before`` (urgent) and
    ``hours_after`` (emergency) replace them. ``told`` False: nobody need be told at all.
    """

    category: str
    calendar_days: int = 0
    working_days: int = 0
    hours_before: int | None = None
    hours_after: int | None = None
    report_working_days: int | None = None
    forward_plan_days: int = 0
    consultation_days: int = 0
    reminders: tuple[int, ...] = ()
    acknowledged_direct: int = 0
    acknowledged_others: int = 0
    phone: bool = False
    inform_only: bool = False
    told: bool = True
    ladder: tuple[str, ...] = ()
    steps_earlier: int = 0
    #: Values that the rule set didn't know, so that the strictest row was taken: ("flooded",).
    unknown: tuple[str, ...] = ()

    @property
    def by_hours(self) -> bool:
        """True when the time is counted in hours, not in days: urgent and emergency."""
        return self.hours_before is not None or self.hours_after is not None


#: The figures of a requirement that a rule set's row may name.
FIGURES = (
    "calendar_days",
    "working_days",
    "hours_before",
    "hours_after",
    "report_working_days",
    "forward_plan_days",
    "consultation_days",
    "reminders",
    "acknowledged_direct",
    "acknowledged_others",
    "phone",
    "inform_only",
    "told",
    "ladder",
)


@dataclass(frozen=True, slots=True)
class When:
    """Which works a row is about. An empty set stands for all of that kind."""

    categories: frozenset[str] = frozenset()
    impacts: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()

    @property
    def specificity(self) -> int:
        """How many of the three are named: 0-3."""
        return sum(1 for named in (self.categories, self.impacts, self.uses) if named)

    def matches(self, category: str, impact: str, use: str | None) -> bool:
        """True when works of that category and impact, for somebody with that kind of use, are meant."""
        return (
            (not self.categories or category in self.categories)
            and (not self.impacts or impact in self.impacts)
            and (not self.uses or use in self.uses)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: for which works, and what they need."""

    when: When
    need: Requirement


@dataclass(frozen=True, slots=True)
class Change:
    """What a kind of impact or use does to planned works: another category, or figures on top."""

    when: When
    lower: int = 0
    at_least: str | None = None
    add_calendar_days: int = 0
    add_working_days: int = 0
    phone: bool = False
    steps_earlier: int = 0


@dataclass(frozen=True)
class RuleSet:
    """A named set of rules, checked by ``reading``. Immutable."""

    code: str
    rows: tuple[Row, ...]
    changes: tuple[Change, ...] = ()
    name: Mapping[str, str] = field(default_factory=dict, compare=False)
    cut_off: time = OFFICE_CLOSES
    #: Works on one day that take less than this are "short". Hours.
    short_below_hours: int = 8
    #: Water, power or the like off for no longer than this is "short" whatever else. Hours.
    services_off_hours: int = 4
    #: The most days that minor and standard works last; more is major.
    minor_days: int = 3
    standard_days: int = 10
    #: Two works on one place with less than this between them are one. Days.
    split_days: int = 14
    country: str | None = None
    extra_days: tuple[ExtraDay, ...] = ()
    quiet_weeks: frozenset[int] = frozenset()

    def __hash__(self) -> int:
        return hash((self.code, self.rows, self.changes))


def calendar_of(ruleset: RuleSet, *, country: str, extra_days: Iterable[object], tz: ZoneInfo) -> NoticeCalendar:
    """The calendar that a rule set counts by: the municipality's, with the set's extra days, quiet weeks and cut-off.

    Raises ``HolidayDataMissing`` for a country without a holiday calendar.
    """
    return NoticeCalendar(
        ruleset.country or country,
        (*extra_days, *ruleset.extra_days),
        tz=tz,
        cut_off=ruleset.cut_off,
        quiet_weeks=ruleset.quiet_weeks,
    )


# --- what is needed --------------------------------------------------------------------------------------------------


def required(ruleset: RuleSet, category: str, impact: str, uses: Collection[str] = ()) -> Requirement:
    """What works of that category and impact need, for somebody with those kinds of use.

    The most specific row wins, then the strictest; of several kinds of use the strictest of each figure. A value that
    the rules don't know counts as all of its kind at once, so it can never mean less than a known one; it is named in
    ``unknown``. Uses are tried one by one, so two additions don't add up: 14 and 7 days more are 14 more.
    """
    categories = (category,) if category in CATEGORIES else PLANNED
    impacts = (impact,) if impact in IMPACTS else IMPACTS
    strange = sorted(set(uses) - set(USES))
    kinds: tuple[str | None, ...] = (None, *(USES if strange else sorted(set(uses))))
    found = reduce(strictest, (_one(ruleset, *cell) for cell in product(categories, impacts, kinds)))
    unknown = [
        *([] if category in CATEGORIES else [category]),
        *([] if impact in IMPACTS else [impact]),
        *strange,
    ]
    return replace(found, unknown=tuple(unknown)) if unknown else found


@lru_cache(maxsize=4096)
def _one(ruleset: RuleSet, category: str, impact: str, use: str | None) -> Requirement:
    """The requirement of one cell: at most one kind of use."""
    changes = [change for change in ruleset.changes if change.when.matches(category, impact, use)]
    if category in DECLARED:
        changes = []  # in hours, so days on top mean nothing; an emergency is never held up
    category = _moved(category, changes)
    need = replace(row_for(ruleset.rows, category, impact, use), category=category)
    if not need.told or not changes:
        return need
    return replace(
        need,
        calendar_days=need.calendar_days + max(change.add_calendar_days for change in changes),
        working_days=need.working_days + max(change.add_working_days for change in changes),
        phone=need.phone or any(change.phone for change in changes),
        steps_earlier=max(change.steps_earlier for change in changes),
    )


def _moved(category: str, changes: Sequence[Change]) -> str:
    """The category after an impact lowered it (never below short) and a use raised it."""
    if category in DECLARED:
        return category
    place = PLANNED.index(category) + max((change.lower for change in changes), default=0)
    place = min(place, len(PLANNED) - 1)
    floors = [PLANNED.index(change.at_least) for change in changes if change.at_least]
    return PLANNED[min([place, *floors])]


def candidates(rows: Iterable[Row], category: str, impact: str, use: str | None) -> list[Row]:
    """The most specific rows about these works; several when they are equally specific."""
    matching = [row for row in rows if row.when.matches(category, impact, use)]
    most = max((row.when.specificity for row in matching), default=0)
    return [row for row in matching if row.when.specificity == most]


def row_for(rows: Iterable[Row], category: str, impact: str, use: str | None) -> Requirement:
    """What the winning row says. A checked set always has one; raises ``RuleBroken`` (``no_rule``) otherwise."""
    found = candidates(rows, category, impact, use)
    if not found:
        raise RuleBroken("no_rule", "No rule says what such works need.")
    return reduce(strictest, (row.need for row in found))


def at_least_as_strict(one: Requirement, other: Requirement) -> bool:
    """True when ``one`` asks for no less than ``other`` in any figure."""
    return replace(strictest(one, other), category="") == replace(one, category="")


def strictest(one: Requirement, other: Requirement) -> Requirement:
    """Both at once: of each figure the stricter one. Nobody is told less than either asks for."""
    if not one.told or not other.told:
        return one if one.told else other
    return Requirement(
        category=min(one.category, other.category, key=_rank),
        calendar_days=max(one.calendar_days, other.calendar_days),
        working_days=max(one.working_days, other.working_days),
        hours_before=_most(one.hours_before, other.hours_before),
        hours_after=_least(one.hours_after, other.hours_after),
        report_working_days=_least(one.report_working_days, other.report_working_days),
        forward_plan_days=max(one.forward_plan_days, other.forward_plan_days),
        consultation_days=max(one.consultation_days, other.consultation_days),
        reminders=tuple(sorted({*one.reminders, *other.reminders}, reverse=True)),
        acknowledged_direct=max(one.acknowledged_direct, other.acknowledged_direct),
        acknowledged_others=max(one.acknowledged_others, other.acknowledged_others),
        phone=one.phone or other.phone,
        inform_only=one.inform_only and other.inform_only,
        ladder=tuple(step for step in LADDER if step in one.ladder or step in other.ladder),
        steps_earlier=max(one.steps_earlier, other.steps_earlier),
    )


def _rank(category: str) -> int:
    return CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES)


def _most(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)


def _least(one: int | None, other: int | None) -> int | None:
    return min((value for value in (one, other) if value is not None), default=None)


# --- when ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last moment (UTC) and local date for a notice, and the days off that were counted with: stored as proof."""

    latest: datetime
    day: date
    days_off: tuple[tuple[date, str], ...]


def deadline(
    start: datetime | date, requirement: Requirement, calendar: NoticeCalendar, *, next_use: datetime | None = None
) -> Deadline | None:
    """By when the notice must have been given for works that start then; None when none is needed before the start.

    ``start`` is a moment, or a local date. ``next_use``: the start of the next use that the works hit, for works whose
    time is counted in hours. Raises ``HolidayDataMissing`` (422) for a year without data.

        latest day | c  c  c  c | start       clear days: neither end counts
    """
    if not requirement.told or requirement.hours_after is not None:
        return None
    day = calendar.local_day(start)
    calendar.is_working(day)  # a year without data is an error before any date is reckoned from it
    if requirement.hours_before is not None:
        moment = start if isinstance(start, datetime) else wall(start, time(0), calendar.tz)
        latest = moment - timedelta(hours=requirement.hours_before)
        if next_use is not None:
            latest = min(latest, next_use)
        return Deadline(latest, calendar.local_day(latest), ())
    last = calendar.latest_notice_day(day, requirement.calendar_days, requirement.working_days)
    return Deadline(calendar.closing(last), last, tuple(calendar.free_days_between(last, day)))


def latest_notice(
    start: datetime | date, requirement: Requirement, calendar: NoticeCalendar, *, next_use: datetime | None = None
) -> datetime | None:
    """The last moment (UTC) of :func:`deadline`; None when no notice is needed before the start."""
    found = deadline(start, requirement, calendar, next_use=next_use)
    return found.latest if found else None


def in_time(
    given: datetime,
    start: datetime | date,
    requirement: Requirement,
    calendar: NoticeCalendar,
    *,
    next_use: datetime | None = None,
) -> bool:
    """True when a notice that took effect at ``given`` is early enough for works that start then."""
    found = deadline(start, requirement, calendar, next_use=next_use)
    if found is None:
        return True
    if requirement.hours_before is not None:
        return given <= found.latest
    return calendar.given_day(given) <= found.day


def earliest_start(given: datetime, requirement: Requirement, calendar: NoticeCalendar) -> datetime:
    """The first moment (UTC) at which works may start when the notice takes effect at ``given``.

    In days it is the midnight that begins the first such local date.
    """
    if not requirement.told or requirement.hours_after is not None:
        return given
    if requirement.hours_before is not None:
        return given + timedelta(hours=requirement.hours_before)
    told = calendar.given_day(given)
    day = told + timedelta(days=requirement.calendar_days + 1)
    missing = requirement.working_days - calendar.working_days_between(told, day)
    if missing > 0:
        # The last of the working days that must lie between is ``day`` or later; the start is the day after it.
        day = calendar.add_working_days(day - _DAY, missing) + _DAY
    return wall(day, time(0), calendar.tz)


def report_by(start: datetime | date, requirement: Requirement, calendar: NoticeCalendar) -> datetime | None:
    """By when (UTC) the reason, the review and the report of an emergency must be in; None when none is needed.

    The cut-off of the working day, so many after the local date of the start, which isn't counted.
    """
    if requirement.report_working_days is None:
        return None
    day = calendar.local_day(start)
    calendar.is_working(day)
    return calendar.closing(calendar.add_working_days(day, requirement.report_working_days))


def told_after(start: datetime, requirement: Requirement) -> datetime | None:
    """By when (UTC) those affected by an emergency must have been told, after its start; None otherwise."""
    return None if requirement.hours_after is None else start + timedelta(hours=requirement.hours_after)


def reminder_days(start: datetime | date, requirement: Requirement, calendar: NoticeCalendar) -> list[date]:
    """The local dates on which those who haven't acknowledged are reminded, in order. Days before the start."""
    day = calendar.local_day(start)
    return [day - timedelta(days=before) for before in sorted(requirement.reminders, reverse=True)]


# --- which category --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """How long a place is taken: days that count, and hours, of the works and of those it is summed with."""

    days: int
    hours: float
    one_date: bool
    summed: bool = False


def span_of(
    occupied: Sequence[Interval[datetime]],
    calendar: NoticeCalendar,
    *,
    used_days: Collection[date] = (),
    neighbours: Sequence[Sequence[Interval[datetime]]] = (),
    split_days: int = 14,
) -> Span:
    """How long works take one place, restoring the ground included.

    ``occupied``: the half-open times (UTC) that they take it; ``neighbours``: those of other works on the same place.
    Works less than ``split_days`` apart are summed, so that nobody is told less by cutting works in pieces. Counted
    are working days touched, and of the other days those in ``used_days`` (local dates on which a target has a line,
    an allocation or opening hours); at least 1.

    An empty ``occupied`` raises ``ValueError``: works without time have no category.
    """
    if not occupied:
        raise ValueError("works without time have no span")
    taken, summed = _cluster(occupied, neighbours, timedelta(days=split_days))
    dates = {day for interval in taken for day in _dates(interval, calendar.tz)}
    counted = sum(1 for day in dates if calendar.is_office_day(day) or day in used_days)
    hours = sum((interval.end - interval.start).total_seconds() for interval in taken) / 3600
    return Span(max(1, counted), hours, len(dates) == 1, summed)


def _cluster(
    own: Sequence[Interval[datetime]], others: Sequence[Sequence[Interval[datetime]]], gap: timedelta
) -> tuple[list[Interval[datetime]], bool]:
    """The works with every neighbour that is near it, or near one that is: a chain of short works is one long one."""
    taken = list(merge(own))
    left = [list(merge(other)) for other in others if other]
    summed = False
    while True:
        near = [other for other in left if _apart(taken, other) < gap]
        if not near:
            return taken, summed
        summed = True
        left = [other for other in left if other not in near]
        taken = list(merge([*taken, *(interval for other in near for interval in other)]))


def _apart(one: Sequence[Interval[datetime]], other: Sequence[Interval[datetime]]) -> timedelta:
    """The shortest time between two works; zero when they meet."""
    return min(
        max(first.start - second.end, second.start - first.end, timedelta(0)) for first in one for second in other
    )


def _dates(interval: Interval[datetime], tz: ZoneInfo) -> Iterable[date]:
    first = local(interval.start, tz).date()
    last = local(interval.end - timedelta(microseconds=1), tz).date()
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def category_of(
    ruleset: RuleSet,
    span: Span,
    *,
    services_only: bool = False,
    season_lost: bool = False,
    permanent: bool = False,
) -> str:
    """The category of planned works by how long they take the place.

    ``services_only``: only water, power and the like are off. ``season_lost``: somebody's season at the place is gone.
    ``permanent``: the place doesn't come back, or nobody can say when. Urgent and emergency are declared, never
    computed.
    """
    if permanent or season_lost:
        return "permanent"
    if services_only and span.hours <= ruleset.services_off_hours:
        return "short"
    if span.one_date and span.hours < ruleset.short_below_hours:
        return "short"
    if span.days <= ruleset.minor_days:
        return "minor"
    return "standard" if span.days <= ruleset.standard_days else "major"


def longest(categories: Iterable[str]) -> str:
    """The category of works by those of its targets: the longest. Raises ``ValueError`` when there are none."""
    return min(categories, key=PLANNED.index)
