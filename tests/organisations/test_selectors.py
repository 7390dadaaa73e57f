"""Who sees what of an organisation, and in which hats somebody may act."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from booking.organisations import selectors
from tests.factories import (
    give_membership,
    give_role,
    make_leader,
    make_officer,
    make_organisation,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("role", "leads"), [("leader", True), ("board", True), ("booker", True), ("member", False), ("duty_helper", False)]
)
def test_leading_roles_act_for_the_organisation_and_others_do_not(role, leads):
    person, organisation = make_user(), make_organisation()
    give_membership(person, organisation, role)
    assert list(selectors.organisations_of(person, TODAY)) == ([organisation] if leads else [])
    assert selectors.has_leading_role(person, [organisation], TODAY) is leads
    assert selectors.may_see_members(person, organisation, TODAY) is leads


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY - DAY, None, True),
        (TODAY + DAY, None, False),
        (None, TODAY - DAY, False),
        (TODAY - DAY, TODAY + DAY, True),
    ],
)
def test_a_role_holds_from_its_first_to_its_last_day(start, end, holds):
    person, organisation = make_user(), make_organisation()
    give_membership(person, organisation, "leader", start=start, end=end)
    assert selectors.organisations_of(person, TODAY).exists() is holds
    assert selectors.has_leading_role(person, [organisation], TODAY) is holds


def test_an_inactive_organisation_asks_for_nothing_and_its_ties_remain():
    person, organisation = make_user(), make_organisation(state="inactive")
    give_membership(person, organisation, "leader")
    assert not selectors.organisations_of(person, TODAY).exists()
    assert selectors.has_leading_role(person, [organisation], TODAY)


def test_hats_are_the_person_the_organisations_and_the_units():
    unit, organisation = make_unit("Kultur", owned=False), make_organisation("Korpset")
    person = make_officer(unit)
    give_membership(person, organisation, "board")
    give_membership(person, make_organisation("Bare medlem"), "member")
    hats = selectors.hats_of(person, TODAY)
    assert [hat.code for hat in hats] == ["person", f"organisation:{organisation.slug}", f"unit:{unit.slug}"]
    assert [hat.label for hat in hats][1:] == ["Korpset", "Kultur"]
    assert hats[1].slug == organisation.slug


def test_nobody_and_somebody_switched_off_have_no_hat():
    gone = make_user(active=False)
    give_membership(gone, make_organisation(), "leader")
    assert selectors.hats_of(gone, TODAY) == []
    assert selectors.hats_of(AnonymousUser(), TODAY) == []


def test_officers_and_leaders_of_any_unit_share_the_register_while_their_role_lasts():
    unit = make_unit(owned=False)
    assert selectors.is_staff(make_officer(unit), TODAY)
    assert selectors.is_staff(make_leader(unit), TODAY)
    assert not selectors.is_staff(make_officer(unit, role="caretaker"), TODAY)
    assert not selectors.is_staff(make_officer(unit, role="planner"), TODAY)
    assert not selectors.is_staff(make_officer(unit, end=TODAY - DAY), TODAY)
    assert not selectors.is_staff(make_officer(unit, start=TODAY + DAY), TODAY)
    assert not selectors.is_staff(make_user(is_staff=True), TODAY)
    gone = make_user(active=False)
    give_role(gone, unit)
    assert not selectors.is_staff(gone, TODAY)
    assert not selectors.is_staff(AnonymousUser(), TODAY)


def test_the_public_register_holds_verified_ones_that_agreed():
    listed = make_organisation("A", listed=True)
    make_organisation("B", listed=True, verified=False)
    make_organisation("C", listed=True, state="inactive")
    hidden = make_organisation("D")
    member = make_user()
    give_membership(member, hidden, "member")
    officer = make_officer(make_unit(owned=False))
    assert list(selectors.visible_organisations(AnonymousUser(), TODAY)) == [listed]
    assert list(selectors.visible_organisations(make_user(), TODAY)) == [listed]
    assert list(selectors.visible_organisations(member, TODAY)) == [listed, hidden]
    assert selectors.visible_organisations(officer, TODAY).count() == 4


def test_search_finds_every_word_in_name_activity_or_number():
    from booking.organisations.models import Organisation

    band = make_organisation("Lilleby skulekorps", activities="musikk, drill")
    make_organisation("Lilleby idrettslag")
    everything = Organisation.objects.all()
    for text in ("korps", "lilleby drill", band.number[2:], "LILLEBY MUSIKK"):
        assert list(selectors.search(everything, text)) == [band], text
    assert selectors.search(everything, "lilleby").count() == 2
    assert not selectors.search(everything, "lilleby håndball").exists()
    assert selectors.search(everything, "   ").count() == 2
