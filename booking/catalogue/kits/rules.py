"""What asking for a kit asks for, and how many of it there are. Pure.

Source: requests.md "Equipment: quantity against peak use, not the sum; kits".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """So many of a thing in one kit."""

    resource_id: int
    quantity: int
    may_be_left_out: bool = False


def unpacked(parts: Sequence[Part], count: int, without: Collection[int] = ()) -> list[tuple[int, int]]:
    """(thing, how many) for `count` kits, without the things that are left out."""
    return [(one.resource_id, one.quantity * count) for one in parts if one.resource_id not in without]


def not_to_leave_out(parts: Sequence[Part], without: Collection[int]) -> set[int]:
    """Of the things that somebody would do without: those that aren't in the kit, or that it needs."""
    return set(without) - {one.resource_id for one in parts if one.may_be_left_out}


def most(fits: Callable[[int], bool], bound: int) -> int:
    """The greatest n of 0 to `bound` that fits. What fits n times fits fewer times too."""
    low, high = 0, bound
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
