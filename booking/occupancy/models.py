"""The one calendar table: every row says that a cell is taken (or noted) for a time, and by what."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Cell, Resource


class Klass(models.TextChoices):
    CLAIM = "claim", _("claim")  # granted, held: excludes other claims
    BLOCK = "block", _("block")  # works, closure, import: refuses new claims
    NOTE = "note", _("note")  # requested, displaced, nuisance: shown, excludes nothing


class Status(models.TextChoices):
    """What availability says of the row (api.md). Empty: not shown at all (a displaced line)."""

    CONFIRMED = "confirmed", _("taken")
    TENTATIVE = "tentative", _("asked for")
    WORKS = "works", _("works")
    CLOSED = "closed", _("closed")


class Cause(models.TextChoices):
    LINE = "line", _("line of a case")
    CLOSURE = "closure", _("closure")
    IMPORT = "import", _("imported calendar")
    MAINTENANCE = "maintenance", _("maintenance")
    WORKS = "works", _("works")
    TAKE_BACK = "take_back", _("taken back by the municipality")
    CHANGE = "change", _("proposed change of a line")
    WORKS_OFFER = "works_offer", _("another time or place, held for whom works meet")


class Occupancy(models.Model):
    """One cell, one time.

    start, end               what is shown, with the line's set-up and tear-down
    block_start, block_end   the same plus the resource's buffers, frozen when taken: what the constraint uses
    long                     lasts over two days: such rows have an index of their own, so that the bound
                             "starts at most two days before the window" serves all the others
    The database refuses overlapping claims and claims over blocks (booking/occupancy/guards.py).
    """

    cell = models.ForeignKey(Cell, models.PROTECT, related_name="+", db_index=False)
    # The one that was asked for; others may share the cell.
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+", db_index=False)
    exclusive = models.BooleanField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    block_start = models.DateTimeField()
    block_end = models.DateTimeField()
    quantity = models.PositiveIntegerField(default=1)
    klass = models.CharField(max_length=5, choices=Klass.choices)
    status = models.CharField(max_length=10, choices=Status.choices, blank=True)
    cause_kind = models.CharField(max_length=12, choices=Cause.choices)
    cause_id = models.BigIntegerField()
    label = models.CharField(max_length=150, blank=True)  # only a title that is public
    long = models.BooleanField(default=False)
    # When it lost its claim: the last to lose it had it lawfully, so it comes back before those that waited already.
    displaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_occupancy_order"),
            models.CheckConstraint(
                condition=Q(block_start__lte=F("start")) & Q(block_end__gte=F("end")),
                name="booking_occupancy_block_contains",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_occupancy_quantity"),
            models.UniqueConstraint(
                fields=["cause_kind", "cause_id", "cell", "start"], name="booking_occupancy_cause_once"
            ),
        ]
        indexes = [
            models.Index(fields=["cell", "block_start", "block_end"], name="booking_occ_cell_start"),
            models.Index(fields=["block_start", "block_end", "cell"], name="booking_occ_start"),
            models.Index(fields=["cell", "block_end"], condition=Q(long=True), name="booking_occ_long"),
        ]

    def __str__(self) -> str:
        return f"{self.klass} on {self.cell_id}: {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"


class Closure(models.Model):
    """Time that nobody can have on a resource (and so on all that shares its cells): closed, or maintenance."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="closures")
    start = models.DateTimeField()
    end = models.DateTimeField()
    reason = models.CharField(_("why"), max_length=150)
    maintenance = models.BooleanField(default=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # in calendars
    # Made in one go: several things, or the dates of a row of days. They are shown, ended and taken back together.
    batch = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_closure_order")]
        indexes = [models.Index(fields=["resource", "end"], name="booking_closure_resource")]

    def __str__(self) -> str:
        return f"{self.reason}: {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"
