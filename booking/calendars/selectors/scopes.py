"""Scopes: what a calendar is made of, as short strings, and for whom it is rendered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from booking.calendars.rules import OneOff, Repeating


class Audience(StrEnum):
    """For whom events are written. The same line says different things to different readers, under one UID."""

    PUBLIC = "public"  # that it is taken, and a title that was made public
    TREE = "tree"  # as public, and which of the rooms
    HAPPENING = "happening"  # only what has a public title
    PARTY = "party"  # what was asked for, granted and cancelled, with its title and state
    STAFF = "staff"  # as the party, and whose it is
    WORKS = "works"  # works that everybody may know of


#: Scopes that change what all calendars of an audience show: the names of places, the names of organisations.
CATALOGUE, NAMES = "catalogue", "names"
#: Any works at all: their calendars are few, and made anew in a moment.
WORKS = "works"
EXTRAS: dict[Audience, tuple[str, ...]] = {
    Audience.PUBLIC: (),
    Audience.TREE: (CATALOGUE,),
    Audience.HAPPENING: (CATALOGUE,),
    Audience.PARTY: (CATALOGUE, NAMES),
    Audience.STAFF: (CATALOGUE, NAMES),
    Audience.WORKS: (CATALOGUE, WORKS),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One component of a feed: whose scope it belongs to, its stable key, and the facts."""

    scope: str
    key: str
    facts: OneOff | Repeating


def scope_of(resource_id: int) -> str:
    """The scope of a resource's feed."""
    return f"resource:{resource_id}"


def ids_of(kind: str, scopes: Iterable[str]) -> set[int]:
    """Ids of the scopes ``kind:<id>``; other scopes and nonsense are left out."""
    found = set()
    for scope in scopes:
        name, _colon, number = scope.partition(":")
        if name == kind and number.isascii() and number.isdigit():
            found.add(int(number))
    return found


def resource_ids_of(scopes: Iterable[str]) -> set[int]:
    """Ids of the resources among ``scopes``."""
    return ids_of("resource", scopes)
