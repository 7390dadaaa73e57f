"""Proposals are made, put on the table and withdrawn: by whom, from what, and what stays fixed."""

from __future__ import annotations

from typing import Any

import pytest

from booking.foundation.errors import Disqualified, DomainError, Forbidden, Invalid, NotFound, Stale, WrongState
from booking.seasons.models import AuthorKind, Proposal, ProposalState, RoundEvent
from booking.seasons.rules.instance import Slot
from booking.seasons.selectors import proposals as selectors
from booking.seasons.selectors.instances import timetable_of
from booking.seasons.services import proposing
from tests.factories import NOW, give_membership, give_role
from tests.seasons.world import TODAY, Valley


def start(valley: Valley, found: Any, **more: Any) -> Proposal:
    given: dict[str, Any] = {"name": "Vårt forslag", "by": valley.officer, "now": NOW} | more
    return proposing.start_proposal(found, **given)


def test_a_copy_has_the_slots_the_locks_and_the_reasons(valley: Valley) -> None:
    found = valley.round("proposals")
    wish = valley.wish(found)
    first = valley.proposal(found, (wish, valley.gym, 1, 17, 18), state="published")
    first.slots.update(locked=True, reason="Treneren kan bare da")
    made = start(valley, found, copy=first, by=valley.leader, organisation=valley.club)
    assert (made.number, made.state, made.author_kind) == (2, ProposalState.DRAFT, AuthorKind.ORGANISATION)
    assert made.based_on == first
    assert timetable_of(made) == timetable_of(first)
    assert made.slots.get().reason == "Treneren kan bare da"


def test_it_can_begin_with_last_seasons_hours(valley: Valley) -> None:
    found = valley.round("proposals")
    wish = valley.wish(found, last=[[valley.gym.pk, 2, 1020, 1080], [99_999, 3, 1020, 1080]])
    assert timetable_of(start(valley, found, from_last_season=True)) == (Slot(wish.pk, valley.gym.pk, 2, 1020, 1080),)


def test_hours_of_a_team_that_withdrew_are_not_copied(valley: Valley) -> None:
    found = valley.round("proposals")
    wish, gone = valley.wish(found), valley.wish(found, "G14")
    first = valley.proposal(found, (wish, valley.gym, 1, 17, 18), (gone, valley.gym, 2, 17, 18))
    gone.withdrawn_at = NOW
    gone.save()
    assert [one.wish for one in timetable_of(start(valley, found, copy=first))] == [wish.pk]


def test_only_organisations_that_wish_take_part(valley: Valley) -> None:
    found = valley.round("proposals")
    valley.wish(found)
    with pytest.raises(Forbidden) as refused:
        start(valley, found, by=valley.singer, organisation=valley.choir)
    assert refused.value.code == "takes_no_part"
    with pytest.raises(Forbidden):
        start(valley, found, by=valley.singer, organisation=valley.club)
    with pytest.raises(Forbidden):
        start(valley, found, by=valley.singer)
    assert start(valley, found, by=valley.coach, organisation=valley.club).organisation == valley.club


def test_who_leads_a_club_of_the_round_does_not_write_the_municipalitys(valley: Valley) -> None:
    found = valley.round("proposals")
    valley.wish(found)
    give_membership(valley.officer, valley.club, "board")
    with pytest.raises(Disqualified):
        start(valley, found)


@pytest.mark.parametrize("state", ["preparing", "open", "adopted", "running", "ended"])
def test_organisations_propose_only_while_proposals_are_made_or_heard(valley: Valley, state: str) -> None:
    found = valley.round(state)
    valley.wish(found)
    with pytest.raises(WrongState):
        start(valley, found, by=valley.leader, organisation=valley.club)


def test_the_municipality_makes_one_after_an_appeal_too(valley: Valley) -> None:
    assert start(valley, valley.round("running")).author_kind == AuthorKind.MUNICIPALITY


def test_the_same_form_twice_makes_one(valley: Valley) -> None:
    found = valley.round("proposals")
    assert start(valley, found, submission_key="k1") == start(valley, found, submission_key="k1")


def test_a_draft_of_somebody_else_cannot_be_copied(valley: Valley) -> None:
    found = valley.round("proposals")
    valley.wish(found)
    valley.wish(found, "H1", valley.handball)
    theirs = start(valley, found, by=valley.handball_leader, organisation=valley.handball)
    with pytest.raises(NotFound):
        start(valley, found, by=valley.leader, organisation=valley.club, copy=theirs)


