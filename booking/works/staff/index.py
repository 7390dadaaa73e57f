"""The list of works: what goes on and comes first on top, with filters and a search."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from booking.catalogue.models import Unit
from booking.catalogue.staff.access import unit_ids
from booking.foundation.i18n import localized
from booking.works import selectors, wording
from booking.works.models import Works, WorksState
from booking.works.public import view
from booking.works.rules import states
from booking.works.staff.access import POLICY

_YES = [("yes", _("Yes"))]
STANDINGS = [
    ("open", _("Not over")),
    ("draft", _("Drafts")),
    ("asked", _("Planned, or those affected are asked")),
    ("noticed", _("Notice is given, or set to start")),
    ("going_on", _("Going on now")),
    ("waits", _("Replies or reports wait")),
    ("over", _("Over")),
]


def _units(request: Any) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=unit_ids(request.user)).order_by("name") if request else Unit.objects.none()


class WorksFilterSet(WagtailFilterSet):
    """By where they stand, unit, mine."""

    standing = django_filters.ChoiceFilter(choices=STANDINGS, label=_("Where it stands"), method="by_standing")
    unit = django_filters.ModelChoiceFilter(queryset=_units, label=_("Unit"))
    mine = django_filters.ChoiceFilter(choices=_YES, label=_("Mine"), method="by_mine")

    class Meta:
        model = Works
        fields = ["standing", "unit", "mine"]

    def by_standing(self, found: QuerySet[Works], name: str, value: str) -> QuerySet[Works]:
        """By state, and by what waits for an answer."""
        if value == "waits":
            replies = Q(replies__answer__isnull=True, replies__answer_by__isnull=False)
            reports = Q(overrides__report_due__isnull=False, overrides__reviewed_at__isnull=True)
            waiting = Works.objects.filter(replies | reports).order_by().values("pk")
            return found.filter(pk__in=waiting)
        wanted = {
            "open": [one for one in WorksState.values if one not in states.OVER],
            "draft": ["draft"],
            "asked": ["planned", "consulting"],
            "noticed": ["noticed", "ready"],
            "going_on": list(states.GOING_ON),
            "over": list(states.OVER),
        }[value]
        return found.filter(state__in=wanted)

    def by_mine(self, found: QuerySet[Works], name: str, value: str) -> QuerySet[Works]:
        """Where this user is the planner or the deputy."""
        return found.filter(Q(owner=self.request.user) | Q(deputy=self.request.user))


class WorksIndex(generic.IndexView):
    """Works of one's units."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False
    page_title = _("Works")

    def get_base_queryset(self) -> Any:
        """With all that the columns show."""
        return selectors.with_all(Works.objects.all())

    def order_queryset(self, queryset: Any) -> Any:
        """What isn't over first, the next one on top; what is over by when it ended, the last on top."""
        over = Case(When(state__in=states.OVER, then=Value(1)), default=Value(0))
        begins = Case(When(state__in=states.OVER, then=None), default=F("current__window_start"))
        return queryset.order_by(over, begins, "-revised_at", "pk")

    def search_queryset(self, queryset: Any) -> Any:
        """Every word stands somewhere in the works."""
        return selectors.search(queryset, self.search_query) if self.is_searching else queryset

    @cached_property
    def columns(self) -> list[Any]:
        """Number, what, where, when, how they stand, who."""
        return [
            TitleColumn("reference", label=_("Number"), get_url=self.page_url, width="12%"),
            Column("title", label=_("What"), accessor=lambda one: view.version_of(one).title),
            Column("where", label=_("Where"), accessor=lambda one: ", ".join(view.places(view.version_of(one)))),
            Column("when", label=_("When"), accessor=lambda one: wording.when_of(view.version_of(one))),
            Column("state", label=_("Where it stands"), accessor=lambda one: one.get_state_display()),
            Column("owner", label=_("Unit and planner"), accessor=_who),
        ]

    def page_url(self, one: Works) -> str:
        """The works' own page."""
        return reverse("booking_works:inspect", args=[one.pk])

    @cached_property
    def header_buttons(self) -> list[Any]:
        """New works for planners; the emergency for everybody who is awake."""
        found = []
        if POLICY.user_has_permission(self.request.user, "add"):
            found.append(HeaderButton(gettext("New works"), url=reverse("booking_works:add"), icon_name="plus"))
        if POLICY.user_has_permission(self.request.user, "declare"):
            found.append(
                HeaderButton(gettext("Emergency"), url=reverse("booking_works:emergency"), icon_name="warning")
            )
        return found

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching or self.is_filtering:
            return gettext("No works fit what you look for.")
        return gettext("Your units have no works yet. Write them down as soon as somebody thinks of them.")


def _who(one: Works) -> str:
    words = f"{localized(one.unit, 'name')}: {one.owner.get_full_name() or one.owner}"
    return f"{words} ({gettext('taken over')})" if one.taken_over else words
