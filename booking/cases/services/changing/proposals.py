"""A party proposes a change or takes it back; the unit decides."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_decide, choose_hat, hosts_of, party_hats
from booking.cases.models import (
    Case,
    ChangeScope,
    ChangeSide,
    ChangeState,
    LineChange,
    LineState,
)
from booking.cases.services.changing.doing import ask_unit, carry_out, finish_change
from booking.cases.services.changing.wishes import (
    Move,
    Wish,
    as_it_would_be,
    check_rules,
    check_times,
    is_dearer,
    keep_ticks,
    locked_moves,
    span_of,
    tell_of_move,
)
from booking.cases.services.checking import judge_lines
from booking.cases.services.loose_ends import withdraw_changes
from booking.cases.services.offering import waiting_for
from booking.cases.services.rivalry import rivals_of, rules_of
from booking.cases.services.shared import (
    Actor,
    event,
    letters,
    lock,
    post,
)
from booking.catalogue import selectors as catalogue
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, NotFound, Stale, WrongState
from booking.occupancy.services import again_on_collision, release


def propose_change(case: Case, wish: Wish, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """Ask for another time, place or number of granted lines. The old time stands until the new one is granted.

    What only shrinks, and what the rules grant by themselves, is changed at once. Anything else waits on the unit, with
    a promised date. A newer proposal on a line takes an older one's place.

    Raises ``Invalid`` (impossible times, a series that can't be moved), ``Taken`` with what is free, ``RuleBroken``
    when a rule says no and no ``why`` is given (``must_tick`` when there is something to know of first, whatever is
    given), ``WrongState``, ``NotFound``, ``Forbidden``, ``HatRequired``.
    """
    why = text.clean(wish.why, max_length=text.MESSAGE, loc=("why",), multiline=True)
    if wish.scope not in ChangeScope.values:
        params = {"choices": ", ".join(ChangeScope.values)}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("scope",))
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    actor = Actor(by, choose_hat(party_hats(by, case, on, binding=True), hat, default=default))
    if wish.resource is not None and not catalogue.visible_resources(by).filter(pk=wish.resource.pk).exists():
        raise NotFound("unknown_resource", _("There is no such thing to lend."), loc=("resource",))
    check_times(wish, now)

    def run() -> Case:
        with transaction.atomic():
            if wish.ticked:
                tell_of_move(case, wish, actor, now)
            fresh, moves, cases = locked_moves(case.pk, wish, now)
            if not moves:
                return fresh
            if all(one.shrinks for one in moves):
                return carry_out(fresh, moves, wish.scope, actor, now, cases)
            judged = judge_lines(fresh, [one.then for one in moves], now=now, ticked=wish.ticked)
            check_rules(judged, moves, why, now)
            keep_ticks(fresh, judged, actor, now)
            if len(judged.automatic) == len(moves) and not why and not is_dearer(fresh, moves):
                return carry_out(fresh, moves, wish.scope, actor, now, cases, by_rule=True)
            return ask_unit(fresh, moves, wish.scope, why, actor, now)

    return again_on_collision(run)


def decide_change(
    case: Case,
    batch: uuid.UUID,
    *,
    outcome: str,
    grounds: str = "",
    by: Any,
    now: datetime,
    if_version: int | None = None,
) -> Case:
    """``grant`` or ``refuse`` a proposal, all of it. Refused, the old time stands; that needs grounds.

    Raises ``Invalid``, ``WrongState`` when it was decided otherwise already, ``Taken`` with a `TakenLine` per clash,
    ``NotFound``, ``Forbidden``, ``Disqualified``, ``Stale``.
    """
    if outcome not in ("grant", "refuse"):
        params = {"choices": "grant, refuse"}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("outcome",))
    why = text.clean(grounds, max_length=text.GROUNDS, loc=("grounds",), multiline=True, required=outcome == "refuse")
    on = local_date(now, booking_settings().tz)

    def run() -> Case:
        with transaction.atomic():
            asked = LineChange.objects.filter(batch=batch, line__case=case.pk, side=ChangeSide.PARTY)
            rows = list(asked.select_related("line", "resource"))
            if not rows:
                raise NotFound("not_found", _("There is no such change in this case."))
            places = {row.resource_id for row in rows} | {row.line.resource_id for row in rows}
            lock(places, ())
            waiting = {one.case_id for one in waiting_for([span_of(row.line) for row in rows], now=now)}
            then = [as_it_would_be(row.line, row) for row in rows]
            rivals = rivals_of(then, effective=rules_of(then))
            cases = lock((), {case.pk, *waiting, *(one.case_id for one in rivals)})
            fresh = cases[case.pk]
            if if_version is not None and fresh.version != if_version:
                raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
            actor = Actor(by, check_may_decide(by, fresh, hosts_of(fresh), on))
            rows = list(LineChange.objects.filter(batch=batch).select_related("line__resource", "resource"))
            state = ChangeState.GRANTED if outcome == "grant" else ChangeState.REFUSED
            if all(row.state == state for row in rows):
                return fresh
            if any(row.state != ChangeState.OPEN for row in rows):
                raise WrongState("wrong_state", _("This change has been decided already."))
            release(cause_kind="change", cause_ids=[row.pk for row in rows], now=now)
            LineChange.objects.filter(batch=batch).update(state=state, grounds=why, decided_by=by, decided_at=now)
            fresh.touched_by_officer = True
            if outcome == "grant":
                moves = [Move(row.line, as_it_would_be(row.line, row)) for row in rows]
                if any(one.line.state != LineState.GRANTED for one in moves):
                    raise WrongState("wrong_state", _("A date has moved on since. The change can't be granted."))
                done = carry_out(
                    fresh, moves, rows[0].scope, actor, now, cases, rivals=rivals, tell=False, priced_now=False
                )
            else:
                event(fresh, "change_refused", now=now, by=actor, lines=[row.line.number for row in rows]).save()
                done = finish_change(fresh, now)
            payload = {"batch": str(batch), "lines": [row.line.number for row in rows]}
            post(letters(fresh, "case_change_decided", f"change:{batch}", payload, due_at=now), now=now)
            return done

    return again_on_collision(run)


def withdraw_change(case: Case, batch: uuid.UUID, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """The party takes a proposal back; the old time stands. Twice is the same as once.

    Raises ``NotFound``, ``WrongState`` when it has been decided, ``Forbidden``, ``HatRequired``.
    """
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    actor = Actor(by, choose_hat(party_hats(by, case, on, binding=True), hat, default=default))

    def run() -> Case:
        with transaction.atomic():
            asked = LineChange.objects.filter(batch=batch, line__case=case.pk, side=ChangeSide.PARTY)
            rows = list(asked.select_related("line"))
            if not rows:
                raise NotFound("not_found", _("There is no such change in this case."))
            fresh = lock({row.resource_id for row in rows}, [case.pk])[case.pk]
            states = set(LineChange.objects.filter(batch=batch).values_list("state", flat=True))
            if states == {ChangeState.WITHDRAWN}:
                return fresh
            if states != {ChangeState.OPEN}:
                raise WrongState("wrong_state", _("This change has been decided already."))
            withdraw_changes([row.line for row in rows], now=now, by=by)
            numbers = [row.line.number for row in rows]
            event(fresh, "change_withdrawn", now=now, by=actor, lines=numbers).save()
            return finish_change(fresh, now)

    return again_on_collision(run)
