"""The municipality proposes another time or place for a date; the party says yes or no. Nobody is moved unasked.

The old time stands until the party has said yes, and also when it says no, or nothing by the day it was given. A date
that is still only asked for can be answered in the same way: "not then, but you can have this". The yes of the party
grants it, by the decision of the officer who proposed it.

Source: requests.md "Deciding" (a change is a proposal on the line), needs N8.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_decide, choose_hat, hosts_of, party_hats
from booking.cases.models import Case, ChangeScope, ChangeSide, ChangeState, Decision, Line, LineChange, LineState
from booking.cases.rules import step_for
from booking.cases.services.changing.doing import carry_out, finish_change
from booking.cases.services.changing.wishes import Move, Wish, as_it_would_be, check_times, span_of, taken_error
from booking.cases.services.checking import Judged, judge_lines
from booking.cases.services.loose_ends import withdraw_changes
from booking.cases.services.offering import waiting_for
from booking.cases.services.rivalry import rivals_of, rules_of
from booking.cases.services.shared import SYSTEM, Actor, event, letters, lock, post
from booking.cases.verdicts import TAKEN
from booking.catalogue import selectors as catalogue
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, NotFound, Stale, WrongState
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, release, take

#: A date can be moved while it is granted, or still to be decided.
MOVABLE = (LineState.GRANTED, LineState.REQUESTED, LineState.HELD)
#: So many days the party has to answer, unless the officer gives more; the date itself may come sooner.
REPLY_DAYS = 7
_FARTHEST_REPLY = 92


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a move would meet, before anybody proposes it: the rules' verdicts, and whether the time is taken."""

    judged: Judged
    taken: bool


def outlook_of_move(line: Line, wish: Wish, *, now: datetime) -> Outlook:
    """The verdicts on a line as it would be. Reads only. Raises ``Invalid`` for impossible times."""
    check_times(wish, now)
    then = _wished(line, wish, now)
    judged = judge_lines(line.case, [then], now=now)
    found = judged.judgement.lines.get(line.number, ())
    return Outlook(judged, any(one.code == TAKEN for one in found))


def reply_by_default(start: datetime, now: datetime) -> date:
    """The last day of the answer: in a week, but not after the day before the date; today when it is that near."""
    tz = booking_settings().tz
    on = local_date(now, tz)
    return max(on, min(on + timedelta(days=REPLY_DAYS), local_date(start, tz) - timedelta(days=1)))


