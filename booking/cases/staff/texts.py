"""Texts for grounds in the CMS admin: of one's own unit, and those of the whole municipality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from booking.cases import services
from booking.cases.models import GroundsText
from booking.cases.rules.texts import PLACEHOLDERS
from booking.catalogue.models import Unit
from booking.catalogue.staff.access import unit_ids, units_kept
from booking.foundation import clock
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedModelForm, ScopedViewSetMixin

_KEEPERS = ("officer", "leader")


def _leads_the_top(user: Any) -> bool:
    """Leads a unit that has none above it: its texts are everybody's."""
    led = unit_ids(user, ("leader",), with_children=False)
    return bool(user.is_superuser) or Unit.objects.filter(pk__in=led, parent__isnull=True).exists()


def texts_seen(user: Any) -> QuerySet[GroundsText]:
    """Those of the person's units, and everybody's."""
    return GroundsText.objects.filter(Q(unit__in=unit_ids(user)) | Q(unit__isnull=True))


def texts_kept(user: Any) -> QuerySet[GroundsText]:
    """Those of units whose cases the person decides; everybody's only for who leads the top."""
    wanted = Q(unit__in=unit_ids(user, _KEEPERS))
    if _leads_the_top(user):
        wanted |= Q(unit__isnull=True)
    return GroundsText.objects.filter(wanted)


def _is_staff(user: Any) -> bool:
    return bool(unit_ids(user)) or bool(getattr(user, "is_superuser", False))


def _is_keeper(user: Any) -> bool:
    return bool(unit_ids(user, _KEEPERS))


TEXT_POLICY = ScopedPermissionPolicy(
    GroundsText,
    scope=texts_seen,
    may=_is_staff,
    # A text that isn't used any more is set out of use.
    actions={"view": True, "add": Grant(may=_is_keeper), "change": Grant(may=_is_keeper, scope=texts_kept)},
)
register_permission_policy(GroundsText, TEXT_POLICY)


class TextForm(ScopedModelForm):
    """A text in three languages, with places that are filled in from the case."""

    class Meta:
        model = GroundsText
        fields = ["use", "title", "unit", "text", "text_nn", "text_en", "active"]
        widgets = {name: forms.Textarea(attrs={"rows": 5}) for name in ("text", "text_nn", "text_en")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = units_kept(self.for_user)
        if self.instance.pk and self.instance.unit_id:
            units = units | Unit.objects.filter(pk=self.instance.unit_id)
        unit: Any = self.fields["unit"]
        unit.queryset = units.distinct().order_by("name")
        # Everybody's texts are for who leads the top.
        unit.required = not _leads_the_top(self.for_user)
        known = ", ".join("{" + name + "}" for name in PLACEHOLDERS)
        self.fields["text"].help_text = gettext("Is filled in from the case: %(known)s") % {"known": known}
        for name in ("text_nn", "text_en"):
            self.fields[name].help_text = gettext("Empty: the bokmål text is used.")


class TextIndexView(generic.IndexView):
    """All texts that one may use."""

    default_ordering = "use"
    any_permission_required = ["view"]

    @cached_property
    def columns(self) -> Sequence[Any]:
        """Title, what for, whose."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        return [
            title("title", label=_("Title"), get_url=self.get_edit_url),
            Column("get_use_display", label=_("Used for")),
            Column("unit", label=_("Unit"), accessor=lambda row: row.unit or gettext("All")),
            Column("active", label=_("In use"), accessor=lambda row: gettext("Yes") if row.active else gettext("No")),
        ]

    def get_edit_url(self, instance: GroundsText) -> str | None:
        """Only where one may change it."""
        if not TEXT_POLICY.user_has_permission_for_instance(self.request.user, "change", instance):
            return None
        url: str | None = super().get_edit_url(instance)
        return url


class TextCreateView(RefusalMixin, generic.CreateView):
    """A new text."""

    def save_instance(self) -> GroundsText:
        """Through the service."""
        data = self.form.cleaned_data
        return services.save_text(GroundsText(), values=data, by=self.request.user, now=clock.now())


class TextEditView(RefusalMixin, generic.EditView):
    """Other words."""

    def save_instance(self) -> GroundsText:
        """Through the service."""
        row = GroundsText.objects.get(pk=self.object.pk)
        return services.save_text(row, values=self.form.cleaned_data, by=self.request.user, now=clock.now())


class TextViewSet(ScopedViewSetMixin, ModelViewSet):
    """Words that officers begin their grounds with."""

    model = GroundsText
    without = ("delete", "usage", "copy", "inspect")
    name = "booking_texts"
    url_prefix = "booking/texts"
    icon = "edit"
    menu_label = _("Texts")
    menu_name = "booking-texts"
    index_view_class = TextIndexView
    add_view_class = TextCreateView
    edit_view_class = TextEditView
    search_fields = ("title", "text")
    list_per_page = 100

    def get_form_class(self, for_update: bool = False) -> type[TextForm]:
        """The same for both."""
        return TextForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage."""
        return [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage", "copy")]


LOG_ACTIONS = [
    ("samskap.cases.text_added", _("Made"), _("Made")),
    ("samskap.cases.text_changed", _("Changed"), _("Changed")),
]
