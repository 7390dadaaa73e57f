"""What docs/developers/seasons.md promises is tested: each sentence and each edge case names a test that exists."""

from __future__ import annotations

from tests.documented import bare_rows, known_tests, named_in

PAGE = "docs/developers/seasons.md"


def test_every_sentence_and_every_edge_case_names_a_test_that_exists() -> None:
    named = named_in(PAGE)
    assert len(named) > 130
    assert not named - known_tests(""), sorted(named - known_tests(""))
    assert bare_rows(PAGE, ["sentence or edge case", "dies"]) == []


def test_every_kill_stands_in_the_list() -> None:
    files = ("test_adoption_killed", "test_drafting_survives")
    assert {one for one in known_tests("seasons") if one[0] in files} <= named_in(PAGE)
