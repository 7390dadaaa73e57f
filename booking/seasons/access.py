"""Who may do what with a round: run it, wish in it, propose in it. Reads only.

Staff: officer or leader in the round's unit or in one above it. A conflict of interest: who leads an organisation that
takes part doesn't decide (needs N10). Organisation: leader, board or booker.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.foundation.errors import Disqualified, Forbidden
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation, OrganisationState
from booking.seasons.models import SeasonRound
from booking.seasons.selectors.rounds import staff_rounds
from booking.seasons.selectors.visible import applicants

#: Roles in a unit that run a round.
RUNNING_ROLES = ("officer", "leader")


def may_run(user: Any, round: SeasonRound, on: date) -> bool:
    """Officer or leader of the round's unit or of one above it, on that day."""
    return staff_rounds(user, on, RUNNING_ROLES).filter(pk=round.pk).exists()


def check_may_run(user: Any, round: SeasonRound, on: date) -> str:
    """The hat in which ``user`` runs the round. Always the unit's. Raises ``Forbidden``."""
    if not may_run(user, round, on):
        raise Forbidden("forbidden", _("Only the unit that runs the round can do this."))
    return f"unit:{round.unit.slug}"


def is_tied(user: Any, round: SeasonRound, on: date) -> bool:
    """Whether the person leads an organisation that takes part."""
    return organisations.has_leading_role(user, applicants(round), on)


def check_may_decide(user: Any, round: SeasonRound, on: date) -> str:
    """The hat in which ``user`` decides who gets which hours: as ``check_may_run``, or as the unit's named substitute
    where there is no unit above. Never relaxed (needs N10).

    Raises ``Forbidden`` for others. ``Disqualified`` for who leads or books for an organisation that takes part; and,
    while every leader of the unit is tied so, for everybody but the unit above or the named substitute.
    """
    unit = round.unit
    substitute = unit.parent_id is None and unit.substitute_id is not None and unit.substitute_id == user.pk
    hat = f"unit:{unit.slug}" if substitute else check_may_run(user, round, on)
    hosts = list(applicants(round))
    if organisations.has_leading_role(user, hosts, on):
        raise Disqualified(
            "disqualified", _("You have a role in an organisation that takes part. A colleague must do this.")
        )
    leaders = catalogue.leaders(unit, on)
    tied = bool(leaders) and all(organisations.has_leading_role(one, hosts, on) for one in leaders)
    above = (
        unit.parent_id is not None
        and catalogue.units_of(user, on, roles=RUNNING_ROLES).filter(pk=unit.parent_id).exists()
    )
    if tied and not above and not substitute:
        raise Disqualified(
            "disqualified_leader",
            _("The leader of the unit has a role in an organisation that takes part. The unit above must do this."),
        )
    return hat


def check_acts_for(user: Any, organisation: Organisation, on: date) -> str:
    """The hat in which ``user`` acts for the organisation. Raises ``Forbidden``."""
    if organisation.state == OrganisationState.INACTIVE:
        raise Forbidden("inactive", _("This organisation is not active any more."))
    if not organisations.organisations_of(user, on).filter(pk=organisation.pk).exists():
        raise Forbidden("forbidden", _("Only the organisation's leader, board or booker can do this."))
    return f"organisation:{organisation.slug}"
