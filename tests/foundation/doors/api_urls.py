"""A small API on the base class, with the foundation's own table behind it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import OperationalError, transaction
from django.http import HttpResponse
from django.urls import path, re_path
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from booking.foundation.doors.api_base import ApiView, ProblemTypeView, UnknownPath
from booking.foundation.doors.etags import etag_of, not_modified, require_match
from booking.foundation.doors.pagination import paginated
from booking.foundation.errors import RuleBroken, Taken, TooMany, Unmet
from booking.foundation.models import ReferenceCounter
from booking.foundation.references import next_reference
from municipality.urls import urlpatterns as site_urlpatterns

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


class Line(serializers.Serializer):
    quantity = serializers.IntegerField(min_value=1)


class Order(serializers.Serializer):
    name = serializers.CharField(max_length=10)
    lines = Line(many=True)

    def validate(self, attrs):
        if attrs["name"] == "bad":
            raise serializers.ValidationError("The whole is bad.", code="whole")
        return attrs


class Closed(ApiView):
    def get(self, request):
        return Response({})


class Mine(ApiView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"user": request.user.pk, "hat": self.hat.slug if self.hat else None})


class Orders(ApiView):
    permission_classes = [AllowAny]

    def get(self, request):
        return paginated(request, ReferenceCounter.objects.order_by("year"), lambda row: row.year)

    def post(self, request):
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        with transaction.atomic():
            reference = next_reference("case", NOW, NOW.tzinfo)
            match order.validated_data["name"]:
                case "taken":
                    raise Taken("taken", "Gone.", items=[{"index": 0, "ok": False}])
                case "broken":
                    raise RuleBroken("too_short", "Too short.", loc=["lines", 0, "end"])
                case "unmet":
                    raise Unmet("unmet", "First this.", items=[{"code": "reply"}])
                case "busy":
                    raise OperationalError("database is locked")
                case "many":
                    raise TooMany("too_many", "Wait.", retry_after=90)
                case "crash":
                    raise ZeroDivisionError
        return Response({"ref": reference}, status=201, headers={"Location": f"/orders/{reference}/"})


class Version(ApiView):
    permission_classes = [AllowAny]

    def get(self, request):
        etag = etag_of("version", 1)
        response = HttpResponse(status=304) if not_modified(request, etag) else Response({"version": 1})
        response["ETag"] = etag
        return response

    def put(self, request):
        require_match(request, etag_of("version", 1))
        return Response({"body": request.data})


urlpatterns = [
    path("api/booking/v1/closed/", Closed.as_view()),
    path("api/booking/v1/mine/", Mine.as_view()),
    path("api/booking/v1/orders/", Orders.as_view()),
    path("api/booking/v1/version/", Version.as_view()),
    path("api/booking/v1/problems/<slug:code>/", ProblemTypeView.as_view()),
    re_path(r"^api/booking/v1/", UnknownPath.as_view()),
    *site_urlpatterns,
]
