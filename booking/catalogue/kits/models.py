"""A kit and its parts. A kit owns no time: what is asked for are its parts."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, ResourceState, Translated, Unit

#: So many of one thing in one kit.
MOST_OF_A_PART = 1000


class Kit(Translated):
    """Things of one unit that are lent together, under one name."""

    slug = models.SlugField(max_length=80, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="kits", verbose_name=_("unit"))
    state = models.CharField(_("state"), max_length=10, choices=ResourceState.choices, default=ResourceState.DRAFT)
    public = models.BooleanField(_("shown to everybody"), default=True)
    summary = models.CharField(_("in one line (bokmål)"), max_length=250, blank=True)
    summary_nn = models.CharField(_("in one line (nynorsk)"), max_length=250, blank=True)
    summary_en = models.CharField(_("in one line (English)"), max_length=250, blank=True)
    # How many parts can't be left out; the service keeps it, so that the database can refuse an empty kit.
    needed = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    revised_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("kit")
        verbose_name_plural = _("kits")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ResourceState.ACTIVE) | Q(needed__gte=1), name="booking_kit_published_has_parts"
            )
        ]


class KitPart(models.Model):
    """So many of a thing in one kit. One that may be left out is asked for unless somebody does without."""

    kit = models.ForeignKey(Kit, models.CASCADE, related_name="parts")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="in_kits", verbose_name=_("thing"))
    quantity = models.PositiveIntegerField(
        _("how many"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_A_PART)]
    )
    may_be_left_out = models.BooleanField(_("may be left out"), default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["kit", "resource"], name="booking_kitpart_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=MOST_OF_A_PART), name="booking_kitpart_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kit_id}: {self.resource_id} × {self.quantity}"
