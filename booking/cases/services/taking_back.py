"""The municipality takes granted time back: with a reason, a deadline to reply, and something that is free instead.

The line is displaced and keeps its place; a block of the take-back's own holds the time. The party chooses another
time, accepts the loss, or objects, which an officer must answer. When the time is given back, the line has it again.
Source: requests.md "Deciding", needs N8.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_decide, choose_hat, hosts_of, party_hats
from booking.cases.models import (
    Case,
    Line,
    LineState,
    Message,
    TakeBack,
    TakeBackKind,
    TakeBackOutcome,
    TakeBackState,
)
from booking.cases.rules import is_short_notice, least_reply_days, step_for
from booking.cases.services.offering import pass_on, spans_of, waiting_for
from booking.cases.services.promising import plan_steps
from booking.cases.services.rivalry import bare, rules_of
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
from booking.cases.wanting import wanted_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.rules import read_priority_uses
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import FieldError, Invalid, NotFound, Stale, Taken, WrongState
from booking.occupancy import selectors as occupancy
from booking.occupancy.models import Klass, Status
from booking.occupancy.selectors import Alternative, Wanted
from booking.occupancy.services import Take, again_on_collision, displace, release, restore, rows_of, take

CAUSE = "take_back"
#: A deadline may be set so far ahead. Days.
FARTHEST_REPLY = 92
#: Of a long series alternatives are sought for so many lines at once.
MOST_LINES = 40
_AROUND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Instead:
    """What is offered instead of one line: the time of a thing that is free at that moment."""

    number: int
    resource: Resource
    start: datetime
    end: datetime


def free_instead(lines: Sequence[Line], *, now: datetime, limit: int = 6) -> dict[int, list[Alternative]]:
    """What the unit itself has free at this moment instead of each of these lines, by line number.

    Things of other units aren't this unit's to promise. As long as the line; a shorter time only if nothing else is.
    """
    found: dict[int, list[Alternative]] = {}
    for resource in {line.resource_id: line.resource for line in lines}.values():
        mine = [line for line in lines if line.resource_id == resource.pk][:MOST_LINES]
        sought = occupancy.alternatives_many(wanted_of(mine), now=now, limit=limit, candidates=_like(resource))
        found |= {line.number: sought.get(line.pk, []) for line in mine}
    return found


def _like(resource: Resource) -> list[Resource]:
    """Places of the same unit that could serve instead: about as big, or bigger. Chairs don't serve instead of a sound
    system, so of things only the thing itself at another time."""
    if resource.kind not in ("venue", "area"):
        return []
    here = catalogue.public_resources().filter(unit_id=resource.unit_id, kind=resource.kind).order_by("pk")
    if resource.capacity:
        here = here.filter(capacity__gte=resource.capacity // 2)
    return list(here[:100])


def still_free(
    line: Line, times: Sequence[tuple[int, datetime, datetime]], *, now: datetime
) -> list[tuple[int, datetime, datetime]]:
    """Those of these times (resource id, start, end) that the line could have at this moment. One query for all."""
    coming = [one for one in times if one[1] >= now]
    wanted = [
        Wanted(pk, start, end, line.quantity, line.setup_minutes, line.teardown_minutes, index)
        for index, (pk, start, end) in enumerate(coming)
    ]
    # They may overlap each other: one of them is chosen.
    hit = {one.index for one in occupancy.conflicts(wanted) if one.status != "own"}
    return [one for index, one in enumerate(coming) if index not in hit]


def reply_days(case: Case, lines: Sequence[Line], kind: str, priority_use: str = "") -> int:
    """How many days the party has at least to reply. Raises ``Invalid`` for a use that no house rule has named."""
    conf = booking_settings()
    named = None
    if kind == TakeBackKind.PRIORITY:
        uses = [read_priority_uses(rules.priority_uses) for rules in rules_of(lines).values()]
        if not all(priority_use in one for one in uses):
            known = sorted(set.intersection(*(set(one) for one in uses))) if uses else []
            raise Invalid(
                "not_named",
                _("The house rules must have named this use beforehand: %(uses)s."),
                params={"uses": ", ".join(known) or "–"},
                loc=("priority_use",),
            )
        named = max(one[priority_use] for one in uses)
    return least_reply_days(kind, usual=conf.takeback_reply_days, named=named)


def take_back(
    case: Case,
    numbers: Collection[int],
    *,
    reason: str,
    by: Any,
    now: datetime,
    kind: str = TakeBackKind.ORDINARY,
    priority_use: str = "",
    reply_by: date | None = None,
    instead: Sequence[Instead] = (),
    none_exists: bool = False,
    if_version: int | None = None,
) -> Case:
    """Take granted lines back, all or nothing. Each is displaced, keeps its place, and its party is told at once.

    `instead` names for each line at least one time that is free at this moment; `none_exists` says for the lines
    without one that there is none, and is refused when there is. `reply_by` is at least the days that the kind asks
    for ahead (default: exactly those). The same lines twice change nothing.

    Raises ``Invalid`` (reason, deadline, alternatives, unknown line), ``WrongState``, ``Forbidden``, ``Disqualified``,
    ``Stale``, and ``Taken`` when an alternative isn't free any more.
    """
    why = text.clean(reason, max_length=text.GROUNDS, loc=("reason",), multiline=True, required=True)
    if kind not in TakeBackKind.values:
        raise Invalid(
            "unknown_choice",
            _("Choose one of: %(choices)s."),
            params={"choices": ", ".join(TakeBackKind.values)},
            loc=("kind",),
        )
    if not numbers:
        raise Invalid("required", _("Name at least one line."), loc=("lines",))
    on = local_date(now, booking_settings().tz)

    def run() -> Case:
        with transaction.atomic():
            mine = Line.objects.filter(case_id=case.pk, number__in=numbers)
            ids = set(mine.order_by().values_list("resource_id", flat=True)) | {one.resource.pk for one in instead}
            fresh = lock(ids, [case.pk])[case.pk]
            if if_version is not None and fresh.version != if_version:
                raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
            actor = Actor(by, check_may_decide(by, fresh, hosts_of(fresh), on))
            lines = _granted(fresh, numbers, now)
            if not lines:
                return fresh
            until = _deadline(reply_by, on, reply_days(fresh, lines, kind, priority_use))
            offered = _checked_instead(lines, instead, none_exists, now)
            rows = [
                TakeBack(
                    line=line, resource=line.resource, start=line.start, end=line.end, kind=kind,
                    priority_use=priority_use if kind == TakeBackKind.PRIORITY else "", reason=why, reply_by=until,
                    alternatives=[[one.resource.pk, one.start.isoformat(), one.end.isoformat()]
                                  for one in offered.get(line.number, ())],
                    short_notice=is_short_notice(line.start, now), by=by, hat=actor.hat, at=now,
                )
                for line in lines
            ]  # fmt: skip
            TakeBack.objects.bulk_create(rows)
            _hold_for_the_municipality(rows, lines, now)
            fresh = lock((), [fresh.pk])[fresh.pk]  # the displacement has moved on its version
            fresh.touched_by_officer = True
            event(
                fresh, "taken_back", now=now, by=actor, lines=[line.number for line in lines], why=kind,
                reply_by=until.isoformat(), none=[n for n in (line.number for line in lines) if not offered.get(n)],
            ).save()  # fmt: skip
            return _finish(fresh, now)

    return again_on_collision(run)


def _granted(case: Case, numbers: Collection[int], now: datetime) -> list[Line]:
    """The lines that change. Those that have been taken back already are left out."""
    by_number = {line.number: line for line in case.lines.select_related("resource")}
    lines = []
    for index, number in enumerate(numbers):
        line = by_number.get(number)
        if line is None:
            raise Invalid("unknown_line", _("There is no such line in this case."), loc=("lines", index))
        if line.state == LineState.DISPLACED and line.take_backs.exclude(state=TakeBackState.OVER).exists():
            continue
        step_for(line.state, "displace", "officer")
        if line.state != LineState.GRANTED:  # a hold is no promise: refuse it instead
            raise WrongState("wrong_state", _("Only granted time can be taken back."))
        if line.end <= now:
            raise WrongState("wrong_state", _("This time has passed."))
        lines.append(line)
    return lines


def _deadline(wanted: date | None, on: date, days: int) -> date:
    least = on + timedelta(days=days)
    if wanted is None:
        return least
    if wanted < least:
        raise Invalid(
            "too_soon",
            _("They must have at least %(days)s days to reply."),
            params={"days": days},
            loc=("reply_by",),
        )
    if wanted > on + timedelta(days=FARTHEST_REPLY):
        raise Invalid("too_far", _("Choose a day within three months."), loc=("reply_by",))
    return wanted


def _checked_instead(
    lines: Sequence[Line], instead: Sequence[Instead], none_exists: bool, now: datetime
) -> Mapping[int, list[Instead]]:
    """By line number, what is offered. Raises ``Invalid`` where it is missing, ``Taken`` where it isn't free."""
    faults: list[FieldError] = []
    units = {line.number: line.resource.unit_id for line in lines}
    offered: dict[int, list[Instead]] = {}
    for index, one in enumerate(instead):
        if one.number not in units:
            faults.append(FieldError(("alternatives", index, "line"), "unknown_line", _("Name a line that is taken.")))
        elif one.resource.unit_id != units[one.number]:
            faults.append(
                FieldError(("alternatives", index, "resource"), "other_unit", _("Offer only what your own unit lends."))
            )
        elif one.end <= one.start or one.start < now:
            faults.append(FieldError(("alternatives", index, "start"), "past", _("This time has passed.")))
        else:
            offered.setdefault(one.number, []).append(one)
    if faults:
        raise Invalid.of(faults)
    listed = [one for some in offered.values() for one in some]
    quantity = {line.number: line.quantity for line in lines}
    for index, one in enumerate(listed):
        wanted = Wanted(one.resource.pk, one.start, one.end, quantity[one.number], index=index)
        # Each by itself: the party chooses one of them.
        if found := occupancy.conflicts([wanted]):
            raise Taken("taken", _("This alternative isn't free any more. Choose another one."), items=found)
    without = [line for line in lines if line.number not in offered]
    if without:
        free = free_instead(without, now=now)
        if any(free.get(line.number) for line in without):
            raise Invalid(
                "alternatives",
                _("Something is free instead. Offer at least one time for each date that you take."),
                loc=("alternatives",),
            )
        if not none_exists:
            raise Invalid(
                "none_exists", _("Nothing is free instead. Say so: tick that none exists."), loc=("none_exists",)
            )
    return offered


