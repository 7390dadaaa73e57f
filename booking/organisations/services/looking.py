"""Staff open the people of an organisation: that leaves a trace. Its own people look at their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.catalogue.selectors import roles_of
from booking.organisations import selectors
from booking.organisations.models import Organisation
from booking.organisations.services.common import today_of
from booking.privacy.services import note_look


def note_look_at(organisation: Organisation, viewer: Any, *, now: datetime, door: str = "page") -> None:
    """Note it for the unit in which ``viewer`` works (the first, if several). One's own organisation isn't noted."""
    on = today_of(now)
    if selectors.role_names(viewer, organisation, on):
        return
    role = roles_of(viewer, on).order_by("pk").first()
    note_look(
        viewer=viewer,
        kind="organisation",
        pk=organisation.pk,
        label=organisation.slug,
        unit_id=role.unit_id if role is not None else None,
        now=now,
        door=door,
    )
