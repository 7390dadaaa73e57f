"""Preparing a meeting, and changing one that hasn't been held."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource, Unit
from booking.catalogue.staff.access import unit_ids
from booking.catalogue.staff.views import ObjectPage
from booking.foundation import clock
from booking.foundation.errors import DomainError
from booking.foundation.text import form_key
from booking.meetings import selectors, services
from booking.meetings.forms import MeetingForm
from booking.meetings.models import Meeting, MeetingState
from booking.meetings.services.common import CALLING_ROLES
from booking.meetings.staff.access import POLICY


def _form(request: HttpRequest, meeting: Meeting | None = None) -> MeetingForm:
    units = list(Unit.objects.filter(pk__in=unit_ids(request.user, CALLING_ROLES), active=True).order_by("name"))
    rooms = catalogue.visible_resources(request.user).filter(kind__in=[Kind.VENUE, Kind.AREA])
    if meeting is not None and meeting.resource_id is not None:
        rooms = Resource.objects.filter(pk__in=rooms.values("pk")) | Resource.objects.filter(pk=meeting.resource_id)
    return MeetingForm(
        request.POST if request.method == "POST" else None, units=units, resources=rooms, meeting=meeting
    )


class NewPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A new meeting. Nobody is invited before it is called."""

    # Without it Wagtail's mixin asks nobody.
    permission_policy = POLICY
    permission_required = "add"
    template_name = "booking/meetings/staff/form.html"
    page_title = _("Prepare a meeting")
    header_icon = "group"
    refused: MeetingForm | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse("booking_meetings:index"), "label": gettext("Dialogue meetings")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was refused."""
        return super().get_context_data(**kwargs) | {
            "form": self.refused or _form(self.request),
            "key": self.request.POST.get("key") or secrets.token_urlsafe(16),
            "back_url": reverse("booking_meetings:index"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Prepare it, or show what is wrong."""
        form = _form(request)
        if form.is_valid():
            try:
                made = services.prepare_meeting(
                    form.draft(),
                    by=request.user,
                    unit=Unit.objects.get(pk=form.cleaned_data["unit"]),
                    now=clock.now(),
                    submission_key=form_key(request.POST.get("key")) or "",
                )
            except DomainError as error:
                form.show(error)
            else:
                messages.success(request, gettext("The meeting is prepared. Nobody is invited before you say so."))
                return redirect("booking_meetings:inspect", made.pk)
        self.refused = form
        return self.render_to_response(self.get_context_data(), status=400)


class ChangePage(ObjectPage, TemplateView):
    """Another time, place or circle."""

    permission_required = "answer"
    namespace = "booking_meetings"
    list_label = _("Dialogue meetings")
    heading = _("Change the meeting")
    template_name = "booking/meetings/staff/form.html"
    refused: MeetingForm | None = None

    def get_base_object_queryset(self) -> Any:
        """Only those that can be changed."""
        return selectors.with_all(Meeting.objects.filter(state__in=[MeetingState.DRAFT, MeetingState.INVITED]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, with what stands there or as it was refused."""
        return super().get_context_data(**kwargs) | {
            "form": self.refused or _form(self.request, self.object),
            "meeting": self.object,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change it, or show what is wrong."""
        form = _form(request, self.object)
        sent = request.POST.get("version", "")
        if form.is_valid():
            try:
                services.change_meeting(
                    self.object,
                    form.draft(),
                    by=request.user,
                    now=clock.now(),
                    if_version=int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None,
                )
            except DomainError as error:
                form.show(error)
            else:
                messages.success(
                    request, gettext("The meeting is changed. Who is invited hears of a new time or place.")
                )
                return redirect(self.object_url())
        self.refused = form
        return self.render_to_response(self.get_context_data(), status=400)
