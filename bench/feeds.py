"""Feeds of 350 and 3,500 events, public and private: the first reading, a reading of kept bytes against the bare join,
and 304.

*raw*: one statement through the driver that fetches the kept bytes, and their join. *floor*: a bare Django view behind
the same middleware that reads one indexed row and answers 304.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils.cache import get_conditional_response

from bench.load import NOW
from bench.measure import Median, in_turn
from bench.occupancy import Row, count_queries, run_raw
from booking.calendars import selectors, services
from booking.calendars.models import FeedVersion, RenderedEvent, RenderedScope
from booking.calendars.public.feeds import secret_feed
from booking.calendars.rules import CALENDAR_END, window
from booking.calendars.selectors import calendars, subscriptions
from booking.cases.models import Case, CaseState, Line, LineState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Cell, Cover, Resource, ResourceState, Unit
from booking.foundation import clock
from booking.organisations.models import Membership, Organisation

SIZES = (350, 3500)
VARIANT = services.Variant(language="nb", expand=False)
_EVERYTHING = 10**9


def _fill(size: int) -> Resource:
    """A hall with so many granted hours in the feed's window, eight a day at most."""
    from django.contrib.auth import get_user_model

    user, _made = get_user_model().objects.get_or_create(email="feeds@example.org", defaults={"name": "Frida Feed"})
    unit, _made = Unit.objects.get_or_create(slug="feeds", defaults={"name": "Feeds", "officer": user})
    resource = Resource.objects.create(
        name=f"Hallen med {size}", slug=f"feed-{size}", kind="venue", unit=unit, state=ResourceState.ACTIVE,
        created_at=NOW, revised_at=NOW,
    )  # fmt: skip
    Cover.objects.create(resource=resource, cell=Cell.objects.create(code=f"feed-{size}"))
    club = Organisation.objects.create(slug=f"feed-{size}", name=f"Laget med {size}", created_at=NOW)
    Membership.objects.create(user=user, organisation=club, role="booker")
    case = Case.objects.create(
        reference=f"2026-F{size}", unit=unit, organisation=club, state=CaseState.GRANTED, received_at=NOW,
        revised_at=NOW, title="Trening",
    )  # fmt: skip
    first = window(NOW, catalogue.zone(resource)).start + timedelta(hours=7)
    per_day = -(-size // 430)
    Line.objects.bulk_create(
        [
            Line(
                case=case, number=number + 1, resource=resource, state=LineState.GRANTED,
                created_at=NOW, revised_at=NOW,
                start=first + timedelta(days=number // per_day, hours=2 * (number % per_day)),
                end=first + timedelta(days=number // per_day, hours=2 * (number % per_day), minutes=90),
            )
            for number in range(size)
        ],
        batch_size=1000,
    )  # fmt: skip
    services.heard(cause="bench", scopes=[f"resource:{resource.pk}", f"case:{case.pk}"], now=NOW)
    return resource


def _once(act: Callable[[], Any]) -> Median:
    start = time.perf_counter()
    act()
    taken = (time.perf_counter() - start) * 1000
    return Median(taken, taken, taken, 1)


def _raw(resource: Resource) -> Callable[[], bytes]:
    return _bare_join(selectors.scope_of(resource.pk), VARIANT, resource)


def _bare_join(scope: str, variant: services.Variant, resource: Resource) -> Callable[[], bytes]:
    """The kept bytes in one statement, and their join."""
    shown = window(NOW, catalogue.zone(resource))
    rows = RenderedEvent.objects.filter(scope=scope, variant=variant.code, end__gt=shown.start, start__lt=shown.end)
    sql, params = rows.order_by("start", "key").values_list("body").query.sql_with_params()
    if connection.vendor != "postgresql":
        params = tuple(str(value) if not isinstance(value, str | int) else value for value in params)
    return lambda: b"".join(bytes(row[0]) for row in run_raw(sql, list(params))) + CALENDAR_END


def _first_reading(resource: Resource) -> Median:
    RenderedEvent.objects.all().delete()
    RenderedScope.objects.all().delete()
    return _once(lambda: b"".join(_feed(resource)))


def _feed(resource: Resource) -> services.Feed:
    return services.resource_feed(
        resource,
        variant=VARIANT,
        window=window(NOW, catalogue.zone(resource)),
        most_events=_EVERYTHING,
        most_bytes=_EVERYTHING,
    )


def _bare(resource: Resource) -> Median:
    """The rendering alone: nothing read or kept."""
    from booking.calendars.rules import render

    found = selectors.items([resource.pk], window(NOW, catalogue.zone(resource)), language="nb", expand=False)
    return _once(lambda: [render(item.facts) for item in found])


def _private(resource: Resource) -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """(ours, raw) for the calendar of the organisation that has those hours, with titles and cases."""
    club = Organisation.objects.get(slug=resource.slug)
    calendar = calendars.of_organisation(club.pk, "x")
    variant = services.Variant("nb", False, calendar.audience)
    shown = window(NOW, catalogue.zone(resource))

    def ours() -> bytes:
        return b"".join(
            services.read(calendar, variant=variant, window=shown, most_events=_EVERYTHING, most_bytes=_EVERYTHING)
        )

    return ours, _bare_join(f"organisation:{club.pk}", variant, resource)


class _Floor:
    """304 as cheap as Django can say it."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def view(self, request: HttpRequest) -> HttpResponse:
        version = FeedVersion.objects.filter(scope=self.scope, part=0).values_list("version", flat=True).get()
        etag = f'W/"{version}"'
        return get_conditional_response(request, etag=etag) or HttpResponse("x")

    def urls(self) -> type:
        from municipality import urls as site

        return type("FloorUrls", (), {"urlpatterns": [path("floor/", self.view), *site.urlpatterns]})


def _subscribed(resource: Resource) -> str:
    """The path of a private calendar of the organisation that has those hours."""
    club = Organisation.objects.get(slug=resource.slug)
    user = club.memberships.get().user
    feed = services.subscribe(user=user, kind="organisation", organisation=club, language="nb", now=NOW)
    return "/feeds/" + subscriptions.url_of(feed).partition("/feeds/")[2]


def _not_modified(resource: Resource, address: str, what: str, seconds: float) -> Row:
    """304 over HTTP."""
    floor = _Floor(selectors.scope_of(resource.pk))
    with clock.at(NOW), override_settings(ROOT_URLCONF=floor.urls()):
        client = Client()
        answer = client.get(address)
        b"".join(answer.streaming_content)  # type: ignore[arg-type]
        etag = answer["ETag"]
        version = client.get("/floor/").headers
        del version

        def ours() -> None:
            assert client.get(address, headers={"If-None-Match": etag}).status_code == 304  # noqa: S101

        def bound() -> None:
            assert client.get("/floor/", headers={"If-None-Match": "*"}).status_code == 304  # noqa: S101

        found = in_turn({"ours": ours, "floor": bound}, seconds=seconds)
        return Row(what, found["ours"], "floor", found["floor"], 2, count_queries(ours))


def _own_part(resource: Resource, seconds: float) -> Row:
    """What a 304 of a private feed costs us alone, without Django around it, against its bare statements."""
    address = _subscribed(resource)
    feed_id, secret, slug = address.removesuffix(".ics").split("/")[2:5]
    with clock.at(NOW):
        first = secret_feed(RequestFactory().get(address), feed_id, secret, slug)
        b"".join(first.streaming_content)
        asked = RequestFactory().get(address, headers={"If-None-Match": first["ETag"]})

        def ours() -> None:
            assert secret_feed(asked, feed_id, secret, slug).status_code == 304  # noqa: S101

        with CaptureQueriesContext(connection) as seen:
            ours()
        statements = [one["sql"] for one in seen.captured_queries]

        def bare() -> None:
            with connection.cursor() as cursor:
                for sql in statements:
                    cursor.execute(sql)
                    cursor.fetchall()

        found = in_turn({"ours": ours, "raw": bare}, seconds=seconds)
        return Row("304 of a private feed, our own part", found["ours"], "raw", found["raw"], 10, count_queries(ours))


def run(db: str, *, seconds: float = 4.0) -> list[Row]:
    """All figures on the database that the settings name (``db`` is its name in the table). Rows are made and stay."""
    rows = []
    for size in SIZES:
        resource = _fill(size)
        connection.ensure_connection()
        first = _first_reading(resource)
        rows.append(Row(f"{db}: first reading, {size:,} events", first, "rendering alone", _bare(resource), None, 0))
        raw = _raw(resource)

        def kept(resource: Resource = resource) -> bytes:
            return b"".join(_feed(resource))

        found = in_turn({"ours": kept, "raw": raw}, seconds=seconds)
        rows.append(Row(f"{db}: kept, {size:,} events", found["ours"], "raw", found["raw"], 3, count_queries(kept)))
        ours, bound = _private(resource)
        ours()
        found = in_turn({"ours": ours, "raw": bound}, seconds=seconds)
        rows.append(
            Row(f"{db}: kept, private, {size:,} events", found["ours"], "raw", found["raw"], 3, count_queries(ours))
        )
    rows.append(_not_modified(resource, f"/feeds/resource-{resource.slug}.ics", "304 of a feed", seconds))
    rows.append(_not_modified(resource, _subscribed(resource), "304 of a private feed", seconds))
    rows.append(_own_part(resource, seconds))
    return rows
