"""One meeting as a page shows it, whoever reads it: everything worked out, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from booking.foundation.conf import booking_settings
from booking.foundation.wording import moment_words
from booking.meetings import selectors, wording
from booking.meetings.models import AgendaPoint, Commitment, CommitmentState, Meeting, MeetingParty, MeetingState
from booking.organisations import selectors as organisations


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """A commitment, how it stands, and whether this reader may say what became of it."""

    row: Commitment
    standing: str
    words: str
    chip: str
    owner: str
    mine: bool

    @property
    def open(self) -> bool:
        return self.row.state == CommitmentState.OPEN


@dataclass(frozen=True, slots=True)
class EventLine:
    type: str
    at: datetime
    text: str
    actor: str


@dataclass(frozen=True, slots=True)
class MeetingView:
    """See the fields."""

    meeting: Meeting
    when: str
    where: str
    unit: str
    units: Sequence[Any]
    until: str
    agenda_open: bool
    points: Sequence[AgendaPoint]
    carried: Sequence[CommitmentView]
    made: Sequence[CommitmentView]
    parties: Sequence[MeetingParty]
    coming: int
    heads: int
    earlier: Meeting | None
    later: Meeting | None
    events: Sequence[EventLine]
    municipality: str

    @property
    def chip(self) -> str:
        """The code for ``status_chip``."""
        return f"meeting_{self.meeting.state}"

    @property
    def over(self) -> bool:
        """Held, with its minutes."""
        return self.meeting.state == MeetingState.HELD

    @property
    def said(self) -> Sequence[AgendaPoint]:
        """Points of which something was written down."""
        return [one for one in self.points if one.outcome]


def commitment_view(
    row: Commitment, on: date, *, organisations_of: Sequence[int] = (), staff: bool = False
) -> CommitmentView:
    """For a reader who acts for these organisations, or (``staff``) for the unit that calls the meetings."""
    standing = selectors.standing_of(row, on)
    mine = staff or (row.organisation_id is not None and row.organisation_id in organisations_of)
    return CommitmentView(
        row, standing, str(wording.STANDING_WORDS[standing]), selectors.CHIPS[standing], wording.owner_words(row), mine
    )


def meeting_view(
    meeting: Meeting, *, on: date, now: datetime, acts_for: Sequence[int] = (), staff: bool = False
) -> MeetingView:
    """``meeting`` comes from ``selectors.with_all``."""

    def shown(rows: Any) -> list[CommitmentView]:
        return [commitment_view(one, on, organisations_of=acts_for, staff=staff) for one in rows]

    parties = sorted(meeting.parties.all(), key=lambda row: row.organisation.name.casefold())
    yes = [row for row in parties if row.answer == "yes"]
    later = Meeting.objects.filter(follows=meeting).first()
    if later is not None and not staff and later.state == MeetingState.DRAFT:
        later = None
    return MeetingView(
        meeting=meeting,
        when=wording.when_words(meeting),
        where=wording.where_words(meeting),
        unit=wording.unit_name(meeting),
        units=list(meeting.units.all()),
        until=str(moment_words(meeting.agenda_until, booking_settings().tz)),
        agenda_open=selectors.agenda_is_open(meeting, now),
        points=list(selectors.points_of(meeting)),
        carried=shown(selectors.carried(meeting)),
        made=shown(selectors.made_at(meeting)),
        parties=parties,
        coming=len(yes),
        heads=sum(row.heads or 1 for row in yes),
        earlier=meeting.follows,
        later=later,
        events=_events(meeting) if staff else [],
        municipality=booking_settings().municipality_name,
    )


def _events(meeting: Meeting) -> list[EventLine]:
    rows = list(meeting.events.select_related("actor").order_by("-at", "-pk"))
    hats = organisations.hat_labels({one.hat for one in rows} - {""})

    def who(user: Any, hat: str) -> str:
        label = hats.get(hat, "")
        return label if user is None else f"{user} ({label})" if label else str(user)

    return [
        EventLine(one.type, one.at, wording.event_text(one.type, one.data), who(one.actor, one.hat)) for one in rows
    ]
