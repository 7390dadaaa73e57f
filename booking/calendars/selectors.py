"""Reads behind the feeds: what a scope shows, as stored facts, and which version of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars.rules import OneOff, Place, Repeating, Window, Wording, describe
from booking.calendars.rules.series import Member
from booking.cases.models import Line, LineState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState
from booking.foundation import wording
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.occupancy.models import Closure

#: States in which the time was given and not taken back: what a public feed calls taken.
CONFIRMED = (LineState.GRANTED, LineState.HANDED_OUT, LineState.RETURNED, LineState.COMPLETED)


def scope_of(resource_id: int) -> str:
    """The scope of a resource's feed."""
    return f"resource:{resource_id}"


def resource_ids_of(scopes: Iterable[str]) -> set[int]:
    """Ids of the resources among ``scopes``; other scopes and nonsense are left out."""
    found = set()
    for scope in scopes:
        kind, _colon, name = scope.partition(":")
        if kind == "resource" and name.isdigit():
            found.add(int(name))
    return found


# --- what is shown ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One component of a feed: whose scope it belongs to, its stable key, and the facts."""

    scope: str
    key: str
    facts: OneOff | Repeating


_LINE = (
    "pk", "resource_id", "quantity", "start", "end", "setup_minutes", "teardown_minutes", "series_id", "series_start",
    "uid", "sequence", "created_at", "revised_at", "state", "case__title", "case__title_public",
)  # fmt: skip
_SERIES = ("series__resource_id", "series__uid", "series__rrule", "series__start", "series__end", "series__sequence",
           "series__created_at", "series__revised_at", "series__quantity")  # fmt: skip


def items(resource_ids: Collection[int], window: Window, *, language: str, expand: bool) -> list[Item]:
    """What the public may know of these resources' time within the window: granted lines and closures.

    Every row belongs to the resource that was asked for; who shares cells with it reads it from there. A constant
    number of queries: resources, counts, lines, lines of their series, closures.
    """
    resources = Resource.objects.select_related("parent", "unit").in_bulk(list(resource_ids))
    with translation.override(language):
        places = {pk: _place(resource, language) for pk, resource in resources.items()}
        counts = catalogue.quantities(list(resources.values()))
        return [
            *_line_items(resources, places, counts, window, expand=expand),
            *_closure_items(places, window),
        ]


def _line_items(
    resources: dict[int, Resource], places: dict[int, Place], counts: dict[int, int], window: Window, *, expand: bool
) -> list[Item]:
    rows = list(
        Line.objects.filter(resource_id__in=resources, state__in=CONFIRMED, end__gt=window.start, start__lt=window.end)
        .order_by()
        .values(*_LINE)
    )
    single = [row for row in rows if expand or row["series_id"] is None]
    found = [_one_off_item(row, places, counts) for row in single]
    series_ids = {row["series_id"] for row in rows if row["series_id"] is not None}
    if expand or not series_ids:
        return found
    # A series is shown whole, also what of it lies outside of the window: a rule can't be cut without changing it.
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in Line.objects.filter(series_id__in=series_ids).order_by("pk").values(*_LINE, *_SERIES):
        groups[row["series_id"]].append(row)
    for series_id, members in groups.items():
        found += _series_items(series_id, members, places, counts, window)
    return found


def _series_items(
    series_id: int,
    rows: list[dict[str, Any]],
    places: dict[int, Place],
    counts: dict[int, int],
    window: Window,
) -> list[Item]:
    """The series as one component, and the lines that were moved to another resource as single ones."""
    head = rows[0]
    resource_id = head["series__resource_id"]
    granted = [row for row in rows if row["state"] in CONFIRMED and row["resource_id"] in places]
    here = [row for row in granted if row["resource_id"] == resource_id]
    moved = [row for row in granted if row["resource_id"] != resource_id]
    found: list[Item] = []
    if here:
        members = [
            Member(row["series_start"] or row["start"], row["setup_minutes"], _one_off(row, places, counts))
            for row in here
        ]
        facts = describe(
            uid=head["series__uid"],
            rrule=head["series__rrule"],
            start=head["series__start"],
            end=head["series__end"],
            members=members,
            # Each change of a line changes the whole; sums only rise, as no line is ever deleted.
            sequence=head["series__sequence"] + sum(row["sequence"] for row in rows),
            created_at=head["series__created_at"],
            revised_at=max(head["series__revised_at"], *(row["revised_at"] for row in rows)),
            wording=_taken(head, counts.get(resource_id, 1), head["series__quantity"]),
            place=places[resource_id],
        )
        if facts is None:
            moved = granted
        else:
            found.append(Item(scope_of(resource_id), f"series:{series_id}", facts))
    found += [_one_off_item(row, places, counts) for row in moved if _within(row, window)]
    return found


