"""What a party wants instead, which lines it is about, and what the rules say to it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.models import (
    Case,
    ChangeScope,
    Event,
    Line,
    LineChange,
    LineState,
)
from booking.cases.rules.splitting import move, split
from booking.cases.services.checking import Judged, judge_lines, prices_of
from booking.cases.services.deciding import TakenLine
from booking.cases.services.knowing import keep_known, must_tick, tell_known, unticked
from booking.cases.services.offering import Span, waiting_for
from booking.cases.services.rivalry import rivals_of, rules_of
from booking.cases.services.shared import (
    Actor,
    lock,
)
from booking.cases.verdicts import TAKEN
from booking.cases.wanting import wanted_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation.errors import Invalid, NotFound, RuleBroken, Taken, WrongState
from booking.occupancy import selectors as occupancy


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
class Move:
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


def check_times(wish: Wish, now: datetime) -> None:
    for name, moment in (("start", wish.start), ("end", wish.end)):
        if moment.second or moment.microsecond:
            raise Invalid("whole_minutes", _("Give whole minutes."), loc=(name,))
    if wish.end <= wish.start:
        raise Invalid("end_before_start", _("The end must be after the start."), loc=("end",))
    if wish.quantity is not None and wish.quantity < 1:
        raise Invalid("bad_quantity", _("Give at least 1."), loc=("quantity",))


def locked_moves(case_id: int, wish: Wish, now: datetime) -> tuple[Case, list[Move], dict[int, Case]]:
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
    moves = moves_of(line, wish, now)
    waiting = {one.case_id for one in waiting_for([span_of(one.line) for one in moves], now=now)}
    then = [one.then for one in moves]
    rivals = rivals_of(then, effective=rules_of(then)) if then else []
    cases = lock((), {case_id, *waiting, *(one.case_id for one in rivals)})
    return cases[case_id], moves, cases


def moves_of(line: Line, wish: Wish, now: datetime) -> list[Move]:
    if wish.scope == ChangeScope.ONE or line.series is None or line.series_start is None:
        lines = {line.pk: (line, wish.start, wish.end)}
    else:
        # Dates that somebody has moved by themselves stay where they are: only what stands at the rule's place moves.
        moved = moved_series(line, wish.scope, wish.start, wish.end)
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
            moves.append(Move(one, then))
    return moves


def moved_series(line: Line, scope: str, start: datetime, end: datetime) -> Any:
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


def as_it_would_be(line: Line, row: LineChange) -> Line:
    then = copy.copy(line)
    then.resource, then.quantity, then.start, then.end = row.resource, row.quantity, row.start, row.end
    # What was told when it was asked for holds, whatever the rules say by now.
    then.price, then.price_rule = row.price, row.price_rule
    return then


def is_dearer(case: Case, moves: Sequence[Move]) -> bool:
    """It would cost more than what was told: then nothing is changed before the party has seen the new price (N12)."""
    prices = prices_of(case, [one.then for one in moves])
    before = sum(one.line.price or 0 for one in moves)
    return sum(prices[one.then.number].amount for one in moves if one.line.price is not None) > before


def span_of(line: Line) -> Span:
    return Span(line.resource_id, line.start, line.end, line.pk)


def check_rules(judged: Judged, moves: Sequence[Move], why: str, now: datetime) -> None:
    said = judged.judgement
    by_number = {one.then.number: one for one in moves}
    taken = [number for number, found in said.lines.items() if any(one.code == TAKEN for one in found)]
    if taken:
        raise taken_error([by_number[number].then for number in taken], now)
    if missing := unticked(said.request):
        raise must_tick(missing, extra={"verdicts": list(said.request), "asked_anyway": False})
    blocks = [one for one in said.request if one.blocks]
    blocks += [one for found in said.lines.values() for one in found if one.blocks]
    if blocks and not why:
        first = blocks[0]
        raise RuleBroken(
            "rule_broken", first.message, params=first.params, extra={"verdicts": blocks, "asked_anyway": False}
        )


def tell_of_move(case: Case, wish: Wish, actor: Actor, now: datetime) -> None:
    """The ticks as receipts, before the calendar is locked. What is refused after that is undone with them."""
    line = (
        Line.objects.filter(case=case.pk, number=wish.number)
        .select_related("resource", "series", "series__resource")
        .first()
    )
    moves = moves_of(line, wish, now) if line is not None else []
    if moves:
        judged = judge_lines(case, [one.then for one in moves], now=now, ticked=wish.ticked)
        tell_known(case, judged.judgement.request, actor, now)


def keep_ticks(case: Case, judged: Judged, actor: Actor, now: datetime) -> None:
    """What was ticked stands with the case, and in its log. Under the case's lock."""
    if events := keep_known(case, judged.judgement.request, actor, now):
        Event.objects.bulk_create(events)
        case.save(update_fields=["verdicts"])


def taken_error(lines: Sequence[Line], now: datetime) -> Taken:
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
