"""Permits in the CMS admin: what waits for an answer, what is required, and what may happen during a loan."""

from __future__ import annotations

from booking.permits.staff.permits import PermitViewSet
from booking.permits.staff.requirements import RequirementViewSet
from booking.permits.staff.uses import UseKindViewSet

VIEWSETS = [PermitViewSet, RequirementViewSet, UseKindViewSet]
