"""What this floor connects when Django starts: its own data, the job of `tick`, the letter, the guard, the checks."""

from __future__ import annotations

from django.apps import apps
from django.db.models.signals import post_migrate

from booking.correspondence import registry
from booking.foundation import checks as foundation
from booking.privacy import checks, guards, letters, personal  # noqa: F401 - importing the checks registers them
from booking.privacy.services import keeping


def connect() -> None:
    """Tell the floors around."""
    personal.register()
    letters.register()
    registry.register_job("what has been kept long enough", keeping.run_daily)
    sender = apps.get_app_config("samskap_booking")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.privacy.guards.after")
    foundation.register_guard_probe("privacy", guards.missing)
