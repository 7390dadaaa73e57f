"""Who is affected, how we know, and what each of them was told, has read and has said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.organisations.models import Organisation
from booking.works.models.core import Impact, Works, WorksVersion

USER = settings.AUTH_USER_MODEL


class PartyKind(models.TextChoices):
    ORGANISATION = "organisation", _("Organisation")
    PERSON = "person", _("Private person")
    FOLLOWERS = "followers", _("Those who follow the place")
    DECLARED = "declared", _("Said themselves that they are affected")


class WorksParty(models.Model):
    """Somebody who is affected by one works, whatever its version. Their clock lives here.

    Followers are one party: nobody but the outbox knows who they are. ``clock_from``: the moment from which the notice
    counts for them (the first channel that took it); None: not told, or told in vain. ``served_at``: every rung of the
    ladder was tried and logged, so that they count as told.
    """

    works = models.ForeignKey(Works, models.PROTECT, related_name="parties")
    kind = models.CharField(max_length=12, choices=PartyKind.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    report = models.OneToOneField("WorksReport", models.PROTECT, null=True, blank=True, related_name="party")
    link_hash = models.CharField(max_length=64, unique=True)  # of the secret in their letters
    link_sealed = models.TextField()
    clock_from = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("affected party")
        verbose_name_plural = _("affected parties")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["works", "organisation"],
                condition=Q(organisation__isnull=False),
                name="booking_worksparty_organisation_once",
            ),
            models.UniqueConstraint(
                fields=["works", "user"], condition=Q(user__isnull=False), name="booking_worksparty_user_once"
            ),
            models.UniqueConstraint(
                fields=["works"], condition=Q(kind="followers"), name="booking_worksparty_followers_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="organisation", organisation__isnull=False, user__isnull=True, report__isnull=True)
                | Q(kind="person", organisation__isnull=True, user__isnull=False, report__isnull=True)
                | Q(kind="followers", organisation__isnull=True, user__isnull=True, report__isnull=True)
                | Q(kind="declared", organisation__isnull=True, user__isnull=True, report__isnull=False),
                name="booking_worksparty_who",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.works_id}: {self.kind} {self.pk}"


class WorksReport(models.Model):
    """ "We are affected too", from the public page. A planner confirms it or says why not.

    The address is sealed, as those of followers are; the name is what somebody typed.
    """

    works = models.ForeignKey(Works, models.PROTECT, related_name="reports")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=150)
    address_sealed = models.TextField(blank=True)
    key_id = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=5, default="nb")
    how = models.TextField()
    at = models.DateTimeField()
    verdict = models.CharField(
        max_length=10, choices=[("confirmed", _("affected")), ("left_out", _("not affected"))], blank=True
    )
    verdict_reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="", decided_at__isnull=True) | (~Q(verdict="") & Q(decided_at__isnull=False)),
                name="booking_worksreport_decided",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="left_out") | ~Q(verdict_reason=""), name="booking_worksreport_why_not"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.works_id}: {self.name}"


class AffectedList(models.Model):
    """Who a version affects: found by machine, gone through by a person, frozen. One per version.

    ``removed``: a person left somebody out, or nothing was given to match with: then "nobody" must be signed by
    somebody other than the works' owner.
    """

    version = models.OneToOneField(WorksVersion, models.CASCADE, related_name="affected")
    found_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_hat = models.CharField(max_length=100, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)  # "nobody is affected"
    signed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="booking_affectedlist_confirmed_by",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="booking_affectedlist_signed_by",
            ),
            # Who goes through the list doesn't sign that nobody is on it.
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | Q(confirmed_by__isnull=True) | ~Q(signed_by=F("confirmed_by")),
                name="booking_affectedlist_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"affected by {self.version_id}"


class AffectedState(models.TextChoices):
    FOUND = "found", _("found, not gone through")
    CONFIRMED = "confirmed", _("affected")
    LEFT_OUT = "left_out", _("not affected")


class AffectedParty(models.Model):
    """A party on one version's list, with the evidence why.

    ``evidence``: [{"why": line | request | allocation | agreement | customary | dependency | follower | hand | report,
    "resource": id, "start": ..., "end": ..., and the id of what it is}]. ``direct``: has a line, an allocation or an
    agreement that the impact makes impossible. ``gating``: their objections, proposals and wishes hold up the notice.
    """

    listing = models.ForeignKey(AffectedList, models.CASCADE, related_name="rows")
    party = models.ForeignKey(WorksParty, models.PROTECT, related_name="rows")
    evidence = models.JSONField(default=list)
    direct = models.BooleanField(default=False)
    impact = models.CharField(max_length=14, choices=Impact.choices)
    uses = models.JSONField(default=list)  # kinds of use of the rules
    # What the rules ask for them: the category and figures with their uses, the latest moment of their notice.
    requirement = models.JSONField(default=dict)
    first_hit = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField(default=0)  # of followers
    by_hand = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=AffectedState.choices, default=AffectedState.FOUND)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "party"], name="booking_affectedparty_once"),
            models.CheckConstraint(
                condition=~Q(state="left_out") | ~Q(reason=""), name="booking_affectedparty_left_out_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.party_id} {self.state}"


class WorksReceipt(models.Model):
    """A party has received something. ``acknowledged`` is a POST by a person: received, never consent."""

    class How(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("confirmed by a person")
        PHONE = "phone", _("reached by phone")
        TICK = "tick", _("ticked in a request")
        CONSENT = "consent", _("agreed to an early start")

    party = models.ForeignKey(WorksParty, models.PROTECT, related_name="receipts")
    version = models.ForeignKey(WorksVersion, models.PROTECT, related_name="receipts")
    how = models.CharField(max_length=12, choices=How.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)  # the clock began again: to be read anew

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["party", "version", "how"], name="booking_worksreceipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.how}"


class ClockEvent(models.Model):
    """Why a party's clock stands as it does; append-only. ``at``: when it happened; ``effective``: what counts."""

    class Kind(models.TextChoices):
        STARTED = "started", _("began")
        VOIDED = "voided", _("the message came back")
        RESTARTED = "restarted", _("began again")
        KEPT = "kept", _("goes on")
        SERVED = "served", _("everything was tried")
        ENDED = "ended", _("no longer affected")

    party = models.ForeignKey(WorksParty, models.PROTECT, related_name="clock")
    number = models.PositiveIntegerField()  # of the version
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    effective = models.DateTimeField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.party_id} {self.kind}"


