"""Units in the CMS admin: contact, promise, people and their absences, slow weeks, rules for all their things."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from booking.catalogue import rules, selectors, services
from booking.catalogue.models import Absence, Feature, Kind, Unit, UnitRole, UnitRules
from booking.catalogue.staff.access import FEATURE_POLICY, UNIT_POLICY, today
from booking.catalogue.staff.forms import (
    AbsenceForm,
    FeatureForm,
    RoleForm,
    SlowWeeksForm,
    UnitForm,
    UnitRulesForm,
)
from booking.catalogue.staff.people import say_absence
from booking.catalogue.staff.resources import Page
from booking.catalogue.staff.views import ObjectAct, ObjectFormPage, WordsMixin
from booking.foundation import clock
from booking.foundation.doors.refusals import RefusalMixin, add_refusal
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.foundation.errors import DomainError

NAMESPACE = "booking_units"
_pages: list[Page] = []


def register_page(page: Page) -> None:
    """Add a page of a higher floor under ``admin/booking/units/<route>``. Call it on import."""
    if page not in _pages:
        _pages.append(page)


class UnitIndexView(generic.IndexView):
    """One's units."""

    default_ordering = "name"
    any_permission_required = ["view"]

    def get_base_queryset(self) -> Any:
        """With what the columns show."""
        return super().get_base_queryset().select_related("parent", "officer")

    @cached_property
    def columns(self) -> list[Any]:
        """Name, above, officer, e-mail."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        return [
            title("name", label=_("Name"), sort_key="name", get_url=self.get_inspect_url),
            Column("parent", label=_("Below"), width="22%"),
            Column("officer", label=_("Case officer"), width="22%"),
            Column("email", label=_("E-mail"), width="22%"),
        ]


class UnitCreateView(RefusalMixin, generic.CreateView):
    """A new unit."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> Unit:
        """Through the service."""
        return services.create_unit(now=clock.now(), by=self.request.user, **self.form.cleaned_data)

    def get_success_url(self) -> str:
        """To its page, where its people are added."""
        return reverse(f"{NAMESPACE}:inspect", args=[self.object.pk])


