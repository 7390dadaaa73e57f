"""The acts of a clerk on units and resources."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from booking.catalogue import registry, selectors, services
from booking.catalogue.models import Cell, Resource, ResourceState
from booking.catalogue.services import Hours
from booking.foundation import signals
from booking.foundation.errors import DomainError, Invalid, Stale, Unmet, WrongState
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def unit():
    return factories.make_unit()


@pytest.fixture
def told():
    """The scopes of every `revised` that was sent."""
    heard: list[frozenset[str]] = []

    def hear(sender, scopes, **kwargs):
        heard.append(scopes)

    signals.revised.connect(hear)
    yield heard
    signals.revised.disconnect(hear)


def codes(call, *args, **kwargs):
    with pytest.raises(DomainError) as refusal:
        call(*args, **kwargs)
    return refusal.value.code, [error.loc[0] for error in refusal.value.errors]


class TestCreate:
    def test_a_draft_with_a_cell_of_its_own(self, unit):
        room = services.create_resource(name="  Møterom   Ås ", kind="venue", unit=unit, now=NOW)
        assert (room.name, room.slug, room.state, room.version) == ("Møterom Ås", "moterom-as", "draft", 1)
        assert [cover.cell.exclusive for cover in room.covers.all()] == [True]
        assert not selectors.public_resources().exists()

    def test_the_same_name_gets_another_address(self, unit):
        slugs = [services.create_resource(name="Salen", kind="venue", unit=unit, now=NOW).slug for _ in range(3)]
        assert slugs == ["salen", "salen-2", "salen-3"]

    def test_a_chosen_address_is_not_changed_behind_ones_back(self, unit):
        services.create_resource(name="A", slug="salen", kind="venue", unit=unit, now=NOW)
        assert (
            codes(services.create_resource, name="B", slug="salen", kind="venue", unit=unit, now=NOW)[0] == "slug_taken"
        )
        assert (
            codes(services.create_resource, name="B", slug="Bad Å", kind="venue", unit=unit, now=NOW)[0] == "bad_slug"
        )

    def test_stock_is_one_counted_cell(self, unit):
        chairs = services.create_resource(name="Stoler", kind="equipment", unit=unit, stock=40, now=NOW)
        assert selectors.quantities([chairs]) == {chairs.pk: 40}
        with pytest.raises(WrongState):
            services.split_into_parts(chairs, count=2, now=NOW)

    @pytest.mark.parametrize(
        ("bad", "code", "field"),
        [
            ({"name": ""}, "required", "name"),
            ({"name": "x" * 151}, "too_long", "name"),
            ({"name": "a\x00b"}, "control_characters", "name"),
            ({"kind": "castle"}, "invalid_choice", "kind"),
            ({"capacity": -1}, "min_value", "capacity"),
            ({"capacity": 10**12}, "max_value", "capacity"),
            ({"timezone": "Mars/Base"}, "unknown_zone", "timezone"),
            ({"stock": 10**12}, "bad_stock", "stock"),
            ({"stock": 0}, "bad_stock", "stock"),
            ({"step_minutes": 0}, "min_value", "step_minutes"),
            ({"buffer_after": 10**6}, "out_of_range", "buffer_after"),
            ({"min_minutes": 120, "max_minutes": 60}, "min_over_max", "max_minutes"),
            ({"lead_hours": 48, "horizon_days": 2}, "lead_over_horizon", "lead_hours"),
            ({"automatic_kinds": "club"}, "not_a_list", "automatic_kinds"),
            ({"state": "active"}, "unknown_field", "state"),
            ({"version": 7}, "unknown_field", "version"),
            ({"geometry": {"type": "Point", "coordinates": [6540012.35, 309917.65]}}, "bad_geometry", "geometry"),
        ],
    )
    def test_bad_input_names_field_and_rule_and_stores_nothing(self, unit, bad, code, field):
        good = {"name": "Rom", "kind": "venue", "unit": unit, "now": NOW}
        assert codes(services.create_resource, **(good | bad)) == (code, [field])
        assert not Resource.objects.exists()
        assert not Cell.objects.exists()

    def test_somebody_who_left_cannot_be_named(self, unit):
        gone = factories.make_user(active=False)
        assert codes(services.create_resource, name="Rom", kind="venue", unit=unit, officer=gone, now=NOW) == (
            "inactive_user",
            ["officer"],
        )


class TestPublish:
    def test_nothing_is_published_without_a_living_owner(self):
        unit = factories.make_unit(owned=False)
        room = services.create_resource(name="Rom", kind="venue", unit=unit, now=NOW)
        assert codes(services.publish_resource, room, now=NOW)[0] == "unowned"
        room.refresh_from_db()
        assert room.state == ResourceState.DRAFT
        services.update_unit(unit, changes={"officer": factories.make_user()}, now=NOW)
        assert services.publish_resource(room, now=NOW).state == ResourceState.ACTIVE
        assert selectors.public_resources().get() == room

    def test_a_thing_that_covers_nothing_could_never_be_taken(self, unit):
        room = services.create_resource(name="Rom", kind="venue", unit=unit, covers=None, now=NOW)
        assert codes(services.publish_resource, room, now=NOW)[0] == "covers_nothing"

    def test_publishing_twice_changes_nothing(self, unit):
        room = services.create_resource(name="Rom", kind="venue", unit=unit, now=NOW)
        first = services.publish_resource(room, now=NOW)
        assert services.publish_resource(room, now=LATER).version == first.version

    def test_a_published_thing_keeps_a_living_owner(self, unit):
        room = factories.make_resource(unit=unit)
        empty = factories.make_unit(owned=False)
        assert codes(services.update_resource, room, changes={"unit": empty}, now=NOW)[0] == "unowned"
        with pytest.raises(Unmet) as refusal:
            services.update_unit(unit, changes={"officer": None}, now=NOW)
        assert refusal.value.items == [{"code": "unowned", "resource": room.slug}]
        unit.refresh_from_db()
        assert unit.officer is not None

    def test_taking_back_and_retiring(self, unit):
        room = factories.make_resource(unit=unit)
        assert services.unpublish_resource(room, now=NOW).state == ResourceState.DRAFT
        services.mark_retired(room, now=NOW)
        for call in (services.publish_resource, services.unpublish_resource):
            assert codes(call, room, now=NOW)[0] == "retired"
        assert codes(services.update_resource, room, changes={"name": "Ny"}, now=NOW)[0] == "retired"


class TestUpdate:
    def test_a_change_raises_the_version_and_tells_the_feeds_of_the_parts_too(self, unit, told):
        hall = factories.make_hall_in_thirds(unit=unit)
        row = services.update_resource(hall.whole, changes={"address": "Storgata 1"}, now=LATER)
        assert (row.version, row.revised_at) == (2, LATER)
        assert told == [frozenset(f"resource:{one.pk}" for one in [hall.whole, *hall.parts])]

    def test_the_same_values_change_nothing(self, unit, told):
        room = factories.make_resource(unit=unit)
        row = services.update_resource(room, changes={"name": room.name, "features": [], "geometry": None}, now=LATER)
        assert (row.version, told) == (1, [])

    def test_a_stale_form_is_told_so(self, unit):
        room = factories.make_resource(unit=unit)
        services.update_resource(room, changes={"name": "Ny"}, now=NOW, if_version=1)
        with pytest.raises(Stale):
            services.update_resource(room, changes={"name": "Eldre"}, now=NOW, if_version=1)

    def test_the_revision_time_never_falls(self, unit):
        room = factories.make_resource(unit=unit)
        assert services.update_resource(room, changes={"name": "Ny"}, now=NOW - timedelta(days=1)).revised_at == NOW

    def test_a_thing_is_never_part_of_itself(self, unit):
        hall = factories.make_hall_in_thirds(unit=unit)
        assert codes(services.update_resource, hall.whole, changes={"parent": hall.parts[0]}, now=NOW)[0] == "loop"
        town = factories.make_unit()
        services.update_unit(unit, changes={"parent": town}, now=NOW)
        assert codes(services.update_unit, town, changes={"parent": unit}, now=NOW)[0] == "loop"

    def test_a_renamed_unit_tells_all_its_feeds(self, unit, told):
        room = factories.make_resource(unit=unit)
        services.update_unit(unit, changes={"name": "Kultur"}, now=NOW)
        assert told == [frozenset({f"unit:{unit.pk}", f"resource:{room.pk}"})]


class TestParts:
    def test_in_thirds_is_one_call(self, unit):
        hall = services.create_resource(name="Hallen", kind="venue", unit=unit, now=NOW)
        hall = services.publish_resource(hall, now=NOW)
        parts = services.split_into_parts(hall, count=3, now=NOW)
        assert [part.state for part in parts] == ["active"] * 3
        covered = [set(part.covers.values_list("cell", flat=True)) for part in parts]
        assert set(hall.covers.values_list("cell", flat=True)) == set.union(*covered)
        assert sum(map(len, covered)) == 3
        assert Cell.objects.count() == 3, "the hall's old cell is gone"
        assert {part.parent for part in parts} == {hall}

    def test_named_parts_of_a_draft_are_drafts(self, unit):
        hall = services.create_resource(name="Hallen", kind="venue", unit=unit, now=NOW)
        parts = services.split_into_parts(hall, names=["Nord", "Sør"], now=NOW)
        assert [(part.name, part.state) for part in parts] == [("Nord", "draft"), ("Sør", "draft")]

    @pytest.mark.parametrize("wrong", [{"count": 1}, {"count": 27}, {"names": ["Nord", "Nord"]}, {}])
    def test_impossible_parts(self, unit, wrong):
        hall = services.create_resource(name="Hallen", kind="venue", unit=unit, now=NOW)
        assert codes(services.split_into_parts, hall, now=NOW, **wrong)[0] == "bad_parts"

    def test_a_shared_space_or_a_split_one_is_not_split(self, unit):
        kitchen = factories.make_cell()
        cafe = factories.make_resource(unit=unit, cells=[kitchen])
        factories.make_resource(unit=unit, cells=[kitchen])
        assert codes(services.split_into_parts, cafe, count=2, now=NOW)[0] == "shared"
        hall = factories.make_hall_in_thirds(unit=unit)
        assert codes(services.split_into_parts, hall.whole, count=2, now=NOW)[0] == "already_split"

    def test_a_guard_can_forbid_a_silent_change(self, unit, monkeypatch):
        hall, asked = factories.make_resource(unit=unit), []

        def guard(resource, cells):
            asked.append((resource, list(cells)))
            raise WrongState("has_time", "granted time")

        monkeypatch.setattr(registry, "_cell_guards", [guard])
        cell = hall.covers.get().cell
        assert codes(services.split_into_parts, hall, count=2, now=NOW)[0] == "has_time"
        assert codes(services.set_cover, hall, covers=[factories.make_cell()], now=NOW)[0] == "has_time"
        assert asked[0] == (hall, [cell])
        assert set(hall.covers.values_list("cell", flat=True)) == {cell.pk}
        assert not hall.parts.exists()

    def test_lowering_a_stock_asks_and_raising_does_not(self, unit, monkeypatch):
        chairs = factories.make_stock(quantity=40, unit=unit)

        def guard(resource, cells):
            raise WrongState("has_time", "granted time")

        monkeypatch.setattr(registry, "_cell_guards", [guard])
        services.set_stock(chairs, quantity=50, now=NOW)
        assert codes(services.set_stock, chairs, quantity=49, now=NOW)[0] == "has_time"
        assert selectors.quantities([chairs]) == {chairs.pk: 50}
        assert codes(services.set_stock, factories.make_resource(unit=unit), quantity=2, now=NOW)[0] == "not_counted"

    def test_nothing_takes_more_than_there_is(self, unit):
        chairs = factories.make_cell(quantity=40)
        party = factories.make_resource(unit=unit, cells=[])
        assert codes(services.set_cover, party, covers={chairs: 41}, now=NOW)[0] == "bad_amount"
        services.set_cover(party, covers={chairs: 20}, now=NOW)
        assert selectors.quantities([party]) == {party.pk: 2}


class TestHours:
    def test_the_week_is_replaced(self, unit, told):
        room = factories.make_resource(unit=unit)
        services.set_opening_hours(room, hours=[Hours(0, time(8), time(16)), Hours(0, time(8), time(16))], now=NOW)
        assert [(row.weekday, row.opens) for row in room.opening_hours.all()] == [(0, time(8))]
        assert told == [frozenset({f"resource:{room.pk}"})]
        assert [row.opens for row in selectors.opening_hours_of(room)] == [time(8)]

    def test_faults_are_named_by_row(self, unit):
        bad = [Hours(0, time(8), time(16)), Hours(7, time(8), time(16)), Hours(1, time(8, 0, 30), time(9))]
        with pytest.raises(Invalid) as refusal:
            services.set_opening_hours(unit, hours=bad, now=NOW)
        assert [error.loc[1:] for error in refusal.value.errors] == [(1, "weekday"), (2, "opens")]

    def test_an_exception_comes_and_goes(self, unit):
        room = factories.make_resource(unit=unit)
        assert codes(services.add_opening_exception, room, start=date(2026, 7, 2), end=date(2026, 7, 1), now=NOW)[
            0
        ] == ("end_before_start")
        assert codes(
            services.add_opening_exception, room, start=date(2026, 7, 1), end=date(2026, 7, 1), opens=time(9), now=NOW
        )[0] == ("one_time")
        row = services.add_opening_exception(
            unit, start=date(2026, 7, 1), end=date(2026, 7, 31), reason="Ferie", now=NOW
        )
        start = NOW.replace(month=7, day=1)
        assert selectors.open_windows([room], start, start + timedelta(days=7)) == {room.pk: []}
        services.remove_opening_exception(row, now=NOW)
        assert selectors.open_windows([room], start, start + timedelta(days=7))[room.pk]


class TestUnits:
    def test_a_role_is_not_doubled_and_ends(self, unit):
        user = factories.make_user()
        role = services.give_role(user=user, unit=unit, role="officer")
        assert services.give_role(user=user, unit=unit, role="officer") == role
        services.end_role(role=role, last=date(2026, 3, 1))
        assert not selectors.units_of(user, date(2026, 3, 2)).exists()
        assert codes(services.give_role, user=user, unit=unit, role="king")[0] == "unknown_role"

    def test_rules_of_a_unit_are_replaced(self, unit):
        services.set_unit_rules(unit=unit, kind="venue", values={"lead_hours": 24, "step_minutes": 30})
        services.set_unit_rules(unit=unit, kind="venue", values={"lead_hours": 48})
        row = unit.rules.get()
        assert (row.lead_hours, row.step_minutes) == (48, None)
        assert (
            codes(services.set_unit_rules, unit=unit, values={"min_minutes": 9, "max_minutes": 8})[0] == "min_over_max"
        )

    def test_slow_weeks_do_not_overlap(self, unit):
        weeks = {"unit": unit, "promise_days": 20, "reason": "Fellesferie"}
        services.add_slow_weeks(start=date(2026, 7, 6), end=date(2026, 7, 26), **weeks)
        assert codes(services.add_slow_weeks, start=date(2026, 7, 26), end=date(2026, 8, 2), **weeks)[0] == "overlap"
