"""What happens to meetings by itself: `tick` reminds, sends the agenda, and tells who has promised something."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from booking.meetings import rules
from booking.meetings.models import (
    AgendaPoint,
    Answer,
    Commitment,
    CommitmentState,
    Meeting,
    MeetingParty,
    MeetingState,
)
from booking.meetings.selectors import is_on
from booking.meetings.services.common import locked, log, post, to_organisations, to_unit, today_of
from booking.organisations.models import Organisation

logger = logging.getLogger(__name__)


def run_meetings(now: datetime) -> int:
    """`tick`: who hasn't answered is reminded, the closed agenda goes out, owners of commitments are reminded.

    Everything is due and not done, so a day without `tick` loses nothing and twice says nothing twice. One meeting
    that fails doesn't stop the others; then the job says so with ``RuntimeError``, which `tick` shows.
    """
    if not is_on():
        return 0
    done, failed = 0, 0
    for rows, act in _due(now):
        for pk in rows:
            try:
                done += act(pk, now)
            except Exception:
                logger.exception("meetings: %s of %s failed", act.__name__, pk)
                failed += 1
    if failed:
        raise RuntimeError(f"{failed} meetings or commitments could not be seen to")
    return done


def _due(now: datetime) -> list[tuple[list[int], Callable[[int, datetime], int]]]:
    today = today_of(now)
    called = Meeting.objects.filter(state=MeetingState.INVITED, start__gt=now).order_by("pk")
    to_remind = called.filter(reminded_at=None, agenda_until__gt=now, agenda_until__lte=now + rules.REMIND_BEFORE)
    # Who was invited only yesterday needs no reminder.
    to_remind = to_remind.filter(invited_at__lte=now - timedelta(days=1))
    closed = called.filter(agenda_sent_at=None, agenda_until__lte=now)
    waiting = Commitment.objects.filter(state=CommitmentState.OPEN, meeting__state=MeetingState.HELD).order_by("pk")
    soon = waiting.filter(due_on__gte=today, due_on__lte=today + rules.REMIND_BEFORE).filter(
        Q(reminded_for=None) | ~Q(reminded_for=F("due_on"))
    )
    late = waiting.filter(due_on__lt=today).filter(Q(late_told_for=None) | ~Q(late_told_for=F("due_on")))
    return [
        (list(to_remind.values_list("pk", flat=True)), _remind),
        (list(closed.values_list("pk", flat=True)), _send_agenda),
        (list(soon.values_list("pk", flat=True)), _remind_owner),
        (list(late.values_list("pk", flat=True)), _tell_late),
    ]


def _remind(pk: int, now: datetime) -> int:
    """Once, who hasn't said whether they come: the agenda closes soon."""
    with transaction.atomic():
        one = locked(Meeting(pk=pk))
        if one.reminded_at is not None or one.state != MeetingState.INVITED:
            return 0
        silent = list(one.parties.filter(answer="").values_list("organisation_id", flat=True))
        one.reminded_at = now
        one.save(update_fields=["reminded_at"])
        if silent:
            log(one, "reminded", now=now)
            post(to_organisations(one, "meeting_reminder", f"meeting:{pk}:reminder", now=now, only=silent), now=now)
    return 1


def _send_agenda(pk: int, now: datetime) -> int:
    """Once, to all but those who said no: this is what we talk about."""
    with transaction.atomic():
        one = locked(Meeting(pk=pk))
        if one.agenda_sent_at is not None or one.state != MeetingState.INVITED:
            return 0
        coming = list(one.parties.exclude(answer=Answer.NO).values_list("organisation_id", flat=True))
        one.agenda_sent_at = now
        one.save(update_fields=["agenda_sent_at"])
        log(one, "agenda_sent", now=now)
        post(to_organisations(one, "meeting_agenda", f"meeting:{pk}:agenda", now=now, only=coming), now=now)
    return 1


def _remind_owner(pk: int, now: datetime) -> int:
    return _tell_owner(pk, "commitment_reminder", "soon", "reminded_for", now)


def _tell_late(pk: int, now: datetime) -> int:
    return _tell_owner(pk, "commitment_late", "late", "late_told_for", now)


def _tell_owner(pk: int, handler: str, key: str, mark: str, now: datetime) -> int:
    """Whoever has promised it; of what is late, the unit that calls the meetings as well."""
    row = Commitment.objects.select_related("meeting").get(pk=pk)
    with transaction.atomic():
        meeting = locked(row.meeting)
        row = Commitment.objects.select_related("unit", "organisation").get(pk=pk)
        if row.state != CommitmentState.OPEN or getattr(row, mark) == row.due_on:
            return 0
        setattr(row, mark, row.due_on)
        row.save(update_fields=[mark])
        name = f"commitment:{pk}:{key}:{row.due_on.isoformat()}"
        payload: dict[str, Any] = {"commitment": pk, "meeting": meeting.pk}
        letters = []
        if row.organisation_id is not None:
            letters += to_organisations(
                meeting, handler, name, now=now, payload={"commitment": pk}, only=[row.organisation_id]
            )
        elif row.unit is not None:
            letters += to_unit(row.unit, handler, f"{name}:m", now=now, payload=payload)
        if key == "late" and row.unit_id != meeting.unit_id:
            letters += to_unit(meeting.unit, handler, f"{name}:u", now=now, payload=payload)
        post(letters, now=now)
    return 1


def move_parties(source: Organisation, target: Organisation, now: datetime) -> None:
    """Two organisations become one: where both were invited, the one that stays is, with the answer of either."""
    both = MeetingParty.objects.filter(organisation=source, meeting__parties__organisation=target)
    for row in list(both):
        kept = MeetingParty.objects.get(meeting=row.meeting_id, organisation=target)
        if not kept.answer and row.answer:
            kept.answer, kept.heads = row.answer, row.heads
            kept.answered_by, kept.answered_at = row.answered_by, row.answered_at
            kept.save()
        row.delete()
    for point in AgendaPoint.objects.filter(organisation=source, withdrawn_at=None):
        same = AgendaPoint.objects.filter(
            meeting=point.meeting_id, organisation=target, title=point.title, withdrawn_at=None
        )
        if same.exists():
            point.withdrawn_at = now
            point.save(update_fields=["withdrawn_at"])
