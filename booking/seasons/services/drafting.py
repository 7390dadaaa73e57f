"""Calculations in the background: asked for, worked on by whichever worker is free, stopped, made a proposal.

A run belongs to a worker while its lease lasts. ``attempts`` counts claims and is the fence: a worker that was thought
dead and comes back with an old number writes nothing. Each step that the solver reports is stored with the best
timetable so far, so a killed worker loses a step, and the next one goes on from there with what is left of the budget.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.foundation import clock, text
from booking.foundation.errors import Invalid, NotFound, WrongState
from booking.seasons.access import check_may_decide
from booking.seasons.models import AuthorKind, DraftRun, Proposal, ProposedSlot, RunState, SeasonRound
from booking.seasons.rules import presets
from booking.seasons.rules.instance import Instance, Slot, Timetable
from booking.seasons.rules.measures import measure
from booking.seasons.rules.solver import Budget, Draft, Progress, draft
from booking.seasons.selectors.instances import instance_of, timetable_of, wishes_of
from booking.seasons.selectors.proposals import find_visible
from booking.seasons.services.common import locked_round, record, today_of
from booking.seasons.services.proposing import check_state, new_proposal, put_slots

log = logging.getLogger(__name__)

#: A worker that hasn't said anything for so long is gone.
LEASE = timedelta(seconds=45)
#: Seconds between two signs of life while the solver is busy.
SIGN_OF_LIFE = 10.0
#: A run that took so many workers with it is given up.
MOST_ATTEMPTS = 8
#: Deterministic seconds that can be asked for: while one looks, the usual, overnight.
BUDGETS = (10.0, 60.0, 300.0, 1800.0)
LIVING = (RunState.QUEUED, RunState.RUNNING)


@transaction.atomic
def ask_for_draft(
    round: SeasonRound,
    *,
    by: Any,
    now: datetime,
    start_from: Proposal | None = None,
    name: str = "",
    budget: float = 60.0,
    seed: int | None = None,
    rules: Mapping[str, Any] | None = None,
    simulation: bool = False,
) -> DraftRun:
    """Put a calculation in the queue. One at a time for a round: raises ``WrongState`` while another one lives.

    ``start_from``: its locked slots stay where they are, and the search begins with the others. ``rules``: a preset
    and what is changed in it; the round's own unless given. ``simulation``: last year's wishes, only to look at.
    """
    found = locked_round(round)
    hat = check_may_decide(by, found, today_of(now))
    if simulation:
        _check_simulation(found)
    else:
        check_state(found, None)
        if not wishes_of(found):
            raise WrongState("no_wishes", _("There are no wishes yet."))
    if start_from is not None:
        if start_from.round_id != found.pk:
            raise NotFound("not_found", _("There is no such proposal."), loc=("start_from",))
        start_from = find_visible(by, found, start_from.number, today_of(now))
    if budget not in BUDGETS:
        raise Invalid("bad_budget", _("Choose how long it may take."), loc=("budget",))
    if rules is not None:
        try:
            presets.read(rules)
        except presets.RulesError as error:
            raise Invalid("bad_rules", _("These rules can't be read: %(why)s"), params={"why": error}) from error
    if DraftRun.objects.filter(round=found, state__in=LIVING).exists():
        raise WrongState("running", _("A calculation is under way already. Stop it, or wait until it is done."))
    seed = found.seed if seed is None else seed
    if not 0 <= seed < 2**31:
        raise Invalid("bad_seed", _("Choose a number from 0 to 2,147,483,647."), loc=("seed",))
    made = DraftRun.objects.create(
        round=found, start_from=start_from, name=text.clean(name, max_length=100, loc=("name",)),
        rules=dict(rules or {}), simulation=simulation, seed=seed, budget=budget, asked_by=by, asked_at=now,
    )  # fmt: skip
    if not simulation:
        record(found, "draft_asked", at=now, by=by, hat=hat, public=False, facts={"run": made.pk})
    return made


def _check_simulation(round: SeasonRound) -> None:
    last = round.follows
    if last is None or last.adopted_id is None:
        raise WrongState("no_last_year", _("There is no adopted round from last year to try the rules on."))


@transaction.atomic
def stop_draft(run: DraftRun, *, by: Any, now: datetime) -> DraftRun:
    """End it with what it has. A run that nobody has begun ends at once; one that is over stays as it is."""
    round = locked_round(run.round_id)
    check_may_decide(by, round, today_of(now))
    found = DraftRun.objects.select_for_update().get(pk=run.pk)
    if found.state == RunState.QUEUED:
        found.state, found.finished_at, found.cancel_asked = RunState.CANCELLED, now, True
    elif found.state == RunState.RUNNING:
        found.cancel_asked = True
    found.save(update_fields=["state", "finished_at", "cancel_asked"])
    return found


# --- the worker's side -----------------------------------------------------------------------------------------------


def work_on_drafts(stopping: Callable[[], bool]) -> int:
    """Take a run that waits, or that a dead worker left behind, and work on it until it is done. How many: 0 or 1.

    ``stopping`` is asked at each step: when the worker must end, the run is given back as it stands.
    """
    run = claim()
    if run is None:
        return 0
    with _signs_of_life(run):
        try:
            _work(run, stopping)
        except (DatabaseError, InterfaceError):
            raise  # the database is away: the lease ends, and the run is taken again from its last step
        except Exception:
            log.exception("The calculation %s failed", run.pk)
            _mine(run).update(
                state=RunState.FAILED, finished_at=clock.real(), lease_until=None,
                error="Something went wrong in the calculation. The log of the worker says what.",
            )  # fmt: skip
    return 1


def claim() -> DraftRun | None:
    """The oldest run that nobody works on, made ours by one conditional update: two workers never get the same."""
    real = clock.real()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=real) | Q(lease_until__gt=real + 2 * LEASE)
    for run in DraftRun.objects.filter(free, state__in=LIVING).order_by("asked_at", "pk"):
        if run.attempts >= MOST_ATTEMPTS:
            DraftRun.objects.filter(free, pk=run.pk, attempts=run.attempts).update(
                state=RunState.FAILED, finished_at=real, lease_until=None,
                error="It was begun several times, and each time the worker ended before it was done.",
            )  # fmt: skip
            continue
        taken = DraftRun.objects.filter(free, pk=run.pk, state__in=LIVING, attempts=run.attempts).update(
            state=RunState.RUNNING, lease_until=real + LEASE, attempts=F("attempts") + 1,
            started_at=run.started_at or real,
        )  # fmt: skip
        if taken:
            return DraftRun.objects.select_related("round__follows__adopted", "start_from").get(pk=run.pk)
    return None


def _mine(run: DraftRun) -> Any:
    """The row while it is still ours."""
    return DraftRun.objects.filter(pk=run.pk, attempts=run.attempts, state=RunState.RUNNING)


@contextmanager
def _signs_of_life(run: DraftRun) -> Iterator[None]:
    """Renew the lease while the solver is busy between two steps. Not inside somebody's transaction (a test's)."""
    if connection.in_atomic_block:
        yield
        return
    over = threading.Event()

    def renew() -> None:
        while not over.wait(SIGN_OF_LIFE):
            try:
                _mine(run).update(lease_until=clock.real() + LEASE)
            except DatabaseError:  # away for a moment: the next sign may come through before the lease ends
                log.warning("The lease of calculation %s couldn't be renewed", run.pk, exc_info=True)
        connection.close()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(SIGN_OF_LIFE)


def problem_of(run: DraftRun) -> Instance:
    """What the run calculates: the round's wishes, or in a simulation last year's, by the run's rules and seed."""
    round = run.round
    if run.simulation and round.follows is not None:
        found = instance_of(round.follows, rules=run.rules or {"preset": round.preset, **round.rules})
    else:
        found = instance_of(round, rules=run.rules or None)
    return replace(found, seed=run.seed)


