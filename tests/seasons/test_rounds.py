"""Making a round ready, its steps, and what a date does: it tells and nags, and moves nothing but the season."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from booking.cases.registry import desk_notes
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, Stale, Unmet, WrongState
from booking.organisations.models import Organisation
from booking.seasons.models import OwnUse, ProposalState, RoundState, SeasonReminder, SeasonRound
from booking.seasons.selectors import waiting
from booking.seasons.services import flow, preparing, wishing
from booking.seasons.services.preparing import RoundSpec, Week
from tests.factories import NOW, give_membership, make_user
from tests.seasons.world import END, START, TODAY, Valley, at

pytestmark = pytest.mark.django_db


def spec(valley: Valley, **fields: object) -> RoundSpec:
    given = {
        "name": "Halltid 2026/27", "season_start": START, "season_end": END, "opens_on": TODAY,
        "closes_on": TODAY + timedelta(21), "proposals_until": TODAY + timedelta(35),
        "hearing_until": TODAY + timedelta(49), "confirm_by": TODAY + timedelta(56), "adopt_on": TODAY + timedelta(60),
        "officer": valley.officer, "adopted_by_whom": "Kultur og idrett", "complain_to": "Klagenemnda",
    }  # fmt: skip
    return RoundSpec(**(given | fields))  # type: ignore[arg-type]


def ready(valley: Valley) -> SeasonRound:
    made = preparing.create_round(spec(valley), unit=valley.unit, by=valley.officer, now=NOW)
    hours = [Week(day, 960, 1320) for day in range(5)]
    places = {valley.hall.whole.pk: hours, valley.hall.parts[0].pk: [], valley.gym.pk: hours}
    return preparing.set_places(made, places, by=valley.officer, now=NOW)


def test_a_round_from_nothing_to_open(valley: Valley) -> None:
    made = preparing.create_round(spec(valley), unit=valley.unit, by=valley.officer, now=NOW, submission_key="k")
    assert (
        preparing.create_round(spec(valley), unit=valley.unit, by=valley.officer, now=NOW, submission_key="k") == made
    )
    assert (made.slug, made.state, made.preset) == ("halltid-2026-27", "preparing", "small_town")
    assert {one.why for one in made.breaks.all()} == {
        "Jul",
        "Påske",
        "Høstferie",
        "Vinterferie",
    } or made.breaks.count() == 4
    with pytest.raises(Unmet) as refused:
        flow.open_round(made, by=valley.officer, now=NOW)
    assert [one["code"] for one in refused.value.items] == ["no_places"]
    made = flow.open_round(ready_places(valley, made), by=valley.officer, now=NOW)
    assert made.state == RoundState.OPEN
    assert made.seed > 0
    assert [one.type for one in made.events.filter(public=True)] == ["opened"]


def ready_places(valley: Valley, made: SeasonRound) -> SeasonRound:
    return preparing.set_places(made, {valley.gym.pk: [Week(0, 960, 1320)]}, by=valley.officer, now=NOW)


def test_every_active_organisation_is_told_once_that_it_opens(valley: Valley) -> None:
    Organisation.objects.filter(pk=valley.choir.pk).update(state="inactive")
    made = flow.open_round(ready(valley), by=valley.officer, now=NOW)
    letters = OutboxMessage.objects.filter(handler="season_opens")
    assert {one.payload["organisation"] for one in letters} == {valley.club.pk, valley.handball.pk}
    assert letters.filter(payload__organisation=valley.club.pk).count() == 2  # leader and booker
    assert SeasonReminder.objects.filter(round=made, kind="opens").count() == 2


def test_opened_before_its_date_it_is_open_today(valley: Valley) -> None:
    made = ready(valley)
    SeasonRound.objects.filter(pk=made.pk).update(opens_on=TODAY + timedelta(5))
    made = flow.open_round(made, by=valley.officer, now=NOW)
    assert made.opens_on == TODAY


def test_who_is_not_of_the_unit_runs_nothing(valley: Valley) -> None:
    made = ready(valley)
    for who in (valley.leader, make_user("Fremmed")):
        with pytest.raises(Forbidden):
            flow.open_round(made, by=who, now=NOW)
        with pytest.raises(Forbidden):
            preparing.set_places(made, {}, by=who, now=NOW)
        with pytest.raises(Forbidden):
            preparing.create_round(spec(valley), unit=valley.unit, by=who, now=NOW)


def test_every_fault_of_a_round_is_told_at_once(valley: Valley) -> None:
    with pytest.raises(Invalid) as refused:
        preparing.create_round(
            spec(valley, name=" ", closes_on=TODAY - timedelta(1), complaint_days=999), unit=valley.unit,
            by=valley.officer, now=NOW,
        )  # fmt: skip
    assert {one.loc[0] for one in refused.value.errors} == {"name", "closes_on", "complaint_days"}
    with pytest.raises(Invalid, match="not_of_the_unit"):
        preparing.create_round(spec(valley, officer=valley.leader), unit=valley.unit, by=valley.officer, now=NOW)


def test_wishes_close_when_their_day_is_over_and_somebody_says_so(valley: Valley) -> None:
    found = valley.round("open")
    valley.wish(found)
    with pytest.raises(Unmet, match="too_early"):
        flow.close_wishes(found, by=valley.officer, now=at(21, 20))
    assert flow.run_rounds(at(23)) == 1  # the letter, and no step
    found.refresh_from_db()
    assert found.state == RoundState.OPEN
    closed = flow.close_wishes(found, by=valley.officer, now=at(23))
    assert closed.state == RoundState.PROPOSALS
    assert closed.wishes_closed_at == at(23)
    # Everybody who takes part was told once, though the date and the step both tell it.
    assert OutboxMessage.objects.filter(handler="season_closed").count() == 2
    with pytest.raises(WrongState):
        flow.close_wishes(found, by=valley.officer, now=at(23))


def test_a_hearing_needs_a_proposal_on_the_table(valley: Valley) -> None:
    found = valley.round("proposals")
    wish = valley.wish(found)
    draft = valley.proposal(found, (wish, valley.gym, 0, 17, 18))
    with pytest.raises(Invalid, match="not_on_the_table"):
        flow.open_hearing(found, draft, by=valley.officer, now=at(40))
    shown = valley.proposal(found, (wish, valley.gym, 0, 17, 18), state=ProposalState.PUBLISHED)
    with pytest.raises(Unmet, match="too_early"):
        flow.open_hearing(found, shown, by=valley.officer, now=at(30))
    heard = flow.open_hearing(found, shown, by=valley.officer, now=at(40))
    assert (heard.state, heard.heard) == (RoundState.HEARING, shown)
    other = valley.proposal(found, state=ProposalState.PUBLISHED)
    assert flow.hear_another(heard, other, by=valley.officer, now=at(41)).heard == other
    assert [one.type for one in found.events.all()] == ["hearing_opened", "heard_changed"]


def test_who_leads_a_club_that_takes_part_does_not_decide(valley: Valley) -> None:
    found = valley.round("proposals")
    shown = valley.proposal(found, state=ProposalState.PUBLISHED)
    valley.wish(found)
    give_membership(valley.officer, valley.club, "board")
    with pytest.raises(Disqualified):
        flow.open_hearing(found, shown, by=valley.officer, now=at(40))
    assert flow.open_hearing(found, shown, by=valley.boss, now=at(40)).state == RoundState.HEARING


def test_the_season_runs_and_ends_by_the_calendar(valley: Valley) -> None:
    found = valley.round("adopted")
    before = at(0) + (START - TODAY) - timedelta(hours=2)
    assert flow.run_rounds(before) == 0
    assert flow.run_rounds(before + timedelta(days=1)) == 1
    assert flow.run_rounds(before + timedelta(days=1)) == 0
    found.refresh_from_db()
    assert found.state == RoundState.RUNNING
    flow.run_rounds(at(0) + (END - TODAY) + timedelta(days=2))
    found.refresh_from_db()
    assert found.state == RoundState.ENDED
    assert [one.by for one in found.events.all()] == [None, None]


def test_a_tick_that_comes_a_year_late_takes_both_steps(valley: Valley) -> None:
    found = valley.round("adopted")
    assert flow.run_rounds(at(900)) == 2
    found.refresh_from_db()
    assert found.state == RoundState.ENDED


def test_a_passed_date_nags_the_officer(valley: Valley) -> None:
    found = valley.round("open")
    assert waiting.due_rounds(valley.officer, TODAY + timedelta(21)) == []
    day = TODAY + timedelta(22)
    assert waiting.due_rounds(valley.officer, day) == [found]
    ((_label, notes),) = list(desk_notes(valley.officer, day))
    assert found.name in notes[0].text
    assert f"/{found.pk}/" in notes[0].link
    assert desk_notes(valley.leader, day) == []


def test_a_date_that_moves_is_told_with_its_reason(valley: Valley) -> None:
    found = valley.round("open")
    later = replace(_spec_of(found), closes_on=found.closes_on + timedelta(7))
    with pytest.raises(Invalid, match="reason_needed"):
        preparing.change_round(found, later, by=valley.officer, now=NOW)
    moved = preparing.change_round(found, later, by=valley.officer, now=NOW, reason="Vinterferie", if_version=1)
    event = moved.events.get(type="dates_changed")
    assert event.public
    assert event.facts["reason"] == "Vinterferie"
    assert list(event.facts["dates"]) == ["closes_on"]
    with pytest.raises(Stale):
        preparing.change_round(found, later, by=valley.officer, now=NOW, if_version=1)
    with pytest.raises(Invalid, match="happened"):
        preparing.change_round(
            moved, replace(later, opens_on=TODAY - timedelta(1)), by=valley.officer, now=NOW, reason="x"
        )


def _spec_of(found: SeasonRound) -> RoundSpec:
    return RoundSpec(**{name: getattr(found, name) for name in RoundSpec.__dataclass_fields__})


def test_a_place_that_somebody_wished_for_stays(valley: Valley) -> None:
    found = valley.round("open")
    valley.wish(found)
    with pytest.raises(Invalid, match="wished_for"):
        preparing.set_places(
            found, {valley.gym.pk: [Week(0, 960, 1320)]}, by=valley.officer, now=NOW, reason="Gulvet skal slipes"
        )


def test_a_part_alone_needs_hours_and_hours_are_joined(valley: Valley) -> None:
    made = preparing.create_round(spec(valley), unit=valley.unit, by=valley.officer, now=NOW)
    with pytest.raises(Invalid, match="no_hours"):
        preparing.set_places(made, {valley.hall.parts[0].pk: []}, by=valley.officer, now=NOW)
    made = preparing.set_places(
        made, {valley.gym.pk: [Week(0, 1080, 1200), Week(0, 960, 1080)]}, by=valley.officer, now=NOW
    )
    assert [(one.start, one.end) for one in made.places.get().hours.all()] == [(960, 1200)]


def test_own_use_is_named_and_set_aside(valley: Valley) -> None:
    made = ready(valley)
    with pytest.raises(Invalid, match="required"):
        preparing.set_own_use(made, {valley.gym.pk: [Week(0, 960, 1080)]}, by=valley.officer, now=NOW)
    preparing.set_own_use(made, {valley.gym.pk: [Week(0, 960, 1080, "Kulturskolen")]}, by=valley.officer, now=NOW)
    assert OwnUse.objects.get(place__round=made).what == "Kulturskolen"


def test_rules_are_stored_whole_and_faults_are_told(valley: Valley) -> None:
    made = ready(valley)
    with pytest.raises(Invalid):
        preparing.set_rules(made, "points", {"share_by": "moon"}, by=valley.officer, now=NOW)
    made = preparing.set_rules(made, "points", {"club_least": 90}, by=valley.officer, now=NOW)
    assert made.preset == "points"
    assert made.rules["club_least"] == 90
    assert made.rules["bands"]


def test_last_season_is_copied_in_one_press(valley: Valley) -> None:
    old = valley.round("ended", meeting_place="Kommunehuset", rules={"club_least": 30})
    OwnUse.objects.create(place=old.places.first(), weekday=0, start=960, end=1020, what="SFO")
    made = preparing.copy_round(old, by=valley.officer, now=at(400), submission_key="c")
    assert preparing.copy_round(old, by=valley.officer, now=at(400), submission_key="c") == made
    assert made.name == "Hallfordeling 2027/28"
    assert made.slug == "hallfordeling-2027-28"
    assert made.season_start == START + timedelta(364)
    assert made.season_start.weekday() == START.weekday()
    assert made.state == "preparing"
    assert made.follows == old
    assert made.rules == {"club_least": 30}
    assert made.places.count() == old.places.count()
    assert OwnUse.objects.filter(place__round=made).count() == 1
    assert made.closes_on > (at(400)).date()
    flow.open_round(made, by=valley.officer, now=at(400))


def test_a_round_is_deleted_only_while_nobody_has_seen_it(valley: Valley) -> None:
    made = ready(valley)
    opened = valley.round("open", slug="andre")
    preparing.delete_round(made, by=valley.officer, now=NOW)
    with pytest.raises(WrongState):
        preparing.delete_round(opened, by=valley.officer, now=NOW)
    assert list(SeasonRound.objects.all()) == [opened]


def test_who_had_hours_and_has_not_wished_is_reminded_once(valley: Valley) -> None:
    old = valley.round("ended", slug="i-fjor", season_start=START - timedelta(364), season_end=END - timedelta(364))
    mine, theirs = valley.wish(old), valley.wish(old, "Herrer", valley.handball)
    valley.wish(old, "Kor", valley.choir)  # wished, and had nothing
    old.adopted = valley.proposal(
        old, (mine, valley.gym, 0, 17, 18), (theirs, valley.gym, 1, 17, 18), state=ProposalState.PUBLISHED
    )
    old.save()
    found = valley.round("open", follows=old)
    wishing.same_as_last_year(found, valley.club, by=valley.leader, now=at(1))
    assert flow.run_rounds(at(13)) == 0
    assert flow.run_rounds(at(14, 9)) == 1
    assert flow.run_rounds(at(15, 9)) == 0
    letters = OutboxMessage.objects.filter(handler="season_closes_soon")
    assert [one.payload["organisation"] for one in letters] == [valley.handball.pk]
