"""The first thing an officer sees in the morning: what waits, the overdue first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.ui.components import Component
from wagtail.permission_policies.pages import PagePermissionPolicy

from booking.cases import selectors
from booking.cases.staff import words
from booking.cases.staff.access import cases_decided, is_decider, letters_seen, today
from booking.cases.staff.filters import counts_of, narrow

#: So many stand on the front page; the queue has them all.
FIRST = 5


class WaitingPanel(Component):
    """Counts, and the first few by the promised day: one's own if there are any, else the unit's."""

    name = "booking_waiting"
    template_name = "booking/cases/staff/panel.html"
    order = 10

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Four queries and a half, however many wait."""
        request = (parent_context or {})["request"]
        user, on = request.user, today()
        found = counts_of(request)
        counts = {"open": found["unit"], "overdue": found["overdue"], "yours": found["mine"]}
        own = counts["yours"] > 0
        waiting = narrow(cases_decided(user), "mine" if own else "unit", request)
        first = selectors.in_order(selectors.with_lines(waiting))[:FIRST]
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
            "queue_url": f"{reverse('booking_cases:index')}?tab={'mine' if own else 'unit'}",
            "outbox_url": reverse("booking_outbox:index"),
        }


def put_in_place(request: HttpRequest, panels: list[Any]) -> None:
    """For officers and leaders; and nothing about pages for those who have none."""
    if not is_decider(request.user):
        return
    if not PagePermissionPolicy().user_has_any_permission(request.user, ["add", "change", "publish"]):
        panels.clear()
    panels.append(WaitingPanel())
