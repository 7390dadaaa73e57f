"""The component vocabulary of the public pages: `{% load booking_ui %}`.

Each tag and filter, with an example: docs/developers/frontend.md; all of them in all states: /_styleguide/ in a demo.
Values come in plain (codes, dates, names), so that a component can stand in any page, and in a letter's web view.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, Form, RadioSelect, Select, Textarea
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info, gettext, pgettext

from booking.foundation import clock, wording
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import LocalizedText, current_language, localized
from booking.public import components
from booking.public.icons import EVENT_ICONS, ICONS, KIND_ICONS

register = template.Library()


def _zone(tz: ZoneInfo | str | None) -> ZoneInfo:
    if isinstance(tz, ZoneInfo):
        return tz
    return clock.zone(tz) if tz else booking_settings().tz


def _today(tz: ZoneInfo | str | None = None) -> date:
    return clock.today(_zone(tz))


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _day(value: date | datetime | str, tz: ZoneInfo | str | None = None) -> date:
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return clock.local_date(value, _zone(tz)) if isinstance(value, datetime) else value


# --- dates and times ------------------------------------------------------------------------------------------------


@register.filter
def day(value: date | datetime | str | None) -> str:
    """{{ case.answer_by|day }} → "tirsdag 24. november" (the year only when it isn't this one)."""
    return wording.day_words(_day(value), today=_today()) if value else ""


@register.filter
def day_short(value: date | datetime | str | None) -> str:
    """{{ date|day_short }} → "tir. 24. nov."."""
    return wording.day_words(_day(value), today=_today(), short=True) if value else ""


@register.filter
def weekday(value: date | datetime | str | None) -> str:
    """{{ date|weekday }} → "tirsdag"."""
    return wording.weekday(_day(value)) if value else ""


@register.filter
def date_only(value: date | datetime | str | None) -> str:
    """{{ date|date_only }} → "24. november"."""
    return wording.day_words(_day(value), today=_today(), with_weekday=False) if value else ""


@register.filter
def near_day(value: date | datetime | str | None) -> str:
    """{{ date|near_day }} → "i dag", "i morgen", else as `day`."""
    return wording.near_day_words(_day(value), today=_today()) if value else ""


@register.filter
def clock_time(value: datetime | str | None, tz: ZoneInfo | str | None = None) -> str:
    """{{ line.start|clock_time }} → "17.00"."""
    return wording.clock_words(clock.local(_moment(value), _zone(tz))) if value else ""


@register.filter
def moment(value: datetime | str | None, tz: ZoneInfo | str | None = None) -> SafeString | str:
    """{{ event.at|moment }} → <time>tirsdag 24. november kl. 17.00</time>."""
    if not value:
        return ""
    at = _moment(value)
    return _time(at, wording.moment_words(at, _zone(tz), today=_today(tz)))


@register.filter
def moment_short(value: datetime | str | None, tz: ZoneInfo | str | None = None) -> SafeString | str:
    """{{ event.at|moment_short }} → <time>tir. 24. nov. kl. 17.00</time>."""
    if not value:
        return ""
    at = _moment(value)
    return _time(at, wording.moment_words(at, _zone(tz), today=_today(tz), short=True))


# "kl. 17.00–18.30" stays on one line, however narrow the place.
_CLOCK_TIMES = re.compile(r"((?:kl\. )?\d\d[.:]\d\d(?:–\d\d[.:]\d\d)?)")


def _time(at: datetime, words: str) -> SafeString:
    parts = _CLOCK_TIMES.split(words)
    marked = format_html_join(
        "",
        "{}",
        ((format_html('<span class="sk-nowrap">{}</span>', part) if n % 2 else part,) for n, part in enumerate(parts)),
    )
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), marked)


@register.simple_tag
def when(
    start: datetime | str, end: datetime | str, tz: ZoneInfo | str | None = None, short: bool = False
) -> SafeString:
    """{% when line.start line.end %} → "tirsdag 24. november kl. 17.00–18.30", on the wall clock of `tz`."""
    first, last = _moment(start), _moment(end)
    return _time(first, wording.when_words(first, last, _zone(tz), today=_today(tz), short=short))


