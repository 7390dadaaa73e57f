"""What the pages of a round in the CMS admin share."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from booking.catalogue.staff.views import ObjectPage
from booking.foundation import clock
from booking.seasons.models import SeasonRound
from booking.seasons.selectors import rounds as selectors
from booking.seasons.staff.access import POLICY, today
from booking.seasons.tabs import staff_tabs


class RoundPage(ObjectPage, TemplateView):
    """A page about one round, under its tabs. The template extends ``booking/seasons/staff/base_round.html``.

    Give ``template_name``, ``heading`` and ``tab``; ``permission_required`` is "run" where it isn't for everybody who
    may look ("view").
    """

    permission_required = "view"
    namespace = "booking_seasons"
    list_label = _("Season rounds")
    tab = ""

    def get_base_object_queryset(self) -> Any:
        """With places, people and the proposals that count."""
        return selectors.with_all(SeasonRound.objects.all())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The round, its tabs, and whether this person runs it."""
        return super().get_context_data(**kwargs) | {
            "round": self.object,
            "runs": POLICY.user_has_permission_for_instance(self.request.user, "run", self.object),
            "tabs": staff_tabs(self.object, self.request.user, today(), self.tab),
            "today": today(),
            "now": clock.now(),
            "index_url": reverse("booking_seasons:index"),
        }
