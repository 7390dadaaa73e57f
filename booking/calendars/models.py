"""What the feeds stand on: a version per scope, and the rendered events that are kept."""

from __future__ import annotations

from django.db import models


class FeedVersion(models.Model):
    """One row per scope (`resource:<id>`), bumped in the transaction of every change that any byte of a feed shows."""

    scope = models.CharField(max_length=80, unique=True)
    version = models.PositiveBigIntegerField(default=1)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.scope} v{self.version}"


class RenderedScope(models.Model):
    """How far the kept events of a scope are up to date, for one audience, language and schema.

    They are when both the feed's version and the window are those of now; a reader who finds otherwise brings them up
    to date under the lock of this row.
    """

    scope = models.CharField(max_length=80)
    variant = models.CharField(max_length=40)
    version = models.PositiveBigIntegerField(default=0)
    window = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "variant"], name="booking_rendered_scope_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.variant} v{self.version}"


class RenderedEvent(models.Model):
    """The VEVENT(s) of one line or series as bytes, for one audience, language and schema."""

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=80)  # "line:<id>", "series:<id>", "closure:<id>"
    variant = models.CharField(max_length=40)  # audience, language, schema
    revision = models.CharField(max_length=64)  # of all that the bytes show
    start = models.DateTimeField()
    end = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key", "variant"], name="booking_rendered_once")]
        indexes = [models.Index(fields=["scope", "variant", "start"], name="booking_rendered_scope")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
