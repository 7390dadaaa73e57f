"""The emergency, in three taps: cause, place, go. Never blocked (notice-rules.md "Who may")."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.catalogue.models import Resource, Unit
from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock, text
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.works import services
from booking.works.models import EmergencyCause
from booking.works.services.common import EMERGENCY_ROLES
from booking.works.staff.access import POLICY
from booking.works.staff.form import place_choices


class EmergencyForm(forms.Form):
    """Cause, place, go. Everything else can wait until tomorrow."""

    cause = forms.ChoiceField(
        label=_("What is it?"),
        choices=EmergencyCause.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is.")},
    )
    places = forms.MultipleChoiceField(
        label=_("Where?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick where it is.")},
    )
    unit = forms.ChoiceField(label=_("Unit"))
    hours = forms.IntegerField(
        label=_("Closed for about so many hours"), initial=24, min_value=1, max_value=24 * 60, required=False
    )
    began = forms.DateTimeField(
        label=_("Began at, if it was earlier"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    words = forms.CharField(
        label=_("A few words"), required=False, max_length=text.GROUNDS, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.filter(pk__in=unit_ids(user, EMERGENCY_ROLES), active=True).order_by("name")
        unit: Any = self.fields["unit"]
        unit.choices = [(str(one.pk), str(localized(one, "name"))) for one in units]
        places: Any = self.fields["places"]
        places.choices = place_choices()


class EmergencyPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Never blocked. Reason, a second person's review and the report follow within two working days."""

    permission_policy = POLICY
    permission_required = "declare"
    template_name = "booking/works/staff/emergency.html"
    page_title = _("Emergency")
    header_icon = "warning"
    form: EmergencyForm | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse("booking_works:index"), "label": gettext("Works")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was refused."""
        return super().get_context_data(**kwargs) | {
            "form": self.form or EmergencyForm(user=self.request.user),
            "key": self.request.POST.get("key") or secrets.token_urlsafe(16),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Declare it: those affected are told at once."""
        self.form = form = EmergencyForm(request.POST, user=request.user)
        status = 400
        if form.is_valid():
            given, now = form.cleaned_data, clock.now()
            try:
                made = services.declare_emergency(
                    unit=Unit.objects.get(pk=given["unit"]),
                    cause=given["cause"],
                    resources=list(Resource.objects.filter(pk__in=given["places"]).order_by("pk")),
                    by=request.user,
                    now=now,
                    started_at=given["began"],
                    hours=given["hours"] or 24,
                    words=given["words"],
                    submission_key=request.POST.get("key", "")[:64] or None,
                )
            except DomainError as error:
                for fault in error.errors:
                    name = {"resources": "places", "started_at": "began"}.get(str(fault.loc[0]), str(fault.loc[0]))
                    form.add_error(name if name in form.fields else None, fault.text)
                if not error.errors:
                    form.add_error(None, error.text)
                status = error.status
            else:
                messages.success(
                    request, gettext("Declared. Those affected are told now. The report is due in two working days.")
                )
                return redirect("booking_works:inspect", made.pk)
        return self.render_to_response(self.get_context_data(), status=status)
