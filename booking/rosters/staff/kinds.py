"""Kinds of duty of one's own units, beside those that everybody knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.catalogue.models import Unit
from booking.catalogue.staff.access import KEEPERS, unit_ids, units_kept
from booking.foundation import clock
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedModelForm, ScopedViewSetMixin
from booking.rosters import services
from booking.rosters.access import is_on
from booking.rosters.models import DutyKind


def seen(user: Any) -> QuerySet[DutyKind]:
    """Those of the person's units."""
    return DutyKind.objects.filter(unit__in=unit_ids(user))


def kept(user: Any) -> QuerySet[DutyKind]:
    """Those of units whose things the person keeps."""
    return DutyKind.objects.filter(unit__in=unit_ids(user, KEEPERS))


def may_come_in(user: Any) -> bool:
    """Has a role in a unit, and rosters are used."""
    return is_on() and bool(unit_ids(user))


def is_keeper(user: Any) -> bool:
    """Officer or leader of a unit."""
    return bool(unit_ids(user, KEEPERS))


POLICY = ScopedPermissionPolicy(
    DutyKind,
    scope=seen,
    may=may_come_in,
    # A kind that isn't used any more is set out of use.
    actions={"view": True, "add": Grant(may=is_keeper), "change": Grant(may=is_keeper, scope=kept)},
)
register_permission_policy(DutyKind, POLICY)


class KindForm(ScopedModelForm):
    """Names in three languages, what it is a kind of, and whose."""

    class Meta:
        model = DutyKind
        fields = ["name", "name_nn", "name_en", "role", "unit", "active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = units_kept(self.for_user)
        if self.instance.pk:
            units = units | Unit.objects.filter(pk=self.instance.unit_id)
        unit: Any = self.fields["unit"]
        unit.queryset = units.distinct().order_by("name")
        self.fields["role"].help_text = gettext("Says when it is: before, during or after the loan.")
        for name in ("name_nn", "name_en"):
            self.fields[name].help_text = gettext("Empty: the bokmål text is used.")


class KindIndexView(generic.IndexView):
    """All kinds of one's units."""

    default_ordering = "name"
    any_permission_required = ["view"]

    def get_base_queryset(self) -> Any:
        """With the unit at hand."""
        return super().get_base_queryset().select_related("unit")

    @cached_property
    def columns(self) -> Sequence[Any]:
        """Name, what it is, whose."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        return [
            title("name", label=_("Name"), get_url=self.get_edit_url),
            Column("get_role_display", label=_("Is a kind of")),
            Column("unit", label=_("Unit")),
            Column("active", label=_("In use"), accessor=lambda row: gettext("Yes") if row.active else gettext("No")),
        ]

    def get_edit_url(self, instance: DutyKind) -> str | None:
        """Only where one may change it."""
        if instance.unit_id not in unit_ids(self.request.user, KEEPERS):
            return None
        url: str | None = super().get_edit_url(instance)
        return url


class KindCreateView(RefusalMixin, generic.CreateView):
    """A new kind."""

    def save_instance(self) -> DutyKind:
        """Through the service."""
        return services.save_kind(DutyKind(), values=self.form.cleaned_data, by=self.request.user, now=clock.now())


class KindEditView(RefusalMixin, generic.EditView):
    """Other words."""

    def save_instance(self) -> DutyKind:
        """Through the service."""
        row = DutyKind.objects.get(pk=self.object.pk)
        return services.save_kind(row, values=self.form.cleaned_data, by=self.request.user, now=clock.now())


class KindViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = DutyKind
    without = ("delete", "usage", "copy", "inspect")
    name = "booking_duty_kinds"
    url_prefix = "booking/duty-kinds"
    icon = "tag"
    menu_label = _("Kinds of duty")
    menu_name = "booking-duty-kinds"
    index_view_class = KindIndexView
    add_view_class = KindCreateView
    edit_view_class = KindEditView
    search_fields = ("name", "name_nn", "name_en")
    list_per_page = 100

    def get_form_class(self, for_update: bool = False) -> type[KindForm]:
        """The same for both."""
        return KindForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage."""
        return [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage", "copy")]
