"""What the feeds connect when Django starts: versions rise in the transaction of every change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from booking.correspondence import registry
from booking.foundation import clock
from booking.foundation.signals import revised


def _revised(sender: Any, scopes: Iterable[str], **kwargs: Any) -> None:
    """A change of what a resource shows: its feed gets a new version. Raises to undo the change, never swallows."""
    from booking.calendars import selectors, services

    services.bump(resource_ids=selectors.resource_ids_of(scopes), now=clock.now())


def connect() -> None:
    """Listen to changes, and render ahead of readers when `tick` or `work` runs."""
    from booking.calendars import services

    registry.register_job("calendars", services.render_ahead)
    revised.connect(_revised, dispatch_uid="samskap-calendars-revised")
