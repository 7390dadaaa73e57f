"""Who is who in an organisation: roles are given, changed and ended, and the last leader can't vanish."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import Invalid, WrongState
from booking.organisations import rules, selectors
from booking.organisations.models import (
    LeadershipOffer,
    MemberRole,
    Membership,
    OfferState,
    Organisation,
    OrganisationState,
)
from booking.organisations.services.common import locked, tell, today_of, write_log


def add_member(
    *,
    organisation: Organisation,
    user: Any,
    role: str,
    start: date | None = None,
    end: date | None = None,
    by: Any,
    now: datetime,
) -> Membership:
    """Give ``user`` a role, from ``start`` (default: today) to and including ``end`` (default: open).

    The same open role again gives the row that is there. Raises ``Invalid`` for an unknown role, dates in the wrong
    order, or a person whose account is not in use.
    """
    today = today_of(now)
    if role not in MemberRole.values:
        raise Invalid("role", _("There is no such role."), loc=("role",))
    start = start or today
    if end is not None and end < start:
        raise Invalid("end_before_start", _("The last day must not be before the first."), loc=("end",))
    if not user.is_active:
        raise Invalid("inactive_user", _("This person's account is not in use any more."), loc=("user",))
    with transaction.atomic():
        organisation = locked(organisation)
        open_row = Membership.objects.filter(organisation=organisation, user=user, role=role, end__isnull=True).first()
        if open_row is not None:
            return open_row
        membership = Membership.objects.create(organisation=organisation, user=user, role=role, start=start, end=end)
        write_log(organisation, "member_added", by=by, now=now, data={"user": user.pk, "role": role})
        tell(organisation)
    return membership


def end_membership(*, membership: Membership, by: Any, now: datetime, last_day: date | None = None) -> Membership:
    """End a role after ``last_day`` (default: yesterday, so that it is over at once). The row stays as history.

    Raises ``WrongState``: ``last_leader`` when nobody else leads an active organisation afterwards, ``ended`` when it
    is over already.
    """
    today = today_of(now)
    with transaction.atomic():
        organisation = locked(membership.organisation)
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        if membership.end is not None and membership.end < today:
            raise WrongState("ended", _("This role is over already."))
        if membership.role == MemberRole.LEADER and organisation.state != OrganisationState.INACTIVE:
            afterwards = max(today, last_day + timedelta(days=1)) if last_day else today
            others = selectors.leaders(organisation, afterwards).exclude(pk=membership.pk)
            rules.check_leaders_left(
                {membership.user_id, *others.values_list("user_id", flat=True)}, membership.user_id
            )
        end_row(membership, last_day, today)
        if membership.role == MemberRole.LEADER:
            # Who leads no more can't hand over any more.
            LeadershipOffer.objects.filter(
                organisation=organisation, offered_by=membership.user_id, state=OfferState.OPEN
            ).update(state=OfferState.WITHDRAWN, answered_at=now)
        write_log(
            organisation,
            "member_ended",
            by=by,
            now=now,
            data={"user": membership.user_id, "role": membership.role},
        )
        tell(organisation)
    return membership


def change_role(*, membership: Membership, role: str, by: Any, now: datetime) -> Membership:
    """Give the person another role instead: the old row ends, a new one starts today. Errors as the two acts have."""
    with transaction.atomic():
        organisation = locked(membership.organisation)
        added = add_member(organisation=organisation, user=membership.user, role=role, by=by, now=now)
        if added.pk != membership.pk:
            end_membership(membership=membership, by=by, now=now)
    return added


def end_row(membership: Membership, last_day: date | None, today: date) -> None:
    """Set the last day. A role that never held (it started today or later) is kept as one day, so that it shows."""
    last = last_day if last_day is not None else today - timedelta(days=1)
    if membership.start is not None and last < membership.start:
        # Ended on the day it began: history must be true, and rights must end now, so the day before is written twice.
        membership.start = last
    membership.end = last
    membership.save(update_fields=["start", "end"])
