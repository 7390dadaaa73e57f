"""Reading: the list, one proposal hall by hall or by organisation, two side by side, and prints."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons.comparing import comparison
from booking.seasons.models import Proposal, ProposalState
from booking.seasons.public.hearing.pages import comment_row
from booking.seasons.public.proposals.common import Looking, Opened, card
from booking.seasons.selectors import proposals as selectors
from booking.seasons.selectors.hearing import comments_in, own_voices
from booking.seasons.selectors.instances import timetable_of
from booking.seasons.services.hearing import TALKING
from booking.seasons.shown import author_words, figure_words

VIEWS = ("halls", "organisations", "list")


@never_cache
@require_safe
def proposals(request: HttpRequest, slug: str) -> HttpResponse:
    """What is on the table, with figures, and the reader's own drafts."""
    me = Looking(request, slug)
    rows = []
    timetables = selectors.timetables_of(me.seen)
    for one in me.seen:
        figures = me.sheet.measure(timetables[one.pk])
        rows.append(
            card(one)
            | {
                "figures": figure_words(figures.whole), "worst": figures.worst_percent,
                "without_least": len(figures.without_least), "own": me.wrote(one),
            }
        )  # fmt: skip
    context = {
        "drafts": [row for row in rows if row["draft"]],
        "table": [row for row in rows if not row["draft"] and not row["withdrawn"]],
        "withdrawn": [row for row in rows if row["withdrawn"]],
        "may_start": me.may_start,
    }
    return me.page("booking/seasons/public/proposals.html", "proposals", context)


@never_cache
@require_safe
def proposal(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One proposal: hall by hall as a grid and a list, by organisation, or every slot in one table."""
    me = Looking(request, slug)
    found = me.proposal(number)
    opened = Opened(me, found)
    shows = request.GET.get("as", "halls")
    shows = shows if shows in VIEWS else "halls"
    figures = me.sheet.measure(opened.timetable)
    hall = opened.hall(request.GET.get("hall", ""))
    keys = [hall] if hall is not None else [one.key for one in me.sheet.halls]
    rival = selectors.usual_rival(me.round, found, me.seen)
    context = card(found) | {
        "view": shows,
        "hall": me.sheet.slug(hall) if hall is not None else "all",
        "hall_links": opened.hall_links(),
        "weeks": [me.sheet.week(key, opened.shown) for key in keys] if shows == "halls" else [],
        "slots": sorted(opened.shown.values(), key=lambda one: (one.organisation.casefold(), one.team, one.slot))
        if shows == "list" else [],
        "organisations": me.sheet.organisations(figures.organisations),
        "whole": figure_words(figures.whole),
        "worst": me.sheet.worst_off(figures),
        "without_least": [me.sheet.instance.applicant[key].name for key in figures.without_least],
        "wrong": opened.wrong,
        "changed": [one for one in opened.shown.values() if one.reason],
        "others": [one for one in me.seen if one.pk != found.pk],
        "rival": rival,
        "may_edit": me.edits(found),
        "may_withdraw": found.state == "published" and me.owns(found) and found.pk not in (
            me.round.heard_id, me.round.adopted_id,
        ) and found.frozen_at is None and (found.organisation_id is not None or me.may_run_unbiased),
        "may_copy": me.may_start,
        "may_meet": me.may_run_unbiased and found.state == "published" and me.round.state in selectors.STILL_CHANGING,
        "based_on": found.based_on if any(one.pk == found.based_on_id for one in me.seen) else None,
    }  # fmt: skip
    if found.state != ProposalState.DRAFT:
        context |= talk(me, found)
    return me.page("booking/seasons/public/proposal.html", "proposals", context)


def talk(me: Looking, found: Proposal) -> dict[str, Any]:
    """What was said about it, and whether the reader may say something."""
    speaks_for = {one.pk for one in own_voices(me.round, me.request.user, me.today)}
    open_ = me.round.state in TALKING and found.state == ProposalState.PUBLISHED
    return {
        "said": [comment_row(row, speaks_for) for row in comments_in(me.round, about=found)],
        "open": me.round.state in TALKING,
        "may_say": open_ and bool(speaks_for or me.runs),
        "may_log_in_to_say": open_ and not me.request.user.is_authenticated,
    }


@never_cache
@require_safe
def organisation(request: HttpRequest, slug: str, number: int, organisation: str) -> HttpResponse:
    """An organisation's hours in a proposal: team by team what it got, what not, and why."""
    me = Looking(request, slug)
    found = me.proposal(number)
    opened = Opened(me, found)
    key = next(
        (one.key for one in me.sheet.instance.applicants if me.sheet.organisation_slug(one.key) == organisation), None
    )
    if key is None:
        raise Http404
    context = card(found) | {
        "organisation": me.sheet.instance.applicant[key],
        "organisation_slug": organisation,
        "is_mine": key in me.sheet.mine,
        **me.sheet.hours_of(key, opened.timetable, opened.shown),
    }
    return me.page("booking/seasons/public/organisation.html", "proposals", context)


@never_cache
@require_safe
def compare(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Two side by side. ``?against=m``; without it the municipality's. The address can be sent to anybody who may
    see both."""
    me = Looking(request, slug)
    found = me.proposal(number)
    other = _against(request, me, found)
    shown, weeks = None, []
    hall_links: list[dict[str, Any]] = []
    if other is not None:
        shown = comparison(me.sheet, timetable_of(other), timetable_of(found))
        asked = me.sheet.place_of(request.GET.get("hall", ""))
        changed = [one.key for one in me.sheet.halls if one.key in shown.halls]
        first = asked if asked in {one.key for one in me.sheet.halls} else next(iter(changed), None)
        hall_links = [
            {"slug": me.sheet.slug(one.key), "name": me.sheet.place_name(one.key), "changed": one.key in shown.halls,
             "current": one.key == first}
            for one in me.sheet.halls
        ]  # fmt: skip
        if first is not None:
            weeks = [me.sheet.week(first, shown.left), me.sheet.week(first, shown.right)]
    context = card(found) | {
        "other": other,
        "other_author": author_words(other) if other is not None else "",
        "comparison": shown,
        "weeks": weeks,
        "hall_links": hall_links,
        "others": [one for one in me.seen if one.pk != found.pk],
        "seen": me.seen,
    }
    return me.page("booking/seasons/public/compare.html", "proposals", context)


def _against(request: HttpRequest, me: Looking, found: Proposal) -> Proposal | None:
    asked = request.GET.get("against", "")
    if not asked:
        return selectors.usual_rival(me.round, found, me.seen)
    if not (asked.isascii() and asked.isdigit() and len(asked) < 9):
        raise Http404
    return me.proposal(int(asked))


@never_cache
@require_safe
def printed(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One sheet for each hall, A4 across, black on white. ``?hall=`` only that one."""
    me = Looking(request, slug)
    found = me.proposal(number)
    opened = Opened(me, found)
    asked = request.GET.get("hall", "")
    hall = opened.hall(asked) if asked else None
    keys = [hall] if hall is not None else [one.key for one in me.sheet.halls]
    context = card(found) | {
        "round": me.round,
        "sheets": [me.sheet.sheet(key, opened.shown) for key in keys],
        "wrong": opened.wrong,
        "printed_on": clock.today(booking_settings().tz),
        "hall": me.sheet.slug(hall) if hall is not None else "",
    }
    return render(request, "booking/seasons/public/print.html", context)
