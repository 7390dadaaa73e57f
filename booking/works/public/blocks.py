"""A block for pages: works ahead and going on at some places, or everywhere. It reads when the page is shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from booking.catalogue.models import Kind, Resource, ResourceState
from booking.foundation import clock
from booking.foundation.i18n import localized
from booking.works import addresses, selectors
from booking.works import view as api_view
from booking.works.models import Works, WorksState
from booking.works.public import view
from booking.works.rules import states

#: What begins later than this isn't news yet.
AHEAD = timedelta(days=366)
MOST = 20


def place_choices() -> list[tuple[str, str]]:
    """Every place that is shown to everybody, by its short name. Nobody digs up a projector."""
    rows = Resource.objects.filter(state=ResourceState.ACTIVE, public=True, kind__in=[Kind.VENUE, Kind.AREA]).order_by(
        "name", "pk"
    )
    return [(one.slug, str(localized(one, "name"))) for one in rows.only("slug", "name", "name_nn", "name_en")]


def works_at(slugs: Iterable[str], now: datetime) -> list[Works]:
    """Works going on there, or that begin within a year, the next first; everywhere when no place is named.

    A place that is gone is left out. A constant number of queries.
    """
    wanted = list(slugs)
    if wanted:
        ids = Resource.objects.filter(slug__in=wanted, public=True).values_list("pk", flat=True)
        return selectors.works_on(list(ids), now, now + AHEAD)[:MOST]
    rows = selectors.public_works().filter(current__window_end__gt=now, current__window_start__lt=now + AHEAD)
    rows = rows.exclude(state__in=(*states.OVER, WorksState.POSTPONED)).exclude(current__impact="none")
    return list(selectors.with_all(rows).order_by("current__window_start", "pk")[:MOST])


class WorksHereBlock(blocks.StructBlock):
    """Works ahead and going on at the places chosen; without any, everywhere."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    places = blocks.MultipleChoiceBlock(
        choices=place_choices,
        label=_("Places"),
        required=False,
        widget=CheckboxSelectMultiple,
        help_text=_("None ticked: works everywhere."),
    )

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """With the works as they stand when the page is read."""
        found = works_at(value.get("places") or (), clock.now()) if selectors.is_on() else []
        return super().get_context(value, parent_context=parent_context) | {
            "on": selectors.is_on(),
            "cards": [view.card(one) for one in found],
        }

    def get_api_representation(self, value: Any, context: Any = None) -> dict[str, Any]:
        """The words, the places by their short names, and the works with what everybody may know."""
        found = works_at(value.get("places") or (), clock.now()) if selectors.is_on() else []
        return {
            "heading": value.get("heading") or "",
            "places": list(value.get("places") or ()),
            "works": [
                {
                    "ref": one.reference,
                    "title": one.current.title,
                    "state": one.state,
                    "start": api_view.moment(one.current.window_start),
                    "end": api_view.moment(one.current.window_end),
                    "impact": one.current.impact,
                    "page_url": addresses.public_url(one),
                }
                for one in found
                if one.current is not None
            ],
        }

    class Meta:
        icon = "warning"
        label = _("Works here")
        template = "booking/blocks/works_here.html"
