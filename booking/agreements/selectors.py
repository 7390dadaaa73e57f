"""Reads of agreements. Who may see what is decided here: leading roles of a party, and people of the unit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Value, When

from booking.agreements import rules
from booking.agreements.models import (
    Agreement,
    AgreementHours,
    AgreementParty,
    AgreementState,
    LeftOutDate,
    Side,
    TaskDate,
)
from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Cover, Resource
from booking.catalogue.rules import search_terms
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Organisation

#: Hours are followed so many dates when asked whether they touch a time; a window of works is shorter.
_MOST_DATES = 2_000


def is_on() -> bool:
    """Whether the municipality uses the register at all (a switch)."""
    return booking_settings().is_on("agreements")


# --- who sees what ---------------------------------------------------------------------------------------------------


def party_agreements(user: Any, on: date) -> QuerySet[Agreement]:
    """Agreements of organisations in which ``user`` is leader, board member or booker on that day."""
    mine = organisations.organisations_of(user, on)
    parties = AgreementParty.objects.filter(organisation__in=mine)
    return Agreement.objects.filter(pk__in=parties.values("agreement_id"))


def staff_agreements(user: Any, on: date, roles: Collection[str] | None = None) -> QuerySet[Agreement]:
    """Agreements of the units where ``user`` holds a role (one of ``roles``), child units included."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Agreement.objects.none()
    return Agreement.objects.filter(unit__in=catalogue.units_of(user, on, roles=roles))


def visible_agreements(user: Any, on: date) -> QuerySet[Agreement]:
    """Both together."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Agreement.objects.none()
    party = party_agreements(user, on).order_by().values("pk")
    staff = staff_agreements(user, on).order_by().values("pk")
    return Agreement.objects.filter(Q(pk__in=party) | Q(pk__in=staff))


def with_all(found: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """With parties, things, hours and tasks at hand: a constant number of queries for any number of agreements."""
    return found.select_related(
        "unit", "officer", "deputy", "written_by", "confirmed_by", "declined_by", "notice_by", "case"
    ).prefetch_related(
        Prefetch("parties", AgreementParty.objects.select_related("organisation", "confirmed_by")),
        Prefetch("resources", Resource.objects.order_by("name", "pk")),
        Prefetch("hours", AgreementHours.objects.select_related("resource")),
    )


def search(found: QuerySet[Agreement], text: str) -> QuerySet[Agreement]:
    """``found`` narrowed to those in which every word occurs somewhere, in any case and without Norwegian letters too:
    in reference, title, terms, place, keys, what is stored; in the name of a party or a thing, a task, a document."""
    for word in search_terms(text):
        found = found.filter(
            Q(search_text__contains=word)
            | Exists(AgreementParty.objects.filter(agreement=OuterRef("pk"), organisation__search_text__contains=word))
            | Exists(Agreement.resources.through.objects.filter(
                agreement_id=OuterRef("pk"), resource__search_text__contains=word
            ))
            | Q(pk__in=_task_or_document(word))
        )  # fmt: skip
    return found


def _task_or_document(word: str) -> QuerySet[Any]:
    # Short texts that nobody folds: the database's own way with case is enough for them.
    tasks = Agreement.objects.filter(tasks__what__icontains=word).order_by().values("pk")
    documents = Agreement.objects.filter(
        documents__name__icontains=word, documents__removed_at=None
    ).order_by().values("pk")  # fmt: skip
    return Agreement.objects.filter(Q(pk__in=tasks) | Q(pk__in=documents)).order_by().values("pk")


# --- where it stands -------------------------------------------------------------------------------------------------


def status_of(agreement: Agreement, on: date) -> rules.Status:
    """Where it stands on that day."""
    return rules.status(
        agreement.state, agreement.start, agreement.last_day, notice_given=agreement.notice_at is not None, on=on
    )


def uses_of(agreement: Agreement) -> frozenset[str]:
    """The kinds of use of notice-rules.md that it is. ``hours`` must be at hand."""
    return rules.uses(hours=bool(agreement.hours.all()), sole_use=agreement.sole_use, storage=bool(agreement.storage))


def acting_for(agreement: Agreement, on: date) -> tuple[Any, str]:
    """Who answers for the agreement on that day, and why it isn't its officer (requests.md clock 7)."""
    named = [one for one in (agreement.officer, agreement.deputy) if one is not None]
    leaders = catalogue.leaders(agreement.unit, on)
    away = catalogue.absent_ids(on, [one.pk for one in (*named, *leaders)])
    found = catalogue_rules.acting(
        agreement.officer,
        agreement.deputy,
        leaders,
        living=lambda user: bool(user.is_active),
        present=lambda user: user.pk not in away,
    )
    if found.person is not None:
        return found.person, found.reason
    return catalogue.unit_responsible(agreement.unit, on).acting, found.reason


