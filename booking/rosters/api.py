"""The HTTP door of rosters: the ``duties`` of a case, signing up and withdrawing (api.md "Cases")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers as s
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.cases import api_schema as schema
from booking.cases.api import PROBLEMS, body_of, hat_of
from booking.cases.api_schema import DutyShape
from booking.cases.models import Case
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.errors import Invalid, NotFound
from booking.rosters import selectors, services
from booking.rosters.access import rostered_cases, seat_of
from booking.rosters.selectors import Roster


class RosterShape(s.Serializer[Any]):
    """The roster of a case after the act."""

    duties = DutyShape(many=True)


class SignUpShape(s.Serializer[Any]):
    named = s.BooleanField(required=False, help_text="I am fifteen or older, and my first name may stand on the roster")


def render(roster: Roster) -> list[dict[str, Any]]:
    """``[{id, line, role, needed, signed_up, condition, start, end}]``, by date. Names as everybody on the case sees
    them; a date that is off has its duties too, with ``on`` false."""
    return [
        {
            "id": duty.number,
            "line": one.line.number,
            "role": duty.role,
            "text": duty.words,
            "needed": duty.needed,
            "missing": duty.missing,
            "signed_up": [{"name": person.name} for person in duty.people],
            "condition": duty.condition,
            "on": one.on,
            "start": clock.rfc3339(duty.start, one.tz),
            "end": clock.rfc3339(duty.end, one.tz),
        }
        for one in roster.dates
        for duty in one.duties
    ]


class DutyAct(ApiView):
    """One act on one duty. 404 for a case whose roster the caller may not know of."""

    permission_classes = [IsAuthenticated]

    def act(self, request: Request, ref: str, number: int) -> Response:
        """Find, do, show the roster."""
        self.hat  # noqa: B018 - a header that can't be read is refused
        now = clock.now()
        on = clock.today(booking_settings().tz)
        case = rostered_cases(request.user, on).filter(reference=ref).first()
        if case is None:
            raise NotFound("unknown_case", _("There is no such case, or it isn't yours to see."))
        ratelimit.spend(
            "message", now=now, contact=str(request.user.pk), address=ratelimit.client_address(request)
        )  # fmt: skip
        self.do(case, number, body_of(request), request)
        roster = selectors.roster_of(case, now=now, user=request.user, seat=seat_of(request.user, case, on))
        return Response({"duties": render(roster)}, headers={"Cache-Control": "private, no-cache"})

    def do(self, case: Case, number: int, data: Mapping[str, Any], request: Request) -> None:
        """The act."""
        raise NotImplementedError


class SignUpView(DutyAct):
    """Sign up for a duty oneself."""

    @describe(
        operation_id="requests_duties_sign_up",
        request=SignUpShape,
        responses={200: RosterShape, 403: schema.ProblemShape, **PROBLEMS},
    )
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Members of any host, and people of the unit. `Samskap-Hat` says for whom, where several fit; twice is once.

        409 `taken` when the last place went to somebody else.
        """
        return self.act(request, ref, number)

    def do(self, case: Case, number: int, data: Mapping[str, Any], request: Request) -> None:
        named = data.get("named", False)
        if not isinstance(named, bool):
            raise Invalid("not_a_boolean", _("This must be true or false."), loc=["named"])
        services.sign_up(case, number, by=request.user, side=hat_of(request) or "", named=named, now=clock.now())


class WithdrawView(DutyAct):
    """Give one's own place back."""

    @describe(
        operation_id="requests_duties_withdraw",
        request=None,
        responses={200: RosterShape, 403: schema.ProblemShape, **PROBLEMS},
    )
    def post(self, request: Request, ref: str, number: int) -> Response:
        """404 for who isn't on it; twice is once."""
        return self.act(request, ref, number)

    def do(self, case: Case, number: int, data: Mapping[str, Any], request: Request) -> None:
        services.withdraw(case, number, by=request.user, now=clock.now())
