"""What the catalogue connects when Django starts: it takes over when somebody leaves."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import pre_delete, pre_save

from booking.foundation import clock


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
    """Listen to the host's user model."""
    user = get_user_model()
    pre_save.connect(_leaving, sender=user, dispatch_uid="samskap-catalogue-leaving")
    pre_delete.connect(_deleting, sender=user, dispatch_uid="samskap-catalogue-deleting")
