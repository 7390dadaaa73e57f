"""Half-open intervals ``[start, end)`` and the few set operations that bookings need.

::

    start            end
      [---------------)          start belongs to it, end does not
                      [-----)    so the neighbour touches without overlapping

Any ordered type works: aware datetimes, dates, or plain ints (minutes since an epoch). Naive datetimes are
refused, because they have no order against aware ones and no place in time.

All functions over many intervals are linear sweeps over sequences sorted by ``(start, end)``; where the input may be
unsorted, ``merge`` sorts it first and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar


class Ordered(Protocol):
    """What an end point must be able to do: be compared with its like."""

    def __lt__(self, other: Any, /) -> bool: ...

    def __le__(self, other: Any, /) -> bool: ...


T = TypeVar("T", bound=Ordered)


@dataclass(frozen=True, slots=True, order=True)
class Interval(Generic[T]):
    """A non-empty half-open interval ``[start, end)``.

    Raises ``ValueError`` when ``end <= start`` or when an end point is a naive datetime.
    """

    start: T
    end: T

    def __post_init__(self) -> None:
        if isinstance(self.start, datetime) and (
            self.start.tzinfo is None or (isinstance(self.end, datetime) and self.end.tzinfo is None)
        ):
            raise ValueError("an interval of datetimes needs time zones")
        if self.end <= self.start:
            raise ValueError(f"an interval must end after it starts: [{self.start}, {self.end})")

    def overlaps(self, other: Interval[T]) -> bool:
        """True when the two share at least one point.

        ::

            self   [------)            [------)
            other      [------)               [------)
                   overlap             no overlap: they touch
        """
        return self.start < other.end and other.start < self.end

    def touches(self, other: Interval[T]) -> bool:
        """True when the two overlap or one begins exactly where the other ends."""
        return self.start <= other.end and other.start <= self.end

    def contains(self, other: Interval[T]) -> bool:
        """True when every point of ``other`` is in here.

        ::

            self   [-----------)
            other     [----)          also when they are equal
        """
        return self.start <= other.start and other.end <= self.end

    def contains_point(self, point: T) -> bool:
        """True when ``start <= point < end``."""
        return self.start <= point and point < self.end

    def intersection(self, other: Interval[T]) -> Interval[T] | None:
        """The part both share, or None.

        ::

            self   [-------)
            other      [-------)
            answer     [---)
        """
        start = other.start if self.start < other.start else self.start
        end = self.end if self.end < other.end else other.end
        return Interval(start, end) if start < end else None


def merge(intervals: Iterable[Interval[T]]) -> list[Interval[T]]:
    """The same points as few, sorted, separate intervals; overlapping and touching ones become one. Sorts its input.

    ::

        in      [---)  [----)
                  [--)      [--)     [-)
        out     [----) [-------)     [-)
    """
    result: list[Interval[T]] = []
    for item in sorted(intervals):
        if result and item.start <= result[-1].end:
            if result[-1].end < item.end:
                result[-1] = Interval(result[-1].start, item.end)
        else:
            result.append(item)
    return result


def subtract(wholes: Sequence[Interval[T]], holes: Sequence[Interval[T]]) -> list[Interval[T]]:
    """The points of ``wholes`` that are in no hole. Both sorted; wholes separate; holes may overlap each other.

    ::

        wholes  [--------------)    [-----)
        holes      [--)  [-)            [------)
        out     [--)  [--) [---)    [---)
    """
    result: list[Interval[T]] = []
    first = 0
    for whole in wholes:
        # Holes that end before this whole can't matter for it or for any later one.
        while first < len(holes) and holes[first].end <= whole.start:
            first += 1
        left = whole.start
        index = first
        while index < len(holes) and holes[index].start < whole.end:
            hole = holes[index]
            if left < hole.start:
                result.append(Interval(left, hole.start))
            if left < hole.end:
                left = hole.end
            index += 1
        if left < whole.end:
            result.append(Interval(left, whole.end))
    return result


def intersect(a: Sequence[Interval[T]], b: Sequence[Interval[T]]) -> list[Interval[T]]:
    """The points that are in both. Each sequence sorted and separate (as ``merge`` makes them).

    ::

        a     [------)   [-------)
        b        [---------)   [----)
        out      [---)   [-)   [-)
    """
    result: list[Interval[T]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        shared = a[i].intersection(b[j])
        if shared is not None:
            result.append(shared)
        if a[i].end < b[j].end:
            i += 1
        else:
            j += 1
    return result


def gaps(busy: Sequence[Interval[T]], window: Interval[T]) -> list[Interval[T]]:
    """The free parts of ``window`` between sorted ``busy`` intervals (which may overlap and stick out).

    ::

        window   [----------------------)
        busy   [---)   [---)     [--)
        out        [---)   [-----)  [---)
    """
    return subtract([window], busy)
