"""No names on rosters below fifteen, no account below thirteen; youth act through their organisation or by a link."""

from __future__ import annotations

import pytest

from booking.organisations.rules import may_have_account, name_on_roster


@pytest.mark.parametrize(
    ("age", "shown"), [(None, "Ungdomsrådet"), (0, "Ungdomsrådet"), (14, "Ungdomsrådet"), (15, "Nora"), (40, "Nora")]
)
def test_a_roster_names_nobody_below_fifteen_nor_whose_age_nobody_said(age: int | None, shown: str) -> None:
    assert name_on_roster("Nora", age=age, stands_for="Ungdomsrådet") == shown


@pytest.mark.parametrize(("age", "allowed"), [(12, False), (13, True), (None, True)])
def test_nobody_below_thirteen_has_an_account(age: int | None, allowed: bool) -> None:
    assert may_have_account(age) is allowed
