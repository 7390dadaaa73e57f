"""What became of a season's hours, for the unit that runs the round: with use by organisation, and as a spreadsheet."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.foundation import clock, sheets
from booking.insight.seasons import selectors, shown
from booking.insight.seasons.export import headings, rows
from booking.seasons.staff.access import today
from booking.seasons.staff.common import RoundPage


class UsePage(RoundPage):
    """All figures. Before the season has begun the page says when there will be some."""

    template_name = "booking/insight/staff_season_use.html"
    heading = _("Use")
    tab = "use"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The figures, by team too."""
        context = super().get_context_data(**kwargs)
        if not selectors.has_figures(self.object, today()):
            return context | {"use": None}
        use = selectors.season_use(self.object, now=clock.now())
        return context | shown.context(use, everything=True) | {"formats": sheets.FORMATS}


class UseExport(RoundPage):
    """One row for each team's weekly hours, as CSV or XLSX."""

    heading = _("Use")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """The file; 404 for another kind, or while there is nothing to count."""
        kind = self.kwargs["kind"]
        if kind not in sheets.FORMATS or not selectors.has_figures(self.object, today()):
            raise Http404
        use = selectors.season_use(self.object, now=clock.now())
        name = f"{gettext('use')}-{self.object.slug}"
        return sheets.answer(
            kind, name, gettext("Use"), headings(), rows((one.allocation, one.tally) for one in use.teams)
        )


def paths(viewset: Any) -> list[Any]:
    """Under the viewset of rounds (namespace ``booking_seasons``)."""
    return [
        path("use/<int:pk>/", viewset.construct_view(UsePage), name="use"),
        path("use/<int:pk>/<slug:kind>/", viewset.construct_view(UseExport), name="use_export"),
    ]
