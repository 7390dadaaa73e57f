"""What one person carries of cases, and which open cases nobody who lives is named for (needs N5, N9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.cases.models import Attention, Case, CaseState, CoHost, Line, LineState, WaitingOn
from booking.catalogue import selectors as catalogue
from booking.catalogue.registry import Carried, Returning
from booking.foundation.clock import day_bounds
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Membership

#: From the third hand-over on, the receiving unit's leader hears of it (requests.md "The answer clock" 6).
MANY = 3
OVER = (CaseState.CLOSED, CaseState.DISMISSED, CaseState.WITHDRAWN)
#: Time that is somebody's, or may become it.
_ALIVE = (
    LineState.REQUESTED,
    LineState.HELD,
    LineState.WAITING_LIST,
    LineState.GRANTED,
    LineState.DISPLACED,
)
#: What was had in a past year.
_HAD = (LineState.GRANTED, LineState.COMPLETED, LineState.HANDED_OUT, LineState.RETURNED, LineState.DISPLACED)


def live_cases(now: datetime) -> QuerySet[Case]:
    """Cases that somebody has still to do with: it is somebody's move, somebody must look, a time is still to come, or
    things are out. A case whose last time has passed is history."""
    lines = Line.objects.filter(case=OuterRef("pk"))
    return Case.objects.exclude(state__in=[*OVER, CaseState.DRAFT]).filter(
        ~Q(waiting_on=WaitingOn.NOBODY)
        | ~Q(attention="")
        | Exists(lines.filter(state__in=_ALIVE, end__gt=now))
        | Exists(lines.filter(state=LineState.HANDED_OUT))
    )


def carried(user: Any, on: date) -> list[Carried]:
    """Open cases whose officer or deputy the person is, what is promised first. Five queries, however many."""
    start = day_bounds(on, booking_settings().tz).start
    cases = list(
        live_cases(start)
        .filter(Q(officer=user) | Q(deputy=user))
        .select_related("unit", "organisation", "requester")
        .order_by("answer_by", "reference")
    )
    barred = tied(cases, on)
    return [
        Carried(
            key=str(case.pk),
            title=_title(case),
            link=staff_link(case),
            unit=case.unit_id,
            role="officer" if case.officer_id == user.pk else "deputy",
            detail=_detail(case),
            due=case.answer_by if case.waiting_on == WaitingOn.MUNICIPALITY else None,
            suggested=[
                pk for pk in (case.deputy_id, case.unit.officer_id, case.unit.deputy_id) if pk and pk != user.pk
            ],
            barred=barred[case.pk],
            # A deputy's name goes by itself: the unit's leader stands in then.
            movable=case.officer_id == user.pk,
            effect=_effect(case),
        )
        for case in sorted(cases, key=lambda one: one.waiting_on != WaitingOn.MUNICIPALITY)
    ]


def tied(cases: Sequence[Case], on: date) -> dict[int, set[int]]:
    """Who must keep away from each case: requester, responsible, leading roles in its organisations (needs N10).

    `access.disqualification` for many, but for an address of a responsible adult without an account; it judges again.
    """
    hosts: dict[int, set[int]] = defaultdict(set)
    for case in cases:
        if case.organisation_id:
            hosts[case.pk].add(case.organisation_id)
    rows = CoHost.objects.filter(case__in=[case.pk for case in cases])
    for case_id, organisation_id in rows.values_list("case_id", "organisation_id"):
        hosts[case_id].add(organisation_id)
    leading: dict[int, set[int]] = defaultdict(set)
    held = Membership.objects.filter(
        organisations.current(on), organisation__in=set().union(*hosts.values()), role__in=LEADING_ROLES
    )
    for organisation_id, user_id in held.values_list("organisation_id", "user_id"):
        leading[organisation_id].add(user_id)
    return {
        case.pk: {pk for pk in (case.requester_id, case.responsible_id) if pk}.union(
            *(leading[one] for one in hosts[case.pk])
        )
        for case in cases
    }


def unowned(on: date) -> list[Carried]:
    """Open cases without an officer who can sign in and works here."""
    start = day_bounds(on, booking_settings().tz).start
    gone = catalogue.missing(on).gone
    nobody = Q(officer__isnull=True) | Q(officer__is_active=False) | Q(officer__in=gone)
    cases = live_cases(start).filter(nobody).select_related("unit", "organisation", "requester")
    return [
        Carried(
            key=str(case.pk), title=_title(case), link=staff_link(case), unit=case.unit_id, detail=_detail(case),
            due=case.answer_by,
        )
        for case in cases.order_by("answer_by", "reference")
    ]  # fmt: skip


def taken_over(units: Collection[int]) -> list[Carried]:
    """Open cases of these units that went to somebody because another left, and that nobody has looked at since."""
    cases = Case.objects.filter(unit__in=units, attention=Attention.TAKEN_OVER)
    return [
        Carried(
            key=str(case.pk), title=_title(case), link=staff_link(case), unit=case.unit_id,
            detail=str(case.officer or ""), due=case.answer_by,
        )
        for case in cases.select_related("officer").order_by("answer_by", "reference")
    ]  # fmt: skip


def named() -> set[int]:
    """Everybody who is the officer or deputy of a case that isn't over."""
    pairs = Case.objects.exclude(state__in=OVER).order_by().values_list("officer_id", "deputy_id").distinct()
    return {pk for pair in pairs for pk in pair if pk}


