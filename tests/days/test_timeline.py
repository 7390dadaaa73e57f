"""The timeline of things and days: drawing and table say the same, units are apart, and a move is a proposal."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.cases import services
from booking.cases.models import LineChange
from booking.cases.services import Wish
from booking.catalogue.models import Resource
from booking.days.selectors import timeline
from booking.foundation import clock
from booking.occupancy.services import close_resource
from tests import factories as f
from tests.cases.conftest import NOW, at, body

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/booking/timeline/"
WEEK = {"day": "2026-03-02", "span": "7"}


def browser(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def get(user, path=ADDRESS, **query):
    with clock.at(NOW):
        return browser(user).get(path, WEEK | query)


def rows(town, days=7, **filters):
    found = timeline.in_tree(timeline.listed([town.unit.pk], **filters))
    timeline.fill(found, at(0, 12).date(), days, unit_ids=[town.unit.pk])
    return found


def kinds(row):
    return [item.kind for item in row.items]


def everything(town):
    """One of each kind that a unit has by itself."""
    town.decide(town.ask(body(town.room, at(1, 10), at(1, 12), purpose="Trening")), "grant")
    town.ask(body(town.room, at(2, 10), at(2, 12), purpose="Møte"), user=town.other_coach)
    gone = town.decide(town.ask(body(town.room, at(3, 10), at(3, 12), purpose="Kamp")), "grant")
    close_resource(town.room, start=at(3, 8), end=at(3, 16), reason="Nytt gulv", now=NOW)
    moved = town.decide(town.ask(body(town.room, at(4, 10), at(4, 12), purpose="Kurs")), "grant")
    services.propose_move(moved, Wish(1, at(5, 10), at(5, 12), why="Valg"), by=town.officer, now=NOW)
    return gone


def test_each_kind_stands_there_by_time(town):
    everything(town)
    (row,) = rows(town)
    assert kinds(row) == ["granted", "requested", "closure", "displaced", "granted", "proposed"]
    assert [item.label for item in row.items if item.kind == "closure"] == ["Nytt gulv"]


def test_a_whole_shows_what_its_parts_have_as_taken_without_a_name(town):
    hall = f.make_hall_in_thirds("Hallen", unit=town.unit)
    town.decide(town.ask(body(hall.parts[0], at(1, 10), at(1, 12))), "grant")
    town.decide(town.ask(body(hall.parts[1], at(1, 10), at(1, 12)), user=town.other_coach), "grant")
    by_name = {row.resource.name: row for row in rows(town)}
    assert kinds(by_name["Hallen"]) == ["elsewhere"]
    assert kinds(by_name["Hallen, del A"]) == ["granted"]
    assert kinds(by_name["Hallen, del C"]) == []


def test_another_units_loan_on_shared_space_has_no_name(town):
    foreign = f.make_resource("Kjøkkenet", unit=f.make_unit("Skole"), cells=[town.room.covers.get().cell])
    case = town.ask(body(foreign, at(1, 10), at(1, 12), purpose="Hemmelig"))
    case = services.decide_lines(case, [services.LineOutcome(1, "grant")], by=foreign.unit.officer, now=NOW)
    (row,) = rows(town)
    assert [(item.kind, item.case) for item in row.items] == [("elsewhere", None)]
    for how in ("", "table"):
        page = get(town.officer, **{"as": how}).content.decode()
        assert "Lilleby idrettslag" not in page
        assert case.reference not in page


def test_parts_are_folded_under_their_whole(town):
    hall = f.make_hall_in_thirds("Hallen", unit=town.unit)
    things = timeline.listed([town.unit.pk])
    assert [row.depth for row in timeline.in_tree(things)] == [0, 1, 1, 1, 0]
    assert [row.resource.name for row in timeline.in_tree(things, [hall.whole.pk])] == ["Hallen", town.room.name]
    page = get(town.officer, fold=str(hall.whole.pk)).content.decode()
    assert "Hallen, del A" not in page
    assert 'aria-expanded="false"' in page


def test_table_and_drawing_say_the_same(town):
    everything(town)
    drawn = get(town.officer).content.decode()
    table = get(town.officer, **{"as": "table"}).content.decode()
    labels = set(re.findall(r'class="sk-tl-item[^>]*aria-label="([^"]*)"', drawn))
    assert len(labels) == 6
    for words in ("Lilleby idrettslag", "Lilleby skolekorps", "Nytt gulv"):
        assert words in table
        assert words in drawn
    for label in labels:
        times = re.search(r"(\d\d[.:]\d\d–\d\d[.:]\d\d)", label)[1]
        assert times in table
    assert len(re.findall("<h1", drawn)) == 1
    assert "style=" not in drawn.partition('class="sk-tl-scroll"')[2].partition("</table>")[0]


def test_only_ones_own_units_things(town):
    outsider = f.make_officer(f.make_unit("Teknisk"))
    everything(town)
    assert town.room.name not in get(outsider).content.decode()
    assert get(town.coach).status_code in (302, 403)
    assert get(f.make_officer(town.unit, "Rita", role="reader")).status_code in (302, 404)


@pytest.mark.parametrize(
    "query",
    [
        {"day": "x"}, {"day": "0001-01-01"}, {"day": "9999-12-31"}, {"span": "9"}, {"unit": "x"}, {"venue": "-1"},
        {"kind": "x"}, {"fold": "1,x,,99999999999999"}, {"page": "99"}, {"as": "x"}, {"unit": "99999999999999999999"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_as_if_it_werent_there(town, query):
    assert get(town.officer, **query).status_code == 200


def test_filters_narrow_and_never_widen(town):
    hall = f.make_hall_in_thirds("Hallen", unit=town.unit)
    f.make_stock("Stoler", unit=town.unit)
    other = f.make_resource("Fremmed sal")
    assert len(rows(town, venue=hall.whole.pk)) == 4
    assert [row.resource.name for row in rows(town, kind="equipment")] == ["Stoler"]
    assert rows(town, venue=other.pk) == []
    assert rows(town, unit=other.unit_id) == []
    page = get(town.officer, venue=str(other.pk)).content.decode()
    assert "Fremmed sal" not in page


@pytest.mark.parametrize("span", ["1", "7", "28"])
def test_fifty_things_over_weeks_take_as_many_queries_as_one(town, span):
    client = browser(town.officer)
    everything(town)
    with clock.at(NOW):
        client.get(ADDRESS, WEEK | {"span": span})
        with CaptureQueriesContext(connection) as few:
            client.get(ADDRESS, WEEK | {"span": span})
        for number in range(49):
            room = f.make_resource(f"Rom {number}", unit=town.unit)
            if number % 5 == 0:
                town.decide(town.ask(body(room, at(1, 10), at(1, 12))), "grant")
        with CaptureQueriesContext(connection) as many:
            answer = client.get(ADDRESS, WEEK | {"span": span})
        assert answer.content.decode().count("data-resource=") == 50
        assert len(many) == len(few)


# --- a move ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def case(town):
    return town.decide(town.ask(body(town.room, at(9, 18), at(9, 20), purpose="Trening")), "grant")


def move_address(case):
    return f"{ADDRESS}move/{case.lines.get().pk}/"


def post(user, case, **typed):
    given = {
        "day": "2026-03-12", "start": "18:00", "end": "20:00", "resource": case.lines.get().resource_id,
        "why": "Valg i hallen", "reply_by": "2026-03-09", "act": "send",
    }  # fmt: skip
    with clock.at(NOW):
        return browser(user).post(move_address(case), given | typed)


def test_a_bar_that_was_let_go_opens_the_form_and_moves_nothing(town, case):
    page = get(town.officer, move_address(case), day="2026-03-12", start="17:00").content.decode()
    assert 'value="2026-03-12"' in page
    assert 'value="19:00"' in page
    assert not LineChange.objects.exists()


def test_sent_it_is_a_proposal_to_the_party(town, case):
    assert post(town.officer, case).status_code == 302
    row = LineChange.objects.get()
    assert (row.side, row.start, row.reply_by.isoformat()) == ("municipality", at(10, 18), "2026-03-09")
    assert case.lines.get().start == at(9, 18)


def test_looking_shows_what_it_meets_and_sends_nothing(town, case):
    town.decide(town.ask(body(town.room, at(10, 18), at(10, 20)), user=town.other_coach), "grant")
    page = post(town.officer, case, act="look")
    assert page.status_code == 200
    free = re.findall(r'<a href="(\?day=[^"]*)"', page.content.decode())
    assert free
    assert not LineChange.objects.exists()
    # Sent all the same it is refused, with what was typed and what is free.
    refused = post(town.officer, case).content.decode()
    assert "Valg i hallen" in refused
    assert not LineChange.objects.exists()


def test_the_form_says_what_is_wrong_with_it(town, case):
    page = post(town.officer, case, why="", day="x", resource="99999")
    assert page.status_code == 200
    assert not LineChange.objects.exists()


def test_another_unit_and_who_may_not_decide_find_no_such_date(town, case):
    outsider = f.make_officer(f.make_unit("Teknisk"))
    caretaker = f.make_officer(town.unit, "Vidar", role="caretaker")
    for somebody in (outsider, caretaker):
        assert get(somebody, move_address(case)).status_code == 404
        assert post(somebody, case).status_code == 404
    assert not LineChange.objects.exists()


def test_what_is_over_cant_be_moved(town, case):
    services.withdraw_case(case, by=town.coach, now=NOW)
    assert get(town.officer, move_address(case)).status_code == 404


def test_things_of_other_units_are_not_offered(town, case):
    f.make_resource("Fremmed sal")
    assert "Fremmed sal" not in get(town.officer, move_address(case)).content.decode()


def test_retired_things_are_not_there(town):
    Resource.objects.filter(pk=town.room.pk).update(state="retired")
    assert rows(town) == []
    assert get(town.officer, day=(NOW + timedelta(days=400)).date().isoformat()).status_code == 200


def case_page(user, case, now=NOW):
    with clock.at(now):
        return browser(user).get(f"/admin/booking/cases/inspect/{case.pk}/")


def test_the_cases_page_leads_to_the_move_of_each_date(town, case):
    assert f'href="{move_address(case)}"' in case_page(town.officer, case).content.decode()


def test_only_who_may_decide_is_offered_a_move_and_only_of_what_is_ahead(town, case):
    caretaker = f.make_officer(town.unit, "Vidar", role="caretaker")
    assert move_address(case) not in case_page(caretaker, case).content.decode()
    assert move_address(case) not in case_page(town.officer, case, now=at(9, 19)).content.decode()
    services.withdraw_case(case, by=town.coach, now=NOW)
    assert move_address(case) not in case_page(town.officer, case).content.decode()
