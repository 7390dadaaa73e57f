"""Rounds and wishes over HTTP (api.md "Seasons"). Anonymous: rounds from `open` on, wishes from the closing date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.catalogue.models import Resource
from booking.foundation import clock, text
from booking.foundation.clock import rfc3339
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import not_modified
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated
from booking.foundation.errors import FieldError, Invalid, NotFound
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation, OrganisationState
from booking.seasons import limits
from booking.seasons import wording_rounds as wording
from booking.seasons.api import shapes
from booking.seasons.api.common import acting_for, body_of, etag, hours, minutes, round_or_404, today
from booking.seasons.models import RoundState, SeasonRound, Wish
from booking.seasons.rules import asking
from booking.seasons.rules.asking import WishSpec
from booking.seasons.selectors import rounds as selectors
from booking.seasons.selectors import visible, wishes
from booking.seasons.services import wishing

MOST_ITEMS = 100


def render(one: SeasonRound) -> dict[str, Any]:
    """A round as the list has it. ``stand``: annotated number of wishes."""
    on = today()
    try:
        path = reverse("booking:season", args=[one.slug])
    except NoReverseMatch:
        path = "/"
    stand = getattr(one, "stand", None)
    return {
        "slug": one.slug,
        "name": localized(one, "name"),
        "state": one.state,
        "unit": {
            "slug": one.unit.slug, "name": localized(one.unit, "name"), "email": one.unit.email,
            "phone": one.unit.phone,
        },
        "season_start": one.season_start,
        "season_end": one.season_end,
        "dates": {
            "opens_on": one.opens_on,
            "closes_on": one.closes_on,
            "proposals_until": one.proposals_until,
            "hearing_until": one.hearing_until,
            "confirm_by": one.confirm_by,
            "adopt_on": one.adopt_on,
            "meeting_at": rfc3339(one.meeting_at, booking_settings().tz) if one.meeting_at else None,
            "meeting_place": one.meeting_place,
        },
        "takes_wishes": visible.takes_wishes(one, on),
        "wishes_open": visible.wishes_are_open(one, on),
        "wishes": stand if stand is not None else one.wishes.filter(withdrawn_at__isnull=True).count(),
        "page_url": booking_settings().public_base_url + path,
    }  # fmt: skip


def detail(one: SeasonRound) -> dict[str, Any]:
    """A round, whole."""
    places = list(one.places.select_related("resource__parent").prefetch_related("hours", "own_uses"))
    slugs = {place.resource_id: place.resource.slug for place in places}
    grid = wishes.demand_of(one)
    return render(one) | {
        "about": one.about,
        "adopted_by_whom": one.adopted_by_whom,
        "complain_to": one.complain_to,
        "complaint_days": one.complaint_days,
        "grid_minutes": one.grid_minutes,
        "preset": one.preset,
        "rules": one.rules,
        "seed": one.seed,
        "places": [
            {
                "resource": place.resource.slug,
                "name": localized(place.resource, "name"),
                "part_of": slugs.get(place.resource.parent_id or 0),
                "hours": [hours(span.weekday, span.start, span.end) for span in place.hours.all()],
                "own_use": [
                    hours(use.weekday, use.start, use.end) | {"what": use.what} for use in place.own_uses.all()
                ],
            }
            for place in places
        ],
        "breaks": [{"start": row.start, "end": row.end, "why": row.why} for row in one.breaks.all()],
        "demand": [
            hours(cell.weekday, cell.start, cell.end) | {"best": cell.best, "can": cell.can, "room": cell.room}
            for _period, row in grid.rows for cell in row if cell.open
        ],
        "heard": one.heard.number if one.heard is not None else None,
        "adopted": one.adopted.number if one.adopted is not None else None,
        "events": [
            {
                "number": event.number, "at": rfc3339(event.at, booking_settings().tz), "type": event.type,
                "text": wording.story_item(event)["text"],
            }
            for event in one.events.filter(public=True).order_by("number")
        ],
    }  # fmt: skip


def render_wish(one: Wish, slugs: Mapping[int, str], *, private: bool) -> dict[str, Any]:
    """A wish; what was written beside it only for its organisation and the unit."""
    return {
        "number": one.number,
        "organisation": one.organisation.slug,
        "organisation_name": one.organisation.name,
        "team": one.team,
        "activity": one.activity,
        "age_from": one.age_from,
        "age_to": one.age_to,
        "adapted": one.adapted,
        "heads": one.heads,
        "sessions_min": one.sessions_min,
        "sessions_wanted": one.sessions_wanted,
        "minutes_min": one.minutes_min,
        "minutes_wanted": one.minutes_wanted,
        "indoor": one.indoor,
        "places": [place.resource.slug for place in one.places.all()],
        "best": [hours(*span) for span in one.best],
        "impossible": [hours(*span) for span in one.impossible],
        "last": [{"resource": slugs.get(pk, ""), **hours(day, start, end)} for pk, day, start, end in one.last],
        "written_by_municipality": one.entered_hat.startswith("unit:"),
        "received_at": rfc3339(one.received_at, booking_settings().tz),
        "apart": one.apart if private else None,
        "note": one.note if private else None,
    }


class SeasonListView(ApiView):
    """Rounds that the caller may see."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="seasons_list",
        parameters=[
            OpenApiParameter("state", str, enum=RoundState.values),
            OpenApiParameter("limit", int, description="50, at most 500"),
            OpenApiParameter("offset", int),
        ],
        responses=shapes.SeasonPageShape,
    )
    def get(self, request: Request) -> Response:
        """The newest season first."""
        if not selectors.is_on():
            raise NotFound("not_found", _("There is nothing at this address."))
        rows = selectors.visible_rounds(request.user, today())
        state = request.query_params.get("state", "")
        if state and state not in RoundState.values:
            params = {"choices": ", ".join(RoundState.values)}
            raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=["state"])
        if state:
            rows = rows.filter(state=state)
        rows = rows.select_related("unit").annotate(stand=Count("wishes", filter=Q(wishes__withdrawn_at__isnull=True)))
        return paginated(request, rows.order_by("-season_start", "-pk"), render)


