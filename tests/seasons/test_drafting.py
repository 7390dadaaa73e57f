"""Calculations in the background: one at a time, stopped, taken over from a dead worker, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from booking.foundation import clock
from booking.foundation.errors import Disqualified, Forbidden, Invalid, WrongState
from booking.seasons.models import DraftRun, RunState, SeasonRound
from booking.seasons.rules.instance import Slot
from booking.seasons.rules.solver import Progress
from booking.seasons.rules.validity import adoptable
from booking.seasons.selectors.instances import instance_of, timetable_of
from booking.seasons.services import drafting
from tests.factories import NOW, give_membership
from tests.seasons.world import Valley


@pytest.fixture
def found(valley: Valley) -> SeasonRound:
    made = valley.round("proposals")
    for number in range(6):
        valley.wish(made, f"Lag {number}", (valley.club, valley.handball)[number % 2], places=(valley.gym,))
    return made


def ask(valley: Valley, found: SeasonRound, **more: Any) -> DraftRun:
    given: dict[str, Any] = {"by": valley.officer, "now": NOW, "budget": 10.0} | more
    return drafting.ask_for_draft(found, **given)


def never() -> bool:
    return False


def test_a_run_becomes_a_draft_of_the_municipality(valley: Valley, found: SeasonRound) -> None:
    run = ask(valley, found, name="Første utkast", seed=7)
    assert drafting.work_on_drafts(never) == 1
    run.refresh_from_db()
    assert (run.state, run.lease_until) == (RunState.DONE, None)
    made = run.proposal
    assert made is not None
    assert (made.name, made.state, made.author_kind, made.seed) == ("Første utkast", "draft", "solver", 7)
    assert made.facts["method"] in ("solver", "greedy", "order")
    slots = timetable_of(made)
    assert len(slots) == 6
    assert adoptable(instance_of(found), slots)
    assert drafting.work_on_drafts(never) == 0


def test_the_same_seed_gives_the_same_timetable(valley: Valley, found: SeasonRound) -> None:
    made = []
    for _time in range(2):
        run = ask(valley, found, seed=3)
        drafting.work_on_drafts(never)
        run.refresh_from_db()
        assert run.proposal is not None
        made.append(timetable_of(run.proposal))
    assert made[0] == made[1]


def test_locked_times_stay_and_keep_their_reason(valley: Valley, found: SeasonRound) -> None:
    wish = found.wishes.first()
    assert wish is not None
    base = valley.proposal(found, (wish, valley.gym, 4, 21, 22), state="published")
    base.slots.update(locked=True, reason="Avtalt med laget")
    run = ask(valley, found, start_from=base)
    drafting.work_on_drafts(never)
    run.refresh_from_db()
    assert run.proposal is not None
    kept = run.proposal.slots.get(wish=wish)
    assert (kept.weekday, kept.start, kept.locked, kept.reason) == (4, 21 * 60, True, "Avtalt med laget")
    assert run.proposal.based_on == base


def test_one_at_a_time_and_the_database_says_so(valley: Valley, found: SeasonRound) -> None:
    run = ask(valley, found)
    with pytest.raises(WrongState) as refused:
        ask(valley, found)
    assert refused.value.code == "running"
    run.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        run.save()


def test_who_may_and_when(valley: Valley, found: SeasonRound) -> None:
    with pytest.raises(Forbidden):
        ask(valley, found, by=valley.leader)
    for bad in ({"budget": 11.0}, {"seed": -1}, {"seed": 2**31}, {"rules": {"preset": "nonsense"}}):
        with pytest.raises(Invalid):
            ask(valley, found, **bad)
    found.wishes.update(withdrawn_at=NOW)
    with pytest.raises(WrongState) as none:
        ask(valley, found)
    assert none.value.code == "no_wishes"
    found.wishes.update(withdrawn_at=None)
    give_membership(valley.officer, valley.club, "board")
    with pytest.raises(Disqualified):
        ask(valley, found)


def test_a_waiting_run_is_stopped_at_once(valley: Valley, found: SeasonRound) -> None:
    run = drafting.stop_draft(ask(valley, found), by=valley.boss, now=NOW)
    assert run.state == RunState.CANCELLED
    assert drafting.work_on_drafts(never) == 0


def test_a_running_one_is_stopped_at_its_next_step_and_leaves_the_best(
    valley: Valley, found: SeasonRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask(valley, found)
    real = drafting._progress

    def pressed(*args: Any) -> dict[str, Any]:
        drafting.stop_draft(run, by=valley.officer, now=NOW)
        return real(*args)

    monkeypatch.setattr(drafting, "_progress", pressed)
    drafting.work_on_drafts(never)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert run.proposal is not None
    assert run.proposal.facts["stopped"] is True
    assert run.proposal.slots.count() == 6


def test_a_worker_that_must_end_gives_the_run_back(valley: Valley, found: SeasonRound) -> None:
    run = ask(valley, found)
    drafting.work_on_drafts(lambda: True)
    run.refresh_from_db()
    assert (run.state, run.lease_until, run.attempts) == (RunState.RUNNING, None, 1)
    assert len(run.best) == 6
    assert drafting.work_on_drafts(never) == 1
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_while_the_lease_lasts_nobody_else_takes_it(valley: Valley, found: SeasonRound) -> None:
    run = ask(valley, found)
    assert drafting.claim() == run
    assert drafting.claim() is None
    DraftRun.objects.filter(pk=run.pk).update(lease_until=clock.real() - timedelta(seconds=1))
    again = drafting.claim()
    assert again is not None
    assert again.attempts == 2


def test_a_worker_that_was_thought_dead_writes_nothing(valley: Valley, found: SeasonRound) -> None:
    ask(valley, found)
    old = drafting.claim()
    assert old is not None
    DraftRun.objects.filter(pk=old.pk).update(lease_until=None)
    new = drafting.claim()
    assert new is not None
    drafting._work(old, never)
    new.refresh_from_db()
    assert (new.state, new.best, new.proposal) == (RunState.RUNNING, [], None)
    drafting._work(new, never)
    new.refresh_from_db()
    assert new.state == RunState.DONE


def test_it_goes_on_from_the_best_with_what_is_left(
    valley: Valley, found: SeasonRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask(valley, found, budget=60.0)
    wish = found.wishes.first()
    assert wish is not None
    best = [[wish.pk, valley.gym.pk, 4, 1260, 1320, False]]
    DraftRun.objects.filter(pk=run.pk).update(state="running", attempts=1, best=best, progress={"done": 0.5})
    seen: dict[str, Any] = {}
    real = drafting.draft

    def watched(instance: Any, **given: Any) -> Any:
        seen.update(given)
        return real(instance, **given)

    monkeypatch.setattr(drafting, "draft", watched)
    drafting.work_on_drafts(never)
    assert seen["start"] == (Slot(wish.pk, valley.gym.pk, 4, 1260, 1320),)
    assert seen["budget"].units == 30.0


def test_one_that_kills_its_workers_is_given_up(valley: Valley, found: SeasonRound) -> None:
    run = ask(valley, found)
    DraftRun.objects.filter(pk=run.pk).update(attempts=drafting.MOST_ATTEMPTS)
    assert drafting.work_on_drafts(never) == 0
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    ask(valley, found)


def test_a_fault_in_the_calculation_is_shown_and_the_next_one_can_run(
    valley: Valley, found: SeasonRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask(valley, found)

    def broken(*_args: Any, **_given: Any) -> Any:
        raise RuntimeError("no")

    monkeypatch.setattr(drafting, "draft", broken)
    drafting.work_on_drafts(never)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error


def test_rules_are_tried_on_last_years_wishes_and_make_no_proposal(valley: Valley, found: SeasonRound) -> None:
    with pytest.raises(WrongState) as nothing:
        ask(valley, found, simulation=True, rules={"preset": "lottery"})
    assert nothing.value.code == "no_last_year"
    last = valley.round("ended", slug="i-fjor", name="I fjor")
    valley.wish(last, "Fjorårslaget", places=(valley.gym,))
    found.follows = last
    found.save()
    run = ask(valley, found, simulation=True, rules={"preset": "first_come"})
    before = found.proposals.count()
    drafting.work_on_drafts(never)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert (run.proposal, found.proposals.count()) == (None, before)
    assert [row[0] for row in run.best] == [last.wishes.get().pk]


def test_progress_is_told_in_figures(valley: Valley, found: SeasonRound) -> None:
    instance = instance_of(found)
    told = drafting._progress(instance, Progress(0.5, "greedy", 0, None, ()), 0.5)
    assert (told["done"], told["worst"], told["unserved"], told["minutes"]) == (0.5, 0, 6, 0)
