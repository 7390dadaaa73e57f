"""Cases in the CMS admin: the queue, the case's page, several at once, letters that have not gone out."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSet

from booking.cases.models import Case
from booking.cases.staff.acts import CaseAct
from booking.cases.staff.bulk import BulkPage
from booking.cases.staff.menu import with_count
from booking.cases.staff.moves import MoveAct
from booking.cases.staff.next import NextCase
from booking.cases.staff.noting import NotePage
from booking.cases.staff.outbox import OutboxViewSet
from booking.cases.staff.page import CasePage, DecideAct, MessageAct
from booking.cases.staff.panel import put_in_place
from booking.cases.staff.parked import ParkedViewSet
from booking.cases.staff.plans import PlanAct
from booking.cases.staff.queue import CaseFilterSet, QueueView
from booking.cases.staff.routing import RoutingViewSet
from booking.cases.staff.shortcuts import ShortcutsAct
from booking.cases.staff.texts import LOG_ACTIONS, TextViewSet
from booking.cases.staff.views import ViewAct, ViewsPage
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin


class CaseViewSet(ScopedViewSetMixin, ModelViewSet):
    """First in the "Booking" menu."""

    model = Case
    without = ROW_DOORS
    name = "booking_cases"
    url_prefix = "booking/cases"
    icon = "tasks"
    menu_label = _("Cases")
    menu_name = "booking-cases"
    index_view_class = QueueView
    inspect_view_class = CasePage
    inspect_view_enabled = True
    inspect_template_name = CasePage.template_name
    inspect_view_fields = ("reference",)
    index_template_name = "booking/cases/staff/list.html"
    index_results_template_name = QueueView.results_template_name
    search_fields = ("reference", "title")
    filterset_class = CaseFilterSet
    list_per_page = 50
    form_fields = ("title",)

    @cached_property
    def menu_item_class(self) -> Any:
        """With how many wait on whoever looks."""
        return with_count(super().menu_item_class)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page and the acts: a case is neither added, edited nor deleted as a row."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        return [
            *kept,
            path("decide/<int:pk>/", self.construct_view(DecideAct, **self.page_kwargs()), name="decide"),
            path("message/<int:pk>/", self.construct_view(MessageAct, **self.page_kwargs()), name="message"),
            path("act/<int:pk>/<str:act>/", self.construct_view(CaseAct, **self.page_kwargs()), name="act"),
            path("move/<int:pk>/<str:act>/", self.construct_view(MoveAct, **self.page_kwargs()), name="move"),
            path("bulk/", BulkPage.as_view(), name="bulk"),
            path("views/", ViewsPage.as_view(), name="views"),
            path("views/<int:pk>/<slug:act>/", ViewAct.as_view(), name="view"),
            path("next/<int:pk>/", self.construct_view(NextCase), name="next"),
            path("shortcuts/", ShortcutsAct.as_view(), name="shortcuts"),
            path("note/", NotePage.as_view(), name="note"),
            path("plan/<int:pk>/<slug:act>/", self.construct_view(PlanAct), name="plan"),
        ]

    def page_kwargs(self) -> dict[str, Any]:
        """The acts answer with the case's page when they are refused."""
        return self.get_inspect_view_kwargs()


VIEWSETS = [CaseViewSet, TextViewSet, OutboxViewSet, ParkedViewSet, RoutingViewSet]
HOMEPAGE_PANELS = [put_in_place]

__all__ = ["HOMEPAGE_PANELS", "LOG_ACTIONS", "VIEWSETS"]