def _hold_for_the_municipality(rows: Sequence[TakeBack], lines: Sequence[Line], now: datetime) -> None:
    """The lines lose their claim (their parties are told by `lines_displaced`), and a block takes its place."""
    displace([("line", line.pk) for line in lines], by_cause=(CAUSE, rows[0].pk), now=now)
    take(
        [
            Take(
                line.resource_id, line.start, line.end, row.pk, line.quantity, line.setup_minutes,
                line.teardown_minutes, Klass.BLOCK, Status.CLOSED, CAUSE,
            )
            for row, line in zip(rows, lines, strict=True)
        ],
        now=now,
        effective=bare(rules_of(lines)),
    )  # fmt: skip


# --- what the party answers ------------------------------------------------------------------------------------------


def accept_alternative(
    case: Case,
    number: int,
    *,
    resource: Resource,
    start: datetime,
    end: datetime,
    by: Any,
    now: datetime,
    hat: str | None = None,
) -> Case:
    """The party takes another time for a displaced line: it is granted there in the same transaction, as the same line.

    Only what was offered, or what the unit has free instead at this moment. Twice is the same as once. Raises
    ``Invalid`` for another time, ``Taken`` with what is free now, ``WrongState``, ``NotFound``, ``Forbidden``,
    ``HatRequired``.
    """
    actor = _party(case, by, hat, now)

    def run() -> Case:
        with transaction.atomic():
            fresh, line = _locked(case.pk, number, {resource.pk})
            if line.state == LineState.GRANTED and (line.resource_id, line.start, line.end) == (
                resource.pk, start, end,
            ):  # fmt: skip
                return fresh
            step_for(line.state, "accept", "party")
            _must_be_offered(line, resource, start, end, now)
            before = {"resource": line.resource.slug, "start": line.start.isoformat(), "end": line.end.isoformat()}
            line.resource, line.start, line.end = resource, start, end
            try:
                take(
                    [
                        Take(
                            resource.pk, start, end, line.pk, line.quantity, line.setup_minutes, line.teardown_minutes,
                            label=fresh.title if fresh.title_public else "",
                        )
                    ],
                    now=now,
                    replace_same=True,
                )  # fmt: skip
            except Taken as error:
                raise Taken("taken", _("This time has just been taken by someone else."), items=error.items) from error
            Line.objects.filter(pk=line.pk).update(resource=resource, start=start, end=end)
            move_lines([line], LineState.GRANTED, now=now, keep=True)
            _end(line, TakeBackOutcome.ALTERNATIVE, now)
            event(fresh, "granted", now=now, by=actor, lines=[number], instead_of=before).save()
            payload = {"lines": [number]}
            key = f"moved:{line.pk}:{line.sequence}"
            post(letters(fresh, "case_moved", key, payload, due_at=now, soon=True), now=now)
            return _finish(fresh, now, [line.resource_id])

    return again_on_collision(run)


