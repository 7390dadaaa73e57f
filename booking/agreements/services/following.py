"""What happens to agreements by itself: `tick` reminds and warns, people leave, organisations merge, hands change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from booking.agreements import rules
from booking.agreements.models import (
    Agreement,
    AgreementParty,
    AgreementReminder,
    AgreementState,
    AgreementTask,
    Side,
    TaskDate,
)
from booking.agreements.services.common import (
    DECIDING_ROLES,
    Speaker,
    locked,
    log,
    post,
    speaker,
    store,
    to_everybody,
    to_municipality,
    to_organisations,
    today_of,
)
from booking.agreements.services.ending import end_passed
from booking.agreements.services.hours import extend_hours
from booking.agreements.services.tasks import lay_out_dates
from booking.cases.services import hand_standing_case
from booking.cases.services.shared import Actor
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.correspondence.services import Outgoing
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation

logger = logging.getLogger(__name__)


def run_agreements(now: datetime) -> int:
    """`tick`: end what is over, extend hours, lay out dates, remind and warn. How many things were done.

    Everything is due and not done, so a day without `tick` loses nothing and twice says nothing twice. One agreement
    that fails doesn't stop the others; then the job says so with ``RuntimeError``, which `tick` shows.
    """
    if not booking_settings().is_on("agreements"):
        return 0
    done, broken = end_passed(now), []
    for step in (_extend, _lay_out, _remind_to_confirm, _warn, _remind_of_tasks):
        try:
            done += step(now)
        except _Broken as error:
            broken += error.ids
    if broken:
        raise RuntimeError(f"{len(broken)} agreements could not be followed up: {broken[:20]}")
    return done


class _Broken(Exception):
    """Agreements that a step could not follow up; the others were done."""

    def __init__(self, ids: list[int]) -> None:
        super().__init__(ids)
        self.ids = ids


def _each(ids: Iterable[int], act: Callable[[int], int]) -> int:
    done, broken = 0, []
    for pk in list(ids):
        try:
            done += act(pk)
        except Exception:
            logger.exception("The agreement %s could not be followed up", pk)
            broken.append(pk)
    if broken:
        raise _Broken(broken)
    return done


def _extend(now: datetime) -> int:
    """Hours up to the horizon; what somebody else has is told to both sides."""
    horizon = today_of(now) + timedelta(weeks=booking_settings().agreement_horizon_weeks)
    rows = Agreement.objects.filter(state=AgreementState.AGREED, hours__isnull=False).distinct()
    due = [
        pk
        for pk, taken, last in rows.order_by("pk").values_list("pk", "taken_until", "last_day")
        if rules.horizon_to_take(taken, horizon=horizon, last=last) is not None
    ]

    def act(pk: int) -> int:
        with transaction.atomic():
            agreement = Agreement.objects.get(pk=pk)
            left = extend_hours(agreement, now=now)
            if left:
                key = f"agreement_dates:{pk}:{now.isoformat()}"
                payload = {"found_at": now.isoformat(), "count": len(left)}
                post(to_everybody(agreement, "agreement_dates", key, now=now, payload=payload), now=now)
        return 1

    return _each(due, act)


def _lay_out(now: datetime) -> int:
    """The dates of what comes back, a year ahead; once a month is enough."""
    today = today_of(now)
    nearly = today + rules.TASKS_AHEAD - timedelta(days=31)
    tasks = (
        AgreementTask.objects.filter(agreement__state__in=[AgreementState.AGREED, AgreementState.PROPOSED])
        .filter(stopped_at=None)
        .exclude(every="once")
        .exclude(dates__due_on__gte=nearly)
        .filter(Q(agreement__last_day=None) | Q(agreement__last_day__gte=today))
        .select_related("agreement")
    )
    done = 0
    for task in tasks.order_by("pk"):
        before = task.dates.count()
        lay_out_dates(task.agreement, [task], now=now)
        done += task.dates.count() - before
    return done


def _remind_to_confirm(now: datetime) -> int:
    """Who hasn't confirmed two weeks after it was written down is reminded once."""
    tz = booking_settings().tz
    written_before = now - timedelta(days=rules.CONFIRM_AFTER)
    rows = Agreement.objects.filter(state=AgreementState.PROPOSED, written_at__lte=written_before).order_by("pk")

    def act(pk: int) -> int:
        with transaction.atomic():
            row = locked(Agreement(pk=pk))
            about = local_date(row.written_at, tz)
            if row.state != AgreementState.PROPOSED or not _first(row, "confirm", about, 0, now):
                return 0
            key = f"agreement_reminder:{pk}:{about}"
            missing = list(row.parties.filter(confirmed_at=None).values_list("organisation_id", flat=True))
            messages = to_organisations(row, "agreement_reminder", key, now=now, only=missing)
            if row.confirmed_at is None:
                messages += to_municipality(row, "agreement_reminder", key, now=now)
            post(messages, now=now)
            log(row, "reminded", now=now)
        return 1

    return _each(rows.values_list("pk", flat=True), act)


