"""Single keys on the case's page, and the switch that turns them off (WCAG 2.1.4).

The switch is Wagtail's own preference, so that one choice holds for all keys of the admin.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.users.models import UserProfile

from booking.cases.staff.access import CASE_POLICY

#: Key, and what it does; the page has the thing that it belongs to, or the key does nothing.
KEYS: tuple[tuple[str, Any], ...] = (
    ("g", _("Go to “Grant”")),
    ("r", _("Go to the grounds, to refuse or to use the waiting list")),
    ("h", _("Write a holding reply")),
    ("q", _("Ask the requester")),
    ("m", _("Write a message")),
    ("f", _("Give it to somebody else")),
    ("n", _("Next case")),
    ("l", _("Back to the list")),
    ("?", _("Show these keys")),
)


def are_on(user: Any) -> bool:
    """Whether this person wants single keys. Who has said nothing, does."""
    profile = getattr(user, "wagtail_userprofile", None)
    return profile is None or bool(profile.keyboard_shortcuts)


class ShortcutsAct(PermissionCheckedMixin, View):
    """Turn single keys on or off, for oneself, on every page of the admin."""

    permission_required = "view"
    permission_policy = CASE_POLICY
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Back to where one was."""
        profile = UserProfile.get_for_user(request.user)
        profile.keyboard_shortcuts = request.POST.get("keys") == "on"
        profile.save(update_fields=["keyboard_shortcuts"])
        on = profile.keyboard_shortcuts
        messages.success(request, gettext("Single keys are on.") if on else gettext("Single keys are off."))
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            back = reverse("booking_cases:index")
        return redirect(back)
