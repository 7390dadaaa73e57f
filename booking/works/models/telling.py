"""Notices: what is said, to whom, by which channel, and what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.works.models.core import Works, WorksVersion
from booking.works.models.parties import WorksParty

USER = settings.AUTH_USER_MODEL


class NoticeKind(models.TextChoices):
    FORWARD_PLAN = "forward_plan", _("Forward plan")
    CONSULTATION = "consultation", _("What do you say?")
    NOTICE = "notice", _("Notice of works")
    REMINDER = "reminder", _("Reminder")
    CHANGE = "change", _("Change")
    RELEASE = "release", _("No longer affected")
    EARLY_START = "early_start", _("Early start")
    URGENT = "urgent", _("Urgent works")
    EMERGENCY = "emergency", _("Emergency")
    OVERRUN = "overrun", _("Takes longer")
    CANCELLED = "cancelled", _("Cancelled")
    POSTPONED = "postponed", _("Postponed")
    ANSWER = "answer", _("Our answer")
    DONE = "done", _("Done")


class WorksNotice(models.Model):
    """Something that is said about one version. Made with all its dispatches in one transaction, unique by ``key``.

    ``text`` is what it said, in bokmål, when it was made; each letter is written anew in its reader's language, and the
    outbox keeps that. The text may be erased after its time; ``text_hash`` stays. ``legal``: rather twice than never.
    """

    works = models.ForeignKey(Works, models.PROTECT, related_name="notices")
    version = models.ForeignKey(WorksVersion, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    key = models.CharField(max_length=120, unique=True)
    legal = models.BooleanField(default=True)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    superseded_at = models.DateTimeField(null=True, blank=True)  # by a newer one: what hasn't left is dropped
    data = models.JSONField(default=dict, blank=True)  # codes and days: which reminder, what changed, until when
    text = models.TextField(blank=True)
    text_hash = models.CharField(max_length=64)
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("notice of works")
        verbose_name_plural = _("notices of works")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    PHONE = "phone", _("Phone call")
    POSTER = "poster", _("Poster")
    FOLLOW = "follow", _("Those who follow the place")


class DispatchState(models.TextChoices):
    QUEUED = "queued", _("waits")
    SENDING = "sending", _("is being sent")
    SENT = "sent", _("taken")
    UNCERTAIN = "uncertain", _("perhaps sent")
    FAILED = "failed", _("not taken")
    BOUNCED = "bounced", _("came back")
    DROPPED = "dropped", _("no longer true when its turn came")
    DONE = "done", _("done")


class WorksDispatch(models.Model):
    """One message of a notice to one contact by one channel and step: unique, so that it is said once.

    ``contact``: "user:<id>", "organisation:<id>", "report:<id>", "followers", or "place:<id>" for a poster.
    E-mails lie in the outbox under ``outbox_key``; SMS are sent from here, with the same lease; phone calls and posters
    are tasks for a person (``officer``), done with an attempt.
    """

    notice = models.ForeignKey(WorksNotice, models.PROTECT, related_name="dispatches")
    contact = models.CharField(max_length=60)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    step = models.PositiveSmallIntegerField(default=1)  # rung of the ladder
    user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")  # whom it reaches
    officer = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")  # who does the task
    parties = models.ManyToManyField(WorksParty, related_name="dispatches")
    state = models.CharField(max_length=10, choices=DispatchState.choices, default=DispatchState.QUEUED)
    due_at = models.DateTimeField()
    outbox_key = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state__in=["queued", "sending", "uncertain"]),
                name="booking_worksdispatch_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["notice", "contact", "channel", "step"], name="booking_worksdispatch_once"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="booking_worksdispatch_sent_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel} {self.contact}"


class WorksAttempt(models.Model):
    """One try of a dispatch, and what came of it. Append-only."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused")
        BOUNCED = "bounced", _("came back")
        REACHED = "reached", _("reached")
        NOT_REACHED = "not_reached", _("not reached")
        PUT_UP = "put_up", _("put up")
        UNCERTAIN = "uncertain", _("perhaps sent")
        NO_CONTACT = "no_contact", _("no address or number")

    dispatch = models.ForeignKey(WorksDispatch, models.PROTECT, related_name="attempts")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.dispatch_id} {self.outcome}"


class AttemptPhoto(models.Model):
    """The photo of a poster that was put up. Its bytes lie in a row of their own."""

    attempt = models.OneToOneField(WorksAttempt, models.PROTECT, related_name="photo")
    content_type = models.CharField(max_length=40)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"photo of {self.attempt_id}"
