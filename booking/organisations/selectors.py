"""Reads of organisations and memberships. Who may see what of an organisation is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.catalogue.rules import search_terms
from booking.foundation.i18n import localized
from booking.organisations.models import (
    LEADING_ROLES,
    MemberRole,
    Membership,
    Organisation,
    OrganisationState,
)
from booking.organisations.rules import Hat, HatKind

#: Unit roles that handle organisations. A caretaker or a planner has no business in the register.
STAFF_ROLES = ("officer", "leader")


def current(on: date, prefix: str = "") -> Q:
    """The filter for roles that hold on the day ``on``; ``prefix`` such as ``memberships__``."""
    start, end = f"{prefix}start", f"{prefix}end"
    return (Q(**{f"{start}__isnull": True}) | Q(**{f"{start}__lte": on})) & (
        Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": on})
    )


def organisations_of(user: Any, on: date, roles: Sequence[str] = LEADING_ROLES) -> QuerySet[Organisation]:
    """Active organisations in which ``user`` holds one of ``roles`` on that day; none for nobody in particular."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Organisation.objects.none()
    held = Membership.objects.filter(current(on), user=user, role__in=roles)
    return Organisation.objects.exclude(state=OrganisationState.INACTIVE).filter(pk__in=held.values("organisation_id"))


def has_leading_role(user: Any, organisations: Iterable[Organisation], on: date) -> bool:
    """Whether ``user`` is leader, board member or booker in any of ``organisations`` on that day (needs N10).

    An inactive organisation counts too: a conflict of interest doesn't end with the register's entry.
    """
    ids = [organisation.pk for organisation in organisations]
    if not ids or not getattr(user, "is_authenticated", False):
        return False
    return Membership.objects.filter(current(on), user=user, organisation__in=ids, role__in=LEADING_ROLES).exists()


def role_names(user: Any, organisation: Organisation, on: date) -> list[str]:
    """The roles that ``user`` holds in ``organisation`` on that day, in the order of the enumeration."""
    if not getattr(user, "is_authenticated", False):
        return []
    held = set(
        Membership.objects.filter(current(on), user=user, organisation=organisation).values_list("role", flat=True)
    )
    return [role for role in MemberRole.values if role in held]


def leaders(organisation: Organisation, on: date) -> QuerySet[Membership]:
    """Memberships of those who lead on that day and can still sign in."""
    return Membership.objects.filter(
        current(on), organisation=organisation, role=MemberRole.LEADER, user__is_active=True
    ).select_related("user")


def members(organisation: Organisation, on: date | None = None) -> QuerySet[Membership]:
    """Memberships with their people, leaders first; with ``on`` only those of that day, else the history too."""
    found = Membership.objects.filter(organisation=organisation).select_related("user", "organisation")
    return (found.filter(current(on)) if on else found).order_by("-end", "role", "user__email")


def hats_of(user: Any, on: date) -> list[Hat]:
    """Every capacity that ``user`` may act in: as oneself, for organisations (leading roles), for units."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return []
    hats = [Hat(HatKind.PERSON, _("as a private person"), HatKind.PERSON)]
    hats += [organisation_hat(organisation) for organisation in organisations_of(user, on).order_by("name")]
    hats += [unit_hat(unit) for unit in catalogue.units_of(user, on, with_children=False).order_by("name")]
    return hats


def organisation_hat(organisation: Organisation) -> Hat:
    """The hat of acting for ``organisation``."""
    return Hat(f"{HatKind.ORGANISATION}:{organisation.slug}", organisation.name, HatKind.ORGANISATION)


def unit_hat(unit: Unit) -> Hat:
    """The hat of acting for ``unit``."""
    return Hat(f"{HatKind.UNIT}:{unit.slug}", str(localized(unit, "name")), HatKind.UNIT)


def is_staff(user: Any, on: date) -> bool:
    """Whether ``user`` handles organisations for the municipality on that day: officers and leaders of any unit do.

    The register is shared by all units: an organisation borrows from several of them.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    return bool(user.is_superuser) or catalogue.units_of(user, on, roles=STAFF_ROLES).exists()


def listed_organisations() -> QuerySet[Organisation]:
    """The public register: verified ones that agreed to stand in it."""
    return Organisation.objects.filter(listed=True, state=OrganisationState.VERIFIED)


def visible_organisations(user: Any, on: date) -> QuerySet[Organisation]:
    """What ``user`` may know to exist: staff all; others the public register and those they have any role in."""
    if is_staff(user, on):
        return Organisation.objects.all()
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return listed_organisations()
    held = Membership.objects.filter(current(on), user=user).values("organisation_id")
    return Organisation.objects.filter(Q(listed=True, state=OrganisationState.VERIFIED) | Q(pk__in=held))


def may_see_members(user: Any, organisation: Organisation, on: date) -> bool:
    """Who sees the people of an organisation: staff, and its own leading roles."""
    return is_staff(user, on) or has_leading_role(user, [organisation], on)


def with_own_roles(found: QuerySet[Organisation], user: Any, on: date) -> QuerySet[Organisation]:
    """``found`` with the reader's own current memberships at hand as ``own_memberships`` (one query more in all)."""
    own = Membership.objects.none()
    if getattr(user, "is_authenticated", False):
        own = Membership.objects.filter(current(on), user=user)
    return found.prefetch_related(Prefetch("memberships", queryset=own, to_attr="own_memberships"))


def search(found: QuerySet[Organisation], text: str) -> QuerySet[Organisation]:
    """``found`` narrowed to a name, activity or (part of a) number; every word must fit somewhere, in any case."""
    for word in search_terms(text):
        found = found.filter(search_text__contains=word)
    return found
