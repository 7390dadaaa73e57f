"""What the pages of the catalogue in the CMS admin share. Occupancy's own pages build on them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.generic import FormView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import BaseObjectMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError


class WordsMixin:
    """For Wagtail's inspect view: yes, no and – instead of True, False and None."""

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        """A value as people read it."""
        value = getattr(self.object, field_name)  # type: ignore[attr-defined]
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if value is None or value == "":
            return "–"
        return super().get_field_display_value(field_name, field)  # type: ignore[misc]


class ObjectPage(PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin):
    """A page about one object of a viewset, with breadcrumbs: list, object, this page."""

    permission_required = "change"
    #: Namespace of the viewset's addresses, and what its list is called.
    namespace: str = ""
    list_label: Any = ""
    heading: Any = ""

    def get_page_title(self) -> str:
        """What is done here."""
        return str(self.heading)

    def get_page_subtitle(self) -> str:
        """To which object."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, object, this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(f"{self.namespace}:index"), "label": str(self.list_label)},
            {"url": self.object_url(), "label": str(self.object)},
            {"url": "", "label": self.get_page_title()},
        ]

    def object_url(self) -> str:
        """The object's own page."""
        return reverse(f"{self.namespace}:inspect", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """For the template: the object and the way back."""
        return super().get_context_data(**kwargs) | {"thing": self.object, "back_url": self.object_url()}


class ObjectFormPage(ObjectPage, FormView):
    """One form about one object. Write ``perform(form)``, which answers what was done in words."""

    template_name = "booking/catalogue/staff/object_form.html"
    button_label: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """For the template: the word on the button."""
        return super().get_context_data(**kwargs) | {"button_label": self.button_label or gettext("Save")}

    def perform(self, form: Any) -> str:
        """Call the service; answer the words for the person."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        """Do it, say it, go back. A refusal goes to the form."""
        try:
            done = self.perform(form)
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        messages.success(self.request, done)
        return redirect(self.object_url())


class ObjectAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """One press of a button on the object's page. Write ``perform``."""

    http_method_names = ["post"]
    permission_required = "change"
    namespace: str = ""

    def perform(self) -> str:
        """Call the service; answer the words for the person."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        try:
            messages.success(request, self.perform())
        except DomainError as error:
            messages.error(request, error.text)
        return redirect(reverse(f"{self.namespace}:inspect", args=[self.object.pk]))
