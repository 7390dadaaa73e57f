"""Reasons, faults and rules in words, rendered when they are read, in the reader's language."""

from __future__ import annotations

from booking.seasons.rules.saying import Reason


def reason_text(reason: Reason) -> str:
    """A reason, fault or rule as one sentence (or the middle of one, for the parts below a heading)."""
    return reason.code
