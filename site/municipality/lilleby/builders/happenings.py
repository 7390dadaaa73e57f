"""Activities and calendars of others, through the same use cases that people's clicks go through."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from booking.calendars.incoming import services as calendars
from booking.calendars.incoming.models import SourceMode
from booking.foundation.clock import wall
from booking.foundation.conf import booking_settings
from booking.happenings import services
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import happenings as content


def build_happenings(town: Town) -> None:
    """What organisations have written, each on its day; then the school's calendar and the list of matches."""
    for spec in content.ACTIVITIES:
        services.add_activity(
            town.organisations[spec.organisation],
            services.Draft(
                title=spec.title,
                about=spec.about,
                age_from=spec.ages[0],
                age_to=spec.ages[1],
                weekdays=spec.weekdays,
                begins=spec.times[0] if spec.times else None,
                ends=spec.times[1] if spec.times else None,
                season=spec.season,
                resource=town.things[spec.thing] if spec.thing else None,
                place=spec.place,
                free=not spec.cost,
                cost=spec.cost,
                equipment=spec.equipment,
                step_free=spec.step_free,
            ),
            by=town.people[spec.by],
            now=town.now - timedelta(days=spec.age),
        )
    hall = town.things["lillebyhallen"]
    today = town.today
    holidays = [
        (_day(today + timedelta(days=ahead)), _day(today + timedelta(days=ahead + days)), what)
        for ahead, days, what in content.SCHOOL_HOLIDAYS
    ]
    _take_in(town, "Skoleruta for Lilleby", SourceMode.INFORMATION, holidays)
    tz = booking_settings().tz
    matches = []
    for ahead, begins, ends, what in content.MATCHES:
        day = today + timedelta(days=ahead)
        start, end = (f"{wall(day, at, tz):%Y%m%dT%H%M%SZ}" for at in (begins, ends))
        matches.append((start, end, what))
    _take_in(town, "Seriekamper i Lillebyhallen", SourceMode.BLOCK, matches, hall)


def _day(day: date) -> str:
    return f"VALUE=DATE:{day:%Y%m%d}"


def _take_in(town: Town, name: str, mode: str, events: list[tuple[str, str, str]], *things: object) -> None:
    """A calendar given as a file by the unit's officer."""
    officer = town.people["ingrid"]
    hall = town.things["lillebyhallen"]
    source = calendars.add_source(
        calendars.Content(
            name=name,
            mode=mode,
            whole_unit=not things,
            resources=list(things),
            titles=True,  # type: ignore[arg-type]
        ),
        unit=hall.unit,
        by=officer,
        now=town.now,
    )
    calendars.give_copy(source, _file(events, town.now), by=officer, now=town.now)


def _file(events: list[tuple[str, str, str]], now: datetime) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Lilleby skole//NB"]
    for number, (start, end, what) in enumerate(events):
        times = [f"{name}{';' if '=' in at else ':'}{at}" for name, at in (("DTSTART", start), ("DTEND", end))]
        lines += ["BEGIN:VEVENT", f"UID:{now:%Y%m%d}-{number}@example.org", *times, f"SUMMARY:{what}", "END:VEVENT"]
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()