def test_on_the_table_it_stays_as_it_is(valley: Valley) -> None:
    found = valley.round("proposals")
    made = start(valley, found)
    wish = valley.wish(found)
    with pytest.raises(Invalid) as empty:
        proposing.publish(made, by=valley.officer, now=NOW)
    assert empty.value.code == "empty"
    proposing.put_slots(made, [(Slot(wish.pk, valley.gym.pk, 1, 1020, 1080), "")])
    shown = proposing.publish(made, by=valley.officer, now=NOW, if_version=made.version)
    assert (shown.state, shown.published_at, shown.version) == ("published", NOW, 2)
    assert proposing.publish(shown, by=valley.officer, now=NOW).version == 2
    with pytest.raises(WrongState):
        proposing.describe(shown, name="Annet", note="", by=valley.officer, now=NOW)
    with pytest.raises(WrongState):
        proposing.discard(shown, by=valley.officer, now=NOW)
    event = RoundEvent.objects.get(round=found)
    assert (event.type, event.public, event.facts["number"]) == ("proposal_published", True, 1)
    gone = proposing.withdraw(shown, by=valley.boss, now=NOW)
    assert gone.state == "withdrawn"
    assert proposing.withdraw(gone, by=valley.boss, now=NOW).version == gone.version


def test_what_is_heard_stays_on_the_table(valley: Valley) -> None:
    found = valley.round("hearing")
    assert found.heard is not None
    with pytest.raises(WrongState) as refused:
        proposing.withdraw(found.heard, by=valley.officer, now=NOW)
    assert refused.value.code == "heard"


def test_nothing_goes_on_the_table_while_wishes_come_in(valley: Valley) -> None:
    found = valley.round("open")
    made = start(valley, found)
    proposing.put_slots(made, [(Slot(valley.wish(found).pk, valley.gym.pk, 1, 1020, 1080), "")])
    with pytest.raises(WrongState):
        proposing.publish(made, by=valley.officer, now=NOW)


def test_an_old_version_is_refused(valley: Valley) -> None:
    made = start(valley, valley.round("proposals"))
    proposing.describe(made, name="Nytt navn", note="Hei", by=valley.boss, now=NOW, if_version=1)
    with pytest.raises(Stale):
        proposing.describe(made, name="Annet", note="", by=valley.officer, now=NOW, if_version=1)


def test_a_discarded_draft_leaves_its_copies(valley: Valley) -> None:
    found = valley.round("proposals")
    base = valley.proposal(found, state="published")
    draft = start(valley, found, copy=base)
    copied = start(valley, found, copy=draft)
    proposing.discard(draft, by=valley.officer, now=NOW)
    copied.refresh_from_db()
    assert copied.based_on == base


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b"])
def test_a_name_that_cannot_be_is_refused_at_its_field(valley: Valley, name: str) -> None:
    with pytest.raises(DomainError) as refused:
        start(valley, valley.round("proposals"), name=name)
    assert refused.value.errors[0].loc == ("name",)


def test_an_organisation_has_a_limit(valley: Valley, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposing, "MOST_OF_AN_AUTHOR", 1)
    found = valley.round("proposals")
    valley.wish(found)
    start(valley, found, by=valley.leader, organisation=valley.club)
    with pytest.raises(WrongState):
        start(valley, found, by=valley.leader, organisation=valley.club)


def test_who_sees_what(valley: Valley) -> None:
    """Published ones everybody; drafts their author; before `proposals` nobody outside."""
    found = valley.round("proposals")
    valley.wish(found)
    shown = valley.proposal(found, state="published")
    ours = valley.proposal(found)
    theirs = valley.proposal(found, author_kind="organisation", organisation=valley.club)
    gone = valley.proposal(found, state="withdrawn", published_at=NOW)
    colleague = give_role(valley.singer, valley.unit, "planner").user
    give_membership(valley.handball_leader, valley.club, "follower")

    def seen(user: Any) -> set[int]:
        return {one.number for one in selectors.visible_proposals(user, found, TODAY)}

    everybody = {shown.number, gone.number}
    from django.contrib.auth.models import AnonymousUser

    assert seen(AnonymousUser()) == everybody
    assert seen(valley.handball_leader) == everybody
    assert seen(valley.coach) == everybody | {theirs.number}
    assert seen(valley.officer) == everybody | {ours.number}
    assert seen(colleague) == everybody
    found.state = "open"
    assert seen(AnonymousUser()) == set()
    assert seen(valley.officer) == everybody | {ours.number}