class UnitEditView(RefusalMixin, generic.EditView):
    """Name, contact, promise, officer."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> Unit:
        """Through the service."""
        return services.update_unit(
            Unit.objects.get(pk=self.object.pk), changes=self.form.changes(), now=clock.now(), by=self.request.user
        )

    def get_success_url(self) -> str:
        """Back to its page."""
        return reverse(f"{NAMESPACE}:inspect", args=[self.object.pk])


class UnitPage(WordsMixin, generic.InspectView):
    """Everything about one unit."""

    any_permission_required = ["view"]
    template_name = "booking/catalogue/staff/unit.html"
    fields = ["name", "parent", "email", "phone", "municipal", "active"]

    def get_page_title(self) -> str:
        """The unit's name stands beside it."""
        return gettext("Unit")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, then this one."""
        index = {"url": reverse(self.index_url_name), "label": gettext("Units")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.object.name}]

    @cached_property
    def rights(self) -> set[str]:
        """What the person may do to this unit."""
        return {
            action
            for action in ("change", "keep")
            if UNIT_POLICY.user_has_permission_for_instance(self.request.user, action, self.object)
        }

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Edit and history."""
        history = HeaderButton(
            gettext("History"), url=reverse(f"{NAMESPACE}:history", args=[self.object.pk]), icon_name="history"
        )
        if "change" not in self.rights:
            return []
        edit = HeaderButton(gettext("Edit"), url=reverse(f"{NAMESPACE}:edit", args=[self.object.pk]), icon_name="edit")
        return [edit, history]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Its people, absences, rules and slow weeks."""
        unit, day = self.object, today()
        roles = list(unit.roles.select_related("user").order_by("user__pk", "role"))
        people = {role.user_id for role in roles} | {unit.officer_id, unit.deputy_id}
        days, reason = selectors.promise_on(unit, day)
        kinds: list[tuple[str, Any]] = [("", gettext("All its things")), *Kind.choices]
        return super().get_context_data(**kwargs) | {
            "unit": unit,
            "who": selectors.unit_responsible(unit, day),
            "promise": (days, reason),
            "roles": [role for role in roles if role.end is None or role.end >= day],
            "former": [role for role in roles if role.end is not None and role.end < day],
            "absences": Absence.objects.filter(user__in=people, end__gte=day)
            .select_related("user", "deputy")
            .order_by("start"),
            "slow_weeks": unit.slow_weeks.filter(end__gte=day).order_by("start"),
            "rules": [(code, label, unit.rules.filter(kind=code).exists()) for code, label in kinds],
            "rights": self.rights,
            "pages": [
                (page.label, reverse(f"{NAMESPACE}:{page.name}", args=[unit.pk]))
                for page in _pages
                if page.shown is None or page.shown(unit)
            ],
        }


class _UnitFormPage(ObjectFormPage):
    namespace = NAMESPACE
    list_label = _("Units")


class RolePage(_UnitFormPage):
    """Give somebody a role."""

    form_class = RoleForm
    heading = _("Give somebody a role")
    button_label = _("Give the role")

    def perform(self, form: Any) -> str:
        """Through the service."""
        data = form.cleaned_data
        services.give_role(
            user=data["user"],
            unit=self.object,
            role=data["role"],
            # "Who was who" needs a day: from today, unless another is named.
            start=data["start"] or (today() if data["end"] is None or data["end"] >= today() else None),
            end=data["end"],
            by=self.request.user,
            now=clock.now(),
        )
        return gettext("The role is given.")


class AbsencePage(_UnitFormPage):
    """Somebody is away: the deputy owns everything on those days."""

    permission_required = "keep"
    form_class = AbsenceForm
    heading = _("Somebody is away")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Whose names are offered."""
        return super().get_form_kwargs() | {"unit": self.object, "on": today(), "by": self.request.user}

    def form_valid(self, form: Any) -> HttpResponse:
        """Through the service; who is away at the same time is told at once."""
        try:
            row = services.record_absence(by=self.request.user, now=clock.now(), **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        say_absence(self.request, row)
        return redirect(self.object_url())


class SlowWeeksPage(_UnitFormPage):
    """Weeks in which the unit answers later."""

    form_class = SlowWeeksForm
    heading = _("Slow weeks")

    def perform(self, form: Any) -> str:
        """Through the service."""
        services.add_slow_weeks(unit=self.object, **form.cleaned_data)
        return gettext("Published. Receipts of these weeks name the later date and why.")


class RulesPage(_UnitFormPage):
    """The rules for all things of the unit, or for those of one kind."""

    form_class = UnitRulesForm
    template_name = "booking/catalogue/staff/object_form.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Only kinds that there are."""
        self.kind = "" if kwargs["kind"] == "all" else kwargs["kind"]
        if self.kind and self.kind not in Kind.values:
            raise Http404
        super().setup(request, *args, **kwargs)

    def get_page_title(self) -> str:
        """For which things."""
        if not self.kind:
            return gettext("Rules for all its things")
        return gettext("Rules for %(kind)s") % {"kind": Kind(self.kind).label}

    def get_form_kwargs(self) -> dict[str, Any]:
        """The row, and what holds where it says nothing."""
        row = UnitRules.objects.filter(unit=self.object, kind=self.kind).first()
        line = selectors.lineage([])
        above = [
            (one, kind) for one in line.unit_line(self.object.pk) for kind in ((self.kind, "") if self.kind else ("",))
        ]
        names = dict(Unit.objects.values_list("pk", "name"))
        layers = [
            (f"unit:{names[one]}", line.unit_layers[one, kind])
            for one, kind in above
            if (one, kind) != (self.object.pk, self.kind) and (one, kind) in line.unit_layers
        ]
        return super().get_form_kwargs() | {
            "instance": row or UnitRules(unit=self.object, kind=self.kind),
            "inherited": rules.effective(rules.inherit([layer for _name, layer in layers])),
            "sources": rules.sources(layers),
        }

    def perform(self, form: Any) -> str:
        """Through the service."""
        services.set_unit_rules(
            unit=self.object, kind=self.kind, values=form.values(), by=self.request.user, now=clock.now()
        )
        return gettext("The rules hold from now on. Granted time stands.")


class EndRoleAct(ObjectAct):
    """A role is over."""

    namespace = NAMESPACE

    def perform(self) -> str:
        """End it today; it must be one of this unit."""
        row = UnitRole.objects.filter(pk=self.kwargs["role"], unit=self.object).first()
        if row is None:
            raise Http404
        services.end_role(role=row, last=today(), by=self.request.user, now=clock.now())
        return gettext("The role ends today.")


class UnitViewSet(ScopedViewSetMixin, ModelViewSet):
    """Units in the "Booking" menu."""

    model = Unit
    without = ("delete", "usage", "copy")
    name = NAMESPACE
    url_prefix = "booking/units"
    icon = "site"
    menu_label = _("Units")
    menu_name = "booking-units"
    index_view_class = UnitIndexView
    add_view_class = UnitCreateView
    edit_view_class = UnitEditView
    inspect_view_class = UnitPage
    inspect_view_enabled = True
    inspect_view_fields = UnitPage.fields
    inspect_template_name = UnitPage.template_name
    create_template_name = UnitCreateView.template_name
    edit_template_name = UnitEditView.template_name
    search_fields = ["name", "name_nn", "name_en"]
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[UnitForm]:
        """The same for both."""
        return UnitForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage, our pages, and those of higher floors."""
        kept = [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]
        pages = [("role", RolePage), ("absence", AbsencePage), ("slow-weeks", SlowWeeksPage)]
        return [
            *kept,
            *(
                path(f"{name}/<int:pk>/", self.construct_view(view), name=name.replace("-", "_"))
                for name, view in pages
            ),
            path("rules/<int:pk>/<slug:kind>/", self.construct_view(RulesPage), name="rules"),
            path("role/<int:pk>/<int:role>/end/", self.construct_view(EndRoleAct), name="end_role"),
            *(path(page.route, self.construct_view(page.view), name=page.name) for page in _pages),
        ]


# --- features --------------------------------------------------------------------------------------------------------


class FeatureIndexView(generic.IndexView):
    """All features."""

    default_ordering = "name"
    any_permission_required = ["view"]

    @cached_property
    def columns(self) -> list[Any]:
        """Name in three languages."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        may_change = FEATURE_POLICY.user_has_permission(self.request.user, "change")
        return [
            title("name", label=_("Name"), sort_key="name", get_url=self.get_edit_url if may_change else None),
            Column("name_nn", label=_("Nynorsk")),
            Column("name_en", label=_("English")),
        ]


class FeatureCreateView(RefusalMixin, generic.CreateView):
    """A new feature."""

    def save_instance(self) -> Feature:
        """Through the service."""
        return services.save_feature(**self.form.cleaned_data)


class FeatureEditView(RefusalMixin, generic.EditView):
    """Another name for it."""

    def save_instance(self) -> Feature:
        """Through the service: the search learns the new name."""
        return services.save_feature(**self.form.cleaned_data, feature=self.object)


class FeatureViewSet(ScopedViewSetMixin, ModelViewSet):
    """What things can have."""

    model = Feature
    without = ("delete", "usage", "copy", "inspect")
    name = "booking_features"
    url_prefix = "booking/features"
    icon = "tag"
    menu_label = _("Features")
    menu_name = "booking-features"
    index_view_class = FeatureIndexView
    add_view_class = FeatureCreateView
    edit_view_class = FeatureEditView
    search_fields = ["name", "name_nn", "name_en"]
    list_per_page = 100

    def get_form_class(self, for_update: bool = False) -> type[FeatureForm]:
        """The same for both."""
        return FeatureForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage."""
        return [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]
