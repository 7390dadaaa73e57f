"""Preparing a meeting, inviting to it, moving it, calling it off, and planning the next one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, Unit
from booking.foundation import text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import FieldError, Invalid, WrongState
from booking.foundation.references import next_reference
from booking.meetings import rules
from booking.meetings.models import Meeting, MeetingParty, MeetingState
from booking.meetings.services.common import (
    for_unit,
    locked,
    log,
    need_state,
    post,
    store,
    tell,
    to_organisations,
)
from booking.organisations.models import Organisation, OrganisationState


@dataclass(frozen=True)
class MeetingDraft:
    """What a meeting is to be. ``agenda_until`` None: three days before."""

    title: str
    start: datetime
    end: datetime
    about: str = ""
    units: Collection[Unit] = ()
    organisations: Collection[Organisation] = ()
    resource: Resource | None = None
    place: str = ""
    agenda_until: datetime | None = None
    public: bool = False
    months_between: int = 6


def _check(draft: MeetingDraft, *, now: datetime) -> dict[str, Any]:
    """The fields as they are stored. Raises ``Invalid`` with every fault."""
    faults: list[FieldError] = []
    found: dict[str, Any] = {}
    for name, most, lines in (("title", 150, False), ("about", text.MESSAGE, True), ("place", 200, False)):
        try:
            found[name] = text.clean(
                getattr(draft, name), max_length=most, loc=(name,), multiline=lines, required=name == "title"
            )
        except Invalid as error:
            faults += error.errors
    if draft.end <= draft.start:
        faults.append(FieldError(("end",), "end_before_start", _("The end must be after the start.")))
    elif draft.end - draft.start > rules.LONGEST:
        faults.append(FieldError(("end",), "too_long", _("A meeting lasts at most a day.")))
    if draft.start - now > rules.FURTHEST:
        faults.append(FieldError(("start",), "too_far", _("That is more than two years ahead.")))
    closes = draft.agenda_until or rules.agenda_closes(draft.start, booking_settings().tz)
    if closes > draft.start:
        faults.append(
            FieldError(("agenda_until",), "agenda_after_start", _("The agenda must close before the meeting begins."))
        )
    if not 0 <= draft.months_between <= 24:
        faults.append(FieldError(("months_between",), "out_of_range", _("Between 0 and 24 months.")))
    if len(draft.organisations) > rules.MOST_PARTIES:
        faults.append(FieldError(("organisations",), "too_many", _("At most %(most)s."), {"most": rules.MOST_PARTIES}))
    if any(one.state == OrganisationState.INACTIVE for one in draft.organisations):
        faults.append(FieldError(("organisations",), "inactive", _("One of them isn't active any more.")))
    if faults:
        raise Invalid.of(faults)
    return found | {
        "start": draft.start,
        "end": draft.end,
        "agenda_until": closes,
        "public": draft.public,
        "months_between": draft.months_between,
        "resource": draft.resource,
    }


def prepare_meeting(
    draft: MeetingDraft,
    *,
    by: Any,
    unit: Unit,
    now: datetime,
    follows: Meeting | None = None,
    submission_key: str = "",
) -> Meeting:
    """A meeting of the unit, seen by nobody outside before it is called. Raises ``Invalid``, ``Forbidden``.

    ``submission_key``: the same form sent twice makes one meeting. ``follows``: the meeting whose commitments open
    this one's agenda.
    """
    values = _check(draft, now=now)
    if draft.start <= now:
        raise Invalid("in_the_past", _("Choose a time that lies ahead."), loc=("start",))
    with transaction.atomic():
        who = for_unit(by, unit, now)
        if submission_key and (there := Meeting.objects.filter(submission_key=submission_key).first()) is not None:
            return there
        more = {"follows": follows, "chain": follows.chain} if follows is not None else {}
        made = Meeting.objects.create(
            reference=next_reference("meeting", now),
            unit=unit,
            created_by=by,
            created_at=now,
            revised_at=now,
            submission_key=submission_key or None,
            **values,
            **more,
        )
        made.units.set([one for one in draft.units if one.pk != unit.pk])
        _add_parties(made, draft.organisations)
        log(made, "prepared", who=who, now=now)
        tell(made, now)
    return made


def _add_parties(meeting: Meeting, wanted: Collection[Organisation]) -> list[int]:
    """The organisations that weren't invited yet; their ids."""
    there = set(meeting.parties.values_list("organisation_id", flat=True))
    new = {one.pk: one for one in wanted if one.pk not in there}
    MeetingParty.objects.bulk_create([MeetingParty(meeting=meeting, organisation=one) for one in new.values()])
    return list(new)


