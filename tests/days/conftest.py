from __future__ import annotations

from tests.cases.conftest import town

__all__ = ["town"]
