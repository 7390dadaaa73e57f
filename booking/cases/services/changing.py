"""A granted line can be changed: the change is a proposal on the line, and the old time stands until it is granted.

What only shrinks is granted at once, and so is what the rules grant by themselves. Of a series one date, one and those
after it, or all can be changed; lines keep their identity, and what is split off is a series of its own (feeds.md).
Source: requests.md "Deciding" and "Series and baskets".
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from booking.cases import registry
from booking.cases.access import check_may_decide, choose_hat, hosts_of, party_hats
from booking.cases.models import (
    Case,
    ChangeScope,
    ChangeSide,
    ChangeState,
    Decision,
    Event,
    Line,
    LineChange,
    LineState,
    Series,
)
from booking.cases.rules import Occurrence, expand, parse_rule
from booking.cases.rules.splitting import move, split
from booking.cases.services.checking import Judged, judge_lines, prices_of
from booking.cases.services.deciding import TakenLine
from booking.cases.services.knowing import keep_known, must_tick, tell_known, unticked
from booking.cases.services.loose_ends import withdraw_changes
from booking.cases.services.offering import Span, pass_on, waiting_for
from booking.cases.services.promising import plan_steps
from booking.cases.services.rivalry import losers, move_losers, rivals_of, rules_of
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
from booking.cases.services.submitting import promised_by
from booking.cases.verdicts import TAKEN
from booking.cases.wanting import wanted_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation import text
from booking.foundation.clock import local, local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, NotFound, RuleBroken, Stale, Taken, WrongState
from booking.occupancy import selectors as occupancy
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, release, take


@dataclass(frozen=True, slots=True)
class Wish:
    """What a party wants instead, of one line or of a series as its ``number`` moves. None: as it is."""

    number: int
    start: datetime
    end: datetime
    resource: Resource | None = None
    quantity: int | None = None
    scope: str = ChangeScope.ONE
    why: str = ""
    #: What whoever asks says they know of (`Verdict.tick`), such as works at the new time.
    ticked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Move:
    """A line, and as it would be (an unsaved copy)."""

    line: Line
    then: Line

    @property
    def shrinks(self) -> bool:
        """Nothing more is wanted than there is."""
        return (
            self.then.resource_id == self.line.resource_id
            and self.then.quantity <= self.line.quantity
            and self.then.start >= self.line.start
            and self.then.end <= self.line.end
        )


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
    _check_times(wish, now)

    def run() -> Case:
        with transaction.atomic():
            if wish.ticked:
                _tell_known(case, wish, actor, now)
            fresh, moves, cases = _locked(case.pk, wish, now)
            if not moves:
                return fresh
            if all(one.shrinks for one in moves):
                return _carry_out(fresh, moves, wish.scope, actor, now, cases)
            judged = judge_lines(fresh, [one.then for one in moves], now=now, ticked=wish.ticked)
            _check(judged, moves, why, now)
            _keep_known(fresh, judged, actor, now)
            if len(judged.automatic) == len(moves) and not why and not _dearer(fresh, moves):
                return _carry_out(fresh, moves, wish.scope, actor, now, cases, by_rule=True)
            return _ask(fresh, moves, wish.scope, why, actor, now)

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
            waiting = {one.case_id for one in waiting_for([_span(row.line) for row in rows], now=now)}
            then = [_then(row.line, row) for row in rows]
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
                moves = [_Move(row.line, _then(row.line, row)) for row in rows]
                if any(one.line.state != LineState.GRANTED for one in moves):
                    raise WrongState("wrong_state", _("A date has moved on since. The change can't be granted."))
                done = _carry_out(
                    fresh, moves, rows[0].scope, actor, now, cases, rivals=rivals, tell=False, priced_now=False
                )
            else:
                event(fresh, "change_refused", now=now, by=actor, lines=[row.line.number for row in rows]).save()
                done = _finish(fresh, now)
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
            return _finish(fresh, now)

    return again_on_collision(run)


def dates_left_out(series: Series) -> list[Occurrence]:
    """The rule's dates that have no line: left out, or skipped because they were taken. In order."""
    tz = catalogue.zone(series.resource)
    there = set(series.lines.values_list("series_start", flat=True))
    return [one for one in expand(parse_rule(series.rrule), series.start, series.end, tz) if one.start not in there]


