"""The HTTP door of time that moves after it was decided: offers, taking back, changes, undoing; and declared ties.

Parses, calls one service, renders the case. `If-Match` guards each act of staff against acting on an old version.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.cases import api_schema as schema
from booking.cases import drafts, services
from booking.cases.api import PROBLEMS, case_or_404, hat_of, lost, render_alternative
from booking.cases.api_acts import Act, text_in
from booking.cases.models import Case, ChangeScope, TakeBackKind
from booking.cases.services import Instead, Wish
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_date, parse_int, parse_moment
from booking.foundation.errors import DomainError, FieldError, Invalid, NotFound, RuleBroken, Taken

_ANSWERS = {200: schema.CaseShape, **PROBLEMS}


class _Act(Act):
    """One act on a case or one of its lines. Subclasses do it; refusals are problem details."""

    of_unit = False

    def act(self, request: Request, ref: str, **where: Any) -> Response:
        """As other acts; a lost race and a broken rule name the lines."""
        self.hat  # noqa: B018 - a header that can't be read is refused
        try:
            return super().act(request, ref, **where)
        except (Taken, RuleBroken) as error:
            raise _told(error) from error


def _told(error: DomainError) -> DomainError:
    """Lines as `decide` shows them; verdicts as `checks` does."""
    if isinstance(error, Taken):
        return lost(error) if error.items and hasattr(error.items[0], "number") else Taken(error.code, error.message)
    verdicts = [one.as_dict() for one in error.extra.get("verdicts", ())]
    return RuleBroken(error.code, error.message, params=error.params, extra={"verdicts": verdicts}, errors=error.errors)


def _resource(value: Any, user: Any, loc: tuple[str | int, ...]) -> Resource:
    faults = drafts.Faults()
    slug = drafts.read_slug(value, loc, faults)
    faults.check()
    if not slug:
        raise Invalid("required", _("This is needed."), loc=loc)
    found: Resource | None = catalogue.visible_resources(user).filter(slug=slug).first()
    if found is None:
        raise NotFound("unknown_resource", _("There is no such thing to lend."), loc=loc)
    return found


def _moment(data: Mapping[str, Any], name: str, resource: Resource, loc: tuple[str | int, ...]) -> datetime:
    value = data.get(name)
    if not isinstance(value, str):
        raise Invalid("required", _("This is needed."), loc=loc)
    return parse_moment(value, loc=loc, tz=catalogue.zone(resource))


# --- the party answers -----------------------------------------------------------------------------------------------


class AcceptOfferView(_Act):
    """The offered time is taken."""

    @describe(operation_id="lines_accept", request=None, responses=_ANSWERS)
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Party. Granted at once."""
        return self.act(request, ref, number=number)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        return services.accept_offer(case, where["number"], by=request.user, now=clock.now(), hat=hat_of(request))


