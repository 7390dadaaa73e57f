"""Showing an early enquiry's plan in public, or no longer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.cases import services
from booking.foundation import clock
from booking.foundation.errors import DomainError


class PlanAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """One press of a button."""

    permission_required = "decide"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back to the case."""
        act = str(self.kwargs["act"])
        if act not in ("publish", "hide"):
            raise Http404
        try:
            if act == "publish":
                services.publish_plan(self.object, by=request.user, now=clock.now())
            else:
                services.unpublish_plan(self.object, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
        else:
            said = gettext("It is shown in public.") if act == "publish" else gettext("It is no longer shown.")
            messages.success(request, said)
        return redirect("booking_cases:inspect", self.object.pk)
