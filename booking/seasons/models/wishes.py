"""What the organisations wish for, team by team. Source: seasons.md "Flow" 2.

Teams and head counts, never names of children. Visible to all applicants from the closing date.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource
from booking.organisations.models import Organisation
from booking.seasons.models.rounds import SeasonRound

USER = settings.AUTH_USER_MODEL


class Wish(models.Model):
    """What one team of an organisation needs in a week.

    ``best`` and ``impossible``: lists of ``[weekday, start, end]`` (minutes); all else is fine. ``apart``:
    what can't be at two places at once, in the organisation's own words ("coach 2"): its wishes with a word in common
    never overlap. ``last``: what the team had last season, ``[[resource, weekday, start, end], …]``.
    """

    round = models.ForeignKey(SeasonRound, models.PROTECT, related_name="wishes")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="season_wishes")
    number = models.PositiveIntegerField()  # in the round
    team = models.CharField(_("team or group"), max_length=80)
    activity = models.CharField(_("activity"), max_length=60, blank=True)
    age_from = models.PositiveSmallIntegerField(_("age from"), null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(_("age to"), null=True, blank=True)
    adapted = models.BooleanField(_("adapted for disabled people"), default=False)
    heads = models.PositiveIntegerField(_("how many people"), default=0)
    sessions_min = models.PositiveSmallIntegerField(_("sessions a week, at least"), default=1)
    sessions_wanted = models.PositiveSmallIntegerField(_("sessions a week, wanted"), default=1)
    minutes_min = models.PositiveSmallIntegerField(_("length at least, minutes"), default=60)
    minutes_wanted = models.PositiveSmallIntegerField(_("length wanted, minutes"), default=60)
    indoor = models.BooleanField(_("an activity that needs a hall"), default=True)
    best = models.JSONField(_("best times"), default=list, blank=True)
    impossible = models.JSONField(_("impossible times"), default=list, blank=True)
    apart = models.JSONField(_("can't be at the same time"), default=list, blank=True)
    last = models.JSONField(default=list, blank=True)
    note = models.TextField(_("something we should know"), max_length=1000, blank=True)
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    entered_hat = models.CharField(max_length=100)  # "organisation:<slug>" or "unit:<slug>" (written down for them)
    received_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="booking_wish_number"),
            models.UniqueConstraint(
                fields=["round", "organisation", "team"],
                condition=Q(withdrawn_at__isnull=True),
                name="booking_wish_team_once",
            ),
            models.CheckConstraint(
                condition=Q(sessions_min__gte=1, minutes_min__gte=1)
                & Q(sessions_wanted__gte=F("sessions_min"))
                & Q(minutes_wanted__gte=F("minutes_min")),
                name="booking_wish_least_and_wanted",
            ),
            models.CheckConstraint(
                condition=Q(age_from__isnull=True) | Q(age_to__isnull=True) | Q(age_to__gte=F("age_from")),
                name="booking_wish_ages",
            ),
        ]

    def __str__(self) -> str:
        return self.team


class WishPlace(models.Model):
    """A place that the team can use, by liking: rank 1 is the one they like best."""

    wish = models.ForeignKey(Wish, models.CASCADE, related_name="places")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["wish", "rank"], name="booking_wishplace_rank"),
            models.UniqueConstraint(fields=["wish", "resource"], name="booking_wishplace_once"),
        ]

    def __str__(self) -> str:
        return f"{self.wish_id} {self.rank}: {self.resource_id}"