def add_back(
    case: Case,
    series_number: int,
    day: date,
    *,
    why: str = "",
    ticked: Collection[str] = (),
    by: Any,
    now: datetime,
    hat: str | None = None,
) -> Case:
    """Ask again for a date of a series that was left out: it becomes a new line of the same series.

    Granted at once where the rules grant by themselves; else it waits on the unit like any request. Twice is the same
    as once. ``ticked`` as in a `Wish`. Raises ``NotFound``, ``Invalid`` for a day that the rule doesn't have,
    ``Taken``, ``RuleBroken`` (unless ``why`` is given; ``must_tick`` whatever is given), ``WrongState``, ``Forbidden``,
    ``HatRequired``.
    """
    reason = text.clean(why, max_length=text.MESSAGE, loc=("why",), multiline=True)
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    actor = Actor(by, choose_hat(party_hats(by, case, on, binding=True), hat, default=default))

    def run() -> Case:
        with transaction.atomic():
            series = Series.objects.select_related("resource").filter(case=case.pk, number=series_number).first()
            if series is None:
                raise NotFound("not_found", _("There is no such series in this case."))
            tz = catalogue.zone(series.resource)
            if ticked and (first := next((one for one in dates_left_out(series) if one.day == day), None)):
                there = Line(case=case, number=0, resource=series.resource, start=first.start, end=first.end)
                seen = judge_lines(case, [there], now=now, ticked=ticked)
                tell_known(case, seen.judgement.request, actor, now)
            fresh = lock([series.resource_id], [case.pk])[case.pk]
            series.refresh_from_db()
            if fresh.stored_act in ("closed", "dismissed", "draft"):
                raise WrongState("wrong_state", _("This case is over."))
            if any(
                line.series_start is not None and local(line.series_start, tz).date() == day
                for line in series.lines.all()
            ):
                return fresh
            found = next((one for one in dates_left_out(series) if one.day == day), None)
            if found is None:
                raise Invalid("not_a_date", _("The series has no such date."), loc=("day",))
            places = series.lines.aggregate(last=Max("series_index"))
            number = (fresh.lines.aggregate(last=Max("number"))["last"] or 0) + 1
            sibling = series.lines.order_by("number").first()
            line = Line(
                kit_id=sibling.kit_id if sibling else None, kit_group=sibling.kit_group if sibling else None,
                kit_quantity=sibling.kit_quantity if sibling else None,
                case=fresh, number=number, resource=series.resource, quantity=series.quantity, start=found.start,
                end=found.end, series=series, series_index=(places["last"] or 0) + 1, series_start=found.start,
                created_at=now, revised_at=now,
            )  # fmt: skip
            judged = judge_lines(fresh, [line], now=now, ticked=ticked)
            _check(judged, [_Move(line, line)], reason, now)
            _keep_known(fresh, judged, actor, now)
            line.state = _first_state(line, judged, reason)
            if price := prices_of(fresh, [line]).get(line.number):
                line.price, line.price_rule = price.amount, price.as_facts()
            line.save()
            registry.tell_asked(fresh, [line], now)
            _take_first(fresh, line, now)
            Series.objects.filter(pk=series.pk).update(
                exclude=[one for one in series.exclude if one != day.isoformat()],
                sequence=F("sequence") + 1,
                revised_at=now,
            )
            event(fresh, "added_back", now=now, by=actor, lines=[number]).save()
            if line.state == LineState.GRANTED:
                decision = Decision.objects.create(case=fresh, by=None, hat="rules", outcome="grant", at=now)
                Line.objects.filter(pk=line.pk).update(decision=decision)
                event(fresh, "automatic_approval", now=now, lines=[number], decision=decision.pk).save()
                payload = {"decisions": [decision.pk], "lines": [number]}
                key = f"decision:{decision.pk}"
                post(letters(fresh, "case_decision", key, payload, due_at=now, soon=True), now=now)
            else:
                fresh.answered_at = None
                _promise_anew(fresh, now)
            return _finish(fresh, now, [series.resource_id])

    return again_on_collision(run)


