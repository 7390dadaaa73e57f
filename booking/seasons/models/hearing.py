"""What is said about proposals: comments, objections, swaps, and each organisation's yes. Source: seasons.md 5."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.organisations.models import Organisation
from booking.seasons.models.proposals import Proposal, ProposedSlot

USER = settings.AUTH_USER_MODEL


class CommentKind(models.TextChoices):
    COMMENT = "comment", _("Comment")
    OBJECTION = "objection", _("Objection: must be answered")


class Comment(models.Model):
    """Said about a slot or the whole proposal. An objection is answered before adoption ("you said / we did")."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="comments")
    slot = models.ForeignKey(ProposedSlot, models.PROTECT, null=True, blank=True, related_name="comments")
    number = models.PositiveIntegerField()  # in the proposal
    kind = models.CharField(max_length=10, choices=CommentKind.choices, default=CommentKind.COMMENT)
    text = models.TextField(_("what you want to say"), max_length=2000)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    hat = models.CharField(max_length=100)
    at = models.DateTimeField()
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="booking_comment_number"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="booking_comment_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.number}"


class SwapState(models.TextChoices):
    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    OVERTAKEN = "overtaken", _("Overtaken by another change")


class SwapOffer(models.Model):
    """Two organisations change hours: one offers, the other accepts, and that makes a new proposal."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="swaps")
    ours = models.ForeignKey(ProposedSlot, models.PROTECT, related_name="+")  # of who offers
    theirs = models.ForeignKey(ProposedSlot, models.PROTECT, related_name="+")
    offered_by = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    offered_to = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    text = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=SwapState.choices, default=SwapState.OFFERED)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    hat = models.CharField(max_length=100)
    at = models.DateTimeField()
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    made = models.ForeignKey(Proposal, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(ours=F("theirs")), name="booking_swap_two_slots"),
            models.CheckConstraint(condition=~Q(offered_by=F("offered_to")), name="booking_swap_two_organisations"),
            models.UniqueConstraint(
                fields=["ours", "theirs"], condition=Q(state="offered"), name="booking_swap_offered_once"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", made__isnull=False) | ~Q(state="accepted") & Q(made__isnull=True),
                name="booking_swap_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ours_id} ↔ {self.theirs_id}"


class Confirmation(models.Model):
    """An organisation's answer to the hours that a proposal gives it. No row: no answer, and that is shown."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="confirmations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="season_confirmations")
    yes = models.BooleanField()
    declined = models.JSONField(default=list, blank=True)  # ids of slots that it doesn't want; [] with a no: all
    text = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    hat = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "organisation"], name="booking_confirmation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.organisation_id} {self.yes}"


class SeasonReminder(models.Model):
    """A letter of the round that must go once: to whom, about what. The database lets it be written once."""

    round = models.ForeignKey("SeasonRound", models.CASCADE, related_name="reminders")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=40)  # "opens", "closes_soon", "closed", "hearing", "confirm", "adopted:1", …
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "organisation", "kind"],
                condition=Q(organisation__isnull=False),
                name="booking_seasonreminder_once",
            ),
            models.UniqueConstraint(
                fields=["round", "kind"], condition=Q(organisation__isnull=True), name="booking_seasonreminder_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.organisation_id} {self.kind}"
