"""Requirements in the CMS admin: what a loan takes, who grants it, and what it means for the answer."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from booking.catalogue import services
from booking.catalogue.models import PermitRequirement, RequirementKind, ResourceState, Unit, UseKind
from booking.catalogue.staff.access import is_leader, resources_kept, units_kept
from booking.catalogue.staff.forms import GroupedFormMixin
from booking.foundation import clock
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedModelForm, ScopedViewSetMixin
from booking.foundation.i18n import localized
from booking.permits.staff.access import REQUIREMENT_POLICY

NAMESPACE = "booking_requirements"


class RequirementForm(GroupedFormMixin, ScopedModelForm):
    """One requirement. On what, what, who grants it, what it means."""

    groups = (
        (_("For what"), ("resource", "unit", "use")),
        (_("What it takes"), ("kind", "what", "help", "url", "phone")),
        (_("Who grants it"), ("granting_unit", "granted_by")),
        (_("What it means"), ("blocking", "severity", "days_before", "active")),
        (_("In place of another requirement"), ("replaces", "waived")),
        (_("Nynorsk"), ("what_nn", "help_nn")),
        (_("English"), ("what_en", "help_en")),
    )

    class Meta:
        model = PermitRequirement
        fields = [
            "resource", "unit", "use", "kind", "what", "what_nn", "what_en", "help", "help_nn", "help_en", "url",
            "phone", "granting_unit", "granted_by", "blocking", "severity", "days_before", "active", "replaces",
            "waived",
        ]  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {
            name: forms.Textarea(attrs={"rows": 3}) for name in ("help", "help_nn", "help_en")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.for_user
        fields: dict[str, Any] = self.fields
        fields["resource"].queryset = resources_kept(user).exclude(state=ResourceState.RETIRED).order_by("name")
        fields["unit"].queryset = units_kept(user).order_by("name")
        fields["use"].queryset = UseKind.objects.all() if is_leader(user) else UseKind.objects.none()
        fields["granting_unit"].queryset = Unit.objects.filter(active=True).order_by("name")
        others = PermitRequirement.objects.filter(active=True).order_by("what")
        fields["replaces"].queryset = others.exclude(pk=self.instance.pk) if self.instance.pk else others
        fields["resource"].label = _("A thing and its parts")
        fields["unit"].label = _("All things of a unit")
        fields["use"].label = _("A kind of use")
        fields["resource"].help_text = _("Choose one of the three.")
        fields["granted_by"].help_text = _("Such as the police. Leave it empty when a unit grants it.")
        fields["replaces"].help_text = _("Here this holds, and the other one doesn't.")


class RequirementFilterSet(WagtailFilterSet):
    """By what it is, and whether it is in use."""

    kind = django_filters.ChoiceFilter(choices=RequirementKind.choices, label=_("What it is"))
    active = django_filters.BooleanFilter(label=_("In use"))

    class Meta:
        model = PermitRequirement
        fields = ["kind", "active"]


def for_words(one: PermitRequirement) -> str:
    """What it hangs on."""
    return str(localized(one.resource or one.unit or one.use, "name"))


def who_words(one: PermitRequirement) -> str:
    """Who grants it."""
    return str(localized(one.granting_unit, "name")) if one.granting_unit is not None else one.granted_by


class RequirementIndex(generic.IndexView):
    """Of one's units and their things, and of kinds of use."""

    default_ordering = "what"
    any_permission_required: ClassVar[list[str]] = ["view"]

    def get_base_queryset(self) -> Any:
        """With what the columns show."""
        return super().get_base_queryset().select_related("resource", "unit", "use", "granting_unit")

    @cached_property
    def columns(self) -> list[Any]:
        """What, for what, who grants it, kind, what it means."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        return [
            title("what", label=_("What"), sort_key="what", get_url=self.page_url),
            Column("for", label=_("For"), accessor=for_words, width="22%"),
            Column("who", label=_("Who grants it"), accessor=who_words, width="20%"),
            Column("get_kind_display", label=_("What it is"), width="14%"),
            Column("get_severity_display", label=_("Before the loan is granted"), width="22%"),
        ]

    def page_url(self, one: PermitRequirement) -> str | None:
        """The form, for who keeps it."""
        may = REQUIREMENT_POLICY.user_has_permission_for_instance(self.request.user, "change", one)
        return reverse(f"{NAMESPACE}:edit", args=[one.pk]) if may else None


class RequirementCreate(RefusalMixin, generic.CreateView):
    """A new one."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> PermitRequirement:
        """Through the service."""
        return services.save_requirement(values=self.form.cleaned_data, now=clock.now(), by=self.request.user)


class RequirementEdit(RefusalMixin, generic.EditView):
    """Other words, another granter, out of use."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> PermitRequirement:
        """Through the service."""
        return services.save_requirement(
            values=self.form.cleaned_data,
            requirement=PermitRequirement.objects.get(pk=self.object.pk),
            now=clock.now(),
            by=self.request.user,
        )


class RequirementViewSet(ScopedViewSetMixin, ModelViewSet):
    """What loans take."""

    model = PermitRequirement
    without = ("delete", "usage", "copy", "inspect")
    name = NAMESPACE
    url_prefix = "booking/requirements"
    icon = "list-ul"
    menu_label = _("Requirements")
    menu_name = "booking-requirements"
    index_view_class = RequirementIndex
    add_view_class = RequirementCreate
    edit_view_class = RequirementEdit
    create_template_name = RequirementCreate.template_name
    edit_template_name = RequirementEdit.template_name
    filterset_class = RequirementFilterSet
    search_fields = ("what", "what_nn", "what_en")
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[RequirementForm]:
        """The same for both."""
        return RequirementForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage."""
        return [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]