# --- which lines, and as they would be -------------------------------------------------------------------------------


def _check_times(wish: Wish, now: datetime) -> None:
    for name, moment in (("start", wish.start), ("end", wish.end)):
        if moment.second or moment.microsecond:
            raise Invalid("whole_minutes", _("Give whole minutes."), loc=(name,))
    if wish.end <= wish.start:
        raise Invalid("end_before_start", _("The end must be after the start."), loc=("end",))
    if wish.quantity is not None and wish.quantity < 1:
        raise Invalid("bad_quantity", _("Give at least 1."), loc=("quantity",))


def _locked(case_id: int, wish: Wish, now: datetime) -> tuple[Case, list[_Move], dict[int, Case]]:
    """Cells of the old and the new places, then the cases. The lines as they stand then, and as they would be."""
    found = Line.objects.filter(case_id=case_id, number=wish.number).first()
    if found is None:
        raise NotFound("not_found", _("There is no such line in this case."))
    places = set(Line.objects.filter(case_id=case_id).order_by().values_list("resource_id", flat=True))
    if wish.resource is not None:
        places.add(wish.resource.pk)
    lock(places, ())
    line = Line.objects.select_related("resource", "series", "series__resource").get(pk=found.pk)
    if line.state != LineState.GRANTED:
        raise WrongState("wrong_state", _("Only granted time can be changed."))
    if line.end <= now:
        raise WrongState("wrong_state", _("This time has passed."))
    moves = _moves(line, wish, now)
    waiting = {one.case_id for one in waiting_for([_span(one.line) for one in moves], now=now)}
    then = [one.then for one in moves]
    rivals = rivals_of(then, effective=rules_of(then)) if then else []
    cases = lock((), {case_id, *waiting, *(one.case_id for one in rivals)})
    return cases[case_id], moves, cases


def _moves(line: Line, wish: Wish, now: datetime) -> list[_Move]:
    if wish.scope == ChangeScope.ONE or line.series is None or line.series_start is None:
        lines = {line.pk: (line, wish.start, wish.end)}
    else:
        # Dates that somebody has moved by themselves stay where they are: only what stands at the rule's place moves.
        moved = _moved_series(line, wish.scope, wish.start, wish.end)
        rows = Line.objects.select_related("resource").filter(
            series=line.series, state=LineState.GRANTED, start__gt=now, series_start__in=list(moved.starts)
        )
        lines = {
            one.pk: (one, moved.starts[one.series_start].start, moved.starts[one.series_start].end)
            for one in rows
            if one.series_start is not None and (one.start == one.series_start or one.pk == line.pk)
        }
    moves = []
    for one, start, end in sorted(lines.values(), key=lambda item: (item[1], item[0].number)):
        if start <= now and start != one.start:
            raise Invalid("past", _("This time has passed."), loc=("start",))
        then = copy.copy(one)
        then.start, then.end = start, end
        if wish.resource is not None:
            then.resource = wish.resource
        if wish.quantity is not None:
            then.quantity = wish.quantity
        same = (one.start, one.end, one.resource_id, one.quantity)
        if same != (then.start, then.end, then.resource_id, then.quantity):
            moves.append(_Move(one, then))
    return moves


