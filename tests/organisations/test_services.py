"""What a clerk does with organisations and their people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from wagtail.log_actions import registry

from booking.foundation.errors import Disqualified, Invalid, WrongState
from booking.foundation.signals import revised
from booking.organisations import selectors, services
from booking.organisations.models import Membership, Organisation
from tests.factories import NOW, give_membership, make_number, make_organisation, make_unit, make_user

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def clerk(db):
    return make_unit().officer


def log_of(organisation):
    return [entry.action.rpartition(".")[2] for entry in registry.get_logs_for_instance(organisation).order_by("pk")]


def register(clerk, **fields):
    return services.register_organisation(**({"name": "Lilleby skulekorps", "by": clerk, "now": NOW} | fields))


def test_a_new_organisation_is_unverified_and_has_its_leader(clerk):
    leader = make_user("Leif")
    number = make_number()
    organisation = register(clerk, number=f"NO {number} MVA", leader=leader, email="post@korps.example.org")
    organisation.refresh_from_db()
    assert (organisation.slug, organisation.number, organisation.state) == ("lilleby-skulekorps", number, "unverified")
    assert [(row.user, row.role, row.start) for row in selectors.members(organisation)] == [(leader, "leader", TODAY)]
    assert log_of(organisation) == ["registered", "member_added"]


def test_a_group_without_a_number_is_fine_and_several_of_them(clerk):
    first, second = register(clerk, name="Turgjengen"), register(clerk, name="Turgjengen", number="")
    assert (first.number, second.number) == (None, None)
    assert second.slug == "turgjengen-2"


def test_the_same_number_is_registered_once(clerk):
    number = make_number()
    register(clerk, number=number)
    with pytest.raises(Invalid) as caught:
        register(clerk, name="En annen", number=number)
    assert (caught.value.code, caught.value.errors[0].loc) == ("number_taken", ("number",))
    assert Organisation.objects.count() == 1


def test_every_faulty_field_is_named_at_once(clerk):
    with pytest.raises(Invalid) as caught:
        register(
            clerk, name=" ", number="123", email="nei", kind="sekt", language="xx", phone="1" * 99, activities="\x00"
        )
    assert [fault.loc[0] for fault in caught.value.errors] == [
        "name", "kind", "number", "email", "phone", "activities", "language",
    ]  # fmt: skip
    assert not Organisation.objects.exists()


def test_changing_keeps_the_slug_and_logs_which_fields(clerk):
    organisation = make_organisation("Gamle navnet")
    slug = organisation.slug
    services.update_organisation(
        organisation=organisation, changes={"name": "Nye navnet", "listed": True}, by=clerk, now=NOW
    )
    organisation.refresh_from_db()
    assert (organisation.name, organisation.slug, organisation.listed) == ("Nye navnet", slug, True)
    [entry] = registry.get_logs_for_instance(organisation)
    assert entry.data == {"fields": ["listed", "name"]}
    assert entry.user == clerk


def test_changing_nothing_leaves_no_trace(clerk):
    organisation = make_organisation("Korpset")
    services.update_organisation(organisation=organisation, changes={"name": " Korpset "}, by=clerk, now=NOW)
    assert log_of(organisation) == []


def test_a_new_number_has_to_be_verified_anew(clerk):
    organisation = make_organisation()
    services.update_organisation(organisation=organisation, changes={"number": make_number()}, by=clerk, now=NOW)
    organisation.refresh_from_db()
    assert organisation.state == "unverified"


def test_a_number_of_somebody_else_is_refused_on_change_too(clerk):
    first, second = make_organisation(), make_organisation()
    with pytest.raises(Invalid, match="number_taken"):
        services.update_organisation(organisation=first, changes={"number": second.number}, by=clerk, now=NOW)


@pytest.mark.parametrize("field", ["slug", "state", "id", "verified_by", "number; --"])
def test_what_has_an_act_of_its_own_cannot_be_changed_by_the_way(clerk, field):
    with pytest.raises(Invalid, match="unknown_field"):
        services.update_organisation(organisation=make_organisation(), changes={field: "x"}, by=clerk, now=NOW)


def test_verifying_says_who_and_when_once(clerk):
    organisation = make_organisation(verified=False)
    for _ in range(2):
        services.verify_organisation(organisation=organisation, by=clerk, now=NOW)
    organisation.refresh_from_db()
    assert (organisation.state, organisation.verified_by, organisation.verified_at) == ("verified", clerk, NOW)
    assert log_of(organisation) == ["verified"]


@pytest.mark.parametrize("role", ["leader", "board", "booker"])
def test_nobody_verifies_an_organisation_that_one_leads_or_books_for(clerk, role):
    organisation = make_organisation(verified=False)
    give_membership(clerk, organisation, role)
    with pytest.raises(Disqualified):
        services.verify_organisation(organisation=organisation, by=clerk, now=NOW)
    organisation.refresh_from_db()
    assert organisation.state == "unverified"


@pytest.mark.parametrize("role", ["member", "duty_helper"])
def test_an_ordinary_member_among_the_staff_may_verify(clerk, role):
    organisation = make_organisation(verified=False)
    give_membership(clerk, organisation, role)
    assert services.verify_organisation(organisation=organisation, by=clerk, now=NOW).state == "verified"


def test_an_inactive_organisation_comes_back_unverified_and_is_not_verified_before(clerk):
    organisation = make_organisation()
    services.set_inactive(organisation=organisation, by=clerk, now=NOW)
    with pytest.raises(WrongState, match="inactive"):
        services.verify_organisation(organisation=organisation, by=clerk, now=NOW)
    organisation = services.set_active(organisation=organisation, by=clerk, now=NOW)
    assert organisation.state == "unverified"
    assert log_of(organisation) == ["set_inactive", "set_active"]


def test_the_same_open_role_is_given_once(clerk):
    organisation, person = make_organisation(), make_user()
    first = services.add_member(organisation=organisation, user=person, role="booker", by=clerk, now=NOW)
    again = services.add_member(organisation=organisation, user=person, role="booker", by=clerk, now=NOW)
    assert first == again
    services.add_member(organisation=organisation, user=person, role="board", by=clerk, now=NOW)
    assert selectors.role_names(person, organisation, TODAY) == ["board", "booker"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"role": "boss"}, "role"), ({"role": "board", "end": YESTERDAY}, "end_before_start")],
)
def test_a_role_that_can_not_be_is_refused(clerk, fields, code):
    with pytest.raises(Invalid, match=code):
        services.add_member(organisation=make_organisation(), user=make_user(), by=clerk, now=NOW, **fields)


def test_a_person_whose_account_is_off_gets_no_role(clerk):
    with pytest.raises(Invalid, match="inactive_user"):
        services.add_member(
            organisation=make_organisation(), user=make_user(active=False), role="board", by=clerk, now=NOW
        )


def test_a_role_that_ends_is_over_at_once_and_stays_as_history(clerk):
    organisation = make_organisation(leader=True)
    booker = give_membership(make_user(), organisation, "booker", start=date(2025, 1, 1))
    services.end_membership(membership=booker, by=clerk, now=NOW)
    booker.refresh_from_db()
    assert (booker.start, booker.end) == (date(2025, 1, 1), YESTERDAY)
    assert selectors.role_names(booker.user, organisation, TODAY) == []
    assert selectors.role_names(booker.user, organisation, YESTERDAY) == ["booker"]
    with pytest.raises(WrongState, match="ended"):
        services.end_membership(membership=booker, by=clerk, now=NOW)


def test_a_role_given_by_mistake_today_ends_today(clerk):
    organisation, person = make_organisation(leader=True), make_user()
    row = services.add_member(organisation=organisation, user=person, role="booker", by=clerk, now=NOW)
    services.end_membership(membership=row, by=clerk, now=NOW)
    assert selectors.role_names(person, organisation, TODAY) == []
    assert Membership.objects.filter(pk=row.pk).exists()


def test_the_last_leader_can_not_vanish(clerk):
    organisation = make_organisation(leader=True)
    leader = organisation.memberships.get()
    with pytest.raises(WrongState, match="last_leader"):
        services.end_membership(membership=leader, by=clerk, now=NOW)
    with pytest.raises(WrongState, match="last_leader"):
        services.change_role(membership=leader, role="member", by=clerk, now=NOW)
    assert selectors.role_names(leader.user, organisation, TODAY) == ["leader"]
    assert organisation.memberships.count() == 1


def test_a_second_leader_lets_the_first_go_but_not_one_who_leaves_before(clerk):
    organisation = make_organisation(leader=True)
    first = organisation.memberships.get()
    short = give_membership(make_user("Snart ferdig"), organisation, "leader", end=TODAY)
    with pytest.raises(WrongState, match="last_leader"):
        services.end_membership(membership=first, by=clerk, now=NOW, last_day=TODAY)
    services.end_membership(membership=short, by=clerk, now=NOW)
    give_membership(make_user("Blir"), organisation, "leader")
    services.end_membership(membership=first, by=clerk, now=NOW)
    assert [row.user.name for row in selectors.leaders(organisation, TODAY)] == ["Blir"]


def test_a_leader_who_can_not_sign_in_does_not_count_as_one(clerk):
    organisation = make_organisation(leader=True)
    first = organisation.memberships.get()
    give_membership(make_user("Borte", active=False), organisation, "leader")
    with pytest.raises(WrongState, match="last_leader"):
        services.end_membership(membership=first, by=clerk, now=NOW)


def test_an_inactive_organisation_needs_no_leader(clerk):
    organisation = make_organisation(leader=True)
    services.set_inactive(organisation=organisation, by=clerk, now=NOW)
    services.end_membership(membership=organisation.memberships.get(), by=clerk, now=NOW)
    assert not selectors.leaders(organisation, TODAY).exists()


def test_changing_a_role_ends_the_old_one(clerk):
    organisation = make_organisation(leader=True)
    row = give_membership(make_user(), organisation, "member")
    services.change_role(membership=row, role="board", by=clerk, now=NOW)
    assert selectors.role_names(row.user, organisation, TODAY) == ["board"]


def test_every_act_tells_those_who_show_the_organisation(clerk):
    told = []

    def listen(sender, cause, scopes, **kwargs):
        told.append(scopes)

    organisation = make_organisation(verified=False)
    revised.connect(listen)
    try:
        services.verify_organisation(organisation=organisation, by=clerk, now=NOW)
        services.update_organisation(organisation=organisation, changes={"name": "Ny"}, by=clerk, now=NOW)
    finally:
        revised.disconnect(listen)
    assert told == [frozenset({f"organisation:{organisation.pk}"})] * 2
