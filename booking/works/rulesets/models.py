"""Rule sets as rows: numbered versions of a code. A draft is edited; a published one never changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class RuleSetState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    DISCARDED = "discarded", _("Thrown away")


class NoticeRuleSet(models.Model):
    """One version of a rule set. Works name the version they were first noticed under, and keep it."""

    code = models.CharField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=RuleSetState.choices, default=RuleSetState.DRAFT)
    source = models.TextField(_("rules (YAML)"))  # as written, with its comments
    note = models.CharField(_("what is different, and why"), max_length=300, blank=True)
    # A copy of what comes with the product, made when the first works were noticed under it. Written by nobody.
    shipped = models.BooleanField(default=False, editable=False)
    # The municipality's works follow this one. At most one row; works that have been noticed keep theirs.
    in_use = models.BooleanField(_("in use"), default=False, editable=False)
    created_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    published_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("notice rules")
        verbose_name_plural = _("notice rules")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="booking_ruleset_version"),
            models.UniqueConstraint(fields=["code"], condition=Q(state="draft"), name="booking_ruleset_one_draft"),
            models.UniqueConstraint(fields=["in_use"], condition=Q(in_use=True), name="booking_ruleset_one_in_use"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "discarded"], published_at__isnull=True, in_use=False)
                | Q(state="published", published_at__isnull=False),
                name="booking_ruleset_published",
            ),
            # A person answers for what the municipality has written itself.
            models.CheckConstraint(
                condition=Q(shipped=True) | Q(created_by__isnull=False), name="booking_ruleset_written_by"
            ),
            models.CheckConstraint(
                condition=Q(shipped=True) | ~Q(state="published") | Q(published_by__isnull=False),
                name="booking_ruleset_published_by",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """How works name it: "small_town@3"."""
        return f"{self.code}@{self.version}"
