"""What happens in Lilleby: the season's weekly hours, and single cases in every state. All through the use cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from booking.cases import drafts
from booking.cases.models import Case, LineState
from booking.cases.services import (
    LineOutcome,
    add_message,
    check_request,
    complete_passed_lines,
    decide_lines,
    submit_enquiry,
    submit_request,
    withdraw_case,
)
from booking.catalogue.models import Resource
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from booking.occupancy.services import close_resource
from booking.organisations.models import Organisation
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.content import season
from municipality.lilleby.content.calendar import school_holidays_between

WEEKS_BEFORE, WEEKS_AFTER = 4, 8
SEASON_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: Who decides for a unit: nobody who leads or books for the organisations that ask there.
DECIDES = {"kultur-og-idrett": "ingrid", "skole": "biret", "servicetorget": "henrik", "teknisk": "wenche"}


@dataclass
class Town:
    """Everything that was built, and the moment it is made relative to."""

    people: Mapping[str, Any]
    organisations: Mapping[str, Organisation]
    things: Mapping[str, Resource]
    now: datetime

    @property
    def today(self) -> date:
        return local_date(self.now, booking_settings().tz)

    def at(self, day: date, clock: str) -> datetime:
        """Wall clock "18:30" on `day`, in UTC."""
        hour, minute = map(int, clock.split(":"))
        return datetime.combine(day, time(hour, minute), booking_settings().tz).astimezone(UTC)

    def officer(self, case: Case) -> Any:
        return self.people[DECIDES[case.unit.slug]]


def build_life(town: Town) -> None:
    """The season, then the cases, in the order in which they came."""
    for one in season.SEASON:
        _season_hours(town, one)
    cases = [(spec, _single(town, spec)) for spec in sorted(season.CASES, key=lambda spec: -spec.asked_days_ago)]
    for spec, case in cases:
        if case is not None:
            _follow(town, spec, case)
    for words in season.ENQUIRIES:
        submit_enquiry(
            message=words.message, contact_name=words.name, contact_email=words.email,
            now=town.now - timedelta(days=words.asked_days_ago),
        )  # fmt: skip
    complete_passed_lines(town.now)
    _close(town)
    from municipality.lilleby.builders.moves import build_moves  # builds on the town of this module

    build_moves(town)


def _season_hours(town: Town, one: season.Season) -> None:
    """One case: an organisation's weekly hours in four past and eight coming weeks, without school holidays."""
    monday = town.today - timedelta(days=town.today.weekday() + 7 * WEEKS_BEFORE)
    last = monday + timedelta(weeks=WEEKS_BEFORE + WEEKS_AFTER, days=-1)
    holidays = [
        holiday.first + timedelta(days=number)
        for holiday in school_holidays_between(monday, last)
        for number in range((holiday.last - holiday.first).days + 1)
    ]
    asker = town.people[one.asker]
    series = []
    for slot in one.slots:
        first = monday + timedelta(days=slot.weekday)
        while first in holidays:
            first += timedelta(weeks=1)
        if first > last:
            continue
        until = town.at(last, "23:59").strftime("%Y%m%dT%H%M%SZ")
        series.append(
            {
                "resource": slot.thing, "start": town.at(first, slot.start).isoformat(),
                "end": town.at(first, slot.end).isoformat(),
                "rrule": f"FREQ=WEEKLY;BYDAY={SEASON_DAYS[slot.weekday]};UNTIL={until}",
                "exclude": [
                    day.isoformat() for day in holidays if first < day <= last and day.weekday() == slot.weekday
                ],
            }
        )  # fmt: skip
    received = town.at(monday - timedelta(days=21), "10:15")
    body = _body(town, one.organisation, one.asker, one.title, one.purpose, one.audience) | {"series": series}
    draft = _draft(town, body | {"if_taken": "skip", "title_public": True}, one)
    check = check_request(draft, user=asker, now=received, alternatives=False)
    broken = {line.index for line in check.lines if line.broken}
    if broken:
        # A public holiday among them: the rule leaves that date out, as a club's secretary would.
        every = draft.all_lines
        left = [len(one.occurrences) for one in draft.series]
        for index in broken:
            line = every[index]
            number = line.series or 0  # the season asks for series only
            left[number] -= 1
            series[number]["exclude"].append(local_date(line.start, booking_settings().tz).isoformat())
        body["series"] = [one for one, dates in zip(series, left, strict=True) if dates]
        draft = _draft(town, body | {"if_taken": "skip", "title_public": True}, one)
    case = submit_request(draft, user=asker, now=received)
    send_in_the_past(now=town.now)
    decide(town, case, "grant", season.SEASON_GRANTS, received + timedelta(days=6))


