"""Writes: what a case takes, what a party does about it, what who grants it says, and what time does."""

from booking.permits.services.granting import decide
from booking.permits.services.partying import add_document, confirm, say_applied
from booking.permits.services.tracking import run_permits, sync_case

__all__ = ["add_document", "confirm", "decide", "run_permits", "say_applied", "sync_case"]
