"""The duty roster of the monthly meeting place, and what the halls ask for (needs N13)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What a thing asks for: (role, how many, needed before it can be used)."""

    thing: str
    needs: tuple[tuple[str, int, bool], ...]


@dataclass(frozen=True)
class Own:
    """A duty of the hosts' own, on the meeting place's dates in one thing."""

    thing: str
    role: str
    needed: int
    words: str = ""


@dataclass(frozen=True)
class SignsUp:
    """Who takes what, in whose name; ``hours`` before now. Without an account: a first name and a phone."""

    who: str
    thing: str
    role: str
    named: bool = True
    hours: int = 40


TITLE = "Møteplassen"
PLANS = (
    Plan("lillebyhallen-kafe", (("open", 1, True), ("lock", 1, True), ("fire_watch", 1, True))),
)  # fmt: skip
OWN = (
    Own("lillebyhallen-kafe", "cafe", 3),
    Own("lillebyhallen-kafe", "other", 2, "Stek vafler"),
    Own("lillebyhallen-kafe", "tidy", 2),
    Own("lillebyhallen-ab", "equipment", 1),
    Own("lillebyhallen-ab", "floors", 2),
)  # fmt: skip
#: Half of it is filled: nobody locks, and nobody washes the floors.
SIGNED = (
    SignsUp("hanne", "lillebyhallen-kafe", "open", hours=70),
    SignsUp("linn", "lillebyhallen-kafe", "cafe", hours=50),
    SignsUp("maja", "lillebyhallen-kafe", "cafe", hours=30),
    SignsUp("samuel", "lillebyhallen-ab", "equipment", hours=26),
    SignsUp("ingrid", "lillebyhallen-kafe", "fire_watch", hours=24),
)  # fmt: skip
#: First name, phone, what they do.
HELPER = ("Reidun", "90 00 09 13", "lillebyhallen-kafe", "tidy")
#: She opens, and can't after all: everybody is asked.
LOOKS_FOR = ("linn", "lillebyhallen-kafe", "cafe")