def _within(row: dict[str, Any], window: Window) -> bool:
    return row["end"] > window.start and row["start"] < window.end


def _one_off(row: dict[str, Any], places: dict[int, Place], counts: dict[int, int]) -> OneOff:
    return OneOff(
        uid=row["uid"],
        # As the calendar on the page shows it: with the time to set up and to tear down.
        start=row["start"] - timedelta(minutes=row["setup_minutes"]),
        end=row["end"] + timedelta(minutes=row["teardown_minutes"]),
        sequence=row["sequence"],
        created_at=row["created_at"],
        revised_at=row["revised_at"],
        wording=_taken(row, counts.get(row["resource_id"], 1), row["quantity"]),
        place=places[row["resource_id"]],
    )


def _one_off_item(row: dict[str, Any], places: dict[int, Place], counts: dict[int, int]) -> Item:
    return Item(scope_of(row["resource_id"]), f"line:{row['pk']}", _one_off(row, places, counts))


def _closure_items(places: dict[int, Place], window: Window) -> list[Item]:
    rows = (
        Closure.objects.filter(
            resource_id__in=places, cancelled_at__isnull=True, end__gt=window.start, start__lt=window.end
        )
        .order_by()
        .values("pk", "resource_id", "uid", "start", "end", "reason", "maintenance", "created_at")
    )
    return [
        Item(
            scope_of(row["resource_id"]),
            f"closure:{row['pk']}",
            OneOff(
                uid=row["uid"],
                start=row["start"],
                end=row["end"],
                sequence=0,
                created_at=row["created_at"],
                revised_at=row["created_at"],
                wording=_shut(row["reason"], maintenance=row["maintenance"]),
                place=places[row["resource_id"]],
            ),
        )
        for row in rows
    ]


def _taken(row: dict[str, Any], count: int, quantity: int) -> Wording:
    """What the public reads about a granted time: that it is taken, and a title only where it was made public."""
    title = (row["case__title"] or "").strip() if row["case__title_public"] else ""
    summary = title or pgettext("calendar event", "Taken")
    if count > 1:
        summary = _("%(what)s (%(quantity)s of %(count)s)") % {"what": summary, "quantity": quantity, "count": count}
    return Wording(summary, "", pgettext("calendar category", "Loan"))


def _shut(reason: str, *, maintenance: bool) -> Wording:
    kind = pgettext("calendar event", "Maintenance") if maintenance else pgettext("calendar event", "Closed")
    summary = _("%(what)s: %(reason)s") % {"what": kind, "reason": reason} if reason.strip() else kind
    return Wording(summary, "", pgettext("calendar category", "Closure"))


def _place(resource: Resource, language: str) -> Place:
    """The place as the public may know it: a resource that isn't public keeps its name and address to itself."""
    conf = booking_settings()
    shown = resource.public and resource.state != ResourceState.DRAFT
    geo = None
    if None not in (resource.min_lat, resource.max_lat, resource.min_lon, resource.max_lon):
        geo = (
            round((resource.min_lat + resource.max_lat) / 2, 5),
            round((resource.min_lon + resource.max_lon) / 2, 5),
        )
    address = resource.address or (resource.parent.address if resource.parent else "")
    return Place(
        name=str(localized(resource, "name", language)) if shown else "",
        address=address if shown else "",
        geo=geo if shown else None,
        url=resource_url(resource, language) if shown else "",
        zone=resource.timezone or conf.timezone,
        revised_at=max(resource.revised_at, resource.parent.revised_at) if resource.parent else resource.revised_at,
    )


def resource_url(resource: Resource, language: str) -> str:
    """The lasting public address of a resource, with scheme and host: the same whether it has a page or not."""
    with translation.override(language):
        return booking_settings().public_base_url + reverse("booking:resource", args=[resource.slug])


def feed_url(resource: Resource) -> str:
    """The public address of a resource's feed, with scheme and host (`feed_url` of api.md)."""
    return f"{booking_settings().public_base_url}/feeds/resource-{resource.slug}.ics"


def heading(resource: Resource, language: str, *, narrowed_to: date | None = None) -> tuple[str, str]:
    """Name and description of the calendar itself; a calendar that had to be cut says where."""
    conf = booking_settings()
    with translation.override(language):
        name = str(localized(resource, "name", language))
        text = _(
            "When %(name)s is taken or closed. From %(municipality)s. Your calendar fetches this by itself, some only "
            "once a day: look at the page before you count on a free hour."
        ) % {"name": name, "municipality": conf.municipality_name}
        if narrowed_to is not None:
            day = wording.day_words(narrowed_to, with_weekday=False)
            text += " " + _("There is too much for one calendar: it shows what begins before %(day)s.") % {"day": day}
        return name, text


__all__ = [
    "CONFIRMED", "Item", "feed_url", "heading", "items", "resource_ids_of", "resource_url", "scope_of",
]  # fmt: skip
