"""The routing rules in the CMS admin: everybody who decides cases reads them, the front desk's leader changes them."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.cases.models import RoutingRule
from booking.cases.services.ruling import save_routing_rule
from booking.cases.staff.access import is_decider, leads_the_top
from booking.catalogue.models import Resource, Unit
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.foundation.i18n import localized


def _all(_user: Any) -> QuerySet[RoutingRule]:
    return RoutingRule.objects.all()


POLICY = ScopedPermissionPolicy(
    RoutingRule,
    scope=_all,
    may=is_decider,
    actions={"view": True, "add": Grant(may=leads_the_top), "change": Grant(may=leads_the_top)},
)
register_permission_policy(RoutingRule, POLICY)


class RoutingForm(WagtailAdminModelForm):  # type: ignore[misc]
    """Units and things are those of the whole municipality: the rules are, too."""

    class Meta:
        model = RoutingRule
        fields: ClassVar[list[str]] = ["position", "words", "kind", "resource", "unit", "active"]
        widgets: ClassVar[dict[str, Any]] = {"words": forms.Textarea(attrs={"rows": "4"})}
        help_texts: ClassVar[dict[str, Any]] = {
            "position": _("The first rule that fits counts; the lowest number is tried first."),
            "words": _("Beginnings of words, one a line or with commas: “snow” fits “snowploughing”."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        resources: Any = self.fields["resource"]
        resources.queryset = Resource.objects.exclude(state="retired").order_by("name")
        units: Any = self.fields["unit"]
        units.queryset = Unit.objects.filter(active=True).order_by("name")


class RoutingIndexView(generic.IndexView):
    """In the order in which they are tried."""

    any_permission_required: ClassVar[list[str]] = ["view"]

    def get_base_queryset(self) -> Any:
        """With units and things."""
        return RoutingRule.objects.select_related("unit", "resource")

    def order_queryset(self, queryset: Any) -> Any:
        """By position."""
        return queryset.order_by("position", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """What it asks for, and where that goes."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        may_change = POLICY.user_has_permission(self.request.user, "change")
        return [
            title(
                "asks", label=_("A question about"), accessor=_asks, get_url=self.get_edit_url if may_change else None
            ),
            Column("unit", label=_("Goes to"), accessor=lambda one: localized(one.unit, "name")),
            Column("position", label=_("Order")),
            Column("active", label=_("Active"), accessor=lambda one: gettext("yes") if one.active else gettext("no")),
        ]

    @property
    def no_results_message(self) -> str:
        """What holds then."""
        return gettext("There are no rules: every question goes to the town's front desk, or to who has the thing.")


def _asks(rule: RoutingRule) -> str:
    parts = [", ".join(rule.words.split("\n")), str(rule.get_kind_display()) if rule.kind else ""]
    parts.append(str(localized(rule.resource, "name")) if rule.resource else "")
    return " + ".join(part for part in parts if part)


class RoutingCreateView(RefusalMixin, generic.CreateView):
    """A new rule."""

    def save_instance(self) -> RoutingRule:
        """Through the service."""
        return save_routing_rule(**self.form.cleaned_data)


class RoutingEditView(RefusalMixin, generic.EditView):
    """Change it; switching it off is how it goes."""

    def save_instance(self) -> RoutingRule:
        """Through the service."""
        return save_routing_rule(**self.form.cleaned_data, rule=self.object)


class RoutingViewSet(ScopedViewSetMixin, ModelViewSet):
    """Last of the cases' entries in the "Booking" menu."""

    model = RoutingRule
    without = ("delete", "usage", "copy", "inspect")
    name = "booking_routing"
    url_prefix = "booking/routing"
    icon = "list-ul"
    menu_label = _("Routing rules")
    menu_name = "booking-routing"
    index_view_class = RoutingIndexView
    add_view_class = RoutingCreateView
    edit_view_class = RoutingEditView
    list_per_page = 100

    def get_form_class(self, for_update: bool = False) -> type[RoutingForm]:
        """The same for both."""
        return RoutingForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage."""
        return [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]
