"""Works in the CMS admin: the planner's list, editor and page, the emergency, and the notice rules."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSet

from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.works import selectors
from booking.works.models import Works
from booking.works.staff import needs  # noqa: F401 - hangs its page on things
from booking.works.staff.emergency import EmergencyPage
from booking.works.staff.form import ChangePage, NewPage, PreviewPage
from booking.works.staff.index import WorksFilterSet, WorksIndex
from booking.works.staff.page import ACTS, ROW_ACTS, WorksAct, WorksPage
from booking.works.staff.rulesets import RuleSetViewSet


class WorksViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = Works
    without = ROW_DOORS
    name = "booking_works"
    url_prefix = "booking/works"
    icon = "warning"
    menu_label = _("Works")
    menu_name = "booking-works"
    index_view_class = WorksIndex
    inspect_view_class = WorksPage
    inspect_view_enabled = True
    inspect_template_name = WorksPage.template_name
    inspect_view_fields = ("reference",)
    search_fields = ("reference",)
    filterset_class = WorksFilterSet
    list_per_page = 50
    form_fields = ("reference",)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page and the acts: works are neither edited nor deleted as a row."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        page = self.get_inspect_view_kwargs()
        return [
            *kept,
            path("new/", self.construct_view(NewPage), name="add"),
            path("preview/", self.construct_view(PreviewPage), name="preview"),
            path("emergency/", self.construct_view(EmergencyPage), name="emergency"),
            path("change/<int:pk>/", self.construct_view(ChangePage), name="change"),
            *(
                path(f"{act.replace('_', '-')}/<int:pk>/", self.construct_view(WorksAct, act=act, **page), name=act)
                for act in ACTS
            ),
            *(
                path(
                    f"{act.replace('_', '-')}/<int:pk>/<int:row>/",
                    self.construct_view(WorksAct, act=act, **page),
                    name=act,
                )
                for act in ROW_ACTS
            ),
        ]


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where the municipality doesn't plan its works here."""
    return [WorksViewSet, RuleSetViewSet] if selectors.is_on() else []