def _moved_series(line: Line, scope: str, start: datetime, end: datetime) -> Any:
    """The rule of the dates that move, after the move."""
    series, at = line.series, line.series_start
    if series is None or at is None:
        raise WrongState("no_series", _("This date doesn't belong to a series."))
    tz = catalogue.zone(series.resource)
    exclude = [date.fromisoformat(day) for day in series.exclude]
    since = at if scope == ChangeScope.FOLLOWING else series.start
    _before, dates, _left = split(series.rrule, series.start, series.end, tz, exclude, min(since, at))
    anchor = next((one for one in dates if one.start == at), None)
    if anchor is None:
        raise Invalid("cant_move", _("This series can't be moved as a whole. Change its dates one by one."))
    return move(series.rrule, dates, anchor, start, end, tz, exclude)


def _then(line: Line, row: LineChange) -> Line:
    then = copy.copy(line)
    then.resource, then.quantity, then.start, then.end = row.resource, row.quantity, row.start, row.end
    # What was told when it was asked for holds, whatever the rules say by now.
    then.price, then.price_rule = row.price, row.price_rule
    return then


def _dearer(case: Case, moves: Sequence[_Move]) -> bool:
    """It would cost more than what was told: then nothing is changed before the party has seen the new price (N12)."""
    prices = prices_of(case, [one.then for one in moves])
    before = sum(one.line.price or 0 for one in moves)
    return sum(prices[one.then.number].amount for one in moves if one.line.price is not None) > before


def _span(line: Line) -> Span:
    return Span(line.resource_id, line.start, line.end, line.pk)


# --- what the rules say ----------------------------------------------------------------------------------------------


def _check(judged: Judged, moves: Sequence[_Move], why: str, now: datetime) -> None:
    said = judged.judgement
    by_number = {one.then.number: one for one in moves}
    taken = [number for number, found in said.lines.items() if any(one.code == TAKEN for one in found)]
    if taken:
        raise _taken([by_number[number].then for number in taken], now)
    if missing := unticked(said.request):
        raise must_tick(missing, extra={"verdicts": list(said.request), "asked_anyway": False})
    blocks = [one for one in said.request if one.blocks]
    blocks += [one for found in said.lines.values() for one in found if one.blocks]
    if blocks and not why:
        first = blocks[0]
        raise RuleBroken(
            "rule_broken", first.message, params=first.params, extra={"verdicts": blocks, "asked_anyway": False}
        )


def _tell_known(case: Case, wish: Wish, actor: Actor, now: datetime) -> None:
    """The ticks as receipts, before the calendar is locked. What is refused after that is undone with them."""
    line = (
        Line.objects.filter(case=case.pk, number=wish.number)
        .select_related("resource", "series", "series__resource")
        .first()
    )
    moves = _moves(line, wish, now) if line is not None else []
    if moves:
        judged = judge_lines(case, [one.then for one in moves], now=now, ticked=wish.ticked)
        tell_known(case, judged.judgement.request, actor, now)


def _keep_known(case: Case, judged: Judged, actor: Actor, now: datetime) -> None:
    """What was ticked stands with the case, and in its log. Under the case's lock."""
    if events := keep_known(case, judged.judgement.request, actor, now):
        Event.objects.bulk_create(events)
        case.save(update_fields=["verdicts"])


def _taken(lines: Sequence[Line], now: datetime) -> Taken:
    """What is taken, and what is free instead."""
    own = ("line", [line.pk for line in lines if line.pk])
    hits: dict[int, list[occupancy.Conflict]] = {}
    for conflict in occupancy.conflicts(wanted_of(lines), ignore_cause=own):
        hits.setdefault(conflict.index, []).append(conflict)
    free = occupancy.alternatives_many(wanted_of(lines[:10]), now=now)
    return Taken(
        "taken",
        _("Somebody else has this time already."),
        items=[
            TakenLine(line.number, line.resource, line.start, line.end, hits.get(line.pk, ()), free.get(line.pk, ()))
            for line in lines
        ],
    )