def staff_link(case: Case) -> str:
    """The case's page in the CMS admin; "" on a site without it."""
    try:
        return reverse("booking_cases:inspect", args=[case.pk])
    except NoReverseMatch:
        return ""


def _title(case: Case) -> str:
    return f"{case.reference} {case.title}".strip()


def _effect(case: Case) -> str:
    words = _("The requester reads who has it now, and why. The answer-by date stays.")
    if case.hand_overs + 1 >= MANY:
        words += " " + _("It has been handed over before: the leader of the unit is told.")
    return words


def _who(case: Case) -> str:
    if case.organisation is not None:
        return str(case.organisation.name)
    if case.requester is not None:
        return str(case.requester.get_full_name() or case.requester)
    return case.contact_name or case.contact_email


def _detail(case: Case) -> str:
    return " · ".join(one for one in (_who(case), str(case.get_state_display())) if one)


# --- what comes back each year ---------------------------------------------------------------------------------------


def held_in_units(units: Collection[int], first: date, last: date) -> list[Returning]:
    """What was lent in the units' things in these days, one entry per case. Single times only: a weekly hour is the
    season's business."""
    return _held(Line.objects.filter(resource__unit__in=units), first, last, for_staff=True)


def held_by(organisation: Any, first: date, last: date) -> list[Returning]:
    """What an organisation had in these days, one entry per case."""
    return _held(Line.objects.filter(case__organisation=organisation), first, last, for_staff=False)


def _held(lines: QuerySet[Line], first: date, last: date, *, for_staff: bool) -> list[Returning]:
    tz = booking_settings().tz
    start, end = day_bounds(first, tz).start, day_bounds(last, tz).end
    rows = (
        lines.filter(state__in=_HAD, start__gte=start, start__lt=end, series__isnull=True)
        .exclude(case__kind__in=["season", "import"])
        .select_related("case__organisation", "case__requester", "resource")
        .order_by("start", "pk")
    )
    by_case: dict[int, list[Line]] = {}
    for line in rows:
        by_case.setdefault(line.case_id, []).append(line)
    return [_returning(mine, tz, for_staff=for_staff) for mine in by_case.values()]


def _returning(lines: Sequence[Line], tz: Any, *, for_staff: bool) -> Returning:
    case = lines[0].case
    places = list(dict.fromkeys(str(localized(line.resource, "name")) for line in lines))
    where = ", ".join(places[:2])
    if len(places) > 2:
        more = len(places) - 2
        where += " " + ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
    link = staff_link(case) if for_staff else reverse("booking:case", args=[case.reference])
    return Returning(
        title=case.title or (_who(case) if for_staff else _("Loan")),
        start=min(line.start for line in lines).astimezone(tz).date(),
        end=max(line.end - timedelta(seconds=1) for line in lines).astimezone(tz).date(),
        link=link,
        detail=" · ".join(one for one in ((_who(case) if for_staff and case.title else ""), where) if one),
    )


def received_in(units: Collection[int], first: date, last: date) -> list[Returning]:
    """When requests came in a year ago: how many in each week, so that nobody is surprised by a wave."""
    tz = booking_settings().tz
    start, end = day_bounds(first, tz).start, day_bounds(last, tz).end
    weeks: dict[date, int] = defaultdict(int)
    rows = Case.objects.filter(unit__in=units, received_at__gte=start, received_at__lt=end).exclude(state="draft")
    for at in rows.values_list("received_at", flat=True):
        day = at.astimezone(tz).date()
        weeks[day - timedelta(days=day.weekday())] += 1
    return [
        Returning(
            title=ngettext("%(count)s case received", "%(count)s cases received", count) % {"count": count},
            start=monday,
            end=monday + timedelta(days=6),
        )
        for monday, count in sorted(weeks.items())
    ]
