"""The caretaker's day: who, when, how many, what is different; of the own unit only (needs N16)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.cases import day_registry, services
from booking.cases.day_registry import DayNote
from booking.cases.services import Wish
from booking.catalogue.models import Resource
from booking.days import rules, selectors
from booking.days.services import make_link
from booking.foundation import clock
from booking.occupancy.services import close_resource
from booking.privacy.models import Look
from tests import factories as f
from tests.cases.conftest import NOW, at, body

pytestmark = pytest.mark.django_db

DAY = at(2, 12).date()
LATER = NOW + timedelta(hours=30)


def sheet(town, now=LATER, days=None):
    return selectors.day_sheet(Resource.objects.filter(unit=town.unit), days or rules.days_from(DAY), now=now)


EVENING = (at(2, 18), at(2, 20))


def granted(town, start=EVENING[0], end=EVENING[1], **fields):
    given = {
        "purpose": "Trening", "message": "20 stoler i ring", "audience": {"6-12": 18, "20-59": 2},
        "responsible": {"name": "Anne Ansvarlig", "phone": "99 88 77 66", "email": "anne@example.org"},
    } | fields  # fmt: skip
    case = town.ask(body(fields.pop("resource", None) or town.room, start, end, **given))
    return town.decide(case, "grant")


def entries(days):
    return [entry for day in days for building in day.buildings for entry in building.entries]


def test_granted_time_stands_on_its_day_and_what_is_only_asked_for_doesnt(town):
    case = granted(town)
    town.ask(body(town.room, at(2, 10), at(2, 11), purpose="Møte"), user=town.other_coach)
    (entry,) = entries(sheet(town))
    assert (entry.line.case_id, entry.heads, entry.mark) == (case.pk, 20, "")
    assert sheet(town)[0].buildings[0].resource == town.room
    assert sheet(town)[1].buildings == []


def test_setup_and_tear_down_are_in_the_time_in_which_somebody_is_there(town):
    case = granted(town)
    case.lines.update(setup_minutes=30, teardown_minutes=15)
    (entry,) = entries(sheet(town))
    assert (entry.begins, entry.ends) == (at(2, 17, 30), at(2, 20, 15))
    assert (entry.start, entry.end) == (at(2, 18), at(2, 20))


def test_past_midnight_it_stands_on_both_days(town):
    case = granted(town)
    case.lines.update(start=at(2, 22), end=at(3, 1))
    days = sheet(town)
    assert [len(day.buildings) for day in days] == [1, 1]


def test_late_changes_are_marked_for_a_day(town):
    case = granted(town)
    wish = Wish(1, at(2, 18, 30), at(2, 20))
    services.propose_change(case, wish, by=town.coach, now=LATER)
    (entry,) = entries(sheet(town, LATER + timedelta(hours=1)))
    assert (entry.mark, entry.start) == ("changed", at(2, 18, 30))
    assert entry.was == (town.room, at(2, 18), at(2, 20))
    (entry,) = entries(sheet(town, LATER + timedelta(hours=25)))
    assert (entry.mark, entry.was) == ("", None)


def test_what_moved_to_another_day_is_struck_out_on_the_old_one(town):
    case = granted(town)
    services.propose_change(case, Wish(1, at(9, 18), at(9, 20), why="Cup"), by=town.coach, now=LATER)
    row = case.lines.get().changes.get()
    services.decide_change(case, row.batch, outcome="grant", by=town.officer, now=LATER)
    (entry,) = entries(sheet(town, LATER + timedelta(hours=1)))
    assert entry.moved_away
    assert entry.cancelled
    assert (entry.start, entry.end) == (at(2, 18), at(2, 20))
    assert entries(sheet(town, LATER + timedelta(hours=25))) == []


def test_what_was_cancelled_is_struck_out_for_a_day(town):
    case = granted(town)
    services.withdraw_line(case, 1, by=town.coach, now=LATER)
    (entry,) = entries(sheet(town, LATER + timedelta(hours=2)))
    assert entry.mark == "cancelled"
    assert entries(sheet(town, LATER + timedelta(hours=25))) == []


def test_granted_in_the_last_day_is_new(town):
    granted(town)
    (entry,) = entries(sheet(town, NOW + timedelta(hours=1)))
    assert entry.mark == "new"


def test_equipment_stands_on_the_day_it_goes_and_the_day_it_comes(town):
    chairs = f.make_stock("Stoler", unit=town.unit, open=None)
    case = town.ask(body(chairs, at(2, 9), at(3, 15), quantity=12, purpose="Fest"))
    if case.state != "granted":
        town.decide(case, "grant")
    first, second = sheet(town)
    assert [entry.line.quantity for entry in first.buildings[0].out] == [12]
    assert first.buildings[0].back == []
    assert [entry.end for entry in second.buildings[0].back] == [at(3, 15)]


def test_parts_stand_under_their_building_and_closures_beside(town):
    hall = f.make_hall_in_thirds("Hallen", unit=town.unit)
    close_resource(hall.parts[1], start=at(2, 8), end=at(2, 12), reason="Nytt gulv", now=NOW)
    (building,) = sheet(town)[0].buildings
    assert building.resource == hall.whole
    assert [one.reason for one in building.closures] == ["Nytt gulv"]


def test_higher_floors_say_who_opens(town):
    case = granted(town)
    line = case.lines.get()
    day_registry.register_day_notes(
        "test", lambda ids, now: {pk: [DayNote("Åpner", "Kari", "900 00 000")] for pk in ids}
    )
    try:
        (entry,) = entries(sheet(town))
        assert [(note.what, note.words) for note in entry.notes] == [("Åpner", "Kari")]
        assert entry.line == line
    finally:
        day_registry.forget_day_notes("test")


def test_the_number_of_queries_doesnt_grow(town):
    granted(town)
    things = list(Resource.objects.filter(unit=town.unit))
    with CaptureQueriesContext(connection) as one:
        selectors.day_sheet(things, rules.days_from(DAY), now=LATER)
    for hour in range(8, 18):
        granted(town, at(2, hour), at(2, hour + 1), user=None)
    services.propose_change(
        granted(town, at(3, 10), at(3, 12)), Wish(1, at(3, 10, 30), at(3, 12)), by=town.coach, now=LATER
    )
    with CaptureQueriesContext(connection) as many:
        found = selectors.day_sheet(things, rules.days_from(DAY), now=LATER)
    assert len(entries(found)) == 12
    assert len(many) <= len(one) + 2  # two that run when something has moved at all


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def link(town):
    return make_link(unit=town.unit, building=None, label="Vidar", by=f.make_leader(town.unit), now=NOW)


def get(path, user=None, now=LATER, **query):
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with clock.at(now):
        return client.get(path, query)


def test_by_the_link_one_sees_the_day_without_an_account(town, link):
    case = granted(town)
    answer = get(f"/caretaker/{link.token}/", day=DAY.isoformat())
    page = answer.content.decode()
    for words in (
        "Lilleby idrettslag",
        "Anne Ansvarlig",
        "99 88 77 66",
        "18.00–20.00",
        "20 stoler i ring",
        case.reference,
    ):
        assert words in page, words
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    link.link.refresh_from_db()
    assert link.link.last_used_at == LATER


def test_another_units_days_arent_there(town, link):
    other = f.make_unit("Teknisk")
    theirs = make_link(unit=other, building=None, label="Odd", by=f.make_leader(other), now=NOW)
    granted(town)
    page = get(f"/caretaker/{theirs.token}/", day=DAY.isoformat()).content.decode()
    assert "Lilleby idrettslag" not in page
    assert town.room.name not in page


def test_a_link_to_one_building_shows_no_other(town):
    hall = f.make_resource("Hallen", unit=town.unit)
    one = make_link(unit=town.unit, building=hall, label="x", by=f.make_leader(town.unit), now=NOW)
    granted(town)
    assert "Lilleby idrettslag" not in get(f"/caretaker/{one.token}/", day=DAY.isoformat()).content.decode()


def test_a_cancelled_loan_shows_no_phone(town, link):
    case = granted(town)
    services.withdraw_line(case, 1, by=town.coach, now=LATER)
    page = get(f"/caretaker/{link.token}/", now=LATER + timedelta(hours=1), day=DAY.isoformat()).content.decode()
    assert "<s>Lilleby idrettslag</s>" in page
    assert "99 88 77 66" not in page
    assert "Anne Ansvarlig" not in page


def test_wrong_links_open_nothing_and_are_counted(db):
    assert get("/caretaker/nonsense/").status_code == 404
    for _try in range(61):
        last = get("/caretaker/nonsense/")
    assert last.status_code == 429
    assert last["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("day", ["", "x", "9999-99-99", "2026-02-30", "0001-01-01", "2999-01-01"])
def test_a_day_that_is_none_or_far_away_is_brought_back(town, link, day):
    assert get(f"/caretaker/{link.token}/", day=day).status_code == 200


def test_signed_in_caretakers_and_officers_see_the_same_and_it_is_noted(town):
    case = granted(town)
    caretaker = f.make_officer(town.unit, "Vidar Vaktmester", role="caretaker")
    for user in (caretaker, town.officer):
        for _twice in range(2):
            assert "99 88 77 66" in get("/my/day/", user, day=DAY.isoformat()).content.decode()
        assert Look.objects.filter(viewer=user, about_kind="case", about_id=case.pk).count() == 1


def test_nobody_else_does(town):
    granted(town)
    for role in ("planner", "reader"):
        assert get("/my/day/", f.make_officer(town.unit, "Pia Planlegger", role=role)).status_code == 404
    assert get("/my/day/", town.coach).status_code == 404
    assert get("/my/day/").status_code == 302
    outsider = f.make_officer(f.make_unit("Teknisk"), "Odd Annensteds")
    assert "Lilleby idrettslag" not in get("/my/day/", outsider, day=DAY.isoformat()).content.decode()


def test_an_empty_day_says_so(town, link):
    page = get(f"/caretaker/{link.token}/").content.decode()
    assert page.count("<h1") == 1
    assert "style=" not in page
    assert "<script>" not in page