# --- doing it --------------------------------------------------------------------------------------------------------


def _ask(case: Case, moves: Sequence[_Move], scope: str, why: str, actor: Actor, now: datetime) -> Case:
    """Write the proposal down; the case waits on the unit with a promised date."""
    withdraw_changes([one.line for one in moves], now=now, by=actor.user)
    batch = uuid.uuid4()
    prices = prices_of(case, [one.then for one in moves])
    rows = [
        LineChange(
            line=one.line, batch=batch, scope=scope, resource=one.then.resource, quantity=one.then.quantity,
            start=one.then.start, end=one.then.end, why=why, by=actor.user, hat=actor.hat, at=now,
            price=prices[one.then.number].amount, price_rule=prices[one.then.number].as_facts(),
        )
        for one in moves
    ]  # fmt: skip
    LineChange.objects.bulk_create(rows)
    take(
        [
            Take(
                row.resource_id, row.start, row.end, row.pk, row.quantity, one.line.setup_minutes,
                one.line.teardown_minutes, Klass.NOTE, Status.TENTATIVE, "change",
            )
            for row, one in zip(rows, moves, strict=True)
        ],
        now=now,
    )  # fmt: skip
    event(case, "change_asked", now=now, by=actor, lines=[one.line.number for one in moves]).save()
    _promise_anew(case, now)
    payload = {"batch": str(batch), "lines": [one.line.number for one in moves]}
    post(letters(case, "case_change_received", f"change-asked:{batch}", payload, due_at=now, soon=True), now=now)
    return _finish(case, now)


def _promise_anew(case: Case, now: datetime) -> None:
    due = promised_by(case.unit, now)
    case.answer_by = due.day
    case.promises += 1
    plan_steps(case, now=now, again=True)


def _carry_out(
    case: Case,
    moves: Sequence[_Move],
    scope: str,
    actor: Actor,
    now: datetime,
    cases: dict[int, Case],
    *,
    rivals: Sequence[Line] | None = None,
    by_rule: bool = False,
    tell: bool = True,
    priced_now: bool = True,
) -> Case:
    """Move the lines: take the new time, give the old one free, keep identities. Rivals lose as by any grant."""
    then = [one.then for one in moves]
    if rivals is None:
        rivals = rivals_of(then, effective=rules_of(then))
    withdraw_changes([one.line for one in moves], now=now, by=actor.user)
    label = case.title if case.title_public else ""
    takes = [
        Take(
            one.resource_id, one.start, one.end, one.pk, one.quantity, one.setup_minutes, one.teardown_minutes,
            label=label,
        )
        for one in then
    ]  # fmt: skip
    # All give their old time up before any takes its new one: the dates of a series may move onto each other.
    freed = [_span(one.line) for one in moves]
    release(cause_kind="line", cause_ids=[one.line.pk for one in moves], now=now)
    try:
        take(takes, now=now)
    except Taken as error:
        raise _taken([then[index] for index in sorted({one.index for one in error.items})], now) from error
    losing = losers([one for one in rivals if one.case_id in cases])
    before = {
        str(one.line.number): [one.line.resource.slug, one.line.start.isoformat(), one.line.end.isoformat()]
        for one in moves
    }
    if scope != ChangeScope.ONE and moves[0].line.series_id is not None:
        _move_series(moves, scope, now)
    if priced_now:
        prices = prices_of(case, [one.then for one in moves])
        for one in moves:
            if one.line.price is not None:
                price = prices[one.then.number]
                one.then.price, one.then.price_rule = price.amount, price.as_facts()
    for one in moves:
        Line.objects.filter(pk=one.line.pk).update(
            resource=one.then.resource, quantity=one.then.quantity, start=one.then.start, end=one.then.end,
            price=one.then.price, price_rule=one.then.price_rule,
        )  # fmt: skip
    move_lines([one.line for one in moves], LineState.GRANTED, now=now, keep=True)
    numbers = [one.line.number for one in moves]
    registry.tell_asked(case, [one.then for one in moves], now)
    more_events, messages = move_losers(losing, cases, None, now=now)
    Event.objects.bulk_create(
        [
            event(case, "changed", now=now, by=actor, lines=numbers, was=before, by_rule=by_rule),
            *more_events,
        ]
    )
    if tell:
        payload = {"lines": numbers}
        key = f"moved:{moves[0].line.pk}:{moves[0].line.sequence}"
        messages += letters(case, "case_moved", key, payload, due_at=now, soon=True)
    post(messages, now=now)
    others = [cases[pk] for pk in sorted({one.case_id for one in losing} - {case.pk})]
    refresh(others, states_of(one.pk for one in others), now=now)
    done = _finish(case, now, {one.line.resource_id for one in moves} | {one.then.resource_id for one in moves})
    pass_on(freed, cases, now=now)
    return done


