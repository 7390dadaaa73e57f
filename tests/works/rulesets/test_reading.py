"""Rule sets as YAML: what is read, what is refused and how it is told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.foundation.errors import Invalid
from booking.works.rulesets import engine, reading
from booking.works.rulesets.engine import Change, Requirement, Row, RuleSet, When
from tests.thoroughness import examples

GOOD = reading.preset_source("small_town")


def faults(text: str) -> list[tuple[tuple, str]]:
    with pytest.raises(Invalid) as refused:
        reading.parse(text)
    return [(error.loc, error.code) for error in refused.value.errors]


@pytest.mark.parametrize("code", reading.PRESETS)
def test_a_preset_can_be_written_out_and_read_back(code: str) -> None:
    rules = reading.preset(code)
    assert rules.code == code
    assert set(rules.name) == {"en", "nb", "nn"}
    assert reading.parse(reading.to_yaml(rules)) == rules


def test_an_unknown_preset_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        reading.preset("../full")


def test_an_hour_without_quotes_is_read_as_it_was_meant() -> None:
    assert reading.parse(GOOD.replace('"16:00"', "15:30")).cut_off.isoformat() == "15:30:00"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("code: small_town", "code: Small Town", (("code",), "bad_code")),
        ('"16:00"', '"25:00"', (("cut_off",), "bad_clock")),
        ("calendar_days: 56", "calendar_days: 5600", (("rows", 0, "need", "calendar_days"), "bad_number")),
        ("calendar_days: 56", "calendar_days: -1", (("rows", 0, "need", "calendar_days"), "bad_number")),
        ("calendar_days: 56", "calendar_days: true", (("rows", 0, "need", "calendar_days"), "bad_number")),
        ("calendar_days: 56", "calender_days: 56", (("rows", 0, "need", "calender_days"), "unknown_name")),
        ("reminders: [28, 14, 7, 2]", "reminders: often", (("rows", 0, "need", "reminders"), "not_a_list")),
        ("reminders: [28, 14, 7, 2]", "reminders: [0]", (("rows", 0, "need", "reminders", 0), "bad_number")),
        ("{direct: 100, others: 75}", "{direct: 101}", (("rows", 0, "need", "acknowledged", "direct"), "bad_number")),
        ("impact: nuisance", "impact: noise", (("rows", 6, "when", "impact"), "unknown_value")),
        ("impact: nuisance", "impact: []", (("rows", 6, "when", "impact"), "empty")),
        ("told: false", "told: never", (("rows", 7, "need", "told"), "bad_flag")),
        ("quiet_weeks: []", "quiet_weeks: [54]", (("days_off", "quiet_weeks", 0), "bad_number")),
        ("extra_days: []", 'extra_days: ["13-40"]', (("days_off", "extra_days", 0), "bad_day")),
        ("extra_days: []", "country: XX", (("days_off", "country"), "holiday_data_missing")),
        ("at_least: standard", "at_least: huge", (("changes", 3, "then", "at_least"), "unknown_value")),
        ("hours_before: 2", "hours_before: 2\n      calendar_days: 1", (("rows", 4, "need"), "days_and_hours")),
        ("hours_before: 2", "hours_before: 2\n      hours_after: 1", (("rows", 4, "need"), "before_and_after")),
        ("  en: For a small town", '  en: ""', (("name", "en"), "bad_name")),
        ("category: emergency", "category: urgent", (("rows",), "no_rule")),
        ("code: small_town", "code: small_town\ncode: full", (("source",), "not_yaml")),
        ("code: small_town", "code: [", (("source",), "not_yaml")),
        ("code: small_town", "? [a, b]\n: c\ncode: x1", (("source",), "not_yaml")),
        ("code: small_town", "code: !!python/object:os.system x", (("source",), "not_yaml")),
        ("code: small_town", "code: \x00", (("source",), "not_yaml")),
        ("code: small_town", "code: 2026-99-99\nx: 1", (("source",), "not_yaml")),
    ],
)
def test_a_fault_is_told_with_its_place(old: str, new: str, expected: tuple) -> None:
    assert old in GOOD
    assert expected in faults(GOOD.replace(old, new, 1))


def test_all_faults_are_told_at_once() -> None:
    bad = GOOD.replace("calendar_days: 56", "calendar_days: x").replace("impact: nuisance", "impact: noise")
    assert len(faults(bad)) == 2


@pytest.mark.parametrize("text", ["", "[]", "just words", "12", "null", "- - - -", "a: &a [*a]"])
def test_what_is_no_rule_set_at_all(text: str) -> None:
    assert faults(text)


def test_too_long_a_text_is_not_read() -> None:
    assert faults("#" * (reading.LONGEST + 1)) == [(("source",), "too_long")]


def test_two_rows_without_an_order_are_refused() -> None:
    """One asks for more calendar days, the other for more working days, and both are about the same works."""
    extra = """
  - when: {category: short, impact: closed}
    need: {calendar_days: 9, working_days: 1}
  - when: {category: [short, minor], impact: [closed, partial]}
    need: {calendar_days: 5, working_days: 4}

