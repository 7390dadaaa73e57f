"""What the catalogue connects when Django starts: it takes over when somebody leaves, and stamps its changes."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models.signals import post_migrate, pre_delete, pre_migrate, pre_save

from booking.correspondence.registry import register_job
from booking.foundation import checks, clock


def _leaving(sender: type, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """A user who could sign in is about to be one who can't: hand on what they own, in the caller's transaction."""
    if raw or instance.pk is None or instance.is_active:
        return
    if sender._default_manager.filter(pk=instance.pk, is_active=True).exists():  # type: ignore[attr-defined]
        from booking.catalogue.services import take_over_from

        take_over_from(instance, now=clock.now())


def _deleting(sender: type, instance: Any, **kwargs: Any) -> None:
    """A user is about to be deleted. What still names them is refused by PROTECT before it comes to this."""
    from booking.catalogue.services import take_over_from

    take_over_from(instance, now=clock.now())


def connect() -> None:
    """Listen to the host's user model and to ``migrate``."""
    from booking.catalogue import guards, letters, personal, stamp
    from booking.catalogue.carrying import register
    from booking.catalogue.services import check_owners

    personal.register()
    user = get_user_model()
    pre_save.connect(_leaving, sender=user, dispatch_uid="samskap-catalogue-leaving")
    pre_delete.connect(_deleting, sender=user, dispatch_uid="samskap-catalogue-deleting")
    sender = apps.get_app_config("samskap_booking")
    pre_migrate.connect(stamp.before_migrate, sender=sender, dispatch_uid="booking.catalogue.stamp.before")
    post_migrate.connect(stamp.after_migrate, sender=sender, dispatch_uid="booking.catalogue.stamp.after")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.catalogue.guards.after")
    checks.register_trigger_probe("catalogue", stamp.missing)
    checks.register_guard_probe("absences", guards.missing)
    letters.register()
    register()
    register_job("owners", check_owners)