def _draft(town: Town, body: dict[str, Any], spec: season.Season | season.Single) -> drafts.RequestDraft:
    """In the hat of whom it is for: some who lead a club work in the town hall too, and then a hat must be named."""
    hat = f"organisation:{town.organisations[spec.organisation].slug}" if spec.organisation else "person"
    return drafts.parse(body, user=town.people[spec.asker], hat=hat)


def asked_for(town: Town, spec: season.Season, more: Mapping[str, Any]) -> drafts.RequestDraft:
    """A request of an organisation, as its asker fills it in."""
    body = _body(town, spec.organisation, spec.asker, spec.title, spec.purpose, spec.audience)
    return _draft(town, body | dict(more), spec)


def _body(
    town: Town, organisation: str, asker: str, title: str, purpose: str, audience: Mapping[str, int]
) -> dict[str, Any]:
    person = town.people[asker]
    body: dict[str, Any] = {
        "title": title, "purpose": purpose, "audience": dict(audience), "accept_rules": True,
        "responsible": {"name": person.name, "phone": person.phone, "email": person.email},
    }  # fmt: skip
    if organisation:
        body["organisation"] = town.organisations[organisation].slug
    return body


def _single(town: Town, spec: season.Single) -> Case | None:
    """Ask; when the house is closed or the time is gone on that day, a week later, as people do. None: gave up."""
    asker = town.people[spec.asker]
    asked = town.now - timedelta(days=spec.asked_days_ago, hours=spec.asked_hours_ago)
    asked = asked.replace(second=0, microsecond=0)
    for later in range(6):
        lines = []
        for want in spec.wants:
            day = town.today + timedelta(days=want.in_days)
            day += timedelta(days=(want.weekday - day.weekday()) % 7, weeks=later)
            lines.append(
                {
                    "resource": want.thing, "quantity": want.quantity, "start": town.at(day, want.start).isoformat(),
                    "end": town.at(day + timedelta(days=want.nights), want.end).isoformat(),
                }
            )  # fmt: skip
        body = _body(town, spec.organisation, spec.asker, spec.title, spec.purpose, spec.audience)
        body |= {"lines": lines, "if_taken": spec.if_taken, "title_public": spec.public, "message": spec.message}
        body["co_hosts"] = [town.organisations[slug].slug for slug in spec.co_hosts]
        try:
            case = submit_request(_draft(town, body, spec), user=asker, now=asked)
        except DomainError as error:
            if error.code not in ("taken", "rule_broken"):
                raise
        else:
            send_in_the_past(now=town.now)  # now, so that the log tells the receipt before the answer
            return case
    return None


def decide(town: Town, case: Case, outcome: str, grounds: str, when: datetime, numbers: Sequence[int] = ()) -> None:
    open_lines = case.lines.filter(state__in=[LineState.REQUESTED, LineState.HELD])
    if numbers:
        open_lines = open_lines.filter(number__in=numbers)
    outcomes = [LineOutcome(number, outcome) for number in open_lines.values_list("number", flat=True)]
    if outcomes:
        decide_lines(case, outcomes, grounds, by=town.officer(case), now=min(when, town.now))


def _follow(town: Town, spec: season.Single, case: Case) -> None:
    """What became of it."""
    when = case.received_at + timedelta(days=spec.answered_after_days)
    if spec.asks_back:
        add_message(
            case, by=town.officer(case), body=spec.asks_back, hat=f"unit:{case.unit.slug}", now=min(when, town.now)
        )
    match spec.ends:
        case "granted":
            decide(town, case, "grant", spec.grounds, when)
        case "refused":
            decide(town, case, "refuse", spec.grounds, when)
        case "partly":
            decide(town, case, "grant", season.PARTLY_GRANTS, when, numbers=(1,))
            decide(town, case, "refuse", spec.grounds, when + timedelta(minutes=2))
        case "withdrawn":
            withdraw_case(case, by=town.people[spec.asker], now=min(when, town.now))


def _close(town: Town) -> None:
    """Third C gets a new floor one Monday evening, a week or more ahead: who had it is told, and the officer helps."""
    day = town.today + timedelta(days=7)
    day += timedelta(days=-day.weekday() % 7)
    close_resource(
        town.things["lillebyhallen-c"], start=town.at(day, "16:00"), end=town.at(day, "22:00"),
        reason=season.CLOSURE, maintenance=True, by=town.people["yusuf"], now=town.now - timedelta(hours=3),
    )  # fmt: skip
