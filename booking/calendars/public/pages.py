"""Pages about calendars: how to subscribe, and one's own addresses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.calendars import services
from booking.calendars.models import Feed, FeedKind
from booking.calendars.selectors import public_url, subscriptions, webcal
from booking.catalogue.models import Unit
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, NotFound
from booking.foundation.i18n import current_language
from booking.organisations.models import Organisation


def no_such_calendar() -> NotFound:
    """What isn't there, or isn't theirs."""
    return NotFound("not_found", _("There is no such calendar for you."))


@require_safe
def calendars(request: HttpRequest) -> HttpResponse:
    """How to subscribe, program by program, and how slow each is."""
    url = public_url("happenings")
    return render(request, "booking/calendars/subscribe.html", {"happenings": {"https": url, "webcal": webcal(url)}})


def own(request: HttpRequest, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """The reader's calendars of these kinds as the pages show them."""
    on = clock.today(booking_settings().tz)
    shown = []
    for one in subscriptions.choices_for(request.user, on, kinds=kinds):
        row: dict[str, Any] = {"kind": one.kind, "key": one.key, "name": one.name, "feed": one.feed}
        if one.feed is not None:
            url = subscriptions.url_of(one.feed)
            row |= {"https": url, "webcal": webcal(url), "fetched": fetched_words(one.feed)}
        shown.append(row)
    return shown


def fetched_words(feed: Feed) -> list[tuple[str, str]]:
    """(family of programs in words, last day as ISO), the latest first."""
    words = {
        "google": "Google",
        "outlook": "Outlook",
        "apple": "Apple",
        "thunderbird": "Thunderbird",
        "android": "Android",
        "browser": _("a web browser"),
        "other": _("another program"),
    }
    return [
        (words.get(name, words["other"]), day)
        for name, day in sorted(feed.fetched.items(), key=lambda pair: pair[1], reverse=True)
    ]


def subscribe_from(request: HttpRequest, kinds: tuple[str, ...]) -> Feed:
    """Make the address that the form asks for. Raises a domain error."""
    kind, key = request.POST.get("kind", ""), request.POST.get("key", "")[:80]
    if kind not in kinds:
        raise no_such_calendar()
    organisation = unit = None
    if kind == FeedKind.ORGANISATION:
        organisation = Organisation.objects.select_related("merged_into").filter(slug=key).first()
    if kind == FeedKind.UNIT:
        unit = Unit.objects.select_related("parent__parent__parent").filter(slug=key).first()
    if kind != FeedKind.PERSON and organisation is None and unit is None:
        raise no_such_calendar()
    return services.subscribe(
        user=request.user,
        kind=kind,
        organisation=organisation,
        unit=unit,
        language=current_language(get_language()),
        now=clock.now(),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_calendars(request: HttpRequest) -> HttpResponse:
    """One's own addresses: make, copy, when they were last fetched. Those of units stand in the admin as well."""
    kinds = tuple(FeedKind.values)
    if request.method == "POST":
        try:
            feed = subscribe_from(request, kinds)
        except DomainError as error:
            messages.error(request, error.text)
            return redirect("booking:my_calendars")
        messages.success(request, _("The address is made: %(name)s.") % {"name": subscriptions.name_of(feed)})
        return redirect("booking:my_calendars")
    return _quiet(render(request, "booking/calendars/mine.html", {"calendars": own(request, kinds)}))


def _quiet(response: HttpResponse) -> HttpResponse:
    """Pages that show secrets are found by no search engine. Their own addresses are no secrets: `no-referrer` would
    make browsers send `Origin: null` with the forms, which is refused."""
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _mine(request: HttpRequest, feed_id: str) -> Feed:
    feed = subscriptions.feeds_of(request.user).filter(feed_id=feed_id).first()
    if feed is None:
        raise Http404
    return feed


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_renew(request: HttpRequest, feed_id: str) -> HttpResponse:
    """Another address, after a question: programs that have the old one get nothing any more."""
    feed = _mine(request, feed_id)
    if request.method == "POST":
        services.rotate(feed_id=feed.feed_id, by=request.user, now=clock.now())
        messages.success(request, _("There is a new address. Put it into your programs; the old one is gone."))
        return redirect("booking:my_calendars")
    context = {"name": subscriptions.name_of(feed), "renew": True}
    return _quiet(render(request, "booking/calendars/end.html", context))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_stop(request: HttpRequest, feed_id: str) -> HttpResponse:
    """End an address, after a question."""
    feed = _mine(request, feed_id)
    if request.method == "POST":
        services.revoke(feed_id=feed.feed_id, by=request.user, now=clock.now())
        messages.success(request, _("The address has ended. You can make another one at any time."))
        return redirect("booking:my_calendars")
    context = {"name": subscriptions.name_of(feed), "renew": False}
    return _quiet(render(request, "booking/calendars/end.html", context))
