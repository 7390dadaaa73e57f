"""Making a round ready: what it is, places and hours, own use, dates without hours, rules."""

from __future__ import annotations

import secrets
from typing import Any

from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.catalogue.imports.reading import FileRefused
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from booking.foundation.text import form_key
from booking.seasons import own_use_files
from booking.seasons import wording_rounds as wording
from booking.seasons.models import RoundState
from booking.seasons.rules import typing_hours
from booking.seasons.selectors import offering
from booking.seasons.selectors.wishes import place_name
from booking.seasons.services import preparing
from booking.seasons.services.preparing import Week
from booking.seasons.staff.access import POLICY, seen, today
from booking.seasons.staff.common import RoundPage
from booking.seasons.staff.forms import BreakForm, OwnUseForm, PlaceForm, RoundForm


class NewPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A new round: copy last season in one press, or a blank one."""

    permission_policy = POLICY
    permission_required = "add"
    template_name = "booking/seasons/staff/new.html"
    page_title = _("New round")
    header_icon = "calendar-check"
    form: RoundForm | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse("booking_seasons:index"), "label": gettext("Season rounds")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, and earlier rounds to copy."""
        initial = {"officer": str(self.request.user.pk)}
        return super().get_context_data(**kwargs) | {
            "form": self.form or RoundForm(user=self.request.user, initial=initial),
            "old": list(seen(self.request.user).exclude(state=RoundState.PREPARING).order_by("-season_start")[:5]),
            "key": self.request.POST.get("key") or secrets.token_urlsafe(16),
            "back_url": reverse("booking_seasons:index"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make it, or show what is wrong."""
        self.form = form = RoundForm(request.POST, user=request.user)
        if form.is_valid():
            try:
                made = preparing.create_round(
                    form.spec(), unit=form.units[form.cleaned_data["unit"]], by=request.user, now=clock.now(),
                    submission_key=form_key(request.POST.get("key")),
                )  # fmt: skip
            except DomainError as error:
                form.show(error)
            else:
                messages.success(request, gettext("The round is made. Choose the places next."))
                return redirect("booking_seasons:places", made.pk)
        return self.render_to_response(self.get_context_data(), status=400)


class SetupPage(RoundPage):
    """A page of the set-up: its form, and what to do with it. 404 is the scope's business, 403 the policy's."""

    permission_required = "run"
    tab = "setup"
    section = ""

    #: Pages of the set-up, in order.
    SECTIONS = (
        ("setup", _("Name and dates")),
        ("places", _("Places and hours")),
        ("own_use", _("Own use first")),
        ("breaks", _("Dates without hours")),
        ("rules", _("Rules")),
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the way between the pages of the set-up."""
        return super().get_context_data(**kwargs) | {
            "sections": [
                (label, reverse(f"booking_seasons:{name}", args=[self.object.pk]), name == self.section)
                for name, label in self.SECTIONS
            ],
            "needs_reason": self.object.state != RoundState.PREPARING,
            # Said before anybody types, not after: names and dates move on, what is shared out doesn't.
            "frozen": self.section != "setup" and self.object.state not in preparing.OFFER_MOVES,
            "reason": self.request.POST.get("reason", ""),
        }

    def version(self) -> int | None:
        """The version that the reader looked at."""
        sent = self.request.POST.get("version", "")
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None

    def facts(self) -> dict[str, Any]:
        """What every service is told."""
        return {"by": self.request.user, "now": clock.now(), "if_version": self.version()}

    def done(self, words: str) -> HttpResponse:
        """Said, and on to the next page of a round that is being prepared."""
        messages.success(self.request, words)
        names = [name for name, _label in self.SECTIONS]
        at = names.index(self.section)
        if self.object.state == RoundState.PREPARING and at + 1 < len(names):
            return redirect(f"booking_seasons:{names[at + 1]}", self.object.pk)
        return redirect("booking_seasons:inspect", self.object.pk)

    def again(self, error: DomainError | None = None) -> HttpResponse:
        """With what was typed and what is wrong."""
        context = self.get_context_data()
        if error is not None:
            context["refusal"] = error.text
            context["faults"] = list(dict.fromkeys(one.text for one in error.errors if one.text != error.text))
        return self.render_to_response(context, status=error.status if error is not None else 400)


class BasicsPage(SetupPage):
    """Name, dates, who answers and adopts."""

    section = "setup"
    heading = _("Name and dates")
    template_name = "booking/seasons/staff/setup.html"
    form: RoundForm | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, with what stands there or as it was refused."""
        return super().get_context_data(**kwargs) | {
            "form": self.form or RoundForm(user=self.request.user, round=self.object)
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Correct it, or show what is wrong."""
        self.form = form = RoundForm(request.POST, user=request.user, round=self.object)
        if form.is_valid():
            try:
                preparing.change_round(
                    self.object, form.spec(), reason=form.cleaned_data.get("reason", ""), **self.facts()
                )
            except DomainError as error:
                form.show(error)
            else:
                return self.done(gettext("Saved."))
        return self.again()


class PlacesPage(SetupPage):
    """Which halls and parts, and which hours of the week."""

    section = "places"
    heading = _("Places and hours")
    template_name = "booking/seasons/staff/places.html"

    @cached_property
    def forms(self) -> list[tuple[Any, PlaceForm]]:
        """A form for each thing that could be shared out."""
        there = {one.resource_id: one for one in self.object.places.prefetch_related("hours")}
        found = []
        things = offering.choosable(self.object, today())
        ids = {one.pk for one in things}
        for thing in things:
            place = there.get(thing.pk)
            is_part = thing.parent_id in ids
            weekly: dict[int, list[tuple[int, int]]] = {}
            spans: Any = []
            if place is not None:
                spans = [(one.weekday, one.start, one.end) for one in place.hours.all()]
            elif not is_part:
                spans = offering.opening_spans(thing)
            for day, start, end in spans:
                weekly.setdefault(day, []).append((start, end))
            form = PlaceForm(
                self.request.POST if self.request.method == "POST" else None, prefix=f"p{thing.pk}",
                initial={"chosen": place is not None}, is_part=is_part,
                weekly={day: typing_hours.show(rows) for day, rows in weekly.items()},
            )  # fmt: skip
            found.append((thing, form))
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """All things, wholes with their parts below."""
        return super().get_context_data(**kwargs) | {"forms": self.forms}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Store what is chosen, or show what is wrong."""
        if not all(form.is_valid() for _thing, form in self.forms):
            return self.again()
        places = {
            thing.pk: [
                Week(day, start, end) for day in range(7) for start, end in form.cleaned_data.get(f"day_{day}") or []
            ]
            for thing, form in self.forms
            if form.cleaned_data["chosen"]
        }
        try:
            preparing.set_places(self.object, places, reason=request.POST.get("reason", ""), **self.facts())
        except DomainError as error:
            return self.again(error)
        return self.done(gettext("Places and hours are saved."))


class _RowsPage(SetupPage):
    """Rows in a form set."""

    @cached_property
    def rows(self) -> Any:
        """The form set, with what stands there or what came."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows."""
        return super().get_context_data(**kwargs) | {"rows": self.rows}


class OwnUsePage(_RowsPage):
    """What the municipality needs itself, set aside before anybody wishes."""

    section = "own_use"
    heading = _("Own use first")
    template_name = "booking/seasons/staff/own_use.html"
    #: What a file held: (how many rows came, what can't be used).
    from_file: tuple[int, list[tuple[int, str]]] | None = None

    @cached_property
    def names(self) -> dict[int, str]:
        """The round's places by id."""
        return {
            one.resource_id: place_name(one.resource) for one in self.object.places.select_related("resource__parent")
        }

    @cached_property
    def rows(self) -> Any:
        """One row for each use, and some empty ones."""
        initial = [
            {
                "place": str(place.resource_id), "weekday": use.weekday, "what": use.what,
                "hours": typing_hours.show([(use.start, use.end)]),
            }
            for place in self.object.places.prefetch_related("own_uses") for use in place.own_uses.all()
        ]  # fmt: skip
        made = formset_factory(OwnUseForm, extra=4, max_num=2000, absolute_max=2000)
        choices = [(str(pk), name) for pk, name in self.names.items()]
        return made(
            self.request.POST if self.request.method == "POST" else None, initial=initial, prefix="own",
            form_kwargs={"places": choices},
        )  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what stands in agreements and calendars already."""
        return super().get_context_data(**kwargs) | {
            "suggestions": [
                (one, f"{self.names[one.resource]}, {wording.span_words(one.weekday, one.start, one.end)}: {one.what}")
                for one in offering.own_use_suggestions(self.object, today())
                if one.resource in self.names
            ],
            "ticked": set(self.request.POST.getlist("suggestion")),
            "places": list(self.names.items()),
            "usual": self.request.POST.get("usual", ""),
            "from_file": self.from_file,
        }

    def read_file(self) -> HttpResponse:
        """The rows of a file below those that stand there, to be looked at. Nothing is saved yet."""
        sent = self.request.FILES.get("file")
        usual = self.request.POST.get("usual", "")
        place = int(usual) if usual.isascii() and usual.isdigit() and len(usual) < 18 else None
        try:
            if sent is None:
                raise FileRefused(gettext("Choose a file."))
            if (sent.size or 0) > own_use_files.MAX_BYTES:
                raise FileRefused(gettext("The file is too big: at most 2 megabytes."))
            found = own_use_files.read(
                sent.name or "", sent.read(), places=self.names, usual=place if place in self.names else None,
                season_start=self.object.season_start, today=today(), tz=booking_settings().tz,
            )  # fmt: skip
        except FileRefused as error:
            self.from_file = (0, [(0, str(error))])
            return self.render_to_response(self.get_context_data(), status=400)
        posted = self.request.POST.copy()
        names = ("place", "weekday", "hours", "what")
        rows = [{name: _typed(row[name].value()) for name in names} for row in self.rows]
        fields = [row for row in rows if any(row.values())]
        there = {(row["place"], row["weekday"], row["hours"]) for row in fields}
        before = len(fields)
        for one in found.uses:
            hours = typing_hours.show([(one.start, one.end)])
            if (str(one.place or ""), str(one.weekday), hours) not in there:
                fields.append(
                    {"place": str(one.place or ""), "weekday": str(one.weekday), "hours": hours, "what": one.what}
                )
        posted["own-TOTAL_FORMS"] = str(len(fields))
        for number, row in enumerate(fields):
            for name, value in row.items():
                posted[f"own-{number}-{name}"] = value
        self.from_file = (len(fields) - before, found.faults)
        made = formset_factory(OwnUseForm, max_num=2000, absolute_max=2000)
        choices = [(str(pk), name) for pk, name in self.names.items()]
        self.rows = made(posted, prefix="own", form_kwargs={"places": choices})
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Store the rows, and the suggestions that were ticked."""
        if request.POST.get("act") == "read":
            return self.read_file()
        if not self.rows.is_valid():
            return self.again()
        uses: dict[int, list[Week]] = {}
        for row in self.rows.cleaned_data:
            if row.get("place"):
                for start, end in row["hours"]:
                    uses.setdefault(int(row["place"]), []).append(Week(row["weekday"], start, end, row["what"]))
        ticked = set(request.POST.getlist("suggestion"))
        for one in offering.own_use_suggestions(self.object, today()):
            if one.key in ticked:
                uses.setdefault(one.resource, []).append(Week(one.weekday, one.start, one.end, one.what))
        try:
            preparing.set_own_use(self.object, uses, reason=request.POST.get("reason", ""), **self.facts())
        except DomainError as error:
            return self.again(error)
        return self.done(gettext("Own use is saved."))


def _typed(value: Any) -> str:
    return "" if value is None else str(value)


class BreaksPage(_RowsPage):
    """Holidays and other dates without hours."""

    section = "breaks"
    heading = _("Dates without hours")
    template_name = "booking/seasons/staff/breaks.html"

    @cached_property
    def rows(self) -> Any:
        """One row for each, and some empty ones."""
        initial = [{"start": one.start, "end": one.end, "why": one.why} for one in self.object.breaks.all()]
        made = formset_factory(BreakForm, extra=3, max_num=100, absolute_max=200)
        return made(self.request.POST if self.request.method == "POST" else None, initial=initial, prefix="break")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the school holidays that aren't there yet."""
        return super().get_context_data(**kwargs) | {
            "suggestions": [
                (one, f"{one.start:%Y-%m-%d}", wording.HOLIDAYS[one.kind])
                for one in offering.break_suggestions(self.object)
            ]
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Store them."""
        if not self.rows.is_valid():
            return self.again()
        breaks = [
            (row["start"], row.get("end") or row["start"], row.get("why", ""))
            for row in self.rows.cleaned_data
            if row.get("start")
        ]
        ticked = set(request.POST.getlist("suggestion"))
        breaks += [
            (one.start, one.end, str(wording.HOLIDAYS[one.kind]))
            for one in offering.break_suggestions(self.object)
            if f"{one.start:%Y-%m-%d}" in ticked
        ]
        try:
            preparing.set_breaks(self.object, breaks, **self.facts())
        except DomainError as error:
            return self.again(error)
        return self.done(gettext("The dates are saved."))
