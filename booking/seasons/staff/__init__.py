"""Season rounds in the CMS admin: the list, a round's pages."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSet

from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.seasons.models import SeasonRound
from booking.seasons.selectors.rounds import is_on
from booking.seasons.staff import access as access
from booking.seasons.staff import routes_hearing, routes_proposals, routes_rounds
from booking.seasons.staff.index import RoundIndex
from booking.seasons.staff.menu import with_count
from booking.seasons.staff.page import RoundInspect
from booking.seasons.tabs import staff_paths


class RoundViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = SeasonRound
    without = ROW_DOORS
    name = "booking_seasons"
    url_prefix = "booking/seasons"
    icon = "calendar-check"
    menu_label = _("Season rounds")
    menu_name = "booking-seasons"
    index_view_class = RoundIndex
    inspect_view_class = RoundInspect
    inspect_view_enabled = True
    inspect_template_name = RoundInspect.template_name
    inspect_view_fields = ("name",)
    search_fields = ("name",)
    list_per_page = 50
    form_fields = ("name",)

    @cached_property
    def menu_item_class(self) -> Any:
        """With how many rounds wait for a step."""
        return with_count(super().menu_item_class)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the round's page, and the pages of each part."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        parts = (routes_rounds.paths, routes_proposals.paths, routes_hearing.paths, staff_paths)
        return [*kept, *(one for paths in parts for one in paths(self))]


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where the municipality doesn't share out hours by rounds."""
    return [RoundViewSet] if is_on() else []
