"""How the queue is narrowed. Every filter stands in the address, so a list can be kept by name, exported and walked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet

from booking.cases import selectors
from booking.cases.access import DECIDING_ROLES
from booking.cases.models import Attention, Case, CaseKind, CaseState, Line, WaitingOn
from booking.cases.selectors import desk
from booking.cases.staff.access import cases_decided, today
from booking.catalogue.models import Unit, UnitRole
from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock
from booking.foundation.conf import booking_settings

TABS: Mapping[str, Any] = {
    "mine": _("Waits on me"),
    "unit": _("Waits on my units"),
    "overdue": _("Overdue"),
    "all": _("All cases"),
}
FLAGS: Mapping[str, Any] = {
    "needs_answer": _("A party asks something"),
    Attention.HANDED: Attention.HANDED.label,
    Attention.NO_REPLY: Attention.NO_REPLY.label,
    Attention.TAKEN_OVER: Attention.TAKEN_OVER.label,
}
#: What is asked for with these, isn't asked for only among what waits.
WIDENING = ("state", "waiting_on", "q")
_YES = [("yes", _("Yes"))]
#: The browser's own field: Wagtail's brings a script in the page, which our policy for pages refuses.
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def piles_of(request: HttpRequest) -> list[desk.Pile]:
    """Who must answer how many of the cases that this user decides; asked once a request."""
    known: dict[date, list[desk.Pile]] = request.user.__dict__.setdefault("_samskap_piles", {})
    on = today()
    if on not in known:
        known[on] = desk.piles(cases_decided(request.user), on)
    return known[on]


def counts_of(request: HttpRequest) -> dict[str, int]:
    """How many cases each tab holds; ``all`` isn't counted."""
    heaps = piles_of(request)
    return {
        "mine": sum(pile.open for pile in heaps if pile.holder == request.user.pk),
        "unit": sum(pile.open for pile in heaps),
        "overdue": sum(pile.late for pile in heaps),
    }


def tab_of(given: Mapping[str, Any]) -> str:
    """The tab that is asked for, or meant: what waits on the units, unless something wider is looked for."""
    asked = str(given.get("tab") or "")
    if asked in TABS:
        return asked
    return "all" if any(given.get(name) for name in WIDENING) else "unit"


def narrow(cases: QuerySet[Case], tab: str, request: HttpRequest) -> QuerySet[Case]:
    """The cases of one tab."""
    if tab == "mine":
        return selectors.waiting_on_staff(cases).filter(desk.held_by(request.user, piles_of(request)))
    if tab == "unit":
        return selectors.waiting_on_staff(cases)
    if tab == "overdue":
        return cases.filter(waiting_on=WaitingOn.MUNICIPALITY, answer_by__lt=today())
    return cases


def _units(request: Any) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=unit_ids(request.user)).order_by("name") if request else Unit.objects.none()


def _officers(request: Any) -> QuerySet[Any]:
    """Who decides cases in one's units, and whoever is named on one: also who has left."""
    people = get_user_model()._default_manager
    if not request:
        return people.none()
    units = unit_ids(request.user)
    roles = UnitRole.objects.filter(unit__in=units, role__in=DECIDING_ROLES).values("user")
    return people.filter(pk__in=roles).order_by("pk")


class CaseFilterSet(WagtailFilterSet):
    """Without tab, state, move or words: what waits on the municipality."""

    tab = django_filters.ChoiceFilter(
        choices=list(TABS.items()),
        label=_("Show"),
        method="by_tab",
        empty_label=_("What waits on my units, unless a state or a search is given"),
        widget=forms.RadioSelect,
    )
    state = django_filters.MultipleChoiceFilter(
        choices=[choice for choice in CaseState.choices if choice[0] != CaseState.DRAFT],
        label=_("State"),
        widget=forms.CheckboxSelectMultiple,
    )
    waiting_on = django_filters.ChoiceFilter(
        choices=[*WaitingOn.choices, ("all", _("All cases"))],
        label=_("Waiting on"),
        method="by_move",
        empty_label=_("Whoever it is"),
        widget=forms.RadioSelect,
    )
    kind = django_filters.MultipleChoiceFilter(
        choices=CaseKind.choices, label=_("Kind"), widget=forms.CheckboxSelectMultiple
    )
    unit = django_filters.ModelChoiceFilter(queryset=_units, label=_("Unit"), empty_label=_("All"))
    officer = django_filters.ModelChoiceFilter(queryset=_officers, label=_("Case officer"), empty_label=_("All"))
    unread = django_filters.MultipleChoiceFilter(
        choices=_YES, label=_("With unread messages"), method="by_unread", widget=forms.CheckboxSelectMultiple
    )
    flag = django_filters.MultipleChoiceFilter(
        choices=list(FLAGS.items()), label=_("Look at"), method="by_flag", widget=forms.CheckboxSelectMultiple
    )
    organisation = django_filters.CharFilter(label=_("Organisation"), method="by_organisation")
    resource = django_filters.CharFilter(label=_("Thing to lend"), method="by_resource")
    date_from = django_filters.DateFilter(label=_("Time from"), method="by_from", widget=_DAY)
    date_to = django_filters.DateFilter(label=_("Time to"), method="by_to", widget=_DAY)

    class Meta:
        model = Case
        fields = [
            "tab", "state", "waiting_on", "kind", "unit", "officer", "unread", "flag", "organisation", "resource",
            "date_from", "date_to",
        ]  # fmt: skip

    def by_tab(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """The view narrows by the tab, also by the one that is only meant."""
        return cases

    def by_move(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """`all` is no narrowing."""
        return cases if value == "all" else cases.filter(waiting_on=value)

    def by_unread(self, cases: QuerySet[Case], name: str, value: Any) -> QuerySet[Case]:
        """Where this user has something to read."""
        return desk.with_unread(cases, self.request.user, notes=True) if value else cases

    def by_flag(self, cases: QuerySet[Case], name: str, value: Any) -> QuerySet[Case]:
        """Any of the marks."""
        wanted = Q(attention__in=[one for one in value if one != "needs_answer"])
        if "needs_answer" in value:
            wanted |= Q(owed_since__isnull=False)
        return cases.filter(wanted) if value else cases

    def by_organisation(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """Words of the name of the organisation or of a co-host, or the short name of its address."""
        for word in value.split()[:6]:
            named = Q(organisation__name__icontains=word) | Q(organisation__slug=word)
            hosted = Q(co_hosts__organisation__name__icontains=word) | Q(co_hosts__organisation__slug=word)
            cases = cases.filter(Q(pk__in=Case.objects.filter(named | hosted).order_by().values("pk")))
        return cases

    def by_resource(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """Words of the name of a thing that is asked for, or the short name of its address."""
        lines = Line.objects.all()
        for word in value.split()[:6]:
            lines = lines.filter(Q(resource__name__icontains=word) | Q(resource__slug=word))
        return cases.filter(pk__in=lines.order_by().values("case_id"))

    def by_from(self, cases: QuerySet[Case], name: str, value: date) -> QuerySet[Case]:
        """A line ends after that midnight."""
        start = clock.day_bounds(value, booking_settings().tz).start
        return cases.filter(pk__in=Line.objects.filter(end__gt=start).order_by().values("case_id"))

    def by_to(self, cases: QuerySet[Case], name: str, value: date) -> QuerySet[Case]:
        """A line begins before that day is over."""
        end = clock.day_bounds(value, booking_settings().tz).end
        return cases.filter(pk__in=Line.objects.filter(start__lt=end).order_by().values("case_id"))
