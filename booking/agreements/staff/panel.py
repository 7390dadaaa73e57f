"""Agreements on the admin's front page: what waits for the unit's yes, ends soon, or should have been done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.ui.components import Component

from booking.agreements import selectors
from booking.agreements.staff.access import may_answer, may_come_in, today


class AgreementsPanel(Component):
    """Counts with links to the list; nothing when nothing waits."""

    name = "booking_agreements"
    template_name = "booking/agreements/staff/panel.html"
    order = 20

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Four counts."""
        user = (parent_context or {})["request"].user
        counts = selectors.counts_for(user, today())
        return {"counts": counts, "any": any(counts.values()), "list_url": reverse("booking_agreements:index")}


def put_in_place(request: HttpRequest, panels: list[Any]) -> None:
    """For officers and leaders, where the register is used."""
    if may_come_in(request.user) and may_answer(request.user):
        panels.append(AgreementsPanel())
