"""Which cases one may see: parties their own, staff those of their units. The scope selectors of every door."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from booking.cases.models import HOSTING, Case, CoHost
from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import selectors as organisations


def _today() -> date:
    return clock.today(booking_settings().tz)


def _drafts_of_others(user: Any) -> Q:
    return Q(stored_act="draft") & ~Q(requester=user)


def party_cases(user: Any, on: date | None = None) -> QuerySet[Case]:
    """Cases where `user` is requester (also one who had no account then), responsible adult, or leads the
    organisation or a co-host on that day."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Case.objects.none()
    mine = organisations.organisations_of(user, on or _today()).values("pk")
    hosted = CoHost.objects.filter(organisation__in=mine, state__in=HOSTING).values("case_id")
    address = str(getattr(user, user.get_email_field_name(), "") or "")
    asked = Q(requester=None, contact_email=address.lower()) if address else Q(pk__in=[])
    return Case.objects.filter(
        Q(requester=user) | Q(responsible=user) | Q(organisation__in=mine) | Q(pk__in=hosted) | asked
    ).exclude(_drafts_of_others(user))


def staff_cases(
    user: Any,
    on: date | None = None,
    roles: Collection[str] | None = None,
    *,
    units: Collection[int] | None = None,
) -> QuerySet[Case]:
    """Cases of the units where `user` holds a role (one of `roles`) on that day, child units included.

    `units`: their ids, from who has asked already.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Case.objects.none()
    own: Any = catalogue.units_of(user, on or _today(), roles=roles) if units is None else units
    return Case.objects.filter(unit__in=own).exclude(_drafts_of_others(user))


def visible_cases(user: Any, as_: str | None = None, on: date | None = None) -> QuerySet[Case]:
    """Both together, or only one side: `as_` is "party", "staff" or None."""
    if as_ == "party":
        return party_cases(user, on)
    if as_ == "staff":
        return staff_cases(user, on)
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Case.objects.none()
    party = party_cases(user, on).order_by().values("pk")
    staff = staff_cases(user, on).order_by().values("pk")
    return Case.objects.filter(Q(pk__in=party) | Q(pk__in=staff))
