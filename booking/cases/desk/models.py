"""What the desk keeps: lists by name, where somebody begins, links that were used, mornings that were seen to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.catalogue.models import Unit

USER = settings.AUTH_USER_MODEL


class SavedView(models.Model):
    """The queue with certain filters, by name: of one person, or shared in a unit by its leader.

    ``removed_at``: it is gone from every list; nothing is deleted by a press of a button.
    """

    owner = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=60)
    query = models.CharField(max_length=600, blank=True)  # rules.clean_query
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, unit__isnull=True) | Q(owner__isnull=True, unit__isnull=False),
                name="booking_view_owner_or_unit",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="booking_view_has_title"),
            models.UniqueConstraint(
                fields=["owner", "title"], condition=Q(removed_at__isnull=True), name="booking_view_own_title_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "title"], condition=Q(removed_at__isnull=True), name="booking_view_unit_title_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StartView(models.Model):
    """With which list somebody begins. No row: with what waits on the units."""

    user = models.OneToOneField(USER, models.PROTECT, related_name="+")
    view = models.ForeignKey(SavedView, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.view_id}"


class LinkAct(models.TextChoices):
    """What a link of the morning's letter can do by itself. Deciding isn't among them: that takes signing in."""

    HOLDING = "holding_reply", _("Send a holding reply")
    ASK = "ask", _("Ask the requester")


class UsedLink(models.Model):
    """A link of the morning's letter that has been used: no second time."""

    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    act = models.CharField(max_length=15, choices=LinkAct.choices)
    day = models.DateField()  # of the letter
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "case", "act", "day"], name="booking_desklink_used_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.act} {self.case_id}"


class Morning(models.Model):
    """A day on which the morning's letters were put in the outbox."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.day)
