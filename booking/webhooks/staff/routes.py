"""The pages: the list, the form, an endpoint with its log, one delivery, and what is pressed there."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from booking.catalogue.staff.views import ObjectAct, ObjectPage
from booking.foundation import clock
from booking.foundation import wording as words
from booking.foundation.conf import booking_settings
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.webhooks import selectors, services, wording
from booking.webhooks.access import NAMESPACE, POLICY
from booking.webhooks.models import AttemptOutcome, DeliveryState, EndpointState, WebhookDelivery, WebhookEndpoint
from booking.webhooks.staff.forms import EndpointForm, LogFilter

_LIST = _("Webhooks")
_ON_A_PAGE = 50


def _moment(at: Any) -> str:
    return words.moment_words(at, booking_settings().tz) if at else "–"


def _unit(row: WebhookEndpoint) -> str:
    return str(localized(row.unit, "name")) if row.unit is not None else gettext("The whole municipality")


class EndpointIndex(generic.IndexView):  # type: ignore[misc]
    """All that the person keeps. A constant number of queries."""

    page_title = _LIST
    results_template_name = "booking/webhooks/staff/index_results.html"

    def get_base_queryset(self) -> Any:
        """With counts and units."""
        return selectors.with_counts(super().get_base_queryset().select_related("unit"))

    def order_queryset(self, queryset: Any) -> Any:
        """By name."""
        return queryset.order_by("name", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """The table is our own, so that a phone shows each as a card."""
        return [Column("name", label=_("Name"))]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Name, unit, how it stands, when it last accepted, what waits and was given up."""
        context = super().get_context_data(*args, **kwargs)
        return context | {
            "rows": [
                {
                    "pk": one.pk,
                    "name": one.name,
                    "unit": _unit(one),
                    "state": wording.state_words(one),
                    "told": _moment(one.told_at),
                    "waiting": one.waiting or 0,
                    "failed": one.failed or 0,
                }
                for one in context["object_list"]
            ]
        }

    @cached_property
    def header_buttons(self) -> list[Any]:
        """A new one."""
        return [HeaderButton(gettext("New webhook"), url=reverse(f"{NAMESPACE}:add"), icon_name="plus")]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching or self.is_filtering:
            return gettext("No webhook fits what you look for.")
        return gettext(
            "No other program is told of anything yet. A webhook tells a door system, an archive or a case system at "
            "once when something happens here."
        )


class _FormPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """The form, kept as it was typed when something is wrong."""

    # Without it Wagtail's mixin asks nobody.
    permission_policy = POLICY
    template_name = "booking/webhooks/staff/form.html"
    header_icon = "link"
    form: EndpointForm | None = None

    def endpoint(self) -> WebhookEndpoint | None:
        """The one that is changed."""
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was sent."""
        row = self.endpoint()
        initial = {name: getattr(row, name) for name in ("name", "url", "types")} if row is not None else {}
        back = reverse(f"{NAMESPACE}:index") if row is None else reverse(f"{NAMESPACE}:inspect", args=[row.pk])
        form = self.form or EndpointForm(user=self.request.user, endpoint=row, initial=initial)
        chosen = set(form["types"].value() or ())
        types = [
            (label, [(name, words_of, name in chosen) for name, words_of in names]) for label, names in wording.groups()
        ]
        return super().get_context_data(**kwargs) | {
            "form": form, "endpoint": row, "back_url": back, "types": types,
        }  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save it, or show what is wrong."""
        row = self.endpoint()
        form = self.form = EndpointForm(request.POST, user=request.user, endpoint=row)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(), status=400)
        try:
            if row is None:
                row = services.add_endpoint(form.content(), unit=form.unit_chosen(), by=request.user, now=clock.now())
                messages.success(request, gettext("It is set up. Fetch its secret now: it is shown once."))
            else:
                row = services.change_endpoint(row, form.content(), by=request.user, now=clock.now())
                messages.success(request, gettext("Saved."))
        except DomainError as error:
            add_refusal(form, error)
            return self.render_to_response(self.get_context_data(), status=400)
        return redirect(f"{NAMESPACE}:inspect", row.pk)


class NewPage(_FormPage):
    """A new one."""

    permission_required = "add"
    page_title = _("New webhook")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": str(_LIST)}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]


class ChangePage(ObjectPage, _FormPage):
    """Another name, address, other events."""

    namespace = NAMESPACE
    list_label = _LIST
    heading = _("Change the webhook")

    def endpoint(self) -> WebhookEndpoint | None:
        """The one of the address."""
        return self.object  # type: ignore[no-any-return]