def accept_loss(case: Case, number: int, *, by: Any, now: datetime, hat: str | None = None) -> Case:
    """The party lets a displaced line go: it is cancelled by the municipality. Twice is the same as once.

    Raises ``WrongState``, ``NotFound``, ``Forbidden``, ``HatRequired``.
    """
    actor = _party(case, by, hat, now)

    def run() -> Case:
        with transaction.atomic():
            fresh, line = _locked(case.pk, number)
            if line.state == LineState.CANCELLED_BY_MUNICIPALITY:
                return fresh
            step_for(line.state, "accept_loss", "party")
            _cancel(fresh, line, actor, TakeBackOutcome.LOSS, now)
            return _finish(fresh, now, [line.resource_id])

    return again_on_collision(run)


def object_to(case: Case, number: int, *, message: str, by: Any, now: datetime, hat: str | None = None) -> Case:
    """The party objects to the taking back. The case waits on the unit, with a new promised date.

    Raises ``Invalid`` without a reason, ``WrongState`` when nothing was taken back, or the objection has been answered;
    ``NotFound``, ``Forbidden``, ``HatRequired``.
    """
    words = text.clean(message, max_length=text.MESSAGE, loc=("message",), multiline=True, required=True)
    actor = _party(case, by, hat, now)

    def run() -> Case:
        with transaction.atomic():
            fresh, line = _locked(case.pk, number)
            row = line.take_backs.exclude(state=TakeBackState.OVER).first()
            if row is None or line.state != LineState.DISPLACED:
                raise WrongState("not_taken_back", _("There is nothing to object to here."))
            if row.state != TakeBackState.OPEN:
                raise WrongState("wrong_state", _("You have objected already. Write a message to add something."))
            note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=words, at=now)
            row.state = TakeBackState.OBJECTED
            row.save(update_fields=["state"])
            event(fresh, "objected", now=now, by=actor, lines=[number], message=note.pk).save()
            due = promised_by(fresh.unit, now)
            fresh.answer_by = due.day
            fresh.promises += 1
            plan_steps(fresh, now=now, again=True)
            payload = {"message": note.pk}
            post(
                [
                    *letters(fresh, "case_objected", f"objected:{note.pk}", payload, due_at=now, soon=True),
                    *_to_officer(fresh, note, now),
                ],
                now=now,
            )
            return _finish(fresh, now)

    return again_on_collision(run)


