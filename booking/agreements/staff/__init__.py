"""Agreements in the CMS admin: the list, a page, writing down, answering, the front page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.agreements import selectors
from booking.agreements.models import Agreement
from booking.agreements.staff.form import ChangePage, NewPage
from booking.agreements.staff.index import AgreementFilterSet, AgreementIndex
from booking.agreements.staff.page import AgreementAct, AgreementPage, DocumentPage, LetterPage
from booking.agreements.staff.panel import put_in_place
from booking.foundation.doors.acts import ActsViewSet


class AgreementViewSet(ActsViewSet):
    """In the "Booking" menu."""

    model = Agreement
    name = "booking_agreements"
    url_prefix = "booking/agreements"
    icon = "clipboard-list"
    menu_label = _("Agreements")
    menu_name = "booking-agreements"
    index_view_class = AgreementIndex
    inspect_view_class = AgreementPage
    inspect_view_fields = ("reference",)
    search_fields = ("reference", "title")
    filterset_class = AgreementFilterSet
    form_fields = ("title",)
    #: Acts on the whole, and those on one row of it.
    act_view_class = AgreementAct
    acts = ("confirm", "decline", "notice", "add_task", "upload", "retry", "seen", "assign")
    row_acts = ("done", "stop_task", "remove")
    pages = (
        ("new/", "add", NewPage),
        ("correct/<int:pk>/", "correct", ChangePage),
        ("letter/<int:pk>/", "letter", LetterPage),
        ("document/<int:pk>/<int:row>/", "document", DocumentPage),
    )


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where the municipality doesn't use the register."""
    return [AgreementViewSet] if selectors.is_on() else []


HOMEPAGE_PANELS = [put_in_place]
