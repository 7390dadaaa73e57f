"""A team's ages as a request says who comes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil
from typing import Any

#: Years; who is older counts as this.
OLDEST = 99
#: The first and last age of each band of an audience (api.md "requests").
BANDS = {"0-5": (0, 5), "6-12": (6, 12), "13-19": (13, 19), "20-59": (20, 59), "60+": (60, 200)}


def audience(age_from: int | None, age_to: int | None, heads: int) -> dict[str, Any]:
    """``{"about": 16, "bands": ["6-12"]}``; {} where nobody said how old they are. At least one head comes."""
    if age_from is None or age_to is None:
        return {}
    bands = [band for band, (least, most) in BANDS.items() if age_from <= most and age_to >= least]
    return {"about": heads or 1, "bands": bands}


def members_in(members: Mapping[str, int], bands: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    """Members of an organisation in the age bands of some rules, given as (name, youngest, oldest).

    Organisations tell their members by the bands of ``BANDS``; rules draw theirs where they like. Who is counted
    in a band of years is spread evenly over these years, and what is left of a member in the end counts as one: a
    rounding takes nothing from anybody. Members under the name of a band of the rules are in that one.
    """
    bands, found = list(bands), {}
    told = {key: years for key, years in BANDS.items() if key in members and key not in {one[0] for one in bands}}
    for name, youngest, oldest in bands:
        total = Fraction(members.get(name, 0))
        for key, (least, most) in told.items():
            most = min(most, OLDEST)
            years = min(most, oldest) - max(least, youngest) + 1
            if years > 0:
                total += Fraction(members[key] * years, most - least + 1)
        found[name] = ceil(total)
    return found
