"""The answer clock runs: steps that are due are done, once, whoever's `tick` comes first and however late it is.

Source: requests.md "The answer clock" 3. Timers remind, escalate and inform; nothing here decides or ends a case.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from booking.cases.models import Attention, Case, Step, WaitingOn
from booking.cases.rules import promise
from booking.cases.selectors.detail import acting_for
from booking.cases.services.shared import event, letters, lock_cases, post, refresh, states_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.correspondence.services import Outgoing
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings

log = logging.getLogger(__name__)

#: When the morning's letters to staff leave, on the municipality's wall clock.
DIGEST_AT = time(7, 0)
_BATCH = 200
_QUESTION = frozenset({promise.ASK_AGAIN, promise.NO_REPLY})


def run_steps(now: datetime) -> int:
    """Do every step that is due, case by case. How many. One case that fails doesn't stop the others: its steps stay
    due, and `tick` names the failure."""
    done, failed, seen = 0, [], 0
    while True:
        due = list(
            Step.objects.filter(done_at__isnull=True, due_at__lte=now, case_id__gt=seen)
            .order_by("case_id")
            .values_list("case_id", flat=True)
            .distinct()[:_BATCH]
        )
        if not due:
            break
        for case_id in due:
            seen = case_id
            try:
                done += _run_case(case_id, now)
            except Exception:
                log.exception("The steps of case %s could not be done", case_id)
                failed.append(case_id)
    if failed:
        raise RuntimeError(f"steps of {len(failed)} cases could not be done: {failed[:20]}")
    return done


@transaction.atomic
def _run_case(case_id: int, now: datetime) -> int:
    case = lock_cases([case_id]).get(case_id)
    if case is None:
        return 0
    due = list(Step.objects.filter(case=case, done_at__isnull=True, due_at__lte=now).order_by("due_at", "pk"))
    holds = WaitingOn.REQUESTER if any(one.kind in _QUESTION for one in due) else WaitingOn.MUNICIPALITY
    worth = promise.worth_doing({one.kind for one in due}) if case.waiting_on == holds else []
    acted = False
    for step in sorted(due, key=lambda one: promise.KINDS.index(one.kind)):
        step.done_at = now
        if case.waiting_on != holds:
            step.outcome = "moot"
        elif step.kind not in worth:
            step.outcome = "needless"
        else:
            step.outcome = "done"
            _DO[step.kind](case, step, now)
            acted = True
    Step.objects.bulk_update(due, ["done_at", "outcome"])
    if acted:
        refresh([case], states_of([case.pk]), now=now)
    return sum(one.outcome == "done" for one in due)


# --- the steps -------------------------------------------------------------------------------------------------------


def _nudge(case: Case, step: Step, now: datetime) -> None:
    """The officer is reminded, in one digest in the morning. Parties never see it."""
    on = local_date(now, booking_settings().tz)
    holder, _why = acting_for(case, on)
    event(case, "nudged", now=now, staff_only=True, step=step.kind, officer=holder.pk if holder else None).save()
    post(to_staff(holder, "staff_digest", on, now), now=now)


def _last_day(case: Case, step: Step, now: datetime) -> None:
    """The promise passes with the next working day: a letter of its own."""
    on = local_date(now, booking_settings().tz)
    holder, _why = acting_for(case, on)
    event(case, "nudged", now=now, staff_only=True, step=step.kind, officer=holder.pk if holder else None).save()
    from booking.cases.services.handing import to_person

    post(to_person(case, holder, "case_last_day", f"last:{case.pk}:{step.about}", {}, now=_morning(on, now)), now=now)


def _escalate(case: Case, step: Step, now: datetime) -> None:
    """The promise has passed: the leader is told (one letter a day), and everybody on the case sees it."""
    on = local_date(now, booking_settings().tz)
    holder, _why = acting_for(case, on)
    told = _above(case, holder, on)
    event(case, "escalated", now=now, promised=step.about.isoformat(), officer=told[0].pk if told else None).save()
    post([letter for leader in told for letter in to_staff(leader, "staff_late", on, now)], now=now)
    post(to_staff(holder, "staff_digest", on, now), now=now)


def _draft_interim(case: Case, step: Step, now: datetime) -> None:
    """A holding reply lies ready on the officer's page; it leaves only when they send it."""
    event(case, "interim_drafted", now=now, staff_only=True).save()
    on = local_date(now, booking_settings().tz)
    holder, _why = acting_for(case, on)
    post(to_staff(holder, "staff_digest", on, now), now=now)


def _tell_honestly(case: Case, step: Step, now: datetime) -> None:
    """The requester hears who has it, that it is late, and whom to call."""
    event(case, "late_status_sent", now=now, promised=step.about.isoformat()).save()
    key = f"late:{case.pk}:{step.about}"
    post(letters(case, "case_late_status", key, {}, due_at=_morning(local_date(now, _tz()), now)), now=now)


def _ask_again(case: Case, step: Step, now: datetime) -> None:
    """The open question is repeated, once."""
    asked = case.events.filter(type="asked").order_by("-pk").first()
    if asked is None:
        return
    payload = {"message": asked.data.get("message"), "again": True}
    event(case, "asked", now=now, again=True, message=asked.data.get("message")).save()
    post(letters(case, "case_asked", f"asked-again:{case.pk}:{step.about}", payload, due_at=now), now=now)


def _no_reply(case: Case, step: Step, now: datetime) -> None:
    """Nobody replies: the officer is asked what to do. The case isn't ended."""
    case.attention = Attention.NO_REPLY
    _nudge(case, step, now)


_DO = {
    promise.HALF: _nudge,
    promise.SOON: _nudge,
    promise.LAST: _last_day,
    promise.OVERDUE: _escalate,
    promise.INTERIM: _draft_interim,
    promise.LATE: _tell_honestly,
    promise.ASK_AGAIN: _ask_again,
    promise.NO_REPLY: _no_reply,
}


# --- to whom, when ---------------------------------------------------------------------------------------------------


def _tz() -> Any:
    return booking_settings().tz


def _morning(on: date, now: datetime) -> datetime:
    """Seven in the morning of the day, or now when that has passed."""
    return max(now, wall(on, DIGEST_AT, _tz()))


def _above(case: Case, holder: Any, on: date) -> list[Any]:
    """Leaders of the unit who don't hold the case themselves; else those of the unit above, and so on.

    Steps held by one person collapse upward: nobody is mailed about themselves. Whoever is away today is passed over,
    unless all are.
    """
    unit: Unit | None = case.unit
    while unit is not None:
        leaders = [one for one in catalogue.leaders(unit, on) if holder is None or one.pk != holder.pk]
        away = catalogue.absent_ids(on, [one.pk for one in leaders])
        present = [one for one in leaders if one.pk not in away]
        if present or leaders:
            return present or leaders
        unit = unit.parent
    return []


def to_staff(person: Any, handler: str, on: date, now: datetime) -> Sequence[Outgoing]:
    """One letter of a kind to a person a day, whatever makes it due: it says what is true when it leaves."""
    if person is None or not person.is_active:
        return []
    address = str(getattr(person, person.get_email_field_name(), "") or "")
    if not address:
        return []
    return [
        Outgoing(
            key=f"{handler}:{person.pk}:{on}",
            handler=handler,
            payload={"user": person.pk, "day": on.isoformat()},
            recipient=address,
            recipient_user=person,
            language=getattr(person, "language", "nb") or "nb",
            due_at=_morning(on, now),
        )
    ]
