"""Faults in the CMS admin: the list, the buttons, and the sign for the wall."""

from __future__ import annotations

from booking.faults.staff import wall  # noqa: F401 - hangs the sign on the pages of things
from booking.faults.staff.listing import FaultViewSet

VIEWSETS = [FaultViewSet]
