"""Works in calendars: all of them, those of an area, and on each resource what they make impossible.

One event per period that is really taken, so that a pause in the works is free; setting up and restoring the ground say
so. Only what was announced. Read from the floor below (`works`), which sends `revised` with `works` and its resources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars import registry
from booking.calendars.rules import OneOff, Place, Status, Window, Wording
from booking.calendars.selectors import WORKS, Audience, Calendar, Item, ids_of, public_url, scope_of
from booking.calendars.selectors.calendars import made_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.works import addresses, selectors, wording
from booking.works.models import PeriodKind, Works, WorksPeriod, WorksTarget
from booking.works.rules import states
from booking.works.services import figures

#: Identities of periods: made from the reference, which never changes, and their place among those of their kind.
_SPACE = UUID("8d5a6f0e-6a0e-4a5c-9d0b-2f6f6c1c7a11")


def register() -> None:
    """Take the works in."""
    registry.register_scope(WORKS, _items)
    registry.register_on_resources(WORKS, _on_resources)
    registry.register_calendar("works", _all)
    registry.register_calendar("area", _of_area)


# --- which calendars there are ---------------------------------------------------------------------------------------


def _all(slug: str) -> Calendar | None:
    if slug or not selectors.is_on():
        return None

    def words(language: str) -> tuple[str, str]:
        with translation.override(language):
            return (
                _("Works in %(municipality)s") % {"municipality": booking_settings().municipality_name},
                _("Works that are announced, with when and where. The page of each says more, and whom to ask."),
            )

    return made_of("works", "works", [WORKS], words, audience=Audience.WORKS, source=public_url("works"))


def _of_area(slug: str) -> Calendar | None:
    """The works on an area and on what it is part of or what lies in it. Its use is in `resource-<slug>.ics`."""
    area = catalogue.public_resources().filter(slug=slug, kind=Kind.AREA).first() if selectors.is_on() else None
    if area is None:
        return None
    found = area

    def words(language: str) -> tuple[str, str]:
        with translation.override(language):
            return (
                _("Works on %(name)s") % {"name": localized(found, "name", language)},
                _("Works that are announced, with when and where. The page of each says more, and whom to ask."),
            )

    scopes = [f"{WORKS}:{area.pk}"]
    return made_of("area", slug, scopes, words, audience=Audience.WORKS, source=public_url(f"area-{slug}"))


# --- what they hold --------------------------------------------------------------------------------------------------


def _shown(window: Window) -> QuerySet[Works]:
    return selectors.with_all(
        selectors.public_works().filter(current__window_start__lt=window.end, current__window_end__gt=window.start)
    ).order_by("pk")


def _items(scopes: Sequence[str], window: Window, language: str) -> list[Item]:
    """Of `works` all, of `works:<area>` those that hit it or anything that it lies in, or that lies in it."""
    areas = ids_of(WORKS, scopes)
    found: list[Item] = []
    tree = _parents() if areas else {}
    around = {pk: _around(pk, tree) for pk in areas}
    with translation.override(language):
        for works in _shown(window):
            version = works.current
            if version is None:
                continue
            hit = {target.resource_id for target in version.targets.all()}
            theirs = [pk for pk in areas if hit & around[pk]]
            for key, _period, facts in _events(works, window, language):
                if WORKS in scopes:
                    found.append(Item(WORKS, key, facts))
                found += [Item(f"{WORKS}:{pk}", key, facts) for pk in theirs]
    return found


def _on_resources(ids: Collection[int], window: Window, language: str) -> list[Item]:
    """On each resource what makes its use impossible, once notice has been given. Plans take nothing."""
    found: list[Item] = []
    with translation.override(language):
        for works in _shown(window).filter(state__in=states.BLOCKING):
            version = works.current
            if version is None:
                continue
            under = figures.resources_under(version)
            hits = [
                (target, under[target.pk] & set(ids))
                for target in version.targets.all()
                if figures.makes_impossible(target.impact)
            ]
            for key, period, facts in _events(works, window, language):
                hit = {pk for target, things in hits if _in_phase(target, period) for pk in things}
                found += [Item(scope_of(pk), key, facts) for pk in sorted(hit)]
    return found


def _in_phase(target: WorksTarget, period: WorksPeriod) -> bool:
    return not target.phases or period.phase in target.phases


def _parents() -> dict[int, int | None]:
    return dict(Resource.objects.order_by().values_list("pk", "parent_id"))


def _around(pk: int, parents: dict[int, int | None]) -> set[int]:
    """The thing itself, all that it lies in, and all that lies in it."""
    found, above = {pk}, parents.get(pk)
    while above is not None and above not in found:
        found.add(above)
        above = parents.get(above)
    below = {pk}
    while below:
        below = {child for child, parent in parents.items() if parent in below} - found
        found |= below
    return found


def _status(works: Works) -> Status:
    if works.state == "cancelled":
        return Status.CANCELLED
    return Status.CONFIRMED if works.state in (*states.BLOCKING, *states.OVER) else Status.TENTATIVE


def _events(works: Works, window: Window, language: str) -> Iterator[tuple[str, WorksPeriod, OneOff]]:
    """(key, period, facts) of the periods that touch the window, each with an identity that lasts."""
    version = works.current
    assert version is not None  # noqa: S101 - callers have looked
    status = _status(works)
    place = _place(works, works.revised_at)
    counted: Counter[str] = Counter()
    for period in version.periods.all():
        group = f"{period.phase}:{period.kind}"
        counted[group] += 1
        name = f"{works.reference}:{group}:{counted[group]}"
        if period.end <= window.start or period.start >= window.end:
            continue
        yield (
            f"works:{name}"[:80],
            period,
            OneOff(
                uid=uuid5(_SPACE, name),
                start=period.start,
                end=period.end,
                # Rises with everything that is stored about the works, and never falls.
                sequence=works.version,
                created_at=works.created_at,
                revised_at=works.revised_at,
                wording=_words(works, period, status, language),
                place=place,
                status=status,
            ),
        )


def _words(works: Works, period: WorksPeriod, status: Status, language: str) -> Wording:
    version = works.current
    assert version is not None  # noqa: S101 - as above
    title = version.title
    if period.kind != PeriodKind.WORK:
        title = f"{title} ({period.get_kind_display()})"
    summary = _("Works: %(what)s") % {"what": title}
    if status is Status.CANCELLED:
        summary = _("CANCELLED: %(what)s") % {"what": summary}
    told = [str(works.get_state_display()), wording.when_of(version), version.reason]
    return Wording(
        summary,
        "\n".join(line for line in told if line),
        pgettext("calendar category", "Works"),
        addresses.public_url(works, language),
    )


def _place(works: Works, revised_at: datetime) -> Place:
    version = works.current
    assert version is not None  # noqa: S101 - as above
    geo = None
    box = (version.min_lat, version.max_lat, version.min_lon, version.max_lon)
    if None not in box:
        south, north, west, east = (float(one or 0) for one in box)
        geo = (round((south + north) / 2, 5), round((west + east) / 2, 5))
    return Place(wording.where_of(version), "", geo, "", booking_settings().timezone, revised_at)
