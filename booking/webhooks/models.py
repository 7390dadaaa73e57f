"""Where other programs want to be told, what happened, and how each telling went. Fields and constraints only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.catalogue.models import Unit


class EndpointState(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("webhook", "In use")
    PAUSED = "paused", pgettext_lazy("webhook", "Paused")
    DISABLED = "disabled", pgettext_lazy("webhook", "Switched off by the system")
    REMOVED = "removed", pgettext_lazy("webhook", "Removed")


class DisabledBecause(models.TextChoices):
    GONE = "gone", _("The receiver said that the address is gone for good (410).")
    FAILING = "failing", _("Nothing has been accepted for five days.")
    UNREADABLE = "unreadable", _("The secret can't be opened any more: its key is gone. Make a new secret.")


class WebhookEndpoint(models.Model):
    """One address of another program. ``unit`` None: the whole municipality, which only administrators set up.

    The secret is sealed (``foundation.vault``). While one is replaced, the old one signs too until ``old_until``.
    ``lease_*``: one sender at a time tells this endpoint, which keeps the order.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=1000)
    types = models.JSONField(_("events"), default=list)
    state = models.CharField(max_length=10, choices=EndpointState.choices, default=EndpointState.ACTIVE)
    because = models.CharField(max_length=12, choices=DisabledBecause.choices, blank=True)
    secret_sealed = models.TextField(blank=True)
    secret_shown_at = models.DateTimeField(null=True, blank=True)
    old_sealed = models.TextField(blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    key_id = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)  # last time that something was accepted
    failing_since = models.DateTimeField(null=True, blank=True)  # nothing has been accepted since
    failures = models.PositiveIntegerField(default=0)  # in a row
    rest_until = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="disabled") & ~Q(because="")) | (~Q(state="disabled") & Q(because="")),
                name="booking_webhook_disabled_why",
            ),
            # What is removed can't sign any more; what isn't, can.
            models.CheckConstraint(
                condition=(Q(state="removed") & Q(secret_sealed="", old_sealed=""))
                | (~Q(state="removed") & ~Q(secret_sealed="")),
                name="booking_webhook_secret",
            ),
            models.CheckConstraint(
                condition=Q(old_sealed="", old_until__isnull=True) | (~Q(old_sealed="") & Q(old_until__isnull=False)),
                name="booking_webhook_old_until",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(models.Model):
    """Something that happened, as others are told of it. ``key`` names its entry in a log: it can't be stored twice.

    ``facts`` holds ids, numbers and codes from the entry. ``body`` is made when it is first sent and never again, so
    that each try says the same under the same ``message_id``.
    """

    key = models.CharField(max_length=60, unique=True)
    message_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=40)
    about = models.BigIntegerField(null=True, blank=True)  # the case, works or round
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="booking_webhookevent_age")]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("webhook", "Waits")
    SENDING = "sending", pgettext_lazy("webhook", "Is being sent")
    DELIVERED = "delivered", pgettext_lazy("webhook", "Accepted")
    FAILED = "failed", pgettext_lazy("webhook", "Given up")
    DROPPED = "dropped", pgettext_lazy("webhook", "Not sent")


OPEN_STATES = (DeliveryState.WAITING, DeliveryState.SENDING)


class WebhookDelivery(models.Model):
    """One event for one endpoint: stored once, in the transaction of the change."""

    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)  # in all
    tries = models.PositiveIntegerField(default=0)  # since it began to wait, or was asked for again
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="booking_webhook_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending"], ended_at__isnull=True)
                | Q(state__in=["delivered", "failed", "dropped"], ended_at__isnull=False),
                name="booking_webhook_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "id"],
                condition=Q(state__in=["waiting", "sending"]),
                name="booking_webhook_open",
            ),
            models.Index(fields=["endpoint", "-id"], name="booking_webhook_log"),
            models.Index(fields=["created_at"], name="booking_webhook_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class AttemptOutcome(models.TextChoices):
    SENDING = "sending", pgettext_lazy("webhook", "Is being sent")
    ACCEPTED = "accepted", pgettext_lazy("webhook", "Accepted")
    REFUSED = "refused", pgettext_lazy("webhook", "The receiver answered with an error")
    REDIRECTED = "redirected", pgettext_lazy("webhook", "The receiver pointed to another address, which isn't followed")
    NO_ANSWER = "no_answer", pgettext_lazy("webhook", "Sent, but no answer came: perhaps received")
    UNREACHED = "unreached", pgettext_lazy("webhook", "The receiver wasn't reached")
    UNCERTAIN = "uncertain", pgettext_lazy("webhook", "Our own sender stopped: perhaps received")


class WebhookAttempt(models.Model):
    """One try. ``answer``: the first kilobyte of what came back, as text. ``sent``: the headers, never the secret."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="tried")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=AttemptOutcome.choices, default=AttemptOutcome.SENDING)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    sent = models.JSONField(default=dict)
    answer = models.TextField(blank=True)
    error = models.JSONField(default=dict, blank=True)  # {"code": ..., params}

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="booking_webhook_try_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.number} {self.outcome}"
