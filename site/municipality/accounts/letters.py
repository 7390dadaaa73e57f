"""What accounts write: the code, and notices of changed ways in. All go through the plugin's outbox."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from booking.correspondence import registry, services
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from municipality.accounts import codes

if TYPE_CHECKING:
    from municipality.accounts.models import User

HANDLER = "municipality.accounts.letters"
NOTICE = "municipality.accounts.notice"
ADDRESS = "municipality.accounts.address"


def send_code(
    *, email: str, nonce: str, expires_at: datetime, language: str, now: datetime, purpose: str = "signin"
) -> None:
    """Queue the code letter for ``email``. The payload holds the nonce, never the code.

    ``purpose``: "signin", "prove" or "address". The letter says what the code is for: nobody shall be talked into
    reading one out that does something else.
    """
    services.enqueue(
        key=f"signin:{nonce}",
        handler=HANDLER,
        payload={"email": email, "nonce": nonce, "expires_at": expires_at.isoformat(), "purpose": purpose},
        recipient=email,
        language=language,
        due_at=now,
        now=now,
        soon=True,
    )


def render_code(payload: Mapping[str, Any], language: str) -> Letter:
    """The letter with the code, in the language of the page where it was asked for."""
    expires_at = datetime.fromisoformat(payload["expires_at"])
    context = {
        "code": codes.spaced(codes.code_for(payload["nonce"], payload["email"])),
        "until": clock.local(expires_at, booking_settings().tz),
        "purpose": payload.get("purpose", "signin"),
    }
    return render("signin_code", context, language)


def is_still_valid(payload: Mapping[str, Any]) -> bool:
    """A code that has run out is not sent any more."""
    return clock.now() < datetime.fromisoformat(payload["expires_at"])


def send_notice(user: User, change: str, *, now: datetime, to: str = "") -> None:
    """Tell the owner of an account what has changed about its ways in. ``change``: a key of ``CHANGES``.

    ``to``: another address than the account's, where somebody is who has to know.
    """
    services.enqueue(
        key=f"account:{user.pk}:{change}:{secrets.token_hex(8)}",
        handler=NOTICE,
        payload={"change": change, "at": now.isoformat()},
        recipient=to or user.email,
        recipient_user=None if to else user,
        language=user.language,
        due_at=now,
        now=now,
        soon=True,
    )


#: What may change, in the words of the letter.
CHANGES = {
    "totp_activated": _("An authenticator app was added as a second step when you log in."),
    "totp_deactivated": _("The authenticator app was removed."),
    "webauthn_added": _("A passkey was added. It opens your account without a code."),
    "webauthn_removed": _("A passkey was removed."),
    "recovery_codes_generated": _("New recovery codes were made. The old ones no longer work."),
    "second_step_reset": _("The municipality has removed your second step and logged you out everywhere."),
    "address_by_staff": _("The municipality has given your account another e-mail address."),
    "address_undone": _(
        "The former e-mail address has taken the account back. You can't log in with this one any more."
    ),
    "identity_added": _("Another login (for instance ID-porten) was connected to your account."),
    "identity_removed": _("Another login (for instance ID-porten) was disconnected from your account."),
}

#: What somebody else has done: the reader can't look it up under an account that isn't theirs any more.
BY_OTHERS = ("second_step_reset", "address_by_staff", "address_undone")


def render_notice(payload: Mapping[str, Any], language: str) -> Letter:
    """What changed, when, and what to do if it wasn't oneself."""
    conf = booking_settings()
    at = clock.local(datetime.fromisoformat(payload["at"]), conf.tz)
    by_others = payload["change"] in BY_OTHERS
    with translation.override(language):
        link = conf.public_base_url + ("/" if by_others else reverse("account_security"))
    context = {"change": CHANGES[payload["change"]], "at": at, "link": link, "by_others": by_others}
    return render("account_notice", context, language)


def send_address_notice(*, old: str, new: str, nonce: str, language: str, now: datetime) -> None:
    """Tell the OLD address that the account has another one now, with a link that undoes it (made when it is sent)."""
    services.enqueue(
        key=f"address:{nonce}",
        handler=ADDRESS,
        payload={"new": new, "nonce": nonce},
        recipient=old,
        language=language,
        due_at=now,
        now=now,
        soon=True,
    )


def render_address(payload: Mapping[str, Any], language: str) -> Letter:
    """The new address is shown in part: the old mailbox may be somebody else's by now."""
    name, _at, host = payload["new"].partition("@")
    context = {"new": f"{name[:2]}…@{host}", "link": undo_url(payload["nonce"], language)}
    return render("account_address", context, language)


def undo_url(nonce: str, language: str) -> str:
    """The link that undoes a change of address. The database alone doesn't hold it."""
    with translation.override(language):
        return booking_settings().public_base_url + reverse("account_address_undo", args=[codes.link_token(nonce)])


def connect() -> None:
    """Tell the outbox how the letters are written. Secret: the row forgets its payload once it is sent."""
    registry.register(HANDLER, render_code, is_still_valid, secret=True)
    registry.register(ADDRESS, render_address, secret=True)
    registry.register(NOTICE, render_notice)
