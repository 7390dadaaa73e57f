"""The content security policy by path: strict everywhere, except where Wagtail's own editor needs inline scripts."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

# Our own admin views stand under this path and follow the strict policy (architecture.md, traps).
OWN_ADMIN = "booking/"


class EditorPolicy:
    """Loosens script-src and style-src for Wagtail's page editor only: below the admin path, outside our own views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        admin = reverse("wagtailadmin_home")
        if request.path.startswith(admin) and not request.path.startswith(admin + OWN_ADMIN):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": [SELF, UNSAFE_INLINE],
                "style-src": [SELF, UNSAFE_INLINE],
                "frame-src": [SELF],
            }
        return response
