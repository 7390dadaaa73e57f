"""Resources in the CMS admin: the list, the thing's page with all that holds for it, its form, and its buttons.

What needs to look at granted time (hours, cover, stock, closing, retiring) is added by occupancy's staff pages through
``register_page``: this floor doesn't know time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from booking.catalogue import registry, rules, selectors, services
from booking.catalogue.models import Kind, OpeningException, Resource, ResourceState
from booking.catalogue.staff.access import RESOURCE_POLICY, today, units_seen
from booking.catalogue.staff.forms import NewResourceForm, ResourceForm, SplitForm, source_words, value_words
from booking.catalogue.staff.views import ObjectAct, WordsMixin
from booking.catalogue.wording import rule_words
from booking.foundation import clock
from booking.foundation.doors.refusals import RefusalMixin
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.foundation.i18n import localized

NAMESPACE = "booking_resources"


@dataclass(frozen=True)
class Page:
    """A page that a higher floor hangs on each thing. ``shown``: whether the thing's page links to it."""

    route: str
    name: str
    view: type
    label: Any
    shown: Any = None


_pages: list[Page] = []


def register_page(page: Page) -> None:
    """Add a page under ``admin/booking/resources/<route>`` (the route holds ``<int:pk>``). Call it on import."""
    if page not in _pages:
        _pages.append(page)


class ResourceFilterSet(WagtailFilterSet):
    """By state, kind, unit, and what nobody living owns."""

    state = django_filters.ChoiceFilter(choices=ResourceState.choices, label=_("State"))
    kind = django_filters.ChoiceFilter(choices=Kind.choices, label=_("Kind"))
    unit = django_filters.ModelChoiceFilter(queryset=lambda request: units_seen(request.user), label=_("Unit"))
    ownerless = django_filters.BooleanFilter(method="only_ownerless", label=_("Without a living officer"))

    class Meta:
        model = Resource
        fields = ["state", "kind", "unit"]

    def only_ownerless(self, rows: Any, name: str, value: bool | None) -> Any:
        """Published things that N5 speaks of."""
        if value is None:
            return rows
        found = selectors.ownerless_resources().values("pk")
        return rows.filter(pk__in=found) if value else rows.exclude(pk__in=found)


class IndexView(generic.IndexView):
    """The things of one's units."""

    default_ordering = "name"
    any_permission_required = ["view"]

    def get_base_queryset(self) -> Any:
        """With what the columns show."""
        return super().get_base_queryset().select_related("unit", "parent")

    @cached_property
    def columns(self) -> list[Any]:
        """Name, kind, unit, part of, state."""
        title = self._get_title_column_class(generic.models.TitleColumn)
        return [
            title("name", label=_("Name"), sort_key="name", get_url=self.get_inspect_url),
            Column("get_kind_display", label=_("Kind"), sort_key="kind", width="12%"),
            Column("unit", label=_("Unit"), sort_key="unit__name", width="22%"),
            Column("parent", label=_("Is part of"), width="18%"),
            Column("get_state_display", label=_("State"), sort_key="state", width="12%"),
        ]

    def search_queryset(self, queryset: Any) -> Any:
        """As the public search does it."""
        if not self.is_searching:
            return queryset
        return selectors.search_resources(queryset, q=self.search_query[:200])


