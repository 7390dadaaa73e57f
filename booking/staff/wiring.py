"""What this floor connects when Django starts: the group that opens the admin, and a check that it can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.db.models.signals import post_migrate

BACKEND = "booking.staff.backends.UnitRoleBackend"


def connect() -> None:
    """Make the group after every migration, and tell a host that forgot the backend."""
    from booking.staff import personal

    personal.register()
    # Every app's migrations are heard: Wagtail's permission may be made before or after our own tables.
    post_migrate.connect(make_group, dispatch_uid="samskap.staff.group")
    checks.register(check_backend, "samskap")


def make_group(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """The group "Booking staff" with the right to open the admin. A group that is there keeps what it was given."""
    if sender.name not in ("booking", "wagtail.admin"):
        return
    from django.contrib.auth.models import Group, Permission

    from booking.staff.backends import GROUP

    if not apps.is_installed("wagtail.admin"):
        return
    permission = (
        Permission.objects.using(using).filter(content_type__app_label="wagtailadmin", codename="access_admin").first()
    )
    if permission is None:
        return  # wagtail.admin is migrated later and calls again
    group, created = Group.objects.using(using).get_or_create(name=GROUP)
    if created or not group.permissions.exists():
        group.permissions.add(permission)


def check_backend(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Without the backend a role in a unit opens nothing."""
    if BACKEND in settings.AUTHENTICATION_BACKENDS:
        return []
    return [
        checks.Warning(
            "People with a role in a unit can't open the CMS admin.",
            hint=f'Add "{BACKEND}" to AUTHENTICATION_BACKENDS, or put them into a group that may.',
            id="samskap.W020",
        )
    ]