@register.simple_tag
def times(start: datetime | str, end: datetime | str, tz: ZoneInfo | str | None = None) -> SafeString:
    """{% times line.start line.end %} → "17.00–18.30"."""
    return _time(_moment(start), wording.times_words(_moment(start), _moment(end), _zone(tz)))


@register.filter
def duration(value: timedelta | int | None) -> str:
    """{{ 90|duration }} → "1 time 30 min"; takes minutes or a timedelta."""
    if value is None:
        return ""
    return wording.duration_words(value if isinstance(value, timedelta) else timedelta(minutes=int(value)))


@register.simple_tag
def length(start: datetime | str, end: datetime | str) -> str:
    """{% length line.start line.end %} → "1 time 30 min"."""
    return wording.duration_words(_moment(end) - _moment(start))


@register.inclusion_tag("booking/components/date_leaf.html")
def date_leaf(value: date | datetime | str, color: str = "", big: bool = False) -> dict[str, Any]:
    """{% date_leaf line.start %}: a leaf of a tear-off calendar. The date must also stand in words nearby."""
    at = _day(value)
    return {"leaf": wording.leaf(at), "color": color, "big": big}


# --- words and states -----------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """{% icon "clock" %}: decoration beside words; hidden from screen readers."""
    inside = mark_safe(ICONS.get(name, ICONS["dot"]))  # noqa: S308 - our own drawings
    return format_html(
        '<svg class="sk-icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        f" {css}" if css else "",
        inside,
    )


@register.inclusion_tag("booking/components/status_chip.html")
def status_chip(code: str, label: Any = None, strong: bool = False) -> dict[str, Any]:
    """{% status_chip case.state %}: a state in words with its colour and icon. `label` replaces the words."""
    return {"tone": components.tone(str(code), label), "strong": strong, "code": code}


@register.simple_tag
def text(obj: Any, field: str = "name") -> SafeString | str:
    """{% text resource "name" %}: staff's text in the reader's language; marked with `lang` when it is another one."""
    value = localized(obj, field)
    if isinstance(value, LocalizedText) and value.is_fallback:
        return format_html('<span lang="{}">{}</span>', value.lang, str(value))
    return str(value)


@register.inclusion_tag("booking/components/whose_move.html", takes_context=True)
def whose_move(
    context: template.Context,
    waiting_on: str,
    until: date | None = None,
    who: str = "",
    unit: str = "",
    phone: str = "",
    email: str = "",
    viewer: str = "party",
    promised: date | None = None,
    state: str = "",
) -> dict[str, Any]:
    """{% whose_move case.waiting_on until=case.answer_by who=officer unit=unit %}: whose turn it is, and by when.

    `waiting_on`: municipality, requester or nobody. `viewer`: party or staff. `promised`: the first date, when a
    holding reply has moved it. `state`: the case's state, for the words when nobody has to do anything.
    """
    today = _today()
    overdue = bool(until and until < today and waiting_on == "municipality")
    mine = (waiting_on == "requester" and viewer == "party") or (waiting_on == "municipality" and viewer == "staff")
    color = "danger" if overdue else "warning" if mine else "neutral" if waiting_on == "nobody" else "accent"
    return {
        "waiting_on": waiting_on,
        "until": until,
        "days_left": (until - today).days if until else None,
        "who": who or unit,
        "unit": unit if who and unit != who else "",
        "phone": phone,
        "email": email,
        "viewer": viewer,
        "overdue": overdue,
        "mine": mine,
        "color": color,
        "promised": promised if promised and promised != until and waiting_on == "municipality" else None,
        "state": state,
    }


