"""Reads of organisations and memberships. Who may see what of an organisation is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit, UnitRole
from booking.catalogue.rules import search_terms
from booking.foundation.i18n import localized
from booking.organisations import rules
from booking.organisations.models import (
    LEADING_ROLES,
    Activity,
    LeaderMatter,
    LeadershipOffer,
    MatterState,
    MemberRole,
    Membership,
    OfferState,
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


def former_leaders(organisation: Organisation, on: date) -> list[Membership]:
    """Who led before, and leads no more; the latest first."""
    today = Membership.objects.filter(current(on), organisation=organisation, role=MemberRole.LEADER)
    rows = Membership.objects.filter(organisation=organisation, role=MemberRole.LEADER, end__lt=on)
    return list(rows.exclude(user__in=today.values("user")).select_related("user").order_by("-end", "-pk")[:3])


def began_to_lead(user: Any, organisation: Organisation, on: date) -> date | None:
    """Since when the person has had a leading role here without a break that we know of; None: nobody wrote it down."""
    rows = Membership.objects.filter(current(on), user=user, organisation=organisation, role__in=LEADING_ROLES)
    starts = list(rows.values_list("start", flat=True))
    return None if not starts or None in starts else min(one for one in starts if one)


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
        return Organisation.objects.filter(merged_into=None)
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return listed_organisations()
    held = Membership.objects.filter(current(on), user=user).values("organisation_id")
    return Organisation.objects.filter(
        Q(listed=True, state=OrganisationState.VERIFIED) | Q(pk__in=held), merged_into=None
    )


def successor(slug: str) -> Organisation | None:
    """The organisation that the one with this slug went up in; None when it didn't."""
    found = Organisation.objects.filter(slug=slug, merged_into__isnull=False).select_related("merged_into").first()
    return found.merged_into if found is not None else None


def duplicates_of(organisation: Organisation, *, most: int = 5) -> list[Organisation]:
    """Entries whose number or name is like this one's, the likest first. For staff."""
    everything = Organisation.objects.filter(merged_into=None).exclude(pk=organisation.pk)
    return _alike(everything, organisation.name, organisation.number or "", most)


def similar_listed(name: str, number: str, user: Any, on: date, *, most: int = 5) -> list[Organisation]:
    """Entries that ``user`` may know and that are perhaps the one that is about to be registered."""
    return _alike(visible_organisations(user, on).filter(merged_into=None), name, number, most)


def _alike(found: QuerySet[Organisation], name: str, number: str, most: int) -> list[Organisation]:
    # A town has hundreds of organisations, not hundreds of thousands: their names are compared one by one.
    scored = []
    for pk, other, theirs in found.values_list("pk", "name", "number"):
        score = 2.0 if number and theirs == number else rules.likeness(name, other)
        if score >= rules.LIKE:
            scored.append((-score, pk))
    keys = [pk for _score, pk in sorted(scored)[:most]]
    rows = Organisation.objects.in_bulk(keys)
    return [rows[pk] for pk in keys]


def known_activities(found: QuerySet[Organisation]) -> list[tuple[str, str]]:
    """What the organisations in ``found`` do, as (folded, name) for a filter, by name; each once."""
    rows = Activity.objects.filter(organisation__in=found.order_by()).order_by("name").values_list("folded", "name")
    return list(dict(rows).items())


def doing(found: QuerySet[Organisation], activity: str) -> QuerySet[Organisation]:
    """``found`` narrowed to those that do ``activity``, in any case."""
    return found.filter(activities__folded=rules.fold_activity(activity))


def staff_people(on: date) -> list[Any]:
    """Everybody who handles organisations for the municipality on that day, by id."""
    roles = UnitRole.objects.filter(current(on), role__in=STAFF_ROLES, unit__active=True)
    return list(get_user_model()._default_manager.filter(is_active=True, pk__in=roles.values("user_id")).order_by("pk"))


def hat_labels(codes: Iterable[str]) -> dict[str, str]:
    """The words of several hats, with at most two queries in all."""
    wanted = set(codes)
    slugs = {kind: [code.partition(":")[2] for code in wanted if code.startswith(f"{kind}:")] for kind in HatKind}
    found = {"person": _("as a private person")} if "person" in wanted else {}
    if "follower" in wanted:
        found["follower"] = _("as a follower")
    if slugs[HatKind.ORGANISATION]:
        rows = Organisation.objects.filter(slug__in=slugs[HatKind.ORGANISATION])
        found |= {f"organisation:{slug}": name for slug, name in rows.values_list("slug", "name")}
    if slugs[HatKind.UNIT]:
        found |= {
            f"unit:{unit.slug}": str(localized(unit, "name"))
            for unit in Unit.objects.filter(slug__in=slugs[HatKind.UNIT])
        }
    return found


def offers_to(user: Any, now: datetime) -> QuerySet[LeadershipOffer]:
    """Questions to lead an organisation that wait for this person's answer."""
    return LeadershipOffer.objects.filter(offered_to=user, state=OfferState.OPEN, expires_at__gt=now).select_related(
        "organisation", "offered_by"
    )


def open_offer(organisation: Organisation, now: datetime) -> LeadershipOffer | None:
    """The question that waits in this organisation, if any."""
    found = organisation.leadership_offers.filter(state=OfferState.OPEN, expires_at__gt=now)
    return found.select_related("offered_by", "offered_to").first()


def open_matters() -> QuerySet[LeaderMatter]:
    """What has been told of lost leaders and isn't settled, oldest first."""
    return LeaderMatter.objects.filter(state__in=[MatterState.RECEIVED, MatterState.OPEN]).select_related(
        "organisation", "filed_by", "new_leader", "concerns", "first_by", "opened_by"
    )


def may_see_members(user: Any, organisation: Organisation, on: date) -> bool:
    """Who sees the people of an organisation: staff, and its own leading roles."""
    return is_staff(user, on) or has_leading_role(user, [organisation], on)


def with_own_roles(found: QuerySet[Organisation], user: Any, on: date) -> QuerySet[Organisation]:
    """``found`` with the reader's own current memberships as ``own_memberships``, and activities. Two queries more."""
    own = Membership.objects.none()
    if getattr(user, "is_authenticated", False):
        own = Membership.objects.filter(current(on), user=user)
    return found.prefetch_related(Prefetch("memberships", queryset=own, to_attr="own_memberships"), "activities")


def search(found: QuerySet[Organisation], text: str) -> QuerySet[Organisation]:
    """``found`` narrowed to a name, activity or (part of a) number; every word must fit somewhere, in any case."""
    for word in search_terms(text):
        found = found.filter(search_text__contains=word)
    return found
