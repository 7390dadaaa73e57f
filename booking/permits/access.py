"""Who may say where a permit stands. Reads only.

Who grants it says so: officers and leaders of the granting unit, or of the case's unit where somebody outside grants.
Conflicts of interest count as in decisions (requests.md "Deciding"): never relaxed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.cases.access import DECIDING_ROLES, disqualification, hosts_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation.errors import Disqualified, Forbidden
from booking.permits.models import Permit


def granting_unit(permit: Permit) -> Unit:
    """The unit that says where it stands."""
    return permit.requirement.granting_unit or permit.case.unit


def permits_of_units(units: Any) -> QuerySet[Permit]:
    """Permits that these units (ids or a queryset) see: of their cases, and those that they grant."""
    return Permit.objects.filter(Q(case__unit__in=units) | Q(requirement__granting_unit__in=units))


def permits_granted_in(units: Any) -> QuerySet[Permit]:
    """Permits about which these units have the word."""
    return Permit.objects.filter(
        Q(requirement__granting_unit__in=units) | Q(requirement__granting_unit=None, case__unit__in=units)
    )


def why_not(user: Any, permit: Permit, on: date) -> str:
    """ "": may grant. ``forbidden``: another unit has the word. ``disqualified``, ``disqualified_leader``: ties."""
    unit = granting_unit(permit)
    if not catalogue.units_of(user, on, roles=DECIDING_ROLES).filter(pk=unit.pk).exists():
        return "forbidden"
    hosts = hosts_of(permit.case)
    if disqualification(user, permit.case, hosts, on):
        return "disqualified"
    leaders = catalogue.leaders(unit, on)
    if leaders and all(disqualification(one, permit.case, hosts, on) for one in leaders):
        if unit.parent_id is None:
            return "" if unit.substitute_id == user.pk else "disqualified_leader"
        above = catalogue.units_of(user, on, roles=DECIDING_ROLES).filter(pk=unit.parent_id).exists()
        return "" if above else "disqualified_leader"
    return ""


def check_may_grant(user: Any, permit: Permit, on: date) -> str:
    """The hat in which ``user`` says where it stands. Raises ``Forbidden`` or ``Disqualified``."""
    why = why_not(user, permit, on)
    if why == "forbidden":
        raise Forbidden("forbidden", _("Only the unit that grants it can do this."))
    if why == "disqualified":
        raise Disqualified(
            "disqualified", _("You have a conflict of interest in this case. A colleague must decide it.")
        )
    if why:
        raise Disqualified(
            "disqualified_leader",
            _("The leader of the unit has a conflict of interest in this case. The unit above must decide it."),
        )
    return f"unit:{granting_unit(permit).slug}"
