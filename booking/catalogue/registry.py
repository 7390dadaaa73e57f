"""What higher floors tell the catalogue: page addresses, and what stands in the way of changing what a thing covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.catalogue.models import Cell, Resource

#: Answers the address of the page that presents each resource, in a language; ids without a page are left out.
PageUrls = Callable[[Sequence[int], str], dict[int, str]]
#: Raises a domain error when the cells may not be changed silently (there is granted time on them).
CellGuard = Callable[[Resource, Sequence[Cell]], None]

#: Kinds of organisation as (code, name), told by the floor that knows them.
Kinds = Callable[[], Sequence[tuple[str, object]]]


@dataclass(frozen=True, slots=True)
class Carried:
    """One thing that a person answers for: what it is, in words, and where it is seen to ("" nowhere)."""

    label: str
    url: str
    #: What it needs, in words: "ends on 3 March", "taken over"; "" for nothing.
    note: str = ""


#: Answers what a person answers for on a day, of one kind of thing.
Carries = Callable[[Any, date], list[Carried]]


@dataclass(frozen=True, slots=True)
class PageNote:
    """A line on a resource's page for this very reader: words, an address, and a mark that says how it stands."""

    words: str
    url: str
    mark: str = ""


#: Answers what one reader (signed in) may know about a resource beside what everybody does.
PageNotes = Callable[[Resource, Any, date], list[PageNote]]

_carried: dict[str, tuple[object, Carries]] = {}
_page_notes: dict[str, PageNotes] = {}
_kinds: list[Kinds] = []
_page_urls: list[PageUrls] = []
_watched: dict[str, tuple[str, ...]] = {}
_forget: list[Callable[[], object]] = []
_unwatched: list[PageUrls] = []
_cell_guards: list[CellGuard] = []


def register_page_urls(
    answer: PageUrls,
    *,
    tables: Mapping[str, Sequence[str]] | None = None,
    forget: Callable[[], object] | None = None,
) -> None:
    """Add somebody who knows page addresses. The first that knows a resource answers for it.

    ``tables``: the database tables that the addresses come from, with the columns that matter ([]: all). A change in
    them makes every web process ask again; without ``tables`` the addresses are asked for at every request. ``forget``
    is called before asking again, to empty what is kept elsewhere.
    """
    if answer in _page_urls:
        return
    _page_urls.append(answer)
    if tables is None:
        _unwatched.append(answer)
    else:
        for table, columns in tables.items():
            known = _watched.get(table)
            both = known == () or not columns
            _watched[table] = () if both else tuple(sorted({*(known or ()), *columns}))
    if forget is not None:
        _forget.append(forget)


def watched_tables() -> dict[str, tuple[str, ...]]:
    """All tables that page addresses come from, with the columns that matter; (): all."""
    return dict(_watched)


def page_urls_may_be_kept() -> bool:
    """True when everybody who knows page addresses has said which tables they come from."""
    return not _unwatched


def forget_page_urls() -> None:
    """The catalogue has changed: nothing that was kept about addresses holds any more."""
    for forget in _forget:
        forget()


def page_urls(ids: Sequence[int], language: str) -> dict[int, str]:
    """The known page addresses of the resources with these ids, site-relative or absolute."""
    found: dict[int, str] = {}
    for answer in _page_urls:
        missing = [one for one in ids if one not in found]
        if not missing:
            break
        found.update(answer(missing, language))
    return found


def register_cell_guard(guard: CellGuard) -> None:
    """Add a check that runs before a service of the catalogue takes cells from a resource or lowers their count."""
    if guard not in _cell_guards:
        _cell_guards.append(guard)


def check_cells(resource: Resource, cells: Sequence[Cell]) -> None:
    """Ask all guards; raises what the first objecting one raises."""
    for guard in _cell_guards:
        guard(resource, cells)


def register_organisation_kinds(kinds: Kinds) -> None:
    """Let rules that speak of kinds of organisation offer them by name."""
    if kinds not in _kinds:
        _kinds.append(kinds)


def organisation_kinds() -> list[tuple[str, object]]:
    """The known kinds, for choices."""
    return [pair for kinds in _kinds for pair in kinds()]


def register_carried(name: str, carries: Carries, *, label: object = "") -> None:
    """Let a floor list what a person answers for, under a heading (``label``, else the name). Again replaces it."""
    _carried[name] = (label or name, carries)


def carried_by(user: Any, on: date) -> list[tuple[object, list[Carried]]]:
    """All that a person answers for, by kind, in the order of registration; kinds with nothing are left out."""
    found = [(label, carries(user, on)) for label, carries in _carried.values()]
    return [(label, rows) for label, rows in found if rows]


def register_page_notes(name: str, answer: PageNotes) -> None:
    """Let a higher floor add lines to a resource's page for who may see them. Registering a name again replaces it."""
    _page_notes[name] = answer


def page_notes(resource: Resource, user: Any, on: date) -> list[PageNote]:
    """What this reader may know besides; nobody is asked for a stranger."""
    if not getattr(user, "is_authenticated", False):
        return []
    return [note for answer in _page_notes.values() for note in answer(resource, user, on)]
