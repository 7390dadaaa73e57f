"""The timeline of 50 things over four weeks: the whole page of the CMS admin against the bare occupancy statement.

*raw*: the statement alone, through the driver, over the same cells and days. The page draws a bar for each row, with
who has it; so this ratio tells how much of its time the page spends on anything but the database.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test import Client

from bench.load import YEAR, Town
from bench.measure import in_turn
from bench.occupancy import Row, count_queries, run_raw, window_params
from booking.catalogue.models import Unit
from booking.days.selectors import timeline
from booking.days.staff.timeline import PER_PAGE
from booking.foundation import clock
from booking.occupancy.selectors import statements
from booking.occupancy.selectors.reading import covers_by_resource

#: A Monday in June, far from the edges of the year that was filled.
FIRST = YEAR + timedelta(days=154)
DAYS = 28


def measure(town: Town, *, seconds: float = 4.0) -> list[Row]:
    """The selector, and the whole answer, each as a drawing and as a table."""
    units = list(Unit.objects.values_list("pk", flat=True))
    client = Client()
    client.force_login(town.officer, backend="django.contrib.auth.backends.ModelBackend")
    shown = timeline.in_tree(timeline.listed(units))[:PER_PAGE]
    covers = covers_by_resource([row.resource.pk for row in shown])
    cells = sorted({cell for covered in covers.values() for cell, *_rest in covered})
    sql = statements.in_window(connection.vendor)
    params = window_params(cells, FIRST, FIRST + timedelta(days=DAYS))

    def select() -> None:
        rows = timeline.in_tree(timeline.listed(units))[:PER_PAGE]
        timeline.fill(rows, FIRST.date(), DAYS, unit_ids=units)

    def page(how: str) -> None:
        address = {"day": FIRST.date().isoformat(), "span": DAYS, "as": how}
        with clock.at(FIRST):
            answer = client.get("/admin/booking/timeline/", address)
        if answer.status_code != 200:
            raise RuntimeError(answer.content[:500])

    found = in_turn(
        {
            "select": select,
            "drawing": lambda: page(""),
            "table": lambda: page("table"),
            "raw": lambda: run_raw(sql, params),
        },
        seconds=seconds,
    )
    return [
        Row("timeline, 50 things, 4 weeks", found["select"], "raw", found["raw"], None, count_queries(select)),
        Row(
            "timeline, 50 things, 4 weeks: whole page", found["drawing"], "raw", found["raw"], None,
            count_queries(lambda: page("")),
        ),
        Row(
            "timeline, 50 things, 4 weeks: as a table", found["table"], "raw", found["raw"], None,
            count_queries(lambda: page("table")),
        ),
    ]  # fmt: skip
