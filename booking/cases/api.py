"""The HTTP door of cases: ask, look, withdraw, decide. Parses, calls one service or selector, renders (api.md "Cases").

Shapes are described for the OpenAPI document in ``api_schema``; input is parsed by ``drafts``, so that forms and API
refuse the same things with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.cases import api_schema as schema
from booking.cases import drafts, registry, selectors, services
from booking.cases.links import case_url
from booking.cases.models import Case, CaseState, WaitingOn
from booking.catalogue import selectors as catalogue
from booking.catalogue.api import base_url
from booking.catalogue.models import Resource, Unit
from booking.catalogue.rules import CURRENCY, Price
from booking.catalogue.wording import price_words
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import etag_of, not_modified, require_match
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated
from booking.foundation.doors.params import parse_int, parse_moment
from booking.foundation.doors.plain_json import compact
from booking.foundation.errors import FieldError, Invalid, NotFound, RuleBroken, Taken
from booking.foundation.i18n import localized

# --- rendering -------------------------------------------------------------------------------------------------------


def _moment(moment: datetime, resource: Any) -> str:
    """RFC 3339 on the resource's wall clock."""
    return clock.rfc3339(moment, catalogue.zone(resource))


def render_check_line(
    line: Any,
    places: Mapping[int, Resource],
    said: dict[int, dict[str, Any]] | None = None,
    priced: dict[Price | None, dict[str, Any] | None] | None = None,
) -> dict[str, Any]:
    """One line of a check (api.md "checks"). ``said``, ``priced``: what of the answer is rendered already."""
    said = {} if said is None else said
    tz = catalogue.zone(line.resource)
    for verdict in line.verdicts:
        if id(verdict) not in said:
            said[id(verdict)] = verdict.as_dict()
    priced = {} if priced is None else priced
    if line.price not in priced:
        priced[line.price] = None if line.price is None else render_price(line.price)
    return {
        "index": line.index,
        "series": line.series,
        "resource": line.resource.slug,
        "start": clock.rfc3339(line.start, tz),
        "end": clock.rfc3339(line.end, tz),
        "ok": line.ok,
        "verdicts": [said[id(verdict)] for verdict in line.verdicts],
        "conflicts": [render_conflict(conflict, tz) for conflict in line.conflicts],
        "alternatives": [render_alternative(one, places) for one in line.alternatives],
        "price": priced[line.price],
        "kit": render_kit(line.kit.kit, line.kit.group, line.kit.quantity) if line.kit else None,
    }


def render_kit(kit: Any, group: int, quantity: int) -> dict[str, Any]:
    """The kit that a line was asked for with. Lines with the same `group` belong together."""
    return {"slug": kit.slug, "group": group, "quantity": quantity}


def render_price(price: Price) -> dict[str, Any]:
    """What one line costs, and the rule that gave it."""
    term = price.term
    return {
        "amount": f"{price.amount:.2f}",
        "currency": CURRENCY,
        "why": price.why,
        "audience": term.audience if term else None,
        "organisation_kind": term.kind or None if term else None,
        "rate": f"{term.amount:.2f}" if term else None,
        "per": term.per if term else None,
        "minimum": f"{term.minimum:.2f}" if term and term.minimum is not None else None,
        "count": f"{price.count.normalize():f}",
        "words": price_words(price),
    }


def render_conflict(conflict: Any, tz: ZoneInfo) -> dict[str, Any]:
    """What stands in the way: when, and of which kind. Never whose it is."""
    return {
        "start": clock.rfc3339(conflict.start, tz),
        "end": clock.rfc3339(conflict.end, tz),
        "status": conflict.status,
    }


def _places(lines: Iterable[Any]) -> dict[int, Resource]:
    """The things that the alternatives of these lines are on. One query."""
    ids = {one.resource_id for line in lines for one in line.alternatives}
    return Resource.objects.only("slug", "timezone").in_bulk(ids) if ids else {}


