"""What must be said, kept until it is said: the outbox."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class OutboxState(models.TextChoices):
    QUEUED = "queued", _("waiting to be sent")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    UNCERTAIN = "uncertain", _("perhaps sent: the sender died before it could say so")
    FAILED = "failed", _("given up")
    DROPPED = "dropped", _("no longer valid when its turn came")
    BOUNCED = "bounced", _("came back: the address doesn't take it")


class OutboxMessage(models.Model):
    """One message to one contact, written in the transaction of the change that it tells of.

    `key` is unique: the same thing is never said twice to the same contact. `handler` names the registered
    renderer; `payload` holds ids and codes only. The text is rendered when it is sent, in `language`.
    """

    key = models.CharField(max_length=200, unique=True)
    handler = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    recipient = models.EmailField()
    recipient_user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=5, default="nb")
    legal = models.BooleanField(default=False)  # prefers a duplicate to a loss after a crash (notice-rules "Sending")
    state = models.CharField(max_length=10, choices=OutboxState.choices, default=OutboxState.QUEUED)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    message_id = models.CharField(max_length=150, blank=True)
    subject = models.CharField(max_length=250, blank=True)  # as sent, for the "sent mail" page
    body = models.TextField(blank=True)
    # Of subject and text as they were sent: stays when the text has been forgotten, to prove which letter it was.
    body_hash = models.CharField(max_length=64, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["queued", "sending", "uncertain"]),
                name="booking_outbox_due",
            )
        ]

    def __str__(self) -> str:
        return self.key


class InboundState(models.TextChoices):
    RECEIVED = "received", _("received, not yet dealt with")
    DONE = "done", _("taken in")
    PARKED = "parked", _("waits for somebody to look at it")
    IGNORED = "ignored", _("needs nothing: an automatic answer, a bounce or a loop")


class InboundMail(models.Model):
    """One e-mail as it came, stored before anything is made of it. The same mail twice is one row (`key`).

    `key` is a hash of Message-ID, sender, date, subject and body: neither a second delivery nor somebody who reuses a
    Message-ID can make a mail disappear. `raw` is compressed, and erased some time after the mail was dealt with.
    """

    key = models.CharField(max_length=64, unique=True)
    message_id = models.CharField(max_length=250, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    sender_name = models.CharField(max_length=150, blank=True)
    recipients = models.JSONField(default=list)
    subject = models.CharField(max_length=250, blank=True)
    raw = models.BinaryField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes, of the whole mail
    cut = models.BooleanField(default=False)  # bigger than the limit: only its first part is here
    state = models.CharField(max_length=10, choices=InboundState.choices, default=InboundState.RECEIVED)
    reason = models.CharField(max_length=30, blank=True)  # code of why it is parked or needs nothing
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField()
    routed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("incoming e-mail")
        verbose_name_plural = _("incoming e-mails")
        indexes = [
            models.Index(fields=["received_at"], condition=models.Q(state="received"), name="booking_inbound_todo"),
            models.Index(fields=["routed_at"], condition=models.Q(raw__isnull=False), name="booking_inbound_raw"),
        ]

    def __str__(self) -> str:
        return self.message_id or self.key


class MailboxToken(models.Model):
    """The newest refresh token of the mailbox, sealed: providers give a new one with each use, and the old one dies."""

    client = models.CharField(max_length=64, unique=True)  # keyed hash of token address, client and first token
    sealed = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.client[:8]


class Heartbeat(models.Model):
    """When `tick` and `work` last ran, for /metrics and the admin."""

    name = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
