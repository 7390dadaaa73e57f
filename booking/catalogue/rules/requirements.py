"""Which permits, conditions and documents a loan takes (needs N11). Pure, over plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from booking.foundation.i18n import localized


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement. ``texts``: what and help by column, as ``localized`` takes them; ``granter`` likewise a name.

    ``days_before``: it must be in place so many days before the loan.
    """

    id: int
    kind: str
    texts: Mapping[str, str]
    granter: Mapping[str, str]
    granting_unit: int | None
    url: str
    phone: str
    blocking: bool
    severity: str
    days_before: int
    replaces: int | None
    waived: bool
    version: int

    @property
    def what(self) -> str:
        """What it is, in the reader's language."""
        return localized(self.texts, "what")

    @property
    def help(self) -> str:
        """How to get it, in the reader's language."""
        return localized(self.texts, "help")

    @property
    def who(self) -> str:
        """Who grants it."""
        return localized(self.granter, "name")

    def due_on(self, day: date) -> date:
        """The last day on which it must be in place for a loan on the local ``day``."""
        return day - timedelta(days=self.days_before)


@dataclass(frozen=True, slots=True)
class UseTerm:
    """A kind of use, as far as rules need it."""

    slug: str
    heads_over: int | None
    texts: Mapping[str, str]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return localized(self.texts, "name")

    @property
    def help(self) -> str:
        """In the reader's language."""
        return localized(self.texts, "help")


def uses_meant(ticked: Iterable[str], heads: int, uses: Iterable[UseTerm]) -> frozenset[str]:
    """Slugs of the kinds of use that a request is about: those ticked, and those that its head count makes it."""
    wanted = set(ticked)
    return frozenset(
        use.slug for use in uses if use.slug in wanted or (use.heads_over is not None and heads > use.heads_over)
    )


def holding(found: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """Of all that hang on a thing, on what it is part of, on its units and on the uses: those that hold.

    One that another takes the place of is gone; one that says "not needed here" takes a place and asks for nothing.
    """
    replaced = {one.replaces for one in found if one.replaces is not None}
    return tuple(one for one in found if one.id not in replaced and not one.waived)


def outstanding(state: str, valid_to: date | None, day: date) -> bool:
    """Whether it is still to be done for a loan on the local ``day``: an expired one is, also one that will be."""
    if state == "not_needed":
        return False
    return state != "granted" or (valid_to is not None and valid_to < day)


def is_late(requirement: Requirement, loan: datetime, on: date) -> bool:
    """Whether it should have been in place by the day ``on``; ``loan``: its start on the wall clock of the thing."""
    return requirement.due_on(loan.date()) < on


def facts_of(requirement: Requirement) -> dict[str, Any]:
    """As the API shows it."""
    return {
        "what": requirement.what,
        "granted_by": requirement.who,
        "blocking": requirement.blocking,
        "kind": requirement.kind,
        "help": requirement.help,
        "url": requirement.url or None,
        "phone": requirement.phone or None,
        "days_before": requirement.days_before,
        "severity": requirement.severity,
    }
