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
