"""The adopted timetable, hall by hall, for everybody; on paper; and hours that are free for anybody."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons.hours import times_words
from booking.seasons.models import Adoption
from booking.seasons.public.common import Reading
from booking.seasons.rules.instance import Slot
from booking.seasons.selectors import timetable as selectors
from booking.seasons.selectors.adopting import breaks_of
from booking.seasons.selectors.rounds import is_on
from booking.seasons.shown import Sheet

BETWEEN = "--"


def feed(round_slug: str, organisation: str = "", wish: int | None = None) -> dict[str, str]:
    """The public calendar of a round, an organisation or a team: https and webcal ("" where there are no feeds)."""
    parts = [round_slug, *([organisation] if organisation else []), *([str(wish)] if wish is not None else [])]
    try:
        path = reverse("booking_feeds:season", args=[BETWEEN.join(parts)])
    except NoReverseMatch:
        return {"https": "", "webcal": ""}
    https = booking_settings().public_base_url + path
    return {"https": https, "webcal": f"webcal://{https.partition('://')[2]}"}


class Adopted(Reading):
    """One request for the adopted timetable; 404 until there is one."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        super().__init__(request, slug)
        if self.round.adopted is None:
            raise Http404
        self.rows = list(selectors.allocations(self.round))
        self.sheet = Sheet(self.round, mine=[one.pk for one in self.mine])
        slots = tuple(sorted(Slot(one.wish_id, one.resource_id, one.weekday, one.start, one.end) for one in self.rows))
        self.shown = self.sheet.shown(slots)

    def hall(self) -> Any:
        """The hall that the address asks for, else the first; None for all."""
        asked = self.request.GET.get("hall", "")
        keys = [one.key for one in self.sheet.halls]
        if asked == "all" or not keys:
            return None
        key = self.sheet.place_of(asked)
        return key if key in keys else keys[0]

    def weeks(self, key: Any) -> list[dict[str, Any]]:
        return [self.sheet.week(one, self.shown) for one in ([key] if key is not None else self._keys())]

    def _keys(self) -> list[int]:
        return [one.key for one in self.sheet.halls]

    def links(self) -> list[dict[str, Any]]:
        counts: dict[int, int] = {}
        for one in self.shown.values():
            counts[one.hall] = counts.get(one.hall, 0) + 1
        return [
            {
                "slug": self.sheet.slug(one.key), "name": self.sheet.place_name(one.key),
                "count": counts.get(one.key, 0),
            }
            for one in self.sheet.halls
        ]  # fmt: skip


@require_safe
def timetable(request: HttpRequest, slug: str) -> HttpResponse:
    """Who has which hall when, as a week and as a table; when it was adopted, and how to follow it."""
    me = Adopted(request, slug)
    key = me.hall()
    latest = me.round.adoptions.order_by("-number").first()
    context = {
        "weeks": me.weeks(key),
        "hall": me.sheet.slug(key) if key is not None else "all",
        "hall_links": me.links(),
        "slots": sorted(me.shown.values(), key=lambda one: (one.organisation.casefold(), one.team, one.slot)),
        "adoption": latest,
        "adoptions": list(Adoption.objects.filter(round=me.round).select_related("proposal").order_by("number")),
        "breaks": breaks_of(me.round),
        "left_out": _left_out(me),
        "feed": feed(me.round.slug),
        "organisations": _organisations(me),
    }
    return me.page("booking/seasons/hearing/timetable.html", "timetable", context)


def _left_out(me: Adopted) -> list[tuple[date, str, str, str]]:
    """Dates on which hours in force aren't had, in order: (day, times, team, place). Never who has them instead."""
    rows = {(one.wish_id, one.resource_id, one.start): one for one in me.rows}
    found = set()
    for adoption in Adoption.objects.filter(round=me.round):
        for wish, place, day, start, end, *_rest in adoption.left_out:
            row = rows.get((wish, place, start))
            if row is not None:
                team = f"{row.wish.organisation.name} {row.wish.team}"
                found.add((date.fromisoformat(day), times_words(start, end), team, me.sheet.place_name(place)))
    return sorted(found)


def _organisations(me: Adopted) -> list[dict[str, Any]]:
    """Each with its teams' calendars: a parent needs no account to follow one."""
    found: dict[str, dict[str, Any]] = {}
    for one in sorted(me.rows, key=lambda row: (row.wish.organisation.name.casefold(), row.wish.team)):
        organisation = one.wish.organisation
        entry = found.setdefault(
            organisation.slug,
            {"name": organisation.name, "slug": organisation.slug, "feed": feed(me.round.slug, organisation.slug),
             "teams": {}},
        )  # fmt: skip
        entry["teams"][one.wish.team] = feed(me.round.slug, organisation.slug, one.wish.number)
    for entry in found.values():
        entry["teams"] = list(entry["teams"].items())
    return list(found.values())


@require_safe
def printed(request: HttpRequest, slug: str) -> HttpResponse:
    """One sheet per hall, A4 across, black on white: for the wall beside the door."""
    me = Adopted(request, slug)
    key = me.hall() if request.GET.get("hall") else None
    latest = me.round.adoptions.order_by("-number").first()
    keys = [key] if key is not None else [one.key for one in me.sheet.halls]
    context = {
        "round": me.round, "sheets": [me.sheet.sheet(one, me.shown) for one in keys], "adoption": latest,
        "printed_on": me.today,
        "languages": settings.LANGUAGES,
    }  # fmt: skip
    return render(request, "booking/seasons/hearing/timetable_print.html", context)


@require_safe
def free(request: HttpRequest) -> HttpResponse:
    """Hours of the season that were given up, and that anybody can ask for."""
    if not is_on():
        raise Http404
    now = clock.now()
    rows = [
        {"line": line, "tz": catalogue.zone(line.resource), "ask": _ask(line)} for line in selectors.free_hours(now)
    ]
    days: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        days.setdefault(clock.local_date(row["line"].start, row["tz"]), []).append(row)
    return render(
        request,
        "booking/seasons/hearing/free.html",
        {"days": list(days.items()), "today": clock.today(booking_settings().tz)},
    )


def _ask(line: Any) -> str:
    try:
        address = reverse("booking:ask", args=[line.resource.slug])
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode({'free_from': line.start.isoformat(), 'free_to': line.end.isoformat()})}"