class SeasonView(ApiView):
    """One round."""

    permission_classes = [AllowAny]

    @describe(operation_id="seasons_read", responses={200: shapes.SeasonDetailShape, 304: None})
    def get(self, request: Request, slug: str) -> HttpResponse | Response:
        """With places, hours, rules, demand and the public story."""
        round = round_or_404(request, slug)
        last = round.wishes.order_by("-revised_at").values_list("revised_at", flat=True).first()
        tag = etag(round, last, today())
        if not_modified(request, tag):
            return HttpResponse(status=304, headers={"ETag": tag})
        return Response(detail(round), headers={"ETag": tag})


class WishesView(ApiView):
    """The wishes of a round: reading what one may see, and entering one."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="season_wishes_list",
        parameters=[
            OpenApiParameter("organisation", str, description="slug"),
            OpenApiParameter("limit", int, description="50, at most 500"),
            OpenApiParameter("offset", int),
        ],
        responses=shapes.WishPageShape,
    )
    def get(self, request: Request, slug: str) -> Response:
        """In the order in which they came. Before the closing date one's own only; the unit sees all."""
        round = round_or_404(request, slug)
        on = today()
        rows = visible.visible_wishes(request.user, round, on)
        if wanted := request.query_params.get("organisation", ""):
            rows = rows.none() if text.is_unusable(wanted) else rows.filter(organisation__slug=wanted[:100])
        mine = set(organisations.organisations_of(request.user, on).values_list("pk", flat=True))
        staff = visible.is_staff(request.user, round, on)
        slugs = _slugs(round)
        return paginated(
            request,
            wishes.with_all(rows).order_by("received_at", "number"),
            lambda one: render_wish(one, slugs, private=staff or one.organisation_id in mine),
        )

    @describe(operation_id="season_wishes_create", request=shapes.WishBodyShape, responses={201: shapes.WishShape})
    def post(self, request: Request, slug: str) -> Response:
        """Of an organisation that the caller acts for; in the unit's hat (`Samskap-Hat`) written down for one."""
        if not request.user.is_authenticated:
            self.permission_denied(request)
        round = round_or_404(request, slug)
        data = body_of(request)
        staff = self.hat is not None and self.hat.kind == "unit"
        organisation = _any_organisation(data) if staff else acting_for(request, data, self.hat)
        limits.spend(request, now=clock.now())
        reason = data.get("reason", "")
        if not isinstance(reason, str):
            raise Invalid("not_text", _("This must be text."), loc=["reason"])
        made = wishing.enter_wish(
            round, organisation, spec_of(data, round), by=request.user, now=clock.now(), staff=staff, reason=reason
        )
        fresh = wishes.with_all(Wish.objects.filter(pk=made.pk)).get()
        return Response(render_wish(fresh, _slugs(round), private=True), status=201)


