"""What lies on one person's desk: for the morning digest and the page "what waits on you". Constant queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from booking.cases.models import Attention, Case, WaitingOn
from booking.cases.selectors.access import staff_cases
from booking.cases.selectors.lists import in_order
from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.foundation.workdays import WorkCalendar

#: Answers that are due within so many working days stand in the digest.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Desk:
    """Cases that one person must answer, by how pressing they are; each in one list only, the most pressing first."""

    late: Sequence[Case]
    soon: Sequence[Case]
    no_reply: Sequence[Case]
    others: int

    def __bool__(self) -> bool:
        return bool(self.late or self.soon or self.no_reply)


def desk(user: Any, on: date, calendar: WorkCalendar) -> Desk:
    """What ``user`` holds today: as case officer, or in the place of one who is away or gone."""
    cases = list(
        in_order(
            staff_cases(user, on, roles=("officer", "leader")).filter(
                Q(waiting_on=WaitingOn.MUNICIPALITY) | Q(attention=Attention.NO_REPLY)
            )
        ).select_related("unit", "officer", "deputy", "organisation", "requester")
    )
    mine = [case for case, holder in zip(cases, holders(cases, on), strict=True) if holder and holder.pk == user.pk]
    limit = calendar.add_working_days(on, AHEAD)
    no_reply = [case for case in mine if case.attention == Attention.NO_REPLY]
    owed = [case for case in mine if case.attention != Attention.NO_REPLY]
    late = [case for case in owed if case.answer_by is not None and case.answer_by < on]
    soon = [case for case in owed if case.answer_by is not None and on <= case.answer_by <= limit]
    return Desk(late, soon, no_reply, len(owed) - len(late) - len(soon))


def late_in_units_of(leader: Any, on: date) -> list[Case]:
    """Cases whose promise has passed, in the units that ``leader`` leads and below, held by others."""
    cases = list(
        in_order(
            staff_cases(leader, on, roles=("leader",)).filter(waiting_on=WaitingOn.MUNICIPALITY, answer_by__lt=on)
        ).select_related("unit", "officer", "deputy", "organisation", "requester")
    )
    return [
        case for case, holder in zip(cases, holders(cases, on), strict=True) if holder is None or holder.pk != leader.pk
    ]


def holders(cases: Sequence[Case], on: date) -> list[Any]:
    """Who owns each case on that day: `detail.acting_for` for many, without a query per case."""
    units = {case.unit_id: case.unit for case in cases}
    leading = {pk: catalogue.leaders(unit, on) for pk, unit in units.items()}
    absent = catalogue.missing(on)
    above: dict[int, Any] = {}
    found = []
    for case in cases:
        person = catalogue_rules.acting(
            case.officer,
            case.deputy,
            leading[case.unit_id],
            living=absent.living,
            present=absent.present,
            stand_in=absent.stand_in,
        ).person
        if person is None:
            if case.unit_id not in above:
                above[case.unit_id] = catalogue.unit_responsible(case.unit, on).acting
            person = above[case.unit_id]
        found.append(person)
    return found
