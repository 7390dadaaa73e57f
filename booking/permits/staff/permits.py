"""Permits of cases: the list of what waits, one permit's page, and saying where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet

from booking.cases import selectors as cases
from booking.cases.letters.facts import title_of
from booking.cases.rules import heads
from booking.cases.staff.access import CASE_POLICY
from booking.catalogue import selectors as catalogue
from booking.catalogue.staff.access import today
from booking.foundation import clock, files
from booking.foundation.doors.downloads import download
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words, when_words
from booking.permits import selectors, services, wording
from booking.permits.access import why_not
from booking.permits.forms import FileForm, GrantForm
from booking.permits.models import Permit, PermitDocumentContent, PermitState
from booking.permits.staff.access import PERMIT_POLICY, permits_granted

NAMESPACE = "booking_permits"
#: Dates of a case that its permit's page names.
MOST_SHOWN = 12


class PermitFilterSet(WagtailFilterSet):
    """By state, and what one's units have the word about."""

    state = django_filters.ChoiceFilter(choices=PermitState.choices, label=_("Where it stands"))
    ours = django_filters.ChoiceFilter(choices=[("yes", _("Yes"))], label=_("We grant it"), method="by_ours")

    class Meta:
        model = Permit
        fields = ["state", "ours"]

    def by_ours(self, rows: Any, name: str, value: str) -> Any:
        """About which the person has the word."""
        return rows.filter(pk__in=permits_granted(self.request.user).values("pk"))


def _state(one: Permit) -> str:
    words = wording.state_words(one.requirement.kind, one.state).capitalize()
    return f"{words}, {day_words(one.date, today=today())}" if one.date else words


def _who(one: Permit) -> str:
    unit = one.requirement.granting_unit
    return str(localized(unit, "name")) if unit is not None else one.requirement.granted_by


class PermitIndex(generic.IndexView):
    """What waits for an answer first."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False

    def get_base_queryset(self) -> Any:
        """With all that the columns show."""
        return selectors.with_all(Permit.objects.all())

    def order_queryset(self, queryset: Any) -> Any:
        """Applied for, run out, needed, the rest."""
        return selectors.in_order(queryset)

    def search_queryset(self, queryset: Any) -> Any:
        """By what it is and by the case."""
        if not self.is_searching:
            return queryset
        from django.db.models import Q

        words = self.search_query[:100]
        return queryset.filter(
            Q(requirement__what__icontains=words)
            | Q(case__reference__icontains=words)
            | Q(case__organisation__name__icontains=words)
        )

    @cached_property
    def columns(self) -> list[Any]:
        """What, case, for whom, who grants it, where it stands."""
        return [
            TitleColumn("what", label=_("What"), accessor=lambda one: localized(one.requirement, "what"),
                        get_url=self.page_url),
            Column("case", label=_("Case"), accessor=lambda one: one.case.reference, width="12%"),
            Column("title", label=_("For"), accessor=lambda one: title_of(one.case), width="22%"),
            Column("who", label=_("Who grants it"), accessor=_who, width="18%"),
            Column("state", label=_("Where it stands"), accessor=_state, width="20%"),
        ]  # fmt: skip

    def page_url(self, one: Permit) -> str:
        """The permit's own page."""
        return reverse(f"{NAMESPACE}:inspect", args=[one.pk])

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching or self.is_filtering:
            return gettext("Nothing fits what you look for.")
        return gettext("No case of your units takes a permit, and nobody waits for one of yours.")


