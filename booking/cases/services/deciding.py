"""Answering: grant, refuse or waiting list per line, all or nothing; one case, or many with one set of grounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases import following as followers
from booking.cases.access import check_may_decide, hosts_of
from booking.cases.models import Case, Decision, Event, Line, LineState, OfferState
from booking.cases.rules import OUTCOMES, appeal_by, step_for
from booking.cases.services.loose_ends import withdraw_changes
from booking.cases.services.offering import close_offers, pass_on, spans_of, waiting_for
from booking.cases.services.rivalry import losers, move_losers, rivals_of, rules_of
from booking.cases.services.shared import (
    Actor,
    event,
    letters,
    lock,
    move_lines,
    post,
    refresh,
    states_of,
    tell_calendars,
)
from booking.cases.wanting import wanted_of
from booking.catalogue.rules import EffectiveRules
from booking.correspondence.services import Outgoing
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, FieldError, Invalid, Stale, Taken
from booking.occupancy import selectors as occupancy
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, take
from booking.occupancy.services import release as release_time

_EVENTS = {"grant": "granted", "refuse": "refused", "waiting_list": "waiting_listed"}


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What is decided about one line, by its number in the case. `grounds` of its own, else those of the act."""

    number: int
    outcome: str
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class TakenLine:
    """A line that can't be granted: its number, what stands there, and what is free instead."""

    number: int
    resource: Any
    start: datetime
    end: datetime
    conflicts: Sequence[occupancy.Conflict]
    alternatives: Sequence[occupancy.Alternative] = ()


def decide_lines(
    case: Case,
    outcomes: Sequence[LineOutcome],
    grounds: str = "",
    *,
    by: Any,
    now: datetime,
    if_version: int | None = None,
    legal_basis: str = "decision",
) -> Case:
    """Decide the named lines, all or nothing; the others stay open. Answers the case as it stands then.

    Granting takes the time and turns overlapping open requests that compete for it to the waiting list, in the same
    transaction, each with reason, event and letter. The letter about the decision itself waits a minute
    (`letter_delay_seconds`), so that undo costs nothing. A line that has that outcome already is left as it is.

    Raises ``Invalid`` (unknown line, missing grounds), ``Forbidden``, ``Disqualified``, ``Stale`` when `if_version`
    isn't the case's version, ``WrongState``, and ``Taken`` with a `TakenLine` per line that somebody else has.
    """
    checked = _checked(outcomes, grounds)
    on = local_date(now, booking_settings().tz)
    hat = check_may_decide(by, case, hosts_of(case), on)
    act = _Act(case.pk, checked, Actor(by, hat), now, if_version, legal_basis)
    return again_on_collision(act.run)


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What became of one case of many: the case as it stands then, or why not."""

    case: Case
    error: DomainError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a bulk decision would do to one case, before anybody confirms."""

    case: Case
    lines: Sequence[int]
    #: Numbers of lines whose time is already somebody else's.
    taken: Sequence[int] = ()
    #: References of other cases of the same selection that ask for the same time.
    against_each_other: Sequence[str] = ()
    #: How many open requests of others would go to the waiting list.
    rivals: int = 0
    error: DomainError | None = field(default=None)


def decide_many(
    cases: Iterable[Case], outcome: str, grounds: str | Callable[[Case], str] = "", *, by: Any, now: datetime
) -> list[BulkAnswer]:
    """Give all open lines of many cases one outcome, with one set of grounds. Each case by itself, in the given order.

    `grounds`: the words, or what writes them for a case (a ready text, filled in). A case that can't be decided doesn't
    stop the others; its error is in the answer.
    """
    answers = []
    for case in cases:
        numbers = _open_numbers(case, outcome)
        try:
            if not numbers:
                raise Invalid("nothing_open", _("Nothing is open in this case."))
            words = grounds if isinstance(grounds, str) else grounds(case)
            decided = decide_lines(case, [LineOutcome(number, outcome) for number in numbers], words, by=by, now=now)
        except DomainError as error:
            answers.append(BulkAnswer(case, error))
        else:
            answers.append(BulkAnswer(decided))
    return answers


def preview_many(cases: Iterable[Case], outcome: str, *, by: Any, now: datetime) -> list[Consequence]:
    """What `decide_many` would do, without doing it. A constant number of queries for the lines of all cases."""
    on = local_date(now, booking_settings().tz)
    listed = list(cases)
    lines = list(
        Line.objects.filter(case__in=listed, state__in=[LineState.REQUESTED, LineState.HELD, LineState.WAITING_LIST])
        .select_related("resource")
        .order_by("case_id", "number")
    )
    open_lines = [line for line in lines if outcome != "waiting_list" or line.state != LineState.WAITING_LIST]
    by_case: dict[int, list[Line]] = {case.pk: [] for case in listed}
    case_of = {}
    for line in open_lines:
        by_case[line.case_id].append(line)
        case_of[line.pk] = line.case_id
    outlook = occupancy.Outlook([], {})
    if outcome == "grant":
        outlook = occupancy.outlook(wanted_of(open_lines), ignore_cause=("line", [line.pk for line in open_lines]))
    own = _clashes(open_lines) if outcome == "grant" else {}
    taken = {conflict.index for conflict in outlook.conflicts if conflict.status != "own"}
    references = {case.pk: case.reference for case in listed}
    answers = []
    for case in listed:
        error: DomainError | None = None
        mine = by_case[case.pk]
        try:
            check_may_decide(by, case, hosts_of(case), on)
            if not mine:
                raise Invalid("nothing_open", _("Nothing is open in this case."))
        except DomainError as refused:
            error = refused
        against = {case_of[other] for line in mine for other in own.get(line.pk, ())} - {case.pk}
        rivals = {cause for line in mine for cause in outlook.rivals.get(line.pk, ())}
        answers.append(
            Consequence(
                case,
                [line.number for line in mine],
                [line.number for line in mine if line.pk in taken],
                sorted(references[pk] for pk in against),
                len(rivals),
                error,
            )
        )
    return answers


