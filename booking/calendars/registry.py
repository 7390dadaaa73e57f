"""What other floors bring into the calendars: components of their own, calendars of their own, more that happens.

A floor below (works, seasons) is read from here: `wiring` registers it. A floor above registers itself. Whoever
changes what a registered scope shows sends `foundation.signals.revised` with the scope's name, inside the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from booking.calendars.rules import OneOff, Window

if TYPE_CHECKING:
    from booking.calendars.selectors.calendars import Calendar
    from booking.calendars.selectors.scopes import Item

#: (scopes of that kind, window, language) → their components; each with a key that is the same for ever.
ItemsOf = Callable[[Sequence[str], Window, str], "list[Item]"]
#: (slug, "" where the address has none) → the calendar; None: there is no such (404).
FindCalendar = Callable[[str], "Calendar | None"]
#: (slug) → whether there was such a calendar, and it has ended (410 instead of 404).
HasEnded = Callable[[str], bool]
#: (window, language) → (stable key, facts) of what everybody is invited to.
Happenings = Callable[[Window, str], list[tuple[str, OneOff]]]

#: (ids of organisations, window, language) → components of the scopes `organisation:<id>` for their own people.
OnOrganisations = Callable[[Collection[int], Window, str], "list[Item]"]

#: (ids of resources, window, language) → components of the scopes `resource:<id>` that aren't lines or closures.
OnResources = Callable[[Collection[int], Window, str], "list[Item]"]

_scopes: dict[str, ItemsOf] = {}
_on_resources: dict[str, OnResources] = {}
_on_organisations: dict[str, OnOrganisations] = {}
_on_units: list[str] = []
_calendars: dict[str, tuple[FindCalendar, HasEnded]] = {}
_happenings: dict[str, Happenings] = {}


def register_scope(kind: str, items: ItemsOf) -> None:
    """Let scopes `kind` and `kind:<id>` be components of calendars. A change of one is told by `revised` with its name.
    Registering a kind again replaces it."""
    _scopes[kind] = items


def is_scope(scope: str) -> bool:
    """Whether somebody registered that kind of scope."""
    return scope.partition(":")[0] in _scopes


def items_of_kind(kind: str, scopes: Sequence[str], window: Window, language: str) -> list[Item]:
    """What the owner of that kind answers; [] for kinds that nobody registered."""
    found = _scopes.get(kind)
    return found(scopes, window, language) if found is not None else []


def register_on_resources(name: str, items: OnResources) -> None:
    """Add to the calendars of resources (works that take them). Told by `revised` with `resource:<id>`."""
    _on_resources[name] = items


def on_resources(ids: Collection[int], window: Window, language: str) -> list[Item]:
    """What all of them answer."""
    return [item for items in _on_resources.values() for item in items(ids, window, language)]


def register_on_organisations(name: str, items: OnOrganisations) -> None:
    """Add to the private calendars of organisations and of their people (meetings). Told by
    ``calendars.services.raise_part`` with `organisation:<id>`."""
    _on_organisations[name] = items


def on_organisations(ids: Collection[int], window: Window, language: str) -> list[Item]:
    """What all of them answer."""
    return [item for items in _on_organisations.values() for item in items(ids, window, language)]


def register_on_units(kind: str) -> None:
    """Make the scopes `<kind>:<id of a unit>` part of the calendars of that unit and of those above it. The kind is
    registered with ``register_scope``."""
    if kind not in _on_units:
        _on_units.append(kind)


def kinds_on_units() -> list[str]:
    """The kinds of scopes that units' calendars hold besides their things."""
    return list(_on_units)


def register_calendar(kind: str, find: FindCalendar, *, ended: HasEnded = lambda slug: False) -> None:
    """Serve public calendars at `/feeds/<kind>-<slug>.ics` (`/feeds/<kind>.ics` where ``find("")`` answers)."""
    _calendars[kind] = (find, ended)


def find_calendar(kind: str, slug: str) -> tuple[Calendar | None, bool]:
    """The public calendar at that address, or None and whether it has ended."""
    if kind not in _calendars:
        return None, False
    find, ended = _calendars[kind]
    found = find(slug)
    return found, found is None and ended(slug)


def register_happenings(name: str, answer: Happenings) -> None:
    """Add to the calendar of what happens in town (dialogue meetings ...). Told by `revised` with `happenings`."""
    _happenings[name] = answer


#: (ids of series) → what each is called, by id; those without a name of their own are left out.
SeriesTitles = Callable[[Collection[int]], "dict[int, str]"]
#: (ids of cases that changed) → scopes that show them, beside those of organisations, people and resources.
CaseScopes = Callable[[Collection[int]], "set[str]"]

_series_titles: dict[str, SeriesTitles] = {}
_case_scopes: dict[str, CaseScopes] = {}


def register_series_titles(name: str, titles: SeriesTitles) -> None:
    """Let series be called something else than their case (a team's weekly hours). Registering again replaces it."""
    _series_titles[name] = titles


def series_titles(ids: Collection[int]) -> dict[int, str]:
    """What all of them answer. No query without series."""
    found: dict[int, str] = {}
    for titles in _series_titles.values() if ids else ():
        found |= titles(ids)
    return found


def register_case_scopes(name: str, scopes: CaseScopes) -> None:
    """Name further calendars whose version rises with a case. Registering again replaces it."""
    _case_scopes[name] = scopes


def scopes_of_cases(ids: Collection[int]) -> set[str]:
    """What all of them answer. No query without cases."""
    return {scope for scopes in _case_scopes.values() for scope in scopes(ids)} if ids else set()


def more_happenings(window: Window, language: str) -> list[Item]:
    """What all of them answer."""
    from booking.calendars.selectors.scopes import Item

    return [
        Item("happenings", f"{name}:{key}", facts)
        for name, answer in _happenings.items()
        for key, facts in answer(window, language)
    ]
