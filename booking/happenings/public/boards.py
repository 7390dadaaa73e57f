"""Calendars for everybody: of a place and of an organisation, on a wall, on a door. Server-rendered; all links.

Only what is public stands here: titles that are public, else "Taken"; no names of people or organisations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from booking.catalogue import public as catalogue_public
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.foundation.clock import wall
from booking.foundation.conf import booking_settings
from booking.foundation.qr import qr_code
from booking.happenings import rules, selectors
from booking.happenings.rules import Entry, Period
from booking.organisations import selectors as organisations

VIEW_WORDS = {"month": _("Month"), "week": _("Week"), "agenda": _("List"), "places": _("Day, part by part")}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a view."""

    day: date
    entries: list[Entry]
    holiday: str
    is_today: bool
    outside: bool
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the list: its Monday, its days on which something is, and how many entries they have together."""

    monday: date
    days: list[Day]
    count: int


def _period(request: HttpRequest, views: tuple[str, ...], today: date) -> Period:
    view = request.GET.get("view", "")
    view = view if view in views else views[0]
    return rules.period(view, rules.read_day(request.GET.get("day", ""), today), today=today)


def _days(shown: Period, entries: list[Entry], today: date) -> list[Day]:
    free = selectors.holidays(shown.first, shown.last)
    found = rules.by_day(entries, shown.days)
    return [
        Day(
            day, listed, free.get(day, ""), day == today,
            outside=shown.view == "month" and day.month != shown.day.month, is_chosen=day == shown.day,
        )
        for day, listed in found.items()
    ]  # fmt: skip


def _by_week(days: list[Day]) -> list[Week]:
    """Days on which something is, week by week."""
    weeks: dict[date, list[Day]] = {}
    for one in days:
        weeks.setdefault(one.day - timedelta(days=one.day.weekday()), []).append(one)
    return [Week(monday, listed, sum(len(one.entries) for one in listed)) for monday, listed in weeks.items()]


def _links(shown: Period, views: tuple[str, ...], today: date) -> dict[str, Any]:
    """Addresses of the other views, and of what is before and after."""

    def address(view: str, day: date | None) -> str:
        return f"?{urlencode({'view': view, 'day': day.isoformat()})}" if day is not None else ""

    return {
        "views": [(view, VIEW_WORDS[view], address(view, shown.day), view == shown.view) for view in views],
        "before": address(shown.view, shown.before),
        "after": address(shown.view, shown.after),
        "now": address(shown.view, today),
        "is_now": shown.first <= today <= shown.last,
    }


def _context(shown: Period, entries: list[Entry], views: tuple[str, ...], today: date) -> dict[str, Any]:
    days = _days(shown, entries, today)
    filled = [one for one in days if one.entries or one.holiday]
    return {
        "shown": shown,
        "days": days,
        "weeks": [days[number : number + 7] for number in range(0, len(days), 7)],
        "filled": _by_week(filled) if shown.view == "agenda" else filled,
        # What a phone shows under the month: the day that was chosen, and the next one on which something is.
        "chosen": next((one for one in days if one.is_chosen), None),
        "chosen_days": [one for one in days if one.is_chosen],
        "next_filled": next((one for one in filled if one.day > shown.day and one.entries), None),
        "any": any(one.entries for one in days),
        **_links(shown, views, today),
    }


# --- a place ----------------------------------------------------------------------------------------------------------


def _place(slug: str) -> tuple[Resource, list[Resource], ZoneInfo]:
    """The public thing with its parts. Raises Http404."""
    found, parts = catalogue_public.with_parts(slug=slug)
    if found is None:
        raise Http404
    return found, parts, catalogue.zone(found)


@require_safe
def place_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """A place's calendar by month, week, as a list, and (with parts) a day part by part. Constant number of queries."""
    resource, parts, tz = _place(slug)
    today = clock.today(tz)
    views = rules.VIEWS if parts else rules.VIEWS[:3]
    shown = _period(request, views, today)
    pieces = selectors.smallest(parts) if shown.view == "places" else []
    things = [resource, *pieces]
    found = selectors.of_places(things, shown.first, shown.last, tz=tz, tentative=True)
    context = _context(shown, found[resource.pk], views, today) | {"resource": resource, "tz": tz}
    if shown.view == "places":
        context |= _timeline(pieces, found, shown.day, tz)
    return render(request, "booking/happenings/place_calendar.html", context)


