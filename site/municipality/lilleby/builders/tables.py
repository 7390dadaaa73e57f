"""A timetable on the table, as it was put there then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.seasons.models import Proposal, ProposalState, ProposedSlot, SeasonRound
from booking.seasons.rules.instance import Timetable
from booking.seasons.services.common import record


def table(
    round: SeasonRound, words: tuple[str, str], timetable: Timetable, *, at: datetime, by: Any, hat: str, **fields: Any
) -> Proposal:
    name, note = words
    made = Proposal.objects.create(
        round=round, number=round.proposals.count() + 1, name=name, note=note, written_by=by, written_hat=hat,
        state=ProposalState.PUBLISHED, created_at=at, published_at=at, revised_at=at, **fields,
    )  # fmt: skip
    ProposedSlot.objects.bulk_create(
        ProposedSlot(
            proposal=made, wish_id=one.wish, resource_id=one.place, weekday=one.weekday, start=one.start, end=one.end
        )
        for one in timetable
    )
    record(round, "proposal_published", at=at, by=by, hat=hat, facts={"proposal": made.number, "name": name})
    return made
