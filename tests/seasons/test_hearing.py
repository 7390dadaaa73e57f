"""The hearing: comments, objections and their answers, swaps that make a new proposal, each organisation's answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, RuleBroken, Unmet, WrongState
from booking.seasons.models import (
    AuthorKind,
    Comment,
    Confirmation,
    Proposal,
    ProposalState,
    RoundState,
    SeasonRound,
    SwapOffer,
    SwapState,
    Wish,
)
from booking.seasons.selectors.adopting import preview
from booking.seasons.selectors.hearing import answers, comments_in, key_of, swaps_in, unanswered
from booking.seasons.services.adopting import adopt
from booking.seasons.services.confirming import confirm, remind_silent
from booking.seasons.services.hearing import answer_comment, comment, hear, withdraw_comment
from booking.seasons.services.swapping import accept_swap, decline_swap, offer_swap, withdraw_swap
from tests.factories import NOW, give_membership, make_organisation, make_user
from tests.seasons.conftest import Heard
from tests.seasons.world import TODAY, Valley

DAY = timedelta(days=1)


def swap(valley: Valley, heard: Heard) -> SwapOffer:
    """J13's Monday for the handball team's Tuesday."""
    slots = {slot.wish.team: slot for slot in heard[1].slots.all()}
    return offer_swap(
        heard[1], ours_id=slots["J13"].pk, theirs_id=slots["G14"].pk, by=valley.coach, organisation=valley.club, now=NOW
    )


def test_the_officer_chooses_what_is_heard_and_everybody_gets_their_hours(valley: Valley) -> None:
    found = valley.round(
        RoundState.PROPOSALS, opens_on=TODAY - 9 * DAY, closes_on=TODAY - 5 * DAY, proposals_until=TODAY - DAY
    )
    wish = valley.wish(found)
    valley.wish(found, "Koret", valley.choir)
    made = valley.proposal(found, (wish, valley.gym, 0, 17, 18), state=ProposalState.PUBLISHED)
    with pytest.raises(Forbidden):
        hear(found, made, by=valley.leader, now=NOW)
    hear(found, made, by=valley.officer, now=NOW)
    hear(found, made, by=valley.officer, now=NOW)
    found.refresh_from_db()
    assert (found.state, found.heard) == (RoundState.HEARING, made)
    letters = OutboxMessage.objects.filter(handler="season_hearing")
    assert set(letters.values_list("recipient", flat=True)) == {
        user.email for user in (valley.leader, valley.coach, valley.singer)
    }
    assert list(found.events.values_list("type", flat=True)) == ["hearing_opened"]


def test_a_draft_is_not_heard(valley: Valley) -> None:
    found = valley.round(RoundState.PROPOSALS)
    with pytest.raises(WrongState):
        hear(found, valley.proposal(found), by=valley.officer, now=NOW)


def test_another_proposal_keeps_the_answers_of_those_with_the_same_hours(valley: Valley, heard: Heard) -> None:
    confirm(heard[0], yes=True, by=valley.leader, organisation=valley.club, now=NOW)
    confirm(heard[0], yes=True, by=valley.handball_leader, organisation=valley.handball, now=NOW)
    wishes = {wish.team: wish for wish in heard[0].wishes.all()}
    other = valley.proposal(
        heard[0], (wishes["J13"], valley.hall.whole, 0, 17, 18), (wishes["G14"], valley.hall.whole, 2, 18, 19.5),
        state=ProposalState.PUBLISHED,
    )  # fmt: skip
    OutboxMessage.objects.all().delete()
    found = hear(heard[0], other, by=valley.officer, now=NOW)
    assert {one.organisation: one.state for one in answers(found, other)} == {
        valley.club: "yes", valley.handball: "silent", valley.choir: "nothing",
    }  # fmt: skip
    assert set(OutboxMessage.objects.values_list("recipient", flat=True)) == {valley.handball_leader.email}


def test_who_takes_part_comments_once_and_others_do_not(valley: Valley, heard: Heard) -> None:
    slot = heard[1].slots.first()
    assert slot is not None
    say = {"by": valley.coach, "organisation": valley.club, "now": NOW, "submission_key": "abc"}
    first = comment(heard[1], words="Kan vi bytte?", slot_id=slot.pk, **say)
    assert comment(heard[1], words="Kan vi bytte?", slot_id=slot.pk, **say).pk == first.pk
    assert first.number == 1
    stranger = make_user("Fremmed")
    other = make_organisation("Utenforlaget", leader=stranger)
    with pytest.raises(Forbidden):
        comment(heard[1], words="Hei", by=stranger, organisation=other, now=NOW)
    with pytest.raises(Forbidden):
        comment(heard[1], words="Hei", by=stranger, organisation=valley.club, now=NOW)
    with pytest.raises(Invalid):
        comment(heard[1], words=" ", by=valley.coach, organisation=valley.club, now=NOW)
    with pytest.raises(Invalid):
        comment(heard[1], words="Hei", slot_id=999_999, by=valley.coach, organisation=valley.club, now=NOW)
    comment(heard[1], words="Takk", by=valley.officer, now=NOW)
    with pytest.raises(Forbidden):
        comment(heard[1], words="Nei", kind="objection", by=valley.officer, now=NOW)


def test_an_objection_is_answered_and_who_said_it_hears(valley: Valley, heard: Heard) -> None:
    made = comment(heard[1], words="For sent", kind="objection", by=valley.singer, organisation=valley.choir, now=NOW)
    assert OutboxMessage.objects.get(handler="season_objection").recipient == valley.officer.email
    assert unanswered(heard[0]) == [made]
    with pytest.raises(Forbidden):
        answer_comment(made, answer="Selv takk", by=valley.singer, now=NOW)
    answer_comment(made, answer="Koret får torsdag.", by=valley.officer, now=NOW)
    answer_comment(made, answer="Koret får torsdag.", by=valley.officer, now=NOW)
    assert unanswered(heard[0]) == []
    assert OutboxMessage.objects.get(handler="season_answer").recipient == valley.singer.email
    with pytest.raises(WrongState):
        withdraw_comment(made, by=valley.singer, now=NOW)


def test_an_objection_to_what_was_heard_before_still_counts(valley: Valley, heard: Heard) -> None:
    made = comment(heard[1], words="For sent", kind="objection", by=valley.singer, organisation=valley.choir, now=NOW)
    other = valley.proposal(heard[0], state=ProposalState.PUBLISHED)
    found = hear(heard[0], other, by=valley.officer, now=NOW)
    # The first was heard before this round kept a note of it: the one that was heard counts by its own row.
    assert unanswered(found) == [made]


def test_who_has_a_role_in_it_does_not_answer_for_the_municipality(valley: Valley, heard: Heard) -> None:
    made = comment(heard[1], words="For sent", kind="objection", by=valley.singer, organisation=valley.choir, now=NOW)
    give_membership(valley.officer, valley.choir, "leader")
    with pytest.raises(Disqualified):
        answer_comment(made, answer="Ja", by=valley.officer, now=NOW)


def test_a_swap_that_both_want_is_a_new_proposal(valley: Valley, heard: Heard) -> None:
    offer = swap(valley, heard)
    assert swap(valley, heard).pk == offer.pk
    assert OutboxMessage.objects.get(handler="season_swap").recipient == valley.handball_leader.email
    with pytest.raises(Forbidden):
        accept_swap(offer, by=valley.leader, now=NOW)
    done = accept_swap(offer, by=valley.handball_leader, now=NOW)
    assert accept_swap(offer, by=valley.handball_leader, now=NOW).made_id == done.made_id
    made = done.made
    assert made is not None
    assert (made.number, made.author_kind, made.based_on, made.state) == (
        2, AuthorKind.SWAP, heard[1], ProposalState.PUBLISHED,
    )  # fmt: skip
    assert {(slot.wish.team, slot.weekday, slot.start, slot.end) for slot in made.slots.all()} == {
        ("J13", 1, 1080, 1170), ("G14", 0, 1020, 1080),
    }  # fmt: skip
    assert Proposal.objects.count() == 2


def test_of_two_swaps_about_one_hour_the_second_is_overtaken(valley: Valley, heard: Heard) -> None:
    third = make_user("Tredje")
    organisation = make_organisation("Tredjelaget", leader=third)
    wish = valley.wish(heard[0], "A-lag", organisation)
    slot = heard[1].slots.create(wish=wish, resource=valley.gym, weekday=3, start=1020, end=1080)
    first = swap(valley, heard)
    theirs = heard[1].slots.get(wish__team="G14")
    second = offer_swap(heard[1], ours_id=slot.pk, theirs_id=theirs.pk, by=third, organisation=organisation, now=NOW)
    accept_swap(first, by=valley.handball_leader, now=NOW)
    second.refresh_from_db()
    assert second.state == SwapState.OVERTAKEN
    with pytest.raises(WrongState):
        accept_swap(second, by=valley.handball_leader, now=NOW)


def test_a_second_swap_builds_on_the_first(valley: Valley, heard: Heard) -> None:
    third, fourth = make_user("Tredje"), make_user("Fjerde")
    one, two = make_organisation("Tredjelaget", leader=third), make_organisation("Fjerdelaget", leader=fourth)
    a = heard[1].slots.create(
        wish=valley.wish(heard[0], "A", one), resource=valley.gym, weekday=3, start=1020, end=1080
    )
    b = heard[1].slots.create(
        wish=valley.wish(heard[0], "B", two), resource=valley.gym, weekday=4, start=1020, end=1080
    )
    first = swap(valley, heard)
    second = offer_swap(heard[1], ours_id=a.pk, theirs_id=b.pk, by=third, organisation=one, now=NOW)
    accept_swap(first, by=valley.handball_leader, now=NOW)
    made = accept_swap(second, by=fourth, now=NOW).made
    assert made is not None
    assert {(slot.wish.team, slot.weekday) for slot in made.slots.all()} == {("J13", 1), ("G14", 0), ("A", 4), ("B", 3)}
    assert made.based_on is not None
    assert made.based_on.number == 2


def test_a_swap_that_breaks_a_rule_is_refused_and_says_why(valley: Valley, heard: Heard) -> None:
    wish = heard[0].wishes.get(team="G14")
    wish.impossible = [[0, 0, 1440]]
    wish.save()
    offer = swap(valley, heard)
    with pytest.raises(RuleBroken):
        accept_swap(offer, by=valley.handball_leader, now=NOW)
    assert Proposal.objects.count() == 1


def test_a_swap_is_declined_or_taken_back(valley: Valley, heard: Heard) -> None:
    offer = swap(valley, heard)
    assert decline_swap(offer, by=valley.handball_leader, now=NOW).state == SwapState.DECLINED
    again = swap(valley, heard)
    assert again.pk != offer.pk
    with pytest.raises(Forbidden):
        withdraw_swap(again, by=valley.handball_leader, now=NOW)
    assert withdraw_swap(again, by=valley.leader, now=NOW).state == SwapState.WITHDRAWN
    with pytest.raises(WrongState):
        accept_swap(again, by=valley.handball_leader, now=NOW)


def test_an_organisation_confirms_or_declines_and_may_change_its_mind(valley: Valley, heard: Heard) -> None:
    say = {"by": valley.coach, "organisation": valley.club, "now": NOW}
    slot = heard[1].slots.get(wish__team="J13")
    confirm(heard[0], yes=False, declined=[slot.pk], words="For tidlig", **say)
    assert Confirmation.objects.get().declined == [slot.pk]
    confirm(heard[0], yes=True, **say)
    row = Confirmation.objects.get()
    assert (row.yes, row.declined) == (True, [])
    other = heard[1].slots.get(wish__team="G14")
    with pytest.raises(Invalid):
        confirm(heard[0], yes=False, declined=[other.pk], **say)
    with pytest.raises(WrongState):
        confirm(heard[0], yes=True, by=valley.singer, organisation=valley.choir, now=NOW)
    with pytest.raises(Forbidden):
        confirm(heard[0], yes=True, by=valley.coach, organisation=valley.handball, now=NOW)


def test_who_is_silent_is_reminded_once_and_stays_silent(valley: Valley, heard: Heard) -> None:
    confirm(heard[0], yes=True, by=valley.leader, organisation=valley.club, now=NOW)
    OutboxMessage.objects.all().delete()
    for far in (TODAY + timedelta(days=4), TODAY - timedelta(days=1)):  # too early, and when the day is over
        SeasonRound.objects.update(confirm_by=far)
        assert remind_silent(NOW) == 0
    SeasonRound.objects.update(confirm_by=TODAY + timedelta(days=2))
    assert remind_silent(NOW) == 1
    assert remind_silent(NOW) == 0
    assert list(OutboxMessage.objects.values_list("handler", "recipient")) == [
        ("season_confirm", valley.handball_leader.email)
    ]
    found = {one.organisation: one for one in answers(heard[0], heard[1])}
    assert (found[valley.handball].state, found[valley.handball].reminded) == ("silent", True)


def test_keys_of_slots_tell_hours_apart(valley: Valley, heard: Heard) -> None:
    assert len({key_of(slot) for slot in heard[1].slots.all()}) == 2
    assert Comment.objects.count() == 0


def test_what_was_said_stays_when_another_proposal_is_heard(valley: Valley, heard: Heard) -> None:
    round, first = heard
    words = comment(
        first, words="For sent for barna", kind="objection", by=valley.leader, organisation=valley.club, now=NOW
    )
    slots = {slot.wish.team: slot for slot in first.slots.select_related("wish")}
    offer = offer_swap(
        first, ours_id=slots["G14"].pk, theirs_id=slots["J13"].pk, by=valley.handball_leader,
        organisation=valley.handball, now=NOW,
    )  # fmt: skip
    other = valley.proposal(round, (slots["J13"].wish, valley.hall.whole, 2, 17, 18), state=ProposalState.PUBLISHED)
    hear(round, other, by=valley.officer, now=NOW)
    round.refresh_from_db()
    assert comments_in(round) == [words]
    assert comments_in(round, about=other) == []
    assert swaps_in(round) == [offer]
    assert unanswered(round) == [words]


def test_an_objection_to_any_proposal_is_answered(valley: Valley, heard: Heard) -> None:
    round, _first = heard
    wish = round.wishes.get(team="J13")
    rival = valley.proposal(round, (wish, valley.hall.whole, 2, 17, 18), state=ProposalState.PUBLISHED)
    made = comment(rival, words="Nei", kind="objection", by=valley.leader, organisation=valley.club, now=NOW)
    assert unanswered(round) == [made]
    with pytest.raises(Unmet) as refused:
        adopt(round, heard[1], grounds="Etter høringen.", by=valley.officer, now=NOW)
    assert [one["kind"] for one in refused.value.items] == ["objection"]
    # A round that was adopted with one that nobody had seen isn't stuck with it.
    SeasonRound.objects.filter(pk=round.pk).update(state=RoundState.ADOPTED, adopted=heard[1])
    assert answer_comment(made, answer="Ikke valgt.", by=valley.officer, now=NOW).answered_at == NOW
    with pytest.raises(WrongState):
        answer_comment(made, answer="Et annet svar.", by=valley.officer, now=NOW)


def test_a_swap_is_made_in_the_timetable_that_is_heard_by_now(valley: Valley, heard: Heard) -> None:
    round, first = heard
    slots = {slot.wish.team: slot for slot in first.slots.select_related("wish")}
    koret = round.wishes.get(team="Koret")
    Wish.objects.filter(pk__in=[one.wish_id for one in slots.values()]).update(minutes_min=60, minutes_wanted=120)
    offer = offer_swap(
        first, ours_id=slots["G14"].pk, theirs_id=slots["J13"].pk, by=valley.handball_leader,
        organisation=valley.handball, now=NOW,
    )  # fmt: skip
    again = valley.proposal(
        round, (slots["J13"].wish, valley.hall.whole, 0, 17, 18), (slots["G14"].wish, valley.hall.whole, 1, 18, 19.5),
        (koret, valley.gym, 3, 17, 18), state=ProposalState.PUBLISHED,
    )  # fmt: skip
    hear(round, again, by=valley.officer, now=NOW)
    made = accept_swap(offer, by=valley.leader, now=NOW).made
    assert made is not None
    assert made.based_on == again
    assert made.slots.filter(wish=koret).exists()  # what the choir got meanwhile isn't lost
    assert made.slots.get(wish=slots["J13"].wish).weekday == 1


def test_the_same_hours_in_another_proposal_keep_their_answer(valley: Valley, heard: Heard) -> None:
    round, first = heard
    confirm(round, yes=True, by=valley.leader, organisation=valley.club, now=NOW)
    confirm(round, yes=True, by=valley.handball_leader, organisation=valley.handball, now=NOW)
    slots = {slot.wish.team: slot for slot in first.slots.select_related("wish")}
    other = valley.proposal(
        round, (slots["J13"].wish, valley.hall.whole, 0, 17, 18), (slots["G14"].wish, valley.hall.whole, 2, 18, 19.5),
        state=ProposalState.PUBLISHED,
    )  # fmt: skip
    round.refresh_from_db()
    states = {one.organisation: one.state for one in answers(round, other)}
    assert states[valley.club] == "yes"
    assert states[valley.handball] == "silent"  # nobody has asked them about Wednesday
    seen = preview(round, other, now=NOW)
    assert seen.unheard == [valley.handball]
    assert preview(round, first, now=NOW).unheard == []


def test_nothing_is_adopted_while_somebody_may_still_answer(valley: Valley, heard: Heard) -> None:
    round, first = heard
    SeasonRound.objects.update(confirm_by=TODAY + timedelta(days=2))
    round.refresh_from_db()
    confirm(round, yes=True, by=valley.leader, organisation=valley.club, now=NOW)
    take = {"grounds": "Etter høringen.", "by": valley.officer, "now": NOW}
    with pytest.raises(Unmet) as refused:
        adopt(round, first, **take)
    assert refused.value.code == "not_all_answered"
    assert refused.value.items[0]["until"] == (TODAY + timedelta(days=3)).isoformat()
    # When all have answered nobody is waited for.
    confirm(round, yes=False, by=valley.handball_leader, organisation=valley.handball, now=NOW)
    assert adopt(round, first, **take).number == 1
