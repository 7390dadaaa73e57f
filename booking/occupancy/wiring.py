"""What this capability connects when Django starts: the guards of the database, and the check that they are there."""

from __future__ import annotations

from django.apps import apps
from django.db.models.signals import post_migrate, pre_migrate

from booking.foundation import checks
from booking.occupancy import guards


def connect() -> None:
    from booking.catalogue.registry import register_cell_guard
    from booking.occupancy import following
    from booking.occupancy.services.changes import refuse_silent_change

    sender = apps.get_app_config("samskap_booking")
    pre_migrate.connect(guards.before_migrate, sender=sender, dispatch_uid="booking.occupancy.guards.before")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.occupancy.guards.after")
    checks.register_guard_probe("occupancy", guards.missing)
    register_cell_guard(refuse_silent_change)
    following.connect()
