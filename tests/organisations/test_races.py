"""Two at the same moment, on real connections: one wins, the other is told so, and nothing is half done."""

from __future__ import annotations

import pytest

from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import DomainError, WrongState
from booking.organisations import selectors, services
from booking.organisations.models import LeaderMatter, LeadershipOffer, Membership, Organisation
from booking.organisations.services.inviting import token_of
from booking.organisations.services.merging import relations
from tests.cases.test_races import together
from tests.factories import NOW, give_membership, make_number, make_organisation, make_unit, make_user

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.race]


def today():
    from booking.organisations.services.common import today_of

    return today_of(NOW)


def test_one_link_and_eight_people_gives_one_member():
    leader = make_user("Leif")
    club = make_organisation(leader=leader)
    people = [make_user(f"Person {number}") for number in range(8)]
    token = token_of(services.invite(organisation=club, role="booker", by=leader, now=NOW).nonce)
    answers = together([lambda p=p: services.accept_invitation(token=token, user=p, now=NOW) for p in people])
    assert sum(not isinstance(answer, DomainError) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, DomainError)} == {"used"}
    assert Membership.objects.filter(organisation=club, role="booker").count() == 1


def test_an_invitation_is_used_or_taken_back_never_both():
    leader = make_user("Leif")
    club = make_organisation(leader=leader)
    for number in range(5):
        guest = make_user(f"Gjest {number}")
        made = services.invite(organisation=club, role="member", by=leader, now=NOW)
        together(
            [
                lambda m=made, g=guest: services.accept_invitation(token=token_of(m.nonce), user=g, now=NOW),
                lambda m=made: services.revoke_invitation(invitation=m.invitation, by=leader, now=NOW),
            ]
        )
        made.invitation.refresh_from_db()
        accepted = made.invitation.accepted_at is not None
        assert accepted != (made.invitation.revoked_at is not None)
        assert Membership.objects.filter(organisation=club, user=guest).exists() == accepted


def test_two_leaders_who_leave_at_once_leave_one_behind():
    for _round in range(5):
        one, other = make_user("En"), make_user("To")
        club = make_organisation(leader=one)
        give_membership(other, club, "leader")
        rows = list(club.memberships.all())
        answers = together([lambda r=r: services.end_membership(membership=r, by=r.user, now=NOW) for r in rows])
        assert [answer.code for answer in answers if isinstance(answer, DomainError)] == ["last_leader"]
        assert selectors.leaders(club, today()).count() == 1


def test_yes_and_taking_back_at_once_end_in_one_of_the_two():
    for _round in range(5):
        leader, heir = make_user("Leif"), make_user("Anna")
        club = make_organisation(leader=leader, members=[heir])
        offer = services.offer_leadership(organisation=club, to=heir, by=leader, now=NOW)
        answers = together(
            [
                lambda o=offer, h=heir: services.answer_offer(offer=o, accept=True, by=h, now=NOW),
                lambda o=offer, who=leader: services.withdraw_offer(offer=o, by=who, now=NOW),
            ]
        )
        assert sum(isinstance(answer, DomainError) for answer in answers) == 1
        offer.refresh_from_db()
        [leading] = selectors.leaders(club, today())
        assert leading.user == (heir if offer.state == "accepted" else leader)


def test_eight_offers_at_once_make_one():
    leader = make_user("Leif")
    people = [make_user(f"Person {number}") for number in range(8)]
    club = make_organisation(leader=leader, members=people)
    together([lambda p=p: services.offer_leadership(organisation=club, to=p, by=leader, now=NOW) for p in people])
    assert LeadershipOffer.objects.count() == 1
    assert OutboxMessage.objects.filter(handler="organisation_hand_over").count() == 1


def test_two_confirmations_at_once_make_one_new_leader_and_one_press_counts_once():
    unit = make_unit()
    people = [unit.officer, unit.deputy]
    for presses in ([0, 1], [0, 0]):
        leader, heir = make_user("Leif"), make_user("Anna")
        club = make_organisation(leader=leader, members=[heir])
        matter = services.report_lost_leader(
            organisation=club, reason="died", message="Død", email="nabo@example.org", now=NOW
        )
        matter = services.open_matter(matter=matter, concerns=leader, new_leader=heir, by=people[0], now=NOW)
        together([lambda m=matter, n=n: services.confirm_new_leader(matter=m, by=people[n], now=NOW) for n in presses])
        matter = LeaderMatter.objects.get(pk=matter.pk)
        two = len(set(presses)) == 2
        assert matter.state == ("done" if two else "open")
        [leading] = selectors.leaders(club, today())
        assert leading.user == (heir if two else leader)


def test_the_same_number_registered_by_eight_stands_once():
    people = [make_user(f"Person {number}") for number in range(8)]
    number = make_number()
    answers = together(
        [
            lambda p=p: services.register_organisation(name="Turlaget", number=number, leader=p, by=p, now=NOW)
            for p in people
        ]
    )
    assert {answer.code for answer in answers if isinstance(answer, DomainError)} == {"number_taken"}
    assert Organisation.objects.count() == 1
    assert Membership.objects.count() == 1


def test_merging_both_ways_at_once_never_deadlocks_and_one_stays():
    clerk = make_unit().officer
    for _round in range(5):
        one, other = make_organisation("Laget", leader=True), make_organisation("Laget igjen", leader=True)
        answers = together(
            [
                lambda a=one, b=other: services.merge_organisations(source=a, target=b, by=clerk, now=NOW),
                lambda a=one, b=other: services.merge_organisations(source=b, target=a, by=clerk, now=NOW),
            ]
        )
        assert sum(isinstance(answer, WrongState) for answer in answers) == 1
        gone = Organisation.objects.get(pk__in=[one.pk, other.pk], merged_into__isnull=False)
        assert not any(rel.model._base_manager.filter(**{rel.name: gone}).exists() for rel in relations())


def test_a_member_who_comes_while_it_is_merged_is_not_left_behind():
    clerk = make_unit().officer
    for _round in range(5):
        leader = make_user("Leif")
        source, target = make_organisation("Laget", leader=leader), make_organisation("Laget igjen", leader=True)
        guest = make_user("Gjest")
        token = token_of(services.invite(organisation=source, role="member", by=leader, now=NOW).nonce)
        joined, _merged = together(
            [
                lambda t=token, g=guest: services.accept_invitation(token=t, user=g, now=NOW),
                lambda a=source, b=target: services.merge_organisations(source=a, target=b, by=clerk, now=NOW),
            ]
        )
        assert not Membership.objects.filter(organisation=source).exists()
        has = Membership.objects.filter(organisation=target, user=guest).exists()
        assert has != isinstance(joined, DomainError)
