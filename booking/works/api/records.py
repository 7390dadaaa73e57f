"""Works for everybody: the GeoJSON feed, one works whole, the gapless events; and a planner's new draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import etag_of, not_modified
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_int, parse_moment
from booking.foundation.errors import Invalid, NotFound
from booking.works import selectors, services, view
from booking.works.api.common import answer, body_of, etag, planned_by, text_of, works_or_404
from booking.works.api.reading import spec_of, unit_of
from booking.works.api.shapes import (
    PROBLEMS,
    UnmetProblemShape,
    WorksBodyShape,
    WorksCollectionShape,
    WorksDetailShape,
    WorksEventsShape,
)
from booking.works.models import WorksEvent as Event
from booking.works.models import WorksState
from booking.works.services.common import number_events

#: Entries of one answer of the event feed.
MOST_EVENTS = 500
STATES = [one for one in WorksState.values if one != "draft"]


class WorksListView(ApiView):
    """Works ahead, going on, and just over, as GeoJSON; and a new draft."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="works_list",
        parameters=[
            OpenApiParameter("resource", str, description="slug: works that touch it"),
            OpenApiParameter("state", str, description="comma list"),
            OpenApiParameter("from", str, description="date or date-time"),
            OpenApiParameter("to", str),
        ],
        responses={200: WorksCollectionShape, 304: None, 400: UnmetProblemShape},
    )
    def get(self, request: Request) -> HttpResponse | Response:
        """Everybody may read it. No organisation is named."""
        now = clock.now()
        rows = self._narrowed(request, selectors.listed_works(now))
        found = list(selectors.with_all(rows).order_by("current__window_start", "reference"))
        tag = etag_of("works", get_language(), *(f"{one.reference}/{one.version}" for one in found))
        if not_modified(request, tag):
            return HttpResponse(status=304, headers={"ETag": tag})
        updated = max((one.revised_at for one in found), default=now)
        body = view.collection(found, updated)
        return Response(body, headers={"ETag": tag}, content_type="application/geo+json")

    def _narrowed(self, request: Request, rows: Any) -> Any:
        query = request.query_params
        if query.get("state"):
            wanted = query["state"].split(",")
            unknown = [one for one in wanted if one not in STATES]
            if unknown:
                params = {"choices": ", ".join(STATES)}
                raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("state",))
            rows = rows.filter(state__in=wanted)
        tz = booking_settings().tz
        if query.get("from"):
            rows = rows.filter(current__window_end__gt=parse_moment(query["from"], loc=("from",), tz=tz))
        if query.get("to"):
            rows = rows.filter(current__window_start__lt=parse_moment(query["to"], loc=("to",), tz=tz))
        if query.get("resource"):
            resource = catalogue.visible_resources(request.user).filter(slug=query["resource"]).first()
            if resource is None:
                raise NotFound("unknown_resource", _("There is no such thing to lend."), loc=("resource",))
            wide = selectors.works_on([resource.pk], datetime(2000, 1, 1, tzinfo=tz), datetime(2200, 1, 1, tzinfo=tz))
            rows = rows.filter(pk__in=[one.pk for one in wide])
        return rows

    @describe(
        operation_id="works_create", request=WorksBodyShape, responses={201: WorksDetailShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A draft of a unit that the caller plans for."""
        if not request.user.is_authenticated:
            self.permission_denied(request)
        given = body_of(request)
        if given.get("continues") not in (None, ""):
            old = planned_by(request, text_of(given, "continues"))
            works = services.continue_works(
                old, spec=spec_of(given, request), by=request.user, now=clock.now(), why=text_of(given, "why")
            )
            return answer(works, status=201)
        unit = unit_of(request)
        works = services.draft_works(unit=unit, spec=spec_of(given, request), by=request.user, now=clock.now())
        return answer(works, status=201)


class WorksView(ApiView):
    """One works, whole."""

    permission_classes = [AllowAny]

    @describe(operation_id="works_retrieve", responses={200: WorksDetailShape, 304: None, 404: UnmetProblemShape})
    def get(self, request: Request, ref: str) -> HttpResponse | Response:
        """With versions, decisions past the rules, "you said / we did" and the public record."""
        works = works_or_404(request, ref)
        tag = etag(works)
        if not_modified(request, tag):
            return HttpResponse(status=304, headers={"ETag": tag})
        return Response(view.detail(works), headers={"ETag": tag}, content_type="application/geo+json")


class WorksEventsView(ApiView):
    """The feed of events: a reader that was away asks for what came after the last number it has."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="works_events",
        parameters=[OpenApiParameter("after", int, description="the last number that you have; default 0")],
        responses={200: WorksEventsShape, 400: UnmetProblemShape},
    )
    def get(self, request: Request) -> Response:
        """At most 500 at a time, in order, without gaps."""
        after = parse_int(request.query_params.get("after", "0"), loc=("after",), most=2**53)
        if selectors.is_on():
            number_events()
        rows = Event.objects.filter(n__gt=after).order_by("n").values_list("pk")[:MOST_EVENTS]
        found = Event.objects.filter(pk__in=[pk for (pk,) in rows]).select_related("works").order_by("n")
        return Response({"events": [view.event(one, one.works.reference) for one in found]})
