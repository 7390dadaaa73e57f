"""A round's page in the CMS admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail.admin.views import generic

from booking.foundation import clock
from booking.seasons.models import SeasonRound
from booking.seasons.selectors import rounds as selectors
from booking.seasons.staff.access import POLICY, today
from booking.seasons.tabs import staff_tabs


class RoundInspect(generic.InspectView):
    """Where the round stands, what is missing, and the next step."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/seasons/staff/round.html"
    header_more_buttons: Sequence[Any] = ()

    def get_base_object_queryset(self) -> Any:
        """With everything at hand."""
        return selectors.with_all(SeasonRound.objects.all())

    def get_page_title(self) -> str:
        """Its name stands beside it."""
        return gettext("Season round")

    def get_page_subtitle(self) -> str:
        """Its name."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this round."""
        index = {"url": reverse("booking_seasons:index"), "label": gettext("Season rounds")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.object)}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The buttons stand where the facts are."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The round and its tabs."""
        return super().get_context_data(**kwargs) | {
            "round": self.object,
            "runs": POLICY.user_has_permission_for_instance(self.request.user, "run", self.object),
            "tabs": staff_tabs(self.object, self.request.user, today(), "round"),
            "today": today(),
            "now": clock.now(),
        }
