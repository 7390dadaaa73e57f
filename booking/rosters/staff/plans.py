"""Which duties a loan of a thing, or of all things of a unit, needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.catalogue.models import Resource, ResourceState, Unit
from booking.catalogue.staff.access import KEEPERS, resources_kept, unit_ids, units_kept
from booking.foundation import clock
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedModelForm, ScopedViewSetMixin
from booking.foundation.i18n import localized
from booking.rosters import rules, services
from booking.rosters.models import DutyKind, DutyNeed, DutyPlan
from booking.rosters.rules import CONDITIONS, ROLE_CHOICES, ROLE_LABELS, Need, Role
from booking.rosters.staff.kinds import is_keeper, may_come_in


def seen(user: Any) -> QuerySet[DutyPlan]:
    """Those of the person's units and of their things."""
    units = unit_ids(user)
    return DutyPlan.objects.filter(unit__in=units) | DutyPlan.objects.filter(resource__unit__in=units)


def kept(user: Any) -> QuerySet[DutyPlan]:
    """Those that the person may change."""
    units = unit_ids(user, KEEPERS)
    return DutyPlan.objects.filter(unit__in=units) | DutyPlan.objects.filter(resource__unit__in=units)


POLICY = ScopedPermissionPolicy(
    DutyPlan,
    scope=seen,
    may=may_come_in,
    actions={
        "view": True,
        "add": Grant(may=is_keeper),
        "change": Grant(may=is_keeper, scope=kept),
        "delete": Grant(may=is_keeper, scope=kept),
    },
)
register_permission_policy(DutyPlan, POLICY)


class PlanForm(ScopedModelForm):
    """Whose rule it is, and for each duty how many people and whether the place can't be used without."""

    class Meta:
        model = DutyPlan
        fields = ["resource", "unit"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        resource: Any = self.fields["resource"]
        unit: Any = self.fields["unit"]
        resource.queryset = resources_kept(self.for_user).exclude(state=ResourceState.RETIRED).order_by("name")
        unit.queryset = units_kept(self.for_user).order_by("name")
        resource.help_text = gettext("For this thing and its parts. Or choose a unit below, for all its things.")
        if self.instance.pk:
            # Whose rule it is doesn't change: another thing has a rule of its own.
            for name in ("resource", "unit"):
                self.fields[name].disabled = True
            resource.queryset = Resource.objects.filter(pk=self.instance.resource_id)
            unit.queryset = Unit.objects.filter(pk=self.instance.unit_id)
        there = {(one.role, one.kind_id): one for one in self.instance.needs.all()} if self.instance.pk else {}
        kinds = DutyKind.objects.filter(unit__in=unit_ids(self.for_user), active=True).order_by("name", "pk")
        self.rows: list[tuple[str, str, str, int | None]] = [
            (role, str(label), role, None) for role, label in ROLE_CHOICES if role != Role.OTHER
        ] + [(f"kind_{kind.pk}", str(localized(kind, "name")), kind.role, kind.pk) for kind in kinds]
        for name, label, role, kind_id in self.rows:
            one = there.get((role, kind_id))
            self.fields[f"needed_{name}"] = forms.IntegerField(
                label=gettext("%(duty)s: how many people") % {"duty": label},
                min_value=0, max_value=rules.MOST_NEEDED, required=False, initial=one.needed if one else 0,
            )  # fmt: skip
            self.fields[f"condition_{name}"] = forms.BooleanField(
                label=gettext("%(duty)s: the place can't be used without") % {"duty": label},
                required=False, initial=one.condition if one else role in CONDITIONS and kind_id is None,
            )  # fmt: skip

    def clean(self) -> Any:
        """A thing or a unit."""
        data = super().clean() or self.cleaned_data
        if not self.instance.pk and bool(data.get("resource")) == bool(data.get("unit")):
            raise ValidationError(gettext("Choose a thing, or a unit: one of the two."))
        return data

    def needs(self) -> list[Need]:
        """What was filled in."""
        return [
            Need(role, self.cleaned_data[f"needed_{name}"], bool(self.cleaned_data[f"condition_{name}"]), kind_id)
            for name, _label, role, kind_id in self.rows
            if self.cleaned_data.get(f"needed_{name}")
        ]


class PlanIndexView(generic.IndexView):
    """All rules of one's units."""

    default_ordering = "pk"
    any_permission_required = ["view"]
    is_searchable = False

    def get_base_queryset(self) -> Any:
        """With everything that is shown at hand."""
        needs = DutyNeed.objects.select_related("kind")
        return (
            super().get_base_queryset().select_related("unit", "resource").prefetch_related(Prefetch("needs", needs))
        )  # fmt: skip

    @cached_property
    def columns(self) -> Sequence[Any]:
        """Whose, and what."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        return [
            title("owner", label=_("Thing or unit"), get_url=self.get_edit_url, accessor=_owner),
            Column("needs", label=_("Duties"), accessor=_needs),
        ]

    def get_edit_url(self, instance: DutyPlan) -> str | None:
        """Only where one may change it."""
        owner = instance.unit_id or (instance.resource.unit_id if instance.resource is not None else 0)
        if owner not in unit_ids(self.request.user, KEEPERS):
            return None
        url: str | None = super().get_edit_url(instance)
        return url


def _owner(plan: DutyPlan) -> str:
    if plan.unit is not None:
        return gettext("Everything of %(unit)s") % {"unit": localized(plan.unit, "name")}
    return str(localized(plan.resource, "name"))


def _needs(plan: DutyPlan) -> str:
    found = []
    for one in plan.needs.all():
        words = str(localized(one.kind, "name")) if one.kind is not None else str(ROLE_LABELS[one.role])
        found.append(f"{words} ({one.needed})" if one.needed > 1 else words)
    return ", ".join(found) or gettext("None: a loan of it needs nobody")


class PlanCreateView(RefusalMixin, generic.CreateView):
    """A new rule."""

    def save_instance(self) -> DutyPlan:
        """Through the service. Saved for a thing that has one already, it becomes that one."""
        data = self.form.cleaned_data
        return services.save_plan(
            resource=data["resource"], unit=data["unit"], needs=self.form.needs(), by=self.request.user, now=clock.now()
        )


class PlanEditView(RefusalMixin, generic.EditView):
    """Other needs."""

    def save_instance(self) -> DutyPlan:
        """Through the service."""
        plan = DutyPlan.objects.get(pk=self.object.pk)
        return services.save_plan(
            resource=plan.resource, unit=plan.unit, needs=self.form.needs(), by=self.request.user, now=clock.now()
        )


class PlanDeleteView(generic.DeleteView):
    """The thing inherits again."""

    def delete_action(self) -> None:
        """Through the service."""
        services.drop_plan(self.object, by=self.request.user, now=clock.now())


class PlanViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = DutyPlan
    without = ("usage", "copy", "inspect")
    name = "booking_duty_plans"
    url_prefix = "booking/duty-plans"
    icon = "tasks"
    menu_label = _("Duties")
    menu_name = "booking-duty-plans"
    index_view_class = PlanIndexView
    add_view_class = PlanCreateView
    edit_view_class = PlanEditView
    delete_view_class = PlanDeleteView
    list_per_page = 100
    search_backend_name = None

    def get_form_class(self, for_update: bool = False) -> type[PlanForm]:
        """The same for both."""
        return PlanForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without usage and copies."""
        return [one for one in super().get_urlpatterns() if one.name not in ("usage", "copy")]
