"""JSON as DRF's renderer writes it, byte for byte, for answers that are put together from ready pieces."""

from __future__ import annotations

import json
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def compact(value: Any) -> str:
    """``value`` (plain types only) without blanks. Line ends that JavaScript knows and JSON doesn't are escaped."""
    return _encode(value).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
