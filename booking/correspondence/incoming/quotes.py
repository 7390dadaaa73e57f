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
_DIVIDER = re.compile(
    r"\s*(?:-{2,}|_{5,})\s*(?:original message|opprinnelig melding|opphavleg melding|forwarded message"
    r"|videresendt melding|videresend melding|ursprungligt meddelande|oprindelig meddelelse)?\s*(?:-{2,})?\s*",
    re.I,
)
_HEADER = re.compile(r"\s*\*?(from|fra|frå|från|sent|sendt|dato|date|to|til|subject|emne|kopi|cc)\s*:\*?\s", re.I)
_UNDERLINES = re.compile(r"\s*_{10,}\s*")
_NAMED_DIVIDER = re.compile(r"\s*-{2,}\s*\w[\w ]{3,40}\s*-{2,}\s*")


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
    for number, line in enumerate(lines):
        if _is_quote(line):
            if _only_quotes(lines[number:]):
                return number
        elif (length := _wrote(lines, number)) and _only_quotes(lines[number + length :], at_least_one=True):
            return number
        elif _is_header_block(lines, number):
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


def _only_quotes(lines: list[str], *, at_least_one: bool = False) -> bool:
    """True when every line that isn't blank is quoted, or belongs to a quote that was broken over lines."""
    seen = False
    for line in lines:
        if _is_quote(line):
            seen = True
        elif line.strip():
            return False
    return seen or not at_least_one


def _is_header_block(lines: list[str], number: int) -> bool:
    """Outlook's way: a line or a title, then From, Sent, To, Subject. What stands below is the old mail, unmarked."""
    line = lines[number]
    start = number
    if _UNDERLINES.fullmatch(line[:200]) or (_NAMED_DIVIDER.fullmatch(line[:200]) and _DIVIDER.fullmatch(line[:200])):
        start += 1
    while start < len(lines) and start < number + 4 and not lines[start].strip():
        start += 1
    named = {found[1].lower() for one in lines[start : start + 7] if (found := _HEADER.match(one[:200]))}
    return bool(_HEADER.match(lines[start][:200] if start < len(lines) else "")) and len(named) >= 3
