"""The register of what was agreed: with whom, about what, on which terms, and who has confirmed it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, Series
from booking.catalogue.models import Resource, Unit
from booking.catalogue.rules import search_text
from booking.organisations.models import Organisation

USER = settings.AUTH_USER_MODEL


class AgreementForm(models.TextChoices):
    WRITTEN = "written", _("Written")
    ORAL = "oral", _("Oral, written down here")


class AgreementState(models.TextChoices):
    PROPOSED = "proposed", _("Not confirmed by everybody")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    ENDED = "ended", _("Ended")


class Side(models.TextChoices):
    ORGANISATION = "organisation", _("The organisation")
    MUNICIPALITY = "municipality", _("The municipality")


class Agreement(models.Model):
    """What the municipality and one or several organisations have agreed. It holds when every side has confirmed."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    title = models.CharField(_("what it is about"), max_length=150)
    form = models.CharField(_("form"), max_length=8, choices=AgreementForm.choices, default=AgreementForm.WRITTEN)
    organisations = models.ManyToManyField(Organisation, through="AgreementParty", related_name="agreements")
    resources = models.ManyToManyField(Resource, blank=True, related_name="agreements")
    place = models.CharField(_("place that isn't in the list"), max_length=250, blank=True)
    terms = models.TextField(_("terms"))
    background = models.TextField(_("how it came about"), blank=True)  # of an oral one: who said it, when
    start = models.DateField(_("from"))
    end = models.DateField(_("to and including"), null=True, blank=True)
    notice_months = models.PositiveSmallIntegerField(_("notice to end it, months"), default=3)
    sole_use = models.BooleanField(_("the place is theirs alone, all the time"), default=False)
    storage = models.CharField(_("what is stored there"), max_length=500, blank=True)
    keys = models.CharField(_("keys"), max_length=500, blank=True)
    title_public = models.BooleanField(_("title shown in public calendars"), default=False)
    excluded = models.JSONField(default=list, blank=True)  # local dates without the hours, ISO
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="agreements")
    officer = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    deputy = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    # Its officer left and somebody else has it now: until a person of the unit has looked.
    taken_over = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=10, choices=AgreementState.choices, default=AgreementState.PROPOSED)
    written_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    written_hat = models.CharField(max_length=100)  # "organisation:<slug>" or "unit:<slug>"
    created_at = models.DateTimeField()
    # When its content was last changed: from then on the reminder to confirm counts.
    written_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")  # for the town
    confirmed_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)  # when the last side confirmed
    declined_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    declined_hat = models.CharField(max_length=100, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_reason = models.TextField(blank=True)
    notice_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    notice_hat = models.CharField(max_length=100, blank=True)
    notice_at = models.DateTimeField(null=True, blank=True)
    notice_reason = models.TextField(blank=True)
    last_day = models.DateField(null=True, blank=True)  # of the period or of the notice, whichever comes first
    case = models.OneToOneField(Case, models.PROTECT, null=True, blank=True, related_name="agreement")
    taken_until = models.DateField(null=True, blank=True)  # hours are in the calendars up to here
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # the same form twice
    # Reference, title, terms and so on, folded. Names of organisations and things are searched where they stand.
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["unit", "state", "last_day"], name="booking_agreement_unit"),
            models.Index(fields=["state", "last_day"], name="booking_agreement_last"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="booking_agreement_order"
            ),
            # In force only with the town's word and the moment of the last one.
            models.CheckConstraint(
                condition=~Q(state__in=["agreed", "ended"]) | Q(agreed_at__isnull=False, confirmed_at__isnull=False),
                name="booking_agreement_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="booking_agreement_confirmed_by",
            ),
            models.CheckConstraint(
                condition=Q(state="declined", declined_at__isnull=False, declined_by__isnull=False)
                | ~Q(state="declined") & Q(declined_at__isnull=True),
                name="booking_agreement_declined",
            ),
            models.CheckConstraint(
                condition=Q(notice_at__isnull=True, notice_by__isnull=True)
                | Q(notice_at__isnull=False, notice_by__isnull=False, last_day__isnull=False, agreed_at__isnull=False),
                name="booking_agreement_notice",
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=True) | Q(agreed_at__isnull=False), name="booking_agreement_time_when_agreed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the folded text in step, whoever saves."""
        self.search_text = search_text(
            self.reference, self.title, self.place, self.terms, self.background, self.storage, self.keys
        )
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)


