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
    activities = models.CharField(_("activities"), max_length=250, blank=True)
    language = models.CharField(_("language of letters"), max_length=5, default="nb")
    listed = models.BooleanField(_("shown in the public register"), default=False)
    # Name, activities and number, folded (catalogue.rules.search_text): databases fold Norwegian letters differently.
    search_text = models.TextField(blank=True, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    created_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the folded text in step, whoever saves."""
        self.search_text = search_text(self.name, self.activities, self.number or "")
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)


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
