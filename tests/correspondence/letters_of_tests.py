"""Letters that say little: what these tests are about is whether they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.correspondence import registry
from booking.correspondence.letters import Letter


def plain(payload: Mapping[str, Any], language: str) -> Letter:
    return Letter(f"Letter {payload['n']} ({language})", f"Code {payload.get('code', '')}\n", "<p>Letter</p>")


def register() -> None:
    registry.register("test_plain", plain)
    registry.register("test_secret", plain, secret=True)
    registry.register("test_gone", plain, lambda payload: False)
