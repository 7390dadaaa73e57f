"""Who follows what without an account, and what they are told. Fields and constraints only.

Nothing about the person is kept but the address, and that encrypted (``foundation.vault``). Links are random; the
database has their hash, and the link itself sealed, so that letters can show it again.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource
from booking.organisations.followers.rules import When
from booking.organisations.models import Organisation

WHEN_CHOICES = [
    (When.AT_ONCE.value, _("At once")),
    (When.EVENING.value, _("In a summary in the evening")),
    (When.WEEKLY.value, _("On Sunday, for the coming week")),
    (When.PAGE.value, _("Only on my page")),
]


class Sealed(models.Model):
    """An address that only the site can read, and the key that sealed it."""

    address_sealed = models.TextField(blank=True)
    address_hash = models.CharField(max_length=64, blank=True, db_index=True)
    key_id = models.CharField(max_length=16)
    language = models.CharField(max_length=5, default="nb")
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class Follower(Sealed):
    """Somebody who follows places: by e-mail, or by a secret page alone."""

    page_hash = models.CharField(max_length=64, unique=True)
    page_sealed = models.TextField()
    stop_hash = models.CharField(max_length=64, unique=True)  # the link in each letter that stops everything
    stop_sealed = models.TextField()
    seen_on = models.DateField()  # the first of the month in which the page was last opened
    week_told = models.DateTimeField(null=True, blank=True)  # the week whose summary was last made

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash"], condition=~Q(address_hash=""), name="booking_follower_address_once"
            ),
            models.CheckConstraint(
                condition=Q(address_hash="", address_sealed="") | (~Q(address_hash="") & ~Q(address_sealed="")),
                name="booking_follower_address_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"follower {self.pk}"

    @property
    def by_email(self) -> bool:
        """False: only by the secret page."""
        return bool(self.address_hash)


class Target(models.Model):
    """What is followed: a resource with all that lies in it, or an organisation's public happenings."""

    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


class Follow(Target):
    """One place that somebody follows."""

    follower = models.ForeignKey(Follower, models.CASCADE, related_name="follows")
    muted = models.BooleanField(default=False)  # stands on the page, sends nothing
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("followed place")
        verbose_name_plural = _("followed places")
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=True, organisation__isnull=False)
                | Q(resource__isnull=False, organisation__isnull=True),
                name="booking_follow_one_target",
            ),
            models.UniqueConstraint(fields=["follower", "resource"], name="booking_follow_resource_once"),
            models.UniqueConstraint(fields=["follower", "organisation"], name="booking_follow_organisation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id}: {self.resource_id or ''}/{self.organisation_id or ''}"


class FollowerChoice(models.Model):
    """How a follower wants one kind of message; without a row the kind's own default holds."""

    follower = models.ForeignKey(Follower, models.CASCADE, related_name="choices")
    kind = models.CharField(max_length=20)
    when = models.CharField(max_length=10, choices=WHEN_CHOICES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "kind"], name="booking_follower_choice_once"),
            models.CheckConstraint(
                condition=Q(when__in=[when.value for when in When]), name="booking_follower_choice_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} {self.kind}: {self.when}"


class FollowerWord(models.Model):
    """Something a follower proposed: the reference of the enquiry whose answers stand on the page."""

    follower = models.ForeignKey(Follower, models.CASCADE, related_name="words")
    reference = models.CharField(max_length=20, unique=True)
    token = models.CharField(max_length=64)  # of the form that was sent, so that a second press is none
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follower", "token"], name="booking_follower_word_once")]

    def __str__(self) -> str:
        return f"{self.follower_id}: {self.reference}"


class PendingFollow(Sealed, Target):
    """An address somebody typed, until its owner has pressed the button behind the letter's link (double opt-in)."""

    token_hash = models.CharField(max_length=64, unique=True)
    token_sealed = models.TextField()

    class Meta:
        verbose_name = _("follower to be confirmed")
        verbose_name_plural = _("followers to be confirmed")
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=True, organisation__isnull=False)
                | Q(resource__isnull=False, organisation__isnull=True),
                name="booking_pending_follow_one_target",
            ),
            models.CheckConstraint(
                condition=~Q(address_hash="") & ~Q(address_sealed=""), name="booking_pending_follow_address"
            ),
        ]

    def __str__(self) -> str:
        return f"pending {self.pk}"


class FollowedNews(models.Model):
    """Something that happened in a followed place. Ids and codes only: the words are made when it is read."""

    kind = models.CharField(max_length=20)
    subject = models.BigIntegerField()  # of the kind's own table: a closure, a line, a case
    revision = models.CharField(max_length=60, blank=True)  # told anew when it differs
    back = models.BooleanField(default=False)  # it was told, and has been taken back since
    urgent = models.BooleanField(default=False)
    starts = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "revision", "back"], name="booking_followed_news_once")
        ]
        indexes = [models.Index(fields=["at"], name="booking_followed_news_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.revision}"


class FollowNotice(models.Model):
    """One piece of news for one follower, who hears of it once however many hit places they follow."""

    news = models.ForeignKey(FollowedNews, models.CASCADE, related_name="notices")
    follower = models.ForeignKey(Follower, models.CASCADE, related_name="notices")
    due_at = models.DateTimeField(null=True, blank=True)  # null: stands on the page only
    told_at = models.DateTimeField(null=True, blank=True)  # when it was put into a letter

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["news", "follower"], name="booking_follow_notice_once"),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(due_at__isnull=False), name="booking_follow_notice_told_was_due"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(told_at__isnull=True, due_at__isnull=False),
                name="booking_follow_notice_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.news_id} → {self.follower_id}"
