"""Confirming and declining. It holds when every organisation and the municipality have said yes (needs N9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.agreements.models import Agreement, AgreementState
from booking.agreements.services.common import (
    check_version,
    confirmed_by_all,
    locked,
    log,
    need_state,
    post,
    speaker,
    store,
    to_everybody,
    to_others,
)
from booking.agreements.services.hours import clashes, take_hours
from booking.foundation import text
from booking.foundation.errors import Taken
from booking.occupancy.services import again_on_collision
from booking.organisations.models import Organisation


def confirm(
    agreement: Agreement,
    *,
    by: Any,
    organisation: Organisation | None = None,
    leave_out: bool = False,
    now: datetime,
    if_version: int | None = None,
) -> Agreement:
    """Say yes for one's side. With the last yes it is agreed: hours are taken, and everybody gets a letter.

    Dates that somebody else has are listed first: raises ``Taken`` with them unless ``leave_out`` says that the
    agreement comes into force without those; they are recorded and can be taken later. Twice is once. Raises
    ``Forbidden``, ``Disqualified`` (needs N10), ``WrongState``, ``Stale`` when it was changed since it was read.
    """

    @transaction.atomic
    def act() -> Agreement:
        fresh = locked(agreement)
        who = speaker(fresh, by=by, organisation=organisation, now=now)
        parties = list(fresh.parties.select_for_update().order_by("pk"))
        mine = next(
            (one for one in parties if organisation is not None and one.organisation_id == organisation.pk), None
        )
        said = mine.confirmed_at if mine is not None else fresh.confirmed_at
        if said is not None and fresh.state in (AgreementState.PROPOSED, AgreementState.AGREED):
            return fresh
        need_state(fresh, AgreementState.PROPOSED)
        check_version(fresh, if_version)
        if mine is not None:
            mine.confirmed_by, mine.confirmed_at = by, now
            mine.save(update_fields=["confirmed_by", "confirmed_at"])
        else:
            fresh.confirmed_by, fresh.confirmed_at = by, now
        log(fresh, "confirmed", who=who, now=now)
        if not confirmed_by_all(fresh, parties):
            store(fresh, now)
            return fresh
        if not leave_out and (found := clashes(fresh, now=now)):
            # Undoes the confirmation too: nobody has agreed to something they haven't seen.
            raise Taken(
                "dates_taken", _("Some of the dates are somebody else's. Look at them before you confirm."), items=found
            )
        fresh.state, fresh.agreed_at = AgreementState.AGREED, now
        fresh.save()
        left = take_hours(fresh, who=who, now=now)
        log(fresh, "agreed", who=who, now=now)
        store(fresh, now)
        payload = {"left_out": len(left)}
        key = f"agreement_agreed:{fresh.pk}"
        post(to_everybody(fresh, "agreement_agreed", key, now=now, payload=payload, legal=True), now=now)
        return fresh

    return again_on_collision(act)


def decline(
    agreement: Agreement,
    *,
    by: Any,
    organisation: Organisation | None = None,
    reason: str,
    now: datetime,
    if_version: int | None = None,
) -> Agreement:
    """Say no for one's side, with the reason, which the others read. Whoever wrote it may take it back so too.

    Twice is once. Raises ``Invalid`` without a reason, and as ``confirm`` does.
    """
    why = text.clean(reason, max_length=text.PURPOSE, loc=("reason",), multiline=True, required=True)
    with transaction.atomic():
        fresh = locked(agreement)
        who = speaker(fresh, by=by, organisation=organisation, now=now)
        if fresh.state == AgreementState.DECLINED and fresh.declined_hat == who.hat:
            return fresh
        need_state(fresh, AgreementState.PROPOSED)
        check_version(fresh, if_version)
        fresh.state = AgreementState.DECLINED
        fresh.declined_by, fresh.declined_hat, fresh.declined_at, fresh.declined_reason = by, who.hat, now, why
        log(fresh, "declined", who=who, now=now)
        store(fresh, now)
        post(to_others(fresh, "agreement_declined", f"agreement_declined:{fresh.pk}", who, now=now), now=now)
    return fresh
