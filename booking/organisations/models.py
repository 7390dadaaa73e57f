"""Who borrows: organisations and the people who act for them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.rules import search_text

USER = settings.AUTH_USER_MODEL


class OrganisationKind(models.TextChoices):
    CLUB = "club", _("Club or association")
    UMBRELLA = "umbrella", _("Umbrella organisation")
    SCHOOL_GROUP = "school_group", _("School class or pupil group")
    COUNCIL = "council", _("Council of youth, elderly or people with disabilities")
    INFORMAL = "informal", _("Informal group")
    MUNICIPAL = "municipal", _("Municipal service")
    FIRM = "firm", _("Firm")


class OrganisationState(models.TextChoices):
    UNVERIFIED = "unverified", _("Not verified")
    VERIFIED = "verified", _("Verified")
    INACTIVE = "inactive", _("Inactive")


class Organisation(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=150)
    number = models.CharField(_("organisation number"), max_length=9, null=True, blank=True, unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=OrganisationKind.choices, default=OrganisationKind.CLUB)
    state = models.CharField(
        _("state"), max_length=12, choices=OrganisationState.choices, default=OrganisationState.UNVERIFIED
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=150, blank=True)
    website = models.URLField(_("website"), max_length=250, blank=True)
    # Name, e-mail, phone and website stand on the public page only where the organisation said yes.
    contact_public = models.BooleanField(_("contact shown to everybody"), default=False)
    about = models.TextField(_("about"), max_length=1000, blank=True)
    # Head counts by age band ({"6-12": 40}), never names; and when somebody counted.
    member_counts = models.JSONField(_("members by age"), default=dict, blank=True)
    counted_on = models.DateField(null=True, blank=True, editable=False)
    language = models.CharField(_("language of letters"), max_length=5, default="nb")
    listed = models.BooleanField(_("shown in the public register"), default=False)
    # Name, text, activities, number, folded (rules.search_text): databases fold Norwegian letters differently.
    search_text = models.TextField(blank=True, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    created_at = models.DateTimeField(editable=False)
    # The same organisation under another entry: this row stays for what has been said about it, and leads on.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    merged_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(state="inactive"), name="booking_organisation_merged_inactive"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="booking_organisation_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the folded text in step, whoever saves."""
        names = [row.name for row in self.activities.all()] if self.pk else []
        self.search_text = search_text(self.name, self.about, " ".join(names), self.number or "")
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)


class Activity(models.Model):
    """One thing that an organisation does, in its own words: "handball". ``folded`` is what the filter compares."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="activities")
    name = models.CharField(_("activity"), max_length=60)
    folded = models.CharField(max_length=60, db_index=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "folded"], name="booking_activity_once")]

    def __str__(self) -> str:
        return self.name


class MemberRole(models.TextChoices):
    LEADER = "leader", _("leader")
    BOARD = "board", _("board member")
    BOOKER = "booker", _("books for the organisation")
    MEMBER = "member", _("member")
    DUTY_HELPER = "duty_helper", _("duty helper")


# May ask, read the cases and withdraw for the organisation; disqualified from deciding them (requests.md "Deciding").
LEADING_ROLES = (MemberRole.LEADER, MemberRole.BOARD, MemberRole.BOOKER)


class Membership(models.Model):
    """A person's role in an organisation, with dates: history keeps who was who."""

    user = models.ForeignKey(USER, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=12, choices=MemberRole.choices, default=MemberRole.MEMBER)
    start = models.DateField(_("from"), null=True, blank=True)
    end = models.DateField(_("to and including"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(start__isnull=True) | Q(end__gte=F("start")),
                name="booking_membership_order",
            ),
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=Q(end__isnull=True),
                name="booking_membership_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.user_id} {self.role}"


class Invitation(models.Model):
    """A link that gives a role to the first who signs in with it. Only the link's hash is kept."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="invitations")
    role = models.CharField(_("role"), max_length=12, choices=MemberRole.choices, default=MemberRole.MEMBER)
    email = models.EmailField(_("e-mail"), blank=True)  # where the letter went; forgotten when the link is of no use
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="booking_invitation_one_end",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="booking_invitation_accepted_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.role}"


class OfferState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    LAPSED = "lapsed", _("lapsed")


class LeadershipOffer(models.Model):
    """A leader asks somebody to lead instead. Nothing changes before the other says yes."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="leadership_offers")
    offered_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    offered_to = models.ForeignKey(USER, models.PROTECT, related_name="+")
    stays_as = models.CharField(max_length=12, choices=MemberRole.choices, blank=True)  # of who hands over; "": leaves
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("hand-over of leadership")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state="open"), name="booking_leadership_offer_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(offered_by=F("offered_to")), name="booking_leadership_offer_to_another"
            ),
            models.CheckConstraint(condition=~Q(stays_as="leader"), name="booking_leadership_offer_hands_over"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.state}"


class LossReason(models.TextChoices):
    DIED = "died", _("The leader has died")
    LEFT = "left", _("The leader has left")
    UNREACHABLE = "unreachable", _("Nobody can reach the leader")
    OTHER = "other", _("Something else")


class MatterState(models.TextChoices):
    RECEIVED = "received", _("Received")
    OPEN = "open", _("Opened")
    DONE = "done", _("A new leader stands in")
    DISMISSED = "dismissed", _("Dismissed")


class LeaderMatter(models.Model):
    """ "Our leader has died or left": told by anybody, opened by staff, confirmed by two of them (needs N10)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="leader_matters")
    reason = models.CharField(_("what has happened"), max_length=12, choices=LossReason.choices)
    message = models.TextField(_("in your own words"))
    filed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    filed_name = models.CharField(max_length=150, blank=True)
    filed_email = models.EmailField(blank=True)
    filed_at = models.DateTimeField()
    reference = models.CharField(max_length=20, blank=True)  # of the enquiry that answers who told it
    state = models.CharField(max_length=10, choices=MatterState.choices, default=MatterState.RECEIVED)
    concerns = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")  # whose role ends
    new_leader = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    opened_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    first_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    first_at = models.DateTimeField(null=True, blank=True)
    second_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    second_at = models.DateTimeField(null=True, blank=True)
    alone = models.BooleanField(default=False)  # one person was enough, because there was nobody else (four_eyes)
    closed_at = models.DateTimeField(null=True, blank=True)
    grounds = models.TextField(blank=True)

    class Meta:
        verbose_name = _("leader who is gone")
        verbose_name_plural = _("leaders who are gone")
        ordering = ["filed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state="open"), name="booking_leader_matter_one_open"
            ),
            models.CheckConstraint(
                condition=Q(first_by__isnull=True) | Q(second_by__isnull=True) | ~Q(first_by=F("second_by")),
                name="booking_leader_matter_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | (Q(new_leader__isnull=False, first_by__isnull=False) & (Q(second_by__isnull=False) | Q(alone=True))),
                name="booking_leader_matter_done_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.reason}"


class RegisterAnswer(models.Model):
    """What the national register last said about a number; kept so that it can be read while the register is down."""

    number = models.CharField(max_length=9, unique=True)
    status = models.CharField(max_length=10)  # found, not_found, deleted
    name = models.CharField(max_length=250, blank=True)
    form = models.CharField(max_length=10, blank=True)  # code of the kind of body, such as FLI
    deleted_on = models.DateField(null=True, blank=True)
    winding_up = models.BooleanField(default=False)  # bankrupt, or being wound up
    fetched_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number}: {self.status}"
