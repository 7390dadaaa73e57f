"""Rules are inherited one by one: thing, what it is part of, unit and kind, unit, parent unit, defaults."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.catalogue import rules, selectors
from booking.catalogue.rules.lending import EMPTY, inherit
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    """Everybody a part can inherit from, each with its own buffer; nearest first."""
    town = factories.make_unit("Servicetorg")
    unit = factories.make_unit(parent=town)
    hall = factories.make_hall_in_thirds(unit=unit)
    return {
        "part": hall.parts[0],
        "whole": hall.whole,
        "unit and kind": unit.rules.create(kind="venue"),
        "unit": unit.rules.create(kind=""),
        "parent and kind": town.rules.create(kind="venue"),
        "parent": town.rules.create(kind=""),
    }


@pytest.mark.parametrize("nearest", range(6))
def test_a_rule_comes_from_the_nearest_who_sets_it(line, nearest):
    for number, row in enumerate(line.values()):
        if number >= nearest:
            row.buffer_after = 10 * (number + 1)
            row.save()
    part = line["part"]
    assert selectors.effective_rules([part])[part.pk].buffer_after == 10 * (nearest + 1)


def test_zero_and_no_are_settings_and_not_gaps(line):
    line["unit"].lead_hours = 48
    line["unit"].private_persons = True
    line["unit"].automatic_kinds = ["club"]
    line["unit"].save()
    part = line["part"]
    part.lead_hours, part.private_persons, part.automatic_kinds = 0, False, []
    part.save()
    found = selectors.effective_rules([part])[part.pk]
    assert (found.lead_hours, found.private_persons, found.automatic_kinds) == (0, False, ())


def test_rules_of_another_kind_do_not_hold():
    unit = factories.make_unit()
    unit.rules.create(kind="equipment", lead_hours=72)
    venue = factories.make_resource(unit=unit)
    trailer = factories.make_resource("Henger", unit=unit, kind="equipment")
    found = selectors.effective_rules([venue, trailer])
    assert (found[venue.pk].lead_hours, found[trailer.pk].lead_hours) == (0, 72)


def test_house_rules_are_never_mixed_from_two_texts(line):
    line["unit"].house_rules, line["unit"].house_rules_en = "Rydd etter dere.", "Tidy up."
    line["unit"].save()
    part = line["part"]
    part.house_rules = "Innesko."
    part.save()
    found = selectors.effective_rules([part])[part.pk]
    assert (found.house_rules, found.house_rules_en) == ("Innesko.", "")


def test_defaults_where_nobody_says_anything():
    resource = factories.make_resource()
    found = selectors.effective_rules([resource])[resource.pk]
    assert found == rules.DEFAULTS
    assert (found.step_minutes, found.horizon_days, found.approval, found.pending_policy) == (
        15,
        400,
        "manual",
        "compete",
    )


def test_the_source_of_each_rule_is_named_for_the_form(line):
    line["whole"].buffer_after = 30
    line["whole"].save()
    line["parent"].lead_hours = 24
    line["parent"].save()
    found, where = selectors.rule_sources(line["part"])
    assert (found.buffer_after, where["buffer_after"]) == (30, "resource:Lillebyhallen")
    assert (found.lead_hours, where["lead_hours"]) == (24, "unit:Servicetorg")
    assert where["min_minutes"] == ""


layer = st.tuples(*[st.one_of(st.none(), st.integers(0, 3)) for _ in EMPTY])


@given(st.lists(layer, max_size=5))
def test_inherit_takes_the_first_that_is_set(layers):
    expected = tuple(
        next((one[index] for one in layers if one[index] is not None), None) for index in range(len(EMPTY))
    )
    assert inherit(layers) == expected


def test_many_resources_take_as_many_queries_as_one(django_assert_num_queries):
    hall = factories.make_hall_in_thirds()
    others = [factories.make_resource(unit=hall.whole.unit) for _ in range(30)]
    for resources in (hall.parts, hall.parts + others):
        with django_assert_num_queries(2):  # the whole; units with their rules
            selectors.effective_rules(resources)
    with django_assert_num_queries(1):  # the whole is among them
        selectors.effective_rules([hall.whole, *hall.parts, *others])


def test_a_loop_in_the_database_ends(line):
    line["whole"].parent = line["part"]
    line["whole"].save()
    part = line["part"]
    assert selectors.effective_rules([part])[part.pk] == rules.DEFAULTS


def test_quantity_is_the_least_of_all_cells():
    chairs, tables = factories.make_cell(quantity=40), factories.make_cell(quantity=10)
    party = factories.make_resource("Festpakke", kind="equipment", cells=[])
    factories.cover(party, chairs, amount=6)
    factories.cover(party, tables)
    room, nothing = factories.make_resource(), factories.make_resource(cells=[])
    found = selectors.quantities([party, room, nothing])
    assert found == {party.pk: 6, room.pk: 1, nothing.pk: 0}


def test_prices_come_from_the_nearest_who_speaks_of_the_same_people():
    hall = factories.make_hall_in_thirds()
    free = factories.make_resource()
    hall.whole.unit.prices.create(audience="everybody", amount="100", per="hour")
    hall.whole.unit.prices.create(audience="commercial", amount="500", per="hour")
    hall.whole.prices.create(audience="commercial", amount="900", per="hour")
    found = selectors.prices([hall.parts[0], free])
    assert [(row.audience, row.amount) for row in found[hall.parts[0].pk]] == [("commercial", 900), ("everybody", 100)]
    assert found[free.pk] == []
