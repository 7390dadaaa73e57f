"""What calendars in connect when Django starts: their job in `tick`, and how impact lists name what they take."""

from __future__ import annotations

from booking.calendars.incoming import outgoing, personal, selectors, services
from booking.correspondence import registry as correspondence
from booking.occupancy import registry as occupancy
from booking.occupancy.models import Cause


def connect() -> None:
    """Fill the registries of the floors below."""
    personal.register()
    outgoing.register()
    correspondence.register_job("calendars_in", services.run_calendars_in)
    occupancy.on_describe(Cause.IMPORT, selectors.described)
