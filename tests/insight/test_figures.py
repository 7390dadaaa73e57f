"""What is counted in public, and what is not: needs N8 and N17, requests.md "The answer clock" 4."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from booking.foundation.workdays import WorkCalendar
from booking.insight import rules
from booking.insight.rules import CaseFacts, Use
from booking.templatetags.booking_insight import hours, share, working_days

OSLO = ZoneInfo("Europe/Oslo")
NORWAY = WorkCalendar("NO")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def facts(answered_after: int | None = None, **fields: object) -> CaseFacts:
    """Received on a Monday morning, promised for the Monday two weeks later."""
    answered = MONDAY + timedelta(days=answered_after) if answered_after is not None else None
    values = {"first_answer_by": date(2026, 3, 16), "answer_by": date(2026, 3, 16), "by_rule": False}
    return CaseFacts(MONDAY, answered, waiting=answered is None, **(values | fields))  # type: ignore[arg-type]


def figures(*cases: CaseFacts, today: date = date(2026, 3, 20)) -> rules.AnswerFigures:
    return rules.answer_figures(cases, NORWAY, OSLO, today)


def test_days_are_working_days_from_receipt_to_answer() -> None:
    found = figures(facts(0), facts(1), facts(7))
    assert (found.median, found.slow) == (1, 5)


def test_what_the_rules_granted_is_counted_but_doesnt_make_people_look_fast() -> None:
    found = figures(facts(0, by_rule=True), facts(0, by_rule=True), facts(4))
    assert (found.answered, found.by_rule, found.median) == (3, 2, 4)


def test_a_holding_reply_mends_no_figure() -> None:
    late = facts(21, answer_by=date(2026, 4, 1))
    assert figures(facts(1), late).within == Fraction(1, 2)


def test_silence_past_the_date_counts_against_the_promise_at_once() -> None:
    waiting = facts(None)
    before, after = figures(waiting, today=date(2026, 3, 16)), figures(waiting, today=date(2026, 3, 17))
    assert (before.within, before.overdue) == (None, 0)
    assert (after.within, after.overdue) == (0, 1)


def test_nothing_is_nothing_and_not_zero() -> None:
    found = figures()
    assert (found.received, found.median, found.slow, found.within) == (0, None, None, None)
    assert found.few


@given(st.lists(st.integers(0, 400), min_size=1))
def test_median_and_percentile_are_what_their_names_say(values: list[int]) -> None:
    median, slow = rules.median(values), rules.percentile(values, 90)
    assert median is not None
    assert slow in values
    assert 2 * sum(value <= median for value in values) >= len(values)
    assert 2 * sum(value >= median for value in values) >= len(values)
    assert 10 * sum(value <= slow for value in values) >= 9 * len(values)
    assert 10 * sum(value < slow for value in values) < 9 * len(values)


def test_use_adds_up() -> None:
    use = (
        Use()
        .plus(MONDAY, MONDAY + timedelta(hours=2), young=True)
        .plus(MONDAY, MONDAY + timedelta(hours=1), young=False)
    )
    assert (use.loans, use.minutes, use.young_share) == (2, 180, Fraction(2, 3))
    assert Use().young_share is None


def test_a_share_is_not_rounded_to_all_or_none() -> None:
    assert [share(Fraction(*one)) for one in ((0, 1), (1, 1000), (1, 2), (999, 1000), (1, 1))] == [
        "0 %", "1 %", "50 %", "99 %", "100 %",
    ]  # fmt: skip
    assert (share(None), working_days(None)) == ("–", "–")


def test_days_and_hours_in_words() -> None:
    from django.utils import translation

    with translation.override("en"):
        assert [working_days(one) for one in (0, 1, Fraction(3, 2), 12)] == [
            "0 working days", "1 working day", "1.5 working days", "12 working days",
        ]  # fmt: skip
        assert hours(60 * 1234 + 10).replace("\N{NO-BREAK SPACE}", ",") == "1,234"


def test_an_early_start_is_not_kept_and_an_emergency_counts_for_itself() -> None:
    found = rules.notice_figures(
        [
            rules.StartedWorks(20, 14, early=False, emergency=False, report_overdue=False),
            rules.StartedWorks(3, 14, early=True, emergency=False, report_overdue=True),
            rules.StartedWorks(None, 0, early=False, emergency=True, report_overdue=False),
        ]
    )
    assert (found.started, found.kept, found.early, found.emergencies, found.overdue_reports) == (3, 1, 1, 1, 1)
    assert (found.share, found.given, found.promised) == (Fraction(1, 2), Fraction(23, 2), 14)
    assert rules.notice_figures([]).share is None
