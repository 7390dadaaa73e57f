"""The list of rounds, and the page of one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons.public.common import Reading
from booking.seasons.selectors import rounds as selectors


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """Every round that the reader may see, the newest season first."""
    if not selectors.is_on():
        raise Http404
    on = clock.today(booking_settings().tz)
    found = selectors.with_all(selectors.visible_rounds(request.user, on))
    return render(request, "booking/seasons/public/rounds.html", {"rounds": found, "today": on})


@require_safe
def round_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One round."""
    return Reading(request, slug).page("booking/seasons/public/round.html", "round")
