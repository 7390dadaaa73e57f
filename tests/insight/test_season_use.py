"""Figures of use by season: from an adopted timetable to the page, the spreadsheet and the API (needs N1, N16, N17)."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from booking.foundation import clock
from booking.insight import selectors as figures
from booking.insight.seasons.selectors import has_figures, season_use
from booking.seasons.models import Allocation, RoundState, SeasonRound
from booking.seasons.services.adopting import adopt
from booking.seasons.services.running import report_use
from tests.factories import NOW, give_role, make_unit, make_user
from tests.insight.conftest import AUTUMN, lines
from tests.seasons.conftest import make_heard
from tests.seasons.world import START, Valley

pytestmark = pytest.mark.django_db


def test_every_date_is_counted_once_where_it_ended(valley: Valley, season: SeasonRound) -> None:
    use = season_use(season, now=AUTUMN)
    all_dates = len(lines("J13")) + len(lines("G14"))
    assert (use.whole.dates, use.whole.minutes) == (all_dates, len(lines("J13")) * 60 + len(lines("G14")) * 90)
    assert (use.whole.used, use.whole.unused) == (2 * 60 + 3 * 90, 60)
    assert (use.whole.given_up, use.whole.retaken, use.whole.taken) == (60, 45, 90)
    assert use.so_far.dates == 12  # six weeks of each
    assert use.so_far.ahead == 0
    assert use.so_far.unsaid == 2 * 60 + 2 * 90
    assert use.whole.young_share == 1
    assert {use.names[pk]: one.used for pk, one in use.organisations.items()} == {
        "Lilleby idrettslag": 120, "Lilleby håndballklubb": 270,
    }  # fmt: skip
    assert [one.tally.given_up for one in use.teams] == [0, 60]
    assert list(use.halls) == [valley.hall.whole.pk]
    assert list(use.bands) == ["children"]
    assert sum(one.minutes for one in use.weeks.values()) == use.whole.minutes
    christmas = use.weeks[date(2026, 12, 28)]
    assert christmas.minutes == 0  # a gap, not left out


def test_beside_last_season_up_to_the_same_week(valley: Valley, season: SeasonRound) -> None:
    assert season_use(season, now=AUTUMN).before is None
    year = timedelta(days=364)
    later = SeasonRound.objects.get(pk=season.pk)
    later.pk, later.slug, later.follows, later.name = None, "neste", season, "Neste"
    later.season_start, later.season_end = season.season_start + year, season.season_end + year
    later.save()
    use = season_use(later, now=AUTUMN + year)
    assert (use.before_round, use.whole.dates) == (season, 0)
    assert use.before is not None
    assert use.before == season_use(season, now=AUTUMN).so_far


def test_young_people_of_season_hours_are_counted_by_their_team(valley: Valley, season: SeasonRound) -> None:
    """The case of a season holds teams of all ages, and says nothing of its own about who comes."""
    period = figures.Period(START, START + timedelta(days=13))
    assert figures.use(period).all.young_share == 1
    Allocation.objects.get(wish__team="G14").wish.__class__.objects.filter(team="G14").update(age_from=20, age_to=40)
    found = figures.use(period).all
    assert (found.minutes, found.young_minutes) == (2 * 60 + 2 * 90, 2 * 60)


def test_queries_dont_grow_with_dates(season: SeasonRound, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(20):
        season_use(season, now=AUTUMN)
    with django_assert_max_num_queries(8):
        figures.use(figures.Period(START, START + timedelta(days=200)))


def test_there_are_no_figures_before_the_season(valley: Valley) -> None:
    round, proposal = make_heard(valley)
    assert not has_figures(round, START)
    adopt(round, proposal, grounds="Etter høringen.", by=valley.officer, now=NOW)
    round.refresh_from_db()
    assert round.state == RoundState.ADOPTED
    assert not has_figures(round, START - timedelta(days=1))
    with clock.at(NOW):
        assert Client().get(reverse("booking:season_use", args=[round.slug])).status_code == 404
        assert Client().get(f"/api/booking/v1/insight/seasons/{round.slug}/").status_code == 404
        staff = Client()
        staff.force_login(valley.officer, backend="django.contrib.auth.backends.ModelBackend")
        page = staff.get(reverse("booking_seasons:use", args=[round.pk]))
        assert page.status_code == 200
        assert page.context["use"] is None
        assert staff.get(reverse("booking_seasons:use_export", args=[round.pk, "csv"])).status_code == 404


def test_the_public_page_points_at_nobody(valley: Valley, season: SeasonRound) -> None:
    with clock.at(AUTUMN):
        answer = Client().get(reverse("booking:season_use", args=[season.slug]))
        assert answer.status_code == 200
        assert answer.context["whole"].hide  # six dates
        assert all(row.hide for row in answer.context["halls"])
        body = answer.content.decode()
        assert "Lilleby idrettslag" in body
        assert Client().get(reverse("booking:figures")).content.decode().count(f"/seasons/{season.slug}/use/") == 1
        data = Client().get(f"/api/booking/v1/insight/seasons/{season.slug}/").json()
    assert data["whole"]["too_few"] is True
    assert data["whole"]["used_hours"] is None
    assert (data["whole"]["given_up_hours"], data["whole"]["retaken_hours"], data["whole"]["taken_hours"]) == (
        1.0, 0.75, 1.5,
    )  # fmt: skip
    assert [one["organisation"]["name"] for one in data["organisations"]] == [
        "Lilleby håndballklubb", "Lilleby idrettslag",
    ]  # fmt: skip
    assert "used_hours" not in data["organisations"][0]
    assert data["halls"][0]["resource"] == valley.hall.whole.slug
    assert data["bands"][0]["age_to"] == 12
    assert data["before"] is None


def test_use_is_shown_from_ten_reported_dates_of_two(valley: Valley, season: SeasonRound) -> None:
    for line in (*lines("J13")[4:6], *lines("G14")[3:4], *lines("G14")[5:6]):
        report_use(line, used=True, by=valley.officer, now=line.end)
    with clock.at(AUTUMN):
        data = Client().get(f"/api/booking/v1/insight/seasons/{season.slug}/").json()
    assert data["whole"]["too_few"] is False
    assert data["whole"]["used_share"] == round((4 * 60 + 5 * 90) / (5 * 60 + 5 * 90), 4)
    assert data["halls"][0]["too_few"] is False
    assert {one["too_few"] for one in data["weeks"] if one["monday"] == "2026-08-31"} == {True}


def test_staff_see_use_by_organisation_and_take_it_along(valley: Valley, season: SeasonRound) -> None:
    Allocation.objects.get(wish__team="J13").wish.__class__.objects.filter(team="J13").update(team="=1+1")
    staff = Client()
    staff.force_login(valley.officer, backend="django.contrib.auth.backends.ModelBackend")
    with clock.at(AUTUMN):
        page = staff.get(reverse("booking_seasons:use", args=[season.pk]))
        assert not any(row.hide for row in page.context["organisations"])
        text = b"".join(staff.get(reverse("booking_seasons:use_export", args=[season.pk, "csv"])).streaming_content)
        sheet = b"".join(staff.get(reverse("booking_seasons:use_export", args=[season.pk, "xlsx"])).streaming_content)
        assert staff.get(reverse("booking_seasons:use_export", args=[season.pk, "pdf"])).status_code == 404
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert rows[2][1] == "'=1+1"
    assert [float(one) for one in rows[2][12:18]] == [len(lines("=1+1")), 1, 0.75, 0, 2, 1]
    book = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert book[2][1] == "'=1+1"
    assert book[2][9] == datetime(2026, 8, 31)  # noqa: DTZ001 - a cell has no zone


def test_another_unit_sees_no_figures_of_the_staff(valley: Valley, season: SeasonRound) -> None:
    other = make_user("Annen Etat")
    give_role(other, make_unit("Teknisk"), "officer")
    client = Client()
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    for name, args in (("use", [season.pk]), ("use_export", [season.pk, "csv"])):
        assert client.get(reverse(f"booking_seasons:{name}", args=args)).status_code == 404
