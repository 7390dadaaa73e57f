"""Permits, conditions and documents of a case: what is needed, where each stands, and since when (needs N11)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.catalogue.models import PermitRequirement

USER = settings.AUTH_USER_MODEL


class PermitState(models.TextChoices):
    NEEDED = "needed", _("Needed")
    APPLIED = "applied", _("Applied for")
    GRANTED = "granted", _("In place")
    REFUSED = "refused", _("Refused")
    NOT_NEEDED = "not_needed", _("Not needed")
    EXPIRED = "expired", _("Expired")


class Permit(models.Model):
    """One requirement of one case: where it stands, since which day, until when it holds, and who said so last."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="permits")
    requirement = models.ForeignKey(PermitRequirement, models.PROTECT, related_name="asked_of")
    state = models.CharField(_("state"), max_length=10, choices=PermitState.choices, default=PermitState.NEEDED)
    # The day of the state: applied for on, granted on, refused on. Local dates.
    date = models.DateField(_("date"), null=True, blank=True)
    valid_to = models.DateField(_("valid to and including"), null=True, blank=True)
    note = models.CharField(_("note, such as a reference"), max_length=250, blank=True)
    # Of a condition that a party has confirmed: its words as they were then, and their version.
    text = models.TextField(blank=True)
    text_version = models.PositiveIntegerField(null=True, blank=True)
    changed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    changed_hat = models.CharField(max_length=100, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("permit")
        verbose_name_plural = _("permits")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "requirement"], name="booking_permit_once"),
            models.CheckConstraint(
                condition=Q(state="needed") | Q(date__isnull=False), name="booking_permit_state_has_date"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(state__in=["granted", "expired"]),
                name="booking_permit_valid_when_granted",
            ),
            models.CheckConstraint(
                condition=~Q(state="expired") | Q(valid_to__isnull=False), name="booking_permit_expired_has_end"
            ),
        ]
        indexes = [models.Index(fields=["state", "case"], name="booking_permit_state")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.requirement_id} {self.state}"


class PermitDocument(models.Model):
    """A file that shows it. Its bytes lie in a row of their own, in the database: no web server can hand them out."""

    permit = models.ForeignKey(Permit, models.CASCADE, related_name="documents")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)  # by the content
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    uploaded_hat = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["permit", "sha256"], name="booking_permit_document_once")]

    def __str__(self) -> str:
        return self.name


class PermitDocumentContent(models.Model):
    document = models.OneToOneField(PermitDocument, models.CASCADE, related_name="content")
    data = models.BinaryField()

    def __str__(self) -> str:
        return str(self.document_id)


class PermitReminder(models.Model):
    """A reminder about what is left before a loan; the row is what makes it be sent once."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="permit_reminders")
    about = models.DateField()  # the local day of the loan
    days = models.PositiveSmallIntegerField()  # how many days before
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "about", "days"], name="booking_permit_said_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.about} -{self.days}"
