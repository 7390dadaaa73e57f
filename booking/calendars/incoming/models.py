"""Calendars of others, the times in them, and what those take of our things."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Line
from booking.catalogue.models import Resource, Unit


class SourceMode(models.TextChoices):
    BLOCK = "block", _("It takes the time: nobody can have it")
    INFORMATION = "information", _("It only stands in the calendar")


class CalendarSource(models.Model):
    """A calendar that is subscribed to (``url``), or given as a file now and then (no ``url``).

    ``body`` is the last good copy: it is expanded anew as the horizon moves, and stays whatever fails afterwards.
    ``held_body`` is a newer copy that would lose over half of the coming times; it waits for a person.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=150)
    url = models.CharField(_("address of the calendar"), max_length=1000, blank=True)
    school = models.CharField(_("school"), max_length=150, blank=True)
    mode = models.CharField(
        _("what it does"), max_length=12, choices=SourceMode.choices, default=SourceMode.INFORMATION
    )
    # All premises and areas of the unit and of the units below it: with the topmost unit, of the municipality.
    whole_unit = models.BooleanField(_("all premises and areas of the unit"), default=False)
    resources = models.ManyToManyField(Resource, related_name="+", blank=True, verbose_name=_("premises and things"))
    titles = models.BooleanField(_("show the titles"), default=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    body = models.BinaryField(default=b"", blank=True)  # packed (zlib)
    digest = models.CharField(max_length=64, blank=True)  # of the good copy
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    good_at = models.DateTimeField(null=True, blank=True)  # when the good copy was last found to be current
    expanded_on = models.DateField(null=True, blank=True)  # the day from which the horizon counts
    next_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.JSONField(default=dict, blank=True)  # {"code": ..., params}
    left_out = models.JSONField(default=list, blank=True)  # [[title, code], ...] of the good copy

    held_body = models.BinaryField(default=b"", blank=True)
    held_digest = models.CharField(max_length=64, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    held_counts = models.JSONField(default=list, blank=True)  # [coming now, coming then]
    refused_digest = models.CharField(max_length=64, blank=True)  # a held copy that a person said no to

    class Meta:
        verbose_name = _("calendar of others")
        verbose_name_plural = _("calendars of others")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(held_at__isnull=True) | ~Q(held_digest=""), name="booking_source_held_has_copy"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(active=True), name="booking_source_due")]

    def __str__(self) -> str:
        return self.name


class SourceEvent(models.Model):
    """One time of such a calendar, within the horizon. ``[start, end)`` in UTC.

    ``floating``: written without a zone, or as whole days; then it means the wall clock of each thing, and ``start`` is
    that of the calendar's or the municipality's zone. ``title`` is kept only where titles are shown.
    """

    source = models.ForeignKey(CalendarSource, models.CASCADE, related_name="events")
    uid = models.CharField(max_length=255)
    occurrence = models.CharField(max_length=40, blank=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    floating = models.BooleanField(default=False)
    all_day = models.BooleanField(default=False)
    busy = models.BooleanField(default=True)
    title = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "uid", "occurrence"], name="booking_source_event_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_source_event_order"),
        ]
        indexes = [models.Index(fields=["source", "start"], name="booking_source_event_start")]

    def __str__(self) -> str:
        return f"{self.title or self.uid}: {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"


class BlockState(models.TextChoices):
    TAKEN = "taken", _("taken")
    CONFLICT = "conflict", _("meets granted time")
    LEFT = "left", _("meets granted time, which stays")


class ImportedBlock(models.Model):
    """What one such time takes of one thing: the cause of its rows in the calendar (``Cause.IMPORT``).

    Where granted time is in the way (``in_the_way``: kind and id of each), only what is left around it is blocked, and
    a person of the unit is told. It is never written over.
    """

    event = models.ForeignKey(SourceEvent, models.CASCADE, related_name="blocks")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    start = models.DateTimeField()
    end = models.DateTimeField()
    state = models.CharField(max_length=8, choices=BlockState.choices, default=BlockState.TAKEN)
    in_the_way = models.JSONField(default=list, blank=True)
    found_at = models.DateTimeField(null=True, blank=True)  # since when it meets granted time

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "resource"], name="booking_imported_block_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_imported_block_order"),
            models.CheckConstraint(
                condition=Q(state="taken") | Q(found_at__isnull=False), name="booking_imported_block_since"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "end"], condition=~Q(state="taken"), name="booking_imported_block_open")
        ]

    def __str__(self) -> str:
        return f"{self.resource_id}: {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"


class ImportedLine(models.Model):
    """A line that a list gave (``import_lines``), so that the same list can be given again and nothing comes twice."""

    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)  # of what the row said
    line = models.ForeignKey(Line, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id", "line"], name="booking_imported_line_once")
        ]
        indexes = [models.Index(fields=["source", "external_id"], name="booking_imported_line_id")]

    def __str__(self) -> str:
        return f"{self.source}: {self.external_id}"
