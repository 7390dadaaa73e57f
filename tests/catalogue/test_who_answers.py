"""N5: each thing has an officer and a deputy; somebody owns it every second; nobody leaves with it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import ProtectedError

from booking.catalogue import selectors, services
from booking.catalogue.models import Resource
from booking.catalogue.signals import ownership_taken_over
from booking.foundation import signals
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def town():
    town = factories.make_unit("Servicetorg", owned=False)
    factories.make_leader(town, "Rådmannen")
    return town


@pytest.fixture
def unit(town):
    unit = factories.make_unit(parent=town)
    factories.make_leader(unit, "Lise Leder")
    return unit


def names(found):
    return tuple(person.name if person else None for person in (found.officer, found.deputy, found.acting))


def test_officer_and_deputy_are_inherited_separately(unit):
    hall = factories.make_hall_in_thirds(unit=unit, officer=factories.make_user("Hallvard"))
    part = hall.parts[0]
    part.deputy = factories.make_user("Petra")
    part.save()
    assert names(selectors.responsible(part, DAY)) == ("Hallvard", "Petra", "Hallvard")
    assert names(selectors.responsible(hall.whole, DAY)) == ("Hallvard", "Sigrid Stedfortreder", "Hallvard")


@pytest.mark.parametrize(
    ("away", "acting", "reason"),
    [
        ([], "Ola Saksbehandler", ""),
        (["Ola Saksbehandler"], "Sigrid Stedfortreder", "absent"),
        (["Ola Saksbehandler", "Sigrid Stedfortreder"], "Lise Leder", "absent"),
        (["Ola Saksbehandler", "Sigrid Stedfortreder", "Lise Leder"], "Rådmannen", "absent"),
        # All are away: better on the officer's desk than on none.
        (["Ola Saksbehandler", "Sigrid Stedfortreder", "Lise Leder", "Rådmannen"], "Ola Saksbehandler", ""),
    ],
)
def test_the_deputy_then_leaders_stand_in_on_days_of_absence(unit, django_user_model, away, acting, reason):
    resource = factories.make_resource(unit=unit)
    for name in away:
        services.record_absence(user=django_user_model.objects.get(name=name), start=DAY, end=DAY)
    found = selectors.responsible(resource, DAY)
    assert (found.acting.name, found.reason) == (acting, reason)
    assert selectors.responsible(resource, date(2026, 3, 3)).reason == "", "only on those days"


def test_who_cannot_sign_in_owns_nothing(unit, django_user_model):
    resource = factories.make_resource(unit=unit)
    # Past the signals, as a database script would do it.
    django_user_model.objects.filter(name="Ola Saksbehandler").update(is_active=False)
    found = selectors.responsible(resource, DAY)
    assert (found.acting.name, found.reason, found.owned) == ("Sigrid Stedfortreder", "inactive", False)
    assert list(selectors.ownerless_resources()) == [resource]


def test_a_role_that_has_ended_leads_nothing(town):
    unit = factories.make_unit(parent=town, owned=False)
    resource = factories.make_resource(unit=unit)
    factories.make_leader(unit, "Før", end=date(2026, 3, 1))
    factories.make_leader(unit, "Etter", start=date(2026, 3, 3))
    assert selectors.responsible(resource, DAY).acting.name == "Rådmannen"
    assert selectors.responsible(resource, date(2026, 3, 1)).acting.name == "Før"
    assert selectors.responsible(resource, date(2026, 3, 3)).acting.name == "Etter"
    assert selectors.responsible(resource, DAY).reason == "none"


def test_a_unit_itself_has_somebody_who_answers(unit):
    assert selectors.unit_responsible(unit, DAY).acting.name == "Ola Saksbehandler"


def test_many_resources_take_as_many_queries_as_one(unit, django_assert_num_queries):
    rows = [factories.make_resource(unit=unit) for _ in range(20)]
    for resources in (rows[:1], rows):
        with django_assert_num_queries(5):
            selectors.responsibles(resources, DAY)


class TestLeaving:
    def test_deactivating_hands_everything_to_the_deputy_at_once(self, unit):
        officer, deputy = unit.officer, unit.deputy
        own = factories.make_resource(unit=unit, officer=officer)
        officer.is_active = False
        officer.save()
        unit.refresh_from_db()
        own.refresh_from_db()
        assert (unit.officer, unit.deputy) == (deputy, None)
        assert own.officer == deputy
        assert selectors.responsible(own, DAY).owned

    def test_without_a_deputy_the_leader_and_then_the_parents_leader(self, town, unit):
        leader = selectors.leaders(unit, DAY)[0]
        unit.deputy = None
        unit.save()
        for leaving, heir in [(unit.officer, "Lise Leder"), (leader, "Rådmannen")]:
            leaving.is_active = False
            leaving.save()
            unit.refresh_from_db()
            assert unit.officer.name == heir

    def test_a_leaving_deputy_leaves_the_officer_alone(self, unit):
        officer = unit.officer
        unit.deputy.is_active = False
        unit.deputy.save()
        unit.refresh_from_db()
        assert (unit.officer, unit.deputy) == (officer, None)

    def test_an_heir_who_is_at_work_goes_first(self, unit):
        services.record_absence(user=unit.deputy, start=date(2000, 1, 1), end=date(2100, 1, 1))
        unit.officer.is_active = False
        unit.officer.save()
        unit.refresh_from_db()
        assert unit.officer.name == "Lise Leder"

    def test_nobody_left_shows_as_ownerless(self):
        unit = factories.make_unit(deputy=None)
        resource = factories.make_resource(unit=unit)
        unit.officer.is_active = False
        unit.officer.save()
        unit.refresh_from_db()
        assert unit.officer is None
        assert list(selectors.ownerless_resources()) == [resource]
        assert not selectors.public_resources().exists()

    def test_feeds_and_higher_floors_are_told(self, unit, django_capture_on_commit_callbacks):
        resource = factories.make_resource(unit=unit)
        scopes, leavers = [], []

        def hear(sender, scopes=(), said=scopes, **kwargs):
            said.append(scopes)

        def take(sender, leaver, **kwargs):
            leavers.append(leaver)

        signals.revised.connect(hear)
        ownership_taken_over.connect(take)
        try:
            unit.officer.is_active = False
            unit.officer.save()
        finally:
            signals.revised.disconnect(hear)
            ownership_taken_over.disconnect(take)
        assert any({f"resource:{resource.pk}", f"unit:{unit.pk}"} <= set(one) for one in scopes)
        assert leavers == [unit.officer]

    def test_saving_somebody_who_left_before_changes_nothing(self, unit, django_assert_num_queries):
        user = factories.make_user("Borte", active=False)
        user.name = "Borte Vekk"
        with django_assert_num_queries(2):  # was active? no; the update
            user.save()

    def test_deleting_an_owner_is_refused_by_the_database_floor(self, unit):
        with pytest.raises(ProtectedError):
            unit.officer.delete()

    def test_deleting_somebody_who_owns_nothing_works(self):
        factories.make_user("Besøkende").delete()


class TestUnitsOf:
    def test_child_units_are_included(self, town, unit):
        boss = factories.make_officer(town)
        assert set(selectors.units_of(boss, DAY)) == {town, unit}
        assert set(selectors.units_of(boss, DAY, with_children=False)) == {town}
        assert set(selectors.units_of(unit.officer, DAY)) == {unit}

    def test_only_with_the_asked_role_and_on_its_days(self, unit):
        caretaker = factories.make_officer(unit, role="caretaker", start=DAY, end=DAY)
        assert not selectors.units_of(caretaker, DAY, roles=["officer", "leader"]).exists()
        assert selectors.units_of(caretaker, DAY, roles=["caretaker"]).exists()
        assert not selectors.units_of(caretaker, date(2026, 3, 3)).exists()

    def test_nothing_for_who_cannot_sign_in(self, unit):
        officer = unit.officer
        officer.is_active = False
        assert not selectors.units_of(officer, DAY).exists()
        assert not selectors.roles_of(officer, DAY).exists()

    def test_scopes_of_resources(self, unit):
        own = factories.make_resource(unit=unit, state="draft")
        foreign_draft = factories.make_resource(state="draft")
        public = factories.make_resource()
        hidden = factories.make_resource(public=False)
        officer = unit.officer
        assert set(selectors.staff_resources(officer, DAY)) == {own}
        assert set(selectors.visible_resources(officer, DAY)) == {own, public}
        assert set(selectors.public_resources()) == {public}
        outsider = factories.make_user()
        assert set(selectors.visible_resources(outsider)) == {public}
        chief = factories.make_user("Admin", is_superuser=True)
        assert set(selectors.visible_resources(chief)) == {own, foreign_draft, public, hidden}

    def test_the_public_list_is_one_query(self, unit, django_assert_num_queries):
        for _ in range(5):
            factories.make_resource(unit=unit)
        with django_assert_num_queries(1):
            assert len(selectors.public_resources()) == 5
        assert Resource.objects.count() == 5
