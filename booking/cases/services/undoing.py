"""Undoing a decision while its letter waits: it costs nothing, and nobody outside has been told.

Source: requests.md "Deciding": "A decision waits 60 seconds before its letter leaves; undo costs nothing."
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_decide, hosts_of
from booking.cases.models import Case, Decision, Event, Line, LineState, Offer, OfferState
from booking.cases.rules import OUTCOMES, UNDECIDED, undo_step
from booking.cases.services.rivalry import rival_key
from booking.cases.services.shared import (
    Actor,
    event,
    lock,
    move_lines,
    refresh,
    states_of,
    tell_calendars,
)
from booking.correspondence.services import recall
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Stale, Taken, WrongState
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, release, take

_KINDS = ("granted", "refused", "waiting_listed")


def last_act(case: Case) -> list[Decision]:
    """The decisions of the last act on the case, if people made it and it stands: one per outcome and grounds."""
    newest = case.decisions.filter(by__isnull=False, undone_at=None).order_by("-pk").first()
    if newest is None:
        return []
    same = case.decisions.filter(by=newest.by_id, at=newest.at, undone_at=None)
    return list(same.order_by("pk"))


def undo_until(case: Case, now: datetime) -> datetime | None:
    """Until when the last decision can be undone; None when it can't."""
    act = last_act(case)
    if not act:
        return None
    until = act[0].at + timedelta(seconds=booking_settings().letter_delay_seconds)
    if until <= now or not case.events.filter(type__in=_KINDS, data__decision=act[0].pk, data__has_key="before"):
        return None
    return until


def undo_decision(case: Case, *, by: Any, now: datetime, if_version: int | None = None) -> Case:
    """Undo the last decision on the case, all of it: lines go back to where they stood, rivals get their place back.

    Its letters never leave. Any colleague who may decide can do it. Raises ``WrongState`` (``too_late``) when the
    letter has left or is leaving, or when a line has moved on meanwhile; ``Taken`` when a hold can't be had again,
    ``Forbidden``, ``Disqualified``, ``Stale``.
    """
    return again_on_collision(lambda: _undo(case.pk, by, now, if_version))


@transaction.atomic
def _undo(case_id: int, by: Any, now: datetime, if_version: int | None) -> Case:
    conf = booking_settings()
    seen = Case.objects.get(pk=case_id)
    act = last_act(seen)
    if not act:
        raise WrongState("nothing_to_undo", _("There is no decision that could be undone."))
    ids = [decision.pk for decision in act]
    lost = list(Event.objects.filter(type="waiting_listed", data__because=ids[0]).order_by("pk"))
    rivals = [
        line
        for entry in lost
        for line in Line.objects.filter(case_id=entry.case_id, number__in=entry.data["lines"]).select_related(
            "resource"
        )
    ]
    offers = list(Offer.objects.filter(released_at=act[0].at, state=OfferState.OPEN).select_related("line"))
    mine = Line.objects.filter(case_id=case_id, decision_id__in=ids)
    places = set(mine.order_by().values_list("resource_id", flat=True))
    places |= {line.resource_id for line in (*rivals, *(offer.line for offer in offers))}
    others = {line.case_id for line in rivals} | {offer.line.case_id for offer in offers}
    cases = lock(places, {case_id, *others})
    case = cases[case_id]
    if if_version is not None and case.version != if_version:
        raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
    actor = Actor(by, check_may_decide(by, case, hosts_of(case), local_date(now, conf.tz)))
    if now >= act[0].at + timedelta(seconds=conf.letter_delay_seconds) or [d.pk for d in last_act(case)] != ids:
        raise _too_late()
    targets = _targets(case, act)
    prefixes = [f"decision:{ids[0]}:", *(f"{rival_key(entry.case_id, ids[0])}:" for entry in lost)]
    prefixes += [f"offered:{offer.pk}:" for offer in offers]
    if not recall(prefixes):
        raise _too_late()
    _unoffer(offers, now)
    lines = [line for line, _target in targets]
    release(cause_kind="line", cause_ids=[line.pk for line in lines], now=now)
    back = [line for line in rivals if line.state == LineState.WAITING_LIST and line.reason == "rival_granted"]
    for target in (LineState.REQUESTED, LineState.HELD, LineState.WAITING_LIST):
        moved = [line for line, aim in targets if aim == target]
        _give_time(moved, target, act[0].at, cases, now)
        move_lines(moved, target, now=now)
    _give_time(back, LineState.REQUESTED, act[0].at, cases, now)
    move_lines(back, LineState.REQUESTED, now=now, keep=True)
    Decision.objects.filter(pk__in=ids).update(undone_at=now)
    events = [event(case, "undone", now=now, by=actor, lines=sorted(line.number for line in lines))]
    for pk in sorted({line.case_id for line in back}):
        numbers = sorted(line.number for line in back if line.case_id == pk)
        events.append(event(cases[pk], "undone", now=now, lines=numbers))
    Event.objects.bulk_create(events)
    states = states_of(cases)
    for one in cases.values():
        if one.answered_at == act[0].at and any(state in UNDECIDED for state in states[one.pk]):
            one.answered_at = None
    refresh(cases.values(), states, now=now)
    for one in cases.values():
        tell_calendars(one, places)
    return case


