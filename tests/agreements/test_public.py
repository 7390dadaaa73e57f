"""The pages for parties, as a browser without JavaScript sees them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.agreements import services
from booking.agreements.models import Agreement, AgreementDocument, TaskDate
from booking.agreements.services import AgreementDraft, TaskDraft
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from tests.agreements.world import World, task
from tests.factories import give_membership, make_organisation, make_user
from tests.matrix import missing_rows, names_of, row, walk
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
HOME = "/my/organisations/jff/agreements/"


def today() -> date:
    return clock.today(booking_settings().tz)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def rows(**cells: Any) -> dict[str, Any]:
    """The management forms, and whatever cells are filled in (``hours_0_weekday`` for ``hours-0-weekday``)."""
    found = {
        "hours-TOTAL_FORMS": "3", "hours-INITIAL_FORMS": "0", "tasks-TOTAL_FORMS": "3", "tasks-INITIAL_FORMS": "0",
    }  # fmt: skip
    return found | {name.replace("_", "-", 2): value for name, value in cells.items()}


def entry(world: World, **fields: Any) -> dict[str, Any]:
    given = {
        "title": "Stranda", "form": "oral", "terms": "Vi steller den.", "thing_1": str(world.shore.pk),
        "start": today().isoformat(), "notice_months": "3", "key": "k1",
    }  # fmt: skip
    return rows() | given | fields


def written(world: World, **fields: Any) -> Agreement:
    return services.write_down(
        world.draft(start=today(), **fields), by=world.leader, organisation=world.club, now=clock.now()
    )


def page_of(agreement: Agreement) -> str:
    return f"{HOME}{agreement.reference}/"


def test_an_oral_agreement_is_written_down_with_hours_and_tasks(world: World) -> None:
    desk = browser(world.leader)
    assert desk.get(f"{HOME}new/").status_code == 200
    data = entry(world) | rows(
        hours_0_weekday="1", hours_0_begins="17:00", hours_0_ends="19:00", hours_0_resource=str(world.hall.pk),
        tasks_0_what="Slå gresset", tasks_0_side="organisation", tasks_0_every="month",
        tasks_0_first_on=(today() + timedelta(days=5)).isoformat(),
    )  # fmt: skip
    answer = desk.post(f"{HOME}new/", data | {"excluded": "24.12.2030, 26.12.2030-1.1.2031", "storage": "Båter"})
    assert answer.status_code == 302, [form.errors for form in answer.context["form"].forms]
    made = Agreement.objects.get()
    assert answer["Location"] == page_of(made)
    assert (made.form, made.storage, len(made.excluded)) == ("oral", "Båter", 8)
    assert [(one.weekday, one.resource) for one in made.hours.all()] == [(1, world.hall)]
    assert [one.what for one in made.tasks.all()] == ["Slå gresset"]
    assert {one.name for one in made.resources.all()} == {"Strandsonen", "Lillebyhallen"}
    # A double click is one agreement.
    desk.post(f"{HOME}new/", data)
    assert Agreement.objects.count() == 1
    shown = text(desk.get(page_of(made)))
    assert "agreement_one_side" in shown
    assert "agreement_one_side" in text(desk.get(HOME))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"terms": ""}, "terms"),
        ({"start": "i går"}, "start"),
        ({"end": "2001-01-01"}, "end"),
        ({"thing_1": ""}, "place"),
        ({"thing_1": "999999"}, "thing_1"),
        ({"excluded": "jul"}, "excluded"),
        ({"notice_months": "100"}, "notice_months"),
        ({"homepage": "https://spam.example"}, "homepage"),
        ({"title": "x\x00"}, "title"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    world: World, fields: dict[str, str], field: str
) -> None:
    unit = {"unit": world.unit.slug} if field == "place" else {}
    answer = browser(world.leader).post(f"{HOME}new/", entry(world, storage="To kanoer", **fields, **unit))
    assert answer.context["form"].content.errors[field]
    assert "To kanoer" in text(answer)
    assert not Agreement.objects.exists()


def test_a_faulty_row_says_so_and_a_missing_part_is_no_error_page(world: World) -> None:
    desk = browser(world.leader)
    answer = desk.post(f"{HOME}new/", entry(world) | rows(hours_0_weekday="1", hours_0_begins="17:00"))
    assert answer.context["form"].hours.forms[0].non_field_errors()
    data = {key: value for key, value in entry(world).items() if not key.startswith("hours-")}
    assert desk.post(f"{HOME}new/", data).status_code == 200
    overlap = rows(
        hours_0_weekday="1", hours_0_begins="17:00", hours_0_ends="19:00",
        hours_1_weekday="1", hours_1_begins="18:00", hours_1_ends="20:00",
    )  # fmt: skip
    answer = desk.post(f"{HOME}new/", entry(world) | overlap)
    assert answer.context["form"].hours.forms[1].errors["begins"]
    assert not Agreement.objects.exists()


def test_a_place_that_is_not_in_the_list_goes_to_the_unit_that_was_named(world: World) -> None:
    browser(world.leader).post(f"{HOME}new/", entry(world, thing_1="", place="Jolleboden", unit=world.unit.slug))
    made = Agreement.objects.get()
    assert (made.place, made.unit, made.officer) == ("Jolleboden", world.unit, world.officer)


def test_confirming_what_the_municipality_wrote(world: World) -> None:
    made = services.write_down(world.draft(start=today()), by=world.officer, unit=world.unit, now=clock.now())
    desk = browser(world.leader)
    assert "agreement_one_side" in text(desk.get("/my/organisations/jff/"))
    assert "venter" in text(desk.get("/my/organisations/")) or "waits" in text(desk.get("/my/organisations/"))
    # A page that is no longer what it was: nothing is confirmed unseen.
    desk.post(f"{page_of(made)}confirm/", {"version": "77"})
    made.refresh_from_db()
    assert made.state == "proposed"
    desk.post(f"{page_of(made)}confirm/", {"version": made.version})
    made.refresh_from_db()
    assert made.state == "agreed"


def test_dates_of_others_are_shown_before_they_are_left_out(world: World) -> None:
    services.confirm(
        services.write_down(world.with_hours(start=today()), by=world.leader, organisation=world.club, now=clock.now()),
        by=world.officer, now=clock.now(),
    )  # fmt: skip
    other = make_organisation("Korpset", leader=make_user("Kari"), slug="korpset")
    made = services.write_down(
        world.with_hours(start=today(), organisations=[other], title="Også vi"), by=world.officer, unit=world.unit,
        now=clock.now(),
    )  # fmt: skip
    desk = browser(other.memberships.get().user)
    address = f"/my/organisations/korpset/agreements/{made.reference}/"
    answer = desk.post(f"{address}confirm/", {"version": made.version})
    assert answer.status_code == 409
    assert len(answer.context["clashes"]) >= 51
    # Who has them is none of their business.
    assert "Klubbhuset" not in text(answer)
    assert all(row["by"] == [] for row in answer.context["clashes"])
    made.refresh_from_db()
    assert made.state == "proposed"
    desk.post(f"{address}confirm/", {"version": made.version, "leave_out": "yes"})
    made.refresh_from_db()
    assert made.state == "agreed"
    assert len(desk.get(address).context["view"].left_out) >= 51


def test_declining_needs_words(world: World) -> None:
    made = services.write_down(world.draft(start=today()), by=world.officer, unit=world.unit, now=clock.now())
    desk = browser(world.leader)
    answer = desk.post(f"{page_of(made)}decline/", {"decline-reason": "", "version": made.version})
    assert (answer.status_code, bool(answer.context["decline_form"].errors)) == (400, True)
    desk.post(f"{page_of(made)}decline/", {"decline-reason": "Det var to timer.", "version": made.version})
    made.refresh_from_db()
    assert (made.state, made.declined_reason) == ("declined", "Det var to timer.")
    assert "Det var to timer." in text(desk.get(page_of(made)))


def test_correcting_asks_the_municipality_anew(world: World) -> None:
    made = services.write_down(world.draft(start=today()), by=world.officer, unit=world.unit, now=clock.now())
    desk = browser(world.leader)
    form = desk.get(f"{page_of(made)}change/").context["form"]
    assert form.content["title"].value() == made.title
    desk.post(f"{page_of(made)}change/", entry(world, title="Rettet", version=str(made.version)))
    made.refresh_from_db()
    assert (made.title, made.confirmed_at) == ("Rettet", None)
    assert made.parties.get().confirmed_by == world.leader


def test_notice_is_shown_with_its_day_before_it_is_given(world: World) -> None:
    made = services.confirm(written(world), by=world.officer, now=clock.now())
    desk = browser(world.leader)
    shown = desk.get(f"{page_of(made)}notice/")
    assert shown.context["earliest"] == services.earliest_end(made, today())
    too_early = (today() + timedelta(days=3)).isoformat()
    answer = desk.post(f"{page_of(made)}notice/", {"reason": "Flytter", "ends_on": too_early})
    assert answer.context["form"].errors["ends_on"]
    desk.post(f"{page_of(made)}notice/", {"reason": "Flytter", "version": made.version})
    made.refresh_from_db()
    assert made.last_day == services.earliest_end(made, today())
    assert desk.get(f"{page_of(made)}notice/").status_code == 404
    assert "Flytter" in text(desk.get(page_of(made)))


def test_a_new_one_begins_with_what_the_old_one_says(world: World) -> None:
    old = services.confirm(
        written(world, end=today() + timedelta(days=30), storage="Båter"), by=world.officer, now=clock.now()
    )
    desk = browser(world.leader)
    form = desk.get(f"{HOME}new/?from={old.reference}").context["form"]
    assert form.content["storage"].value() == "Båter"
    assert form.content["start"].value() == today() + timedelta(days=31)
    desk.post(
        f"{HOME}new/?from={old.reference}",
        entry(world, start=(today() + timedelta(days=31)).isoformat(), key="k2"),
    )
    assert Agreement.objects.get(follows=old).organisations.get() == world.club
    assert desk.get(f"{HOME}new/?from=AVT-1900-001").status_code == 404


def test_a_booker_marks_tasks_as_done_and_binds_nothing(world: World) -> None:
    tasks = [TaskDraft("Slå gresset", "organisation", today(), "month"), task("municipality")]
    made = services.confirm(written(world, tasks=tasks), by=world.officer, now=clock.now())
    desk = browser(world.booker)
    first = TaskDate.objects.filter(task__side="organisation").first()
    assert first is not None
    assert f"done/{first.pk}/" in text(desk.get(page_of(made)))
    desk.post(f"{page_of(made)}done/{first.pk}/")
    first.refresh_from_db()
    assert first.done_by == world.booker
    assert "Berit Booker" in text(desk.get(page_of(made)))
    assert desk.get(f"{page_of(made)}notice/").status_code == 404
    assert desk.get(f"{HOME}new/").status_code == 404


def test_documents_are_only_ever_downloaded(world: World) -> None:
    made = written(world)
    desk = browser(world.leader)
    upload = SimpleUploadedFile("avtale 2009.exe", b"%PDF-1.4 ...", "text/html")
    desk.post(f"{page_of(made)}documents/", {"file": upload})
    row_ = AgreementDocument.objects.get()
    assert (row_.name, row_.content_type) == ("avtale 2009.pdf", "application/pdf")
    answer = desk.get(f"{page_of(made)}documents/{row_.pk}/")
    assert answer.content == b"%PDF-1.4 ..."
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    bad = SimpleUploadedFile("a.pdf", b"<html>", "application/pdf")
    refused = desk.post(f"{page_of(made)}documents/", {"file": bad})
    assert (refused.status_code, bool(refused.context["document_form"].errors["file"])) == (400, True)
    # Other organisations' leaders, and this one under another agreement, find nothing.
    other = written(world, title="En annen")
    assert desk.get(f"{page_of(other)}documents/{row_.pk}/").status_code == 404
    stranger = make_organisation("Fremmed", leader=make_user("Frida"), slug="fremmed")
    assert browser(stranger.memberships.get().user).get(f"{page_of(made)}documents/{row_.pk}/").status_code == 404
    desk.post(f"{page_of(made)}documents/{row_.pk}/remove/")
    assert desk.get(f"{page_of(made)}documents/{row_.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("klubbhuset", ["Klubbhuset ved stranda"]),
        ("STRANDSONEN klubb", ["Klubbhuset ved stranda"]),
        ("fiskerlag", ["Klubbhuset ved stranda", "Tirsdager i hallen"]),
        ("hallen", ["Tirsdager i hallen"]),
        ("nokler", ["Tirsdager i hallen"]),
        ("AVT-2026", None),
        ("slå gress", ["Klubbhuset ved stranda"]),
        ("finnes ikke", []),
        ("%00", None),
    ],
)
def test_search_reads_everything_that_an_agreement_says(world: World, words: str, found: list[str] | None) -> None:
    written(world, tasks=[task(what="Slå gresset")])
    services.write_down(
        world.with_hours(start=today(), keys="To nøkler"), by=world.leader, organisation=world.club, now=clock.now()
    )
    page = browser(world.leader).get(HOME, query_params={"q": words})
    titles = sorted(one.title for one in page.context["page_obj"])
    if found is not None:
        assert titles == found
    assert page.status_code == 200


def test_the_list_and_the_page_ask_a_constant_number_of_queries(world: World) -> None:
    desk = browser(world.leader)
    made = services.confirm(written(world, tasks=[task()]), by=world.officer, now=clock.now())

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            desk.get(address)
        return len(caught)

    count(HOME)
    few, one = count(HOME), count(page_of(made))
    for number in range(5):
        services.confirm(
            written(world, title=f"Avtale {number}", tasks=[task(), task(what="Rydde")]),
            by=world.officer, now=clock.now(),
        )  # fmt: skip
    services.add_task(
        made, what="Koste", side="organisation", first_on=today(), every="week", by=world.officer, now=clock.now()
    )
    assert count(HOME) == few
    assert count(page_of(made)) == one


def test_the_letter_says_who_has_confirmed_and_leaves_a_line_for_who_has_not(world: World) -> None:
    made = written(world, background="Avtalt med Reidar i 1998")
    letter = text(browser(world.leader).get(f"{page_of(made)}letter/"))
    for words in (made.reference, made.title, "Avtalt med Reidar i 1998", "letter__line", 'data-state="one_side"'):
        assert words in letter
    services.confirm(made, by=world.officer, now=clock.now())
    letter = text(browser(world.leader).get(f"{page_of(made)}letter/"))
    assert "letter__line" not in letter
    assert "<script" not in letter
    assert "style=" not in letter


def test_parties_see_it_on_the_page_of_the_thing_and_strangers_do_not(world: World) -> None:
    made = written(world)
    address = "/things/stranda/"
    for user, seen in ((world.leader, True), (world.officer, True), (make_user(), False), (None, False)):
        page = text(browser(user).get(address))
        assert (made.title in page) is seen
    assert page_of(made) in text(browser(world.leader).get(address))
    assert f"/admin/booking/agreements/inspect/{made.pk}/" in text(browser(world.officer).get(address))


# --- rights ----------------------------------------------------------------------------------------------------------

WHO = ("anonymous", "stranger", "member", "booker", "board", "leader")
NEW = {"args": lambda things: ["jff"]}


def of(key: str, *more: str) -> dict[str, Any]:
    return {"args": lambda things: ["jff", things[key].reference, *(things[name].pk for name in more)]}


ROWS = {
    "booking:my_agreements": row("in 404 404 200 200 200", **NEW),
    "booking:my_agreement_new": row("in 404 404 404 200 200", **NEW),
    "booking:my_agreement": row("in 404 404 200 200 200", **of("agreed")),
    "booking:my_agreement#of another": row("in 404 404 404 404 404", **of("foreign")),
    "booking:my_agreement_letter": row("in 404 404 200 200 200", **of("agreed")),
    "booking:my_agreement_change": row("in 404 404 404 200 200", **of("waiting")),
    "booking:my_agreement_change#agreed": row("in 404 404 404 404 404", **of("agreed")),
    "booking:my_agreement_confirm": row("in 404 404 404 done done", "post", **of("waiting")),
    "booking:my_agreement_confirm#get": row("in 405 405 405 405 405".replace("in", "405"), **of("waiting")),
    "booking:my_agreement_decline": row("in 404 404 404 400 400", "post", **of("agreed")),
    "booking:my_agreement_notice": row("in 404 404 404 200 200", **of("agreed")),
    "booking:my_agreement_done": row("in 404 404 done done done", "post", **of("agreed", "due")),
    "booking:my_agreement_done#of another": row("in 404 404 404 404 404", "post", **of("waiting", "due")),
    "booking:my_agreement_document": row("in 404 404 200 200 200", **of("agreed", "document")),
    "booking:my_agreement_document_new": row("in 404 404 404 400 400", "post", **of("agreed")),
    "booking:my_agreement_document_remove": row("in 404 404 404 done done", "post", **of("agreed", "document")),
}


@pytest.fixture
def things(world: World) -> dict[str, Any]:
    board, member = make_user("Bodil"), make_user("Mona")
    give_membership(board, world.club, "board")
    give_membership(member, world.club, "member")
    users = {
        "anonymous": None, "stranger": make_user("Fremmed"), "member": member, "booker": world.booker, "board": board,
        "leader": world.leader,
    }  # fmt: skip
    agreed = services.confirm(
        written(world, tasks=[TaskDraft("Slå", "organisation", today(), "week")]), by=world.officer, now=clock.now()
    )
    other = make_organisation("Korpset", leader=make_user("Kari"))
    foreign = services.write_down(
        AgreementDraft("Andres", "Deres egen.", [other], today(), place="Hagen"), by=world.officer, unit=world.unit,
        now=clock.now(),
    )  # fmt: skip
    document = services.add_document(
        agreed, name="a.txt", content=b"Avtale", by=world.leader, organisation=world.club, now=clock.now()
    )
    waiting = services.write_down(world.draft(title="Venter"), by=world.officer, unit=world.unit, now=clock.now())
    return {
        "users": users, "agreed": agreed, "foreign": foreign, "waiting": waiting, "document": document,
        "due": agreed.tasks.get().dates.first(),
    }  # fmt: skip


def test_every_page_answers_everybody_as_the_table_says(things: dict[str, Any]) -> None:
    ours = {name for name in names_of(namespace="booking:") if ":my_agreement" in name}
    without_row, without_address = missing_rows(ours, ROWS)
    assert not without_row, f"add rows for: {sorted(without_row)}"
    assert not without_address
    clients = {name: browser(user) for name, user in things["users"].items()}
    wrong = walk(ROWS, clients, things, WHO)
    assert not wrong, "\n".join(wrong)


# --- the switch ------------------------------------------------------------------------------------------------------


def test_switched_off_there_is_no_page_menu_panel_nor_api(things: dict[str, Any], world: World) -> None:
    """architecture.md "A plugin's manners": off means no menu, mail, page or API path."""
    leader, officer = browser(world.leader), browser(world.officer)
    api = "/api/booking/v1/organisations/jff/agreements/"
    admin = reverse("booking_agreements:index")
    assert [leader.get(HOME).status_code, leader.get(api).status_code, officer.get(admin).status_code] == [200] * 3
    assert "/admin/booking/agreements/" in text(officer.get("/admin/"))
    with override_settings(BOOKING={"switches": {"agreements": False}}):
        from booking.agreements.staff import VIEWSETS

        assert VIEWSETS() == []
        for name in ROWS:
            if "#" not in name:
                arguments = list(ROWS[name].args(things))
                method = getattr(leader, ROWS[name].method)
                assert method(reverse(name, args=arguments)).status_code == 404, name
        assert leader.get(api).status_code == 404
        assert Client().get(api).status_code == 404
        assert officer.get(admin)["Location"] == "/admin/"
        assert officer.get(reverse("booking_agreements:inspect", args=[things["agreed"].pk])).status_code == 404
        assert "/admin/booking/agreements/" not in text(officer.get("/admin/"))
        for address in ("/my/organisations/jff/", "/my/organisations/", "/things/stranda/"):
            page = leader.get(address)
            assert page.status_code == 200
            assert "/agreements/" not in text(page)
