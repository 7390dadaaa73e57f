"""Writes on organisations and memberships: one function per act of a clerk, keyword-only, atomic, logged."""

from booking.organisations.services.inviting import (
    accept_invitation,
    invite,
    revoke_invitation,
)
from booking.organisations.services.leading import (
    answer_offer,
    close_lapsed_offers,
    offer_leadership,
    withdraw_offer,
)
from booking.organisations.services.lost import (
    confirm_new_leader,
    dismiss_matter,
    open_matter,
    report_lost_leader,
)
from booking.organisations.services.merging import merge_organisations
from booking.organisations.services.people import add_member, change_role, end_membership
from booking.organisations.services.registering import (
    LANGUAGES,
    register_organisation,
    set_active,
    set_inactive,
    update_organisation,
    verify_organisation,
)

__all__ = [
    "LANGUAGES",
    "accept_invitation",
    "add_member",
    "answer_offer",
    "change_role",
    "close_lapsed_offers",
    "confirm_new_leader",
    "dismiss_matter",
    "end_membership",
    "invite",
    "merge_organisations",
    "offer_leadership",
    "open_matter",
    "register_organisation",
    "report_lost_leader",
    "revoke_invitation",
    "set_active",
    "set_inactive",
    "update_organisation",
    "verify_organisation",
    "withdraw_offer",
]
