"""A season of the valley, six weeks on, for the figures of use."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from booking.cases.models import Line, LineState
from booking.cases.services import withdraw_line
from booking.occupancy.services import close_resource
from booking.seasons.models import SeasonRound
from booking.seasons.services import flow
from booking.seasons.services.adopting import adopt
from booking.seasons.services.running import report_use
from tests.factories import NOW
from tests.seasons.conftest import make_heard, make_line
from tests.seasons.world import Valley, make_valley

#: Six weeks into the season, a Monday morning.
AUTUMN = datetime.fromisoformat("2026-10-12T08:00+02:00")


def lines(team: str) -> list[Line]:
    return list(Line.objects.filter(series__allocation__wish__team=team).order_by("start"))


@pytest.fixture
def valley() -> Valley:
    return make_valley()


@pytest.fixture
def season(valley: Valley) -> SeasonRound:
    """J13 (60 min on Mondays) and G14 (90 min on Tuesdays), six weeks on: some used, one not, one given up and lent to
    the choir, one closed."""
    round, proposal = make_heard(valley)
    adopt(round, proposal, grounds="Etter høringen.", by=valley.officer, now=NOW)
    flow.run_rounds(datetime.fromisoformat("2026-08-31T01:00+02:00"))
    ours, theirs = lines("J13"), lines("G14")
    for line in (*ours[:2], *theirs[:3]):
        report_use(line, used=True, by=valley.officer, now=line.end)
    report_use(ours[2], used=False, by=valley.officer, now=ours[2].end)
    withdraw_line(ours[3].case, ours[3].number, by=valley.coach, now=ours[3].start - timedelta(days=3))
    make_line(
        valley, valley.hall.parts[0], ours[3].start + timedelta(minutes=15), ours[3].end + timedelta(hours=1),
        state=LineState.GRANTED, organisation=valley.choir,
    )  # fmt: skip
    close_resource(
        valley.hall.whole, start=theirs[4].start, end=theirs[4].end, reason="Gulv", by=valley.officer,
        now=theirs[4].start - timedelta(days=30),
    )  # fmt: skip
    round.refresh_from_db()
    return round
