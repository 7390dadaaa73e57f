"""What every letter about a case tells: the facts, read when it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booking.cases.links import case_url
from booking.cases.models import Case, CaseKind, Decision, LineState
from booking.cases.wanting import wanted_of
from booking.cases.wording import prices_in_words, reason_text, time_range
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.rules import Price, price_from
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.occupancy import selectors as occupancy

Payload = Mapping[str, Any]

#: Of a long series a letter names so many dates; the page has them all.
MOST_LINES = 40
#: Free alternatives are sought for so many refused lines.
MOST_SOUGHT = 3


@dataclass(frozen=True, slots=True)
class LineText:
    """A line as a letter tells it."""

    number: int
    place: str
    when: str
    quantity: int
    state: str
    state_label: str
    reason: str
    price: Price | None = None


def case_of(payload: Payload) -> Case:
    related = ("unit", "unit__parent", "officer", "deputy", "organisation", "requester")
    return Case.objects.select_related(*related).get(pk=payload["case"])


def common_of(case: Case, language: str) -> dict[str, Any]:
    conf = booking_settings()
    officer = officer_of(case)
    return {
        "case": case,
        "reference": case.reference,
        "title": title_of(case),
        "unit": unit_name_of(case, language),
        "unit_email": case.unit.email,
        "unit_phone": case.unit.phone,
        "officer": str(officer) if officer is not None and conf.show_officer_names else "",
        "answer_by": case.answer_by,
        "slow_reason": case.slow_reason,
        "received_on": local_date(case.received_at, conf.tz),
        "link": case_url(case.reference, language),
    }


def title_of(case: Case) -> str:
    if case.title:
        return case.title
    if case.kind == CaseKind.ENQUIRY:
        return str(CaseKind.ENQUIRY.label)
    return case.organisation.name if case.organisation is not None else str(CaseKind.REQUEST.label)


def officer_of(case: Case) -> Any:
    """Who answers today: the deputy or a leader while the officer is away."""
    from booking.cases.selectors.detail import acting_for

    person, _reason = acting_for(case, local_date(clock.now(), booking_settings().tz))
    return person


def unit_name_of(case: Case, language: str) -> str:
    return str(localized(case.unit, "name", language))


def lines_of(case: Case, language: str) -> list[LineText]:
    rows = case.lines.select_related("resource").order_by("number")
    return [
        LineText(
            line.number,
            str(localized(line.resource, "name", language)),
            time_range(line.start, line.end, catalogue.zone(line.resource)),
            line.quantity,
            line.state,
            str(LineState(line.state).label),
            reason_text(line.reason),
            price_from(line.price, line.price_rule) if line.price is not None else None,
        )
        for line in rows
    ]


def prices_of(lines: Sequence[LineText]) -> list[str]:
    """What these lines cost, in words; [] where nothing was told."""
    return prices_in_words([line.price for line in lines if line.price is not None])


def decider_of(decisions: Sequence[Decision], case: Case) -> str:
    people = {str(one.by) for one in decisions if one.by is not None}
    return ", ".join(sorted(people)) if booking_settings().show_officer_names else ""


def alternatives_of(case: Case, numbers: Sequence[int], language: str) -> list[dict[str, str]]:
    """What is really free at this moment instead of the first of these lines; nothing for times that have passed."""
    now = clock.now()
    lines = list(case.lines.filter(number__in=numbers, start__gt=now).select_related("resource")[:MOST_SOUGHT])
    if not lines:
        return []
    found = occupancy.alternatives_many(wanted_of(lines), now=now, limit=3)
    ids = {one.resource_id for listed in found.values() for one in listed}
    places = Resource.objects.in_bulk(ids)
    return [
        {
            "place": str(localized(places[one.resource_id], "name", language)),
            "when": time_range(one.start, one.end, catalogue.zone(places[one.resource_id])),
        }
        for listed in found.values()
        for one in listed
    ]