def _warn(now: datetime) -> int:
    """It ends soon: both sides hear of it, once per warning; after an outage only the nearest warning is said."""
    tz = booking_settings().tz
    today = today_of(now)
    rows = Agreement.objects.filter(
        state=AgreementState.AGREED,
        notice_at=None,
        last_day__gte=today,
        last_day__lte=today + timedelta(days=max(rules.WARN_BEFORE)),
    ).order_by("pk")

    def act(pk: int) -> int:
        with transaction.atomic():
            row = locked(Agreement(pk=pk))
            if row.state != AgreementState.AGREED or row.notice_at is not None or row.agreed_at is None:
                return 0
            days = rules.warning_due(row.last_day, agreed_on=local_date(row.agreed_at, tz), on=today)
            if days is None or row.last_day is None or row.followed_by.exists():
                return 0
            said = row.reminders.filter(kind="expiry", about=row.last_day)
            if said.filter(days__lte=days).exists() or not _first(row, "expiry", row.last_day, days, now):
                return 0
            key = f"agreement_expiring:{pk}:{row.last_day}:{days}"
            post(to_everybody(row, "agreement_expiring", key, now=now), now=now)
            log(row, "warned", now=now, last_day=row.last_day.isoformat())
        return 1

    return _each(rows.values_list("pk", flat=True), act)


def _remind_of_tasks(now: datetime) -> int:
    """What is due within a week, or overdue and never said: one letter per agreement and side, once per date."""
    today = today_of(now)
    due = TaskDate.objects.filter(
        done_at=None,
        reminded_at=None,
        due_on__lte=today + timedelta(days=rules.TASK_BEFORE),
        task__agreement__state=AgreementState.AGREED,
        task__stopped_at=None,
    )
    ids = due.order_by("task__agreement_id").values_list("task__agreement_id", flat=True).distinct()

    def act(pk: int) -> int:
        with transaction.atomic():
            row = locked(Agreement(pk=pk))
            dates = list(due.filter(task__agreement=row).select_related("task"))
            messages: list[Outgoing] = []
            for side in Side.values:
                mine = [one.pk for one in dates if one.task.side == side]
                if not mine:
                    continue
                send = to_organisations if side == Side.ORGANISATION else to_municipality
                key = f"agreement_tasks:{pk}:{max(mine)}:{side[:1]}"
                messages += send(row, "agreement_tasks", key, now=now, payload={"dates": mine})
            TaskDate.objects.filter(pk__in=[one.pk for one in dates]).update(reminded_at=now)
            post(messages, now=now)
        return len(dates)

    return _each(ids, act)


def _first(agreement: Agreement, kind: str, about: date, days: int, now: datetime) -> bool:
    """Write that it is said; False when it was. The agreement is locked."""
    _row, made = AgreementReminder.objects.get_or_create(
        agreement=agreement, kind=kind, about=about, days=days, defaults={"sent_at": now}
    )
    return made


# --- people and organisations ----------------------------------------------------------------------------------------


@transaction.atomic
def take_over_agreements(leaver: Any, now: datetime) -> int:
    """Somebody can't sign in any more: their agreements go to others in the same second (needs N5, N9), with a mark
    until somebody of the unit has looked. How many. Called by the catalogue's signal.

    Units and things were handed on first, so the unit's officer is a living one where there is any.
    """
    on = today_of(now)
    rows = Agreement.objects.select_for_update(of=("self",)).filter(
        Q(officer=leaver) | Q(deputy=leaver), state__in=[AgreementState.PROPOSED, AgreementState.AGREED]
    )
    count = 0
    for row in rows.select_related("unit").order_by("pk"):
        if row.deputy_id == leaver.pk:
            row.deputy = None
        if row.officer_id == leaver.pk:
            row.officer, row.deputy = _heirs(row, on, leaver)
            row.taken_over = True
            log(row, "officer_changed", now=now, officer=row.officer.pk if row.officer else None, former=leaver.pk)
        store(row, now)
        count += 1
    return count


