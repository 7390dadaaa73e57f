"""A season's figures for other programs: what the public page says, as numbers. Anonymous may read them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.errors import NotFound
from booking.foundation.i18n import localized
from booking.insight.seasons import rules, selectors
from booking.insight.seasons.rules import Tally
from booking.insight.seasons.selectors import NO_AGE, SeasonUse
from booking.organisations.models import Organisation
from booking.seasons.models import SeasonRound
from booking.seasons.selectors.rounds import find_visible


class GivenShape(s.Serializer[Any]):
    """Hours of a season: what was given out, and what went."""

    hours = s.FloatField(help_text="given out")
    given_up_hours = s.FloatField(help_text="by the organisations, in time for others")
    retaken_hours = s.FloatField(help_text="of what was given up: what others had")
    taken_hours = s.FloatField(help_text="by works, closures and take-backs")


class TallyShape(GivenShape):
    """With use, as it was reported. Hidden (null) where it is of fewer than ten dates or of one organisation alone."""

    dates = s.IntegerField()
    ahead_hours = s.FloatField()
    too_few = s.BooleanField(help_text="used, not used and unreported are null")
    used_hours = s.FloatField(allow_null=True)
    unused_hours = s.FloatField(allow_null=True)
    unreported_hours = s.FloatField(allow_null=True)
    used_share = s.FloatField(allow_null=True, help_text="0 to 1, of what was reported")
    children_youth_share = s.FloatField(allow_null=True, help_text="0 to 1, of what was kept")


class SeasonNameShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()


class HallUseShape(TallyShape):
    resource = s.CharField(help_text="slug; the hours of its parts are in it")


class BandUseShape(TallyShape):
    band = s.CharField(help_text="an age band of the round's rules; empty: the teams named no ages")
    title = s.CharField(help_text="in the municipality's own words; empty: a band of the ready-made rules")
    age_from = s.IntegerField(allow_null=True)
    age_to = s.IntegerField(allow_null=True)


class WeekUseShape(TallyShape):
    monday = s.DateField()


class OrganisationGivenShape(GivenShape):
    organisation = SeasonNameShape()


@extend_schema_field(TallyShape)
class BeforeField(s.Field[Any, Any, Any, Any]):
    pass


class SeasonUseShape(s.Serializer[Any]):
    season = SeasonNameShape()
    season_start = s.DateField()
    season_end = s.DateField()
    whole = TallyShape(help_text="of the whole season")
    so_far = TallyShape(help_text="of the dates that have been")
    before = BeforeField(allow_null=True, help_text="of last season, up to the same week; null if there was none")
    before_season = SeasonNameShape(allow_null=True)
    halls = HallUseShape(many=True)
    bands = BandUseShape(many=True)
    weeks = WeekUseShape(many=True)
    organisations = OrganisationGivenShape(many=True, help_text="never with use")


def render_given(one: Tally) -> dict[str, Any]:
    """Without use."""
    return {
        "hours": _hours(one.minutes),
        "given_up_hours": _hours(one.given_up),
        "retaken_hours": _hours(one.retaken),
        "taken_hours": _hours(one.taken),
    }


def render_tally(one: Tally, *, hide: bool) -> dict[str, Any]:
    """``hide``: use is of too few to be shown."""
    use: dict[str, Any] = {
        "used_hours": _hours(one.used),
        "unused_hours": _hours(one.unused),
        "unreported_hours": _hours(one.unsaid),
        "used_share": _share(one.used_share),
    }
    return {
        **render_given(one),
        "dates": one.dates,
        "ahead_hours": _hours(one.ahead),
        "too_few": hide,
        **(dict.fromkeys(use) if hide else use),
        "children_youth_share": _share(one.young_share),
    }


def _hours(minutes: int) -> float:
    return round(minutes / 60, 2)


def _share(value: Any) -> float | None:
    return None if value is None else round(float(value), 4)


def render_season(round: SeasonRound) -> dict[str, str]:
    return {"slug": round.slug, "name": str(localized(round, "name"))}


def _some(found: Any, name: str, label: Any) -> list[dict[str, Any]]:
    gone = rules.hidden(found)
    return [{name: label(key)} | render_tally(one, hide=key in gone) for key, one in found.items()]


def render_use(use: SeasonUse) -> dict[str, Any]:
    """The whole answer."""
    slugs = dict(Organisation.objects.filter(pk__in=use.organisations).values_list("pk", "slug"))
    ages = {one.name: (one.youngest, one.oldest) for one in use.ages.bands} | {NO_AGE: (None, None)}
    titles = {one.name: one.title for one in use.ages.bands} | {NO_AGE: ""}
    bands = [one | {"title": titles[one["band"]]} for one in _some(use.bands, "band", lambda name: name)]
    return {
        "season": render_season(use.round),
        "season_start": use.round.season_start,
        "season_end": use.round.season_end,
        "whole": render_tally(use.whole, hide=use.whole.few),
        "so_far": render_tally(use.so_far, hide=use.so_far.few),
        "before": None if use.before is None else render_tally(use.before, hide=use.before.few),
        "before_season": None if use.before is None or use.before_round is None else render_season(use.before_round),
        "halls": _some(use.halls, "resource", lambda pk: use.resources[pk].slug),
        "bands": [one | {"age_from": ages[one["band"]][0], "age_to": ages[one["band"]][1]} for one in bands],
        "weeks": _some(use.weeks, "monday", lambda day: day),
        "organisations": [
            {"organisation": {"slug": slugs[pk], "name": use.names[pk]}} | render_given(one)
            for pk, one in use.organisations.items()
        ],
    }


class SeasonUseView(ApiView):
    """What became of a season's hours: given out, given up, taken, used."""

    permission_classes = [AllowAny]

    @describe(operation_id="insight_season", responses=SeasonUseShape)
    def get(self, request: Request, slug: str) -> Response:
        """From the season's first day on; 404 before, and for rounds that the caller may not know of."""
        now = clock.now()
        on = clock.local_date(now, booking_settings().tz)
        round = find_visible(slug, request.user, on)
        if not selectors.has_figures(round, on):
            raise NotFound("no_figures", _("There are no figures of this season yet."))
        return Response(render_use(selectors.season_use(round, now=now)))
