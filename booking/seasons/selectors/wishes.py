"""Wishes as pages and programs show them: each with its organisation, sums, and what the rules let them count on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from booking.foundation.i18n import localized
from booking.organisations.models import Organisation
from booking.seasons import wording_rounds as wording
from booking.seasons.models import RoundPlace, SeasonRound, Wish
from booking.seasons.rules import demand, presets
from booking.seasons.rules.entitlement import entitlements
from booking.seasons.rules.instance import Instance
from booking.seasons.selectors.instances import instance_of, wishes_of
from booking.seasons.wording import reason_text


def with_all(found: QuerySet[Wish]) -> QuerySet[Wish]:
    """With organisation and places: two queries for any number."""
    return found.select_related("organisation", "round").prefetch_related("places__resource__parent")


@dataclass(frozen=True, slots=True)
class WishCard:
    """A wish in words."""

    wish: Wish
    amount: str
    who: str
    places: str
    best: str
    impossible: str
    last: str
    written_for_them: bool
    missing: tuple[str, ...] = ()
    barred: str = ""


@dataclass(frozen=True, slots=True)
class OrganisationWishes:
    """An organisation's wishes, hours asked a week, and what the rules let it count on, in minutes."""

    organisation: Organisation
    cards: list[WishCard]
    asked: int
    claim: int
    standard: int

    @property
    def asks_more(self) -> bool:
        """More than counts: asking for it doesn't pay."""
        return self.asked > self.standard


@dataclass
class RoundWishes:
    """The wishes of a round that stand, by organisation."""

    instance: Instance
    groups: list[OrganisationWishes] = field(default_factory=list)

    @property
    def teams(self) -> int:
        return sum(len(one.cards) for one in self.groups)

    @property
    def asked(self) -> int:
        return sum(one.asked for one in self.groups)


def place_name(resource: Any) -> str:
    """A part with the name of its whole, unless it has it already."""
    name = str(localized(resource, "name"))
    if resource.parent_id is None:
        return name
    whole = str(localized(resource.parent, "name"))
    return name if whole.casefold() in name.casefold() else f"{whole}, {name}"


def card(wish: Wish, names: dict[int, str] | None = None, *, barred: str = "") -> WishCard:
    """A wish in words. ``names``: of the things in what it had last season."""
    names = names or {}
    missing = []
    if not wish.heads:
        missing.append("heads")
    if wish.age_from is None and wish.age_to is None:
        missing.append("ages")
    return WishCard(
        wish,
        wording.sessions_words(wish),
        ", ".join(one for one in (wish.activity, wording.ages_words(wish), wording.heads_words(wish)) if one),
        " → ".join(place_name(one.resource) for one in wish.places.all()),
        wording.spans_words(wish.best),
        wording.spans_words(wish.impossible),
        ", ".join(
            f"{wording.span_words(day, start, end)}" + (f" ({names[pk]})" if pk in names else "")
            for pk, day, start, end in wish.last
        ),
        wish.entered_hat.startswith("unit:"),
        tuple(missing),
        barred,
    )


def wishes_in(round: SeasonRound, shown: Iterable[int] | None = None) -> RoundWishes:
    """All wishes that stand, by organisation; ``shown``: ids of organisations, default all. A few queries.

    Sums and entitlements come from all of them, as the rules do.
    """
    rows = wishes_of(round)
    instance = instance_of(round, wishes=rows)
    found = RoundWishes(instance)
    wanted = set(shown) if shown is not None else None
    try:
        rights = entitlements(instance)
    except presets.RulesError:
        rights = None
    resources = {
        one.resource_id: place_name(one.resource)
        for one in RoundPlace.objects.filter(round=round).select_related("resource__parent")
    }
    by_organisation: dict[int, list[Wish]] = {}
    for row in with_all(Wish.objects.filter(pk__in=[one.pk for one in rows])).order_by("number"):
        if wanted is None or row.organisation_id in wanted:
            by_organisation.setdefault(row.organisation_id, []).append(row)
    for pk, mine in by_organisation.items():
        share = rights.organisations.get(pk) if rights is not None else None
        asked = sum(one.sessions_wanted * one.minutes_wanted for one in mine)
        barred = rights.barred if rights is not None else {}
        cards = [card(one, resources, barred=reason_text(barred[one.pk]) if one.pk in barred else "") for one in mine]
        found.groups.append(
            OrganisationWishes(
                mine[0].organisation, cards, asked, share.claim if share else 0, share.standard if share else 0
            )
        )
    found.groups.sort(key=lambda one: (one.organisation.name.casefold(), one.organisation.pk))
    return found


def demand_of(round: SeasonRound, *, hall: int | None = None, instance: Instance | None = None) -> demand.Grid:
    """How much each hour is wanted: sums only, for everybody."""
    return demand.grid(instance or instance_of(round), hall=hall)


def halls_of(round: SeasonRound) -> list[Any]:
    """The wholes among the round's places, in its order."""
    places = list(round.places.all())
    ids = {one.resource_id for one in places}
    return [one.resource for one in places if one.resource.parent_id not in ids]
