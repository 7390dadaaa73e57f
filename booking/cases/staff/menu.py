"""The number beside "Cases" in the menu: what waits on whoever looks. Nothing waits: no number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from booking.cases.staff.access import is_decider
from booking.cases.staff.filters import counts_of


def with_count(item_class: type[Any]) -> type[Any]:
    """A menu item that says how many cases wait on the user."""

    def waiting(_self: Any, request: HttpRequest) -> int:
        """Four queries a request, however many cases there are."""
        return counts_of(request)["mine"] if is_decider(request.user) else 0

    def render_component(self: Any, request: HttpRequest) -> Any:
        """Wagtail's own, with the number in the label: read aloud as it is shown."""
        component = item_class.render_component(self, request)
        count = self.waiting(request)
        if count:
            component.label = f"{self.label} ({count})"
        return component

    return type(item_class.__name__, (item_class,), {"waiting": waiting, "render_component": render_component})
