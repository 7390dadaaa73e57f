"""The next case of the list that one came from, in its order and with its filters."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.cases.selectors import desk
from booking.cases.staff.queue import go_to_queue, listing, remembered


class NextCase(PermissionCheckedMixin, BaseObjectMixin, View):
    """Go there; at the end of the list, to the list. The case itself may have left the list: it keeps its place."""

    permission_required = "view"
    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Four queries; found only when somebody goes, not on each page."""
        found = desk.after(listing(request, remembered(request)), self.object)
        if found is None:
            messages.success(request, gettext("That was the last one in this list."))
            return go_to_queue(request)
        return redirect("booking_cases:inspect", found.pk)
