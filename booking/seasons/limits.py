"""How often somebody may write in a round. A club with thirty teams enters them in one evening; a school has one
address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits

ratelimit.LIMITS.setdefault("season_wish", Limits(Limit(300, 3600), Limit(2000, 3600)))


def spend(request: Any, *, now: datetime, action: str = "season_wish") -> None:
    """One try more. Raises ``TooMany``."""
    ratelimit.spend(action, now=now, contact=str(request.user.pk), address=ratelimit.client_address(request))


#: A new proposal; and a change of one: they come in bursts, and a program that goes wild stops here.
PROPOSAL, CHANGE = "season_proposal", "season_change"

ratelimit.LIMITS.setdefault(PROPOSAL, Limits(Limit(60, 3600), Limit(600, 3600)))
ratelimit.LIMITS.setdefault(CHANGE, Limits(Limit(1200, 3600), Limit(6000, 3600)))
