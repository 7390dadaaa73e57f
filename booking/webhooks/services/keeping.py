"""What `tick` looks after: secrets sealed anew, old secrets gone, removed endpoints gone with their last row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from booking.foundation import vault
from booking.webhooks.models import (
    DeliveryState,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from booking.webhooks.secrets import opened, seal

_BATCH = 500


def tidy(now: datetime) -> int:
    """All of it; safe twice, late and in two places. How many rows."""
    return _forget_old_secrets(now) + _seal_anew() + _drop_what_is_gone()


def _forget_old_secrets(now: datetime) -> int:
    return WebhookEndpoint.objects.filter(old_until__lte=now).update(old_sealed="", old_until=None)


def _seal_anew() -> int:
    """After a change of keys. A secret whose key is gone already is left: the sender says so when it is needed."""
    done = 0
    newest = vault.key_id()
    stale = WebhookEndpoint.objects.exclude(key_id=newest).exclude(state=EndpointState.REMOVED)
    for pk in list(stale.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = WebhookEndpoint.objects.select_for_update().filter(pk=pk).exclude(state=EndpointState.REMOVED).first()
            if row is None:
                continue
            try:
                row.secret_sealed = seal(opened(row.secret_sealed))
                row.old_sealed = seal(opened(row.old_sealed)) if row.old_sealed else ""
            except vault.Unreadable:
                continue
            row.key_id = newest
            row.save(update_fields=["secret_sealed", "old_sealed", "key_id"])
            done += 1
    return done


def _drop_what_is_gone() -> int:
    gone = WebhookEndpoint.objects.filter(state=EndpointState.REMOVED).filter(
        ~Exists(WebhookDelivery.objects.filter(endpoint=OuterRef("pk")))
    )
    return gone.delete()[0]


def forget_deliveries(rows: QuerySet[WebhookDelivery], now: datetime) -> int:
    """Deliveries with their tries, and events that nobody has to be told of any more. How many deliveries.

    One that still waits (a paused endpoint) goes too: nobody wants to hear of it so late.
    """
    ids = list(rows.values_list("pk", flat=True))
    events = list(WebhookDelivery.objects.filter(pk__in=ids).values_list("event", flat=True))
    WebhookDelivery.objects.filter(pk__in=ids).delete()
    told = Exists(WebhookDelivery.objects.filter(event=OuterRef("pk")))
    WebhookEvent.objects.filter(~told, pk__in=events).delete()
    return len(ids)


def forgettable() -> QuerySet[WebhookDelivery]:
    """What may go by its age: not what is just being sent."""
    return WebhookDelivery.objects.exclude(state=DeliveryState.SENDING)