changes:"""
    assert faults(GOOD.replace("\nchanges:", extra, 1)) == [(("rows", 9), "no_order")]
    # With an order between them the stricter one wins.
    ordered = reading.parse(GOOD.replace("\nchanges:", extra.replace("working_days: 1", "working_days: 6"), 1))
    assert engine.required(ordered, "short", "closed").calendar_days == 9


def test_the_most_specific_row_wins_even_when_it_asks_for_less() -> None:
    extra = """
  - when: {category: major, impact: partial, use: booking}
    need: {calendar_days: 10, working_days: 7}

changes:"""
    rules = reading.parse(GOOD.replace("\nchanges:", extra, 1))
    assert engine.row_for(rules.rows, "major", "partial", "booking").calendar_days == 10
    # Without the use another row applies, and of both the strictest figures are taken.
    assert engine.required(rules, "major", "partial", ["booking"]).calendar_days == 56


names = st.frozensets
whens = st.builds(
    When,
    names(st.sampled_from(engine.CATEGORIES), max_size=3),
    names(st.sampled_from(engine.IMPACTS), max_size=3),
    names(st.sampled_from(engine.USES), max_size=3),
)
in_days = st.builds(
    Requirement,
    category=st.just(""),
    calendar_days=st.integers(0, 400),
    working_days=st.integers(0, 260),
    consultation_days=st.integers(0, 180),
    reminders=st.sets(st.integers(1, 180), max_size=4).map(lambda days: tuple(sorted(days, reverse=True))),
    acknowledged_direct=st.integers(0, 100),
    phone=st.booleans(),
    told=st.booleans(),
    ladder=st.sets(st.sampled_from(engine.LADDER)).map(
        lambda steps: tuple(step for step in engine.LADDER if step in steps)
    ),
)
changes = st.builds(Change, whens, st.integers(0, 4), st.sampled_from([None, *engine.PLANNED]), st.integers(0, 180))
BASE = Row(When(), Requirement("", calendar_days=1))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.builds(Row, whens, in_days), max_size=5), st.lists(changes, max_size=4))
def test_any_rule_set_that_is_accepted_answers_every_question_and_survives_writing(rows, some_changes) -> None:
    rules = RuleSet("abc", (BASE, *rows), tuple(some_changes), {"en": "Name"})
    if clashes := reading.gaps_and_clashes(rules):
        assert {fault.code for fault in clashes} == {"no_order"}
        with pytest.raises(Invalid, match="no_order"):
            reading.from_data(reading.to_data(rules))
        return
    read = reading.from_data(reading.to_data(rules))
    assert read == rules
    assert reading.parse(reading.to_yaml(read)) == read
    for category in engine.CATEGORIES:
        for impact in engine.IMPACTS:
            engine.required(read, category, impact, engine.USES)
