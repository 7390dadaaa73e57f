"""The number beside "Season rounds" in the menu: rounds that wait for a step of whoever runs them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from booking.seasons.selectors import waiting


def with_count(item_class: type[Any]) -> type[Any]:
    """A menu item that says how many rounds wait for a step."""

    def count_of(_self: Any, request: HttpRequest) -> int:
        """Asked once a request."""
        kept = getattr(request, "_samskap_rounds_waiting", None)
        if kept is None:
            kept = waiting.count_for(request.user)
            request._samskap_rounds_waiting = kept  # type: ignore[attr-defined]
        return int(kept)

    def render_component(self: Any, request: HttpRequest) -> Any:
        """Wagtail's own, with the number in the label: read aloud as it is shown."""
        component = item_class.render_component(self, request)
        count = self.waiting(request)
        if count:
            component.label = f"{self.label} ({count})"
        return component

    return type(item_class.__name__, (item_class,), {"waiting": count_of, "render_component": render_component})
