"""The first thing an officer sees in the morning: what waits, the overdue first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.ui.components import Component
from wagtail.permission_policies.pages import PagePermissionPolicy

from booking.cases import selectors
from booking.cases.models import WaitingOn
from booking.cases.staff import words
from booking.cases.staff.access import cases_decided, is_decider, letters_seen, today
from booking.foundation import clock

#: So many stand on the front page; the queue has them all.
FIRST = 5


class WaitingPanel(Component):
    """Counts, and the first few by the promised day: one's own if there are any, else the unit's."""

    name = "booking_waiting"
    template_name = "booking/cases/staff/panel.html"
    order = 10

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Four queries and a half, however many wait."""
        user, on = (parent_context or {})["request"].user, today()
        counts = selectors.waiting_on_you(user, now=clock.now())
        waiting = cases_decided(user).filter(waiting_on=WaitingOn.MUNICIPALITY)
        mine = Q(officer=user) | Q(deputy=user)
        own = counts["yours"] > 0
        first = selectors.in_order(selectors.with_lines(waiting.filter(mine) if own else waiting))[:FIRST]
        return {
            "counts": counts,
            "own": own,
            "rows": [
                {
                    "url": reverse("booking_cases:inspect", args=[case.pk]),
                    "reference": case.reference,
                    "who": words.who(case),
                    "what": words.what(case, on=on),
                    "answer_by": words.answer_by(case, on),
                    "late": words.is_late(case, on),
                }
                for case in first
            ],
            "stuck": letters_seen(user).count(),
            "queue_url": reverse("booking_cases:index"),
            "outbox_url": reverse("booking_outbox:index"),
        }


def put_in_place(request: HttpRequest, panels: list[Any]) -> None:
    """For officers and leaders; and nothing about pages for those who have none."""
    if not is_decider(request.user):
        return
    if not PagePermissionPolicy().user_has_any_permission(request.user, ["add", "change", "publish"]):
        panels.clear()
    panels.append(WaitingPanel())