def render_alternative(one: Any, places: Mapping[int, Resource]) -> dict[str, Any]:
    """A time that was free a moment ago."""
    resource = places[one.resource_id]
    return {"resource": resource.slug, "start": _moment(one.start, resource), "end": _moment(one.end, resource)}


def render_check(check: Any) -> dict[str, Any]:
    """The answer of ``checks/``."""
    places = _places(check.lines)
    said: dict[int, dict[str, Any]] = {}
    priced: dict[Price | None, dict[str, Any] | None] = {}
    return {
        "ok": check.ok,
        "would": check.would,
        "verdicts": [verdict.as_dict() for verdict in check.verdicts],
        "lines": [render_check_line(line, places, said, priced) for line in check.lines],
        "price_total": None if check.total is None else f"{check.total:.2f}",
        "not_checked": list(check.not_checked),
    }


def _refused(error: Taken | RuleBroken) -> Taken | RuleBroken:
    """The refusal of a submission with its lines as ``checks/`` shows them."""
    extra: dict[str, Any] = {}
    places = _places(error.items)
    if "check" in error.extra:
        check = render_check(error.extra["check"])
        extra = {"verdicts": check["verdicts"], "not_checked": check["not_checked"]}
    items = [render_check_line(line, places) for line in error.items]
    return type(error)(error.code, error.message, params=error.params, items=items, extra=extra, errors=error.errors)


def lost(error: Taken) -> Taken:
    """A decision that came too late, line by line."""
    places = _places(error.items)
    items = [
        {
            "id": one.number,
            "resource": one.resource.slug,
            "start": _moment(one.start, one.resource),
            "end": _moment(one.end, one.resource),
            "conflicts": [render_conflict(conflict, catalogue.zone(one.resource)) for conflict in one.conflicts],
            "alternatives": [render_alternative(other, places) for other in one.alternatives],
        }
        for one in error.items
    ]
    return Taken(error.code, error.message, params=error.params, items=items)


def _unit(unit: Any) -> dict[str, Any]:
    return {"slug": unit.slug, "name": localized(unit, "name"), "email": unit.email, "phone": unit.phone}


def _person(user: Any) -> dict[str, str] | None:
    return None if user is None else {"name": user.get_full_name()}


def _actor(actor: Any) -> dict[str, str] | None:
    return None if actor is None else {"name": actor.name, "hat": actor.hat}


def _links(case: Case) -> dict[str, str]:
    own = f"{base_url()}/api/booking/v1/requests/{case.reference}/"
    return {
        "self": own,
        "page": case_url(case.reference),
        "messages": f"{own}messages/",
        "withdraw": f"{own}withdraw/",
        "decide": f"{own}decide/",
        "undo": f"{own}undo/",
        "take_back": f"{own}take-back/",
    }


def _line(line: Any) -> dict[str, Any]:
    return {
        "id": line.number,
        "resource": line.resource.slug,
        "quantity": line.quantity,
        "start": _moment(line.start, line.resource),
        "end": _moment(line.end, line.resource),
        "state": line.state,
        "reason": line.reason or None,
        "grounds": (line.decision.grounds if line.decision else "") or None,
        "series": line.series.number if line.series else None,
        "kit": render_kit(line.kit, line.kit_group, line.kit_quantity) if line.kit else None,
    }


def _moving(line: Any, moves: selectors.Moves, slugs: Mapping[int, str]) -> dict[str, Any]:
    """What is in motion about a line."""
    offer, taken, change = moves.offers.get(line.pk), moves.take_backs.get(line.pk), moves.changes.get(line.pk)
    return {
        "offer": {"until": offer.expires_at} if offer is not None else None,
        "taken_back": {
            "reason": taken.reason,
            "kind": taken.kind,
            "reply_by": taken.reply_by,
            "state": taken.state,
            "alternatives": [
                {"resource": slugs.get(pk, ""), "start": start, "end": end} for pk, start, end in taken.alternatives
            ],
        }
        if taken is not None
        else None,
        "change": {
            "batch": str(change.batch),
            "scope": change.scope,
            "resource": change.resource.slug,
            "quantity": change.quantity,
            "start": _moment(change.start, change.resource),
            "end": _moment(change.end, change.resource),
            "why": change.why,
            "price": None if change.price is None else f"{change.price:.2f}",
            "side": change.side,
            "reply_by": change.reply_by,
        }
        if change is not None
        else None,
    }


