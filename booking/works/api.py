"""The HTTP door of works (api.md "Works"): the public feed, one works, its events; planning, transitions, replies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, Unit
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import etag_of, not_modified, require_match
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.params import parse_int, parse_moment
from booking.foundation.errors import FieldError, Forbidden, Invalid, NotFound, Unmet
from booking.foundation.text import is_unusable
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation
from booking.works import selectors, services, view
from booking.works.models import (
    Category,
    Confidence,
    Haste,
    Impact,
    PeriodKind,
    ReplyKind,
    Works,
    WorksConflict,
    WorksParty,
    WorksState,
)
from booking.works.models import WorksEvent as Event
from booking.works.services import PeriodSpec, TargetSpec, WorksSpec
from booking.works.services.common import PLANNING_ROLES, number_events

#: Entries of one answer of the event feed.
MOST_EVENTS = 500
MOST_ITEMS = 400
STATES = [one for one in WorksState.values if one != "draft"]


# --- shapes ----------------------------------------------------------------------------------------------------------


class WorksContactShape(s.Serializer[Any]):
    name = s.CharField(allow_null=True)
    phone = s.CharField(allow_null=True)
    email = s.CharField(allow_null=True)


class WorksUnitShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()


class WorksPropertiesShape(s.Serializer[Any]):
    ref = s.CharField()
    version = s.IntegerField()
    title = s.CharField()
    state = s.ChoiceField(choices=WorksState.values)
    category = s.ChoiceField(choices=Category.values)
    start = s.DateTimeField()
    end = s.DateTimeField()
    start_confidence = s.ChoiceField(choices=Confidence.values)
    end_confidence = s.ChoiceField(choices=Confidence.values)
    impact = s.ChoiceField(choices=Impact.values)
    targets = s.ListField(child=s.CharField(), help_text="slugs of resources")
    reason = s.CharField()
    contact = WorksContactShape()
    unit = WorksUnitShape()
    starts_at = s.DateTimeField(allow_null=True, help_text="set to start at")
    started_at = s.DateTimeField(allow_null=True)
    ended_at = s.DateTimeField(allow_null=True)
    restored_at = s.DateTimeField(allow_null=True)
    page_url = s.URLField()


class WorksFeatureShape(s.Serializer[Any]):
    type = s.ChoiceField(choices=["Feature"])
    id = s.CharField()
    geometry = s.DictField(allow_null=True, help_text="GeoJSON, WGS84")
    properties = WorksPropertiesShape()


class FeedInfoShape(s.Serializer[Any]):
    publisher = s.CharField()
    version = s.CharField()
    update_date = s.DateTimeField()
    license = s.URLField()
    contact_url = s.URLField()
    kept_days = s.IntegerField(help_text="works that are over stay so long")


class WorksCollectionShape(s.Serializer[Any]):
    type = s.ChoiceField(choices=["FeatureCollection"])
    feed_info = FeedInfoShape()
    features = WorksFeatureShape(many=True)


class WorksPeriodShape(s.Serializer[Any]):
    start = s.DateTimeField()
    end = s.DateTimeField()
    kind = s.ChoiceField(choices=PeriodKind.values, required=False)
    phase = s.IntegerField(required=False)
    phase_name = s.CharField(required=False, allow_blank=True)


class WorksVersionShape(s.Serializer[Any]):
    version = s.IntegerField()
    title = s.CharField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    impact = s.ChoiceField(choices=Impact.values)
    category = s.ChoiceField(choices=Category.values)
    targets = s.ListField(child=s.CharField())
    changes = s.ListField(child=s.CharField(), help_text="the computed difference from the version before")
    why_changed = s.CharField()
    announced_at = s.DateTimeField(allow_null=True)


class YouSaidShape(s.Serializer[Any]):
    said = s.CharField()
    did = s.CharField()
    outcome = s.CharField()
    at = s.DateTimeField()


class OverrideShape(s.Serializer[Any]):
    kind = s.CharField()
    cause = s.CharField(allow_null=True)
    reason = s.CharField()
    granted_at = s.DateTimeField(allow_null=True)
    report_due = s.DateField(allow_null=True)
    report = s.CharField(allow_null=True)
    reported_at = s.DateTimeField(allow_null=True)
    reviewed_at = s.DateTimeField(allow_null=True)


class RecordShape(s.Serializer[Any]):
    at = s.DateTimeField()
    type = s.CharField()
    version = s.IntegerField()
    text = s.CharField()


class WorksDetailPropertiesShape(WorksPropertiesShape):
    continues = s.CharField(allow_null=True, help_text="works that were put off by more than a year")
    continued_by = s.CharField(allow_null=True, help_text="the new works that go on with these")
    why_here = s.CharField()
    why_now = s.CharField()
    notice_by = s.DateTimeField(allow_null=True, help_text="the latest moment for the notice")
    periods = WorksPeriodShape(many=True)
    versions = WorksVersionShape(many=True)
    you_said_we_did = YouSaidShape(many=True)
    overrides = OverrideShape(many=True)
    events = RecordShape(many=True)


class WorksDetailShape(WorksFeatureShape):
    properties = WorksDetailPropertiesShape()


class WorksEventShape(s.Serializer[Any]):
    n = s.IntegerField(help_text="1, 2, 3 ... without gaps")
    at = s.DateTimeField()
    type = s.CharField()
    ref = s.CharField()
    version = s.IntegerField()


class WorksEventsShape(s.Serializer[Any]):
    events = WorksEventShape(many=True)


class WorksTargetShape(s.Serializer[Any]):
    resource = s.CharField(help_text="slug")
    impact = s.ChoiceField(choices=Impact.values, required=False)
    subtree = s.BooleanField(required=False, help_text="and all that lies in it; default true")
    phases = s.ListField(child=s.IntegerField(), required=False)
    quantity = s.IntegerField(required=False, allow_null=True)


class WorksBodyShape(s.Serializer[Any]):
    unit = s.CharField(required=False, help_text="slug; needed where one plans for several")
    title = s.CharField()
    reason = s.CharField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    targets = WorksTargetShape(many=True, required=False, help_text="or slugs alone")
    periods = WorksPeriodShape(many=True, required=False, help_text="times really taken; without: the whole window")
    impact = s.ChoiceField(choices=Impact.values, required=False)
    haste = s.ChoiceField(choices=[one for one in Haste.values if one], required=False)
    why_here = s.CharField(required=False, allow_blank=True)
    why_now = s.CharField(required=False, allow_blank=True)
    geometry = s.DictField(required=False, allow_null=True, help_text="GeoJSON geometry of the footprint")
    notify_area = s.DictField(required=False, allow_null=True)
    buffer_m = s.IntegerField(required=False)
    start_confidence = s.ChoiceField(choices=Confidence.values, required=False)
    end_confidence = s.ChoiceField(choices=Confidence.values, required=False)
    services_off = s.BooleanField(required=False)
    season_lost = s.BooleanField(required=False)
    contact = WorksContactShape(required=False)
    continues = s.CharField(required=False, help_text="ref of works that these go on with; they are then postponed")
    why = s.CharField(required=False, help_text="with `continues`: why they are postponed, if they aren't yet")


class UnmetShape(s.Serializer[Any]):
    code = s.CharField()
    message = s.CharField()
    party = s.CharField(required=False)
    until = s.DateTimeField(required=False)


class UnmetProblemShape(s.Serializer[Any]):
    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()
    unmet = UnmetShape(many=True, required=False)


class TransitionShape(s.Serializer[Any]):
    to = s.ChoiceField(choices=[one for one in WorksState.values if one not in ("draft", "active_emergency")])
    at = s.DateTimeField(required=False, help_text="when it happened; for `ready`: when they start")
    why = s.CharField(required=False, help_text="needed for postponed, cancelled, overrunning")
    until = s.DateTimeField(required=False, help_text="needed for overrunning")


class WorksConflictShape(s.Serializer[Any]):
    id = s.IntegerField()
    state = s.CharField()
    resource = s.CharField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    case = s.CharField()
    line = s.IntegerField()


class WorksReceiptShape(s.Serializer[Any]):
    how = s.CharField()
    at = s.DateTimeField()
    version = s.IntegerField()
    void_at = s.DateTimeField(allow_null=True)


class AffectedPartyShape(s.Serializer[Any]):
    id = s.IntegerField()
    kind = s.CharField()
    organisation = s.CharField(allow_null=True)
    name = s.CharField()
    state = s.CharField()
    reason = s.CharField()
    direct = s.BooleanField()
    impact = s.CharField()
    uses = s.ListField(child=s.CharField())
    count = s.IntegerField(help_text="of followers; nobody knows who they are")
    evidence = s.ListField(child=s.DictField())
    evidence_text = s.ListField(child=s.CharField())
    latest_notice = s.DateTimeField(allow_null=True)
    notice = s.ChoiceField(choices=["not_told", "on_its_way", "told", "acknowledged", "served", "came_back"])
    told_at = s.DateTimeField(allow_null=True)
    served_at = s.DateTimeField(allow_null=True)
    receipts = WorksReceiptShape(many=True)
    conflicts = WorksConflictShape(many=True)


class AffectedListShape(s.Serializer[Any]):
    ref = s.CharField()
    version = s.IntegerField()
    found_at = s.DateTimeField(allow_null=True)
    confirmed_at = s.DateTimeField(allow_null=True)
    signed_at = s.DateTimeField(allow_null=True)
    parties = AffectedPartyShape(many=True)
    unmet = UnmetShape(many=True)


class ProposedTimeShape(s.Serializer[Any]):
    start = s.DateTimeField()
    end = s.DateTimeField()


class ReplyBodyShape(s.Serializer[Any]):
    kind = s.ChoiceField(choices=ReplyKind.values)
    message = s.CharField(required=False, allow_blank=True)
    organisation = s.CharField(required=False, help_text="slug; needed where one speaks for several")
    proposed = ProposedTimeShape(many=True, required=False)


class WorksReplyShape(s.Serializer[Any]):
    id = s.IntegerField()
    kind = s.CharField()
    message = s.CharField()
    proposed = ProposedTimeShape(many=True)
    checked = s.ListField(child=s.DictField())
    at = s.DateTimeField()
    answer_by = s.DateField(allow_null=True)
    answered = s.BooleanField()


PROBLEMS = dict.fromkeys((400, 403, 404, 409), UnmetProblemShape)


# --- views -----------------------------------------------------------------------------------------------------------


def _today() -> Any:
    return clock.today(booking_settings().tz)


def body_of(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.data, Mapping):
        raise Invalid("not_an_object", _("The request must be an object with named fields."))
    return request.data


def works_or_404(request: Request, ref: str) -> Works:
    """Public works, and drafts of one's own units."""
    row = selectors.with_all(selectors.visible_works(request.user, _today())).filter(reference=ref).first()
    if row is None:
        raise NotFound("not_found", _("There are no such works."))
    return row


