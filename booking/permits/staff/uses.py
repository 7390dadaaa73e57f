"""Kinds of use in the CMS admin: what is asked about, and from how many people on it is meant by itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from booking.catalogue import services
from booking.catalogue.models import UseKind
from booking.foundation import clock
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedModelForm, ScopedViewSetMixin
from booking.permits.staff.access import USE_POLICY


class UseForm(ScopedModelForm):
    """A kind of use, in three languages."""

    class Meta:
        model = UseKind
        fields = ["name", "name_nn", "name_en", "help", "help_nn", "help_en", "heads_over", "active"]


class UseIndex(generic.IndexView):
    """All of them: what is asked about is the same in the whole town."""

    default_ordering = "name"
    any_permission_required: ClassVar[list[str]] = ["view"]

    @cached_property
    def columns(self) -> list[Any]:
        """Name, from how many, in use."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        may_change = USE_POLICY.user_has_permission(self.request.user, "change")
        return [
            title("name", label=_("Name"), sort_key="name", get_url=self.get_edit_url if may_change else None),
            Column("heads_over", label=_("Meant by itself over, people"), width="25%"),
            Column("active", label=_("Asked about"), accessor=lambda one: _("Yes") if one.active else _("No")),
        ]


class UseCreate(RefusalMixin, generic.CreateView):
    """A new one."""

    def save_instance(self) -> UseKind:
        """Through the service."""
        return services.save_use(values=self.form.cleaned_data, now=clock.now(), by=self.request.user)


class UseEdit(RefusalMixin, generic.EditView):
    """Other words, or not asked about any more."""

    def save_instance(self) -> UseKind:
        """Through the service."""
        return services.save_use(values=self.form.cleaned_data, use=self.object, now=clock.now(), by=self.request.user)


class UseKindViewSet(ScopedViewSetMixin, ModelViewSet):
    """What may happen during a loan."""

    model = UseKind
    without = ("delete", "usage", "copy", "inspect")
    name = "booking_uses"
    url_prefix = "booking/uses"
    icon = "tick-inverse"
    menu_label = _("Kinds of use")
    menu_name = "booking-uses"
    index_view_class = UseIndex
    add_view_class = UseCreate
    edit_view_class = UseEdit
    search_fields = ("name", "name_nn", "name_en")
    list_per_page = 100

    def get_form_class(self, for_update: bool = False) -> type[UseForm]:
        """The same for both."""
        return UseForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage."""
        return [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]
