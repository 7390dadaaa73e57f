"""Agreements in the CMS admin: the list, a page, writing down, answering, the front page."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSet

from booking.agreements import selectors
from booking.agreements.models import Agreement
from booking.agreements.staff.form import ChangePage, NewPage
from booking.agreements.staff.index import AgreementFilterSet, AgreementIndex
from booking.agreements.staff.page import AgreementAct, AgreementPage, DocumentPage, LetterPage
from booking.agreements.staff.panel import put_in_place
from booking.foundation.doors.scoping import ScopedViewSetMixin

#: Acts on the whole agreement, and those on one row of it.
ACTS = ("confirm", "decline", "notice", "add_task", "upload", "retry", "seen", "assign")
ROW_ACTS = ("done", "stop_task", "remove")


class AgreementViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = Agreement
    name = "booking_agreements"
    url_prefix = "booking/agreements"
    icon = "clipboard-list"
    menu_label = _("Agreements")
    menu_name = "booking-agreements"
    index_view_class = AgreementIndex
    inspect_view_class = AgreementPage
    inspect_view_enabled = True
    inspect_template_name = AgreementPage.template_name
    inspect_view_fields = ("reference",)
    search_fields = ("reference", "title")
    filterset_class = AgreementFilterSet
    list_per_page = 50
    form_fields = ("title",)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No address that isn't there."""
        gone = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "usage_url_name", "copy_url_name", "history_url_name")
        )
        return super().get_common_view_kwargs(**(gone | kwargs))

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page and the acts: an agreement is neither edited nor deleted as a row."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        page = self.get_inspect_view_kwargs()
        acts = [
            path(f"{act.replace('_', '-')}/<int:pk>/", self.construct_view(AgreementAct, act=act, **page), name=act)
            for act in ACTS
        ]
        rows = [
            path(
                f"{act.replace('_', '-')}/<int:pk>/<int:row>/",
                self.construct_view(AgreementAct, act=act, **page),
                name=act,
            )
            for act in ROW_ACTS
        ]
        return [
            *kept,
            path("new/", self.construct_view(NewPage), name="add"),
            path("correct/<int:pk>/", self.construct_view(ChangePage), name="correct"),
            path("letter/<int:pk>/", self.construct_view(LetterPage), name="letter"),
            path("document/<int:pk>/<int:row>/", self.construct_view(DocumentPage), name="document"),
            *acts,
            *rows,
        ]


def VIEWSETS() -> list[Any]:  # noqa: N802 - the name that the menu asks for
    """None where the municipality doesn't use the register."""
    return [AgreementViewSet] if selectors.is_on() else []


HOMEPAGE_PANELS = [put_in_place]
