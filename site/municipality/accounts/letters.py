"""The one letter that accounts write: the code. It goes through the plugin's outbox and is tried at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking.correspondence import registry, services
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from municipality.accounts import codes

HANDLER = "municipality.accounts.letters"


def send_code(*, email: str, nonce: str, expires_at: datetime, language: str, now: datetime) -> None:
    """Queue the code letter for ``email``. The payload holds the nonce, never the code."""
    services.enqueue(
        key=f"signin:{nonce}",
        handler=HANDLER,
        payload={"email": email, "nonce": nonce, "expires_at": expires_at.isoformat()},
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
    }
    return render("signin_code", context, language)


def is_still_valid(payload: Mapping[str, Any]) -> bool:
    """A code that has run out is not sent any more."""
    return clock.now() < datetime.fromisoformat(payload["expires_at"])


def connect() -> None:
    """Tell the outbox how the letter is written. Secret: the row forgets its payload once it is sent."""
    registry.register(HANDLER, render_code, is_still_valid, secret=True)
