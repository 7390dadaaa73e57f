"""What a page for developers promises is tested: each row names a test that exists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: (file without ".py", name), as a page names a test.
Named = tuple[str, str]


@cache
def known_tests(folder: str) -> frozenset[Named]:
    """Every test under a folder of ``tests/``; "" for all."""
    return frozenset(
        (path.stem, name)
        for path in (ROOT / "tests" / folder).rglob("test_*.py")
        for name in re.findall(r"^\s*def (test_\w+)", path.read_text(), re.MULTILINE)
    )


def named_in(page: str) -> set[Named]:
    """The tests that a page names."""
    return set(re.findall(r"`(test_\w+)::(\w+)`", (ROOT / page).read_text()))


def bare_rows(page: str, heads: Iterable[str]) -> list[str]:
    """Rows of its tables without a test, but those that only divide the table and the ``heads``."""
    rows = [row for row in (ROOT / page).read_text().splitlines() if row.startswith("| ") and "|---" not in row]
    bare = [row for row in rows if "::" not in row and not re.fullmatch(r"\| \*\*.+\*\* \| \|", row)]
    return [first for row in bare if (first := row.split("|")[1].strip()) not in set(heads)]
