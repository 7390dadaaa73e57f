"""People in the CMS admin: what each carries, who is away, who leaves, what nobody owns (needs N5, N9).

Everybody sees their own page; who leads a unit sees the pages of everybody in it and in the units below, as far as it
concerns these units. Others don't exist.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView, View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from booking.catalogue import selectors, services
from booking.catalogue.models import Absence, HandOver, UnitRoleName
from booking.catalogue.staff.access import is_leader, is_staff, people_in_charge, today, unit_ids
from booking.catalogue.staff.forms import DateInput, PersonField
from booking.foundation import clock
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError

NAMESPACE = "booking_people"


class PeoplePage(WagtailAdminTemplateMixin):
    """A page of this part of the admin. 404 for who has no role: the menu doesn't show it either."""

    request: HttpRequest
    header_icon = "group"
    _show_breadcrumbs = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Staff only."""
        if not is_staff(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc, no-any-return]

    @cached_property
    def led(self) -> frozenset[int]:
        """Ids of the units that the reader leads, child units too."""
        return unit_ids(self.request.user, [UnitRoleName.LEADER])

    def crumbs(self) -> list[dict[str, Any]]:
        """What stands between the list and this page."""
        return []

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The list, then this."""
        index = {"url": reverse(f"{NAMESPACE}:index"), "label": gettext("People")}
        return [*self.breadcrumbs_items, index, *self.crumbs(), {"url": "", "label": self.get_page_title()}]


class PersonMixin(PeoplePage):
    """A page about one person: oneself, or somebody of a unit that one leads."""

    kwargs: dict[str, Any]

    @cached_property
    def person(self) -> Any:
        """404 for everybody else."""
        found = selectors.people_led(self.request.user, today()).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    @cached_property
    def own(self) -> bool:
        """The reader's own page."""
        return bool(self.person.pk == self.request.user.pk)

    @cached_property
    def units(self) -> Collection[int] | None:
        """Whose rows the reader sees: all of one's own, else those of the units that one leads."""
        return None if self.own else self.led

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Asked first, whatever the method."""
        self.request, self.kwargs = request, kwargs
        if not is_staff(request.user):
            raise Http404
        self.person  # noqa: B018 - raises 404
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self) -> str:
        """What is done here, and for whom."""
        return f"{self.page_title}: {self.person.get_full_name()}"

    def person_url(self) -> str:
        """The person's page."""
        return reverse(f"{NAMESPACE}:person", args=[self.person.pk])

    def crumbs(self) -> list[dict[str, Any]]:
        """The person."""
        return [{"url": self.person_url(), "label": self.person.get_full_name()}]


