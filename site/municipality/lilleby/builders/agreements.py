"""The register of agreements, through the same use cases that people's clicks go through."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from booking.agreements import services
from booking.agreements.models import Agreement, TaskDate
from booking.agreements.services import AgreementDraft, HoursDraft, TaskDraft
from booking.cases.services import complete_passed_lines
from booking.catalogue.models import Unit
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import DECIDES, Town
from municipality.lilleby.content import agreements as content


def build_agreements(town: Town) -> None:
    """In the order in which they were written down; then what `tick` has done since."""
    for spec in sorted(content.AGREEMENTS, key=lambda one: one.written):
        made = _write_down(town, spec)
        _answer(town, spec, made)
        _tasks_done(town, spec, made)
        send_in_the_past(now=town.now)
    services.run_agreements(town.now)
    complete_passed_lines(town.now)


def _write_down(town: Town, spec: content.Agreement) -> Agreement:
    draft = AgreementDraft(
        title=spec.title,
        terms=spec.terms,
        organisations=[town.organisations[slug] for slug in spec.organisations],
        start=town.today + timedelta(days=spec.start),
        end=town.today + timedelta(days=spec.end) if spec.end is not None else None,
        resources=[town.things[slug] for slug in spec.things],
        place=spec.place,
        form=spec.form,
        background=spec.background,
        notice_months=spec.notice_months,
        sole_use=spec.sole_use,
        storage=spec.storage,
        keys=spec.keys,
        title_public=spec.title_public,
        hours=[
            HoursDraft(one.weekday, time.fromisoformat(one.start), time.fromisoformat(one.end), town.things[one.thing])
            for one in spec.hours
        ],
        tasks=[TaskDraft(one.what, one.side, town.today + timedelta(days=one.first), one.every) for one in spec.tasks],
    )
    unit = Unit.objects.get(slug=spec.unit) if spec.unit else None
    made = services.write_down(
        draft,
        by=town.people[spec.writer],
        organisation=town.organisations[spec.by] if spec.by else None,
        unit=unit,
        now=town.now + timedelta(days=spec.written),
    )
    if spec.note:
        services.add_document(
            made, name="Referat.txt", content=spec.note.encode(), by=town.people[spec.writer],
            organisation=town.organisations[spec.by] if spec.by else None,
            now=town.now + timedelta(days=spec.written, minutes=5),
        )  # fmt: skip
    return made


def _answer(town: Town, spec: content.Agreement, made: Agreement) -> None:
    """Who answers for the unit does, six days later."""
    officer: Any = town.people[DECIDES[made.unit.slug]]
    when = min(town.now + timedelta(days=spec.written + 6), town.now)
    if spec.ends == "declined":
        services.decline(made, by=officer, reason=spec.reason, now=when)
    elif spec.ends != "one_side":
        services.confirm(made, by=officer, leave_out=True, now=when)
    if spec.ends == "notice":
        services.give_notice(
            made, by=town.people[spec.writer], organisation=town.organisations[spec.by], reason=spec.reason,
            now=town.now - timedelta(days=12),
        )  # fmt: skip


def _tasks_done(town: Town, spec: content.Agreement, made: Agreement) -> None:
    for one in spec.tasks:
        rows = TaskDate.objects.filter(task__agreement=made, task__what=one.what, due_on__lte=town.today)
        for row in rows.order_by("due_on")[: one.done]:
            own = one.side == "organisation"
            by = town.people[spec.writer] if own else town.people[DECIDES[made.unit.slug]]
            day = town.at(row.due_on + timedelta(days=1), "17:40")
            services.mark_done(
                made, row.pk, by=by, organisation=town.organisations[spec.by] if own else None, now=min(day, town.now)
            )
