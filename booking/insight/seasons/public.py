"""What became of a season's hours, for everybody. Organisations are named with what they were given, never with use."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from booking.insight.seasons import selectors, shown
from booking.seasons.public.common import Reading


@require_safe
def season_use(request: HttpRequest, slug: str) -> HttpResponse:
    """Given out, given up, taken, used: in all, by hall, age and week, and beside last season. 404 until it begins."""
    reading = Reading(request, slug)
    if not selectors.has_figures(reading.round, reading.today):
        raise Http404
    use = selectors.season_use(reading.round, now=reading.now)
    return reading.page("booking/insight/season_use.html", "use", shown.context(use, everything=False))


URLS: list[Any] = [path("seasons/<slug:slug>/use/", season_use, name="season_use")]
