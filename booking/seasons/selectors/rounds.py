"""Which rounds there are, for whom, and how they stand. Whether the part is used at all is asked here.

Source: api.md "Exact meaning" (anonymous: from `open` on), seasons.md "Flow".
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.foundation.conf import booking_settings
from booking.foundation.errors import NotFound
from booking.seasons.models import RoundState, SeasonRound

#: States that everybody may know of.
PUBLIC = tuple(one for one in RoundState.values if one != RoundState.PREPARING)
#: States in which the round isn't decided.
UNDECIDED = (RoundState.PREPARING, RoundState.OPEN, RoundState.PROPOSALS, RoundState.HEARING)
#: States with an adopted timetable.
DECIDED = (RoundState.ADOPTED, RoundState.RUNNING, RoundState.ENDED)


def is_on() -> bool:
    """Whether the municipality shares out hours by rounds here at all (a switch)."""
    return booking_settings().is_on("seasons")


def public_rounds() -> QuerySet[SeasonRound]:
    """Rounds that everybody may see: from `open` on."""
    return SeasonRound.objects.filter(state__in=PUBLIC) if is_on() else SeasonRound.objects.none()


def staff_rounds(user: Any, on: date, roles: Collection[str] | None = None) -> QuerySet[SeasonRound]:
    """Rounds of the units where ``user`` holds a role (one of ``roles``), child units included."""
    if not is_on() or not getattr(user, "is_authenticated", False) or not user.is_active:
        return SeasonRound.objects.none()
    return SeasonRound.objects.filter(unit__in=catalogue.units_of(user, on, roles=roles))


def visible_rounds(user: Any, on: date) -> QuerySet[SeasonRound]:
    """What everybody sees, and those that one's own units prepare."""
    mine = staff_rounds(user, on).order_by().values("pk")
    return SeasonRound.objects.filter(Q(pk__in=public_rounds().order_by().values("pk")) | Q(pk__in=mine))


def with_all(found: QuerySet[SeasonRound]) -> QuerySet[SeasonRound]:
    """With unit, people, the proposals that count, and places."""
    return found.select_related("unit", "officer", "deputy", "heard", "adopted", "follows").prefetch_related(
        "places__resource__unit", "places__hours", "breaks"
    )


def find_visible(slug: str, user: Any, on: date) -> SeasonRound:
    """The round with that address. Raises ``NotFound`` for one that the reader may not know of."""
    found = with_all(visible_rounds(user, on).filter(slug=slug)).first()
    if found is None:
        raise NotFound("not_found", _("There is no such round."))
    return found