# --- what the unit answers -------------------------------------------------------------------------------------------


def answer_objection(
    case: Case, number: int, *, message: str, by: Any, now: datetime, if_version: int | None = None
) -> Case:
    """The taking back stands, and why. The party may still choose another time or accept the loss.

    To give the time back instead is `give_back`. Raises ``Invalid`` without grounds, ``WrongState``, ``Forbidden``,
    ``Disqualified``, ``Stale``, ``NotFound``.
    """
    words = text.clean(message, max_length=text.GROUNDS, loc=("message",), multiline=True, required=True)

    def run() -> Case:
        with transaction.atomic():
            fresh, line, actor = _for_officer(case.pk, number, by, now, if_version)
            row = line.take_backs.filter(state=TakeBackState.OBJECTED).first()
            if row is None:
                raise WrongState("wrong_state", _("There is no objection to answer."))
            note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=words, at=now)
            row.state = TakeBackState.STANDS
            row.save(update_fields=["state"])
            event(fresh, "objection_answered", now=now, by=actor, lines=[number], message=note.pk).save()
            payload = {"message": note.pk, "lines": [number]}
            post(letters(fresh, "case_objection_answered", f"objection:{note.pk}", payload, due_at=now), now=now)
            return _finish(fresh, now)

    return again_on_collision(run)


