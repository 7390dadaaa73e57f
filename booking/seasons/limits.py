"""Limits on tries of people and programs that make and change proposals."""

from __future__ import annotations

from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits

#: A new proposal; and a change of one: they come in bursts, and a program that goes wild stops here.
PROPOSAL, CHANGE = "season_proposal", "season_change"

ratelimit.LIMITS.setdefault(PROPOSAL, Limits(Limit(60, 3600), Limit(600, 3600)))
ratelimit.LIMITS.setdefault(CHANGE, Limits(Limit(1200, 3600), Limit(6000, 3600)))
