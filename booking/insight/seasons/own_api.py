"""An organisation's own figures of a season for other programs. Never withheld from who acts for it; nobody else's."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.clock import rfc3339
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.errors import NotAuthenticated, NotFound
from booking.insight.seasons import own
from booking.insight.seasons.api import BeforeField, SeasonNameShape, TallyShape, render_season, render_tally
from booking.insight.seasons.own import OwnUse
from booking.insight.seasons.rules import Tally
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.organisations.selectors import role_names


class OwnTeamShape(s.Serializer[Any]):
    team = s.CharField()
    whole = TallyShape(help_text="of the whole season")
    so_far = TallyShape(help_text="of the dates that have been")
    before = BeforeField(allow_null=True, help_text="of a team of the same name last season, up to the same week")


class DateToReportShape(s.Serializer[Any]):
    team = s.CharField()
    resource = s.CharField(help_text="slug")
    start = s.DateTimeField()
    end = s.DateTimeField()
    request = s.CharField(help_text="reference of the case that holds the hours")
    line = s.IntegerField(help_text="its number in the case")


class OwnFiguresShape(s.Serializer[Any]):
    """`too_few` is always false here, and nothing is null because of it."""

    season = SeasonNameShape()
    organisation = SeasonNameShape()
    season_start = s.DateField()
    season_end = s.DateField()
    whole = TallyShape(help_text="of the whole season")
    so_far = TallyShape(help_text="of the dates that have been")
    before = BeforeField(allow_null=True, help_text="of last season, up to the same week; null if it had no hours then")
    before_season = SeasonNameShape(allow_null=True)
    teams = OwnTeamShape(many=True)
    to_report = DateToReportShape(many=True, help_text="dates of which nobody has said whether they were used")
    past_reporting = s.IntegerField(help_text="unreported dates that are too old to be reported")


def render_own(organisation: Organisation, use: OwnUse) -> dict[str, Any]:
    """The whole answer."""

    def told(one: Tally | None) -> dict[str, Any] | None:
        return None if one is None else render_tally(one, hide=False)

    return {
        "season": render_season(use.round),
        "organisation": {"slug": organisation.slug, "name": organisation.name},
        "season_start": use.round.season_start,
        "season_end": use.round.season_end,
        "whole": told(use.whole),
        "so_far": told(use.so_far),
        "before": told(use.before),
        "before_season": None if use.before_round is None else render_season(use.before_round),
        "teams": [
            {"team": one.name, "whole": told(one.whole), "so_far": told(one.so_far), "before": told(one.before)}
            for one in use.teams
        ],
        "to_report": [
            {
                "team": some.team,
                "resource": line.resource.slug,
                "start": rfc3339(line.start, catalogue.zone(line.resource)),
                "end": rfc3339(line.end, catalogue.zone(line.resource)),
                "request": line.case.reference,
                "line": line.number,
            }
            for some in use.missing
            for line in some.lines
        ],
        "past_reporting": use.past,
    }


class OwnUseView(ApiView):
    """What became of an organisation's own hours in a season, team by team."""

    permission_classes = [AllowAny]

    @describe(operation_id="insight_season_own", responses=OwnFiguresShape)
    def get(self, request: Request, slug: str, organisation: str) -> Response:
        """For its leader, board and bookers. 401 for anonymous; 404 for all others, and where there are no figures."""
        if not request.user.is_authenticated:
            raise NotAuthenticated("not_authenticated", _("Sign in first."))
        now = clock.now()
        on = clock.local_date(now, booking_settings().tz)
        found = Organisation.objects.filter(slug=organisation).select_related("merged_into").first()
        found = found.merged_into or found if found is not None else None
        if found is None or not set(role_names(request.user, found, on)) & set(LEADING_ROLES):
            raise NotFound("not_found", _("There is nothing at this address."))
        round = next((one for one in own.rounds_of(found, on) if one.slug == slug), None)
        if round is None:
            raise NotFound("no_figures", _("There are no figures of this season yet."))
        return Response(render_own(found, own.own_use(found, round, now=now)))
