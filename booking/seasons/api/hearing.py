"""Comments on proposals and adoption for other programs (api.md "Seasons"): by right, as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.cases.access import choose_hat
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import require_match
from booking.foundation.doors.openapi import describe
from booking.foundation.errors import Forbidden, Invalid, NotAuthenticated
from booking.foundation.text import is_unusable
from booking.organisations.models import Organisation
from booking.seasons.api.proposals import etag
from booking.seasons.models import Adoption, Comment, CommentKind, Proposal, SeasonRound
from booking.seasons.selectors.hearing import own_voices, runs
from booking.seasons.selectors.proposals import find_visible as find_proposal
from booking.seasons.selectors.rounds import find_visible
from booking.seasons.services.adopting import Accepted, adopt
from booking.seasons.services.hearing import comment

MOST_LEFT_OUT = 20_000


class CommentBody(s.Serializer[Any]):
    text = s.CharField(max_length=2000)
    kind = s.ChoiceField(choices=CommentKind.values, default="comment", help_text="an objection is an organisation's")
    slot = s.IntegerField(required=False, allow_null=True, help_text="id of an hour; null: the whole")


class CommentShape(s.Serializer[Any]):
    number = s.IntegerField()
    kind = s.ChoiceField(choices=CommentKind.values)
    text = s.CharField()
    slot = s.IntegerField(allow_null=True)
    organisation = s.CharField(allow_null=True, help_text="slug; null: the municipality")
    at = s.DateTimeField()
    answer = s.CharField(help_text="what the municipality did about it; empty until then")
    answered_at = s.DateTimeField(allow_null=True)


class AdoptBody(s.Serializer[Any]):
    grounds = s.CharField(max_length=4000)
    leave_out = s.ListField(
        child=s.CharField(), required=False, help_text="`left_out` of the conflicts that a 422 listed, each accepted"
    )
    leave_out_reason = s.CharField(required=False)


class AdoptionShape(s.Serializer[Any]):
    number = s.IntegerField()
    proposal = s.IntegerField()
    at = s.DateTimeField()
    holds_from = s.DateField()
    complain_by = s.DateField()
    allocations = s.IntegerField(help_text="weekly hours that this decision gave")
    left_out = s.IntegerField(help_text="dates that somebody else had")


def render_comment(row: Comment) -> dict[str, Any]:
    """A comment as everybody reads it: never who wrote it, only for whom."""
    return {
        "number": row.number,
        "kind": row.kind,
        "text": row.text,
        "slot": row.slot_id,
        "organisation": row.organisation.slug if row.organisation is not None else None,
        "at": row.at,
        "answer": row.answer,
        "answered_at": row.answered_at,
    }


def render_adoption(row: Adoption) -> dict[str, Any]:
    """A decision in figures."""
    return {
        "number": row.number,
        "proposal": row.proposal.number,
        "at": row.at,
        "holds_from": row.holds_from,
        "complain_by": row.complain_by,
        "allocations": row.allocations.count(),
        "left_out": len(row.left_out),
    }


def _found(request: Request, slug: str, number: int) -> tuple[SeasonRound, Proposal]:
    """The round and the proposal, as far as the caller may know of them. Anonymous callers may do nothing here."""
    if not request.user.is_authenticated:
        raise NotAuthenticated("not_authenticated", _("Sign in first."))
    on = clock.today(booking_settings().tz)
    round = find_visible(slug, request.user, on)
    found = find_proposal(request.user, round, number, on)
    found.round = round
    return round, found


def _text(data: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or is_unusable(value):
        raise Invalid("not_a_text", _("This must be a text."), loc=(name,))
    return value


def _body(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.data, Mapping):
        raise Invalid("not_an_object", _("This must be an object with named fields."))
    return request.data


class CommentsView(ApiView):
    """What is said about a proposal."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="seasons_proposals_comments_create",
        request=CommentBody,
        parameters=[
            OpenApiParameter("Samskap-Hat", str, OpenApiParameter.HEADER, description="whom you speak for"),
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER),
        ],
        responses={201: CommentShape},
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """401 for anonymous; 403 for who doesn't take part; 409 when the hearing is over; 422 never: any words will do.

        The hat is an organisation that takes part, or the unit that runs the round; it must be named where several fit.
        """
        round, proposal = _found(request, slug, number)
        data = _body(request)
        words, kind = _text(data, "text"), _text({"kind": "comment", **data}, "kind")
        slot = data.get("slot")
        if slot is not None and (isinstance(slot, bool) or not isinstance(slot, int) or not 0 < slot < 2**53):
            raise Invalid("not_a_number", _("This must be a whole number."), loc=("slot",))
        row = comment(
            proposal, words=words, kind=kind, slot_id=slot, by=request.user,
            organisation=self._speaks_for(request, round), now=clock.now(),
        )  # fmt: skip
        return Response(render_comment(row), status=201)

    def _speaks_for(self, request: Request, round: SeasonRound) -> Organisation | None:
        """The organisation of the hat, or None for the unit. Raises ``Forbidden``, ``HatRequired``."""
        on = clock.today(booking_settings().tz)
        mine = {f"organisation:{one.slug}": one for one in own_voices(round, request.user, on)}
        hats = [*mine, *([f"unit:{round.unit.slug}"] if runs(round, request.user, on) else [])]
        if not hats:
            raise Forbidden("not_in_round", _("Only an organisation that takes part in the round can do this."))
        return mine.get(choose_hat(hats, f"{self.hat.kind}:{self.hat.slug}" if self.hat else None))


class AdoptView(ApiView):
    """The decision."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="seasons_proposals_adopt",
        request=AdoptBody,
        parameters=[
            OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="ETag of the proposal"),
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER),
        ],
        responses={200: AdoptionShape},
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Adopt the proposal: bookings, calendars and letters at once. Again it answers the same.

        403 `disqualified` for who has a role in an organisation that takes part; 409 `wrong_state`; 412 `stale`; 422
        `unmet` with all that has to be done first: faults, objections without an answer, and dates that somebody else
        has (`kind: conflict`), each with `left_out` to accept it by.
        """
        round, proposal = _found(request, slug, number)
        data = _body(request)
        codes = data.get("leave_out") or []
        if not isinstance(codes, list) or len(codes) > MOST_LEFT_OUT or any(not isinstance(one, str) for one in codes):
            raise Invalid("not_a_list", _("This must be a list."), loc=("leave_out",))
        matched = "HTTP_IF_MATCH" in request.META and round.adopted_id != proposal.pk
        if matched:  # pressed again after it was adopted, it answers the same
            require_match(request, etag(round, proposal))
        made = adopt(
            round,
            proposal,
            grounds=_text(data, "grounds"),
            accepted=Accepted(frozenset(codes), _text(data, "leave_out_reason", required=False)),
            by=request.user,
            now=clock.now(),
            if_version=round.version if matched else None,
        )
        return Response(render_adoption(made))
