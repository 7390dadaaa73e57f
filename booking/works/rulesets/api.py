"""The rule engine as a question over HTTP: how long before, by when, and how (api.md "notice-check")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation.clock import local_date, rfc3339
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_moment
from booking.foundation.errors import Invalid, NotFound
from booking.foundation.text import clean
from booking.works.rulesets import engine, reading, selectors
from booking.works.rulesets.calendar import NoticeCalendar

MOST_USES = 20


class NoticeQuestionShape(s.Serializer[Any]):
    category = s.CharField(help_text=f"one of {', '.join(engine.CATEGORIES)}; another one counts as the strictest")
    impact = s.CharField(help_text=f"one of {', '.join(engine.IMPACTS)}; another one counts as the strictest")
    uses = s.ListField(
        child=s.CharField(),
        required=False,
        help_text=f"of {', '.join(engine.USES)}; the strictest of each figure is taken",
    )
    start = s.CharField(help_text="of the works: date (local midnight) or RFC 3339 date-time")
    at = s.CharField(required=False, help_text="when the notice is given; then `in_time` says whether that is enough")
    ruleset = s.CharField(
        required=False, help_text=f"code, such as {' or '.join(reading.PRESETS)}; without it the one in use"
    )


class AcknowledgedShape(s.Serializer[Any]):
    direct = s.IntegerField(help_text="per cent of the parties that the works hit directly, before the start")
    others = s.IntegerField(help_text="per cent of the others")


class NoticeAnswerShape(s.Serializer[Any]):
    """What the rules ask for. Days are clear days, and both figures hold."""

    category = s.CharField(help_text="after the impact and the kinds of use have moved it")
    calendar_days = s.IntegerField()
    working_days = s.IntegerField()
    latest_notice = s.DateTimeField(
        allow_null=True, help_text="the last moment; null when none is needed before the start"
    )
    report_by = s.DateTimeField(allow_null=True, help_text="emergency: reason, review and report")
    hours_before = s.IntegerField(allow_null=True)
    hours_after = s.IntegerField(allow_null=True, help_text="emergency: so many hours after the start")
    forward_plan_days = s.IntegerField()
    consultation_days = s.IntegerField(help_text="0: replies are open, and nobody waits for them")
    acknowledged = AcknowledgedShape()
    phone = s.BooleanField(help_text="somebody must be phoned")
    reminders = s.ListField(child=s.IntegerField(), help_text="days before the start")
    ruleset = s.CharField()
    unknown = s.ListField(child=s.CharField(), help_text="values that the rules don't know")
    inform_only = s.BooleanField(help_text="people are told, and that is all")
    needed = s.BooleanField(help_text="false: nobody need be told")
    ladder = s.ListField(child=s.ChoiceField(choices=engine.LADDER), help_text="how an unread message goes on")
    steps_earlier = s.IntegerField(help_text="so many steps of the ladder earlier")
    in_time = s.BooleanField(allow_null=True, help_text="for `at`; null without it")
    counts_from = s.DateField(allow_null=True, help_text="the local day a notice given `at` counts as given")
    days_off = s.ListField(child=s.DateField(), help_text="holidays and extra days between, as counted")


def _word(data: Mapping[str, Any], name: str) -> str:
    if data.get(name) is None:
        raise Invalid("required", _("This is needed."), loc=[name])
    return clean(data[name], max_length=100, loc=[name], required=True)


def _uses(data: Mapping[str, Any]) -> list[str]:
    value = data.get("uses")
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_USES:
        raise Invalid(
            "not_a_list", _("This must be a list of at most %(most)s."), loc=["uses"], params={"most": MOST_USES}
        )
    return [_word({"uses": one}, "uses") for one in value]


def _moment(data: Mapping[str, Any], name: str, calendar: NoticeCalendar) -> datetime:
    """A moment; of a year that no holidays are known for, the holidays speak (422), not the shape (400)."""
    if data.get(name) is None:
        raise Invalid("required", _("This is needed."), loc=[name])
    try:
        return parse_moment(data[name], loc=[name], tz=calendar.tz)
    except Invalid as error:
        if error.code == "out_of_range":
            calendar.is_working(datetime.fromisoformat(data[name].strip()[:10]).date())
        raise


class NoticeCheckView(ApiView):
    """How long before such works people must be told, and how. Writes nothing; anybody may ask."""

    permission_classes = [AllowAny]
    idempotent = False

    @describe(operation_id="notice_check", request=NoticeQuestionShape, responses=NoticeAnswerShape)
    def post(self, request: Request) -> Response:
        """The rule engine's answer."""
        if not booking_settings().is_on("works"):
            raise NotFound("not_found", _("There is nothing at this address."))
        data = request.data
        if not isinstance(data, Mapping):
            raise Invalid("not_an_object", _("This must be an object with names and values."))
        rules = selectors.ruleset(_word(data, "ruleset") if data.get("ruleset") is not None else "")
        calendar = selectors.calendar(rules)
        start = _moment(data, "start", calendar)
        at = _moment(data, "at", calendar) if data.get("at") is not None else None
        need = engine.required(rules, _word(data, "category"), _word(data, "impact"), _uses(data))
        return Response(answer(rules, need, start, at, calendar))


def answer(
    rules: engine.RuleSet,
    need: engine.Requirement,
    start: datetime,
    at: datetime | None,
    calendar: NoticeCalendar,
) -> dict[str, Any]:
    """The fields of api.md for works that start then."""
    last = engine.deadline(start, need, calendar)
    report = engine.report_by(start, need, calendar)
    calendar.is_working(local_date(start, calendar.tz))  # also where nothing is counted back: 422, never a guess
    return {
        "category": need.category,
        "calendar_days": need.calendar_days,
        "working_days": need.working_days,
        "latest_notice": rfc3339(last.latest, calendar.tz) if last else None,
        "report_by": rfc3339(report, calendar.tz) if report else None,
        "hours_before": need.hours_before,
        "hours_after": need.hours_after,
        "forward_plan_days": need.forward_plan_days,
        "consultation_days": need.consultation_days,
        "acknowledged": {"direct": need.acknowledged_direct, "others": need.acknowledged_others},
        "phone": need.phone,
        "reminders": list(need.reminders),
        "ruleset": rules.code,
        "unknown": list(need.unknown),
        "inform_only": need.inform_only,
        "needed": need.told,
        "ladder": list(need.ladder),
        "steps_earlier": need.steps_earlier,
        "in_time": engine.in_time(at, start, need, calendar) if at else None,
        "counts_from": calendar.given_day(at).isoformat() if at else None,
        "days_off": [day.isoformat() for day, _name in last.days_off] if last else [],
    }
