"""Who comes: head counts by age band, never names. Pure. Source: api.md "requests", requests.md "Deciding"."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

BANDS = ("0-5", "6-12", "13-19", "20-59", "60+")
YOUNG_BANDS = frozenset({"0-5", "6-12", "13-19"})


def heads(audience: Mapping[str, Any]) -> int:
    """How many come in all; 0 when nobody said."""
    if "about" in audience:
        return int(audience["about"])
    return sum(int(audience.get(band, 0)) for band in BANDS)


def children_youth_share(audience: Mapping[str, Any]) -> Fraction:
    """The share of heads under 20. With "about 20, 6-12" only the bands are known.

    Then all bands must be young to give 1; else the share can't be known and counts as 0, so that nothing is approved
    automatically on a guess. Nobody at all is 0.
    """
    if "about" in audience:
        bands = list(audience.get("bands", ()))
        young = bool(bands) and all(band in YOUNG_BANDS for band in bands)
        return Fraction(1 if young and int(audience["about"]) else 0)
    total = heads(audience)
    if not total:
        return Fraction(0)
    return Fraction(sum(int(audience.get(band, 0)) for band in YOUNG_BANDS), total)


def is_children_youth(audience: Mapping[str, Any], least: Fraction) -> bool:
    """True when at least the share `least` (two thirds, unless the municipality says otherwise) is under 20."""
    return children_youth_share(audience) >= least
