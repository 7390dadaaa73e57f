"""What this floor connects when Django starts."""

from __future__ import annotations

from booking.correspondence import personal, registry, services
from booking.foundation.doors import idempotency, ratelimit


def connect() -> None:
    """Register the housekeeping that belongs to no other floor."""
    registry.register_job("kept answers", idempotency.forget_old_answers)
    registry.register_job("counted tries", ratelimit.forget_old_windows)
    registry.register_job("old log-in codes", services.forget_secrets)
    personal.register()
