"""The HTTP door of what can be lent and when it is free (api.md "Catalogue and time")."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.catalogue import api as shapes
from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Kind, Resource
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import etag_of, not_modified
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated_json
from booking.foundation.doors.params import parse_int, parse_window
from booking.foundation.errors import Invalid, NotFound
from booking.occupancy import selectors

MOST_RESOURCES = 500
MOST_DAYS = 92


class FreeShape(s.Serializer[Any]):
    start = s.DateTimeField()
    end = s.DateTimeField()
    quantity = s.IntegerField()


class BusyShape(s.Serializer[Any]):
    start = s.DateTimeField()
    end = s.DateTimeField()
    status = s.ChoiceField(choices=["confirmed", "tentative", "works", "closed"])
    quantity = s.IntegerField()
    label = s.CharField(allow_null=True, help_text="only where the title is public")


class OneAvailabilityShape(s.Serializer[Any]):
    resource = s.CharField()
    timezone = s.CharField()
    free = FreeShape(many=True)
    busy = BusyShape(many=True)


class AvailabilityShape(OneAvailabilityShape):
    vars()["from"] = s.DateTimeField()
    to = s.DateTimeField()


class BulkAvailabilityShape(s.Serializer[Any]):
    vars()["from"] = s.DateTimeField()
    to = s.DateTimeField()
    results = AvailabilityShape(many=True)
    missing = s.ListField(child=s.CharField(), help_text="slugs that nothing answers to")


class ResourcePageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = shapes.ResourceItemShape(many=True)


def _query(name: str, kind: Any = str, text: str = "", *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, required=required, description=text)


WINDOW = [
    _query("from", text="date (local midnight) or RFC 3339 date-time", required=True),
    _query("to", text=f"exclusive; at most {MOST_DAYS} days after `from`", required=True),
]


def visible(request: Request) -> Any:
    """Resources that this caller may see, with their units."""
    return catalogue.visible_resources(request.user).select_related("unit")


def resource_or_404(request: Request, slug: str) -> Resource:
    """The resource, or 404 also for one that the caller may not know of."""
    resource: Resource | None = visible(request).filter(slug=slug).first()
    if resource is None:
        raise NotFound("unknown_resource", _("There is no such thing to lend."))
    return resource


class ResourceListView(ApiView):
    """What can be lent, searched."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="resources_list",
        parameters=[
            _query("q", text="words; each must occur in name, summary, address or features"),
            OpenApiParameter("kind", str, enum=list(Kind.values)),
            _query("feature", text="slug; several with commas or repeated: all of them"),
            _query("capacity_min", int),
            _query("unit", text="slug; child units included"),
            _query("near", text="lat,lon,km"),
            _query("free_from", text="with `free_to`: only what is free all that time"),
            _query("free_to"),
            _query("quantity", int, "so many at once; with a time: free in that number"),
            _query("limit", int, "50, at most 500"),
            _query("offset", int),
        ],
        responses=ResourcePageShape,
    )
    def get(self, request: Request) -> HttpResponse:
        """The list, by name."""
        given = request.query_params
        kind = given.get("kind", "")
        if kind and kind not in Kind.values:
            raise Invalid(
                "not_a_choice",
                _("This must be one of: %(choices)s."),
                loc=["kind"],
                params={"choices": ", ".join(Kind.values)},
            )
        features = [slug for value in given.getlist("feature") for slug in value.split(",") if slug]
        capacity = given.get("capacity_min")
        known = catalogue.snapshot()
        things = catalogue.search(
            known.visible_to(request.user),
            known,
            q=given.get("q", ""),
            kind=kind,
            features=features,
            capacity_min=parse_int(capacity, loc=["capacity_min"]) if capacity else None,
            unit=given.get("unit", ""),
            near=catalogue_rules.parse_near(given["near"]) if given.get("near") else None,
        )
        quantity = parse_int(given.get("quantity") or 1, loc=["quantity"], least=1)
        if quantity > 1:
            things = [thing for thing in things if known.quantity(thing.pk) >= quantity]
        if given.get("free_from") or given.get("free_to"):
            window = parse_window(given, tz=booking_settings().tz, max_days=366, names=("free_from", "free_to"))
            free = selectors.free_resource_ids(things, window.start, window.end, quantity, known=known)
            things = [thing for thing in things if thing.pk in free]
        return paginated_json(request, things, lambda page: shapes.items_json(page, known))


class ResourceDetailView(ApiView):
    """One thing to lend."""

    permission_classes = [AllowAny]

    @describe(operation_id="resources_retrieve", responses=shapes.ResourceShape)
    def get(self, request: Request, slug: str) -> Response:
        """All that one must know before asking; ``ETag`` and 304."""
        resource = resource_or_404(request, slug)
        names = (
            booking_settings().show_officer_names
            or catalogue.units_of(request.user).filter(pk=resource.unit_id).exists()
        )
        body = shapes.detail_row(resource, on=clock.today(booking_settings().tz), names=names)
        # Officer, hours, prices and parts live in other rows, so the tag is made of what the answer says.
        etag = etag_of(get_language(), repr(body))
        response = Response(status=304) if not_modified(request, etag) else Response(body)
        response["ETag"] = etag
        patch_vary_headers(response, ["Accept-Language", "Authorization", "Cookie"])
        return response


def _json(body: bytes, request: Request) -> HttpResponse:
    response = HttpResponse(body, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


class AvailabilityView(ApiView):
    """When one thing is free and when it is taken."""

    permission_classes = [AllowAny]

    @describe(operation_id="resource_availability", parameters=WINDOW, responses=AvailabilityShape)
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Outside opening hours it is neither free nor busy. Never a stale answer."""
        known = catalogue.snapshot()
        thing = next((one for one in known.visible_to(request.user) if one.slug == slug), None)
        if thing is None:
            raise NotFound("unknown_resource", _("There is no such thing to lend."))
        window = parse_window(request.query_params, tz=thing.tz, max_days=MOST_DAYS)
        return _json(selectors.availability_json([thing], window.start, window.end, bulk=False, known=known), request)


class BulkAvailabilityView(ApiView):
    """The same for many things at once."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="availability_list",
        parameters=[_query("resources", text=f"slugs with commas, at most {MOST_RESOURCES}", required=True), *WINDOW],
        responses=BulkAvailabilityShape,
    )
    def get(self, request: Request) -> HttpResponse:
        """In the order asked for; what nobody knows stands in `missing`."""
        slugs = list(dict.fromkeys(slug for slug in request.query_params.get("resources", "").split(",") if slug))
        if not slugs:
            raise Invalid("required", _("This is needed."), loc=["resources"])
        if len(slugs) > MOST_RESOURCES:
            raise Invalid(
                "too_many", _("At most %(most)s things at once."), loc=["resources"], params={"most": MOST_RESOURCES}
            )
        window = parse_window(request.query_params, tz=booking_settings().tz, max_days=MOST_DAYS)
        known = catalogue.snapshot()
        found = {thing.slug: thing for thing in known.visible_to(request.user)}
        things = [found[slug] for slug in slugs if slug in found]
        missing = [slug for slug in slugs if slug not in found]
        return _json(
            selectors.availability_json(things, window.start, window.end, bulk=True, missing=missing, known=known),
            request,
        )


__all__ = ["AvailabilityView", "BulkAvailabilityView", "ResourceDetailView", "ResourceListView"]
