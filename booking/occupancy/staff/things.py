"""Pages of a resource or unit in the CMS admin that must look at granted time first.

Opening hours, what it covers, stock, closing, retiring; hung on the catalogue's viewsets. Each works in two steps: a
change that touches somebody's coming time shows the list of what it hits; pressing the button on that list makes it, if
the list is still the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.catalogue import selectors as catalogue
from booking.catalogue import services as catalogue_services
from booking.catalogue.models import Cell, OpeningException, Resource, ResourceState
from booking.catalogue.staff import access
from booking.catalogue.staff import resources as resource_pages
from booking.catalogue.staff import units as unit_pages
from booking.catalogue.staff.forms import DateInput, TimeInput
from booking.catalogue.staff.resources import Page
from booking.catalogue.staff.views import ObjectAct, ObjectFormPage
from booking.foundation import clock
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError
from booking.occupancy import registry, services
from booking.occupancy.models import Closure, Klass, Occupancy
from booking.occupancy.services import ChangeResult, Impact

_WHAT = {
    "moved": _("keeps its time, on the new space"),
    "displaced": _("loses its time; the party is told"),
    "outside_hours": _("stands, though it will be closed then: talk to the party"),
    "open_request": _("is not decided yet and stays open"),
}
#: More rows than anybody reads; the rest is counted.
_SHOWN = 200


class ImpactRow:
    """One line of an impact list, in words."""

    def __init__(self, impact: Impact, resource: Resource | None, words: str) -> None:
        tz = catalogue.zone(resource) if resource else None
        self.start, self.end = impact.start.astimezone(tz), impact.end.astimezone(tz)
        self.resource, self.words, self.what = resource, words, _WHAT[impact.what]


def impact_rows(impact: Sequence[Impact]) -> list[ImpactRow]:
    """An impact list as it is shown: which resource, when, what, and what becomes of it."""
    shown = impact[:_SHOWN]
    resources = Resource.objects.in_bulk({one.resource_id for one in shown})
    words = {
        kind: registry.describe(kind, [one.cause_id for one in shown if one.cause_kind == kind])
        for kind in {one.cause_kind for one in shown}
    }
    return [
        ImpactRow(one, resources.get(one.resource_id), words[one.cause_kind].get(one.cause_id, one.cause_kind))
        for one in shown
    ]


class ChangePage(ObjectFormPage):
    """A form whose change may touch granted time. Write ``change(form, accept)``, which answers a ``ChangeResult``."""

    template_name = "booking/occupancy/staff/change.html"
    done: Any = _("The change is made.")

    def change(self, form: Any, accept: set[tuple[str, int]]) -> ChangeResult:
        """Call the service."""
        raise NotImplementedError

    def accepted(self) -> set[tuple[str, int]]:
        """The causes that stood on the list the person has just seen. Rubbish in the form is nothing seen."""
        found = set()
        for item in self.request.POST.getlist("accept"):
            kind, _colon, pk = item.partition(":")
            if pk.isdecimal():
                found.add((kind, int(pk)))
        return found

    def form_valid(self, form: Any) -> HttpResponse:
        """Make the change, or show what it would hit."""
        try:
            result = self.change(form, self.accepted())
        except DomainError as error:
            self.refuse(form, error)
            return self.form_invalid(form)
        if not result.applied:
            return self.show_impact(result.impact)
        messages.success(self.request, str(self.done))
        return redirect(self.object_url())

    def refuse(self, form: Any, error: DomainError) -> None:
        """Put the refusal where it belongs."""
        add_refusal(form, error)

    def show_impact(self, impact: Sequence[Impact]) -> HttpResponse:
        """The list, with the form's values kept in hidden fields."""
        kept = [
            (name, value)
            for name, values in self.request.POST.lists()
            if name not in ("csrfmiddlewaretoken", "accept")
            for value in values
        ]
        context = self.get_context_data() | {
            "impact": impact_rows(impact),
            "more": max(len(impact) - _SHOWN, 0),
            "kept": kept,
            "accept": sorted({f"{kind}:{pk}" for kind, pk in (one.cause for one in impact)}),
        }
        return self.response_class(
            request=self.request, template=["booking/occupancy/staff/impact.html"], context=context, using=None
        )


class _OfResource:
    """A page of a resource."""

    namespace = resource_pages.NAMESPACE
    list_label = _("Resources")

    def get_base_object_queryset(self) -> Any:
        """Retired things are kept as they were."""
        return super().get_base_object_queryset().exclude(state=ResourceState.RETIRED)  # type: ignore[misc]


