"""Writing down, confirming, declining, giving notice: one rule per test (needs N9, N10)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from booking.agreements import carrying, selectors, services
from booking.agreements.models import Agreement, AgreementEvent
from booking.agreements.services import HoursDraft
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Disqualified, Forbidden, Invalid, Stale, WrongState
from tests.agreements.world import TODAY, World
from tests.factories import NOW, give_membership, make_leader, make_officer, make_organisation, make_unit, make_user


def letters(handler: str) -> list[str]:
    return sorted(OutboxMessage.objects.filter(handler=handler).values_list("recipient", flat=True))


def test_what_one_side_writes_down_waits_for_the_other_who_is_asked(world: World) -> None:
    made = world.written()
    assert (made.reference, made.state) == ("AVT-2026-001", "proposed")
    assert (made.unit, made.officer, made.deputy) == (world.unit, world.officer, world.deputy)
    assert selectors.status_of(made, TODAY) == "one_side"
    assert [(one.name, one.confirmed) for one in selectors.sides_of(made, "Kommunen")] == [
        ("Lilleby jeger- og fiskerlag", True),
        ("Kommunen", False),
    ]
    assert letters("agreement_to_confirm") == [world.officer.email]


def test_it_holds_when_both_have_confirmed_and_everybody_hears_of_it(world: World) -> None:
    made = world.agreed()
    assert (made.state, made.agreed_at) == ("agreed", NOW)
    assert selectors.status_of(made, TODAY) == "in_force"
    assert letters("agreement_agreed") == sorted([world.leader.email, world.officer.email])
    # Twice is once.
    again = services.confirm(made, by=world.officer, now=NOW + timedelta(hours=1))
    assert (again.version, again.confirmed_at) == (made.version, NOW)
    assert AgreementEvent.objects.filter(agreement=made, type="agreed").count() == 1


def test_the_municipality_may_write_it_down_too_and_the_board_confirms(world: World) -> None:
    made = services.write_down(world.draft(), by=world.officer, unit=world.unit, now=NOW)
    assert made.confirmed_by == world.officer
    assert letters("agreement_to_confirm") == [world.leader.email]
    board = make_user("Bodil Styre")
    give_membership(board, world.club, "board")
    assert services.confirm(made, by=board, organisation=world.club, now=NOW).state == "agreed"


def test_of_several_organisations_each_confirms_for_itself(world: World) -> None:
    scouts = make_organisation("Speiderne", leader=make_user("Siri"))
    made = world.written(world.draft(organisations=[world.club, scouts]))
    services.confirm(made, by=world.officer, now=NOW)
    made.refresh_from_db()
    assert made.state == "proposed"
    assert [one.name for one in selectors.sides_of(made, "K") if not one.confirmed] == ["Speiderne"]
    services.confirm(made, by=scouts.memberships.get().user, organisation=scouts, now=NOW)
    made.refresh_from_db()
    assert made.state == "agreed"


def test_a_booker_reads_but_does_not_bind(world: World) -> None:
    made = services.write_down(world.draft(), by=world.officer, unit=world.unit, now=NOW)
    assert made in selectors.party_agreements(world.booker, TODAY)
    for act in (
        lambda: services.confirm(made, by=world.booker, organisation=world.club, now=NOW),
        lambda: services.decline(made, by=world.booker, organisation=world.club, reason="Nei", now=NOW),
        lambda: services.write_down(world.draft(), by=world.booker, organisation=world.club, now=NOW),
    ):
        with pytest.raises(Forbidden):
            act()


def test_nobody_speaks_for_both_sides(world: World) -> None:
    """Needs N10: who leads the organisation, books for it or has spoken for it can't answer for the municipality."""
    give_membership(world.officer, world.club, "booker")
    made = world.written()
    for act in (
        lambda: services.confirm(made, by=world.officer, now=NOW),
        lambda: services.decline(made, by=world.officer, reason="Nei", now=NOW),
        lambda: services.write_down(world.draft(), by=world.officer, unit=world.unit, now=NOW),
    ):
        with pytest.raises(Disqualified):
            act()
    # The role has ended, but what was said for the organisation was said.
    former = make_officer(world.unit, "Frida Før")
    give_membership(former, world.club, "leader")
    own = services.write_down(world.draft(title="Egen"), by=former, organisation=world.club, now=NOW)
    former.memberships.all().delete()
    with pytest.raises(Disqualified):
        services.confirm(own, by=former, now=NOW)
    assert services.confirm(own, by=world.deputy, now=NOW).state == "agreed"


