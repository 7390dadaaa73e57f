"""What lies on one person's desk: for the morning digest and the page "what waits on you". Constant queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from booking.cases.models import Attention, Case, Message, Reader, WaitingOn
from booking.cases.selectors.access import staff_cases
from booking.cases.selectors.lists import in_order, waiting_on_staff
from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation.workdays import WorkCalendar

#: Answers that are due within so many working days stand in the digest.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Desk:
    """Cases that one person must answer, by how pressing they are; each in one list only, the most pressing first."""

    late: Sequence[Case]
    soon: Sequence[Case]
    no_reply: Sequence[Case]
    #: Came in since the last morning, and has time yet.
    new: Sequence[Case]
    others: int
    #: How many of the person's cases wait on the requester.
    with_requester: int = 0

    def __bool__(self) -> bool:
        return bool(self.late or self.soon or self.no_reply or self.new)


def desk(user: Any, on: date, calendar: WorkCalendar, *, since: datetime | None = None) -> Desk:
    """What ``user`` holds today: as case officer, or in the place of one who is away or gone.

    ``since``: what was received from then on is new; None: nothing is.
    """
    cases = list(
        in_order(
            staff_cases(user, on, roles=("officer", "leader")).filter(
                Q(waiting_on__in=[WaitingOn.MUNICIPALITY, WaitingOn.REQUESTER]) | Q(attention=Attention.NO_REPLY)
            )
        ).select_related("unit", "officer", "deputy", "organisation", "requester")
    )
    mine = [case for case, holder in zip(cases, holders(cases, on), strict=True) if holder and holder.pk == user.pk]
    limit = calendar.add_working_days(on, AHEAD)
    no_reply = [case for case in mine if case.attention == Attention.NO_REPLY]
    theirs = [case for case in mine if case.waiting_on == WaitingOn.REQUESTER and case not in no_reply]
    owed = [case for case in mine if case.waiting_on == WaitingOn.MUNICIPALITY and case not in no_reply]
    late = [case for case in owed if case.answer_by is not None and case.answer_by < on]
    soon = [case for case in owed if case.answer_by is not None and on <= case.answer_by <= limit]
    rest = [case for case in owed if case.answer_by is None or case.answer_by > limit]
    new = [case for case in rest if since is not None and case.received_at >= since]
    return Desk(late, soon, no_reply, new, len(rest) - len(new), len(theirs))


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


# --- counts and "waits on me", without reading the cases -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pile:
    """Cases that wait, of one unit with one officer and deputy; ``holder``: who must answer them today (an id)."""

    unit: int
    officer: int | None
    deputy: int | None
    holder: int | None
    open: int
    late: int
    #: Late, due within two working days, new, or without a reply: what a morning's letter is sent for.
    pressing: int = 0


def piles(cases: QuerySet[Case], on: date, *, pressing: Q | None = None) -> list[Pile]:
    """Who must answer how many of ``cases`` today. Four queries; more only for units where officer and deputy are gone.

    Says the same as ``holders`` for each single case, of which there may be ten thousand.
    """
    rows = list(
        waiting_on_staff(cases)
        .order_by()
        .values_list("unit_id", "officer_id", "deputy_id")
        .annotate(
            n_open=Count("pk"),
            n_late=Count("pk", filter=Q(waiting_on=WaitingOn.MUNICIPALITY, answer_by__lt=on)),
            n_pressing=Count("pk", filter=pressing if pressing is not None else Q(pk__in=[])),
        )
    )
    if not rows:
        return []
    people = get_user_model()._default_manager.in_bulk({pk for row in rows for pk in row[1:3] if pk})
    absent = catalogue.missing(on)
    away: dict[int, tuple[list[Any], Any]] = {}
    found = []
    for unit_id, officer_id, deputy_id, *counts in rows:
        named = [people.get(pk) for pk in (officer_id, deputy_id)]
        present = next((one for one in named if one and absent.living(one) and absent.present(one)), None)
        if named[0] is not None and present is named[0]:
            holder = officer_id
        else:
            holder = _stand_in(unit_id, named, absent, away, on)
        found.append(Pile(unit_id, officer_id, deputy_id, holder, *counts))
    return found


def _stand_in(
    unit_id: int, named: Sequence[Any], absent: Any, known: dict[int, tuple[list[Any], Any]], on: date
) -> Any:
    if unit_id not in known:
        unit = Unit.objects.get(pk=unit_id)
        known[unit_id] = (catalogue.leaders(unit, on), catalogue.unit_responsible(unit, on).acting)
    leading, above = known[unit_id]
    person = catalogue_rules.acting(
        named[0], named[1], leading, living=absent.living, present=absent.present, stand_in=absent.stand_in
    ).person
    person = person or above
    return person.pk if person is not None else None


def held_by(user: Any, heaps: Iterable[Pile]) -> Q:
    """A filter for the cases of the piles that ``user`` must answer today."""
    wanted: dict[tuple[int | None, int | None], list[int]] = {}
    for pile in heaps:
        if pile.holder == user.pk:
            wanted.setdefault((pile.officer, pile.deputy), []).append(pile.unit)
    found = Q(pk__in=[])
    for (officer, deputy), units in wanted.items():
        found |= Q(officer=officer, deputy=deputy, unit__in=units)
    return found


def unread(user: Any) -> QuerySet[Message]:
    """Messages that ``user`` has not had on the page, and did not write."""
    seen = Reader.objects.filter(user=user, case=OuterRef("case")).values("seen")[:1]
    return Message.objects.exclude(author=user).filter(pk__gt=Coalesce(Subquery(seen), 0))


def with_unread(cases: QuerySet[Case], user: Any, *, notes: bool) -> QuerySet[Case]:
    """Those in which ``user`` has something to read; ``notes``: the unit's own count too."""
    rows = unread(user) if notes else unread(user).filter(internal=False)
    return cases.filter(Exists(rows.filter(case=OuterRef("pk"))))


def unread_counts(user: Any, case_ids: Collection[int], *, notes: bool) -> dict[int, int]:
    """How many messages ``user`` has not read, by case; cases without any are left out. One query at most."""
    if not case_ids:
        return {}
    rows = unread(user).filter(case__in=list(case_ids))
    rows = rows if notes else rows.filter(internal=False)
    return dict(rows.order_by().values_list("case_id").annotate(Count("pk")))


def after(cases: QuerySet[Case], case: Case) -> Case | None:
    """The next of ``cases`` in the queue's order after ``case``, which may have left them; else their first other."""
    others = cases.exclude(pk=case.pk)
    if case.answer_by is None:
        later = Q(answer_by__isnull=True, reference__gt=case.reference)
    else:
        later = (
            Q(answer_by__gt=case.answer_by)
            | Q(answer_by=case.answer_by, reference__gt=case.reference)
            | Q(answer_by__isnull=True)
        )
    ordered = others.order_by(F("answer_by").asc(nulls_last=True), "reference")
    return ordered.filter(later).first() or ordered.first()
