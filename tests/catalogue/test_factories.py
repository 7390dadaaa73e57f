"""The shared factories make what their names say."""

from __future__ import annotations

import pytest
from stdnum.no import orgnr

from tests import factories

pytestmark = pytest.mark.django_db


def test_a_hall_in_thirds_shares_its_cells_with_the_parts():
    hall = factories.make_hall_in_thirds()
    cells = [{cover.cell_id for cover in part.covers.all()} for part in hall.parts]
    assert [len(one) for one in cells] == [1, 1, 1]
    assert set.union(*cells) == {cover.cell_id for cover in hall.whole.covers.all()}
    assert {part.parent_id for part in hall.parts} == {hall.whole.pk}


def test_stock_is_a_counted_cell():
    cell = factories.make_stock(quantity=12).covers.get().cell
    assert (cell.exclusive, cell.quantity) == (False, 12)


def test_organisation_numbers_are_valid_and_never_the_same():
    numbers = [factories.make_number() for _ in range(50)]
    assert len(set(numbers)) == 50
    assert all(orgnr.is_valid(number) for number in numbers)


def test_an_organisation_with_its_leader():
    organisation = factories.make_organisation(leader=True, members=[factories.make_user("Medlem")])
    assert sorted(organisation.memberships.values_list("role", flat=True)) == ["leader", "member"]
