"""Merging two entries in the CMS admin: choose the one that stays, see what moves, then do it. It can't be undone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import BaseObjectMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.foundation import clock
from booking.foundation.errors import DomainError
from booking.organisations import selectors, services
from booking.organisations.models import Organisation, OrganisationState
from booking.organisations.services.merging import consequences


class TargetForm(forms.Form):
    """The entry that stays."""

    target = forms.ModelChoiceField(label=_("The entry that stays"), queryset=Organisation.objects.none())

    def __init__(self, *args: Any, source: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["target"]
        everything = Organisation.objects.filter(merged_into=None).exclude(state=OrganisationState.INACTIVE)
        field.queryset = everything.exclude(pk=source.pk).order_by("name")


class MergeView(PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, TemplateView):
    """GET without a target asks for one; with one it lists what moves; POST does it."""

    permission_required = "verify"
    template_name = "booking/organisations/staff/merge.html"
    header_icon = "copy"
    http_method_names = ("get", "head", "post")

    def get_page_title(self) -> str:
        """What it is about."""
        return gettext("Merge")

    def get_page_subtitle(self) -> str:
        """Which organisation goes."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Register, organisation, this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("booking_organisations:index"), "label": gettext("Organisations")},
            {"url": reverse("booking_organisations:inspect", args=[self.object.pk]), "label": self.object.name},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The choice, and the consequences of the one that was made."""
        given = self.request.POST if self.request.method == "POST" else self.request.GET
        form = TargetForm(given if "target" in given else None, source=self.object)
        target = form.cleaned_data["target"] if form.is_bound and form.is_valid() else None
        both = target is not None and bool(self.object.number) and bool(target.number)
        return super().get_context_data(**kwargs) | {
            "organisation": self.object,
            "form": form,
            "target": target,
            "likely": selectors.duplicates_of(self.object),
            "consequences": consequences(self.object) if target is not None else [],
            "two_numbers": both and target is not None and self.object.number != target.number,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, once; a refusal comes back with its reason."""
        context = self.get_context_data(**kwargs)
        target = context["target"]
        if target is None:
            return self.render_to_response(context, status=400)
        try:
            services.merge_organisations(source=self.object, target=target, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
            return self.render_to_response(context)
        messages.success(request, gettext("The two entries are one now."))
        return redirect("booking_organisations:inspect", target.pk)
