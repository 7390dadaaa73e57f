"""Invitations by link: unguessable, good for one person and fourteen days, useless to who reads the database.

The link's secret is computed from a random nonce and the site's secret key. The row keeps only the secret's hash, the
outbox only the nonce (erased once the letter has left), so neither a copy of the database nor a log opens anything.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from booking.correspondence.services import enqueue
from booking.foundation import text
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from booking.organisations import rules, selectors
from booking.organisations.models import Invitation, MemberRole, Membership, Organisation, OrganisationState
from booking.organisations.services.common import locked, today_of, write_log
from booking.organisations.services.people import add_member

_SALT = "samskap.organisations.invitation"
#: So many links of one organisation may be open at once.
MOST_OPEN = 50


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation, and the nonce that its link is computed from. The nonce is to be shown once, never stored."""

    invitation: Invitation
    nonce: str


def token_of(nonce: str) -> str:
    """The secret of the link that belongs to ``nonce``: 43 letters and digits."""
    digest = salted_hmac(_SALT, nonce, algorithm="sha256").digest()
    return _plain(digest)


def _plain(digest: bytes) -> str:
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    number, letters = int.from_bytes(digest, "big"), []
    for _place in range(43):
        number, rest = divmod(number, len(alphabet))
        letters.append(alphabet[rest])
    return "".join(letters)


def hash_of(token: str) -> str:
    """What the database keeps of a link. The token has 250 bits: a plain hash can't be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_invitation(token: str) -> Invitation:
    """The invitation behind a link, whatever its state. Raises ``NotFound``."""
    found = (
        Invitation.objects.select_related("organisation", "created_by").filter(token_hash=hash_of(token[:100])).first()
    )
    if found is None:
        raise NotFound("unknown_invitation", _("There is no such invitation."))
    return found


def invite(*, organisation: Organisation, role: str, email: str = "", by: Any, now: datetime) -> Invited:
    """Make a link that gives ``role`` to one person; with ``email`` a letter takes it there.

    Raises ``Invalid`` (``role``, ``email``), ``Forbidden`` when ``by`` may not give that role, ``WrongState`` for an
    inactive organisation or too many open links.
    """
    if role not in MemberRole.values:
        raise Invalid("role", _("There is no such role."), loc=("role",))
    address = text.clean(email, max_length=text.EMAIL, loc=("email",))
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise Invalid("email", _("This is not an e-mail address."), loc=("email",)) from None
    nonce = secrets.token_urlsafe(24)
    with transaction.atomic():
        organisation = locked(organisation)
        if organisation.state == OrganisationState.INACTIVE:
            raise WrongState("inactive", _("This organisation is inactive. Make it active first."))
        _check_may_give(organisation, role, by, now)
        if open_invitations(organisation, now).count() >= MOST_OPEN:
            raise WrongState(
                "too_many_invitations", _("There are many open invitations already. Take some back first.")
            )
        invitation = Invitation.objects.create(
            organisation=organisation,
            role=role,
            email=address,
            token_hash=hash_of(token_of(nonce)),
            created_by=by,
            created_at=now,
            expires_at=now + rules.INVITATION_LIFE,
        )
        write_log(organisation, "invited", by=by, now=now, data={"invitation": invitation.pk, "role": role})
        if address:
            enqueue(
                key=f"organisation_invitation:{invitation.pk}",
                handler="organisation_invitation",
                payload={"invitation": invitation.pk, "nonce": nonce},
                recipient=address,
                language=organisation.language,
                due_at=now,
                now=now,
                soon=True,
            )
    return Invited(invitation, nonce)


def open_invitations(organisation: Organisation, now: datetime) -> Any:
    """Links that still open something, newest first."""
    return Invitation.objects.filter(
        organisation=organisation, accepted_at=None, revoked_at=None, expires_at__gt=now
    ).select_related("created_by")


def check_usable(invitation: Invitation, now: datetime) -> None:
    """Raises ``WrongState`` (``used, revoked, expired, inviter_gone, inactive``) with honest words for the page."""
    if invitation.accepted_at is not None:
        raise WrongState("used", _("This invitation has been used already. A link is good for one person."))
    if invitation.revoked_at is not None:
        raise WrongState("revoked", _("This invitation has been taken back."))
    if invitation.expires_at <= now:
        raise WrongState("expired", _("This invitation has expired. Ask for a new one."))
    if invitation.organisation.state == OrganisationState.INACTIVE:
        raise WrongState("inactive", _("This organisation is not active any more."))
    try:
        _check_may_give(invitation.organisation, invitation.role, invitation.created_by, now)
    except Forbidden:
        raise WrongState(
            "inviter_gone",
            _("Who invited you may not invite for this organisation any more. Ask for a new invitation."),
        ) from None


def accept_invitation(*, token: str, user: Any, now: datetime) -> Membership:
    """``user`` takes the role that the link gives. Pressed twice by the same person it is the same membership.

    Two at once: the first has it, the other is told that it was used. Raises ``NotFound``, ``WrongState``.
    """
    with transaction.atomic():
        # The organisation's lock first, as everywhere; then the row is read again under it.
        organisation = locked(find_invitation(token).organisation)
        invitation = Invitation.objects.select_for_update().get(token_hash=hash_of(token[:100]))
        if invitation.accepted_by_id == user.pk:
            mine = Membership.objects.filter(organisation=organisation, user=user, role=invitation.role)
            if (row := mine.order_by("-pk").first()) is not None:
                return row
        invitation.organisation = organisation
        check_usable(invitation, now)
        membership = add_member(organisation=organisation, user=user, role=invitation.role, by=user, now=now)
        invitation.accepted_by, invitation.accepted_at = user, now
        invitation.save(update_fields=["accepted_by", "accepted_at"])
        write_log(organisation, "invitation_accepted", by=user, now=now, data={"invitation": invitation.pk})
    return membership


def revoke_invitation(*, invitation: Invitation, by: Any, now: datetime) -> Invitation:
    """The link opens nothing any more. Twice is once; raises ``WrongState`` (``used``) when it was accepted first."""
    with transaction.atomic():
        organisation = locked(invitation.organisation)
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        _check_may_give(organisation, invitation.role, by, now)
        if invitation.accepted_at is not None:
            raise WrongState("used", _("This invitation has been used already. End the role instead."))
        if invitation.revoked_at is None:
            invitation.revoked_by, invitation.revoked_at = by, now
            invitation.save(update_fields=["revoked_by", "revoked_at"])
            write_log(organisation, "invitation_revoked", by=by, now=now, data={"invitation": invitation.pk})
    return invitation


def _check_may_give(organisation: Organisation, role: str, by: Any, now: datetime) -> None:
    today = today_of(now)
    held = selectors.role_names(by, organisation, today) if by.is_active else []
    if not rules.may_manage(held, role) and not selectors.is_staff(by, today):
        raise Forbidden("forbidden", _("Only the leader and the board can do this, and only a leader names a leader."))
