"""Public figures for other programs (api.md "Feeds, figures, operations"). Anonymous may read them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.catalogue.models import Kind, Unit
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_date
from booking.foundation.errors import Invalid, NotFound
from booking.foundation.i18n import localized
from booking.insight import selectors
from booking.insight.rules import AnswerFigures, NoticeFigures, Use
from booking.insight.selectors import Period

#: Figures are counted anew each time: longer than this is a job for a report. Days.
LONGEST = 3660


class UnitOfFiguresShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()


class AnswerFiguresShape(s.Serializer[Any]):
    """Working days from receipt to answer, of the cases received in the period that a person answered."""

    received = s.IntegerField()
    too_few = s.BooleanField(help_text="fewer than ten cases: a unit's other figures are null")
    answered = s.IntegerField(allow_null=True)
    answered_by_rule = s.IntegerField(allow_null=True, help_text="granted at once by the rules; not in the days")
    median_working_days = s.FloatField(allow_null=True)
    p90_working_days = s.IntegerField(allow_null=True, help_text="nine of ten were answered within so many")
    within_promise = s.FloatField(
        allow_null=True, help_text="share, 0 to 1, answered by the first date that was promised"
    )
    open = s.IntegerField(allow_null=True)
    overdue = s.IntegerField(allow_null=True)


class UnitAnswersShape(AnswerFiguresShape):
    unit = UnitOfFiguresShape()


AnswersShape = type(
    "AnswersShape",
    (s.Serializer,),
    {"from": s.DateField(), "to": s.DateField(), "all": AnswerFiguresShape(), "results": UnitAnswersShape(many=True)},
)


class UseShape(s.Serializer[Any]):
    loans = s.IntegerField()
    hours = s.FloatField()
    children_youth_hours = s.FloatField()
    children_youth_share = s.FloatField(allow_null=True, help_text="0 to 1")


class KindUseShape(UseShape):
    kind = s.ChoiceField(choices=Kind.values)


class UnitUseShape(UseShape):
    unit = UnitOfFiguresShape()


class TakenBackFiguresShape(s.Serializer[Any]):
    """How often the municipality took back granted time, by the day it was told."""

    taken_back = s.IntegerField()
    short_notice = s.IntegerField(help_text="less than 48 hours before")
    restored = s.IntegerField(help_text="given back, because the cause went away")


UseAnswerShape = type(
    "UseAnswerShape",
    (s.Serializer,),
    {
        "from": s.DateField(),
        "to": s.DateField(),
        "all": UseShape(),
        "kinds": KindUseShape(many=True),
        "results": UnitUseShape(many=True),
        "taken_back": TakenBackFiguresShape(),
    },
)


class NoticeShape(s.Serializer[Any]):
    started = s.IntegerField(help_text="works that started in the period")
    kept = s.IntegerField(help_text="planned ones that started without an early start")
    share = s.FloatField(allow_null=True, help_text="0 to 1, of those that were planned")
    early_starts = s.IntegerField(help_text="signed by two people, in public")
    emergencies = s.IntegerField()
    overdue_reports = s.IntegerField()
    median_days_given = s.FloatField(allow_null=True, help_text="clear calendar days, to whoever was told last")
    median_days_promised = s.FloatField(allow_null=True, help_text="what the notice rules ask for")


class UnitNoticeShape(NoticeShape):
    unit = UnitOfFiguresShape()


NoticesShape = type(
    "NoticesShape",
    (s.Serializer,),
    {"from": s.DateField(), "to": s.DateField(), "all": NoticeShape(), "results": UnitNoticeShape(many=True)},
)

PARAMETERS = [
    OpenApiParameter("from", str, description="first local date; default: a year before `to`"),
    OpenApiParameter("to", str, description="last local date, in it; default: today"),
    OpenApiParameter("unit", str, description="slug of a unit"),
]


def period_of(request: Request) -> Period:
    """`from` and `to` of the query string.

    Raises ``Invalid``: `not_a_date, out_of_range, end_before_start, too_long`.
    """
    asked = request.query_params
    today = clock.today(booking_settings().tz)
    last = parse_date(asked["to"], loc=["to"]) if asked.get("to") else today
    first = parse_date(asked["from"], loc=["from"]) if asked.get("from") else selectors.last_year(last).first
    if last < first:
        raise Invalid("end_before_start", _("The end must be after the start."), loc=["to"])
    if (last - first).days > LONGEST:
        raise Invalid("too_long", _("This is too long: at most %(days)s days."), loc=["to"], params={"days": LONGEST})
    return Period(first, last)


def unit_of(request: Request) -> Unit | None:
    """`unit` of the query string. Raises ``NotFound`` for one that isn't there."""
    slug = request.query_params.get("unit")
    if not slug:
        return None
    found = Unit.objects.filter(slug=slug).first() if "\0" not in slug else None
    if found is None:
        raise NotFound("unknown_unit", _("There is no such unit."))
    return found


