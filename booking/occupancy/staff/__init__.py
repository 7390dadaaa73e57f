"""Taken time in the CMS admin: the list of closures, and the pages of a thing or unit that look at granted time."""

from __future__ import annotations

from booking.occupancy.staff import things  # noqa: F401 - hangs its pages on things and units
from booking.occupancy.staff.closures import ClosureViewSet

VIEWSETS = [ClosureViewSet]
