"""What this floor connects when Django starts."""

from __future__ import annotations

from booking.correspondence import incoming, personal, registry, services
from booking.correspondence.incoming import mailbox
from booking.foundation.doors import idempotency, ratelimit


def connect() -> None:
    """Register the housekeeping that belongs to no other floor."""
    registry.register_job("kept answers", idempotency.forget_old_answers)
    registry.register_job("counted tries", ratelimit.forget_old_windows)
    registry.register_job("old log-in codes", services.forget_secrets)
    personal.register()
    registry.register_job("the mailbox", mailbox.empty)
    registry.register_job("mail that came in", incoming.route_waiting)
    registry.register_job("mails as they came", incoming.erase_raw)
