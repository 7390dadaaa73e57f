"""A viewset, a snippet-like chooser and a bulk action over the foundation's own table; the year is the "unit"."""

from __future__ import annotations

from django.urls import include, path
from wagtail.admin.auth import require_admin_access
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import policy_registry, register_permission_policy
from wagtail.utils.urlpatterns import decorate_urlpatterns

from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.scoping import (
    ScopedBulkAction,
    ScopedChooserViewSetMixin,
    ScopedModelForm,
    ScopedViewSetMixin,
)
from booking.foundation.models import ReferenceCounter
from municipality.urls import urlpatterns as site_urlpatterns


def year_of(user) -> int:
    """Each user's unit is the year in the e-mail: officer-2026@example.org."""
    return int(user.email.split("@")[0].split("-")[1])


def own_year(user):
    return ReferenceCounter.objects.filter(year=year_of(user))


POLICY = ScopedPermissionPolicy(
    ReferenceCounter,
    scope=own_year,
    may=lambda user: user.email.startswith(("officer-", "leader-")),
    actions={
        "view": True,
        "change": True,
        "add": Grant(may=lambda user: user.email.startswith("leader-")),
        "delete": False,
        "count_down": Grant(scope=lambda user: ReferenceCounter.objects.filter(last__gt=0)),
    },
)
if policy_registry.get_by_type(ReferenceCounter, fallback=False) is None:
    register_permission_policy(ReferenceCounter, POLICY)


class CounterForm(ScopedModelForm):
    class Meta:
        model = ReferenceCounter
        fields = ["kind", "year", "last"]


class CounterViewSet(ScopedViewSetMixin, ModelViewSet):
    model = ReferenceCounter
    name = "counters"
    form_fields = ["kind", "year", "last"]
    list_display = ["kind", "year"]
    list_export = ["kind", "year"]
    list_filter = ["last"]
    search_fields = ["kind"]
    inspect_view_enabled = True
    copy_view_enabled = True
    sort_order_field = "last"

    def get_form_class(self, for_update=False):
        return CounterForm


class CounterChooser(ScopedChooserViewSetMixin, ChooserViewSet):
    model = ReferenceCounter
    name = "counter_chooser"
    register_widget = False


viewset = CounterViewSet()
chooser = CounterChooser()


class CountDown(ScopedBulkAction):
    display_name = aria_label = "Count down"
    action_type = "count_down"
    action = "count_down"
    models = [ReferenceCounter]
    viewset = viewset
    most = 50
    template_name = "wagtailadmin/bulk_actions/confirmation/base.html"

    @classmethod
    def execute_action(cls, objects, **kwargs):
        for item in objects:
            item.last -= 1
            item.save()
        return len(objects), 0


admin_patterns = [
    path("counters/", include((viewset.get_urlpatterns(), "counters"), namespace="counters")),
    path("counter_chooser/", include((chooser.get_urlpatterns(), "counter_chooser"), namespace="counter_chooser")),
    path("count-down/", lambda request: CountDown(request, ReferenceCounter).dispatch(request), name="count_down"),
]
urlpatterns = [
    path("admin/test/", include(decorate_urlpatterns(admin_patterns, require_admin_access))),
    *site_urlpatterns,
]
