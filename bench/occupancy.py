"""Availability, search and the check of a series against the bare statement, and the whole HTTP answer against a floor.

*raw*: the statement alone, through the driver, with the same indexes. *floor*: that statement in a bare Django view
that gives the same JSON, behind the same middleware.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from bench.load import NOW, YEAR, Town
from bench.measure import Median, in_turn
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Cover, Resource
from booking.foundation import clock
from booking.occupancy import guards, selectors
from booking.occupancy.selectors import Wanted, statements

WEEK = (YEAR + timedelta(days=154), YEAR + timedelta(days=161))
EVENING = (YEAR + timedelta(days=156, hours=17), YEAR + timedelta(days=156, hours=19))
OSLO = ZoneInfo("Europe/Oslo")
#: What the floor of the check says without asking any rule; `http` makes sure that it is what we say.
TAKEN = {
    "code": "taken",
    "severity": "block",
    "message": "Denne tiden er opptatt.",
    "suggestion": "Velg en annen tid, eller en av de ledige tidene.",
    "who_may_override": "nobody",
    "tick": None,
}
FREE = {
    "amount": "0.00",
    "currency": "NOK",
    "why": "none",
    "audience": None,
    "organisation_kind": None,
    "rate": None,
    "per": None,
    "minimum": None,
    "count": "1",
    "words": "Gratis: det er ikke satt noen pris",
}
NOT_CHECKED = ["eligibility", "organisation_kind", "members", "quota", "responsible_adult"]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    ours: Median
    bound: str
    against: Median
    goal: float | None
    queries: int

    @property
    def ratio(self) -> float:
        return self.ours.ms / self.against.ms


def run_raw(sql: str, params: list[Any]) -> list[Any]:
    """A statement through the driver, past Django."""
    if connection.vendor == "postgresql":
        with connection.connection.cursor() as cursor:
            return cursor.execute(sql, params).fetchall()
    return connection.connection.execute(sql.replace("%s", "?").replace("%%", "%"), params).fetchall()


def window_params(cells: list[int], start: datetime, end: datetime) -> list[Any]:
    begins, ends = int(start.timestamp()), int(end.timestamp())
    listed = statements.ids(connection.vendor, cells)
    return [ends, begins - guards.LONG_SECONDS, begins, listed, listed, begins, ends]


def search_sql() -> str:
    """Which resources have nothing on any cell in the window: the bare statement of the search."""
    vendor = connection.vendor
    moment = "to_timestamp(%s)" if vendor == "postgresql" else "datetime(%s, 'unixepoch')"
    wanted = "= ANY(%s::int8[])" if vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    return f"""
        WITH taken AS (
            SELECT cell_id, sum(quantity) AS used FROM {guards.OCCUPANCY}
            WHERE block_start < {moment} AND block_start > {moment} AND block_end > {moment}
              AND NOT "long" AND klass <> 'note' GROUP BY cell_id
            UNION ALL
            SELECT cell_id, sum(quantity) FROM {guards.OCCUPANCY}
            WHERE "long" AND block_end > {moment} AND block_start < {moment} AND klass <> 'note' GROUP BY cell_id
        )
        SELECT v.resource_id FROM {statements.COVER} v JOIN {guards.CELL} c ON c.id = v.cell_id
        LEFT JOIN taken t ON t.cell_id = v.cell_id
        WHERE v.resource_id {wanted}
        GROUP BY v.resource_id HAVING min(c.quantity - coalesce(t.used, 0)) >= 1
    """  # noqa: S608


def search_params(ids: list[int], start: datetime, end: datetime) -> list[Any]:
    begins, ends = int(start.timestamp()), int(end.timestamp())
    listed = statements.ids(connection.vendor, ids)
    return [ends, begins - guards.LONG_SECONDS, begins, begins, ends, listed]


def series(resource: Resource, count: int = 40) -> list[Wanted]:
    start = YEAR + timedelta(days=14, hours=17)
    local = start.astimezone(OSLO)  # a series keeps its wall clock
    return [
        Wanted(
            resource.pk,
            (local + timedelta(weeks=week)).astimezone(UTC),
            (local + timedelta(weeks=week, hours=2)).astimezone(UTC),
            index=week,
        )
        for week in range(count)
    ]


def count_queries(act: Callable[[], Any]) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


# --- the floor -------------------------------------------------------------------------------------------------------


class Floor:
    """Bare views: the statement, and the same JSON by json.dumps."""

    def __init__(self, town: Town) -> None:
        self.ids = [one.pk for one in town.resources]
        self.slugs = {one.pk: one.slug for one in town.resources}
        covers = Cover.objects.filter(resource_id__in=self.ids)
        self.covers: dict[int, list[int]] = {}
        for resource_id, cell_id in covers.values_list("resource_id", "cell_id"):
            self.covers.setdefault(resource_id, []).append(cell_id)
        self.cells = sorted({cell for found in self.covers.values() for cell in found})
        self.town = town

    def week(self, request: HttpRequest) -> HttpResponse:
        """The rows of the week as JSON per resource, free time as what lies between them."""
        start, end = WEEK
        rows = run_raw(statements.in_window(connection.vendor), window_params(self.cells, start, end))
        by_cell: dict[int, list[Any]] = {}
        for row in rows:
            by_cell.setdefault(row[0], []).append(row)
        results = []
        for pk in self.ids:
            here = sorted({row[1:] for cell in self.covers[pk] for row in by_cell.get(cell, ())})
            left = int(start.timestamp())
            free, busy = [], []
            for row in here:
                if row[0] > left:
                    free.append({"start": text(left), "end": text(row[0]), "quantity": 1})
                left = max(left, row[1])
                busy.append(
                    {"start": text(row[5]), "end": text(row[6]), "status": row[4], "quantity": row[2], "label": row[7]}
                )
            results.append({
                "resource": self.slugs[pk], "timezone": "Europe/Oslo", "from": start.isoformat(),
                "to": end.isoformat(), "free": free, "busy": busy,
            })  # fmt: skip
        return HttpResponse(
            json.dumps({"from": start.isoformat(), "to": end.isoformat(), "results": results}), "application/json"
        )

    def check(self, request: HttpRequest) -> HttpResponse:
        """The conflicts of the series as JSON; the sentences are known beforehand, no rule is asked."""
        wanted = series(self.town.busy)
        asked = asked_windows(wanted, self.covers[self.town.busy.pk])
        lines: list[dict[str, Any]] = [
            {
                "index": one.index, "series": 0, "resource": self.town.busy.slug,
                "start": one.start.astimezone(OSLO).isoformat(), "end": one.end.astimezone(OSLO).isoformat(),
                "ok": True, "verdicts": [], "conflicts": [], "alternatives": [], "price": FREE, "kit": None,
            }
            for one in wanted
        ]  # fmt: skip
        sql, params = statements.in_windows(connection.vendor), statements.windows(connection.vendor, asked)
        for row in run_raw(sql, params):
            line = lines[row[0]]
            line["ok"], line["verdicts"] = False, [TAKEN]
            line["conflicts"].append({"start": text(row[7]), "end": text(row[8]), "status": row[6]})
        answer = {
            "ok": False, "would": "in_review", "verdicts": [], "lines": lines, "price_total": "0.00",
            "not_checked": NOT_CHECKED,
        }  # fmt: skip
        return HttpResponse(json.dumps(answer), "application/json")

    def search(self, request: HttpRequest) -> HttpResponse:
        """The free ones of all, and the first fifty as JSON."""
        free = [row[0] for row in run_raw(search_sql(), search_params(self.ids, *EVENING))]
        listed = "= ANY(%s::int8[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
        rows = run_raw(
            "SELECT r.slug, r.name, r.kind, r.summary, r.capacity, r.address, r.timezone, r.approval, "  # noqa: S608
            "p.slug, u.slug, u.name, u.email, u.phone, "
            f"(SELECT min(c.quantity / v.amount) FROM {statements.COVER} v "
            f"JOIN {guards.CELL} c ON c.id = v.cell_id WHERE v.resource_id = r.id) "
            "FROM samskap_booking_resource r JOIN samskap_booking_unit u ON u.id = r.unit_id "
            "LEFT JOIN samskap_booking_resource p ON p.id = r.parent_id "
            f"WHERE r.id {listed} ORDER BY r.name LIMIT 50",
            [statements.ids(connection.vendor, free)],
        )
        results = [
            {
                "slug": row[0], "name": row[1], "kind": row[2], "summary": row[3],
                "unit": {"slug": row[9], "name": row[10], "email": row[11], "phone": row[12]},
                "capacity": row[4], "quantity": row[13], "features": [], "parent": row[8], "address": row[5],
                "timezone": row[6] or "Europe/Oslo", "approval": row[7] or "manual", "page_url": None,
                "feed_url": f"http://localhost:8000/feeds/resource-{row[0]}.ics",
                "url": f"http://localhost:8000/api/booking/v1/resources/{row[0]}/",
            }
            for row in rows
        ]  # fmt: skip
        answer = {"count": len(free), "next": None, "previous": None, "results": results}
        return HttpResponse(json.dumps(answer), "application/json")

    def urls(self) -> type:
        """The site's addresses and the floor's, so that both run behind the same middleware."""

        class Urls:
            urlpatterns = [
                path("bench-floor/week/", self.week),
                path("bench-floor/check/", csrf_exempt(self.check)),
                path("bench-floor/search/", self.search),
                path("api/booking/v1/", include("booking.api.urls")),
                *import_module(settings.ROOT_URLCONF).urlpatterns,
            ]

        return Urls


def text(moment: int) -> str:
    return datetime.fromtimestamp(moment, OSLO).isoformat()


def asked_windows(wanted: list[Wanted], cells: list[int]) -> list[tuple[int, int, int, int]]:
    return [(one.index, cell, int(one.start.timestamp()), int(one.end.timestamp())) for one in wanted for cell in cells]


# --- the table -------------------------------------------------------------------------------------------------------


def measure(town: Town, *, seconds: float = 4.0) -> list[Row]:
    """The selectors against the bare statements."""
    floor = Floor(town)
    ids = [one.pk for one in town.resources]
    week_sql, week_params = statements.in_window(connection.vendor), window_params(floor.cells, *WEEK)
    wanted = series(town.busy)
    asked = asked_windows(wanted, floor.covers[town.busy.pk])
    series_sql, series_params = statements.in_windows(connection.vendor), statements.windows(connection.vendor, asked)
    one_search = search_sql()
    rows: list[Row] = []

    def selector(what: str, goal: float, ours: Callable[[], Any], raw: Callable[[], Any]) -> None:
        found = in_turn({"ours": ours, "raw": raw}, seconds=seconds)
        rows.append(Row(what, found["ours"], "raw", found["raw"], goal, count_queries(ours)))

    selector(
        "availability, 300 resources, one week",
        3,
        lambda: selectors.availability((known := catalogue.snapshot()).shown, *WEEK, known=known),
        lambda: run_raw(week_sql, week_params),
    )
    selector(
        "availability as JSON, 300 resources, one week",
        3,
        lambda: selectors.availability_json((known := catalogue.snapshot()).shown, *WEEK, bulk=True, known=known),
        lambda: run_raw(week_sql, week_params),
    )
    selector(
        "search free from-to, 300 resources",
        5,
        lambda: selectors.free_resource_ids((known := catalogue.snapshot()).shown, *EVENING, known=known),
        lambda: run_raw(one_search, search_params(ids, *EVENING)),
    )
    selector(
        "check a weekly series of 40, busy resource",
        6,
        lambda: selectors.conflicts(wanted, known=catalogue.snapshot()),
        lambda: run_raw(series_sql, series_params),
    )
    return rows


def http(town: Town, *, seconds: float = 4.0) -> list[Row]:
    """Whole answers: ours, and the floor's behind the same middleware."""
    floor = Floor(town)
    client = Client()
    rows: list[Row] = []
    slugs = ",".join(one.slug for one in town.resources)
    window = {"from": WEEK[0].isoformat(), "to": WEEK[1].isoformat()}

    def answer(response: HttpResponse) -> HttpResponse:
        if response.status_code != 200:
            raise RuntimeError(response.content[:500])
        return response

    def both(what: str, goal: float, ours: Callable[[], Any], bare: Callable[[], Any], *, same: bool = True) -> None:
        if same and (differs := _differences(_content(ours()), _content(bare()))):
            raise RuntimeError(f"{what}: the floor gives another answer: {differs}")
        found = in_turn({"ours": ours, "floor": bare}, seconds=seconds)
        rows.append(Row(what, found["ours"], "floor", found["floor"], goal, count_queries(ours)))

    def post(address: str, body: Any) -> HttpResponse:
        return answer(client.post(address, json.dumps(body), content_type="application/json"))

    first = series(town.busy)[0]
    asked = {
        "purpose": "Training",
        "series": [
            {
                "resource": town.busy.slug,
                "start": first.start.isoformat(),
                "end": first.end.isoformat(),
                "rrule": "FREQ=WEEKLY;COUNT=40",
            }
        ],
    }
    evening = {"free_from": EVENING[0].isoformat(), "free_to": EVENING[1].isoformat()}
    with override_settings(ROOT_URLCONF=floor.urls()), clock.at(NOW):
        both(
            "GET availability/, 300 resources, one week",
            2,
            lambda: answer(client.get("/api/booking/v1/availability/", {"resources": slugs, **window})),
            lambda: answer(client.get("/bench-floor/week/")),
            same=False,  # it knows neither opening hours nor buffers nor stock
        )
        both(
            "GET resources/?free_from=&free_to=",
            2,
            lambda: answer(client.get("/api/booking/v1/resources/", evening)),
            lambda: answer(client.get("/bench-floor/search/")),
            same=False,  # it knows no buffers and so finds a few more; its rows are the same
        )
        both(
            "POST checks/, weekly series of 40, busy",
            2,
            lambda: post("/api/booking/v1/checks/", asked),
            lambda: post("/bench-floor/check/", asked),
        )
    return rows


