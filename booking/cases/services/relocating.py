"""A line that works or the like stand in the way of moves to another time or place, as the same line (needs N8).

The floor that has offered it says what holds the new time (its own claim); the line takes that over in one transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, Line, LineState, TakeBackOutcome
from booking.cases.services.loose_ends import end_take_backs, withdraw_changes
from booking.cases.services.offering import Span, pass_on, waiting_for
from booking.cases.services.shared import (
    Actor,
    event,
    letters,
    lock,
    move_lines,
    post,
    refresh,
    states_of,
    tell_calendars,
)
from booking.catalogue.models import Resource
from booking.foundation.errors import WrongState
from booking.occupancy.services import Take, release, take


def relocate_line(
    line_id: int,
    *,
    resource: Resource,
    start: datetime,
    end: datetime,
    by: Any,
    hat: str,
    held_by: tuple[str, int] | None = None,
    now: datetime,
) -> Case:
    """Give a granted or displaced line this time instead, in the caller's transaction. The letter tells its party.

    ``held_by``: the claim (cause kind, id) that has kept the time free for the line until now. The old time is given
    up and offered on. Raises ``Taken`` when the time isn't free any more, ``WrongState`` when the line has moved on.
    """
    found = Line.objects.get(pk=line_id)
    lock({found.resource_id, resource.pk}, ())
    freed = [Span(found.resource_id, found.start, found.end, found.pk)] if found.state == LineState.GRANTED else []
    cases = lock((), {found.case_id, *(one.case_id for one in waiting_for(freed, now=now))})
    case = cases[found.case_id]
    line = Line.objects.select_related("resource").get(pk=line_id)
    if (line.resource_id, line.start, line.end) == (resource.pk, start, end) and line.state == LineState.GRANTED:
        return case
    if line.state not in (LineState.GRANTED, LineState.DISPLACED):
        raise WrongState("wrong_state", _("This time isn't yours any more: there is nothing to move."))
    before = {"resource": line.resource.slug, "start": line.start.isoformat(), "end": line.end.isoformat()}
    old_place = line.resource_id
    if held_by is not None:
        release(cause_kind=held_by[0], cause_ids=[held_by[1]], now=now)
    withdraw_changes([line], now=now)
    take(
        [
            Take(
                resource.pk, start, end, line.pk, line.quantity, line.setup_minutes, line.teardown_minutes,
                label=case.title if case.title_public else "",
            )
        ],
        now=now,
        replace_same=True,
    )  # fmt: skip
    line.resource, line.start, line.end = resource, start, end
    Line.objects.filter(pk=line.pk).update(resource=resource, start=start, end=end)
    move_lines([line], LineState.GRANTED, now=now, keep=True)
    end_take_backs([line], TakeBackOutcome.ALTERNATIVE, now=now)
    event(case, "granted", now=now, by=Actor(by, hat), lines=[line.number], instead_of=before).save()
    key = f"moved:{line.pk}:{line.sequence}"
    post(letters(case, "case_moved", key, {"lines": [line.number]}, due_at=now, soon=True), now=now)
    refresh([case], states_of([case.pk]), now=now)
    tell_calendars(case, {resource.pk, old_place})
    pass_on(freed, cases, now=now)
    return case