class CreateView(RefusalMixin, generic.CreateView):
    """A new thing: name, unit, officer. Whole, in parts, or counted."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> Resource:
        """Through the services, all or nothing."""
        data = dict(self.form.cleaned_data)
        parts = data.pop("parts")
        data.pop("version", None)
        now, by = clock.now(), self.request.user
        resource = services.create_resource(now=now, by=by, **data)
        if parts:
            services.split_into_parts(resource, count=int(parts), now=now, by=by)
        return resource

    def get_success_url(self) -> str:
        """To its page, where it is published."""
        return reverse(f"{NAMESPACE}:inspect", args=[self.object.pk])


class EditView(RefusalMixin, generic.EditView):
    """All that can be changed without looking at granted time."""

    template_name = "booking/catalogue/staff/form.html"

    def save_instance(self) -> Resource:
        """Through the service, which refuses a form that was opened before somebody else's change."""
        return services.update_resource(
            Resource.objects.get(pk=self.object.pk),
            changes=self.form.changes(),
            now=clock.now(),
            by=self.request.user,
            if_version=self.form.cleaned_data.get("version"),
        )

    def get_success_url(self) -> str:
        """Back to its page."""
        return reverse(f"{NAMESPACE}:inspect", args=[self.object.pk])


class ResourcePage(WordsMixin, generic.InspectView):
    """Everything about one thing: who answers, which rules hold and from whom, parts, hours, and the buttons."""

    any_permission_required = ["view"]
    template_name = "booking/catalogue/staff/resource.html"
    fields = ["kind", "state", "public", "unit", "parent", "capacity", "address"]

    def get_page_title(self) -> str:
        """The thing's name stands beside it."""
        return gettext("Resource")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, then this one."""
        index = {"url": reverse(self.index_url_name), "label": gettext("Resources")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.object.name}]

    @cached_property
    def may_change(self) -> bool:
        """Keeps the person this thing?"""
        return RESOURCE_POLICY.user_has_permission_for_instance(self.request.user, "change", self.object)

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Edit and history."""
        history = HeaderButton(
            gettext("History"), url=reverse(f"{NAMESPACE}:history", args=[self.object.pk]), icon_name="history"
        )
        if not self.may_change or self.object.state == ResourceState.RETIRED:
            return [history]
        edit = HeaderButton(gettext("Edit"), url=reverse(f"{NAMESPACE}:edit", args=[self.object.pk]), icon_name="edit")
        return [edit, history]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What holds today, and what may be done."""
        thing = self.object
        line = selectors.lineage([thing])
        above = selectors.above(thing, line)
        hours, hours_of = selectors.opening_hours_and_owner(thing, line=line)
        terms = selectors.terms([thing], line=line)
        retired = thing.state == ResourceState.RETIRED
        covers = list(thing.covers.select_related("cell"))
        may_split = len(covers) == 1 and covers[0].cell.exclusive and not thing.parts.exists() and not retired
        return super().get_context_data(**kwargs) | {
            "thing": thing,
            "who": selectors.responsibles([thing], today(), line=line)[thing.pk],
            "rule_rows": _rule_rows(thing, line),
            "hours": hours,
            "hours_from": "" if hours_of is None else _from(thing, hours_of, above),
            "exceptions": [
                (row, _from(thing, _owner(row), above))
                for row in selectors.coming_exceptions(thing, today(), line=line)
            ],
            "officer_from": _named_by(thing, line, above, "officer_id"),
            "deputy_from": _named_by(thing, line, above, "deputy_id"),
            "prices": [
                (rule_words(term), _from(thing, _level(term.source), above)) for term in terms.prices.get(thing.pk, ())
            ],
            "takes": [
                (one.what, localized(dict(one.granter), "name"), one.blocking) for one in terms.requirements(thing.pk)
            ],
            "sections": registry.staff_parts(self.request, thing, clock.now()),
            "parts": thing.parts.order_by("name"),
            "quantity": selectors.quantities([thing])[thing.pk],
            "page_url": selectors.page_url(thing),
            "may_change": self.may_change and not retired,
            "split_form": SplitForm() if may_split else None,
            "pages": [
                (page.label, reverse(f"{NAMESPACE}:{page.name}", args=[thing.pk]))
                for page in _pages
                if page.shown is None or page.shown(thing)
            ],
        }


def _from(thing: Resource, owner: tuple[str, int], above: Mapping[tuple[str, int], str]) -> str:
    """In words, whose setting it is."""
    return gettext("set here") if owner == ("resource", thing.pk) else above.get(owner, "")


def _owner(row: OpeningException) -> tuple[str, int]:
    return ("resource", row.resource_id) if row.resource_id is not None else ("unit", row.unit_id or 0)


def _level(source: str) -> tuple[str, int]:
    kind, _colon, pk = source.partition(":")
    return kind, int(pk or 0)


def _named_by(thing: Resource, line: selectors.Lineage, above: Mapping[tuple[str, int], str], field: str) -> str:
    """Where the officer or deputy is named, in words; "" where nobody is."""
    if getattr(thing, field):
        return gettext("set here")
    for kind, pk in above:
        if getattr(line.ancestors[pk] if kind == "resource" else line.units[pk], field):
            return above[kind, pk]
    return ""


def _rule_rows(thing: Resource, line: selectors.Lineage) -> list[tuple[str, str, str]]:
    """Rule, value in words, and where it comes from."""
    effective = selectors.effective_rules([thing], line=line)[thing.pk]
    _inherited, sources = selectors.rule_sources(thing, line=line)
    own = dict(zip((*rules.RULE_FIELDS[:-3], "house_rules"), rules.layer_of(thing), strict=True))
    rows = []
    for name in rules.RULE_FIELDS[:-2]:
        label = str(Resource._meta.get_field(name).verbose_name)
        if name == "house_rules":
            label = gettext("house rules")
        source = gettext("set here") if own[name] is not None else source_words(sources.get(name, ""))
        rows.append((label, value_words(name, getattr(effective, name)), source))
    return rows


class PublishAct(ObjectAct):
    """Show it to everybody."""

    namespace = NAMESPACE

    def perform(self) -> str:
        """Refused without a living owner."""
        services.publish_resource(self.object, now=clock.now(), by=self.request.user)
        return gettext("It is published.")


class UnpublishAct(ObjectAct):
    """Take it back to draft."""

    namespace = NAMESPACE

    def perform(self) -> str:
        """Granted time stands."""
        services.unpublish_resource(self.object, now=clock.now(), by=self.request.user)
        return gettext("It is a draft again. Nobody outside sees it. Granted time stands.")


class SplitAct(ObjectAct):
    """In halves, in thirds: one button."""

    namespace = NAMESPACE

    def perform(self) -> str:
        """A number that isn't offered is refused by the service."""
        form = SplitForm(self.request.POST)
        count = form.cleaned_data["count"] if form.is_valid() else 0
        parts = services.split_into_parts(self.object, count=count, now=clock.now(), by=self.request.user)
        return gettext("It can be lent in %(count)s parts now.") % {"count": len(parts)}


class ResourceViewSet(ScopedViewSetMixin, ModelViewSet):
    """Resources in the "Booking" menu."""

    model = Resource
    without = ("delete", "usage", "copy")
    name = NAMESPACE
    url_prefix = "booking/resources"
    icon = "home"
    menu_label = _("Resources")
    menu_name = "booking-resources"
    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    inspect_view_class = ResourcePage
    inspect_view_enabled = True
    inspect_view_fields = ResourcePage.fields
    inspect_template_name = ResourcePage.template_name
    create_template_name = CreateView.template_name
    edit_template_name = EditView.template_name
    search_fields = ["search_text"]
    filterset_class = ResourceFilterSet
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[ResourceForm]:
        """Making one asks little."""
        return ResourceForm if for_update else NewResourceForm

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's addresses without deleting and usage, our acts, and the pages of higher floors."""
        kept = [one for one in super().get_urlpatterns() if one.name not in ("delete", "usage")]
        acts = [("publish", PublishAct), ("unpublish", UnpublishAct), ("split", SplitAct)]
        return [
            *kept,
            *(path(f"{name}/<int:pk>/", self.construct_view(view), name=name) for name, view in acts),
            *(path(page.route, self.construct_view(page.view), name=page.name) for page in _pages),
        ]
