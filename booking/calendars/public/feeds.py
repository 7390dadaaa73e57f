"""Calendars over HTTP: the public ones by name, the private ones by a secret."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from booking.calendars import registry, secrets, services, statements
from booking.calendars.public.http import etag_of, feed_view, plain, quiet, respond, variant_of
from booking.calendars.rules import Busy, free_busy, window
from booking.calendars.selectors import Audience, Calendar, calendars, feed_url, subscriptions
from booking.calendars.selectors.busy import busy_times
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import TooMany

_PARTS = ("1", "true", "yes")


@feed_view
def resource_feed(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The public feed of a resource: 200, 304, 404 for what isn't public, 410 for what is no longer lent.

    304 costs one query: the resource with its version row. ``?parts=1``: with all that lies in it, named by room.
    """
    head = statements.head(slug)
    if head is None:
        return _absent(calendars.retired_resource(slug))
    if request.GET.get("parts", "") in _PARTS:
        return _public(request, calendars.tree_of(head), name=f"{head.slug}.ics")
    variant = variant_of(request, Audience.PUBLIC)
    shown = window(clock.now(), clock.zone(head.timezone or booking_settings().timezone))

    def body() -> services.Feed:
        return services.resource_feed(Resource.objects.get(pk=head.pk), variant=variant, window=shown)

    return respond(
        request,
        name=f"{head.slug}.ics",
        etag=etag_of(variant, shown, head.version),
        changed_at=head.changed_at,
        language=variant.language,
        body=body,
    )


def _absent(ended: bool) -> HttpResponse:
    """410 tells clients to stop asking: only for what was public and was taken out of use."""
    return plain(410, "This is no longer lent.") if ended else plain(404, "No such calendar.")


@feed_view
def free_busy_feed(request: HttpRequest, slug: str) -> HttpResponseBase:
    """When a resource can't be had, as VFREEBUSY: no titles, no names, also outside of opening hours."""
    head = statements.head(slug)
    if head is None:
        return _absent(calendars.retired_resource(slug))
    variant = variant_of(request, Audience.PUBLIC)
    shown = window(clock.now(), clock.zone(head.timezone or booking_settings().timezone))

    def body() -> list[bytes]:
        resource = Resource.objects.get(pk=head.pk)
        name, _text = calendars.heading(resource, variant.language)
        return [
            free_busy(
                name=name,
                source=feed_url(resource).removesuffix(".ics") + ".ifb",
                start=shown.start,
                end=shown.end,
                stamp=head.changed_at,
                busy=[Busy(*one) for one in busy_times(resource, shown)],
                language=variant.language,
            )
        ]

    return respond(
        request,
        name=f"{head.slug}.ifb",
        etag=etag_of(variant, shown, head.version, "busy"),
        changed_at=head.changed_at,
        language=variant.language,
        body=body,
    )


@feed_view
def happenings_feed(request: HttpRequest) -> HttpResponseBase:
    """What everybody is invited to, in the whole town."""
    return _public(request, calendars.happenings(), name="happenings.ics")


@feed_view
def organisation_feed(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What an organisation of the public register invites to."""
    found = calendars.public_organisation(slug)
    return _absent(False) if found is None else _public(request, found, name=f"{found.slug}.ics")


@feed_view
def registered_feed(request: HttpRequest, kind: str, slug: str = "") -> HttpResponseBase:
    """Calendars that other capabilities know: works, areas, seasons."""
    found, ended = registry.find_calendar(kind, slug)
    return _absent(ended) if found is None else _public(request, found, name=f"{found.slug}.ics")


def _public(request: HttpRequest, calendar: Calendar, *, name: str) -> HttpResponseBase:
    variant = variant_of(request, calendar.audience)
    shown = window(clock.now(), clock.zone(calendar.zone))
    version, changed_at = calendar.version()
    return respond(
        request,
        name=name,
        etag=etag_of(variant, shown, version, calendar.kind, calendar.slug, calendar.made_of, changed_at),
        changed_at=changed_at or calendar.since,
        language=variant.language,
        body=lambda: services.read(calendar, variant=variant, window=shown),
    )


@feed_view
def secret_feed(request: HttpRequest, feed_id: str, secret: str, slug: str) -> HttpResponseBase:
    """A private calendar: 200 or 304 while its owner may read it; 410 for an address that was right once; else 404.

    ``slug`` is only what programs show as the name: it may be anything. 304 costs three queries: the feed with its
    owner, the role, the version. Wrong secrets are counted; right ones never are.
    """
    feed = subscriptions.find(feed_id)
    if feed is None or not secrets.fits(secret, feed.feed_id, [feed.nonce]):
        if feed is not None and secrets.fits(secret, feed.feed_id, feed.retired):
            return quiet(plain(410, "This address was replaced by another one."))
        try:
            ratelimit.spend("feed_secret", now=clock.now(), address=ratelimit.client_address(request))
        except TooMany as error:
            answer = plain(429, "Too many wrong addresses.")
            answer["Retry-After"] = str(error.retry_after)
            return quiet(answer)
        return quiet(plain(404, "No such calendar."))
    conf = booking_settings()
    now = clock.now()
    on = clock.local_date(now, conf.tz)
    calendar = subscriptions.calendar_of(feed, on)
    if calendar is None:
        return quiet(plain(410, "This calendar has ended."))
    variant = variant_of(request, calendar.audience, feed.language)
    shown = window(now, conf.tz)
    version, changed_at = calendar.version()
    agent = request.META.get("HTTP_USER_AGENT", "")

    def body() -> services.Feed:
        found = services.read(calendar, variant=variant, window=shown)
        services.note_fetch(feed, agent=agent, on=on, cut_on=found.narrowed_to, read=True)
        return found

    response = respond(
        request,
        name=f"{calendar.slug}.ics",
        etag=etag_of(variant, shown, version, feed.feed_id, calendar.made_of, changed_at),
        changed_at=max(changed_at or feed.created_at, feed.created_at),
        language=variant.language,
        body=body,
        private=True,
    )
    services.note_fetch(feed, agent=agent, on=on)
    return response


@feed_view
def unknown_feed(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Anything else under /feeds/: said in plain text, never a page or a login."""
    return plain(404, "No such calendar.")
