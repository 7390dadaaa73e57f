"""What somebody who is new in an organisation must know of its cases (needs N9)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.cases.models import Case, CoHost, WaitingOn
from booking.cases.selectors.carrying import live_cases
from booking.catalogue.models import Unit
from booking.foundation.clock import day_bounds
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations.registry import Entry

#: So many stand on the page; "My cases" has them all.
MOST = 30


def first_day(organisation: Any, on: date) -> list[Entry]:
    """Open cases of the organisation, its co-hosted ones too; those that wait for it first. Two queries."""
    start = day_bounds(on, booking_settings().tz).start
    hosted = CoHost.objects.filter(organisation=organisation).values("case_id")
    cases = live_cases(start).filter(Q(organisation=organisation) | Q(pk__in=hosted)).select_related("unit")
    order = {WaitingOn.REQUESTER: 0, WaitingOn.MUNICIPALITY: 1, WaitingOn.NOBODY: 2}
    rows = sorted(
        cases, key=lambda case: (order[WaitingOn(case.waiting_on)], case.answer_by or date.max, case.reference)
    )
    return [_entry(case) for case in rows[:MOST]]


def _entry(case: Case) -> Entry:
    waits = case.waiting_on == WaitingOn.REQUESTER
    owes = case.waiting_on == WaitingOn.MUNICIPALITY
    return Entry(
        title=case.title or case.reference,
        detail=" · ".join((case.reference, str(case.get_state_display()), str(localized(case.unit, "name")))),
        link=reverse("booking:case", args=[case.reference]),
        when=case.answer_by if owes else None,
        mark=_("Waits for you") if waits else "",
    )


def units_dealt_with(organisation: Any) -> list[Unit]:
    """The units that have had a case of the organisation the busiest first. One query."""
    cases = Q(cases__organisation=organisation)
    units = Unit.objects.filter(cases, active=True).annotate(cases_count=Count("cases", filter=cases))
    return list(units.order_by("-cases_count", "name"))