class PeopleIndex(PeoplePage, TemplateView):
    """For who leads a unit: its people, what went over by itself, and what nobody owns. Others: to their own page."""

    template_name = "booking/catalogue/staff/people.html"
    page_title = _("People")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """This is the list."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is one person in the list of who leads nobody."""
        if not is_leader(request.user):
            return redirect(f"{NAMESPACE}:person", request.user.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A number of queries that doesn't grow with the people."""
        on = today()
        people = list(selectors.people_led(self.request.user, on).order_by("pk"))
        people.sort(key=lambda one: str(one.get_full_name()).casefold())
        absent = selectors.missing(on)
        last = selectors.last_days(people, on)
        roles: dict[int, list[str]] = {}
        for row in selectors.roles_in(self.led, on):
            roles.setdefault(row.user_id, []).append(f"{row.get_role_display()}, {row.unit}")
        away: dict[int, list[Absence]] = {}
        for absence in selectors.absences(people, on):
            away.setdefault(absence.user_id, []).append(absence)
        named = services.named_people()
        rows = [
            {
                "person": one,
                "roles": roles.get(one.pk, []),
                "absence": next(iter(away.get(one.pk, [])), None),
                "is_away": not absent.present(one),
                "last": last.get(one.pk),
                "gone": not absent.living(one),
                "carries": one.pk in named,
            }
            for one in people
            if one.pk in roles or one.pk in named or one.pk == self.request.user.pk
        ]
        return super().get_context_data(**kwargs) | {
            "rows": rows,
            "taken_over": list(selectors.waiting_take_overs(self.led)),
            "marked": selectors.marked_take_overs(self.led),
            "unowned": selectors.unowned(on, units=self.led),
            "checked": selectors.owners_checked(),
        }


class PersonPage(PersonMixin, TemplateView):
    """What this person carries."""

    template_name = "booking/catalogue/staff/person.html"
    page_title = _("What this person carries")

    def get_page_title(self) -> str:
        """ "You" on one's own page."""
        return gettext("What you carry") if self.own else gettext("What this person carries")

    def crumbs(self) -> list[dict[str, Any]]:
        """The person's name stands beside the title."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Roles, absences, everything they have, and what others have got from them."""
        on = today()
        absent = selectors.missing(on)
        coming = selectors.absences([self.person], on)
        return super().get_context_data(**kwargs) | {
            "person": self.person,
            "today": on,
            "own": self.own,
            "roles": list(selectors.roles_of(self.person, on).order_by("unit__name", "role")),
            "sections": sections_of(self.person, on, self.units),
            "absences": [(row, services.gaps(row)) for row in coming],
            # What others have is one's own while one stands in for them.
            "stands_in": [
                (row, sections_of(row.user, on, None) if row.start <= on else [])
                for row in (selectors.stands_in_for(self.person, on) if self.own else ())
            ],
            "is_away": not absent.present(self.person),
            "gone": not absent.living(self.person),
            "last": selectors.leaving_on(self.person, on),
            "handed_over": handed_over(self.person, self.units),
            "new": self.own and selectors.is_new(self.person, on),
            "partial": not self.own and not self.request.user.is_superuser,
        }


def sections_of(person: Any, on: date, units: Collection[int] | None) -> list[dict[str, Any]]:
    """What they carry, for the templates: label and rows with the role in words."""
    return [
        {
            "label": section.kind.label,
            "rows": [
                {"row": row, "role": section.kind.roles.get(row.role, row.role), "late": bool(row.due and row.due < on)}
                for row in section.rows
            ],
        }
        for section in selectors.carried_by(person, on, units=units)
    ]


def handed_over(person: Any, units: Collection[int] | None) -> list[dict[str, Any]]:
    """Lately, one line for each day, reason and receiver: what, and how much of it."""
    groups: dict[tuple[Any, ...], list[HandOver]] = {}
    for row in selectors.handed_over_by(person, units=units):
        groups.setdefault((row.at, row.receiver, row.by, row.reason), []).append(row)
    return [
        {"at": at, "receiver": receiver, "by": by, "reason": reason, "titles": [row.title for row in rows]}
        for (at, receiver, by, reason), rows in groups.items()
    ]


# --- absences --------------------------------------------------------------------------------------------------------


class OwnAbsenceForm(forms.Form):
    """From when to when, and who answers."""

    start = forms.DateField(label=_("from"), widget=DateInput())
    end = forms.DateField(label=_("to and including"), widget=DateInput())
    deputy = PersonField(
        label=_("deputy"),
        queryset=None,
        required=False,
        help_text=_("Has everything on these days. Empty: each thing's own deputy, else the unit's leader."),
    )

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].initial = today()
        self.fields["deputy"].queryset = people_in_charge().exclude(pk=person.pk).order_by("pk")  # type: ignore[attr-defined]


class PersonAbsencePage(PersonMixin, FormView):
    """This person is away."""

    template_name = "booking/catalogue/staff/object_form.html"
    form_class = OwnAbsenceForm
    page_title = _("Away")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Who can't be their own deputy."""
        return super().get_form_kwargs() | {"person": self.person}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """For the template: the way back."""
        return super().get_context_data(**kwargs) | {"back_url": self.person_url(), "button_label": gettext("Save")}

    def form_valid(self, form: Any) -> HttpResponse:
        """Through the service; who is away at the same time is told at once."""
        data = form.cleaned_data
        try:
            row = services.record_absence(user=self.person, by=self.request.user, now=clock.now(), **data)
        except DomainError as error:
            add_refusal(form, error)
            return self.form_invalid(form)
        say_absence(self.request, row)
        return redirect(self.person_url())


