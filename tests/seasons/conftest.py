from __future__ import annotations

import pytest

from tests.seasons.world import Valley, make_valley


@pytest.fixture
def valley(db: object) -> Valley:
    return make_valley()
