"""What a wish may say: pure checks over plain values, and the week as a grid of periods. Source: seasons.md 2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from booking.seasons.rules.instance import DAY, Span

#: The most that a team asks for.
MOST_SESSIONS, MOST_MINUTES, MOST_HEADS, OLDEST = 7, 8 * 60, 2000, 120
SHORTEST = 15
MOST_PLACES, MOST_SPANS, MOST_APART, APART_LENGTH = 12, 100, 5, 40

Times = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class WishSpec:
    """What one team needs in a week, as it comes from a page or a program. Places are ids of things, liked best first.

    ``best`` and ``impossible``: ``(weekday, start, end)`` in minutes of the day; all else is fine.
    """

    team: str
    activity: str = ""
    age_from: int | None = None
    age_to: int | None = None
    adapted: bool = False
    heads: int = 0
    sessions_min: int = 1
    sessions_wanted: int = 1
    minutes_min: int = 60
    minutes_wanted: int = 60
    indoor: bool = True
    places: tuple[int, ...] = ()
    best: Times = ()
    impossible: Times = ()
    apart: tuple[str, ...] = ()
    note: str = ""
    last: tuple[tuple[int, int, int, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field, and what is wrong with it."""

    field: str
    code: str


def wrong(spec: WishSpec, *, offered: Iterable[int], grid: int) -> list[Wrong]:
    """Every fault of a wish. ``offered``: ids of the round's places; lengths fit its ``grid`` of minutes."""
    return list(_wrong(spec, frozenset(offered), grid))


def _wrong(one: WishSpec, offered: frozenset[int], grid: int) -> Iterator[Wrong]:
    if not one.team:
        yield Wrong("team", "required")
    for name in ("age_from", "age_to"):
        value = getattr(one, name)
        if value is not None and not 0 <= value <= OLDEST:
            yield Wrong(name, "out_of_range")
    if one.age_from is not None and one.age_to is not None and one.age_to < one.age_from:
        yield Wrong("age_to", "older_first")
    if not 1 <= one.heads <= MOST_HEADS:
        yield Wrong("heads", "out_of_range")
    yield from _least("sessions", one.sessions_min, one.sessions_wanted, 1, MOST_SESSIONS)
    yield from _least("minutes", one.minutes_min, one.minutes_wanted, SHORTEST, MOST_MINUTES)
    for name in ("minutes_min", "minutes_wanted"):
        if getattr(one, name) % grid and SHORTEST <= getattr(one, name) <= MOST_MINUTES:
            yield Wrong(name, "off_grid")
    yield from _places(one.places, offered)
    for name in ("best", "impossible"):
        spans: Times = getattr(one, name)
        if len(spans) > MOST_SPANS:
            yield Wrong(name, "too_many")
        elif not all(0 <= day <= 6 and 0 <= start < end <= DAY for day, start, end in spans):
            yield Wrong(name, "no_time")
    if any(Span(*mine).meets(Span(*other)) for mine in one.best[:MOST_SPANS] for other in one.impossible[:MOST_SPANS]):
        yield Wrong("impossible", "best_and_impossible")
    if len(one.apart) > MOST_APART:
        yield Wrong("apart", "too_many")
    elif any(len(word) > APART_LENGTH for word in one.apart):
        yield Wrong("apart", "too_long")


def _least(name: str, least: int, wanted: int, low: int, high: int) -> Iterator[Wrong]:
    for field_name, value in ((f"{name}_min", least), (f"{name}_wanted", wanted)):
        if not low <= value <= high:
            yield Wrong(field_name, "out_of_range")
            return
    if wanted < least:
        yield Wrong(f"{name}_wanted", "less_than_least")


def _places(places: Sequence[int], offered: frozenset[int]) -> Iterator[Wrong]:
    if not places:
        yield Wrong("places", "required")
    elif len(places) > MOST_PLACES:
        yield Wrong("places", "too_many")
    elif len(set(places)) < len(places):
        yield Wrong("places", "twice")
    elif not offered.issuperset(places):
        yield Wrong("places", "not_offered")


def tidy_times(spans: Iterable[Sequence[int]]) -> Times:
    """Sorted, and joined where they touch or overlap."""
    found: list[tuple[int, int, int]] = []
    for day, start, end in sorted((int(a), int(b), int(c)) for a, b, c in spans):
        if found and found[-1][0] == day and start <= found[-1][2]:
            found[-1] = (day, found[-1][1], max(found[-1][2], end))
        else:
            found.append((day, start, end))
    return tuple(found)


def periods(hours: Iterable[Span], step: int = 60) -> list[tuple[int, int]]:
    """Rows of the week grid: periods of ``step`` minutes, on the hour, that cover all hours offered."""
    spans = list(hours)
    if not spans:
        return []
    first = min(one.start for one in spans) // step * step
    last = -(-max(one.end for one in spans) // step) * step
    return [(start, min(start + step, DAY)) for start in range(first, last, step)]


def weekdays(hours: Iterable[Span]) -> list[int]:
    """Days of the week with hours."""
    return sorted({one.weekday for one in hours})


#: Two words that begin with capitals, of letters only, and no word that names a team: it may be somebody's name.
_NAME = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_TEAM_WORDS = frozenset(
    "lag laget gruppe gruppa parti partiet skole skolen klubb kor koret korps trim trimmen trening damer herrer "  # noqa: SIM905
    "jenter gutter barn ungdom voksne senior seniorer junior juniorer aspirant aspiranter old boys girls team group "
    "mini micro rekrutt elite bredde para allidrett idrettsskole idrettsskolen turn dans volleyball innebandy håndball "
    "fotball basketball badminton bordtennis judo karate boksing friidrett ski svømming speider konfirmanter "
    "pensjonister handball futsal yoga zumba foreldre foreldregruppe barnekor mixed mix a b c u".split()
)


def looks_like_a_person(team: str) -> bool:
    """Whether a team's name may be a person's: a gentle question, never a refusal."""
    words = team.replace(".", " ").split()
    if not 2 <= len(words) <= 4:
        return False
    return all(_NAME.fullmatch(word) and word.istitle() and word.casefold() not in _TEAM_WORDS for word in words)
