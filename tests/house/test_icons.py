"""Two tags are called ``icon``: Wagtail's and ours. Each page of the admin gets the one that it asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOADS = re.compile(r"{%\s*load\s+([^%]*?)\s*%}")
#: Wagtail's has a name by keyword, ours has none.
WAGTAILS, OURS = re.compile(r"{%\s*icon\s+name="), re.compile(r"""{%\s*icon\s+["']""")


def pages() -> list[Path]:
    found = [one for place in ("booking", "pages", "site") for one in (ROOT / place).rglob("templates/**/*.html")]
    return [one for one in found if "wagtailadmin_tags" in one.read_text()]


@pytest.mark.parametrize("page", pages(), ids=lambda one: one.name)
def test_an_icon_of_wagtails_is_wagtails(page: Path) -> None:
    """What is loaded last wins: ours, drawn without its style sheet, filled the whole screen."""
    text = page.read_text()
    order = [name for loaded in LOADS.findall(text) if " from " not in loaded for name in loaded.split()]
    last = max((name for name in ("wagtailadmin_tags", "booking_ui") if name in order), key=order.index)
    if WAGTAILS.search(text):
        assert last == "wagtailadmin_tags"
    if OURS.search(text):
        assert last == "booking_ui"


def test_there_are_such_pages() -> None:
    assert len(pages()) > 20