def _heirs(agreement: Agreement, on: date, leaver: Any) -> tuple[Any, Any]:
    """The first living one in the line who leads none of the parties: deputy, the unit's people, leaders upward."""
    hosts = [one.organisation for one in agreement.parties.select_related("organisation")]
    who = catalogue.unit_responsible(agreement.unit, on)
    line = [agreement.deputy, who.officer, who.acting, who.deputy, *catalogue.leaders(agreement.unit, on)]
    parent = agreement.unit.parent
    while parent is not None:
        line += [parent.officer, *catalogue.leaders(parent, on)]
        parent = parent.parent
    living = [one for one in line if one is not None and one.is_active and one.pk != leaver.pk]
    fit = [one for one in living if not organisations.has_leading_role(one, hosts, on)]
    # Tied or not, somebody owns it: who is tied can't answer, but can hand it on.
    officer = next(iter(fit or living), None)
    deputy = who.deputy if who.deputy in fit and who.deputy != officer else None
    return officer, deputy


def assign_agreement(agreement: Agreement, *, unit: Unit | None, officer: Any, by: Any, now: datetime) -> Agreement:
    """Another officer, or another unit with its officer, answers for the agreement; the mark of a take-over goes.

    Who is tied may hand it on. Raises ``Forbidden`` for who has no role there, ``Invalid`` for an officer who doesn't
    decide in that unit or is tied.
    """
    on = today_of(now)
    with transaction.atomic():
        fresh = locked(agreement)
        hosts = [one.organisation for one in fresh.parties.select_related("organisation")]
        if not catalogue.units_of(by, on, roles=DECIDING_ROLES).filter(pk=fresh.unit_id).exists():
            raise Forbidden("forbidden", _("Only the unit that has the agreement can do this."))
        target = unit or fresh.unit
        if not target.active:
            raise Invalid("unknown_unit", _("There is no such unit."), loc=("unit",))
        who = catalogue.unit_responsible(target, on)
        line = [who.officer, who.acting, who.deputy, *catalogue.leaders(target, on)]
        living = [one for one in line if one is not None and one.is_active]
        fit = [one for one in living if not organisations.has_leading_role(one, hosts, on)]
        chosen = officer or next(iter(fit or living), None)
        if officer is not None:
            theirs = catalogue.units_of(officer, on, roles=DECIDING_ROLES)
            if not officer.is_active or not theirs.filter(pk=target.pk).exists():
                raise Invalid("not_an_officer", _("This person doesn't decide cases in that unit."), loc=("officer",))
            if organisations.has_leading_role(officer, hosts, on):
                raise Invalid(
                    "disqualified", _("This person can't have this case. Choose somebody else."), loc=("officer",)
                )
        if (target.pk, getattr(chosen, "pk", None)) == (fresh.unit_id, fresh.officer_id) and not fresh.taken_over:
            return fresh
        actor = Speaker(by, organisations.unit_hat(fresh.unit).code)
        former = fresh.officer_id
        fresh.unit, fresh.officer, fresh.taken_over = target, chosen, False
        fresh.deputy = who.deputy if who.deputy != chosen else None
        log(fresh, "officer_changed", who=actor, now=now, officer=getattr(chosen, "pk", None), former=former)
        if fresh.case is not None:
            hand_standing_case(
                fresh.case, unit=target, officer=chosen, deputy=fresh.deputy, by=Actor(by, actor.hat), now=now
            )
        store(fresh, now)
    return fresh


def move_parties(source: Organisation, target: Organisation, now: datetime) -> None:
    """Two organisations become one: where both were parties, the one that stays is, confirmed if either had."""
    both = AgreementParty.objects.filter(organisation=source, agreement__parties__organisation=target)
    for row in list(both.select_related("agreement")):
        kept = AgreementParty.objects.get(agreement=row.agreement, organisation=target)
        if kept.confirmed_at is None and row.confirmed_at is not None:
            kept.confirmed_by, kept.confirmed_at = row.confirmed_by, row.confirmed_at
            kept.save(update_fields=["confirmed_by", "confirmed_at"])
        row.delete()


def agreements_that_move(source: Organisation) -> list[tuple[int, Any]]:
    """For the list of consequences of a merge."""
    count = AgreementParty.objects.filter(organisation=source).count()
    return [(count, ngettext_lazy("agreement", "agreements", count))] if count else []


def mark_seen(agreement: Agreement, *, by: Any, now: datetime) -> Agreement:
    """Somebody of the unit has looked at an agreement that was taken over."""
    with transaction.atomic():
        fresh = locked(agreement)
        speaker(fresh, by=by, organisation=None, now=now)
        if fresh.taken_over:
            fresh.taken_over = False
            store(fresh, now)
    return fresh