def _too_late() -> WrongState:
    return WrongState("too_late", _("It is too late to undo this: the letter has left, or is leaving."))


def _targets(case: Case, act: Sequence[Decision]) -> list[tuple[Line, str]]:
    """The lines of the act, and where each stood before. Raises ``WrongState`` when one has moved on since."""
    outcomes = {decision.pk: OUTCOMES[decision.outcome] for decision in act}
    before: dict[int, str] = {}
    for entry in case.events.filter(type__in=_KINDS):
        if entry.data.get("decision") in outcomes:
            before |= {int(number): state for number, state in entry.data.get("before", {}).items()}
    lines = list(case.lines.filter(number__in=before).select_related("resource"))
    if not lines:
        raise WrongState("nothing_to_undo", _("There is no decision that could be undone."))
    found = []
    for line in lines:
        if line.decision_id not in outcomes or line.state != outcomes[line.decision_id]:
            raise WrongState("wrong_state", _("A date has moved on since. The decision can't be undone any more."))
        undo_step(line.state, before[line.number])
        found.append((line, before[line.number]))
    return found


def _unoffer(offers: Sequence[Offer], now: datetime) -> None:
    """What was freed by the decision and offered to the next goes back before they have heard of it."""
    release(cause_kind="line", cause_ids=[offer.line_id for offer in offers], now=now)
    Offer.objects.filter(pk__in=[offer.pk for offer in offers]).update(state=OfferState.MOOT, answered_at=now)


def _give_time(lines: Sequence[Line], target: str, decided_at: datetime, cases: Any, now: datetime) -> None:
    """The time that each line had before: a note, a hold, or an offer that the decision had ended."""
    if target == LineState.WAITING_LIST:
        ended = Offer.objects.filter(line__in=lines, state=OfferState.MOOT, answered_at=decided_at, expires_at__gt=now)
        offered = set(ended.values_list("line_id", flat=True))
        ended.update(state=OfferState.OPEN, answered_at=None, answered_by=None)
        lines = [line for line in lines if line.pk in offered]
    klass = Klass.NOTE if target == LineState.REQUESTED else Klass.CLAIM
    takes = [
        Take(
            line.resource_id, line.start, line.end, line.pk, line.quantity, line.setup_minutes, line.teardown_minutes,
            klass, Status.TENTATIVE, label=cases[line.case_id].title if cases[line.case_id].title_public else "",
        )
        for line in lines
    ]  # fmt: skip
    try:
        take(takes, now=now, replace_same=True)
    except Taken as error:
        raise Taken("taken", _("Somebody else has got the time meanwhile."), items=error.items) from error