def render_answers(figures: AnswerFigures, *, alone: bool) -> dict[str, Any]:
    """`alone`: of one unit, so that few cases are not shown (needs N17)."""
    hidden = alone and figures.few
    shown = {
        "answered": figures.answered,
        "answered_by_rule": figures.by_rule,
        "median_working_days": _number(figures.median),
        "p90_working_days": figures.slow,
        "within_promise": _number(figures.within),
        "open": figures.open,
        "overdue": figures.overdue,
    }
    return {"received": figures.received, "too_few": hidden} | (dict.fromkeys(shown) if hidden else shown)


def render_use(use: Use) -> dict[str, Any]:
    return {
        "loans": use.loans,
        "hours": round(use.minutes / 60, 2),
        "children_youth_hours": round(use.young_minutes / 60, 2),
        "children_youth_share": _number(use.young_share),
    }


def render_notices(figures: NoticeFigures) -> dict[str, Any]:
    return {
        "started": figures.started,
        "kept": figures.kept,
        "share": _number(figures.share),
        "early_starts": figures.early,
        "emergencies": figures.emergencies,
        "overdue_reports": figures.overdue_reports,
        "median_days_given": _number(figures.given),
        "median_days_promised": _number(figures.promised),
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _unit(unit: Unit) -> dict[str, str]:
    return {"slug": unit.slug, "name": str(localized(unit, "name"))}


class AnswerTimesView(ApiView):
    """How fast the municipality answers, and whether it keeps what it promises."""

    permission_classes = [AllowAny]

    @describe(operation_id="insight_answer_times", parameters=PARAMETERS, responses=AnswersShape)
    def get(self, request: Request) -> Response:
        """Of requests and enquiries received in the period; each unit from ten cases on, and never a person."""
        period = period_of(request)
        found = selectors.answer_times(period, now=clock.now(), unit=unit_of(request))
        one_unit = bool(request.query_params.get("unit"))
        return Response(
            {
                "from": period.first,
                "to": period.last,
                "all": render_answers(found.all, alone=one_unit),
                "results": [{"unit": _unit(unit)} | render_answers(one, alone=True) for unit, one in found.units],
            }
        )


class UseView(ApiView):
    """What is lent, how much of it to children and youth, and how often granted time was taken back."""

    permission_classes = [AllowAny]

    @describe(operation_id="insight_use", parameters=PARAMETERS, responses=UseAnswerShape)
    def get(self, request: Request) -> Response:
        """Of loans that began in the period. No organisation is named."""
        period = period_of(request)
        found = selectors.use(period, unit=unit_of(request))
        return Response(
            {
                "from": period.first,
                "to": period.last,
                "all": render_use(found.all),
                "kinds": [{"kind": kind} | render_use(one) for kind, one in found.kinds.items()],
                "results": [{"unit": _unit(unit)} | render_use(one) for unit, one in found.units],
                "taken_back": dict(found.taken_back),
            }
        )


class NoticeKeptView(ApiView):
    """Whether those affected by works were told in time."""

    permission_classes = [AllowAny]

    @describe(operation_id="insight_notice_kept", parameters=PARAMETERS, responses=NoticesShape)
    def get(self, request: Request) -> Response:
        """Of works that started in the period, by unit."""
        period = period_of(request)
        found = selectors.notice_kept(period, now=clock.now(), unit=unit_of(request))
        return Response(
            {
                "from": period.first,
                "to": period.last,
                "all": render_notices(found.all),
                "results": [{"unit": _unit(unit)} | render_notices(one) for unit, one in found.units],
            }
        )