def test_under_a_tied_leader_the_unit_above_answers(world: World) -> None:
    top = make_unit("Rådhuset", owned=False)
    world.unit.parent = top
    world.unit.save()
    give_membership(make_leader(world.unit), world.club, "board")
    made = world.written()
    with pytest.raises(Disqualified) as refused:
        services.confirm(made, by=world.officer, now=NOW)
    assert refused.value.code == "disqualified_leader"
    assert services.confirm(made, by=make_leader(top, "Toril Topp"), now=NOW).state == "agreed"


def test_other_units_have_no_word_in_it(world: World) -> None:
    made = world.written()
    stranger = make_officer(make_unit("Teknisk", owned=False))
    with pytest.raises(Forbidden):
        services.confirm(made, by=stranger, now=NOW)
    assert not selectors.visible_agreements(stranger, TODAY).exists()


def test_declining_takes_a_reason_and_ends_the_matter(world: World) -> None:
    made = world.written()
    with pytest.raises(Invalid):
        services.decline(made, by=world.officer, reason="  ", now=NOW)
    services.decline(made, by=world.officer, reason="Dette er ikke kommunens grunn.", now=NOW)
    made.refresh_from_db()
    assert (made.state, made.declined_reason) == ("declined", "Dette er ikke kommunens grunn.")
    assert letters("agreement_declined") == [world.leader.email]
    with pytest.raises(WrongState):
        services.confirm(made, by=world.officer, now=NOW)


def test_correcting_makes_the_others_confirm_anew(world: World) -> None:
    made = services.write_down(world.draft(), by=world.officer, unit=world.unit, now=NOW)
    services.correct(made, world.draft(terms="Bare i juli."), by=world.leader, organisation=world.club, now=NOW)
    made.refresh_from_db()
    assert (made.terms, made.confirmed_at, made.state) == ("Bare i juli.", None, "proposed")
    assert made.parties.get().confirmed_by == world.leader
    with pytest.raises(Stale):
        services.confirm(made, by=world.officer, now=NOW, if_version=1)
    services.confirm(made, by=world.officer, now=NOW, if_version=made.version)
    with pytest.raises(WrongState):
        services.correct(made, world.draft(), by=world.officer, now=NOW)


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"title": " "}, ("title",)),
        ({"terms": ""}, ("terms",)),
        ({"terms": "\x00"}, ("terms",)),
        ({"end": TODAY - timedelta(days=1)}, ("end",)),
        ({"start": date(1700, 1, 1)}, ("start",)),
        ({"notice_months": 61}, ("notice_months",)),
        ({"resources": [], "place": ""}, ("place",)),
        ({"organisations": []}, ("organisations",)),
        ({"hours": [HoursDraft(7, time(17), time(19))]}, ("hours", 0, "weekday")),
        ({"hours": [HoursDraft(1, time(17), time(17))]}, ("hours", 0, "ends")),
        ({"hours": [HoursDraft(6, time(23), time(2)), HoursDraft(0, time(1), time(3))]}, ("hours", 1, "begins")),
    ],
)
def test_every_fault_names_its_field(world: World, fields: dict[str, object], loc: tuple[object, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        services.write_down(world.draft(**fields), by=world.officer, unit=world.unit, now=NOW)
    assert loc in [one.loc for one in refused.value.errors]
    assert not Agreement.objects.exists()


def test_the_same_form_twice_is_one_agreement(world: World) -> None:
    one, other = (
        services.write_down(world.draft(), by=world.leader, organisation=world.club, now=NOW, submission_key="k")
        for _ in range(2)
    )
    assert one == other
    assert Agreement.objects.count() == 1


def test_notice_ends_it_after_the_months_agreed_on(world: World) -> None:
    made = world.agreed()
    assert services.earliest_end(made, TODAY) == date(2026, 6, 2)
    with pytest.raises(Invalid) as refused:
        services.give_notice(
            made, by=world.leader, organisation=world.club, reason="Vi flytter.", ends_on=date(2026, 6, 1), now=NOW
        )
    assert refused.value.code == "too_early"
    services.give_notice(made, by=world.leader, organisation=world.club, reason="Vi flytter.", now=NOW)
    made.refresh_from_db()
    assert (made.last_day, made.state) == (date(2026, 6, 2), "agreed")
    assert selectors.status_of(made, TODAY) == "ending"
    assert selectors.status_of(made, date(2026, 6, 3)) == "ended"
    assert letters("agreement_notice") == sorted([world.leader.email, world.officer.email])
    # Twice is once, also from the other side.
    services.give_notice(made, by=world.officer, reason="Også vi.", now=NOW)
    made.refresh_from_db()
    assert made.notice_reason == "Vi flytter."


def test_notice_never_makes_a_period_longer(world: World) -> None:
    made = world.agreed(world.draft(end=TODAY + timedelta(days=20)))
    with pytest.raises(Invalid):
        services.give_notice(made, by=world.officer, reason="Nei", ends_on=TODAY + timedelta(days=21), now=NOW)
    services.give_notice(made, by=world.officer, reason="Nei", now=NOW)
    made.refresh_from_db()
    assert made.last_day == TODAY + timedelta(days=20)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "agreed"},
        {"state": "declined"},
        {"end": TODAY - timedelta(days=1)},
        {"notice_at": NOW},
        {"confirmed_at": NOW},
    ],
)
def test_the_database_refuses_what_must_not_be(world: World, change: dict[str, object]) -> None:
    made = world.written()
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=made.pk).update(**change)


