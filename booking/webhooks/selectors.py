"""Reads: the list, the log of one endpoint, what somebody should look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from booking.webhooks.models import (
    OPEN_STATES,
    DeliveryState,
    EndpointState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

#: Nothing accepted for so long: somebody should look.
TROUBLED_AFTER = timedelta(hours=1)


def with_counts(rows: QuerySet[WebhookEndpoint]) -> QuerySet[WebhookEndpoint]:
    """With how many wait (``waiting``) and were given up (``failed``), of what is still kept."""
    return rows.annotate(waiting=_count(OPEN_STATES), failed=_count((DeliveryState.FAILED,)))


def _count(states: Any) -> Any:
    rows = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), state__in=states).order_by()
    return Subquery(rows.values("endpoint").annotate(n=Count("pk")).values("n"))


def troubled(rows: QuerySet[WebhookEndpoint], now: datetime) -> QuerySet[WebhookEndpoint]:
    """Switched off by the system, or failing for more than an hour."""
    return rows.filter(
        Q(state=EndpointState.DISABLED)
        | Q(state=EndpointState.ACTIVE, failing_since__lte=now - TROUBLED_AFTER, failures__gt=0)
    ).order_by("name", "pk")


def log_of(endpoint: WebhookEndpoint, *, state: str = "", kind: str = "") -> QuerySet[WebhookDelivery]:
    """What was sent and waits, newest first, with the last try (``last_outcome``, ``last_status``)."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(event__type=kind)
    last = WebhookAttempt.objects.filter(delivery=OuterRef("pk"), number=F("delivery__attempts")).order_by("-number")
    return rows.annotate(
        last_outcome=Subquery(last.values("outcome")[:1]),
        last_status=Subquery(last.values("status")[:1]),
        last_at=Subquery(last.values("at")[:1]),
    )
