"""The state table, the ladder and the gate, as pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.foundation.errors import WrongState
from booking.works.models import WorksState
from booking.works.rules import gate, ladder, states

#: notice-rules.md "Objects", written out by hand; not made from the table.
ALLOWED = {
    "draft": {"planned", "active_emergency", "postponed", "cancelled"},
    "planned": {"consulting", "noticed", "postponed", "cancelled"},
    "consulting": {"noticed", "postponed", "cancelled"},
    "noticed": {"ready", "postponed", "cancelled"},
    "ready": {"active", "noticed", "postponed", "cancelled"},
    "active": {"paused", "overrunning", "completed"},
    "active_emergency": {"completed"},
    "paused": {"active", "overrunning", "completed"},
    "overrunning": {"paused", "completed"},
    "completed": {"closed"},
    "postponed": {"planned", "cancelled"},
    "closed": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize(("source", "target"), list(product(WorksState.values, WorksState.values)))
def test_every_pair_of_states(source: str, target: str) -> None:
    if source == target:
        assert states.step_for(source, target) is None
    elif target in ALLOWED[source]:
        step = states.step_for(source, target)
        assert step is not None
        assert (step.source, step.target) == (source, target)
    else:
        with pytest.raises(WrongState):
            states.step_for(source, target)


def test_the_table_knows_every_state_and_names_each_pair_once() -> None:
    assert set(states.LABELS) == set(WorksState.values)
    pairs = [(step.source, step.target) for step in states.STEPS]
    assert len(pairs) == len(set(pairs))


GIVEN, START = date(2026, 3, 24), date(2026, 4, 13)
MEANS = ("email", "sms", "second_contact", "leader", "phone", "poster")


def test_the_ladder_of_a_standard_notice() -> None:
    found = ladder.rungs(GIVEN, START, MEANS, (7, 2))
    assert [one.means for one in found] == list(MEANS[1:])
    assert [one.step for one in found] == [2, 3, 4, 5, 6]
    assert found[0].due == date(2026, 3, 28)
    assert found[-1].due == date(2026, 4, 11)  # the last reminder


def test_youth_climbs_one_step_earlier() -> None:
    found = ladder.rungs(GIVEN, START, MEANS, (7, 2), earlier=1)
    assert [one.due for one in found][:2] == [date(2026, 3, 28), date(2026, 3, 28)]
    assert found[-1].due < date(2026, 4, 11)


@given(
    days=st.integers(0, 90), means=st.integers(0, 6), last=st.integers(1, 14), earlier=st.integers(0, 3),
)  # fmt: skip
def test_any_ladder_is_climbed_in_order_and_before_the_last_reminder(
    days: int, means: int, last: int, earlier: int
) -> None:
    start = GIVEN + timedelta(days=days)
    found = ladder.rungs(GIVEN, start, MEANS[:means], (last,), earlier=earlier)
    assert len(found) == max(means - 1, 0)
    dues = [one.due for one in found]
    assert dues == sorted(dues)
    assert all(GIVEN <= due <= max(start - timedelta(days=last), GIVEN) for due in dues)
    plain = ladder.rungs(GIVEN, start, MEANS[:means], (last,))
    assert all(one.due <= other.due for one, other in zip(found, plain, strict=True))


def test_after_an_outage_only_the_newest_rung_is_due() -> None:
    steps = ladder.rungs(GIVEN, START, MEANS, (7, 2))
    assert ladder.due_rung(steps, GIVEN, 1) is None
    due = ladder.due_rung(steps, date(2026, 4, 6), 1)
    assert due is not None
    assert due.means == "leader"
    assert ladder.due_rung(steps, date(2026, 4, 6), due.step) is None


@pytest.mark.parametrize(
    ("today", "said", "due"),
    [
        (date(2026, 4, 5), [], None),
        (date(2026, 4, 6), [], 7),
        (date(2026, 4, 6), [7], None),
        (date(2026, 4, 12), [], 2),
        (date(2026, 4, 12), [7], 2),
        (date(2026, 4, 12), [2], None),
        (START, [], None),
    ],
)
def test_reminders_are_derived(today: date, said: list[int], due: int | None) -> None:
    assert ladder.due_reminder(START, (7, 2), today, said) == due


# --- the gate --------------------------------------------------------------------------------------------------------

AT = datetime(2026, 4, 13, 5, tzinfo=UTC)


def told(pk: int = 1, **fields: object) -> gate.Told:
    given = {"direct": True, "needs_notice": True, "earliest": AT, "acknowledged": True, "direct_share": 100}
    return gate.Told(pk, **(given | fields))  # type: ignore[arg-type]


def test_told_in_time_to_the_minute() -> None:
    assert gate.told_missing([told()], AT) == []
    (late,) = gate.told_missing([told(earliest=AT + timedelta(minutes=1))], AT)
    assert (late.code, late.party, late.until) == ("told_too_late", 1, AT + timedelta(minutes=1))


def test_the_clock_of_the_works_is_that_of_the_slowest_direct_party() -> None:
    slow = told(2, direct=False, earliest=AT + timedelta(days=1))
    assert gate.told_missing([told(), slow], AT) == []
    # Where nobody is direct, it is the slowest of all.
    assert [one.code for one in gate.told_missing([slow], AT)] == ["told_too_late"]
    # Not told at all is never enough.
    assert [one.code for one in gate.told_missing([told(), told(2, direct=False, earliest=None)], AT)] == ["not_told"]


def test_nobody_gets_a_veto_by_not_clicking() -> None:
    assert [one.code for one in gate.receipts_missing([told(acknowledged=False)])] == ["not_acknowledged"]
    assert gate.receipts_missing([told(acknowledged=False, served=True)]) == []
    assert gate.told_missing([told(earliest=None, served=True)], AT) == []


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.sampled_from([0, 50, 75, 100]))
def test_a_share_of_the_others(answers: list[bool], share: int) -> None:
    rows = [
        told(number, direct=False, acknowledged=yes, other_share=share, direct_share=0)
        for number, yes in enumerate(answers)
    ]
    enough = sum(answers) / len(answers) * 100 >= share
    assert (gate.receipts_missing(rows) == []) == enough


@pytest.mark.parametrize(
    ("kind", "in_window", "confirmed", "answered", "holds_up"),
    [
        ("object", True, True, False, True),
        ("propose", True, True, False, True),
        ("replacement", True, True, False, True),
        ("confirm", True, True, False, False),
        ("object", False, True, False, False),
        ("object", True, False, False, False),
        ("object", True, True, True, False),
    ],
)
def test_which_replies_gate(kind: str, in_window: bool, confirmed: bool, answered: bool, holds_up: bool) -> None:
    assert gate.gates(gate.Said(1, 1, kind, in_window, confirmed, answered)) is holds_up


def test_an_early_start_goes_past_the_clock_and_past_nothing_else() -> None:
    missing = [gate.Missing("told_too_late"), gate.Missing("conflict_open"), gate.Missing("affected_not_confirmed")]
    left = gate.past_override(missing, overridden=True)
    assert [one.code for one in left] == ["conflict_open", "affected_not_confirmed"]
    assert gate.past_override(missing, overridden=False) == missing
