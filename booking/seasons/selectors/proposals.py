"""Which proposals there are, and for whom. A draft is its author's; what is on the table is everybody's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import NotFound
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation
from booking.seasons.access import may_run
from booking.seasons.models import AuthorKind, Proposal, ProposalState, ProposedSlot, RoundState, SeasonRound
from booking.seasons.rules.instance import Slot, Timetable
from booking.seasons.selectors.visible import applicants_of

#: From `proposals` on everybody sees what is on the table.
SHOWN_IN = tuple(one for one in RoundState.values if one not in (RoundState.PREPARING, RoundState.OPEN))
#: An organisation puts proposals on the table in these; the municipality also later (after an appeal).
PROPOSING = (RoundState.PROPOSALS, RoundState.HEARING)
STILL_CHANGING = (*PROPOSING, RoundState.ADOPTED, RoundState.RUNNING)


def is_shown(round: SeasonRound) -> bool:
    """Whether proposals of the round are public by now."""
    return round.state in SHOWN_IN


def visible_proposals(user: Any, round: SeasonRound, on: date) -> QuerySet[Proposal]:
    """What ``user`` may see of the round's proposals, by number.

    Published and withdrawn ones: everybody, from `proposals` on. Drafts: those who act for the organisation that wrote
    it, or who run the round for one of the municipality's.
    """
    # The round is looked at as it was read by the caller, within the same request.
    runs = may_run(user, round, on)
    seen = Q()
    if is_shown(round) or runs:
        seen |= ~Q(state=ProposalState.DRAFT)
    if runs:
        seen |= Q(state=ProposalState.DRAFT, organisation__isnull=True)
    mine = organisations.organisations_of(user, on).order_by().values("pk")
    seen |= Q(organisation__in=mine)
    rows = Proposal.objects.filter(seen, round=round)
    return rows.select_related("organisation", "based_on").order_by("number")


def find_visible(user: Any, round: SeasonRound, number: int, on: date) -> Proposal:
    """The proposal with that number. Raises ``NotFound`` for one that the reader may not know of."""
    found = visible_proposals(user, round, on).filter(number=number).first()
    if found is None:
        raise NotFound("not_found", _("There is no such proposal."))
    return found


def timetables_of(proposals: Sequence[Proposal]) -> dict[int, Timetable]:
    """The slots of many at once, by proposal. One query."""
    found: dict[int, list[Slot]] = {one.pk: [] for one in proposals}
    fields = ("wish_id", "resource_id", "weekday", "start", "end", "locked")
    for pk, *slot in ProposedSlot.objects.filter(proposal__in=found).values_list("proposal_id", *fields):
        found[pk].append(Slot(*slot))
    return {pk: tuple(sorted(slots)) for pk, slots in found.items()}


def is_author(user: Any, proposal: Proposal, round: SeasonRound, on: date) -> bool:
    """Whether ``user`` acts for whom the proposal is of: the organisation, or the unit that runs the round."""
    if proposal.author_kind == AuthorKind.ORGANISATION:
        mine = organisations.organisations_of(user, on).order_by().values_list("pk", flat=True)
        return proposal.organisation_id in set(mine)
    return may_run(user, round, on)


def may_edit(user: Any, proposal: Proposal, round: SeasonRound, on: date) -> bool:
    """A draft, by its author. Published ones stay as they are."""
    return proposal.state == ProposalState.DRAFT and is_author(user, proposal, round, on)


def may_propose_for(user: Any, round: SeasonRound, on: date) -> list[Organisation]:
    """Organisations for which ``user`` may put a timetable on the table now."""
    return list(applicants_of(user, round, on)) if round.state in PROPOSING else []


def usual_rival(round: SeasonRound, proposal: Proposal, shown: Iterable[Proposal]) -> Proposal | None:
    """What a proposal is compared with unless another is asked for: the municipality's latest on the table, else what
    it was made from; ``None`` if there is nothing else."""
    others = [one for one in shown if one.pk != proposal.pk]
    published = [one for one in others if one.state == ProposalState.PUBLISHED]
    ours = [one for one in published if one.author_kind == AuthorKind.MUNICIPALITY]
    ours = ours or [one for one in published if one.author_kind == AuthorKind.SOLVER]
    if proposal.author_kind in (AuthorKind.ORGANISATION, AuthorKind.SWAP, AuthorKind.TABLE) and ours:
        return ours[-1]
    base = next((one for one in others if one.pk == proposal.based_on_id), None)
    left = ours or published or others
    return base or (left[-1] if left else None)
