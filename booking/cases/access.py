"""Who may do what with a case, and who must keep away from it. Reads only.

Party: requester, responsible adult, or a leading role in an organisation on the case. Staff: officer or leader in the
case's unit or in a unit above it. Source: requests.md "Deciding" (conflict of interest), api.md "Hat".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.models import HOSTING, Case, HostState, Tie
from booking.catalogue import selectors as catalogue
from booking.foundation.errors import Disqualified, Forbidden, HatRequired
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation

#: Roles in a unit that may prepare and decide.
DECIDING_ROLES = ("officer", "leader")


def hosts_of(case: Case) -> list[Organisation]:
    """The organisation and the co-hosts, also those that are asked and haven't answered: a conflict of interest
    doesn't wait for the answer. One query."""
    return _hosts(case, HOSTING)


def bound_hosts(case: Case) -> list[Organisation]:
    """The organisation and the co-hosts that have said yes: who may give time back, change it or appeal. One query."""
    return _hosts(case, (HostState.ACCEPTED,))


def _hosts(case: Case, states: Sequence[str]) -> list[Organisation]:
    rows = case.co_hosts.filter(state__in=states).select_related("organisation").order_by("pk")
    hosts = [host.organisation for host in rows]
    return [case.organisation, *hosts] if case.organisation is not None else hosts


def is_staff_for(user: Any, case: Case, on: date) -> bool:
    """Officer or leader in the case's unit or in a unit above it, on that day."""
    return catalogue.units_of(user, on, roles=DECIDING_ROLES).filter(pk=case.unit_id).exists()


def disqualification(
    user: Any, case: Case, hosts: Iterable[Organisation], on: date, *, declared: bool = True
) -> str | None:
    """Why `user` must keep away: requester, responsible, organisation, or tie (declared); None when they needn't.

    A declared tie counts until the leader has said that it doesn't matter; the others nobody can relax.

    Only for our own use and for who it concerns: the parties never learn which tie it is.
    """
    if user is None or user.pk is None:
        return None
    if case.requester_id == user.pk or _is_contact(user, case):
        return "requester"
    address = str(getattr(user, user.get_email_field_name(), "") or "").lower()
    if case.responsible_id == user.pk or (address and case.responsible_email.lower() == address):
        return "responsible"
    if organisations.has_leading_role(user, hosts, on):
        return "organisation"
    if declared and case.pk and Tie.objects.filter(case=case.pk, user=user.pk).exclude(verdict="fit").exists():
        return "tie"
    return None


def leads(user: Any, case: Case, on: date) -> bool:
    """Leader of the case's unit or of a unit above it, on that day."""
    return catalogue.units_of(user, on, roles=("leader",)).filter(pk=case.unit_id).exists()


def leader_is_out(case: Case, hosts: Sequence[Organisation], on: date) -> bool:
    """Every leader of the unit has a conflict of interest: its people prepare, and others decide."""
    leaders = catalogue.leaders(case.unit, on)
    return bool(leaders) and all(disqualification(one, case, hosts, on) for one in leaders)


def impartial(
    case: Case, hosts: Sequence[Organisation], on: date, first: Iterable[Any] = (), *, without: Any = None
) -> Any:
    """Who has the case instead of somebody with ties: `first` (deputy and so on), the unit's leaders, the line above.

    `without`: who is leaving, and so is passed over. So is whoever can't sign in, or works here no longer.

    Under a leader with ties nobody of the unit decides: it goes to the unit above, at the top to the named substitute
    (requests.md "Conflict of interest"). None when there is nobody.
    """
    line: list[Any] = []
    if not leader_is_out(case, hosts, on):
        line += [*first, *catalogue.leaders(case.unit, on)]
    elif case.unit.parent_id is None:
        line.append(case.unit.substitute)
    parent = case.unit.parent
    while parent is not None:
        line += [parent.officer, *catalogue.leaders(parent, on)]
        parent = parent.parent
    living = catalogue.missing(on).living
    return next(
        (
            one
            for one in line
            if one is not None
            and living(one)
            and (without is None or one.pk != without.pk)
            and not disqualification(one, case, hosts, on)
        ),
        None,
    )


def check_may_prepare(user: Any, case: Case, hosts: Sequence[Organisation], on: date) -> str:
    """The hat in which `user` may prepare the case: write, ask, hand over. Always the unit's (api.md "Hat").

    Raises ``Forbidden`` for who has no such role, ``Disqualified`` for a conflict of interest. Never relaxed.
    """
    if not is_staff_for(user, case, on):
        raise Forbidden("forbidden", _("Only the unit that has the case can do this."))
    if disqualification(user, case, hosts, on):
        raise Disqualified(
            "disqualified", _("You have a conflict of interest in this case. A colleague must decide it.")
        )
    return f"unit:{case.unit.slug}"


def check_may_decide(user: Any, case: Case, hosts: Sequence[Organisation], on: date) -> str:
    """The hat in which `user` may decide. Like `check_may_prepare`, and more:

    Subordinates prepare but don't decide while every leader of the unit has a conflict of interest: then somebody with
    a role in the unit above decides, at the top the named substitute (requests.md "Conflict of interest").
    """
    hat = check_may_prepare(user, case, hosts, on)
    if leader_is_out(case, hosts, on):
        above = case.unit.parent_id
        if above is None and case.unit.substitute_id is not None and case.unit.substitute_id == user.pk:
            return hat
        if above is None or not catalogue.units_of(user, on, roles=DECIDING_ROLES).filter(pk=above).exists():
            raise Disqualified(
                "disqualified_leader",
                _("The leader of the unit has a conflict of interest in this case. The unit above must decide it."),
            )
    return hat


def party_hats(user: Any, case: Case, on: date, *, binding: bool = False) -> list[str]:
    """The hats in which `user` is a party of the case, the one it was asked in first; [] when they are none.

    `binding`: for acts that bind the others (withdraw, change, reply, appeal). An organisation that is asked to be
    co-host and hasn't said yes reads and talks, and does none of these.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return []
    leading = set(organisations.organisations_of(user, on).values_list("slug", flat=True))
    hats = [
        f"organisation:{host.slug}" for host in (bound_hosts if binding else hosts_of)(case) if host.slug in leading
    ]
    if case.requester_id == user.pk:
        hats = [case.requester_hat or "person", *(hat for hat in hats if hat != case.requester_hat)]
    elif not hats and (case.responsible_id == user.pk or _is_contact(user, case)):
        hats = ["person"]
    return hats


def _is_contact(user: Any, case: Case) -> bool:
    """Who asked without an account and has one now. Addresses are proven: whoever signs in reads their mail."""
    if case.requester_id is not None or not case.contact_email:
        return False
    address = str(getattr(user, user.get_email_field_name(), "") or "")
    return bool(address) and address.lower() == case.contact_email.lower()


def choose_hat(hats: Sequence[str], wanted: str | None, *, default: str = "") -> str:
    """The hat to act in. Raises ``Forbidden`` when none fits, ``HatRequired`` when several do and none was named.

    `default`: the hat that the person has chosen on this case before; it needs no naming again.
    """
    if wanted:
        if wanted not in hats:
            raise Forbidden("forbidden", _("You can't do this in that role."))
        return wanted
    if not hats:
        raise Forbidden("forbidden", _("Only a party of the case can do this."))
    if default and default in hats:
        return default
    if len(set(hats)) > 1:
        raise HatRequired(
            "hat_required", _("Say in which role you act: %(hats)s."), params={"hats": ", ".join(hats)}, items=hats
        )
    return hats[0]
