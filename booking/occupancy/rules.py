"""Pure arithmetic of taken time: what is free, what is left of a stock, what clashes. Epoch seconds, half-open.

Two pictures carry everything here. A row takes its *block* (what is shown plus the buffers of the resource that took
it). Whoever asks brings buffers of its own, so from the asker's side every block grows, mirrored::

    row               [=======block=======)
    asker's buffers   before |--|   after |----|
    not askable  [after)[===== block =====)[before)      an asked [start, end) may not touch any of this

For counted things the same holds for the *use*: what counts is the highest use within the asked time and its buffers.
Growing each row by itself and adding up would be wrong: two rows that follow each other would count twice.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from operator import itemgetter

Span = tuple[int, int]
Step = tuple[int, int, int]  # start, end, level
Use = tuple[int, int, int]  # block_start, block_end, quantity

_start = itemgetter(0)


def free_spans(windows: Sequence[Span], blocks: list[Span], before: int = 0, after: int = 0) -> list[Step]:
    """What ``blocks`` (any order, overlapping; sorted here) leave of the sorted, separate ``windows``: one each time.

    ``before``, ``after``: the asker's own buffers in seconds, by which every block grows.

    ::

        windows  [-----------------)   [--------)
        blocks       [--)  [=====[---------)
        free     [---)  [--)               [----)
    """
    blocks.sort()
    free: list[Step] = []
    count = len(blocks)
    index = 0
    for opens, closes in windows:
        left = opens
        # A block that is passed has ended in its window; one that reaches further stays for the next.
        while index < count:
            begins, ends = blocks[index]
            begins -= after
            if begins >= closes:
                break
            if begins > left:
                free.append((left, begins, 1))
            ends += before
            if ends > left:
                left = ends
                if left >= closes:
                    break
            index += 1
        if left < closes:
            free.append((left, closes, 1))
    return free


def use_steps(rows: Iterable[Use]) -> list[Step]:
    """The sum of use over time, as separate, sorted steps above zero.

    ::

        rows   [--10--)   [-5-)
                  [--20--)
        steps  10 |30 |20 | 5 |
    """
    changes: dict[int, int] = {}
    for start, end, quantity in rows:
        changes[start] = changes.get(start, 0) + quantity
        changes[end] = changes.get(end, 0) - quantity
    steps: list[Step] = []
    level = 0
    since = 0
    for moment in sorted(changes):
        if not changes[moment]:
            continue
        if level:
            steps.append((since, moment, level))
        level += changes[moment]
        since = moment
    return steps


def highest_around(steps: Sequence[Step], before: int, after: int) -> list[Step]:
    """For every start of a (very short) loan the highest use from ``before`` seconds before it to ``after`` after it.

    The sliding-window maximum of the use: each step grown by the asker's buffers, and where grown steps overlap the
    higher one counts (never their sum)::

        steps           [-5-)  [-9-)
        grown        [---5---)
                            [---9---)
        answer       5     |9      |
    """
    if not before and not after:
        return list(steps)
    grown = [(start - after, end + before, level) for start, end, level in steps]
    moments = sorted({moment for start, end, _level in grown for moment in (start, end)})
    grown.sort(key=_start)
    live: list[tuple[int, int]] = []  # (-level, end)
    answer: list[Step] = []
    index = 0
    for position, moment in enumerate(moments[:-1]):
        while index < len(grown) and grown[index][0] <= moment:
            heapq.heappush(live, (-grown[index][2], grown[index][1]))
            index += 1
        while live and live[0][1] <= moment:
            heapq.heappop(live)
        if live:
            level = -live[0][0]
            upto = moments[position + 1]
            if answer and answer[-1][1] == moment and answer[-1][2] == level:
                answer[-1] = (answer[-1][0], upto, level)
            else:
                answer.append((moment, upto, level))
    return answer


def peak(rows: Iterable[Use], start: int, end: int) -> int:
    """The highest use at any moment of ``[start, end)``."""
    return max(
        (level for begins, ends, level in use_steps(rows) if begins < end and ends > start),
        default=0,
    )


def free_stock(
    windows: Sequence[Span],
    cells: Sequence[tuple[int, int, Sequence[Use]]],
    before: int,
    after: int,
) -> list[Step]:
    """What can be asked for, where counted cells are involved: ``(start, end, how many)``.

    ``cells``: for each (stock, amount of it that one of the resource takes, rows). How many = the minimum over the
    cells of floor(left / amount). How many is constant in an interval and another in the one that follows.
    """
    # Breakpoints of "how many" per cell, walked side by side.
    total = min((stock // amount for stock, amount, _rows in cells), default=0)
    if total <= 0:
        return []
    functions: list[list[tuple[int, int]]] = []
    for stock, amount, rows in cells:
        points: list[tuple[int, int]] = []
        until = None
        for start, end, level in highest_around(use_steps(rows), before, after):
            if until is not None and start > until:
                points.append((until, stock // amount))
            points.append((start, max(0, stock - level) // amount))
            until = end
        if until is not None:
            points.append((until, stock // amount))
        functions.append(points)
    moments = sorted({moment for points in functions for moment, _level in points})
    levels = [stock // amount for stock, amount, _rows in cells]
    positions = [0] * len(cells)
    pieces: list[tuple[int, int]] = []  # from here on, so many
    for moment in moments:
        for number, points in enumerate(functions):
            if positions[number] < len(points) and points[positions[number]][0] == moment:
                levels[number] = points[positions[number]][1]
                positions[number] += 1
        pieces.append((moment, min(levels)))

    free: list[Step] = []
    index = 0
    for opens, closes in windows:
        while index < len(pieces) and pieces[index][0] <= opens:
            index += 1
        since, level = opens, pieces[index - 1][1] if index else total
        at = index
        while at < len(pieces) and pieces[at][0] < closes:
            moment, following = pieces[at]
            if following != level:
                if level > 0 and moment > since:
                    free.append((since, moment, level))
                since, level = moment, following
            at += 1
        if level > 0 and closes > since:
            free.append((since, closes, level))
    return free


def covered(windows: Sequence[Span], start: int, end: int) -> bool:
    """True when one of the sorted, separate ``windows`` holds all of ``[start, end)``."""
    return any(opens <= start and end <= closes for opens, closes in windows)
