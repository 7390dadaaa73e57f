""" "Move …": the officer proposes another time or place for a date. What it would meet is shown before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from booking.cases import services
from booking.cases.access import DECIDING_ROLES
from booking.cases.models import Line, LineState
from booking.cases.services import Wish
from booking.cases.services.proposing import MOVABLE
from booking.cases.staff import words
from booking.cases.staff.access import cases_decided
from booking.cases.wanting import wanted_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState
from booking.catalogue.staff.access import today, unit_ids
from booking.catalogue.staff.forms import DateInput, TimeInput
from booking.foundation import clock, text
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words
from booking.occupancy import selectors as occupancy

#: So many free times are offered beside the one that was chosen.
_FREE = 5


class MoveForm(forms.Form):
    """Where to, on the wall clock of the place; why; and until when they may think about it."""

    day = forms.DateField(label=_("Day"), widget=DateInput())
    start = forms.TimeField(label=_("From"), widget=TimeInput())
    end = forms.TimeField(label=_("To"), widget=TimeInput())
    resource = forms.TypedChoiceField(label=_("Where"), coerce=int)
    why = forms.CharField(
        label=_("Why"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They read it together with the proposal."),
    )
    reply_by = forms.DateField(
        label=_("They answer by"),
        widget=DateInput(),
        help_text=_("If they say no, or nothing, it stays as it is."),
    )

    def __init__(self, *args: Any, places: Sequence[Resource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["resource"]
        field.choices = [(one.pk, str(localized(one, "name"))) for one in places]


class MovePage(WagtailAdminTemplateMixin, FormView):
    """One date of a case that one may decide. 404 for any other."""

    template_name = "booking/days/staff/move.html"
    form_class = MoveForm
    page_title = _("Propose another time")
    header_icon = "calendar-alt"
    _show_breadcrumbs = True
    request: HttpRequest
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Asked first, whatever the method."""
        self.request, self.kwargs = request, kwargs
        self.line  # noqa: B018 - raises 404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    @cached_property
    def line(self) -> Line:
        """A date that can be moved, of a case that the person may decide."""
        rows = Line.objects.filter(case__in=cases_decided(self.request.user), state__in=MOVABLE)
        found = (
            rows.select_related("resource", "case__organisation", "case__requester", "case__unit")
            .filter(pk=self.kwargs["pk"])
            .first()
        )
        if found is None:
            raise Http404
        return found

    @cached_property
    def places(self) -> list[Resource]:
        """Things of the same kind that the person's units lend, the date's own place first."""
        rows = Resource.objects.filter(
            unit__in=unit_ids(self.request.user, DECIDING_ROLES), kind=self.line.resource.kind
        ).exclude(state=ResourceState.RETIRED)
        others = [one for one in rows.order_by("name") if one.pk != self.line.resource_id]
        return [self.line.resource, *others]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The timeline, the case, this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("booking_timeline:index"), "label": gettext("Timeline")},
            {"url": self.case_url(), "label": self.line.case.reference},
            {"url": "", "label": self.get_page_title()},
        ]

    def case_url(self) -> str:
        """The case's page."""
        return reverse("booking_cases:inspect", args=[self.line.case_id])

    def get_form_kwargs(self) -> dict[str, Any]:
        """The places on offer."""
        return super().get_form_kwargs() | {"places": self.places}

    def get_initial(self) -> dict[str, Any]:
        """As it is, moved to where the address says: a bar that was let go, or a free time that was chosen."""
        asked, tz = self.request.GET, catalogue.zone(self.line.resource)
        start, end = clock.local(self.line.start, tz), clock.local(self.line.end, tz)
        length = end - start
        day = _read(date.fromisoformat, asked.get("day", "")) or start.date()
        begins = _read(time.fromisoformat, asked.get("start", "")) or start.time()
        ends = _read(time.fromisoformat, asked.get("end", ""))
        if ends is None:
            ends = (datetime.combine(day, begins.replace(tzinfo=None)) + length).time()
        raw = asked.get("resource", "")
        known = {str(one.pk) for one in self.places}
        place = int(raw) if raw in known else self.line.resource_id
        now = clock.now()
        wanted = clock.wall(min(max(day, date(1970, 1, 2)), date(2090, 1, 1)), begins.replace(tzinfo=None), tz)
        reply_by = services.reply_by_default(min(self.line.start, max(wanted, now)), now)
        return {
            "day": day, "start": begins.strftime("%H:%M"), "end": ends.strftime("%H:%M"), "resource": place,
            "reply_by": reply_by,
        }  # fmt: skip

    def wish(self, data: dict[str, Any]) -> Wish:
        """What the form says, in UTC. An end that isn't after the start is on the next day."""
        place = next(one for one in self.places if one.pk == data["resource"])
        tz = catalogue.zone(place)
        last = data["day"] if data["end"] > data["start"] else data["day"] + timedelta(days=1)
        start, end = clock.wall(data["day"], data["start"], tz), clock.wall(last, data["end"], tz)
        return Wish(self.line.number, start, end, place, None, why=data.get("why", ""))

    def form_valid(self, form: Any) -> HttpResponse:
        """Look at it, or send it."""
        if self.request.POST.get("act") != "send":
            return self.render_to_response(self.get_context_data(form=form))
        try:
            case = services.propose_move(
                self.line.case,
                self.wish(form.cleaned_data),
                reply_by=form.cleaned_data["reply_by"],
                by=self.request.user,
                now=clock.now(),
            )
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        messages.success(
            self.request,
            gettext("The proposal is on its way. Until they have said yes, %(reference)s stands as it is.")
            % {"reference": case.reference},
        )
        return redirect(self.case_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The date as it is, and what the chosen time would meet."""
        context = super().get_context_data(**kwargs)
        form, line, now = context["form"], self.line, clock.now()
        tz = catalogue.zone(line.resource)
        return context | {
            "line": line,
            "case": line.case,
            "who": words.who(line.case),
            "place": localized(line.resource, "name"),
            "when": when_words(line.start, line.end, tz, today=today()),
            "granted": line.state == LineState.GRANTED,
            "case_url": self.case_url(),
            "outlook": self.outlook(form, now),
        }

    def outlook(self, form: MoveForm, now: datetime) -> dict[str, Any] | None:
        """The rules' verdicts on the chosen time and what is free near it; None while there is nothing new to judge."""
        data = _values(form)
        if data is None:
            return None
        wish = self.wish(data)
        same = (wish.start, wish.end, wish.resource) == (self.line.start, self.line.end, self.line.resource)
        try:
            found = services.outlook_of_move(self.line, wish, now=now)
        except DomainError as error:
            return {"error": error.text, "verdicts": [], "free": [], "same": same}
        judgement = found.judged.judgement
        verdicts = [*judgement.request, *judgement.lines.get(self.line.number, ())]
        place = wish.resource or self.line.resource
        return {
            "error": "",
            "same": same,
            "taken": found.taken,
            "when": when_words(wish.start, wish.end, catalogue.zone(place), today=today()),
            "place": localized(place, "name"),
            "verdicts": [] if same else verdicts,
            "free": self.free(wish, now),
        }

    def free(self, wish: Wish, now: datetime) -> list[tuple[str, str]]:
        """(address, words): really free times near the chosen one, each a click that fills the form."""
        then = Line(
            pk=self.line.pk, resource=wish.resource, quantity=self.line.quantity, start=wish.start, end=wish.end,
            setup_minutes=self.line.setup_minutes, teardown_minutes=self.line.teardown_minutes,
        )  # fmt: skip
        places = {one.pk: one for one in self.places}
        found = occupancy.alternatives_many(
            wanted_of([then]), now=now, limit=_FREE, candidates=list(places.values())[:100]
        ).get(self.line.pk, [])
        links = []
        for one in found:
            place = places.get(one.resource_id)
            if place is None:
                continue
            tz = catalogue.zone(place)
            start, end = clock.local(one.start, tz), clock.local(one.end, tz)
            address = f"?day={start:%Y-%m-%d}&start={start:%H:%M}&end={end:%H:%M}&resource={place.pk}"
            links.append((address, f"{localized(place, 'name')}, {when_words(one.start, one.end, tz, today=today())}"))
        return links


def _read(parse: Any, raw: str) -> Any:
    try:
        return parse(raw) if raw else None
    except ValueError:
        return None


def _values(form: MoveForm) -> dict[str, Any] | None:
    """Day, times and place, as typed or as filled in; None when one of them can't be read."""
    if form.is_bound:
        form.is_valid()
        data = dict(form.cleaned_data)
    else:
        first = form.initial
        data = {
            "day": first["day"],
            "start": time.fromisoformat(first["start"]),
            "end": time.fromisoformat(first["end"]),
            "resource": first["resource"],
        }
    return data if all(data.get(name) is not None for name in ("day", "start", "end", "resource")) else None
