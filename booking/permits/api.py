"""The HTTP door of permits: a party says that it has applied or confirms, who grants it says where it stands."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers as s
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from booking.cases import api_schema as schema
from booking.cases.access import party_hats
from booking.cases.api import PROBLEMS, answer_with, body_of, case_or_404, hat_of
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_date, parse_int
from booking.foundation.errors import Invalid, NotFound
from booking.permits import services
from booking.permits.access import why_not
from booking.permits.models import Permit
from booking.permits.services.granting import CHOICES


class PermitActShape(s.Serializer[Any]):
    """A party: `applied`, or `granted` for a condition with the `version` that was read. Who grants it: any of them."""

    state = s.ChoiceField(choices=CHOICES)
    date = s.DateField(required=False, allow_null=True, help_text="since; default today")
    valid_to = s.DateField(required=False, allow_null=True)
    note = s.CharField(required=False, allow_blank=True)
    version = s.IntegerField(required=False, allow_null=True, help_text="of the condition's words")


class PermitView(ApiView):
    """One permit, condition or document of a case."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="permits_move", request=PermitActShape, responses={200: schema.CaseShape, **PROBLEMS})
    def post(self, request: Request, ref: str, number: int) -> HttpResponse:
        """Say where it stands. The same again changes nothing."""
        case = case_or_404(request, ref)
        self.hat  # noqa: B018
        permit = (
            Permit.objects.select_related("requirement__granting_unit", "case__unit")
            .filter(case=case, pk=number)
            .first()
        )
        if permit is None:
            raise NotFound("not_found", _("There is no such permit."))
        now = clock.now()
        ratelimit.spend("message", now=now, contact=str(request.user.pk), address=ratelimit.client_address(request))
        self._move(request, permit, body_of(request), now)
        case.refresh_from_db()
        return answer_with(case, request)

    def _move(self, request: Request, permit: Permit, data: Any, now: Any) -> None:
        state = data.get("state")
        if state not in CHOICES:
            params = {"choices": ", ".join(CHOICES)}
            raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), loc=["state"], params=params)
        days = {
            name: parse_date(data[name], loc=[name]) if data.get(name) is not None else None
            for name in ("date", "valid_to")
        }
        note = data.get("note", "")
        if note is None:
            note = ""
        if not isinstance(note, str):
            raise Invalid("not_text", _("This must be text."), loc=["note"])
        on = local_date(now, booking_settings().tz)
        party = bool(party_hats(request.user, permit.case, on))
        common: dict[str, Any] = {"by": request.user, "now": now}
        if party and (why_not(request.user, permit, on) or state == "applied"):
            hat = hat_of(request)
            if state == "applied":
                services.say_applied(permit, applied_on=days["date"] or on, note=note, hat=hat, **common)
                return
            if state == "granted" and permit.requirement.kind == "condition":
                version = data.get("version")
                number = parse_int(version, loc=["version"], least=1) if version is not None else None
                services.confirm(permit, version=number, hat=hat, **common)
                return
        services.decide(permit, state=state, on=days["date"], valid_to=days["valid_to"], note=note, **common)