# --- cards ----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("booking/components/case_card.html")
def case_card(
    url: str,
    title: str,
    state: str,
    reference: str = "",
    start: datetime | str | None = None,
    end: datetime | str | None = None,
    place: str = "",
    organisation: str = "",
    more: int = 0,
    waiting_on: str = "nobody",
    until: date | None = None,
    who: str = "",
    viewer: str = "party",
    tz: ZoneInfo | str | None = None,
    heading: str = "h3",
    unread: int = 0,
) -> dict[str, Any]:
    """{% case_card url=… title=… state=… start=… end=… waiting_on=… until=… %}: one case in a list (`ul.sk-rows`)."""
    today = _today(tz)
    overdue = bool(until and until < today and waiting_on == "municipality")
    mine = (waiting_on == "requester" and viewer == "party") or (waiting_on == "municipality" and viewer == "staff")
    return {
        "url": url,
        "title": title,
        "state": state,
        "reference": reference,
        "start": start,
        "end": end,
        "place": place,
        "organisation": organisation,
        "more": more,
        "waiting_on": waiting_on,
        "until": until,
        "who": who,
        "overdue": overdue,
        "mine": mine,
        "color": "danger" if overdue else "warning" if mine else "",
        "tz": tz,
        "heading": heading,
        "viewer": viewer,
        "unread": unread,
    }


@register.inclusion_tag("booking/components/resource_card.html")
def resource_card(
    resource: Any,
    url: str,
    image: str = "",
    alt: str = "",
    place: str = "",
    free: str = "",
    step_free: str = "",
    heading: str = "h3",
) -> dict[str, Any]:
    """{% resource_card resource url=… image=… free="Ledig i dag fra 17.00" %}: one thing to borrow, in `.sk-grid`.

    Reads name (translated), kind, capacity, quantity, approval from `resource` (a model or a dictionary). `step_free`:
    yes, no or not_checked.
    """

    def get(name: str) -> Any:
        return resource.get(name) if isinstance(resource, Mapping) else getattr(resource, name, None)

    kind = str(get("kind") or "venue")
    return {
        "resource": resource,
        "url": url,
        "image": image,
        "alt": alt,
        "place": place,
        "free": free,
        "step_free": step_free,
        "heading": heading,
        "kind": kind,
        "kind_icon": KIND_ICONS.get(kind, "house"),
        "capacity": get("capacity"),
        "quantity": get("quantity"),
        "approval": get("approval"),
    }


@register.inclusion_tag("booking/components/availability_table.html")
def availability_table(
    free: Iterable[Any],
    busy: Iterable[Any],
    first_day: date,
    days: int = 7,
    tz: ZoneInfo | str | None = None,
    ask_url: str = "",
    shortest: int = 0,
    caption: str = "",
    counted: bool = False,
    lead_hours: int = 0,
) -> dict[str, Any]:
    """{% availability_table free=a.free busy=a.busy first_day=monday ask_url=… %}: free and taken times, day by day.

    Takes the intervals of the availability selector or API. `ask_url` gets `free_from` and `free_to` appended;
    `shortest` in minutes hides free times nobody can ask for, `lead_hours` those that begin too soon; `counted` shows
    how many are free.
    """
    zone = _zone(tz)
    return {
        "availability": components.availability_days(
            free,
            busy,
            first_day=first_day,
            days=days,
            tz=zone,
            now=clock.now(),
            ask_url=ask_url,
            shortest=shortest,
            lead=timedelta(hours=lead_hours),
        ),
        "caption": caption,
        "counted": counted,
        "tz": zone,
    }


@register.inclusion_tag("booking/components/calendar.html")
def calendar(api: str, first_day: date, table: str = "", ask_url: str = "", open: bool = False) -> dict[str, Any]:
    """{% calendar api=… first_day=monday table="days" ask_url=… %}: "list | calendar" over an availability table.

    `api` answers as `resources/<slug>/availability/`; `table` is the id of the element that holds the list. Needs
    JavaScript: without it there is only the list, which says the same.
    """
    words = {
        "view": gettext("Show as"),
        "list": gettext("List"),
        "calendar": gettext("Calendar"),
        "today": gettext("Today"),
        "before": pgettext("calendar", "Earlier"),
        "after": pgettext("calendar", "Later"),
        "free": gettext("Free"),
        "confirmed": pgettext("a time", "Taken"),
        "tentative": gettext("Others have asked"),
        "works": gettext("Works"),
        "closed": pgettext("a place", "Closed"),
        "ask": gettext("Ask for this time"),
        "loading": gettext("Fetching the calendar …"),
        "failed": gettext("We couldn't fetch the calendar. The list still tells what is free."),
        "again": gettext("Try again"),
    }
    return {
        "api": api,
        "first_day": first_day,
        "table": table,
        "ask_url": ask_url,
        "open": open,
        "lang": current_language(),
        "words": json.dumps(words, ensure_ascii=False),
    }


