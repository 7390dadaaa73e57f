"""Invitations, hand-over, and a leader who is gone: roles change hands, and there is always somebody who leads."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings

from booking.cases.models import Case
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, NotFound, WrongState
from booking.organisations import selectors, services
from booking.organisations.models import Invitation, LeaderMatter, LeadershipOffer, Membership
from booking.organisations.services.inviting import hash_of, token_of
from booking.privacy.services import run_retention
from tests.factories import NOW, give_membership, make_officer, make_organisation, make_unit, make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
def leader(db):
    return make_user("Leif Leder")


@pytest.fixture
def club(leader):
    return make_organisation("Lilleby IL", leader=leader)


def roles(user, club):
    return selectors.role_names(user, club, TODAY)


def invite(club, by, role="booker", **fields):
    return services.invite(organisation=club, role=role, by=by, now=NOW, **fields)


def accept(made, user, now=NOW):
    return services.accept_invitation(token=token_of(made.nonce), user=user, now=now)


# --- invitations -----------------------------------------------------------------------------------------------------


def test_a_link_gives_one_person_the_role(club, leader):
    made, berit = invite(club, leader), make_user("Berit")
    accept(made, berit)
    assert roles(berit, club) == ["booker"]
    with pytest.raises(WrongState, match="used"):
        accept(made, make_user("Nils"))
    # Pressed twice by the same person: the same role, once.
    accept(made, berit)
    assert Membership.objects.filter(organisation=club, user=berit).count() == 1


def test_the_database_keeps_nothing_that_opens_the_link(club, leader):
    made = invite(club, leader, email="berit@example.org")
    token = token_of(made.nonce)
    assert len(token) == 43
    row = Invitation.objects.get()
    assert row.token_hash == hash_of(token)
    letter = OutboxMessage.objects.get(handler="organisation_invitation")
    stored = repr((Invitation.objects.values_list().get(), letter.payload, letter.subject, letter.body))
    assert token not in stored
    assert token_of("another") != token


def test_the_letter_takes_the_link_there_and_forgets_it(club, leader):
    from django.core import mail

    from booking.correspondence.services import send_due
    from booking.foundation import clock

    with clock.at(NOW):
        made = invite(club, leader, email="berit@example.org")
        send_due(NOW)
    [letter] = [one for one in mail.outbox if one.to == ["berit@example.org"]]
    assert f"/invitations/{token_of(made.nonce)}/" in letter.body
    row = OutboxMessage.objects.get(handler="organisation_invitation")
    assert (row.state, row.payload, row.body) == ("sent", {}, "")


def test_a_mail_server_away_for_a_day_loses_no_invitation(club, leader):
    from booking.correspondence.services import forget_secrets

    invite(club, leader, email="berit@example.org")
    forget_secrets(NOW + DAY)
    assert OutboxMessage.objects.get(handler="organisation_invitation").state == "queued"
    forget_secrets(NOW + 15 * DAY)
    row = OutboxMessage.objects.get(handler="organisation_invitation")
    assert (row.state, row.payload) == ("dropped", {})


def test_expired_revoked_and_unknown_links_are_told_apart(club, leader):
    made = invite(club, leader)
    with pytest.raises(WrongState, match="expired"):
        accept(made, make_user(), now=NOW + 14 * DAY)
    services.revoke_invitation(invitation=made.invitation, by=leader, now=NOW)
    services.revoke_invitation(invitation=made.invitation, by=leader, now=NOW)
    with pytest.raises(WrongState, match="revoked"):
        accept(made, make_user())
    with pytest.raises(NotFound):
        services.accept_invitation(token="x" * 5000, user=make_user(), now=NOW)
    used = invite(club, leader)
    accept(used, make_user())
    with pytest.raises(WrongState, match="used"):
        services.revoke_invitation(invitation=used.invitation, by=leader, now=NOW)


def test_a_link_is_no_better_than_who_made_it(club, leader):
    board = make_user("Styremedlem")
    row = give_membership(board, club, "board")
    made = invite(club, board)
    services.end_membership(membership=row, by=leader, now=NOW)
    with pytest.raises(WrongState, match="inviter_gone"):
        accept(made, make_user())


@pytest.mark.parametrize(
    ("mine", "role", "may"),
    [
        ("leader", "leader", True),
        ("board", "leader", False),
        ("board", "board", True),
        ("booker", "member", False),
        ("member", "member", False),
        ("duty_helper", "duty_helper", False),
    ],
)
def test_who_may_invite_to_which_role(club, mine, role, may):
    person = make_user()
    give_membership(person, club, mine)
    if may:
        assert invite(club, person, role).invitation.role == role
    else:
        with pytest.raises(Forbidden):
            invite(club, person, role)


def test_addresses_of_old_invitations_are_forgotten(club, leader):
    invite(club, leader, email="berit@example.org")
    assert run_retention(NOW + 43 * DAY) == 0
    assert run_retention(NOW + 45 * DAY) == 1
    assert Invitation.objects.get().email == ""


# --- hand-over -------------------------------------------------------------------------------------------------------


@pytest.fixture
def heir(club):
    person = make_user("Anna Arving")
    give_membership(person, club, "board", start=date(2025, 1, 1))
    return person


def offer(club, leader, heir, **fields):
    return services.offer_leadership(organisation=club, to=heir, by=leader, now=NOW, **fields)


def test_nothing_changes_before_the_other_says_yes_and_then_both_at_once(club, leader, heir):
    asked = offer(club, leader, heir, stays_as="member")
    assert (roles(leader, club), roles(heir, club)) == (["leader"], ["board"])
    services.answer_offer(offer=asked, accept=True, by=heir, now=NOW)
    assert (roles(leader, club), roles(heir, club)) == (["member"], ["leader", "board"])
    # History keeps who was who.
    assert selectors.role_names(leader, club, TODAY - DAY) == ["leader"]
    handlers = list(OutboxMessage.objects.order_by("pk").values_list("handler", "recipient_user"))
    assert handlers == [("organisation_hand_over", heir.pk), ("organisation_offer_answered", leader.pk)]


def test_a_no_leaves_everything(club, leader, heir):
    asked = offer(club, leader, heir)
    services.answer_offer(offer=asked, accept=False, by=heir, now=NOW)
    assert roles(leader, club) == ["leader"]
    with pytest.raises(WrongState, match="answered"):
        services.answer_offer(offer=asked, accept=True, by=heir, now=NOW)
    assert offer(club, leader, heir).state == "open"


def test_only_who_was_asked_answers_and_only_a_leader_takes_it_back(club, leader, heir):
    asked, stranger = offer(club, leader, heir), make_user()
    for accepting in (True, False):
        with pytest.raises(Forbidden):
            services.answer_offer(offer=asked, accept=accepting, by=stranger, now=NOW)
    with pytest.raises(Forbidden):
        services.withdraw_offer(offer=asked, by=stranger, now=NOW)
    services.withdraw_offer(offer=asked, by=leader, now=NOW)
    with pytest.raises(WrongState):
        services.answer_offer(offer=asked, accept=True, by=heir, now=NOW)
    assert roles(leader, club) == ["leader"]


def test_one_offer_at_a_time_and_the_database_says_so_too(club, leader, heir):
    offer(club, leader, heir)
    with pytest.raises(WrongState, match="offer_open"):
        offer(club, leader, heir)
    with pytest.raises(IntegrityError), transaction.atomic():
        LeadershipOffer.objects.create(
            organisation=club, offered_by=leader, offered_to=heir, created_at=NOW, expires_at=NOW
        )


def test_only_a_member_can_be_asked_by_a_leader(club, leader, heir):
    for to in (make_user(), leader):
        with pytest.raises(Invalid, match="not_a_member"):
            offer(club, leader, to)
    with pytest.raises(Forbidden):
        offer(club, heir, leader)


def test_an_offer_lapses_and_a_new_one_can_be_made(club, leader, heir):
    old = offer(club, leader, heir)
    with pytest.raises(WrongState, match="expired"):
        services.answer_offer(offer=old, accept=True, by=heir, now=NOW + 30 * DAY)
    assert services.close_lapsed_offers(NOW + 30 * DAY) == 1
    services.offer_leadership(organisation=club, to=heir, by=leader, now=NOW + 31 * DAY)


def test_who_left_in_between_does_not_become_leader(club, leader, heir):
    asked = offer(club, leader, heir)
    services.end_membership(membership=Membership.objects.get(user=heir), by=leader, now=NOW)
    with pytest.raises(WrongState, match="not_a_member"):
        services.answer_offer(offer=asked, accept=True, by=heir, now=NOW)
    assert roles(leader, club) == ["leader"]


def test_the_offer_of_a_leader_who_is_gone_is_void(club, leader, heir):
    asked = offer(club, leader, heir)
    give_membership(make_user("Medleder"), club, "leader")
    services.end_membership(membership=Membership.objects.get(user=leader), by=leader, now=NOW)
    with pytest.raises(WrongState):
        services.answer_offer(offer=asked, accept=True, by=heir, now=NOW)


# --- a leader who is gone --------------------------------------------------------------------------------------------


@pytest.fixture
def town(db):
    """A unit with two officers and a leader: three people who could confirm."""
    unit = make_unit("Servicetorget")
    return unit, unit.officer, unit.deputy


def told(club, user=None, **fields):
    given = {"reason": "died", "message": "Leif døde i januar. Anna tar over.", "now": NOW}
    if user is None:
        given |= {"name": "En nabo", "email": "nabo@example.org"}
    return services.report_lost_leader(organisation=club, user=user, **(given | fields))


def test_anybody_tells_it_and_gets_a_receipt_with_a_name_and_a_date(town, club, leader):
    matter = told(club)
    case = Case.objects.get(reference=matter.reference)
    assert (case.kind, case.contact_email, case.organisation) == ("enquiry", "nabo@example.org", None)
    assert case.answer_by is not None
    assert OutboxMessage.objects.get(handler="case_receipt").recipient == "nabo@example.org"
    assert roles(leader, club) == ["leader"]


@pytest.mark.parametrize("fields", [{"message": " "}, {"email": ""}, {"email": "nei"}, {"reason": "x"}])
def test_a_matter_needs_words_and_somebody_to_answer(town, club, fields):
    with pytest.raises(Invalid):
        told(club, **fields)
    assert not LeaderMatter.objects.exists()
    assert not Case.objects.exists()


def test_two_people_confirm_before_a_new_leader_stands_in(town, club, leader, heir):
    _unit, ola, sigrid = town
    matter = services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=ola, now=NOW)
    asked = OutboxMessage.objects.get(handler="organisation_leader_asked")
    assert asked.recipient_user == leader
    for _ in range(2):
        matter = services.confirm_new_leader(matter=matter, by=ola, now=NOW)
    assert (matter.state, roles(heir, club)) == ("open", ["board"])
    matter = services.confirm_new_leader(matter=matter, by=sigrid, now=NOW)
    assert (matter.state, matter.alone) == ("done", False)
    assert (roles(leader, club), roles(heir, club)) == ([], ["leader", "board"])
    people = OutboxMessage.objects.filter(handler="organisation_new_leader").values_list("recipient_user", flat=True)
    assert set(people) == {leader.pk, heir.pk}


def test_nothing_is_confirmed_before_staff_have_opened_it(town, club):
    with pytest.raises(WrongState):
        services.confirm_new_leader(matter=told(club), by=town[1], now=NOW)


def test_who_has_ties_told_it_or_is_to_lead_keeps_away(town, club, leader, heir):
    unit, ola, sigrid = town
    give_membership(ola, club, "booker")
    with pytest.raises(Disqualified):
        services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=ola, now=NOW)
    with pytest.raises(Disqualified):
        services.open_matter(matter=told(club), concerns=leader, new_leader=sigrid, by=sigrid, now=NOW)
    teller = make_officer(unit, "Tor Tipser")
    with pytest.raises(Disqualified):
        services.open_matter(matter=told(club, teller), concerns=leader, new_leader=heir, by=teller, now=NOW)
    with pytest.raises(Forbidden):
        services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=make_user(), now=NOW)


def test_another_new_leader_is_confirmed_anew(town, club, leader, heir):
    _unit, ola, sigrid = town
    matter = services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=ola, now=NOW)
    services.confirm_new_leader(matter=matter, by=ola, now=NOW)
    other = make_user("En annen")
    matter = services.open_matter(matter=matter, concerns=leader, new_leader=other, by=sigrid, now=NOW)
    matter = services.confirm_new_leader(matter=matter, by=sigrid, now=NOW)
    assert matter.state == "open"
    assert roles(other, club) == []


def settings_with(four_eyes):
    from django.conf import settings

    return override_settings(BOOKING={**settings.BOOKING, "four_eyes": four_eyes})


@pytest.mark.parametrize(("four_eyes", "state", "alone"), [("always", "open", False), ("where_possible", "done", True)])
def test_where_nobody_else_could_confirm_the_setting_decides_and_it_is_said(
    four_eyes, state, alone, club, leader, heir
):
    only = make_officer(make_unit(owned=False), "Eneste")
    with settings_with(four_eyes):
        matter = services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=only, now=NOW)
        matter = services.confirm_new_leader(matter=matter, by=only, now=NOW)
    assert (matter.state, matter.alone) == (state, alone)


def test_where_possible_waits_for_the_second_while_there_is_one(town, club, leader, heir):
    with settings_with("where_possible"):
        matter = services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=town[1], now=NOW)
        assert services.confirm_new_leader(matter=matter, by=town[1], now=NOW).state == "open"


def test_another_leader_who_remains_is_asked_instead(town, club, leader, heir):
    give_membership(make_user("Medleder"), club, "leader")
    with pytest.raises(WrongState, match="leader_left"):
        services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=town[1], now=NOW)


def test_a_matter_is_dismissed_with_grounds_once(town, club):
    matter = told(club)
    with pytest.raises(Invalid):
        services.dismiss_matter(matter=matter, grounds=" ", by=town[1], now=NOW)
    for _ in range(2):
        services.dismiss_matter(matter=matter, grounds="Leif lever og leder.", by=town[1], now=NOW)
    with pytest.raises(WrongState):
        services.confirm_new_leader(matter=matter, by=town[1], now=NOW)


def test_the_database_wants_two_different_people(town, club, leader, heir):
    matter = services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=town[1], now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        LeaderMatter.objects.filter(pk=matter.pk).update(first_by=town[1], second_by=town[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        LeaderMatter.objects.filter(pk=matter.pk).update(state="done", first_by=town[1])


def test_what_others_told_is_settled_with_it(town, club, leader, heir):
    other = told(club, email="andre@example.org")
    matter = services.open_matter(matter=told(club), concerns=leader, new_leader=heir, by=town[1], now=NOW)
    for person in town[1:]:
        services.confirm_new_leader(matter=matter, by=person, now=NOW)
    other.refresh_from_db()
    assert other.state == "dismissed"
    # The enquiry of the other is answered on its own case; nothing waits in silence.
    assert Case.objects.filter(reference=other.reference, waiting_on="municipality").exists()
