"""Letters that have not gone out: who waits for which, why, and the button to try again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet

from booking.cases.models import Case
from booking.cases.staff.access import LETTER_POLICY, letters_seen
from booking.correspondence import services
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.foundation.wording import moment_words

STUCK = services.STUCK
KINDS: dict[str, Any] = {
    "case_receipt": _("Receipt"),
    "case_decision": _("Decision"),
    "case_waiting_list": _("Waiting list"),
    "case_withdrawn": _("Withdrawal"),
    "case_displaced": _("Time displaced"),
    "case_restored": _("Time restored"),
    "case_message": _("Message"),
    "case_message_to_officer": _("Message to the case officer"),
    "follow_confirm": _("Link to a new follower"),
    "follow_news": _("News for a follower"),
    "follow_week": _("The week for a follower"),
}


class _RetryColumn(Column):
    cell_template_name = "booking/cases/staff/_retry.html"

    def get_cell_context_data(self, instance: OutboxMessage, parent_context: Any) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        return context | {"stuck": instance.state in STUCK, "request": parent_context.get("request")}


class _CaseColumn(Column):
    cell_template_name = "booking/cases/staff/_letter_case.html"


class OutboxView(generic.IndexView):
    """Oldest first."""

    any_permission_required = ["view"]
    results_template_name = "booking/cases/staff/outbox_results.html"
    page_title = _("Not gone out")

    def get_base_queryset(self) -> QuerySet[OutboxMessage]:
        """What this user may see of it, with the case's id."""
        return letters_seen(self.request.user)

    def order_queryset(self, queryset: Any) -> Any:
        """The one that has waited longest first."""
        return queryset.order_by("created_at", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """When, to whom, what, where it stands, and the button."""
        tz, on = booking_settings().tz, clock.today(booking_settings().tz)
        return [
            Column("due", label=_("Since"), accessor=lambda one: moment_words(one.due_at, tz, today=on, short=True)),
            Column("recipient", label=_("To"), accessor=lambda one: one.recipient or gettext("a follower")),
            Column("handler", label=_("Letter"), accessor=lambda one: str(KINDS.get(one.handler, one.handler))),
            _CaseColumn("reference", label=_("Case"), accessor=lambda one: getattr(one, "case_reference", "")),
            Column("state", label=_("State"), accessor=_state),
            Column("last_error", label=_("What the mail server said")),
            _RetryColumn("pk", label=_("Try again")),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Nobody writes a letter here."""
        return []

    @property
    def no_results_message(self) -> str:
        """All is well."""
        return gettext("Everything has gone out.")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """References of the cases on this page, in one query."""
        context = super().get_context_data(*args, **kwargs)
        rows = context["object_list"]
        ids = [row.case_id for row in rows if row.case_id is not None]
        known = dict(Case.objects.filter(pk__in=ids).values_list("pk", "reference"))
        for row in rows:
            row.case_reference = known.get(row.case_id, "")
        return context | {"any_stuck": any(row.state in STUCK for row in rows)}


def _state(message: OutboxMessage) -> str:
    words = str(message.get_state_display())
    if not message.attempts:
        return words
    tries = ngettext("%(count)s try", "%(count)s tries", message.attempts) % {"count": message.attempts}
    return f"{words} ({tries})"


class RetryAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """Try one again."""

    permission_required = "retry"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Put it back in line; `work` or `tick` sends it."""
        return _retried(request, [self.object])


class RetryAllAct(PermissionCheckedMixin, View):
    """Try everything again that this user may see."""

    permission_required = "retry"
    permission_policy = LETTER_POLICY
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Those that were given up, came back or are uncertain."""
        return _retried(request, list(letters_seen(request.user).filter(state__in=STUCK)))


def _retried(request: HttpRequest, letters: list[OutboxMessage]) -> HttpResponse:
    count = services.requeue(letters, now=clock.now())
    if count:
        said = ngettext("%(count)s letter is tried again.", "%(count)s letters are tried again.", count)
        messages.success(request, said % {"count": count})
    else:
        messages.warning(request, gettext("Nothing to try again: it is waiting for its turn, or has gone out."))
    return redirect("booking_outbox:index")


class OutboxViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu, below the cases."""

    model = OutboxMessage
    without = ("add", "edit", "delete", "usage", "copy", "inspect", "history")
    name = "booking_outbox"
    url_prefix = "booking/outbox"
    icon = "mail"
    menu_label = _("Not gone out")
    menu_name = "booking-outbox"
    index_view_class = OutboxView
    index_template_name = "booking/cases/staff/list.html"
    index_results_template_name = OutboxView.results_template_name
    list_per_page = 50
    form_fields = ("state",)

    def get_urlpatterns(self) -> list[Any]:
        """The list and the buttons: a letter is neither written, edited nor deleted here."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results")]
        return [
            *kept,
            path("retry/<int:pk>/", self.construct_view(RetryAct), name="retry"),
            path("retry/", RetryAllAct.as_view(), name="retry_all"),
        ]
