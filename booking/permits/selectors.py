"""Reads: what a case takes, where each of it stands, for which dates, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from booking.cases.models import Case, Line, LineState
from booking.cases.rules import UNDECIDED, heads
from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import Requirement, outstanding, uses_meant
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.permits import wording
from booking.permits.models import Permit, PermitDocument

#: Lines that still may take place.
STANDING = (*UNDECIDED, LineState.GRANTED, LineState.WAITING_LIST, LineState.DISPLACED, LineState.HANDED_OUT)


@dataclass(frozen=True, slots=True)
class PermitView:
    """One requirement of a case as pages, API and letters show it. ``due``: to be in place by, a local date."""

    permit: Permit
    requirement: Requirement
    lines: Sequence[int]
    due: date | None
    #: Still to be done for a date to come.
    left: bool
    late: bool
    documents: Sequence[PermitDocument]

    @property
    def what(self) -> str:
        """In the reader's language."""
        return self.requirement.what

    @property
    def state_label(self) -> str:
        """In words that fit what it is."""
        return wording.state_words(self.requirement.kind, self.permit.state)

    @property
    def chip(self) -> str:
        """The colour of the state."""
        return wording.CHIPS[self.permit.state]


def with_all(rows: QuerySet[Permit]) -> QuerySet[Permit]:
    """Everything at hand for pages: constant queries."""
    return rows.select_related(
        "case__unit", "case__organisation", "case__requester", "requirement__granting_unit", "changed_by"
    ).prefetch_related(Prefetch("documents", PermitDocument.objects.order_by("pk")))


def permits_of(case: Case, lines: Sequence[Any], *, now: datetime) -> list[PermitView]:
    """What the case takes, what must be done first on top. ``lines``: with resource, start, number and state.

    Rows that no date needs any more, and that nobody has touched, are left out. Constant queries.
    """
    rows = list(with_all(Permit.objects.filter(case=case)).order_by("pk"))
    if not rows:
        return []
    resources = list({line.resource.pk: line.resource for line in lines}.values())
    terms = catalogue.terms(resources)
    uses = uses_meant(case.uses, heads(case.audience), terms.uses)
    needing: dict[int, list[Any]] = {}
    for line in lines:
        if line.state in STANDING:
            for one in terms.requirements(line.resource.pk, uses):
                needing.setdefault(one.id, []).append(line)
    found = []
    for row in rows:
        concerned = needing.get(row.requirement_id, [])
        if not concerned and row.state == "needed":
            continue
        found.append(_view(row, concerned, now))
    return sorted(found, key=lambda one: (not one.left, not one.requirement.blocking, one.due or date.max))


def _view(row: Permit, lines: Sequence[Any], now: datetime) -> PermitView:
    requirement = catalogue.requirement_of(row.requirement)
    ahead = [line for line in lines if line.start > now]
    days = sorted(local_date(line.start, catalogue.zone(line.resource)) for line in ahead)
    due = requirement.due_on(days[0]) if days else None
    left = any(outstanding(row.state, row.valid_to, day) for day in days)
    today = local_date(now, booking_settings().tz)
    return PermitView(
        permit=row,
        requirement=requirement,
        lines=[line.number for line in lines],
        due=due,
        left=left,
        late=left and due is not None and due < today,
        documents=list(row.documents.all()),
    )


def lines_of(case: Case) -> list[Line]:
    """The case's lines with their things, by number. One query."""
    return list(Line.objects.filter(case=case).select_related("resource").order_by("number"))


def in_order(rows: QuerySet[Permit]) -> QuerySet[Permit]:
    """What waits for the granting unit first: applied for, then needed, then the rest; newest change last."""
    from django.db.models import Case as When_
    from django.db.models import IntegerField, Value, When

    rank = When_(
        When(state="applied", then=Value(0)),
        When(state="expired", then=Value(1)),
        When(state="needed", then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return rows.annotate(_rank=rank).order_by("_rank", "changed_at", "pk")


def cases_to_remind(now: datetime, within_days: int) -> list[int]:
    """Cases with a date within so many days and something that may be outstanding. One query."""
    tz = booking_settings().tz
    today = local_date(now, tz)
    until = wall(today + timedelta(days=within_days + 1), time.min, tz)
    open_rows = Permit.objects.exclude(state="not_needed").values("case")
    return list(
        Line.objects.filter(case__in=open_rows, start__gt=now, start__lt=until, state__in=STANDING)
        .order_by("case_id")
        .values_list("case_id", flat=True)
        .distinct()
    )


def first_day(lines: Iterable[Any], now: datetime) -> date | None:
    """The local day of the first date to come that may still take place."""
    return min(
        (
            local_date(line.start, catalogue.zone(line.resource))
            for line in lines
            if line.state in STANDING and line.start > now
        ),
        default=None,
    )
