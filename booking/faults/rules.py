"""Pure decisions about faults: the code on the wall, and which way a fault may go. Source: needs N15."""

from __future__ import annotations

from collections.abc import Callable

#: Read aloud and typed on a phone: nothing that looks like something else (0 O, 1 I L, 2 Z, 5 S, 8 B).
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
LENGTH = 6

#: Whichever way: mended, or not with a reason; a settled one that is reported again is a new fault.
STEPS: dict[str, frozenset[str]] = {
    "received": frozenset({"looked_at", "mended", "not_mended"}),
    "looked_at": frozenset({"mended", "not_mended"}),
    "mended": frozenset(),
    "not_mended": frozenset({"looked_at", "mended"}),
}
OPEN = frozenset({"received", "looked_at"})


def new_code(choose: Callable[[str], str]) -> str:
    """A code of six signs; ``choose`` picks one of a text."""
    return "".join(choose(ALPHABET) for _number in range(LENGTH))


def tidy_code(typed: str) -> str:
    """What somebody typed from the wall: small letters, blanks and hyphens don't matter."""
    return "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())[:20]


def may_become(state: str, target: str) -> bool:
    """Is there such a step?"""
    return target in STEPS.get(state, frozenset())
