"""Template context for every server-rendered page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    from booking.foundation.conf import booking_settings

    conf = booking_settings()
    return {"municipality_name": conf.municipality_name, "booking_demo": conf.demo}
