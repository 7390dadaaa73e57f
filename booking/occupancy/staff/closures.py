"""Closures of the own units in the CMS admin: list, several at once, what they hit, end early, take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseObjectMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permissions import register_permission_policy

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, OpeningException, Resource, ResourceState
from booking.catalogue.staff.access import KEEPERS, is_keeper, is_staff, today, unit_ids, units_seen
from booking.catalogue.staff.forms import DateInput, TimeInput
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.policy import Grant, ScopedPermissionPolicy
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words, when_words
from booking.foundation.workdays import HolidayDataMissing, work_calendar
from booking.occupancy import selectors, services
from booking.occupancy.models import Closure, Klass, Occupancy
from booking.occupancy.selectors import Wanted
from booking.occupancy.services import Impact, Span
from booking.occupancy.staff.things import displaced_rows, impact_rows

NAMESPACE = "booking_closures"
#: For so many of those that are hit the page says what is free instead.
_LOOKED_FOR = 8

POLICY = ScopedPermissionPolicy(
    Closure,
    scope=lambda user: Closure.objects.filter(resource__unit__in=unit_ids(user)),
    may=is_staff,
    # Nobody edits or deletes a closure as a row: it ends early, or is taken back.
    actions={
        "view": True,
        "add": Grant(may=is_keeper),
        "end": Grant(scope=lambda user: Closure.objects.filter(resource__unit__in=unit_ids(user, KEEPERS))),
    },
)
register_permission_policy(Closure, POLICY)

STANDINGS = [("coming", _("Now and ahead")), ("over", _("Over")), ("taken_back", _("Taken back"))]


class ClosureFilterSet(WagtailFilterSet):
    """By where it stands, unit and kind of thing. Without a choice: now and ahead."""

    standing = django_filters.ChoiceFilter(choices=STANDINGS, label=_("Which"), method="by_standing")
    unit = django_filters.ModelChoiceFilter(
        queryset=lambda request: units_seen(request.user), label=_("Unit"), field_name="resource__unit"
    )
    kind = django_filters.ChoiceFilter(choices=Kind.choices, label=_("Kind"), field_name="resource__kind")

    class Meta:
        model = Closure
        fields = ["standing", "unit", "kind"]

    def by_standing(self, rows: Any, name: str, value: str) -> Any:
        """As the page says it."""
        now = clock.now()
        if value == "taken_back":
            return rows.filter(cancelled_at__isnull=False)
        if value == "over":
            return rows.filter(cancelled_at__isnull=True, end__lte=now)
        return rows.filter(cancelled_at__isnull=True, end__gt=now)


def _when(one: Closure) -> str:
    return when_words(one.start, one.end, catalogue.zone(one.resource), today=today(), short=True)


def _standing(one: Closure) -> str:
    now = clock.now()
    if one.cancelled_at is not None:
        return gettext("taken back")
    if one.end <= now:
        return gettext("over")
    return gettext("closed now") if one.start <= now else gettext("ahead")


class ActsColumn(Column):
    """End it now, or take it back."""

    cell_template_name = "booking/occupancy/staff/closure_acts.html"

    def get_value(self, instance: Any) -> Any:
        """What can still be done with it."""
        now = clock.now()
        if instance.cancelled_at is not None or instance.end <= now:
            return ""
        return "end" if instance.start <= now else "take_back"


class ClosureIndex(generic.IndexView):
    """The closures of one's units: now and ahead, unless something else is asked for."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False
    page_title = _("Closures")
    template_name = "booking/occupancy/staff/closures.html"

    def get_base_queryset(self) -> Any:
        """With what the columns show."""
        rows = super().get_base_queryset().select_related("resource__unit")
        if not self.request.GET.get("standing"):
            rows = rows.filter(cancelled_at__isnull=True, end__gt=clock.now())
        return rows

    def order_queryset(self, queryset: Any) -> Any:
        """By time."""
        return queryset.order_by("start", "resource__name", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """What, when, why, how it stands, and the button."""
        return [
            Column("resource", label=_("Resource"), accessor=lambda one: localized(one.resource, "name")),
            Column("when", label=_("When"), accessor=_when),
            Column("reason", label=_("Why")),
            Column(
                "sort",
                label=_("Kind"),
                accessor=lambda one: gettext("Maintenance") if one.maintenance else pgettext("place", "Closed"),
            ),
            Column("standing", label=_("How it stands"), accessor=_standing),
            ActsColumn("acts", label=_("What you can do")),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """A new one, for who keeps things."""
        if not POLICY.user_has_permission(self.request.user, "add"):
            return []
        return [HeaderButton(gettext("Close something"), url=reverse(f"{NAMESPACE}:add"), icon_name="plus")]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        return gettext("Nothing is closed, now or ahead.") if not self.is_filtering else gettext("No closure fits.")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Beside the list: days with other opening hours. They close too, by other means."""
        units = unit_ids(self.request.user)
        rows = OpeningException.objects.filter(Q(resource__unit__in=units) | Q(unit__in=units), end__gte=today())
        return super().get_context_data(*args, **kwargs) | {
            "exceptions": rows.select_related("resource", "unit").order_by("start", "pk")[:50]
        }


class CloseManyForm(forms.Form):
    """Which things, which time, on which days, and why."""

    resources = forms.MultipleChoiceField(
        label=_("What is closed"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With a whole all its parts are closed, and whatever else shares its space."),
    )
    start = forms.DateField(label=_("From the day"), widget=DateInput())
    begins = forms.TimeField(label=_("From"), widget=TimeInput(), initial="00:00")
    end = forms.DateField(
        label=_("To and including the day"),
        required=False,
        widget=DateInput(),
        help_text=_("Leave it empty when it is one day."),
    )
    ends = forms.TimeField(
        label=_("To"), widget=TimeInput(), initial="00:00", help_text=_("00:00 is the end of the day.")
    )
    daily = forms.BooleanField(
        label=_("Only between these times on each of the days"),
        required=False,
        help_text=_("Otherwise it is closed from the first moment to the last one without a break."),
    )
    weekly = forms.BooleanField(label=_("The same again every week"), required=False)
    until = forms.DateField(label=_("Every week until"), required=False, widget=DateInput())
    reason = forms.CharField(label=_("Why"), max_length=150, help_text=_("Stands in the calendar, for everybody."))
    maintenance = forms.BooleanField(label=_("It is maintenance"), required=False)

    def __init__(self, *args: Any, things: Sequence[Resource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.things = {str(one.pk): one for one in things}
        field: Any = self.fields["resources"]
        field.choices = [(pk, _in_tree(one, self.things)) for pk, one in self.things.items()]

    def clean(self) -> dict[str, Any]:
        """What the fields say of each other."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = data.get("start"), data.get("end")
        if start and end and end < start:
            self.add_error("end", _("The end must be after the start."))
        if data.get("weekly") and not data.get("until"):
            self.add_error("until", _("Until when?"))
        return data

    def chosen(self) -> list[Resource]:
        """The things, each once."""
        return [self.things[pk] for pk in self.cleaned_data["resources"]]

    def spans(self) -> list[Span]:
        """The times in UTC, on the wall clock of the municipality."""
        data, tz = self.cleaned_data, booking_settings().tz
        first, last = data["start"], data["end"] or data["start"]
        firsts = [first]
        if data["weekly"]:
            while firsts[-1] + timedelta(days=7) <= data["until"] and len(firsts) <= 400:
                firsts.append(firsts[-1] + timedelta(days=7))
        found = []
        for day in firsts:
            days = [day + timedelta(days=number) for number in range(min((last - first).days, 400) + 1)]
            pairs = [(one, one) for one in days] if data["daily"] else [(days[0], day + (last - first))]
            found += [Span(*_moments(begins, ends, data["begins"], data["ends"], tz)) for begins, ends in pairs]
        return found


def _moments(first: date, last: date, begins: time, ends: time, tz: Any) -> tuple[datetime, datetime]:
    """Midnight as an end is the day's end; an end before the start on one day is the next day's."""
    if ends == time() or (first == last and ends <= begins):
        last += timedelta(days=1)
    return clock.wall(first, begins, tz), clock.wall(last, ends, tz)


def _in_tree(one: Resource, things: Any) -> str:
    above = things.get(str(one.parent_id)) if one.parent_id else None
    name = str(localized(one, "name"))
    return f"{localized(above, 'name')} › {name}" if above is not None else name


class _Page(PermissionCheckedMixin, WagtailAdminTemplateMixin):
    permission_policy = POLICY
    header_icon = "lock"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": gettext("Closures")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.get_page_title()}]


class ClosePage(_Page, FormView):
    """Close one thing or many, once or on a row of days. What it hits is shown before anything is changed."""

    permission_required = "add"
    page_title = _("Close something")
    template_name = "booking/occupancy/staff/close_many.html"
    form_class = CloseManyForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """The things that one keeps, wholes first."""
        rows = Resource.objects.filter(unit__in=unit_ids(self.request.user, KEEPERS))
        things = list(rows.exclude(state=ResourceState.RETIRED).order_by("name"))
        names = {one.pk: one.name for one in things}
        things.sort(key=lambda one: (names.get(one.parent_id or 0, one.name).casefold(), one.parent_id or 0, one.name))
        return super().get_form_kwargs() | {"things": things}

    def get_initial(self) -> dict[str, Any]:
        """A thing and a day that the address names."""
        asked = self.request.GET
        initial: dict[str, Any] = {"resources": asked.getlist("resource")[:50]}
        try:
            initial["start"] = date.fromisoformat(asked.get("day", ""))
        except ValueError:
            initial["start"] = today()
        if asked.get("reason"):
            initial["reason"] = asked["reason"][:150]
        return initial

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With public holidays that come, as suggestions."""
        return super().get_context_data(**kwargs) | {"holidays": coming_holidays(today())}

    def form_valid(self, form: Any) -> HttpResponse:
        """Close; when that displaces what wasn't on the list, undo all and show the list."""
        accepted = set(self.request.POST.getlist("accept"))
        now = clock.now()
        try:
            with transaction.atomic():
                spans = form.spans()
                before = _claims(spans)
                results = services.close_many(
                    form.chosen(), spans, reason=form.cleaned_data["reason"],
                    maintenance=form.cleaned_data["maintenance"], now=now, by=self.request.user,
                )  # fmt: skip
                gone = [cause for result in results for cause in result.displaced]
                impact = displaced_rows(before, gone)
                shown = self.request.POST.get("confirm") == "yes"
                if not shown or not {f"{kind}:{pk}" for kind, pk in gone} <= accepted:
                    transaction.set_rollback(True)
                    results = []
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        if not results:
            return self.show(form, spans, impact, now)
        messages.success(
            self.request,
            ngettext("It is closed: %(count)s closure.", "It is closed: %(count)s closures.", len(results))
            % {"count": len(results)},
        )
        return redirect(reverse(f"{NAMESPACE}:index"))

    def show(self, form: CloseManyForm, spans: Sequence[Span], impact: Sequence[Impact], now: datetime) -> HttpResponse:
        """What will be closed, what that hits, and what is free instead; the form's values in hidden fields."""
        kept = [
            (name, value)
            for name, values in self.request.POST.lists()
            if name not in ("csrfmiddlewaretoken", "accept", "confirm")
            for value in values
        ]
        tz = booking_settings().tz
        context = self.get_context_data(form=form) | {
            "things": [localized(one, "name") for one in form.chosen()],
            "times": [when_words(one.start, one.end, tz, today=today(), short=True) for one in spans[:40]],
            "more_times": max(len(spans) - 40, 0),
            "impact": list(zip(impact_rows(impact), _instead(impact, now), strict=False)),
            "more": max(len(impact) - 200, 0),
            "kept": kept,
            "accept": sorted({f"{kind}:{pk}" for kind, pk in (one.cause for one in impact)}),
        }
        return self.response_class(
            request=self.request, template=["booking/occupancy/staff/close_confirm.html"], context=context, using=None
        )


def _claims(spans: Sequence[Span]) -> list[Occupancy]:
    """What stands in these times anywhere, before it is displaced. One query."""
    if not spans:
        return []
    wanted = Q()
    first, last = min(one.start for one in spans), max(one.end for one in spans)
    wanted &= Q(block_start__lt=last, block_end__gt=first)
    return list(Occupancy.objects.filter(wanted, klass=Klass.CLAIM).order_by("start", "pk"))


def _instead(impact: Sequence[Impact], now: datetime) -> list[str]:
    """For the first of those that are hit, what is free instead; their letter names it too."""
    found = [""] * len(impact)
    wanted = [
        Wanted(one.resource_id, one.start, one.end, index=number)
        for number, one in enumerate(impact[:_LOOKED_FOR])
        if one.start > now
    ]
    free = selectors.alternatives_many(wanted, now=now, limit=1) if wanted else {}
    places = Resource.objects.in_bulk({one.resource_id for some in free.values() for one in some})
    for number, some in free.items():
        for one in some[:1]:
            place = places[one.resource_id]
            times = when_words(one.start, one.end, catalogue.zone(place), today=today(), short=True)
            found[number] = f"{localized(place, 'name')}, {times}"
    return found


def coming_holidays(on: date, ahead: int = 120) -> list[tuple[str, str]]:
    """(address, words): public holidays of the next months, each a click that fills the form."""
    try:
        days = work_calendar().free_days_between(on, on + timedelta(days=ahead))
    except HolidayDataMissing:
        return []
    return [
        ("?" + urlencode({"day": day.isoformat(), "reason": name}), f"{day_words(day, today=on)}: {name}")
        for day, name in days
        if name
    ]


class EndClosureAct(PermissionCheckedMixin, BaseObjectMixin, View):
    """Open again now; what had to give way after now has its time back."""

    http_method_names = ["post"]
    permission_required = "end"
    permission_policy = POLICY

    def perform(self) -> str:
        """Through the service."""
        now = clock.now()
        end = (now + timedelta(seconds=59)).replace(second=0, microsecond=0)
        if end <= self.object.start:  # it began this very minute: nothing of it has been
            result = services.reopen(self.object, now=now, by=self.request.user)
        else:
            result = services.end_closure_early(self.object, end=end, now=now, by=self.request.user)
        return _restored(len(result.restored))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        try:
            messages.success(request, self.perform())
        except DomainError as error:
            messages.error(request, error.text)
        return redirect(reverse(f"{NAMESPACE}:index"))


class TakeBackAct(EndClosureAct):
    """It doesn't close at all; what had to give way has its time back."""

    def perform(self) -> str:
        """Through the service."""
        result = services.reopen(self.object, now=clock.now(), by=self.request.user)
        return _restored(len(result.restored))


def _restored(count: int) -> str:
    if not count:
        return gettext("It is open again.")
    return gettext("It is open again. Restored: %(count)s.") % {"count": count}


class ClosureViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = Closure
    without = ROW_DOORS
    name = NAMESPACE
    url_prefix = "booking/closures"
    icon = "lock"
    menu_label = _("Closures")
    menu_name = "booking-closures"
    index_view_class = ClosureIndex
    filterset_class = ClosureFilterSet
    list_per_page = 50
    form_fields = ("reason",)

    def get_urlpatterns(self) -> list[Any]:
        """The list and the acts."""
        kept = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results")]
        return [
            *kept,
            path("new/", self.construct_view(ClosePage), name="add"),
            path("end/<int:pk>/", self.construct_view(EndClosureAct), name="end"),
            path("take-back/<int:pk>/", self.construct_view(TakeBackAct), name="take_back"),
        ]
