""" "What happens": what one can take part in, for children and parents; and how an organisation keeps its own right."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors.secret_pages import secret_page
from booking.foundation.errors import DomainError, Invalid
from booking.foundation.wording import day_words
from booking.happenings import rules, selectors, services, wording
from booking.happenings.models import Answer, LeisureActivity
from booking.happenings.rules import offers
from booking.organisations.models import LEADING_ROLES
from booking.organisations.public.mine import Mine

#: Days ahead on "What happens".
SOON_DAYS = 7
#: As far ahead as one can look.
FURTHEST = 365
BAND_WORDS = [
    ("", gettext_lazy("All ages")),
    ("0-5", gettext_lazy("0–5 years")),
    ("6-12", gettext_lazy("6–12 years")),
    ("13-19", gettext_lazy("13–19 years")),
    ("20-59", gettext_lazy("20–59 years")),
    ("60+", gettext_lazy("60 years and more")),
]


@require_safe
def whats_on(request: HttpRequest) -> HttpResponse:
    """By age, weekday, place, cost and access; and what happens in the next seven days. Constant number of queries."""
    tz = booking_settings().tz
    today = clock.today(tz)
    given = request.GET
    band = given.get("age", "") if given.get("age", "") in offers.BANDS else ""
    day = given.get("day", "")
    weekday = int(day) if day in tuple("0123456") else None
    places = selectors.places_of_activities()
    place = given.get("place", "") if given.get("place", "") in dict(places) else ""
    try:
        query = text.clean(given.get("q", ""), max_length=text.SEARCH)
    except Invalid:
        query = ""
    free, step_free = given.get("free") == "yes", given.get("access") == "yes"
    found = selectors.activities(
        today, band=band, weekday=weekday, place=place, free=free, step_free=step_free, query=query
    )
    first = min(max(rules.read_day(given.get("from", ""), today), today), today + timedelta(days=FURTHEST))
    last = first + timedelta(days=SOON_DAYS - 1)
    soon = selectors.everywhere(first, last)
    if weekday is not None:
        soon = [one for one in soon if one.start.weekday() == weekday]
    context = {
        "offers": [_shown(one) for one in found],
        "count_words": ngettext("%(n)s activity", "%(n)s activities", len(found)) % {"n": len(found)},
        "soon": soon,
        "soon_words": gettext_lazy("In the next seven days")
        if first == today
        else f"{day_words(first, today=today, short=True)} – {day_words(last, today=today, short=True)}",
        "first_day": first.isoformat() if first != today else "",
        "earlier": _address(given, max(first - timedelta(days=SOON_DAYS), today), today) if first > today else "",
        "later": _address(given, last + timedelta(days=1), today) if (last - today).days < FURTHEST else "",
        "weekday_chosen": weekday is not None,
        "meetings_on": booking_settings().is_on("meetings"),
        "tz": tz,
        "bands": BAND_WORDS,
        "band": band,
        "days": [(str(number), str(name)) for number, name in WEEKDAYS.items()],
        "day": day if weekday is not None else "",
        "places": places,
        "place": place,
        "free": free,
        "access": step_free,
        "query": query,
        "narrowed": bool(band or weekday is not None or place or free or step_free or query),
    }
    return render(request, "booking/happenings/whats_on.html", context)


def _address(given: QueryDict, first: date, today: date) -> str:
    """The same search in other days."""
    kept = given.copy()
    kept.pop("from", None)
    if first != today:
        kept["from"] = first.isoformat()
    return kept.urlencode() or "from="


def _shown(one: selectors.Offer) -> dict[str, Any]:
    activity = one.activity
    club = activity.organisation
    public = club.contact_public
    return {
        "activity": activity,
        "old": one.old,
        "step_free": one.step_free,
        "ages": wording.ages_words(activity),
        "when": wording.when_words(activity),
        "place": wording.place_words(activity),
        "cost": wording.cost_words(activity),
        # The one contact: what the organisation shows of itself; else the municipality passes a question on.
        "email": club.email if public else "",
        "phone": club.phone if public else "",
        "listed": club.listed and club.state == "verified",
    }


# --- an organisation's own --------------------------------------------------------------------------------------------


class ActivityForm(forms.Form):
    """An activity, on a phone in two minutes."""

    title = forms.CharField(label=gettext_lazy("What is it?"), max_length=100)
    about = forms.CharField(
        label=gettext_lazy("About it"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    age_from = forms.IntegerField(label=gettext_lazy("From age"), required=False, min_value=0, max_value=120)
    age_to = forms.IntegerField(label=gettext_lazy("To age"), required=False, min_value=0, max_value=120)
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On which days?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    begins = forms.TimeField(
        label=gettext_lazy("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=gettext_lazy("To"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    season = forms.CharField(label=gettext_lazy("In which season?"), max_length=100, required=False)
    resource = forms.ChoiceField(label=gettext_lazy("Where?"), required=False)
    place = forms.CharField(label=gettext_lazy("Or another place, or how to find it"), max_length=150, required=False)
    paid = forms.BooleanField(label=gettext_lazy("It costs something"), required=False)
    cost = forms.CharField(label=gettext_lazy("What does it cost?"), max_length=150, required=False)
    equipment = forms.CharField(
        label=gettext_lazy("What can be borrowed there?"),
        max_length=200,
        required=False,
    )
    step_free = forms.ChoiceField(
        label=gettext_lazy("Can one get in without steps?"), required=False, choices=Answer.choices
    )

    def __init__(self, *args: Any, activity: LeisureActivity | None = None, **kwargs: Any) -> None:
        if activity is not None:
            names = ("title", "about", "age_from", "age_to", "begins", "ends", "season", "place", "cost", "equipment",
                     "step_free")  # fmt: skip
            kwargs["initial"] = {name: getattr(activity, name) for name in names} | {
                "weekdays": [str(day) for day in activity.weekdays],
                "resource": activity.resource.slug if activity.resource is not None else "",
                "paid": not activity.free,
            }
        super().__init__(*args, **kwargs)
        rows = catalogue.public_resources().filter(kind__in=(Kind.VENUE, Kind.AREA))
        self.resources = {one.slug: one for one in rows}
        if activity is not None and activity.resource is not None:
            self.resources.setdefault(activity.resource.slug, activity.resource)
        fields: Any = self.fields
        listed = sorted(
            ((slug, selectors.name_of(one)) for slug, one in self.resources.items()),
            key=lambda pair: pair[1].casefold(),
        )
        fields["resource"].choices = [("", "–"), *listed]
        fields["weekdays"].choices = [(str(number), str(name)) for number, name in WEEKDAYS.items()]

    def draft(self) -> services.Draft:
        """For the service."""
        data = self.cleaned_data
        names = ("title", "about", "age_from", "age_to", "begins", "ends", "season", "place", "cost", "equipment",
                 "step_free")  # fmt: skip
        return services.Draft(
            **{name: data[name] for name in names},
            weekdays=[int(day) for day in data["weekdays"]],
            resource=self.resources.get(data["resource"]),
            free=not data["paid"],
        )

    def show(self, error: DomainError) -> None:
        """Put a refusal where it belongs."""
        if not error.errors:
            self.add_error(None, error.text)
        for fault in error.errors:
            name = str(fault.loc[0]) if fault.loc else ""
            self.add_error(name if name in self.fields else None, fault.text)


class Ours(Mine):
    """An organisation as one sees it who leads it or books for it. 404 for others."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        super().__init__(request, slug)
        self.need(bool(set(self.roles) & set(LEADING_ROLES)))


