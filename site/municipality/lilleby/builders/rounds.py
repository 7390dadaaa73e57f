"""Last year's round of hall hours, and this year's in hearing: wishes, the municipality's proposal, a rival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from booking.seasons.models import AuthorKind, Proposal, SeasonRound
from booking.seasons.rules import greedy, validity
from booking.seasons.rules.asking import WishSpec
from booking.seasons.rules.instance import Instance, Slot, Timetable
from booking.seasons.rules.solver import Budget, draft
from booking.seasons.selectors.instances import instance_of
from booking.seasons.services import flow, preparing, wishing
from booking.seasons.services.hearing import hear
from booking.seasons.services.preparing import RoundSpec, Week
from municipality.lilleby.builders.hearing import build_running, say
from municipality.lilleby.builders.last_season import run_through
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town
from municipality.lilleby.builders.tables import table
from municipality.lilleby.content import rounds as content

YEAR = timedelta(days=364)
#: Enough for a town of this size, and nobody waits long for the demo.
SHORT_OF_TIME = Budget(2)


def build_rounds(town: Town) -> None:
    """Both rounds, through the use cases. Last year's is over before the demo's today, whatever day that is."""
    last = _round(town, -YEAR, None)
    _wish(town, last, -YEAR, only_old=True)
    timetable = _propose(town, last, -YEAR)
    run_through(
        town, last, timetable, heard=_at(town, -YEAR, content.PROPOSED + 1, "09:00"),
        adopted=_at(town, -YEAR, content.ADOPTED, "12:00"),
    )  # fmt: skip
    send_in_the_past(now=town.now)
    this = _round(town, timedelta(), last)
    _wish(town, this, timedelta(), only_old=False)
    ours = _calculate(town, this)
    _rival(town, this, ours)
    hear(this, ours, by=_officer(town), now=_at(town, timedelta(), content.PROPOSED + 1, "09:00"))
    say(town, this, ours)
    build_running(town)
    send_in_the_past(now=town.now)


def _officer(town: Town) -> Any:
    return town.people["ingrid"]


def _at(town: Town, shift: timedelta, days: int, clock: str) -> datetime:
    return town.at(town.today + timedelta(days=days) + shift, clock)


def _weekday(moment: datetime) -> datetime:
    """That evening, or the Thursday before a weekend."""
    return moment - timedelta(days=max(0, moment.weekday() - 3) if moment.weekday() > 4 else 0)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _round(town: Town, shift: timedelta, follows: SeasonRound | None) -> SeasonRound:
    """Made a fortnight before it opened."""

    def day(days: int) -> date:
        return town.today + timedelta(days=days) + shift

    def working_day(days: int) -> date:
        """That day, or the Monday after a weekend."""
        found = day(days)
        return found + timedelta(days=7 - found.weekday() if found.weekday() > 4 else 0)

    start = day(content.AHEAD)
    start += timedelta(days=-start.weekday() % 7)
    end = start + timedelta(weeks=content.WEEKS, days=-3)
    season = f"{start.year}/{end.year % 100:02}" if end.year > start.year else str(start.year)
    nb, nn, en = (one.format(season=season) for one in content.NAME)
    officer = _officer(town)
    unit = town.things["lillebyhallen"].unit
    made_at = _at(town, shift, content.OPENED - 14, "10:00")
    spec = RoundSpec(
        name=nb, name_nn=nn, name_en=en, about=content.ABOUT, officer=officer, season_start=start, season_end=end,
        opens_on=day(content.OPENED), closes_on=day(content.CLOSED), proposals_until=day(content.PROPOSED),
        hearing_until=day(content.HEARD), confirm_by=working_day(content.CONFIRMED),
        adopt_on=working_day(content.ADOPTED),
        meeting_at=_weekday(_at(town, shift, content.HEARD - 3, "18:00")), meeting_place=content.MEETING,
        adopted_by_whom=content.ADOPTS, complain_to=content.COMPLAIN,
    )  # fmt: skip
    if follows is None:
        made = preparing.create_round(spec, unit=unit, by=officer, now=made_at)
        places = {
            town.things[key].pk: [Week(one, _minutes(a), _minutes(b)) for one, a, b in hours]
            for key, hours in content.PLACES.items()
        }
        made = preparing.set_places(made, places, by=officer, now=made_at)
        uses: dict[int, list[Week]] = {}
        for key, weekday, a, b, what in content.OWN_USE:
            uses.setdefault(town.things[key].pk, []).append(Week(weekday, _minutes(a), _minutes(b), what))
        made = preparing.set_own_use(made, uses, by=officer, now=made_at)
    else:
        made = preparing.copy_round(follows, by=officer, now=made_at)
        made = preparing.change_round(made, spec, by=officer, now=made_at)
    return flow.open_round(made, by=officer, now=_at(town, shift, content.OPENED, "08:30"))


def _spec(town: Town, team: content.Team) -> WishSpec:
    def times(spans: Sequence[tuple[int, str, str]]) -> tuple[tuple[int, int, int], ...]:
        return tuple((day, _minutes(a), _minutes(b)) for day, a, b in spans)

    return WishSpec(
        team=team.name, activity=team.activity, age_from=team.ages[0], age_to=team.ages[1], heads=team.heads,
        sessions_min=1, sessions_wanted=team.times, minutes_min=min(60, team.minutes), minutes_wanted=team.minutes,
        places=tuple(town.things[key].pk for key in team.places), best=times(team.best),
        impossible=times(team.impossible), apart=team.apart, adapted=team.adapted, note=team.note,
    )  # fmt: skip


def _wish(town: Town, round: SeasonRound, shift: timedelta, *, only_old: bool) -> None:
    """Organisation by organisation, on the days after the opening; those of last year by "same as last year"."""
    for number, (key, (who, teams)) in enumerate(content.WISHES.items()):
        organisation = town.organisations[key]
        at = _at(town, shift, content.OPENED + 1 + number, "20:10")
        if not only_old and any(not team.new for team in teams):
            wishing.same_as_last_year(round, organisation, by=town.people[who], now=at)
        for team in teams:
            if team.new != only_old and (only_old or team.new):
                wishing.enter_wish(round, organisation, _spec(town, team), by=town.people[who], now=at)
    closed = _at(town, shift, content.CLOSED + 1, "09:00")
    flow.close_wishes(round, by=_officer(town), now=closed)
    round.refresh_from_db()
    if not only_old:
        key, team, reason = content.LATE
        wishing.enter_wish(
            round, town.organisations[key], _spec(town, team), by=_officer(town), staff=True, reason=reason,
            now=closed + timedelta(days=2),
        )  # fmt: skip


def _propose(town: Town, round: SeasonRound, shift: timedelta) -> Proposal:
    """What an officer would put on the table: by class, last season and order of coming."""
    at = _at(town, shift, content.CLOSED + 14, "13:00")
    timetable = greedy.by_priority(instance_of(round))
    return table(
        round, content.OURS, timetable, at=at, by=_officer(town), hat=f"unit:{round.unit.slug}",
        author_kind=AuthorKind.MUNICIPALITY,
    )  # fmt: skip


def _calculate(town: Town, round: SeasonRound) -> Proposal:
    """The municipality's for this year: by the solver, with what it says about itself."""
    found = draft(instance_of(round), budget=SHORT_OF_TIME)
    facts = {
        "method": found.method, "levels": list(found.levels), "bound": found.bound, "gap": found.gap,
        "complete": found.complete, "stopped": False, "budget": SHORT_OF_TIME.units, "rules": round.preset,
    }  # fmt: skip
    return table(
        round, content.OURS, found.timetable, at=_at(town, timedelta(), content.CLOSED + 14, "13:00"),
        by=_officer(town), hat=f"unit:{round.unit.slug}", author_kind=AuthorKind.MUNICIPALITY, facts=facts,
        seed=found.seed,
    )  # fmt: skip


