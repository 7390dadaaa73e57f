"""The sign for the wall: a code to scan and a short address to type, on a page to print."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages

from booking.catalogue.models import ResourceState
from booking.catalogue.staff import resources as resource_pages
from booking.catalogue.staff.resources import Page
from booking.catalogue.staff.views import ObjectPage
from booking.faults import services
from booking.faults.models import WallCode
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.qr import qr_code


class WallPage(ObjectPage, TemplateView):
    """The sign, or the button that makes its code."""

    namespace = resource_pages.NAMESPACE
    list_label = _("Resources")
    heading = _("Sign for the wall")
    template_name = "booking/faults/staff/wall.html"

    def get_base_object_queryset(self) -> Any:
        """What isn't lent any more has no sign."""
        return super().get_base_object_queryset().exclude(state=ResourceState.RETIRED)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make the code. There it stays."""
        try:
            services.make_code(self.object, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, gettext("The sign is ready. Print it and hang it up."))
        return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The code, its address, and the drawing of it: no picture to load."""
        found = WallCode.objects.filter(resource=self.object).first()
        context = super().get_context_data(**kwargs) | {"code": found, "name": localized(self.object, "name")}
        if found is None:
            return context
        address = booking_settings().public_base_url.rstrip("/") + reverse("booking:wall", args=[found.code])
        return context | {"address": address, "short": address.partition("://")[2], "qr": qr_code(address)}


resource_pages.register_page(Page("wall/<int:pk>/", "wall", WallPage, _("Sign for the wall")))