def _slugs(round: SeasonRound) -> dict[int, str]:
    ids = {slot[0] for last in round.wishes.exclude(last=[]).values_list("last", flat=True) for slot in last}
    return dict(Resource.objects.filter(pk__in=ids).values_list("pk", "slug"))


def _any_organisation(data: Mapping[str, Any]) -> Organisation:
    wanted = data.get("organisation")
    if not isinstance(wanted, str):
        raise Invalid("required", _("Say for which organisation."), loc=["organisation"])
    living = Organisation.objects.exclude(state=OrganisationState.INACTIVE)
    found = None if text.is_unusable(wanted) else living.filter(slug=wanted[:100]).first()
    if found is None:
        raise NotFound("unknown_organisation", _("There is no such organisation."), loc=["organisation"])
    return found


# --- reading a body ---------------------------------------------------------------------------------------------------


def spec_of(data: Mapping[str, Any], round: SeasonRound) -> WishSpec:
    """The body as a wish. Raises ``Invalid`` with every value of the wrong kind."""
    faults: list[FieldError] = []

    def read(reader: Any, name: str, default: Any) -> Any:
        try:
            return reader(data, name, default)
        except Invalid as error:
            faults.extend(error.errors)
            return default

    texts = {name: read(_text, name, "") for name in ("team", "activity", "note")}
    wanted = {name: read(_number, name, default) for name, default in (("sessions_wanted", 1), ("minutes_wanted", 60))}
    values: dict[str, Any] = {
        "age_from": read(_number, "age_from", None),
        "age_to": read(_number, "age_to", None),
        "adapted": read(_flag, "adapted", False),
        "indoor": read(_flag, "indoor", True),
        "heads": read(_number, "heads", 0),
        "sessions_min": read(_number, "sessions_min", wanted["sessions_wanted"]),
        "minutes_min": read(_number, "minutes_min", wanted["minutes_wanted"]),
        "places": read(lambda *given: _places(*given, round), "places", ()),
        "best": read(_times, "best", ()),
        "impossible": read(_times, "impossible", ()),
        "apart": read(_words, "apart", ()),
    }
    if faults:
        raise Invalid.of(faults)
    return WishSpec(**texts, **wanted, **values)


def _text(data: Mapping[str, Any], name: str, default: Any) -> str:
    value = data.get(name, default)
    if not isinstance(value, str):
        raise Invalid("not_text", _("This must be text."), loc=[name])
    return value


def _number(data: Mapping[str, Any], name: str, default: Any) -> Any:
    value = data.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise Invalid("not_a_number", _("This must be a whole number."), loc=[name])
    return value


def _flag(data: Mapping[str, Any], name: str, default: Any) -> bool:
    value = data.get(name, default)
    if not isinstance(value, bool):
        raise Invalid("not_a_flag", _("This must be true or false."), loc=[name])
    return value


def _listed(data: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise Invalid(
            "not_a_list", _("This must be a list of at most %(most)s."), loc=[name], params={"most": MOST_ITEMS}
        )
    return value


def _words(data: Mapping[str, Any], name: str, default: Any) -> tuple[str, ...]:
    value = _listed(data, name)
    for number, one in enumerate(value):
        if not isinstance(one, str):
            raise Invalid("not_text", _("This must be text."), loc=[name, number])
    return tuple(value)


def _places(data: Mapping[str, Any], name: str, default: Any, round: SeasonRound) -> tuple[int, ...]:
    slugs = _words(data, name, default)
    known = {place.resource.slug: place.resource_id for place in round.places.all()}
    for number, slug in enumerate(slugs):
        if slug not in known:
            raise Invalid("not_offered", _("This place isn't in the round."), loc=[name, number])
    return tuple(known[slug] for slug in slugs)


def _times(data: Mapping[str, Any], name: str, default: Any) -> asking.Times:
    found = []
    for number, one in enumerate(_listed(data, name)):
        if not isinstance(one, Mapping):
            raise Invalid("not_an_object", _("This must be an object."), loc=[name, number])
        day = one.get("weekday")
        if isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= 6:
            raise Invalid("not_a_weekday", _("A weekday is a number from 0 to 6."), loc=[name, number, "weekday"])
        start = minutes(one.get("start"), (name, number, "start"))
        end = minutes(one.get("end"), (name, number, "end"))
        if end <= start:
            raise Invalid("end_before_start", _("The end must be after the start."), loc=[name, number, "end"])
        found.append((day, start, end))
    return tuple(found)
