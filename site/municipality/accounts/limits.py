"""How often somebody may ask for a code and try one (quality.md "Security and privacy").

Per contact first and strict; per address generous, because a whole school shares one. Asking is counted per mailbox
*and* asker before it is counted per mailbox alone: a stranger can't use up the tries of the mailbox's owner at once.
Nothing here depends on whether an account exists.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import TooMany

#: No mailbox gets more letters than this, whoever asks.
ratelimit.LIMITS.setdefault("login_code_mailbox", Limits(Limit(20, 3600), None))
#: The lock-out: tries of codes, right or wrong, for one mailbox from wherever; and from one address for whatever.
ratelimit.LIMITS.setdefault("login_code_try", Limits(Limit(20, 3600), Limit(400, 3600)))
#: Codes of an app and recovery codes: six digits stand ten tries in ten minutes.
ratelimit.LIMITS.setdefault("second_factor", Limits(Limit(10, 600), Limit(400, 3600)))
#: A code of an app, or a recovery code, opens once, in all web processes together.
ratelimit.LIMITS.setdefault("second_factor_used", Limits(Limit(1, 120), None))
#: Sign-in with a passkey or through a provider: nothing to guess, but work for us.
ratelimit.LIMITS.setdefault("other_door", Limits(None, Limit(300, 600)))


def count_request(request: HttpRequest, email: str, *, now: datetime) -> None:
    """Count one code asked for. Raises ``TooMany``."""
    address = ratelimit.client_address(request)
    ratelimit.spend("login_code", now=now, contact=f"{email} {address}", address=address)
    ratelimit.spend("login_code_mailbox", now=now, contact=email)


def count_try(request: HttpRequest, email: str, *, now: datetime) -> None:
    """Count one code typed, before it is compared. Raises ``TooMany``: from then on the right code is refused too."""
    ratelimit.spend("login_code_try", now=now, contact=email, address=ratelimit.client_address(request))


def count_second_factor(request: HttpRequest, user_id: int, *, now: datetime) -> None:
    """Count one second factor tried, before it is compared. Raises ``TooMany``."""
    ratelimit.spend("second_factor", now=now, contact=str(user_id), address=ratelimit.client_address(request))


def is_first_use(user_id: int, code: str, *, now: datetime) -> bool:
    """Whether this code of an app, or recovery code, hasn't been used in the last two minutes."""
    try:
        ratelimit.spend("second_factor_used", now=now, contact=f"{user_id}:{code}")
    except TooMany:
        return False
    return True


def count_other_door(request: HttpRequest, *, now: datetime) -> None:
    """Count one sign-in begun with a passkey or through a provider. Raises ``TooMany``."""
    ratelimit.spend("other_door", now=now, address=ratelimit.client_address(request))
