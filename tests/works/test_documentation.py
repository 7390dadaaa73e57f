"""What docs/developers/notice-rules.md promises is tested: each edge case and each kill names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def there() -> set[tuple[str, str]]:
    return {
        (path.stem, name)
        for path in (ROOT / "tests/works").rglob("test_*.py")
        for name in re.findall(r"^\s*def (test_\w+)", path.read_text(), re.MULTILINE)
    }


def test_every_edge_case_and_every_kill_names_a_test_that_exists() -> None:
    text = (ROOT / "docs/developers/notice-rules.md").read_text()
    named = set(re.findall(r"`(test_\w+)::(\w+)`", text))
    assert len(named) > 90
    assert not named - there(), sorted(named - there())
    # Every row has a test, but those that only divide the table.
    rows = [row for row in text.splitlines() if row.startswith("| ") and "|---" not in row]
    bare = [row for row in rows if "::" not in row and not re.fullmatch(r"\| \*\*.+\*\* \| \|", row)]
    assert [row.split("|")[1].strip() for row in bare] == ["edge case", "dies"]


def test_every_step_at_which_a_process_is_killed_stands_in_the_list() -> None:
    text = (ROOT / "docs/developers/notice-rules.md").read_text()
    kills = {one for one in there() if one[0] in ("test_killed", "test_killed_at_every_step")}
    assert kills <= set(re.findall(r"`(test_\w+)::(\w+)`", text))
