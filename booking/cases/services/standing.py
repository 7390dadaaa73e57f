"""Hours that somebody has by something else than a request: an agreement gives weekly hours, and they are lines of a
case too, so that release, displacement and feed exist once (requests.md "Objects"). The floors above call this.

Nobody is asked and no receipt goes out: who calls has the parties' word. ``occupancy.take`` is the only way in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from booking.cases.models import Case, CoHost, Decision, Event, Line, LineState, Series
from booking.cases.rules import appeal_by, derive_state, step_for, waiting_on
from booking.cases.services.rivalry import bare, rules_of
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
from booking.cases.wanting import wanted_of
from booking.catalogue.models import Resource, Unit
from booking.foundation.conf import booking_settings
from booking.foundation.references import next_reference
from booking.occupancy import selectors as occupancy
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, release, take
from booking.organisations.models import Organisation


@dataclass
class Standing:
    """Dates of one weekly rule that are to be taken: ``times`` are ``[start, end)`` in order.

    ``series``: the one they belong to; None makes a new one. Afterwards it is set, and ``refused`` are the positions in
    ``times`` that somebody else has. ``label``: what the public reads of the time; None: the case's title, if public.
    """

    resource: Resource
    rrule: str
    times: Sequence[tuple[datetime, datetime]]
    quantity: int = 1
    series: Series | None = None
    refused: list[int] = field(default_factory=list)
    label: str | None = None


def open_standing_case(
    *,
    kind: str,
    title: str,
    title_public: bool,
    purpose: str,
    organisation: Organisation,
    co_hosts: Sequence[Organisation],
    requester: Any,
    hat: str,
    unit: Unit,
    officer: Any,
    deputy: Any,
    now: datetime,
) -> Case:
    """A case of that kind without lines yet, in the caller's transaction. It promises no answer: nobody asks."""
    case = Case(
        reference=next_reference("case", now, booking_settings().tz),
        kind=kind,
        organisation=organisation,
        requester=requester,
        requester_hat=hat,
        title=title,
        title_public=title_public,
        purpose=purpose,
        unit=unit,
        officer=officer,
        deputy=deputy,
        received_at=now,
        touched_by_officer=True,
        revised_at=now,
    )
    case.state = derive_state((), ["granted"], touched=True)
    case.waiting_on = waiting_on(case.state, ["granted"])
    case.save(force_insert=True)
    # They have all confirmed the agreement: nobody needs to be asked again.
    CoHost.objects.bulk_create([CoHost(case=case, organisation=one, answered_at=now) for one in co_hosts])
    event(case, "received", now=now, by=Actor(requester, hat)).save()
    return case


def take_standing_dates(
    case: Case,
    groups: Sequence[Standing],
    *,
    by: Actor = SYSTEM,
    basis: str = "agreement",
    grounds: str = "",
    appeal_until: date | None = None,
    back_to_back: bool = False,
    now: datetime,
) -> int:
    """Take what is to be had of these dates, all in one go; the rest is told in ``refused``. How many were taken.

    ``basis``: why they have it, for the record of the decision; ``appeal_until``: the last day to appeal it, where it
    can be. ``back_to_back``: these hours bring no buffers of the place (`bare`). In the caller's transaction. Open
    requests of others that compete for the time go to the waiting list with the reason, as when an officer grants.
    """
    resource_ids = {group.resource.pk for group in groups if group.times}
    if not resource_ids:
        return 0
    lock(resource_ids, ())
    rivals = _rivals(groups)
    cases = lock_cases({case.pk, *(line.case_id for line in rivals)})
    fresh = cases[case.pk]
    lines = _lines(fresh, groups, now)
    label = fresh.title if fresh.title_public else ""
    result = take(
        [
            Take(
                line.resource_id, line.start, line.end, line.pk, line.quantity, 0, 0,
                Klass.CLAIM, Status.CONFIRMED, label=label if group.label is None else group.label,
            )
            for line, group, _position in lines
        ],
        now=now,
        partial=True,
        effective=bare(rules_of(line for line, _group, _position in lines)) if back_to_back else None,
    )  # fmt: skip
    lost = {conflict.index for conflict in result.refused}
    for index in sorted(lost):
        _line, group, position = lines[index]
        group.refused.append(position)
    Line.objects.filter(pk__in=[lines[index][0].pk for index in lost]).delete()
    kept = [line for index, (line, _group, _position) in enumerate(lines) if index not in lost]
    events: list[Event] = []
    if kept:
        decision = Decision.objects.create(
            case=fresh, by=by.user, hat=by.hat or "rules", outcome="grant", legal_basis=basis, grounds=grounds,
            appeal_by=appeal_until, at=now,
        )  # fmt: skip
        Line.objects.filter(pk__in=[line.pk for line in kept]).update(decision=decision)
        numbers = [line.number for line in kept]
        events.append(event(fresh, "granted", now=now, by=by, lines=numbers, decision=decision.pk))
    losers = _losers(rivals)
    _move_losers(losers, cases, events, now)
    Event.objects.bulk_create(events)
    touched = [fresh, *(cases[pk] for pk in sorted({line.case_id for line in losers} - {fresh.pk}))]
    refresh(touched, states_of(one.pk for one in touched), now=now)
    for one in touched:
        tell_calendars(one, resource_ids if one is fresh else ())
    return len(kept)


