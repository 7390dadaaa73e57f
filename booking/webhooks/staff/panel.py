"""On the admin's front page: webhooks that somebody should look at; nothing when none is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.ui.components import Component

from booking.foundation import clock
from booking.webhooks import access, selectors, wording

_MOST = 5


class WebhooksPanel(Component):
    """At most five."""

    name = "booking_webhooks"
    template_name = "booking/webhooks/staff/panel.html"
    order = 35

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Name, address, how it stands."""
        user = (parent_context or {})["request"].user
        rows = selectors.troubled(access.seen(user), clock.now())[:_MOST]
        return {
            "rows": [
                (one.name, reverse(f"{access.NAMESPACE}:inspect", args=[one.pk]), wording.state_words(one))
                for one in rows
            ],
        }


def put_in_place(request: HttpRequest, panels: list[Any]) -> None:
    """For those who keep webhooks."""
    if access.may_come_in(request.user):
        panels.append(WebhooksPanel())
