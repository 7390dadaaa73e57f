"""Last season's hall hours as they went: adopted, used, given up, lent to others. Through the use cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from booking.cases.models import Line, LineState
from booking.cases.services import complete_passed_lines, submit_request, withdraw_line
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from booking.occupancy.services import close_resource
from booking.seasons.models import Allocation, Proposal, SeasonRound, UseReport
from booking.seasons.selectors.adopting import preview
from booking.seasons.services import flow
from booking.seasons.services.adopting import Accepted, adopt
from booking.seasons.services.confirming import confirm
from booking.seasons.services.hearing import hear
from booking.seasons.services.running import release_rest, report_use
from municipality.lilleby.builders.life import SEASON_DAYS, Town, asked_for, decide
from municipality.lilleby.content import last_season as content
from municipality.lilleby.content import rounds as rounds_content
from municipality.lilleby.content import season

#: Who enters wishes for an organisation reports its use too.
WHO = {key: who for key, (who, _teams) in rounds_content.WISHES.items()}


def run_through(town: Town, round: SeasonRound, proposal: Proposal, *, heard: datetime, adopted: datetime) -> None:
    """From the hearing to the end of the season. All of it lies before the demo's today."""
    officer = town.people["ingrid"]
    hear(round, proposal, by=officer, now=heard)
    round.refresh_from_db()
    for number, (key, who) in enumerate(WHO.items()):
        organisation = town.organisations[key]
        if key not in content.SILENT and proposal.slots.filter(wish__organisation=organisation).exists():
            at = heard + timedelta(days=2, hours=number)
            confirm(round, yes=True, by=town.people[who], organisation=organisation, now=at)
    round.refresh_from_db()
    clashes = preview(round, proposal, now=adopted).clashes
    adopt(
        round, proposal, grounds=content.GROUNDS, by=officer, now=adopted,
        accepted=Accepted([one.code for one in clashes], content.LEFT_OUT if clashes else ""),
    )  # fmt: skip
    flow.run_rounds(town.at(round.season_start, "00:30"))
    _Season(town, round).play()
    after = town.at(round.season_end + timedelta(days=1), "00:30")
    complete_passed_lines(after)
    flow.run_rounds(after)
    round.refresh_from_db()


class _Season:
    """The weeks of the season, team by team."""

    def __init__(self, town: Town, round: SeasonRound) -> None:
        self.town, self.round = town, round
        self.rows = list(
            Allocation.objects.filter(round=round)
            .select_related("wish__organisation", "series", "resource")
            .order_by("pk")
        )
        self.keys = {one.pk: key for key, one in town.organisations.items()}

    def play(self) -> None:
        self._close()
        for row in self.rows:
            self._give_up_dates(row)
        self._report()
        self._release()

    def who(self, row: Allocation) -> Any:
        return self.town.people[WHO[self.keys[row.wish.organisation_id]]]

    def week(self, line: Line) -> int:
        """The week of the season, from 1."""
        return (local_date(line.start, booking_settings().tz) - self.round.season_start).days // 7 + 1

    def monday(self, week: int) -> date:
        return self.round.season_start + timedelta(weeks=week - 1)

    def lines(self, row: Allocation) -> list[Line]:
        held = Line.objects.filter(series=row.series, state=LineState.GRANTED)
        return list(held.select_related("case__organisation", "resource").order_by("start"))

    def _close(self) -> None:
        """An evening that the municipality took."""
        key, week, why = content.CLOSED
        thing, monday = self.town.things[key], self.monday(week)
        close_resource(
            thing, start=self.town.at(monday, "16:00"), end=self.town.at(monday, "20:00"), reason=why,
            by=self.town.people["yusuf"], now=self.town.at(monday - timedelta(days=3), "09:10"),
        )  # fmt: skip

    def _give_up_dates(self, row: Allocation) -> None:
        weeks = content.GIVEN_UP.get(row.wish.team, ())
        for line in self.lines(row) if weeks else ():
            if self.week(line) in weeks:
                withdraw_line(line.case, line.number, by=self.who(row), now=line.start - timedelta(days=6, hours=3))

    def _report(self) -> None:
        """What was used was tapped by the dozen, and asks nothing; each date without use goes through its use case."""
        taps: list[UseReport] = []
        for row in self.rows:
            first, quiet = content.RELEASED[1], content.UNSAID.get(row.wish.team, 0)
            hat = f"organisation:{row.wish.organisation.slug}"
            for line in self.lines(row):
                week, at = self.week(line), line.end + timedelta(hours=1)
                if week <= quiet or (row.wish.team == content.RELEASED[0] and week >= first):
                    continue
                if _unused(content.UNUSED, row.wish.team, week):
                    report_use(line, used=False, by=self.who(row), now=at)
                else:
                    taps.append(UseReport(line=line, used=True, by=self.who(row), hat=hat, at=at))
        UseReport.objects.bulk_create(taps, batch_size=500)

    def _release(self) -> None:
        """A team gives up the rest of the season, and others have some of it."""
        team, week = content.RELEASED
        for row in self.rows:
            if row.wish.team == team:
                since = self.monday(week)
                release_rest(row, since=since, by=self.who(row), now=self.town.at(since - timedelta(days=4), "20:30"))
                self._lend_on(row, since)

    def _lend_on(self, row: Allocation, since: date) -> None:
        who, organisation, many, title, purpose = content.TAKEN_OVER
        first = self.town.at(since + timedelta(days=row.weekday), f"{row.start // 60:02}:{row.start % 60:02}")
        spec = season.Season(organisation, who, title, purpose, {"6-12": 14, "13-19": 6}, ())
        series = {
            "resource": row.resource.slug, "start": first.isoformat(),
            "end": (first + timedelta(minutes=row.end - row.start)).isoformat(),
            "rrule": f"FREQ=WEEKLY;BYDAY={SEASON_DAYS[row.weekday]};COUNT={many}",
        }  # fmt: skip
        asked = self.town.at(since - timedelta(days=3), "18:20")
        try:
            draft = asked_for(self.town, spec, {"series": [series], "if_taken": "skip", "title_public": True})
            case = submit_request(draft, user=self.town.people[who], now=asked)
        except DomainError:  # a holiday that the house closes for: then nobody had it
            return
        decide(self.town, case, "grant", season.SEASON_GRANTS, asked + timedelta(hours=15))


def _unused(pattern: Mapping[str, tuple[int, int, int]], team: str, week: int) -> bool:
    every, first, last = pattern.get(team, (0, 0, 0))
    return bool(every) and first <= week <= last and (week - first) % every == 0
