"""What the feeds connect when Django starts: versions rise in the transaction of every change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.calendars import letters, personal
from booking.catalogue import registry as catalogue
from booking.catalogue.models import Resource, ResourceState
from booking.catalogue.registry import StaffPart
from booking.correspondence import registry
from booking.foundation import clock
from booking.foundation.signals import revised


def _revised(sender: Any, cause: str, scopes: Iterable[str], **kwargs: Any) -> None:
    """A change of what calendars show: new versions. Raises to undo the change, never swallows."""
    from booking.calendars import services

    services.heard(cause=cause, scopes=scopes, now=clock.now())


def connect() -> None:
    """Listen to changes, add files to letters, and render ahead of readers when `tick` or `work` runs."""
    from booking.calendars import services

    registry.register_job("calendars", services.render_ahead)
    registry.register_job("calendars nobody reads", services.forget_what_nobody_reads)
    revised.connect(_revised, dispatch_uid="samskap-calendars-revised")
    letters.register()
    catalogue.register_staff_part("calendars", staff_part, order=40)
    personal.register()
    if find_spec("booking.works") is not None:  # a house may lack a capability
        import_module("booking.calendars.works").register()
    import_module("booking.calendars.seasons").register()


def staff_part(request: Any, resource: Resource, now: datetime) -> StaffPart:
    """On a thing's page in the CMS admin: the address of its public calendar. No query."""
    shown = resource.public and resource.state == ResourceState.ACTIVE
    address = request.build_absolute_uri(reverse("booking_feeds:resource", args=[resource.slug])) if shown else ""
    return StaffPart(
        _("Calendar to subscribe to"),
        empty="" if shown else _("There is one when the thing is published and shown to everybody."),
        links=[(address, address)] if shown else [],
    )
