"""What the feeds stand on: a version per scope, the rendered events that are kept, and who reads what by a secret."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Unit
from booking.organisations.models import Organisation

USER = settings.AUTH_USER_MODEL


class FeedVersion(models.Model):
    """A counter per scope (`resource:<id>`, `organisation:<id>`, `person:<id>`, `happenings` ...), in parts.

    Raised in the transaction of every change that any byte of a feed shows. The version of a scope is the sum of its
    parts: each case that an organisation's calendar shows has a part of its own, so that two decisions about different
    cases of the same organisation never wait for each other. Rows are never deleted: the sum only rises.
    """

    scope = models.CharField(max_length=80)
    part = models.BigIntegerField(default=0)  # 0: the scope itself; else the case, or what else changed
    version = models.PositiveBigIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "part"], name="booking_feedversion_once")]
        indexes = [models.Index(fields=["part"], condition=~Q(part=0), name="booking_feedversion_part")]

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


class FeedKind(models.TextChoices):
    PERSON = "person", _("My calendar")
    ORGANISATION = "organisation", _("An organisation")
    UNIT = "unit", _("A unit")


class Feed(models.Model):
    """One person's way into one private calendar, by an address with a secret in it. What is read is decided anew at
    each fetch, as that person: the address ends with the role.

    The secret isn't here: it is computed from a key of the site, ``feed_id`` and ``nonce`` (``secrets``), so a copy of
    the database opens nothing, and the address can be shown again.
    """

    feed_id = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=12, choices=FeedKind.choices)
    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=5, default="nb")
    nonce = models.CharField(max_length=32)
    retired = models.JSONField(default=list, blank=True)  # former nonces: their addresses are gone, not unknown
    fetched = models.JSONField(default=dict, blank=True)  # family of clients → last local date, ISO; never more
    cut_on = models.DateField(null=True, blank=True)  # when last read, what begins from here on was too much
    created_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calendar subscription")
        verbose_name_plural = _("calendar subscriptions")
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person", organisation__isnull=True, unit__isnull=True)
                | Q(kind="organisation", organisation__isnull=False, unit__isnull=True)
                | Q(kind="unit", organisation__isnull=True, unit__isnull=False),
                name="booking_feed_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(kind="person", revoked_at__isnull=True), name="booking_feed_person_once"
            ),
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=Q(kind="organisation", revoked_at__isnull=True),
                name="booking_feed_organisation_once",
            ),
            models.UniqueConstraint(
                fields=["user", "unit"],
                condition=Q(kind="unit", revoked_at__isnull=True),
                name="booking_feed_unit_once",
            ),
        ]

    def __str__(self) -> str:
        return self.feed_id
