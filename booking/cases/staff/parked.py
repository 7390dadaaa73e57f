"""E-mail that a person must look at: read it, and take it in or not, with one press of a button."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.cases import services
from booking.cases.models import ParkedMail, ParkedState
from booking.cases.staff.access import DECIDING_ROLES, cases_seen, is_decider, today
from booking.catalogue.staff.access import unit_ids
from booking.correspondence.incoming import read_again
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import ScopedPermissionPolicy
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import moment_words


def parked_seen(user: Any) -> QuerySet[ParkedMail]:
    """E-mail for the units in which the person decides cases."""
    return ParkedMail.objects.filter(unit__in=unit_ids(user, DECIDING_ROLES))


POLICY = ScopedPermissionPolicy(ParkedMail, scope=parked_seen, may=is_decider, actions={"view": True, "handle": True})
register_permission_policy(ParkedMail, POLICY)


class ParkedView(generic.IndexView):
    """What waits, oldest first; what was dealt with below it."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    page_title = _("E-mail to look at")
    results_template_name = "booking/cases/staff/parked_results.html"

    def get_base_queryset(self) -> Any:
        """With the mails, but not as they came: those are large."""
        return parked_seen(self.request.user).select_related("mail", "unit", "case").defer("mail__raw", "words")

    def order_queryset(self, queryset: Any) -> Any:
        """Open ones first ("open", "spam", "taken_in" sort so)."""
        return queryset.order_by("state", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """From whom, about what, why it waits, since when, where."""
        tz, on = booking_settings().tz, today()
        return [
            TitleColumn("subject", label=_("Subject"), accessor=_subject, get_url=self.get_inspect_url),
            Column("sender", label=_("From"), accessor=lambda one: one.mail.sender or gettext("no usable sender")),
            Column("reason", label=_("Why it waits"), accessor="get_reason_display"),
            Column("case", label=_("Case"), accessor=lambda one: one.case.reference if one.case else "–"),
            Column("unit", label=_("Unit"), accessor=lambda one: localized(one.unit, "name")),
            Column(
                "at", label=_("Came"), accessor=lambda one: moment_words(one.mail.received_at, tz, today=on, short=True)
            ),
            Column("state", label=_("State"), accessor="get_state_display"),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """It comes by itself."""
        return []

    @property
    def no_results_message(self) -> str:
        """All is well."""
        return gettext("No e-mail waits for you.")


def _subject(one: ParkedMail) -> str:
    return one.mail.subject or gettext("(no subject)")


class ParkedPage(generic.InspectView):
    """One mail, its words, and the two buttons."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/cases/staff/parked.html"
    header_more_buttons: ClassVar[list[Any]] = []

    def get_page_title(self) -> str:
        """The subject stands beside it."""
        return gettext("E-mail to look at")

    def get_page_subtitle(self) -> str:
        """What it says it is about."""
        return _subject(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The list, then this one."""
        index = {"url": reverse(self.index_url_name), "label": gettext("E-mail to look at")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": _subject(self.object)}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The page has its own."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The words, and the names of what is enclosed. Nothing of the mail itself is shown as it came."""
        parked = self.object
        mail = read_again(parked.mail)
        seen = cases_seen(self.request.user)
        return super().get_context_data(**kwargs) | {
            "parked": parked,
            "words": mail.words if mail is not None else parked.words,
            "files": [one.name for one in mail.files] if mail is not None else [],
            "left_out": [one.name for one in mail.left_out] if mail is not None else [],
            "open": parked.state == ParkedState.OPEN,
            "case": parked.case,
            "over": parked.case is not None and parked.case.stored_act in ("closed", "dismissed"),
            "became": parked.became if parked.became and seen.filter(pk=parked.became_id).exists() else None,
            "tz": booking_settings().tz,
        }


class ParkedAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """Take it in, or it is spam."""

    permission_required = "handle"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go where it is now."""
        act = str(self.kwargs["act"])
        if act not in ("take-in", "spam"):
            raise Http404
        try:
            if act == "take-in":
                case = services.take_in_parked(self.object, by=request.user, now=clock.now())
            else:
                services.mark_spam(self.object, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
            return redirect("booking_parked:inspect", self.object.pk)
        if act == "spam":
            messages.success(request, gettext("Marked as spam. Nothing comes of it."))
            return redirect("booking_parked:index")
        messages.success(request, gettext("It stands in %(reference)s now.") % {"reference": case.reference})
        if cases_seen(request.user).filter(pk=case.pk).exists():
            return redirect("booking_cases:inspect", case.pk)
        return redirect("booking_parked:index")


class ParkedViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu, below the letters."""

    model = ParkedMail
    without = ROW_DOORS
    name = "booking_parked"
    url_prefix = "booking/parked"
    icon = "mail"
    menu_label = _("E-mail to look at")
    menu_name = "booking-parked"
    index_view_class = ParkedView
    inspect_view_class = ParkedPage
    inspect_view_enabled = True
    inspect_template_name = ParkedPage.template_name
    inspect_view_fields = ("reason",)
    index_template_name = "booking/cases/staff/list.html"
    index_results_template_name = ParkedView.results_template_name
    list_per_page = 50
    form_fields = ("reason",)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page and the buttons."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        return [*kept, path("act/<int:pk>/<slug:act>/", self.construct_view(ParkedAct), name="act")]
