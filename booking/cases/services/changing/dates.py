"""Dates of a series that were left out are asked for again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from booking.cases import registry
from booking.cases.access import choose_hat, party_hats
from booking.cases.models import (
    Case,
    Decision,
    Line,
    LineState,
    Series,
)
from booking.cases.rules import Occurrence, expand, parse_rule
from booking.cases.services.changing.doing import finish_change, promise_anew
from booking.cases.services.changing.wishes import Move, check_rules, keep_ticks, taken_error
from booking.cases.services.checking import Judged, judge_lines, prices_of
from booking.cases.services.knowing import tell_known
from booking.cases.services.rivalry import rules_of
from booking.cases.services.shared import (
    Actor,
    event,
    letters,
    lock,
    post,
)
from booking.catalogue import selectors as catalogue
from booking.foundation import text
from booking.foundation.clock import local, local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, NotFound, Taken, WrongState
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, take


def dates_left_out(series: Series) -> list[Occurrence]:
    """The rule's dates that have no line: left out, or skipped because they were taken. In order."""
    tz = catalogue.zone(series.resource)
    there = set(series.lines.values_list("series_start", flat=True))
    return [one for one in expand(parse_rule(series.rrule), series.start, series.end, tz) if one.start not in there]


def add_back(
    case: Case,
    series_number: int,
    day: date,
    *,
    why: str = "",
    ticked: Collection[str] = (),
    by: Any,
    now: datetime,
    hat: str | None = None,
) -> Case:
    """Ask again for a date of a series that was left out: it becomes a new line of the same series.

    Granted at once where the rules grant by themselves; else it waits on the unit like any request. Twice is the same
    as once. ``ticked`` as in a `Wish`. Raises ``NotFound``, ``Invalid`` for a day that the rule doesn't have,
    ``Taken``, ``RuleBroken`` (unless ``why`` is given; ``must_tick`` whatever is given), ``WrongState``, ``Forbidden``,
    ``HatRequired``.
    """
    reason = text.clean(why, max_length=text.MESSAGE, loc=("why",), multiline=True)
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    actor = Actor(by, choose_hat(party_hats(by, case, on, binding=True), hat, default=default))

    def run() -> Case:
        with transaction.atomic():
            series = Series.objects.select_related("resource").filter(case=case.pk, number=series_number).first()
            if series is None:
                raise NotFound("not_found", _("There is no such series in this case."))
            tz = catalogue.zone(series.resource)
            if ticked and (first := next((one for one in dates_left_out(series) if one.day == day), None)):
                there = Line(case=case, number=0, resource=series.resource, start=first.start, end=first.end)
                seen = judge_lines(case, [there], now=now, ticked=ticked)
                tell_known(case, seen.judgement.request, actor, now)
            fresh = lock([series.resource_id], [case.pk])[case.pk]
            series.refresh_from_db()
            if fresh.stored_act in ("closed", "dismissed", "draft"):
                raise WrongState("wrong_state", _("This case is over."))
            if any(
                line.series_start is not None and local(line.series_start, tz).date() == day
                for line in series.lines.all()
            ):
                return fresh
            found = next((one for one in dates_left_out(series) if one.day == day), None)
            if found is None:
                raise Invalid("not_a_date", _("The series has no such date."), loc=("day",))
            places = series.lines.aggregate(last=Max("series_index"))
            number = (fresh.lines.aggregate(last=Max("number"))["last"] or 0) + 1
            sibling = series.lines.order_by("number").first()
            line = Line(
                kit_id=sibling.kit_id if sibling else None, kit_group=sibling.kit_group if sibling else None,
                kit_quantity=sibling.kit_quantity if sibling else None,
                case=fresh, number=number, resource=series.resource, quantity=series.quantity, start=found.start,
                end=found.end, series=series, series_index=(places["last"] or 0) + 1, series_start=found.start,
                created_at=now, revised_at=now,
            )  # fmt: skip
            judged = judge_lines(fresh, [line], now=now, ticked=ticked)
            check_rules(judged, [Move(line, line)], reason, now)
            keep_ticks(fresh, judged, actor, now)
            line.state = _first_state(line, judged, reason)
            if price := prices_of(fresh, [line]).get(line.number):
                line.price, line.price_rule = price.amount, price.as_facts()
            line.save()
            registry.tell_asked(fresh, [line], now)
            _take_first(fresh, line, now)
            Series.objects.filter(pk=series.pk).update(
                exclude=[one for one in series.exclude if one != day.isoformat()],
                sequence=F("sequence") + 1,
                revised_at=now,
            )
            event(fresh, "added_back", now=now, by=actor, lines=[number]).save()
            if line.state == LineState.GRANTED:
                decision = Decision.objects.create(case=fresh, by=None, hat="rules", outcome="grant", at=now)
                Line.objects.filter(pk=line.pk).update(decision=decision)
                event(fresh, "automatic_approval", now=now, lines=[number], decision=decision.pk).save()
                payload = {"decisions": [decision.pk], "lines": [number]}
                key = f"decision:{decision.pk}"
                post(letters(fresh, "case_decision", key, payload, due_at=now, soon=True), now=now)
            else:
                fresh.answered_at = None
                promise_anew(fresh, now)
            return finish_change(fresh, now, [series.resource_id])

    return again_on_collision(run)


def _first_state(line: Line, judged: Judged, why: str) -> str:
    if line.number in judged.automatic and not why:
        return LineState.GRANTED
    if rules_of([line])[line.resource_id].pending_policy == "hold":
        return LineState.HELD
    return LineState.REQUESTED


def _take_first(case: Case, line: Line, now: datetime) -> None:
    klass = Klass.NOTE if line.state == LineState.REQUESTED else Klass.CLAIM
    status = Status.CONFIRMED if line.state == LineState.GRANTED else Status.TENTATIVE
    try:
        take(
            [
                Take(
                    line.resource_id, line.start, line.end, line.pk, line.quantity, klass=klass, status=status,
                    label=case.title if case.title_public else "",
                )
            ],
            now=now,
        )  # fmt: skip
    except Taken as error:
        raise taken_error([line], now) from error