def _work(run: DraftRun, stopping: Callable[[], bool]) -> None:
    instance = problem_of(run)
    start: Timetable = tuple(Slot(*row) for row in run.best)
    if not start and run.start_from is not None:
        known = instance.wish
        start = tuple(one for one in timetable_of(run.start_from) if one.wish in known and one.place in instance.place)
    done = float(run.progress.get("done", 0.0))
    budget = Budget(max(run.budget * (1 - done), min(run.budget, 5.0)))
    ended = {"why": ""}

    def step(progress: Progress) -> bool:
        """Store what there is; False when it is to end."""
        whole = done + (1 - done) * progress.done
        kept = _mine(run).update(
            best=[_row(one) for one in progress.timetable],
            progress=_progress(instance, progress, whole),
            lease_until=clock.real() + LEASE,
        )
        if not kept:
            ended["why"] = "lost"
        elif stopping():
            ended["why"] = "worker"
        elif DraftRun.objects.filter(pk=run.pk, cancel_asked=True).exists():
            ended["why"] = "asked"
        return not ended["why"]

    result = draft(instance, start=start, budget=budget, progress=step)
    if ended["why"] == "lost":
        return
    if ended["why"] == "worker":
        _mine(run).update(lease_until=None)
        return
    finish(run, instance, result, now=clock.now(), stopped=ended["why"] == "asked")


