"""An organisation sees what became of its own hours: on its page, in the API, as a file; nobody else does (N1)."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from booking.cases.models import Line, LineState
from booking.cases.services import withdraw_line
from booking.foundation import clock
from booking.insight.seasons import own, own_shown
from booking.insight.seasons.rules import FATES, Tally
from booking.insight.seasons.selectors import season_use
from booking.organisations.models import MemberRole, OrganisationState
from booking.seasons.models import Allocation, RoundState, SeasonRound, UseReport, Wish
from booking.seasons.services.running import REPORT_FOR
from tests.factories import give_membership, give_role, make_user
from tests.insight.conftest import AUTUMN, lines
from tests.seasons.conftest import make_line
from tests.seasons.world import Valley
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
YEAR = timedelta(days=364)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def page_of(valley: Valley, round: SeasonRound) -> str:
    return reverse("booking:my_hours_figures", args=[valley.club.slug, round.slug])


def file_of(valley: Valley, round: SeasonRound, kind: str = "csv") -> str:
    return reverse("booking:my_hours_figures_file", args=[valley.club.slug, round.slug, kind])


def api_of(valley: Valley, round: SeasonRound) -> str:
    return f"/api/booking/v1/insight/seasons/{round.slug}/organisations/{valley.club.slug}/"


def next_year(season: SeasonRound) -> SeasonRound:
    """The round after, with the same hours a year later and nothing reported."""
    later = SeasonRound.objects.get(pk=season.pk)
    later.pk, later.slug, later.follows, later.name, later.state = None, "neste", season, "Neste", RoundState.RUNNING
    later.season_start, later.season_end = season.season_start + YEAR, season.season_end + YEAR
    later.save()
    return later


def give_hours(valley: Valley, round: SeasonRound, team: str, weeks: int, *, day: int = 0) -> list[Line]:
    """A team of the club with an hour a week in the gym, so many weeks from the season's first day."""
    had = Allocation.objects.get(wish__team="J13")
    wish = Wish.objects.get(pk=had.wish_id)
    wish.pk, wish.round, wish.team, wish.number = None, round, team, 40 + Wish.objects.count()
    wish.save()
    first = lines("J13")[0]
    series = first.series
    assert series is not None
    series.pk, series.number, series.uid = None, 90 + Wish.objects.count(), uuid4()
    series.save()
    row = Allocation.objects.get(pk=had.pk)
    row.pk, row.round, row.wish, row.series = None, round, wish, series
    row.since, row.until = round.season_start, round.season_end
    row.start, row.end = 20 * 60, 21 * 60
    row.save()
    shift = timedelta(days=(round.season_start - had.round.season_start).days)
    for week in range(weeks):
        start = first.start + shift + timedelta(weeks=week, days=day, hours=3)
        line = make_line(
            valley, valley.gym, start, start + timedelta(hours=1), state=LineState.GRANTED, organisation=valley.club
        )
        Line.objects.filter(pk=line.pk).update(series=series)
    return list(Line.objects.filter(series=series).order_by("start"))


def test_every_fate_stands_with_its_team_and_in_all(valley: Valley, season: SeasonRound) -> None:
    use = own.own_use(valley.club, season, now=AUTUMN)
    assert [one.name for one in use.teams] == ["J13"]
    one = use.so_far
    assert (one.minutes, one.used, one.unused, one.unsaid) == (6 * 60, 2 * 60, 60, 2 * 60)
    assert (one.given_up, one.retaken, one.taken) == (60, 45, 0)
    assert use.teams[0].so_far == one
    assert use.whole.dates == len(lines("J13"))
    assert use.whole == season_use(season, now=AUTUMN).organisations[valley.club.pk]
    theirs = own.own_use(valley.handball, season, now=AUTUMN)
    assert (theirs.so_far.used, theirs.so_far.taken) == (3 * 90, 90)


def test_beside_last_season_up_to_the_same_week_team_by_team(valley: Valley, season: SeasonRound) -> None:
    assert own.own_use(valley.club, season, now=AUTUMN).before is None
    later = next_year(season)
    give_hours(valley, later, "j13", 8)  # the same team, written in another way
    give_hours(valley, later, "J15", 2, day=1)
    use = own.own_use(valley.club, later, now=AUTUMN + YEAR)
    assert use.before_round == season
    assert use.before == own.own_use(valley.club, season, now=AUTUMN).so_far
    assert [(one.name, one.so_far.dates, one.before.dates) for one in use.teams if one.before] == [
        ("j13", 6, 6), ("J15", 2, 0),
    ]  # fmt: skip
    theirs = own.own_use(valley.choir, later, now=AUTUMN + YEAR)
    assert (theirs.before, theirs.before_round) == (None, None)  # it had no hours then


def test_a_team_of_last_season_only_stands_last(valley: Valley, season: SeasonRound) -> None:
    later = next_year(season)
    give_hours(valley, later, "Volley", 1)
    use = own.own_use(valley.club, later, now=AUTUMN + YEAR)
    assert [(one.name, one.whole.dates) for one in use.teams] == [("Volley", 1), ("J13", 0)]
    so_far, _whole, before = own_shown.tables(use)
    assert [row["label"] for row in so_far["rows"]] == ["Volley"]
    assert [row["label"] for row in before["rows"]] == ["J13"]


