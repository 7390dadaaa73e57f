"""Reads behind calendars on screen: what the public may know of a place's and an organisation's time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars.incoming import selectors as incoming
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.workdays import HolidayDataMissing, work_calendar
from booking.happenings import registry
from booking.happenings.models import LeisureActivity
from booking.happenings.rules import Entry, offers
from booking.occupancy import selectors as occupancy
from booking.occupancy.selectors.reading import covers_by_resource
from booking.organisations.followers import registry as followers
from booking.organisations.models import OrganisationState


def status_words(kind: str) -> str:
    """What stands there where there is no public title."""
    return {
        "confirmed": pgettext("a time", "Taken"),
        "tentative": _("Others have asked"),
        "works": _("Works"),
        "closed": pgettext("a place", "Closed"),
    }.get(kind, "")


def of_places(
    resources: Sequence[Resource], first: date, last: date, *, tz: ZoneInfo, tentative: bool = False
) -> dict[int, list[Entry]]:
    """What stands in the calendars of these things from ``first`` to ``last``, by id: taken time with its public title
    or none, closures and works with their reason, calendars of others. A constant number of queries.

    ``tentative``: requests that compete are told, too.
    """
    start, end = wall(first, time(), tz), wall(last + timedelta(days=1), time(), tz)
    line = catalogue.lineage(list(resources))
    seen = occupancy.availability(list(resources), start, end, line=line)
    found: dict[int, list[Entry]] = {}
    for resource in resources:
        # A series in each third of a hall reads the same on the page of the whole: once is enough.
        rows = {(row[0], row[1], row[2], row[4]) for row in seen[resource.pk].busy}
        found[resource.pk] = [
            Entry(
                datetime.fromtimestamp(begins, tz),
                datetime.fromtimestamp(ends, tz),
                status,
                label or status_words(status),
                all_day=_whole_days(begins, ends, tz),
            )
            for begins, ends, status, label in rows
            if tentative or status != "tentative"
        ]
    for event, pk in incoming.shown([one.pk for one in resources], start, end):
        found[pk].append(
            Entry(
                event.start.astimezone(tz), event.end.astimezone(tz), "information", event.title or event.source.name,
                all_day=event.all_day,
            )
        )  # fmt: skip
    for pk, entry in registry.on_places(list(found), start, end):
        found[pk].append(entry)
    for listed in found.values():
        listed.sort(key=lambda one: (one.start, one.end, one.title))
    return found


def _whole_days(begins: int, ends: int, tz: ZoneInfo) -> bool:
    start, end = datetime.fromtimestamp(begins, tz), datetime.fromtimestamp(ends, tz)
    return start.time() == time() and end.time() == time()


def holidays(first: date, last: date) -> dict[date, str]:
    """Public holidays of the municipality's country, by day; {} for years without data."""
    try:
        return {day: name for day, name in work_calendar().free_days_between(first, last + timedelta(days=1)) if name}
    except HolidayDataMissing:
        return {}


def of_organisations(ids: Collection[int], first: date, last: date) -> list[Entry]:
    """What these organisations do with a public title, the cancelled marked; whatever a floor tells their followers."""
    return _coming((), ids, first, last)


def everywhere(first: date, last: date) -> list[Entry]:
    """All that happens in public places with a public title, by time; what is cancelled is marked."""
    found = _coming([thing.pk for thing in catalogue.snapshot().shown], (), first, last)
    more = registry.more(first, last)
    return sorted([*found, *more], key=lambda one: (one.start, one.end, one.title)) if more else found


def _coming(resources: Collection[int], organisations: Collection[int], first: date, last: date) -> list[Entry]:
    tz = booking_settings().tz
    start, end = wall(first, time(), tz), wall(last + timedelta(days=1), time(), tz)
    # In three thirds of a hall at once, or told by two floors: it happens once, in those places.
    rows: dict[tuple[datetime, datetime, str, bool], list[followers.Coming]] = {}
    for one in followers.coming(resources, organisations, start, end):
        rows.setdefault((one.start, one.end, one.words, one.cancelled), []).append(one)
    found = []
    for same in rows.values():
        one = same[0]
        found.append(
            Entry(
                one.start.astimezone(one.tz),
                one.end.astimezone(one.tz),
                "cancelled" if one.cancelled else "confirmed",
                one.words,
                joined(sorted({other.place for other in same})),
                one.link,
            )
        )
    return sorted(found, key=lambda one: (one.start, one.end, one.title))


def joined(places: Sequence[str]) -> str:
    """ "Lillebyhallen, tredel A, tredel B": what several begin with is said once."""
    head, comma, _rest = (places[0] if places else "").partition(", ")
    if len(places) > 1 and comma and all(place.startswith(f"{head}, ") for place in places):
        return ", ".join([head, *(place.removeprefix(f"{head}, ") for place in places)])
    return "; ".join(places)


def smallest(parts: Sequence[Resource]) -> list[Resource]:
    """Of these parts those that hold no other: "two thirds" is told by its thirds. One query."""
    covers = covers_by_resource([part.pk for part in parts])
    cells = {pk: {cell for cell, *_rest in listed} for pk, listed in covers.items()}
    return [part for part in parts if not any(cells[other.pk] < cells[part.pk] for other in parts)]


def name_of(resource: Resource) -> str:
    """In the reader's language."""
    return str(localized(resource, "name"))


# --- regular activities ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """An activity as visitors read it. ``old``: nobody has confirmed it for a year. ``step_free``: yes, no or ""."""

    activity: LeisureActivity
    old: bool
    step_free: str


def activities(
    today: date, *, band: str = "", weekday: int | None = None, place: str = "", free: bool = False,
    step_free: bool = False, query: str = "",
) -> list[Offer]:  # fmt: skip
    """What one can take part in, narrowed, by title. One query.

    ``place``: the slug of a thing. Not shown: what was stopped, what nobody has confirmed for over fifteen months, and
    activities of organisations that are inactive.
    """
    tz = booking_settings().tz
    least = wall(today - offers.HIDDEN_AFTER, time(), tz)
    rows = (
        LeisureActivity.objects.filter(stopped_at=None, confirmed_at__gte=least)
        .exclude(organisation__state=OrganisationState.INACTIVE)
        .select_related("organisation", "resource")
        .order_by("title", "pk")
    )
    if place:
        rows = rows.filter(resource__slug=place)
    if free:
        rows = rows.filter(free=True)
    found = []
    wanted = [word.casefold() for word in query.split()]
    for row in rows:
        # What was written about it goes before what is known of the place.
        access = row.step_free or (row.resource.step_free if row.resource is not None else "")
        text = f"{row.title} {row.about} {row.organisation.name} {row.place}".casefold()
        if (
            offers.is_for(row.age_from, row.age_to, band)
            and offers.is_on(row.weekdays, weekday)
            and (not step_free or access == "yes")
            and all(word in text for word in wanted)
        ):
            old = offers.standing(local_date(row.confirmed_at, tz), today) == "old"
            found.append(Offer(row, old, access))
    return found


def places_of_activities() -> list[tuple[str, str]]:
    """Slugs and names of the public things in which something regular is, by name."""
    ids = LeisureActivity.objects.filter(stopped_at=None).exclude(resource=None).values("resource")
    rows = catalogue.public_resources().filter(pk__in=ids)
    return sorted(((one.slug, name_of(one)) for one in rows), key=lambda pair: pair[1].casefold())