def _lines(case: Case, groups: Sequence[Standing], now: datetime) -> list[tuple[Line, Standing, int]]:
    """The series and lines, stored; (line, its group, its position in the group)."""
    number = max(case.lines.values_list("number", flat=True), default=0)
    of_case = list(case.series.values_list("number", flat=True))
    found: list[tuple[Line, Standing, int]] = []
    for group in groups:
        if not group.times:
            continue
        index = 0
        if group.series is None:
            place = max(of_case, default=-1) + 1
            of_case.append(place)
            group.series = Series.objects.create(
                case=case, number=place, resource=group.resource, quantity=group.quantity, start=group.times[0][0],
                end=group.times[0][1], rrule=group.rrule, created_at=now, revised_at=now,
            )  # fmt: skip
        else:
            group.series.rrule, group.series.revised_at = group.rrule, now
            group.series.sequence += 1
            group.series.save(update_fields=["rrule", "revised_at", "sequence"])
            index = group.series.lines.count()
        for position, (start, end) in enumerate(group.times):
            number += 1
            found.append(
                (
                    Line(
                        case=case, number=number, resource=group.resource, quantity=group.quantity, start=start,
                        end=end, series=group.series, series_index=index + position, series_start=start,
                        state=LineState.GRANTED, created_at=now, revised_at=now,
                    ),
                    group,
                    position,
                )
            )  # fmt: skip
    Line.objects.bulk_create([line for line, _group, _position in found], batch_size=500)
    return found


def _rivals(groups: Sequence[Standing]) -> list[Line]:
    """Open requests of others for the same time."""
    wanted = [
        occupancy.Wanted(group.resource.pk, start, end, group.quantity, index=number)
        for group in groups
        for number, (start, end) in enumerate(group.times)
    ]
    found = occupancy.outlook(wanted).rivals
    ids = {pk for causes in found.values() for kind, pk in causes if kind == "line"}
    return list(Line.objects.filter(pk__in=ids, state=LineState.REQUESTED).select_related("resource").order_by("pk"))


def _losers(rivals: Sequence[Line]) -> list[Line]:
    """Those for whom too little is left now."""
    if not rivals:
        return []
    own = ("line", [line.pk for line in rivals])
    hit = {one.index for one in occupancy.conflicts(wanted_of(rivals), ignore_cause=own) if one.status != "own"}
    return [line for line in rivals if line.pk in hit]


def _move_losers(losers: Sequence[Line], cases: dict[int, Case], events: list[Event], now: datetime) -> None:
    if not losers:
        return
    release(cause_kind="line", cause_ids=[line.pk for line in losers], now=now)
    move_lines(losers, LineState.WAITING_LIST, now=now, reason="rival_granted", keep=True)
    by_case: dict[int, list[int]] = {}
    for line in losers:
        by_case.setdefault(line.case_id, []).append(line.number)
    conf = booking_settings()
    due_at = now + timedelta(seconds=conf.letter_delay_seconds)
    messages = []
    for case_id, numbers in sorted(by_case.items()):
        case = cases[case_id]
        events.append(event(case, "waiting_listed", now=now, lines=sorted(numbers), reason="rival_granted"))
        payload = {
            "lines": sorted(numbers),
            "reason": "rival_granted",
            "appeal_by": appeal_by(now, conf.tz).isoformat(),
        }
        key = f"waiting:{case_id}:{case.version}"
        messages += letters(case, "case_waiting_list", key, payload, due_at=due_at)
    post(messages, now=now)


def hand_standing_case(case: Case, *, unit: Unit, officer: Any, deputy: Any, by: Actor, now: datetime) -> None:
    """What gives the hours is answered for by somebody else: so is its case. In the caller's transaction."""
    fresh = lock_cases([case.pk])[case.pk]
    former = fresh.officer_id
    if (fresh.unit_id, former) == (unit.pk, getattr(officer, "pk", None)):
        return
    tell_calendars(fresh)
    fresh.unit, fresh.officer, fresh.deputy = unit, officer, deputy
    event(fresh, "officer_changed", now=now, by=by, officer=getattr(officer, "pk", None), former=former).save()
    refresh([fresh], states_of([fresh.pk]), now=now)
    tell_calendars(fresh)


def end_standing_dates(
    case: Case,
    *,
    after: datetime,
    by: Actor,
    municipality: bool,
    until_rules: dict[int, str],
    now: datetime,
    only_series: Collection[int] | None = None,
    reason: str = "agreement_ended",
) -> int:
    """What gave the hours ends: those that begin at ``after`` or later are free again. How many.

    ``only_series``: ids of those that end; None: all of the case. ``reason``: a code of ``wording.REASON_TEXTS``.

    ``municipality``: it is the one who ended it, else the organisation. ``until_rules``: the shortened rule of each
    series, by its id. In the caller's transaction; nothing is told here, because who ended it tells all of it.
    """
    resource_ids = set(case.lines.order_by().values_list("resource_id", flat=True))
    fresh = lock(resource_ids, [case.pk])[case.pk]
    states = [LineState.GRANTED, LineState.DISPLACED]
    rows = case.lines.filter(state__in=states, start__gte=after)
    if only_series is not None:
        rows = rows.filter(series__in=only_series)
    going = list(rows.select_related("resource"))
    for pk, rrule in until_rules.items():
        Series.objects.filter(pk=pk).update(rrule=rrule, revised_at=now)
    if not going:
        return 0
    act: Any = "end" if municipality else "withdraw"
    for line in going:
        # A displaced one is taken back by an officer; here the agreement is what is taken back.
        if not (municipality and line.state == LineState.DISPLACED):
            step_for(line.state, act, "system" if municipality else "party")
    release(cause_kind="line", cause_ids=[line.pk for line in going], now=now)
    target = LineState.CANCELLED_BY_MUNICIPALITY if municipality else LineState.CANCELLED_BY_ORGANISATION
    move_lines(going, target, now=now, reason=reason, keep=True)
    event(fresh, "cancelled", now=now, by=by, lines=[line.number for line in going], reason=reason).save()
    refresh([fresh], states_of([fresh.pk]), now=now)
    tell_calendars(fresh, {line.resource_id for line in going})
    return len(going)
