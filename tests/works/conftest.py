from __future__ import annotations

import pytest

from tests.works.world import World, make_world


@pytest.fixture
def world(db: object) -> World:
    return make_world()
