"""What docs/developers/notice-rules.md promises is tested: each edge case and each kill names a test that exists."""

from __future__ import annotations

from tests.documented import bare_rows, known_tests, named_in

PAGE = "docs/developers/notice-rules.md"


def test_every_edge_case_and_every_kill_names_a_test_that_exists() -> None:
    named = named_in(PAGE)
    assert len(named) > 90
    assert not named - known_tests("works"), sorted(named - known_tests("works"))
    assert bare_rows(PAGE, ["edge case", "dies"]) == []


def test_every_step_at_which_a_process_is_killed_stands_in_the_list() -> None:
    kills = {one for one in known_tests("works") if one[0] in ("test_killed", "test_killed_at_every_step")}
    assert kills <= named_in(PAGE)