def _clashes(lines: Sequence[Line]) -> dict[int, set[int]]:
    """Which of the lines clash with each other, by id."""
    found: dict[int, set[int]] = {}
    for conflict in occupancy.conflicts(wanted_of(lines), ignore_cause=("line", [line.pk for line in lines])):
        if conflict.status == "own" and conflict.cause_id is not None:
            found.setdefault(conflict.index, set()).add(conflict.cause_id)
    return found


def _open_numbers(case: Case, outcome: str) -> list[int]:
    open_states = [LineState.REQUESTED, LineState.HELD]
    if outcome != "waiting_list":
        open_states.append(LineState.WAITING_LIST)
    return list(case.lines.filter(state__in=open_states).order_by("number").values_list("number", flat=True))


def _checked(outcomes: Sequence[LineOutcome], grounds: str) -> list[LineOutcome]:
    """The outcomes with their grounds filled in. Raises ``Invalid`` with a path per fault."""
    faults: list[FieldError] = []
    common = text.clean(grounds, max_length=text.GROUNDS, loc=("grounds",), multiline=True)
    seen: set[int] = set()
    checked = []
    if not outcomes:
        faults.append(FieldError(("lines",), "required", _("Name at least one line.")))
    for index, one in enumerate(outcomes):
        if one.outcome not in OUTCOMES:
            faults.append(
                FieldError(
                    ("lines", index, "outcome"),
                    "unknown_choice",
                    _("Choose one of: %(choices)s."),
                    {"choices": ", ".join(OUTCOMES)},
                )
            )
        if one.number in seen:
            faults.append(FieldError(("lines", index, "id"), "twice", _("This line is named twice.")))
        seen.add(one.number)
        own = text.clean(one.grounds, max_length=text.GROUNDS, loc=("lines", index, "grounds"), multiline=True)
        if one.outcome in ("refuse", "waiting_list") and not (own or common):
            faults.append(FieldError(("lines", index, "grounds"), "required", _("Say why.")))
        checked.append(LineOutcome(one.number, one.outcome, own or common))
    if faults:
        raise Invalid.of(faults)
    return checked


