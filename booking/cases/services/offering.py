"""The waiting list: a released time is offered down the list, to one at a time, who holds it until the offer ends.

Offers are made in the transaction that frees the time, so nobody can slip in between. An offer never ends before 20:00
the next day; `run_offers` (by `tick`) ends those that have, and offers to the next. The clock ends an offer, never a
place on the list. Source: requests.md "Deciding".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.cases.access import choose_hat, party_hats
from booking.cases.models import Case, Decision, Event, Line, LineState, Offer, OfferState
from booking.cases.rules import offer_expires, step_for
from booking.cases.services.shared import (
    SYSTEM,
    Actor,
    event,
    letters,
    lock,
    lock_cases,
    move_lines,
    post,
    refresh,
    states_of,
    tell_calendars,
)
from booking.correspondence.services import Outgoing
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import NotFound, WrongState
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, lock_resources, release, restore, take, turn

#: Set-up, tear-down and buffers around a line that may have stood in somebody's way.
_AROUND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Time that comes free: ``[start, end)`` on a resource, and when the release began that it is part of."""

    resource_id: int
    start: datetime
    end: datetime
    line_id: int = 0
    released_at: datetime | None = None


def spans_of(lines: Iterable[Line]) -> list[Span]:
    """The time of these lines."""
    return [Span(line.resource_id, line.start, line.end, line.pk) for line in lines]


def waiting_for(freed: Sequence[Span], *, now: datetime) -> list[Line]:
    """Lines of the waiting list that could have some of the freed time, first received first. Under the cells' locks.

    Who holds an offer already isn't named, nor who let one of the same release pass.
    """
    if not freed:
        return []
    ids = sorted({span.resource_id for span in freed})
    _covers, sharing = lock_resources(ids)
    near = Q(pk__in=[])
    for start, end in {(span.start, span.end) for span in freed}:
        near |= Q(start__lt=end + _AROUND, end__gt=start - _AROUND)
    rows = (
        Line.objects.filter(near, resource_id__in=sharing, state=LineState.WAITING_LIST, start__gt=now)
        .exclude(case__stored_act__in=("closed", "dismissed", "draft"))
        .exclude(pk__in=Offer.objects.filter(state=OfferState.OPEN).values("line_id"))
        .exclude(pk__in=[span.line_id for span in freed])
    )
    releases = {span.released_at or now for span in freed}
    rows = rows.exclude(pk__in=Offer.objects.filter(released_at__in=releases).values("line_id"))
    return list(rows.select_related("resource").order_by("case__received_at", "case_id", "number"))


def pass_on(
    freed: Sequence[Span],
    cases: Mapping[int, Case],
    *,
    now: datetime,
    due_at: datetime | None = None,
    restored: bool = False,
) -> list[Offer]:
    """Offer freed time: what was displaced there comes back first, then the waiting list in turn.

    Under the cells' locks; `cases` are locked, lines of others are passed over. Stores offers, events and letters.
    `due_at`: when the letters leave, if what freed the time can still be undone. `restored`: what was displaced is back
    already, and nobody else is to be.
    """
    freed = [span for span in freed if span.end > now]
    if not freed:
        return []
    covers, _sharing = lock_resources(sorted({span.resource_id for span in freed}))
    for span in () if restored else freed:
        cells = [cell for cell, *_rest in covers[span.resource_id]]
        restore(cells, span.start - _AROUND, span.end + _AROUND, by_cause=("released", span.line_id), now=now)
    lines = [line for line in waiting_for(freed, now=now) if line.case_id in cases]
    if not lines:
        return []
    takes = [
        Take(
            line.resource_id, line.start, line.end, line.pk, line.quantity, line.setup_minutes, line.teardown_minutes,
            Klass.CLAIM, Status.TENTATIVE, label=_label(cases[line.case_id]),
        )
        for line in lines
    ]  # fmt: skip
    stored = set(take(takes, now=now, partial=True).stored)
    offered = [line for line in lines if line.pk in stored]
    return _offer(offered, cases, min((span.released_at or now for span in freed), default=now), now, due_at or now)


