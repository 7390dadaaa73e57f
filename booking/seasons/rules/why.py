"""Why a wish was or was not met, derived from the instance and the finished timetable alone.

So it is as true for a timetable that somebody changed by hand as for a draft. Codes of reasons for a wish:
``not_eligible`` (``gate``), ``no_place``, ``met``, ``given``, ``given_shorter``, ``given_fewer``, ``other_place``,
``not_best``, ``nothing``; beneath them what stood in the way: ``rival``, ``own_rival``, ``window``, ``cap_*``,
``entitled``, ``closed``, ``apart``, ``free`` (nobody has it), and ``nearest_free``.
"""

from __future__ import annotations

from booking.seasons.rules.entitlement import entitlements
from booking.seasons.rules.instance import Instance, Timetable
from booking.seasons.rules.saying import Reason


def reasons(instance: Instance, timetable: Timetable) -> dict[int, list[Reason]]:
    """For every wish, in the order to be read: what became of it, then why, then what is still free."""
    shares = entitlements(instance)
    found: dict[int, list[Reason]] = {}
    for wish in instance.wishes:
        slots = [one for one in timetable if one.wish == wish.key]
        why = shares.barred.get(wish.key)
        if why is not None:
            found[wish.key] = [Reason("not_eligible", {"gate": why.code, **why.params})]
            continue
        minutes = sum(one.minutes for one in slots)
        code = "met" if minutes >= wish.minutes_asked else "given" if slots else "nothing"
        found[wish.key] = [Reason(code, {"team": wish.team, "given_minutes": minutes})]
    return found
