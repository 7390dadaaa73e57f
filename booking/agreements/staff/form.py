"""Writing an agreement down for the municipality, and correcting one that isn't confirmed by everybody."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.agreements import selectors, services
from booking.agreements.forms import ContentForm, WholeForm
from booking.agreements.models import Agreement, AgreementForm, AgreementState
from booking.agreements.services.common import DECIDING_ROLES
from booking.agreements.staff.access import POLICY, seen
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState, Unit
from booking.catalogue.staff.access import unit_ids
from booking.catalogue.staff.views import ObjectPage
from booking.foundation import clock
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.organisations.models import Organisation, OrganisationState

#: So many lists to choose organisations from, and one more than stand there.
PARTIES = 3


class StaffContentForm(ContentForm):
    """With the parties, and the unit whose agreement it is."""

    unit = forms.ChoiceField(label=_("Unit"))

    def __init__(
        self, *args: Any, units: list[tuple[str, str]], agreement: Agreement | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, agreement=agreement, **kwargs)
        self.fields["title"].label = _("What is the agreement about?")
        self.fields["sole_use"].label = _("The place is theirs alone, all the time")
        self.fields["form"].initial = AgreementForm.WRITTEN
        unit: Any = self.fields["unit"]
        unit.choices = units
        if agreement is not None:
            self.initial["unit"] = str(agreement.unit_id)
        there = [one.organisation for one in agreement.parties.all()] if agreement is not None else []
        self.organisations = {
            str(one.pk): one
            for one in Organisation.objects.exclude(state=OrganisationState.INACTIVE).filter(merged_into=None)
        } | {str(one.pk): one for one in there}
        listed = sorted(
            ((key, one.name) for key, one in self.organisations.items()), key=lambda pair: pair[1].casefold()
        )
        self.party_names = [f"party_{number}" for number in range(1, max(PARTIES, len(there) + 1) + 1)]
        for number, name in enumerate(self.party_names, start=1):
            label = gettext("With which organisation?") if number == 1 else gettext("And with (%(n)s)") % {"n": number}
            self.fields[name] = forms.ChoiceField(label=label, required=number == 1, choices=[("", "–"), *listed])
            if number <= len(there):
                self.initial.setdefault(name, str(there[number - 1].pk))

    def parties(self) -> list[Any]:
        """The fields of organisations, in order."""
        return [self[name] for name in self.party_names]

    def show(self, error: DomainError) -> None:
        """A refusal about the parties stands at the first of them."""
        for fault in error.errors:
            if fault.loc[:1] == ("organisations",):
                self.add_error("party_1", fault.text)
        rest = [fault for fault in error.errors if fault.loc[:1] != ("organisations",)]
        if rest or not error.errors:
            kept, error.errors = error.errors, rest
            super().show(error)
            error.errors = kept

    def chosen(self) -> list[Organisation]:
        """The organisations, each once."""
        keys = [self.cleaned_data[name] for name in self.party_names if self.cleaned_data.get(name)]
        return [self.organisations[key] for key in dict.fromkeys(keys)]


def whole_form(request: HttpRequest, agreement: Agreement | None, *, follows: bool = False) -> WholeForm:
    """The form with the choices of this person: units they answer for, things of those and everything public."""
    units = Unit.objects.filter(pk__in=unit_ids(request.user, DECIDING_ROLES), active=True).order_by("name")
    own = Resource.objects.filter(unit__in=unit_ids(request.user)).exclude(state=ResourceState.RETIRED)
    public = catalogue.public_resources().values("pk")
    resources = Resource.objects.filter(pk__in=own.values("pk")) | Resource.objects.filter(pk__in=public)
    options: dict[str, Any] = {"units": [(str(one.pk), str(localized(one, "name"))) for one in units]}
    if agreement is not None and follows:
        after = agreement.last_day
        options["initial"] = {"start": after + timedelta(days=1) if after else None, "end": None}
    return WholeForm(
        request.POST if request.method == "POST" else None,
        content=StaffContentForm,
        resources=resources,
        agreement=agreement,
        **options,
    )


class NewPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A new agreement; ``?from=<id>`` begins with what an older one says."""

    # Without it Wagtail's mixin asks nobody.
    permission_policy = POLICY
    permission_required = "add"
    template_name = "booking/agreements/staff/form.html"
    page_title = _("Write down an agreement")
    header_icon = "clipboard-list"
    refused: WholeForm | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse("booking_agreements:index"), "label": gettext("Agreements")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]

    def old(self) -> Agreement | None:
        """The one that is followed. Raises Http404 for one of another unit."""
        wanted = self.request.GET.get("from", "")
        if not wanted:
            return None
        found = None
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
            found = selectors.with_all(seen(self.request.user)).filter(pk=int(wanted)).first()
        if found is None:
            raise Http404
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was refused."""
        old = self.old()
        return super().get_context_data(**kwargs) | {
            "form": self.refused or whole_form(self.request, old, follows=True),
            "old": old,
            "key": self.request.POST.get("key") or secrets.token_urlsafe(16),
            "back_url": reverse("booking_agreements:index"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it down, or show what is wrong."""
        old = self.old()
        form = whole_form(request, old, follows=True)
        if form.is_valid():
            try:
                made = services.write_down(
                    form.draft(form.content.chosen()),
                    by=request.user,
                    unit=Unit.objects.get(pk=form.content.cleaned_data["unit"]),
                    follows=old,
                    now=clock.now(),
                    submission_key=request.POST.get("key", "")[:64],
                )
            except DomainError as error:
                form.show(error)
            else:
                messages.success(request, gettext("It is written down. The organisation is asked to confirm it."))
                return redirect("booking_agreements:inspect", made.pk)
        self.refused = form
        return self.render_to_response(self.get_context_data(), status=400)


class ChangePage(ObjectPage, TemplateView):
    """Correct an agreement that isn't confirmed by everybody."""

    permission_required = "answer"
    namespace = "booking_agreements"
    list_label = _("Agreements")
    heading = _("Correct the agreement")
    template_name = "booking/agreements/staff/form.html"
    refused: WholeForm | None = None

    def get_base_object_queryset(self) -> Any:
        """Only those that can be corrected."""
        return selectors.with_all(Agreement.objects.filter(state=AgreementState.PROPOSED))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, with what stands there or as it was refused."""
        return super().get_context_data(**kwargs) | {
            "form": self.refused or whole_form(self.request, self.object),
            "agreement": self.object,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Correct it, or show what is wrong."""
        form = whole_form(request, self.object)
        sent = request.POST.get("version", "")
        if form.is_valid():
            try:
                services.correct(
                    self.object,
                    form.draft(form.content.chosen()),
                    by=request.user,
                    now=clock.now(),
                    if_version=int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None,
                )
            except DomainError as error:
                form.show(error)
            else:
                messages.success(request, gettext("It is corrected. The others are asked to confirm it."))
                return redirect(self.object_url())
        self.refused = form
        return self.render_to_response(self.get_context_data(), status=400)