def render_item(case: Case, *, names: bool, until: date | None = None) -> dict[str, Any]:
    """A case in a list. ``until``: of ``selectors.until_of``, the day until which whoever has the move has it."""
    return {
        "ref": case.reference,
        "kind": case.kind,
        "state": case.state,
        "waiting_on": case.waiting_on,
        "answer_by": case.answer_by,
        "until": until,
        "received_at": case.received_at,
        "unit": _unit(case.unit),
        "officer": _person(case.officer) if names else None,
        "organisation": case.organisation.slug if case.organisation else None,
        "title": case.title,
        "lines": [_line(line) for line in case.lines.all()],
        "links": _links(case),
    }


def render_case(detail: selectors.CaseDetail) -> dict[str, Any]:
    """A case in full, for the reader that ``detail`` was made for."""
    case = detail.case
    slugs = {view.resource.pk: view.resource.slug for view in detail.lines}
    others = {pk for row in detail.moves.take_backs.values() for pk, _start, _end in row.alternatives} - slugs.keys()
    if others:
        slugs |= dict(Resource.objects.filter(pk__in=others).values_list("pk", "slug"))
    return (
        render_item(case, names=detail.officer is not None, until=selectors.until_of([case])[case.pk])
        | {
            "deputy": _person(detail.deputy),
            "title_public": case.title_public,
            "purpose": case.purpose or case.message,
            "audience": case.audience,
            "co_hosts": [host.slug for host in detail.co_hosts],
            "lines": [_line(view.line) | _moving(view.line, detail.moves, slugs) for view in detail.lines],
            "officer_because": "conflict_of_interest" if detail.because_of_conflict else None,
            "undo_until": services.undo_until(case, clock.now()) if detail.may_decide else None,
            "ties": [
                {"id": tie.pk, "name": str(tie.user.get_full_name() or tie.user), "verdict": tie.verdict}
                for tie in detail.moves.ties
            ],
            "overdue": detail.overdue,
            "events": [
                {
                    "at": event.at,
                    "type": event.type,
                    "actor": _actor(event.actor),
                    "data": dict(event.data),
                    "text": event.text,
                    "staff_only": event.staff_only,
                }
                for event in detail.events
            ],
            "messages": [
                {
                    "id": message.id,
                    "at": message.at,
                    "actor": _actor(message.actor),
                    "body": message.body,
                    "internal": message.internal,
                    "needs_answer": message.needs_answer,
                    "new": message.new,
                    "files": [
                        {
                            "sha256": file.sha256,
                            "name": file.name,
                            "type": file.mimetype,
                            "size": file.size,
                            "url": f"{_links(case)['self']}files/{file.sha256}/",
                        }
                        for file in message.files
                    ],
                }
                for message in detail.messages
            ],
            "uses": [use.slug for use in detail.uses],
            "permits": [],
            "duties": [],
            "price": [
                {"line": view.number, "resource": slugs[view.resource.pk]} | render_price(view.price)
                for view in detail.lines
                if view.price is not None
            ],
            "price_total": None if detail.total is None else f"{detail.total:.2f}",
        }
        | registry.fields_of(detail, clock.now())
    )


# --- views -----------------------------------------------------------------------------------------------------------


def hat_of(request: Request) -> str | None:
    return request.headers.get("Samskap-Hat") or None


def _user(request: Request) -> Any:
    return request.user if request.user.is_authenticated else None


