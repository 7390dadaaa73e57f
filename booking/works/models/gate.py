"""What stands between plan and start: conflicts with granted time, and the decisions to start all the same."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Line
from booking.catalogue.models import Resource
from booking.works.models.core import Works, WorksVersion
from booking.works.models.parties import WorksParty

USER = settings.AUTH_USER_MODEL


class ConflictState(models.TextChoices):
    OPEN = "open", _("Not settled")
    WORKS_MOVED = "works_moved", _("The works were moved")
    PARTIAL_USE = "partial_use", _("Part of the place can be used")
    TIME_SHIFTED = "time_shifted", _("Another time was found")
    RELOCATED = "relocated", _("Another place was found")
    WITHDRAWN = "withdrawn", _("The organisation gave it up")
    SUSPENDED = "suspended", _("Keeps its place, can't be used now")
    OVERRIDDEN = "overridden", _("Decided against them, with reasons")


class WorksConflict(models.Model):
    """One granted line that the works meet. Never cancelled by the system (notice-rules.md "Conflicts")."""

    works = models.ForeignKey(Works, models.PROTECT, related_name="conflicts")
    version = models.ForeignKey(WorksVersion, models.PROTECT, related_name="conflicts")  # that met it first
    line = models.ForeignKey(Line, models.PROTECT, related_name="+")
    party = models.ForeignKey(WorksParty, models.PROTECT, null=True, blank=True, related_name="conflicts")
    state = models.CharField(max_length=12, choices=ConflictState.choices, default=ConflictState.OPEN)
    reason = models.TextField(blank=True)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    settled_hat = models.CharField(max_length=100, blank=True)
    # What the line had when the works met it first: where it comes back to when the works give that time free again.
    lost_resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="+")
    lost_start = models.DateTimeField(null=True, blank=True)
    lost_end = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["works", "line"], name="booking_worksconflict_once"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="booking_worksconflict_settled",
            ),
            models.CheckConstraint(
                condition=~Q(state="overridden") | ~Q(reason=""), name="booking_worksconflict_overridden_why"
            ),
            models.CheckConstraint(
                condition=Q(lost_resource__isnull=True, lost_start__isnull=True, lost_end__isnull=True)
                | Q(lost_resource__isnull=False, lost_end__gt=F("lost_start")),
                name="booking_worksconflict_lost_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.works_id} meets {self.line_id}: {self.state}"


class WorksOfferState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("nobody answered in time")
    WITHDRAWN = "withdrawn", _("taken back")


class WorksOffer(models.Model):
    """Another time or place for a line that works meet. It is held for them until ``expires_at`` (5 working days).

    ``freed``: time that the works have given back, offered first to whom they displaced, and held for 48 hours.
    ``by`` None: the system, because time came free.
    """

    conflict = models.ForeignKey(WorksConflict, models.PROTECT, related_name="offers")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    start = models.DateTimeField()
    end = models.DateTimeField()
    state = models.CharField(max_length=10, choices=WorksOfferState.choices, default=WorksOfferState.OPEN)
    freed = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conflict"], condition=Q(state="open"), name="booking_worksoffer_open_once"
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_worksoffer_order"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_worksoffer_quantity"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="open"), name="booking_worksoffer_due")]

    def __str__(self) -> str:
        return f"{self.conflict_id} offered until {self.expires_at:%Y-%m-%d}"


class OverrideKind(models.TextChoices):
    EARLY_START = "early_start", _("Early start")
    EMERGENCY = "emergency", _("Emergency")
    OVERRUN = "overrun", _("Takes longer than told")


class EmergencyCause(models.TextChoices):
    WATER = "water", _("Burst water pipe or sewer")
    POWER = "power", _("Power or gas")
    FIRE = "fire", _("Fire or explosion")
    FLOOD = "flood", _("Flood, storm or landslide")
    STRUCTURE = "structure", _("Something may fall or break")
    ROAD = "road", _("Danger in traffic")
    OTHER = "other", _("Another danger to life, health or property")


class WorksOverride(models.Model):
    """A decision, in public, to go on without what the rules ask: by whom, why, who agreed, and the report after it.

    ``report_due``: two working days after, as a local day. Two people always: who grants or reviews isn't who asked.
    """

    works = models.ForeignKey(Works, models.PROTECT, related_name="overrides")
    version = models.ForeignKey(WorksVersion, models.PROTECT, related_name="overrides")
    kind = models.CharField(max_length=12, choices=OverrideKind.choices)
    cause = models.CharField(max_length=12, choices=EmergencyCause.choices, blank=True)
    reason = models.TextField(blank=True)
    unmet = models.JSONField(default=list, blank=True)  # codes of what was not met when it was granted
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_hat = models.CharField(max_length=100, blank=True)
    asked_at = models.DateTimeField()
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    report_due = models.DateField(null=True, blank=True)
    report = models.TextField(blank=True)
    reported_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review = models.TextField(blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)  # overdue, told to the municipal director

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | Q(kind="emergency") | ~Q(granted_by=F("asked_by")),
                name="booking_worksoverride_two_people",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("asked_by")),
                name="booking_worksoverride_second_person",
            ),
            models.CheckConstraint(condition=Q(kind="emergency") | ~Q(reason=""), name="booking_worksoverride_reason"),
            models.CheckConstraint(
                condition=~Q(kind="emergency") | (~Q(cause="") & Q(report_due__isnull=False)),
                name="booking_worksoverride_emergency_whole",
            ),
            models.CheckConstraint(
                condition=Q(reported_at__isnull=True, reported_by__isnull=True)
                | (Q(reported_at__isnull=False, reported_by__isnull=False) & ~Q(report="") & ~Q(reason="")),
                name="booking_worksoverride_report",
            ),
        ]
        indexes = [
            models.Index(
                fields=["report_due"],
                condition=Q(reported_at__isnull=True, report_due__isnull=False),
                name="booking_worksoverride_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.works_id} {self.kind}"


class CallLog(models.Model):
    """A try to reach a direct party by phone before an early start. Two, and the leader's signature, will do."""

    override = models.ForeignKey(WorksOverride, models.PROTECT, related_name="calls")
    party = models.ForeignKey(WorksParty, models.PROTECT, related_name="+")
    reached = models.BooleanField(default=False)
    consents = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(consents=False) | Q(reached=True), name="booking_calllog_consent_when_reached"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.override_id}: {self.party_id}"