class AgreementParty(models.Model):
    """An organisation on the agreement, and whether it has confirmed for itself."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "organisation"], name="booking_agreement_party_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="booking_agreement_party_confirmed_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.organisation_id}"


class AgreementHours(models.Model):
    """Weekly hours on the wall clock of the resource. ``ends`` at or before ``begins`` means the next day."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="hours")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    weekday = models.PositiveSmallIntegerField()  # 0 = Monday
    begins = models.TimeField()
    ends = models.TimeField()
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="+")  # the newest one

    class Meta:
        ordering = ["weekday", "begins", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="booking_agreement_hours_weekday"),
            models.CheckConstraint(condition=~Q(begins=F("ends")), name="booking_agreement_hours_length"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_agreement_hours_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.weekday} {self.begins}-{self.ends}"


class LeftOutDate(models.Model):
    """A date on which the hours could not be taken because somebody else had the time. Told, never just dropped."""

    hours = models.ForeignKey(AgreementHours, models.CASCADE, related_name="left_out")
    day = models.DateField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["start", "pk"]
        constraints = [models.UniqueConstraint(fields=["hours", "day"], name="booking_left_out_once")]

    def __str__(self) -> str:
        return f"{self.hours_id}: {self.day}"


class AgreementTask(models.Model):
    """What one side does, once or again and again: mow, inspect, groom."""

    class Every(models.TextChoices):
        ONCE = "once", _("Once")
        WEEK = "week", _("Every week")
        TWO_WEEKS = "two_weeks", _("Every second week")
        MONTH = "month", _("Every month")
        QUARTER = "quarter", _("Every third month")
        HALF_YEAR = "half_year", _("Twice a year")
        YEAR = "year", _("Every year")

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="tasks")
    what = models.CharField(_("what"), max_length=150)
    side = models.CharField(_("who does it"), max_length=12, choices=Side.choices)
    every = models.CharField(_("how often"), max_length=10, choices=Every.choices, default=Every.YEAR)
    first_on = models.DateField(_("first time"))
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["first_on", "pk"]

    def __str__(self) -> str:
        return self.what


class TaskDate(models.Model):
    """One time that a task is due, and who did it when."""

    task = models.ForeignKey(AgreementTask, models.CASCADE, related_name="dates")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    done_hat = models.CharField(max_length=100, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(done_at__isnull=True), name="booking_task_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["task", "due_on"], name="booking_task_date_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="booking_task_done_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.due_on}"


class AgreementDocument(models.Model):
    """An uploaded document. Its bytes lie in a row of their own, in the database: no web server can hand them out."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="documents")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)  # by the content
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    uploaded_hat = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "sha256"],
                condition=Q(removed_at__isnull=True),
                name="booking_agreement_document_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def from_unit(self) -> bool:
        """The municipality added it."""
        return self.uploaded_hat.startswith("unit:")


class DocumentContent(models.Model):
    document = models.OneToOneField(AgreementDocument, models.CASCADE, related_name="content")
    data = models.BinaryField()

    def __str__(self) -> str:
        return str(self.document_id)


class AgreementEvent(models.Model):
    """The append-only log. ``data`` holds ids, dates and codes only; text is rendered from the type when read."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    type = models.CharField(max_length=20)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.type}"


class AgreementReminder(models.Model):
    """A reminder or warning that has been sent; the row is what makes it be sent once."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=10)  # confirm, or expiry
    about = models.DateField()  # the day it was written down, or its last day
    days = models.PositiveSmallIntegerField(default=0)  # how many days before
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind", "about", "days"], name="booking_agreement_said_once")
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.kind} {self.about}"
