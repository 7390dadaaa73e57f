"""Faults: report one, "me too", look at it, mend it or say why not; and the code on the wall. Source: needs N15."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.cases.services import submit_enquiry
from booking.cases.services.shared import Actor, event, letters, lock_cases, post, refresh, states_of, tell_calendars
from booking.catalogue.models import Resource
from booking.catalogue.selectors import units_of
from booking.faults import pictures, rules
from booking.faults.models import Fault, FaultKind, FaultPhoto, FaultState, WallCode
from booking.faults.selectors import HANDLING
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid, WrongState


def make_code(resource: Resource, *, by: Any, now: datetime) -> WallCode:
    """The code of a thing: the one it has, else a new one. Signs on walls stay good: a code is never changed.

    Raises ``Forbidden`` for who doesn't work in the thing's unit.
    """
    _check_handles(by, resource, now)
    for _attempt in range(20):
        try:
            with transaction.atomic():
                code = rules.new_code(secrets.choice)
                found, _new = WallCode.objects.get_or_create(resource=resource, defaults={"code": code, "made_at": now})
                return found
        except IntegrityError:  # another thing has that very code
            continue
    raise WrongState("no_code", _("No code could be found. Please try again."))


def report_fault(
    resource: Resource,
    *,
    kind: str,
    words: str = "",
    photo: bytes | None = None,
    email: str = "",
    language: str = "",
    now: datetime,
    submission_key: str | None = None,
) -> Fault:
    """Somebody in a venue says what is wrong. It becomes an enquiry to the thing's unit, with the same promise.

    An address is not needed: what becomes of it stands on the fault's own page. The same form twice is one fault.
    Raises ``Invalid`` (kind, words without which "something else" says nothing, a photo that is none), ``TooLarge``.
    """
    if kind not in FaultKind.values:
        raise Invalid("unknown_choice", _("Choose what is wrong."), loc=("kind",))
    said = text.clean(words, max_length=text.PURPOSE, loc=("words",), multiline=True, required=kind == FaultKind.OTHER)
    picture = pictures.redrawn(photo) if photo else None

    def then(case: Case) -> None:
        fault = Fault.objects.create(case=case, resource=resource, kind=kind, words=said, reported_at=now)
        if picture is not None:
            FaultPhoto.objects.create(
                fault=fault, content=picture.content, size=len(picture.content), width=picture.width,
                height=picture.height,
            )  # fmt: skip
        event(case, "fault_reported", now=now, what=kind).save()

    case = submit_enquiry(
        message=said or str(FaultKind(kind).label), title=resource.name[:150], unit=resource.unit, about=resource,
        contact_email=email, unreachable=not email, language=language, now=now, submission_key=submission_key,
        then=then,
    )  # fmt: skip
    found: Fault = Fault.objects.select_related("case__unit", "resource").get(case=case)
    return found


def me_too(fault: Fault, *, now: datetime) -> None:
    """One more has seen it. Settled ones aren't counted any more."""
    Fault.objects.filter(pk=fault.pk, state__in=rules.OPEN).update(too=F("too") + 1)


def look_at(fault: Fault, *, by: Any, now: datetime) -> Fault:
    """Somebody is on it; everybody can see that. Raises ``WrongState``, ``Forbidden``."""
    return _step(fault, FaultState.LOOKED_AT, by=by, now=now)


def mend(fault: Fault, *, by: Any = None, now: datetime, resources: Any = None) -> Fault:
    """It is mended: its case is closed, and who left an address is told. Twice is the same as once.

    ``by`` None: a caretaker without an account, by their link, which opens ``resources``. Raises ``WrongState``,
    ``Forbidden``.
    """
    if by is None and (resources is None or not resources.filter(pk=fault.resource_id).exists()):
        raise Forbidden("not_yours", _("This link doesn't open that thing."))
    return _step(fault, FaultState.MENDED, by=by, now=now)


def leave_unmended(fault: Fault, *, why: str, by: Any, now: datetime) -> Fault:
    """It isn't mended, and everybody can read why. Its case is closed. Raises ``Invalid`` without a reason."""
    words = text.clean(why, max_length=300, loc=("why",), required=True)
    return _step(fault, FaultState.NOT_MENDED, by=by, now=now, why=words)


@transaction.atomic
def _step(fault: Fault, target: str, *, by: Any, now: datetime, why: str = "") -> Fault:
    case = lock_cases([fault.case_id])[fault.case_id]
    row = Fault.objects.select_related("resource").get(pk=fault.pk)
    if by is not None:
        _check_handles(by, row.resource, now)
    if row.state == target and row.why == why:
        return row
    if not rules.may_become(row.state, target):
        raise WrongState("wrong_state", _("This fault has been settled already."))
    row.state, row.why = target, why
    if target == FaultState.LOOKED_AT:
        row.looked_at, row.settled_at, row.settled_by = row.looked_at or now, None, None
    else:
        row.settled_at, row.settled_by = now, by
    row.save()
    actor = Actor(by, f"unit:{row.resource.unit.slug}")
    event(case, "fault_changed", now=now, by=actor, state=target).save()
    case.touched_by_officer = True
    if target != FaultState.LOOKED_AT and case.stored_act not in ("closed", "dismissed"):
        case.stored_act, case.paused_on, case.owed_since = "closed", None, None
        case.answered_at = case.answered_at or now
        event(case, "closed", now=now, by=actor).save()
        payload = {"fault": row.pk}
        post(
            letters(case, "fault_settled", f"fault:{row.pk}:{case.version}", payload, due_at=now, legal=False), now=now
        )
    elif target == FaultState.LOOKED_AT and case.stored_act == "closed":
        case.stored_act = ""
    refresh([case], states_of([case.pk]), now=now)
    tell_calendars(case)
    return row


def _check_handles(by: Any, resource: Resource, now: datetime) -> None:
    on = local_date(now, booking_settings().tz)
    if not units_of(by, on, roles=list(HANDLING)).filter(pk=resource.unit_id).exists():
        raise Forbidden("not_yours", _("Only people of the thing's unit can do this."))