class EndpointPage(generic.InspectView):  # type: ignore[misc]
    """How one stands, what can be done, and its log with a filter."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/webhooks/staff/endpoint.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The endpoint, its numbers, one page of its log."""
        row, now = self.object, clock.now()
        chosen = LogFilter(self.request.GET)
        chosen.is_valid()
        state, kind = (chosen.cleaned_data.get(name, "") for name in ("state", "type"))
        page = Paginator(selectors.log_of(row, state=state, kind=kind), _ON_A_PAGE).get_page(self.request.GET.get("p"))
        query = self.request.GET.copy()
        query.pop("p", None)
        counted = selectors.with_counts(WebhookEndpoint.objects.filter(pk=row.pk)).get()
        return super().get_context_data(**kwargs) | {
            "endpoint": row,
            "unit": _unit(row),
            "state": wording.state_words(row),
            "is_active": row.state == EndpointState.ACTIVE,
            "is_disabled": row.state == EndpointState.DISABLED,
            "failing": _moment(row.failing_since) if row.failing_since else "",
            "told": _moment(row.told_at) if row.told_at else "",
            "rests": _moment(row.rest_until) if row.rest_until and row.rest_until > now else "",
            "old_until": _moment(row.old_until) if row.old_until and row.old_until > now else "",
            "types": [(name, wording.type_words(name)) for name in row.types],
            "waiting": counted.waiting or 0,
            "failed": counted.failed or 0,
            "filter": chosen,
            "filtered": bool(state or kind),
            "page": page,
            "rows": [_row(one) for one in page],
            "query": query.urlencode(),
        }


def _row(one: WebhookDelivery) -> dict[str, Any]:
    outcome = getattr(one, "last_outcome", None)
    said = str(AttemptOutcome(outcome).label) if outcome else ""
    if getattr(one, "last_status", None):
        said = f"{said} ({one.last_status})"  # type: ignore[attr-defined]
    return {
        "pk": one.pk,
        "type": one.event.type,
        "about": one.event.facts.get("what", ""),
        "at": _moment(one.event.at),
        "state": one.get_state_display(),
        "attempts": one.attempts,
        "said": said,
        "next": _moment(one.next_at) if one.state == DeliveryState.WAITING and one.attempts else "",
    }


class DeliveryPage(ObjectPage, TemplateView):
    """One delivery: what was sent, and what came back each time."""

    permission_required = "view"
    permission_policy = POLICY
    namespace = NAMESPACE
    list_label = _LIST
    template_name = "booking/webhooks/staff/delivery.html"
    header_icon = "link"

    @cached_property
    def delivery(self) -> WebhookDelivery:
        """Of this endpoint, or it doesn't exist."""
        return _delivery(self.object, self.kwargs["row"])

    def get_page_title(self) -> str:
        """Which event."""
        return str(self.delivery.event.type)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The body as it is sent, and every try."""
        one = self.delivery
        return super().get_context_data(**kwargs) | {
            "endpoint": self.object,
            "delivery": one,
            "event": one.event,
            "words": wording.type_words(one.event.type),
            "at": _moment(one.event.at),
            "next": _moment(one.next_at) if one.state == DeliveryState.WAITING else "",
            "sendable": one.state != DeliveryState.SENDING,
            "body": json.dumps(json.loads(one.event.body), indent=2, ensure_ascii=False) if one.event.body else "",
            "tries": [
                {
                    "number": try_.number,
                    "at": _moment(try_.at),
                    "words": wording.attempt_words(try_),
                    "took": try_.took_ms,
                    "headers": list(try_.sent.items()),
                    "answer": try_.answer,
                    "accepted": try_.outcome == AttemptOutcome.ACCEPTED,
                }
                for try_ in one.tried.order_by("-number")
            ],
        }


def _delivery(endpoint: WebhookEndpoint, pk: int) -> WebhookDelivery:
    found = WebhookDelivery.objects.select_related("event", "endpoint").filter(endpoint=endpoint, pk=pk).first()
    if found is None:
        raise Http404
    return found


class EndpointAct(ObjectAct):
    """One press of a button on the endpoint's page."""

    permission_policy = POLICY
    namespace = NAMESPACE
    act: str = ""

    def perform(self) -> str:
        """Through the service."""
        row, by, now = self.object, self.request.user, clock.now()
        if self.act == "pause":
            services.pause_endpoint(row, by=by, now=now)
            return gettext("It is paused. What happens meanwhile waits, and is sent when it goes on.")
        if self.act == "resume":
            services.resume_endpoint(row, by=by, now=now)
            return gettext("It is in use.")
        if self.act == "rotate":
            services.rotate_secret(row, by=by, now=now)
            return gettext("A new secret is made. Fetch it now: it is shown once. The old one signs for another day.")
        count = services.send_all_again(row, by=by, now=now)
        if not count:
            return gettext("There is nothing that was given up.")
        return ngettext(
            "%(count)s event is sent again.", "%(count)s events are sent again.", count
        ) % {"count": count}  # fmt: skip


