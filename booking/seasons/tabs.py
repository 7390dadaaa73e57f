"""The tabs of a round, on the public pages and in the CMS admin: each slice registers its own.

Public: wishes, proposals, hearing, timetable. An address of "" hides the tab. Beside them the sections that higher
floors have on an organisation's page of its hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.organisations.models import Organisation
from booking.seasons.models import SeasonRound

#: (round, user, day) → the tab's address, "" where there is nothing to see.
Address = Callable[[SeasonRound, Any, date], str]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab as a template shows it."""

    name: str
    label: Any
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A section of the page where an organisation sees its hours: a template, and what it reads (as ``part``)."""

    template: str
    content: Mapping[str, Any]


#: (organisation, roles of the reader in it, now) → the section, None for none.
OwnPartOf = Callable[[Organisation, Sequence[str], datetime], OwnPart | None]

#: Viewset of rounds → addresses under it, in its namespace ``booking_seasons``.
Paths = Callable[[Any], Sequence[Any]]

_public: dict[str, tuple[int, Any, Address]] = {}
_staff: dict[str, tuple[int, Any, Address]] = {}
_paths: dict[str, Paths] = {}
_own: dict[str, tuple[int, OwnPartOf]] = {}

#: What the tabs are called and where they stand; the addresses come from who has the pages.
LABELS: dict[str, tuple[int, Any]] = {
    "round": (10, _("The round")),
    "wishes": (20, _("Wishes")),
    "proposals": (30, _("Proposals")),
    "hearing": (40, _("Hearing")),
    "timetable": (50, _("Timetable")),
}


def register_public_tab(name: str, address: Address, *, label: Any = None, order: int = 0) -> None:
    """A tab of the public pages. ``name`` of ``LABELS``, or one's own with label and order."""
    standing = LABELS.get(name, (order, label))
    _public[name] = (order or standing[0], label or standing[1], address)


def register_staff_tab(name: str, address: Address, *, label: Any = None, order: int = 0) -> None:
    """A tab of the round's pages in the CMS admin."""
    standing = LABELS.get(name, (order, label))
    _staff[name] = (order or standing[0], label or standing[1], address)


def register_staff_paths(name: str, paths: Paths) -> None:
    """Pages of a round in the CMS admin that a higher floor has (figures, for one)."""
    _paths[name] = paths


def staff_paths(viewset: Any) -> list[Any]:
    """Every registered address."""
    return [one for name in sorted(_paths) for one in _paths[name](viewset)]


def register_own_part(name: str, part: OwnPartOf, *, order: int = 50) -> None:
    """A section on the page of an organisation's hours, below its teams. Registering a name again replaces it."""
    _own[name] = (order, part)


def own_parts(organisation: Organisation, roles: Sequence[str], now: datetime) -> list[OwnPart]:
    """The sections for a reader with these roles."""
    found = [_own[name][1](organisation, roles, now) for name in sorted(_own, key=lambda name: (_own[name][0], name))]
    return [one for one in found if one is not None]


def public_tabs(round: SeasonRound, user: Any, on: date, current: str) -> list[Tab]:
    """The tabs that this reader has."""
    return _shown(_public, round, user, on, current)


def staff_tabs(round: SeasonRound, user: Any, on: date, current: str) -> list[Tab]:
    """The tabs that this member of the staff has."""
    return _shown(_staff, round, user, on, current)


def _shown(
    held: dict[str, tuple[int, Any, Address]], round: SeasonRound, user: Any, on: date, current: str
) -> list[Tab]:
    rows = sorted(held.items(), key=lambda pair: pair[1][0])
    found = [Tab(name, label, address(round, user, on), name == current) for name, (_order, label, address) in rows]
    return [one for one in found if one.url]
