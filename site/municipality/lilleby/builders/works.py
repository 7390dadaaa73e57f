"""Works, through the same use cases that people's clicks go through."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from booking.cases import drafts
from booking.cases.services import LineOutcome, decide_lines, submit_request
from booking.catalogue.models import Feature, Unit
from booking.foundation.workdays import work_calendar
from booking.works import services
from booking.works.models import Works
from booking.works.services import PeriodSpec, TargetSpec, WorksSpec
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import works as content
from municipality.lilleby.content.town import ring


def build_works(town: Town) -> None:
    """In the order in which they came; then what `tick` has done since."""
    tag, _made = Feature.objects.get_or_create(
        slug="for-ungdom",
        defaults={"name": "Særlig for ungdom", "name_nn": "Særleg for ungdom", "name_en": "For young people above all"},
    )
    for slug in ("elvesletta", "aktivitetsparken"):
        town.things[slug].features.add(tag)
    unit = Unit.objects.get(slug="teknisk")
    _emergency(town, unit)
    _pipe(town, unit)
    _power(town, unit)
    send_in_the_past(now=town.now)
    services.run_works(town.now)


def _emergency(town: Town, unit: Unit) -> None:
    """Last month: over, reported, gone through by a second person, closed."""
    begun = town.at(town.today - timedelta(days=31), "02:40")
    words, who = content.EMERGENCY, town.people["nilsante"]
    works = services.declare_emergency(
        unit=unit, cause="water", resources=[town.things["aktivitetsparken"]], by=who,
        now=begun + timedelta(minutes=20), started_at=begun, hours=5, words=words["words"],
    )  # fmt: skip
    services.move(works, to="completed", by=who, now=begun + timedelta(hours=7))
    row = works.overrides.get()
    services.write_report(
        row, reason=words["reason"], report=words["report"], by=who, now=begun + timedelta(days=1, hours=8)
    )
    services.review_report(row, review=words["review"], by=town.people["arne"], now=begun + timedelta(days=1, hours=12))
    services.move(works, to="closed", by=who, now=begun + timedelta(days=2, hours=8))
    send_in_the_past(now=town.now)


def _pipe(town: Town, unit: Unit) -> None:
    """Standard works in consultation: an objection, a counter-proposal, one who has not read it, two conflicts."""
    first = town.today + timedelta(days=content.PIPE_AHEAD)
    first += timedelta(days=-first.weekday() % 7)
    for use in content.USES:
        _lend(town, use, first)
    who = town.people["nilsante"]
    planned = town.at(town.today - timedelta(days=content.PIPE_PLANNED), "09:30")
    spec = WorksSpec(
        **content.PIPE,
        window_start=town.at(first, "07:00"),
        window_end=town.at(first + timedelta(days=8), "15:00"),
        periods=[
            PeriodSpec(town.at(first, "07:00"), town.at(first + timedelta(days=6), "15:00"), phase_name="Grøft og rør"),
            PeriodSpec(
                town.at(first + timedelta(days=6), "15:00"), town.at(first + timedelta(days=8), "15:00"), "restoring"
            ),
        ],
        targets=[TargetSpec(town.things["elvesletta"])],
        footprint={"type": "LineString", "coordinates": [list(point) for point in ring(*content.PIPE_LINE)[:-1]]},
        contact_name=str(who),
        contact_phone=who.phone,
    )
    works = services.draft_works(unit=unit, spec=spec, by=who, now=planned)
    works = services.move(works, to="planned", by=who, now=planned + timedelta(minutes=20))
    services.confirm_affected(works, by=who, now=planned + timedelta(minutes=40))
    asked = town.at(town.today - timedelta(days=content.PIPE_ASKED), "10:00")
    works = services.move(works, to="consulting", by=who, now=asked)
    send_in_the_past(now=town.now)
    _replies(town, works, asked)


def _lend(town: Town, use: content.Use, first: date) -> None:
    day = first + timedelta(days=use.day)
    body = {
        "organisation": town.organisations[use.organisation].slug, "purpose": use.purpose, "title": use.title,
        "title_public": True, "audience": {"6-12": 120, "20-59": 20} if use.day == 5 else {"60+": 15},
        "accept_rules": True, "override_reason": "Vi har gjort dette i mange år.",
        "responsible": {"name": str(town.people[use.asker]), "phone": town.people[use.asker].phone},
        "lines": [
            {"resource": "elvesletta", "quantity": 1, "start": town.at(day, use.start).isoformat(),
             "end": town.at(day, use.end).isoformat()}
        ],
    }  # fmt: skip
    asker, asked = town.people[use.asker], town.at(town.today - timedelta(days=60), "19:10")
    draft = drafts.parse(body, user=asker, hat=f"organisation:{town.organisations[use.organisation].slug}")
    case = submit_request(draft, user=asker, now=asked)
    if case.lines.get().state != "granted":
        decide_lines(case, [LineOutcome(1, "grant")], by=town.officer(case), now=asked + timedelta(days=2))
    send_in_the_past(now=town.now)


def _replies(town: Town, works: Works, asked: datetime) -> None:
    """The sports club objects, the youth council proposes; the pensioners haven't read it; a neighbour speaks up."""
    day = timedelta(days=1)
    club = works.parties.get(organisation=town.organisations["lilleby-il"])
    services.acknowledge(club, by=town.people["geir"], hat="organisation:lilleby-il", now=asked + day)
    services.reply(
        works, kind="object", message=content.OBJECTION, party=club, by=town.people["geir"],
        hat="organisation:lilleby-il", now=asked + 7 * day,
    )  # fmt: skip
    version: Any = works.current
    later = [(version.window_start + 7 * day, version.window_end + 7 * day)]
    council = works.parties.filter(organisation=town.organisations["lilleby-ungdomsrad"]).first()
    services.reply(
        works, kind="propose", message=content.PROPOSAL, party=council, by=town.people["nora"], proposed=later,
        hat="organisation:lilleby-ungdomsrad", now=asked + 8 * day,
    )  # fmt: skip
    name, how = content.NEIGHBOUR
    services.report_affected(works, name=name, how=how, email="velforeningen@example.org", now=asked + 9 * day)
    send_in_the_past(now=town.now)


def _power(town: Town, unit: Unit) -> None:
    """A short one ahead, noticed: two hours without power."""
    calendar, who = work_calendar(), town.people["nilsante"]
    day = calendar.next_working(town.today + timedelta(days=content.POWER_AHEAD))
    now = town.at(town.today - timedelta(days=1), "09:00")
    spec = WorksSpec(
        **content.POWER, window_start=town.at(day, "09:00"), window_end=town.at(day, "11:00"), services_off=True,
        impact="partial",
        targets=[TargetSpec(town.things["gamle-biblioteket"], "partial")], contact_name=str(who),
        contact_phone=who.phone, start_confidence="certain", end_confidence="certain",
    )  # fmt: skip
    works = services.draft_works(unit=unit, spec=spec, by=who, now=now)
    works = services.move(works, to="planned", by=who, now=now)
    services.confirm_affected(works, by=who, now=now)
    services.move(works, to="noticed", by=who, now=now + timedelta(minutes=10))
