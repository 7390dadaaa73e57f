"""What higher floors add to a case: sections of its two pages, fields of the API's answer, and what is left to do.

Cases know nothing of duty rosters, permits or works; those register here when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from booking.cases.models import Case, Line
    from booking.cases.selectors import CaseDetail


@dataclass(frozen=True, slots=True)
class CasePart:
    """A section of a case's page: its own template, with ``part`` for its context beside the page's own."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is left to do before a loan (needs N11, N13): a permit, a condition, an unfilled duty.

    ``what`` and ``who`` (who does or grants it) are words in the reader's language; ``due`` is the last moment, where
    there is one; ``blocking``: without it the loan can't take place.
    """

    what: str
    who: str
    done: bool
    blocking: bool = False
    due: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class LineLink:
    """A link at one date of a case, on the staff's page: words on it, and what a screen reader says besides."""

    words: str
    url: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class LineFact:
    """What a higher floor knows of a date besides its case: whose hours within the organisation, and who comes.

    ``words``: "J13, Hallfordeling 2026/27" in the reader's language; ``audience`` as a case has it, {} where unknown.
    """

    words: str = ""
    audience: Mapping[str, Any] = field(default_factory=dict)


#: Ids of lines → facts by the line's id. A constant number of queries.
LineFacts = Callable[[Collection[int]], Mapping[int, LineFact]]
#: (detail, now) → links by the date's id. Asked only for a reader who may decide.
LineLinks = Callable[["CaseDetail", datetime], Mapping[int, Sequence[LineLink]]]
#: (request, detail, now) → the section, or None where there is nothing to show this reader.
Part = Callable[[Any, "CaseDetail", datetime], CasePart | None]
#: (detail, now) → plain JSON.
Field = Callable[["CaseDetail", datetime], Any]
#: (case, now) → what is left and what is done, in the order to be shown.
LeftOf = Callable[["Case", datetime], Sequence[Left]]

#: Case → a word that changes with the field.
Stamp = Callable[["Case"], str]

_stamps: dict[str, Stamp] = {}
#: (case, lines that are new or moved, now), inside the transaction.
AskedFor = Callable[["Case", Sequence["Line"], datetime], None]
_party_parts: dict[str, tuple[int, Part]] = {}
_staff_parts: dict[str, tuple[int, Part]] = {}
_fields: dict[str, Field] = {}
_left: dict[str, LeftOf] = {}
_asked: dict[str, AskedFor] = {}
#: (case, what was ticked, by whom, in which hat, now), inside the transaction, before the time is taken.
Ticked = Callable[["Case", Sequence[str], Any, str, datetime], None]
_ticked: dict[str, Ticked] = {}
_line_links: dict[str, LineLinks] = {}
_line_facts: dict[str, LineFacts] = {}
#: (id of what took the time, ids of lines that lost it) → words for their parties, "" for none.
CauseWords = Callable[[int, Collection[int]], str]
_causes: dict[str, CauseWords] = {}


def register_party_part(name: str, part: Part, *, order: int = 50) -> None:
    """A section on the parties' page, below the dates. Registering a name again replaces it."""
    _party_parts[name] = (order, part)


def register_staff_part(name: str, part: Part, *, order: int = 50) -> None:
    """A section on the page in the CMS admin, below the lines. Registering a name again replaces it."""
    _staff_parts[name] = (order, part)


def register_field(name: str, answer: Field, stamp: Stamp | None = None) -> None:
    """A field of ``GET requests/{ref}/`` (api.md: ``duties``, ``permits``).

    ``stamp``: where the field changes without the case getting a new version; it becomes part of the case's ETag.
    """
    _fields[name] = answer
    if stamp is not None:
        _stamps[name] = stamp


def stamps_of(case: Case) -> str:
    """What changes in a case's answer without a new version of the case."""
    return ".".join(_stamps[name](case) for name in sorted(_stamps))


def register_left(name: str, left_of: LeftOf) -> None:
    """What is left to do before the loan, as the case's page, the caretaker's page and reminders list it."""
    _left[name] = left_of


@dataclass(frozen=True, slots=True)
class DeskNote:
    """A line of the officer's morning digest that isn't a case that waits: words, and where it is seen to."""

    text: str
    link: str


