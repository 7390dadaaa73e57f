"""What comes back: mow, inspect, groom. Its dates are laid out ahead; each is done by somebody, or overdue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.agreements import rules
from booking.agreements.models import Agreement, AgreementState, AgreementTask, Side, TaskDate
from booking.agreements.services.common import LEADING_ROLES, locked, log, need_state, speaker, store, today_of
from booking.foundation.errors import Forbidden, Invalid, NotFound
from booking.organisations.models import Organisation


def lay_out_dates(agreement: Agreement, tasks: Iterable[AgreementTask], *, now: datetime) -> int:
    """The dates of these tasks up to about a year ahead, never beyond the last day. Dates that are there stay."""
    today = today_of(now)
    until = today + rules.TASKS_AHEAD
    if agreement.last_day is not None:
        until = min(until, agreement.last_day)
    rows = [
        TaskDate(task=task, due_on=day)
        for task in tasks
        if task.stopped_at is None
        for day in rules.task_dates(task.first_on, task.every, until=until)
        # What should have been done before anybody wrote it down is nobody's debt here.
        if day >= today or day >= today_of(agreement.created_at)
    ]
    TaskDate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def add_task(
    agreement: Agreement, *, what: str, side: str, first_on: Any, every: str, by: Any, now: datetime
) -> AgreementTask:
    """The municipality adds a task to an agreement in force; parties see it at once. Raises ``Invalid``."""
    from booking.agreements.services.writing import TaskDraft, check_task
    from booking.foundation.errors import FieldError

    faults: list[FieldError] = []
    checked = check_task(
        TaskDraft(what, side, first_on, every),
        lambda code, message, *loc, **params: faults.append(FieldError(tuple(loc), code, message, params)),
    )
    if checked is None:
        raise Invalid.of(faults)
    with transaction.atomic():
        fresh = locked(agreement)
        need_state(fresh, AgreementState.PROPOSED, AgreementState.AGREED)
        who = speaker(fresh, by=by, organisation=None, now=now)
        if fresh.tasks.count() >= rules.MOST_TASKS * 3:
            raise Invalid("too_many", _("At most %(most)s."), loc=("what",), params={"most": rules.MOST_TASKS * 3})
        task = AgreementTask.objects.create(
            agreement=fresh, what=checked.what, side=checked.side, every=checked.every, first_on=checked.first_on
        )
        lay_out_dates(fresh, [task], now=now)
        log(fresh, "task_added", who=who, now=now, task=task.pk)
        store(fresh, now)
    return task


def stop_task(agreement: Agreement, task: AgreementTask, *, by: Any, now: datetime) -> None:
    """The municipality stops a task: dates that were not done and lie ahead are gone, the others stay as history."""
    with transaction.atomic():
        fresh = locked(agreement)
        who = speaker(fresh, by=by, organisation=None, now=now)
        row = fresh.tasks.filter(pk=task.pk).first()
        if row is None:
            raise NotFound("not_found", _("There is no such task."))
        if row.stopped_at is not None:
            return
        row.stopped_at = now
        row.save(update_fields=["stopped_at"])
        row.dates.filter(done_at=None, due_on__gte=today_of(now)).delete()
        log(fresh, "task_stopped", who=who, now=now, task=row.pk)
        store(fresh, now)


def mark_done(
    agreement: Agreement, date_id: int, *, by: Any, organisation: Organisation | None = None, now: datetime
) -> TaskDate:
    """Say that a task was done, for one's own side; bookers may too. Twice is once, and the first one stays named.

    Raises ``NotFound`` for a date of another agreement, ``Forbidden`` for the other side's task, ``WrongState`` before
    the agreement is in force.
    """
    with transaction.atomic():
        fresh = locked(agreement)
        need_state(fresh, AgreementState.AGREED, AgreementState.ENDED)
        row = TaskDate.objects.select_related("task").filter(task__agreement=fresh, pk=date_id).first()
        if row is None:
            raise NotFound("not_found", _("There is no such task."))
        own = Side.ORGANISATION if organisation is not None else Side.MUNICIPALITY
        who = speaker(fresh, by=by, organisation=organisation, now=now, roles=LEADING_ROLES)
        if row.task.side != own:
            raise Forbidden("forbidden", _("This is the other side's task."))
        if row.done_at is None:
            row.done_at, row.done_by, row.done_hat = now, by, who.hat
            row.save(update_fields=["done_at", "done_by", "done_hat"])
            log(fresh, "task_done", who=who, now=now, task=row.task_id, due_on=row.due_on.isoformat())
            store(fresh, now)
    return row