def _timeline(things: list[Resource], found: dict[int, list[Entry]], day: date, tz: ZoneInfo) -> dict[str, Any]:
    everything = [one for listed in found.values() for one in listed]
    opens, closes = rules.hours_shown(everything, day)
    starts = datetime.combine(day, time(opens), tzinfo=tz)
    ends = starts + timedelta(hours=closes - opens)  # the wall's hours: both sides are the wall's
    rows = []
    for thing in things:
        taking = [one for one in found[thing.pk] if one.kind not in ("tentative", "information")]
        rows.append((thing, rules.bars(taking, starts, ends)))
    return {"rows": rows, "hours": list(range(opens, closes)), "columns": 60 // rules.SLOT}


@require_safe
def kiosk(request: HttpRequest, slug: str) -> HttpResponse:
    """For a screen in the entrance: today and tomorrow in the building and its parts. Renews itself; needs no login."""
    resource, parts, tz = _place(slug)
    now = clock.now()
    today = clock.local_date(now, tz)
    parts = selectors.smallest(parts)
    things = [resource, *parts]
    found = selectors.of_places(things, today, today + timedelta(days=1), tz=tz)
    rows: list[tuple[Entry, str]] = []
    seen = set()
    # A part says where; what takes the whole stands once, with the whole.
    for thing in (resource, *parts):
        for entry in found[thing.pk]:
            key = (entry.start, entry.end, entry.kind, entry.title)
            where = _where(entry, parts, found)
            if key in seen:
                continue
            seen.add(key)
            rows.append((entry, where))
    rows.sort(key=lambda row: (row[0].start, row[0].end, row[1]))
    tonight = wall(today + timedelta(days=1), time(), tz)
    free = selectors.holidays(today, today + timedelta(days=1))
    context = {
        "resource": resource,
        "tz": tz,
        "now": now.astimezone(tz),
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "running": [row for row in rows if row[0].start <= now < row[0].end and not row[0].all_day],
        "later": [row for row in rows if now < row[0].start < tonight],
        "whole_day": [row for row in rows if row[0].all_day and row[0].start <= now < row[0].end],
        "next_day": [row for row in rows if row[0].start >= tonight],
        "holiday": free.get(today, ""),
        "next_holiday": free.get(today + timedelta(days=1), ""),
    }
    response = render(request, "booking/happenings/kiosk.html", context)
    response["Cache-Control"] = "no-cache"
    # Nobody stands at that screen to press a button; it works without a script.
    response["Refresh"] = "120"
    return response


def _where(entry: Entry, parts: list[Resource], found: dict[int, list[Entry]]) -> str:
    """The parts that it stands in, unless it stands in all of them."""
    inside = [
        part
        for part in parts
        if any(
            (one.start, one.end, one.kind, one.title) == (entry.start, entry.end, entry.kind, entry.title)
            for one in found[part.pk]
        )
    ]
    return selectors.joined([selectors.name_of(part) for part in inside]) if len(inside) < len(parts) else ""


@require_safe
def door_sign(request: HttpRequest, slug: str) -> HttpResponse:
    """A week on one sheet of A4, for the door."""
    resource, _parts, tz = _place(slug)
    today = clock.today(tz)
    shown = rules.period("week", rules.read_day(request.GET.get("day", ""), today), today=today)
    found = selectors.of_places([resource], shown.first, shown.last, tz=tz)
    path = reverse("booking:place_calendar", args=[resource.slug])
    context = _context(shown, found[resource.pk], ("week",), today) | {
        "resource": resource,
        "tz": tz,
        "number": shown.first.isocalendar().week,
        "printed": clock.now().astimezone(tz),
        "address": booking_settings().public_base_url.partition("://")[2] + path,
        "qr": qr_code(booking_settings().public_base_url + path),
    }
    return render(request, "booking/happenings/door_sign.html", context)


# --- an organisation --------------------------------------------------------------------------------------------------


@require_safe
def organisation_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """What an organisation does in public, by month, week and as a list. 404 for what isn't listed."""
    tz = booking_settings().tz
    today = clock.today(tz)
    found = organisations.visible_organisations(request.user, today).filter(slug=slug).first()
    if found is None:
        raise Http404
    views = ("agenda", "month", "week")
    shown = _period(request, views, today)
    entries = selectors.of_organisations([found.pk], shown.first, shown.last)
    context = _context(shown, entries, views, today) | {"organisation": found, "tz": tz}
    return render(request, "booking/happenings/organisation_calendar.html", context)
