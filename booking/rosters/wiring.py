"""What rosters connect when Django starts: sections and fields of cases, letters, the job of `tick`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.cases import day_registry
from booking.cases import registry as cases
from booking.cases.models import Case
from booking.cases.registry import CasePart, Left
from booking.cases.selectors import CaseDetail
from booking.correspondence import registry as correspondence
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.signals import revised
from booking.foundation.wording import when_words
from booking.organisations import registry as organisations
from booking.organisations.models import Organisation
from booking.organisations.registry import PagePart
from booking.rosters import letters, personal, selectors, services
from booking.rosters.access import asks_age, is_on, seat_of
from booking.rosters.api import render
from booking.rosters.desk import desk_notes
from booking.rosters.services.merging import move_rosters

#: Dates shown on the case's own page; the roster has them all.
NEAR = 3
#: Conditions of so many dates to come stand in "what is left to do".
LEFT = 6
#: On an organisation's page: so far ahead, so many.
AHEAD, FIRST = timedelta(days=30), 6


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    personal.register()
    correspondence.register_job("duty rosters", services.run_rosters)
    revised.connect(services.case_revised, dispatch_uid="booking.rosters.case_revised")
    cases.register_party_part("rosters", party_part, order=40)
    cases.register_staff_part("rosters", staff_part, order=40)
    cases.register_field("duties", field, selectors.stamp)
    cases.register_left("rosters", left_of)
    cases.register_desk_notes("rosters", desk_notes, label=gettext_lazy("Duties that nobody has taken yet"))
    day_registry.register_day_notes("rosters", selectors.day_notes)
    organisations.register_page_part("rosters", page_part)
    organisations.register_mover("rosters", move_rosters)


def _address(case: Case) -> str:
    try:
        return reverse("booking:case_duties", args=[case.reference])
    except NoReverseMatch:
        return ""


def party_part(request: Any, detail: CaseDetail, now: datetime) -> CasePart | None:
    """The next dates with their duties, one press each, and the way to the whole roster."""
    if not is_on() or not detail.lines:
        return None
    on = clock.local_date(now, booking_settings().tz)
    seat = seat_of(request.user, detail.case, on)
    if not seat:
        return None
    roster = selectors.roster_of(detail.case, now=now, user=request.user, seat=seat)
    if not roster.dates and not (seat.manages and any(line.end > now for line in detail.lines)):
        return None
    near = roster.coming[:NEAR]
    return CasePart(
        "booking/rosters/_part.html",
        {
            "roster": roster, "dates": near, "rest": max(0, len(roster.coming) - len(near)),
            "url": _address(detail.case),
            "ask_age": asks_age(seat, request.user), "back": "case",
        },
    )  # fmt: skip


def staff_part(request: Any, detail: CaseDetail, now: datetime) -> CasePart | None:
    """What is filled and what isn't, on the page of the CMS admin."""
    if not is_on() or not detail.lines:
        return None
    roster = selectors.roster_of(detail.case, now=now, user=request.user, phones=True)
    if not roster.dates:
        return None
    return CasePart(
        "booking/rosters/staff/_part.html",
        {"roster": roster, "dates": roster.coming[:10], "url": _address(detail.case)},
    )


def field(detail: CaseDetail, now: datetime) -> Sequence[dict[str, Any]]:
    """``duties`` of ``GET requests/{ref}/`` (api.md)."""
    if not is_on():
        return []
    return render(selectors.roster_of(detail.case, now=now))


def left_of(case: Case, now: datetime) -> list[Left]:
    """What must be filled before the loan (needs N11, N13), for the next dates."""
    if not is_on():
        return []
    roster = selectors.roster_of(case, now=now)
    found = []
    for one in roster.coming[:LEFT]:
        for duty in one.duties:
            if not duty.condition:
                continue
            when = when_words(duty.start, duty.end, one.tz)
            names = ", ".join(person.name for person in duty.people)
            found.append(
                Left(
                    what=_("%(duty)s, %(when)s") % {"duty": duty.words, "when": when},
                    who=names if not duty.missing and names else _("the hosts"),
                    done=not duty.missing,
                    blocking=True,
                    due=one.line.start,
                    url=_address(case),
                )
            )
    return found


def page_part(organisation: Organisation, user: Any, roles: Sequence[str], on: date) -> PagePart | None:
    """On an organisation's own page, for all its members: where somebody is missing in the next thirty days."""
    if not is_on():
        return None
    now = clock.now()
    duties = selectors.unfilled_duties(now=now, until=now + AHEAD, hosts=[organisation.pk])
    if not duties:
        return None
    rows = []
    for duty in duties[:FIRST]:
        mark = ("duty_needed", gettext_lazy("Needed")) if duty.condition else ("duty_unfilled", gettext_lazy("Missing"))
        rows.append((selectors.in_words(duty, today=on), _address(duty.case), mark))
    return PagePart(
        gettext_lazy("Duties that somebody should take"),
        "",
        rows,
        _my_duties(),
        gettext_lazy("My duties"),
    )


def _my_duties() -> str:
    try:
        return reverse("booking:my_duties")
    except NoReverseMatch:
        return ""
