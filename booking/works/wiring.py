"""What works connect when Django starts: letters, their job in `tick`, and what the floors below ask of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models.signals import post_migrate
from django.urls import reverse
from django.utils.translation import gettext

from booking.cases import registry as cases
from booking.cases.wording import register_event_words
from booking.catalogue import registry as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.registry import PageNote
from booking.catalogue.signals import ownership_taken_over
from booking.correspondence import registry as correspondence
from booking.foundation import checks
from booking.occupancy import registry as occupancy
from booking.occupancy.models import Cause
from booking.works import carrying, following, guards, letters, personal, selectors, verdicts, wording
from booking.works.geometry import matching
from booking.works.models import WorksConflict, WorksTarget
from booking.works.rulesets import wiring as rulesets
from booking.works.services import conflicts, finding, handing, receiving, running

__all__ = ["connect", "verdicts"]

#: Works stand on top of a thing's page so long before they begin.
BANNER_AHEAD = timedelta(days=92)
MOST_BANNERS = 3


def connect() -> None:
    """Fill the registries of the floors below."""
    rulesets.connect()
    sender = apps.get_app_config("samskap_booking")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.works.guards.after")
    checks.register_guard_probe("works", guards.missing)
    letters.register()
    personal.register()
    carrying.register()
    following.connect()
    finding.register_matcher(matching.match)
    correspondence.register_job("works", running.run_works)
    occupancy.on_displaced(Cause.WORKS_OFFER, conflicts.offers_displaced)
    occupancy.on_describe(Cause.WORKS, describe)
    catalogue.register_page_banners("works", banners)
    cases.register_ticked("works", receiving.note_ticks)
    cases.register_cause(Cause.WORKS, why_displaced)
    register_event_words("ticked", wording.ticked_words)
    ownership_taken_over.connect(_leaver, dispatch_uid="booking.works.leaver")


def describe(ids: Sequence[int]) -> dict[int, str]:
    """How staff know the works behind a target: by their reference."""
    rows = WorksTarget.objects.filter(pk__in=ids).values_list("pk", "version__works__reference")
    return dict(rows)


def why_displaced(target_id: int, line_ids: Collection[int]) -> str:
    """Which works took the time of these dates, why, and what was decided about them (needs N8)."""
    target = WorksTarget.objects.select_related("version__works").filter(pk=target_id).first()
    if target is None:
        return ""
    version = target.version
    words = wording_of_banner(f"{version.title} ({version.works.reference}). {version.reason}")
    decided = WorksConflict.objects.filter(works=version.works, line__in=list(line_ids)).exclude(reason="")
    return "\n".join(dict.fromkeys([words, *decided.order_by("pk").values_list("reason", flat=True)]))


def banners(resource: Resource, now: datetime) -> list[PageNote]:
    """On top of a thing's page: works there now or in the next weeks, for everybody."""
    return [
        PageNote(
            wording_of_banner(one.current.title),
            reverse("booking:works_page", args=[one.reference]),
            f"{wording.when_of(one.current)}. {one.current.get_impact_display()}.",
        )
        for one in selectors.works_on([resource.pk], now, now + BANNER_AHEAD)[:MOST_BANNERS]
        if one.current is not None
    ]


def wording_of_banner(title: str) -> str:
    """ "Works: new water pipe"."""
    return gettext("Works: %(title)s") % {"title": title}


def _leaver(leaver: Any, now: datetime, **_kwargs: Any) -> None:
    handing.take_over_works(leaver, now)
