from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.foundation import clock
from tests.factories import NOW
from tests.rosters.world import World, make_world


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield make_world()