def planned_by(request: Request, ref: str) -> Works:
    """Works that the caller plans. 404 for what they may not see, 403 for what they may only see."""
    row = works_or_404(request, ref)
    mine = selectors.staff_works(request.user, _today(), PLANNING_ROLES)
    if not mine.filter(pk=row.pk).exists():
        raise Forbidden("forbidden", _("Only the unit's works planner or its leader can do this."))
    return row


def etag(works: Works) -> str:
    return etag_of(works.reference, works.version, get_language())


class WorksListView(ApiView):
    """Works ahead, going on, and just over, as GeoJSON; and a new draft."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="works_list",
        parameters=[
            OpenApiParameter("resource", str, description="slug: works that touch it"),
            OpenApiParameter("state", str, description="comma list"),
            OpenApiParameter("from", str, description="date or date-time"),
            OpenApiParameter("to", str),
        ],
        responses={200: WorksCollectionShape, 304: None, 400: UnmetProblemShape},
    )
    def get(self, request: Request) -> HttpResponse | Response:
        """Everybody may read it. No organisation is named."""
        now = clock.now()
        rows = self._narrowed(request, selectors.listed_works(now))
        found = list(selectors.with_all(rows).order_by("current__window_start", "reference"))
        tag = etag_of("works", get_language(), *(f"{one.reference}/{one.version}" for one in found))
        if not_modified(request, tag):
            return HttpResponse(status=304, headers={"ETag": tag})
        updated = max((one.revised_at for one in found), default=now)
        body = view.collection(found, updated)
        return Response(body, headers={"ETag": tag}, content_type="application/geo+json")

    def _narrowed(self, request: Request, rows: Any) -> Any:
        query = request.query_params
        if query.get("state"):
            wanted = query["state"].split(",")
            unknown = [one for one in wanted if one not in STATES]
            if unknown:
                params = {"choices": ", ".join(STATES)}
                raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("state",))
            rows = rows.filter(state__in=wanted)
        tz = booking_settings().tz
        if query.get("from"):
            rows = rows.filter(current__window_end__gt=parse_moment(query["from"], loc=("from",), tz=tz))
        if query.get("to"):
            rows = rows.filter(current__window_start__lt=parse_moment(query["to"], loc=("to",), tz=tz))
        if query.get("resource"):
            resource = catalogue.visible_resources(request.user).filter(slug=query["resource"]).first()
            if resource is None:
                raise NotFound("unknown_resource", _("There is no such thing to lend."), loc=("resource",))
            wide = selectors.works_on([resource.pk], datetime(2000, 1, 1, tzinfo=tz), datetime(2200, 1, 1, tzinfo=tz))
            rows = rows.filter(pk__in=[one.pk for one in wide])
        return rows

    @describe(
        operation_id="works_create", request=WorksBodyShape, responses={201: WorksDetailShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A draft of a unit that the caller plans for."""
        if not request.user.is_authenticated:
            self.permission_denied(request)
        given = body_of(request)
        if given.get("continues") not in (None, ""):
            old = planned_by(request, _text_of(given, "continues"))
            works = services.continue_works(
                old, spec=spec_of(given, request), by=request.user, now=clock.now(), why=_text_of(given, "why")
            )
            return answer(works, status=201)
        unit = unit_of(request)
        works = services.draft_works(unit=unit, spec=spec_of(given, request), by=request.user, now=clock.now())
        return answer(works, status=201)


