"""Faults that anybody in a venue reports by the code on the wall (needs N15). Fields and constraints only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.catalogue.models import Resource

USER = settings.AUTH_USER_MODEL


class FaultKind(models.TextChoices):
    BROKEN = "broken", _("Something is broken")
    DANGER = "danger", _("Something is dangerous")
    LIGHT = "light", _("Light or power")
    WATER = "water", _("Water, toilet or heating")
    DIRTY = "dirty", _("Not clean")
    MISSING = "missing", _("Something is missing")
    DOOR = "door", _("Door, lock or alarm")
    OTHER = "other", _("Something else")


class FaultState(models.TextChoices):
    RECEIVED = "received", _("Received")
    LOOKED_AT = "looked_at", _("Being looked at")
    MENDED = "mended", _("Mended")
    NOT_MENDED = "not_mended", _("Not mended")


class WallCode(models.Model):
    """The short code that hangs in a venue. It is no secret: it only says which thing one stands before."""

    resource = models.OneToOneField(Resource, models.PROTECT, related_name="wall_code")
    code = models.CharField(max_length=8, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class Fault(models.Model):
    """What is wrong with a thing. Its case has the number, the unit, the promised date and the talk.

    Nothing here says who told it: an address to answer to stands with the case, if there is one.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="fault")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="faults")
    kind = models.CharField(_("what is wrong"), max_length=10, choices=FaultKind.choices)
    words = models.TextField(_("in your words"), blank=True)
    state = models.CharField(max_length=12, choices=FaultState.choices, default=FaultState.RECEIVED)
    why = models.CharField(_("why it isn't mended"), max_length=300, blank=True)
    reported_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    too = models.PositiveIntegerField(default=0)  # how many others have said "me too"

    class Meta:
        verbose_name = _("fault")
        verbose_name_plural = _("faults")
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["received", "looked_at"], settled_at__isnull=True)
                | Q(state__in=["mended", "not_mended"], settled_at__isnull=False),
                name="booking_fault_settled",
            ),
            models.CheckConstraint(condition=~Q(state="not_mended") | ~Q(why=""), name="booking_fault_why_not"),
        ]
        indexes = [models.Index(fields=["resource", "state"], name="booking_fault_resource")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.kind}"


class FaultPhoto(models.Model):
    """A picture of it, drawn anew from what was sent: nothing but the pixels is kept, no place and no camera."""

    fault = models.OneToOneField(Fault, models.CASCADE, related_name="photo")
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.fault_id}: {self.width} × {self.height}"
