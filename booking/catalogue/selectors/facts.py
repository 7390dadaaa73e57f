"""Counts, promises and addresses of resources and units, as they hold after inheritance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import get_language

from booking.catalogue import registry
from booking.catalogue.models import Cover, Resource, SlowWeeks, Unit
from booking.catalogue.selectors.lending import Lineage, lineage
from booking.foundation.conf import booking_settings


def quantities(resources: Sequence[Resource]) -> dict[int, int]:
    """How many of each can be lent at once when nothing is taken. One query. A thing that covers nothing: 0.

    The minimum over its cells of floor(count / amount); an exclusive cell counts 1 (architecture.md "occupancy").
    """
    found = dict.fromkeys((resource.pk for resource in resources), -1)
    rows = Cover.objects.filter(resource_id__in=found).values_list(
        "resource_id", "amount", "cell__exclusive", "cell__quantity"
    )
    for resource_id, amount, exclusive, quantity in rows:
        count = 1 if exclusive else quantity // amount
        found[resource_id] = count if found[resource_id] < 0 else min(found[resource_id], count)
    return {pk: max(count, 0) for pk, count in found.items()}


def promise_days(unit: Unit, *, line: Lineage | None = None) -> int:
    """Within how many working days the unit answers: its own promise, else a parent unit's, else the settings'.

    Published slow weeks (`SlowWeeks`) come on top; ``promise_on`` has them.
    """
    line = line or lineage([])
    promised = (line.units[one].promise_days for one in line.unit_line(unit.pk))
    return next((days for days in promised if days is not None), booking_settings().promise_days)


def promise_on(unit: Unit, on: date, *, line: Lineage | None = None) -> tuple[int, str]:
    """The promise that holds for what is received on the day, and the reason where slow weeks make it longer.

    A parent unit's slow weeks hold for its child units too. requests.md "The answer clock" 2.
    """
    line = line or lineage([])
    days = promise_days(unit, line=line)
    held = [weeks for weeks in slow_weeks(unit, on, line=line) if weeks.start <= on and weeks.promise_days > days]
    slow = max(held, key=lambda weeks: weeks.promise_days, default=None)
    return (slow.promise_days, slow.reason) if slow else (days, "")


def slow_weeks(unit: Unit, since: date, *, line: Lineage | None = None) -> list[SlowWeeks]:
    """The unit's published slow weeks and those of the units above it, without what was over before ``since``.

    One query besides the lineage, by first day.
    """
    line = line or lineage([])
    rows = SlowWeeks.objects.filter(unit_id__in=line.unit_line(unit.pk), end__gte=since)
    return list(rows.order_by("start", "pk"))


def page_urls(resources: Sequence[Resource], language: str | None = None) -> dict[int, str]:
    """Addresses of the pages that present the resources, by id; a resource without a page is left out."""
    return registry.page_urls([resource.pk for resource in resources], language or get_language() or "nb")


def page_url(resource: Resource, language: str | None = None) -> str | None:
    """The address of the page that presents the resource, or None."""
    return page_urls([resource], language).get(resource.pk)