def _label(case: Case) -> str:
    return case.title if case.title_public else ""


def _offer(
    lines: Sequence[Line], cases: Mapping[int, Case], released_at: datetime, now: datetime, due_at: datetime
) -> list[Offer]:
    until = offer_expires(now, booking_settings().tz)
    offers = [Offer(line=line, released_at=released_at, at=now, expires_at=until) for line in lines]
    Offer.objects.bulk_create(offers)
    events: list[Event] = []
    messages: list[Outgoing] = []
    for offer in offers:
        case, number = cases[offer.line.case_id], offer.line.number
        events.append(event(case, "offered", now=now, lines=[number], until=until.isoformat()))
        payload = {"offer": offer.pk, "lines": [number]}
        messages += letters(case, "case_offered", f"offered:{offer.pk}", payload, due_at=due_at, soon=True)
    Event.objects.bulk_create(events)
    post(messages, now=now)
    touched = [cases[pk] for pk in sorted({line.case_id for line in lines})]
    refresh(touched, states_of(case.pk for case in touched), now=now)
    for case in touched:
        tell_calendars(case)
    return offers


def time_freed(resource_ids: Sequence[int], start: datetime, end: datetime, now: datetime) -> None:
    """Occupancy says: a closure has gone from these resources, and what it displaced is back. The rest is offered."""
    freed = [Span(pk, start, end) for pk in resource_ids]
    cases = lock_cases(line.case_id for line in waiting_for(freed, now=now))
    pass_on(freed, cases, now=now, restored=True)


def close_offers(lines: Iterable[Line], state: str, *, now: datetime, by: Any = None) -> list[Span]:
    """End the open offers on these lines. Answers the time that was held for them; the caller frees it."""
    by_id = {line.pk: line for line in lines}
    open_offers = list(Offer.objects.filter(line__in=list(by_id), state=OfferState.OPEN)) if by_id else []
    if not open_offers:
        return []
    Offer.objects.filter(pk__in=[offer.pk for offer in open_offers]).update(
        state=state, answered_at=now, answered_by=by
    )
    return [
        Span(line.resource_id, line.start, line.end, line.pk, offer.released_at)
        for offer in open_offers
        for line in (by_id[offer.line_id],)
    ]


# --- what the party answers ------------------------------------------------------------------------------------------


