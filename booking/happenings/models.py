"""What one can take part in regularly, as an organisation keeps it up to date (needs N20). No person stands in it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource
from booking.organisations.models import Organisation


class Answer(models.TextChoices):
    """Yes, no, or nobody has looked."""

    YES = "yes", _("yes")
    NO = "no", _("no")
    UNKNOWN = "", _("not checked")


class LeisureActivity(models.Model):
    """ "Handball for 8 to 10 years, Tuesdays 17.00 in the hall": a regular offer of an organisation.

    It is shown while ``confirmed_at`` is not too old (rules.standing). ``ages``: None for no limit. ``weekdays``: 0 for
    Monday, [] for no fixed day. ``free``, else ``cost`` says it in words.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="leisure_activities")
    title = models.CharField(_("what it is called"), max_length=100)
    about = models.TextField(_("about"), max_length=500, blank=True)
    age_from = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(120)])
    age_to = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(120)])
    weekdays = models.JSONField(default=list, blank=True)
    begins = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    season = models.CharField(_("season"), max_length=100, blank=True)
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(_("place"), max_length=150, blank=True)
    free = models.BooleanField(_("free"), default=True)
    cost = models.CharField(_("cost"), max_length=150, blank=True)
    equipment = models.CharField(_("equipment to borrow"), max_length=200, blank=True)
    step_free = models.CharField(max_length=3, choices=Answer.choices, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(age_from__isnull=True) | Q(age_to__isnull=True) | Q(age_to__gte=F("age_from")),
                name="booking_leisure_ages",
            ),
            models.CheckConstraint(condition=Q(free=True) | ~Q(cost=""), name="booking_leisure_cost_is_said"),
            models.CheckConstraint(
                condition=Q(resource__isnull=False) | ~Q(place=""), name="booking_leisure_has_a_place"
            ),
            models.CheckConstraint(
                condition=Q(begins__isnull=True, ends__isnull=True)
                | Q(begins__isnull=False, ends__isnull=False, ends__gt=F("begins")),
                name="booking_leisure_times",
            ),
        ]
        indexes = [models.Index(fields=["confirmed_at"], condition=Q(stopped_at=None), name="booking_leisure_living")]

    def __str__(self) -> str:
        return self.title
