"""Leaders who are gone, in the CMS admin: opened by one, confirmed by two (needs N10)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import ScopedPermissionPolicy
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError, Invalid
from booking.organisations import selectors, services
from booking.organisations.models import LeaderMatter, MatterState
from booking.organisations.services.lost import disqualified, may_confirm


def _today() -> Any:
    return clock.today(booking_settings().tz)


def _is_staff(user: Any) -> bool:
    return selectors.is_staff(user, _today())


def _scope(user: Any) -> QuerySet[LeaderMatter]:
    return LeaderMatter.objects.all() if _is_staff(user) else LeaderMatter.objects.none()


POLICY = ScopedPermissionPolicy(LeaderMatter, scope=_scope, may=_is_staff, actions={"view": True, "change": True})
register_permission_policy(LeaderMatter, POLICY)


class MattersView(generic.IndexView):
    """Those that wait first."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    page_title = _("Leaders who are gone")
    default_ordering = "-filed_at"

    def get_base_queryset(self) -> Any:
        """With their organisations."""
        return _scope(self.request.user).select_related("organisation", "new_leader")

    def order_queryset(self, queryset: Any) -> Any:
        """Open ones first (received, open, done, dismissed happen to sort so backwards), oldest first among them."""
        return queryset.order_by("-state", "filed_at", "pk") if not self.ordering else queryset.order_by("closed_at")

    @cached_property
    def columns(self) -> list[Any]:
        """Organisation, what, since when, where it stands."""
        return [
            self._get_title_column_class(generic.models.TitleColumn)(
                "organisation", label=_("Organisation"), get_url=self.get_inspect_url
            ),
            Column("get_reason_display", label=_("What has happened")),
            Column("filed_at", label=_("Told"), accessor=lambda one: clock.local_date(one.filed_at, _tz()).isoformat()),
            Column("get_state_display", label=_("State")),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """It is told on the public pages."""
        return []

    @property
    def no_results_message(self) -> str:
        """All is well."""
        return gettext("No organisation has lost its leader.")


def _tz() -> Any:
    return booking_settings().tz


class OpenForm(forms.Form):
    """Who leads no more, and who is to lead."""

    concerns = forms.ChoiceField(label=_("Who leads no more"), required=False)
    new_leader = forms.EmailField(
        label=_("E-mail of the new leader"),
        help_text=_("The address that the person signs in with. Somebody new signs in once first."),
    )

    def __init__(self, *args: Any, matter: LeaderMatter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {
            str(row.user_id): row.user
            for row in selectors.members(matter.organisation, _today())
            if row.role == "leader"
        }
        field: Any = self.fields["concerns"]
        field.choices = [*((key, str(user)) for key, user in self.people.items()), ("", _("Nobody leads it now"))]

    def new(self) -> Any:
        """The person behind the address. Raises ``Invalid``."""
        model = get_user_model()
        lookup = {f"{model.get_email_field_name()}__iexact": self.cleaned_data["new_leader"], "is_active": True}
        found = model._default_manager.filter(**lookup).first()
        if found is None:
            message = _("Nobody signs in with this address yet. Ask the person to log in once.")
            raise Invalid("new_leader", message, loc=("new_leader",))
        return found


class MatterPage(generic.InspectView):
    """What was told, who looks at it, and the next step."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/organisations/staff/matter.html"
    header_more_buttons: ClassVar[list[Any]] = []

    def get_page_title(self) -> str:
        """The organisation's name stands beside it."""
        return gettext("Leader gone")

    def get_page_subtitle(self) -> str:
        """Whose."""
        return str(self.object.organisation)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The list, then this one."""
        index = {"url": reverse(self.index_url_name), "label": gettext("Leaders who are gone")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.object.organisation.name}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The page has its own."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The matter, who may do what, and who else could confirm."""
        matter, user, now = self.object, self.request.user, clock.now()
        open_ = matter.state == MatterState.OPEN
        return super().get_context_data(**kwargs) | {
            "matter": matter,
            "form": OpenForm(matter=matter),
            "tied": disqualified(user, matter, _today()),
            "waits": matter.state in (MatterState.RECEIVED, MatterState.OPEN),
            "confirmed": user.pk in (matter.first_by_id, matter.second_by_id),
            "others": [one for one in may_confirm(matter, now) if one.pk != user.pk] if open_ else [],
            "always": booking_settings().four_eyes == "always",
        }


class MatterAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """One press of a button on the matter's page."""

    permission_required = "change"
    http_method_names = ("post",)
    act: str = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        try:
            messages.success(request, self.perform())
        except DomainError as error:
            messages.error(request, error.text)
        return redirect("booking_leaders:inspect", self.object.pk)

    def perform(self) -> str:
        """The act itself, and the words for it. Raises a domain error."""
        facts = {"matter": self.object, "by": self.request.user, "now": clock.now()}
        if self.act == "open":
            form = OpenForm(self.request.POST, matter=self.object)
            if not form.is_valid():
                raise Invalid("new_leader", _("Write the e-mail address of the new leader."), loc=("new_leader",))
            concerns = form.people.get(form.cleaned_data["concerns"])
            services.open_matter(concerns=concerns, new_leader=form.new(), **facts)
            return gettext("The matter is open. Two people must confirm before anything changes.")
        if self.act == "confirm":
            done = services.confirm_new_leader(**facts).state == MatterState.DONE
            return gettext("The new leader stands in.") if done else gettext("Noted. One more person has to confirm.")
        services.dismiss_matter(grounds=self.request.POST.get("grounds", ""), **facts)
        return gettext("The matter is dismissed. Answer who told it on the enquiry.")


class LeaderMatterViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu, below the organisations."""

    model = LeaderMatter
    without = ROW_DOORS
    name = "booking_leaders"
    url_prefix = "booking/leaders"
    icon = "warning"
    menu_label = _("Leaders who are gone")
    menu_name = "booking-leaders"
    index_view_class = MattersView
    inspect_view_class = MatterPage
    inspect_view_enabled = True
    inspect_template_name = MatterPage.template_name
    inspect_view_fields = ("reason",)
    list_per_page = 50
    form_fields = ("reason",)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page and the acts."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        acts = [
            path(f"{act}/<int:pk>/", self.construct_view(MatterAct, act=act), name=act)
            for act in ("open", "confirm", "dismiss")
        ]
        return [*kept, *acts]
