"""What somebody who can't sign in any more leaves behind in organisations: nothing may point at nobody (needs N9).

Their invitations and questions open nothing from that second on; here they are closed, so that lists say so too. An
organisation that has lost its last leader is put before the municipality, as if somebody had told it (`lost`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from booking.foundation.errors import WrongState
from booking.organisations import selectors
from booking.organisations.models import (
    Invitation,
    LeaderMatter,
    LeadershipOffer,
    LossReason,
    MatterState,
    MemberRole,
    Membership,
    OfferState,
    Organisation,
    OrganisationState,
)
from booking.organisations.services.common import today_of, write_log
from booking.organisations.services.inviting import check_usable


@transaction.atomic
def let_go(leaver: Any, now: datetime) -> None:
    """Close what ``leaver`` can't answer for any more. Called by the catalogue's signal, in its transaction."""
    _close_invitations(leaver, now)
    if leaver.is_active:
        return  # left the municipality's service, not their own organisations
    offers = LeadershipOffer.objects.filter(state=OfferState.OPEN)
    offers.filter(offered_by=leaver).update(state=OfferState.WITHDRAWN, answered_at=now)
    offers.filter(offered_to=leaver).update(state=OfferState.LAPSED, answered_at=now)
    _tell_of_lost_leaders(leaver, now)


def _close_invitations(leaver: Any, now: datetime) -> None:
    rows = Invitation.objects.select_for_update(of=("self",)).filter(
        created_by=leaver, accepted_at=None, revoked_at=None, expires_at__gt=now
    )
    for row in rows.select_related("organisation").order_by("pk"):
        # The row as it was read may hold another copy of the person, who could sign in a moment ago.
        row.created_by = leaver
        try:
            check_usable(row, now)
        except WrongState:
            row.revoked_at = now
            row.save(update_fields=["revoked_at"])
            write_log(row.organisation, "invitation_revoked", by=None, now=now, data={"invitation": row.pk})


def _tell_of_lost_leaders(leaver: Any, now: datetime) -> None:
    today = today_of(now)
    led = Membership.objects.filter(selectors.current(today), user=leaver, role=MemberRole.LEADER)
    organisations = Organisation.objects.select_for_update().filter(pk__in=led.values("organisation"), merged_into=None)
    for organisation in organisations.exclude(state=OrganisationState.INACTIVE).order_by("pk"):
        if selectors.leaders(organisation, today).exclude(user=leaver).exists():
            continue
        waiting = Q(state__in=[MatterState.RECEIVED, MatterState.OPEN])
        if LeaderMatter.objects.filter(waiting, organisation=organisation).exists():
            continue
        with override(organisation.language):
            words = gettext("The account of the last leader has been closed. Nobody leads the organisation now.")
        matter = LeaderMatter.objects.create(
            organisation=organisation, reason=LossReason.LEFT, message=words, filed_at=now
        )
        write_log(organisation, "leader_lost", by=None, now=now, data={"matter": matter.pk})
