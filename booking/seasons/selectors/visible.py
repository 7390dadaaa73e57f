"""What a reader may see of a round. Source: api.md (wishes from the closing date), seasons.md 2.

Before the closing date an organisation sees its own wishes, the unit sees them all, and everybody sees sums. From then
on all wishes are open: who shares out hours in the open can show what was asked for.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation
from booking.seasons.models import RoundState, SeasonRound, Wish
from booking.seasons.selectors.rounds import staff_rounds


def wishes_are_open(round: SeasonRound, on: date) -> bool:
    """Whether everybody may read the wishes: the closing date has passed, or the officer has closed them."""
    if round.state == RoundState.PREPARING:
        return False
    return round.state != RoundState.OPEN or round.wishes_closed_at is not None or on > round.closes_on


def takes_wishes(round: SeasonRound, on: date) -> bool:
    """Whether organisations may enter and change wishes: open, up to and including the closing date."""
    return round.state == RoundState.OPEN and round.wishes_closed_at is None and on <= round.closes_on


def is_staff(user: Any, round: SeasonRound, on: date) -> bool:
    """Has a role in the round's unit today, or in one above it."""
    return staff_rounds(user, on).filter(pk=round.pk).exists()


def visible_wishes(user: Any, round: SeasonRound, on: date) -> QuerySet[Wish]:
    """Wishes that stand, as far as this reader may read them now."""
    rows = Wish.objects.filter(round=round, withdrawn_at__isnull=True)
    if wishes_are_open(round, on) or is_staff(user, round, on):
        return rows
    return rows.filter(organisation__in=organisations.organisations_of(user, on).order_by().values("pk"))


def applicants(round: SeasonRound) -> QuerySet[Organisation]:
    """Organisations with a wish that stands, by name."""
    held = Wish.objects.filter(round=round, withdrawn_at__isnull=True)
    return Organisation.objects.filter(pk__in=held.order_by().values("organisation_id")).order_by("name", "pk")


def applicants_of(user: Any, round: SeasonRound, on: date) -> QuerySet[Organisation]:
    """Those of the applicants that this person acts for."""
    return applicants(round).filter(pk__in=organisations.organisations_of(user, on).order_by().values("pk"))