@never_cache
@login_required
@require_safe
def my_activities(request: HttpRequest, slug: str) -> HttpResponse:
    """What the organisation offers, with how old each confirmation is."""
    ours = Ours(request, slug)
    tz = booking_settings().tz
    rows = ours.organisation.leisure_activities.select_related("resource").order_by("stopped_at", "title", "pk")
    listed = [
        {
            "activity": one,
            "facts": ", ".join(wording.facts(one)),
            "standing": offers.standing(clock.local_date(one.confirmed_at, tz), ours.today),
        }
        for one in rows
    ]
    context = {
        "organisation": ours.organisation,
        "rows": [one for one in listed if one["activity"].stopped_at is None],
        "stopped": [one for one in listed if one["activity"].stopped_at is not None],
        "may_write": services.may_write(ours.organisation, request.user, ours.now),
    }
    return render(request, "booking/happenings/my_activities.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_form(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """Add an activity, or change one."""
    ours = Ours(request, slug)
    ours.need(services.may_write(ours.organisation, request.user, ours.now))
    activity = None
    if pk is not None:
        rows = LeisureActivity.objects.select_related("resource")
        activity = get_object_or_404(rows, pk=pk, organisation=ours.organisation)
    form = ActivityForm(request.POST or None, activity=activity)
    if request.method == "POST" and form.is_valid():
        try:
            if activity is None:
                services.add_activity(ours.organisation, form.draft(), by=request.user, now=ours.now)
            else:
                services.change_activity(activity, form.draft(), by=request.user, now=ours.now)
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("Saved. It stands on the page “What happens” now."))
            return redirect("booking:my_activities", ours.organisation.slug)
    context = {"organisation": ours.organisation, "activity": activity, "form": form}
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "booking/happenings/activity_form.html", context, status=status)


@login_required
@require_POST
def activity_stop(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """It takes place no more."""
    ours = Ours(request, slug)
    activity = get_object_or_404(LeisureActivity, pk=pk, organisation=ours.organisation)
    return _press(request, ours, lambda: services.stop_activity(activity, by=request.user, now=ours.now),
                  _("It isn't shown any more. Change it to bring it back."))  # fmt: skip


@login_required
@require_POST
def activities_still_right(request: HttpRequest, slug: str) -> HttpResponse:
    """One press: all of it is still right."""
    ours = Ours(request, slug)
    return _press(request, ours, lambda: services.confirm_activities(ours.organisation, by=request.user, now=ours.now),
                  _("Thank you. All of it holds for another year."))  # fmt: skip


def _press(request: HttpRequest, ours: Ours, act: Any, said: str) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        messages.error(request, error.text)
    else:
        messages.success(request, said)
    return redirect("booking:my_activities", ours.organisation.slug)


@secret_page
@require_http_methods(["GET", "HEAD", "POST"])
def activities_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the letter's link. Looking changes nothing (mail programs look, too); the button confirms."""
    now = clock.now()
    organisation = services.organisation_of(token, now=now)
    if organisation is None:
        raise Http404
    done = False
    if request.method == "POST":
        services.confirm_by_link(token, now=now)
        done = True
    rows = organisation.leisure_activities.filter(stopped_at=None).select_related("resource")
    context = {
        "organisation": organisation,
        "rows": [(one, ", ".join(wording.facts(one))) for one in rows],
        "done": done,
    }
    return render(request, "booking/happenings/confirm.html", context)