def _rival(town: Town, round: SeasonRound, ours: Proposal) -> Proposal:
    """The sports club's: ours with three of its own hours moved to where it is free, each with its reason."""
    club = town.organisations["lilleby-il"]
    instance = instance_of(round)
    timetable = moved(instance, _slots(ours), club.pk, 3)
    at = _at(town, timedelta(), content.CLOSED + 20, "21:45")
    made = table(
        round, content.THEIRS, timetable, at=at, by=town.people["geir"], hat=f"organisation:{club.slug}",
        author_kind=AuthorKind.ORGANISATION, organisation=club, based_on=ours,
    )  # fmt: skip
    theirs = [one for one in timetable if one not in _slots(ours)]
    for slot, reason in zip(theirs, content.THEIR_REASONS, strict=False):
        made.slots.filter(
            wish=slot.wish, resource=slot.place, weekday=slot.weekday, start=slot.start
        ).update(reason=reason)  # fmt: skip
    return made


def _slots(proposal: Proposal) -> Timetable:
    rows = proposal.slots.values_list("wish_id", "resource_id", "weekday", "start", "end")
    return tuple(sorted(Slot(*row) for row in rows))


def moved(instance: Instance, timetable: Timetable, organisation: int, many: int) -> Timetable:
    """The timetable with so many slots of the organisation at other times, none of which is in anybody's way."""
    done = 0
    for slot in timetable:
        wish = instance.wish[slot.wish]
        if done == many or wish.organisation != organisation:
            continue
        others = tuple(one for one in timetable if one != slot)
        for day, start in ((day, start) for day in range(5) for start in range(16 * 60, 21 * 60, 30)):
            other = replace(slot, weekday=day, start=start, end=start + slot.minutes)
            if (day == slot.weekday and start == slot.start) or any(
                one.wish == slot.wish and one.weekday == day for one in others
            ):
                continue
            if not validity.faults(instance, tuple(sorted((*others, other)))):
                timetable, done = tuple(sorted((*others, other))), done + 1
                break
    return timetable
