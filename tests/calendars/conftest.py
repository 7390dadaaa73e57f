"""Granted time as rows, for feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.cases.models import Case, CaseState, Line, LineState, Series
from booking.cases.rules import series as series_rules
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.foundation.signals import send_revised
from tests import factories

OSLO = ZoneInfo("Europe/Oslo")
NOW = factories.NOW


def wall(text: str) -> datetime:
    """A moment from the wall clock in Oslo: "2026-03-09 17:00"."""
    naive = datetime.fromisoformat(text)
    return clock.wall(naive.date(), naive.time(), OSLO)


class Diary:
    """Writes granted lines and series of one case directly, as a decision would leave them."""

    def __init__(self, resource: Resource, *, title: str = "", title_public: bool = False, now: datetime = NOW) -> None:
        self.resource = resource
        self.now = now
        self.case = Case.objects.create(
            reference=f"2026-{Case.objects.count() + 1:04d}",
            organisation=factories.make_organisation(),
            unit=resource.unit,
            title=title,
            title_public=title_public,
            state=CaseState.GRANTED,
            received_at=now,
            revised_at=now,
        )
        self.number = 0

    def line(self, start: datetime, end: datetime, *, state: str = LineState.GRANTED, **fields: Any) -> Line:
        self.number += 1
        values = {"resource": self.resource, "created_at": self.now, "revised_at": self.now} | fields
        return Line.objects.create(case=self.case, number=self.number, start=start, end=end, state=state, **values)

    def series(
        self, start: datetime, end: datetime, rrule: str, *, exclude: Iterable[str] = (), **fields: Any
    ) -> tuple[Series, list[Line]]:
        row = Series.objects.create(
            case=self.case,
            number=self.case.series.count(),
            resource=self.resource,
            start=start,
            end=end,
            rrule=rrule,
            exclude=list(exclude),
            created_at=self.now,
            revised_at=self.now,
        )
        skipped = {datetime.fromisoformat(day).date() for day in exclude}
        dates = series_rules.expand(series_rules.parse_rule(rrule), start, end, OSLO, exclude=skipped)
        lines = [
            self.line(date.start, date.end, series=row, series_index=index, series_start=date.start, **fields)
            for index, date in enumerate(dates)
        ]
        return row, lines


@pytest.fixture
def hall(db: None) -> Resource:
    return factories.make_resource("Lillebyhallen", slug="lillebyhallen", address="Elvegata 4")


@pytest.fixture
def diary() -> Callable[..., Diary]:
    return Diary


def change(row: Line | Series, *, after: timedelta = timedelta(minutes=1), **fields: Any) -> None:
    """What every service does with a line that it changes: new values, one more in the sequence, a new revision."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.sequence += 1
    row.revised_at += after
    row.save()


def tell(*resources: Resource) -> None:
    """What every service says in its transaction."""
    from django.db import transaction

    with transaction.atomic():
        send_revised(cause="test", scopes=[f"resource:{resource.pk}" for resource in resources])
