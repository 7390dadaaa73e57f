"""Kits in the CMS admin: the list, and one form with what is in the kit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.catalogue.kits.models import MOST_OF_A_PART, Kit
from booking.catalogue.kits.services import MOST_PARTS, PartRow, save_kit
from booking.catalogue.models import Resource, ResourceState
from booking.catalogue.staff.access import KEEPERS, is_keeper, is_staff, resources_kept, unit_ids, units_kept
from booking.catalogue.staff.forms import GroupedFormMixin
from booking.foundation import clock
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedModelForm, ScopedViewSetMixin
from booking.foundation.errors import DomainError, FieldError, Invalid

#: Empty rows below those that are filled.
SPARE = 4


def kits_kept(user: Any) -> QuerySet[Kit]:
    """Kits of the units whose things the person keeps."""
    return Kit.objects.filter(unit__in=unit_ids(user, KEEPERS))


KIT_POLICY = ScopedPermissionPolicy(
    Kit,
    scope=lambda user: Kit.objects.filter(unit__in=unit_ids(user)),
    may=is_staff,
    actions={"view": True, "add": Grant(may=is_keeper), "change": Grant(scope=kits_kept)},
)
register_permission_policy(Kit, KIT_POLICY)


class KitForm(GroupedFormMixin, ScopedModelForm):
    """A kit with its parts, row by row. An empty row doesn't count; saving gives more."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Kit
        fields = [
            "name", "unit", "state", "public", "summary", "name_nn", "name_en", "summary_nn", "summary_en",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.for_user
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units_kept(user)
        fields["state"].help_text = _("A published kit can be asked for as soon as all that it needs is published too.")
        if self.instance.pk:
            fields["version"].initial = self.instance.version
        there = list(self.instance.parts.select_related("resource")) if self.instance.pk else []
        self.rows = min(max(len(there) + SPARE, _rows_sent(self.data)), MOST_PARTS)
        things = resources_kept(user).exclude(state=ResourceState.RETIRED).select_related("unit").order_by("name")
        choices: Any = [("", "–"), *((str(one.pk), f"{one.name} ({one.unit.name})") for one in things)]
        for index in range(self.rows):
            part = there[index] if index < len(there) else None
            fields[f"thing_{index}"] = forms.TypedChoiceField(
                label=_("Thing"), choices=choices, coerce=int, empty_value=None, required=False,
                initial=str(part.resource_id) if part else "",
            )  # fmt: skip
            fields[f"quantity_{index}"] = forms.IntegerField(
                label=_("How many"), min_value=1, max_value=MOST_OF_A_PART, required=False,
                initial=part.quantity if part else 1,
            )  # fmt: skip
            fields[f"optional_{index}"] = forms.BooleanField(
                label=_("May be left out"), required=False, initial=part.may_be_left_out if part else False
            )

    @property
    def groups(self) -> Any:  # type: ignore[override]
        """What it is, then each part."""
        return (
            (_("What it is"), ("name", "unit", "summary", "state", "public")),
            *(
                (
                    gettext("Part %(number)s") % {"number": index + 1},
                    (f"thing_{index}", f"quantity_{index}", f"optional_{index}"),
                )
                for index in range(self.rows)
            ),
            (_("In nynorsk and English"), ("name_nn", "name_en", "summary_nn", "summary_en")),
        )

    def filled(self) -> list[int]:
        """Rows with a thing in them."""
        return [index for index in range(self.rows) if self.cleaned_data.get(f"thing_{index}")]

    def parts(self) -> list[PartRow]:
        """For the service."""
        data = self.cleaned_data
        things = Resource.objects.in_bulk([data[f"thing_{index}"] for index in self.filled()])
        return [
            PartRow(things[data[f"thing_{index}"]], data.get(f"quantity_{index}") or 1, data[f"optional_{index}"])
            for index in self.filled()
        ]

    def placed(self, error: DomainError) -> DomainError:
        """The same refusal with the names of this form's fields."""
        if not error.errors:
            return error
        rows, names = self.filled(), {"resource": "thing", "quantity": "quantity"}
        found = []
        for fault in error.errors:
            loc = fault.loc
            if len(loc) == 3:
                loc = (f"{names[str(loc[2])]}_{rows[int(loc[1])]}",)
            elif loc == ("parts",):
                loc = ("thing_0",)
            found.append(FieldError(loc, fault.code, fault.message, fault.params))
        return Invalid.of(found)


def _rows_sent(data: Any) -> int:
    """How many rows the form that was sent had."""
    if not isinstance(data, QueryDict):
        return 0
    return next((index for index in range(MOST_PARTS, 0, -1) if f"thing_{index - 1}" in data), 0)


class _Saves(RefusalMixin):
    """Through the service, with its refusals at the rows."""

    form: Any
    request: Any

    def save_kit(self, kit: Kit | None) -> Kit:
        """Make it or change it."""
        data = self.form.cleaned_data
        values = {name: data[name] for name in KitForm.Meta.fields}
        try:
            return save_kit(
                kit=kit, values=values, parts=self.form.parts(), now=clock.now(), by=self.request.user,
                if_version=data.get("version"),
            )  # fmt: skip
        except DomainError as error:
            raise self.form.placed(error) from None


class KitIndexView(generic.IndexView):
    """The kits of one's units."""

    default_ordering = "name"
    any_permission_required = ["view"]

    def get_base_queryset(self) -> Any:
        """With what the columns show."""
        return super().get_base_queryset().select_related("unit").prefetch_related("parts__resource")

    @cached_property
    def columns(self) -> list[Any]:
        """Name, what is in it, unit, state."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        return [
            title("name", label=_("Name"), sort_key="name", get_url=self.get_edit_url),
            Column(contents_words, label=_("What is in it"), width="35%"),
            Column("unit", label=_("Unit"), sort_key="unit__name", width="20%"),
            Column("get_state_display", label=_("State"), sort_key="state", width="15%"),
        ]


def contents_words(kit: Kit) -> str:
    """ "Lerret, 2 × Skjøteledning"."""
    return ", ".join(
        f"{one.quantity} × {one.resource.name}" if one.quantity > 1 else one.resource.name for one in kit.parts.all()
    )


class KitCreateView(_Saves, generic.CreateView):
    """A new kit."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> Kit:
        """Through the service."""
        return self.save_kit(None)


class KitEditView(_Saves, generic.EditView):
    """Other parts, another name; published or not."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> Kit:
        """Through the service, which refuses a form that was opened before somebody else's change."""
        return self.save_kit(Kit.objects.get(pk=self.object.pk))


class KitViewSet(ScopedViewSetMixin, ModelViewSet):
    """Kits in the "Booking" menu."""

    model = Kit
    without = ("delete", "usage", "copy", "inspect")
    name = "booking_kits"
    url_prefix = "booking/kits"
    icon = "clipboard-list"
    menu_label = _("Kits")
    menu_name = "booking-kits"
    index_view_class = KitIndexView
    add_view_class = KitCreateView
    edit_view_class = KitEditView
    create_template_name = KitCreateView.template_name
    edit_template_name = KitEditView.template_name
    search_fields = ["name", "name_nn", "name_en"]
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[KitForm]:
        """The same for both."""
        return KitForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage."""
        return [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]


VIEWSETS = [KitViewSet]
