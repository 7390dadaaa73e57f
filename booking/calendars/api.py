"""A resource's feed at the API's address (the same bytes, no login), and one's own subscriptions (api.md)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.calendars import public, services
from booking.calendars.models import Feed, FeedKind
from booking.calendars.selectors import subscriptions, webcal
from booking.catalogue.models import Unit
from booking.foundation import clock, text
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated
from booking.foundation.errors import Invalid, NotAuthenticated
from booking.organisations.models import Organisation


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


# --- one's own subscriptions -----------------------------------------------------------------------------------------


class NewFeedShape(s.Serializer[Any]):
    kind = s.ChoiceField(choices=FeedKind.values)
    organisation = s.CharField(required=False, help_text="slug; for kind organisation")
    unit = s.CharField(required=False, help_text="slug; for kind unit")
    lang = s.ChoiceField(choices=list(services.LANGUAGES), required=False, help_text="default: the municipality's")


class FeedShape(s.Serializer[Any]):
    """An address with a secret in it: whoever has it reads what you may read, until you change it or your role ends."""

    feed_id = s.CharField()
    kind = s.ChoiceField(choices=FeedKind.values)
    organisation = s.CharField(allow_null=True, help_text="slug")
    unit = s.CharField(allow_null=True, help_text="slug")
    name = s.CharField()
    lang = s.CharField()
    url = s.URLField(help_text="https, to paste")
    webcal_url = s.CharField(help_text="for programs that subscribe")
    last_fetched = s.DateField(allow_null=True, help_text="the last local day on which a program fetched it")


class FeedPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = FeedShape(many=True)


def render_feed(feed: Feed) -> dict[str, Any]:
    """For the feed's own user only."""
    url = subscriptions.url_of(feed)
    organisation = subscriptions.successor(feed.organisation) if feed.organisation is not None else None
    return {
        "feed_id": feed.feed_id,
        "kind": feed.kind,
        "organisation": organisation.slug if organisation is not None else None,
        "unit": feed.unit.slug if feed.unit is not None else None,
        "name": subscriptions.name_of(feed),
        "lang": feed.language,
        "url": url,
        "webcal_url": webcal(url),
        "last_fetched": subscriptions.last_fetched(feed),
    }


class _OwnFeeds(ApiView):
    """For who is signed in. Answers aren't kept by their Idempotency-Key: they hold secrets, which the database must
    not. Asking again for the same calendar answers the same address."""

    permission_classes = [AllowAny]
    idempotent = False

    def me(self, request: Request) -> Any:
        """The caller. Raises ``NotAuthenticated``."""
        if not request.user.is_authenticated:
            raise NotAuthenticated("not_authenticated", _("Sign in first."))
        return request.user

    def answer(self, feed: Feed, status: int = 200) -> Response:
        """One feed, kept by nobody on the way."""
        return Response(render_feed(feed), status=status, headers={"Cache-Control": "no-store"})


class FeedsView(_OwnFeeds):
    """One's own calendar subscriptions."""

    @describe(
        operation_id="feeds_list",
        parameters=[OpenApiParameter("limit", int, description="50, at most 500"), OpenApiParameter("offset", int)],
        responses=FeedPageShape,
    )
    def get(self, request: Request) -> Response:
        """Those that weren't ended."""
        answer = paginated(request, subscriptions.feeds_of(self.me(request)).order_by("pk"), render_feed)
        answer["Cache-Control"] = "no-store"
        return answer

    @describe(operation_id="feeds_create", request=NewFeedShape, responses={201: FeedShape})
    def post(self, request: Request) -> Response:
        """The address for one calendar; the one that there is already, if there is one. 404 for what one may not
        read."""
        user = self.me(request)
        body = request.data
        if not isinstance(body, dict):
            raise Invalid("not_an_object", _("Send a JSON object."))
        kind = text.clean(body.get("kind"), max_length=20, loc=["kind"])
        organisation = self._named(body, "organisation", Organisation) if kind == FeedKind.ORGANISATION else None
        unit = self._named(body, "unit", Unit) if kind == FeedKind.UNIT else None
        default = settings.LANGUAGE_CODE.split("-")[0]
        language = text.clean(body.get("lang"), max_length=5, loc=["lang"]) or default
        feed = services.subscribe(
            user=user, kind=kind, organisation=organisation, unit=unit, language=language, now=clock.now()
        )
        return self.answer(feed, 201)

    def _named(self, body: dict[str, Any], name: str, model: Any) -> Any:
        slug = text.clean(body.get(name), max_length=80, loc=[name])
        if not slug:
            raise Invalid("required", _("Say whose calendar it is to be."), loc=[name])
        related = ("merged_into",) if model is Organisation else ("parent__parent__parent",)
        found = model.objects.select_related(*related).filter(slug=slug).first()
        if found is None:
            raise public.no_such_calendar()
        return subscriptions.successor(found) if model is Organisation else found


class FeedView(_OwnFeeds):
    """One of one's own subscriptions."""

    @describe(operation_id="feeds_end", request=None, responses={204: None})
    def delete(self, request: Request, feed_id: str) -> Response:
        """End it: programs that still ask are told 410."""
        services.revoke(feed_id=feed_id, by=self.me(request), now=clock.now())
        return Response(status=204)


class RotateFeedView(_OwnFeeds):
    """Another address for one of one's own subscriptions."""

    @describe(operation_id="feeds_rotate", request=None, responses=FeedShape)
    def post(self, request: Request, feed_id: str) -> Response:
        """The old address is gone (410) at once."""
        return self.answer(services.rotate(feed_id=feed_id, by=self.me(request), now=clock.now()))