def _row(slot: Slot) -> list[Any]:
    return [slot.wish, slot.place, slot.weekday, slot.start, slot.end, slot.locked]


def _progress(instance: Instance, progress: Progress, done: float) -> dict[str, Any]:
    figures = measure(instance, progress.timetable)
    return {
        "done": round(done, 3), "stage": progress.stage, "worst": progress.worst_percent,
        "bound": progress.bound_percent, "minutes": figures.whole.minutes, "unserved": figures.whole.unserved,
        "without_least": len(figures.without_least), "at": clock.real().isoformat(),
    }  # fmt: skip


@transaction.atomic
def finish(run: DraftRun, instance: Instance, result: Draft, *, now: datetime, stopped: bool) -> None:
    """The run is over, and its timetable is a draft of the municipality's; a simulation leaves figures only."""
    found = locked_round(run.round_id)
    held = DraftRun.objects.select_for_update(of=("self",)).filter(
        pk=run.pk, attempts=run.attempts, state=RunState.RUNNING
    )
    row = held.select_related("start_from").first()
    if row is None:
        return
    row.state = RunState.CANCELLED if stopped else RunState.DONE
    row.finished_at, row.lease_until = now, None
    row.best = [_row(one) for one in result.timetable]
    facts = {
        "method": result.method, "levels": list(result.levels), "bound": result.bound, "gap": result.gap,
        "complete": result.complete, "stopped": stopped, "budget": row.budget,
        "rules": instance.rules.get("preset", ""),
    }  # fmt: skip
    row.progress = {**row.progress, "done": 1.0, **facts}
    if not row.simulation:
        row.proposal = _as_proposal(found, row, result, facts, now)
    row.save(update_fields=["state", "finished_at", "lease_until", "best", "progress", "proposal"])


def _as_proposal(found: SeasonRound, run: DraftRun, result: Draft, facts: dict[str, Any], now: datetime) -> Proposal:
    # A name that a program gives is for everybody: in the municipality's own language.
    with translation.override(settings.LANGUAGE_CODE):
        name = run.name or gettext("Calculated draft")
    made = new_proposal(
        found, name=name, kind=AuthorKind.SOLVER, based_on=run.start_from, by=run.asked_by,
        hat=f"unit:{found.unit.slug}", now=now, facts=facts, seed=run.seed,
    )  # fmt: skip
    reasons: dict[tuple[int, ...], str] = {}
    if run.start_from is not None:
        fields = ("wish_id", "resource_id", "weekday", "start", "end")
        rows = ProposedSlot.objects.filter(proposal=run.start_from).values_list(*fields, "reason")
        reasons = {tuple(row[:5]): row[5] for row in rows}
    put_slots(
        made,
        (
            (one, reasons.get((one.wish, one.place, one.weekday, one.start, one.end), ""))
            for one in result.timetable
        ),
    )  # fmt: skip
    return made