def body_of(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.data, Mapping):
        raise Invalid("not_an_object", _("The request must be an object with named fields."))
    return request.data


def case_or_404(request: Request, ref: str) -> Case:
    case = selectors.visible_cases(request.user).filter(reference=ref).first()
    if case is None:
        raise NotFound("unknown_case", _("There is no such case, or it isn't yours to see."))
    return case


def case_etag(case: Case, request: Request) -> str:
    return etag_of(case.reference, case.version, registry.stamps_of(case), get_language(), request.user.pk)


def answer_with(case: Case, request: Request, status: int = 200) -> Response:
    response = Response(render_case(selectors.case_detail(case, request.user, now=clock.now())), status=status)
    response["ETag"] = case_etag(case, request)
    response["Cache-Control"] = "private, no-cache"
    return response


PROBLEMS = dict.fromkeys((400, 404, 409, 422), schema.ProblemShape)


class CheckView(ApiView):
    """What would become of a request. Writes nothing; anybody may ask."""

    permission_classes = [AllowAny]
    idempotent = False

    @describe(
        operation_id="checks", request=schema.RequestShape, responses={200: schema.CheckShape, 400: schema.ProblemShape}
    )
    def post(self, request: Request) -> HttpResponse:
        """All verdicts, all conflicts, and free alternatives."""
        self.hat  # noqa: B018 - a header that can't be read is refused, whoever asks
        known, user = catalogue.snapshot(), _user(request)
        draft = drafts.parse(request.data, user=user, hat=hat_of(request), known=known)
        check = services.check_request(draft, user=user, now=clock.now(), known=known)
        return HttpResponse(compact(render_check(check)).encode(), content_type="application/json")


class RequestListView(ApiView):
    """One's own cases (staff: those of their units), and new requests."""

    permission_classes = [IsAuthenticated]

    @describe(
        operation_id="requests_list",
        parameters=[
            OpenApiParameter("state", str, description=f"comma list of {', '.join(CaseState.values)}"),
            OpenApiParameter("waiting_on", str, description=f"comma list of {', '.join(WaitingOn.values)}"),
            OpenApiParameter("organisation", str, description="slug"),
            OpenApiParameter("resource", str, description="slug"),
            OpenApiParameter("from", str, description="date or date-time: a line ends after it"),
            OpenApiParameter("to", str, description="a line starts before it"),
            OpenApiParameter("as", str, enum=["party", "staff"]),
            OpenApiParameter("limit", int),
            OpenApiParameter("offset", int),
        ],
        responses=schema.CasePageShape,
    )
    def get(self, request: Request) -> Response:
        """Sorted by answer-by date, then reference."""
        given = request.query_params
        as_ = given.get("as") or None
        if as_ not in (None, "party", "staff"):
            raise Invalid(
                "unknown_choice", _("Choose one of: %(choices)s."), loc=["as"], params={"choices": "party, staff"}
            )
        tz = booking_settings().tz
        filters: dict[str, Any] = {
            name: given.get(name) for name in ("state", "waiting_on", "organisation", "resource")
        }
        filters |= {name: parse_moment(given[name], loc=[name], tz=tz) for name in ("from", "to") if given.get(name)}
        rows = selectors.filtered(selectors.visible_cases(request.user, as_), filters)
        staff_units: set[int] = set()
        until: dict[int, date | None] = {}

        def prepare(page: list[Case]) -> None:
            until.update(selectors.until_of(page))
            staff_units.update(catalogue.units_of(request.user).values_list("pk", flat=True))

        shown = booking_settings().show_officer_names
        return paginated(
            request,
            selectors.in_order(selectors.with_lines(rows)),
            lambda case: render_item(case, names=shown or case.unit_id in staff_units, until=until[case.pk]),
            prepare=prepare,
        )

    @describe(
        operation_id="requests_create", request=schema.RequestShape, responses={201: schema.CaseShape, **PROBLEMS}
    )
    def post(self, request: Request) -> Response:
        """Send a request. It is all or nothing: a verdict that blocks stores nothing."""
        self.hat  # noqa: B018
        ratelimit.spend(
            "request", now=clock.now(), contact=str(request.user.pk), address=ratelimit.client_address(request)
        )
        draft = drafts.parse(request.data, user=request.user, hat=hat_of(request))
        try:
            case = services.submit_request(draft, user=request.user, now=clock.now())
        except (Taken, RuleBroken) as error:
            raise _refused(error) from error
        response = answer_with(case, request, 201)
        response["Location"] = _links(case)["self"]
        return response


