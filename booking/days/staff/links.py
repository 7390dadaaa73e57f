"""Links to caretakers' pages in the CMS admin: who has one, when it was last opened; made, renewed and ended."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseObjectMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permissions import register_permission_policy

from booking.catalogue.models import Resource, ResourceState, Unit, UnitRoleName
from booking.catalogue.staff.access import unit_ids
from booking.days import selectors, services
from booking.days.models import CaretakerLink
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import ScopedPermissionPolicy
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import moment_words

NAMESPACE = "booking_caretakers"


def _leads(user: Any) -> bool:
    return bool(unit_ids(user, (UnitRoleName.LEADER,)))


POLICY = ScopedPermissionPolicy(
    CaretakerLink,
    scope=selectors.links_led,
    may=_leads,
    # Nobody edits or deletes a link as a row: it is renewed or ended.
    actions={"view": True, "add": True, "end": True},
)
register_permission_policy(CaretakerLink, POLICY)


def _moment(value: Any, empty: Any) -> str:
    if value is None:
        return str(empty)
    return moment_words(value, booking_settings().tz, today=clock.today(booking_settings().tz), short=True)


class LinkIndex(generic.IndexView):
    """The links of the units that one leads."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False
    page_title = _("Caretakers' pages")
    template_name = "booking/days/staff/links.html"

    def get_base_queryset(self) -> Any:
        """Those that open something first."""
        return super().get_base_queryset().select_related("unit", "building", "made_by")

    def order_queryset(self, queryset: Any) -> Any:
        """Those in use first, by name."""
        return queryset.order_by("ended_at", "label", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """For whom, what it opens, made, last opened, and the two buttons."""
        return [
            Column("label", label=_("For whom")),
            Column("opens", label=_("What it opens"), accessor=_opens),
            Column("made", label=_("Made"), accessor=lambda one: _made(one)),
            Column("used", label=_("Last opened"), accessor=lambda one: _moment(one.last_used_at, _("never"))),
            ActsColumn("acts", label=_("What you can do")),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """A new one."""
        return [HeaderButton(gettext("New link"), url=reverse(f"{NAMESPACE}:add"), icon_name="plus")]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        return gettext("No caretaker has a link yet. With one they see the day without signing in.")


class ActsColumn(Column):
    """Renew and end, while it opens something."""

    cell_template_name = "booking/days/staff/link_acts.html"


def _opens(one: CaretakerLink) -> str:
    if one.ended_at is not None:
        return gettext("Nothing any more: ended %(moment)s") % {"moment": _moment(one.ended_at, "")}
    if one.building is not None:
        return str(localized(one.building, "name"))
    return gettext("All buildings of %(unit)s") % {"unit": localized(one.unit, "name")}


def _made(one: CaretakerLink) -> str:
    words = _moment(one.made_at, "")
    if one.renewed_at is not None:
        words += ", " + gettext("renewed %(moment)s") % {"moment": _moment(one.renewed_at, "")}
    return words


class LinkForm(forms.Form):
    """For whom, and what it opens."""

    label = forms.CharField(
        label=_("For whom"),
        max_length=100,
        help_text=_("Such as “The caretaker at the hall”. It is shown in the list."),
    )
    opens = forms.ChoiceField(label=_("What it opens"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {
            one.pk: one
            for one in Unit.objects.filter(pk__in=unit_ids(user, (UnitRoleName.LEADER,)), active=True).order_by("name")
        }
        buildings = Resource.objects.filter(unit__in=list(self.units), parent__isnull=True, kind__in=["venue", "area"])
        self.buildings = {
            one.pk: one
            for one in buildings.exclude(state=ResourceState.RETIRED).select_related("unit").order_by("name")
        }
        field: Any = self.fields["opens"]
        field.choices = [
            (
                str(localized(unit, "name")),
                [
                    (f"unit-{pk}", gettext("All buildings of %(unit)s") % {"unit": localized(unit, "name")}),
                    *(
                        (f"building-{one.pk}", str(localized(one, "name")))
                        for one in self.buildings.values()
                        if one.unit_id == pk
                    ),
                ],
            )
            for pk, unit in self.units.items()
        ]

    def chosen(self) -> tuple[Unit, Resource | None]:
        """The unit and the building, or None for all of it."""
        kind, _dash, pk = self.cleaned_data["opens"].partition("-")
        if kind == "unit":
            return self.units[int(pk)], None
        building = self.buildings[int(pk)]
        return self.units[building.unit_id], building


class _Page(PermissionCheckedMixin, WagtailAdminTemplateMixin):
    permission_policy = POLICY

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": gettext("Caretakers' pages")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.get_page_title()}]


class NewLinkPage(_Page, FormView):
    """Make one. Its address is shown once, on the answer."""

    permission_required = "add"
    page_title = _("New link to a caretaker's page")
    template_name = "booking/days/staff/new_link.html"
    form_class = LinkForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Only the units that one leads."""
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: Any) -> HttpResponse:
        """Through the service; the address can't be shown again, so there is no page to go on to."""
        unit, building = form.chosen()
        try:
            made = services.make_link(
                unit=unit, building=building, label=form.cleaned_data["label"], by=self.request.user, now=clock.now()
            )
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=None, link=made.link, address=_address(made.token)))


class RenewLinkPage(_Page, BaseObjectMixin, View):
    """Another address; the old one opens nothing from now on."""

    http_method_names = ["post"]
    permission_required = "end"
    page_title = _("New address")
    template_name = "booking/days/staff/new_link.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Through the service; shown once."""
        try:
            made = services.renew_link(self.object, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
            return redirect(reverse(f"{NAMESPACE}:index"))
        context = self.get_context_data(form=None, link=made.link, address=_address(made.token))
        return self.render_to_response(context)


class EndLinkAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """It opens nothing from now on."""

    http_method_names = ["post"]
    permission_required = "end"
    permission_policy = POLICY

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End it, say it, go back."""
        try:
            services.end_link(self.object, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, gettext("The link opens nothing any more."))
        return redirect(reverse(f"{NAMESPACE}:index"))


def _address(token: str) -> str:
    return booking_settings().public_base_url.rstrip("/") + reverse("booking:caretaker", args=[token])


class CaretakerLinkViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu of who leads a unit."""

    model = CaretakerLink
    without = ROW_DOORS
    name = NAMESPACE
    url_prefix = "booking/caretakers"
    icon = "key"
    menu_label = _("Caretakers' pages")
    menu_name = "booking-caretakers"
    index_view_class = LinkIndex
    list_per_page = 50
    form_fields = ("label",)

    def get_urlpatterns(self) -> list[Any]:
        """The list and the three acts."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results")]
        return [
            *kept,
            path("new/", self.construct_view(NewLinkPage), name="add"),
            path("renew/<int:pk>/", self.construct_view(RenewLinkPage), name="renew"),
            path("end/<int:pk>/", self.construct_view(EndLinkAct), name="end"),
        ]
