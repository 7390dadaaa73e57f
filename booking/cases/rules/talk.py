"""When the words of a conversation reach people by e-mail, and who is called by name. Pure.

Chat within the hour is one mail. The hours are those of the clock, so that two processes that hear of two messages at
once write the same letter:

    09:00      10:00      11:00
      |  a   b   | (c)      |          a, b: one letter at 10:01; c: one at 11:01
      +----------+----------+
               10:01      11:01

Source: requests.md "Preferences", issue "Conversation".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.foundation.clock import local_date, wall

#: The evening's letter, on the municipality's wall clock.
EVENING = time(19, 0)
#: A letter waits so long after its hour, for messages that were being stored as it ended.
AFTER = timedelta(minutes=1)
_WORD = re.compile(r"\w", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Slot:
    """Messages of ``[start, end)`` go in one letter, due at ``due`` (UTC)."""

    start: datetime
    end: datetime
    due: datetime


def hour_of(at: datetime) -> Slot:
    """The hour in which ``at`` lies."""
    start = at.replace(minute=0, second=0, microsecond=0)
    end = start + timedelta(hours=1)
    return Slot(start, end, end + AFTER)


def evening_of(at: datetime, tz: ZoneInfo) -> Slot:
    """From yesterday's evening letter to today's, or from today's to tomorrow's, on the wall clock of ``tz``."""
    day = local_date(at, tz)
    if at < wall(day, EVENING, tz):
        day -= timedelta(days=1)
    end = wall(day + timedelta(days=1), EVENING, tz)
    return Slot(wall(day, EVENING, tz), end, end + AFTER)


def mentioned(text: str, people: Mapping[int, str]) -> list[int]:
    """Who is called by name: "@Kari", "@Kari Trener" or "@kari.trener". A first name that two have means both; a whole
    name means one."""
    found: list[int] = []
    folded = text.casefold()
    for place in [one.end() for one in re.finditer(r"(?<!\w)@", folded)][:50]:
        for calls in (_whole, _first):
            meant = [pk for pk, name in people.items() if any(_called(folded, place, one) for one in calls(name))]
            if meant:
                found += meant
                break
    return list(dict.fromkeys(found))


def _whole(name: str) -> list[str]:
    full = " ".join(name.casefold().split())
    return [full, full.replace(" ", "."), full.replace(" ", "")] if full else []


def _first(name: str) -> list[str]:
    return name.casefold().split()[:1]


def _called(text: str, place: int, call: str) -> bool:
    end = place + len(call)
    return text.startswith(call, place) and not _WORD.match(text[end : end + 1])


def goes_at_once(*, mentions: Iterable[int], needs_answer: bool, person: int | None, answers: bool) -> bool:
    """Called by name, or asked by somebody who needs an answer of the side that ``person`` ``answers`` for."""
    return (person is not None and person in mentions) or (needs_answer and answers)
