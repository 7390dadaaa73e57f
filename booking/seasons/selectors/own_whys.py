"""Why an organisation has the hours that it has, in sentences: those of the rules, or what a person wrote."""

from __future__ import annotations

from collections.abc import Mapping

from booking.seasons.models import Proposal, SeasonRound
from booking.seasons.selectors.instances import instance_of, timetable_of
from booking.seasons.selectors.whys import reasons_of, wishes_stamp
from booking.seasons.wording import reason_text


def whys_of(round: SeasonRound, proposal: Proposal) -> Mapping[int, list[str]]:
    """Sentences by wish, derived from the finished timetable; what a person wrote about a slot comes first."""
    known = reasons_of(proposal, instance_of(round), timetable_of(proposal), wishes_stamp(round))
    found = {wish: [reason_text(one) for one in some] for wish, some in known.items()}
    for wish, reason in proposal.slots.exclude(reason="").values_list("wish_id", "reason"):
        found.setdefault(wish, []).insert(0, reason)
    return found


def whys_for(round: SeasonRound, proposal: Proposal, organisation_id: int) -> list[tuple[str, list[str]]]:
    """(team, sentences) for each wish of one organisation."""
    found = whys_of(round, proposal)
    wishes = round.wishes.filter(organisation=organisation_id, withdrawn_at__isnull=True).order_by("number")
    return [(wish.team, found.get(wish.pk, [])) for wish in wishes]
