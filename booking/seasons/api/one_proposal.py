"""One proposal: read whole; one's own draft changed, put on the table, thrown away; taken off the table again.

As on the pages, by the same use cases. ``If-Match`` with the proposal's ETag guards every change (412 ``stale``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation import clock
from booking.foundation.doors import ratelimit
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import not_modified, require_match
from booking.foundation.doors.openapi import describe
from booking.foundation.errors import Invalid, NotAuthenticated
from booking.seasons.api.proposal_shapes import (
    PROBLEMS,
    SeasonDraftBodyShape,
    SeasonProblemShape,
    SeasonProposalDetailShape,
)
from booking.seasons.api.proposals import (
    detail,
    etag,
    proposal_or_404,
    put_timetable,
    round_or_404,
    slots_of_body,
    words_of,
)
from booking.seasons.limits import PROPOSAL
from booking.seasons.models import Proposal, SeasonRound
from booking.seasons.services import editing, proposing

MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="ETag of the proposal as it was read")
KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)


def _to_change(request: Request, slug: str, number: int) -> tuple[SeasonRound, Proposal, int | None]:
    """The proposal that the caller may know of, and the version that must still stand (None: any). Raises
    ``NotAuthenticated``, ``NotFound``, ``Stale``, ``TooMany``."""
    if not request.user.is_authenticated:
        raise NotAuthenticated("not_authenticated", _("Sign in first."))
    round = round_or_404(request, slug)
    found = proposal_or_404(request, round, number)
    require_match(request, etag(round, found))
    ratelimit.spend(
        PROPOSAL, now=clock.now(), contact=str(request.user.pk), address=ratelimit.client_address(request)
    )  # fmt: skip
    return round, found, found.version if "HTTP_IF_MATCH" in request.META else None


def _answer(round: SeasonRound, one: Proposal) -> Response:
    one.refresh_from_db()
    return Response(detail(round, one), headers={"ETag": etag(round, one)})


class SeasonProposalView(ApiView):
    """One proposal, whole."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="season_proposals_retrieve",
        responses={200: SeasonProposalDetailShape, 304: None, 404: SeasonProblemShape},
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponse | Response:
        """Every slot with why, and every wish with what became of it."""
        round = round_or_404(request, slug)
        one = proposal_or_404(request, round, number)
        tag = etag(round, one)
        if not_modified(request, tag):
            return HttpResponse(status=304, headers={"ETag": tag})
        return Response(detail(round, one), headers={"ETag": tag})

    @describe(
        operation_id="season_proposals_change", request=SeasonDraftBodyShape, parameters=[MATCH],
        responses={200: SeasonProposalDetailShape, **PROBLEMS},
    )  # fmt: skip
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Change one's own draft: name, note, or the whole timetable with a reason. All of it or nothing.

        409 `wrong_state` once it is on the table: make a new one from it. A change of the timetable can be undone.
        """
        round, found, version = _to_change(request, slug, number)
        data = request.data
        if not isinstance(data, Mapping):
            raise Invalid("not_an_object", _("The request must be an object with named fields."))
        if not any(data.get(name) is not None for name in ("name", "note", "slots")):
            raise Invalid("nothing", _("Say what changes: name, note or slots."), loc=("name",))
        slots = slots_of_body(round, data)
        now = clock.now()
        with transaction.atomic():
            if data.get("name") is not None or data.get("note") is not None:
                name = words_of(data, "name") if data.get("name") is not None else found.name
                note = words_of(data, "note") if data.get("note") is not None else found.note
                found = proposing.describe(found, name=name, note=note, by=request.user, now=now, if_version=version)
                version = None  # it is locked now, and has a new one
            if slots is not None:
                found = put_timetable(
                    found, slots, reason=words_of(data, "reason"), by=request.user, now=now, if_version=version
                )
        return _answer(round, found)

    @describe(operation_id="season_proposals_discard", parameters=[MATCH], responses={204: None, **PROBLEMS})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Throw one's own draft away. What was on the table stays: withdraw it instead."""
        _round, found, version = _to_change(request, slug, number)
        proposing.discard(found, by=request.user, now=clock.now(), if_version=version)
        return Response(status=204)


class _Act(ApiView):
    """One act on a proposal, without a body."""

    permission_classes = [AllowAny]

    #: The use case: (proposal, by=, now=, if_version=).
    act: ClassVar[Callable[..., object]]

    def done(self, request: Request, slug: str, number: int) -> Response:
        """Do it, and answer the proposal as it stands then."""
        round, found, version = _to_change(request, slug, number)
        type(self).act(found, by=request.user, now=clock.now(), if_version=version)
        return _answer(round, found)


class PublishView(_Act):
    """On the table."""

    act = staticmethod(proposing.publish)

    @describe(
        operation_id="season_proposals_publish", request=None, parameters=[MATCH, KEY],
        responses={200: SeasonProposalDetailShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Put one's own draft on the table: everybody sees it, and it stays as it is. Again it answers the same.

        With faults, too: they are shown with it. 409 `wishes_open` until the wishes are in, 400 `empty`.
        """
        return self.done(request, slug, number)


class WithdrawView(_Act):
    """Off the table."""

    act = staticmethod(proposing.withdraw)

    @describe(
        operation_id="season_proposals_withdraw", request=None, parameters=[MATCH, KEY],
        responses={200: SeasonProposalDetailShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Take one's own proposal off the table. It can still be read. Again it answers the same.

        409 `heard` while the hearing is about it.
        """
        return self.done(request, slug, number)


class UndoView(_Act):
    """The latest change of a draft taken back."""

    act = staticmethod(editing.undo)

    @describe(
        operation_id="season_proposals_undo", request=None, parameters=[MATCH, KEY],
        responses={200: SeasonProposalDetailShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Take the latest change of the timetable back; again: the one before. 409 `nothing_to_undo` without any."""
        return self.done(request, slug, number)