class PermitPage(generic.InspectView):
    """One permit: what it is for, where it stands, what was handed in, and the form of who grants it."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/permits/staff/permit.html"
    header_more_buttons: Sequence[Any] = ()
    brought: ClassVar[dict[str, Any]] = {}

    def get_base_object_queryset(self) -> Any:
        """With everything at hand."""
        return selectors.with_all(Permit.objects.all())

    def get_page_title(self) -> str:
        """Its name stands beside it."""
        return gettext("Permit")

    def get_page_subtitle(self) -> str:
        """What, and for which case."""
        return f"{localized(self.object.requirement, 'what')} ({self.object.case.reference})"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this one."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": gettext("Permits")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.get_page_subtitle()}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The form stands where the facts are."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The case in short: nobody's address or phone, so that a unit that only grants sees no more than it needs."""
        permit, user, on = self.object, self.request.user, today()
        one = catalogue.requirement_of(permit.requirement)
        lines = selectors.lines_of(permit.case)
        may = PERMIT_POLICY.user_has_permission_for_instance(user, "grant", permit)
        why = why_not(user, permit, on) if may else ""
        sees_case = CASE_POLICY.in_scope(user, permit.case_id)
        form = GrantForm(
            kind=one.kind,
            initial={"state": "granted", "date": on, "valid_to": permit.valid_to, "note": ""},
        )
        return (
            super().get_context_data(**kwargs)
            | {
                "permit": permit,
                "one": one,
                "state": wording.state_words(one.kind, permit.state).capitalize(),
                "case": permit.case,
                "case_title": title_of(permit.case),
                "case_url": reverse("booking_cases:inspect", args=[permit.case_id]) if sees_case else "",
                "uses": cases.uses_of(permit.case),
                "heads": heads(permit.case.audience),
                "times": [
                    (
                        localized(line.resource, "name"),
                        when_words(line.start, line.end, catalogue.zone(line.resource), today=on),
                    )
                    for line in lines[:MOST_SHOWN]
                    if line.state in selectors.STANDING
                ],
                "more": max(len(lines) - MOST_SHOWN, 0),
                "documents": list(permit.documents.all()),
                "tied": why in ("disqualified", "disqualified_leader"),
                "form": form if may and not why else None,
                "file_form": FileForm() if may and not why else None,
            }
            | self.brought
        )


class PermitAct(PermitPage):
    """Say where it stands, or add a file. Refused, it shows the page again with what was typed and why."""

    any_permission_required: ClassVar[list[str]] = ["grant"]
    http_method_names: ClassVar[list[str]] = ["get", "post", "head", "options"]
    act: str = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect(reverse(f"{NAMESPACE}:inspect", args=[self.object.pk]))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        form: Any
        if self.act == "grant":
            form = GrantForm(request.POST, kind=self.object.requirement.kind)
        else:
            form = FileForm(request.POST, request.FILES)
        try:
            if form.is_valid():
                messages.success(request, self.do(form.cleaned_data))
                return redirect(reverse(f"{NAMESPACE}:inspect", args=[self.object.pk]))
            status = 400
        except DomainError as error:
            add_refusal(form, error)
            status = error.status
        self.brought = {"form" if self.act == "grant" else "file_form": form}  # type: ignore[misc]
        self.object = self.get_base_object_queryset().get(pk=self.object.pk)
        return self.render_to_response(self.get_context_data(object=self.object), status=status)

    def do(self, data: dict[str, Any]) -> str:
        """Call the service."""
        facts: dict[str, Any] = {"by": self.request.user, "now": clock.now()}
        if self.act == "upload":
            upload = data["file"]
            services.add_document(self.object, name=upload.name, content=upload.read(files.DOCUMENT_BYTES + 1), **facts)
            return gettext("The document is added.")
        services.decide(
            self.object, state=data["state"], on=data["date"], valid_to=data["valid_to"], note=data["note"], **facts
        )
        return gettext("Noted. The party sees it, and hears of an answer by letter.")


class DocumentPage(PermissionCheckedMixin, BaseObjectMixin, View):
    """Download a document. Never shown in place."""

    permission_required = "view"
    http_method_names: ClassVar[list[str]] = ["get", "head", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """404 for a document of another permit."""
        row = (
            PermitDocumentContent.objects.filter(document=kwargs["row"], document__permit=self.object)
            .select_related("document")
            .first()
        )
        if row is None:
            raise Http404
        return download(row.document.name, row.document.content_type, bytes(row.data))


class PermitViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = Permit
    without = ROW_DOORS
    name = NAMESPACE
    url_prefix = "booking/permits"
    icon = "key"
    menu_label = _("Permits")
    menu_name = "booking-permits"
    index_view_class = PermitIndex
    inspect_view_class = PermitPage
    inspect_view_enabled = True
    inspect_template_name = PermitPage.template_name
    inspect_view_fields = ("state",)
    search_fields = ("case__reference",)
    filterset_class = PermitFilterSet
    list_per_page = 50
    form_fields = ("note",)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page and the acts: a permit is neither edited nor deleted as a row."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        page = self.get_inspect_view_kwargs()
        return [
            *kept,
            path("grant/<int:pk>/", self.construct_view(PermitAct, act="grant", **page), name="grant"),
            path("upload/<int:pk>/", self.construct_view(PermitAct, act="upload", **page), name="upload"),
            path("document/<int:pk>/<int:row>/", self.construct_view(DocumentPage), name="document"),
        ]