class ReplyKind(models.TextChoices):
    CONFIRM = "confirm", _("That is fine with us")
    OBJECT = "object", _("We object")
    PROPOSE = "propose", _("We propose another time")
    REPLACEMENT = "replacement", _("We ask for a replacement")


class WorksAnswer(models.Model):
    """One row of "you said / we did", in public. Alike replies are answered together."""

    class Outcome(models.TextChoices):
        DONE = "done", _("We did it")
        PARTLY = "partly", _("We did part of it")
        NOT_DONE = "not_done", _("We could not")

    works = models.ForeignKey(Works, models.PROTECT, related_name="answers")
    said = models.TextField()  # what was said, in the planner's words: nobody is named
    did = models.TextField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.works_id} {self.outcome}"


class WorksReply(models.Model):
    """What somebody said about the works. ``party`` None: said on the public page by somebody who isn't on the list.

    ``in_window``: it came while the consultation was open. ``answer_by``: the local day, five working days by the same
    clock as cases. ``proposed``: [[start, end], ...]; ``checked``: what stood in its way when it was proposed.
    """

    works = models.ForeignKey(Works, models.PROTECT, related_name="replies")
    version = models.ForeignKey(WorksVersion, models.PROTECT, related_name="replies")
    party = models.ForeignKey(WorksParty, models.PROTECT, null=True, blank=True, related_name="replies")
    report = models.ForeignKey(WorksReport, models.PROTECT, null=True, blank=True, related_name="replies")
    kind = models.CharField(max_length=12, choices=ReplyKind.choices)
    message = models.TextField(blank=True)
    proposed = models.JSONField(default=list, blank=True)
    checked = models.JSONField(default=list, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    in_window = models.BooleanField(default=False)
    officer = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    answer_by = models.DateField(null=True, blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    answer = models.ForeignKey(WorksAnswer, models.PROTECT, null=True, blank=True, related_name="replies")
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="confirm") | Q(answer_by__isnull=False), name="booking_worksreply_answer_by"
            ),
        ]
        indexes = [models.Index(fields=["works", "kind"], name="booking_worksreply_works")]

    def __str__(self) -> str:
        return f"{self.works_id} {self.kind}"
