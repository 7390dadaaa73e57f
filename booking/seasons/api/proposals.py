"""The HTTP door of proposals (api.md "Seasons"): the list, a whole timetable with its reasons, two compared, a new one.

Times of a slot are wall-clock, ``HH:MM``; ``end`` may be ``24:00``. ``weekday`` 0 is Monday.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.etags import etag_of, not_modified
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated
from booking.foundation.doors.params import parse_int
from booking.foundation.errors import FieldError, HatRequired, Invalid, NotAuthenticated, NotFound
from booking.organisations.models import Organisation
from booking.seasons.access import may_run
from booking.seasons.api.proposal_shapes import (
    PROBLEMS,
    SeasonDiffShape,
    SeasonProblemShape,
    SeasonProposalBodyShape,
    SeasonProposalDetailShape,
    SeasonProposalPageShape,
)
from booking.seasons.limits import PROPOSAL
from booking.seasons.models import Proposal, SeasonRound, Wish
from booking.seasons.rules.compare import compare
from booking.seasons.rules.instance import Slot
from booking.seasons.rules.measures import EffectRow, Figures, Measured
from booking.seasons.selectors import proposals as selectors
from booking.seasons.selectors.instances import timetable_of
from booking.seasons.selectors.rounds import find_visible
from booking.seasons.selectors.visible import applicants_of
from booking.seasons.selectors.whys import reasons_of, wishes_stamp
from booking.seasons.services import editing, proposing
from booking.seasons.shown import Sheet, author_words, place_key, rows_of
from booking.seasons.wording import reason_text

MOST_SLOTS = 5_000
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


# --- answers ---------------------------------------------------------------------------------------------------------


def clock_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def page_url(round: SeasonRound, proposal: Proposal, name: str = "season_proposal") -> str:
    return booking_settings().public_base_url + reverse(f"booking:{name}", args=[round.slug, proposal.number])


def brief(round: SeasonRound, one: Proposal, figures: Measured) -> dict[str, Any]:
    whole = figures.whole
    return {
        "number": one.number,
        "name": one.name,
        "note": one.note,
        "author": {
            "kind": one.author_kind,
            "organisation": one.organisation.slug if one.organisation is not None else None,
            "name": author_words(one),
        },
        "state": one.state,
        "based_on": one.based_on.number if one.based_on is not None and one.based_on.state != "draft" else None,
        "published_at": one.published_at,
        "adopted": one.pk == round.adopted_id,
        "in_hearing": one.pk == round.heard_id,
        "version": one.version,
        "figures": {
            "minutes": whole.minutes, "wishes": whole.wishes, "wishes_met": whole.met,
            "wishes_without": whole.unserved, "worst_off_percent": figures.worst_percent,
        },
        "page_url": page_url(round, one),
    }  # fmt: skip


def slot_of(sheet: Sheet, slot: Slot) -> dict[str, Any]:
    wish = sheet.wishes.get(slot.wish)
    return {
        "resource": sheet.slug(slot.place),
        "weekday": slot.weekday,
        "start": clock_text(slot.start),
        "end": clock_text(slot.end),
        "wish": wish.number if wish is not None else 0,
        "team": wish.team if wish is not None else "",
        "organisation": wish.organisation.slug if wish is not None else "",
    }


def detail(round: SeasonRound, one: Proposal) -> dict[str, Any]:
    """A whole proposal. A constant number of queries."""
    sheet = Sheet(round)
    timetable = timetable_of(one)
    sheet.know(timetable)
    rows = rows_of(one)
    faults = sheet.faults(timetable)
    figures = sheet.measure(timetable)
    found = reasons_of(one, sheet.instance, timetable, wishes_stamp(round))
    why = {key: [(row.code, reason_text(row)) for row in some] for key, some in found.items()}
    wrong: dict[Slot, list[str]] = {}
    for fault in faults:
        if fault.prevents:
            for slot in fault.slots:
                wrong.setdefault(slot, []).append(fault.code)
    return brief(round, one, figures) | {
        "round": round.slug,
        "adoptable": not any(fault.prevents for fault in faults),
        "facts": one.facts,
        "slots": [
            slot_of(sheet, slot)
            | {
                "locked": slot.locked,
                "reason": rows.get(place_key(slot), (0, ""))[1],
                "why": " ".join(words for _code, words in why.get(slot.wish, [])),
                "faults": list(dict.fromkeys(wrong.get(slot, []))),
            }
            for slot in timetable
        ],
        "wishes": [
            {
                "wish": sheet.wishes[wish.key].number,
                "team": wish.team,
                "organisation": sheet.organisation_slug(wish.organisation),
                "minutes": figures.wishes[wish.key].minutes,
                "asked_minutes": wish.minutes_asked,
                "coverage_percent": figures.wishes[wish.key].percent,
                "why": [{"code": code, "text": words} for code, words in why.get(wish.key, [])],
            }
            for wish in sheet.instance.wishes
        ],
    }


def effect_row(sheet: Sheet, row: EffectRow) -> dict[str, Any]:
    def share(one: Figures) -> float | None:
        return None if one.best_share is None else round(one.best_share, 4)

    return {
        "organisation": sheet.organisation_slug(row.organisation),
        "name": sheet.instance.applicant[row.organisation].name,
        "minutes_before": row.before.minutes,
        "minutes_after": row.after.minutes,
        "coverage_before": row.before.percent,
        "coverage_after": row.after.percent,
        "best_share_before": share(row.before),
        "best_share_after": share(row.after),
        "wishes_met_before": row.before.met,
        "wishes_met_after": row.after.met,
        "wishes": row.after.wishes,
    }


def worst_of(sheet: Sheet, found: tuple[int, int] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"organisation": sheet.organisation_slug(found[0]), "percent": found[1]}


def difference(round: SeasonRound, one: Proposal, other: Proposal) -> dict[str, Any]:
    """From ``other`` to ``one``."""
    sheet = Sheet(round)
    timetables = selectors.timetables_of([one, other])
    before, after = timetables[other.pk], timetables[one.pk]
    sheet.know((*before, *after))
    found = compare(sheet.instance, before, after)
    return {
        "number": one.number,
        "against": other.number,
        "same": len(found.same),
        "moved": [
            {name: slot_of(sheet, move.after)[name] for name in ("wish", "team", "organisation")}
            | {
                "what": list(move.what), "before": slot_of(sheet, move.before), "after": slot_of(sheet, move.after),
            }
            for move in found.moved
        ],
        "added": [slot_of(sheet, slot) for slot in found.added],
        "removed": [slot_of(sheet, slot) for slot in found.removed],
        "per_organisation": [effect_row(sheet, row) for row in found.effect.rows],
        "worst_off_before": worst_of(sheet, found.effect.worst_before),
        "worst_off_after": worst_of(sheet, found.effect.worst_after),
        "page_url": f"{page_url(round, one, 'season_compare')}?against={other.number}",
    }  # fmt: skip


# --- views -----------------------------------------------------------------------------------------------------------


def _today() -> Any:
    return clock.today(booking_settings().tz)


def round_or_404(request: Request, slug: str) -> SeasonRound:
    return find_visible(slug, request.user, _today())


def proposal_or_404(request: Request, round: SeasonRound, number: int) -> Proposal:
    if number > 2**31 - 1:
        raise NotFound("not_found", _("There is no such proposal."))
    return selectors.find_visible(request.user, round, number, _today())


def etag(round: SeasonRound, *proposals: Proposal) -> str:
    parts = [f"{one.pk}/{one.version}/{one.state}" for one in proposals]
    return etag_of("season", round.slug, get_language(), *wishes_stamp(round), *parts)


class SeasonProposalsView(ApiView):
    """Proposals of a round, and a new one."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="season_proposals_list",
        parameters=[
            OpenApiParameter("limit", int, description="50, at most 500"),
            OpenApiParameter("offset", int),
        ],
        responses={200: SeasonProposalPageShape, 404: SeasonProblemShape},
    )
    def get(self, request: Request, slug: str) -> Response:
        """What is on the table, by number; one's own drafts, too. Nothing before proposals are made."""
        round = round_or_404(request, slug)
        rows = selectors.visible_proposals(request.user, round, _today())
        sheet = Sheet(round)
        timetables: dict[int, Any] = {}

        def prepare(page: list[Proposal]) -> None:
            timetables.update(selectors.timetables_of(page))

        def render(one: Proposal) -> dict[str, Any]:
            return brief(round, one, sheet.measure(timetables[one.pk]))

        return paginated(request, rows, render, prepare=prepare)

    @describe(
        operation_id="season_proposals_create", request=SeasonProposalBodyShape,
        responses={201: SeasonProposalDetailShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """A whole timetable of one's own: a copy, with its own slots if they are given. All of it or nothing."""
        round = round_or_404(request, slug)
        if not request.user.is_authenticated:
            raise NotAuthenticated("not_authenticated", _("Sign in first."))
        data = request.data
        if not isinstance(data, Mapping):
            raise Invalid("not_an_object", _("The request must be an object with named fields."))
        now = clock.now()
        organisation = self._organisation(request, round, data)
        copy = self._copy(request, round, data)
        slots = slots_of_body(round, data)
        for name in ("publish", "last_season"):
            if not isinstance(data.get(name, False), bool):
                raise Invalid("not_a_boolean", _("This must be true or false."), loc=(name,))
        ratelimit.spend(PROPOSAL, now=now, contact=str(request.user.pk), address=ratelimit.client_address(request))
        with transaction.atomic():
            made = proposing.start_proposal(
                round, name=words_of(data, "name"), note=words_of(data, "note"), by=request.user, now=now,
                organisation=organisation, copy=copy, from_last_season=data.get("last_season", False),
            )  # fmt: skip
            if slots is not None:
                made = put_timetable(made, slots, reason=words_of(data, "reason"), by=request.user, now=now)
            if data.get("publish", False):
                made = proposing.publish(made, by=request.user, now=now)
        fresh = selectors.find_visible(request.user, round, made.number, _today())
        return Response(detail(round, fresh), status=201, headers={"ETag": etag(round, fresh)})

    def _organisation(self, request: Request, round: SeasonRound, data: Mapping[str, Any]) -> Organisation | None:
        """Whose proposal it is: named, by the hat, or the only one that fits."""
        mine = list(applicants_of(request.user, round, _today()))
        runs = may_run(request.user, round, _today())
        if "organisation" in data:
            slug = data["organisation"]
            if slug is None:
                return None
            found = next((one for one in mine if isinstance(slug, str) and one.slug == slug), None)
            if found is None:
                raise Invalid(
                    "unknown_organisation",
                    _("You speak for no organisation of this name that takes part in the round."),
                    loc=("organisation",),
                )
            return found
        hat = self.hat
        if hat is not None and hat.kind == "organisation":
            chosen = next((one for one in mine if one.slug == hat.slug), None)
            if chosen is not None:
                return chosen
        if hat is not None and hat.kind == "unit":
            return None
        if len(mine) + runs > 1:
            raise HatRequired("hat_required", _("Say for whom the proposal is: name the organisation, or null."))
        return mine[0] if mine else None

    def _copy(self, request: Request, round: SeasonRound, data: Mapping[str, Any]) -> Proposal | None:
        number = data.get("from_proposal")
        if number is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool):
            raise Invalid("not_a_number", _("This must be a whole number."), loc=("from_proposal",))
        found = selectors.visible_proposals(request.user, round, _today()).filter(number=min(abs(number), 2**31 - 1))
        copy = found.first()
        if copy is None:
            raise Invalid("unknown_proposal", _("There is no such proposal."), loc=("from_proposal",))
        return copy


def put_timetable(
    proposal: Proposal, slots: list[Slot], *, reason: str, by: Any, now: datetime, if_version: int | None = None
) -> Proposal:
    """These slots in place of the draft's own, as one change with its reason; those that stay keep locks and reasons.
    Nothing differs: nothing is done."""
    before = timetable_of(proposal)
    keep = {replace(one, locked=False) for one in slots}
    gone = [one for one in before if replace(one, locked=False) not in keep]
    held = {replace(one, locked=False) for one in before}
    new = [one for one in slots if one not in held]
    if not gone and not new:
        return proposal
    return editing.change(proposal, before=gone, after=new, reason=reason, by=by, now=now, if_version=if_version)


def words_of(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise Invalid("not_a_text", _("This must be a text."), loc=(name,))
    return value


def slots_of_body(round: SeasonRound, data: Mapping[str, Any]) -> list[Slot] | None:
    """The timetable of the body. Raises ``Invalid`` with the place of every fault; ``None`` when none is given."""
    given = data.get("slots")
    if given is None:
        return None
    if not isinstance(given, list):
        raise Invalid("not_a_list", _("This must be a list."), loc=("slots",))
    if len(given) > MOST_SLOTS:
        raise Invalid("too_many", _("At most %(most)s."), params={"most": MOST_SLOTS}, loc=("slots",))
    wishes = dict(Wish.objects.filter(round=round, withdrawn_at__isnull=True).values_list("number", "pk"))
    places = {row.resource.slug: row.resource_id for row in round.places.select_related("resource")}
    found: list[Slot] = []
    faults: list[FieldError] = []
    for index, one in enumerate(given):
        if not isinstance(one, Mapping):
            faults.append(FieldError(("slots", index), "not_an_object", _("This must be an object.")))
            continue
        values: dict[str, int] = {}
        wish, resource, weekday = one.get("wish"), one.get("resource"), one.get("weekday")
        if isinstance(wish, int) and not isinstance(wish, bool) and wish in wishes:
            values["wish"] = wishes[wish]
        else:
            faults.append(FieldError(("slots", index, "wish"), "unknown_wish", _("There is no such wish.")))
        if isinstance(resource, str) and not text.is_unusable(resource) and resource in places:
            values["place"] = places[resource]
        else:
            message = _("The round doesn't share out this place.")
            faults.append(FieldError(("slots", index, "resource"), "unknown_place", message))
        if isinstance(weekday, int) and not isinstance(weekday, bool) and 0 <= weekday <= 6:
            values["weekday"] = weekday
        else:
            message = _("This must be a weekday from 0 (Monday) to 6.")
            faults.append(FieldError(("slots", index, "weekday"), "bad_weekday", message))
        for name in ("start", "end"):
            minutes = _minutes(one.get(name))
            if minutes is None:
                message = _("This must be a time of day such as 17:30.")
                faults.append(FieldError(("slots", index, name), "not_a_time", message))
            else:
                values[name] = minutes
        if len(values) == 5:
            if values["end"] <= values["start"]:
                message = _("The end must be after the start.")
                faults.append(FieldError(("slots", index, "end"), "end_before_start", message))
            else:
                found.append(Slot(values["wish"], values["place"], values["weekday"], values["start"], values["end"]))
    if faults:
        raise Invalid.of(faults)
    if len(set(found)) < len(found):
        raise Invalid("twice", _("The same slot stands there twice."), loc=("slots",))
    return found


def _minutes(value: Any) -> int | None:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    minutes = int(match[1]) * 60 + int(match[2])
    return minutes if minutes <= 1440 else None


class SeasonDiffView(ApiView):
    """Two proposals compared."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="season_proposals_diff",
        parameters=[
            OpenApiParameter("against", int, description="number of the other; default: the municipality's latest")
        ],
        responses={200: SeasonDiffShape, 304: None, 400: SeasonProblemShape, 404: SeasonProblemShape},
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponse | Response:
        """What changes from `against` to this one, slot by slot, and what it means for each organisation."""
        round = round_or_404(request, slug)
        one = proposal_or_404(request, round, number)
        raw = request.query_params.get("against")
        if raw is None:
            other = selectors.usual_rival(round, one, selectors.visible_proposals(request.user, round, _today()))
            if other is None:
                raise Invalid("required", _("Say which proposal it is compared with."), loc=("against",))
        else:
            other = proposal_or_404(request, round, parse_int(raw, loc=("against",), most=2**31 - 1))
        tag = etag(round, one, other)
        if not_modified(request, tag):
            return HttpResponse(status=304, headers={"ETag": tag})
        return Response(difference(round, one, other), headers={"ETag": tag})