def say_absence(request: HttpRequest, row: Absence) -> None:
    """Noted; and who should stand in but is away too, with who answers then."""
    messages.success(request, gettext("Noted. The deputy answers on those days."))
    for gap in services.gaps(row):
        facts = {
            "deputy": gap.deputy.get_full_name(),
            "start": date_format(gap.start, "DATE_FORMAT"),
            "end": date_format(gap.end, "DATE_FORMAT"),
            "unit": gap.unit,
            "acting": gap.acting.get_full_name() if gap.acting is not None else "",
        }
        if gap.acting is None:
            words = gettext("%(deputy)s is away too from %(start)s to %(end)s. Nobody answers for %(unit)s then.")
        else:
            words = gettext("%(deputy)s is away too from %(start)s to %(end)s. %(acting)s answers for %(unit)s then.")
        messages.warning(request, words % facts)


class _Act(PersonMixin, View):
    """One press of a button on a person's page."""

    http_method_names = ("post", "options")

    def perform(self) -> str:
        """Call the service; answer the words for the person."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        try:
            messages.success(request, self.perform())
        except DomainError as error:
            messages.error(request, error.text)
        return redirect(self.person_url())


class EndAbsenceAct(_Act):
    """They are back."""

    def perform(self) -> str:
        """Through the service; pressed twice it is gone already."""
        row = Absence.objects.filter(pk=self.kwargs["absence"]).first()
        if row is not None and row.user_id != self.person.pk:
            raise Http404
        if row is not None:
            services.end_absence(absence=row, by=self.request.user, now=clock.now())
        return gettext("Noted. From today on they answer themselves.")


class SeenAct(PeoplePage, View):
    """A leader has looked at what went to somebody by itself."""

    http_method_names = ("post", "options")
    kwargs: dict[str, Any]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """From the list with it. What belongs to other units doesn't exist."""
        row = HandOver.objects.filter(pk=self.kwargs["pk"], unit__in=self.led).first()
        if row is None:
            raise Http404
        services.mark_seen(handover=row, by=request.user, now=clock.now())
        messages.success(request, gettext("“%(title)s” is off the list.") % {"title": row.title})
        return redirect(f"{NAMESPACE}:index")


# --- the viewset -----------------------------------------------------------------------------------------------------


class PeopleMenuItem(MenuItem):  # type: ignore[misc]
    """Shown to who has a role."""

    def is_shown(self, request: HttpRequest) -> bool:
        """As the pages answer."""
        return is_staff(request.user)


class PeopleViewSet(ViewSet):  # type: ignore[misc]
    """In the "Booking" menu."""

    name = NAMESPACE
    url_prefix = "booking/people"
    icon = "group"
    menu_label = _("People")
    menu_name = "booking-people"
    menu_item_class = PeopleMenuItem

    def get_urlpatterns(self) -> list[Any]:
        """The list, a person's page, and what is done there."""
        from booking.catalogue.staff.first_day import FirstDayPage
        from booking.catalogue.staff.handing import HandOverPage, LastDayAct

        return [
            path("", PeopleIndex.as_view(), name="index"),
            path("first-day/", FirstDayPage.as_view(), name="first_day"),
            path("<int:pk>/", PersonPage.as_view(), name="person"),
            path("<int:pk>/absence/", PersonAbsencePage.as_view(), name="absence"),
            path("<int:pk>/absence/<int:absence>/end/", EndAbsenceAct.as_view(), name="end_absence"),
            path("<int:pk>/hand-over/", HandOverPage.as_view(), name="hand_over"),
            path("<int:pk>/last-day/", LastDayAct.as_view(), name="last_day"),
            path("seen/<int:pk>/", SeenAct.as_view(), name="seen"),
        ]


def person_by_id(raw: str) -> Any:
    """The person whose id a form brought; None for nonsense."""
    if not (raw.isascii() and raw.isdigit() and len(raw) < 18):
        return None
    return get_user_model()._default_manager.filter(pk=int(raw)).first()
