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

#: No mailbox gets more letters than this, whoever asks.
ratelimit.LIMITS.setdefault("login_code_mailbox", Limits(Limit(20, 3600), None))
#: The lock-out: tries of codes, right or wrong, for one mailbox from wherever; and from one address for whatever.
ratelimit.LIMITS.setdefault("login_code_try", Limits(Limit(20, 3600), Limit(400, 3600)))


def count_request(request: HttpRequest, email: str, *, now: datetime) -> None:
    """Count one code asked for. Raises ``TooMany``."""
    address = ratelimit.client_address(request)
    ratelimit.spend("login_code", now=now, contact=f"{email} {address}", address=address)
    ratelimit.spend("login_code_mailbox", now=now, contact=email)


def count_try(request: HttpRequest, email: str, *, now: datetime) -> None:
    """Count one code typed, before it is compared. Raises ``TooMany``: from then on the right code is refused too."""
    ratelimit.spend("login_code_try", now=now, contact=email, address=ratelimit.client_address(request))
