"""Calendars in the CMS admin: the address of one's unit's calendar, for who has a role in it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from booking.calendars import services
from booking.calendars.models import FeedKind
from booking.calendars.public.pages import own, subscribe_from
from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock
from booking.foundation.errors import DomainError

NAMESPACE = "booking_calendars"
KINDS = (FeedKind.UNIT.value,)


def may_come_in(user: Any) -> bool:
    """Has a role in a unit today."""
    return bool(unit_ids(user))


class StaffOnly:
    """404 for who has no role in a unit: the menu doesn't show it either."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Asked first, whatever the method."""
        if not may_come_in(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc, no-any-return]


class CalendarsPage(StaffOnly, WagtailAdminTemplateMixin, TemplateView):  # type: ignore[misc]
    """The units whose calendar one may have, with one's own address for each."""

    template_name = "booking/calendars/staff/calendars.html"
    page_title = _("Calendars")
    header_icon = "calendar"
    _show_breadcrumbs = True

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """This page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One's own addresses."""
        return super().get_context_data(**kwargs) | {"calendars": own(self.request, KINDS)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A page with secrets on it is kept by nobody."""
        response = super().get(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make an address."""
        try:
            subscribe_from(request, KINDS)
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, gettext("The address is made."))
        return redirect(f"{NAMESPACE}:index")


class RenewAct(StaffOnly, View):
    """Another address for one of one's own."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, feed_id: str) -> HttpResponse:
        """404 for what isn't theirs."""
        try:
            services.rotate(feed_id=feed_id, by=request.user, now=clock.now())
        except DomainError as error:
            raise Http404 from error
        messages.success(request, gettext("There is a new address. The old one is gone."))
        return redirect(f"{NAMESPACE}:index")


class StopAct(StaffOnly, View):
    """End one of one's own addresses."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, feed_id: str) -> HttpResponse:
        """404 for what isn't theirs."""
        try:
            services.revoke(feed_id=feed_id, by=request.user, now=clock.now())
        except DomainError as error:
            raise Http404 from error
        messages.success(request, gettext("The address has ended."))
        return redirect(f"{NAMESPACE}:index")


class CalendarsMenuItem(MenuItem):  # type: ignore[misc]
    """Shown to who has a role in a unit."""

    def is_shown(self, request: HttpRequest) -> bool:
        """As the page answers."""
        return may_come_in(request.user)


class CalendarsViewSet(ViewSet):  # type: ignore[misc]
    """In the "Booking" menu."""

    name = NAMESPACE
    url_prefix = "booking/calendars"
    icon = "calendar"
    menu_label = _("Calendars")
    menu_name = "booking-calendars"
    menu_item_class = CalendarsMenuItem

    def get_urlpatterns(self) -> list[Any]:
        """The page, and what is done there."""
        return [
            path("", CalendarsPage.as_view(), name="index"),
            path("<slug:feed_id>/renew/", RenewAct.as_view(), name="renew"),
            path("<slug:feed_id>/stop/", StopAct.as_view(), name="stop"),
        ]


VIEWSETS = [CalendarsViewSet]
