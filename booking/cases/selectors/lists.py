"""Lists of cases: the queue of staff, one's own cases, rivals side by side. Constant numbers of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.cases.models import HOSTING, Case, CaseKind, CaseState, CoHost, Line, LineState, WaitingOn
from booking.cases.rules import is_overdue
from booking.cases.selectors.access import staff_cases
from booking.cases.wanting import wanted_of
from booking.catalogue import selectors as catalogue
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid
from booking.occupancy import selectors as occupancy


def in_order(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Sorted by `answer_by`, then reference; what was never promised comes last."""
    return cases.order_by(F("answer_by").asc(nulls_last=True), "reference")


def waiting_on_staff(cases: QuerySet[Case]) -> QuerySet[Case]:
    """What the municipality must answer, and what somebody of the unit must look at although it isn't its move."""
    return cases.filter(Q(waiting_on=WaitingOn.MUNICIPALITY) | ~Q(attention=""))


def with_lines(cases: QuerySet[Case]) -> QuerySet[Case]:
    """With lines, resources, unit, people and organisation at hand: two queries for any number of cases."""
    lines = Line.objects.select_related("resource", "decision", "series", "kit").order_by("number")
    return cases.select_related("unit", "officer", "deputy", "organisation", "requester").prefetch_related(
        Prefetch("lines", queryset=lines)
    )


def filtered(cases: QuerySet[Case], filters: Mapping[str, Any]) -> QuerySet[Case]:
    """Narrow `cases` (api.md "GET requests/"). Known: state, waiting_on (comma lists or lists), organisation, resource,
    unit (slugs), from, to (dates or aware moments; a line touches them), kind, q (reference, title, organisation),
    overdue (with `today`), officer (id). Unknown values of a closed list raise ``Invalid``."""
    for name, known in (("state", CaseState.values), ("waiting_on", WaitingOn.values), ("kind", CaseKind.values)):
        wanted = _several(filters.get(name))
        unknown = [value for value in wanted if value not in known]
        if unknown:
            raise Invalid(
                "unknown_choice",
                _("Choose one of: %(choices)s."),
                loc=(name,),
                params={"choices": ", ".join(known)},
            )
        if wanted:
            cases = cases.filter(**{f"{name}__in": wanted})
    if filters.get("organisation"):
        slug = filters["organisation"]
        cases = cases.filter(Q(organisation__slug=slug) | Q(pk__in=_hosted(slug)))
    if filters.get("unit"):
        cases = cases.filter(unit__slug=filters["unit"])
    if filters.get("officer"):
        cases = cases.filter(officer=filters["officer"])
    lines = Line.objects.all()
    if filters.get("resource"):
        lines = lines.filter(resource__slug=filters["resource"])
    if filters.get("from"):
        lines = lines.filter(end__gt=filters["from"])
    if filters.get("to"):
        lines = lines.filter(start__lt=filters["to"])
    if any(filters.get(name) for name in ("resource", "from", "to")):
        cases = cases.filter(pk__in=lines.order_by().values("case_id"))
    if filters.get("overdue"):
        cases = cases.filter(waiting_on="municipality", answer_by__lt=filters["today"])
    for word in str(filters.get("q") or "").split()[:6]:
        cases = cases.filter(
            Q(reference__icontains=word) | Q(title__icontains=word) | Q(organisation__name__icontains=word)
        )
    return cases


def _hosted(slug: str) -> Any:
    return CoHost.objects.filter(organisation__slug=slug, state__in=HOSTING).values("case_id")


def _several(value: Any) -> list[str]:
    if not value:
        return []
    items = value.split(",") if isinstance(value, str) else value
    return [str(item).strip() for item in items if str(item).strip()]


