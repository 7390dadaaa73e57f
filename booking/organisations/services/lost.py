""" "Our leader has died or left": anybody may tell it, staff open it, two of them confirm, then a new leader stands in.

Source: needs N10, issue "Members and hats". Whoever has a leading role in the organisation, has told the matter, or is
to lead, keeps away from it (conflict of interest, never relaxed). The setting ``four_eyes`` decides whether a small
town where nobody else could confirm may do it alone; that is logged and said.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Disqualified, Forbidden, Invalid, WrongState
from booking.organisations import registry, rules, selectors
from booking.organisations.models import (
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
from booking.organisations.services.common import locked, tell, today_of, write_log, write_to
from booking.organisations.services.people import add_member, end_row


def report_lost_leader(
    *,
    organisation: Organisation,
    reason: str,
    message: str,
    user: Any = None,
    name: str = "",
    email: str = "",
    phone: str = "",
    now: datetime,
) -> LeaderMatter:
    """Tell that an organisation has lost its leader. It is answered like any enquiry: receipt, name, answer-by date.

    Anybody may, signed in or not; nothing in the organisation changes by it. Raises ``Invalid`` without words, without
    an address to answer to, or for an inactive organisation.
    """
    if reason not in LossReason.values:
        raise Invalid("reason", _("Choose what has happened."), loc=("reason",))
    body = text.clean(message, max_length=text.PURPOSE, loc=("message",), multiline=True, required=True)
    signed_in = getattr(user, "is_authenticated", False)
    contact = {
        "name": text.clean(name, max_length=150, loc=("name",)),
        "email": text.clean(email, max_length=text.EMAIL, loc=("email",), required=not signed_in),
        "phone": text.clean(phone, max_length=30, loc=("phone",)),
    }
    try:
        if contact["email"]:
            validate_email(contact["email"])
    except ValidationError:
        raise Invalid("email", _("This is not an e-mail address."), loc=("email",)) from None
    with transaction.atomic():
        organisation = locked(organisation)
        if organisation.state == OrganisationState.INACTIVE:
            raise WrongState("inactive", _("This organisation is not active any more."))
        matter = LeaderMatter.objects.create(
            organisation=organisation,
            reason=reason,
            message=body,
            filed_by=user if signed_in else None,
            filed_name=contact["name"],
            filed_email="" if signed_in else contact["email"],
            filed_at=now,
        )
        matter.reference = registry.answer_matter(matter, contact, now)
        matter.save(update_fields=["reference"])
        write_log(organisation, "leader_lost", by=matter.filed_by, now=now, data={"matter": matter.pk})
    return matter


def disqualified(user: Any, matter: LeaderMatter, on: date, *, new_leader: Any = None) -> bool:
    """Whether ``user`` must keep away: leads or books there, told the matter, is who it is about, or is to lead."""
    tied = {matter.filed_by_id, matter.concerns_id, matter.new_leader_id, getattr(new_leader, "pk", None)}
    return user.pk in tied or selectors.has_leading_role(user, [matter.organisation], on)


def open_matter(*, matter: LeaderMatter, concerns: Any, new_leader: Any, by: Any, now: datetime) -> LeaderMatter:
    """Staff take the matter up: who leads no more (``concerns``; None: nobody leads now) and who is to lead.

    Who is said to have left gets a letter and can protest before anything happens. Opened again with another person
    the confirmations start anew. Raises ``Invalid`` when ``concerns`` doesn't lead or ``new_leader`` can't,
    ``WrongState`` when the matter is closed, another one is open, or another leader remains, ``Disqualified``.
    """
    with transaction.atomic():
        organisation = locked(matter.organisation)
        matter = _fresh(matter, MatterState.RECEIVED, MatterState.OPEN)
        _check_staff(matter, by, now, new_leader=new_leader)
        _check_people(matter, organisation, concerns, new_leader, now)
        matter.state = MatterState.OPEN
        matter.concerns, matter.new_leader = concerns, new_leader
        matter.opened_by, matter.opened_at = by, now
        matter.first_by = matter.second_by = matter.first_at = matter.second_at = None
        try:
            with transaction.atomic():
                matter.save()
        except IntegrityError:
            raise WrongState("another_open", _("Another matter of this organisation is open already.")) from None
        write_log(
            organisation, "leader_matter_opened", by=by, now=now, data={"matter": matter.pk, "user": new_leader.pk}
        )
        if concerns is not None and concerns.is_active:
            key = f"organisation_leader_asked:{matter.pk}:{now.isoformat()}"
            write_to(concerns, "organisation_leader_asked", key, {"matter": matter.pk}, now=now)
    return matter


def confirm_new_leader(*, matter: LeaderMatter, by: Any, now: datetime) -> LeaderMatter:
    """One of the two confirmations; with the second the new leader stands in, in the same transaction.

    The same person twice is once. Where nobody else could confirm and ``four_eyes`` is ``where_possible``, one is
    enough, and ``alone`` says so. Raises ``WrongState``, ``Disqualified``, ``Forbidden``.
    """
    with transaction.atomic():
        organisation = locked(matter.organisation)
        matter = _fresh(matter, MatterState.OPEN, MatterState.DONE)
        _check_staff(matter, by, now)
        if by.pk in (matter.first_by_id, matter.second_by_id):
            return matter
        if matter.state == MatterState.DONE:
            raise WrongState("done", _("A new leader stands in already."))
        _check_people(matter, organisation, matter.concerns, matter.new_leader, now)
        if matter.first_by_id is None:
            matter.first_by, matter.first_at = by, now
            if not rules.two_needed(setting=booking_settings().four_eyes, others=_others(matter, by, now)):
                matter.alone = True
        else:
            matter.second_by, matter.second_at = by, now
        data = {"matter": matter.pk, "alone": matter.alone}
        write_log(organisation, "leader_confirmed", by=by, now=now, data=data)
        if matter.second_by_id is not None or matter.alone:
            _stand_in(matter, organisation, by=by, now=now)
        matter.save()
    return matter


def dismiss_matter(*, matter: LeaderMatter, grounds: str, by: Any, now: datetime) -> LeaderMatter:
    """Nothing comes of it, with grounds. The answer to who told it is written on the enquiry. Twice is once."""
    reason = text.clean(grounds, max_length=text.PURPOSE, loc=("grounds",), multiline=True, required=True)
    with transaction.atomic():
        organisation = locked(matter.organisation)
        matter = _fresh(matter, MatterState.RECEIVED, MatterState.OPEN, MatterState.DISMISSED)
        _check_staff(matter, by, now)
        if matter.state != MatterState.DISMISSED:
            matter.state, matter.closed_at, matter.grounds = MatterState.DISMISSED, now, reason
            matter.save(update_fields=["state", "closed_at", "grounds"])
            write_log(organisation, "leader_matter_dismissed", by=by, now=now, data={"matter": matter.pk})
    return matter


def may_confirm(matter: LeaderMatter, now: datetime) -> list[Any]:
    """Staff who could confirm now, without a conflict of interest and not counted yet."""
    today = today_of(now)
    return [
        user
        for user in selectors.staff_people(today)
        if user.pk not in (matter.first_by_id, matter.second_by_id) and not disqualified(user, matter, today)
    ]


def _others(matter: LeaderMatter, by: Any, now: datetime) -> int:
    return len([user for user in may_confirm(matter, now) if user.pk != by.pk])


def _fresh(matter: LeaderMatter, *states: str) -> LeaderMatter:
    related = ("organisation", "concerns", "new_leader", "first_by")
    row = LeaderMatter.objects.select_for_update(of=("self",)).select_related(*related).get(pk=matter.pk)
    if row.state not in states:
        raise WrongState("closed", _("This matter is closed, or nobody has opened it yet."))
    return row


def _check_staff(matter: LeaderMatter, by: Any, now: datetime, *, new_leader: Any = None) -> None:
    today = today_of(now)
    if not selectors.is_staff(by, today):
        raise Forbidden("forbidden", _("Only case officers and unit leaders can do this."))
    if disqualified(by, matter, today, new_leader=new_leader):
        raise Disqualified("disqualified", _("You have a conflict of interest here. A colleague has to do this."))


def _check_people(
    matter: LeaderMatter, organisation: Organisation, concerns: Any, new_leader: Any, now: datetime
) -> None:
    today = today_of(now)
    leading = set(
        Membership.objects.filter(
            selectors.current(today), organisation=organisation, role=MemberRole.LEADER
        ).values_list("user_id", flat=True)
    )
    if concerns is not None and concerns.pk not in leading:
        raise Invalid("not_leader", _("This person doesn't lead the organisation."), loc=("concerns",))
    if new_leader is None or not new_leader.is_active or (concerns is not None and new_leader.pk == concerns.pk):
        raise Invalid("new_leader", _("Choose another person who can sign in."), loc=("new_leader",))
    remaining = set(selectors.leaders(organisation, today).values_list("user_id", flat=True))
    remaining -= {getattr(concerns, "pk", None)}
    if remaining:
        raise WrongState("leader_left", _("There is another leader, who can name a new one."))


def _stand_in(matter: LeaderMatter, organisation: Organisation, *, by: Any, now: datetime) -> None:
    """The new leader's role begins, the old one's ends; offers of the old one are void; other matters are settled."""
    today = today_of(now)
    add_member(organisation=organisation, user=matter.new_leader, role=MemberRole.LEADER, by=by, now=now)
    gone = Membership.objects.select_for_update().filter(
        selectors.current(today), organisation=organisation, role=MemberRole.LEADER
    )
    for row in gone.exclude(user=matter.new_leader).order_by("pk"):
        end_row(row, None, today)
        write_log(organisation, "member_ended", by=by, now=now, data={"user": row.user_id, "role": row.role})
    LeadershipOffer.objects.filter(organisation=organisation, state=OfferState.OPEN).update(
        state=OfferState.WITHDRAWN, answered_at=now
    )
    LeaderMatter.objects.filter(organisation=organisation, state=MatterState.RECEIVED).exclude(pk=matter.pk).update(
        state=MatterState.DISMISSED, closed_at=now, grounds=""
    )
    matter.state, matter.closed_at = MatterState.DONE, now
    key = f"organisation_new_leader:{matter.pk}"
    for person in (matter.new_leader, matter.concerns):
        if person is not None and person.is_active:
            write_to(person, "organisation_new_leader", key, {"matter": matter.pk}, now=now)
    tell(organisation)