#: (user, day) → the lines under a heading of their own.
DeskNotes = Callable[[Any, date], Sequence[DeskNote]]

_desk_notes: dict[str, tuple[Any, DeskNotes]] = {}


def register_desk_notes(name: str, notes: DeskNotes, *, label: Any) -> None:
    """Let the morning digest of an officer tell of more than cases (needs N13). Asked when the letter is written."""
    _desk_notes[name] = (label, notes)


def desk_notes(user: Any, on: date) -> list[tuple[str, list[DeskNote]]]:
    """(heading, lines) of everybody who has something to say to this person."""
    found = [(str(label), list(notes(user, on))) for _name, (label, notes) in sorted(_desk_notes.items())]
    return [(label, lines) for label, lines in found if lines]


def register_asked(name: str, tell: AskedFor) -> None:
    """``tell`` runs in the transaction that stores lines: a request, a date that is added back, a line that moves."""
    _asked[name] = tell


def tell_asked(case: Case, lines: Sequence[Line], now: datetime) -> None:
    """Lines were asked for, or are somewhere else or at another time now."""
    for name in sorted(_asked):
        _asked[name](case, lines, now)


def register_ticked(name: str, tell: Ticked) -> None:
    """``tell`` gets what whoever asks for time, or moves it, said they know of (``Verdict.tick``), as a receipt."""
    _ticked[name] = tell


def tell_ticked(case: Case, ticks: Sequence[str], by: Any, hat: str, now: datetime) -> None:
    """Time is asked for with these ticks, by ``by`` (None: nobody who can sign in) in that hat."""
    for name in sorted(_ticked) if ticks else ():
        _ticked[name](case, ticks, by, hat, now)


def register_line_facts(name: str, facts: LineFacts) -> None:
    """Let a higher floor tell whose hours a date is, where the case alone doesn't say: a season's by team."""
    _line_facts[name] = facts


def line_facts(ids: Collection[int]) -> dict[int, LineFact]:
    """What is known of these dates besides their cases."""
    found: dict[int, LineFact] = {}
    for name in sorted(_line_facts) if ids else ():
        found.update(_line_facts[name](ids))
    return found


def register_cause(kind: str, words: CauseWords) -> None:
    """Let whoever takes granted time away say why in their own words: which works, and what was decided (needs N8)."""
    _causes[kind] = words


def cause_words(kind: str, cause_id: int | None, line_ids: Collection[int]) -> str:
    """Why these dates lost their time, in the reader's language; "" when nobody says more than the kind."""
    words = _causes.get(kind)
    return words(cause_id, line_ids) if words is not None and cause_id is not None else ""


def register_line_links(name: str, links: LineLinks) -> None:
    """Let a higher floor offer what it can do with one date, at that date, to who may decide the case."""
    _line_links[name] = links


def line_links(detail: CaseDetail, now: datetime) -> dict[int, list[LineLink]]:
    """Every link by the date's id; nothing for a reader who only looks."""
    found: dict[int, list[LineLink]] = {}
    if detail.may_decide:
        for name in sorted(_line_links):
            for pk, links in _line_links[name](detail, now).items():
                found.setdefault(pk, []).extend(links)
    return found


def party_parts(request: Any, detail: CaseDetail, now: datetime) -> list[CasePart]:
    """The sections of the parties' page."""
    return _parts(_party_parts, request, detail, now)


def staff_parts(request: Any, detail: CaseDetail, now: datetime) -> list[CasePart]:
    """The sections of the page in the CMS admin."""
    return _parts(_staff_parts, request, detail, now)


def _parts(
    registered: Mapping[str, tuple[int, Part]], request: Any, detail: CaseDetail, now: datetime
) -> list[CasePart]:
    found = []
    for name in sorted(registered, key=lambda name: (registered[name][0], name)):
        part = registered[name][1](request, detail, now)
        if part is not None:
            found.append(part)
    return found


def fields_of(detail: CaseDetail, now: datetime) -> dict[str, Any]:
    """Every registered field of the API's answer."""
    return {name: answer(detail, now) for name, answer in _fields.items()}


def left_of(case: Case, now: datetime) -> list[Left]:
    """All that is left or done before the loan, by the names of those who registered."""
    return [one for name in sorted(_left) for one in _left[name](case, now)]
