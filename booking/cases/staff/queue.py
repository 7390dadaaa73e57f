"""The queue: what waits, sorted by the day it was promised for."""

from __future__ import annotations

import copy
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button, HeaderButton

from booking.cases import selectors
from booking.cases.desk import rules
from booking.cases.desk import selectors as desk_selectors
from booking.cases.models import Case, Line
from booking.cases.selectors import desk
from booking.cases.staff import export, words
from booking.cases.staff.access import CASE_POLICY, is_decider, today
from booking.cases.staff.filters import FLAGS, TABS, CaseFilterSet, counts_of, narrow, tab_of
from booking.catalogue.staff.access import unit_ids, units_led
from booking.foundation.i18n import localized

__all__ = ["CaseFilterSet", "QueueView", "listing", "remembered"]

#: Where the session keeps the list that was looked at last: "next case" goes on in it.
_LAST = "samskap_queue"


class MarkColumn(Column):
    """A box to mark a case for deciding several at once. The boxes belong to the form below the table."""

    cell_template_name = "booking/cases/staff/_mark.html"


class ReferenceColumn(TitleColumn):
    """The reference, and how many messages one hasn't read."""

    cell_template_name = "booking/cases/staff/_reference.html"

    def __init__(self, *args: Any, unread: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unread = unread

    def get_cell_context_data(self, instance: Case, parent_context: Any) -> dict[str, Any]:
        """With what is new."""
        return super().get_cell_context_data(instance, parent_context) | {"unread": self.unread().get(instance.pk, 0)}


class WhatColumn(Column):
    """What is asked for, who else asks for it, and why somebody should look."""

    cell_template_name = "booking/cases/staff/_what.html"

    def __init__(self, *args: Any, rivals: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rivals = rivals

    def get_cell_context_data(self, instance: Case, parent_context: Any) -> dict[str, Any]:
        """With the rivals and the mark."""
        flag = "needs_answer" if instance.owed_since is not None else instance.attention
        return super().get_cell_context_data(instance, parent_context) | {
            "rivals": self.rivals().get(instance.pk, 0),
            "flag": FLAGS.get(flag, "") if flag else "",
        }


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

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """With the list that one begins with, unless another is asked for."""
        if not self.results_only and not request.GET:
            start = desk_selectors.start_of(request.user, unit_ids(request.user))
            if start is not None:
                return redirect(f"{request.path}?{start.query or 'tab=unit'}&view={start.pk}")
        answer: HttpResponseBase = super().get(request, *args, **kwargs)
        if not self.is_export and request.session.get(_LAST) != self.query:
            request.session[_LAST] = self.query
        return answer

    @cached_property
    def query(self) -> str:
        """What is shown, as the address says it; "" when that is more than anybody keeps."""
        try:
            return rules.clean_query(dict(self.request.GET.lists()))
        except ValueError:
            return ""

    def get_base_queryset(self) -> Any:
        """With all that the columns show."""
        return selectors.with_lines(Case.objects.exclude(stored_act="draft"))

    def order_queryset(self, queryset: Any) -> Any:
        """By the promised day, then reference: what is overdue stands first."""
        return selectors.in_order(queryset)

    def filter_queryset(self, queryset: Any) -> Any:
        """The tab, and the filters. A filter that can't be read shows nothing, rather than everything."""
        if self.filters is not None and not self.filters.is_valid():
            return queryset.none()
        return narrow(super().filter_queryset(queryset), self.tab, self.request)

    @cached_property
    def tab(self) -> str:
        """What is asked for, or meant."""
        return tab_of(self.request.GET)

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

    def as_spreadsheet(self, queryset: Any, spreadsheet_format: str) -> HttpResponseBase:
        """Streamed, guarded against formulas, without contact data."""
        return export.export(queryset, spreadsheet_format, today())

    # --- what stands beside each row: asked once for the whole page ---------------------------------------------------

    def _page(self) -> list[Case]:
        return list(self.shown)

    @cached_property
    def unread(self) -> dict[int, int]:
        """Messages that this user hasn't read, by case."""
        return desk.unread_counts(self.request.user, [case.pk for case in self._page()], notes=True)

    @cached_property
    def rivals(self) -> dict[int, int]:
        """How many others ask for the same time, by case."""
        return selectors.rival_counts(self._page())

    def paginate_queryset(self, queryset: Any, page_size: int) -> Any:
        """Keeps the page, for what is asked once for all of it."""
        found = super().paginate_queryset(queryset, page_size)
        self.shown = found[2]
        return found

    shown: Any = ()

    @cached_property
    def columns(self) -> list[Any]:
        """Reference, who, what and when, whose move, answer by, unit and officer."""
        on = today()
        mark = [MarkColumn("pk", label=_("Mark"), width="4%")] if self.may_decide else []
        return [
            *mark,
            ReferenceColumn(
                "reference", label=_("Reference"), get_url=self.page_url, unread=lambda: self.unread, width="12%"
            ),
            Column("who", label=_("Who"), accessor=words.who),
            WhatColumn(
                "what",
                label=_("What and when"),
                accessor=lambda case: words.what(case, on=on),
                rivals=lambda: self.rivals,
            ),
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

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        """The list as it is shown, as a file; the lists that are kept by name."""
        return [
            Button(gettext("Download XLSX"), url=self.xlsx_export_url, icon_name="download", priority=90),
            Button(gettext("Download CSV"), url=self.csv_export_url, icon_name="download", priority=100),
            Button(gettext("Saved lists"), url=reverse("booking_cases:views"), icon_name="list-ul", priority=110),
        ]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.filters is not None and not self.filters.is_valid():
            return gettext("One of the filters can't be read. Change it, or begin anew.")
        if self.is_searching or (self.is_filtering and set(self.filters.form.changed_data) - {"tab"}):
            return gettext("No case fits what you look for.")
        return {
            "mine": gettext("Nothing waits on you."),
            "overdue": gettext("Nothing is overdue in your units."),
            "all": gettext("There are no cases in your units yet."),
        }.get(self.tab, gettext("Nothing waits on the municipality in your units."))

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """For the tabs and the kept lists above the table, and the buttons below."""
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        if self.is_export:
            return context
        counts = counts_of(self.request)
        given = self.request.GET.get("view", "")
        views = list(desk_selectors.views_for(self.request.user, unit_ids(self.request.user)))
        chosen = next((one for one in views if str(one.pk) == given and one.query == self.query), None)
        return context | {
            "tabs": [
                {
                    "name": name,
                    "label": label,
                    "count": counts.get(name, 0),
                    "here": chosen is None and name == self.tab,
                }
                for name, label in TABS.items()
            ],
            "views": views,
            "chosen": chosen,
            "query": self.query,
            "pairs": list(QueryDict(self.query).lists()),
            "led": list(units_led(self.request.user).order_by("name")) if is_decider(self.request.user) else [],
            "may_decide": self.may_decide,
        }


def _unit_and_officer(case: Case) -> str:
    officer = case.officer.get_full_name() if case.officer is not None else gettext("nobody")
    return f"{localized(case.unit, 'name')}: {officer}"


# --- the same list elsewhere -----------------------------------------------------------------------------------------


def listing(request: HttpRequest, query: str) -> QuerySet[Case]:
    """The cases that the queue shows this user for ``query``, in its order: with its scope, filters and search."""
    from booking.cases.staff import CaseViewSet

    asked = copy.copy(request)
    asked.GET = QueryDict(query)  # type: ignore[assignment]
    index = CaseViewSet().index_view
    view = index.view_class(**index.view_initkwargs)
    view.setup(asked)
    found: QuerySet[Case] = view.get_queryset()
    return found


def remembered(request: HttpRequest) -> str:
    """The list that this user looked at last; what waits on the units when there is none."""
    return str(request.session.get(_LAST) or "")


def queue_url(request: HttpRequest) -> str:
    """The address of the list that this user looked at last; of the one that they begin with when there is none."""
    query = remembered(request)
    return f"{reverse('booking_cases:index')}?{query}" if query else reverse("booking_cases:index")


def go_to_queue(request: HttpRequest) -> HttpResponse:
    """Back to the list that one came from."""
    return redirect(queue_url(request))
