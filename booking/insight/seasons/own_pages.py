"""An organisation's own figures of a season: the page, and the spreadsheet. For its leader, board and bookers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.foundation import sheets
from booking.insight.seasons import own, own_shown
from booking.insight.seasons.export import headings, rows
from booking.organisations.models import LEADING_ROLES
from booking.seasons.models import SeasonRound
from booking.seasons.public.hearing.mine import Ours


def _found(request: HttpRequest, slug: str, season: str) -> tuple[Ours, SeasonRound]:
    """404 for who doesn't act for the organisation, and for a season in which it has no figures."""
    me = Ours(request, slug)
    me.need(bool(set(me.roles) & set(LEADING_ROLES)))
    round = next((one for one in own.rounds_of(me.organisation, me.today) if one.slug == season), None)
    if round is None:
        raise Http404
    return me, round


@never_cache
@require_safe
@login_required
def own_use(request: HttpRequest, slug: str, season: str) -> HttpResponse:
    """In all and team by team, so far and of the season, beside last season; and the dates that can be reported."""
    me, round = _found(request, slug, season)
    if me.organisation.slug != slug:
        return redirect("booking:my_hours_figures", me.organisation.slug, season)
    use = own.own_use(me.organisation, round, now=me.now)
    return render(
        request, "booking/insight/own_use.html", own_shown.context(me.organisation, use) | {"me": me, "today": me.today}
    )


@never_cache
@require_safe
@login_required
def own_use_file(request: HttpRequest, slug: str, season: str, kind: str) -> HttpResponseBase:
    """One row for each team's weekly hours, as CSV or XLSX; 404 for another kind."""
    me, round = _found(request, slug, season)
    if kind not in sheets.FORMATS:
        raise Http404
    hours = own.own_allocations(me.organisation, round, now=me.now)
    name = f"{_('use')}-{round.slug}-{me.organisation.slug}"
    return sheets.answer(kind, name, _("Use"), headings(), rows(hours))


_ONE = "my/organisations/<slug:slug>/hours/use/<slug:season>/"
URLS: list[Any] = [
    path(_ONE, own_use, name="my_hours_figures"),
    path(f"{_ONE}<slug:kind>/", own_use_file, name="my_hours_figures_file"),
]
