"""What is talked about: points from everybody who is invited, who comes, and the minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from booking.meetings import rules
from booking.meetings.models import AgendaPoint, Answer, Meeting, MeetingParty, MeetingState
from booking.meetings.services.common import (
    Speaker,
    for_organisation,
    for_unit,
    locked,
    log,
    need_state,
    post,
    store,
    tell,
    to_organisations,
)
from booking.organisations.models import Organisation


def _party(meeting: Meeting, organisation: Organisation) -> MeetingParty:
    found = meeting.parties.filter(organisation=organisation).first()
    if found is None:
        raise Forbidden("forbidden", _("Only who is invited can do this."))
    return found


def answer_invitation(
    meeting: Meeting, *, by: Any, organisation: Organisation, answer: str, heads: int | None = None, now: datetime
) -> MeetingParty:
    """Whether the organisation comes, and with how many. To an open meeting anybody comes by saying yes.

    Until it begins the answer can be changed. Raises ``Invalid``, ``Forbidden``, ``WrongState``.
    """
    if answer not in Answer.values:
        raise Invalid("not_a_choice", _("Choose one of the answers."), loc=("answer",))
    if heads is not None and not 1 <= heads <= rules.MOST_HEADS:
        raise Invalid("out_of_range", _("Between 1 and 500 people."), loc=("heads",))
    with transaction.atomic():
        fresh = locked(meeting)
        who = for_organisation(by, organisation, now)
        need_state(fresh, MeetingState.INVITED)
        if now >= fresh.start:
            raise WrongState("too_late", _("The meeting has begun."))
        row = fresh.parties.filter(organisation=organisation).first()
        if row is None:
            if not fresh.public:
                raise Forbidden("forbidden", _("Only who is invited can do this."))
            if fresh.parties.count() >= rules.MOST_PARTIES:
                raise Invalid("too_many", _("The meeting is full."))
            row = MeetingParty(meeting=fresh, organisation=organisation)
        row.answer, row.heads = answer, heads if answer != Answer.NO else None
        row.answered_by, row.answered_at = by, now
        row.save()
        log(fresh, "answered", who=who, now=now, organisation=organisation.pk, answer=answer)
        # Who comes isn't shown in calendars; a new one gets the meeting in its own.
        tell(fresh, now)
    return row


def add_point(
    meeting: Meeting,
    *,
    by: Any,
    title: str,
    words: str = "",
    organisation: Organisation | None = None,
    now: datetime,
) -> AgendaPoint:
    """Put something on the agenda, in one's own words. Organisations until the stated time, the unit until the minutes.

    The same title from the same organisation twice is one point. Raises ``Invalid``, ``Forbidden``, ``WrongState``.
    """
    what = text.clean(title, max_length=150, loc=("title",), required=True)
    said = text.clean(words, max_length=text.PURPOSE, loc=("text",), multiline=True)
    with transaction.atomic():
        fresh = locked(meeting)
        if organisation is not None:
            _party(fresh, organisation)
            who = for_organisation(by, organisation, now)
            need_state(fresh, MeetingState.INVITED)
            if now >= fresh.agenda_until:
                raise WrongState("agenda_closed", _("The agenda is closed. Bring it up at the meeting."))
        else:
            who = for_unit(by, fresh.unit, now)
            need_state(fresh, MeetingState.DRAFT, MeetingState.INVITED)
        there = fresh.points.filter(withdrawn_at=None)
        same = there.filter(organisation=organisation, title=what).first()
        if same is not None:
            return same
        if there.count() >= rules.MOST_POINTS:
            raise Invalid("too_many", _("The agenda is full."), loc=("title",))
        point = AgendaPoint.objects.create(
            meeting=fresh,
            organisation=organisation,
            title=what,
            text=said,
            added_by=by,
            added_hat=who.hat,
            added_at=now,
        )
        log(fresh, "point_added", who=who, now=now, point=point.pk)
        store(fresh, now)
    return point


def withdraw_point(
    meeting: Meeting, point_id: int, *, by: Any, organisation: Organisation | None = None, now: datetime
) -> None:
    """Take back one's own point. The unit takes back its own only: what others want to talk about stays."""
    with transaction.atomic():
        fresh = locked(meeting)
        point = fresh.points.filter(pk=point_id, withdrawn_at=None, organisation=organisation).first()
        if point is None:
            raise NotFound("not_found", _("There is no such point."))
        if organisation is not None:
            who = for_organisation(by, organisation, now)
            need_state(fresh, MeetingState.INVITED)
            if now >= fresh.agenda_until:
                raise WrongState("agenda_closed", _("The agenda is closed. Bring it up at the meeting."))
        else:
            who = for_unit(by, fresh.unit, now)
            need_state(fresh, MeetingState.DRAFT, MeetingState.INVITED)
        point.withdrawn_at = now
        point.save(update_fields=["withdrawn_at"])
        log(fresh, "point_withdrawn", who=who, now=now, point=point.pk)
        store(fresh, now)


def write_minutes(
    meeting: Meeting,
    *,
    by: Any,
    words: str,
    outcomes: Mapping[int, str] | None = None,
    publish: bool,
    now: datetime,
    if_version: int | None = None,
) -> Meeting:
    """What was said, as a whole and point by point (``outcomes``: by the point's id). ``publish``: it was held, and
    everybody who was invited gets the minutes with what was promised. Published ones can be corrected."""
    whole = text.clean(words, max_length=text.MESSAGE, loc=("minutes",), multiline=True)
    said = {
        pk: text.clean(value, max_length=text.MESSAGE, loc=(f"outcome_{pk}",), multiline=True)
        for pk, value in (outcomes or {}).items()
    }
    with transaction.atomic():
        fresh = locked(meeting, if_version=if_version)
        who = for_unit(by, fresh.unit, now)
        need_state(fresh, MeetingState.INVITED, MeetingState.HELD)
        if now < fresh.start:
            raise WrongState("not_yet", _("The meeting hasn't begun yet."))
        for point in fresh.points.filter(withdrawn_at=None):
            if point.pk in said and said[point.pk] != point.outcome:
                point.outcome = said[point.pk]
                point.save(update_fields=["outcome"])
        fresh.minutes = whole
        first = publish and fresh.state == MeetingState.INVITED
        if first:
            if not whole and not any(said.values()) and not fresh.commitments.exists():
                raise Invalid("required", _("Write at least what the meeting came to."), loc=("minutes",))
            fresh.state, fresh.minutes_at = MeetingState.HELD, now
        store(fresh, now)
        log(fresh, "minutes" if first else "minutes_changed", who=who, now=now)
        if first:
            post(to_organisations(fresh, "meeting_minutes", f"meeting:{fresh.pk}:minutes", now=now), now=now)
    return fresh


__all__ = ["Speaker", "add_point", "answer_invitation", "withdraw_point", "write_minutes"]
