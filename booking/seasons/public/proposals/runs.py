"""The best so far of a calculation, and rules tried on last year's wishes, for those who run the round."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.seasons.calculated import facts_words, progress_words
from booking.seasons.comparing import comparison
from booking.seasons.models import DraftRun, RunState
from booking.seasons.public.proposals.common import Looking
from booking.seasons.rules.instance import Slot
from booking.seasons.selectors.instances import timetable_of
from booking.seasons.services.drafting import LIVING
from booking.seasons.shown import Sheet, figure_words


@never_cache
@require_safe
@login_required
def run(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One calculation. 404 for who doesn't run the round."""
    me = Looking(request, slug)
    found = DraftRun.objects.filter(pk=pk, round=me.round).select_related("proposal", "start_from").first()
    if found is None or not me.runs:
        raise Http404
    timetable = tuple(sorted(Slot(*row) for row in found.best))
    last = me.round.follows
    sheet = me.sheet
    if found.simulation and last is not None:
        sheet = Sheet(last, rules=found.rules)
    shown = None
    if found.simulation and last is not None and last.adopted is not None and timetable:
        shown = comparison(sheet, timetable_of(last.adopted), timetable)
    in_words = sheet.shown(timetable, found=sheet.faults(timetable))
    halls = sheet.halls
    asked = sheet.place_of(request.GET.get("hall", ""))
    hall = asked if asked in {one.key for one in halls} else (halls[0].key if halls else None)
    figures = sheet.measure(timetable)
    context: dict[str, Any] = {
        "run": found,
        "living": found.state in LIVING,
        "words": progress_words(found),
        "method": facts_words(found.progress, found.seed) if found.state in (RunState.DONE, RunState.CANCELLED) else [],
        "whole": figure_words(figures.whole),
        "worst": sheet.worst_off(figures),
        "organisations": sheet.organisations(figures.organisations),
        "comparison": shown,
        "last": last,
        "week": sheet.week(hall, in_words) if hall is not None and timetable else None,
        "hall": sheet.slug(hall) if hall is not None else "",
        "hall_links": [{"slug": sheet.slug(one.key), "name": sheet.place_name(one.key)} for one in halls],
    }
    return me.page("booking/seasons/public/run.html", "proposals", context)
