"""What pages show of works: plain values, so that templates decide nothing and ask no table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from booking.catalogue.models import ResourceState
from booking.foundation.i18n import localized
from booking.works import wording
from booking.works.geometry import drawing
from booking.works.models import Works, WorksOverride, WorksState, WorksVersion

#: state → (colour, icon) of its chip.
_TONES = {
    WorksState.PLANNED: "info",
    WorksState.CONSULTING: "info",
    WorksState.NOTICED: "warning",
    WorksState.READY: "warning",
    WorksState.ACTIVE: "danger",
    WorksState.ACTIVE_EMERGENCY: "danger",
    WorksState.PAUSED: "neutral",
    WorksState.OVERRUNNING: "danger",
    WorksState.COMPLETED: "success",
    WorksState.CLOSED: "neutral",
    WorksState.POSTPONED: "neutral",
    WorksState.CANCELLED: "neutral",
    WorksState.DRAFT: "neutral",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One works in a list."""

    works: Works
    title: str
    reference: str
    state: str
    color: str
    when: str
    where: str
    impact: str
    start: datetime
    url: str


def card(works: Works) -> Card:
    """``works`` come from ``selectors.with_all``."""
    version = version_of(works)
    return Card(
        works,
        version.title,
        works.reference,
        str(works.get_state_display()),
        _TONES[WorksState(works.state)],
        wording.when_of(version),
        ", ".join(places(version)),
        str(version.get_impact_display()),
        version.window_start,
        reverse("booking:works_page", args=[works.reference]),
    )


def version_of(works: Works) -> WorksVersion:
    """What is planned now, with its works at hand."""
    version = works.current
    if version is None:
        raise LookupError(works.reference)
    version.works = works
    return version


def places(version: WorksVersion, most: int = 4) -> list[str]:
    """Names of the places, a few of them."""
    names = [str(localized(one.resource, "name")) for one in version.targets.all()]
    return names if len(names) <= most else [*names[: most - 1], f"+ {len(names) - most + 1}"]


def layers(works: Iterable[Works], *, linked: bool = True, felt: bool = True) -> list[drawing.Layer]:
    """The places first, the works on top of them."""
    ground: dict[int, drawing.Layer] = {}
    over: list[drawing.Layer] = []
    for one in works:
        version = version_of(one)
        for target in version.targets.all():
            place = target.resource
            if place.geometry and place.pk not in ground:
                shown = place.public and place.state == ResourceState.ACTIVE
                url = reverse("booking:resource", args=[place.slug]) if shown else ""
                ground[place.pk] = drawing.Layer(place.geometry, "place", str(localized(place, "name")), url)
        url = reverse("booking:works_page", args=[one.reference]) if linked else ""
        if version.notify_area and felt:
            over.append(drawing.Layer(version.notify_area, "felt"))
        if version.footprint:
            over.append(drawing.Layer(version.footprint, "works", version.title if linked else "", url))
    return [*ground.values(), *over]


@dataclass(frozen=True, slots=True)
class Told:
    """A version in the public record: what was said, and what was different."""

    number: int
    at: datetime | None
    title: str
    when: str
    changes: Sequence[str]
    why: str


def versions(works: Works) -> list[Told]:
    """Every announced version, the newest first. One query."""
    found = []
    for one in works.versions.filter(announced_at__isnull=False).order_by("-number"):
        one.works = works
        found.append(
            Told(
                one.number,
                one.announced_at if one.number == 1 else one.created_at,
                one.title,
                wording.when_of(one),
                wording.change_words({"changes": one.changes}),
                one.why_changed,
            )
        )
    return found


def record(works: Works) -> list[dict[str, Any]]:
    """What has happened, as everybody may know it. One query."""
    return [
        {"type": "works", "at": event.at, "text": words, "actor": "", "body": ""}
        for event in works.events.filter(public=True).order_by("at", "pk")
        if (words := wording.event_words(event))
    ]


def decisions(works: Works) -> list[WorksOverride]:
    """Emergencies, early starts and overruns that stand, for the public record. One query."""
    return list(works.overrides.filter(granted_at__isnull=False).order_by("pk")) + list(
        works.overrides.filter(kind="overrun", granted_at__isnull=True, refused_at__isnull=True).order_by("pk")
    )
