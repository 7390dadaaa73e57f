"""Calendars of places and organisations, the screen in the entrance, the sheet on the door (needs N13, N17, N20)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.calendars.incoming import services as calendars
from booking.calendars.incoming.models import SourceMode
from booking.cases.models import Case
from booking.foundation import clock
from booking.occupancy.services import close_resource
from tests.calendars.incoming.texts import calendar, event
from tests.calendars.incoming.world import granted, subscribed
from tests.factories import NOW, make_hall_in_thirds, make_organisation, make_resource

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 10, tzinfo=UTC)
NOON = NOW.replace(hour=0)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """The doors' clock stands at NOW."""
    with clock.at(NOW):
        yield


def at(hour: float, day: datetime = DAY) -> datetime:
    return day + timedelta(hours=hour)


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def get(path: str, language: str = "en") -> str:
    return text(Client().get(f"/{language}{path}" if language != "nb" else path))


def public(line, title: str) -> None:
    """Its case has a title that everybody may read, as the services label it."""
    from django.db import transaction

    from booking.occupancy.services import relabel

    Case.objects.filter(pk=line.case_id).update(title=title, title_public=True)
    with transaction.atomic():
        relabel(cause_kind="line", cause_ids=[line.pk], label=title)


@pytest.fixture
def hall():
    """A hall in thirds with a public training in a third, a private one in the whole, a closure, holidays."""
    found = make_hall_in_thirds()
    public(granted(found.parts[0], at(16), at(17.5)), "Åpen hall for alle")
    granted(found.whole, at(18), at(20), title="Styremøte i laget")
    close_resource(
        found.whole, start=at(7, DAY + timedelta(days=1)), end=at(9, DAY + timedelta(days=1)), reason="Vask", now=NOW
    )
    source = subscribed(found.whole, "", mode=SourceMode.INFORMATION, titles=True)
    calendars.give_copy(source, calendar(event("a", "20260310", "20260312", "SUMMARY:Skolefri")), by=None, now=NOW)
    return found


@pytest.mark.parametrize("view", ["month", "week", "agenda", ""])
def test_a_places_calendar_shows_public_titles_closures_holidays_and_calendars_of_others(hall, view):
    page = get(f"/things/{hall.whole.slug}/calendar/?view={view}&day=2026-03-10")
    assert "Åpen hall for alle" in page
    assert "17:00–18:30" in page or "17.00–18.30" in page
    assert "Taken" in page
    assert "Styremøte" not in page  # not public
    assert "Lilleby idrettslag" not in page
    assert "Vask" in page
    assert "Skolefri" in page
    assert page.count("<h1") == 1
    assert "<style" not in page
    assert " style=" not in page


def test_public_holidays_stand_in_it(hall):
    page = get(f"/things/{hall.whole.slug}/calendar/?view=month&day=2026-05-10", "nb")
    assert "Grunnlovsdag" in page or "17. mai" in page.lower() or "sk-cal__holiday" in page


def test_a_day_part_by_part_says_who_shares_what(hall):
    page = get(f"/things/{hall.whole.slug}/calendar/?view=places&day=2026-03-10")
    first = page.index("Lillebyhallen, del A")
    second = page.index("Lillebyhallen, del B")
    assert "Åpen hall for alle" in page[first:second]
    assert "Åpen hall for alle" not in page[second:]
    assert page[second:].count("Taken") >= 2  # the whole was taken, so each part is
    room = make_resource("Uten deler")
    assert "part by part" not in get(f"/things/{room.slug}/calendar/")


def test_the_neighbours_of_a_period_are_links_and_far_away_days_are_brought_back(hall):
    page = get(f"/things/{hall.whole.slug}/calendar/?view=week&day=2026-03-10")
    assert "day=2026-03-16" in page
    assert "day=2026-03-08" in page
    far = get(f"/things/{hall.whole.slug}/calendar/?view=week&day=2999-01-01")
    assert "Later days" not in far


def test_an_empty_calendar_says_so():
    room = make_resource()
    assert "Nothing stands in the calendar in these days." in get(f"/things/{room.slug}/calendar/?view=agenda")


@pytest.mark.parametrize("page", ["calendar", "screen", "door"])
def test_what_is_not_public_has_no_calendar_no_screen_and_no_sheet(page):
    hidden = make_resource(public=False)
    assert Client().get(f"/things/{hidden.slug}/{page}/").status_code == 404
    assert Client().get(f"/things/no-such-thing/{page}/").status_code == 404
    assert Client().post(f"/things/{make_resource().slug}/{page}/").status_code == 405


@pytest.mark.parametrize("view", ["month", "places"])
def test_a_calendar_asks_a_constant_number_of_queries(view):
    counts = []
    for parts, lines in ((2, 1), (8, 6)):
        found = make_hall_in_thirds(parts=parts)
        for number in range(lines):
            granted(found.parts[number % parts], at(8 + number), at(9 + number))
        Client().get(f"/things/{found.whole.slug}/calendar/?view={view}&day=2026-03-10")
        with CaptureQueriesContext(connection) as queries:
            Client().get(f"/things/{found.whole.slug}/calendar/?view={view}&day=2026-03-10")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- the screen and the sheet -----------------------------------------------------------------------------------------


