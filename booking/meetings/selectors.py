"""Reads of meetings: who sees which, what opens an agenda, and who speaks for whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import search_text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.meetings import rules
from booking.meetings.models import AgendaPoint, Commitment, CommitmentState, Meeting, MeetingParty, MeetingState
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, MemberRole, Organisation

#: Who has anything to do with an organisation reads what it is invited to.
READING_ROLES = (*LEADING_ROLES, MemberRole.MEMBER)
#: What outsiders and organisations may know of: not what is being prepared.
TOLD = (MeetingState.INVITED, MeetingState.HELD)


def is_on() -> bool:
    """Whether the municipality holds dialogue meetings with the product."""
    return booking_settings().is_on("meetings")


def today_of(now: datetime) -> date:
    """The date on the municipality's wall clock."""
    return local_date(now, booking_settings().tz)


def with_all(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """With everything that pages, letters and calendars show."""
    return rows.select_related("unit", "resource__parent", "follows", "created_by").prefetch_related(
        "parties__organisation", "units"
    )


def told(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Those that were called: a cancelled one, too, if anybody had been invited."""
    return rows.filter(Q(state__in=TOLD) | Q(state=MeetingState.CANCELLED, invited_at__isnull=False))


def public_meetings() -> QuerySet[Meeting]:
    """What everybody may know of."""
    return told(Meeting.objects.filter(public=True))


def invited_organisations(user: Any, on: date, roles: Sequence[str] = READING_ROLES) -> QuerySet[Organisation]:
    """Organisations for which the person reads (or, with ``LEADING_ROLES``, acts)."""
    return organisations.organisations_of(user, on, roles)


def visible_meetings(user: Any, on: date) -> QuerySet[Meeting]:
    """Open ones; those to which an organisation of the person's is invited; those of the person's units."""
    seen = Q(public=True)
    if getattr(user, "is_authenticated", False):
        theirs = invited_organisations(user, on).values("pk")
        seen |= Q(pk__in=MeetingParty.objects.filter(organisation__in=theirs).order_by().values("meeting"))
        units = catalogue.units_of(user, on).order_by().values("pk")
        seen |= Q(unit__in=units)
        seen |= Q(pk__in=Meeting.units.through.objects.filter(unit__in=units).order_by().values("meeting"))
    return told(Meeting.objects.filter(seen))


def coming(rows: QuerySet[Meeting], now: datetime) -> QuerySet[Meeting]:
    """Not over yet, the next one first."""
    return rows.filter(end__gt=now).exclude(state=MeetingState.HELD).order_by("start", "pk")


def search(rows: QuerySet[Meeting], words: str) -> QuerySet[Meeting]:
    """Every word stands somewhere in the meeting, or in the name of who is invited."""
    for word in search_text(words).split():
        rows = rows.filter(
            Q(search_text__contains=word)
            | Q(pk__in=MeetingParty.objects.filter(organisation__search_text__contains=word).values("meeting"))
        )
    return rows


# --- the agenda -------------------------------------------------------------------------------------------------------


def points_of(meeting: Meeting) -> QuerySet[AgendaPoint]:
    """What stands on the agenda, in the order in which it was added."""
    return meeting.points.filter(withdrawn_at=None).select_related("organisation", "added_by").order_by("pk")


def carried(meeting: Meeting) -> QuerySet[Commitment]:
    """What opens the agenda: what was promised at earlier meetings of the row and was open when the last one began.

    What has been done or dropped since stands there once, so that everybody sees what became of it.
    """
    rows = Commitment.objects.filter(
        meeting__chain=meeting.chain, meeting__start__lt=meeting.start, meeting__state=MeetingState.HELD
    )
    if meeting.follows is not None:
        rows = rows.filter(Q(closed_at=None) | Q(closed_at__gt=meeting.follows.start))
    return rows.select_related("organisation", "unit", "meeting").order_by("due_on", "pk")


def made_at(meeting: Meeting) -> QuerySet[Commitment]:
    """What was promised at this meeting."""
    return meeting.commitments.select_related("organisation", "unit", "meeting").order_by("number")


def standing_of(one: Commitment, on: date) -> str:
    """A code of ``rules.standing``."""
    closed = local_date(one.closed_at, booking_settings().tz) if one.closed_at is not None else None
    return rules.standing(one.state, one.due_on, closed, on)


def open_of_organisations(ids: Collection[int]) -> QuerySet[Commitment]:
    """What these organisations have promised and not done."""
    return (
        Commitment.objects.filter(state=CommitmentState.OPEN, organisation__in=ids)
        .select_related("organisation", "unit", "meeting")
        .order_by("due_on", "pk")
    )


def open_of_units(ids: Collection[int]) -> QuerySet[Commitment]:
    """What these units have promised and not done."""
    return (
        Commitment.objects.filter(state=CommitmentState.OPEN, unit__in=ids)
        .select_related("organisation", "unit", "meeting")
        .order_by("due_on", "pk")
    )


def agenda_is_open(meeting: Meeting, now: datetime) -> bool:
    """Whether organisations can still add to the agenda."""
    return meeting.state == MeetingState.INVITED and now < meeting.agenda_until


# --- a reader ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reader:
    """What somebody may do at a meeting. ``acts_for``: invited organisations they lead or book for; ``could_come``:
    those that could come to an open meeting by themselves."""

    acts_for: tuple[Organisation, ...]
    could_come: tuple[Organisation, ...]

    @property
    def may_add(self) -> bool:
        return bool(self.acts_for)


def reader_of(meeting: Meeting, user: Any, on: date) -> Reader:
    """For the person who looks at the meeting's page."""
    led = list(invited_organisations(user, on, LEADING_ROLES).order_by("name", "pk"))
    invited = {row.organisation_id for row in meeting.parties.all()}
    mine = tuple(one for one in led if one.pk in invited)
    others = tuple(one for one in led if one.pk not in invited) if meeting.public else ()
    return Reader(mine, others)


#: Marks of the status chips, by standing.
CHIPS = {
    "open": "commitment_open",
    "late": "overdue",
    "kept": "commitment_kept",
    "kept_late": "commitment_kept_late",
    "dropped": "commitment_dropped",
}
