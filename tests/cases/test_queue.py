"""The officer's queue: tabs, filters, lists by name, files, several at once, marks beside a row, the next case."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from booking.cases import services
from booking.cases.desk import services as desk
from booking.cases.desk.models import SavedView, StartView
from booking.cases.models import Case, Line, Message
from booking.cases.selectors import desk as desks
from booking.catalogue.models import Absence, UnitRole
from booking.foundation import clock
from booking.foundation.errors import Forbidden, Invalid, NotFound
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
QUEUE = "/admin/booking/cases/"


@pytest.fixture(autouse=True)
def monday_morning() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def officer(town: Town) -> Client:
    return browser(town.officer)


@pytest.fixture
def colleague(town: Town) -> Any:
    return factories.make_officer(town.unit, "Kolbein Kollega")


@pytest.fixture
def leader(town: Town) -> Any:
    return factories.make_leader(town.unit, "Lise Leder")


def asked(town: Town, day: int = 7, **fields: Any) -> Case:
    return town.ask(body(town.room, at(day, 18), at(day, 20), **fields))


def shown(client: Client, query: str = "") -> set[str]:
    text = client.get(QUEUE + query).content.decode()
    return set(re.findall(r"2026-\d{4}", text))


def set_to(case: Case, **fields: Any) -> Case:
    Case.objects.filter(pk=case.pk).update(**fields)
    return case


# --- tabs and filters ------------------------------------------------------------------------------------------------


def test_tabs_say_how_many_and_hold_just_those(town: Town, officer: Client, colleague: Any) -> None:
    mine, theirs, late, done = (asked(town, day) for day in (7, 8, 9, 10))
    set_to(theirs, officer=colleague)
    set_to(late, officer=colleague, answer_by=date(2026, 2, 27))
    town.decide(done, "grant")
    assert shown(officer, "?tab=mine") == {mine.reference}
    assert shown(officer, "?tab=unit") == {one.reference for one in (mine, theirs, late)}
    assert shown(officer, "?tab=overdue") == {late.reference}
    assert shown(officer, "?tab=all") == {one.reference for one in (mine, theirs, late, done)}
    text = officer.get(QUEUE).content.decode()
    counts = re.findall(r'tab=(\w+)"[^>]*>[^<]*<span class="sk-staff-count">(\d+)<', text)
    assert dict(counts) == {"mine": "1", "unit": "3", "overdue": "1"}


def test_the_menu_says_how_many_wait_on_me_and_nothing_when_none_do(town: Town, officer: Client, leader: Any) -> None:
    asked(town)
    labels = re.compile(r'"label": "([^"]*\(1\))"')
    assert len(labels.findall(officer.get("/admin/").content.decode())) == 2  # the menu, and its first entry
    assert not labels.findall(browser(leader).get("/admin/").content.decode())


def test_waits_on_me_follows_absence_like_the_case_itself(town: Town, officer: Client, colleague: Any) -> None:
    case = set_to(asked(town), deputy=colleague)
    assert shown(browser(colleague), "?tab=mine") == set()
    Absence.objects.create(user=town.officer, start=date(2026, 3, 1), end=date(2026, 3, 31))
    assert shown(browser(colleague), "?tab=mine") == {case.reference}
    assert shown(officer, "?tab=mine") == set()


def test_piles_say_the_same_as_asking_case_by_case(town: Town, colleague: Any, leader: Any) -> None:
    on = NOW.date()
    Absence.objects.create(user=town.officer, start=on, end=on)
    gone = factories.make_officer(town.unit, "Guri Gått")
    people = [None, town.officer, colleague, gone]
    for number, (first, second) in enumerate((a, b) for a in people for b in people if a is not b or a is None):
        set_to(asked(town, 7 + number), officer=first, deputy=second)
    gone.is_active = False
    gone.save()
    cases = list(Case.objects.select_related("unit", "officer", "deputy"))
    expected: dict[int, int] = {}
    for holder in desks.holders(cases, on):
        expected[holder.pk] = expected.get(holder.pk, 0) + 1
    found: dict[int, int] = {}
    for pile in desks.piles(Case.objects.all(), on):
        found[pile.holder] = found.get(pile.holder, 0) + pile.open
    assert found == expected
    for pk, count in expected.items():
        user = get_user_model().objects.get(pk=pk)
        assert Case.objects.filter(desks.held_by(user, desks.piles(Case.objects.all(), on))).count() == count


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("kind=request", True), ("kind=enquiry", False), ("organisation=idrettslag", True),
        ("organisation=korps", False),
        ("resource=Møterom", True), ("resource=svømmehall", False), ("date_from=2026-03-09", True),
        ("date_from=2026-03-10", False), ("date_to=2026-03-09", True), ("date_to=2026-03-08", False),
        ("flag=handed", True), ("flag=no_reply", False), ("unread=yes", True), ("state=received&tab=unit", True),
        ("state=granted&tab=unit", False), ("waiting_on=requester", False), ("officer={officer}", True),
        ("officer={other}", False), ("state=nonsense", False), ("date_from=nonsense", False), ("flag=nonsense", False),
        ("officer=99999999999999999999", False), ("tab=nonsense", False),
    ],
)  # fmt: skip
def test_filters(town: Town, officer: Client, colleague: Any, query: str, fits: bool) -> None:
    case = set_to(asked(town), attention="handed")
    services.add_message(case, by=town.coach, body="Hei", now=NOW)
    filled = query.format(officer=town.officer.pk, other=colleague.pk)
    assert (case.reference in shown(officer, f"?{filled}")) is fits


def test_a_question_in_an_answered_case_is_found_by_its_mark(town: Town, officer: Client) -> None:
    case = asked(town)
    town.decide(case, "grant")
    services.add_message(case, by=town.coach, body="Får vi nøkkel?", now=NOW, needs_answer=True)
    assert shown(officer, "?flag=needs_answer") == {case.reference}
    assert case.reference in shown(officer, "?tab=unit")


def test_rivals_and_what_is_new_stand_beside_the_row(town: Town, officer: Client) -> None:
    case = asked(town)
    rival = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    apart = asked(town, 20)
    services.add_message(case, by=town.coach, body="Hei", now=NOW)
    text = officer.get(QUEUE).content.decode()
    assert {f"{one.pk}/#rivals" in text for one in (case, rival)} == {True}
    assert f"{apart.pk}/#rivals" not in text
    assert text.count("sk-staff-new") == 1
    officer.get(reverse("booking_cases:inspect", args=[case.pk]))
    assert "sk-staff-new" not in officer.get(QUEUE).content.decode()


def test_ten_and_two_hundred_cases_take_the_same_queries(town: Town, officer: Client) -> None:
    case = asked(town)
    town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    services.add_message(case, by=town.coach, body="Hei", now=NOW)
    desk.save_view(title="Mine", query="tab=mine", by=town.officer, now=NOW)
    counts = {}
    for many in (10, 200):
        copies(case, many - Case.objects.count())
        officer.get(QUEUE)
        with CaptureQueriesContext(connection) as captured:
            assert officer.get(QUEUE).status_code == 200
        counts[many] = len(captured)
    assert counts[10] == counts[200]


def copies(case: Case, count: int) -> None:
    """Past the services: two hundred requests one by one take a minute."""
    line = case.lines.get()
    fields = {f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields if f.name != "id"}
    of_line = {f.attname: getattr(line, f.attname) for f in Line._meta.concrete_fields if f.name not in ("id", "uid")}
    for number in range(count):
        made = Case.objects.create(
            **fields | {"reference": f"2026-9{Case.objects.count():04d}", "submission_key": None}
        )
        start = line.start + timedelta(days=100 + number)
        times = {"case_id": made.pk, "start": start, "end": start + timedelta(hours=1)}
        Line.objects.create(**of_line | times)


# --- lists by name ---------------------------------------------------------------------------------------------------


def keep(client: Client, **fields: Any) -> Any:
    return client.post(reverse("booking_cases:views"), {"title": "Haller", "query": "tab=all&resource=hall"} | fields)


def test_a_list_is_kept_opened_renamed_and_removed(town: Town, officer: Client) -> None:
    case = asked(town)
    answer = keep(officer, query="tab=all&p=2&export=csv&resource=Møterom&_w=1")
    view = SavedView.objects.get()
    assert (view.title, view.query) == ("Haller", "tab=all&resource=M%C3%B8terom")
    assert answer["Location"] == f"{QUEUE}?{view.query}&view={view.pk}"
    page = officer.get(answer["Location"]).content.decode()
    assert re.search(r'aria-current="page">\s*Haller', page)
    assert case.reference in page
    officer.post(reverse("booking_cases:view", args=[view.pk, "rename"]), {"title": "Rom"})
    view.refresh_from_db()
    assert view.title == "Rom"
    officer.post(reverse("booking_cases:view", args=[view.pk, "remove"]))
    view.refresh_from_db()
    assert view.removed_at == NOW  # kept, and shown nowhere
    assert "Rom</a>" not in officer.get(reverse("booking_cases:views")).content.decode()
    keep(officer, title="Rom")  # its name is free again
    assert SavedView.objects.filter(title="Rom").count() == 2


def test_what_is_wrong_with_a_list_is_said_and_what_was_typed_is_kept(town: Town, officer: Client) -> None:
    keep(officer)
    for fields in ({"title": ""}, {"title": "Haller"}, {"title": "x" * 61}, {"title": "Ny", "query": "q=" + "x" * 700}):
        answer = keep(officer, **fields)
        assert answer.status_code == 400, fields
        assert 'value="tab=all' in answer.content.decode() or "query" in fields
    for unit in ("x", "99999999", str(town.unit.pk)):  # an officer shares in no unit
        assert keep(officer, title="Ny", unit=unit).status_code == 400
    view = SavedView.objects.get()
    keep(officer, title="Andre")
    answer = officer.post(reverse("booking_cases:view", args=[view.pk, "rename"]), {"title": "Andre"})
    assert answer.status_code == 400
    assert 'value="Andre" aria-invalid' in answer.content.decode()


def test_the_leader_shares_and_only_they_change_it(town: Town, officer: Client, leader: Any) -> None:
    keep(browser(leader), unit=town.unit.pk)
    view = SavedView.objects.get()
    assert (view.unit, view.owner) == (town.unit, None)
    assert "Haller" in officer.get(QUEUE).content.decode()
    assert officer.post(reverse("booking_cases:view", args=[view.pk, "remove"])).status_code == 403
    with pytest.raises(Forbidden):
        desk.rename_view(view, title="Nei", by=town.officer, now=NOW)
    with pytest.raises(Forbidden):
        desk.save_view(title="Nei", query="", unit=town.unit, by=town.officer, now=NOW)
    stranger = make_town().officer
    with pytest.raises(NotFound):
        desk.remove_view(view, by=stranger, now=NOW)
    with pytest.raises(NotFound):
        desk.begin_with(view, by=stranger, now=NOW)
    assert "Haller" not in browser(stranger).get(QUEUE).content.decode()


def test_one_begins_with_the_list_that_one_chose(town: Town, officer: Client) -> None:
    keep(officer)
    view = SavedView.objects.get()
    officer.post(reverse("booking_cases:view", args=[view.pk, "start"]))
    answer = officer.get(QUEUE)
    assert answer["Location"] == f"{QUEUE}?{view.query}&view={view.pk}"
    assert officer.get(f"{QUEUE}?tab=unit").status_code == 200
    officer.post(reverse("booking_cases:view", args=[view.pk, "unstart"]))
    assert officer.get(QUEUE).status_code == 200
    assert not StartView.objects.exists()
    officer.post(reverse("booking_cases:view", args=[view.pk, "start"]))
    officer.post(reverse("booking_cases:view", args=[view.pk, "remove"]))
    assert officer.get(QUEUE).status_code == 200


def test_there_is_an_end_to_lists(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        desk.save_view(title=str(number), query="", by=town.officer, now=NOW)
    with pytest.raises(Invalid) as refused:
        desk.save_view(title="Enda en", query="", by=town.officer, now=NOW)
    assert refused.value.code == "too_many"


@pytest.mark.parametrize("wrong", ["both", "nobody", "no title", "twice", "twice in a unit"])
def test_the_database_says_no(town: Town, wrong: str) -> None:
    mine = {"owner": town.officer, "title": "A", "made_at": NOW}
    ours = {"unit": town.unit, "title": "A", "made_at": NOW}
    SavedView.objects.create(**mine)
    SavedView.objects.create(**ours)
    rows = {
        "both": mine | {"unit": town.unit, "title": "B"},
        "nobody": {"title": "B", "made_at": NOW},
        "no title": mine | {"title": ""},
        "twice": mine,
        "twice in a unit": ours,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.create(**rows[wrong])


# --- files -----------------------------------------------------------------------------------------------------------


def read_csv(client: Client, query: str) -> list[list[str]]:
    answer = client.get(f"{QUEUE}{query}&export=csv")
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(text)))


def test_a_file_has_what_the_list_shows_and_no_contact_data(town: Town, officer: Client, colleague: Any) -> None:
    case = asked(
        town, title="=HYPERLINK(1)", responsible={"name": "Kari", "phone": "90012345", "email": "k@example.org"}
    )
    other = asked(make_town())
    done = asked(town, 8)
    town.decide(done, "grant")
    heading, *rows = read_csv(officer, "?tab=unit")
    assert [row[0] for row in rows] == [case.reference]
    assert "'=HYPERLINK(1)" in rows[0]
    assert len(heading) == len(rows[0])
    text = str(rows)
    assert not any(word in text for word in ("90012345", "@", "Kari Trener"))
    references = {row[0] for row in read_csv(officer, "?tab=all")[1:]}
    assert references == {case.reference, done.reference}
    assert other.reference not in references
    book = load_workbook(io.BytesIO(b"".join(officer.get(f"{QUEUE}?tab=all&export=xlsx").streaming_content)))  # type: ignore[arg-type]
    cells = list(book.active.iter_rows(values_only=True))
    assert {row[0] for row in cells[1:]} == references
    assert not any(one.data_type == "f" for row in book.active.iter_rows() for one in row)


def test_a_private_person_is_not_named_in_a_file(town: Town, officer: Client) -> None:
    town.room.private_persons = True
    case = set_to(asked(town), organisation=None, requester_hat="person", title="Fest hos Kari Trener")
    rows = read_csv(officer, "?tab=unit")
    assert rows[1][0] == case.reference
    assert "Kari" not in str(rows)


def test_a_long_file_is_read_in_pieces(town: Town, officer: Client) -> None:
    case = asked(town)
    copies(case, 30)
    with CaptureQueriesContext(connection) as captured:
        rows = read_csv(officer, "?tab=all")
    assert len(rows) == 32
    assert len(captured) < 60


# --- several at once -------------------------------------------------------------------------------------------------


def test_all_means_the_list_with_its_filters_and_only_what_one_may_decide(town: Town, officer: Client) -> None:
    wanted, other, foreign = asked(town, 7), asked(town, 8, title="Annet"), asked(make_town(), 7)
    set_to(other, kind="enquiry")
    answer = officer.get(
        reverse("booking_cases:bulk"), {"all": 1, "outcome": "grant", "kind": "request", "tab": "unit"}
    )
    text = answer.content.decode()
    assert f'value="{wanted.pk}:{wanted.version}"' in text
    assert not any(f'value="{one.pk}:' in text for one in (other, foreign))
    nothing = officer.get(reverse("booking_cases:bulk"), {"all": 1, "outcome": "grant", "kind": "nonsense"})
    assert nothing.status_code == 302  # a filter that can't be read is never "everything"


def test_more_than_a_hundred_are_cut_and_that_is_said(
    town: Town, officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.cases.staff.bulk.MOST", 3)
    for day in range(7, 12):
        asked(town, day)
    text = officer.get(reverse("booking_cases:bulk"), {"all": 1, "outcome": "grant"}).content.decode()
    assert text.count('name="case"') == 3
    assert "help-warning" in text


def test_several_go_to_the_waiting_list_with_grounds(town: Town, officer: Client) -> None:
    cases = [asked(town, day) for day in (7, 8)]
    address = reverse("booking_cases:bulk")
    sent = {"outcome": "waiting_list", "case": [f"{case.pk}:{case.version}" for case in cases]}
    assert officer.post(address, sent).status_code == 400
    officer.post(address, sent | {"grounds": "Vi venter på rørleggeren."})
    assert set(Line.objects.values_list("state", flat=True)) == {"waiting_list"}
    again = officer.get(address, {"id": [case.pk for case in cases], "outcome": "waiting_list"}).content.decode()
    assert 'type="submit" class="button"' not in again  # nothing is open in them for that


# --- the next case, and keys -----------------------------------------------------------------------------------------


def test_the_next_case_is_the_next_of_the_list_that_one_came_from(town: Town, officer: Client, colleague: Any) -> None:
    first, second, third = (asked(town, day) for day in (7, 8, 9))
    for case, day in ((first, 4), (second, 5), (third, 6)):
        set_to(case, answer_by=date(2026, 3, day))
    set_to(second, officer=colleague)

    def after(case: Case) -> str:
        return officer.get(reverse("booking_cases:next", args=[case.pk]))["Location"]

    def page(case: Case) -> str:
        return reverse("booking_cases:inspect", args=[case.pk])

    officer.get(f"{QUEUE}?tab=unit")
    assert (after(first), after(second), after(third)) == (page(second), page(third), page(first))
    officer.get(f"{QUEUE}?tab=mine")
    assert after(first) == page(third)
    town.decide(Case.objects.get(pk=first.pk), "grant")  # it has left the list, and keeps its place
    assert after(first) == page(third)
    assert after(third) == f"{QUEUE}?tab=mine"  # nothing left
    answer = officer.get(page(third)).content.decode()
    assert f'href="{QUEUE}?tab=mine"' in answer


def test_keys_are_for_who_wants_them(town: Town, officer: Client) -> None:
    case = asked(town)
    page = reverse("booking_cases:inspect", args=[case.pk])
    text = officer.get(page).content.decode()
    assert "staff_keys.js" in text
    assert all(f'data-key="{key}"' in text for key in "grhqmfnl?")
    answer = officer.post(reverse("booking_cases:shortcuts"), {"keys": "off", "next": page})
    assert answer["Location"] == page
    assert "staff_keys.js" not in officer.get(page).content.decode()
    answer = officer.post(reverse("booking_cases:shortcuts"), {"keys": "on", "next": "https://evil.example/"})
    assert answer["Location"] == QUEUE
    assert "staff_keys.js" in officer.get(page).content.decode()


def test_planners_and_caretakers_look_at_the_queue_without_boxes(town: Town) -> None:
    asked(town)
    caretaker = factories.make_user("Vidar Vaktmester")
    UnitRole.objects.create(user=caretaker, unit=town.unit, role="caretaker")
    client = browser(caretaker)
    text = client.get(f"{QUEUE}?tab=unit").content.decode()
    assert "decide-several" not in text
    assert client.get(reverse("booking_cases:bulk"), {"all": 1, "outcome": "grant"}).status_code == 302
    assert shown(client, "?tab=mine") == set()


def test_what_one_has_not_read_is_counted_for_parties_without_the_units_notes(town: Town) -> None:
    case = asked(town)
    services.add_message(case, by=town.officer, body="Ring vaktmester", now=NOW, internal=True)
    services.add_message(case, by=town.officer, body="Hei", now=NOW, hat=f"unit:{town.unit.slug}")
    coach = browser(town.coach)
    assert desks.unread_counts(town.coach, [case.pk], notes=False) == {case.pk: 1}
    assert desks.unread_counts(town.officer, [case.pk], notes=True) == {}
    assert "1 new message" in coach.get("/en/my/cases/").content.decode()
    coach.get(f"/cases/{case.reference}/")
    assert desks.unread_counts(town.coach, [case.pk], notes=False) == {}
    assert Message.objects.count() == 2