class RequestView(ApiView):
    """One case."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="requests_retrieve", responses={200: schema.CaseShape, 404: schema.ProblemShape})
    def get(self, request: Request, ref: str) -> Response:
        """With its log and conversation, as this reader may see them."""
        case = case_or_404(request, ref)
        etag = case_etag(case, request)
        if not_modified(request, etag):
            return Response(status=304, headers={"ETag": etag})
        return answer_with(case, request)


class WithdrawView(ApiView):
    """A party takes everything back."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="requests_withdraw", request=None, responses={200: schema.CaseShape, **PROBLEMS})
    def post(self, request: Request, ref: str) -> Response:
        """Granted lines become cancelled by the organisation."""
        case = case_or_404(request, ref)
        self.hat  # noqa: B018
        return answer_with(services.withdraw_case(case, by=request.user, now=clock.now(), hat=hat_of(request)), request)


class WithdrawLineView(ApiView):
    """A party takes one line back."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="lines_withdraw", request=None, responses={200: schema.CaseShape, **PROBLEMS})
    def post(self, request: Request, ref: str, number: int) -> Response:
        """The others stand."""
        case = case_or_404(request, ref)
        self.hat  # noqa: B018
        case = services.withdraw_line(case, number, by=request.user, now=clock.now(), hat=hat_of(request))
        return answer_with(case, request)


class DecideView(ApiView):
    """The unit's answer, line by line."""

    permission_classes = [IsAuthenticated]

    @describe(operation_id="requests_decide", request=schema.DecideShape, responses={200: schema.CaseShape, **PROBLEMS})
    def post(self, request: Request, ref: str) -> Response:
        """All or nothing; lines not named stay open. `If-Match` guards against deciding on an old version."""
        case = case_or_404(request, ref)
        require_match(request, case_etag(case, request))
        outcomes, grounds = _outcomes(body_of(request))
        if_version = case.version if "If-Match" in request.headers else None
        try:
            case = services.decide_lines(
                case, outcomes, grounds, by=request.user, now=clock.now(), if_version=if_version
            )
        except Taken as error:
            raise lost(error) from error
        return answer_with(case, request)


def _outcomes(data: Mapping[str, Any]) -> tuple[list[services.LineOutcome], str]:
    """The body of ``decide/``, read strictly. Raises ``Invalid`` with a path per fault."""
    faults: list[FieldError] = []
    grounds = data.get("grounds") or ""
    if not isinstance(grounds, str):
        faults.append(FieldError(("grounds",), "not_text", _("This must be text.")))
        grounds = ""
    raw = data.get("lines")
    if not isinstance(raw, list) or not raw:
        raise Invalid("required", _("Name at least one line to decide."), loc=["lines"])
    if len(raw) > drafts.MOST_LINES:
        raise Invalid(
            "too_many", _("At most %(most)s lines at once."), loc=["lines"], params={"most": drafts.MOST_LINES}
        )
    found = []
    for index, one in enumerate(raw):
        loc: tuple[str | int, ...] = ("lines", index)
        if not isinstance(one, Mapping):
            faults.append(FieldError(loc, "not_an_object", _("This must be an object with named fields.")))
            continue
        try:
            number = parse_int(one.get("id"), loc=(*loc, "id"), least=1)
        except Invalid as error:
            faults += error.errors
            continue
        own = one.get("grounds") or ""
        if not isinstance(own, str):
            faults.append(FieldError((*loc, "grounds"), "not_text", _("This must be text.")))
            continue
        outcome = one.get("outcome")
        if outcome not in ("grant", "refuse", "waiting_list"):
            message = _("Choose one of: %(choices)s.")
            params = {"choices": "grant, refuse, waiting_list"}
            faults.append(FieldError((*loc, "outcome"), "unknown_choice", message, params))
            continue
        found.append(services.LineOutcome(number, outcome, own))
    if faults:
        raise Invalid.of(faults)
    return found, grounds


