"""A change is carried out, or waits on the unit: time, identities, rivals, prices and the log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import F, Max

from booking.cases import registry
from booking.cases.models import (
    Case,
    ChangeScope,
    Event,
    Line,
    LineChange,
    LineState,
    Series,
)
from booking.cases.rules.splitting import split
from booking.cases.services.changing.wishes import Move, moved_series, span_of, taken_error
from booking.cases.services.checking import prices_of
from booking.cases.services.loose_ends import withdraw_changes
from booking.cases.services.offering import pass_on
from booking.cases.services.promising import plan_steps
from booking.cases.services.rivalry import losers, move_losers, rivals_of, rules_of
from booking.cases.services.shared import (
    Actor,
    event,
    letters,
    move_lines,
    post,
    refresh,
    states_of,
    tell_calendars,
)
from booking.cases.services.submitting import promised_by
from booking.catalogue import selectors as catalogue
from booking.foundation.errors import Taken
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, release, take


def ask_unit(case: Case, moves: Sequence[Move], scope: str, why: str, actor: Actor, now: datetime) -> Case:
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
    promise_anew(case, now)
    payload = {"batch": str(batch), "lines": [one.line.number for one in moves]}
    post(letters(case, "case_change_received", f"change-asked:{batch}", payload, due_at=now, soon=True), now=now)
    return finish_change(case, now)


def promise_anew(case: Case, now: datetime) -> None:
    due = promised_by(case.unit, now)
    case.answer_by = due.day
    case.promises += 1
    plan_steps(case, now=now, again=True)


def carry_out(
    case: Case,
    moves: Sequence[Move],
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
    freed = [span_of(one.line) for one in moves]
    release(cause_kind="line", cause_ids=[one.line.pk for one in moves], now=now)
    try:
        take(takes, now=now)
    except Taken as error:
        raise taken_error([then[index] for index in sorted({one.index for one in error.items})], now) from error
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
    done = finish_change(case, now, {one.line.resource_id for one in moves} | {one.then.resource_id for one in moves})
    pass_on(freed, cases, now=now)
    return done


def _move_series(moves: Sequence[Move], scope: str, now: datetime) -> None:
    """The rule follows its dates: all of it, or what follows as a series of its own with a new UID."""
    first = min(moves, key=lambda one: one.line.series_start or one.line.start)
    line = first.line
    series: Series = Series.objects.select_related("resource", "case").get(lines=line.pk)
    line.series = series
    moved = moved_series(line, scope, first.then.start, first.then.end)
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


def finish_change(case: Case, now: datetime, resource_ids: Any = ()) -> Case:
    refresh([case], states_of([case.pk]), now=now)
    tell_calendars(case, resource_ids)
    return case
