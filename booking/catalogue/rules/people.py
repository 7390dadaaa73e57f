"""Who answers for a thing on a day (needs N5; requests.md clock 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

P = TypeVar("P")


class Acting(NamedTuple, Generic[P]):
    """The person who answers, and why it isn't the officer: "" (it is), absent, inactive or none (nobody is named)."""

    person: P | None
    reason: str


def acting(
    officer: P | None,
    deputy: P | None,
    leaders: Iterable[P],
    *,
    living: Callable[[P], bool],
    present: Callable[[P], bool],
    stand_in: Callable[[P], P | None] = lambda _person: None,
) -> Acting[P]:
    """The officer; away or gone: the deputy, else the first leader who is there (unit's first, then its parents').

    ``living``: can sign in, and still works here. ``present``: isn't away that day. ``stand_in``: whom somebody who is
    away has named for these days; they come right after them. If everybody who lives is away, the first of them in the
    same order owns it: a thing on a desk is better than a thing on none. Nobody living: person None.
    """
    line: list[P] = []
    for person in (officer, deputy, *leaders):
        if person is None or not living(person):
            continue
        line.append(person)
        if not present(person):
            other = stand_in(person)
            if other is not None and living(other):
                line.append(other)
    person = next((one for one in line if present(one)), line[0] if line else None)
    if officer is None:
        return Acting(person, "none")
    if person == officer:
        return Acting(person, "")
    return Acting(person, "absent" if living(officer) else "inactive")
