"""Making and changing a draft: begin, the editor, "Move …" with what it does to the others, undo, publish, withdraw."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError, Stale
from booking.foundation.text import form_key
from booking.seasons.hours import times_words
from booking.seasons.limits import CHANGE, PROPOSAL
from booking.seasons.models import Proposal
from booking.seasons.public.proposals.common import Looking, Opened, card
from booking.seasons.public.proposals.forms import EMPTY, LAST, DescribeForm, SlotForm, StartForm, initial_of
from booking.seasons.rules.instance import Slot, Timetable
from booking.seasons.services import editing, proposing
from booking.seasons.shown import day_name, figure_words

MUNICIPALITY = "unit"


def spend(me: Looking, action: str) -> None:
    """One try more. Raises ``TooMany``."""
    address = ratelimit.client_address(me.request)
    ratelimit.spend(action, now=me.now, contact=str(me.request.user.pk), address=address)


def version_in(request: HttpRequest) -> int | None:
    """The version that the form was made from; ``None`` when it doesn't say."""
    raw = request.POST.get("version", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a proposal from another one, from last season's hours, or empty."""
    me = Looking(request, slug)
    if not me.may_start:
        raise Http404
    authors = [(one.slug, one.name) for one in me.authors]
    if me.may_run_unbiased:
        authors.insert(0, (MUNICIPALITY, gettext("The municipality")))
    asked = request.GET.get("from", "")
    shown = [one for one in me.seen if one.state != "withdrawn"]
    initial = {"begin": asked if any(str(one.number) == asked for one in shown) else _usual_begin(shown)}
    form = StartForm(
        request.POST if request.method == "POST" else None, authors=authors, proposals=shown, initial=initial
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            data = form.cleaned_data
            begin = data["begin"]
            try:
                spend(me, PROPOSAL)
                made = proposing.start_proposal(
                    me.round,
                    name=data["name"],
                    note=data["note"],
                    by=request.user,
                    now=me.now,
                    organisation=next((one for one in me.authors if one.slug == data["author"]), None),
                    copy=next((one for one in shown if str(one.number) == begin), None),
                    from_last_season=begin == LAST,
                    submission_key=form_key(request.POST.get("key"), prefix="page-"),
                )
            except DomainError as error:
                form.show(error)
                status = error.status
            else:
                messages.success(request, gettext("The draft is made. Only you see it until you put it on the table."))
                return me.to(made, "season_proposal_edit")
    context = {"form": form, "key": request.POST.get("key") or uuid.uuid4().hex, "alone": len(authors) == 1}
    return me.page("booking/seasons/public/proposal_new.html", "proposals", context, status=status)


def _usual_begin(shown: list[Proposal]) -> str:
    published = [one for one in shown if one.state == "published"]
    return str(published[-1].number) if published else LAST if shown else EMPTY


@never_cache
@require_safe
@login_required
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The editor: the grid of one hall to move in, every slot in a table, wishes that are not met, undo."""
    me = Looking(request, slug)
    return editor(me, me.draft(number))


def editor(me: Looking, found: Proposal, *, status: int = 200, **more: Any) -> HttpResponse:
    """The editor's page."""
    opened = Opened(me, found)
    request = me.request
    hall = opened.hall(request.GET.get("hall", ""))
    if hall is None and me.sheet.halls:
        hall = me.sheet.halls[0].key
    figures = me.sheet.measure(opened.timetable)
    unmet = me.sheet.unmet(opened.timetable)
    here = sorted(
        (one for one in opened.shown.values() if one.hall == hall),
        key=lambda one: (one.slot.weekday, one.slot.start, one.place),
    )
    context = card(found) | {
        "week": me.sheet.week(hall, opened.shown, fine=True) if hall is not None else None,
        "hall": me.sheet.slug(hall) if hall is not None else "",
        "hall_links": opened.hall_links(),
        "days": [(day, list(some)) for day, some in groupby(here, key=lambda one: one.day)],
        "elsewhere": [one for one in opened.shown.values() if one.hall != hall and one.faults],
        "unmet": [one for one in unmet if one["short"]],
        "wanting": [one for one in unmet if not one["short"]],
        "whole": figure_words(figures.whole),
        "worst": me.sheet.worst_off(figures),
        "wrong": opened.wrong,
        "changes": _changes(me, found),
        "describe_form": DescribeForm(initial={"name": found.name, "note": found.note}),
        "can_publish": me.round.state != "open",
    }  # fmt: skip
    return me.page("booking/seasons/public/proposal_edit.html", "proposals", context | more, status=status)


def _changes(me: Looking, found: Proposal, *, most: int = 10) -> list[dict[str, Any]]:
    """The latest changes that stand, the last one first: it is the one that "undo" takes back."""
    rows = list(found.changes.filter(undone_at__isnull=True).order_by("-number")[:most])
    return [{"row": row, "words": change_words(me, row)} for row in rows]


def change_words(me: Looking, row: Any) -> str:
    """A change in one line: "J13: tirsdag 17.00–18.00 → torsdag 18.00–19.00, Gymsalen"."""
    before, after = [Slot(*one) for one in row.before], [Slot(*one) for one in row.after]
    me.sheet.know([*before, *after])
    first = (before or after)[0]
    wish = me.sheet.wishes.get(first.wish)
    team = wish.team if wish is not None else gettext("unknown team")

    def where(slot: Slot) -> str:
        return f"{day_name(slot.weekday)} {times_words(slot.start, slot.end)}, {me.sheet.place_name(slot.place)}"

    if before and after and replace(before[0], locked=True) == replace(after[0], locked=True):
        words = gettext("locked") if after[0].locked else gettext("unlocked")
        return f"{team}: {where(after[0])} ({words})"
    if not before:
        return gettext("%(team)s: added %(where)s") % {"team": team, "where": where(after[0])}
    if not after:
        return gettext("%(team)s: removed %(where)s") % {"team": team, "where": where(before[0])}
    return f"{team}: {where(before[0])} → {where(after[0])}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def slot(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """ "Move …": place, weekday, from, length; what it does to the others; save or remove, with a reason."""
    me = Looking(request, slug)
    found = me.draft(number)
    opened = Opened(me, found)
    shown = opened.by_key(pk)
    if shown is None:
        if request.method == "POST":
            return _gone(me, found)
        raise Http404
    return _slot_page(me, found, opened, shown.slot)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Hours for a wish that isn't met: ``?wish=``; free times that fit are offered."""
    me = Looking(request, slug)
    found = me.draft(number)
    return _slot_page(me, found, Opened(me, found), None)


def _gone(me: Looking, found: Proposal) -> HttpResponse:
    messages.error(
        me.request, gettext("Somebody changed this time in the meantime. Here is the proposal as it is now.")
    )
    return me.to(found, "season_proposal_edit")


def _asked(me: Looking, old: Slot | None) -> dict[str, Any]:
    """The form as the address fills it: where a slot was let go on the grid, or a free time that was chosen."""
    given = me.request.GET
    wishes = me.sheet.instance.wish
    wish = _number(given.get("wish"), wishes)
    if old is None:
        first = wish if wish is not None else next(iter(wishes), 0)
        minutes = wishes[first].minutes_wanted if first in wishes else 60
        spans = [span for place in me.sheet.instance.places for span in place.open]
        start = min((span.start for span in spans), default=17 * 60)
        places = wishes[first].places if first in wishes else ()
        at = next((key for key in places if key in me.sheet.places), next(iter(me.sheet.places), 0))
        old = Slot(first, at, 0, start, min(start + minutes, 1440))
    place = me.sheet.place_of(given.get("place", ""))
    weekday = _number(given.get("weekday"), range(7))
    start_asked = _number(given.get("start"), range(1440))
    length = _number(given.get("minutes"), range(5, 1441)) or old.minutes
    begins = old.start if start_asked is None else start_asked
    return initial_of(
        Slot(
            old.wish, old.place if place is None else place, old.weekday if weekday is None else weekday, begins,
            begins + length,
        )
    )  # fmt: skip


def _number(raw: str | None, among: Any) -> int | None:
    if not raw or not raw.isascii() or not raw.isdigit() or len(raw) > 12:
        return None
    return int(raw) if int(raw) in among else None


def _slot_page(me: Looking, found: Proposal, opened: Opened, old: Slot | None) -> HttpResponse:
    request = me.request
    initial = _asked(me, old)
    form = SlotForm(request.POST if request.method == "POST" else None, sheet=me.sheet, slot=old, initial=initial)
    act = request.POST.get("act", "look") if request.method == "POST" else "look"
    status = 200
    if act in ("save", "remove"):
        done, status = _save(me, found, form, old, act)
        if done is not None:
            return done
    new = _wanted(form, old)
    shown_old = opened.shown.get(old) if old is not None else None
    wish_key = old.wish if old is not None else (new.wish if new is not None else int(initial["team"]))
    without = tuple(one for one in opened.timetable if one != old)
    outlook = None
    if new is not None and new != old:
        outlook = me.sheet.outlook(opened.timetable, tuple(sorted((*without, new))))
    context = card(found) | {
        "form": form,
        "slot": shown_old,
        "new": me.sheet.shown((new,))[new] if new is not None and new != old else None,
        "outlook": outlook,
        "removal": me.sheet.outlook(opened.timetable, without) if old is not None and outlook is None else None,
        "free": _free(me, found, wish_key, without, shown_old),
        "wish": me.sheet.wishes.get(wish_key),
        "version": request.POST.get("version") or found.version,
        "hall": me.sheet.slug(shown_old.hall) if shown_old is not None else "",
        "adding": old is None,
    }
    template = "booking/seasons/public/proposal_slot.html"
    if request.headers.get("HX-Request"):
        return render(request, "booking/seasons/public/_outlook.html", context, status=status)
    return me.page(template, "proposals", context, status=status)


def _wanted(form: SlotForm, old: Slot | None) -> Slot | None:
    """What the form says; ``None`` while it can't be read."""
    if form.is_bound:
        return form.slot(old) if form.is_valid() else None
    first = form.initial
    hour, minute = str(first["start"]).split(":")
    start = int(hour) * 60 + int(minute)
    wish = old.wish if old is not None else int(first["team"])
    if wish == 0 or int(first["place"]) == 0:
        return None
    locked = old.locked if old is not None else False
    return Slot(wish, int(first["place"]), int(first["weekday"]), start, start + int(first["minutes"]), locked)


def _free(me: Looking, found: Proposal, wish: int, without: Timetable, shown: Any) -> list[tuple[str, str]]:
    """(address, words) of free times that fit, each a click that fills the form."""
    links = []
    for one in me.sheet.free_for(wish, without):
        if shown is not None and (one.place, one.weekday, one.start) == (
            shown.slot.place, shown.slot.weekday, shown.slot.start,
        ):  # fmt: skip
            continue
        asked = {
            "wish": wish, "place": me.sheet.slug(one.place), "weekday": one.weekday, "start": one.start,
            "minutes": one.minutes,
        }  # fmt: skip
        words = f"{day_name(one.weekday)} {times_words(one.start, one.end)}, {me.sheet.place_name(one.place)}"
        links.append((f"?{urlencode(asked)}", words))
    return links


def _save(me: Looking, found: Proposal, form: SlotForm, old: Slot | None, act: str) -> tuple[HttpResponse | None, int]:
    request = me.request
    before = [old] if old is not None else []
    form.full_clean()
    if act == "remove":  # where it would have gone is nothing to it
        for name in ("place", "weekday", "start", "minutes"):
            form.errors.pop(name, None)
    if form.errors:
        return None, 400
    try:
        spend(me, CHANGE)
        after = [form.slot(old)] if act == "save" else []
        if before == after:
            form.add_error(None, gettext("Nothing was changed: choose another place, day or time."))
            return None, 400
        editing.change(
            found, before=before, after=after, reason=form.cleaned_data["reason"], by=request.user, now=me.now,
            if_version=version_in(request),
        )  # fmt: skip
    except Stale:
        return _gone(me, found), 412
    except DomainError as error:
        form.show(error)
        return None, error.status
    messages.success(request, gettext("Saved.") if act == "save" else gettext("Removed."))
    at = me.sheet.instance.place.get((after or before)[0].place)
    hall = me.sheet.slug(at.hall) if at is not None else ""
    name = "season_meeting" if request.POST.get("back") == "meeting" else "season_proposal_edit"
    return me.to(found, name, f"?hall={hall}" if hall else ""), 302


# --- buttons ---------------------------------------------------------------------------------------------------------


#: What a button does: the answer, and the words that say it.
Do = Callable[[Looking, Proposal], tuple[HttpResponse, str]]


def _act(request: HttpRequest, slug: str, number: int, do: Do) -> HttpResponse:
    """Press a button: do it, say it, or say why not."""
    me = Looking(request, slug)
    found = me.proposal(number)
    if not me.owns(found):
        raise Http404
    try:
        spend(me, CHANGE)
        answer, said = do(me, found)
    except DomainError as error:
        messages.error(request, error.text)
        found.refresh_from_db()
        found.round = me.round
        return me.to(found, _page_of(request, me, found))
    if said:
        messages.success(request, said)
    return answer


def _page_of(request: HttpRequest, me: Looking, found: Proposal) -> str:
    if not me.edits(found):
        return "season_proposal"
    return "season_meeting" if request.POST.get("back") == "meeting" else "season_proposal_edit"


def _hall(request: HttpRequest) -> str:
    hall = request.POST.get("hall", "")
    return f"?{urlencode({'hall': hall})}" if hall else ""


@never_cache
@require_POST
@login_required
def undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The latest change back."""

    def do(me: Looking, found: Proposal) -> tuple[HttpResponse, str]:
        row = editing.undo(found, by=request.user, now=me.now, if_version=version_in(request))
        words = gettext("Taken back: %(what)s") % {"what": change_words(me, row)}
        return me.to(found, _page_of(request, me, found), _hall(request)), words

    return _act(request, slug, number, do)


@never_cache
@require_POST
@login_required
def lock(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """No calculation moves this slot, or it may again."""

    def do(me: Looking, found: Proposal) -> tuple[HttpResponse, str]:
        shown = Opened(me, found).by_key(pk)
        if shown is None:
            raise Stale("stale", gettext("Somebody changed this time in the meantime."))
        locked = not shown.slot.locked
        editing.lock(
            found, slots=[shown.slot], locked=locked, by=request.user, now=me.now, if_version=version_in(request)
        )
        words = gettext("Locked: no calculation moves it.") if locked else gettext("No longer locked.")
        return me.to(found, "season_proposal_edit", _hall(request)), words

    return _act(request, slug, number, do)


@never_cache
@require_POST
@login_required
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """On the table."""

    def do(me: Looking, found: Proposal) -> tuple[HttpResponse, str]:
        proposing.publish(found, by=request.user, now=me.now, if_version=version_in(request))
        return me.to(found), gettext("The proposal is on the table. Everybody can read it.")

    return _act(request, slug, number, do)


@never_cache
@require_POST
@login_required
def withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Off the table."""

    def do(me: Looking, found: Proposal) -> tuple[HttpResponse, str]:
        proposing.withdraw(found, by=request.user, now=me.now)
        return me.to(found), gettext("The proposal is withdrawn. It can still be read, marked as withdrawn.")

    return _act(request, slug, number, do)


@never_cache
@require_POST
@login_required
def discard(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Throw the draft away."""

    def do(me: Looking, found: Proposal) -> tuple[HttpResponse, str]:
        proposing.discard(found, by=request.user, now=me.now)
        return redirect(reverse("booking:season_proposals", args=[slug])), gettext("The draft is thrown away.")

    return _act(request, slug, number, do)


@never_cache
@require_POST
@login_required
def describe(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Another name and note for the draft."""
    me = Looking(request, slug)
    found = me.draft(number)
    form = DescribeForm(request.POST)
    if form.is_valid():
        try:
            spend(me, CHANGE)
            proposing.describe(found, **form.cleaned_data, by=request.user, now=me.now, if_version=version_in(request))
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, gettext("Saved."))
            return me.to(found, "season_proposal_edit")
    return editor(me, found, status=400, describe_form=form, describing=True)
