"""Giving notice, and what happens when the last day has passed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.agreements import rules
from booking.agreements.models import Agreement, AgreementState, TaskDate
from booking.agreements.services.common import (
    check_version,
    locked,
    log,
    need_state,
    post,
    speaker,
    store,
    to_everybody,
    today_of,
)
from booking.agreements.services.hours import free_hours
from booking.foundation import text
from booking.foundation.errors import Invalid
from booking.occupancy.services import again_on_collision
from booking.organisations.models import Organisation


def earliest_end(agreement: Agreement, on: date) -> date:
    """The last day if notice is given on that day: the notice agreed on, or the end of the period if that is sooner."""
    by_notice = rules.notice_ends_on(on, agreement.notice_months)
    return min(by_notice, agreement.end) if agreement.end is not None else by_notice


def give_notice(
    agreement: Agreement,
    *,
    by: Any,
    organisation: Organisation | None = None,
    reason: str,
    ends_on: date | None = None,
    now: datetime,
    if_version: int | None = None,
) -> Agreement:
    """End the agreement with the notice that was agreed on; every side gets a letter, future hours are free again.

    ``ends_on``: a later last day than the notice gives. Twice is once. Raises ``Invalid`` without a reason or for a day
    before the notice allows or after the period, ``Forbidden``, ``Disqualified``, ``WrongState``, ``Stale``.
    """
    why = text.clean(reason, max_length=text.PURPOSE, loc=("reason",), multiline=True, required=True)

    @transaction.atomic
    def act() -> Agreement:
        fresh = locked(agreement)
        who = speaker(fresh, by=by, organisation=organisation, now=now)
        if fresh.notice_at is not None and fresh.state in (AgreementState.AGREED, AgreementState.ENDED):
            return fresh
        need_state(fresh, AgreementState.AGREED)
        check_version(fresh, if_version)
        today = today_of(now)
        earliest = earliest_end(fresh, today)
        last = ends_on or earliest
        if last < earliest:
            raise Invalid(
                "too_early",
                _("The notice that was agreed on ends on %(day)s. Choose that day or a later one."),
                loc=("ends_on",),
                params={"day": earliest.isoformat()},
            )
        if last > date(2100, 12, 31) or (fresh.end is not None and last > fresh.end):
            raise Invalid("out_of_range", _("The agreement ends before that by itself."), loc=("ends_on",))
        fresh.notice_by, fresh.notice_hat, fresh.notice_at, fresh.notice_reason = by, who.hat, now, why
        fresh.last_day = rules.last_day(fresh.end, last)
        freed = free_hours(fresh, who=who, last=last, now=now)
        _drop_task_dates(fresh, last)
        log(fresh, "notice_given", who=who, now=now, last_day=last.isoformat(), freed=freed)
        store(fresh, now)
        key = f"agreement_notice:{fresh.pk}"
        payload = {"freed": freed}
        post(to_everybody(fresh, "agreement_notice", key, now=now, payload=payload, legal=True), now=now)
        return fresh

    return again_on_collision(act)


def end_passed(now: datetime) -> int:
    """Agreements whose last day has passed are over. How many. Safe twice and late: pages go by the date anyway."""
    today = today_of(now)
    done = 0
    over = Agreement.objects.filter(state=AgreementState.AGREED, last_day__lt=today).order_by("pk")
    for pk in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            fresh = locked(Agreement(pk=pk))
            if fresh.state != AgreementState.AGREED or fresh.last_day is None or fresh.last_day >= today:
                continue
            fresh.state = AgreementState.ENDED
            _drop_task_dates(fresh, fresh.last_day)
            log(fresh, "ended", now=now)
            store(fresh, now)
            done += 1
    return done


def _drop_task_dates(agreement: Agreement, last: date) -> None:
    """After the last day nobody owes anything."""
    TaskDate.objects.filter(task__agreement=agreement, done_at=None, due_on__gt=last).delete()
