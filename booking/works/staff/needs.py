"""What a thing can't be used without, on the thing's own pages: its way in, water, power.

Works on the road then reach whoever uses the hall behind it (notice-rules.md "Who is affected").
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.catalogue.models import Resource, ResourceState
from booking.catalogue.staff import resources as resource_pages
from booking.catalogue.staff.resources import Page
from booking.catalogue.staff.views import ObjectFormPage
from booking.foundation import clock
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.works import selectors, services
from booking.works.models import ResourceNeed
from booking.works.staff.form import place_choices


class NeedRow(forms.Form):
    """One thing that is needed, and for what. An empty row is none."""

    needs = forms.TypedChoiceField(label=_("Needs"), coerce=int, empty_value=None, required=False)
    what = forms.ChoiceField(label=_("for"), choices=ResourceNeed.What.choices, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs: Any = self.fields["needs"]
        needs.choices = [("", "–"), *place_choices()]


class NeedRows(forms.BaseFormSet):  # type: ignore[type-arg]
    """All of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusals: list[str] = []

    def needs(self) -> list[tuple[Resource, str]]:
        """For the service, each once."""
        wanted = {
            form.cleaned_data["needs"]: form.cleaned_data.get("what") or ResourceNeed.What.ACCESS
            for form in self.forms
            if form.cleaned_data.get("needs") is not None and not form.cleaned_data.get("DELETE")
        }
        found = Resource.objects.in_bulk(wanted)
        return [(found[pk], str(what)) for pk, what in wanted.items() if pk in found]


_Rows = forms.formset_factory(NeedRow, formset=NeedRows, extra=3, max_num=20, absolute_max=40, can_delete=True)


class NeedsPage(ObjectFormPage):
    """What the thing needs."""

    namespace = resource_pages.NAMESPACE
    list_label = _("Resources")
    heading = _("What it can't be used without")
    form_class = _Rows
    template_name = "booking/works/staff/needs.html"

    def get_base_object_queryset(self) -> Any:
        """Where the municipality plans its works here; retired things are kept as they were."""
        rows = super().get_base_object_queryset().exclude(state=ResourceState.RETIRED)  # type: ignore[misc]
        return rows if selectors.is_on() else rows.none()

    def get_initial(self) -> Any:
        """As it stands."""
        rows = ResourceNeed.objects.filter(resource=self.object).order_by("pk")
        return [{"needs": one.needs_id, "what": one.what} for one in rows]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what needs this thing in its turn."""
        rows = ResourceNeed.objects.filter(needs=self.object).select_related("resource").order_by("resource__name")
        return super().get_context_data(**kwargs) | {
            "needed_by": [(str(localized(one.resource, "name")), one.get_what_display()) for one in rows]
        }

    def form_valid(self, form: Any) -> HttpResponse:
        """Write it down and go back, or say on top what is wrong: a set of rows has no field for it."""
        try:
            services.set_needs(self.object, needs=form.needs(), by=self.request.user, now=clock.now())
        except DomainError as error:
            form.refusals.append(error.text)
            return self.form_invalid(form)
        messages.success(self.request, gettext("Written down. Works on any of these reach whoever uses the thing."))
        return redirect(self.object_url())


resource_pages.register_page(
    Page("needs/<int:pk>/", "needs", NeedsPage, _("What it can't be used without"), lambda _thing: selectors.is_on())
)
