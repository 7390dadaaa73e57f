"""How the catalogue writes to one of the staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking.correspondence.services import enqueue


def write_to(person: Any, handler: str, key: str, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Put a letter into the outbox, in the caller's transaction. Nobody who can't sign in, or has no address."""
    address = str(getattr(person, person.get_email_field_name(), "") or "")
    if not person.is_active or not address:
        return
    enqueue(
        key=f"{key}:{person.pk}"[:200],
        handler=handler,
        payload=payload,
        recipient=address,
        recipient_user=person,
        language=getattr(person, "language", "nb") or "nb",
        due_at=now,
        now=now,
    )
