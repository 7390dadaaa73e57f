"""Writing works down: places, dates, why; the rest folds away (notice-rules.md)."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.catalogue.models import Resource, ResourceState, Unit
from booking.catalogue.staff.access import unit_ids
from booking.catalogue.staff.views import ObjectPage
from booking.foundation import clock, text
from booking.foundation.clock import wall
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, Invalid
from booking.foundation.i18n import localized
from booking.works import selectors, services, wording
from booking.works.models import Confidence, Haste, Impact, PeriodKind, Works, WorksState
from booking.works.public import view
from booking.works.services import PeriodSpec, TargetSpec, WorksSpec
from booking.works.services.affected import look
from booking.works.services.common import PLANNING_ROLES
from booking.works.staff import mapping
from booking.works.staff.access import POLICY

#: The hours of a working day, until somebody says otherwise.
BEGINS, ENDS = time(7), time(15)
#: So many of those affected are named while one types.
SHOWN = 12


def place_choices(units: Any = None) -> list[tuple[str, Any]]:
    """Everything that can be hit, by what it lies in: areas and venues first, then rooms and equipment."""
    rows = list(Resource.objects.exclude(state=ResourceState.RETIRED).select_related("parent").order_by("name", "pk"))
    kinds = [("area", _("Areas")), ("venue", _("Premises")), ("equipment", _("Equipment")), ("help", _("Help"))]
    found: list[tuple[str, Any]] = []
    for kind, label in kinds:
        listed = sorted(((str(one.pk), _place(one)) for one in rows if one.kind == kind), key=lambda pair: pair[1])
        if listed:
            found.append((str(label), listed))
    return found


def _place(one: Resource) -> str:
    name = str(localized(one, "name"))
    return f"{localized(one.parent, 'name')}: {name}" if one.parent is not None else name


class WorksForm(forms.Form):
    """What works are. Only title, places, dates and reason are needed."""

    unit = forms.ChoiceField(label=_("Unit"))
    title = forms.CharField(
        label=_("What is done?"),
        max_length=150,
        help_text=_("In a few words, such as “New water pipe across Elvesletta”."),
        error_messages={"required": _("Write what is done.")},
    )
    places = forms.MultipleChoiceField(
        label=_("Where?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick every place that is touched. What lies in it is touched too."),
    )
    first_day = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Write the first day.")},
    )
    begins = forms.TimeField(
        label=_("From"), initial=BEGINS, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    last_day = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("When the place can be used again: restoring the ground counts."),
        error_messages={"required": _("Write the last day.")},
    )
    ends = forms.TimeField(
        label=_("Until"), initial=ENDS, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    reason = forms.CharField(
        label=_("Why?"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write why.")},
    )
    impact = forms.ChoiceField(label=_("What is felt?"), choices=Impact.choices, initial=Impact.CLOSED)
    haste = forms.ChoiceField(
        label=_("How soon?"),
        choices=[one for one in Haste.choices if one[0] != Haste.EMERGENCY],
        required=False,
        help_text=_("For danger to life, health or property use “Emergency”."),
    )
    restoring_from = forms.DateField(
        label=_("From this day on the ground is restored"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    services_off = forms.BooleanField(
        label=_("Only water, power or the like is off, at most four hours"), required=False
    )
    season_lost = forms.BooleanField(label=_("Somebody loses their season"), required=False)
    why_here = forms.CharField(
        label=_("Why here?"), required=False, max_length=text.MESSAGE, widget=forms.Textarea(attrs={"rows": 2})
    )
    why_now = forms.CharField(
        label=_("Why now?"), required=False, max_length=text.MESSAGE, widget=forms.Textarea(attrs={"rows": 2})
    )
    start_certain = forms.BooleanField(label=_("The first day is certain"), required=False)
    end_certain = forms.BooleanField(label=_("The last day is certain"), required=False)
    contact_name = forms.CharField(label=_("Contact person"), required=False, max_length=150)
    contact_phone = forms.CharField(label=_("Phone"), required=False, max_length=30)
    contact_email = forms.EmailField(label=_("E-mail"), required=False)
    footprint = forms.CharField(
        label=_("Area of the works (GeoJSON)"),
        required=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("From your map program, in WGS84. You can leave it out: ticking the places is enough."),
    )
    notify_area = forms.CharField(
        label=_("Area that feels it (GeoJSON)"),
        required=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    buffer_m = forms.IntegerField(
        label=_("Felt so far around it, metres"), required=False, initial=30, min_value=0, max_value=5000
    )
    why = forms.CharField(
        label=_("Why is it changed?"),
        required=False,
        max_length=text.GROUNDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Those affected read it."),
    )

    #: What folds away, and which fields stand in it.
    FOLDED = (
        "impact", "haste", "restoring_from", "services_off", "season_lost", "why_here", "why_now", "start_certain",
        "end_certain", "contact_name", "contact_phone", "contact_email", "footprint", "notify_area", "buffer_m",
    )  # fmt: skip
    _NAMES = {
        "window_start": "first_day",
        "window_end": "last_day",
        "targets": "places",
        "periods": "restoring_from",
        "start_confidence": "start_certain",
        "end_confidence": "end_certain",
    }

    def __init__(self, *args: Any, user: Any, works: Works | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.filter(pk__in=unit_ids(user, PLANNING_ROLES), active=True).order_by("name")
        unit: Any = self.fields["unit"]
        places: Any = self.fields["places"]
        unit.choices = [(str(one.pk), str(localized(one, "name"))) for one in units]
        places.choices = place_choices()
        if works is not None:
            del self.fields["unit"]
        if works is None or view.version_of(works).announced_at is None:
            del self.fields["why"]

    def folded(self) -> list[Any]:
        """The fields that fold away."""
        return [self[name] for name in self.FOLDED]

    def unfolds(self) -> bool:
        """Something in there was filled in wrongly."""
        return any(name in self.errors for name in self.FOLDED)

    def spec(self) -> WorksSpec:
        """What the service stores. Raises ``Invalid``."""
        given, tz = self.cleaned_data, booking_settings().tz
        start = wall(given["first_day"], given["begins"], tz)
        end = _end(given["last_day"], given["ends"], tz)
        resources = Resource.objects.in_bulk([int(pk) for pk in given["places"]])
        return WorksSpec(
            title=given["title"],
            reason=given["reason"],
            window_start=start,
            window_end=end,
            targets=[TargetSpec(resources[pk], given["impact"]) for pk in sorted(resources)],
            periods=_periods(start, end, given.get("restoring_from"), tz),
            impact=given["impact"],
            why_here=given["why_here"],
            why_now=given["why_now"],
            start_confidence=Confidence.CERTAIN if given["start_certain"] else Confidence.ESTIMATED,
            end_confidence=Confidence.CERTAIN if given["end_certain"] else Confidence.ESTIMATED,
            footprint=mapping.read_outline(given["footprint"], "footprint"),
            notify_area=mapping.read_outline(given["notify_area"], "notify_area"),
            buffer_m=30 if given["buffer_m"] is None else given["buffer_m"],
            haste=given["haste"],
            services_off=given["services_off"],
            season_lost=given["season_lost"],
            contact_name=given["contact_name"],
            contact_phone=given["contact_phone"],
            contact_email=given["contact_email"],
        )

    def show(self, error: DomainError) -> None:
        """Put a refusal at the field it names; what is about no field stands on top."""
        if not error.errors:
            self.add_error(None, error.text)
        for fault in error.errors:
            name = str(fault.loc[0]) if fault.loc else ""
            name = self._NAMES.get(name, name)
            self.add_error(name if name in self.fields else None, fault.text)


def _end(day: date, at: time, tz: Any) -> datetime:
    """Midnight as an end is the end of that day."""
    if at == time():
        return clock.day_bounds(day, tz).end
    return wall(day, at, tz)


def _periods(start: datetime, end: datetime, restoring: date | None, tz: Any) -> list[PeriodSpec]:
    """One time, or two when the ground is restored at the end."""
    if restoring is None:
        return []
    turn = wall(restoring, start.astimezone(tz).time(), tz)
    if not start < turn < end:
        raise Invalid("outside_window", _("This must lie between the first day and the last."), loc=("restoring_from",))
    return [PeriodSpec(start, turn), PeriodSpec(turn, end, PeriodKind.RESTORING)]


def initial_of(works: Works) -> dict[str, Any]:
    """The form's fields as they stand."""
    version, tz = view.version_of(works), booking_settings().tz
    start, end = version.window_start.astimezone(tz), version.window_end.astimezone(tz)
    last = end.date()
    if end.time() == time():
        last = (version.window_end - timedelta(minutes=1)).astimezone(tz).date()
    restoring = [one for one in version.periods.all() if one.kind == PeriodKind.RESTORING]
    return {
        "title": version.title,
        "places": [str(one.resource_id) for one in version.targets.all()],
        "first_day": start.date(),
        "begins": start.time(),
        "last_day": last,
        "ends": end.time(),
        "reason": version.reason,
        "impact": version.impact,
        "haste": version.haste,
        "restoring_from": restoring[0].start.astimezone(tz).date() if restoring else None,
        "services_off": version.services_off,
        "season_lost": version.season_lost,
        "why_here": version.why_here,
        "why_now": version.why_now,
        "start_certain": version.start_confidence == Confidence.CERTAIN,
        "end_certain": version.end_confidence == Confidence.CERTAIN,
        "contact_name": version.contact_name,
        "contact_phone": version.contact_phone,
        "contact_email": version.contact_email,
        "footprint": json.dumps(version.footprint) if version.footprint else "",
        "notify_area": json.dumps(version.notify_area) if version.notify_area else "",
        "buffer_m": version.buffer_m,
    }


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be affected, and by when they must be told."""

    category: str
    latest: datetime | None
    late: bool
    consultation_days: int
    rows: list[dict[str, Any]]
    more: int
    windows: list[Any]


def preview(spec: WorksSpec, *, unit: Unit, by: Any, now: datetime) -> Preview:
    """Write it down, look, and take it back: the same code that will say it for good. Raises ``DomainError``."""
    with transaction.atomic():
        made = services.draft_works(unit=unit, spec=spec, by=by, now=now)
        version = view.version_of(made)
        rows = list(look(made, now=now).rows.select_related("party__organisation", "party__user", "party__report"))
        rows.sort(key=lambda row: (not row.direct, row.requirement.get("latest_notice") or ""))
        found = Preview(
            category=str(version.get_category_display()),
            latest=_earliest([_moment(version.requirement), *(_moment(row.requirement) for row in rows)]),
            late=False,
            consultation_days=int(version.requirement.get("consultation_days") or 0),
            rows=[
                {
                    "name": wording.party_name(row.party),
                    "direct": row.direct,
                    "why": wording.evidence_words(row),
                    "latest": _moment(row.requirement),
                }
                for row in rows[:SHOWN]
            ],
            more=max(0, len(rows) - SHOWN),
            windows=services.book_around(made, now=now, most=3) if any(row.direct for row in rows) else [],
        )
        transaction.set_rollback(True)
    return Preview(
        found.category, found.latest, found.latest is not None and found.latest < now, found.consultation_days,
        found.rows, found.more, found.windows,
    )  # fmt: skip


def _moment(requirement: Any) -> datetime | None:
    value = requirement.get("latest_notice")
    return datetime.fromisoformat(value) if value else None


def _earliest(moments: list[datetime | None]) -> datetime | None:
    return min(filter(None, moments), default=None)


class PreviewPage(PermissionCheckedMixin, View):
    """The piece of the form that shows who would be affected; asked for by htmx while one types. Stores nothing."""

    permission_policy = POLICY
    permission_required = "add"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What can't be read yet shows what is missing, without a fault."""
        form = WorksForm(request.POST, user=request.user)
        for name in ("title", "reason"):
            form.fields[name].required = False
        return render(request, "booking/works/staff/_preview.html", {"preview": previewed(form, request.user)})