def test_dates_to_report_are_those_that_can_be_reported(valley: Valley, season: SeasonRound) -> None:
    use = own.own_use(valley.club, season, now=AUTUMN)
    assert [(one.team, [line.pk for line in one.lines]) for one in use.missing] == [
        ("J13", [line.pk for line in reversed(lines("J13")[4:6])])
    ]
    assert (use.to_report, use.past) == (2, 0)
    late = lines("J13")[4].end + REPORT_FOR + timedelta(minutes=1)
    use = own.own_use(valley.club, season, now=late)
    assert (use.past, lines("J13")[4].pk in {line.pk for one in use.missing for line in one.lines}) == (1, False)


def test_the_page_says_it_in_one_sentence_and_takes_reports(valley: Valley, season: SeasonRound) -> None:
    client = signed_in(valley.coach)
    with clock.at(AUTUMN), override("nb"):
        hours = client.get(reverse("booking:my_hours", args=[valley.club.slug])).content.decode()
        assert page_of(valley, season) in hours
        body = client.get(page_of(valley, season)).content.decode()
        said = own_shown.sentence(own.own_use(valley.club, season, now=AUTUMN))
        assert said in hours.replace("&#x27;", "'")
        assert said in body.replace("&#x27;", "'")
        line = lines("J13")[4]
        tap = reverse("booking:my_hours_use", args=[valley.club.slug, line.pk])
        assert tap in body
        there = page_of(valley, season) + "#missing"
        answer = client.post(tap, {"used": "yes", "next": there})
        assert (answer.status_code, answer["Location"]) == (302, there)
        assert UseReport.objects.get(line=line).used
        assert tap not in client.get(page_of(valley, season)).content.decode()
        for elsewhere in ("https://example.org/", "//example.org/", "no-such-name", "javascript:alert(1)", "\n"):
            answer = client.post(tap, {"used": "yes", "next": elsewhere})
            assert answer["Location"] == reverse("booking:my_hours", args=[valley.club.slug])


def test_the_words_follow_the_figures() -> None:
    def said(**minutes: int) -> str:
        one = Tally()
        for name, amount in minutes.items():
            one.add(amount, name, young=False, organisation=1)
        return own_shown.sentence(own.OwnUse(SeasonRound(), one, one, ()))

    with override("en"):
        assert said() == "None of your dates has been yet."
        assert said(given_up=60) == "Every date that has been was given up, or taken by works or events."
        assert said(unsaid=90) == "So far you have had 1.5 hours, and nothing is reported yet."
        assert said(used=60) == "So far you have had 1 hour, and used it all."
        assert said(used=45, unused=60) == "So far you have had 1.75 hours: 0.75 used and 1 not used."
        assert said(used=60, unsaid=60) == "So far you have had 2 hours: 1 used, and 1 not reported yet."
        assert said(used=60, unsaid=60, unused=120).endswith(": 1 used, 2 not used, and 1 not reported yet.")


@given(st.dictionaries(st.sampled_from(FATES), st.integers(1, 10_000)), st.sampled_from(["nb", "nn", "en"]))
@settings(max_examples=examples(60))
def test_no_figure_makes_the_text_threaten(minutes: dict[str, int], language: str) -> None:
    one = Tally()
    for name, amount in minutes.items():
        one.add(amount, name, young=False, organisation=1)
    use = own.OwnUse(SeasonRound(), one, one, ())
    with override(language):
        words = f"{own_shown.sentence(use)} {own_shown.given_up(use)}".lower()
    assert "%" not in words
    for threat in ("lose", "must", "miste", "må ", "trekk", "tape", "risik"):
        assert threat not in words


@pytest.mark.parametrize("role", MemberRole.values)
def test_who_acts_for_the_organisation_sees_the_figures(valley: Valley, season: SeasonRound, role: str) -> None:
    person = make_user("Rolle")
    give_membership(person, valley.club, role)
    acts = role in ("leader", "board", "booker")
    client = signed_in(person)
    with clock.at(AUTUMN):
        assert client.get(page_of(valley, season)).status_code == (200 if acts else 404)
        assert client.get(file_of(valley, season)).status_code == (200 if acts else 404)
        assert client.get(api_of(valley, season)).status_code == (200 if acts else 404)
        hours = client.get(reverse("booking:my_hours", args=[valley.club.slug]))
        assert hours.status_code == 200  # everybody in it reads the hours
        assert (page_of(valley, season) in hours.content.decode()) == acts


