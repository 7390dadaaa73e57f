"""The HTTP door of what is done to a whole case: a new date, a question, a hand-over, an end (api.md "Cases").

Parses, calls one service, renders the case. `If-Match` guards each against acting on an old version.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.cases import api_schema as schema
from booking.cases import drafts, services
from booking.cases.access import is_staff_for
from booking.cases.api import PROBLEMS, answer_with, body_of, case_etag, case_or_404, hat_of
from booking.cases.models import Case
from booking.catalogue.models import Unit
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import require_match
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_date
from booking.foundation.errors import Forbidden, Invalid
from booking.foundation.text import is_unusable


class Act(ApiView):
    """One act on one case. Subclasses do it; refusals are problem details."""

    permission_classes = [IsAuthenticated]
    #: An act of the unit. Whoever isn't of it is refused before the body is read: which addresses and units there are
    #: must not be learned from what it says.
    of_unit = True

    def act(self, request: Request, ref: str, **where: Any) -> Response:
        """Find the case, check the version, do it, show it."""
        case = case_or_404(request, ref)
        if self.of_unit and not is_staff_for(request.user, case, clock.today(booking_settings().tz)):
            raise Forbidden("forbidden", _("Only the unit that has the case can do this."))
        require_match(request, case_etag(case, request))
        if_version = case.version if "If-Match" in request.headers else None
        return answer_with(self.do(case, body_of(request), request, if_version, **where), request)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        """The act. Answers the case as it stands then."""
        raise NotImplementedError


def text_in(data: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        code, words = ("required", _("This is needed.")) if value is None else ("not_text", _("This must be text."))
        raise Invalid(code, words, loc=[name])
    return value


class HoldingReplyView(Act):
    """A holding reply: the answer comes later, and by when."""

    @describe(
        operation_id="requests_holding_reply",
        request=schema.HoldingReplyShape,
        responses={200: schema.CaseShape, **PROBLEMS},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Staff. The first date stays on record."""
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        until: date = parse_date(data.get("until"), loc=["until"])
        return services.holding_reply(
            case,
            until=until,
            message=text_in(data, "message", required=False),
            by=request.user,
            now=clock.now(),
            if_version=if_version,
        )


class AskView(Act):
    """A question to the requester; the municipality's clock stands until they reply."""

    @describe(
        operation_id="requests_ask", request=schema.NewMessageShape, responses={200: schema.CaseShape, **PROBLEMS}
    )
    def post(self, request: Request, ref: str) -> Response:
        """Staff. A message of the party answers it."""
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        return services.ask(
            case, message=text_in(data, "message"), by=request.user, now=clock.now(), if_version=if_version
        )


class HandOverView(Act):
    """The case moves to another unit or officer, with a reason that the requester sees."""

    @describe(
        operation_id="requests_hand_over", request=schema.HandOverShape, responses={200: schema.CaseShape, **PROBLEMS}
    )
    def post(self, request: Request, ref: str) -> Response:
        """Staff. The promised date stays."""
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        return services.hand_over(
            case,
            unit=_unit(data),
            officer=_officer(data, required=False),
            reason=text_in(data, "reason"),
            by=request.user,
            now=clock.now(),
            if_version=if_version,
        )


class AssignView(Act):
    """Another case officer of the same unit."""

    @describe(operation_id="requests_assign", request=schema.AssignShape, responses={200: schema.CaseShape, **PROBLEMS})
    def post(self, request: Request, ref: str) -> Response:
        """Staff."""
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        return services.assign(case, officer=_officer(data), by=request.user, now=clock.now(), if_version=if_version)


class DismissView(Act):
    """Not admitted: the unit can't decide this."""

    @describe(
        operation_id="requests_dismiss", request=schema.GroundsShape, responses={200: schema.CaseShape, **PROBLEMS}
    )
    def post(self, request: Request, ref: str) -> Response:
        """Staff. Can be appealed."""
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        return services.dismiss(
            case, grounds=text_in(data, "grounds"), by=request.user, now=clock.now(), if_version=if_version
        )


class CloseView(Act):
    """Nothing more is to be done."""

    @describe(operation_id="requests_close", request=schema.CloseShape, responses={200: schema.CaseShape, **PROBLEMS})
    def post(self, request: Request, ref: str) -> Response:
        """Staff. An enquiry needs an answer first, or with it."""
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        return services.close_case(
            case,
            message=text_in(data, "message", required=False),
            by=request.user,
            now=clock.now(),
            if_version=if_version,
        )


class AppealView(Act):
    """A party appeals a decision."""

    of_unit = False

    @describe(
        operation_id="requests_appeal", request=schema.NewMessageShape, responses={200: schema.CaseShape, **PROBLEMS}
    )
    def post(self, request: Request, ref: str) -> Response:
        """Party. The case waits on the municipality again, with a new date."""
        self.hat  # noqa: B018 - a header that can't be read is refused
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        return services.appeal(
            case, message=text_in(data, "message"), by=request.user, now=clock.now(), hat=hat_of(request)
        )


class AnswerAppealView(Act):
    """The unit's answer to an appeal."""

    @describe(
        operation_id="requests_answer_appeal",
        request=schema.AnswerAppealShape,
        responses={200: schema.CaseShape, **PROBLEMS},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Staff: the decision stands (and the appeal goes to the board), or it is decided anew."""
        return self.act(request, ref)

    def do(self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None) -> Case:
        return services.answer_appeal(
            case,
            outcome=text_in(data, "outcome"),
            grounds=text_in(data, "grounds"),
            by=request.user,
            now=clock.now(),
            if_version=if_version,
        )


def _unit(data: Mapping[str, Any]) -> Unit | None:
    if data.get("unit") is None:
        return None
    faults = drafts.Faults()
    slug = drafts.read_slug(data["unit"], ("unit",), faults)
    faults.check()
    unit = Unit.objects.filter(slug=slug, active=True).first()
    if unit is None:
        raise Invalid("unknown_unit", _("There is no such unit."), loc=["unit"])
    return unit


def _officer(data: Mapping[str, Any], *, required: bool = True) -> Any:
    """By e-mail address: staff of one town hall know each other's."""
    if data.get("officer") is None and not required:
        return None
    address = text_in(data, "officer")
    people = get_user_model()
    field = people.get_email_field_name()
    usable = address and len(address) <= 254 and not is_unusable(address)
    found = people._default_manager.filter(**{f"{field}__iexact": address}).first() if usable else None
    if found is None:
        raise Invalid("not_an_officer", _("This person doesn't decide cases in that unit."), loc=["officer"])
    return found
