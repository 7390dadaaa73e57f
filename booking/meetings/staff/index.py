"""The list of meetings: the next ones first, with a search through everything they say."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
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
from booking.foundation import clock
from booking.foundation.i18n import localized
from booking.meetings import selectors, wording
from booking.meetings.models import Commitment, CommitmentState, Meeting, MeetingState
from booking.meetings.staff.access import POLICY, today

STANDINGS = [
    ("coming", _("Ahead")),
    ("no_minutes", _("Held, no minutes yet")),
    ("promised", _("Something promised isn't done")),
    ("late", _("Something promised is late")),
    ("held", _("Held")),
    ("cancelled", _("Cancelled")),
]


def _units(request: Any) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=unit_ids(request.user)).order_by("name") if request else Unit.objects.none()


class MeetingFilterSet(WagtailFilterSet):
    """By where it stands, and unit."""

    standing = django_filters.ChoiceFilter(choices=STANDINGS, label=_("Where it stands"), method="by_standing")
    unit = django_filters.ModelChoiceFilter(queryset=_units, label=_("Unit"))

    class Meta:
        model = Meeting
        fields = ["standing", "unit"]

    def by_standing(self, found: QuerySet[Meeting], name: str, value: str) -> QuerySet[Meeting]:
        """As the selectors say."""
        now = clock.now()
        if value == "coming":
            return found.filter(end__gt=now, state__in=[MeetingState.DRAFT, MeetingState.INVITED])
        if value == "no_minutes":
            return found.filter(end__lte=now, state=MeetingState.INVITED)
        if value in ("promised", "late"):
            rows = Commitment.objects.filter(state=CommitmentState.OPEN)
            if value == "late":
                rows = rows.filter(due_on__lt=today())
            return found.filter(pk__in=rows.order_by().values("meeting"))
        return found.filter(state=value)


def _answers(one: Meeting) -> str:
    rows = list(one.parties.all())
    yes = sum(row.answer == "yes" for row in rows)
    return gettext("%(yes)s of %(all)s come") % {"yes": yes, "all": len(rows)} if rows else "–"


class MeetingIndex(generic.IndexView):
    """Meetings of one's units."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False

    def get_base_queryset(self) -> Any:
        """With all that the columns show."""
        return selectors.with_all(Meeting.objects.all())

    def order_queryset(self, queryset: Any) -> Any:
        """The latest first: what is ahead stands on top."""
        return queryset.order_by("-start", "-pk")

    def search_queryset(self, queryset: Any) -> Any:
        """Every word stands somewhere in the meeting."""
        return selectors.search(queryset, self.search_query) if self.is_searching else queryset

    @cached_property
    def columns(self) -> list[Any]:
        """Title, when, where, how it stands, who comes, which unit."""
        return [
            TitleColumn("title", label=_("Meeting"), get_url=self.page_url),
            Column("when", label=_("When"), accessor=wording.when_words),
            Column("where", label=_("Where"), accessor=wording.where_words),
            Column("state", label=_("Where it stands"), accessor=lambda one: one.get_state_display()),
            Column("answers", label=_("Who comes"), accessor=_answers),
            Column("unit", label=_("Unit"), accessor=lambda one: str(localized(one.unit, "name"))),
        ]

    def page_url(self, one: Meeting) -> str:
        """The meeting's own page."""
        return reverse("booking_meetings:inspect", args=[one.pk])

    @cached_property
    def header_buttons(self) -> list[Any]:
        """A new one, for who may call it."""
        if not POLICY.user_has_permission(self.request.user, "add"):
            return []
        return [HeaderButton(gettext("Prepare a meeting"), url=reverse("booking_meetings:add"), icon_name="plus")]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching or self.is_filtering:
            return gettext("No meeting fits what you look for.")
        return gettext("Your units have no meetings yet. Prepare one, and invite the organisations you work with.")
