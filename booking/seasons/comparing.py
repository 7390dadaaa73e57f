"""Two proposals side by side, in words: what is moved, new and gone, and what it means for each organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, ngettext

from booking.seasons.rules.instance import Slot, Timetable
from booking.seasons.shown import Sheet, ShownSlot


@dataclass
class ShownComparison:
    """Two proposals side by side, in words."""

    moved: list[tuple[ShownSlot, ShownSlot, str]] = field(default_factory=list)
    added: list[ShownSlot] = field(default_factory=list)
    removed: list[ShownSlot] = field(default_factory=list)
    same: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    gains: list[str] = field(default_factory=list)
    loses: list[str] = field(default_factory=list)
    worst_before: str = ""
    worst_after: str = ""
    left: dict[Slot, ShownSlot] = field(default_factory=dict)
    right: dict[Slot, ShownSlot] = field(default_factory=dict)
    halls: set[int] = field(default_factory=set)

    @property
    def equal(self) -> bool:
        return not (self.moved or self.added or self.removed)

    @property
    def changed_rows(self) -> list[dict[str, Any]]:
        """Organisations that get something else; one's own always, so that nobody looks for it in vain."""
        return [row for row in self.rows if row["before"] != row["after"] or row["mine"]]

    @property
    def same_rows(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["before"] == row["after"] and not row["mine"]]

    @property
    def summary(self) -> str:
        """ "3 times moved, 1 new, none gone"."""
        parts = [
            ngettext("%(n)s time moved", "%(n)s times moved", len(self.moved)) % {"n": len(self.moved)},
            ngettext("%(n)s new", "%(n)s new", len(self.added)) % {"n": len(self.added)},
            ngettext("%(n)s gone", "%(n)s gone", len(self.removed)) % {"n": len(self.removed)},
            ngettext("%(n)s the same", "%(n)s the same", self.same) % {"n": self.same},
        ]
        return ", ".join(parts)


def what_words(what: Sequence[str]) -> str:
    """Which of place, weekday, time and length changed."""
    words = {
        "place": gettext("another place"), "weekday": gettext("another day"), "time": gettext("another time"),
        "length": gettext("another length"),
    }  # fmt: skip
    return ", ".join(words[one] for one in what)


def comparison(sheet: Sheet, before: Timetable, after: Timetable) -> ShownComparison:
    """``before`` on the left, ``after`` on the right, each slot marked; and the table per organisation."""
    found = sheet.compare(before, after)
    left = {one.before: "moved" for one in found.moved} | dict.fromkeys(found.removed, "removed")
    right = {one.after: "moved" for one in found.moved} | dict.fromkeys(found.added, "added")
    old, new = sheet.shown(before, marks=left), sheet.shown(after, marks=right)
    rows = sheet.effect_rows(found.effect)
    return ShownComparison(
        moved=[(old[one.before], new[one.after], what_words(one.what)) for one in found.moved],
        added=[new[one] for one in found.added],
        removed=[old[one] for one in found.removed],
        same=len(found.same),
        rows=rows,
        gains=[f"{row['name']} ({row['change']})" for row in rows if row["trend"] == "gains"],
        loses=[f"{row['name']} ({row['change']})" for row in rows if row["trend"] == "loses"],
        worst_before=sheet.worst(found.effect.worst_before),
        worst_after=sheet.worst(found.effect.worst_after),
        left=old,
        right=new,
        halls={one.hall for one in [*old.values(), *new.values()] if one.mark},
    )