class EnquiryView(ApiView):
    """A question that asks for nothing bookable (yet), with the same promise of an answer. Anybody may ask."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="enquiries_create", request=schema.EnquiryShape, responses={201: schema.CaseShape, **PROBLEMS}
    )
    def post(self, request: Request) -> Response:
        """Goes to `unit`, else to the unit of the thing it is `about`, else to the town's front desk."""
        self.hat  # noqa: B018
        enquiry = _enquiry(body_of(request), _user(request), hat_of(request))
        who = str(request.user.pk) if request.user.is_authenticated else enquiry["contact_email"]
        ratelimit.spend("enquiry", now=clock.now(), contact=who, address=ratelimit.client_address(request))
        case = services.submit_enquiry(user=_user(request), now=clock.now(), **enquiry)
        if request.user.is_authenticated:
            return answer_with(case, request, 201)
        # Without an account there is nobody who may read the case later: this answer is the receipt.
        body = render_item(case, names=booking_settings().show_officer_names, until=case.answer_by)
        return Response(
            body | {"events": [{"at": case.received_at, "type": "received", "actor": None, "data": {}}]}, status=201
        )


def _enquiry(data: Mapping[str, Any], user: Any, hat: str | None) -> dict[str, Any]:
    """The body of ``enquiries/``, read strictly. Raises ``Invalid``, or ``NotFound`` for what isn't the caller's."""
    faults = drafts.Faults()
    message = faults.text(data, "message", text.MESSAGE, multiline=True)
    contact = data.get("contact") or {}
    if not isinstance(contact, Mapping):
        raise Invalid("not_an_object", _("This must be an object with named fields."), loc=["contact"])
    name = faults.text(contact, "name", 150, ("contact",))
    phone = faults.text(contact, "phone", 30, ("contact",))
    email = faults.text(contact, "email", 254, ("contact",))
    if email:
        drafts.check_email(email, ("contact", "email"), faults)
    elif user is None:
        faults.add(("contact", "email"), "required", _("Write an e-mail address that we can answer to."))
    if not message.strip():
        faults.add(("message",), "required", _("Write what it is about."))
    slugs = {name: drafts.read_slug(data.get(name), (name,), faults) for name in ("unit", "about", "organisation")}
    faults.check()
    unit = about = organisation = None
    if slugs["unit"]:
        unit = Unit.objects.filter(slug=slugs["unit"], active=True).first()
        if unit is None:
            raise NotFound("unknown_unit", _("There is no such unit."), loc=["unit"])
    if slugs["about"]:
        about = catalogue.visible_resources(user).select_related("unit").filter(slug=slugs["about"]).first()
        if about is None:
            raise NotFound("unknown_resource", _("There is no such thing to lend."), loc=["about"])
    worn = "person"
    if user is not None:
        organisation, worn = drafts.organisation_of(slugs["organisation"], user, hat)
    return {
        "message": message, "unit": unit, "about": about, "organisation": organisation, "hat": worn,
        "contact_name": name, "contact_email": email, "contact_phone": phone,
    }  # fmt: skip


__all__ = [
    "CheckView", "DecideView", "EnquiryView", "RequestListView", "RequestView", "WithdrawLineView",
    "WithdrawView",
]  # fmt: skip
