"""A team's ages as a request says who comes. Pure."""

from __future__ import annotations

from typing import Any

#: The first and last age of each band of an audience (api.md "requests").
BANDS = {"0-5": (0, 5), "6-12": (6, 12), "13-19": (13, 19), "20-59": (20, 59), "60+": (60, 200)}


def audience(age_from: int | None, age_to: int | None, heads: int) -> dict[str, Any]:
    """``{"about": 16, "bands": ["6-12"]}``; {} where nobody said how old they are. At least one head comes."""
    if age_from is None or age_to is None:
        return {}
    bands = [band for band, (least, most) in BANDS.items() if age_from <= most and age_to >= least]
    return {"about": heads or 1, "bands": bands}
