"""What this capability connects when Django starts: the guards of the database, and the check that they are there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models.signals import post_migrate, pre_migrate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.foundation import checks
from booking.occupancy import guards


def connect() -> None:
    from booking.catalogue.registry import register_cell_guard, register_staff_part
    from booking.occupancy import following
    from booking.occupancy.services.changes import refuse_silent_change

    sender = apps.get_app_config("samskap_booking")
    pre_migrate.connect(guards.before_migrate, sender=sender, dispatch_uid="booking.occupancy.guards.before")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.occupancy.guards.after")
    checks.register_guard_probe("occupancy", guards.missing)
    register_cell_guard(refuse_silent_change)
    following.connect()
    register_staff_part("closures", staff_part, order=10)


def staff_part(request: Any, resource: Any, now: datetime) -> Any:
    """On a thing's page in the CMS admin: when it, or what it is part of, is closed from now on. One query besides
    the lineage."""
    from booking.catalogue import selectors as catalogue
    from booking.catalogue.registry import PageNote, StaffPart
    from booking.foundation.wording import when_words
    from booking.occupancy.models import Closure

    own = [resource.pk, *catalogue.lineage([resource]).parents(resource)]
    rows = Closure.objects.filter(resource__in=own, cancelled_at=None, end__gt=now).select_related("resource")
    tz = catalogue.zone(resource)
    lines = [
        PageNote(
            when_words(one.start, one.end, tz),
            "",
            one.reason if one.resource_id == resource.pk else f"{one.resource.name}: {one.reason}",
        )
        for one in rows.order_by("start", "pk")[:20]
    ]
    return StaffPart(
        _("Closures ahead"), lines, _("None is planned."), [(_("All closures"), reverse("booking_closures:index"))]
    )
