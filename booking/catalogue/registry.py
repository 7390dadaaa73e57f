"""What higher floors tell the catalogue: page addresses, and what stands in the way of changing what a thing covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from booking.catalogue.models import Cell, Resource

#: Answers the address of the page that presents each resource, in a language; ids without a page are left out.
PageUrls = Callable[[Sequence[int], str], dict[int, str]]
#: Raises a domain error when the cells may not be changed silently (there is granted time on them).
CellGuard = Callable[[Resource, Sequence[Cell]], None]

#: Kinds of organisation as (code, name), told by the floor that knows them.
Kinds = Callable[[], Sequence[tuple[str, object]]]

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
