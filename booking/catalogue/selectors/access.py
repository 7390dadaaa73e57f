"""What one may see: public things, things of one's own units, and how they are searched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from booking.catalogue import rules
from booking.catalogue.models import HANDLING_ROLES, Resource, ResourceState, Unit, UnitRole
from booking.catalogue.rules import Box, Near
from booking.catalogue.selectors.people import role_rows
from booking.foundation import clock
from booking.foundation.conf import booking_settings

#: From whom a thing has its officer, nearest first. Two levels of parts and four of units: no town has more.
_OFFICERS = (
    "officer_id",
    "parent__officer_id",
    "parent__parent__officer_id",
    "unit__officer_id",
    "unit__parent__officer_id",
    "unit__parent__parent__officer_id",
    "unit__parent__parent__parent__officer_id",
)


def _today() -> date:
    return clock.today(booking_settings().tz)


def _owned() -> Any:
    """Condition: the effective officer can sign in (N5). In SQL, so that lists and counts stay one query."""
    people = get_user_model().objects.filter(is_active=True)
    return Exists(people.filter(pk=OuterRef("effective_officer_id")))


def with_officer(rows: QuerySet[Resource]) -> QuerySet[Resource]:
    """``rows`` with ``effective_officer_id``, the inherited officer."""
    return rows.alias(effective_officer_id=Coalesce(*_OFFICERS))


def public_resources() -> QuerySet[Resource]:
    """What everybody sees: published, not hidden, of an active unit, and owned by a living officer."""
    rows = Resource.objects.filter(state=ResourceState.ACTIVE, public=True, unit__active=True)
    return with_officer(rows).filter(_owned())


def ownerless_resources() -> QuerySet[Resource]:
    """Published things whose officer is gone or was never named: for the nightly check, the admin and /metrics."""
    return with_officer(Resource.objects.filter(state=ResourceState.ACTIVE)).filter(~_owned())


def roles_of(user: Any, on: date | None = None) -> QuerySet[UnitRole]:
    """The roles a person holds on the day (default: today); none for who can't sign in."""
    if not getattr(user, "is_active", False) or user.pk is None:
        return UnitRole.objects.none()
    return role_rows(on or _today()).filter(user=user).select_related("unit")


def units_of(
    user: Any, on: date | None = None, roles: Collection[str] | None = None, with_children: bool = True
) -> QuerySet[Unit]:
    """Units in which the person holds a role (one of ``roles``) on the day, child units included.

    Without ``roles`` any counts that handles something; who may only read figures must be asked for by name. A
    superuser holds every role in every unit. Two queries run here when child units are asked for.
    """
    if not getattr(user, "is_active", False) or user.pk is None:
        return Unit.objects.none()
    if user.is_superuser:
        return Unit.objects.all()
    rows = roles_of(user, on).filter(role__in=HANDLING_ROLES if roles is None else list(roles))
    ids = set(rows.order_by().values_list("unit_id", flat=True))
    return Unit.objects.filter(pk__in=with_child_units(ids) if with_children else ids)


def with_child_units(ids: Iterable[int]) -> set[int]:
    """The units and all units below them. One query."""
    found = set(ids)
    if not found:
        return found
    children: dict[int, list[int]] = {}
    for pk, parent_id in Unit.objects.filter(parent_id__isnull=False).order_by().values_list("pk", "parent_id"):
        children.setdefault(parent_id, []).append(pk)
    queue = list(found)
    while queue:
        for child in children.get(queue.pop(), ()):
            if child not in found:
                found.add(child)
                queue.append(child)
    return found


def staff_resources(user: Any, on: date | None = None) -> QuerySet[Resource]:
    """Everything of the person's units, whatever its state."""
    return Resource.objects.filter(unit__in=units_of(user, on))


def visible_resources(user: Any, on: date | None = None) -> QuerySet[Resource]:
    """What is public, and what belongs to the person's units (drafts and retired things too)."""
    rows = public_resources()
    if not getattr(user, "is_active", False):
        return rows
    units = units_of(user, on)
    public = Q(state=ResourceState.ACTIVE, public=True, unit__active=True) & Q(_owned())
    return with_officer(Resource.objects.all()).filter(public | Q(unit__in=units))


def near_ids(rows: QuerySet[Resource], near: Near) -> dict[int, float]:
    """Ids of ``rows`` whose outline's box is within the circle, nearest first, with the distance in kilometres.

    The index on the box columns goes first, the exact distance second. One query.
    """
    box = rules.near_box(near)
    candidates = rows.filter(
        min_lon__lte=box.max_lon, max_lon__gte=box.min_lon, min_lat__lte=box.max_lat, max_lat__gte=box.min_lat
    ).order_by()
    found = {
        pk: rules.distance_to_box(near, Box(*(float(corner or 0) for corner in corners)))
        for pk, *corners in candidates.values_list("pk", "min_lon", "min_lat", "max_lon", "max_lat")
    }
    return {pk: km for pk, km in sorted(found.items(), key=lambda item: (item[1], item[0])) if km <= near.km}


def search_resources(
    rows: QuerySet[Resource],
    *,
    q: str = "",
    kind: str = "",
    features: Sequence[str] = (),
    capacity_min: int | None = None,
    unit: str = "",
    near: Near | None = None,
    accessible: Sequence[str] = (),
) -> QuerySet[Resource]:
    """Narrow ``rows``: every word of ``q`` occurs in names, summaries, address or features (any language, any case).

    ``features``: slugs, all of them; ``unit``: a slug, child units included; ``accessible``: names of accessibility
    columns that must say yes. What doesn't exist matches nothing. ``near`` runs one query here.
    """
    for term in rules.search_terms(q):
        rows = rows.filter(search_text__contains=term)
    if kind:
        rows = rows.filter(kind=kind)
    for slug in features:
        through = Resource.features.through.objects.filter(resource_id=OuterRef("pk"), feature__slug=slug)
        rows = rows.filter(Exists(through))
    if capacity_min is not None:
        rows = rows.filter(capacity__gte=min(capacity_min, 2**31 - 1))
    if unit:
        rows = rows.filter(unit_id__in=with_child_units(Unit.objects.filter(slug=unit).values_list("pk", flat=True)))
    for name in accessible:
        if name not in ("step_free", "accessible_toilet", "hearing_loop", "lift", "quiet_room"):
            raise ValueError(f"no accessibility fact: {name}")
        rows = rows.filter(**{name: "yes"})
    if near is not None:
        rows = rows.filter(pk__in=list(near_ids(rows, near)))
    return rows
