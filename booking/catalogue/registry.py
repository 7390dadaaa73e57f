"""What higher floors tell the catalogue: page addresses, what stands in the way of changing what a thing covers, and
what a person carries of theirs (cases, agreements, works)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from booking.catalogue.models import Cell, Resource

#: Answers the address of the page that presents each resource, in a language; ids without a page are left out.
PageUrls = Callable[[Sequence[int], str], dict[int, str]]
#: Raises a domain error when the cells may not be changed silently (there is granted time on them).
CellGuard = Callable[[Resource, Sequence[Cell]], None]

#: Kinds of organisation as (code, name), told by the floor that knows them.
Kinds = Callable[[], Sequence[tuple[str, object]]]


@dataclass(frozen=True, slots=True)
class PageNote:
    """A line on a resource's page for this very reader: words, an address, and a mark that says how it stands."""

    words: str
    url: str
    mark: str = ""


#: Answers what one reader (signed in) may know about a resource beside what everybody does.
PageNotes = Callable[[Resource, Any, date], list[PageNote]]

_page_notes: dict[str, PageNotes] = {}


@dataclass(frozen=True, slots=True)
class StaffPart:
    """A section of a thing's page in the CMS admin: a heading, lines with addresses, and links to go on to.

    ``empty`` is said where there are no lines. ``links``: (words, address).
    """

    title: Any
    lines: Sequence[PageNote] = ()
    empty: Any = ""
    links: Sequence[tuple[Any, str]] = ()


#: (request, resource, now) → the section, or None where there is nothing to show this reader. A constant number of
#: queries. Whoever reads has a role in the thing's unit.
StaffParts = Callable[[Any, Resource, datetime], StaffPart | None]

_staff_parts: dict[str, tuple[int, StaffParts]] = {}

#: Answers what everybody must know before they look for a time at a resource: on top of its page.
PageBanners = Callable[[Resource, datetime], list[PageNote]]

_page_banners: dict[str, PageBanners] = {}
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


# --- what a person carries -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Carried:
    """One thing that a person carries on a day: an open case, a thing that is lent, an agreement, works.

    ``key`` tells it apart within its kind. ``link``: its page for staff. ``unit``: whose it is (id; who leads that unit
    sees the row). ``role``: "officer", "deputy", "leader" or a word of the kind's own. ``detail``: more about it in
    words. ``due``: the next date that matters. ``suggested``: ids of people who should have it, best first. ``barred``:
    ids of people who can't (a conflict of interest). ``movable``: False where nothing needs to be done when the person
    leaves.
    """

    key: str
    title: str
    link: str = ""
    unit: int | None = None
    role: str = "officer"
    detail: str = ""
    due: date | None = None
    suggested: Sequence[int] = ()
    barred: Collection[int] = frozenset()
    movable: bool = True
    #: What happens when it is handed over, in words: who is told, what is shown.
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Returning:
    """Something that was there in the same weeks of last year, and probably comes again."""

    title: str
    start: date
    end: date
    link: str = ""
    detail: str = ""


class HandsOver(Protocol):
    """Gives one row to somebody else: lock, judge, save, log, tell. Raises a domain error when that can't be.

    ``leaver`` no longer has it when the lock is there: raises ``WrongState`` (``moved``).
    """

    def __call__(self, key: str, *, leaver: Any, to: Any, reason: str, by: Any, now: datetime) -> object: ...


#: (person, day) → what they carry.
Carries = Callable[[Any, date], Iterable[Carried]]
#: (day) → what no living person is named for.
Unowned = Callable[[date], Iterable[Carried]]
#: (ids of units) → what somebody got by itself, because another left, and nobody has looked at yet.
TakenOver = Callable[[Collection[int]], Iterable[Carried]]
#: Ids of everybody who is named for something that is open.
Named = Callable[[], Iterable[int]]
#: (ids of units, first day, last day) → what was there in these days.
Returns = Callable[[Collection[int], date, date], Iterable[Returning]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that people carry, as a capability has registered it."""

    name: str
    label: Any
    carries: Carries
    hand_over: HandsOver | None = None
    unowned: Unowned | None = None
    named: Named | None = None
    taken_over: TakenOver | None = None
    order: int = 100
    roles: Mapping[str, Any] = field(default_factory=dict)


_carried: dict[str, Kind] = {}
_returning: dict[str, tuple[Any, Returns]] = {}


def register_carried(
    name: str,
    carries: Carries,
    *,
    label: Any = "",
    hand_over: HandsOver | None = None,
    unowned: Unowned | None = None,
    named: Named | None = None,
    taken_over: TakenOver | None = None,
    roles: Mapping[str, Any] | None = None,
    order: int = 100,
) -> None:
    """Let ``name`` take part in "what this person carries", in the hand-over, and in the nightly owner check.

    ``carries(user, on)`` answers `Carried` rows. ``hand_over``: without it the rows are listed, and handed over on
    their own pages. ``unowned(on)`` and ``named()`` are for the owner check. ``taken_over(units)``: only where a kind
    marks by itself what went to others (others call ``services.note_take_over``). ``roles``: words for the rows' roles.
    ``label``: what the list is called. Registering a name again replaces it.
    """
    _carried[name] = Kind(name, label or name, carries, hand_over, unowned, named, taken_over, order, roles or {})


def carried_kinds() -> list[Kind]:
    """In the order in which they are shown."""
    return sorted(_carried.values(), key=lambda kind: (kind.order, kind.name))


def carried_kind(name: str) -> Kind | None:
    """The kind of that name."""
    return _carried.get(name)


def register_returning(name: str, returns: Returns, *, label: Any = "") -> None:
    """Let ``name`` tell a new officer what comes back each year: what the same weeks of last year held."""
    _returning[name] = (label or name, returns)


def returning() -> list[tuple[Any, Returns]]:
    """(label, function) pairs, in the order in which they were registered."""
    return list(_returning.values())


# --- a resource's page -----------------------------------------------------------------------------------------------


def register_page_notes(name: str, answer: PageNotes) -> None:
    """Let a higher floor add lines to a resource's page for who may see them. Registering a name again replaces it."""
    _page_notes[name] = answer


def page_notes(resource: Resource, user: Any, on: date) -> list[PageNote]:
    """What this reader may know besides; nobody is asked for a stranger."""
    if not getattr(user, "is_authenticated", False):
        return []
    return [note for answer in _page_notes.values() for note in answer(resource, user, on)]


def register_page_banners(name: str, answer: PageBanners) -> None:
    """Let a higher floor put something on top of a resource's page, for everybody. Registering again replaces it."""
    _page_banners[name] = answer


def page_banners(resource: Resource, now: datetime) -> list[PageNote]:
    """What stands on top of the resource's page."""
    return [note for answer in _page_banners.values() for note in answer(resource, now)]


def register_staff_part(name: str, part: StaffParts, *, order: int = 50) -> None:
    """Let a higher floor put a section on a thing's page in the CMS admin. Registering a name again replaces it."""
    _staff_parts[name] = (order, part)


def staff_parts(request: Any, resource: Resource, now: datetime) -> list[StaffPart]:
    """The sections for this reader, in their order."""
    found = []
    for name in sorted(_staff_parts, key=lambda name: (_staff_parts[name][0], name)):
        part = _staff_parts[name][1](request, resource, now)
        if part is not None:
            found.append(part)
    return found
