"""One agreement as a page shows it, whoever reads it: everything worked out, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from booking.agreements import rules, selectors, wording
from booking.agreements.models import Agreement, AgreementDocument, AgreementTask, Side, TaskDate
from booking.agreements.selectors import SideView
from booking.catalogue import selectors as catalogue
from booking.foundation.conf import booking_settings
from booking.foundation.wording import when_words
from booking.occupancy import registry as occupancy
from booking.organisations import selectors as organisations

#: Of what is done long ago the log tells; a page shows the last few dates of a task and the next ones.
DONE_SHOWN, NEXT_SHOWN = 3, 3


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with its dates: what is overdue, what comes, what was done last."""

    task: AgreementTask
    mine: bool
    overdue: Sequence[TaskDate]
    coming: Sequence[TaskDate]
    done: Sequence[TaskDate]


@dataclass(frozen=True, slots=True)
class EventLine:
    type: str
    at: datetime
    text: str
    actor: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """See the fields. ``status`` is a code of ``rules.status``, ``chip`` the same for the status chip."""

    agreement: Agreement
    status: str
    status_words: str
    sides: Sequence[SideView]
    missing: str
    where: str
    period: str
    notice: str
    hours: Sequence[tuple[str, Any]]
    excluded: Sequence[str]
    tasks: Sequence[TaskView]
    documents: Sequence[AgreementDocument]
    left_out: Sequence[str]
    events: Sequence[EventLine]
    officer: str
    unit: str
    writer: str
    decliner: str
    notifier: str
    municipality: str

    @property
    def chip(self) -> str:
        """The code for ``status_chip``."""
        return f"agreement_{self.status}"


def agreement_view(agreement: Agreement, *, side: str, staff: bool, on: date, now: datetime) -> AgreementView:
    """For a reader of that side. ``agreement`` comes from ``selectors.with_all``; staff are named as the town does."""
    sides = wording.sides(agreement)
    status = selectors.status_of(agreement, on)
    names = staff or booking_settings().show_officer_names
    events = list(agreement.events.select_related("actor").order_by("at", "pk"))
    hats = organisations.hat_labels(
        {agreement.written_hat, agreement.declined_hat, agreement.notice_hat, *(one.hat for one in events)} - {""}
    )
    acting, _reason = selectors.acting_for(agreement, on)

    def who(user: Any, hat: str) -> str:
        label = hats.get(hat, "")
        if user is None:
            return label
        if hat.startswith("unit:") and not names:
            return label
        return f"{user} ({label})" if label else str(user)

    return AgreementView(
        agreement=agreement,
        status=status,
        status_words=wording.status_words(status, sides),
        sides=sides,
        missing=wording.missing_words(agreement),
        where=wording.where_words(agreement),
        period=wording.period_words(agreement),
        notice=wording.notice_words(agreement.notice_months),
        hours=[(wording.hours_words(row), row.resource) for row in agreement.hours.all()],
        excluded=wording.excluded_words(agreement),
        tasks=_tasks(agreement, side, on),
        documents=list(agreement.documents.filter(removed_at=None).select_related("uploaded_by")),
        left_out=[
            when_words(row.start, row.end, catalogue.zone(row.hours.resource), today=on)
            for row in selectors.left_out(agreement, now)
        ],
        events=[EventLine(one.type, one.at, wording.event_text(one.type, one.data), who(one.actor, one.hat))
                for one in reversed(events)],
        officer=str(acting) if acting is not None and names else "",
        unit=wording.unit_name(agreement),
        writer=who(agreement.written_by, agreement.written_hat),
        decliner=who(agreement.declined_by, agreement.declined_hat) if agreement.declined_by else "",
        notifier=who(agreement.notice_by, agreement.notice_hat) if agreement.notice_by else "",
        municipality=booking_settings().municipality_name,
    )  # fmt: skip


def _tasks(agreement: Agreement, side: str, on: date) -> list[TaskView]:
    """Two queries, however many tasks."""
    by_task: dict[int, list[TaskDate]] = {}
    for row in TaskDate.objects.filter(task__agreement=agreement).select_related("done_by").order_by("due_on", "pk"):
        by_task.setdefault(row.task_id, []).append(row)
    found = []
    for task in agreement.tasks.all():
        rows = by_task.get(task.pk, [])
        waiting = [row for row in rows if row.done_at is None]
        done = [row for row in rows if row.done_at is not None]
        if task.stopped_at is not None and not waiting and not done:
            continue
        found.append(
            TaskView(
                task,
                task.side == side,
                [row for row in waiting if row.due_on < on],
                [row for row in waiting if row.due_on >= on][:NEXT_SHOWN],
                sorted(done, key=lambda row: row.due_on)[-DONE_SHOWN:],
            )
        )
    return found


def clash_rows(clashes: Sequence[Any], *, staff: bool, on: date) -> list[dict[str, Any]]:
    """Dates that somebody else has, in words; who, only for staff ("2026-0042, line 3")."""
    words: dict[str, dict[int, str]] = {}
    if staff:
        causes: dict[str, set[int]] = {}
        for clash in clashes:
            for conflict in clash.conflicts:
                if conflict.cause_id is not None and conflict.status != "own":
                    causes.setdefault(conflict.cause_kind, set()).add(conflict.cause_id)
        words = {kind: occupancy.describe(kind, sorted(ids)) for kind, ids in causes.items()}
    return [
        {
            "when": when_words(
                clash.occurrence.start, clash.occurrence.end, catalogue.zone(clash.hours.resource), today=on
            ),
            "resource": clash.hours.resource,
            "by": sorted(
                {words.get(conflict.cause_kind, {}).get(conflict.cause_id or 0, "") for conflict in clash.conflicts}
                - {""}
            ),
        }
        for clash in clashes
    ]


def side_of(organisation: Any) -> str:
    """The side as tasks name it."""
    return Side.ORGANISATION if organisation is not None else Side.MUNICIPALITY


def waits(view: AgreementView) -> bool:
    """True while somebody hasn't confirmed."""
    return view.status == "one_side"


__all__ = ["AgreementView", "agreement_view", "clash_rows", "rules", "side_of", "waits"]
