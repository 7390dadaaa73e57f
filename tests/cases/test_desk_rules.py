"""What a list may be asked for, what a link says, what a cell may hold: pure."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.cases.desk.rules import LINK_DAYS, NARROWING, Link, clean_query, read_link, write_link
from booking.foundation.doors.logs import _SECRET
from booking.foundation.sheets import cell
from tests.thoroughness import examples

LINKS = st.builds(
    Link,
    user=st.integers(0, 2**63 - 1),
    case=st.integers(0, 2**63 - 1),
    act=st.sampled_from(["holding_reply", "ask"]),
    hand_overs=st.integers(0, 2**16 - 1),
    day=st.dates(date(2020, 1, 1), date(2200, 1, 1)),
)
MACS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@settings(max_examples=examples(200))
@given(LINKS, MACS)
def test_a_link_is_read_as_it_was_written_and_hides_in_logs(link: Link, mac: str) -> None:
    token = write_link(link, mac)
    assert read_link(token) == (link, mac)
    assert _SECRET.sub("…", f"GET /desk/{token}/ 200") == "GET /desk/…/ 200"


@settings(max_examples=examples(200))
@given(st.text(max_size=120))
def test_any_other_word_is_no_link_or_reads_as_one_that_nobody_signed(word: str) -> None:
    found = read_link(word)
    assert found is None or write_link(*found).rstrip("=") == word.rstrip("=") or len(found[1]) == 64


def test_a_link_lives_seven_days_from_its_morning() -> None:
    link = Link(1, 2, "ask", 0, date(2026, 3, 2))
    days = [link.day + timedelta(days=count) for count in (-1, 0, LINK_DAYS - 1, LINK_DAYS)]
    assert [link.alive_on(day) for day in days] == [False, True, True, False]


@settings(max_examples=examples(100))
@given(st.dictionaries(st.sampled_from([*NARROWING, "p", "export", "view", "x"]), st.lists(st.text(max_size=20))))
def test_a_kept_query_says_only_what_narrows_and_says_it_the_same_again(given_: dict[str, list[str]]) -> None:
    try:
        query = clean_query(given_)
    except (ValueError, UnicodeEncodeError):
        return
    again = parse_qs(query, keep_blank_values=True)
    assert set(again) <= set(NARROWING)
    assert clean_query(again) == query


def test_what_nobody_keeps_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        clean_query({"q": ["ø" * 300]})


@pytest.mark.parametrize("text", ["=1+1", "+47", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_text(text: str) -> None:
    assert cell(text) == "'" + text


@pytest.mark.parametrize("value", ["Kari", "", 7, None, date(2026, 3, 2)])
def test_all_else_stays_as_it_is(value: object) -> None:
    assert cell(value) == value