class DeclineOfferView(_Act):
    """The offered time isn't wanted."""

    @describe(operation_id="lines_decline", request=None, responses=_ANSWERS)
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Party. The next on the waiting list is asked."""
        return self.act(request, ref, number=number)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        return services.decline_offer(case, where["number"], by=request.user, now=clock.now(), hat=hat_of(request))


class ReplyView(_Act):
    """The party's reply to time that was taken back, or to another time that is proposed."""

    @describe(operation_id="lines_reply", request=schema.ReplyShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Party. `alternative`: granted there in the same act; `loss`: cancelled; `object`: the unit must answer."""
        return self.act(request, ref, number=number)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        number, common = where["number"], {"by": request.user, "now": clock.now(), "hat": hat_of(request)}
        reply = data.get("reply")
        if reply == "alternative":
            place = _resource(data.get("resource"), request.user, ("resource",))
            start, end = (_moment(data, name, place, (name,)) for name in ("start", "end"))
            return services.accept_alternative(case, number, resource=place, start=start, end=end, **common)
        if reply == "loss":
            return services.accept_loss(case, number, **common)
        if reply == "object":
            return services.object_to(case, number, message=text_in(data, "message"), **common)
        if reply == "accept_move":
            return services.accept_move(case, services.open_move_of(case, number), **common)
        if reply == "decline_move":
            words = text_in(data, "message") if data.get("message") else ""
            return services.decline_move(case, services.open_move_of(case, number), message=words, **common)
        params = {"choices": "alternative, loss, object, accept_move, decline_move"}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=["reply"])


class ChangeView(_Act):
    """A granted line is to be changed."""

    @describe(operation_id="lines_change", request=schema.ChangeShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Party. The old time stands until the new one is granted; what only shrinks is granted at once."""
        return self.act(request, ref, number=number)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        line = case.lines.select_related("resource").filter(number=where["number"]).first()
        if line is None:
            raise NotFound("not_found", _("There is no such line in this case."))
        place = line.resource
        if data.get("resource") is not None:
            place = _resource(data["resource"], request.user, ("resource",))
        start = _moment(data, "start", place, ("start",)) if "start" in data else line.start
        end = _moment(data, "end", place, ("end",)) if "end" in data else line.end
        quantity = None
        if data.get("quantity") is not None:
            quantity = parse_int(data["quantity"], loc=["quantity"], least=1)
        scope = data.get("scope", ChangeScope.ONE)
        wish = Wish(
            line.number, start, end, place if place.pk != line.resource_id else None, quantity,
            scope if isinstance(scope, str) else "", text_in(data, "why", required=False), drafts.read_ticked(data),
        )  # fmt: skip
        return services.propose_change(case, wish, by=request.user, now=clock.now(), hat=hat_of(request))


class WithdrawChangeView(_Act):
    """A proposed change is taken back."""

    @describe(operation_id="changes_withdraw", request=None, responses=_ANSWERS)
    def post(self, request: Request, ref: str, batch: uuid.UUID) -> Response:
        """Party. The old time stands."""
        return self.act(request, ref, batch=batch)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        return services.withdraw_change(case, where["batch"], by=request.user, now=clock.now(), hat=hat_of(request))


class AddBackView(_Act):
    """A date of a series that was left out is asked for again."""

    @describe(operation_id="series_add_back", request=schema.AddBackShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Party. `number` is the series' (`series` of the lines)."""
        return self.act(request, ref, number=number)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        day: date = parse_date(data.get("day"), loc=["day"])
        why = text_in(data, "why", required=False)
        return services.add_back(
            case, where["number"], day, why=why, ticked=drafts.read_ticked(data), by=request.user, now=clock.now(),
            hat=hat_of(request),
        )  # fmt: skip


# --- staff -----------------------------------------------------------------------------------------------------------


class AlternativesView(ApiView):
    """What the unit has free instead of a line, at this moment."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="lines_alternatives", responses={200: schema.AlternativesShape, 404: schema.ProblemShape})
    def get(self, request: Request, ref: str, number: int) -> Response:
        """For whoever may see the case."""
        case = case_or_404(request, ref)
        line = case.lines.select_related("resource").filter(number=number).first()
        if line is None:
            raise NotFound("not_found", _("There is no such line in this case."))
        found = services.free_instead([line], now=clock.now())[number]
        places = Resource.objects.only("slug", "timezone").in_bulk({one.resource_id for one in found})
        return Response({"alternatives": [render_alternative(one, places) for one in found]})


class TakeBackView(_Act):
    """Granted time is taken back."""

    of_unit = True

    @describe(operation_id="requests_take_back", request=schema.TakeBackShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str) -> Response:
        """Staff. All or nothing; for each line something that is free at this moment, or none exists."""
        return self.act(request, ref)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        raw = data.get("lines")
        if not isinstance(raw, list) or not raw or len(raw) > drafts.MOST_LINES:
            raise Invalid("required", _("Name at least one line."), loc=["lines"])
        numbers = [parse_int(one, loc=["lines", index], least=1) for index, one in enumerate(raw)]
        none_exists = data.get("none_exists", False)
        if not isinstance(none_exists, bool):
            raise Invalid("not_a_boolean", _("This must be true or false."), loc=["none_exists"])
        reply_by = parse_date(data["reply_by"], loc=["reply_by"]) if data.get("reply_by") is not None else None
        kind = data.get("kind", TakeBackKind.ORDINARY)
        return services.take_back(
            case,
            list(dict.fromkeys(numbers)),
            reason=text_in(data, "reason"),
            kind=kind if isinstance(kind, str) else "",
            priority_use=text_in(data, "priority_use", required=False),
            reply_by=reply_by,
            instead=_instead(data.get("alternatives"), request),
            none_exists=none_exists,
            by=request.user,
            now=clock.now(),
            if_version=if_version,
        )


def _instead(raw: Any, request: HttpRequest) -> list[Instead]:
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > drafts.MOST_LINES:
        raise Invalid("not_a_list", _("This must be a list."), loc=["alternatives"])
    found = []
    for index, one in enumerate(raw):
        loc = ("alternatives", index)
        if not isinstance(one, Mapping):
            raise Invalid.of([FieldError(loc, "not_an_object", _("This must be an object with named fields."))])
        place = _resource(one.get("resource"), request.user, (*loc, "resource"))
        number = parse_int(one.get("line"), loc=(*loc, "line"), least=1)
        start, end = (_moment(one, name, place, (*loc, name)) for name in ("start", "end"))
        found.append(Instead(number, place, start, end))
    return found


class TakeBackActView(_Act):
    """What the unit does with time it has taken back: answer an objection, give it back, end it."""

    of_unit = True

    @describe(operation_id="lines_taken_back", request=schema.TakenBackActShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Staff. `answer` (with a message), `give_back`, or `end` (after the deadline)."""
        return self.act(request, ref, number=number)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        common: dict[str, Any] = {"by": request.user, "now": clock.now(), "if_version": if_version}
        act = data.get("act")
        if act == "answer":
            return services.answer_objection(case, where["number"], message=text_in(data, "message"), **common)
        if act == "give_back":
            return services.give_back(case, where["number"], **common)
        if act == "end":
            return services.end_take_back(case, where["number"], **common)
        params = {"choices": "answer, give_back, end"}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=["act"])


class UndoView(_Act):
    """The last decision is undone, while its letter waits."""

    of_unit = True

    @describe(operation_id="requests_undo", request=None, responses=_ANSWERS)
    def post(self, request: Request, ref: str) -> Response:
        """Staff. 409 `wrong_state` when the letter has left."""
        return self.act(request, ref)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        return services.undo_decision(case, by=request.user, now=clock.now(), if_version=if_version)


class DecideChangeView(_Act):
    """A proposed change is granted or refused."""

    of_unit = True

    @describe(operation_id="changes_decide", request=schema.DecideChangeShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str, batch: uuid.UUID) -> Response:
        """Staff. All of it; refused, the old time stands."""
        return self.act(request, ref, batch=batch)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        outcome = data.get("outcome")
        return services.decide_change(
            case,
            where["batch"],
            outcome=outcome if isinstance(outcome, str) else "",
            grounds=text_in(data, "grounds", required=False),
            by=request.user,
            now=clock.now(),
            if_version=if_version,
        )


class TieView(_Act):
    """Somebody of the staff has ties to the case."""

    of_unit = True

    @describe(operation_id="requests_declare_tie", request=schema.TieShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str) -> Response:
        """Staff. They keep away at once; the leader decides."""
        return self.act(request, ref)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        return services.declare_tie(case, why=text_in(data, "why"), by=request.user, now=clock.now())


class JudgeTieView(_Act):
    """The leader decides about declared ties."""

    of_unit = True

    @describe(operation_id="requests_judge_tie", request=schema.JudgeTieShape, responses=_ANSWERS)
    def post(self, request: Request, ref: str, tie: int) -> Response:
        """A leader: `away`, or `fit` to go on."""
        return self.act(request, ref, tie=tie)

    def do(
        self, case: Case, data: Mapping[str, Any], request: HttpRequest, if_version: int | None, **where: Any
    ) -> Case:
        verdict = data.get("verdict")
        words = verdict if isinstance(verdict, str) else ""
        return services.judge_tie(case, where["tie"], verdict=words, by=request.user, now=clock.now())