@dataclass
class _Act:
    """One decision as it is carried out. Everything is read anew under the locks."""

    case_id: int
    outcomes: Sequence[LineOutcome]
    by: Actor
    now: datetime
    if_version: int | None
    legal_basis: str

    @transaction.atomic
    def run(self) -> Case:
        numbers = [one.number for one in self.outcomes]
        resource_ids = set(
            Line.objects.filter(case_id=self.case_id, number__in=numbers)
            .order_by()
            .values_list("resource_id", flat=True)
        )
        grants = {one.number for one in self.outcomes if one.outcome == "grant"}
        self.effective: dict[int, EffectiveRules] = {}
        rivals: list[Line] = []
        case_ids = {self.case_id}
        if resource_ids:
            # Cells first. From here on nobody can ask for this time, nor take it, nor give it back.
            lock(resource_ids, ())
        if grants:
            granting = list(Line.objects.filter(case_id=self.case_id, number__in=grants).select_related("resource"))
            self.effective = rules_of(granting)
            rivals = rivals_of(granting, effective=self.effective)
            case_ids |= {line.case_id for line in rivals}
        if grants != set(numbers):
            leaving = Line.objects.filter(case_id=self.case_id, number__in=set(numbers) - grants)
            case_ids |= {line.case_id for line in waiting_for(spans_of(leaving), now=self.now)}
        cases = lock((), case_ids)
        case = cases[self.case_id]
        if self.if_version is not None and case.version != self.if_version:
            raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
        lines = {line.number: line for line in case.lines.select_related("resource")}
        moving = self._moving(lines)
        if not moving:
            return case
        self._take([lines[one.number] for one in moving if one.outcome == "grant"], case)
        gone = [lines[one.number] for one in moving if one.outcome != "grant"]
        freed = spans_of(line for line in gone if line.state == LineState.HELD)
        if gone:
            release_time(cause_kind="line", cause_ids=[line.pk for line in gone], now=self.now)
        losing = losers(rivals)
        freed += close_offers([lines[one.number] for one in moving], OfferState.MOOT, now=self.now)
        freed = [span for span in freed if span.line_id not in {lines[number].pk for number in grants}]
        events, decisions = self._record(case, lines, moving)
        messages = self._tell(case, decisions, moving)
        more_events, more_messages = move_losers(
            losing, cases, decisions[0], now=self.now, appealable=self.legal_basis == "decision"
        )
        Event.objects.bulk_create([*events, *more_events])
        post([*messages, *more_messages], now=self.now)
        granted = [lines[one.number] for one in moving if one.outcome == "grant"]
        followers.granted(case, granted, now=self.now)
        case.touched_by_officer = True
        touched = [case, *(cases[pk] for pk in sorted({line.case_id for line in losing} - {case.pk}))]
        # A loser may be another line of this very case: then what was read before isn't true any more.
        states = states_of(one.pk for one in touched) if losing else {case.pk: [line.state for line in lines.values()]}
        refresh(touched, states, now=self.now)
        for one in touched:
            tell_calendars(one)
        # The letters of offers wait as long as the decision itself: both can still be undone.
        due_at = self.now + timedelta(seconds=booking_settings().letter_delay_seconds)
        pass_on(freed, cases, now=self.now, due_at=due_at)
        return case

    def _moving(self, lines: dict[int, Line]) -> list[LineOutcome]:
        """The outcomes that change something. Raises ``Invalid`` (no such line), ``WrongState`` (moved on)."""
        moving = []
        for index, one in enumerate(self.outcomes):
            line = lines.get(one.number)
            if line is None:
                raise Invalid("unknown_line", _("There is no such line in this case."), loc=("lines", index, "id"))
            if step_for(line.state, one.outcome, "officer") is not None:  # type: ignore[arg-type]
                moving.append(one)
        return moving

    def _take(self, lines: Sequence[Line], case: Case) -> None:
        if not lines:
            return
        label = case.title if case.title_public else ""
        takes = [
            Take(
                line.resource_id, line.start, line.end, line.pk, line.quantity, line.setup_minutes,
                line.teardown_minutes, Klass.CLAIM, Status.CONFIRMED, label=label,
            )
            for line in lines
        ]  # fmt: skip
        try:
            take(takes, now=self.now, replace_same=True, effective=self.effective)
        except Taken as error:
            raise self._refusal(lines, error.items) from error

    def _refusal(self, lines: Sequence[Line], conflicts: Sequence[occupancy.Conflict]) -> Taken:
        by_index: dict[int, list[occupancy.Conflict]] = {}
        for conflict in conflicts:
            by_index.setdefault(conflict.index, []).append(conflict)
        hit = [lines[index] for index in sorted(by_index)]
        free = occupancy.alternatives_many(wanted_of(hit[:10]), now=self.now)
        return Taken(
            "taken",
            _("Somebody else has this time already."),
            items=[
                TakenLine(line.number, line.resource, line.start, line.end, by_index[index], free.get(line.pk, ()))
                for index, line in ((index, lines[index]) for index in sorted(by_index))
            ],
        )

    def _record(
        self, case: Case, lines: dict[int, Line], moving: Sequence[LineOutcome]
    ) -> tuple[list[Event], list[Decision]]:
        """One decision and one event per outcome and grounds; the lines move with one statement each."""
        groups: dict[tuple[str, str], list[Line]] = {}
        for one in moving:
            groups.setdefault((one.outcome, one.grounds), []).append(lines[one.number])
        deadline = appeal_by(self.now, booking_settings().tz) if self.legal_basis == "decision" else None
        decisions = [
            Decision(
                case=case,
                by=self.by.user,
                hat=self.by.hat,
                outcome=outcome,
                grounds=grounds,
                legal_basis=self.legal_basis,
                # Who got what they asked for has nothing to appeal.
                appeal_by=deadline if outcome != "grant" else None,
                at=self.now,
            )
            for outcome, grounds in groups
        ]
        Decision.objects.bulk_create(decisions)
        events = []
        for decision, decided in zip(decisions, groups.values(), strict=True):
            before = {str(line.number): line.state for line in decided}
            if decision.outcome != "grant":
                # What was proposed instead of a time that isn't had after all is no question any more.
                withdraw_changes(decided, now=self.now, by=self.by.user)
            move_lines(decided, OUTCOMES[decision.outcome], now=self.now, decision=decision)
            events.append(
                event(
                    case,
                    _EVENTS[decision.outcome],
                    now=self.now,
                    by=self.by,
                    lines=[line.number for line in decided],
                    decision=decision.pk,
                    before=before,
                )
            )
        return events, decisions

    def _tell(self, case: Case, decisions: Sequence[Decision], moving: Sequence[LineOutcome]) -> list[Outgoing]:
        ids = [decision.pk for decision in decisions]
        due_at = self.now + timedelta(seconds=booking_settings().letter_delay_seconds)
        payload = {"decisions": ids, "lines": [one.number for one in moving]}
        return letters(case, "case_decision", f"decision:{ids[0]}", payload, due_at=due_at)