@register.inclusion_tag("booking/components/timeline.html")
def timeline(events: Iterable[Any], tz: ZoneInfo | str | None = None) -> dict[str, Any]:
    """{% timeline events %}: the log of a case. Each event: `type`, `at`, `text`, and maybe `actor`, `body`."""

    def get(item: Any, name: str) -> Any:
        return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)

    rows = [
        {
            "icon": EVENT_ICONS.get(str(get(item, "type")), "dot"),
            "at": get(item, "at"),
            "text": get(item, "text"),
            "actor": get(item, "actor"),
            "body": get(item, "body"),
        }
        for item in events
    ]
    return {"events": rows, "tz": tz}


@register.inclusion_tag("booking/components/verdicts.html")
def verdicts(items: Iterable[Any], all_well: str = "") -> dict[str, Any]:
    """{% verdicts line.verdicts %}: each `severity` (block, needs_officer, info), `message`, `suggestion`.

    `all_well` is shown when there is nothing to say.
    """
    tones = {"block": ("danger", "alert"), "needs_officer": ("warning", "person"), "info": ("info", "info")}

    def get(item: Any, name: str) -> Any:
        return item.get(name, "") if isinstance(item, Mapping) else getattr(item, name, "")

    rows = []
    for item in items:
        color, name = tones.get(str(get(item, "severity")), ("info", "info"))
        rows.append(
            {"color": color, "icon": name, "message": get(item, "message"), "suggestion": get(item, "suggestion")}
        )
    return {"items": rows, "all_well": all_well}


@register.inclusion_tag("booking/components/steps.html")
def steps(names: Sequence[Any], current: int, urls: Sequence[str] | None = None) -> dict[str, Any]:
    """{% steps names current=2 %}: where in a form of few steps one is. `urls[i]`, if any, lead back to done steps."""
    rows = []
    for number, name in enumerate(names, start=1):
        url = urls[number - 1] if urls and number - 1 < len(urls) and number < current else ""
        rows.append(
            {"number": number, "name": name, "done": number < current, "current": number == current, "url": url}
        )
    return {"steps": rows, "count": len(rows)}


@register.inclusion_tag("booking/components/breadcrumbs.html")
def breadcrumbs(*pairs: Any) -> dict[str, Any]:
    """{% breadcrumbs "Finn lokale" url "Lillebyhallen" "" %}: name, address, name, address; the last one is here."""
    flat = list(pairs)
    crumbs = [{"name": flat[i], "url": flat[i + 1] if i + 1 < len(flat) else ""} for i in range(0, len(flat), 2)]
    back = crumbs[-2] if len(crumbs) > 1 else None
    return {"crumbs": crumbs, "back": back}


