"""Meetings, who is invited, what is on the agenda, and what was promised there."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, Unit
from booking.catalogue.rules import search_text
from booking.organisations.models import Organisation

USER = settings.AUTH_USER_MODEL


class MeetingState(models.TextChoices):
    DRAFT = "draft", _("Being prepared")
    INVITED = "invited", _("Called")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


class Answer(models.TextChoices):
    YES = "yes", _("We come")
    MAYBE = "maybe", _("Perhaps")
    NO = "no", _("We can't come")


class CommitmentState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class Meeting(models.Model):
    """A meeting that a unit calls. Those of one row share ``chain``: what was promised goes from each to the next."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    uid = models.UUIDField(unique=True, default=uuid.uuid4)  # in calendars, for ever
    chain = models.UUIDField(default=uuid.uuid4)
    follows = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    months_between = models.PositiveSmallIntegerField(_("months until the next one"), default=6)  # 0: only this one
    title = models.CharField(_("title"), max_length=150)
    about = models.TextField(_("what it is for"), blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="meetings")
    units = models.ManyToManyField(Unit, blank=True, related_name="+")  # others of the municipality that take part
    organisations = models.ManyToManyField(Organisation, through="MeetingParty", related_name="meetings")
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="meetings")
    place = models.CharField(_("place that isn't in the list"), max_length=200, blank=True)
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("to"))
    agenda_until = models.DateTimeField(_("agenda is open until"))
    public = models.BooleanField(_("open to everybody"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=MeetingState.choices, default=MeetingState.DRAFT)
    minutes = models.TextField(_("minutes"), blank=True)
    minutes_at = models.DateTimeField(null=True, blank=True)
    cancelled_reason = models.TextField(_("why it is cancelled"), blank=True)
    sequence = models.PositiveIntegerField(default=0)  # RFC 5545 3.8.7.4: rises with time, place and state
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    invited_at = models.DateTimeField(null=True, blank=True)
    agenda_sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # the same form twice
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-start", "-pk"]
        indexes = [
            models.Index(fields=["unit", "state", "start"], name="booking_meeting_unit"),
            models.Index(fields=["state", "start"], name="booking_meeting_state"),
            models.Index(fields=["chain", "start"], name="booking_meeting_chain"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_meeting_order"),
            models.CheckConstraint(condition=Q(agenda_until__lte=F("start")), name="booking_meeting_agenda_before"),
            models.CheckConstraint(
                condition=Q(state="held", minutes_at__isnull=False) | ~Q(state="held") & Q(minutes_at__isnull=True),
                name="booking_meeting_held",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["invited", "held"]) | Q(invited_at__isnull=False),
                name="booking_meeting_invited",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the folded text in step, whoever saves."""
        self.search_text = search_text(self.reference, self.title, self.about, self.place, self.minutes)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)


class MeetingParty(models.Model):
    """An organisation that is invited, or came by itself to an open meeting; and whether it comes."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=5, choices=Answer.choices, blank=True)
    heads = models.PositiveSmallIntegerField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "organisation"], name="booking_meeting_party_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True, answered_by__isnull=True)
                | ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False),
                name="booking_meeting_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.organisation_id}"


class AgendaPoint(models.Model):
    """Something to talk about, in the words of who put it there. ``organisation`` null: the municipality."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="points")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(_("what"), max_length=150)
    text = models.TextField(_("in your own words"), blank=True)
    outcome = models.TextField(_("what was said"), blank=True)  # in the minutes
    added_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    added_hat = models.CharField(max_length=100)
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # The same point twice, by a double press.
            models.UniqueConstraint(
                fields=["meeting", "organisation", "title"],
                condition=Q(withdrawn_at__isnull=True, organisation__isnull=False),
                name="booking_agenda_point_once",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Commitment(models.Model):
    """Who does what by when. Exactly one side owns it: an organisation, or a unit."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="commitments")
    number = models.PositiveSmallIntegerField()
    what = models.CharField(_("what"), max_length=250)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.CharField(_("who"), max_length=100, blank=True)  # a person or a post of that side, as they said
    due_on = models.DateField(_("by when"))
    state = models.CharField(max_length=8, choices=CommitmentState.choices, default=CommitmentState.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    closed_hat = models.CharField(max_length=100, blank=True)
    reason = models.CharField(_("why"), max_length=500, blank=True)  # of one that was dropped
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    reminded_for = models.DateField(null=True, blank=True)  # the day it was due when it was reminded of
    late_told_for = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["due_on"], condition=Q(state="open"), name="booking_commitment_due")]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="booking_commitment_number"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True, unit__isnull=False)
                | Q(organisation__isnull=False, unit__isnull=True),
                name="booking_commitment_one_side",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, closed_by__isnull=True)
                | ~Q(state="open") & Q(closed_at__isnull=False, closed_by__isnull=False),
                name="booking_commitment_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(reason=""), name="booking_commitment_dropped_why"
            ),
        ]

    def __str__(self) -> str:
        return self.what


class MeetingEvent(models.Model):
    """The append-only log. ``data`` holds ids, dates and codes only; text is rendered from the type when read."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    type = models.CharField(max_length=20)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.type}"
