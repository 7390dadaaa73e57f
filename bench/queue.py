"""The officer's queue with 10,000 open cases, beside a bare Wagtail listing of the same rows in the same run.

*listing*: Wagtail's own ``IndexView`` of the same model with as many columns, the same scope, order and page, and
nothing else: no tabs with counts, no lists by name, no rivals, no unread marks, no boxes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from types import ModuleType
from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from wagtail.admin.auth import require_admin_access
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from bench.load import NOW, SEED, Town
from bench.measure import in_turn
from bench.occupancy import Row, count_queries
from booking.cases.models import Case, Line
from booking.catalogue.models import Cover
from booking.foundation import clock
from booking.occupancy.models import Occupancy

OPEN = 10_000
GOAL = 3.0


def fill(town: Town, count: int = OPEN, *, first: int = 0) -> None:
    """So many open requests, spread over the units; every third asks for time that others ask for too."""
    chance = random.Random(SEED)  # noqa: S311
    cells = {cover.resource_id: cover.cell for cover in Cover.objects.select_related("cell").order_by("-pk")}
    places = [one for one in town.resources if one.pk in cells]
    cases = Case.objects.bulk_create(
        (
            Case(
                reference=f"2026-{number:05d}", organisation=town.organisation, requester=town.coach, title="Ønske",
                unit_id=places[number % len(places)].unit_id, officer=town.officer, state="received",
                waiting_on="municipality", received_at=NOW, revised_at=NOW,
                answer_by=date(2026, 1, 2) + timedelta(days=chance.randint(0, 30)),
            )
            for number in range(first, count)
        ),
        batch_size=2000,
    )  # fmt: skip
    lines = []
    for number, case in enumerate(cases, first):
        place, day, hour = places[number % len(places)], 400 + number % 293, chance.randint(6, 20)
        if number % 3 == 0:  # three at a time ask for one hour
            group = number // 9
            place, day, hour = places[group % len(places)], 700 + group // len(places), 16
        start = NOW.replace(hour=hour) + timedelta(days=day)
        lines.append(
            Line(
                case=case, number=1, resource=place, start=start, end=start + timedelta(hours=1), state="requested",
                created_at=NOW, revised_at=NOW,
            )
        )  # fmt: skip
    Line.objects.bulk_create(lines, batch_size=2000)
    Occupancy.objects.bulk_create(
        (
            Occupancy(
                cell=cells[line.resource_id], resource=line.resource, exclusive=cells[line.resource_id].exclusive,
                start=line.start, end=line.end, block_start=line.start, block_end=line.end, quantity=1, klass="note",
                status="tentative", cause_kind="line", cause_id=line.pk, label="", long=False,
            )
            for line in lines
        ),
        batch_size=2000,
    )  # fmt: skip


class Bare(generic.IndexView):
    """What Wagtail gives by itself: eight columns, fifty rows, one page after the other."""

    model = Case
    permission_policy = None
    any_permission_required = ["view"]
    page_title = "Cases"
    index_url_name = "bare_listing"
    paginate_by = 50
    columns = [
        TitleColumn("reference", label="Reference", get_url=lambda case: f"/admin/booking/cases/inspect/{case.pk}/"),
        Column("organisation", label="Who"),
        Column("title", label="What"),
        Column("received_at", label="When"),
        Column("state", label="State", accessor="get_state_display"),
        Column("waiting_on", label="Whose move", accessor="get_waiting_on_display"),
        Column("answer_by", label="Answer by"),
        Column("officer", label="Case officer"),
    ]

    def get_base_queryset(self) -> Any:
        """The same rows in the same order."""
        rows = Case.objects.filter(unit__roles__user=self.request.user, waiting_on="municipality").distinct()
        rows = Case.objects.filter(pk__in=rows.values("pk")).select_related("organisation", "officer")
        return rows.order_by(F("answer_by").asc(nulls_last=True), "reference")


def urls() -> ModuleType:
    """The site's addresses and one more."""
    module = ModuleType("bench_queue_urls")
    own = import_module(settings.ROOT_URLCONF)
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("bench-floor/queue/", require_admin_access(Bare.as_view()), name="bare_listing"),
        *own.urlpatterns,
    ]
    return module


def measure(town: Town, *, seconds: float = 4.0, count: int = OPEN) -> list[Row]:
    """Both pages as an officer of all units gets them. The number of queries must not grow with the cases."""
    client = Client()
    client.force_login(town.officer, backend="django.contrib.auth.backends.ModelBackend")

    def get(address: str) -> Callable[[], HttpResponse]:
        def act() -> HttpResponse:
            answer: HttpResponse = client.get(address, secure=True)
            if answer.status_code != 200 or answer.content.count(b"2026-") < 10:
                raise RuntimeError(f"{address}: {answer.status_code} {answer.headers.get('Location', '')}")
            return answer

        return act

    # For both pages: nobody's phone is here for the second step, and nobody has collected files for the web server.
    plain = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(ROOT_URLCONF=urls(), SECOND_FACTOR_FOR_STAFF=False, STORAGES=plain), clock.at(NOW):
        queue, bare = get("/admin/booking/cases/?tab=unit"), get("/bench-floor/queue/")
        fill(town, 100)
        queue()
        few = count_queries(queue)
        fill(town, count, first=100)
        queue()
        many = count_queries(queue)
        if many != few:
            raise RuntimeError(f"{few} queries with 100 open cases, {many} with {count}")
        found = in_turn({"ours": queue, "listing": bare}, seconds=seconds)
    return [Row(f"queue, {count:,} open cases", found["ours"], "listing", found["listing"], GOAL, many)]