def queue(user: Any, filters: Mapping[str, Any] | None = None, *, now: datetime) -> QuerySet[Case]:
    """The staff's queue: cases of their units, those that wait on the municipality unless `filters` says otherwise.

    Sorted by answer-by date, then reference. Each case also has `open_lines`, `lines_count` and `first_start`.
    """
    wanted = dict(filters or {})
    wanted.setdefault("today", local_date(now, booking_settings().tz))
    cases = filtered(staff_cases(user), wanted)
    if not any(wanted.get(name) for name in ("state", "waiting_on", "q", "all")):
        cases = waiting_on_staff(cases)
    cases = cases.annotate(
        lines_count=Count("lines"),
        open_lines=Count("lines", filter=Q(lines__state__in=[LineState.REQUESTED, LineState.HELD])),
        first_start=Min("lines__start"),
    )
    return in_order(with_lines(cases))


def waiting_on_you(user: Any, *, now: datetime) -> dict[str, int]:
    """For the dashboard: how many cases wait on the user's units, how many of those are overdue. One query."""
    today = local_date(now, booking_settings().tz)
    counts = (
        staff_cases(user, roles=("officer", "leader"))
        .filter(waiting_on="municipality")
        .aggregate(
            open=Count("pk"),
            overdue=Count("pk", filter=Q(answer_by__lt=today)),
            yours=Count("pk", filter=Q(officer=user)),
        )
    )
    return {name: int(value or 0) for name, value in counts.items()}


_ASKS = frozenset({LineState.REQUESTED, LineState.HELD, LineState.WAITING_LIST})


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody else's open request for the same time: for the decision page, never for parties."""

    line: Line
    case: Case
    #: Numbers of this case's lines that it overlaps.
    against: Sequence[int]


def rivals(case: Case) -> list[Rival]:
    """Open requests of other cases that overlap this case's open lines on a shared piece, first received first."""
    mine = list(
        case.lines.filter(state__in=[LineState.REQUESTED, LineState.HELD, LineState.WAITING_LIST]).select_related(
            "resource"
        )
    )
    if not mine:
        return []
    outlook = occupancy.outlook(wanted_of(mine), ignore_cause=("line", list(case.lines.values_list("pk", flat=True))))
    number_of = {line.pk: line.number for line in mine}
    against: dict[int, list[int]] = {}
    for index, causes in outlook.rivals.items():
        for kind, pk in causes:
            if kind == "line":
                against.setdefault(pk, []).append(number_of[index])
    lines = (
        Line.objects.filter(pk__in=against)
        .select_related("case", "case__organisation", "case__unit", "resource")
        .order_by("case__received_at", "case_id", "number")
    )
    return [Rival(line, line.case, sorted(against[line.pk])) for line in lines]


def rival_counts(cases: Iterable[Case]) -> dict[int, int]:
    """How many other cases have asked for time that these ask for, by case; cases without rivals are left out.

    For a page of the queue: `cases` have their lines at hand. Two queries, however many they are; the catalogue is the
    kept one.
    """
    mine = {line.pk: line for case in cases for line in case.lines.all() if line.state in _ASKS}
    if not mine:
        return {}
    outlook = occupancy.outlook(wanted_of(mine.values()), known=catalogue.snapshot())
    asking = {pk for causes in outlook.rivals.values() for kind, pk in causes if kind == "line"}
    case_of = {pk: line.case_id for pk, line in mine.items()}
    if asking:
        case_of |= dict(Line.objects.filter(pk__in=asking - case_of.keys()).values_list("pk", "case_id"))
    found: dict[int, set[int]] = {}
    for line_id, causes in outlook.rivals.items():
        own = mine[line_id].case_id
        others = {case_of[pk] for kind, pk in causes if kind == "line" and pk in case_of} - {own}
        if others:
            found.setdefault(own, set()).update(others)
    return {pk: len(others) for pk, others in found.items()}


def overdue(cases: Iterable[Case], now: datetime) -> set[int]:
    """Ids of those that the municipality should have answered."""
    tz = booking_settings().tz
    return {case.pk for case in cases if case.waiting_on == "municipality" and is_overdue(case.answer_by, now, tz)}
