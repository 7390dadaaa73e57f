"""What a person agreed to, who looked at their contact data, how long things are kept, and who has been erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Unit

USER = settings.AUTH_USER_MODEL


class RetentionRule(models.Model):
    """How long one class of rows is kept here. The class itself is described in code (``foundation.personal``).

    ``days``: an administrator's choice; empty: that of ``BOOKING["retention_days"]``, else the class's own.
    ``in_force``: what `tick` goes by. A longer time is in force at once; a shorter one when a person has seen how many
    rows would go and said yes.
    """

    name = models.CharField(max_length=40, unique=True)
    days = models.PositiveIntegerField(_("days"), null=True, blank=True)
    in_force = models.PositiveIntegerField()
    agreed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_count = models.PositiveIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("how long things are kept")
        verbose_name_plural = _("how long things are kept")
        constraints = [
            models.CheckConstraint(condition=Q(days__isnull=True) | Q(days__gte=1), name="booking_retention_days"),
            models.CheckConstraint(condition=Q(in_force__gte=1), name="booking_retention_in_force"),
        ]

    def __str__(self) -> str:
        return self.name


class ConsentText(models.Model):
    """One version of what people are asked to agree to. The database refuses to change a version (``guards``)."""

    kind = models.CharField(max_length=30)
    number = models.PositiveIntegerField()  # 1, 2, … of its kind
    body = models.TextField(_("text (bokmål)"))
    body_nn = models.TextField(_("text (nynorsk)"), blank=True)
    body_en = models.TextField(_("text (English)"), blank=True)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["kind", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="booking_consent_text_number"),
        ]
        indexes = [models.Index(fields=["kind", "digest"], name="booking_consent_text_digest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Consent(models.Model):
    """That a person agreed to one version of a text, when, and for what: a case, or an organisation."""

    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents")
    about = models.CharField(max_length=100, blank=True)  # "case:<reference>", "organisation:<slug>"
    language = models.CharField(max_length=5, default="nb")  # in which it was read
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "text", "about"],
                condition=Q(withdrawn_at__isnull=True),
                name="booking_consent_open_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="booking_consent_order",
            ),
        ]
        indexes = [models.Index(fields=["about"], name="booking_consent_about")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.text_id}"


class Look(models.Model):
    """Somebody of the municipality opened contact data: once per person, thing and day, whatever they reload."""

    viewer = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    about_kind = models.CharField(max_length=15)  # of foundation.personal.LookedAt
    about_id = models.BigIntegerField()
    label = models.CharField(max_length=80)  # a reference or a slug, never a name
    day = models.DateField()
    at = models.DateTimeField()
    door = models.CharField(
        max_length=6, choices=[("page", _("page")), ("api", _("program")), ("export", _("export"))], default="page"
    )

    class Meta:
        verbose_name = _("look at contact data")
        verbose_name_plural = _("who has looked")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["viewer", "about_kind", "about_id", "day"], name="booking_look_once_a_day")
        ]
        indexes = [
            models.Index(fields=["about_kind", "about_id", "day"], name="booking_look_about"),
            models.Index(fields=["unit", "day"], name="booking_look_unit"),
            models.Index(fields=["day"], name="booking_look_day"),
        ]

    def __str__(self) -> str:
        return f"{self.viewer_id} {self.label} {self.day}"


class Erasure(models.Model):
    """That a person was erased. The user's row stays, without anything that says who it was."""

    user = models.OneToOneField(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    counts = models.JSONField(default=dict)  # class → rows touched

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d}"
