"""Timetables on the table: numbered, named, complete, each with its author. Source: seasons.md "Flow" 3 and 4."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource
from booking.organisations.models import Organisation
from booking.seasons.models.rounds import SeasonRound, WeeklySpan
from booking.seasons.models.wishes import Wish

USER = settings.AUTH_USER_MODEL


class AuthorKind(models.TextChoices):
    SOLVER = "solver", _("calculated")
    MUNICIPALITY = "municipality", _("the municipality")
    ORGANISATION = "organisation", _("an organisation")
    TABLE = "table", _("agreed at the meeting")
    SWAP = "swap", _("a swap that both agreed to")


class ProposalState(models.TextChoices):
    DRAFT = "draft", _("Draft, seen by its author only")
    PUBLISHED = "published", _("On the table")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Proposal(models.Model):
    """A complete timetable. A draft is edited; once on the table it stays as it is, and a change is a new proposal."""

    round = models.ForeignKey(SeasonRound, models.PROTECT, related_name="proposals")
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=100)
    note = models.TextField(_("what we thought"), max_length=2000, blank=True)
    author_kind = models.CharField(max_length=12, choices=AuthorKind.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="season_proposals"
    )
    written_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    written_hat = models.CharField(max_length=100, blank=True)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")
    state = models.CharField(max_length=9, choices=ProposalState.choices, default=ProposalState.DRAFT)
    # How it was calculated: {"method": "cp-sat"|"greedy", "levels": …, "bound": …, "gap": …, "rules": …}.
    facts = models.JSONField(default=dict, blank=True)
    seed = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)  # adopted: never edited, withdrawn or deleted
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="booking_proposal_number"),
            models.CheckConstraint(
                condition=Q(author_kind="organisation", organisation__isnull=False)
                | ~Q(author_kind="organisation") & Q(organisation__isnull=True),
                name="booking_proposal_author",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True) | ~Q(state="draft"),
                name="booking_proposal_published",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | Q(state="published"), name="booking_proposal_frozen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ProposedSlot(WeeklySpan):
    """Weekly hours of a team at a place. ``locked``: no calculation moves it. ``reason``: why a person changed it."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="slots")
    wish = models.ForeignKey(Wish, models.PROTECT, related_name="slots")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    locked = models.BooleanField(default=False)
    reason = models.CharField(_("why"), max_length=300, blank=True)

    class Meta:
        ordering = ["weekday", "start", "resource", "wish"]
        indexes = [models.Index(fields=["proposal", "resource", "weekday", "start"], name="booking_slot_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, end__lte=1440) & Q(end__gt=F("start")), name="booking_slot_span"
            ),
            models.UniqueConstraint(
                fields=["proposal", "wish", "resource", "weekday", "start"], name="booking_slot_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wish_id} {self.resource_id} {self.weekday} {self.start}-{self.end}"


class SlotChange(models.Model):
    """One hand-made change of a draft, for "undo" and for the record: slots before and after, and why.

    ``before`` and ``after``: lists of ``[wish, resource, weekday, start, end, locked]``.
    """

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="changes")
    number = models.PositiveIntegerField()
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["proposal", "number"], name="booking_slotchange_number")]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.number}"


class RunState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Calculating")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Stopped")
    FAILED = "failed", _("Failed")


class DraftRun(models.Model):
    """A calculation in the background. The best timetable so far is kept here, so that a killed worker loses little.

    ``lease_until``: a worker has it until then. ``best`` as in ``SlotChange``; ``progress`` is what the page shows.
    """

    round = models.ForeignKey(SeasonRound, models.PROTECT, related_name="runs")
    start_from = models.ForeignKey(Proposal, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=100, blank=True)
    rules = models.JSONField(default=dict)  # simulated rules may differ from the round's
    simulation = models.BooleanField(default=False)  # on last year's wishes: its result is shown, and never a proposal
    seed = models.PositiveIntegerField(default=0)
    budget = models.FloatField(default=60.0)  # deterministic seconds
    state = models.CharField(max_length=9, choices=RunState.choices, default=RunState.QUEUED)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    progress = models.JSONField(default=dict)
    best = models.JSONField(default=list)
    error = models.CharField(max_length=500, blank=True)
    proposal = models.OneToOneField(Proposal, models.SET_NULL, null=True, blank=True, related_name="run")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["state", "lease_until"], name="booking_draftrun_work")]
        constraints = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(state__in=["queued", "running"]), name="booking_draftrun_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.state}"
