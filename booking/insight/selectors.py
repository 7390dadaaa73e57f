"""Public figures: read from what happened, for a period of local days. No names of people or organisations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from booking.cases import selectors as cases
from booking.cases.models import Case, CaseKind, Event, Line, LineState
from booking.cases.registry import line_facts
from booking.cases.rules import is_children_youth
from booking.catalogue.models import Kind, Unit
from booking.foundation.clock import day_bounds, local_date
from booking.foundation.conf import booking_settings
from booking.foundation.workdays import work_calendar
from booking.insight import rules
from booking.insight.rules import AnswerFigures, CaseFacts, NoticeFigures, StartedWorks, Use
from booking.works.models import OverrideKind, Works, WorksOverride

#: What somebody asked, and waits for an answer to. Hours of seasons and agreements are nobody's question.
_ASKED = (CaseKind.REQUEST, CaseKind.ENQUIRY)
#: Time that was lent, or will be.
_LENT = (LineState.GRANTED, LineState.HANDED_OUT, LineState.RETURNED, LineState.COMPLETED)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both in it."""

    first: date
    last: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """``[start, end)`` in UTC."""
        tz = booking_settings().tz
        return day_bounds(self.first, tz).start, day_bounds(self.last, tz).end


def last_year(today: date) -> Period:
    """The twelve months up to and with `today`."""
    return Period(today - timedelta(days=365), today)


@dataclass(frozen=True, slots=True)
class Answers:
    """The municipality's figures, and those of each unit that had a case, by its name."""

    all: AnswerFigures
    units: Sequence[tuple[Unit, AnswerFigures]]


def answer_times(period: Period, *, now: datetime, unit: Unit | None = None) -> Answers:
    """How cases received in the period were answered. Two queries. Raises ``HolidayDataMissing``."""
    start, end = period.bounds
    rows = Case.objects.filter(kind__in=_ASKED, received_at__gte=start, received_at__lt=end).exclude(stored_act="draft")
    if unit is not None:
        rows = rows.filter(unit=unit)
    by_rule = Exists(Event.objects.filter(case=OuterRef("pk"), type="automatic_approval"))
    found: dict[int, list[CaseFacts]] = defaultdict(list)
    values = rows.annotate(by_rule=by_rule).values_list(
        "unit_id", "received_at", "answered_at", "first_answer_by", "answer_by", "waiting_on", "by_rule"
    )
    for unit_id, received, answered, first, promised, waiting_on, ruled in values.iterator(chunk_size=2000):
        found[unit_id].append(CaseFacts(received, answered, first, promised, waiting_on == "municipality", ruled))
    tz = booking_settings().tz
    today, calendar = local_date(now, tz), work_calendar()
    units = Unit.objects.in_bulk(found)
    each = [(units[pk], rules.answer_figures(facts, calendar, tz, today)) for pk, facts in found.items()]
    everything = rules.answer_figures((one for facts in found.values() for one in facts), calendar, tz, today)
    return Answers(everything, sorted(each, key=lambda pair: pair[0].name))


@dataclass(frozen=True, slots=True)
class UseFigures:
    """Time lent that lay in the period, in all and by kind of thing; and how often granted time was taken back."""

    all: Use
    kinds: Mapping[str, Use]
    taken_back: Mapping[str, int]
    units: Sequence[tuple[Unit, Use]] = field(default=())


def use(period: Period, *, unit: Unit | None = None) -> UseFigures:
    """What was lent in the period, counted by when it began; take-backs by the day they were told (needs N8, N17)."""
    start, end = period.bounds
    rows = Line.objects.filter(state__in=_LENT, start__gte=start, start__lt=end)
    if unit is not None:
        rows = rows.filter(resource__unit=unit)
    least = booking_settings().child_share
    total = Use()
    kinds: dict[str, Use] = {}
    units: dict[int, Use] = {}
    whose = _audiences(rows)
    young_of: dict[tuple[int, int | None], bool] = {}
    values = rows.order_by().values_list(
        "case_id", "series_id", "case__audience", "resource__kind", "resource__unit_id", "start", "end"
    )
    for case_id, series, audience, kind, unit_id, begins, ends in values.iterator(chunk_size=2000):
        young = young_of.get((case_id, series))
        if young is None:
            audience = audience or whose.get(series, {})
            young = young_of[case_id, series] = is_children_youth(audience, least)
        total = total.plus(begins, ends, young=young)
        kinds[kind] = kinds.get(kind, Use()).plus(begins, ends, young=young)
        units[unit_id] = units.get(unit_id, Use()).plus(begins, ends, young=young)
    named: dict[int, Any] = Unit.objects.in_bulk(units)
    return UseFigures(
        all=total,
        kinds={kind: kinds[kind] for kind in Kind.values if kind in kinds},
        taken_back=cases.taken_back_count(start, end, [unit.pk] if unit is not None else None),
        units=sorted(((named[pk], one) for pk, one in units.items()), key=lambda pair: pair[0].name),
    )


def _audiences(rows: QuerySet[Line]) -> dict[int, Mapping[str, Any]]:
    """Who comes to weekly hours whose case doesn't say: a season's case holds hours of teams of all ages.

    By series: all its dates are of the same team, so that one of them is asked about. One query, and those of the
    floors that know.
    """
    unsaid = rows.filter(case__kind=CaseKind.SEASON, series__isnull=False).order_by()
    asked = dict(unsaid.values("series_id").annotate(one=Min("pk")).values_list("one", "series_id"))
    return {asked[pk]: fact.audience for pk, fact in line_facts(list(asked)).items()}


@dataclass(frozen=True, slots=True)
class Notices:
    """The municipality's figures, and those of each unit whose works started, by its name."""

    all: NoticeFigures
    units: Sequence[tuple[Unit, NoticeFigures]]


def notice_kept(period: Period, *, now: datetime, unit: Unit | None = None) -> Notices:
    """Whether those affected by works that started in the period were told in time. Two queries.

    Days given count from the party that was told last to the start in the field, as clear calendar days.
    """
    start, end = period.bounds
    tz = booking_settings().tz
    today, calendar = local_date(now, tz), work_calendar()
    overrides = WorksOverride.objects.filter(works=OuterRef("pk"))
    unreported = overrides.filter(report_due__lt=today).filter(
        Q(reported_at__isnull=True) | Q(reported_at__gt=now), refused_at__isnull=True
    )
    rows = (
        Works.objects.filter(started_at__gte=start, started_at__lt=end, current__isnull=False)
        .annotate(
            told=Max("parties__clock_from"),
            early=Exists(overrides.filter(kind=OverrideKind.EARLY_START, granted_at__isnull=False)),
            emergency=Exists(overrides.filter(kind=OverrideKind.EMERGENCY)),
            unreported=Exists(unreported),
        )
        .values_list("unit_id", "started_at", "told", "current__requirement", "early", "emergency", "unreported")
    )
    if unit is not None:
        rows = rows.filter(unit=unit)
    found: dict[int, list[StartedWorks]] = defaultdict(list)
    for unit_id, started, told, requirement, early, emergency, late in rows.order_by():
        given = None
        if told is not None and not emergency:
            given = max((local_date(started, tz) - calendar.given_day(told, tz)).days - 1, 0)
        promised = int(requirement.get("calendar_days") or 0)
        found[unit_id].append(StartedWorks(given, promised, early, emergency, late))
    units: dict[int, Any] = Unit.objects.in_bulk(found)
    each = [(units[pk], rules.notice_figures(some)) for pk, some in found.items()]
    everything = rules.notice_figures(one for some in found.values() for one in some)
    return Notices(everything, sorted(each, key=lambda pair: pair[0].name))
