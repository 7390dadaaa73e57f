"""The queue: what waits, sorted by the day it was promised for."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from booking.cases import selectors
from booking.cases.models import Case, CaseState, Line, WaitingOn
from booking.cases.staff import words
from booking.cases.staff.access import CASE_POLICY, today
from booking.catalogue.models import Unit
from booking.catalogue.staff.access import unit_ids
from booking.foundation.i18n import localized

_YES = [("yes", _("Yes"))]


def _units(request: Any) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=unit_ids(request.user)).order_by("name") if request else Unit.objects.none()


class CaseFilterSet(WagtailFilterSet):
    """By state, whose move, unit, mine, overdue. Without state, move or words: what waits on the municipality."""

    state = django_filters.MultipleChoiceFilter(
        choices=[choice for choice in CaseState.choices if choice[0] != CaseState.DRAFT], label=_("State")
    )
    waiting_on = django_filters.ChoiceFilter(
        choices=[*WaitingOn.choices, ("all", _("All cases"))],
        label=_("Waiting on"),
        method="by_move",
        empty_label=_("The municipality, unless a state or a search is given"),
    )
    unit = django_filters.ModelChoiceFilter(queryset=_units, label=_("Unit"))
    mine = django_filters.ChoiceFilter(choices=_YES, label=_("I am the case officer"), method="by_mine")
    overdue = django_filters.ChoiceFilter(choices=_YES, label=_("Overdue"), method="by_overdue")

    class Meta:
        model = Case
        fields = ["state", "waiting_on", "unit", "mine", "overdue"]

    def by_move(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """`all` is no narrowing."""
        return cases if value == "all" else cases.filter(waiting_on=value)

    def by_mine(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """Where this user is the case officer or the deputy in force."""
        return cases.filter(Q(officer=self.request.user) | Q(deputy=self.request.user))

    def by_overdue(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """Promised for a day that has passed, and still ours to answer."""
        return cases.filter(waiting_on=WaitingOn.MUNICIPALITY, answer_by__lt=today())


class MarkColumn(Column):
    """A box to mark a case for deciding several at once. The boxes belong to the form below the table."""

    cell_template_name = "booking/cases/staff/_mark.html"


class MoveColumn(Column):
    """Whose move it is; with its label where the row is a card."""

    cell_template_name = "booking/cases/staff/_move.html"


class AnswerColumn(Column):
    """The promised day; late ones are told in words and set off."""

    cell_template_name = "booking/cases/staff/_answer_by.html"

    def get_cell_context_data(self, instance: Case, parent_context: Any) -> dict[str, Any]:
        """With whether it is late."""
        return super().get_cell_context_data(instance, parent_context) | {"late": words.is_late(instance, today())}


class QueueView(generic.IndexView):
    """All cases of one's units that one looks for; those that wait on the municipality when one asks for nothing."""

    any_permission_required = ["view"]
    results_template_name = "booking/cases/staff/queue_results.html"
    show_export_buttons = False

    def get_base_queryset(self) -> Any:
        """With all that the columns show."""
        return selectors.with_lines(Case.objects.exclude(stored_act="draft"))

    def order_queryset(self, queryset: Any) -> Any:
        """By the promised day, then reference: what is overdue stands first."""
        return selectors.in_order(queryset)

    def filter_queryset(self, queryset: Any) -> Any:
        """What waits on the municipality, unless something else is asked for."""
        queryset = super().filter_queryset(queryset)
        return selectors.waiting_on_staff(queryset) if self.only_waiting else queryset

    @cached_property
    def only_waiting(self) -> bool:
        """True when neither a state nor a move nor words are asked for."""
        return not any(self.request.GET.get(name) for name in ("state", "waiting_on", "q"))

    def search_queryset(self, queryset: Any) -> Any:
        """Every word stands in the reference, the title, a name, or the name of a thing asked for."""
        if not self.is_searching:
            return queryset
        for word in self.search_query.split()[:6]:
            lines = Line.objects.filter(resource__name__icontains=word).order_by().values("case_id")
            queryset = queryset.filter(
                Q(reference__icontains=word)
                | Q(title__icontains=word)
                | Q(organisation__name__icontains=word)
                | Q(responsible_name__icontains=word)
                | Q(contact_name__icontains=word)
                | Q(pk__in=lines)
            )
        return queryset

    @cached_property
    def may_decide(self) -> bool:
        """Planners and caretakers look."""
        return CASE_POLICY.user_has_permission(self.request.user, "decide")

    @cached_property
    def columns(self) -> list[Any]:
        """Reference, who, what and when, whose move, answer by, unit and officer."""
        on = today()
        mark = [MarkColumn("pk", label=_("Mark"), width="4%")] if self.may_decide else []
        return [
            *mark,
            TitleColumn("reference", label=_("Reference"), get_url=self.page_url),
            Column("who", label=_("Who"), accessor=words.who),
            Column("what", label=_("What and when"), accessor=lambda case: words.what(case, on=on)),
            Column("state", label=_("State"), accessor="get_state_display"),
            MoveColumn("move", label=_("Whose move"), accessor=words.whose_move),
            AnswerColumn("answer_by", label=_("Answer by"), accessor=lambda case: words.answer_by(case, on)),
            Column("unit", label=_("Unit and case officer"), accessor=_unit_and_officer),
        ]

    def page_url(self, case: Case) -> str:
        """The case's own page."""
        return reverse("booking_cases:inspect", args=[case.pk])

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Nobody adds a case here, but anybody writes down what was asked."""
        return [HeaderButton(gettext("Write down a question"), url=reverse("booking_cases:note"), icon_name="edit")]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching or self.is_filtering:
            return gettext("No case fits what you look for.")
        return gettext("Nothing waits on the municipality in your units.")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """For the words above the table and the buttons below."""
        return super().get_context_data(*args, **kwargs) | {
            "only_waiting": self.only_waiting,
            "may_decide": self.may_decide,
        }


def _unit_and_officer(case: Case) -> str:
    officer = case.officer.get_full_name() if case.officer is not None else gettext("nobody")
    return f"{localized(case.unit, 'name')}: {officer}"