def _text_of(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name) or ""
    if not isinstance(value, str) or "\x00" in value:
        raise Invalid("not_a_text", _("This must be a text."), loc=(name,))
    return value


def answer(works: Works, *, status: int = 200) -> Response:
    fresh = selectors.with_all(Works.objects.filter(pk=works.pk)).get()
    return Response(view.detail(fresh), status=status, headers={"ETag": etag(fresh)})


class WorksView(ApiView):
    """One works, whole."""

    permission_classes = [AllowAny]

    @describe(operation_id="works_retrieve", responses={200: WorksDetailShape, 304: None, 404: UnmetProblemShape})
    def get(self, request: Request, ref: str) -> HttpResponse | Response:
        """With versions, decisions past the rules, "you said / we did" and the public record."""
        works = works_or_404(request, ref)
        tag = etag(works)
        if not_modified(request, tag):
            return HttpResponse(status=304, headers={"ETag": tag})
        return Response(view.detail(works), headers={"ETag": tag}, content_type="application/geo+json")


class WorksEventsView(ApiView):
    """The feed of events: a reader that was away asks for what came after the last number it has."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="works_events",
        parameters=[OpenApiParameter("after", int, description="the last number that you have; default 0")],
        responses={200: WorksEventsShape, 400: UnmetProblemShape},
    )
    def get(self, request: Request) -> Response:
        """At most 500 at a time, in order, without gaps."""
        after = parse_int(request.query_params.get("after", "0"), loc=("after",), most=2**53)
        if selectors.is_on():
            number_events()
        rows = Event.objects.filter(n__gt=after).order_by("n").values_list("pk")[:MOST_EVENTS]
        found = Event.objects.filter(pk__in=[pk for (pk,) in rows]).select_related("works").order_by("n")
        return Response({"events": [view.event(one, one.works.reference) for one in found]})


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


def party_of(request: Request, works: Works, data: Mapping[str, Any]) -> tuple[WorksParty, str]:
    """Whom the caller speaks for. Raises ``Invalid`` where several fit, ``Forbidden`` where none does."""
    mine = selectors.parties_of(request.user, works, _today())
    slug = data.get("organisation")
    if slug is not None:
        if not isinstance(slug, str) or is_unusable(slug):
            raise Invalid("unknown_organisation", _("There is no such organisation."), loc=("organisation",))
        mine = [one for one in mine if one.organisation is not None and one.organisation.slug == slug]
    if not mine:
        raise Forbidden("not_affected", _("You don't speak for anybody whom these works affect."))
    if len(mine) > 1:
        raise Invalid("several", _("You speak for several. Name the organisation."), loc=("organisation",))
    return mine[0], hat_of(mine[0].organisation)


def hat_of(organisation: Organisation | None) -> str:
    return organisations.organisation_hat(organisation).code if organisation is not None else "person"


# --- reading a body --------------------------------------------------------------------------------------------------


def words_in(data: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise Invalid("not_a_text", _("This must be a text."), loc=(name,))
    return value


def items_in(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid("not_a_list", _("This must be a list."), loc=(name,))
    if len(value) > MOST_ITEMS:
        raise Invalid("too_many", _("At most %(most)s."), params={"most": MOST_ITEMS}, loc=(name,))
    return value


def unit_of(request: Request) -> Unit:
    """The unit that the draft is of: named, or the only one the caller plans for."""
    mine = catalogue.units_of(request.user, _today(), roles=PLANNING_ROLES)
    slug = body_of(request).get("unit")
    if slug is not None:
        found = mine.filter(slug=slug).first() if isinstance(slug, str) and not is_unusable(slug) else None
        if found is None:
            raise Forbidden("forbidden", _("Only the unit's works planner or its leader can do this."))
        return found
    own = list(mine[:2])
    if not own:
        raise Forbidden("forbidden", _("Only the unit's works planner or its leader can do this."))
    if len(own) > 1:
        raise Invalid("required", _("You plan for several units. Name one."), loc=("unit",))
    return own[0]


_TEXTS = ("title", "reason", "why_here", "why_now", "impact", "haste", "start_confidence", "end_confidence")


def spec_of(data: Mapping[str, Any], request: Request) -> WorksSpec:
    """The body as works. Raises ``Invalid`` with every fault that can be seen before the rules are asked."""
    faults: list[FieldError] = []
    tz = booking_settings().tz

    def read(name: str, value: Any, loc: tuple[Any, ...]) -> datetime | None:
        try:
            return parse_moment(value, loc=loc, tz=tz, whole_minutes=True)
        except Invalid as error:
            faults.extend(error.errors)
            return None

    start, end = read("start", data.get("start"), ("start",)), read("end", data.get("end"), ("end",))
    fields: dict[str, Any] = {}
    for name in _TEXTS:
        if name in data:
            if isinstance(data[name], str):
                fields[name] = data[name]
            else:
                faults.append(FieldError((name,), "not_a_text", _("This must be a text.")))
    for name in ("services_off", "season_lost"):
        if name in data:
            if isinstance(data[name], bool):
                fields[name] = data[name]
            else:
                faults.append(FieldError((name,), "not_a_flag", _("This must be true or false.")))
    if "buffer_m" in data:
        try:
            fields["buffer_m"] = parse_int(data["buffer_m"], loc=("buffer_m",), most=100_000)
        except Invalid as error:
            faults.extend(error.errors)
    contact = data.get("contact") or {}
    if isinstance(contact, Mapping):
        for name in ("name", "phone", "email"):
            value = contact.get(name)
            if isinstance(value, str):
                fields[f"contact_{name}"] = value
            elif value is not None:
                faults.append(FieldError(("contact", name), "not_a_text", _("This must be a text.")))
    else:
        faults.append(FieldError(("contact",), "not_an_object", _("This must be an object with named fields.")))
    try:
        targets = _targets(data, request)
        periods = _periods(data)
    except Invalid as error:
        faults.extend(error.errors)
        targets, periods = [], []
    if faults or start is None or end is None:
        raise Invalid.of(faults)
    return WorksSpec(
        **{"title": "", "reason": ""} | fields,
        window_start=start,
        window_end=end,
        targets=targets,
        periods=periods,
        footprint=data.get("geometry"),
        notify_area=data.get("notify_area"),
    )


def _targets(data: Mapping[str, Any], request: Request) -> list[TargetSpec]:
    items = items_in(data, "targets")
    wanted = []
    for index, item in enumerate(items):
        one = {"resource": item} if isinstance(item, str) else item
        if not isinstance(one, Mapping) or not isinstance(one.get("resource"), str) or is_unusable(one["resource"]):
            raise Invalid("unknown_resource", _("There is no such thing to lend."), loc=("targets", index, "resource"))
        wanted.append(one)
    slugs = {one["resource"] for one in wanted}
    known: dict[str, Resource] = {
        row.slug: row for row in catalogue.visible_resources(request.user).filter(slug__in=slugs)
    }
    found = []
    for index, one in enumerate(wanted):
        resource = known.get(one["resource"])
        if resource is None:
            raise Invalid("unknown_resource", _("There is no such thing to lend."), loc=("targets", index, "resource"))
        impact = one.get("impact", data.get("impact", Impact.CLOSED))
        phases = one.get("phases", [])
        quantity = one.get("quantity")
        subtree = one.get("subtree", True)
        if not isinstance(phases, list) or any(isinstance(n, bool) or not isinstance(n, int) for n in phases):
            raise Invalid("not_a_list", _("This must be a list."), loc=("targets", index, "phases"))
        if quantity is not None and (isinstance(quantity, bool) or not isinstance(quantity, int) or quantity > 10**6):
            raise Invalid("bad_quantity", _("Give at least 1."), loc=("targets", index, "quantity"))
        if not isinstance(subtree, bool):
            raise Invalid("not_a_flag", _("This must be true or false."), loc=("targets", index, "subtree"))
        if not isinstance(impact, str):
            raise Invalid("not_a_text", _("This must be a text."), loc=("targets", index, "impact"))
        found.append(TargetSpec(resource, impact, subtree, tuple(phases), quantity))
    return found


def _periods(data: Mapping[str, Any]) -> list[PeriodSpec]:
    tz = booking_settings().tz
    found = []
    for index, one in enumerate(items_in(data, "periods")):
        at = ("periods", index)
        if not isinstance(one, Mapping):
            raise Invalid("not_an_object", _("Give a start and an end."), loc=at)
        kind, name = one.get("kind", PeriodKind.WORK), one.get("phase_name", "")
        if not isinstance(kind, str) or not isinstance(name, str) or is_unusable(name):
            raise Invalid("not_a_text", _("This must be a text."), loc=(*at, "kind"))
        found.append(
            PeriodSpec(
                parse_moment(one.get("start"), loc=(*at, "start"), tz=tz, whole_minutes=True),
                parse_moment(one.get("end"), loc=(*at, "end"), tz=tz, whole_minutes=True),
                kind,
                parse_int(one.get("phase", 1), loc=(*at, "phase"), least=1, most=99),
                name,
            )
        )
    return found
