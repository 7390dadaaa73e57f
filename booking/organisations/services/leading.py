"""A leader hands over: offered to one person, who says yes or no. Both rows change in one transaction, or none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import Forbidden, Invalid, WrongState
from booking.organisations import rules, selectors
from booking.organisations.models import (
    LeadershipOffer,
    MemberRole,
    Membership,
    OfferState,
    Organisation,
    OrganisationState,
)
from booking.organisations.services.common import locked, tell, today_of, write_log, write_to
from booking.organisations.services.people import add_member, end_row


def offer_leadership(
    *, organisation: Organisation, to: Any, stays_as: str = "", by: Any, now: datetime
) -> LeadershipOffer:
    """Ask ``to``, who has a role in the organisation, to lead in place of ``by``. Nothing changes before a yes.

    ``stays_as``: the role that ``by`` keeps afterwards ("" none). Raises ``Forbidden`` unless ``by`` leads,
    ``Invalid`` for somebody who isn't a member or leads already, ``WrongState`` (``offer_open``) while another offer
    waits: the database allows one open offer per organisation.
    """
    today = today_of(now)
    if stays_as and stays_as not in (MemberRole.BOARD, MemberRole.BOOKER, MemberRole.MEMBER, MemberRole.DUTY_HELPER):
        raise Invalid("role", _("There is no such role."), loc=("stays_as",))
    with transaction.atomic():
        organisation = locked(organisation)
        if organisation.state == OrganisationState.INACTIVE:
            raise WrongState("inactive", _("This organisation is not active any more."))
        if not _leads(by, organisation, today):
            raise Forbidden("forbidden", _("Only a leader can hand over the leadership."))
        held = selectors.role_names(to, organisation, today)
        if to.pk == by.pk or not to.is_active or not held:
            raise Invalid(
                "not_a_member", _("Choose somebody else who is a member. Invite the person first."), loc=("to",)
            )
        if MemberRole.LEADER in held:
            raise Invalid("leads_already", _("This person leads the organisation already."), loc=("to",))
        LeadershipOffer.objects.filter(organisation=organisation, state=OfferState.OPEN, expires_at__lte=now).update(
            state=OfferState.LAPSED, answered_at=now
        )
        try:
            with transaction.atomic():
                offer = LeadershipOffer.objects.create(
                    organisation=organisation,
                    offered_by=by,
                    offered_to=to,
                    stays_as=stays_as,
                    created_at=now,
                    expires_at=now + rules.OFFER_LIFE,
                )
        except IntegrityError:
            raise WrongState(
                "offer_open", _("Somebody has been asked already. Take that back first, or wait for the answer.")
            ) from None
        write_log(organisation, "leadership_offered", by=by, now=now, data={"offer": offer.pk, "to": to.pk})
        write_to(to, "organisation_hand_over", f"organisation_hand_over:{offer.pk}", {"offer": offer.pk}, now=now)
    return offer


def answer_offer(*, offer: LeadershipOffer, accept: bool, by: Any, now: datetime) -> LeadershipOffer:
    """The asked person's yes or no. A yes swaps the roles at once; who asked gets a letter. The same twice is once.

    Raises ``Forbidden`` for anybody else, ``WrongState`` when the offer has been answered otherwise, withdrawn or has
    lapsed, when who offered leads no more, or who was asked has left.
    """
    today = today_of(now)
    wanted = OfferState.ACCEPTED if accept else OfferState.DECLINED
    with transaction.atomic():
        organisation = locked(offer.organisation)
        offer = _fresh(offer)
        if offer.offered_to_id != by.pk:
            raise Forbidden("forbidden", _("Only the person who was asked can answer."))
        if offer.state == wanted:
            return offer
        _check_open(offer, now)
        if accept:
            if organisation.state == OrganisationState.INACTIVE:
                raise WrongState("inactive", _("This organisation is not active any more."))
            if not _leads(offer.offered_by, organisation, today):
                raise WrongState("offerer_gone", _("Who asked you doesn't lead the organisation any more."))
            if not selectors.role_names(by, organisation, today):
                raise WrongState("not_a_member", _("You have no role in this organisation any more."))
            _swap(offer, organisation, by=by, now=now)
        offer.state, offer.answered_at = wanted, now
        offer.save(update_fields=["state", "answered_at"])
        act = "leadership_accepted" if accept else "leadership_declined"
        write_log(organisation, act, by=by, now=now, data={"offer": offer.pk})
        write_to(
            offer.offered_by,
            "organisation_offer_answered",
            f"organisation_offer_answered:{offer.pk}",
            {"offer": offer.pk},
            now=now,
        )
        tell(organisation)
    return offer


def withdraw_offer(*, offer: LeadershipOffer, by: Any, now: datetime) -> LeadershipOffer:
    """Who offered changes their mind before the answer. Twice is once. Errors as `answer_offer` has."""
    with transaction.atomic():
        organisation = locked(offer.organisation)
        offer = _fresh(offer)
        if offer.offered_by_id != by.pk and not _leads(by, organisation, today_of(now)):
            raise Forbidden("forbidden", _("Only a leader can take the question back."))
        if offer.state != OfferState.WITHDRAWN:
            _check_open(offer, now)
            offer.state, offer.answered_at = OfferState.WITHDRAWN, now
            offer.save(update_fields=["state", "answered_at"])
            write_log(organisation, "leadership_withdrawn", by=by, now=now, data={"offer": offer.pk})
    return offer


def close_lapsed_offers(now: datetime) -> int:
    """Offers that nobody answered in time; ``tick`` calls it. Nothing else changes. How many."""
    return LeadershipOffer.objects.filter(state=OfferState.OPEN, expires_at__lte=now).update(
        state=OfferState.LAPSED, answered_at=now
    )


def _fresh(offer: LeadershipOffer) -> LeadershipOffer:
    return LeadershipOffer.objects.select_for_update(of=("self",)).select_related("offered_by").get(pk=offer.pk)


def _check_open(offer: LeadershipOffer, now: datetime) -> None:
    if offer.state != OfferState.OPEN:
        raise WrongState("answered", _("This question has been answered or taken back already."))
    if offer.expires_at <= now:
        raise WrongState("expired", _("This question has lapsed. Ask for a new one."))


def _swap(offer: LeadershipOffer, organisation: Organisation, *, by: Any, now: datetime) -> None:
    """The new leader's row first, so that there is never a moment without one."""
    today = today_of(now)
    add_member(organisation=organisation, user=by, role=MemberRole.LEADER, by=by, now=now)
    if offer.stays_as:
        add_member(organisation=organisation, user=offer.offered_by, role=offer.stays_as, by=by, now=now)
    rows = Membership.objects.select_for_update().filter(
        selectors.current(today), organisation=organisation, user=offer.offered_by, role=MemberRole.LEADER
    )
    for row in rows.order_by("pk"):
        end_row(row, None, today)
        write_log(organisation, "member_ended", by=by, now=now, data={"user": row.user_id, "role": row.role})


def _leads(user: Any, organisation: Organisation, today: Any) -> bool:
    return user.is_active and MemberRole.LEADER in selectors.role_names(user, organisation, today)
