"""The table of steps: every pair that is not in it is refused, and every state of the models is known to it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from booking.cases.models import CaseState, LineState
from booking.cases.rules import DONE, GRANTED_FAMILY, NEW, OUTCOMES, TRANSITIONS, UNDECIDED, acts_from, is_allowed
from booking.cases.rules.state import STORED_ACTS, derive_state, waiting_on
from booking.cases.rules.transitions import STATE_LABELS, states, step_for, undo_step
from booking.foundation.errors import WrongState

ACTS = sorted({step.act for step in TRANSITIONS if step.source})
ACTORS: list[Any] = ["party", "officer", "system"]

#: What has been carried out already isn't refused, it just changes nothing.
ALREADY = {
    ("granted", "grant"), ("handed_out", "grant"), ("returned", "grant"), ("completed", "grant"),
    ("refused", "refuse"), ("waiting_list", "waiting_list"), ("withdrawn", "withdraw"),
    ("cancelled_by_organisation", "withdraw"),
}  # fmt: skip


def test_the_table_and_the_models_know_the_same_states() -> None:
    assert states() == set(LineState.values) == set(STATE_LABELS)
    assert set(STORED_ACTS) <= set(CaseState.values)
    assert set(LineState.values) >= DONE | UNDECIDED | GRANTED_FAMILY
    assert set(OUTCOMES.values()) <= set(LineState.values)


def test_no_step_stands_in_the_table_twice() -> None:
    assert len({(step.source, step.target, step.act) for step in TRANSITIONS}) == len(TRANSITIONS)
    # Undoing leads back to where the line came from: only there one act has several ends.
    named = [(step.source, step.act) for step in TRANSITIONS if step.source and step.act != "undo"]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(("source", "target"), sorted(product([NEW, *LineState.values], LineState.values)))
def test_every_pair_that_is_not_in_the_table_is_refused(source: str, target: str) -> None:
    allowed = {(step.source, step.target): step for step in TRANSITIONS}
    assert is_allowed(source, target) == ((source, target) in allowed)
    if source == NEW or (source, target) in allowed:
        return
    for act, actor in product(ACTS, ACTORS):
        try:
            step = step_for(source, act, actor)
        except WrongState:
            continue
        assert step is None or step.target != target


@pytest.mark.parametrize(("state", "act", "actor"), sorted(product(LineState.values, ACTS, ACTORS)))
def test_an_act_is_the_tables_or_done_already_or_refused(state: str, act: Any, actor: Any) -> None:
    fitting = [step for step in TRANSITIONS if (step.source, step.act) == (state, act) and actor in step.who]
    if act == "undo":
        assert act not in acts_from(state, actor)
        for target in LineState.values:
            wanted = [step for step in fitting if step.target == target] if actor == "officer" else []
            if wanted:
                assert undo_step(state, target) == wanted[0]
            elif actor == "officer":
                with pytest.raises(WrongState):
                    undo_step(state, target)
        return
    if fitting:
        assert step_for(state, act, actor) == fitting[0]
        assert act in acts_from(state, actor)
    elif (state, act) in ALREADY:
        assert step_for(state, act, actor) is None
    else:
        with pytest.raises(WrongState) as refused:
            step_for(state, act, actor)
        assert refused.value.extra == {"state": state}


def test_whoever_says_no_says_why_and_is_impartial() -> None:
    for step in TRANSITIONS:
        if step.act in ("refuse", "waiting_list"):
            assert "grounds" in step.needs
        if "officer" in step.who and step.act in ("grant", "refuse", "waiting_list", "take_back"):
            assert "impartial" in step.needs
        if step.act == "undo":
            assert step.who == {"officer"}
            assert "impartial" in step.needs
        if step.target == "granted":
            assert "free_time" in step.needs


def test_time_alone_only_completes() -> None:
    assert [step.source for step in TRANSITIONS if step.act == "complete"] == ["granted"]


@pytest.mark.parametrize(
    ("lines", "touched", "state", "waiting"),
    [
        ([], False, "received", "municipality"),
        ([], True, "in_review", "municipality"),
        (["requested"], False, "received", "municipality"),
        (["held"], True, "in_review", "municipality"),
        (["withdrawn"], True, "withdrawn", "nobody"),
        (["withdrawn", "withdrawn"], False, "withdrawn", "nobody"),
        (["granted", "requested"], True, "in_review", "municipality"),
        (["waiting_list", "requested"], True, "in_review", "municipality"),
        (["waiting_list", "granted"], True, "on_hold", "nobody"),
        (["waiting_list", "refused"], True, "on_hold", "nobody"),
        (["granted"] * 5 + ["refused"] * 2, True, "partly_granted", "nobody"),
        (["granted", "withdrawn"], True, "granted", "nobody"),
        (["granted", "displaced", "completed", "handed_out"], True, "granted", "nobody"),
        (["granted", "cancelled_by_municipality"], True, "granted", "nobody"),
        (["refused"], True, "refused", "nobody"),
        (["refused", "withdrawn"], True, "refused", "nobody"),
        (["completed", "refused"], True, "partly_granted", "nobody"),
        (["completed", "completed"], True, "closed", "nobody"),
        (["completed", "returned", "cancelled_by_organisation"], True, "closed", "nobody"),
        (["cancelled_by_organisation"], True, "closed", "nobody"),
    ],
)
def test_golden_case_states(lines: list[str], touched: bool, state: str, waiting: str) -> None:
    assert derive_state((), lines, touched=touched) == state
    assert waiting_on(state, lines) == waiting


@pytest.mark.parametrize("position", range(len(STORED_ACTS)))
def test_stored_acts_win_in_their_order(position: int) -> None:
    assert derive_state(STORED_ACTS[position:], ["granted"], touched=True) == STORED_ACTS[position]


def test_whose_move_it_is() -> None:
    assert waiting_on("waiting_for_requester", ["requested"], open_question=True) == "requester"
    assert waiting_on("waiting_for_requester", ["granted"], open_question=True) == "requester"
    assert waiting_on("on_hold", ["waiting_list"], open_offer=True) == "requester"
    assert waiting_on("granted", ["displaced"], open_offer=True) == "requester"
    assert waiting_on("granted", ["displaced", "displaced"], open_offer=True, owes_answer=True) == "municipality"
    assert waiting_on("withdrawn", ["withdrawn"], open_offer=True) == "nobody"
    assert waiting_on("draft", []) == "requester"
    assert waiting_on("closed", ["requested"]) == "nobody"
    assert waiting_on("appealed", ["refused"]) == "municipality"
