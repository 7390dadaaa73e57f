"""The way of a round: which step leads where, what must hold before, and when a step is due. Source: seasons.md "Flow".

    preparing → open → proposals → hearing → adopted → running → ended

A date tells and nags; a person moves the round on. Only `adopted → running → ended` follow the calendar. A step is
never taken before the date that was told to everybody: move the date first, and that stands on the round's page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

PREPARING, OPEN, PROPOSALS, HEARING = "preparing", "open", "proposals", "hearing"
ADOPTED, RUNNING, ENDED = "adopted", "running", "ended"
STATES = (PREPARING, OPEN, PROPOSALS, HEARING, ADOPTED, RUNNING, ENDED)

#: State → the next one, and the event that stands in the record.
STEPS = {
    PREPARING: (OPEN, "opened"),
    OPEN: (PROPOSALS, "wishes_closed"),
    PROPOSALS: (HEARING, "hearing_opened"),
    HEARING: (ADOPTED, "adopted"),
    ADOPTED: (RUNNING, "running"),
    RUNNING: (ENDED, "ended"),
}
#: Steps that the calendar takes.
BY_CALENDAR = (RUNNING, ENDED)


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a round, local; "until" is included."""

    opens_on: date
    closes_on: date
    proposals_until: date
    hearing_until: date
    confirm_by: date
    adopt_on: date
    season_start: date
    season_end: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules ask about a round. ``heard``: it has a proposal for the hearing; ``silent``: so many organisations
    haven't said whether they take the hours in it."""

    state: str
    dates: Dates
    places: int = 0
    hours: int = 0
    officer: bool = False
    adopted_by: bool = False
    complain_to: bool = False
    rules_ok: bool = True
    wishes: int = 0
    on_the_table: int = 0
    heard: bool = False
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Lacking:
    """What must be done or come before a step: a code, and the day from which it may be taken."""

    code: str
    until: date | None = None


def follows(state: str) -> str | None:
    """The state after it."""
    step = STEPS.get(state)
    return step[0] if step else None


def due_on(state: str, dates: Dates) -> date | None:
    """The first day on which the step out of ``state`` is due."""
    return {
        PREPARING: dates.opens_on,
        OPEN: _after(dates.closes_on),
        PROPOSALS: _after(dates.proposals_until),
        HEARING: dates.adopt_on,
        ADOPTED: dates.season_start,
        RUNNING: _after(dates.season_end),
    }.get(state)


def is_due(state: str, dates: Dates, on: date) -> bool:
    """Whether the step out of ``state`` should have been taken by now."""
    due = due_on(state, dates)
    return due is not None and on >= due


def lacking(standing: Standing, to: str, on: date) -> list[Lacking]:
    """What must be done first; [] when the step to ``to`` may be taken."""
    if follows(standing.state) != to:
        return [Lacking("wrong_state")]
    return list(_lacking(standing, to, on))


def _lacking(one: Standing, to: str, on: date) -> Iterator[Lacking]:
    dates = one.dates
    if to == OPEN:
        if not one.places:
            yield Lacking("no_places")
        elif not one.hours:
            yield Lacking("no_hours")
        if not one.officer:
            yield Lacking("no_officer")
        if not one.adopted_by:
            yield Lacking("no_adopter")
        if not one.complain_to:
            yield Lacking("no_complaints")
        if not one.rules_ok:
            yield Lacking("rules_wrong")
        if dates.closes_on < on:
            yield Lacking("closes_in_the_past")
        if dates.season_end <= on:
            yield Lacking("season_over")
    elif to == PROPOSALS:
        if on <= dates.closes_on:
            yield Lacking("too_early", _after(dates.closes_on))
        if not one.wishes:
            yield Lacking("no_wishes")
    elif to == HEARING:
        if on <= dates.proposals_until:
            yield Lacking("too_early", _after(dates.proposals_until))
        if not one.on_the_table:
            yield Lacking("nothing_on_the_table")
        elif not one.heard:
            yield Lacking("nothing_to_hear")
    elif to == ADOPTED:
        if on <= dates.hearing_until:
            yield Lacking("too_early", _after(dates.hearing_until))
        elif one.silent and on <= dates.confirm_by:
            yield Lacking("not_all_answered", _after(dates.confirm_by))
    elif to == RUNNING:
        if on < dates.season_start:
            yield Lacking("too_early", dates.season_start)
    elif to == ENDED and on <= dates.season_end:
        yield Lacking("too_early", _after(dates.season_end))


#: Pairs of dates that must stand in this order; the second may be the same day.
ORDER = (
    ("opens_on", "closes_on"),
    ("closes_on", "proposals_until"),
    ("proposals_until", "hearing_until"),
    ("confirm_by", "adopt_on"),
    ("proposals_until", "confirm_by"),
    ("season_start", "season_end"),
)


def out_of_order(dates: Dates) -> list[tuple[str, str]]:
    """Pairs of names of which the second stands before the first."""
    return [(first, second) for first, second in ORDER if getattr(dates, second) < getattr(dates, first)]


def past_dates(state: str) -> tuple[str, ...]:
    """Dates that can't be moved any more in that state: what they were about has happened."""
    gone = {
        PREPARING: (),
        OPEN: ("opens_on",),
        PROPOSALS: ("opens_on", "closes_on"),
        HEARING: ("opens_on", "closes_on", "proposals_until"),
    }
    everything = ("opens_on", "closes_on", "proposals_until", "hearing_until", "confirm_by", "adopt_on", "season_start")
    return gone.get(state, everything)


def defaults(season_start: date, season_end: date, on: date) -> Dates:
    """Sensible dates for a season: adopted three weeks before it begins, wishes open for three weeks, all from ``on``.

    Where the season is near, everything moves together; the order always holds.
    """
    adopt = max(_plus(season_start, -21), _plus(on, 4))
    span = max((adopt - on).days, 4)
    # Of the time from today: wishes a third, proposals until the half, hearing until six sevenths.
    opens = on if span < 84 else _plus(adopt, -84)
    span = (adopt - opens).days
    return Dates(
        opens_on=opens,
        closes_on=_plus(opens, span // 3),
        proposals_until=_plus(opens, span * 4 // 7),
        hearing_until=_plus(opens, span * 11 // 14),
        confirm_by=_plus(opens, span * 12 // 14),
        adopt_on=adopt,
        season_start=season_start,
        season_end=season_end,
    )


def _after(day: date) -> date:
    return _plus(day, 1)


def _plus(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)
