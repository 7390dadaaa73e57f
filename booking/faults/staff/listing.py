"""The list of faults, and what staff do with one: from the list and from its case."""

from __future__ import annotations

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
from wagtail.permissions import register_permission_policy

from booking.catalogue.staff.access import is_staff, today, units_seen
from booking.faults import rules, selectors, services
from booking.faults.models import Fault, FaultPhoto, FaultState
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words, moment_words

NAMESPACE = "booking_faults"

POLICY = ScopedPermissionPolicy(
    Fault,
    scope=selectors.faults_seen,
    may=is_staff,
    # Nobody edits or deletes a fault as a row.
    actions={"view": True, "handle": Grant(scope=selectors.faults_handled)},
)
register_permission_policy(Fault, POLICY)


class FaultFilterSet(WagtailFilterSet):
    """By state and unit. Without a choice: what isn't settled."""

    state = django_filters.ChoiceFilter(choices=FaultState.choices, label=_("State"))
    unit = django_filters.ModelChoiceFilter(
        queryset=lambda request: units_seen(request.user), label=_("Unit"), field_name="resource__unit"
    )

    class Meta:
        model = Fault
        fields = ["state", "unit"]


class ActsColumn(Column):
    """What can be done with it."""

    cell_template_name = "booking/faults/staff/acts.html"


class FaultIndex(generic.IndexView):
    """Faults of one's units: those that aren't settled, unless something else is asked for."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False
    page_title = _("Faults")

    def get_base_queryset(self) -> Any:
        """With what the columns show."""
        rows = super().get_base_queryset().select_related("resource__unit", "case")
        if not self.request.GET.get("state"):
            rows = rows.filter(state__in=rules.OPEN)
        return rows

    def order_queryset(self, queryset: Any) -> Any:
        """By the promised day, the oldest first."""
        return queryset.order_by("case__answer_by", "reported_at", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """Number, what, where, when, until when, how many, state, buttons."""
        tz, on = booking_settings().tz, today()
        return [
            TitleColumn(
                "case", label=_("Case"), get_url=lambda one: reverse("booking_cases:inspect", args=[one.case_id])
            ),
            Column("what", label=_("What is wrong"), accessor=lambda one: one.get_kind_display()),
            Column("thing", label=_("Resource"), accessor=lambda one: localized(one.resource, "name")),
            Column(
                "when",
                label=_("Reported"),
                accessor=lambda one: moment_words(one.reported_at, tz, today=on, short=True),
            ),
            Column(
                "until",
                label=_("Answer by"),
                accessor=lambda one: day_words(one.case.answer_by, today=on, short=True) if one.case.answer_by else "–",
            ),
            Column("too", label=_("Others too")),
            Column("state", label=_("State"), accessor=lambda one: one.get_state_display()),
            ActsColumn("acts", label=_("What you can do")),
        ]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        return gettext("No fault fits.") if self.is_filtering else gettext("Nothing is reported that isn't settled.")


class FaultAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """One press of a button: looked at, mended, not mended."""

    http_method_names = ["post"]
    permission_required = "handle"
    permission_policy = POLICY

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Through the service; back to the case."""
        given: dict[str, Any] = {"by": request.user, "now": clock.now()}
        act = self.kwargs["act"]
        try:
            if act == "look":
                services.look_at(self.object, **given)
                said = gettext("Everybody can see now that it is being looked at.")
            elif act == "mended":
                services.mend(self.object, **given)
                said = gettext("Mended. Who left an address is told.")
            elif act == "not-mended":
                services.leave_unmended(self.object, why=request.POST.get("why", ""), **given)
                said = gettext("It says now why it isn't mended.")
            else:
                raise Http404
        except DomainError as error:
            messages.error(request, error.errors[0].text if error.errors else error.text)
        else:
            messages.success(request, said)
        if request.POST.get("back") == "list":
            return redirect(f"{NAMESPACE}:index")
        return redirect(reverse("booking_cases:inspect", args=[self.object.case_id]))


class PhotoPage(PermissionCheckedMixin, BaseObjectMixin, View):
    """The photo, as a download: it is of our own making, and still never shown by the browser."""

    permission_required = "view"
    permission_policy = POLICY

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """404 where there is none."""
        photo = FaultPhoto.objects.filter(fault=self.object.pk).first()
        if photo is None:
            raise Http404
        answer = HttpResponse(bytes(photo.content), content_type="image/jpeg")
        answer["Content-Disposition"] = f'attachment; filename="fault-{self.object.pk}.jpg"'
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer["Cache-Control"] = "private, no-store"
        return answer


class FaultViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = Fault
    without = ROW_DOORS
    name = NAMESPACE
    url_prefix = "booking/faults"
    icon = "warning"
    menu_label = _("Faults")
    menu_name = "booking-faults"
    index_view_class = FaultIndex
    filterset_class = FaultFilterSet
    list_per_page = 50
    form_fields = ("kind",)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the buttons, the photo."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results")]
        return [
            *kept,
            path("act/<int:pk>/<slug:act>/", self.construct_view(FaultAct), name="act"),
            path("photo/<int:pk>/", self.construct_view(PhotoPage), name="photo"),
        ]