@register.inclusion_tag("booking/components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Any, param: str = "page") -> dict[str, Any]:
    """{% pagination page_obj %}: keeps the other parameters of the address."""
    request = context.get("request")
    query = request.GET.copy() if request else None

    def address(number: int) -> str:
        if query is None:
            return f"?{param}={number}"
        query[param] = str(number)
        return f"?{query.urlencode()}"

    numbers = [
        {"number": n, "url": address(n), "current": n == page.number} if isinstance(n, int) else {"gap": True}
        for n in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    return {
        "page": page,
        "numbers": numbers,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


# --- forms ----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("booking/components/field.html")
def field(
    bound: BoundField,
    hint: Any = "",
    label: Any = "",
    inline: bool = False,
    optional_mark: bool | None = None,
    **attrs: Any,
) -> dict[str, Any]:
    """{% field form.title hint="…" %}: label, hint, control and error of a form's field, wired together.

    A field that may stay empty says so; `optional_mark=False` leaves that out (a search, where all may).
    Other keywords become attributes of the control; `_` is written `-` (`hx_post="…"` → `hx-post`).
    """
    widget = bound.field.widget
    hint = hint or bound.help_text
    many = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    described = [f"{bound.auto_id}-hint"] if hint else []
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
    extra: dict[str, Any] = {name.replace("_", "-"): value for name, value in attrs.items()}
    extra["class"] = f"ds-input {widget.attrs.get('class', '')} {extra.get('class', '')}".strip()
    if described and not many:
        extra["aria-describedby"] = " ".join(described)
    # Django's own (5.0+) would name ids that our markup doesn't have.
    if bound.errors and not many:
        extra["aria-invalid"] = "true"
    if not many and isinstance(widget, Textarea):
        # Ten rows are Django's default, not somebody's choice.
        extra.setdefault("rows", 4 if widget.attrs.get("rows") == "10" else widget.attrs.get("rows", 4))
    kind = (
        "many"
        if many
        else "check"
        if isinstance(widget, CheckboxInput)
        else "select"
        if isinstance(widget, Select)
        else "text"
    )
    options = []
    if many:
        for option in bound.subwidgets:
            options.append(
                {"id": option.data["attrs"].get("id", ""), "label": option.choice_label, "data": option.data}
            )
    return {
        "field": bound,
        "control": "" if many else bound.as_widget(attrs=extra),
        "options": options,
        "label": label or bound.label,
        "hint": hint,
        "kind": kind,
        "inline": inline,
        "described": " ".join(described),
        "optional": optional_mark if optional_mark is not None else not bound.field.required and kind != "check",
    }


@register.inclusion_tag("booking/components/error_summary.html")
def error_summary(*forms: Form, extra: Iterable[Any] = ()) -> dict[str, Any]:
    """{% error_summary form %}: everything that is wrong, each a link to its field; nothing when all is well."""
    rows: list[dict[str, Any]] = [{"message": message, "target": ""} for message in extra]
    for form in forms:
        if not form or not form.is_bound:
            continue
        for name, errors in form.errors.items():
            bound = form[name] if name in form.fields else None
            target = ""
            if bound is not None:
                target = bound.id_for_label or bound.auto_id
                if isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple):
                    target = f"{bound.auto_id}_0"
            for message in errors:
                label = str(bound.label) if bound is not None else ""
                rows.append({"message": message, "target": target, "label": label, "asks": label.endswith("?")})
    return {"errors": rows}


# --- the frame ------------------------------------------------------------------------------------------------------


@register.simple_tag
def address(name: str, *args: Any, **kwargs: Any) -> str:
    """{% address "booking:venues" as url %}: like `url`, but "" when the site (or a switch) has no such page."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_tag
def htmx_script() -> SafeString:
    """{% htmx_script %} in the block extra_js: htmx, for pages that use it (its settings stand in the base's head)."""
    return format_html('<script src="{}" defer></script>', static("django_htmx/htmx-2.min.js"))


@register.simple_tag
def municipality() -> str:
    """{% municipality as municipality_name %}: for pages made without context processors (an error 500)."""
    return booking_settings().municipality_name


@register.inclusion_tag("booking/components/language_switcher.html", takes_context=True)
def language_switcher(context: template.Context) -> dict[str, Any]:
    """{% language_switcher %}: this page in the other languages."""
    request = context.get("request")
    here = request.get_full_path() if request else "/"
    now = current_language()
    names = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English", "se": "Davvisámegiella"}
    rows = []
    for code, _name in settings.LANGUAGES:
        try:
            native = get_language_info(code)["name_local"]
        except KeyError:
            native = code
        rows.append(
            {"code": code, "name": names.get(code, native), "url": translate_url(here, code), "current": code == now}
        )
    return {"languages": rows}


@register.simple_tag
def first_name(name: str) -> str:
    """{% first_name "Kari Moen" %} → "Kari": for the header, where there is little room."""
    return str(name).split()[0] if str(name).strip() else gettext("You")


@register.filter
def in_path(request: Any, url: str) -> bool:
    """{% if request|in_path:url %}: true on that page and below it; for `aria-current` in the navigation."""
    return bool(url) and bool(request) and request.path.startswith(url)