def _move_series(moves: Sequence[_Move], scope: str, now: datetime) -> None:
    """The rule follows its dates: all of it, or what follows as a series of its own with a new UID."""
    first = min(moves, key=lambda one: one.line.series_start or one.line.start)
    line = first.line
    series: Series = Series.objects.select_related("resource", "case").get(lines=line.pk)
    line.series = series
    moved = _moved_series(line, scope, first.then.start, first.then.end)
    tz = catalogue.zone(series.resource)
    exclude = [date.fromisoformat(day) for day in series.exclude]
    at = line.series_start if scope == ChangeScope.FOLLOWING else series.start
    before, _dates, left = split(series.rrule, series.start, series.end, tz, exclude, at or series.start)
    target = series
    if before is not None:
        Series.objects.filter(pk=series.pk).update(
            rrule=before, exclude=[day.isoformat() for day in left], sequence=F("sequence") + 1, revised_at=now
        )
        last = series.case.series.aggregate(last=Max("number"))["last"]
        target = Series(case=series.case, number=last + 1, created_at=now)
    target.resource, target.quantity = first.then.resource, first.then.quantity
    target.start, target.end, target.rrule = moved.start, moved.end, moved.rrule
    target.exclude = [day.isoformat() for day in moved.exclude]
    target.revised_at = now
    target.sequence = (target.sequence or 0) + (1 if target.pk else 0)
    target.save()
    # All lines of these dates belong to the moved rule from now on, also those that were refused or withdrawn.
    rows = list(Line.objects.filter(series=series, series_start__in=list(moved.starts)).order_by("series_start"))
    for index, row in enumerate(rows):
        row.series = target
        row.series_index = index if before is not None else row.series_index
        row.series_start = moved.starts[row.series_start].start  # type: ignore[index]
    Line.objects.bulk_update(rows, ["series", "series_index", "series_start"])
    for one in moves:
        one.line.series = target


def _first_state(line: Line, judged: Judged, why: str) -> str:
    if line.number in judged.automatic and not why:
        return LineState.GRANTED
    if rules_of([line])[line.resource_id].pending_policy == "hold":
        return LineState.HELD
    return LineState.REQUESTED


def _take_first(case: Case, line: Line, now: datetime) -> None:
    klass = Klass.NOTE if line.state == LineState.REQUESTED else Klass.CLAIM
    status = Status.CONFIRMED if line.state == LineState.GRANTED else Status.TENTATIVE
    try:
        take(
            [
                Take(
                    line.resource_id, line.start, line.end, line.pk, line.quantity, klass=klass, status=status,
                    label=case.title if case.title_public else "",
                )
            ],
            now=now,
        )  # fmt: skip
    except Taken as error:
        raise _taken([line], now) from error


def _finish(case: Case, now: datetime, resource_ids: Any = ()) -> Case:
    refresh([case], states_of([case.pk]), now=now)
    tell_calendars(case, resource_ids)
    return case