def _content(response: HttpResponse) -> Any:
    """What the answer says; the address of the next page apart, which the floor doesn't make."""
    found = json.loads(response.content)
    found.pop("next", None)
    return found


def _differences(ours: Any, floors: Any, where: str = "") -> str:
    """The first place in which two answers differ, and how; empty when they are the same."""
    if isinstance(ours, dict) and isinstance(floors, dict):
        pairs = [(f"{where}.{key}", ours.get(key, "-"), floors.get(key, "-")) for key in {**ours, **floors}]
    elif isinstance(ours, list) and isinstance(floors, list) and len(ours) == len(floors):
        pairs = [(f"{where}[{at}]", one, floors[at]) for at, one in enumerate(ours)]
    else:
        return "" if ours == floors else f"{where} {ours!r} beside {floors!r}"
    return next((found for name, one, other in pairs if (found := _differences(one, other, name))), "")


def show(rows: list[Row]) -> str:
    lines = [f"{'operation':<50} {'ours':>10} {'bound':>6} {'':>10} {'ratio':>6} {'goal':>6} {'queries':>7}"]
    for row in rows:
        goal = f"<= {row.goal:g}" if row.goal else "-"
        lines.append(
            f"{row.what:<50} {row.ours.ms:>7.2f} ms {row.bound:>6} {row.against.ms:>7.2f} ms "
            f"{row.ratio:>6.2f} {goal:>6} {row.queries:>7}"
        )
    return "\n".join(lines)