def give_back(case: Case, number: int, *, by: Any, now: datetime, if_version: int | None = None) -> Case:
    """The municipality doesn't need the time after all: a line that still waits for it has it again, by itself.

    If the line went its own way meanwhile, the time goes to who else was displaced there, and to the waiting list.
    Twice is the same as once. Raises ``WrongState`` when nothing was taken, ``Forbidden``, ``Disqualified``,
    ``Stale``, ``NotFound``.
    """

    def run() -> Case:
        with transaction.atomic():
            held = list(TakeBack.objects.filter(line__case=case.pk, line__number=number, freed_at=None))
            ids = {row.resource_id for row in held}
            fresh, line, _actor = _for_officer(case.pk, number, by, now, if_version, ids)
            if not held:
                if line.take_backs.exists():
                    return fresh
                raise WrongState("not_taken_back", _("This time has not been taken back."))
            spans = [(row.resource_id, row.start, row.end) for row in held]
            cells = {row.cell_id for row in rows_of(CAUSE, [one.pk for one in held])}
            release(cause_kind=CAUSE, cause_ids=[row.pk for row in held], now=now)
            TakeBack.objects.filter(pk__in=[row.pk for row in held]).update(freed_at=now)
            for _resource, start, end in spans:
                restore(cells, start - _AROUND, end + _AROUND, by_cause=(CAUSE, held[0].pk), now=now)
            _offer_what_is_left(fresh, held, now)
            return Case.objects.get(pk=fresh.pk)

    return again_on_collision(run)


def end_take_back(case: Case, number: int, *, by: Any, now: datetime, if_version: int | None = None) -> Case:
    """After the deadline, and with every objection answered, the unit ends a take-back: the line is cancelled.

    Only a person does this. Raises ``WrongState`` before that, ``Forbidden``, ``Disqualified``, ``Stale``,
    ``NotFound``.
    """
    on = local_date(now, booking_settings().tz)

    def run() -> Case:
        with transaction.atomic():
            fresh, line, actor = _for_officer(case.pk, number, by, now, if_version)
            if line.state == LineState.CANCELLED_BY_MUNICIPALITY:
                return fresh
            step_for(line.state, "take_back", "officer")
            row = line.take_backs.exclude(state=TakeBackState.OVER).first()
            if row is not None and row.state == TakeBackState.OBJECTED:
                raise WrongState("objected", _("There is an objection. Answer it first."))
            if row is not None and on <= row.reply_by:
                raise WrongState(
                    "too_soon", _("They can reply until %(day)s."), params={"day": row.reply_by.isoformat()}
                )
            _cancel(fresh, line, actor, TakeBackOutcome.ENDED, now)
            payload = {"lines": [number]}
            post(letters(fresh, "case_taken_back_ended", f"ended:{line.pk}", payload, due_at=now), now=now)
            return _finish(fresh, now, [line.resource_id])

    return again_on_collision(run)


