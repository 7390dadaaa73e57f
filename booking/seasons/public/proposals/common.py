"""A proposal as a reader of the public pages has it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from booking.foundation.errors import NotFound
from booking.seasons.access import is_tied
from booking.seasons.models import Proposal, ProposalState
from booking.seasons.public.common import Reading
from booking.seasons.rules.instance import Slot, Timetable
from booking.seasons.rules.validity import Fault
from booking.seasons.selectors import proposals as selectors
from booking.seasons.selectors.instances import timetable_of
from booking.seasons.shown import Sheet, ShownSlot, author_words, rows_of


class Looking(Reading):
    """One request for a page of proposals. 404 where the reader may not know of any yet."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        super().__init__(request, slug)
        mine = selectors.may_propose_for(request.user, self.round, self.today)
        self.authors = mine
        if not (selectors.is_shown(self.round) or mine or self.runs):
            raise Http404

    @cached_property
    def seen(self) -> list[Proposal]:
        """Every proposal that this reader may see, by number."""
        return list(selectors.visible_proposals(self.request.user, self.round, self.today))

    def proposal(self, number: int) -> Proposal:
        """One of them; 404 for any other."""
        try:
            found = selectors.find_visible(self.request.user, self.round, number, self.today)
        except NotFound as error:
            raise Http404 from error
        found.round = self.round
        return found

    @cached_property
    def sheet(self) -> Sheet:
        return Sheet(self.round, mine=[one.pk for one in self.mine])

    @cached_property
    def may_run_unbiased(self) -> bool:
        """Runs the round, and leads no organisation in it."""
        return self.runs and not is_tied(self.request.user, self.round, self.today)

    @cached_property
    def may_start(self) -> bool:
        """Whether this reader can make a proposal now."""
        if self.authors:
            return True
        return self.may_run_unbiased and self.round.state in ("open", *selectors.STILL_CHANGING)

    def edits(self, proposal: Proposal) -> bool:
        """Whether this reader may change it now."""
        if not selectors.may_edit(self.request.user, proposal, self.round, self.today):
            return False
        return proposal.organisation_id is not None or self.may_run_unbiased

    def owns(self, proposal: Proposal) -> bool:
        """Whether it is the reader's, whatever its state."""
        return selectors.is_author(self.request.user, proposal, self.round, self.today)

    def wrote(self, proposal: Proposal) -> bool:
        """As ``owns``, from what is at hand."""
        if proposal.organisation_id is not None:
            return any(one.pk == proposal.organisation_id for one in self.mine)
        return self.runs

    def draft(self, number: int) -> Proposal:
        """One that this reader may change; 404 for any other."""
        found = self.proposal(number)
        if not self.edits(found):
            raise Http404
        return found

    def to(self, proposal: Proposal, name: str = "season_proposal", query: str = "") -> HttpResponse:
        """Lead to a page of the proposal."""
        return redirect(reverse(f"booking:{name}", args=[self.round.slug, proposal.number]) + query)


class Opened:
    """A proposal with its slots in words and what is wrong with it, each worked out once."""

    def __init__(self, looking: Looking, proposal: Proposal) -> None:
        self.looking, self.proposal, self.sheet = looking, proposal, looking.sheet

    @cached_property
    def rows(self) -> dict[tuple[int, ...], tuple[int, str]]:
        return rows_of(self.proposal)

    @cached_property
    def timetable(self) -> Timetable:
        return timetable_of(self.proposal)

    @cached_property
    def faults(self) -> list[Fault]:
        return self.sheet.faults(self.timetable)

    @cached_property
    def shown(self) -> dict[Slot, ShownSlot]:
        return self.sheet.shown(self.timetable, rows=self.rows, found=self.faults)

    @property
    def wrong(self) -> list[ShownSlot]:
        """Slots that keep the proposal from being adopted."""
        return [one for one in self.shown.values() if one.faults]

    def by_key(self, pk: int) -> ShownSlot | None:
        """The slot with that row."""
        return next((one for one in self.shown.values() if one.pk == pk), None)

    def hall(self, asked: str) -> Any:
        """Key of the hall that the address asks for, else the first one; ``None`` for all or when there are none."""
        halls = self.sheet.halls
        if asked == "all" or not halls:
            return None
        key = self.sheet.place_of(asked)
        return key if key in {one.key for one in halls} else halls[0].key

    def hall_links(self) -> list[dict[str, Any]]:
        """Every hall, with how many slots it has."""
        counts: dict[int, int] = {}
        for one in self.shown.values():
            counts[one.hall] = counts.get(one.hall, 0) + 1
        return [
            {
                "key": one.key, "slug": self.sheet.slug(one.key), "name": self.sheet.place_name(one.key),
                "count": counts.get(one.key, 0),
            }
            for one in self.sheet.halls
        ]  # fmt: skip


def card(proposal: Proposal) -> dict[str, Any]:
    """A proposal in a list."""
    return {
        "proposal": proposal,
        "author": author_words(proposal),
        "chip": {"draft": "draft", "published": "", "withdrawn": "withdrawn"}.get(proposal.state, ""),
        "draft": proposal.state == ProposalState.DRAFT,
        "withdrawn": proposal.state == ProposalState.WITHDRAWN,
        "method": method_words(proposal),
    }


def method_words(proposal: Proposal) -> list[str]:
    """How it was calculated, in plain words; [] for one that people made."""
    from booking.seasons.calculated import facts_words

    return facts_words(proposal.facts, proposal.seed) if proposal.facts else []
