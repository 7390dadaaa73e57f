"""The page with the municipality's figures: how fast it answers, what is used, what was taken back (needs N8, N17)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking.catalogue.models import Kind
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.insight import rules, selectors
from booking.insight.seasons.selectors import rounds_with_figures
from booking.insight.selectors import Period


def periods(today: date) -> dict[str, tuple[Any, Period]]:
    """What can be chosen: its code, words and days."""
    return {
        "12m": (_("The last twelve months"), selectors.last_year(today)),
        "year": (_("This year"), Period(date(today.year, 1, 1), today)),
        "before": (_("Last year"), Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))),
    }


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Honest figures, for everybody. Figures of a unit only from ten cases, never of a person."""
    now = clock.now()
    today = clock.local_date(now, booking_settings().tz)
    choices = periods(today)
    chosen = request.GET.get("period", "")
    code = chosen if chosen in choices else "12m"
    period = choices[code][1]
    answers, use = selectors.answer_times(period, now=now), selectors.use(period)
    names = dict(Kind.choices)
    context = {
        "choices": [(one, words) for one, (words, _period) in choices.items()],
        "code": code,
        "period": period,
        "answers": answers,
        "least": rules.LEAST,
        "few": [unit for unit, one in answers.units if one.few],
        "units": [(unit, one) for unit, one in answers.units if not one.few],
        "use": use,
        "notices": selectors.notice_kept(period, now=now).all,
        "seasons": rounds_with_figures(today),
        "kinds": [(names[kind], one) for kind, one in use.kinds.items()],
    }
    return render(request, "booking/insight/figures.html", context)
