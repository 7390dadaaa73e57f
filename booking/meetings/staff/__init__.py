"""Meetings in the CMS admin: the list, a page, preparing, inviting, minutes, who does what by when."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.foundation.doors.acts import ActsViewSet
from booking.meetings import selectors
from booking.meetings.models import Meeting
from booking.meetings.staff.form import ChangePage, NewPage
from booking.meetings.staff.index import MeetingFilterSet, MeetingIndex
from booking.meetings.staff.page import MeetingAct, MeetingPage, PaperPage


class MeetingViewSet(ActsViewSet):
    """In the "Booking" menu."""

    model = Meeting
    name = "booking_meetings"
    url_prefix = "booking/meetings"
    icon = "group"
    menu_label = _("Dialogue meetings")
    menu_name = "booking-meetings"
    index_view_class = MeetingIndex
    inspect_view_class = MeetingPage
    inspect_view_fields = ("reference",)
    search_fields = ("reference", "title")
    filterset_class = MeetingFilterSet
    form_fields = ("title",)
    #: Acts on the whole, and those on one row of it.
    act_view_class = MeetingAct
    acts = ("call", "cancel", "next", "add_point", "commit", "minutes")
    row_acts = ("withdraw_point", "done", "drop", "more_time")
    pages = (
        ("new/", "add", NewPage),
        ("change/<int:pk>/", "change", ChangePage),
        ("paper/<int:pk>/", "paper", PaperPage),
    )


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where the municipality doesn't hold meetings with the product."""
    return [MeetingViewSet] if selectors.is_on() else []
