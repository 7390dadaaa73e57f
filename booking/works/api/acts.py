"""Acts: a planner moves works on and sees who is affected; an affected party replies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import require_match
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_moment
from booking.foundation.errors import Invalid, Unmet
from booking.works import selectors, services, view
from booking.works.api.common import answer, body_of, etag, items_in, party_of, planned_by, words_in, works_or_404
from booking.works.api.shapes import (
    PROBLEMS,
    AffectedListShape,
    ReplyBodyShape,
    TransitionShape,
    UnmetProblemShape,
    WorksDetailShape,
    WorksReplyShape,
)
from booking.works.models import Works, WorksConflict


class TransitionsView(ApiView):
    """A works moves on, or the refusal says what must be done first."""

    permission_classes = [IsAuthenticated]

    @describe(
        operation_id="works_transition", request=TransitionShape,
        responses={200: WorksDetailShape, **PROBLEMS, 412: UnmetProblemShape, 422: UnmetProblemShape},
    )  # fmt: skip
    def post(self, request: Request, ref: str) -> Response:
        """422 `unmet` names each thing that is missing, by party and date. The same state again is 200."""
        works = planned_by(request, ref)
        require_match(request, etag(works))
        data = body_of(request)
        to = data.get("to")
        if not isinstance(to, str):
            raise Invalid("required", _("Say which state the works go to."), loc=("to",))
        details = self._details(to, data)
        if_version = works.version if "If-Match" in request.headers else None
        try:
            moved = services.move(works, to=to, by=request.user, now=clock.now(), if_version=if_version, **details)
        except Unmet as error:
            raise view.unmet(error, names_of(works)) from error
        return answer(moved)

    def _details(self, to: str, data: Mapping[str, Any]) -> dict[str, Any]:
        tz = booking_settings().tz
        found: dict[str, Any] = {}
        if to in ("ready", "active", "paused", "completed") and data.get("at") is not None:
            found["at"] = parse_moment(data["at"], loc=("at",), tz=tz, whole_minutes=True)
        if to in ("postponed", "cancelled", "overrunning"):
            found["why"] = words_in(data, "why")
        if to == "overrunning":
            found["until"] = parse_moment(data.get("until"), loc=("until",), tz=tz, whole_minutes=True)
        return found


def names_of(works: Works) -> dict[int, str]:
    """Party id → name, for a planner."""
    from booking.works import wording

    rows = works.parties.select_related("organisation", "user", "report")
    return {one.pk: wording.party_name(one) for one in rows}


class AffectedView(ApiView):
    """Who is affected, why, and how each of them stands. For planners."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="works_affected", responses={200: AffectedListShape, **PROBLEMS})
    def get(self, request: Request, ref: str) -> Response:
        """The list of the current version; `unmet` is what stands before the next step."""
        works = planned_by(request, ref)
        version = works.current
        listing = selectors.list_of(version) if version is not None else None
        rows = (
            list(
                listing.rows.select_related("party__organisation", "party__user", "party__report")
                .prefetch_related("party__receipts__version", "party__dispatches")
                .order_by("pk")
            )
            if listing is not None
            else []
        )
        conflicts: dict[int, list[WorksConflict]] = {}
        found = works.conflicts.select_related("line__resource", "line__case").order_by("line__start", "pk")
        for one in found:
            conflicts.setdefault(one.party_id or 0, []).append(one)
        return Response(
            {
                "ref": works.reference,
                "version": version.number if version is not None else 0,
                "found_at": view.moment(listing.found_at) if listing else None,
                "confirmed_at": view.moment(listing.confirmed_at) if listing else None,
                "signed_at": view.moment(listing.signed_at) if listing else None,
                "parties": [view.party(row, conflicts.get(row.party_id, ())) for row in rows],
                "unmet": [view.missing(one, names_of(works)) for one in self._unmet(works)],
            }
        )

    def _unmet(self, works: Works) -> list[Any]:
        """What stands before the start, as things are now."""
        from booking.works.services import figures

        if works.state not in ("planned", "consulting", "noticed", "ready") or works.current is None:
            return []
        start = works.starts_at or figures.first_day_of(works.current)
        needs = frozenset({"affected", "consulted", "answered", "notice"})
        if works.state in ("noticed", "ready"):
            needs -= {"consulted"}
        return services.unmet_requirements(works, needs, start=start, now=clock.now())


class RepliesView(ApiView):
    """An affected party confirms, objects, proposes another time, or asks for a replacement."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="works_reply", request=ReplyBodyShape, responses={201: WorksReplyShape, **PROBLEMS})
    def post(self, request: Request, ref: str) -> Response:
        """It gets an officer and a date for the answer, five working days; `confirm` needs none."""
        works = works_or_404(request, ref)
        data = body_of(request)
        ratelimit.spend(
            "works_reply", now=clock.now(), contact=str(request.user.pk), address=ratelimit.client_address(request)
        )
        party, hat = party_of(request, works, data)
        kind = data.get("kind")
        row = services.reply(
            works,
            kind=kind if isinstance(kind, str) else "",
            message=words_in(data, "message", required=False),
            proposed=[_span(one, index) for index, one in enumerate(items_in(data, "proposed"))],
            party=party,
            by=request.user,
            hat=hat,
            now=clock.now(),
        )
        return Response(view.reply(row), status=201)


def _span(one: Any, index: int) -> tuple[datetime, datetime]:
    if not isinstance(one, Mapping):
        raise Invalid("not_an_object", _("Give a start and an end."), loc=("proposed", index))
    tz = booking_settings().tz
    start, end = (
        parse_moment(one.get(name), loc=("proposed", index, name), tz=tz, whole_minutes=True)
        for name in ("start", "end")
    )
    return start, end
