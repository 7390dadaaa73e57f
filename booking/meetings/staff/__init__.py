"""Meetings in the CMS admin: the list, a page, preparing, inviting, minutes, who does what by when."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSet

from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.meetings import selectors
from booking.meetings.models import Meeting
from booking.meetings.staff.form import ChangePage, NewPage
from booking.meetings.staff.index import MeetingFilterSet, MeetingIndex
from booking.meetings.staff.page import MeetingAct, MeetingPage, PaperPage

#: Acts on the whole meeting, and those on one row of it.
ACTS = ("call", "cancel", "next", "add_point", "commit", "minutes")
ROW_ACTS = ("withdraw_point", "done", "drop", "more_time")


class MeetingViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = Meeting
    name = "booking_meetings"
    url_prefix = "booking/meetings"
    icon = "group"
    menu_label = _("Dialogue meetings")
    menu_name = "booking-meetings"
    index_view_class = MeetingIndex
    inspect_view_class = MeetingPage
    inspect_view_enabled = True
    inspect_template_name = MeetingPage.template_name
    inspect_view_fields = ("reference",)
    search_fields = ("reference", "title")
    filterset_class = MeetingFilterSet
    list_per_page = 50
    form_fields = ("title",)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No address that isn't there."""
        gone = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "usage_url_name", "copy_url_name", "history_url_name")
        )
        return super().get_common_view_kwargs(**(gone | kwargs))

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page and the acts: a meeting is neither edited nor deleted as a row."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        page = self.get_inspect_view_kwargs()
        acts = [
            path(f"{act.replace('_', '-')}/<int:pk>/", self.construct_view(MeetingAct, act=act, **page), name=act)
            for act in ACTS
        ]
        rows = [
            path(
                f"{act.replace('_', '-')}/<int:pk>/<int:row>/",
                self.construct_view(MeetingAct, act=act, **page),
                name=act,
            )
            for act in ROW_ACTS
        ]
        return [
            *kept,
            path("new/", self.construct_view(NewPage), name="add"),
            path("change/<int:pk>/", self.construct_view(ChangePage), name="change"),
            path("paper/<int:pk>/", self.construct_view(PaperPage), name="paper"),
            *acts,
            *rows,
        ]


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where the municipality doesn't hold meetings with the product."""
    return [MeetingViewSet] if selectors.is_on() else []
