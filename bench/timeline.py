"""The timeline of 50 things over four weeks: the whole page of the CMS admin against the bare occupancy statement.

*raw*: the statement alone, through the driver, over the same cells and days. The page draws a bar for each row, with
who has it; so this ratio tells how much of its time the page spends on anything but the database. *nothing*: the same
page where no thing fits, which is what the admin's own frame, menu and sign-in cost.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

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

    def page(how: str, **more: int) -> None:
        address = {"day": FIRST.date().isoformat(), "span": DAYS, "as": how} | more
        with clock.at(FIRST):
            answer = client.get("/admin/booking/timeline/", address, secure=True)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} {answer.headers.get('Location', '')}")

    # Nobody's phone is here for the second step, and nobody has collected files for the web server.
    plain = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(SECOND_FACTOR_FOR_STAFF=False, STORAGES=plain):
        found = in_turn(
            {
                "select": select,
                "drawing": lambda: page(""),
                "table": lambda: page("table"),
                "nothing": lambda: page("", venue=2**31 - 1),
                "raw": lambda: run_raw(sql, params),
            },
            seconds=seconds,
        )
        queries = [count_queries(act) for act in (select, lambda: page(""), lambda: page("table"))]
    ours = [("", "select", "raw"), (": whole page", "drawing", "raw"), (": as a table", "table", "raw")]
    ours += [(": whole page", "drawing", "nothing"), (": as a table", "table", "nothing")]
    return [
        Row(f"timeline, {len(shown)} things, 4 weeks{what}", found[name], bound, found[bound], None, number)
        for (what, name, bound), number in zip(ours, [*queries, *queries[1:]], strict=True)
    ]
