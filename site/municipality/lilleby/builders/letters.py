"""Letters about the demo's past were sent in that past: nothing historic may go out today."""

from __future__ import annotations

from datetime import datetime

from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage, OutboxState


def send_in_the_past(*, now: datetime) -> int:
    """Write every letter that was due before `now`, and keep it as sent when it was due. How many."""
    sent = 0
    for message in OutboxMessage.objects.filter(state=OutboxState.QUEUED, due_at__lte=now).order_by("due_at", "pk"):
        handler = registry.handler(message.handler)
        if not handler.still_valid(message.payload):
            message.state = OutboxState.DROPPED
        else:
            letter = handler.write(message.payload, message.language)
            message.state, message.sent_at, message.attempts = OutboxState.SENT, message.due_at, 1
            if not handler.secret:
                message.subject, message.body = " ".join(letter.subject.split())[:250], letter.text
            if handler.on_sent is not None:
                handler.on_sent(message.payload, message.due_at)
            if handler.secret:
                message.payload = {}
            sent += 1
        message.save(update_fields=["state", "sent_at", "attempts", "subject", "body", "payload"])
    return sent
