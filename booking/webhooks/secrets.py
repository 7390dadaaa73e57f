"""The secrets that endpoints verify with: sealed, so that a copy of the database signs nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from booking.foundation import vault
from booking.webhooks.models import WebhookEndpoint

PURPOSE = "webhook-secret"


def seal(secret: str) -> str:
    return vault.seal(PURPOSE, secret)


def opened(sealed: str) -> str:
    """Raises ``vault.Unreadable``."""
    return vault.open_sealed(PURPOSE, sealed)


def signing_keys(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """Every secret that signs now, the newest first. Raises ``vault.Unreadable`` when the newest can't be opened."""
    keys = [opened(endpoint.secret_sealed)]
    if endpoint.old_until is not None and endpoint.old_until > now:
        # Sealed with a key that was taken away: the new secret alone signs.
        with suppress(vault.Unreadable):
            keys.append(opened(endpoint.old_sealed))
    return keys