def accept_offer(case: Case, number: int, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """The party takes the offered time: it is granted at once. Twice is the same as once.

    Raises ``NotFound`` (no such line), ``WrongState`` when nothing is offered any more, ``Forbidden``,
    ``HatRequired``.
    """
    actor = _party(case, by, hat, now)

    def run() -> Case:
        with transaction.atomic():
            fresh, line, offer = _locked(case.pk, number)
            if line.state == LineState.GRANTED and line.offers.filter(state=OfferState.ACCEPTED).exists():
                return fresh
            _must_stand(line, offer, now)
            step_for(line.state, "accept", "party")
            turn(cause_kind="line", cause_ids=[line.pk], klass=Klass.CLAIM, status=Status.CONFIRMED, now=now)
            close_offers([line], OfferState.ACCEPTED, now=now, by=by)
            decision = Decision.objects.create(case=fresh, by=None, hat="rules", outcome="grant", at=now)
            move_lines([line], LineState.GRANTED, now=now, decision=decision)
            event(fresh, "granted", now=now, by=actor, lines=[number], decision=decision.pk, offer=True).save()
            payload = {"decisions": [decision.pk], "lines": [number]}
            post(letters(fresh, "case_decision", f"decision:{decision.pk}", payload, due_at=now, soon=True), now=now)
            return _done(fresh, [line.resource_id], now)

    return again_on_collision(run)


def decline_offer(case: Case, number: int, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """The party doesn't want the offered time any more: the line is withdrawn, and the next on the list is asked.

    Twice is the same as once. Raises as `accept_offer` does.
    """
    actor = _party(case, by, hat, now)

    def run() -> Case:
        with transaction.atomic():
            fresh, line, offer = _locked(case.pk, number)
            if line.state == LineState.WITHDRAWN and line.offers.filter(state=OfferState.DECLINED).exists():
                return fresh
            if offer is None or line.state != LineState.WAITING_LIST:
                raise WrongState("no_offer", _("Nothing is offered to you here any more."))
            freed = close_offers([line], OfferState.DECLINED, now=now, by=by)
            release(cause_kind="line", cause_ids=[line.pk], now=now)
            move_lines([line], LineState.WITHDRAWN, now=now, keep=True)
            event(fresh, "withdrawn", now=now, by=actor, lines=[number], offer=True).save()
            cases = lock_cases({one.case_id for one in waiting_for(freed, now=now)} - {fresh.pk}) | {fresh.pk: fresh}
            done = _done(fresh, [line.resource_id], now)
            pass_on(freed, cases, now=now)
            return done

    return again_on_collision(run)


def run_offers(now: datetime) -> int:
    """Offers that have run out, or whose time has begun: the hold ends, and the next on the list is asked. How many.

    Safe twice, late, and in two processes at once: an offer that somebody else has ended is left alone.
    """
    done = 0
    over = Q(expires_at__lte=now) | Q(line__start__lte=now)
    rows = Offer.objects.filter(over, state=OfferState.OPEN).order_by("expires_at", "pk")
    for pk in list(rows.values_list("pk", flat=True)):
        done += again_on_collision(partial(_expire, pk, now))
    return done


@transaction.atomic
def _expire(offer_id: int, now: datetime) -> int:
    found = Offer.objects.select_related("line").filter(pk=offer_id, state=OfferState.OPEN).first()
    if found is None:
        return 0
    line = found.line
    span = Span(line.resource_id, line.start, line.end, line.pk, found.released_at)
    lock([line.resource_id], ())
    next_cases = {one.case_id for one in waiting_for([span], now=now)}
    cases = lock((), next_cases | {line.case_id})
    case = cases[line.case_id]
    line = Line.objects.select_related("resource").get(pk=line.pk)
    state = OfferState.MOOT if line.start <= now else OfferState.EXPIRED
    freed = close_offers([line], state, now=now)
    if not freed:  # somebody was faster
        return 0
    release(cause_kind="line", cause_ids=[line.pk], now=now)
    event(case, "offer_expired", now=now, by=SYSTEM, lines=[line.number]).save()
    payload = {"lines": [line.number]}
    post(letters(case, "case_offer_expired", f"offer-expired:{offer_id}", payload, due_at=now), now=now)
    _done(case, [line.resource_id], now)
    pass_on(freed, cases, now=now)
    return 1


# --- shared ----------------------------------------------------------------------------------------------------------


def _party(case: Case, by: Any, hat: str | None, now: datetime) -> Actor:
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    return Actor(by, choose_hat(party_hats(by, case, on, binding=True), hat, default=default))


def _locked(case_id: int, number: int) -> tuple[Case, Line, Offer | None]:
    """Cells, then the case; the line and its open offer as they stand then."""
    found = Line.objects.filter(case_id=case_id, number=number).first()
    if found is None:
        raise NotFound("not_found", _("There is no such line in this case."))
    case = lock([found.resource_id], [case_id])[case_id]
    line = Line.objects.select_related("resource").get(pk=found.pk)
    return case, line, Offer.objects.filter(line=line, state=OfferState.OPEN).first()


def _must_stand(line: Line, offer: Offer | None, now: datetime) -> None:
    if offer is None or line.state != LineState.WAITING_LIST:
        raise WrongState("no_offer", _("Nothing is offered to you here any more."))
    if line.start <= now:
        raise WrongState("wrong_state", _("This time has passed."))
    if offer.expires_at <= now:
        raise WrongState("offer_expired", _("The offer has run out. You keep your place on the waiting list."))


def _done(case: Case, resource_ids: Sequence[int], now: datetime) -> Case:
    refresh([case], states_of([case.pk]), now=now)
    tell_calendars(case, resource_ids)
    return case
