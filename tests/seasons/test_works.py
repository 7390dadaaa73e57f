"""Works on a hall find a season's hours, tell whose they are by team, take dates and give them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from booking.cases.models import Line, LineState
from booking.correspondence import services as correspondence
from booking.occupancy.models import Occupancy
from booking.seasons.models import Allocation, Wish
from booking.seasons.selectors.timetable import free_hours
from booking.seasons.services.adopting import adopt
from booking.seasons.services.running import release_rest
from booking.works import services
from booking.works.models import AffectedParty, Works
from booking.works.services import TargetSpec, WorksSpec
from booking.works.wording import evidence_words, hours_of
from tests.factories import NOW, give_role, make_unit, make_user
from tests.seasons.conftest import Heard
from tests.seasons.world import START, TODAY, Valley, at
from tests.works.world import fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
#: Monday of the season's second week, in days from the Monday of NOW.
MONDAY = (START - TODAY).days + 7
TOLD = NOW + 20 * DAY


@dataclass
class Floor:
    """A new floor in the hall: from a Monday to the Wednesday after next."""

    valley: Valley
    unit: Any
    planner: Any

    def spec(self, **fields: Any) -> WorksSpec:
        given: dict[str, Any] = {
            "title": "Nytt gulv", "reason": "Gulvet er slitt.", "targets": [TargetSpec(self.valley.hall.whole)],
            "window_start": at(MONDAY, 7), "window_end": at(MONDAY + 9, 22), "contact_phone": "77 11 11 11",
        }  # fmt: skip
        return WorksSpec(**given | fields)

    def listed(self, **fields: Any) -> Works:
        made = services.draft_works(unit=self.unit, spec=self.spec(**fields), by=self.planner, now=NOW)
        made = services.move(made, to="planned", by=self.planner, now=NOW)
        services.confirm_affected(made, by=self.planner, now=NOW)
        return fresh(made)

    def noticed(self) -> Works:
        made = services.move(self.listed(), to="consulting", by=self.planner, now=NOW)
        self.letters(NOW)
        return services.move(fresh(made), to="noticed", by=self.planner, now=TOLD)

    def letters(self, now: datetime, to: Any = None) -> list[Any]:
        """What leaves then, to that person."""
        mail.outbox.clear()
        correspondence.send_due(now + timedelta(minutes=5))
        return [one for one in mail.outbox if to is None or one.to == [to.email]]

    def party(self, works: Works, organisation: Any) -> AffectedParty:
        return AffectedParty.objects.get(listing__version__works=works, party__organisation=organisation)


@pytest.fixture
def floor(valley: Valley, heard: Heard) -> Floor:
    """J13 has Mondays in the hall, G14 has Tuesdays: the timetable is adopted."""
    adopt(heard[0], heard[1], grounds="Etter høringen.", by=valley.officer, now=NOW)
    correspondence.send_due(NOW + timedelta(minutes=5))
    unit, planner = make_unit("Teknisk", slug="teknisk"), make_user("Per Planlegger")
    give_role(planner, unit, "planner")
    return Floor(valley, unit, planner)


def of_team(team: str) -> list[Line]:
    row = Allocation.objects.get(wish__team=team)
    return list(Line.objects.filter(series=row.series).order_by("start"))


def states(team: str) -> list[str]:
    return [line.state for line in of_team(team)[:5]]


def test_the_seasons_hours_are_found_with_team_and_round(floor: Floor) -> None:
    works = floor.listed()
    party = floor.party(works, floor.valley.club)
    assert [one["why"] for one in party.evidence] == ["allocation", "allocation"]
    assert evidence_words(party) == ["2 sesongtimer"]
    assert hours_of(party) == [
        "Lillebyhallen, mandag 7. september 2026 kl. 17.00–18.00 (J13, Hallfordeling 2026/27)",
        "Lillebyhallen, mandag 14. september 2026 kl. 17.00–18.00 (J13, Hallfordeling 2026/27)",
    ]
    # The choir takes part in the round and has no hour in the hall.
    assert not AffectedParty.objects.filter(party__organisation=floor.valley.choir).exists()


def test_a_youth_teams_hours_need_the_notice_of_the_young(floor: Floor) -> None:
    Wish.objects.filter(team="G14").update(age_from=25, age_to=45)
    works = floor.listed()
    assert set(floor.party(works, floor.valley.club).uses) == {"allocation", "youth"}
    assert set(floor.party(works, floor.valley.handball).uses) == {"allocation"}


def test_the_letters_say_which_team(floor: Floor) -> None:
    works = services.move(floor.listed(), to="consulting", by=floor.planner, now=NOW)
    (letter,) = floor.letters(NOW, floor.valley.leader)
    assert "(J13, Hallfordeling 2026/27)" in letter.body
    assert "G14" not in letter.body
    services.move(fresh(works), to="noticed", by=floor.planner, now=TOLD)
    (letter,) = floor.letters(TOLD, floor.valley.handball_leader)
    assert "(G14, Hallfordeling 2026/27)" in letter.body


def suspended(floor: Floor) -> Works:
    works = floor.noticed()
    for conflict in works.conflicts.all():
        services.settle_conflict(conflict, state="suspended", by=floor.planner, now=TOLD + DAY)
    return fresh(works)


def test_dates_are_displaced_and_the_season_goes_on(floor: Floor) -> None:
    suspended(floor)
    assert states("J13") == ["granted", "displaced", "displaced", "granted", "granted"]
    assert states("G14") == ["granted", "displaced", "displaced", "granted", "granted"]
    # Hours that works took are nobody's to ask for.
    assert not [one for one in free_hours(TOLD + DAY) if one.resource == floor.valley.hall.whole]


def test_dates_come_back_when_the_works_are_called_off(floor: Floor) -> None:
    works = suspended(floor)
    then = TOLD + 3 * DAY
    floor.letters(then)
    services.move(works, to="cancelled", by=floor.planner, now=then, why="Gulvet holder et år til.")
    assert states("J13") == states("G14") == ["granted"] * 5
    for line in of_team("J13")[1:3]:
        rows = Occupancy.objects.filter(cause_kind="line", cause_id=line.pk)
        assert set(rows.values_list("label", flat=True)) == {"Lilleby idrettslag J13"}
    told = floor.letters(then, floor.valley.leader)
    assert any("Nytt gulv" in one.subject for one in told)


def test_shorter_works_give_back_what_they_no_longer_need(floor: Floor) -> None:
    works = suspended(floor)
    services.revise_works(
        works, spec=floor.spec(window_end=at(MONDAY + 4, 22)), by=floor.planner, now=TOLD + 3 * DAY,
        why="Gulvleggeren er raskere.",
    )  # fmt: skip
    assert states("J13") == ["granted", "displaced", "granted", "granted", "granted"]


def test_who_gives_up_the_rest_meanwhile_is_given_nothing_back(floor: Floor) -> None:
    works = suspended(floor)
    row = Allocation.objects.get(wish__team="J13")
    release_rest(row, since=START + timedelta(weeks=1), by=floor.valley.leader, now=TOLD + 2 * DAY)
    services.move(works, to="cancelled", by=floor.planner, now=TOLD + 3 * DAY, why="Nei.")
    assert set(states("J13")[1:]) == {LineState.CANCELLED_BY_ORGANISATION}
    assert states("G14") == ["granted"] * 5
