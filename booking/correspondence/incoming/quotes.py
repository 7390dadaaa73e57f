"""What somebody wrote, without what they answered. Pure.

People answer above the old text, below it, or between its lines. Only the first is cut: where own words stand below or
between quoted ones, everything stays, because a cut there would lose something. Signatures stay: they say who it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: "Den man. 2. mars 2026 kl. 12:04 skrev Kari <kari@example.org>:", in the languages that come here. The lines are
#: short and joined by hand, so that no pattern has to search far.
_WROTE = re.compile(r"(?:den|on|le|am|på|kl|\d{1,2}[./]|\d{4}-|man|tir|tys|ons|tor|fre|lør|lau|søn|sun)\b.*", re.I)
_WROTE_END = re.compile(r"(?:skrev|skreiv|wrote|écrit|schrieb|čálii)\b[^:]{0,200}:\s*$", re.I)
_HEADER = re.compile(r"\s*\*?(from|fra|frå|från|sent|sendt|dato|date|to|til|subject|emne|kopi|cc)\s*:\*?\s", re.I)
#: A row of strokes, or a title between strokes: "-----Original Message-----".
_DIVIDER = re.compile(r"\s*(?:_{10,}|-{2,}\s*\w[\w ]{3,40}\s*-{2,})\s*")


@dataclass(frozen=True, slots=True)
class Parts:
    """``words``: what was written now. ``rest``: the quoted tail, to be shown folded; "" when nothing was cut."""

    words: str
    rest: str = ""


def split(text: str) -> Parts:
    """The own words of ``text`` and its quoted tail. When nothing but quotes is there, all of it counts as words."""
    lines = text.split("\n")
    at = _begins(lines)
    if at is None:
        return Parts(text.strip())
    words, rest = "\n".join(lines[:at]).strip(), "\n".join(lines[at:]).strip()
    return Parts(words, rest) if words else Parts(text.strip())


def _begins(lines: list[str]) -> int | None:
    """The line where the old text begins and nothing new follows; None when there is no such line."""
    own = [number for number, line in enumerate(lines) if line.strip() and not _is_quote(line)]
    quoted = [number for number, line in enumerate(lines) if _is_quote(line)]
    last_own, last_quoted = max(own, default=-1), max(quoted, default=-1)
    for number, line in enumerate(lines):
        if _is_quote(line):
            if number > last_own:
                return number
            continue
        length = _wrote(lines, number)
        if length and last_own < number + length <= last_quoted:
            return number
        if _is_header_block(lines, number):
            return number
    return None


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")


def _wrote(lines: list[str], number: int) -> int:
    """How many lines the "... wrote:" takes that begins here (mail programs break it); 0 when none does."""
    if not _WROTE.match(lines[number].strip()[:200]):
        return 0
    joined = ""
    for length in (1, 2, 3):
        if number + length > len(lines):
            return 0
        joined = f"{joined} {lines[number + length - 1].strip()}"[-500:]
        if _WROTE_END.search(joined):
            return length
    return 0


def _is_header_block(lines: list[str], number: int) -> bool:
    """Outlook's way: a line or a title, then From, Sent, To, Subject. What stands below is the old mail, unmarked."""
    start = number + 1 if _DIVIDER.fullmatch(lines[number][:200]) else number
    while start < len(lines) and start < number + 4 and not lines[start].strip():
        start += 1
    named = {found[1].lower() for one in lines[start : start + 7] if (found := _HEADER.match(one[:200]))}
    return start < len(lines) and bool(_HEADER.match(lines[start][:200])) and len(named) >= 3