# --- shared ----------------------------------------------------------------------------------------------------------


def _party(case: Case, by: Any, hat: str | None, now: datetime) -> Actor:
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    return Actor(by, choose_hat(party_hats(by, case, on, binding=True), hat, default=default))


def _locked(case_id: int, number: int, more: Collection[int] = ()) -> tuple[Case, Line]:
    found = Line.objects.filter(case_id=case_id, number=number).first()
    if found is None:
        raise NotFound("not_found", _("There is no such line in this case."))
    case = lock({found.resource_id, *more}, [case_id])[case_id]
    return case, Line.objects.select_related("resource").get(pk=found.pk)


def _for_officer(
    case_id: int, number: int, by: Any, now: datetime, if_version: int | None, more: Collection[int] = ()
) -> tuple[Case, Line, Actor]:
    case, line = _locked(case_id, number, more)
    if if_version is not None and case.version != if_version:
        raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
    on = local_date(now, booking_settings().tz)
    return case, line, Actor(by, check_may_decide(by, case, hosts_of(case), on))


def _must_be_offered(line: Line, resource: Resource, start: datetime, end: datetime, now: datetime) -> None:
    if start < now:
        raise Invalid("past", _("This time has passed."), loc=("start",))
    row = line.take_backs.exclude(state=TakeBackState.OVER).first()
    listed = row.alternatives if row is not None else []
    if any(
        (datetime.fromisoformat(begins), datetime.fromisoformat(ends), pk) == (start, end, resource.pk)
        for pk, begins, ends in listed
    ):
        return
    free = free_instead([line], now=now)[line.number] if line.resource.unit_id == resource.unit_id else []
    if not any((one.resource_id, one.start, one.end) == (resource.pk, start, end) for one in free):
        raise Invalid("not_offered", _("Choose one of the times that are offered."), loc=("start",))


def _cancel(case: Case, line: Line, actor: Actor, outcome: str, now: datetime) -> None:
    """The line's note goes; the municipality keeps the time until it gives it free."""
    release(cause_kind="line", cause_ids=[line.pk], now=now)
    move_lines([line], LineState.CANCELLED_BY_MUNICIPALITY, now=now, reason=line.reason, keep=True)
    _end(line, outcome, now)
    event(case, "cancelled", now=now, by=actor, lines=[line.number]).save()


def _end(line: Line, outcome: str, now: datetime) -> None:
    TakeBack.objects.filter(line=line).exclude(state=TakeBackState.OVER).update(
        state=TakeBackState.OVER, outcome=outcome, answered_at=now
    )


def _offer_what_is_left(case: Case, held: Sequence[TakeBack], now: datetime) -> None:
    lines = [Line(pk=0, resource_id=row.resource_id, start=row.start, end=row.end) for row in held]
    freed = spans_of(lines)
    waiting = {line.case_id for line in waiting_for(freed, now=now)}
    pass_on(freed, lock((), waiting | {case.pk}), now=now)


def _to_officer(case: Case, note: Message, now: datetime) -> list[Any]:
    from booking.cases.services.handing import to_person

    return to_person(
        case, case.officer, "case_message_to_officer", f"objected:{note.pk}", {"message": note.pk}, now=now
    )


def _finish(case: Case, now: datetime, resource_ids: Sequence[int] = ()) -> Case:
    refresh([case], states_of([case.pk]), now=now)
    tell_calendars(case, resource_ids)
    return case