def test_an_organisation_is_a_party_once_also_after_a_merge(world: World) -> None:
    from booking.organisations.services import merge_organisations

    double = make_organisation("Jeger og fisk", leader=world.leader)
    made = world.written(world.draft(organisations=[world.club, double]))
    merge_organisations(source=double, target=world.club, by=world.officer, now=NOW)
    assert [one.organisation for one in made.parties.all()] == [world.club]
    only = world.written(world.draft(title="En til"))
    other = make_organisation("Fiskerne")
    merge_organisations(source=world.club, target=other, by=world.deputy, now=NOW)
    assert [one.organisation for one in only.parties.all()] == [other]


def test_who_leaves_hands_on_their_agreements(world: World) -> None:
    made = world.agreed()
    world.officer.is_active = False
    world.officer.save()
    made.refresh_from_db()
    assert made.officer == world.deputy
    assert made.taken_over
    assert carrying.unowned(NOW.date()) == []
    services.mark_seen(made, by=world.deputy, now=NOW)
    made.refresh_from_db()
    assert not made.taken_over
    # Nobody of the unit is left: the leader above.
    top = make_unit("Rådhuset", owned=False)
    boss = make_leader(top, "Toril Topp")
    world.unit.parent = top
    world.unit.save()
    world.deputy.is_active = False
    world.deputy.save()
    made.refresh_from_db()
    assert made.officer == boss


def test_another_officer_or_unit_can_have_it(world: World) -> None:
    made = world.agreed(world.with_hours())
    technical = make_unit("Teknisk")
    with pytest.raises(Invalid):
        services.assign_agreement(made, unit=None, officer=technical.officer, by=world.officer, now=NOW)
    services.assign_agreement(made, unit=technical, officer=None, by=world.officer, now=NOW)
    made.refresh_from_db()
    assert (made.unit, made.officer) == (technical, technical.officer)
    # So is the case that holds its hours.
    assert made.case is not None
    assert (made.case.unit, made.case.officer, made.case.state) == (technical, technical.officer, "granted")
    with pytest.raises(Forbidden):
        services.assign_agreement(made, unit=world.unit, officer=None, by=world.officer, now=NOW)
