"""Calendars of others in the CMS admin: the list, a page each, adding and trying, what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from booking.calendars.incoming import selectors, services, wording
from booking.calendars.incoming.access import NAMESPACE, POLICY, kept
from booking.calendars.incoming.lines.staff import LinesPage
from booking.calendars.incoming.models import BlockState, CalendarSource, ImportedBlock, SourceEvent, SourceMode
from booking.calendars.incoming.reading import MAX_BYTES
from booking.catalogue.models import Resource, ResourceState, Unit
from booking.catalogue.staff.access import KEEPERS, is_keeper, unit_ids
from booking.catalogue.staff.views import ObjectAct, ObjectPage
from booking.foundation import clock
from booking.foundation import wording as words
from booking.foundation.conf import booking_settings
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized

# --- the form ---------------------------------------------------------------------------------------------------------


class SourceForm(forms.Form):
    """A calendar of others, and what it does."""

    name = forms.CharField(label=_("What is this calendar called here?"), max_length=150)
    unit = forms.ChoiceField(label=_("Unit"))
    url = forms.CharField(
        label=_("Address of the calendar"),
        max_length=1000,
        required=False,
        help_text=_("Begins with https:// or webcal://, and often ends in .ics. It is looked at every hour."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("A calendar file (.ics), or a list of school days (.csv). You give a new one when it changes."),
    )
    school = forms.CharField(
        label=_("School"),
        max_length=150,
        required=False,
        help_text=_("Only for a list of school days with several schools: the name as the list spells it."),
    )
    mode = forms.ChoiceField(label=_("What it does"), choices=SourceMode.choices, widget=forms.RadioSelect)
    whole_unit = forms.BooleanField(
        label=_("It is about all premises and areas of the unit, and of the units below it"), required=False
    )
    resources = forms.MultipleChoiceField(
        label=_("Or about these"), required=False, widget=forms.CheckboxSelectMultiple
    )
    titles = forms.BooleanField(
        label=_("Show what the events are called"),
        required=False,
        help_text=_("To everybody. Without it only the times are kept."),
    )

    def __init__(self, *args: Any, user: Any, source: CalendarSource | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source
        units = Unit.objects.filter(pk__in=unit_ids(user, KEEPERS), active=True).order_by("name")
        self.units = {str(one.pk): one for one in units}
        things = Resource.objects.filter(unit__in=unit_ids(user, KEEPERS)).exclude(state=ResourceState.RETIRED)
        self.things = {str(one.pk): one for one in things.order_by("name", "pk")}
        fields: Any = self.fields
        fields["unit"].choices = [(pk, str(localized(one, "name"))) for pk, one in self.units.items()]
        fields["resources"].choices = [(pk, str(localized(one, "name"))) for pk, one in self.things.items()]
        if source is not None:
            del self.fields["unit"]

    def clean_file(self) -> Any:
        """Small enough to be read at once."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > MAX_BYTES:
            raise forms.ValidationError(wording.failure_words({"code": "too_big", "mb": MAX_BYTES // 1024 // 1024}))
        return file

    def clean(self) -> dict[str, Any]:
        """An address or a file; when it is there already, its file stays."""
        data = super().clean() or {}
        there = self.source is not None and not self.source.url and bool(self.source.body)
        if not data.get("url") and not data.get("file") and not there and "file" not in self.errors:
            self.add_error("url", gettext("Give an address or a file."))
        return data

    def content(self) -> services.Content:
        """For the service."""
        data = self.cleaned_data
        # What the calendar is about and the person doesn't keep isn't given up by leaving it unmarked.
        others = (
            self.source.resources.exclude(pk__in=[int(pk) for pk in self.things]) if self.source is not None else []
        )
        return services.Content(
            name=data["name"],
            url=data["url"],
            school=data["school"],
            mode=data["mode"],
            whole_unit=data["whole_unit"],
            resources=[*(self.things[pk] for pk in data["resources"]), *others],
            titles=data["titles"],
        )

    def raw(self) -> bytes | None:
        """The file that was given."""
        file = self.cleaned_data.get("file")
        return file.read() if file is not None else None


def report_words(report: services.Report) -> list[str]:
    """What a look found, in sentences."""
    if report.code == "failed":
        return [wording.failure_words(report.error)]
    if report.code == "same":
        return [gettext("Nothing has changed since the last look.")]
    coming = ngettext(
        "%(count)s time within the next year and a half.",
        "%(count)s times within the next year and a half.",
        report.coming,
    ) % {"count": report.coming}
    if report.code == "held":
        return [gettext("The new copy would lose over half of the coming times. It waits for your yes."), coming]
    found = [gettext("The calendar can be read."), coming]
    if report.taken:
        found.append(
            ngettext("%(count)s time is taken.", "%(count)s times are taken.", report.taken) % {"count": report.taken}
        )
    if report.conflicts:
        found.append(
            ngettext(
                "%(count)s time meets granted time, which stays.",
                "%(count)s times meet granted time, which stays.",
                report.conflicts,
            )
            % {"count": report.conflicts}
        )
    if report.left_out:
        found.append(
            ngettext("%(count)s event is left out.", "%(count)s events are left out.", len(report.left_out))
            % {"count": len(report.left_out)}
        )
        found += [f"{title}: {wording.refusal_words(code)}" for title, code in list(report.left_out)[:10]]
    return found


class _FormPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """The form, with "Try it" (which stores nothing) and "Save"."""

    # Without it Wagtail's mixin asks nobody.
    permission_policy = POLICY
    template_name = "booking/calendars/staff/form.html"
    header_icon = "calendar-alt"
    form: SourceForm | None = None
    tried: services.Report | None = None

    def source(self) -> CalendarSource | None:
        """The one that is changed."""
        return None

    def fresh_form(self) -> SourceForm:
        """As it stands there."""
        source = self.source()
        initial: dict[str, Any] = {"mode": SourceMode.INFORMATION}
        if source is not None:
            initial = {
                name: getattr(source, name) for name in ("name", "url", "school", "mode", "whole_unit", "titles")
            }
            initial["resources"] = [str(pk) for pk in source.resources.values_list("pk", flat=True)]
        return SourceForm(user=self.request.user, source=source, initial=initial)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was sent, and what trying found."""
        return super().get_context_data(**kwargs) | {
            "form": self.form or self.fresh_form(),
            "tried": report_words(self.tried) if self.tried else [],
            "tried_failed": bool(self.tried and self.tried.code == "failed"),
            "back_url": self.back_url(),
        }

    def back_url(self) -> str:
        """Where "Cancel" leads."""
        source = self.source()
        if source is None:
            return reverse(f"{NAMESPACE}:index")
        return reverse(f"{NAMESPACE}:inspect", args=[source.pk])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try it, or save it, or show what is wrong."""
        source = self.source()
        form = self.form = SourceForm(request.POST, request.FILES, user=request.user, source=source)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(), status=400)
        content, raw = form.content(), form.raw()
        if "try" in request.POST:
            if raw is None and not content.url:
                messages.warning(request, gettext("Give an address or a file to try."))
            else:
                self.tried = services.try_out(content, raw=raw, now=clock.now())
            return self.render_to_response(self.get_context_data())
        try:
            if source is None:
                unit = form.units[form.cleaned_data["unit"]]
                source = services.add_source(content, unit=unit, by=request.user, now=clock.now())
            else:
                source = services.change_source(source, content, by=request.user, now=clock.now())
        except DomainError as error:
            add_refusal(form, error)
            return self.render_to_response(self.get_context_data(), status=400)
        if raw is not None:
            tell(request, services.give_copy(source, raw, by=request.user, now=clock.now()))
        else:
            messages.success(request, gettext("Saved. The calendar is looked at within a few minutes."))
        return redirect(f"{NAMESPACE}:inspect", source.pk)


def tell(request: HttpRequest, report: services.Report) -> None:
    """A report as messages."""
    say = messages.error if report.code == "failed" else messages.warning if report.code == "held" else messages.success
    say(request, " ".join(report_words(report)))


class NewPage(_FormPage):
    """A new one."""

    permission_required = "add"
    page_title = _("Take in a calendar")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": gettext("Calendars of others")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.page_title)}]


class ChangePage(ObjectPage, _FormPage):
    """Other words, things or mode."""

    permission_required = "change"
    namespace = NAMESPACE
    list_label = _("Calendars of others")
    heading = _("Change the calendar")

    def source(self) -> CalendarSource | None:
        """The one of the address."""
        return self.object  # type: ignore[no-any-return]


# --- the list and the page --------------------------------------------------------------------------------------------


def state_words(source: CalendarSource) -> str:
    """How it stands, in a few words; the worst first."""
    if not source.active:
        return gettext("Stopped")
    if source.held_at is not None:
        return gettext("A new copy waits for your yes")
    if getattr(source, "conflicts", 0):
        return ngettext("%(count)s time meets granted time", "%(count)s times meet granted time", source.conflicts) % {
            "count": source.conflicts
        }  # type: ignore[attr-defined]
    if source.failures:
        return gettext("Can't be renewed")
    return gettext("In order") if source.good_at else gettext("Not looked at yet")


def _good(source: CalendarSource) -> str:
    return words.moment_words(source.good_at, booking_settings().tz) if source.good_at else "–"


class SourceIndex(generic.IndexView):  # type: ignore[misc]
    """What somebody should look at first, then by name. A constant number of queries."""

    page_title = _("Calendars of others")

    def get_base_queryset(self) -> Any:
        """With counts and units."""
        rows = super().get_base_queryset().select_related("unit")
        return selectors.with_standing(rows, clock.now())

    def order_queryset(self, queryset: Any) -> Any:
        """Active ones first; troubles on top."""
        return queryset.order_by("-active", "held_at", "-conflicts", "-failures", "name", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """Name, unit, what it does, how it stands, how old the copy is."""
        return [
            TitleColumn(
                "name", label=_("Calendar"), get_url=lambda one: reverse(f"{NAMESPACE}:inspect", args=[one.pk])
            ),
            Column("unit", label=_("Unit"), accessor=lambda one: str(localized(one.unit, "name"))),
            Column("mode", label=_("What it does"), accessor=lambda one: one.get_mode_display()),
            Column("state", label=_("How it stands"), accessor=state_words),
            Column("good_at", label=_("Up to date as of"), accessor=_good),
            Column("coming", label=_("Coming times")),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """A new one, for keepers."""
        if not POLICY.user_has_permission(self.request.user, "add"):
            return []
        return [
            HeaderButton(gettext("Take in a calendar"), url=reverse(f"{NAMESPACE}:add"), icon_name="plus"),
            HeaderButton(gettext("Take in a list of hours"), url=reverse(f"{NAMESPACE}:lines"), icon_name="upload"),
        ]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching or self.is_filtering:
            return gettext("No calendar fits what you look for.")
        return gettext("Your units take in no calendars yet: the school's, match lists, holidays.")


class SourcePage(generic.InspectView):  # type: ignore[misc]
    """How one stands: its copy, its error, what waits, what meets granted time, its next times."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/calendars/staff/source.html"
    header_more_buttons: ClassVar[list[Any]] = []

    def get_page_title(self) -> str:
        """Its name stands beside it."""
        return gettext("Calendar of others")

    def get_page_subtitle(self) -> str:
        """Its name."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this calendar."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": gettext("Calendars of others")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.object)}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The buttons stand where the facts are."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """For the template."""
        source, now, tz = self.object, clock.now(), booking_settings().tz
        rows = SourceEvent.objects.filter(source=source, end__gt=now).order_by("start", "pk")
        found = selectors.conflicts(source, now)
        source.conflicts = sum(1 for one in found if one.block.state == BlockState.CONFLICT)
        return super().get_context_data(**kwargs) | {
            "source": source,
            "state": state_words(source),
            "may_change": POLICY.user_has_permission_for_instance(self.request.user, "change", source),
            "failure": wording.failure_words(source.error) if source.failures else "",
            "old": source.good_at is not None and now - source.good_at > selectors.OLD_AFTER and bool(source.url),
            "good": _good(source),
            "checked": words.moment_words(source.checked_at, tz) if source.checked_at else "",
            "left_out": [(title, wording.refusal_words(code)) for title, code in source.left_out],
            "resources": list(source.resources.order_by("name")),
            "coming_count": rows.count(),
            "coming": [(words.when_words(one.start, one.end, tz), one.title, one.busy) for one in rows[:15]],
            "open": [_conflict(one) for one in found if one.block.state == BlockState.CONFLICT],
            "left": [_conflict(one) for one in found if one.block.state == BlockState.LEFT],
        }


def _conflict(one: selectors.Conflict) -> dict[str, Any]:
    block = one.block
    tz = booking_settings().tz
    return {
        "pk": block.pk,
        "when": words.when_words(block.start, block.end, tz),
        "resource": block.resource,
        "title": block.event.title,
        "others": one.others,
    }


class SourceAct(ObjectAct):
    """One press of a button on the calendar's page."""

    namespace = NAMESPACE
    act: str = ""

    def perform(self) -> str:
        """Through the service."""
        source, by, now = self.object, self.request.user, clock.now()
        if self.act == "look":
            return self._look(source, now)
        if self.act == "stop":
            services.stop_source(source, by=by, now=now)
            return gettext("It is stopped. What it took is free again.")
        if self.act == "start":
            services.start_source(source, by=by, now=now)
            return gettext("It is looked at again.")
        if self.act == "take":
            return " ".join(report_words(services.take_held(source, by=by, now=now)))
        if self.act == "refuse":
            services.refuse_held(source, by=by, now=now)
            return gettext("What stood there stays. This copy isn't asked about again.")
        block = ImportedBlock.objects.filter(pk=self.kwargs["row"], event__source=source).first()
        if block is None:
            raise Http404
        services.leave_conflict(block, by=by, now=now)
        return gettext("It is settled: the granted time stays.")

    def _look(self, source: CalendarSource, now: Any) -> str:
        if not source.url:
            return gettext("It has no address. Give a new file instead.")
        return " ".join(report_words(services.look(source, now=now)))


class CalendarViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu."""

    model = CalendarSource
    without = ROW_DOORS
    name = NAMESPACE
    url_prefix = "booking/calendars-in"
    icon = "calendar-alt"
    menu_label = _("Calendars of others")
    menu_name = "booking-calendars-in"
    index_view_class = SourceIndex
    inspect_view_class = SourcePage
    inspect_view_enabled = True
    inspect_template_name = SourcePage.template_name
    inspect_view_fields: ClassVar[tuple[str, ...]] = ("name",)
    search_fields: ClassVar[tuple[str, ...]] = ("name",)
    list_per_page = 50
    form_fields: ClassVar[tuple[str, ...]] = ("name",)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page, the form and the acts: a calendar is never deleted."""
        kept_ones = [one for one in super().get_urlpatterns() if one.name in ("index", "index_results", "inspect")]
        return [
            *kept_ones,
            path("new/", self.construct_view(NewPage), name="add"),
            path("hours/", self.construct_view(LinesPage), name="lines"),
            path("change/<int:pk>/", self.construct_view(ChangePage), name="change"),
            *(
                path(f"{act}/<int:pk>/", self.construct_view(SourceAct, act=act), name=act)
                for act in ("look", "stop", "start", "take", "refuse")
            ),
            path("settle/<int:pk>/<int:row>/", self.construct_view(SourceAct, act="settle"), name="settle"),
        ]


class CalendarsPanel(Component):
    """On the admin's front page: calendars that somebody should look at; nothing when none is."""

    name = "booking_calendars_in"
    template_name = "booking/calendars/staff/panel.html"
    order = 30

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """At most five."""
        user = (parent_context or {})["request"].user
        now = clock.now()
        rows = selectors.with_standing(selectors.troubled(kept(user), now), now)[:5]
        return {
            "rows": [(one.name, reverse(f"{NAMESPACE}:inspect", args=[one.pk]), state_words(one)) for one in rows],
        }


def put_in_place(request: HttpRequest, panels: list[Any]) -> None:
    """For those who keep a unit's things."""
    if is_keeper(request.user):
        panels.append(CalendarsPanel())


VIEWSETS = [CalendarViewSet]
HOMEPAGE_PANELS = [put_in_place]
LOG_ACTIONS = [
    ("samskap.calendar.stopped", _("Stopped"), _("Stopped the calendar")),
    ("samskap.calendar.started", _("Started"), _("Started the calendar again")),
    ("samskap.calendar.given", _("File given"), _("Gave a file")),
    ("samskap.calendar.copy_taken", _("Copy taken"), _("Took a copy that had waited")),
    ("samskap.calendar.copy_refused", _("Copy refused"), _("Refused a copy that had waited")),
    ("samskap.calendar.conflict_left", _("Settled"), _("Settled a conflict with granted time")),
]
