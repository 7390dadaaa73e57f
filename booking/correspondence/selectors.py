"""What has gone out, what has not, and how old the oldest is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet

from booking.correspondence.models import Heartbeat, OutboxMessage, OutboxState


def sent_mail() -> QuerySet[OutboxMessage]:
    """What was sent, newest first, for the "sent mail" page of a demo. Secret letters have neither subject nor text."""
    return OutboxMessage.objects.filter(state=OutboxState.SENT).order_by("-sent_at", "-id")


def not_gone_out(now: datetime, *, after: timedelta = timedelta(minutes=10)) -> QuerySet[OutboxMessage]:
    """What staff must see: given up, come back, uncertain, or due for longer than `after`. Oldest first."""
    return OutboxMessage.objects.filter(
        Q(state__in=[OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.BOUNCED])
        | Q(state__in=[OutboxState.QUEUED, OutboxState.SENDING], created_at__lte=now - after, due_at__lte=now)
        | Q(state=OutboxState.QUEUED, attempts__gte=1)
    ).order_by("created_at", "id")


def oldest_due(now: datetime) -> timedelta:
    """How long the oldest due message has waited. Zero when nothing is due."""
    first = OutboxMessage.objects.filter(
        Q(state__in=[OutboxState.QUEUED, OutboxState.SENDING]) & (Q(due_at__lte=now) | Q(attempts__gte=1))
    ).aggregate(first=Min("created_at"))["first"]
    return max(now - first, timedelta()) if first else timedelta()


def heartbeats() -> dict[str, datetime]:
    """When `tick` and `work` were last alive."""
    return dict(Heartbeat.objects.values_list("name", "at"))