def test_the_screen_says_what_is_now_later_and_tomorrow_and_renews_itself(hall):
    with clock.at(at(16.5)):
        answer = Client().get(f"/en/things/{hall.whole.slug}/screen/")
    page = text(answer)
    assert answer["Refresh"] == "120"
    now, later, tomorrow = (page.index(f'id="k-{part}"') for part in ("now", "later", "next"))
    assert "Åpen hall for alle" in page[now:later]
    assert "Lillebyhallen, del A" in page[now:later]  # where
    assert "Taken" in page[later:tomorrow]
    assert page[later:tomorrow].count("Taken") == 1  # the whole stands once, not once for each part
    assert "Vask" in page[tomorrow:]
    assert "Skolefri" in page[:now]
    assert "Log in" not in page
    assert "Styremøte" not in page


def test_an_empty_screen_says_so():
    page = get(f"/things/{make_resource().slug}/screen/")
    assert "Nothing just now." in page
    assert "Nothing tomorrow." in page


def test_the_sheet_has_seven_days_and_a_short_address(hall):
    page = get(f"/things/{hall.whole.slug}/door/?day=2026-03-10")
    sign = page[page.index("<article") :]
    assert sign.count('<th scope="row">') == 7
    assert "Åpen hall for alle" in sign
    assert f"/things/{hall.whole.slug}/calendar/" in sign
    assert "http" not in sign[sign.index("sk-sign__foot") :].split("</p>")[0]


# --- an organisation --------------------------------------------------------------------------------------------------


def test_an_organisations_calendar_shows_what_it_told_everybody_and_nothing_else(hall):
    line = granted(make_resource("Grendehuset", slug="grendehuset"), at(10), at(12))
    public(line, "Loppemarked")
    club = line.case.organisation
    club.listed = True
    club.save()
    granted(make_resource(), at(10), at(12))
    for view in ("agenda", "month", "week"):
        page = get(f"/organisations/{club.slug}/calendar/?view={view}&day=2026-03-10")
        assert "Loppemarked" in page
        assert "Grendehuset" in page
        assert "Åpen hall" not in page
    assert "Nothing with a public title" in get(f"/organisations/{club.slug}/calendar/?day=2026-06-01")


def test_an_organisation_that_is_not_listed_has_no_public_calendar():
    club = make_organisation(listed=False)
    assert Client().get(f"/organisations/{club.slug}/calendar/").status_code == 404


def test_what_happens_is_folded_by_day_and_turned_by_week_without_losing_anything():
    hall = make_resource("Lillebyhallen", slug="hallen")
    for ahead in (0, 1, 9):
        public(
            granted(hall, at(18, NOON + timedelta(days=ahead)), at(19, NOON + timedelta(days=ahead))), f"Øving {ahead}"
        )
    first = Client().get("/whats-on/").content.decode()
    assert first.count("<details") >= 2
    assert first.count('<details class="ds-details" open>') == 1, "the first day is open, the others are folded"
    assert "Øving 0" in first
    assert "Øving 1" in first, "what is folded is there all the same"
    assert "Øving 9" not in first
    following = re.search(r'href="\?([^"#]+)#soon"', first)
    assert following is not None
    second = Client().get(f"/whats-on/?{following[1].replace('&amp;', '&')}").content.decode()
    assert "Øving 9" in second
    assert "Øving 0" not in second
    # What was searched for goes along, and days that nobody can have are brought back.
    kept = Client().get("/whats-on/?q=kor&from=2026-03-09").content.decode()
    assert "q=kor&amp;from=2026-03-16" in kept
    for nonsense in ("1900-01-01", "x", "9999-12-31"):
        assert Client().get(f"/whats-on/?from={nonsense}").status_code == 200


def test_a_full_day_of_a_month_is_folded_after_three(client):
    hall = make_resource("Lillebyhallen", slug="hallen")
    for hour in range(9, 15):
        public(granted(hall, at(hour), at(hour + 1)), f"Time {hour}")
    shown = client.get("/things/hallen/calendar/?view=month").content.decode()
    assert shown.count("sk-cal__more") == 1
    for hour in range(9, 15):
        assert f"Time {hour}" in shown


def test_the_sheet_for_the_door_has_a_code_that_leads_to_the_calendar(client):
    make_resource("Lillebyhallen", slug="hallen")
    shown = client.get("/things/hallen/door/").content.decode()
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in shown
    assert "/things/hallen/calendar/" in shown


def test_on_a_phone_a_month_is_counts_and_under_them_the_day_that_was_tapped(client):
    """Both stand in the page; which is shown is the style sheet's. The links need no script."""
    hall = make_resource("Lillebyhallen", slug="hallen")
    for hour in range(9, 12):
        public(granted(hall, at(hour), at(hour + 1)), f"Time {hour}")
    day = at(9).date()
    shown = client.get(f"/things/hallen/calendar/?view=month&day={day:%Y-%m}-01").content.decode()
    assert f'href="?view=month&amp;day={day:%Y-%m-%d}#day"' in shown
    tapped = client.get(f"/things/hallen/calendar/?view=month&day={day:%Y-%m-%d}").content.decode()
    under = tapped.partition('id="day"')[2]
    assert [f"Time {hour}" in under for hour in range(9, 12)] == [True] * 3
    assert tapped.count("sk-cal__chosen") == 2, "one day, and what stands under the month"


def test_a_list_shows_its_first_week_and_folds_the_next(client):
    hall = make_resource("Lillebyhallen", slug="hallen")
    public(granted(hall, at(9), at(10)), "Nå")
    public(granted(hall, at(9) + timedelta(days=8), at(10) + timedelta(days=8)), "Siden")
    shown = client.get(f"/things/hallen/calendar/?view=agenda&day={at(9):%Y-%m-%d}").content.decode()
    now, _, later = shown.partition("sk-cal-week")
    assert "Nå" in now
    assert "Siden" not in now
    assert "Siden" in later
