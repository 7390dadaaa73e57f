"""Text in a feed: what is dropped, and how it is escaped (RFC 5545 3.3.11)."""

from __future__ import annotations

import re

from icalendar import vText

# C0 but tab and line feed, DEL and C1, lone surrogates, the byte order mark.
_DROPPED = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINE_ENDS = re.compile("\r\n|\r|\x0b|\x0c|\x85|\u2028|\u2029")


def plain(text: str) -> str:
    """``text`` without characters that break parsers; all kinds of line ends become a line feed."""
    return _DROPPED.sub("", _LINE_ENDS.sub("\n", text)).strip()


class Text(vText):
    """A TEXT value. icalendar's own turns a typed ``\\N`` into a line end; here a typed backslash stays one."""

    def __new__(cls, value: str) -> Text:
        """Clean and keep the value."""
        return super().__new__(cls, plain(value))  # type: ignore[return-value]

    def to_ical(self) -> bytes:
        """The value escaped."""
        text = str(self).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return text.encode("utf-8")
