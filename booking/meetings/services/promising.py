"""Who does what by when: written down at the meeting, reported done by its owner, carried on until it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Unit
from booking.foundation import text
from booking.foundation.errors import FieldError, Invalid, NotFound, WrongState
from booking.meetings import rules
from booking.meetings.models import Commitment, CommitmentState, Meeting, MeetingState
from booking.meetings.services.common import (
    Speaker,
    for_any_unit,
    for_organisation,
    for_unit,
    locked,
    log,
    need_state,
    store,
    today_of,
)
from booking.organisations.models import Organisation


def commit(
    meeting: Meeting,
    *,
    by: Any,
    what: str,
    due_on: date | None,
    organisation: Organisation | None = None,
    unit: Unit | None = None,
    who: str = "",
    now: datetime,
) -> Commitment:
    """Write down what one side promised: an invited organisation, or a unit that takes part. Raises ``Invalid``."""
    faults: list[FieldError] = []
    said = named = ""
    try:
        said = text.clean(what, max_length=250, loc=("what",), required=True)
    except Invalid as error:
        faults += error.errors
    try:
        named = text.clean(who, max_length=100, loc=("who",))
    except Invalid as error:
        faults += error.errors
    if due_on is None:
        faults.append(FieldError(("due_on",), "required", _("Say by when: a promise without a day is none.")))
    if (organisation is None) == (unit is None):
        faults.append(FieldError(("side",), "one_side", _("Choose who does it.")))
    if faults or due_on is None:
        raise Invalid.of(faults)
    with transaction.atomic():
        fresh = locked(meeting)
        speaker = for_unit(by, fresh.unit, now)
        need_state(fresh, MeetingState.INVITED, MeetingState.HELD)
        if now < fresh.start:
            raise WrongState("not_yet", _("The meeting hasn't begun yet."))
        if due_on < today_of(fresh.start):
            raise Invalid("before_the_meeting", _("Choose a day after the meeting."), loc=("due_on",))
        if organisation is not None and not fresh.parties.filter(organisation=organisation).exists():
            raise Invalid("not_invited", _("Only who takes part can promise something."), loc=("side",))
        if unit is not None and unit.pk not in {fresh.unit_id, *fresh.units.values_list("pk", flat=True)}:
            raise Invalid("not_invited", _("Only who takes part can promise something."), loc=("side",))
        last = fresh.commitments.aggregate(last=Max("number"))["last"] or 0
        if last >= rules.MOST_COMMITMENTS:
            raise Invalid("too_many", _("At most %(most)s."), loc=("what",), params={"most": rules.MOST_COMMITMENTS})
        made = Commitment.objects.create(
            meeting=fresh, number=last + 1, what=said, organisation=organisation, unit=unit, who=named, due_on=due_on,
            created_by=by, created_at=now,
        )  # fmt: skip
        log(fresh, "committed", who=speaker, now=now, number=made.number)
        store(fresh, now)
    return made


def _speaker(row: Commitment, meeting: Meeting, by: Any, organisation: Organisation | None, now: datetime) -> Speaker:
    """Its own side; the unit that calls the meeting may report for anybody, as it writes the minutes."""
    if organisation is not None:
        if row.organisation_id != organisation.pk:
            raise NotFound("not_found", _("There is no such commitment."))
        return for_organisation(by, organisation, now)
    return for_any_unit(by, [one for one in (row.unit, meeting.unit) if one is not None], now)


def _close(
    commitment: Commitment, state: str, *, by: Any, organisation: Organisation | None, reason: str, now: datetime
) -> Commitment:
    with transaction.atomic():
        fresh = locked(commitment.meeting)
        row = Commitment.objects.select_related("unit", "organisation").get(pk=commitment.pk)
        who = _speaker(row, fresh, by, organisation, now)
        if row.state == state:
            return row
        if row.state != CommitmentState.OPEN:
            raise WrongState("wrong_state", _("Somebody has said already what became of it."))
        row.state, row.closed_at, row.closed_by, row.closed_hat, row.reason = state, now, by, who.hat, reason
        row.save()
        log(fresh, state, who=who, now=now, number=row.number)
        store(fresh, now)
    return row


def report_done(
    commitment: Commitment, *, by: Any, organisation: Organisation | None = None, now: datetime
) -> Commitment:
    """It is done. Twice is once, and the first one stays named."""
    return _close(commitment, CommitmentState.DONE, by=by, organisation=organisation, reason="", now=now)


def drop(
    commitment: Commitment, *, by: Any, reason: str, organisation: Organisation | None = None, now: datetime
) -> Commitment:
    """It won't be done, and why. Everybody sees the reason at the next meeting."""
    why = text.clean(reason, max_length=500, loc=("reason",), required=True)
    return _close(commitment, CommitmentState.DROPPED, by=by, organisation=organisation, reason=why, now=now)


def give_more_time(commitment: Commitment, *, by: Any, due_on: date | None, now: datetime) -> Commitment:
    """The unit that calls the meeting sets a new day; reminders count from it. The log keeps the old one."""
    if due_on is None:
        raise Invalid("required", _("Choose a day."), loc=("due_on",))
    with transaction.atomic():
        fresh = locked(commitment.meeting)
        who = for_unit(by, fresh.unit, now)
        row = Commitment.objects.get(pk=commitment.pk)
        if row.state != CommitmentState.OPEN:
            raise WrongState("wrong_state", _("Somebody has said already what became of it."))
        if due_on < today_of(now):
            raise Invalid("in_the_past", _("Choose a day that lies ahead."), loc=("due_on",))
        log(fresh, "more_time", who=who, now=now, number=row.number, before=row.due_on.isoformat())
        row.due_on = due_on
        row.save(update_fields=["due_on"])
        store(fresh, now)
    return row
