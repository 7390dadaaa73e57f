"""Meetings for other programs: what the caller may see on the pages, to read. Writing is for people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated
from booking.foundation.errors import Invalid, NotFound
from booking.foundation.i18n import current_language, localized
from booking.meetings import selectors, wording
from booking.meetings.calendar import url_of
from booking.meetings.models import Commitment, Meeting

STATES = ["invited", "held", "cancelled"]
STANDINGS = ["open", "late", "kept", "kept_late", "dropped"]


class MeetingUnitShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()


class CommitmentShape(s.Serializer[Any]):
    what = s.CharField()
    organisation = s.CharField(allow_null=True, help_text="slug; null: a unit of the municipality")
    unit = s.CharField(allow_null=True, help_text="slug; null: an organisation")
    due_on = s.DateField()
    standing = s.ChoiceField(choices=STANDINGS)
    reason = s.CharField(help_text="why it was dropped, else empty")
    meeting = s.CharField(help_text="reference of the meeting where it was promised")


class PointShape(s.Serializer[Any]):
    title = s.CharField()
    text = s.CharField()
    organisation = s.CharField(allow_null=True, help_text="slug; null: the municipality")
    outcome = s.CharField(help_text="what the minutes say of it")


class MeetingShape(s.Serializer[Any]):
    ref = s.CharField()
    title = s.CharField()
    about = s.CharField()
    state = s.ChoiceField(choices=STATES)
    start = s.DateTimeField()
    end = s.DateTimeField()
    place = s.CharField()
    resource = s.CharField(allow_null=True, help_text="slug")
    public = s.BooleanField()
    agenda_until = s.DateTimeField()
    agenda_open = s.BooleanField()
    unit = MeetingUnitShape()
    organisations = s.ListField(child=s.CharField(), help_text="slugs of who is invited")
    page_url = s.URLField()


class MeetingDetailShape(MeetingShape):
    agenda = PointShape(many=True)
    carried = CommitmentShape(many=True, help_text="what was promised before and opens the agenda")
    commitments = CommitmentShape(many=True, help_text="what was promised at this meeting")
    minutes = s.CharField()


class MeetingPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = MeetingShape(many=True)


def render(one: Meeting, now: Any) -> dict[str, Any]:
    """``one`` comes from ``selectors.with_all``."""
    tz = booking_settings().tz
    return {
        "ref": one.reference,
        "title": one.title,
        "about": one.about,
        "state": one.state,
        "start": one.start.astimezone(tz),
        "end": one.end.astimezone(tz),
        "place": wording.where_words(one),
        "resource": one.resource.slug if one.resource is not None else None,
        "public": one.public,
        "agenda_until": one.agenda_until.astimezone(tz),
        "agenda_open": selectors.agenda_is_open(one, now),
        "unit": {"slug": one.unit.slug, "name": str(localized(one.unit, "name"))},
        "organisations": sorted(row.organisation.slug for row in one.parties.all()),
        "page_url": url_of(one, current_language()) or booking_settings().public_base_url,
    }


def _commitment(one: Commitment, on: date) -> dict[str, Any]:
    return {
        "what": one.what,
        "organisation": one.organisation.slug if one.organisation is not None else None,
        "unit": one.unit.slug if one.unit is not None else None,
        "due_on": one.due_on,
        "standing": selectors.standing_of(one, on),
        "reason": one.reason,
        "meeting": one.meeting.reference,
    }


class MeetingsView(ApiView):
    """Meetings that the caller may see, the latest first."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="meetings_list",
        parameters=[
            OpenApiParameter("state", str, enum=STATES),
            OpenApiParameter("limit", int, description="50, at most 500"),
            OpenApiParameter("offset", int),
        ],
        responses=MeetingPageShape,
    )
    def get(self, request: Request) -> Response:
        """Open ones for everybody; with sign-in also those to which one's organisations or units are invited."""
        if not selectors.is_on():
            raise NotFound("not_found", _("There is nothing at this address."))
        now = clock.now()
        rows = selectors.visible_meetings(request.user, selectors.today_of(now))
        if state := request.query_params.get("state", ""):
            if state not in STATES:
                raise Invalid(
                    "not_a_choice",
                    _("Choose one of: %(choices)s."),
                    loc=["state"],
                    params={"choices": ", ".join(STATES)},
                )
            rows = rows.filter(state=state)
        return paginated(request, selectors.with_all(rows).order_by("-start", "-pk"), lambda one: render(one, now))


class MeetingView(ApiView):
    """One meeting, with its agenda, minutes and commitments."""

    permission_classes = [AllowAny]

    @describe(operation_id="meetings_retrieve", responses=MeetingDetailShape)
    def get(self, request: Request, ref: str) -> Response:
        """404 for one that the caller may not know of."""
        now = clock.now()
        on = selectors.today_of(now)
        found = None
        if selectors.is_on():
            found = selectors.with_all(selectors.visible_meetings(request.user, on)).filter(reference=ref).first()
        if found is None:
            raise NotFound("not_found", _("There is nothing at this address."))
        return Response(
            render(found, now)
            | {
                "agenda": [
                    {
                        "title": one.title,
                        "text": one.text,
                        "organisation": one.organisation.slug if one.organisation is not None else None,
                        "outcome": one.outcome,
                    }
                    for one in selectors.points_of(found)
                ],
                "carried": [_commitment(one, on) for one in selectors.carried(found)],
                "commitments": [_commitment(one, on) for one in selectors.made_at(found)],
                "minutes": found.minutes if found.state == "held" else "",
            }
        )
