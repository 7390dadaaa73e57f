from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.foundation import clock
from tests.factories import NOW
from tests.meetings.world import World, make_world


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def world(db: object) -> World:
    return make_world()