def previewed(form: WorksForm, user: Any) -> Preview | None:
    """The preview of a form that is filled in far enough; None otherwise."""
    if not form.is_valid():
        return None
    form.cleaned_data["title"] = form.cleaned_data["title"] or "–"
    form.cleaned_data["reason"] = form.cleaned_data["reason"] or "–"
    unit = Unit.objects.filter(pk=form.cleaned_data.get("unit") or 0).first()
    if unit is None:
        return None
    try:
        return preview(form.spec(), unit=unit, by=user, now=clock.now())
    except DomainError:
        return None


class NewPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """New works, as a draft."""

    # Without it Wagtail's mixin asks nobody.
    permission_policy = POLICY
    permission_required = "add"
    template_name = "booking/works/staff/form.html"
    page_title = _("New works")
    header_icon = "warning"
    form: WorksForm | None = None
    preview: Preview | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse("booking_works:index"), "label": gettext("Works")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was refused."""
        return super().get_context_data(**kwargs) | {
            "form": self.form or WorksForm(user=self.request.user),
            "preview": self.preview,
            "outlines": mapping.outlines(),
            "key": self.request.POST.get("key") or secrets.token_urlsafe(16),
            "back_url": reverse("booking_works:index"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it down, or show what is wrong, or only who would be affected."""
        self.form = form = WorksForm(request.POST, user=request.user)
        status = 400
        if form.is_valid():
            unit = Unit.objects.get(pk=form.cleaned_data["unit"])
            try:
                if request.POST.get("act") == "preview":
                    self.preview = preview(form.spec(), unit=unit, by=request.user, now=clock.now())
                    return self.render_to_response(self.get_context_data())
                made = services.draft_works(
                    unit=unit,
                    spec=form.spec(),
                    by=request.user,
                    now=clock.now(),
                    submission_key=request.POST.get("key", "")[:64] or None,
                )
                services.find_affected(made, now=clock.now(), by=request.user)
            except DomainError as error:
                form.show(error)
                status = error.status
            else:
                messages.success(request, gettext("It is written down as a draft. Nobody else sees it yet."))
                return redirect("booking_works:inspect", made.pk)
        return self.render_to_response(self.get_context_data(), status=status)


