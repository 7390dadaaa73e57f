"""The public register: a list to search, a page for each organisation, and registering one's own."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError, Invalid
from booking.foundation.i18n import current_language
from booking.organisations import register as national
from booking.organisations import rules, selectors, services
from booking.organisations.models import OrganisationKind
from booking.organisations.public.forms import RegisterForm

PER_PAGE = 30
ratelimit.LIMITS.setdefault("organisation", Limits(Limit(10, 86_400), Limit(100, 86_400)))


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Verified organisations that agreed to stand here; the same for everybody, whoever is signed in."""
    given = request.GET
    kind = given.get("kind", "")
    everything = selectors.listed_organisations()
    found = everything
    if kind in OrganisationKind.values:
        found = found.filter(kind=kind)
    activity = _tidy(given.get("activity", ""))
    if activity:
        found = selectors.doing(found, activity)
    query = _tidy(given.get("q", ""))
    found = selectors.search(found, query)
    page = Paginator(found.order_by("name", "pk").prefetch_related("activities"), PER_PAGE).get_page(given.get("page"))
    used = set(everything.order_by().values_list("kind", flat=True).distinct())
    context = {
        "page_obj": page,
        "query": query,
        "kind": kind,
        "activity": rules.fold_activity(activity),
        "kinds": [(code, label) for code, label in OrganisationKind.choices if code in used],
        "activities": selectors.known_activities(everything),
        "narrowed": bool(query or activity or kind in OrganisationKind.values),
        "total": page.paginator.count,
    }
    return render(request, "booking/organisations/public/list.html", context)


def _tidy(value: str) -> str:
    """What was typed into the search, or nothing when it can't be searched for."""
    try:
        return text.clean(value, max_length=text.SEARCH)
    except Invalid:
        return ""


@require_safe
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """One organisation. 404 for what isn't listed, unless one belongs to it; a merged one's address leads on."""
    today = clock.today(booking_settings().tz)
    found = selectors.visible_organisations(request.user, today).filter(slug=slug).first()
    if found is None:
        after = selectors.successor(slug)
        seen = selectors.visible_organisations(request.user, today)
        if after is None or not seen.filter(pk=after.pk).exists():
            raise Http404
        return HttpResponsePermanentRedirect(reverse("booking:organisation", args=[after.slug]))
    context = {
        "organisation": found,
        "activities": list(found.activities.all()),
        "roles": selectors.role_names(request.user, found, today),
        "listed": found.listed and found.state == "verified",
    }
    return render(request, "booking/organisations/public/organisation.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def register(request: HttpRequest) -> HttpResponse:
    """Register an organisation: who does it leads it, and the municipality verifies it afterwards."""
    user, now = request.user, clock.now()
    initial = {
        "language": current_language(get_language()),
        "contact_name": user.get_full_name(),
        "email": getattr(user, "email", ""),
    }
    form = RegisterForm(request.POST or None, initial=initial)
    context: dict[str, object] = {"form": form, "similar": []}
    if request.method == "POST" and form.is_valid():
        values = form.values()
        sure = values.pop("sure")
        try:
            similar = _similar(request, values)
            if similar and not sure:
                # Shown once, before anything is made: most duplicates are made because nobody knew.
                context |= {"similar": similar, "ask": True}
                return render(request, "booking/organisations/public/register.html", context)
            ratelimit.spend("organisation", now=now, contact=str(user.pk), address=ratelimit.client_address(request))
            made = services.register_organisation(**values, leader=user, by=user, now=now)
        except DomainError as error:
            form.show(error)
            context["taken"] = error.code == "number_taken"
        else:
            if made.number:
                # What the register says is kept for those who verify. Outside of any transaction; it never fails.
                national.lookup(made.number, now=now)
            messages.success(request, _("The organisation is registered. The municipality will verify it."))
            return redirect("booking:my_organisation", made.slug)
    return render(request, "booking/organisations/public/register.html", context)


def _similar(request: HttpRequest, values: dict[str, object]) -> list[object]:
    """Those the person may know of; an entry that isn't public is found by those who verify. Raises ``Invalid``."""
    number = rules.check_number(values["number"]) if values.get("number") else ""
    today = clock.today(booking_settings().tz)
    return list(selectors.similar_listed(str(values["name"]), number, request.user, today))
