"""What holds for duties: when they are, who is shown how, what can be signed up for. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.foundation.clock import local_date, wall
from booking.organisations.rules import NAMED_FROM, name_on_roster


class Role(StrEnum):
    """The duties that every municipality knows; a unit may add its own kinds (needs N13)."""

    OPEN = "open"
    LOCK = "lock"
    FIRE_WATCH = "fire_watch"
    CAFE = "cafe"
    TIDY = "tidy"
    FLOORS = "floors"
    EQUIPMENT = "equipment"
    OTHER = "other"


#: In words, in the order in which they are offered.
ROLE_LABELS = {
    Role.OPEN.value: pgettext_lazy("duty", "Open up"),
    Role.LOCK.value: pgettext_lazy("duty", "Lock up"),
    Role.FIRE_WATCH.value: pgettext_lazy("duty", "Fire watch"),
    Role.CAFE.value: pgettext_lazy("duty", "Café"),
    Role.TIDY.value: pgettext_lazy("duty", "Tidy up"),
    Role.FLOORS.value: pgettext_lazy("duty", "Wash the floors"),
    Role.EQUIPMENT.value: pgettext_lazy("duty", "Bring equipment"),
    Role.OTHER.value: pgettext_lazy("duty", "Something else"),
}
ROLE_CHOICES = tuple(ROLE_LABELS.items())

#: Without these nobody may use the place; staff may say otherwise for a thing.
CONDITIONS = frozenset({Role.OPEN, Role.LOCK, Role.FIRE_WATCH})
#: People on one duty of one date, and duties on one date.
MOST_NEEDED, MOST_DUTIES = 50, 30
#: Times around a loan without set-up and tear-down of its own.
BEFORE, OPENING, AFTER, TIDYING = (
    timedelta(minutes=60), timedelta(minutes=30), timedelta(minutes=15), timedelta(minutes=60),
)  # fmt: skip
#: So long before it begins an unfilled duty is told (needs N13: "unfilled duties are seen early").
AHEAD = timedelta(days=7)
#: When the reminder of the day before leaves, on the municipality's wall clock; and for who wants it in the evening.
REMIND_AT, REMIND_IN_THE_EVENING = time(10, 0), time(18, 0)
#: When hosts hear of unfilled duties.
TELL_AT = time(9, 0)

#: States of a line (`cases.models.LineState`): it takes place, or will as soon as it is granted.
ON = frozenset({"requested", "held", "granted", "handed_out"})
#: Surely.
SURE = frozenset({"granted", "handed_out"})
#: Not now, and perhaps again.
OFF = frozenset(
    {
        "displaced", "waiting_list", "refused", "withdrawn", "cancelled_by_organisation", "cancelled_by_municipality",
    }
)  # fmt: skip


def span(
    role: str, start: datetime, end: datetime, *, setup: timedelta = timedelta(), teardown: timedelta = timedelta()
) -> tuple[datetime, datetime]:
    """When a duty is, from the loan's ``[start, end)`` and its set-up and tear-down. Half-open; aware moments.

    Who opens comes before the others, who locks stays until they have left; floors and tidying are afterwards.
    """
    if role == Role.OPEN:
        return start - max(setup, OPENING), start
    if role == Role.EQUIPMENT:
        return start - max(setup, BEFORE), start
    if role == Role.LOCK:
        return end, end + max(teardown, AFTER)
    if role in (Role.TIDY, Role.FLOORS):
        return end, end + max(teardown, TIDYING)
    return start, end


@dataclass(frozen=True, slots=True)
class Need:
    """So many people for a duty on each date. ``kind``: the id of a unit's own kind, or None."""

    role: str
    needed: int
    condition: bool
    kind: int | None = None

    @property
    def key(self) -> tuple[str, int | None]:
        """What tells duties of a date apart."""
        return self.role, self.kind


def effective(plans: Sequence[Sequence[Need] | None]) -> tuple[int, Sequence[Need]] | None:
    """The needs that hold for a thing: those of the first in the line (itself, what it is part of, its unit, units
    above) that has said anything, with its place in the line. None: nobody has. A plan without needs says "none"."""
    for place, plan in enumerate(plans):
        if plan is not None:
            return place, plan
    return None


@dataclass(frozen=True, slots=True)
class Existing:
    """A duty that a thing asked for, as it stands: its place in the list, and how many are on it."""

    id: int
    key: tuple[str, int | None]
    needed: int
    filled: int
    condition: bool


@dataclass(frozen=True, slots=True)
class Fitting:
    """What has to be done so that a date has the duties that its thing asks for."""

    add: Sequence[Need]
    change: Sequence[tuple[int, Need]]
    drop: Sequence[int]


def fit(wanted: Sequence[Need], there: Sequence[Existing]) -> Fitting:
    """Fit what is there to what is wanted. Nobody who has signed up is sent home: a duty with people on it stays, and
    never asks for fewer than it has."""
    known = {one.key: one for one in there}
    asked = {one.key: one for one in wanted}
    change = []
    for key, need in asked.items():
        one = known.get(key)
        if one is None:
            continue
        least = max(need.needed, one.filled)
        if (least, need.condition) != (one.needed, one.condition):
            change.append((one.id, Need(need.role, least, need.condition, need.kind)))
    return Fitting(
        add=[need for key, need in asked.items() if key not in known],
        change=change,
        drop=[one.id for one in there if one.key not in asked and not one.filled],
    )


def state_of(needed: int, filled: int) -> str:
    """``filled``, ``some`` or ``unfilled``."""
    if filled >= needed:
        return "filled"
    return "some" if filled else "unfilled"


def shown_name(name: str, *, named: bool, stands_for: str) -> str:
    """What a roster shows for somebody: the first name of who is fifteen or older and said so, else whom they stand
    for (``organisations.rules.name_on_roster``). Nobody's surname stands on a roster."""
    first = name.split()[0] if name.split() else ""
    return name_on_roster(first, age=NAMED_FROM if named and first else None, stands_for=stands_for)


def first_free(taken: Collection[int], needed: int) -> int | None:
    """The lowest place, from 1, that nobody has; None when all are taken."""
    return next((place for place in range(1, needed + 1) if place not in taken), None)


def remind_at(start: datetime, tz: ZoneInfo, *, evening: bool = False) -> datetime:
    """When to remind of a duty that begins at ``start``: the day before, on the wall clock."""
    return wall(local_date(start, tz) - timedelta(days=1), REMIND_IN_THE_EVENING if evening else REMIND_AT, tz)


def week_of(day: date) -> str:
    """The ISO week, for "once a week": ``2026-W10``."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def scope_of(lines: Sequence[tuple[int, int, datetime]], chosen: int, scope: str) -> list[int]:
    """Ids of the dates that a change is about. ``lines``: (id, resource, start); ``scope``: one, following, all.

    "All" and "this and those after it" mean dates in the same place: a café duty isn't for the trailer.
    """
    found = {pk: (resource, start) for pk, resource, start in lines}
    if chosen not in found:
        return []
    if scope == "one":
        return [chosen]
    place, first = found[chosen]
    return [pk for pk, (resource, start) in found.items() if resource == place and (scope == "all" or start >= first)]


SCOPES = (
    ("one", _("only this date")),
    ("following", _("this date and those after it")),
    ("all", _("all dates")),
)  # fmt: skip