class ChangePage(ObjectPage, TemplateView):
    """Change works. What was announced gets a new version, and those it touches are told."""

    permission_required = "plan"
    namespace = "booking_works"
    list_label = _("Works")
    heading = _("Change the works")
    template_name = "booking/works/staff/form.html"
    form: WorksForm | None = None
    new_case = False

    def get_base_object_queryset(self) -> Any:
        """With what the form shows."""
        return selectors.with_all(Works.objects.all())

    def _moved(self) -> dict[str, Any]:
        """Other days, from a window that is free: ?from=2026-06-01T07:00&to=..."""
        found: dict[str, Any] = {}
        for name, day, at in (("from", "first_day", "begins"), ("to", "last_day", "ends")):
            try:
                moment = datetime.fromisoformat(self.request.GET.get(name, "")[:16])
            except ValueError:
                continue
            found |= {day: moment.date(), at: moment.time()}
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, with what stands there or as it was refused."""
        initial = initial_of(self.object) | self._moved()
        return super().get_context_data(**kwargs) | {
            "form": self.form or WorksForm(user=self.request.user, works=self.object, initial=initial),
            "works": self.object,
            "outlines": mapping.outlines(),
            "announced": view.version_of(self.object).announced_at is not None,
            "new_case": self.new_case,
            "postponed": self.object.state == WorksState.POSTPONED,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change it, or show what is wrong."""
        self.form = form = WorksForm(request.POST, user=request.user, works=self.object)
        sent = request.POST.get("version", "")
        status = 400
        if form.is_valid():
            number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None
            try:
                if request.POST.get("act") == "continue":
                    return self._go_on(form, number)
                services.revise_works(
                    self.object,
                    spec=form.spec(),
                    by=request.user,
                    now=clock.now(),
                    why=form.cleaned_data.get("why", ""),
                    if_version=number,
                )
                services.find_affected(self.object, now=clock.now(), by=request.user)
            except DomainError as error:
                form.show(error)
                self.new_case = error.code == "new_case"
                status = error.status
            else:
                messages.success(request, gettext("It is changed."))
                return redirect(self.object_url())
        return self.render_to_response(self.get_context_data(), status=status)

    def _go_on(self, form: WorksForm, number: int | None) -> HttpResponse:
        """Put off by more than a year: what was typed becomes new works, and these are postponed. One press."""
        made = services.continue_works(
            self.object,
            spec=form.spec(),
            by=self.request.user,
            now=clock.now(),
            why=form.cleaned_data.get("why", ""),
            if_version=number,
        )
        services.find_affected(made, now=clock.now(), by=self.request.user)
        messages.success(self.request, gettext("It is written down as new works. The old ones are postponed."))
        return redirect("booking_works:inspect", made.pk)
