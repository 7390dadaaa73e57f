"""Who may see a roster, sign up for whom, and change it. Reads only (needs N13).

Members of any host, whatever their role there: they see the roster and sign up. Who leads or books for a host, who
asked, and officers and leaders of the unit change it too. Whoever has a role in the unit can sign up as an employee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from booking.cases.access import DECIDING_ROLES, bound_hosts
from booking.cases.models import Case, CoHost, HostState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Membership, Organisation, OrganisationState
from booking.rosters.models import SignUp


@dataclass(frozen=True, slots=True)
class Side:
    """Whom somebody on a roster stands for: a host, or the unit. Exactly one of the two."""

    organisation: Organisation | None = None
    unit: Unit | None = None

    @property
    def code(self) -> str:
        """As hats are called."""
        if self.organisation is not None:
            return f"organisation:{self.organisation.slug}"
        return f"unit:{self.unit.slug}" if self.unit is not None else ""

    @property
    def name(self) -> str:
        """In the reader's language."""
        if self.organisation is not None:
            return self.organisation.name
        return str(localized(self.unit, "name")) if self.unit is not None else ""

    @property
    def columns(self) -> dict[str, Any]:
        """For a row."""
        return {"organisation": self.organisation, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Seat:
    """What somebody with an account may do with one roster. ``leads``: codes of the sides that they speak for."""

    sides: Sequence[Side]
    manages: bool
    leads: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.sides) or self.manages

    def side(self, code: str = "") -> Side | None:
        """The one with this code; without a code the first."""
        return next((side for side in self.sides if code in ("", side.code)), None)


NOBODY = Seat((), False, frozenset())


def is_on() -> bool:
    """The municipality uses rosters."""
    return booking_settings().is_on("rosters")


def seat_of(user: Any, case: Case, on: date) -> Seat:
    """What ``user`` may do on that day. Five queries at most."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOBODY
    hosts = [one for one in bound_hosts(case) if one.state != OrganisationState.INACTIVE]
    roles: dict[int, set[str]] = {}
    held = Membership.objects.filter(organisations.current(on), user=user, organisation__in=hosts)
    for pk, role in held.values_list("organisation_id", "role"):
        roles.setdefault(pk, set()).add(role)
    asked = user.pk in (case.requester_id, case.responsible_id)
    mine = [one for one in hosts if one.pk in roles or (asked and one.pk == case.organisation_id)]
    sides = [Side(organisation=one) for one in mine]
    leads = {side.code for side in sides if roles.get(getattr(side.organisation, "pk", 0), set()) & set(LEADING_ROLES)}
    if asked and sides and not case.requester_hat.startswith("unit:"):
        leads.add(sides[0].code)
    staff = catalogue.units_of(user, on).filter(pk=case.unit_id).exists()
    decides = staff and catalogue.units_of(user, on, roles=DECIDING_ROLES).filter(pk=case.unit_id).exists()
    if staff and not user.is_superuser:
        sides.append(Side(unit=case.unit))
        leads.add(f"unit:{case.unit.slug}")
    return Seat(sides, bool(leads - {f"unit:{case.unit.slug}"}) or decides or asked, frozenset(leads))


def rostered_cases(user: Any, on: date) -> QuerySet[Case]:
    """Cases whose roster ``user`` may see: of hosts in which they have any role, their own, and of their units."""
    if not is_on() or not getattr(user, "is_authenticated", False) or not user.is_active:
        return Case.objects.none()
    held = Membership.objects.filter(organisations.current(on), user=user).values("organisation_id")
    active = Organisation.objects.exclude(state=OrganisationState.INACTIVE).filter(pk__in=held).values("pk")
    hosted = CoHost.objects.filter(organisation__in=active, state=HostState.ACCEPTED).values("case_id")
    return Case.objects.filter(
        Q(organisation__in=active)
        | Q(pk__in=hosted)
        | Q(requester=user)
        | Q(responsible=user)
        | Q(unit__in=catalogue.units_of(user, on))
    ).exclude(stored_act="draft")


def hosts_of_roster(case: Case) -> list[Organisation]:
    """Whose members sign up: the main host and the co-hosts that have said yes."""
    return bound_hosts(case)


def asks_age(seat: Seat, user: Any) -> bool:
    """Whether somebody must still say that they are fifteen or older before their name is shown."""
    side = seat.side()
    if side is None or side.code in seat.leads:
        return False
    return not SignUp.objects.filter(user=user, named=True).exists()
