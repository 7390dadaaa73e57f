"""Days in the CMS admin: the timeline, and the links to caretakers' pages."""

from __future__ import annotations

from booking.days.staff.links import CaretakerLinkViewSet
from booking.days.staff.timeline import TimelineViewSet

VIEWSETS = [TimelineViewSet, CaretakerLinkViewSet]
