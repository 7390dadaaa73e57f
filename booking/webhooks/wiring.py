"""What webhooks connect when Django starts."""

from __future__ import annotations

from booking.correspondence import registry
from booking.foundation.signals import logged
from booking.webhooks import letters, personal
from booking.webhooks.services import record, tell_endpoints, tidy


def connect() -> None:
    """Hear of every entry of the logs; send beside the letters; look after secrets."""
    logged.connect(record, dispatch_uid="samskap.webhooks")
    registry.register_long_job("webhooks", tell_endpoints)
    registry.register_job("webhooks", tidy)
    letters.register()
    personal.register()