@dataclass(frozen=True, slots=True)
class SideView:
    """One side, and whether it has confirmed: by whom and when."""

    name: str
    organisation: Organisation | None  # None: the municipality
    by: Any
    at: datetime | None

    @property
    def confirmed(self) -> bool:
        """It has said yes to what stands there now."""
        return self.at is not None


def sides_of(agreement: Agreement, municipality: str) -> list[SideView]:
    """Every organisation and the municipality. ``parties`` must be at hand."""
    found = [
        SideView(one.organisation.name, one.organisation, one.confirmed_by, one.confirmed_at)
        for one in agreement.parties.all()
    ]
    return [*found, SideView(municipality, None, agreement.confirmed_by, agreement.confirmed_at)]


def in_order(found: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """What waits first, then what holds by its last day, then what is over, newest first."""
    rank = Case(
        When(state=AgreementState.PROPOSED, then=Value(0)),
        When(state=AgreementState.AGREED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return found.annotate(rank=rank).order_by("rank", F("last_day").asc(nulls_last=True), "-created_at", "-pk")


def waits_for_organisation(found: QuerySet[Agreement], organisation_ids: Iterable[int]) -> QuerySet[Agreement]:
    """Those that one of these organisations hasn't confirmed."""
    parties = AgreementParty.objects.filter(organisation__in=list(organisation_ids), confirmed_at=None)
    return found.filter(state=AgreementState.PROPOSED, pk__in=parties.values("agreement_id"))


def unconfirmed(found: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Those that somebody hasn't confirmed, whoever it is."""
    return found.filter(state=AgreementState.PROPOSED)


def expiring(found: QuerySet[Agreement], on: date, *, days: int = max(rules.WARN_BEFORE)) -> QuerySet[Agreement]:
    """In force, and over within so many days."""
    return found.filter(state=AgreementState.AGREED, last_day__gte=on, last_day__lte=on + timedelta(days=days))


def ended(found: QuerySet[Agreement], on: date) -> QuerySet[Agreement]:
    """Over, whether `tick` has got round to it or not."""
    return found.filter(Q(state=AgreementState.ENDED) | Q(state=AgreementState.AGREED, last_day__lt=on))


def in_force(found: QuerySet[Agreement], on: date) -> QuerySet[Agreement]:
    """Agreed, begun, and not over."""
    return found.filter(Q(last_day=None) | Q(last_day__gte=on), state=AgreementState.AGREED, start__lte=on)


def with_status(found: QuerySet[Agreement], status: str, on: date) -> QuerySet[Agreement]:
    """Those that stand so on that day: ``rules.status`` as a filter."""
    living = found.filter(Q(last_day=None) | Q(last_day__gte=on), state=AgreementState.AGREED)
    ways: dict[str, QuerySet[Agreement]] = {
        "one_side": unconfirmed(found),
        "declined": found.filter(state=AgreementState.DECLINED),
        "ended": ended(found, on),
        "ending": living.exclude(notice_at=None),
        "coming": living.filter(notice_at=None, start__gt=on),
        "in_force": living.filter(notice_at=None, start__lte=on),
    }
    return ways[status]


def open_tasks(found: QuerySet[Agreement], side: str, *, until: date) -> QuerySet[TaskDate]:
    """What one side hasn't done yet of agreements in force, due up to a day; the overdue first."""
    return (
        TaskDate.objects.filter(
            task__agreement__in=found.filter(state=AgreementState.AGREED).order_by().values("pk"),
            task__side=side,
            done_at=None,
            due_on__lte=until,
        )
        .select_related("task", "task__agreement")
        .order_by("due_on", "pk")
    )


def counts_for(user: Any, on: date) -> dict[str, int]:
    """For the front page of staff: what waits on their units."""
    mine = staff_agreements(user, on, roles=("officer", "leader"))
    return {
        "to_confirm": unconfirmed(mine).filter(confirmed_at=None).count(),
        "expiring": expiring(mine, on).filter(notice_at=None).count(),
        "overdue": open_tasks(mine, Side.MUNICIPALITY, until=on - timedelta(days=1)).count(),
        "taken_over": mine.filter(taken_over=True).count(),
    }


def waiting_by_organisation(organisation_ids: Collection[int]) -> dict[int, int]:
    """How many agreements wait for each organisation's yes. One query."""
    found: dict[int, int] = {}
    rows = AgreementParty.objects.filter(
        organisation__in=list(organisation_ids), confirmed_at=None, agreement__state=AgreementState.PROPOSED
    )
    for pk in rows.order_by().values_list("organisation_id", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found


def left_out(agreement: Agreement, now: datetime) -> list[LeftOutDate]:
    """Coming dates of its hours that somebody else has."""
    rows = LeftOutDate.objects.filter(hours__agreement=agreement, end__gt=now)
    return list(rows.select_related("hours__resource").order_by("start", "pk"))


# --- for higher floors -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touched:
    """An agreement that a time on some things touches: for works (needs N6, notice-rules.md "Who is affected").

    ``uses``: agreement, exclusive_agreement, stored_equipment. ``confirmed``: False where one side only says so; it is
    told all the same. ``resource_ids``: those of its things that are hit. ``times``: the dates of its hours in the
    window, [] where it holds all the time (sole use, storage, keys, or terms without hours).
    """

    agreement: Agreement
    uses: frozenset[str]
    confirmed: bool
    organisations: Sequence[Organisation]
    resource_ids: frozenset[int]
    times: Sequence[rules.Occurrence]


def touching(resource_ids: Iterable[int], start: datetime, end: datetime) -> list[Touched]:
    """The agreements that touch these resources in ``[start, end)`` (aware), by reference. Constant number of queries.

    A resource is touched with what it is part of, its parts, and all that shares a piece with it. An agreement with
    hours and nothing else touches when one of its dates does; anything else whenever its period does. Unconfirmed ones
    are in (``confirmed`` False), declined and ended ones aren't.
    """
    if not is_on() or end <= start:
        return []
    asked = set(resource_ids)
    hit = _together(asked)
    if not hit:
        return []
    tz = booking_settings().tz
    first, last = local_date(start, tz), local_date(end - timedelta(microseconds=1), tz)
    through = Agreement.resources.through.objects.filter(resource_id__in=hit)
    found = with_all(
        Agreement.objects.filter(
            Q(last_day=None) | Q(last_day__gte=first),
            pk__in=through.values("agreement_id"),
            state__in=[AgreementState.PROPOSED, AgreementState.AGREED],
            start__lte=last,
        )
    ).order_by("reference")
    answer = []
    for one in found:
        things = {thing.pk for thing in one.resources.all()} & hit
        uses = uses_of(one)
        hours = [row for row in one.hours.all() if row.resource_id in hit]
        times = [moment for row in hours for moment in _dates_in(one, row, start, end)]
        always = one.sole_use or bool(one.storage) or bool(one.keys) or not one.hours.all()
        if not times and not always:
            continue
        answer.append(
            Touched(
                one,
                uses,
                one.state == AgreementState.AGREED,
                [party.organisation for party in one.parties.all()],
                frozenset(things),
                sorted(times, key=lambda moment: moment.start),
            )
        )
    return answer


def _dates_in(agreement: Agreement, hours: AgreementHours, start: datetime, end: datetime) -> list[rules.Occurrence]:
    tz = catalogue.zone(hours.resource)
    first = max(agreement.start, local_date(start, tz) - timedelta(days=1))
    last = local_date(end, tz)
    if agreement.last_day is not None:
        last = min(last, agreement.last_day)
    exclude = {date.fromisoformat(day) for day in agreement.excluded}
    found = []
    dates = rules.occurrences(hours.weekday, hours.begins, hours.ends, tz, first=first, last=last, exclude=exclude)
    for one in dates:
        if one.start < end and one.end > start:
            found.append(one)
        if len(found) >= _MOST_DATES:
            break
    return found


def _together(resource_ids: set[int]) -> set[int]:
    """The resources, what shares a cell with them, their wholes and their parts. Three queries."""
    if not resource_ids:
        return set()
    cells = Cover.objects.filter(resource__in=resource_ids).order_by().values("cell_id")
    found = set(resource_ids)
    found |= set(Cover.objects.filter(cell__in=cells).order_by().values_list("resource_id", flat=True))
    found |= set(Resource.objects.filter(parts__in=resource_ids).order_by().values_list("pk", flat=True))
    found |= set(
        Resource.objects.filter(Q(parent__in=resource_ids) | Q(parent__parent__in=resource_ids))
        .order_by()
        .values_list("pk", flat=True)
    )
    return found


def of_resource(resource: Resource, user: Any, on: date) -> list[Agreement]:
    """Agreements about this very thing that ``user`` may see and that hold or wait: for the thing's page."""
    if not is_on() or not getattr(user, "is_authenticated", False):
        return []
    rows = visible_agreements(user, on).filter(
        Q(last_day=None) | Q(last_day__gte=on),
        resources=resource,
        state__in=[AgreementState.PROPOSED, AgreementState.AGREED],
    )
    return list(rows.prefetch_related(Prefetch("parties", AgreementParty.objects.select_related("organisation"))))


def of_resource_for_staff(resource: Resource, user: Any, on: date) -> list[Agreement]:
    """Agreements about this very thing that the person's units answer for, and that hold or wait. Three queries."""
    rows = staff_agreements(user, on).filter(
        Q(last_day=None) | Q(last_day__gte=on),
        resources=resource,
        state__in=[AgreementState.PROPOSED, AgreementState.AGREED],
    )
    return list(with_all(rows).order_by("title", "pk"))


def roles_in(user: Any, agreement: Agreement, on: date) -> Mapping[int, list[str]]:
    """The leading roles that ``user`` has in each party, by the organisation's id; parties without one are left out."""
    found: dict[int, list[str]] = {}
    for party in agreement.parties.all():
        held = [role for role in organisations.role_names(user, party.organisation, on) if role in LEADING_ROLES]
        if held:
            found[party.organisation_id] = held
    return found
