"""The links that open a caretaker's page without an account (needs N16). Fields and constraints only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, Unit

USER = settings.AUTH_USER_MODEL


class CaretakerLink(models.Model):
    """Opens the days of a unit's buildings, or of one of them, to whoever has its address.

    The database has a keyed hash of the secret only: who reads the database opens nothing, and the address can't be
    shown a second time. Who has lost it gets a new one.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="caretaker_links", verbose_name=_("unit"))
    # None: everything of the unit and of the units below it.
    building = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("building")
    )
    label = models.CharField(_("for whom"), max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, blank=True)  # since then it has another secret
    last_used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("caretaker's link")
        verbose_name_plural = _("caretakers' links")
        ordering = ["label", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="booking_caretakerlink_ended_by",
            ),
        ]

    def __str__(self) -> str:
        return self.label
