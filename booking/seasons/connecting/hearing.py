"""What hearing, adoption and the running season connect when Django starts."""

from __future__ import annotations

from django.apps import apps
from django.db.models.signals import post_migrate

from booking.correspondence import registry as correspondence
from booking.foundation import checks
from booking.seasons import guards, letters_hearing
from booking.seasons.services import confirming


def connect() -> None:
    """Fill the registries."""
    sender = apps.get_app_config("samskap_booking")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.seasons.guards.after")
    checks.register_guard_probe("seasons", guards.missing)
    letters_hearing.register()
    correspondence.register_job("seasons: confirmations", confirming.remind_silent)
