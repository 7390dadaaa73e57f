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


def comments_of(proposal: Proposal) -> list[Comment]:
    """What was said about it and stands, with who said it (the organisation, never the person) and the hour."""
    rows = Comment.objects.filter(proposal=proposal, withdrawn_at__isnull=True)
    return list(rows.select_related("organisation", "slot__wish__organisation", "slot__resource").order_by("number"))


def unanswered(round: SeasonRound, proposal: Proposal) -> list[Comment]:
    """Objections without an answer: to this proposal, and to those that were heard before it."""
    rows = Comment.objects.filter(
        Q(proposal=proposal) | Q(proposal__in=heard_ids(round)),
        proposal__round=round, kind=CommentKind.OBJECTION, answered_at__isnull=True, withdrawn_at__isnull=True,
    )  # fmt: skip
    return list(rows.select_related("organisation", "proposal").order_by("proposal__number", "number"))


def heard_ids(round: SeasonRound) -> list[int]:
    """Proposals that are or were the one of the hearing."""
    kinds = SeasonReminder.objects.filter(round=round, organisation=None, kind__startswith="heard:")
    ids = {int(kind.partition(":")[2]) for kind in kinds.values_list("kind", flat=True)}
    return sorted(ids | ({round.heard_id} if round.heard_id else set()))


def swaps_of(proposal: Proposal) -> list[SwapOffer]:
    """The offers about it, with both hours and both sides."""
    rows = SwapOffer.objects.filter(proposal=proposal)
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
    """Every organisation that takes part, by name. Silence is silence, never a no."""
    slots = slots_by_organisation(proposal)
    said = {row.organisation_id: row for row in Confirmation.objects.filter(proposal=proposal)}
    reminded = set(
        SeasonReminder.objects.filter(round=round, kind=f"confirm:{proposal.pk}").values_list(
            "organisation_id", flat=True
        )
    )
    return [
        Answered(one, slots.get(one.pk, []), said.get(one.pk), one.pk in reminded)
        for one in participants(round).order_by("name", "pk")
    ]


def published(round: SeasonRound) -> QuerySet[Proposal]:
    """Proposals on the table, newest first."""
    return Proposal.objects.filter(round=round, state=ProposalState.PUBLISHED).order_by("-number")


def same_hours(one: Iterable[ProposedSlot], other: Iterable[ProposedSlot]) -> bool:
    """Whether two proposals give an organisation the same hours."""
    return {key_of(slot) for slot in one} == {key_of(slot) for slot in other}


def key_of(slot: Any) -> tuple[int, int, int, int, int]:
    """(wish, resource, weekday, start, end) of a proposed slot or an allocation."""
    return (slot.wish_id, slot.resource_id, slot.weekday, slot.start, slot.end)
