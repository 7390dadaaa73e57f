"""Wishes: entering, late ones, the same as last year, sums; who sees what when."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from booking.agreements.models import Agreement, AgreementHours, AgreementParty
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, RuleBroken, Stale, WrongState
from booking.seasons.models import ProposalState, Wish
from booking.seasons.rules.asking import WishSpec
from booking.seasons.selectors import last_season, visible, wishes
from booking.seasons.services import wishing
from tests.factories import NOW, give_membership
from tests.seasons.world import END, START, TODAY, Valley, at

pytestmark = pytest.mark.django_db


def spec(valley: Valley, **fields: object) -> WishSpec:
    given = {
        "team": "J13", "activity": "håndball", "age_from": 12, "age_to": 13, "heads": 15,
        "places": (valley.hall.whole.pk, valley.gym.pk), "best": ((1, 1020, 1110),),
    }  # fmt: skip
    return WishSpec(**(given | fields))  # type: ignore[arg-type]


def test_a_coach_enters_a_wish_and_the_same_form_twice_is_one(valley: Valley) -> None:
    found = valley.round("open")
    made = wishing.enter_wish(found, valley.club, spec(valley), by=valley.coach, now=NOW, submission_key="k")
    again = wishing.enter_wish(found, valley.club, spec(valley), by=valley.coach, now=NOW, submission_key="k")
    assert again == made
    assert Wish.objects.count() == 1
    assert made.entered_hat == f"organisation:{valley.club.slug}"
    assert made.best == [[1, 1020, 1110]]
    assert [one.resource_id for one in made.places.all()] == [valley.hall.whole.pk, valley.gym.pk]


def test_a_team_wishes_once_in_any_spelling(valley: Valley) -> None:
    found = valley.round("open")
    wishing.enter_wish(found, valley.club, spec(valley), by=valley.coach, now=NOW)
    with pytest.raises(Invalid, match="team_twice"):
        wishing.enter_wish(found, valley.club, spec(valley, team=" j13 "), by=valley.coach, now=NOW)
    wishing.enter_wish(found, valley.handball, spec(valley), by=valley.handball_leader, now=NOW)


def test_only_those_who_act_for_an_organisation_wish_for_it(valley: Valley) -> None:
    found = valley.round("open")
    for who in (valley.singer, valley.officer):
        with pytest.raises(Forbidden):
            wishing.enter_wish(found, valley.club, spec(valley), by=who, now=NOW)


def test_the_closing_date_closes_at_midnight_by_itself(valley: Valley) -> None:
    found = valley.round("open")
    wishing.enter_wish(found, valley.club, spec(valley), by=valley.coach, now=at(21, 23, 59))
    with pytest.raises(RuleBroken, match="wishes_closed") as refused:
        wishing.enter_wish(found, valley.club, spec(valley, team="J14"), by=valley.coach, now=at(22))
    assert "Ola Saksbehandler" in refused.value.text


def test_a_late_wish_is_written_down_with_a_reason_that_all_see(valley: Valley) -> None:
    found = valley.round("proposals")
    with pytest.raises(Invalid, match="reason_needed"):
        wishing.enter_wish(found, valley.club, spec(valley), by=valley.officer, now=at(30), staff=True)
    made = wishing.enter_wish(
        found, valley.club, spec(valley), by=valley.officer, now=at(30), staff=True, reason="Ny trener"
    )
    event = found.events.get()
    assert (event.type, event.public, event.facts["reason"]) == ("late_wish", True, "Ny trener")
    assert made.entered_hat == f"unit:{valley.unit.slug}"
    assert OutboxMessage.objects.filter(handler="season_wish_written").count() == 2


def test_an_officer_with_ties_writes_none_down(valley: Valley) -> None:
    found = valley.round("open")
    valley.wish(found)
    give_membership(valley.officer, valley.club, "leader")
    with pytest.raises(Disqualified):
        wishing.enter_wish(found, valley.handball, spec(valley), by=valley.officer, now=NOW, staff=True)


def test_after_adoption_no_wish_is_taken(valley: Valley) -> None:
    found = valley.round("adopted")
    with pytest.raises(WrongState):
        wishing.enter_wish(
            found, valley.club, spec(valley), by=valley.officer, now=at(70), staff=True, reason="For sent"
        )


def test_every_fault_is_at_its_field(valley: Valley) -> None:
    found = valley.round("open")
    bad = spec(valley, team="", heads=0, places=(999_999,), sessions_min=3, impossible=((1, 1080, 1200),))
    with pytest.raises(Invalid) as refused:
        wishing.enter_wish(found, valley.club, bad, by=valley.coach, now=NOW)
    assert {one.loc[0] for one in refused.value.errors} == {"team", "heads", "places", "sessions_wanted", "impossible"}


def test_changing_keeps_the_place_in_the_queue_and_what_it_had(valley: Valley) -> None:
    found = valley.round("open")
    last = ((valley.gym.pk, 1, 1020, 1080),)
    made = wishing.enter_wish(found, valley.club, spec(valley, last=last), by=valley.coach, now=NOW)
    changed = wishing.change_wish(made, spec(valley, heads=18), by=valley.leader, now=at(2), if_version=1)
    assert changed.received_at == NOW
    assert changed.heads == 18
    assert changed.last == [[valley.gym.pk, 1, 1020, 1080]]
    with pytest.raises(Stale):
        wishing.change_wish(made, spec(valley), by=valley.leader, now=at(2), if_version=1)


def test_a_withdrawn_wish_makes_room_for_another_of_the_same_team(valley: Valley) -> None:
    found = valley.round("open")
    made = wishing.enter_wish(found, valley.club, spec(valley), by=valley.coach, now=NOW)
    wishing.withdraw_wish(made, by=valley.coach, now=NOW)
    assert wishing.withdraw_wish(made, by=valley.coach, now=NOW) == made
    wishing.enter_wish(found, valley.club, spec(valley), by=valley.coach, now=NOW)
    assert Wish.objects.filter(withdrawn_at=None).count() == 1


def test_an_organisation_may_give_up_its_wish_after_the_closing_date_and_all_see_it(valley: Valley) -> None:
    found = valley.round("hearing")
    made = valley.wish(found)
    wishing.withdraw_wish(made, by=valley.leader, now=at(45))
    assert found.events.get().type == "wish_withdrawn"


# --- the same as last year --------------------------------------------------------------------------------------------


def last_year(valley: Valley, slug: str = "i-fjor") -> tuple[Wish, Wish]:
    old = valley.round("ended", slug=slug, season_start=START - timedelta(364), season_end=END - timedelta(364))
    first = valley.wish(old, "J13", sessions_wanted=2, sessions_min=1, impossible=[[1, 1020, 1080], [4, 960, 1080]])
    second = valley.wish(old, "G15", places=(valley.gym,), age_from=14, age_to=15)
    old.adopted = valley.proposal(
        old, (first, valley.hall.whole, 1, 17, 18.5), (second, valley.gym, 3, 18, 19), state=ProposalState.PUBLISHED
    )
    old.save()
    return first, second


def test_same_as_last_year_in_one_tap_for_all_teams(valley: Valley) -> None:
    first, _second = last_year(valley)
    found = valley.round("open", follows=first.round)
    made = wishing.same_as_last_year(found, valley.club, by=valley.coach, now=NOW)
    assert [one.team for one in made] == ["J13", "G15"]
    assert made[0].last == [[valley.hall.whole.pk, 1, 1020, 1110]]
    assert made[0].best == [[1, 1020, 1110]]
    assert made[0].impossible == [[4, 960, 1080]]  # what it got can't have been impossible
    assert made[0].copied_from == first
    assert made[0].sessions_wanted == 2
    assert wishing.same_as_last_year(found, valley.club, by=valley.coach, now=NOW) == []


def test_what_was_entered_by_hand_is_left_alone(valley: Valley) -> None:
    first, _second = last_year(valley)
    found = valley.round("open", follows=first.round)
    wishing.enter_wish(found, valley.club, spec(valley, team="j13", heads=20), by=valley.coach, now=NOW)
    assert [one.team for one in wishing.same_as_last_year(found, valley.club, by=valley.coach, now=NOW)] == ["G15"]


def test_the_unit_s_last_round_counts_without_a_copy(valley: Valley) -> None:
    first, _second = last_year(valley)
    assert last_season.before(valley.round("open")) == first.round


def test_without_a_round_before_the_agreements_tell(valley: Valley) -> None:
    found = valley.round("open")
    agreement = Agreement.objects.create(
        reference="AVT-1", unit=valley.unit, title="Tirsdager", terms="x", form="written", state="agreed",
        start=TODAY - timedelta(30), written_by=valley.leader, written_hat="organisation:x", written_at=NOW,
        created_at=NOW, revised_at=NOW, confirmed_at=NOW, confirmed_by=valley.officer, agreed_at=NOW,
    )  # fmt: skip
    AgreementParty.objects.create(
        agreement=agreement, organisation=valley.club, confirmed_by=valley.leader, confirmed_at=NOW
    )
    AgreementHours.objects.create(
        agreement=agreement, resource=valley.gym, weekday=1, begins=time(17), ends=time(18, 30)
    )
    (team,) = last_season.last_teams(found, valley.club, TODAY)
    assert (team.team, team.slots) == ("Tirsdager", ((valley.gym.pk, 1, 1020, 1110),))
    (made,) = wishing.same_as_last_year(found, valley.club, by=valley.coach, now=NOW)
    assert (made.minutes_wanted, made.heads) == (90, 0)
    (group,) = wishes.wishes_in(found).groups
    assert group.cards[0].missing == ("heads", "ages")
    assert last_season.organisations_with_hours(found, TODAY) == {valley.club.pk}


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_before_the_closing_date_one_sees_ones_own_and_then_all_see_all(valley: Valley) -> None:
    found = valley.round("open")
    mine, theirs = valley.wish(found), valley.wish(found, "Kor", valley.choir)
    day, after = TODAY + timedelta(21), TODAY + timedelta(22)

    def seen(who: object, on: object) -> set[Wish]:
        return set(visible.visible_wishes(who, found, on))  # type: ignore[arg-type]

    assert seen(valley.coach, day) == {mine}
    assert seen(valley.officer, day) == {mine, theirs}
    assert seen(AnonymousUser(), day) == set()
    assert seen(AnonymousUser(), after) == seen(valley.coach, after) == {mine, theirs}


def test_asking_for_more_does_not_raise_what_counts(valley: Valley) -> None:
    found = valley.round("open")
    made = wishing.enter_wish(found, valley.club, spec(valley, sessions_wanted=2), by=valley.coach, now=NOW)
    before = wishes.wishes_in(found).groups[0]
    wishing.change_wish(made, replace(spec(valley), sessions_wanted=7, minutes_wanted=480), by=valley.coach, now=NOW)
    after = wishes.wishes_in(found).groups[0]
    assert after.asked > before.asked
    assert after.standard == before.standard
    assert after.asks_more
    assert after.claim == after.standard


def test_many_wishes_take_no_more_queries(valley: Valley, django_assert_max_num_queries: object) -> None:
    found = valley.round("open")
    for number in range(15):
        valley.wish(found, f"Lag {number}", places=(valley.hall.whole, valley.gym))
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert wishes.wishes_in(found).teams == 15


def test_what_the_unit_does_to_a_wish_is_told(valley: Valley) -> None:
    round = valley.round("open")
    wish = valley.wish(round)
    spec = wishing.spec_of(wish)
    wishing.change_wish(wish, replace(spec, heads=20), by=valley.officer, now=NOW, staff=True)
    wishing.withdraw_wish(wish, by=valley.officer, now=NOW, staff=True)
    wishing.withdraw_wish(wish, by=valley.officer, now=NOW, staff=True)
    rows = OutboxMessage.objects.filter(handler="season_wish_written", recipient=valley.leader.email).order_by("pk")
    assert [row.payload["act"] for row in rows] == ["changed", "withdrawn"]
    handler = registry.handler("season_wish_written")
    assert [handler.still_valid(row.payload) for row in rows] == [False, True]  # it is withdrawn by now
    assert "J13" in handler.write(rows[1].payload, "en").subject
    assert "withdrawn" in handler.write(rows[1].payload, "en").subject