class RemoveAct(EndpointAct):
    """It goes, and with it its page."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go to the list."""
        try:
            services.remove_endpoint(self.object, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
            return redirect(f"{NAMESPACE}:inspect", self.object.pk)
        messages.success(request, gettext("It is removed. Its secret is erased, and nothing is sent there any more."))
        return redirect(f"{NAMESPACE}:index")


class SecretPage(ObjectPage, TemplateView):
    """The secret, in the answer to a press of a button and nowhere else: shown once, kept by no cache."""

    http_method_names = ["post"]
    permission_policy = POLICY
    namespace = NAMESPACE
    list_label = _LIST
    heading = _("The secret")
    template_name = "booking/webhooks/staff/secret.html"
    header_icon = "key"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it, or say that it has been shown."""
        try:
            secret = services.reveal_secret(self.object, by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
            return redirect(f"{NAMESPACE}:inspect", self.object.pk)
        return self.render_to_response(self.get_context_data(secret=secret, endpoint=self.object))


class DeliveryAct(EndpointAct):
    """A test, or the same event again: sent at once, and its page shows what came of it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, go to the delivery."""
        by, now = request.user, clock.now()
        try:
            if self.act == "test":
                one = services.send_test(self.object, by=by, now=now)
            else:
                one = services.send_again(_delivery(self.object, self.kwargs["row"]), by=by, now=now)
        except DomainError as error:
            messages.error(request, error.text)
            return redirect(f"{NAMESPACE}:inspect", self.object.pk)
        services.send_to(one)
        one.refresh_from_db()
        if one.state == DeliveryState.DELIVERED:
            messages.success(request, gettext("It was accepted."))
        elif one.attempts == 0 or one.state == DeliveryState.SENDING:
            messages.warning(request, gettext("Something else is being sent there just now. Look again in a moment."))
        else:
            messages.error(request, gettext("It wasn't accepted. Below stands what came back."))
        return redirect(f"{NAMESPACE}:delivery", self.object.pk, one.pk)


class WebhookViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = WebhookEndpoint
    name = NAMESPACE
    url_prefix = "booking/webhooks"
    icon = "link"
    menu_label = _LIST
    menu_name = "booking-webhooks"
    index_view_class = EndpointIndex
    inspect_view_class = EndpointPage
    inspect_view_enabled = True
    inspect_template_name = EndpointPage.template_name
    inspect_view_fields: ClassVar[tuple[str, ...]] = ("name",)
    index_template_name = "booking/cases/staff/list.html"
    index_results_template_name = EndpointIndex.results_template_name
    search_fields: ClassVar[tuple[str, ...]] = ("name",)
    list_per_page = 50
    form_fields: ClassVar[tuple[str, ...]] = ("name",)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """No address that isn't there."""
        gone = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "usage_url_name", "copy_url_name", "history_url_name")
        )
        return super().get_common_view_kwargs(**(gone | kwargs))

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page, the form and the acts."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        return [
            *kept,
            path("new/", self.construct_view(NewPage), name="add"),
            path("change/<int:pk>/", self.construct_view(ChangePage), name="change"),
            *(
                path(f"{act}/<int:pk>/", self.construct_view(EndpointAct, act=act), name=act)
                for act in ("pause", "resume", "rotate", "again_all")
            ),
            path("remove/<int:pk>/", self.construct_view(RemoveAct), name="remove"),
            path("secret/<int:pk>/", never_cache(self.construct_view(SecretPage)), name="secret"),
            path("test/<int:pk>/", self.construct_view(DeliveryAct, act="test"), name="test"),
            path("delivery/<int:pk>/<int:row>/", self.construct_view(DeliveryPage), name="delivery"),
            path("again/<int:pk>/<int:row>/", self.construct_view(DeliveryAct, act="again"), name="again"),
        ]
