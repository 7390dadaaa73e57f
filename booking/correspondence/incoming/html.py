"""HTML mail as plain text. Nothing of the HTML itself is kept or shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe"})
_BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "section",
     "article", "header", "footer", "dt", "dd", "blockquote", "address"}
)  # fmt: skip
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"})
_SPACES = re.compile(r"[ \t\r\n\x0c\xa0]+")
#: More than this is no letter. Characters.
LONGEST = 1_000_000


def to_text(html: str) -> str:
    """The words of ``html``, with line breaks where a reader sees them; quoted mail is marked with ``>``."""
    reader = _Reader()
    try:
        reader.feed(html[:LONGEST])
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        # html.parser gives up on some malformed declarations: what was read until then counts.
        pass
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._hidden = 0
        self._quoted = 0
        self._link = ""
        self._link_from = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if self._hidden:
            return
        if tag in _BREAKS:
            self._break(apart=tag in _APART, typed=tag == "br")
        values = dict(attrs)
        if tag == "blockquote":
            self._quoted += 1
        elif tag == "li":
            self._line.append("- ")
        elif tag == "a":
            self._link, self._link_from = (values.get("href") or "").strip(), len(self._line)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
            return
        if self._hidden:
            return
        if tag == "a" and self._link:
            shown = "".join(self._line[self._link_from :]).strip()
            if self._link.startswith(("http://", "https://")) and self._link.rstrip("/") not in (shown, shown + "/"):
                self._line.append(f" <{self._link[:500]}>")
            self._link = ""
        if tag in _BREAKS and tag != "br":
            self._break(apart=tag in _APART)
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._line.append(_SPACES.sub(" ", data))

    def _break(self, *, apart: bool, typed: bool = False) -> None:
        words = _SPACES.sub(" ", "".join(self._line)).strip()
        self._line, self._link_from = [], 0
        mark = "> " * min(self._quoted, 3)
        if words:
            self._lines.append(mark + words)
        elif apart and self._lines and self._lines[-1].strip("> "):
            self._lines.append(mark.rstrip())
        elif typed and self._lines and self._lines[-1] != "":
            # <div><br></div>: an empty line that somebody typed.
            self._lines.append(mark.rstrip())

    def text(self) -> str:
        self._break(apart=False)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()
