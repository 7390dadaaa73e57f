"""Figures about answers and use: counted from facts, never about a person. Pure.

Sources: needs N8, N17 (per unit only from ten cases, never per person), api.md "Feeds, figures, operations",
requests.md "The answer clock" 4: a holding reply keeps the first date on record, so it never mends the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from booking.foundation.clock import local_date
from booking.foundation.workdays import WorkCalendar

#: Fewer cases than this say more about the case than about the unit (needs N17).
LEAST = 10


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What counts of one case. `received` and `answered` are moments in UTC, the days are local dates.

    `waiting`: the municipality owes an answer now. `by_rule`: granted by the rules, without a person.
    """

    received: datetime
    answered: datetime | None
    first_answer_by: date | None
    answer_by: date | None
    waiting: bool
    by_rule: bool


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """How fast cases were answered. Days are working days from receipt to answer; the day of receipt isn't counted.

    `median` and `slow` (the 90th percentile) are of those that a person answered; None where there were none.
    `within`: the share, 0 to 1, of cases answered by the first date that was promised, among those whose date has come
    or that are answered.
    """

    received: int
    answered: int
    by_rule: int
    median: Fraction | None
    slow: int | None
    within: Fraction | None
    open: int
    overdue: int

    @property
    def few(self) -> bool:
        """Too few to be shown for a unit alone."""
        return self.received < LEAST


def answer_figures(cases: Iterable[CaseFacts], calendar: WorkCalendar, tz: ZoneInfo, today: date) -> AnswerFigures:
    """The figures of these cases as of `today` (local). Raises ``HolidayDataMissing``."""
    received = answered = by_rule = waiting = overdue = kept = due = 0
    days: list[int] = []
    for case in cases:
        received += 1
        answered_on = local_date(case.answered, tz) if case.answered is not None else None
        if case.answered is not None and answered_on is not None:
            answered += 1
            by_rule += case.by_rule
            if not case.by_rule:
                days.append(calendar.elapsed_working_days(calendar.received_on(case.received, tz), answered_on))
        if case.waiting:
            waiting += 1
            overdue += case.answer_by is not None and case.answer_by < today
        promised = case.first_answer_by
        if promised is not None and (answered_on is not None or (case.waiting and promised < today)):
            due += 1
            kept += answered_on is not None and answered_on <= promised
    return AnswerFigures(
        received=received,
        answered=answered,
        by_rule=by_rule,
        median=median(days),
        slow=percentile(days, 90),
        within=Fraction(kept, due) if due else None,
        open=waiting,
        overdue=overdue,
    )


def median(values: Sequence[int]) -> Fraction | None:
    """The middle one; between the two middle ones of an even number. None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle], 2)


def percentile(values: Sequence[int], part: int) -> int | None:
    """The smallest value that at least `part` per cent don't exceed ("nearest rank"). None of nothing."""
    if not values:
        return None
    return sorted(values)[max(ceil(len(values) * part / 100), 1) - 1]


@dataclass(frozen=True, slots=True)
class StartedWorks:
    """What counts of works that started. Days are clear calendar days between notice and start; None: nobody was told.

    `early`: two people signed for an early start. An emergency counts for itself: it can't be told before.
    """

    given: int | None
    promised: int
    early: bool
    emergency: bool
    report_overdue: bool


@dataclass(frozen=True, slots=True)
class NoticeFigures:
    """How notices of works were kept (notice-rules.md "Out"). `kept` is of the `started` that weren't emergencies."""

    started: int
    kept: int
    early: int
    emergencies: int
    overdue_reports: int
    given: Fraction | None
    promised: Fraction | None

    @property
    def share(self) -> Fraction | None:
        """The share, 0 to 1, of planned works whose notice was kept; None when none started."""
        planned = self.started - self.emergencies
        return Fraction(self.kept, planned) if planned else None


def notice_figures(works: Iterable[StartedWorks]) -> NoticeFigures:
    """The figures of works that started."""
    works = list(works)
    planned = [one for one in works if not one.emergency]
    return NoticeFigures(
        started=len(works),
        kept=sum(not one.early for one in planned),
        early=sum(one.early for one in planned),
        emergencies=len(works) - len(planned),
        overdue_reports=sum(one.report_overdue for one in works),
        given=median([one.given for one in planned if one.given is not None]),
        promised=median([one.promised for one in planned]),
    )


@dataclass(frozen=True, slots=True)
class Use:
    """Time that was lent: of how many lines, for how long, and how much of it for children and youth."""

    loans: int = 0
    minutes: int = 0
    young_minutes: int = 0

    def plus(self, start: datetime, end: datetime, *, young: bool) -> Use:
        """With one more loan ``[start, end)``."""
        length = int((end - start).total_seconds() // 60)
        return Use(self.loans + 1, self.minutes + length, self.young_minutes + (length if young else 0))

    @property
    def young_share(self) -> Fraction | None:
        """The share for children and youth, 0 to 1; None when nothing was lent."""
        return Fraction(self.young_minutes, self.minutes) if self.minutes else None
