"""Which lists somebody may open and change. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from booking.cases.desk.models import SavedView, StartView
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit


def views_for(user: Any, units: Collection[int]) -> QuerySet[SavedView]:
    """One's own lists and those shared in ``units``: one's own first, then by title."""
    rows = SavedView.objects.filter(removed_at=None).filter(Q(owner=user) | Q(unit__in=units))
    return rows.select_related("unit").order_by("unit_id", "title", "pk")


def start_of(user: Any, units: Collection[int]) -> SavedView | None:
    """The list that ``user`` begins with; None when they chose none, or may not open it any more."""
    return views_for(user, units).filter(pk__in=user_start(user)).first()


def user_start(user: Any) -> Any:
    return StartView.objects.filter(user=user).values("view_id")


def units_to_share_in(user: Any, on: date) -> QuerySet[Unit]:
    """The units whose leader ``user`` is: there they share lists."""
    return catalogue.units_of(user, on, roles=("leader",)).order_by("name")


def may_change(view: SavedView, user: Any, on: date) -> bool:
    """Its owner; a shared one, the unit's leaders."""
    if view.owner_id is not None:
        return bool(view.owner_id == user.pk)
    return units_to_share_in(user, on).filter(pk=view.unit_id).exists()
