"""What is in motion about lines that were decided: offers, time taken back, proposed changes, declared ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from booking.cases.models import (
    Case,
    ChangeSide,
    ChangeState,
    Line,
    LineChange,
    LineState,
    Offer,
    OfferState,
    Step,
    TakeBack,
    TakeBackState,
    Tie,
    WaitingOn,
)
from booking.cases.rules import promise
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings

_MAY_BE_HELD = (LineState.DISPLACED, LineState.CANCELLED_BY_MUNICIPALITY, LineState.CANCELLED_BY_ORGANISATION)

#: A change can be asked for by the party when it is granted; the municipality proposes one before that, too.
_MAY_MOVE = (LineState.GRANTED, LineState.REQUESTED, LineState.HELD)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed change as one: its rows by line, what decides them together."""

    batch: str
    scope: str
    scope_label: str
    why: str
    rows: Sequence[LineChange]

    @property
    def ours(self) -> bool:
        """The municipality proposed it, and the party answers."""
        return self.first.side == ChangeSide.MUNICIPALITY

    @property
    def first(self) -> LineChange:
        return self.rows[0]


@dataclass(frozen=True, slots=True)
class Moves:
    """By line id; empty where nothing is in motion."""

    offers: Mapping[int, Offer] = field(default_factory=dict)
    take_backs: Mapping[int, TakeBack] = field(default_factory=dict)
    changes: Mapping[int, LineChange] = field(default_factory=dict)
    proposals: Sequence[Proposal] = ()
    #: Declared ties, for staff only.
    ties: Sequence[Tie] = ()


def until_of(cases: Iterable[Case]) -> dict[int, date | None]:
    """Until when whoever has the move has it, by case: every case shows whose move it is, and until when.

    The municipality's is the promised date. The requester's is the first day on which something of theirs runs out: an
    offer, the time to reply to a taking back or to another time that is proposed, or the day on which the officer is
    asked what to do about an open question. None where nobody has to do anything. Three queries when a requester
    has a move, else none.
    """
    found = {one.pk: one.answer_by if one.waiting_on == WaitingOn.MUNICIPALITY else None for one in cases}
    theirs = [one.pk for one in cases if one.waiting_on == WaitingOn.REQUESTER]
    if not theirs:
        return found
    tz = booking_settings().tz
    offers = Offer.objects.filter(line__case__in=theirs, state=OfferState.OPEN)
    days = [(pk, local_date(at, tz)) for pk, at in offers.values_list("line__case_id", "expires_at")]
    taken = TakeBack.objects.filter(line__case__in=theirs, state=TakeBackState.OPEN)
    proposed = LineChange.objects.filter(
        line__case__in=theirs, state=ChangeState.OPEN, side=ChangeSide.MUNICIPALITY, reply_by__isnull=False
    )
    to_answer = taken.order_by().values_list("line__case_id", "reply_by")
    days += to_answer.union(proposed.order_by().values_list("line__case_id", "reply_by"))
    asked = Step.objects.filter(case__in=theirs, kind=promise.NO_REPLY, done_at=None)
    days += [(pk, local_date(at, tz)) for pk, at in asked.values_list("case_id", "due_at")]
    for pk, day in days:
        known = found[pk]
        found[pk] = day if known is None else min(known, day)
    return found


def moves_of(case: Case, lines: Sequence[Line], *, staff: bool) -> Moves:
    """What is in motion. A query for each kind of thing that these lines can have; none for a case without any."""
    waiting = [line.pk for line in lines if line.state == LineState.WAITING_LIST]
    held = [line.pk for line in lines if line.state in _MAY_BE_HELD]
    movable = [line.pk for line in lines if line.state in _MAY_MOVE]
    offers = Offer.objects.filter(line__in=waiting, state=OfferState.OPEN) if waiting else []
    take_backs: dict[int, TakeBack] = {}
    if held:
        # The open one; for staff also one that is over and still holds the time.
        rows = TakeBack.objects.filter(line__in=held).order_by("pk")
        for row in rows:
            if row.state != TakeBackState.OVER or (staff and row.freed_at is None):
                take_backs[row.line_id] = row
    changes: list[LineChange] = []
    if movable:
        found = LineChange.objects.filter(line__in=movable, state=ChangeState.OPEN)
        changes = list(found.select_related("resource", "line", "line__resource").order_by("start", "pk"))
    batches: dict[str, list[LineChange]] = {}
    for one in changes:
        batches.setdefault(str(one.batch), []).append(one)
    return Moves(
        offers={offer.line_id: offer for offer in offers},
        take_backs=take_backs,
        changes={one.line_id: one for one in changes},
        proposals=[
            Proposal(batch, rows[0].scope, str(rows[0].get_scope_display()), rows[0].why, rows)
            for batch, rows in batches.items()
        ],
        ties=list(Tie.objects.filter(case=case).select_related("user", "decided_by").order_by("pk")) if staff else (),
    )


def taken_back_count(since: datetime, until: datetime, units: Any = None) -> dict[str, int]:
    """How often granted time was taken back in ``[since, until)``, and at short notice: counted in public (needs N8).

    ``units``: of these only (ids or a queryset).
    """
    rows = TakeBack.objects.filter(at__gte=since, at__lt=until)
    if units is not None:
        rows = rows.filter(line__case__unit__in=units)
    restored = rows.filter(outcome="restored").count()
    return {"taken_back": rows.count(), "short_notice": rows.filter(short_notice=True).count(), "restored": restored}
