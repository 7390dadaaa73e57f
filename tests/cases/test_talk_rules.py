"""When talk becomes a letter, who is called by name, and where a question goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.cases.rules.routing import Rule, unit_for, words_of
from booking.cases.rules.talk import evening_of, goes_at_once, hour_of, mentioned
from booking.correspondence.rules import not_at_night

OSLO = ZoneInfo("Europe/Oslo")
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 2 * 365 * 24 * 3600).map(lambda second: START + timedelta(seconds=second))


@given(moments)
def test_every_moment_lies_in_one_hour_and_one_evening(at: datetime) -> None:
    for slot in (hour_of(at), evening_of(at, OSLO)):
        assert slot.start <= at < slot.end < slot.due
    # The clock changes twice a year: an evening to evening has 23 to 25 hours, and never a gap.
    evening = evening_of(at, OSLO)
    assert timedelta(hours=23) <= evening.end - evening.start <= timedelta(hours=25)
    assert evening_of(evening.end, OSLO).start == evening.end
    assert evening.end.astimezone(OSLO).hour == 19


@given(moments)
def test_nothing_waits_longer_than_a_night(at: datetime) -> None:
    leaves = not_at_night(at, OSLO)
    assert at <= leaves <= at + timedelta(hours=10)
    assert 7 <= leaves.astimezone(OSLO).hour < 22
    assert not_at_night(leaves, OSLO) == leaves


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Kari kommer du?", [1, 2]),
        ("hei @kari trener!", [1]),
        ("@Kari Berg", [2]),
        ("@kari.berg", [2]),
        ("@Ola, @Kari", [1, 2, 3]),  # both are called Kari
        ("skriv til kari@example.org", []),
        ("@Karin", []),
        ("@", []),
        ("Kari", []),
    ],
)
def test_who_is_called_by_name(text: str, called: list[int]) -> None:
    assert sorted(mentioned(text, {1: "Kari Trener", 2: "Kari Berg", 3: "Ola"})) == called


def test_what_goes_at_once() -> None:
    assert goes_at_once(mentions=[1], needs_answer=False, person=1, answers=False)
    assert goes_at_once(mentions=[], needs_answer=True, person=1, answers=True)
    assert not goes_at_once(mentions=[1], needs_answer=False, person=2, answers=True)
    assert not goes_at_once(mentions=[1], needs_answer=False, person=None, answers=False)
    assert not goes_at_once(mentions=[], needs_answer=True, person=1, answers=False)


RULES = [
    Rule(unit=1, words=words_of("Brøyt, strø\nsnø ")),
    Rule(unit=2, resource=7),
    Rule(unit=3, kind="equipment", words=words_of("ødelagt")),
    Rule(unit=4),  # asks for nothing: as if it weren't there
]


@pytest.mark.parametrize(
    ("text", "resource", "kind", "unit"),
    [
        ("Når brøytes det?", None, "", 1),
        ("SNØRYDDING!", None, "", 1),
        ("Kan dere utstrø?", None, "", None),  # the beginning of a word, not its middle
        ("Er den ledig?", 7, "venue", 2),
        ("Hengeren er ødelagt", 9, "equipment", 3),
        ("Hengeren er ødelagt", 9, "venue", None),
        ("Hei", None, "", None),
    ],
)
def test_where_a_question_goes(text: str, resource: int | None, kind: str, unit: int | None) -> None:
    assert unit_for(text, RULES, resource=resource, kind=kind) == unit


@given(st.text(max_size=200))
def test_any_text_goes_somewhere_or_nowhere(text: str) -> None:
    assert unit_for(text, RULES) in (1, None)
    assert all(word == word.strip() and word for word in words_of(text))
