"""The caretaker's page: by a link without an account, or signed in. It prints on paper and needs no script.

Pages behind a link tell neither other sites nor search engines their address, and keep nothing in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from booking.cases import day_registry
from booking.cases.models import Line
from booking.cases.staff import words
from booking.days import rules, selectors, services
from booking.days.models import CaretakerLink
from booking.days.selectors import Day, Entry
from booking.faults.models import Fault
from booking.faults.selectors import open_faults
from booking.faults.services import mend
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.params import parse_date
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.doors.secret_pages import secret_page
from booking.foundation.errors import DomainError, NotFound, TooMany
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words, near_day_words
from booking.privacy.models import Look
from booking.privacy.services import note_looks

#: Wrong links: a secret has 256 bits, so this only keeps the noise down.
ratelimit.LIMITS.setdefault("caretaker_secret", Limits(None, Limit(60, 600)))
#: As much of a wish as a page of paper takes.
_WISH = 400


@secret_page
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The days of a unit or a building, for whoever has the address. What is broken can be marked as mended here."""
    now = clock.now()
    try:
        link = selectors.find_link(token)
    except NotFound:
        answer = _wrong(request, now)
    else:
        services.note_use(link, token, now=now)
        things = selectors.resources_of_link(link)
        if request.method == "POST" and "act" in request.POST:
            answer = _acted(request, things, None, f"unit:{link.unit.slug}", now)
        elif request.method == "POST":
            answer = _mended(request, things, None, now)
        else:
            answer = _page(request, things, now, link=link)
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The same for caretakers, officers and leaders who are signed in: all things of their units."""
    if not selectors.may_read_day(request.user):
        raise Http404
    things = selectors.resources_of_user(request.user)
    if request.method == "POST" and "act" in request.POST:
        return _acted(request, things, request.user, "", clock.now())
    if request.method == "POST":
        return _mended(request, things, request.user, clock.now())
    return _page(request, things, clock.now())


def _mended(request: HttpRequest, things: Any, user: Any, now: datetime) -> HttpResponse:
    """A fault of these things is mended; the same page again. 404 for a fault of others."""
    known = {str(one.pk): one for one in open_faults(things.values_list("pk", flat=True))}
    found = known.get(request.POST.get("mended", ""))
    if found is None:
        # Pressed twice, or somebody was faster: there is nothing left to say.
        if not Fault.objects.filter(pk__in=_number(request), resource__in=things).exists():
            raise Http404
    else:
        try:
            mend(found, by=user, now=now, resources=things)
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, _("Mended. Who left an address is told."))
    return redirect(request.path)


def _acted(request: HttpRequest, things: Any, user: Any, hat: str, now: datetime) -> HttpResponse:
    """One tap at a loan of these things; the same day again. 404 for a loan of others, and for no such button."""
    code, _slash, sent = request.POST.get("act", "").rpartition("/")
    number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 16 else 0
    if not Line.objects.filter(pk=number, resource__in=things).exists():
        raise Http404
    try:
        messages.success(request, day_registry.do_day_act(number, code, by=user, hat=hat, now=now))
    except KeyError as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, error.text)
    day = _asked(request)
    return redirect(f"{request.path}?day={day.isoformat()}" if day else request.path)


def _number(request: HttpRequest) -> list[int]:
    raw = request.POST.get("mended", "")
    return [int(raw)] if raw.isascii() and raw.isdigit() and len(raw) < 10 else []


def _wrong(request: HttpRequest, now: datetime) -> HttpResponse:
    try:
        ratelimit.spend("caretaker_secret", now=now, address=ratelimit.client_address(request))
    except TooMany as error:
        return render(request, "booking/days/nothing.html", {"words": error.text}, status=429)
    text = _("It was ended or renewed, or the end of the address is missing. The unit's leader can make a new one.")
    return render(request, "booking/days/nothing.html", {"words": text}, status=404)


def _page(request: HttpRequest, things: Any, now: datetime, *, link: CaretakerLink | None = None) -> HttpResponse:
    tz = booking_settings().tz
    today = clock.local_date(now, tz)
    first = rules.allowed_day(_asked(request), today)
    sheet = selectors.day_sheet(things.select_related("unit"), rules.days_from(first), now=now)
    if link is None:
        _note_looks(request.user, sheet, now)
    name = ""
    if link is not None:
        name = str(localized(link.building if link.building is not None else link.unit, "name"))
    entries = [one for day in sheet for building in day.buildings for one in building.entries if not one.cancelled]
    acts = day_registry.day_acts([one.line.pk for one in entries], now)
    context = {
        "days": [_shown_day(day, today, acts) for day in sheet],
        "link": link,
        "name": name,
        "first": first,
        "today": today,
        "earlier": _step(first, -1, today),
        "later": _step(first, 1, today),
        "faults": open_faults(things.values_list("pk", flat=True)),
        "printed_at": now,
        "tz": tz,
        "path": request.path if link is not None else reverse("booking:my_day"),
    }
    return render(request, "booking/days/day.html", context)


def _asked(request: HttpRequest) -> date | None:
    """The day in the address; nonsense is today."""
    raw = request.GET.get("day", "")
    if not raw:
        return None
    try:
        return parse_date(raw, loc=("day",))
    except DomainError:
        return None


def _step(first: date, days: int, today: date) -> date | None:
    wanted = first + timedelta(days=days)
    return wanted if rules.allowed_day(wanted, today) == wanted else None


def _note_looks(viewer: Any, sheet: list[Day], now: datetime) -> None:
    """Whose phone numbers were on the page. A reload is one read and no write."""
    cases = {
        entry.line.case_id: entry.line.case
        for day in sheet
        for building in day.buildings
        for entry in (*building.entries, *building.out, *building.back)
    }
    if not cases:
        return
    day = clock.local_date(now, booking_settings().tz)
    known = set(
        Look.objects.filter(viewer=viewer, about_kind="case", day=day, about_id__in=list(cases)).values_list(
            "about_id", flat=True
        )
    )
    things = [(pk, case.reference, case.unit_id) for pk, case in cases.items() if pk not in known]
    if things:
        note_looks(viewer=viewer, kind="case", things=things, now=now, door="page")


# --- in words --------------------------------------------------------------------------------------------------------


def _shown_day(day: Day, today: date, acts: Mapping[int, Sequence[Any]]) -> dict[str, Any]:
    near, full = near_day_words(day.day, today=today), day_words(day.day)
    return {
        "day": day.day,
        "near": near[:1].upper() + near[1:] if near != day_words(day.day, today=today) else "",
        "words": full,
        "buildings": [
            {
                "resource": one.resource,
                "name": localized(one.resource, "name"),
                "entries": [shown(entry) | {"acts": acts.get(entry.line.pk, ())} for entry in one.entries],
                "closures": one.closures,
                "out": [shown(entry) for entry in one.out],
                "back": [shown(entry) for entry in one.back],
            }
            for one in day.buildings
        ],
    }


def shown(entry: Entry) -> dict[str, Any]:
    """A loan as the page says it. What was cancelled needs neither phone nor wishes."""
    case, line = entry.line.case, entry.line
    adult, phone = "", ""
    if not entry.cancelled:
        adult = case.responsible_name or (str(case.responsible) if case.responsible else "")
        phone = case.responsible_phone or str(getattr(case.responsible, "phone", "") or "")
        if not adult:
            person = case.requester
            adult = str(person.get_full_name()) if person is not None else case.contact_name
            phone = phone or str(getattr(person, "phone", "") or "") or case.contact_phone
    wish = "" if entry.cancelled else case.message
    return {
        "entry": entry,
        "reference": case.reference,
        "who": words.who(case),
        "with": "" if entry.cancelled else ", ".join(one.organisation.name for one in case.co_hosts.all()),
        "what": case.title or case.purpose[:120],
        "adult": adult,
        "phone": phone,
        "room": localized(entry.room, "name"),
        "audience": words.audience(case.audience),
        "wish": wish if len(wish) <= _WISH else wish[: _WISH - 1] + "…",
        "setup": line.setup_minutes,
        "teardown": line.teardown_minutes,
        "quantity": line.quantity,
        "was": _was(entry),
        "why": _why(entry),
    }


def _was(entry: Entry) -> dict[str, Any] | None:
    if entry.was is None:
        return None
    room, start, end = entry.was
    elsewhere = room is not None and room.pk != entry.room.pk
    return {"start": start, "end": end, "place": localized(room, "name") if elsewhere else ""}


def _why(entry: Entry) -> str:
    if entry.moved_away:
        return _("Moved to another time or place")
    return {
        "displaced": _("Taken back or closed"),
        "cancelled_by_organisation": _("Cancelled by the organisation"),
        "cancelled_by_municipality": _("Cancelled by the municipality"),
    }.get(entry.line.state, "")
