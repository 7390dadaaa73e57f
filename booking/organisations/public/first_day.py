"""Your first day: for who is new at the head of an organisation. What is open, what comes back, whom to ask (N9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.catalogue import selectors as catalogue
from booking.foundation.conf import booking_settings
from booking.organisations import registry, selectors
from booking.organisations.models import LEADING_ROLES
from booking.organisations.public.mine import Mine

#: The same weekdays of last year: from a week ago to two months ahead.
YEAR, BACK, AHEAD = timedelta(weeks=52), timedelta(days=7), timedelta(weeks=8)


@never_cache
@require_safe
@login_required
def first_day(request: HttpRequest, slug: str) -> HttpResponse:
    """For those who act for the organisation: leader, board, booker."""
    me = Mine(request, slug)
    me.need(bool({*LEADING_ROLES} & set(me.roles)))
    organisation, today = me.organisation, me.today
    first, last = today - YEAR - BACK, today - YEAR + AHEAD
    found = [(label, list(tell(organisation, today))) for label, tell in registry.first_days()]
    returning = [one for had in registry.returning() for one in had(organisation, first, last)]
    context: dict[str, Any] = {
        "organisation": organisation,
        "lists": found,
        "returning": sorted(returning, key=lambda one: (one.start, one.title)),
        "colleagues": [row for row in selectors.members(organisation, today) if row.user_id != request.user.pk],
        "former": selectors.former_leaders(organisation, today),
        "units": [_reach(unit, today) for unit in registry.units_dealt_with(organisation)],
    }
    return render(request, "booking/organisations/public/first_day.html", context)


def _reach(unit: Any, today: Any) -> dict[str, Any]:
    """How to reach the unit, and who answers there today, where the municipality shows names."""
    who = catalogue.unit_responsible(unit, today).acting
    names = booking_settings().show_officer_names
    return {"unit": unit, "name": who.get_full_name() if who is not None and names else ""}
