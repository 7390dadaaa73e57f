"""What was adopted, and what became of it: hours in the calendars, given back, used or not. Source: seasons.md 6, 7."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, Line, Series
from booking.catalogue.models import Resource
from booking.organisations.models import Organisation
from booking.seasons.models.proposals import Proposal
from booking.seasons.models.rounds import SeasonRound, WeeklySpan
from booking.seasons.models.wishes import Wish

USER = settings.AUTH_USER_MODEL


class Adoption(models.Model):
    """One decision: this proposal holds from then on. A second one, after appeals, changes what differs."""

    round = models.ForeignKey(SeasonRound, models.PROTECT, related_name="adoptions")
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="adoptions")
    number = models.PositiveSmallIntegerField()
    grounds = models.TextField(_("grounds"), max_length=4000)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    hat = models.CharField(max_length=100)
    at = models.DateTimeField()
    holds_from = models.DateField()  # the first local date with these hours
    complain_by = models.DateField()
    # Dates that somebody else had, and that the person who adopted was shown and accepted to leave out:
    # [[wish, resource, "2026-09-01", start, end, "who has it"], …]
    left_out = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="booking_adoption_number")]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.number}"


class SeasonCase(models.Model):
    """The case of kind `season` that carries an organisation's hours in a round: lines, release, appeal, feeds."""

    round = models.ForeignKey(SeasonRound, models.PROTECT, related_name="season_cases")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, models.PROTECT, related_name="season")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "organisation"], name="booking_seasoncase_once")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.organisation_id}"


class Allocation(WeeklySpan):
    """Weekly hours that a team has in the season, and the series of its case that they are in the calendars.

    ``since`` and ``until``: local dates, both included; a later adoption or a release of the rest ends it early.
    """

    round = models.ForeignKey(SeasonRound, models.PROTECT, related_name="allocations")
    adoption = models.ForeignKey(Adoption, models.PROTECT, related_name="allocations")
    wish = models.ForeignKey(Wish, models.PROTECT, related_name="allocations")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    series = models.OneToOneField(Series, models.PROTECT, null=True, blank=True, related_name="allocation")
    since = models.DateField()
    until = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)  # given up, or taken by a later adoption
    ended_why = models.CharField(max_length=20, blank=True)  # "adoption", "released"
    asked_to_give_up_at = models.DateTimeField(null=True, blank=True)  # two reported non-uses in a row

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, end__lte=1440) & Q(end__gt=F("start")), name="booking_allocation_span"
            ),
            models.UniqueConstraint(
                fields=["round", "wish", "resource", "weekday", "start"],
                condition=Q(ended_at__isnull=True),
                name="booking_allocation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wish_id} {self.resource_id} {self.weekday} {self.start}-{self.end}"


class UseReport(models.Model):
    """Whether a date was used, said with one tap by the organisation, the caretaker or the officer."""

    line = models.OneToOneField(Line, models.CASCADE, related_name="use_report")
    used = models.BooleanField()
    heads = models.PositiveIntegerField(null=True, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")  # None: by a link
    hat = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.line_id} {self.used}"
