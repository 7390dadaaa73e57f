"""A round: what is offered, by which rules, and by when. Source: seasons.md "Flow"."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, Translated, Unit
from booking.foundation.logs import Logged

USER = settings.AUTH_USER_MODEL


class RoundState(models.TextChoices):
    """Where a round stands. ``rules.flow`` says which step leads where."""

    PREPARING = "preparing", _("Being prepared")
    OPEN = "open", _("Open for wishes")
    PROPOSALS = "proposals", _("Proposals are made")
    HEARING = "hearing", _("In hearing")
    ADOPTED = "adopted", _("Adopted")
    RUNNING = "running", _("Running")
    ENDED = "ended", _("Ended")


class SeasonRound(Translated):
    """The sharing-out of the weekly hours of one season, over one or several venues.

    Dates are local, and shown to all from the first day. A date tells; a person moves the round on: only `adopted →
    running → ended` follow the calendar. ``rules`` is the preset as data as it was chosen, with what was changed in it;
    ``grid_minutes`` and the weekly times are wall-clock.
    """

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="season_rounds", verbose_name=_("unit"))
    officer = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("case officer")
    )
    deputy = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deputy"))
    taken_over = models.BooleanField(default=False)  # its officer left; until a person of the unit has looked
    about = models.TextField(_("about the round"), max_length=4000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RoundState.choices, default=RoundState.PREPARING)
    season_start = models.DateField(_("first day of the season"))
    season_end = models.DateField(_("last day of the season"))
    opens_on = models.DateField(_("wishes from"))
    closes_on = models.DateField(_("wishes until and including"))
    proposals_until = models.DateField(_("proposals until and including"))
    hearing_until = models.DateField(_("hearing until and including"))
    confirm_by = models.DateField(_("organisations confirm their hours by"))
    adopt_on = models.DateField(_("to be adopted on"))
    meeting_at = models.DateTimeField(_("meeting about the timetable"), null=True, blank=True)
    meeting_place = models.CharField(_("where the meeting is"), max_length=250, blank=True)
    adopted_by_whom = models.CharField(_("who adopts"), max_length=250, blank=True)
    complain_to = models.CharField(_("where to complain"), max_length=250, blank=True)
    complaint_days = models.PositiveSmallIntegerField(_("days to complain"), default=21)
    grid_minutes = models.PositiveSmallIntegerField(_("grid, minutes"), default=30)
    preset = models.CharField(_("rules"), max_length=40, default="small_town")
    rules = models.JSONField(default=dict, blank=True)
    seed = models.PositiveIntegerField(default=0)  # of the lottery and the solver; recorded when the round opens
    # Last year's round: its hours are "what the team had", its set-up was copied.
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    # The proposal that the hearing is about, and the one in force.
    heard = models.ForeignKey("Proposal", models.PROTECT, null=True, blank=True, related_name="+")
    adopted = models.ForeignKey("Proposal", models.PROTECT, null=True, blank=True, related_name="+")
    wishes_closed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # the same form twice
    version = models.PositiveIntegerField(default=1)  # for ETag and If-Match
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("season round")
        verbose_name_plural = _("season rounds")
        ordering = ["-season_start", "-pk"]
        indexes = [models.Index(fields=["unit", "state"], name="booking_round_unit")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RoundState.values), name="booking_round_state"),
            models.CheckConstraint(condition=Q(season_end__gte=F("season_start")), name="booking_round_season"),
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on"))
                & Q(proposals_until__gte=F("closes_on"))
                & Q(hearing_until__gte=F("proposals_until"))
                & Q(adopt_on__gte=F("confirm_by")),
                name="booking_round_dates_in_order",
            ),
            models.CheckConstraint(condition=Q(grid_minutes__in=[5, 10, 15, 20, 30, 60]), name="booking_round_grid"),
            models.CheckConstraint(
                condition=~Q(state="hearing") | Q(heard__isnull=False), name="booking_round_hears_something"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["adopted", "running", "ended"]) | Q(adopted__isnull=False),
                name="booking_round_adopted_something",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("pk")), name="booking_round_follows_another"
            ),
        ]


class RoundPlace(models.Model):
    """A thing, or a part of one, whose hours the round shares out. A whole and its parts are named each."""

    round = models.ForeignKey(SeasonRound, models.CASCADE, related_name="places")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="season_places", verbose_name=_("place"))
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["round", "resource"], name="booking_roundplace_once")]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.resource_id}"


class WeeklySpan(models.Model):
    """``[start, end)`` on a weekday (0 Monday), minutes from local midnight. Never over midnight."""

    weekday = models.PositiveSmallIntegerField(_("weekday"))
    start = models.PositiveSmallIntegerField(_("from"))
    end = models.PositiveSmallIntegerField(_("to"))

    class Meta:
        abstract = True


class OfferedHours(WeeklySpan):
    """Hours of a place that the round shares out. A part without any of its own has those of its whole."""

    place = models.ForeignKey(RoundPlace, models.CASCADE, related_name="hours")

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, end__lte=1440) & Q(end__gt=F("start")), name="booking_offeredhours_span"
            ),
            models.UniqueConstraint(fields=["place", "weekday", "start"], name="booking_offeredhours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.weekday} {self.start}-{self.end}"


class OwnUse(WeeklySpan):
    """What the municipality needs itself each week (school, culture school), set aside before anybody wishes."""

    place = models.ForeignKey(RoundPlace, models.CASCADE, related_name="own_uses")
    what = models.CharField(_("for what"), max_length=150)

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, end__lte=1440) & Q(end__gt=F("start")), name="booking_ownuse_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.weekday} {self.start}-{self.end} {self.what}"


class RoundBreak(models.Model):
    """Dates of the season without hours: a holiday week, elections. Local dates, both included."""

    round = models.ForeignKey(SeasonRound, models.CASCADE, related_name="breaks")
    start = models.DateField(_("from"))
    end = models.DateField(_("to and including"))
    why = models.CharField(_("why"), max_length=150)

    class Meta:
        ordering = ["start"]
        constraints = [models.CheckConstraint(condition=Q(end__gte=F("start")), name="booking_roundbreak_order")]

    def __str__(self) -> str:
        return f"{self.start}/{self.end} {self.why}"


class RoundEvent(Logged):
    """The record of a round: who did what, when. Public ones tell the story on its page; none names a person there."""

    round = models.ForeignKey(SeasonRound, models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    type = models.CharField(max_length=40)
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)  # "organisation:<slug>", "unit:<slug>" or "" (a timer)
    public = models.BooleanField(default=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="booking_roundevent_number")]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.number} {self.type}"
