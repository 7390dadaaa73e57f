"""The list of rounds, the page of one, its demand and its rules."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import selectors as organisations
from booking.seasons import wording_rounds as wording
from booking.seasons.hours import times_words
from booking.seasons.models import RoundState, SeasonRound
from booking.seasons.public.common import Reading
from booking.seasons.rules import presets
from booking.seasons.selectors import rounds as selectors
from booking.seasons.selectors import standing, visible, wishes
from booking.seasons.wording import reason_text


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """Every round that the reader may see: what goes on first, then the newest season."""
    if not selectors.is_on():
        raise Http404
    on = clock.today(booking_settings().tz)
    found = list(selectors.with_all(selectors.visible_rounds(request.user, on)))
    living = [_row(one, on) for one in found if one.state != RoundState.ENDED]
    over = [_row(one, on) for one in found if one.state == RoundState.ENDED]
    context = {
        "groups": [(heading, rows) for heading, rows in ((_("Now"), living), (_("Earlier seasons"), over)) if rows],
        "today": on,
    }
    return render(request, "booking/seasons/public/rounds.html", context)


def _row(one: SeasonRound, on: Any) -> dict[str, Any]:
    return {"round": one, "now": wording.now_words(one, on), "halls": wishes.halls_of(one)}


@require_safe
def round_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One round: what happens when, by which rules, for which hours, and what I can do now."""
    reading = Reading(request, slug)
    round, on = reading.round, reading.today
    rules = standing.rules_of(round)
    mine = {one.pk: 0 for one in reading.mine}
    for pk in round.wishes.filter(withdrawn_at__isnull=True, organisation__in=mine).values_list(
        "organisation", flat=True
    ):
        mine[pk] += 1
    person, _why = standing.responsible(round, on)
    context = {
        "now_words": wording.now_words(round, on),
        "dates": wording.dates_of(round, on),
        "my_rows": [(one, mine[one.pk]) for one in reading.mine],
        "places": place_rows(round),
        "breaks": list(round.breaks.all()),
        "preset": wording.PRESETS.get(round.preset, (round.preset, ""))[0],
        "rules": [reason_text(one) for one in presets.explain_rules(rules)] if rules is not None else [],
        "story": wording.story(round.events.filter(public=True).order_by("-number")[:50]),
        "officer": person if booking_settings().show_officer_names else None,
        "count": round.wishes.filter(withdrawn_at__isnull=True).count(),
        "takes_wishes": reading.takes_wishes,
        "wishes_are_open": reading.wishes_are_open,
        "acts_for_nobody": request.user.is_authenticated and not reading.mine,
    }
    return reading.page("booking/seasons/public/round.html", "round", context)


def place_rows(round: SeasonRound) -> list[dict[str, Any]]:
    """Halls with their parts, weekly hours and own use, in the round's order."""
    places = list(round.places.prefetch_related("hours", "own_uses").select_related("resource__parent"))
    ids = {one.resource_id for one in places}
    rows = []
    for one in places:
        if one.resource.parent_id in ids:
            continue
        parts = [other for other in places if other.resource.parent_id == one.resource_id]
        own = [use for place in (one, *parts) for use in place.own_uses.all()]
        rows.append(
            {
                "place": one,
                "parts": parts,
                "hours": day_hours((hours.weekday, hours.start, hours.end) for hours in one.hours.all()),
                "own": [(wording.span_words(use.weekday, use.start, use.end), use.what) for use in own],
            }
        )
    return rows


def day_hours(spans: Any) -> list[tuple[str, str]]:
    """Weekly hours as people read them: days in a row with the same hours together ("mandag–fredag", "16:00–22:00")."""
    by_day: dict[int, list[str]] = {}
    for day, start, end in sorted(spans):
        by_day.setdefault(day, []).append(times_words(start, end))
    rows: list[list[Any]] = []
    for day in sorted(by_day):
        words = ", ".join(by_day[day])
        if rows and rows[-1][1] == day - 1 and rows[-1][2] == words:
            rows[-1][1] = day
        else:
            rows.append([day, day, words])
    return [
        (wording.weekday(first) if first == last else f"{wording.weekday(first)}–{wording.weekday(last)}", words)
        for first, last, words in rows
    ]


@require_safe
def demand(request: HttpRequest, slug: str) -> HttpResponse:
    """How many teams like each hour best: numbers only, so that everybody can look for a quieter one."""
    reading = Reading(request, slug)
    if reading.round.state == RoundState.PREPARING:
        raise Http404
    context = demand_context(reading.round, request.GET.get("hall", ""))
    return reading.page("booking/seasons/public/demand.html", "wishes", context)


def demand_context(round: SeasonRound, wanted: str = "") -> dict[str, Any]:
    """The grid of one hall or of all, with the most wanted hours in words."""
    halls = wishes.halls_of(round)
    hall = next((one for one in halls if one.slug == wanted), None)
    grid = wishes.demand_of(round, hall=hall.pk if hall else None)
    return {
        "halls": halls,
        "hall": hall,
        "grid": grid,
        "heads": [(wording.weekday_short(day), wording.weekday(day)) for day in grid.weekdays],
        "rows": [(wording.period(start, end), cells) for (start, end), cells in grid.rows],
        "busiest": [(wording.span_words(one.weekday, one.start, one.end), one) for one in grid.busiest()],
        "asked": wording.hours_number(grid.minutes),
    }


@require_safe
def all_wishes(request: HttpRequest, slug: str) -> HttpResponse:
    """Before the closing date: the sums, and the way to one's own. After it every wish, by organisation."""
    reading = Reading(request, slug)
    round = reading.round
    if round.state == RoundState.PREPARING and not reading.runs:
        raise Http404
    open_ = reading.wishes_are_open
    staff = visible.is_staff(request.user, round, reading.today)
    found = wishes.wishes_in(round, None if open_ or staff else [one.pk for one in reading.mine])
    words = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    groups = (
        [one for one in found.groups if words.casefold() in one.organisation.name.casefold()] if words else found.groups
    )
    context = {
        "groups": groups,
        "found": found,
        "q": words,
        "open": open_,
        "staff": staff and not open_,
        "takes_wishes": reading.takes_wishes,
        "my_ids": {one.pk for one in reading.mine},
        **demand_context(round),
    }
    return reading.page("booking/seasons/public/wishes.html", "wishes", context)


def acts_for(reading: Reading, organisation_slug: str) -> Any:
    """The organisation with that address, if the reader acts for it; 404 for any other."""
    found = next((one for one in reading.mine if one.slug == organisation_slug), None)
    if found is None:
        gone = organisations.successor(organisation_slug)
        found = next((one for one in reading.mine if gone is not None and one.pk == gone.pk), None)
    if found is None:
        raise Http404
    return found
