"""A round as the rules of the flow see it."""

from __future__ import annotations

from datetime import date
from typing import Any

from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.seasons.models import OfferedHours, Proposal, ProposalState, RoundPlace, RoundState, SeasonRound, Wish
from booking.seasons.rules import flow, presets
from booking.seasons.selectors.hearing import silent_count


def dates_of(round: SeasonRound) -> flow.Dates:
    """Its dates."""
    return flow.Dates(
        opens_on=round.opens_on,
        closes_on=round.closes_on,
        proposals_until=round.proposals_until,
        hearing_until=round.hearing_until,
        confirm_by=round.confirm_by,
        adopt_on=round.adopt_on,
        season_start=round.season_start,
        season_end=round.season_end,
    )


def rules_of(round: SeasonRound) -> presets.Rules | None:
    """The rules that hold in the round; None when its data can't be used."""
    try:
        return presets.of_instance({"preset": round.preset, **round.rules}, seed=round.seed)
    except presets.RulesError:
        return None


def responsible(round: SeasonRound, on: date) -> tuple[Any, str]:
    """Who answers for the round on that day, and why they: officer, deputy, the unit's leaders. (None, "") if nobody.

    Three queries."""
    absent = catalogue.missing(on)
    bosses = catalogue.leaders(round.unit, on)
    return catalogue_rules.acting(
        round.officer, round.deputy, bosses, living=absent.living, present=absent.present, stand_in=absent.stand_in
    )


def standing_of(round: SeasonRound, on: date, *, heard: Proposal | None = None) -> flow.Standing:
    """With the counts that a step asks for. ``heard``: the proposal that the hearing is to be about."""
    person, _why = responsible(round, on)
    published = Proposal.objects.filter(round=round, state=ProposalState.PUBLISHED)
    return flow.Standing(
        state=round.state,
        dates=dates_of(round),
        places=RoundPlace.objects.filter(round=round).count(),
        hours=OfferedHours.objects.filter(place__round=round).count(),
        officer=person is not None,
        adopted_by=bool(round.adopted_by_whom),
        complain_to=bool(round.complain_to),
        rules_ok=rules_of(round) is not None,
        wishes=Wish.objects.filter(round=round, withdrawn_at__isnull=True).count(),
        on_the_table=published.count(),
        heard=heard is not None or round.heard_id is not None,
        silent=silent_count(round) if round.state == RoundState.HEARING else 0,
    )
