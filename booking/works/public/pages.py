"""The list and map of works, the record of each, its poster, and "we are affected too" (needs N6, N7, N17)."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError, NotFound
from booking.foundation.i18n import current_language
from booking.foundation.qr import qr_code
from booking.works import addresses, selectors, wording
from booking.works.geometry import drawing
from booking.works.models import Works, WorksState
from booking.works.public import view
from booking.works.public.forms import AffectedForm
from booking.works.rules import states
from booking.works.services.affected import report_affected

#: A school has one address, and a whole club may write from it.
ratelimit.LIMITS.setdefault("works_affected", Limits(None, Limit(30, 3600)))
PER_PAGE = 50
#: Words of a search are cut here.
LONGEST_SEARCH = 100


def found(reference: str) -> Works:
    """Announced works. 404 for all others, and where works are switched off."""
    try:
        return selectors.find_public(reference)
    except NotFound as error:
        raise Http404 from error


@require_safe
def works_list(request: HttpRequest) -> HttpResponse:
    """Works ahead and going on: a picture of the town, and the same in words."""
    if not selectors.is_on():
        raise Http404
    now = clock.now()
    words = request.GET.get("q", "").replace("\x00", "")[:LONGEST_SEARCH].strip()
    rows = selectors.search(selectors.listed_works(now), words)
    going = [*states.GOING_ON]
    ordered = selectors.with_all(rows).order_by("current__window_start", "pk")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    cards = [view.card(one) for one in shown]
    groups = [
        (_("Going on now"), [one for one in cards if one.works.state in going]),
        (
            _("Ahead"),
            [one for one in cards if one.works.state not in going and one.works.state not in _BEHIND],
        ),
        (_("Behind us, postponed or cancelled"), [one for one in cards if one.works.state in _BEHIND]),
    ]
    context = {
        "groups": [(heading, rows) for heading, rows in groups if rows],
        "page_obj": page,
        "q": words,
        "picture": drawing.picture(view.layers(one for one in shown if one.state not in _BEHIND)),
    }
    return render(request, "booking/works/public/list.html", context)


_BEHIND = (*states.OVER, WorksState.POSTPONED)


def _page(request: HttpRequest, works: Works, form: AffectedForm | None = None, status: int = 200) -> HttpResponse:
    now = clock.now()
    version = view.version_of(works)
    mine = selectors.parties_of(request.user, works, clock.today(booking_settings().tz))
    over = works.state in states.OVER
    before, after = selectors.story_of(works)
    context = {
        "before": before,
        "after": after,
        "works": works,
        "version": version,
        "card": view.card(works),
        "facts": wording.facts_of(works, version)[2:],
        "places": [one for one in version.targets.all() if one.resource.public],
        "picture": drawing.picture(view.layers([works], linked=False)),
        "answers": selectors.you_said(works),
        "record": view.record(works),
        "versions": view.versions(works),
        "decisions": view.decisions(works),
        "mine": [(wording.party_name(one), addresses.party_url(one, get_language())) for one in mine],
        "open": not over,
        "form": form or AffectedForm(),
        "now": now,
    }
    return render(request, "booking/works/public/works.html", context, status=status)


@require_safe
def works_page(request: HttpRequest, reference: str) -> HttpResponse:
    """One works for everybody: what, when, where, why, what was said and done. The record stays."""
    return _page(request, found(reference))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def affected_too(request: HttpRequest, reference: str) -> HttpResponse:
    """Somebody says that they are affected too. A planner looks at it."""
    works = found(reference)
    if request.method != "POST":
        return redirect("booking:works_page", reference)
    form = AffectedForm(request.POST)
    status = 400
    if form.is_valid():
        now = clock.now()
        try:
            ratelimit.spend("works_affected", now=now, address=ratelimit.client_address(request))
            report_affected(
                works,
                name=form.cleaned_data["name"],
                how=form.cleaned_data["how"],
                email=form.cleaned_data["email"],
                by=request.user if request.user.is_authenticated else None,
                language=current_language(get_language()),
                now=now,
            )
        except DomainError as error:
            form.show(error)
            status = error.status
        else:
            return redirect(f"{reverse('booking:works_page', args=[reference])}?said=1#too")
    return _page(request, works, form, status)


def short_address(works: Works) -> str:
    """What stands on a poster beside the QR code, without the scheme: people type it."""
    base = booking_settings().public_base_url
    return base + reverse("booking:works_short", args=[works.reference.removeprefix("ARB-").lower()])


@require_safe
def short(request: HttpRequest, number: str) -> HttpResponse:
    """The short address of a poster leads to the page. 404 for works that nobody has announced."""
    works = found(f"ARB-{number}".upper())
    return redirect("booking:works_page", works.reference)


@require_safe
def poster(request: HttpRequest, reference: str) -> HttpResponse:
    """A page to print and put up at the place: what, when, whom to ask, a QR code and a short address."""
    works = found(reference)
    version = view.version_of(works)
    address = short_address(works)
    context: dict[str, Any] = {
        "works": works,
        "version": version,
        "card": view.card(works),
        "contact": wording.contact_of(version),
        "qr": qr_code(address),
        "address": address.partition("://")[2],
        "picture": drawing.picture(view.layers([works], linked=False)),
        "printed_on": clock.today(booking_settings().tz),
    }
    return render(request, "booking/works/public/poster.html", context)
