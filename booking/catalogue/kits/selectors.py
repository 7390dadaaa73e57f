"""Kits as somebody may see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q

from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.models import Kit, KitPart
from booking.catalogue.kits.rules import Part
from booking.catalogue.models import Resource, ResourceState


@dataclass(frozen=True)
class Offered:
    """A kit that can be asked for. Parts that are gone, and may be left out, are left out."""

    kit: Kit
    parts: Sequence[KitPart]

    @cached_property
    def contents(self) -> list[Part]:
        """The parts as the rules take them."""
        return [Part(one.resource_id, one.quantity, one.may_be_left_out) for one in self.parts]

    @cached_property
    def search_text(self) -> str:
        """What the search compares with: its own words, and the names of what is in it."""
        texts = [
            getattr(row, name)
            for row, names in (
                (self.kit, ("name", "name_nn", "name_en", "summary", "summary_nn", "summary_en")),
                *((part.resource, ("name", "name_nn", "name_en")) for part in self.parts),
            )
            for name in names
        ]
        return catalogue_rules.search_text(*texts)


def offered_kits(
    user: Any = None, *, slugs: Collection[str] | None = None, known: catalogue.Snapshot | None = None
) -> list[Offered]:
    """Kits that `user` may ask for, by name: published, and all that they need can be lent by the kit's own unit.

    Who works in the unit sees those that aren't public too. Two queries for the kits, one where there are none,
    besides the snapshot's.
    """
    known = known or catalogue.snapshot()
    things = {thing.pk: thing for thing in known.visible_to(user) if thing.state == ResourceState.ACTIVE}
    rows = Kit.objects.filter(state=ResourceState.ACTIVE, unit__active=True)
    rows = rows.filter(Q(public=True) | Q(unit__in=_own_units(user))) if _works(user) else rows.filter(public=True)
    if slugs is not None:
        rows = rows.filter(slug__in=slugs)
    # As much of a thing as a kit says of it: the whole row has outlines and house rules.
    thing = Resource.objects.only("slug", "name", "name_nn", "name_en", "unit_id", "timezone")
    parts = KitPart.objects.order_by("pk").prefetch_related(Prefetch("resource", thing))
    found = []
    for kit in rows.order_by("name", "pk").prefetch_related(Prefetch("parts", parts)):
        here = [
            one
            for one in kit.parts.all()
            if one.resource_id in things and things[one.resource_id].unit_id == kit.unit_id
        ]
        gone = {one.pk for one in kit.parts.all() if not one.may_be_left_out} - {one.pk for one in here}
        if here and not gone:
            found.append(Offered(kit, here))
    return found


def _works(user: Any) -> bool:
    return bool(getattr(user, "is_active", False))


def _own_units(user: Any) -> Any:
    return catalogue.units_of(user).order_by().values("pk")
