"""Reads of the hearing: who takes part, what each gets, what was said, and who has answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.organisations import selectors as organisations
from booking.organisations.councils import COUNCILS, councils_for
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.seasons.models import (
    Comment,
    CommentKind,
    Confirmation,
    Proposal,
    ProposalState,
    ProposedSlot,
    SeasonReminder,
    SeasonRound,
    SwapOffer,
)


def participants(round: SeasonRound) -> QuerySet[Organisation]:
    """The organisations that have a wish in the round."""
    return Organisation.objects.filter(
        pk__in=round.wishes.filter(withdrawn_at__isnull=True).order_by().values("organisation_id")
    )


def places_of_councils(round: SeasonRound) -> dict[int, list[int]]:
    """The councils that speak for those who use places of the round (needs N14), and those places. Three queries."""
    places = dict(round.places.order_by("order", "pk").values_list("resource_id", "resource__parent_id"))
    ids = {*places, *(pk for pk in places.values() if pk is not None)}
    tags: dict[int, set[str]] = {}
    tagged = Resource.objects.filter(pk__in=ids, features__slug__in=list(COUNCILS)).order_by()
    for pk, tag in tagged.values_list("pk", "features__slug"):
        tags.setdefault(pk, set()).add(tag)
    # A part of a hall is for whom the hall is for; the hall alone is named where both are shared out.
    found: dict[int, list[int]] = {}
    for council, speaks_for in councils_for({tag for some in tags.values() for tag in some}).items():
        theirs = [pk for pk in places if tags.get(pk, set()) & set(speaks_for)]
        theirs += [
            pk for pk, parent in places.items()
            if parent is not None and parent not in places and tags.get(parent, set()) & set(speaks_for)
            and pk not in theirs
        ]  # fmt: skip
        found[council] = theirs
    return found


def voices(round: SeasonRound) -> QuerySet[Organisation]:
    """Who is heard: the organisations that take part, and the councils of those who use the places."""
    taking_part = participants(round).order_by().values("pk")
    return Organisation.objects.filter(Q(pk__in=taking_part) | Q(pk__in=list(places_of_councils(round))))


def own_voices(round: SeasonRound, user: Any, on: date) -> list[Organisation]:
    """Those of them for which the reader may speak on that day."""
    if not getattr(user, "is_authenticated", False):
        return []
    mine = organisations.organisations_of(user, on, LEADING_ROLES)
    return list(voices(round).filter(pk__in=mine.values("pk")).order_by("name", "pk"))


def own_participants(round: SeasonRound, user: Any, on: date) -> list[Organisation]:
    """Those of them for which the reader may speak on that day."""
    if not getattr(user, "is_authenticated", False):
        return []
    mine = organisations.organisations_of(user, on, LEADING_ROLES)
    return list(participants(round).filter(pk__in=mine.values("pk")).order_by("name", "pk"))


def runs(round: SeasonRound, user: Any, on: date) -> bool:
    """Whether the reader is officer or leader of the unit that runs the round, conflicts of interest apart."""
    if not getattr(user, "is_authenticated", False):
        return False
    return catalogue.units_of(user, on, roles=("officer", "leader")).filter(pk=round.unit_id).exists()


def slots_of(proposal: Proposal) -> list[ProposedSlot]:
    """All hours of a proposal with team, organisation and place, as the week goes. One query."""
    rows = proposal.slots.select_related("wish__organisation", "resource")
    return list(rows.order_by("weekday", "start", "resource__name", "pk"))


def slots_by_organisation(proposal: Proposal) -> dict[int, list[ProposedSlot]]:
    """Those of each organisation, by its id."""
    found: dict[int, list[ProposedSlot]] = {}
    for slot in slots_of(proposal):
        found.setdefault(slot.wish.organisation_id, []).append(slot)
    return found


def comments_in(round: SeasonRound, *, about: Proposal | None = None) -> list[Comment]:
    """What was said in the round and stands, with who said it (the organisation, never the person) and the hour.

    About every proposal: what was said about one that isn't heard any more, and its answer, stays to be read.
    ``about``: about that one only. In the order in which it was said.
    """
    rows = Comment.objects.filter(proposal__round=round, withdrawn_at__isnull=True)
    if about is not None:
        rows = rows.filter(proposal=about)
    return list(
        rows.select_related("organisation", "proposal", "slot__wish__organisation", "slot__resource").order_by(
            "at", "proposal__number", "number"
        )
    )


def unanswered(round: SeasonRound) -> list[Comment]:
    """Objections without an answer, to whichever proposal of the round: each is answered before adoption."""
    rows = Comment.objects.filter(
        proposal__round=round, kind=CommentKind.OBJECTION, answered_at__isnull=True, withdrawn_at__isnull=True
    )
    return list(
        rows.select_related("organisation", "proposal", "slot__wish__organisation", "slot__resource").order_by(
            "proposal__number", "number"
        )
    )


def swaps_in(round: SeasonRound) -> list[SwapOffer]:
    """The offers in the round, with both hours and both sides: also those about a proposal that was heard before."""
    rows = SwapOffer.objects.filter(proposal__round=round).select_related("proposal")
    return list(
        rows.select_related(
            "ours__wish__organisation", "ours__resource", "theirs__wish__organisation", "theirs__resource",
            "offered_by", "offered_to", "made",
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    """An organisation in the hearing: what it would get, and its answer. ``state``: yes, no, silent, nothing."""

    organisation: Organisation
    slots: list[ProposedSlot] = field(default_factory=list)
    answer: Confirmation | None = None
    reminded: bool = False

    @property
    def state(self) -> str:
        if self.answer is not None:
            return "yes" if self.answer.yes else "no"
        return "silent" if self.slots else "nothing"


def answers(round: SeasonRound, proposal: Proposal) -> list[Answered]:
    """Every organisation that takes part, by name. Silence is silence, never a no.

    Of a proposal that isn't the one that was heard: what was answered to the same hours in that one holds.
    """
    slots = slots_by_organisation(proposal)
    said = {row.organisation_id: row for row in Confirmation.objects.filter(proposal=proposal)}
    kinds = [f"confirm:{proposal.pk}"]
    if round.heard is not None and round.heard_id != proposal.pk:
        heard = slots_by_organisation(round.heard)
        for row in Confirmation.objects.filter(proposal=round.heard_id):
            pk = row.organisation_id
            if same_hours(slots.get(pk, ()), heard.get(pk, ())):
                said.setdefault(pk, row)
        kinds.append(f"confirm:{round.heard_id}")
    reminded = set(SeasonReminder.objects.filter(round=round, kind__in=kinds).values_list("organisation_id", flat=True))
    return [
        Answered(one, slots.get(one.pk, []), said.get(one.pk), one.pk in reminded)
        for one in participants(round).order_by("name", "pk")
    ]


def unheard(round: SeasonRound, proposal: Proposal) -> list[Organisation]:
    """Organisations that get other hours by it than by the proposal that was heard, by name: nobody has asked them."""
    if round.heard is None or round.heard_id == proposal.pk:
        return []
    new, old = slots_by_organisation(proposal), slots_by_organisation(round.heard)
    return [
        one for one in participants(round).order_by("name", "pk")
        if not same_hours(new.get(one.pk, ()), old.get(one.pk, ()))
    ]  # fmt: skip


def silent_count(round: SeasonRound) -> int:
    """How many organisations with hours in what is heard haven't answered. One query."""
    if round.heard_id is None:
        return 0
    answered = Confirmation.objects.filter(proposal=round.heard_id).order_by().values("organisation")
    taking_part = ProposedSlot.objects.filter(proposal=round.heard_id, wish__withdrawn_at__isnull=True)
    rows = taking_part.exclude(wish__organisation__in=answered).order_by()
    return rows.values("wish__organisation").distinct().count()


def published(round: SeasonRound) -> QuerySet[Proposal]:
    """Proposals on the table, newest first."""
    return Proposal.objects.filter(round=round, state=ProposalState.PUBLISHED).order_by("-number")


def same_hours(one: Iterable[ProposedSlot], other: Iterable[ProposedSlot]) -> bool:
    """Whether two proposals give an organisation the same hours."""
    return {key_of(slot) for slot in one} == {key_of(slot) for slot in other}


def key_of(slot: Any) -> tuple[int, int, int, int, int]:
    """(wish, resource, weekday, start, end) of a proposed slot or an allocation."""
    return (slot.wish_id, slot.resource_id, slot.weekday, slot.start, slot.end)
