"""A case moves to another unit or officer. Logged with a reason, seen by the requester, and never touching the clock.

Source: requests.md "The answer clock" 6-7, needs N4, N9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.cases.access import DECIDING_ROLES, check_may_prepare, disqualification, hosts_of, impartial, is_staff_for
from booking.cases.models import Attention, Case, CaseState, Message
from booking.cases.selectors.carrying import MANY, live_cases
from booking.cases.services.promising import finish, fresh_case
from booking.cases.services.shared import Actor, event, letters, lock_cases, post, refresh, states_of, tell_calendars
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.correspondence.models import OutboxMessage, OutboxState
from booking.correspondence.services import Outgoing
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid, WrongState
from booking.foundation.signals import send_revised

_OVER = frozenset({CaseState.CLOSED, CaseState.DISMISSED, CaseState.WITHDRAWN})


def hand_over(
    case: Case,
    *,
    unit: Unit | None = None,
    officer: Any = None,
    reason: str,
    by: Any,
    now: datetime,
    if_version: int | None = None,
    held_by: Any = None,
    tell_receiver: bool = True,
) -> Case:
    """Give the case to another ``unit`` (its officer takes it) or to an ``officer`` (in ``unit``, or its own).

    The requester sees from whom to whom and why; the promised date stays. ``held_by``: only while it is theirs
    (somebody who leaves hands it on). ``tell_receiver`` False: they hear of several at once
    (`catalogue.services.leaving`). Raises ``Invalid`` without a reason, without a receiver, for who already has it, or
    for an officer who may not decide there or has a conflict of interest; ``WrongState`` for a case that is over,
    ``Forbidden``, ``Disqualified``, ``Stale``.
    """
    why = text.clean(reason, max_length=500, loc=("reason",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)
    if unit is None and officer is None:
        raise Invalid("required", _("Choose who is to have it."), loc=("unit",))
    if unit is not None and not unit.active:
        raise Invalid("unknown_unit", _("There is no such unit."), loc=("unit",))
    with transaction.atomic():
        fresh = fresh_case(case, if_version)
        hosts = hosts_of(fresh)
        actor = Actor(by, _may_give_away(by, fresh, on))
        if held_by is not None and fresh.officer_id != held_by.pk:
            raise WrongState("moved", _("Somebody else has this already."))
        if fresh.state in _OVER:
            raise WrongState("wrong_state", _("This case is over."))
        target = unit or fresh.unit
        if target.pk == fresh.unit_id and (officer is None or officer.pk == fresh.officer_id):
            raise Invalid("same", _("They have it already."), loc=("officer" if officer else "unit",))
        before_unit, before_officer = fresh.unit, fresh.officer
        send_revised(cause=f"case:{fresh.reference}", scopes=[f"unit:{before_unit.pk}"])
        who = catalogue.unit_responsible(target, on)
        fresh.unit = target
        if officer is not None:
            _check_officer(officer, fresh, hosts, on, target)
            fresh.officer = officer
            fresh.deputy = who.deputy if who.deputy != officer else None
        else:
            fresh.officer, fresh.deputy = _impartial(fresh, hosts, on, who)
        fresh.hand_overs += 1
        fresh.touched_by_officer = True
        if fresh.hand_overs >= MANY:
            fresh.attention = Attention.HANDED
        note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=why, at=now)
        event(
            fresh, "handed_over", now=now, by=actor, message=note.pk, count=fresh.hand_overs,
            from_unit=before_unit.slug, to_unit=target.slug,
            officer=fresh.officer.pk if fresh.officer else None,
            former=before_officer.pk if before_officer else None,
        ).save()  # fmt: skip
        key = f"handed:{fresh.pk}:{fresh.hand_overs}"
        payload = {"message": note.pk, "from_unit": before_unit.pk, "to_unit": target.pk}
        post(
            [
                *letters(fresh, "case_handed_over", key, payload, due_at=now, legal=False),
                *(
                    to_person(fresh, fresh.officer, "case_given_to_you", key, payload, now=now, not_to=by)
                    if tell_receiver
                    else ()
                ),
                *_tell_leaders(fresh, key, payload, on, now),
            ],
            now=now,
        )
        return finish(fresh, now)


def assign(case: Case, *, officer: Any, by: Any, now: datetime, if_version: int | None = None) -> Case:
    """Name another case officer inside of the unit; who does it needs no reason. Twice is the same as once.

    Raises ``Invalid`` for somebody who may not decide there or has a conflict of interest, and as `hand_over` does.
    """
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = fresh_case(case, if_version)
        hosts = hosts_of(fresh)
        actor = Actor(by, _may_give_away(by, fresh, on))
        if fresh.state in _OVER:
            raise WrongState("wrong_state", _("This case is over."))
        if fresh.officer_id == officer.pk:
            return fresh
        _check_officer(officer, fresh, hosts, on, fresh.unit)
        fresh.officer = officer
        if fresh.deputy_id == officer.pk:
            fresh.deputy = None
        if fresh.attention == Attention.TAKEN_OVER:
            fresh.attention = ""
        event(fresh, "assigned", now=now, by=actor, officer=officer.pk).save()
        key = f"assigned:{fresh.pk}:{fresh.version}"
        post(to_person(fresh, officer, "case_given_to_you", key, {}, now=now, not_to=by), now=now)
        return finish(fresh, now)


@transaction.atomic
def take_over_cases(leaver: Any, now: datetime) -> int:
    """Somebody can't sign in any more, or doesn't work here any more: their cases go to others in the same second.
    Those that somebody may still have to do with stay on a list for the leader until somebody has looked (requests.md
    "The answer clock" 7); letters to the leaver that have not left go to who has the case now. How many cases. Called
    by the catalogue's signal.
    """
    on = local_date(now, booking_settings().tz)
    ids = list(
        Case.objects.filter(Q(officer=leaver) | Q(deputy=leaver))
        .exclude(state__in=_OVER)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    cases = lock_cases(ids)
    alive = set(live_cases(now).filter(pk__in=cases).values_list("pk", flat=True))
    for case in cases.values():
        hosts = hosts_of(case)
        was_officer = case.officer_id == leaver.pk
        if case.deputy_id == leaver.pk:
            case.deputy = None
        if was_officer:
            case.officer, case.deputy = _impartial(case, hosts, on, catalogue.unit_responsible(case.unit, on), leaver)
            if case.pk in alive:
                case.attention = Attention.TAKEN_OVER
            event(
                case, "officer_changed", now=now,
                officer=case.officer.pk if case.officer else None, former=leaver.pk,
            ).save()  # fmt: skip
    refresh(cases.values(), states_of(cases), now=now)
    redirect_letters(leaver, cases)
    for case in cases.values():
        tell_calendars(case)
    return len(cases)


def seen(case: Case, *, by: Any, now: datetime) -> Case:
    """Somebody of the unit has looked at a case that asked for it: its mark goes."""
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = lock_cases([case.pk])[case.pk]
        check_may_prepare(by, fresh, hosts_of(fresh), on)
        if not fresh.attention:
            return fresh
        fresh.attention = ""
        return finish(fresh, now)


# --- who -------------------------------------------------------------------------------------------------------------


def _may_give_away(by: Any, case: Case, on: date) -> str:
    """A disqualified officer must be able to hand the case on: that is what they should do with it."""
    if not is_staff_for(by, case, on):
        raise Forbidden("forbidden", _("Only the unit that has the case can do this."))
    return f"unit:{case.unit.slug}"


def _check_officer(officer: Any, case: Case, hosts: Sequence[Any], on: date, unit: Unit) -> None:
    deciding = catalogue.units_of(officer, on, roles=DECIDING_ROLES).filter(pk=unit.pk)
    if not officer.is_active or not deciding.exists():
        raise Invalid("not_an_officer", _("This person doesn't decide cases in that unit."), loc=("officer",))
    if disqualification(officer, case, hosts, on):
        # Which tie it is, is nobody's business (requests.md "Conflict of interest").
        raise Invalid("disqualified", _("This person can't have this case. Choose somebody else."), loc=("officer",))


def _impartial(case: Case, hosts: Sequence[Any], on: date, who: Any, leaver: Any = None) -> tuple[Any, Any]:
    """The officer and deputy of the unit, or the first in the line of leaders without a conflict of interest."""
    first = [
        one
        for one in (who.officer, who.acting, who.deputy)
        if one is not None and (leaver is None or one.pk != leaver.pk)
    ]
    officer = impartial(case, hosts, on, first=first, without=leaver)
    living = catalogue.missing(on).living
    fit = [one for one in first if living(one) and not disqualification(one, case, hosts, on)]
    deputy = who.deputy if who.deputy in fit and who.deputy != officer else None
    return officer, deputy


def to_person(
    case: Case, person: Any, handler: str, key: str, payload: dict[str, Any], *, now: datetime, not_to: Any = None
) -> list[Outgoing]:
    """A letter to one of the staff, unless they did it themselves or have no address."""
    if person is None or not person.is_active or (not_to is not None and person.pk == not_to.pk):
        return []
    address = str(getattr(person, person.get_email_field_name(), "") or "")
    if not address:
        return []
    return [
        Outgoing(
            key=f"{key}:{handler}:{person.pk}"[:200],
            handler=handler,
            payload={"case": case.pk, **payload},
            recipient=address,
            recipient_user=person,
            language=getattr(person, "language", "nb") or "nb",
            due_at=now,
        )
    ]


def _tell_leaders(case: Case, key: str, payload: dict[str, Any], on: date, now: datetime) -> list[Outgoing]:
    if case.hand_overs < MANY:
        return []
    return [
        letter
        for leader in catalogue.leaders(case.unit, on)
        for letter in to_person(case, leader, "case_handed_often", key, payload, now=now)
    ]


#: Letters to the officer of a case. Digests and the like ask, when they leave, whether the person still works here.
_TO_OFFICER = ("case_given_to_you", "case_last_day", "case_message_to_officer", "case_move_answered")


def redirect_letters(leaver: Any, cases: Mapping[int, Case]) -> None:
    """Letters about these cases that wait for the leaver go to who has the case now; to nobody: they are dropped.

    In the caller's transaction. What is being sent at this moment has gone to the leaver.
    """
    waiting = OutboxMessage.objects.select_for_update().filter(
        recipient_user=leaver, state=OutboxState.QUEUED, handler__in=_TO_OFFICER
    )
    for letter in waiting.order_by("pk"):
        case = cases.get(letter.payload.get("case") or 0)
        if case is None:
            continue
        found = to_person(case, case.officer, letter.handler, letter.key, {}, now=letter.due_at)
        if not found or OutboxMessage.objects.filter(key=found[0].key).exists():
            letter.state = OutboxState.DROPPED
        else:
            letter.key, letter.recipient = found[0].key, found[0].recipient
            letter.recipient_user, letter.language = case.officer, found[0].language
        letter.save(update_fields=["state", "key", "recipient", "recipient_user", "language"])
