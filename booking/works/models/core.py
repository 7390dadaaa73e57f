"""Works, their immutable versions, and what of the ground and the time they take."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource, Unit
from booking.catalogue.rules import search_text
from booking.foundation.logs import Logged

USER = settings.AUTH_USER_MODEL


class WorksState(models.TextChoices):
    """Where works stand. `rules.states` says which step leads where."""

    DRAFT = "draft", _("Draft")
    PLANNED = "planned", _("Planned")
    CONSULTING = "consulting", _("Those affected are asked")
    NOTICED = "noticed", _("Notice is given")
    READY = "ready", _("Set to start")
    ACTIVE = "active", _("Going on")
    ACTIVE_EMERGENCY = "active_emergency", _("Emergency, going on")
    PAUSED = "paused", _("Paused")
    OVERRUNNING = "overrunning", _("Takes longer than told")
    COMPLETED = "completed", _("Done")
    CLOSED = "closed", _("Closed")
    POSTPONED = "postponed", _("Postponed")
    CANCELLED = "cancelled", _("Cancelled")


class Haste(models.TextChoices):
    """How soon it must be, apart from how long it takes."""

    ORDINARY = "", _("Can be planned")
    URGENT = "urgent", _("Must be soon, nobody is in danger")
    EMERGENCY = "emergency", _("Danger to life, health or property")


class Category(models.TextChoices):
    PERMANENT = "permanent", _("Permanent, or a season is lost")
    MAJOR = "major", _("More than ten working days")
    STANDARD = "standard", _("Four to ten working days")
    MINOR = "minor", _("One to three working days")
    SHORT = "short", _("Less than a day")
    URGENT = "urgent", _("Urgent")
    EMERGENCY = "emergency", _("Emergency")


class Impact(models.TextChoices):
    NONE = "none", _("Nothing is felt")
    NUISANCE = "nuisance", _("Noise, dust or the like")
    ACCESS_LIMITED = "access_limited", _("Harder to get to")
    PARTIAL = "partial", _("Part of it can be used")
    CLOSED = "closed", _("Can't be used")
    PERMANENT = "permanent", _("Lost for good")


class Confidence(models.TextChoices):
    ESTIMATED = "estimated", _("estimated")
    CERTAIN = "certain", _("certain")


class PeriodKind(models.TextChoices):
    WORK = "work", _("the works")
    SETUP = "setup", _("setting up")
    RESTORING = "restoring", _("taking down and restoring the ground")


class Works(models.Model):
    """The identity: one piece of works from the first sketch until the report. What it is stands in its versions."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="works", verbose_name=_("unit"))
    owner = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("planner"))
    deputy = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deputy"))
    taken_over = models.BooleanField(default=False)  # its owner left; until a person of the unit has looked
    state = models.CharField(_("state"), max_length=16, choices=WorksState.choices, default=WorksState.DRAFT)
    # The newest version: what is planned now. None only inside the transaction that makes the works.
    current = models.OneToOneField("WorksVersion", models.PROTECT, null=True, blank=True, related_name="current_of")
    # Name of the rule set it was first noticed under; it keeps it (notice-rules.md "Rules are data"). "": the newest.
    ruleset = models.CharField(max_length=80, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)  # set to start at, from `ready` on
    started_at = models.DateTimeField(null=True, blank=True)  # from the field, as last corrected
    ended_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)  # the ground is as it was
    postponed_at = models.DateTimeField(null=True, blank=True)
    # Postponed by more than a year: the new case that goes on with it.
    continues = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="continued_by")
    external_source = models.CharField(max_length=60, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    external_hash = models.CharField(max_length=64, blank=True)
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # the same form twice
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)  # of this row, for ETag and If-Match
    created_at = models.DateTimeField()
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("works")
        verbose_name_plural = _("works")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["unit", "state"], name="booking_works_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["external_source", "external_id"], condition=~Q(external_id=""), name="booking_works_external"
            ),
            models.CheckConstraint(
                condition=Q(state__in=WorksState.values),
                name="booking_works_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(starts_at__isnull=False), name="booking_works_ready_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["active", "active_emergency", "paused", "overrunning", "completed"])
                | Q(started_at__isnull=False),
                name="booking_works_active_has_started",
            ),
            models.CheckConstraint(
                condition=~Q(state="postponed") | Q(postponed_at__isnull=False), name="booking_works_postponed_when"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class WorksVersion(models.Model):
    """What the works are, as said at one time. A draft is rewritten; once announced, the database refuses changes.

    ``window`` is from when to when at most; ``periods`` are the times really taken in it. Times are aware UTC,
    half-open. Geometry is GeoJSON in WGS84; the box is that of the notify area, or of the footprint with its buffer.
    """

    works = models.ForeignKey(Works, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(_("what"), max_length=150)
    reason = models.TextField(_("why"))
    why_here = models.TextField(_("why here"), blank=True)
    why_now = models.TextField(_("why now"), blank=True)
    window_start = models.DateTimeField(_("from"))
    window_end = models.DateTimeField(_("until"))
    start_confidence = models.CharField(max_length=10, choices=Confidence.choices, default=Confidence.ESTIMATED)
    end_confidence = models.CharField(max_length=10, choices=Confidence.choices, default=Confidence.ESTIMATED)
    footprint = models.JSONField(_("area of the works (GeoJSON)"), null=True, blank=True)
    notify_area = models.JSONField(_("area that feels it (GeoJSON)"), null=True, blank=True)
    buffer_m = models.PositiveIntegerField(_("felt so far around it, metres"), default=30)
    min_lon = models.FloatField(null=True, blank=True, editable=False)
    min_lat = models.FloatField(null=True, blank=True, editable=False)
    max_lon = models.FloatField(null=True, blank=True, editable=False)
    max_lat = models.FloatField(null=True, blank=True, editable=False)
    impact = models.CharField(_("what is felt"), max_length=14, choices=Impact.choices, default=Impact.CLOSED)
    haste = models.CharField(_("how soon"), max_length=10, choices=Haste.choices, default=Haste.ORDINARY, blank=True)
    # Services are off at most four hours: the row "short" of the rules, whatever the days.
    services_off = models.BooleanField(_("only water, power or the like is off, at most four hours"), default=False)
    season_lost = models.BooleanField(_("somebody loses their season"), default=False)
    category = models.CharField(max_length=10, choices=Category.choices)  # computed, never chosen
    # What the rules said then: figures, the latest moments, the holidays used (notice-rules.md "Sending").
    requirement = models.JSONField(default=dict, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=150, blank=True)
    contact_phone = models.CharField(_("phone"), max_length=30, blank=True)
    contact_email = models.EmailField(_("e-mail"), blank=True)
    # The computed difference from the version before (rules.difference): codes only.
    changes = models.JSONField(default=list, blank=True)
    why_changed = models.TextField(_("why it was changed"), blank=True)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)  # from then on it can't be changed

    class Meta:
        verbose_name = _("version of works")
        verbose_name_plural = _("versions of works")
        ordering = ["works_id", "number"]
        indexes = [
            models.Index(fields=["window_start", "window_end"], name="booking_worksversion_window"),
            models.Index(fields=["min_lon", "max_lon", "min_lat", "max_lat"], name="booking_worksversion_box"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["works", "number"], name="booking_worksversion_number"),
            models.CheckConstraint(
                condition=Q(window_end__gt=F("window_start")), name="booking_worksversion_window_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.works_id} v{self.number}"

    def search_words(self) -> str:
        """What the search of works looks through."""
        return search_text(self.title, self.reason, self.why_here, self.why_now)


class WorksTarget(models.Model):
    """A resource that the works name. ``subtree``: and all that lies in it.

    ``phases``: numbers of the phases in which it is hit; [] means all.
    """

    version = models.ForeignKey(WorksVersion, models.CASCADE, related_name="targets")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    impact = models.CharField(max_length=14, choices=Impact.choices, default=Impact.CLOSED)
    subtree = models.BooleanField(default=True)
    phases = models.JSONField(default=list, blank=True)
    quantity = models.PositiveIntegerField(null=True, blank=True)  # of a counted thing; empty: all of it

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "resource"], name="booking_workstarget_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.resource_id} {self.impact}"


class WorksPeriod(models.Model):
    """Time that is really taken, in ``[start, end)``: setting up and restoring the ground count (notice-rules.md)."""

    version = models.ForeignKey(WorksVersion, models.CASCADE, related_name="periods")
    start = models.DateTimeField()
    end = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=PeriodKind.choices, default=PeriodKind.WORK)
    phase = models.PositiveSmallIntegerField(default=1)
    phase_name = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_worksperiod_order"),
            models.CheckConstraint(condition=Q(phase__gte=1), name="booking_worksperiod_phase"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"


class ResourceNeed(models.Model):
    """A resource can't be used without another: a hall without its access road, water or power."""

    class What(models.TextChoices):
        ACCESS = "access", _("the way in")
        WATER = "water", _("water")
        POWER = "power", _("power")
        OTHER = "other", _("something else")

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+", verbose_name=_("the thing"))
    needs = models.ForeignKey(Resource, models.CASCADE, related_name="+", verbose_name=_("needs"))
    what = models.CharField(_("for"), max_length=10, choices=What.choices, default=What.ACCESS)

    class Meta:
        verbose_name = _("what a thing needs")
        verbose_name_plural = _("what things need")
        constraints = [
            models.UniqueConstraint(fields=["resource", "needs"], name="booking_resourceneed_once"),
            models.CheckConstraint(condition=~Q(resource=F("needs")), name="booking_resourceneed_another"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} needs {self.needs_id}"


class WorksFact(models.Model):
    """What really happened in the field. A wrong one is corrected by a newer one; both stay."""

    class Kind(models.TextChoices):
        STARTED = "started", _("Started")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Went on")
        STOPPED = "stopped", _("Done")
        RESTORED = "restored", _("The ground is restored")

    works = models.ForeignKey(Works, models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["happened_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(happened_at__lte=F("recorded_at")), name="booking_worksfact_not_ahead"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | ~Q(why=""), name="booking_worksfact_corrected_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.works_id} {self.kind} {self.happened_at:%Y-%m-%d %H:%M}"


class WorksEvent(Logged):
    """The append-only log. ``n``: its number in the public feed, without gaps; None for what only staff see, and for
    what hasn't been numbered yet (`services.common.number_events`).

    ``data`` holds ids, dates and codes only; the text is rendered from the type when it is read.
    """

    works = models.ForeignKey(Works, models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()  # of the version it is about
    public = models.BooleanField(default=True)
    n = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    at = models.DateTimeField()
    type = models.CharField(max_length=30)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(n__isnull=True) | Q(public=True), name="booking_worksevent_public"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(public=True, n__isnull=True), name="booking_worksevent_new"),
        ]

    def __str__(self) -> str:
        return f"{self.works_id} {self.type}"
