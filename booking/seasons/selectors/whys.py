"""Why every wish was or was not met, kept for a while: for a large round it is the dearest question of all.

What it depends on is in the key: slots (a proposal's version), wishes, the round's rules and places. Reasons are
codes and values, so one answer serves every language.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from booking.seasons.models import Proposal, SeasonRound, Wish
from booking.seasons.rules.instance import Instance, Timetable
from booking.seasons.rules.saying import Reason
from booking.seasons.rules.why import reasons

#: Answers that a process keeps.
MOST = 8

_kept: OrderedDict[tuple[object, ...], dict[int, list[Reason]]] = OrderedDict()
_lock = Lock()


def wishes_stamp(round: SeasonRound) -> tuple[object, ...]:
    """What reasons depend on besides the slots. One query."""
    rows = Wish.objects.filter(round=round).order_by("pk").values_list("pk", "version", "withdrawn_at")
    return (round.pk, round.version, tuple(rows))


def reasons_of(
    proposal: Proposal, instance: Instance, timetable: Timetable, stamp: tuple[object, ...]
) -> dict[int, list[Reason]]:
    """As ``why.reasons``, worked out once for what it depends on. Drafts change under one's hands: never kept."""
    if proposal.state == "draft":
        return reasons(instance, timetable)
    key = (proposal.pk, proposal.version, stamp)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = reasons(instance, timetable)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return found