def test_nobody_else_sees_them_not_even_staff(valley: Valley, season: SeasonRound) -> None:
    stranger = make_user("Fremmed")
    give_role(stranger, valley.unit, "caretaker")
    with clock.at(AUTUMN):
        for user in (valley.officer, valley.boss, valley.singer, valley.handball_leader, stranger):
            client = signed_in(user)
            for address in (page_of(valley, season), file_of(valley, season), api_of(valley, season)):
                assert client.get(address).status_code == 404, (user, address)
        assert Client().get(page_of(valley, season)).status_code == 302
        assert Client().get(api_of(valley, season)).status_code == 401
        ours = signed_in(valley.coach)
        assert ours.get(file_of(valley, season, "pdf")).status_code == 404
        assert ours.get(reverse("booking:my_hours_figures", args=[valley.club.slug, "annen"])).status_code == 404
        assert ours.get(api_of(valley, season).replace(season.slug, "annen")).status_code == 404


def test_an_organisation_that_is_over_still_reads_and_no_longer_reports(valley: Valley, season: SeasonRound) -> None:
    valley.club.state = OrganisationState.INACTIVE
    valley.club.save()
    with clock.at(AUTUMN):
        answer = signed_in(valley.coach).get(page_of(valley, season))
        assert answer.status_code == 200
        assert (
            reverse("booking:my_hours_use", args=[valley.club.slug, lines("J13")[4].pk]) not in answer.content.decode()
        )


def test_an_ended_season_is_reached_from_our_hours(valley: Valley, season: SeasonRound) -> None:
    SeasonRound.objects.filter(pk=season.pk).update(state=RoundState.ENDED)
    client = signed_in(valley.coach)
    with clock.at(AUTUMN + timedelta(days=300)):
        body = client.get(reverse("booking:my_hours", args=[valley.club.slug])).content.decode()
        assert page_of(valley, season) in body
        page = client.get(page_of(valley, season))
        assert page.status_code == 200
        assert page.context["over"]
        assert [one["name"] for one in page.context["tables"]] == ["whole"]


def test_before_the_season_there_is_nothing(valley: Valley, season: SeasonRound) -> None:
    client = signed_in(valley.coach)
    with clock.at(datetime.fromisoformat("2026-08-20T08:00+02:00")):
        assert client.get(page_of(valley, season)).status_code == 404
        assert client.get(api_of(valley, season)).status_code == 404
        body = client.get(reverse("booking:my_hours", args=[valley.club.slug])).content.decode()
        assert page_of(valley, season) not in body


def test_small_numbers_are_never_withheld_from_oneself(valley: Valley, season: SeasonRound) -> None:
    with clock.at(AUTUMN):
        data = signed_in(valley.coach).get(api_of(valley, season)).json()
    assert data["so_far"]["too_few"] is False
    assert (data["so_far"]["used_hours"], data["so_far"]["unused_hours"], data["so_far"]["unreported_hours"]) == (
        2,
        1,
        2,
    )
    assert data["so_far"]["retaken_hours"] == 0.75
    assert [(one["team"], one["so_far"]["hours"], one["before"]) for one in data["teams"]] == [("J13", 6.0, None)]
    assert [one["line"] for one in data["to_report"]] == [line.number for line in reversed(lines("J13")[4:6])]
    assert data["to_report"][0]["start"].startswith("2026-10-05T17:00:00+02:00")
    assert (data["before"], data["before_season"], data["past_reporting"]) == (None, None, 0)


def test_the_file_has_only_ones_own_rows(valley: Valley, season: SeasonRound) -> None:
    Wish.objects.filter(team="J13").update(team="=J13")
    with clock.at(AUTUMN):
        answer = signed_in(valley.coach).get(file_of(valley, season))
        rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
        book = b"".join(signed_in(valley.coach).get(file_of(valley, season, "xlsx")).streaming_content)  # type: ignore[attr-defined]
    assert [row[1] for row in load_workbook(io.BytesIO(book)).active.values][1:] == ["'=J13"]  # type: ignore[union-attr]
    assert [(row[0], row[1]) for row in rows[1:]] == [(valley.club.name, "'=J13")]
    assert [float(one) for one in rows[1][12:18]] == [len(lines("=J13")), 1, 0.75, 0, 2, 1]


def test_queries_grow_with_neither_dates_nor_teams_nor_seasons(valley: Valley, season: SeasonRound) -> None:
    client = signed_in(valley.coach)
    later = next_year(season)
    pages = (
        reverse("booking:my_hours", args=[valley.club.slug]), page_of(valley, later), file_of(valley, later),
        api_of(valley, later),
    )  # fmt: skip

    def counted() -> list[int]:
        found = []
        with clock.at(AUTUMN + YEAR):
            for address in pages:
                with CaptureQueriesContext(
                    connection,
                ) as seen:
                    answer = client.get(address)
                    assert answer.status_code == 200
                    b"".join(answer) if answer.streaming else answer.content
                found.append(len(seen))
        return found

    give_hours(valley, later, "J10", 3)
    line = lines("J10")[0]
    withdraw_line(line.case, line.number, by=valley.coach, now=line.start - timedelta(days=3))
    UseReport.objects.create(line=lines("J10")[1], used=True, at=lines("J10")[1].end)
    counted()  # what the process keeps is warm
    few = counted()
    for number in range(3):
        give_hours(valley, later, f"Lag {number}", 12, day=number + 1)
    assert counted() == few
    assert max(few) <= 45
