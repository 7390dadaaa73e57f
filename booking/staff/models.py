"""The log of what staff did to things of the plugin, shown only to those who may see the thing itself."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from wagtail.models.audit_log import BaseLogEntry, BaseLogEntryManager
from wagtail.permissions import policy_registry

from booking.foundation.doors.policy import ScopedPermissionPolicy


class StaffLogManager(BaseLogEntryManager):
    """Wagtail's site history report asks ``viewable_by_user``; its own answer is by kind of object, not by object.

    A case officer of one unit would read the titles of another unit's things there (architecture.md "Traps").
    """

    def log_action(self, instance: models.Model, action: str, **kwargs: Any) -> Any:
        """Write a row about ``instance``."""
        return super().log_action(instance, action, object_id=str(instance.pk), **kwargs)

    def for_instance(self, instance: models.Model) -> models.QuerySet[Any]:
        """The rows about one object."""
        content_type = ContentType.objects.get_for_model(instance, for_concrete_model=False)
        return self.filter(content_type=content_type, object_id=str(instance.pk))

    def viewable_by_user(self, user: Any) -> models.QuerySet[Any]:
        """Rows about objects that exist for ``user`` by the scoped policy of their kind. No policy: nobody.

        Rows about what is gone are for administrators.
        """
        if user.is_active and user.is_superuser:
            return self.all()
        seen = models.Q(pk__in=[])
        for content_type_id in self.order_by().values_list("content_type_id", flat=True).distinct():
            model = ContentType.objects.get_for_id(content_type_id).model_class() if content_type_id else None
            policy = policy_registry.get_by_type(model, fallback=False) if model else None
            if isinstance(policy, ScopedPermissionPolicy):
                keys = policy.scope(user).order_by().annotate(_key=Cast("pk", models.CharField())).values("_key")
                seen |= models.Q(content_type_id=content_type_id, object_id__in=keys)
        return self.filter(seen)


class StaffLogEntry(BaseLogEntry):
    """One act. ``data`` holds ids and codes only; the sentence is made when it is read."""

    object_id = models.CharField(max_length=255, db_index=True)

    objects = StaffLogManager()

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering = ["-timestamp", "-id"]
        indexes = [models.Index(fields=["content_type", "object_id", "-timestamp"], name="booking_stafflog_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.label}"
