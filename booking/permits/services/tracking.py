"""What a case takes follows its lines; and what time does: permits run out, parties are reminded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from booking.cases.models import Case, CaseKind, Line
from booking.cases.rules import heads
from booking.cases.services.shared import SYSTEM, letters, lock_cases, post
from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import uses_meant
from booking.permits import rules, selectors
from booking.permits.models import Permit, PermitReminder
from booking.permits.services.common import locked, put, today_of

log = logging.getLogger(__name__)


def sync_case(case: Case, lines: Sequence[Line], now: datetime) -> None:
    """Rows for what these lines take and the case has no row for yet. Runs in the transaction that stores the lines.

    Rows are never taken away: what somebody has applied for stays on record. Only requests are asked: season hours and
    agreements have terms of their own.
    """
    if case.kind != CaseKind.REQUEST:
        return
    resources = list({line.resource_id: line.resource for line in lines}.values())
    terms = catalogue.terms(resources)
    uses = uses_meant(case.uses, heads(case.audience), terms.uses)
    wanted = {one.id: None for thing in resources for one in terms.requirements(thing.pk, uses)}
    if not wanted:
        return
    there = set(Permit.objects.filter(case=case).values_list("requirement_id", flat=True))
    Permit.objects.bulk_create(
        [Permit(case=case, requirement_id=pk, changed_at=now) for pk in wanted if pk not in there]
    )


def run_permits(now: datetime) -> int:
    """Due and not done: what has run out, and what is left before a loan. How many. Safe twice, late, and in two
    places; one case that fails doesn't stop the others."""
    done, failed = _run_out(now), []
    for case_id in selectors.cases_to_remind(now, max(rules.REMIND_BEFORE)):
        try:
            done += _remind(case_id, now)
        except Exception:
            log.exception("The reminder of what is left in case %s could not be written", case_id)
            failed.append(case_id)
    if failed:
        raise RuntimeError(f"reminders of {len(failed)} cases could not be written: {failed[:20]}")
    return done


def _run_out(now: datetime) -> int:
    """Granted permits whose last day is over, where a date is still to come."""
    on = today_of(now)
    ahead = Line.objects.filter(start__gt=now, state__in=selectors.STANDING).values("case")
    rows = Permit.objects.filter(state="granted", valid_to__lt=on, case__in=ahead).order_by("pk")
    count = 0
    for row in rows:
        with transaction.atomic():
            fresh = locked(row)
            if rules.has_run_out(fresh.state, fresh.valid_to, on):
                put(fresh, "expired", day=on, by=SYSTEM, now=now)
                count += 1
    return count


@transaction.atomic
def _remind(case_id: int, now: datetime) -> int:
    """One letter about all that is left, seven and two days before the first date to come."""
    case = lock_cases([case_id]).get(case_id)
    if case is None or case.stored_act in ("closed", "dismissed", "draft"):
        return 0
    lines = selectors.lines_of(case)
    day = selectors.first_day(lines, now)
    on = today_of(now)
    days = rules.reminder_due(day, on) if day is not None else None
    if day is None or days is None:
        return 0
    if not any(one.left for one in selectors.permits_of(case, lines, now=now)):
        return 0
    lately = now - timedelta(days=rules.REMIND_AGAIN_AFTER)
    said = PermitReminder.objects.filter(case=case, days=days)
    if said.filter(about=day).exists() or said.filter(sent_at__gt=lately).exists():
        return 0
    PermitReminder.objects.create(case=case, about=day, days=days, sent_at=now)
    payload = {"about": day.isoformat()}
    post(letters(case, "permit_left", f"permit-left:{case.pk}:{day}:{days}", payload, due_at=now, legal=False), now=now)
    return 1
