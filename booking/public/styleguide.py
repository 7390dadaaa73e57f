"""Every component in every state on one page, for eyes, axe and screenshots. Answers only in a demo or with DEBUG.

The values are fixed and invented here, so that the page looks the same every day; nothing is read from the database.
It is a page for developers, in bokmål only.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.public.components import TONES
from booking.public.icons import ICONS


class SampleForm(forms.Form):
    """One field of each sort."""

    title = forms.CharField(label="Hva skal dere gjøre?", max_length=60, help_text="Noen få ord: «Trening, jenter 12».")
    email = forms.EmailField(label="E-post")
    kind = forms.ChoiceField(label="Type", choices=[("venue", "Lokale"), ("equipment", "Utstyr")], required=False)
    day = forms.DateField(label="Dag", widget=forms.DateInput(attrs={"type": "date"}))
    hour = forms.TimeField(label="Fra klokka", widget=forms.TimeInput(attrs={"type": "time"}))
    who = forms.ChoiceField(
        label="Hvem er det for?",
        choices=[("youth", "Barn og unge"), ("grown", "Voksne")],
        widget=forms.RadioSelect,
        help_text="Teller når flere vil ha samme tid.",
    )
    message = forms.CharField(label="Melding", widget=forms.Textarea, required=False)
    accept = forms.BooleanField(label="Jeg har lest husreglene")


def _open() -> None:
    if not (settings.DEBUG or booking_settings().demo):
        raise Http404


def _week(monday: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A week of invented use, in the shape of the availability API."""
    tz = booking_settings().tz
    free: list[dict[str, Any]] = []
    busy: list[dict[str, Any]] = []
    taken = {
        0: [(16, 0, 17, 30, "confirmed", "Lilleby IL, gutter 12"), (18, 0, 19, 30, "confirmed", "")],
        1: [(17, 0, 21, 0, "tentative", "")],
        2: [(8, 0, 23, 0, "closed", "")],
        3: [(9, 0, 12, 0, "works", ""), (16, 0, 22, 0, "confirmed", "Lilleby skolekorps")],
        4: [(17, 0, 19, 0, "confirmed", "")],
        5: [(10, 0, 23, 0, "confirmed", "Jul i Lillebyhallen")],
    }
    for offset in range(7):
        day = monday + timedelta(days=offset)

        def at(hour: int, minute: int = 0, day: date = day) -> str:
            return datetime(day.year, day.month, day.day, hour, minute, tzinfo=tz).isoformat()

        left = at(8)
        for start_hour, start_minute, end_hour, end_minute, status, label in taken.get(offset, []):
            start, end = at(start_hour, start_minute), at(end_hour, end_minute)
            busy.append({"start": start, "end": end, "status": status, "quantity": 1, "label": label})
            if status == "tentative":
                continue
            if left < start:
                free.append({"start": left, "end": start, "quantity": 1})
            left = end
        if left < at(23):
            free.append({"start": left, "end": at(23), "quantity": 1})
    return free, busy


def styleguide_availability(request: HttpRequest) -> HttpResponse:
    """What the calendar of the style guide reads: same shape as the API, or a failure with `?fail`."""
    _open()
    if "fail" in request.GET:
        return HttpResponse(status=503)
    monday = date.fromisoformat(request.GET.get("from", "2026-11-23")[:10])
    free, busy = _week(monday - timedelta(days=monday.weekday()))
    return JsonResponse({"resource": "sample", "timezone": "Europe/Oslo", "free": free, "busy": busy})


def styleguide(request: HttpRequest) -> HttpResponse:
    """The page. `?scheme=dark` and `?scheme=light` force a colour scheme, for screenshots."""
    _open()
    now = clock.now()
    today = clock.today(booking_settings().tz)
    # A Monday ahead, so that the whole week is free to ask for.
    monday = today + timedelta(days=7 - today.weekday())
    free, busy = _week(monday)
    wrong = SampleForm({"email": "kari@", "title": "", "day": "", "hour": "17:00"})
    wrong.is_valid()
    if "messages" in request.GET:
        messages.success(request, "Søknaden er sendt. Saksnummer 2026-0042.")
        messages.warning(request, "Noen andre fikk akkurat denne tiden. Se hva som er ledig under.")
    start = datetime(today.year, 11, 24, 16, 0, tzinfo=UTC)
    sample = {
        "now": now,
        "today": today,
        "soon": today + timedelta(days=9),
        "late": today - timedelta(days=3),
        "promised": today + timedelta(days=2),
        "start": start,
        "end": start + timedelta(minutes=90),
        "night_end": start + timedelta(hours=7),
        "days_end": start + timedelta(days=2, hours=2),
        "monday": monday,
        "free": free,
        "busy": busy,
        "tones": list(TONES),
        "icons": list(ICONS),
        "form": SampleForm(),
        "wrong": wrong,
        "page_obj": Paginator(range(200), 20).get_page(4),
        "steps": ["Hva", "Når", "Hvem", "Se over og send"],
        "resources": [
            {"name": "Lillebyhallen", "kind": "venue", "capacity": 600, "approval": "manual"},
            {"name": "Elvesletta", "kind": "area", "capacity": 1200, "approval": "manual"},
            {"name": "Stoler", "kind": "equipment", "quantity": 40, "approval": "automatic"},
            {"name": "Vaktmester på kveldstid", "name_en": "Caretaker in the evening", "kind": "help"},
        ],
        "events": [
            {
                "type": "received",
                "at": now - timedelta(days=4),
                "text": "Søknaden er mottatt",
                "actor": "Ane Lie",
            },
            {"type": "assigned", "at": now - timedelta(days=4), "text": "Kari Moen har saken", "actor": ""},
            {
                "type": "asked",
                "at": now - timedelta(days=2),
                "text": "Kommunen stilte et spørsmål",
                "actor": "Kari Moen",
                "body": "Trenger dere garderobene også?",
            },
            {"type": "granted", "at": now, "text": "6 av 7 tider er innvilget", "actor": "Kari Moen"},
        ],
        "verdicts": [
            {
                "severity": "block",
                "message": "Hallen er opptatt da.",
                "suggestion": "Ledig 19.30–21.00.",
            },
            {"severity": "needs_officer", "message": "Mindre enn 48 timer til: en saksbehandler må se på det."},
            {"severity": "info", "message": "2 andre har søkt om denne tiden."},
        ],
        "scheme": request.GET.get("scheme", ""),
    }
    return render(request, "booking/styleguide.html", sample)
