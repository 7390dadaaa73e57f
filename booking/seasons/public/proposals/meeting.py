"""The meeting at the canteen table: one version on the projector, changed live, ended with what the table agreed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.foundation.errors import DomainError
from booking.foundation.wording import day_words
from booking.seasons.limits import CHANGE, PROPOSAL
from booking.seasons.models import AuthorKind, Proposal
from booking.seasons.public.proposals.changing import change_words, spend, version_in
from booking.seasons.public.proposals.common import Looking, Opened, card
from booking.seasons.rules.instance import Slot
from booking.seasons.services import editing
from booking.seasons.shown import figure_words


@never_cache
@require_POST
@login_required
def begin(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A copy of this version for the table."""
    me = Looking(request, slug)
    found = me.proposal(number)
    if not me.may_run_unbiased:
        raise Http404
    name = gettext("The meeting on %(day)s") % {"day": day_words(me.today, with_weekday=False)}
    try:
        spend(me, PROPOSAL)
        made = editing.begin_meeting(found, name=name, by=request.user, now=me.now)
    except DomainError as error:
        messages.error(request, error.text)
        return me.to(found)
    return me.to(made, "season_meeting")


@never_cache
@require_safe
@login_required
def meeting(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The projector's view: one hall, big, what the last change did, undo."""
    me = Looking(request, slug)
    return page(me, _of_table(me, number))


def _of_table(me: Looking, number: int) -> Proposal:
    found = me.draft(number)
    if found.author_kind != AuthorKind.TABLE:
        raise Http404
    return found


def page(me: Looking, found: Proposal, *, status: int = 200, refusal: str = "", note: str = "") -> HttpResponse:
    """The meeting's page."""
    opened = Opened(me, found)
    hall = opened.hall(me.request.GET.get("hall", ""))
    if hall is None and me.sheet.halls:
        hall = me.sheet.halls[0].key
    last = found.changes.filter(undone_at__isnull=True).order_by("-number").first()
    did = None
    if last is not None:
        after, before = [Slot(*one) for one in last.after], [Slot(*one) for one in last.before]
        earlier = tuple(sorted([*(one for one in opened.timetable if one not in after), *before]))
        did = {"words": change_words(me, last), "outlook": me.sheet.outlook(earlier, opened.timetable)}
    figures = me.sheet.measure(opened.timetable)
    context = card(found) | {
        "week": me.sheet.week(hall, opened.shown, fine=True) if hall is not None else None,
        "hall": me.sheet.slug(hall) if hall is not None else "",
        "hall_links": opened.hall_links(),
        "did": did,
        "changes": found.changes.filter(undone_at__isnull=True).count(),
        "whole": figure_words(figures.whole),
        "worst": me.sheet.worst_off(figures),
        "wrong": opened.wrong,
        "unmet": [one for one in me.sheet.unmet(opened.timetable) if one["short"]],
        "refusal": refusal,
        "note": note,
    }
    return me.page("booking/seasons/public/meeting.html", "proposals", context, status=status)


@never_cache
@require_POST
@login_required
def move(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A slot was let go somewhere: it is there, at once."""
    me = Looking(request, slug)
    found = _of_table(me, number)
    shown = Opened(me, found).by_key(_int(request, "slot", -1))
    place = me.sheet.place_of(request.POST.get("place", ""))
    if shown is None or place is None:
        return page(
            me, found, status=409, refusal=gettext("This time was changed in the meantime. Here it is as it is now.")
        )
    start = _int(request, "start", shown.slot.start)
    new = replace(
        shown.slot, place=place, weekday=_int(request, "weekday", 0), start=start, end=start + shown.slot.minutes
    )
    if new != shown.slot:
        try:
            spend(me, CHANGE)
            editing.change(
                found, before=[shown.slot], after=[new], reason=gettext("Agreed at the table"), by=request.user,
                now=me.now, if_version=version_in(request),
            )  # fmt: skip
        except DomainError as error:
            found.refresh_from_db()
            found.round = me.round
            return page(me, found, status=error.status, refusal=error.text)
    hall = me.sheet.instance.place[place].hall
    return me.to(found, "season_meeting", f"?hall={me.sheet.slug(hall)}")


def _int(request: HttpRequest, name: str, default: int) -> int:
    raw: Any = request.POST.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else default


@never_cache
@require_http_methods(["POST"])
@login_required
def agree(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """ "This is what the table agreed": a numbered proposal, on the table."""
    me = Looking(request, slug)
    found = _of_table(me, number)
    note = request.POST.get("note", "")
    try:
        spend(me, CHANGE)
        editing.agree(found, note=note, by=request.user, now=me.now, if_version=version_in(request))
    except DomainError as error:
        return page(me, found, status=error.status, refusal=error.text, note=note)
    messages.success(
        request, gettext("What the table agreed is proposal %(number)s. Everybody can read it.") % {"number": number}
    )
    return me.to(found)
