"""Duties around a loan, who has signed up, and the links by which people without an account do. Fields only."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, Line
from booking.catalogue.models import Resource, Translated, Unit
from booking.organisations.models import Organisation
from booking.rosters.rules import MOST_NEEDED, ROLE_CHOICES, Role

USER = settings.AUTH_USER_MODEL


class DutyKind(Translated):
    """A kind of duty that a unit has beside those that everybody knows: "fire watch on the stage"."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    role = models.CharField(_("is a kind of"), max_length=12, choices=ROLE_CHOICES, default=Role.OTHER.value)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("kind of duty")
        verbose_name_plural = _("kinds of duty")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="booking_dutykind_once")]


class DutyPlan(models.Model):
    """Which duties a loan of a thing (or of all things of a unit) needs. None at all is an answer too.

    Inherited like the other rules: thing → what it is part of → unit → units above.
    """

    resource = models.OneToOneField(
        Resource, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("thing")
    )
    unit = models.OneToOneField(Unit, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("duties that are needed")
        verbose_name_plural = _("duties that are needed")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=True, unit__isnull=False) | Q(resource__isnull=False, unit__isnull=True),
                name="booking_dutyplan_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return str(self.resource or self.unit)


class DutyNeed(models.Model):
    """One duty of a plan: how many, and whether the place can't be used without."""

    plan = models.ForeignKey(DutyPlan, models.CASCADE, related_name="needs")
    role = models.CharField(max_length=12, choices=ROLE_CHOICES)
    kind = models.ForeignKey(DutyKind, models.PROTECT, null=True, blank=True, related_name="+")
    needed = models.PositiveSmallIntegerField(default=1)
    condition = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "role"], condition=Q(kind__isnull=True), name="booking_dutyneed_role_once"
            ),
            models.UniqueConstraint(fields=["plan", "kind"], name="booking_dutyneed_kind_once"),
            models.CheckConstraint(
                condition=Q(needed__gte=1) & Q(needed__lte=MOST_NEEDED), name="booking_dutyneed_needed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.role} × {self.needed}"


class Duty(models.Model):
    """A duty on one date of a case. Stable: it follows its date when that moves. Removed ones keep their row.

    ``own``: the hosts' own, else the thing asks for it. ``filled`` is counted by the service under the lock of the
    case; that it never passes ``needed`` is the database's word.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="duties")
    number = models.PositiveIntegerField()  # 1, 2, … in the case, never reused: `id` in the API
    line = models.ForeignKey(Line, models.PROTECT, related_name="duties")
    role = models.CharField(max_length=12, choices=ROLE_CHOICES)
    kind = models.ForeignKey(DutyKind, models.PROTECT, null=True, blank=True, related_name="+")
    words = models.CharField(_("what is to be done"), max_length=80, blank=True)
    needed = models.PositiveSmallIntegerField(default=1)
    filled = models.PositiveSmallIntegerField(default=0)
    condition = models.BooleanField(default=False)
    own = models.BooleanField(default=False)
    batch = models.UUIDField(default=uuid.uuid4)  # what was added together, over several dates
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="booking_duty_number"),
            models.CheckConstraint(condition=Q(needed__gte=1) & Q(needed__lte=MOST_NEEDED), name="booking_duty_needed"),
            models.CheckConstraint(condition=Q(filled__lte=F("needed")), name="booking_duty_not_overfull"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(filled=0), name="booking_duty_removed_empty"
            ),
            models.CheckConstraint(condition=Q(own=True) | Q(words=""), name="booking_duty_words_are_own"),
            models.UniqueConstraint(
                fields=["line", "role"],
                condition=Q(own=False, kind__isnull=True, removed_at__isnull=True),
                name="booking_duty_role_once",
            ),
            models.UniqueConstraint(
                fields=["line", "kind"],
                condition=Q(own=False, removed_at__isnull=True),
                name="booking_duty_kind_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number} {self.role}"


class DutyDate(models.Model):
    """A date as those on its duties know it: what they were told last. A difference is told to them (once)."""

    line = models.OneToOneField(Line, models.PROTECT, related_name="+")
    on = models.BooleanField(default=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    told = models.PositiveIntegerField(default=0)  # how often something was told; part of letters' keys

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_dutydate_order")]

    def __str__(self) -> str:
        return f"{self.line_id}: {'on' if self.on else 'off'}"


class Linked(models.Model):
    """A secret link: the database has a keyed hash to find it by, and the link sealed, to show it in letters."""

    token_hash = models.CharField(max_length=64, unique=True)
    token_sealed = models.TextField()
    key_id = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class RosterLink(Linked):
    """An open link to a roster, for a chat: whoever has it can sign up for the organisation that made it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, unit__isnull=True)
                | Q(organisation__isnull=True, unit__isnull=False),
                name="booking_rosterlink_one_side",
            ),
            models.UniqueConstraint(
                fields=["case", "organisation"],
                condition=Q(revoked_at__isnull=True, organisation__isnull=False),
                name="booking_rosterlink_open_once",
            ),
            models.UniqueConstraint(
                fields=["case", "unit"],
                condition=Q(revoked_at__isnull=True, unit__isnull=False),
                name="booking_rosterlink_unit_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: open link {self.pk}"


class Helper(Linked):
    """Somebody without an account on one case's roster, by a personal link (needs N13).

    ``grown``: said to be fifteen or older; only then a name is kept at all.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="helpers")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("first name"), max_length=60, blank=True)
    grown = models.BooleanField(_("is 15 or older"), default=False)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(max_length=5, default="nb")
    # Of the address, else of the phone: the same person gets one link. Empty when there is neither, or it is forgotten.
    contact_hash = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    through = models.ForeignKey(RosterLink, models.PROTECT, null=True, blank=True, related_name="+")
    # The end of the last date that they signed up for: from then on the name needn't be kept.
    last_on = models.DateTimeField()

    class Meta:
        verbose_name = _("helper without an account")
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, unit__isnull=True)
                | Q(organisation__isnull=True, unit__isnull=False),
                name="booking_helper_one_side",
            ),
            models.CheckConstraint(condition=Q(grown=True) | Q(name=""), name="booking_helper_name_of_grown"),
            models.UniqueConstraint(
                fields=["case", "contact_hash"],
                condition=~Q(contact_hash="") & Q(revoked_at__isnull=True),
                name="booking_helper_contact_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: helper {self.pk}"


class SignUpState(models.TextChoices):
    ON = "on", _("signed up")
    WITHDRAWN = "withdrawn", _("withdrawn")
    SWAPPED = "swapped", _("somebody else took over")
    REMOVED = "removed", _("taken off")


class SignUp(models.Model):
    """One person on one duty of a date: somebody with an account, or a helper by a link. Ended ones keep their row."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="sign_ups")
    place = models.PositiveSmallIntegerField()
    user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    helper = models.ForeignKey(Helper, models.PROTECT, null=True, blank=True, related_name="sign_ups")
    # Whom they stand for: a host, or the unit (a municipal employee).
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    named = models.BooleanField(default=False)  # fifteen or older, and the first name may stand there
    state = models.CharField(max_length=10, choices=SignUpState.choices, default=SignUpState.ON)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # The moment of the date for which the reminder was written (or was no longer worth it).
    reminded_for = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, helper__isnull=True) | Q(user__isnull=True, helper__isnull=False),
                name="booking_signup_one_person",
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, unit__isnull=True)
                | Q(organisation__isnull=True, unit__isnull=False),
                name="booking_signup_one_side",
            ),
            models.CheckConstraint(condition=Q(place__gte=1), name="booking_signup_place"),
            models.CheckConstraint(
                condition=Q(state="on", ended_at__isnull=True) | (~Q(state="on") & Q(ended_at__isnull=False)),
                name="booking_signup_ended",
            ),
            models.UniqueConstraint(
                fields=["duty", "place"], condition=Q(state="on"), name="booking_signup_place_once"
            ),
            models.UniqueConstraint(fields=["duty", "user"], condition=Q(state="on"), name="booking_signup_user_once"),
            models.UniqueConstraint(
                fields=["duty", "helper"], condition=Q(state="on"), name="booking_signup_helper_once"
            ),
        ]
        indexes = [models.Index(fields=["user", "state"], name="booking_signup_user")]

    def __str__(self) -> str:
        return f"{self.duty_id}: {self.state}"


class SwapState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("taken back")
    LAPSED = "lapsed", _("lapsed")


class Swap(models.Model):
    """Somebody asks another on the roster, or (nobody named) everybody, to take over. Until then they keep it."""

    sign_up = models.ForeignKey(SignUp, models.PROTECT, related_name="swaps")
    to_user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    to_helper = models.ForeignKey(Helper, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=SwapState.choices, default=SwapState.OPEN)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    became = models.OneToOneField(SignUp, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_up"], condition=Q(state="open"), name="booking_swap_open_once"),
            models.CheckConstraint(
                condition=Q(to_user__isnull=True) | Q(to_helper__isnull=True), name="booking_swap_one_receiver"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="booking_swap_answered",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(became__isnull=False), name="booking_swap_became"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sign_up_id}: {self.state}"


class WeekTold(models.Model):
    """That somebody was told of unfilled duties in a week: an organisation ("o5") or an officer ("u7")."""

    who = models.CharField(max_length=20)
    week = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "week"], name="booking_weektold_once")]

    def __str__(self) -> str:
        return f"{self.who} {self.week}"