def change_meeting(
    meeting: Meeting, draft: MeetingDraft, *, by: Any, now: datetime, if_version: int | None = None
) -> Meeting:
    """Another time, place, title or circle. Who is invited hears of a new time or place; who is new is invited.

    Nobody who was invited is left out again: they can say that they don't come. Raises ``Invalid``, ``WrongState``.
    """
    values = _check(draft, now=now)
    with transaction.atomic():
        fresh = locked(meeting, if_version=if_version)
        need_state(fresh, MeetingState.DRAFT, MeetingState.INVITED)
        who = for_unit(by, fresh.unit, now)
        moved = (fresh.start, fresh.end, fresh.resource_id, fresh.place) != (
            values["start"],
            values["end"],
            values["resource"].pk if values["resource"] else None,
            values["place"],
        )
        if (fresh.start, fresh.end) != (values["start"], values["end"]) and values["start"] <= now:
            raise Invalid("in_the_past", _("Choose a time that lies ahead."), loc=("start",))
        before = {f"meetings:{pk}" for pk in fresh.units.values_list("pk", flat=True)}
        for name, value in values.items():
            setattr(fresh, name, value)
        if moved:
            fresh.sequence += 1
        fresh.units.set([one for one in draft.units if one.pk != fresh.unit_id])
        called = fresh.state == MeetingState.INVITED
        told = list(fresh.parties.values_list("organisation_id", flat=True))
        if not called:
            gone = fresh.parties.exclude(organisation__in=[one.pk for one in draft.organisations])
            before |= {f"organisation:{pk}" for pk in gone.values_list("organisation_id", flat=True)}
            gone.delete()
        new = _add_parties(fresh, draft.organisations)
        store(fresh, now)
        tell(fresh, now, also=before)
        log(fresh, "moved" if moved else "changed", who=who, now=now)
        if called:
            letters = to_organisations(fresh, "meeting_invitation", f"meeting:{fresh.pk}:invitation", now=now, only=new)
            if moved:
                letters += to_organisations(
                    fresh,
                    "meeting_changed",
                    f"meeting:{fresh.pk}:changed:{fresh.sequence}",
                    now=now,
                    only=told,
                    soon=True,
                )
            post(letters, now=now)
    return fresh


def call_meeting(meeting: Meeting, *, by: Any, now: datetime, if_version: int | None = None) -> Meeting:
    """Invite. Letters with the date as a file go out, calendars show it, the agenda opens. Twice is once."""
    with transaction.atomic():
        fresh = locked(meeting, if_version=if_version)
        who = for_unit(by, fresh.unit, now)
        if fresh.state == MeetingState.INVITED:
            return fresh
        need_state(fresh, MeetingState.DRAFT)
        if fresh.start <= now:
            raise Invalid("in_the_past", _("Choose a time that lies ahead."), loc=("start",))
        if not fresh.public and not fresh.parties.exists():
            raise Invalid("nobody_invited", _("Invite an organisation, or make the meeting open to everybody."))
        fresh.state, fresh.invited_at = MeetingState.INVITED, now
        fresh.sequence += 1
        store(fresh, now)
        log(fresh, "called", who=who, now=now)
        post(to_organisations(fresh, "meeting_invitation", f"meeting:{fresh.pk}:invitation", now=now), now=now)
    return fresh


def cancel_meeting(meeting: Meeting, *, by: Any, reason: str, now: datetime, if_version: int | None = None) -> Meeting:
    """Call it off, and say why. What was promised before isn't forgotten: it opens the next one."""
    why = text.clean(reason, max_length=text.GROUNDS, loc=("reason",), multiline=True, required=True)
    with transaction.atomic():
        fresh = locked(meeting, if_version=if_version)
        who = for_unit(by, fresh.unit, now)
        need_state(fresh, MeetingState.DRAFT, MeetingState.INVITED)
        called = fresh.state == MeetingState.INVITED
        fresh.state, fresh.cancelled_reason = MeetingState.CANCELLED, why
        fresh.sequence += 1
        store(fresh, now)
        log(fresh, "cancelled", who=who, now=now)
        if called:
            post(
                to_organisations(fresh, "meeting_cancelled", f"meeting:{fresh.pk}:cancelled", now=now, soon=True),
                now=now,
            )
    return fresh


def plan_next(meeting: Meeting, *, by: Any, now: datetime) -> Meeting:
    """The next meeting of the row: same circle, place and hour, so many months later. Pressed twice it is one.

    What is still open of what was promised opens its agenda by itself.
    """
    with transaction.atomic():
        fresh = locked(meeting)
        for_unit(by, fresh.unit, now)
        need_state(fresh, MeetingState.HELD, MeetingState.INVITED, MeetingState.CANCELLED)
        if (there := Meeting.objects.filter(follows=fresh).first()) is not None:
            return there
        months = fresh.months_between or 6
        tz = booking_settings().tz
        start = rules.next_start(fresh.start, months, tz)
        while start <= now:
            start = rules.next_start(start, months, tz)
        if start - now > rules.FURTHEST:
            raise WrongState("too_far", _("That is more than two years ahead."))
        organisations = [
            row.organisation
            for row in fresh.parties.select_related("organisation")
            if row.organisation.state != OrganisationState.INACTIVE
        ]
        return prepare_meeting(
            MeetingDraft(
                title=fresh.title,
                about=fresh.about,
                start=start,
                end=start + (fresh.end - fresh.start),
                units=list(fresh.units.all()),
                organisations=organisations,
                resource=fresh.resource,
                place=fresh.place,
                public=fresh.public,
                months_between=fresh.months_between,
            ),
            by=by,
            unit=fresh.unit,
            follows=fresh,
            now=now,
        )
