"""Taking back what one asked for: a whole case, or one line of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases import following as followers
from booking.cases.access import choose_hat, party_hats
from booking.cases.models import Case, Event, Line, LineState, OfferState, TakeBackOutcome
from booking.cases.rules import step_for
from booking.cases.services.loose_ends import end_take_backs, withdraw_changes
from booking.cases.services.offering import close_offers, pass_on, spans_of, waiting_for
from booking.cases.services.shared import (
    Actor,
    event,
    letters,
    lock,
    move_lines,
    post,
    refresh,
    tell_calendars,
)
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import NotFound, WrongState
from booking.occupancy.services import again_on_collision, release

_MOVABLE = frozenset(
    {
        LineState.REQUESTED,
        LineState.HELD,
        LineState.WAITING_LIST,
        LineState.GRANTED,
        LineState.DISPLACED,
    }
)


def withdraw_case(case: Case, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """A party takes back everything that isn't over yet. What was granted becomes cancelled by the organisation.

    Doing it twice changes nothing. Raises ``Forbidden`` or ``HatRequired`` for who isn't (clearly) a party, and
    ``WrongState`` when there is nothing left to take back.
    """
    return _withdraw(case, None, by=by, hat=hat, now=now)


def withdraw_line(case: Case, number: int, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """The same for one line, by its number in the case. Raises ``NotFound`` when there is none."""
    return _withdraw(case, number, by=by, hat=hat, now=now)


def _withdraw(case: Case, number: int | None, *, by: Any, hat: str | None, now: datetime) -> Case:
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    chosen = choose_hat(party_hats(by, case, on, binding=True), hat, default=default)
    return again_on_collision(lambda: _carry_out(case.pk, number, Actor(by, chosen), now))


@transaction.atomic
def _carry_out(case_id: int, number: int | None, by: Actor, now: datetime) -> Case:
    rows = Line.objects.filter(case_id=case_id)
    if number is not None:
        rows = rows.filter(number=number)
    resource_ids = set(rows.order_by().values_list("resource_id", flat=True))
    lock(resource_ids, ())
    freed = spans_of(rows.exclude(state__in=[LineState.REQUESTED, LineState.DISPLACED]))
    cases = lock((), {case_id, *(line.case_id for line in waiting_for(freed, now=now))})
    case = cases[case_id]
    lines = list(case.lines.select_related("resource"))
    going = _going(lines, number, now)
    if not lines and number is None:
        return _withdraw_enquiry(case, by, now)
    if not going:
        return case
    before = {line.pk: line.state for line in going}
    freed = spans_of(line for line in going if line.state in (LineState.GRANTED, LineState.HELD))
    freed += close_offers(going, OfferState.MOOT, now=now, by=by.user)
    end_take_backs(going, TakeBackOutcome.WITHDRAWN, now=now)
    withdraw_changes(going, now=now)
    release(cause_kind="line", cause_ids=[line.pk for line in going], now=now)
    events: list[Event] = []
    for target, kind in ((LineState.WITHDRAWN, "withdrawn"), (LineState.CANCELLED_BY_ORGANISATION, "cancelled")):
        moved = [line for line in going if _target(before[line.pk]) == target]
        if moved:
            move_lines(moved, target, now=now, keep=True)
            events.append(event(case, kind, now=now, by=by, lines=[line.number for line in moved]))
        if kind == "cancelled":
            # Who follows the place has heard of a displaced one already.
            held = [line for line in moved if before[line.pk] == LineState.GRANTED]
            followers.cancelled({case.pk: case}, held, now=now)
    Event.objects.bulk_create(events)
    payload = {"lines": [line.number for line in going]}
    post(
        letters(case, "case_withdrawn", f"withdrawn:{case.pk}:{case.version}", payload, due_at=now, soon=True), now=now
    )
    refresh([case], {case.pk: [line.state for line in lines]}, now=now)
    tell_calendars(case, [line.resource_id for line in going])
    pass_on(freed, cases, now=now)
    return case


def _going(lines: Sequence[Line], number: int | None, now: datetime) -> list[Line]:
    """The lines that change. [] when it has been done already; raises when it can't be done."""
    if number is None:
        going = [
            line
            for line in lines
            if line.state in _MOVABLE and not (line.state == LineState.GRANTED and line.end <= now)
        ]
        done = any(line.state in (LineState.WITHDRAWN, LineState.CANCELLED_BY_ORGANISATION) for line in lines)
        if lines and not going and not done:
            raise WrongState("wrong_state", _("There is nothing left to withdraw in this case."))
        return going
    line = next((one for one in lines if one.number == number), None)
    if line is None:
        raise NotFound("not_found", _("There is no such line in this case."))
    if step_for(line.state, "withdraw", "party") is None:
        return []
    if line.state == LineState.GRANTED and line.end <= now:
        raise WrongState("wrong_state", _("This time has passed."))
    return [line]


def _target(state: str) -> str:
    step = step_for(state, "withdraw", "party")
    return step.target if step is not None else state


def _withdraw_enquiry(case: Case, by: Actor, now: datetime) -> Case:
    if case.stored_act == "closed":
        return case
    case.stored_act = "closed"
    event(case, "withdrawn", now=now, by=by).save()
    refresh([case], {case.pk: []}, now=now)
    tell_calendars(case)
    return case