def propose_move(
    case: Case,
    wish: Wish,
    *,
    reply_by: date | None = None,
    by: Any,
    now: datetime,
    if_version: int | None = None,
) -> Case:
    """Ask the party to take another time or place for one date. Nothing moves before it has said yes.

    ``wish.why`` is needed: the party reads it. Only things of units where the officer works. What is taken can't be
    proposed; a rule that stands against it is the officer's to weigh. A newer proposal takes an older one's place.

    Raises ``Invalid``, ``Taken`` with what is free, ``WrongState``, ``NotFound``, ``Forbidden``, ``Disqualified``,
    ``Stale``.
    """
    why = text.clean(wish.why, max_length=text.MESSAGE, loc=("why",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)
    check_times(wish, now)

    def run() -> Case:
        with transaction.atomic():
            fresh, line = _locked(case.pk, wish.number, {wish.resource.pk} if wish.resource is not None else set())
            if if_version is not None and fresh.version != if_version:
                raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
            actor = Actor(by, check_may_decide(by, fresh, hosts_of(fresh), on))
            if wish.resource is not None and not catalogue.staff_resources(by, on).filter(pk=wish.resource.pk).exists():
                raise NotFound("unknown_resource", _("There is no such thing to lend."), loc=("resource",))
            _must_be_movable(line, now)
            then = _wished(line, wish, now)
            if (then.resource_id, then.start, then.end) == (line.resource_id, line.start, line.end):
                raise Invalid("nothing_new", _("This is the time that they have already."), loc=("start",))
            until = _reply_by(reply_by, line, then, now)
            judged = judge_lines(fresh, [then], now=now)
            if any(one.code == TAKEN for one in judged.judgement.lines.get(line.number, ())):
                raise taken_error([then], now)
            return _propose(fresh, line, then, why, until, actor, now)

    return again_on_collision(run)


def open_move_of(case: Case, number: int) -> uuid.UUID:
    """What the party's answer about that date is an answer to: the newest proposal of the municipality, open or not.

    Raises ``NotFound`` where nothing was proposed.
    """
    rows = LineChange.objects.filter(line__case=case.pk, line__number=number, side=ChangeSide.MUNICIPALITY)
    found = rows.order_by("-pk").values_list("batch", flat=True).first()
    if found is None:
        raise NotFound("not_found", _("There is no such change in this case."))
    return found


def accept_move(case: Case, batch: uuid.UUID, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """The party says yes: the date is granted at the new time in the same transaction, as the same line.

    Twice is the same as once. Raises ``Taken`` with what is free when somebody else was faster, ``WrongState`` when
    nothing is proposed any more, ``NotFound``, ``Forbidden``, ``HatRequired``.
    """
    actor = _party(case, by, hat, now)

    def run() -> Case:
        with transaction.atomic():
            row = _row(case, batch)
            lock({row.resource_id, row.line.resource_id}, ())
            then = as_it_would_be(row.line, row)
            rivals = rivals_of([then], effective=rules_of([then]))
            waiting = {one.case_id for one in waiting_for([span_of(row.line)], now=now)}
            cases = lock((), {case.pk, *waiting, *(one.case_id for one in rivals)})
            fresh, row = cases[case.pk], _row(case, batch)
            if row.state == ChangeState.GRANTED:
                return fresh
            _must_stand(row, now)
            line = row.line
            was = line.state
            if was not in MOVABLE:
                raise WrongState("wrong_state", _("This date has moved on since. Look at the case again."))
            release(cause_kind="change", cause_ids=[row.pk], now=now)
            _close(row, ChangeState.GRANTED, now, by)
            event(fresh, "move_accepted", now=now, by=actor, lines=[line.number]).save()
            moves = [Move(line, as_it_would_be(line, row))]
            decision = None
            if was != LineState.GRANTED:
                step_for(was, "grant", "officer")
                decision = Decision.objects.create(
                    case=fresh, by=row.by, hat=row.hat, outcome="grant", grounds=row.why, at=now
                )
                event(
                    fresh, "granted", now=now, by=Actor(row.by, row.hat), lines=[line.number], decision=decision.pk
                ).save()
            done = carry_out(fresh, moves, ChangeScope.ONE, actor, now, cases, rivals=rivals)
            if decision is not None:
                Line.objects.filter(pk=line.pk).update(decision=decision)
            post(_to_officer(done, row, now), now=now)
            return done

    return again_on_collision(run)


def decline_move(
    case: Case, batch: uuid.UUID, *, message: str = "", by: Any, now: datetime, hat: str | None = None
) -> Case:
    """The party says no, with or without words; the old time stands. Twice is the same as once.

    Raises ``WrongState`` when nothing is proposed any more, ``NotFound``, ``Forbidden``, ``HatRequired``, ``Invalid``.
    """
    words = text.clean(message, max_length=text.MESSAGE, loc=("message",), multiline=True)
    actor = _party(case, by, hat, now)

    def run() -> Case:
        with transaction.atomic():
            row, fresh = _locked_row(case, batch)
            if row.state == ChangeState.REFUSED:
                return fresh
            _must_stand(row, now)
            release(cause_kind="change", cause_ids=[row.pk], now=now)
            row.grounds = words
            _close(row, ChangeState.REFUSED, now, by)
            event(fresh, "move_declined", now=now, by=actor, lines=[row.line.number]).save()
            done = finish_change(fresh, now)
            post(_to_officer(done, row, now), now=now)
            return done

    return again_on_collision(run)


def take_move_back(case: Case, batch: uuid.UUID, *, by: Any, now: datetime, if_version: int | None = None) -> Case:
    """The officer takes the proposal back; the party is told that the old time stands. Twice is the same as once.

    Raises ``WrongState`` when it was answered, ``NotFound``, ``Forbidden``, ``Disqualified``, ``Stale``.
    """
    on = local_date(now, booking_settings().tz)

    def run() -> Case:
        with transaction.atomic():
            row, fresh = _locked_row(case, batch)
            if row.state == ChangeState.WITHDRAWN:
                return fresh
            if if_version is not None and fresh.version != if_version:
                raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
            actor = Actor(by, check_may_decide(by, fresh, hosts_of(fresh), on))
            if row.state != ChangeState.OPEN:
                raise WrongState("wrong_state", _("The party has answered this already."))
            withdraw_changes([row.line], now=now, by=by)
            event(fresh, "move_taken_back", now=now, by=actor, lines=[row.line.number]).save()
            payload = {"batch": str(batch), "lines": [row.line.number]}
            post(letters(fresh, "case_move_over", f"move-over:{batch}", payload, due_at=now), now=now)
            return finish_change(fresh, now)

    return again_on_collision(run)


def run_proposals(now: datetime) -> int:
    """Proposals that nobody answered by their day, or whose time has begun, are over: the old time stands. How many.

    Safe twice, late, and in two processes at once.
    """
    on = local_date(now, booking_settings().tz)
    rows = LineChange.objects.filter(state=ChangeState.OPEN, side=ChangeSide.MUNICIPALITY)
    due = rows.filter(reply_by__lt=on) | rows.filter(start__lte=now)
    done = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        done += again_on_collision(partial(_expire, pk, now))
    return done


# --- doing it --------------------------------------------------------------------------------------------------------


@transaction.atomic
def _expire(pk: int, now: datetime) -> int:
    found = LineChange.objects.select_related("line").filter(pk=pk, state=ChangeState.OPEN).first()
    if found is None:
        return 0
    fresh = lock({found.resource_id, found.line.resource_id}, [found.line.case_id])[found.line.case_id]
    row = LineChange.objects.select_related("line__resource", "resource", "by").get(pk=pk)
    if row.state != ChangeState.OPEN:  # somebody was faster
        return 0
    release(cause_kind="change", cause_ids=[row.pk], now=now)
    _close(row, ChangeState.EXPIRED, now, None)
    event(fresh, "move_expired", now=now, by=SYSTEM, lines=[row.line.number]).save()
    payload = {"batch": str(row.batch), "lines": [row.line.number]}
    done = finish_change(fresh, now)
    messages = letters(done, "case_move_over", f"move-over:{row.batch}", payload, due_at=now)
    post([*messages, *_to_officer(done, row, now)], now=now)
    return 1


def _propose(case: Case, line: Line, then: Line, why: str, until: date, actor: Actor, now: datetime) -> Case:
    withdraw_changes([line], now=now, by=actor.user)
    row = LineChange.objects.create(
        line=line, resource=then.resource, quantity=then.quantity, start=then.start, end=then.end, why=why,
        by=actor.user, hat=actor.hat, at=now, side=ChangeSide.MUNICIPALITY, reply_by=until,
    )  # fmt: skip
    take(
        [
            Take(
                row.resource_id, row.start, row.end, row.pk, row.quantity, line.setup_minutes, line.teardown_minutes,
                Klass.NOTE, Status.TENTATIVE, "change",
            )
        ],
        now=now,
    )  # fmt: skip
    case.touched_by_officer = True
    event(case, "move_proposed", now=now, by=actor, lines=[line.number], reply_by=until.isoformat()).save()
    payload = {"batch": str(row.batch), "lines": [line.number]}
    post(letters(case, "case_move_proposed", f"move:{row.batch}", payload, due_at=now, soon=True), now=now)
    return finish_change(case, now)


def _wished(line: Line, wish: Wish, now: datetime) -> Line:
    """The line as it would be. An unsaved copy."""
    if wish.start <= now:
        raise Invalid("past", _("This time has passed."), loc=("start",))
    return as_it_would_be(
        line,
        LineChange(
            resource=wish.resource or line.resource,
            quantity=wish.quantity or line.quantity,
            start=wish.start,
            end=wish.end,
        ),
    )


def _reply_by(wanted: date | None, line: Line, then: Line, now: datetime) -> date:
    tz = booking_settings().tz
    on = local_date(now, tz)
    last = local_date(min(line.start, then.start), tz)
    until = wanted or reply_by_default(min(line.start, then.start), now)
    if until < on:
        raise Invalid("past", _("Choose a day that is still to come."), loc=("reply_by",))
    if until > last:
        raise Invalid("too_late", _("They must have answered before the date itself."), loc=("reply_by",))
    if until > on + timedelta(days=_FARTHEST_REPLY):
        raise Invalid("too_far", _("Choose a day within three months."), loc=("reply_by",))
    return until


def _must_be_movable(line: Line, now: datetime) -> None:
    if line.state not in MOVABLE:
        raise WrongState("wrong_state", _("Only a date that is granted or asked for can be moved."))
    if line.start <= now:
        raise WrongState("wrong_state", _("This time has passed."))


def _must_stand(row: LineChange, now: datetime) -> None:
    if row.state != ChangeState.OPEN:
        raise WrongState("no_proposal", _("Nothing is proposed to you here any more. The old time stands."))
    if row.start <= now:
        raise WrongState("wrong_state", _("This time has passed."))


def _close(row: LineChange, state: str, now: datetime, by: Any) -> None:
    row.state, row.decided_at, row.decided_by = state, now, by
    row.save(update_fields=["state", "decided_at", "decided_by", "grounds"])


def _locked(case_id: int, number: int, more: set[int]) -> tuple[Case, Line]:
    found = Line.objects.filter(case_id=case_id, number=number).first()
    if found is None:
        raise NotFound("not_found", _("There is no such line in this case."))
    case = lock({found.resource_id, *more}, [case_id])[case_id]
    return case, Line.objects.select_related("resource").get(pk=found.pk)


def _row(case: Case, batch: uuid.UUID) -> LineChange:
    """The municipality's proposal of that number; a party's own wish is none."""
    rows = LineChange.objects.filter(batch=batch, line__case=case.pk, side=ChangeSide.MUNICIPALITY)
    row = rows.select_related("line__resource", "line__series", "resource", "by").first()
    if row is None:
        raise NotFound("not_found", _("There is no such change in this case."))
    return row


def _locked_row(case: Case, batch: uuid.UUID) -> tuple[LineChange, Case]:
    row = _row(case, batch)
    fresh = lock({row.resource_id, row.line.resource_id}, [case.pk])[case.pk]
    return _row(case, batch), fresh


def _party(case: Case, by: Any, hat: str | None, now: datetime) -> Actor:
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    return Actor(by, choose_hat(party_hats(by, case, on), hat, default=default))


def _to_officer(case: Case, row: LineChange, now: datetime) -> list[Any]:
    from booking.cases.services.handing import to_person

    payload = {"batch": str(row.batch), "lines": [row.line.number]}
    return to_person(case, case.officer, "case_move_answered", f"move-answered:{row.batch}", payload, now=now)