class _OfUnit:
    """A page of a unit."""

    namespace = unit_pages.NAMESPACE
    list_label = _("Units")


# --- opening hours ---------------------------------------------------------------------------------------------------


class HoursRowForm(forms.Form):
    """Open on one weekday. An empty row is none."""

    weekday = forms.TypedChoiceField(
        label=_("Day"), coerce=int, empty_value=None, required=False, choices=[("", "–"), *WEEKDAYS.items()]
    )
    opens = forms.TimeField(label=_("Opens"), required=False, widget=TimeInput())
    closes = forms.TimeField(label=_("Closes"), required=False, widget=TimeInput())
    valid_from = forms.DateField(label=_("Valid from"), required=False, widget=DateInput())
    valid_to = forms.DateField(label=_("Valid to and including"), required=False, widget=DateInput())

    def clean(self) -> dict[str, Any]:
        """All three or none."""
        data = super().clean() or self.cleaned_data
        given = [data.get(name) is not None for name in ("weekday", "opens", "closes")]
        if any(given) and not all(given) and not self.errors:
            raise forms.ValidationError(_("Give day, opening and closing time."), code="incomplete")
        return data


class HoursFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """The week."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusals: list[str] = []

    def hours(self) -> list[catalogue_services.Hours]:
        """For the service."""
        found = []
        for form in self.forms:
            data = form.cleaned_data
            if data.get("weekday") is not None and not data.get("DELETE"):
                found.append(
                    catalogue_services.Hours(
                        data["weekday"], data["opens"], data["closes"], data["valid_from"], data["valid_to"]
                    )
                )
        return found


_HoursForms = forms.formset_factory(
    HoursRowForm, formset=HoursFormSet, extra=7, max_num=100, absolute_max=200, can_delete=True
)


class HoursPage(ChangePage):
    """The week of a resource or a unit, and days with other hours."""

    form_class = _HoursForms
    template_name = "booking/occupancy/staff/hours.html"
    heading = _("Opening hours")
    done = _("The opening hours hold from now on.")

    def get_initial(self) -> Any:
        """The hours of its own."""
        return [
            {
                "weekday": row.weekday,
                "opens": row.opens,
                "closes": row.closes,
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
            }
            for row in self.object.opening_hours.all()
        ]

    def change(self, form: Any, accept: set[tuple[str, int]]) -> ChangeResult:
        """Through the use case."""
        return services.change_opening_hours(
            self.object, hours=form.hours(), now=clock.now(), by=self.request.user, accept=accept
        )

    def refuse(self, form: Any, error: DomainError) -> None:
        """A set of forms has no place for a refusal of its own."""
        form.refusals = [fault.text for fault in error.errors] or [error.text]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What holds when the week is left empty, and the exceptions."""
        inherited: list[Any] = []
        if isinstance(self.object, Resource) and not self.object.opening_hours.exists():
            inherited = catalogue.opening_hours_of(self.object)
        return super().get_context_data(**kwargs) | {
            "inherited": inherited,
            "hours": inherited,
            "exceptions": self.object.opening_exceptions.filter(end__gte=access.today()),
            "exception_url_name": f"{self.namespace}:exception",
            "remove_url_name": f"{self.namespace}:remove_exception",
        }


class ResourceHoursPage(_OfResource, HoursPage):
    """Of a resource."""


class UnitHoursPage(_OfUnit, HoursPage):
    """Of a unit: for all its things that have none of their own."""


class ExceptionForm(forms.Form):
    """Days with other hours."""

    start = forms.DateField(label=_("From"), widget=DateInput())
    end = forms.DateField(label=_("To and including"), widget=DateInput())
    opens = forms.TimeField(
        label=_("Opens"), required=False, widget=TimeInput(), help_text=_("Leave both times empty when it is closed.")
    )
    closes = forms.TimeField(label=_("Closes"), required=False, widget=TimeInput())
    reason = forms.CharField(label=_("Why"), max_length=150, required=False)


class ExceptionPage(ObjectFormPage):
    """Add days with other hours. Granted time stands; to take it away, close the resource."""

    form_class = ExceptionForm
    heading = _("Days with other hours")

    def perform(self, form: Any) -> str:
        """Through the service."""
        catalogue_services.add_opening_exception(
            self.object, **form.cleaned_data, now=clock.now(), by=self.request.user
        )
        return gettext("The days are added. Granted time stands.")


class ResourceExceptionPage(_OfResource, ExceptionPage):
    """Of a resource."""


