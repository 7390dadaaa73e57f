"""The feed at the API's address: the same bytes, no redirect, and no login (api.md, feeds.md)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.permissions import AllowAny

from booking.calendars import public
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe


class ResourceFeedView(ApiView):
    """The public calendar of a resource."""

    permission_classes = [AllowAny]

    # Calendar clients know nothing of problem documents and content negotiation: the whole answer is the feed's.
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As `/feeds/resource-<slug>.ics`, whatever the method."""
        return public.resource_feed(request, kwargs["slug"])

    @describe(
        operation_id="resource_feed",
        parameters=[
            OpenApiParameter("lang", str, enum=list(public.LANGUAGES), description="default: the municipality's"),
            OpenApiParameter("expand", str, enum=["1"], description="single events instead of series"),
        ],
        responses={
            (200, "text/calendar"): OpenApiResponse(OpenApiTypes.STR, description="iCalendar"),
            304: OpenApiResponse(description="not changed"),
            404: OpenApiResponse(description="no such calendar"),
            410: OpenApiResponse(description="no longer lent"),
        },
    )
    def get(self, request: Any, slug: str) -> HttpResponseBase:
        """iCalendar; validators as for every feed."""
        raise NotImplementedError  # dispatch answers; this is what the schema reads