class UnitExceptionPage(_OfUnit, ExceptionPage):
    """Of a unit: for all its things."""


class RemoveExceptionAct(ObjectAct):
    """The ordinary hours hold again."""

    def perform(self) -> str:
        """It must be one of this object."""
        rows: Any = self.object.opening_exceptions
        row: OpeningException | None = rows.filter(pk=self.kwargs["exception"]).first()
        if row is None:
            raise Http404
        catalogue_services.remove_opening_exception(row, now=clock.now(), by=self.request.user)
        return gettext("The ordinary hours hold again.")


class RemoveResourceException(_OfResource, RemoveExceptionAct):
    """Of a resource."""


class RemoveUnitException(_OfUnit, RemoveExceptionAct):
    """Of a unit."""


# --- what it covers --------------------------------------------------------------------------------------------------


class CoverForm(forms.Form):
    """Which spaces a resource takes. A space is known by the resources that take it: cells have no names."""

    spaces = forms.MultipleChoiceField(
        label=_("It takes the same space as"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Whatever is marked can't be lent at the same time. With nothing marked it has a space of its own."
        ),
    )

    def __init__(self, *args: Any, resource: Resource, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = (
            access.resources_kept(user)
            .exclude(pk=resource.pk)
            .exclude(state=ResourceState.RETIRED)
            .filter(covers__cell__exclusive=True)
            .distinct()
        )
        self.fields["spaces"].choices = [(str(one.pk), one.name) for one in others]  # type: ignore[attr-defined]
        mine = set(resource.covers.values_list("cell_id", flat=True))
        self.fields["spaces"].initial = [
            str(one.pk)
            for one in others
            if (cells := set(one.covers.values_list("cell_id", flat=True))) and cells <= mine
        ]


class CoverPage(_OfResource, ChangePage):
    """What a resource covers: it and what is marked exclude each other."""

    form_class = CoverForm
    heading = _("What it covers")
    done = _("It covers something else from now on.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Whose spaces are offered."""
        return super().get_form_kwargs() | {"resource": self.object, "user": self.request.user}

    def change(self, form: Any, accept: set[tuple[str, int]]) -> ChangeResult:
        """The cells of all that is marked, and those that none of the offered things takes."""
        offered = [int(pk) for pk, _name in form.fields["spaces"].choices]
        # What it shares only with things that were not on offer (another unit's) isn't given up by leaving it unmarked.
        kept = Cell.objects.filter(covers__resource=self.object, exclusive=True).exclude(covers__resource__in=offered)
        marked = Cell.objects.filter(covers__resource__in=form.cleaned_data["spaces"], exclusive=True)
        covers = dict.fromkeys([*kept, *marked], 1)
        with transaction.atomic():
            if not covers:
                covers = {catalogue_services.new_cell(self.object): 1}
            result = services.change_cover(
                self.object, covers=covers, now=clock.now(), by=self.request.user, accept=accept
            )
            if not result.applied:
                transaction.set_rollback(True)
        return result


class StockForm(forms.Form):
    """How many there are."""

    quantity = forms.IntegerField(label=_("How many there are"), min_value=1, max_value=1_000_000)


class StockPage(_OfResource, ChangePage):
    """The stock of a counted thing."""

    form_class = StockForm
    heading = _("How many there are")
    done = _("The number holds from now on.")

    def get_initial(self) -> dict[str, Any]:
        """As it is."""
        return {"quantity": catalogue.quantities([self.object])[self.object.pk]}

    def change(self, form: Any, accept: set[tuple[str, int]]) -> ChangeResult:
        """Through the use case."""
        return services.change_stock(
            self.object,
            quantity=form.cleaned_data["quantity"],
            now=clock.now(),
            by=self.request.user,
            accept=accept,
        )


# --- closing and retiring --------------------------------------------------------------------------------------------


class CloseForm(forms.Form):
    """Time that nobody can have."""

    start = forms.DateTimeField(
        label=_("From"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    end = forms.DateTimeField(
        label=_("To"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label=_("Why"), max_length=150, help_text=_("Stands in the calendar, for everybody."))
    maintenance = forms.BooleanField(label=_("It is maintenance"), required=False)


class ClosePage(_OfResource, ChangePage):
    """Close a resource, and so all that shares its space. Granted time in between is displaced."""

    form_class = CloseForm
    template_name = "booking/occupancy/staff/close.html"
    heading = _("Close for a time")
    button_label = _("Close it")
    done = _("It is closed in that time.")

    def _wall(self, moment: datetime) -> datetime:
        """What was typed is the time on the wall of the resource, not of the server."""
        naive = timezone.make_naive(moment)
        return clock.wall(naive.date(), naive.time(), catalogue.zone(self.object))

    def change(self, form: Any, accept: set[tuple[str, int]]) -> ChangeResult:
        """Close it; when that displaces what wasn't on the list, undo all and show the list."""
        data = form.cleaned_data
        with transaction.atomic():
            start, end = self._wall(data["start"]), self._wall(data["end"])
            before = list(
                Occupancy.objects.filter(klass=Klass.CLAIM, block_start__lt=end, block_end__gt=start).order_by("start")
            )
            result = services.close_resource(
                self.object,
                start=start,
                end=end,
                reason=data["reason"],
                maintenance=data["maintenance"],
                now=clock.now(),
                by=self.request.user,
            )
            impact = displaced_rows(before, result.displaced)
            if not set(result.displaced) <= accept:
                transaction.set_rollback(True)
                return ChangeResult(False, impact)
        return ChangeResult(True, impact)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The closures that are coming."""
        rows = Closure.objects.filter(resource=self.object, end__gt=clock.now(), cancelled_at__isnull=True)
        tz = catalogue.zone(self.object)
        return super().get_context_data(**kwargs) | {
            "closures": [(row, row.start.astimezone(tz), row.end.astimezone(tz)) for row in rows.order_by("start")]
        }


def displaced_rows(rows: Iterable[Occupancy], causes: Sequence[tuple[str, int]]) -> list[Impact]:
    """Those of the rows whose causes lost their claim, each cause once, in the order of the rows."""
    wanted, seen, found = set(causes), set(), []
    for row in rows:
        cause = (row.cause_kind, row.cause_id)
        if cause in wanted and cause not in seen:
            seen.add(cause)
            found.append(Impact(*cause, row.resource_id, row.start, row.end, "displaced"))
    return found


class ReopenAct(_OfResource, ObjectAct):
    """Take a closure back: what it displaced is restored first."""

    def perform(self) -> str:
        """It must be a closure of this resource."""
        closure = Closure.objects.filter(pk=self.kwargs["closure"], resource=self.object).first()
        if closure is None:
            raise Http404
        result = services.reopen(closure, now=clock.now(), by=self.request.user)
        if not result.restored:
            return gettext("It is open again.")
        return gettext("It is open again. Restored: %(count)s.") % {"count": len(result.restored)}


class RetireForm(forms.Form):
    """Nothing to fill in; the button is the question."""


class RetirePage(_OfResource, ChangePage):
    """Lend it no more. Its history is kept."""

    form_class = RetireForm
    template_name = "booking/occupancy/staff/retire.html"
    heading = _("Lend it no more")
    button_label = _("Retire it")
    done = _("It is retired. Its history is kept.")

    def change(self, form: Any, accept: set[tuple[str, int]]) -> ChangeResult:
        """Through the use case."""
        return services.retire_resource(self.object, now=clock.now(), by=self.request.user, accept=accept)


def _is_counted(resource: Resource) -> bool:
    covers = list(resource.covers.select_related("cell"))
    return len(covers) == 1 and not covers[0].cell.exclusive


def _hidden(_thing: Any) -> bool:
    return False


for _page in (
    Page("hours/<int:pk>/", "hours", ResourceHoursPage, _("Opening hours")),
    Page("hours/<int:pk>/exception/", "exception", ResourceExceptionPage, _("Days with other hours")),
    Page("hours/<int:pk>/exception/<int:exception>/remove/", "remove_exception", RemoveResourceException, "", _hidden),
    Page("cover/<int:pk>/", "cover", CoverPage, _("What it covers"), lambda thing: not _is_counted(thing)),
    Page("stock/<int:pk>/", "stock", StockPage, _("How many there are"), _is_counted),
    Page("close/<int:pk>/", "close", ClosePage, _("Close for a time")),
    Page("close/<int:pk>/<int:closure>/reopen/", "reopen", ReopenAct, "", _hidden),
    Page("retire/<int:pk>/", "retire", RetirePage, _("Lend it no more")),
):
    resource_pages.register_page(_page)
for _page in (
    Page("hours/<int:pk>/", "hours", UnitHoursPage, _("Opening hours")),
    Page("hours/<int:pk>/exception/", "exception", UnitExceptionPage, _("Days with other hours")),
    Page("hours/<int:pk>/exception/<int:exception>/remove/", "remove_exception", RemoveUnitException, "", _hidden),
):
    unit_pages.register_page(_page)
