"""The CMS admin's pages and GET organisations/{slug}/agreements/ (api.md), by right."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.agreements import services
from booking.agreements.models import Agreement, TaskDate
from booking.agreements.services import TaskDraft
from booking.catalogue import registry as catalogue
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import WrongState
from tests.agreements.world import World, task
from tests.factories import give_membership, make_officer, make_organisation, make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
API = "/api/booking/v1/organisations/jff/agreements/"


def today() -> date:
    return clock.today(booking_settings().tz)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def written(world: World, **fields: Any) -> Agreement:
    return services.write_down(
        world.draft(start=today(), **fields), by=world.leader, organisation=world.club, now=clock.now()
    )


def agreed(world: World, **fields: Any) -> Agreement:
    return services.confirm(written(world, **fields), by=world.officer, now=clock.now())


def url(name: str, *args: Any) -> str:
    return reverse(f"booking_agreements:{name}", args=args)


def test_an_officer_writes_one_down_with_several_organisations(world: World) -> None:
    scouts = make_organisation("Speiderne", leader=make_user("Siri"))
    data = {
        "hours-TOTAL_FORMS": "1", "hours-INITIAL_FORMS": "0", "tasks-TOTAL_FORMS": "0", "tasks-INITIAL_FORMS": "0",
        "title": "Stranda", "form": "written", "terms": "Begge rydder.", "thing_1": str(world.shore.pk),
        "start": today().isoformat(), "notice_months": "6", "unit": str(world.unit.pk), "party_1": str(world.club.pk),
        "party_2": str(scouts.pk), "key": "k",
    }  # fmt: skip
    desk = browser(world.officer)
    refused = desk.post(url("add"), data | {"party_1": "", "title": ""})
    assert refused.status_code == 400
    assert set(refused.context["form"].content.errors) == {"party_1", "title"}
    answer = desk.post(url("add"), data)
    made = Agreement.objects.get()
    assert answer["Location"] == url("inspect", made.pk)
    assert [one.organisation for one in made.parties.all()] == [world.club, scouts]
    assert (made.confirmed_by, made.unit) == (world.officer, world.unit)
    # A unit of others isn't a choice.
    foreign = make_unit("Teknisk")
    assert desk.post(url("add"), data | {"unit": str(foreign.pk), "key": "k2"}).status_code == 400


def test_confirming_shows_who_has_the_dates_and_needs_a_tick(world: World) -> None:
    first = services.confirm(
        services.write_down(world.with_hours(start=today()), by=world.leader, organisation=world.club, now=clock.now()),
        by=world.officer, now=clock.now(),
    )  # fmt: skip
    made = services.write_down(
        world.with_hours(start=today(), title="Samme tid"), by=world.leader, organisation=world.club, now=clock.now()
    )
    desk = browser(world.officer)
    page = desk.get(url("inspect", made.pk))
    assert first.case is not None
    assert f"{first.case.reference}, " in page.context["clashes"][0]["by"][0]
    answer = desk.post(url("confirm", made.pk), {"version": made.version})
    assert answer.status_code == 409
    made.refresh_from_db()
    assert made.state == "proposed"
    desk.post(url("confirm", made.pk), {"version": made.version, "leave_out": "yes"})
    made.refresh_from_db()
    assert made.state == "agreed"
    assert "retry" in text(desk.get(url("inspect", made.pk)))


def test_who_is_tied_sees_it_and_can_hand_it_on_only(world: World) -> None:
    give_membership(world.officer, world.club, "board")
    made = written(world)
    desk = browser(world.officer)
    page = desk.get(url("inspect", made.pk))
    assert (page.context["tied"], page.context["asked"], page.context["may_hand_on"]) == (True, False, True)
    answer = desk.post(url("confirm", made.pk), {"version": made.version})
    assert answer.status_code == 403
    made.refresh_from_db()
    assert made.confirmed_at is None
    desk.post(url("assign", made.pk), {"officer": str(world.deputy.pk)})
    made.refresh_from_db()
    assert made.officer == world.deputy


def test_the_acts_of_the_page(world: World) -> None:
    tasks = [TaskDraft("Tilsyn", "municipality", today(), "month")]
    made = agreed(world, tasks=tasks)
    desk = browser(world.officer)
    row = TaskDate.objects.filter(task__agreement=made).first()
    assert row is not None
    desk.post(url("done", made.pk, row.pk))
    row.refresh_from_db()
    assert row.done_by == world.officer
    assert desk.post(url("add_task", made.pk), {"task-what": ""}).status_code == 400
    desk.post(
        url("add_task", made.pk),
        {"task-what": "Koste", "task-side": "organisation", "task-first_on": today().isoformat(), "task-every": "week"},
    )
    assert made.tasks.filter(what="Koste").exists()
    desk.post(url("stop_task", made.pk, made.tasks.get(what="Koste").pk))
    assert made.tasks.get(what="Koste").stopped_at is not None
    bad = SimpleUploadedFile("a.pdf", b"<html>", "application/pdf")
    assert desk.post(url("upload", made.pk), {"file": bad}).status_code == 400
    desk.post(url("upload", made.pk), {"file": SimpleUploadedFile("a.txt", b"Avtale", "text/plain")})
    document = made.documents.get()
    answer = desk.get(url("document", made.pk, document.pk))
    assert (answer.content, answer["Content-Disposition"]) == (b"Avtale", 'attachment; filename="a.txt"')
    desk.post(url("remove", made.pk, document.pk))
    assert not made.documents.filter(removed_at=None).exists()
    soon = {"notice-reason": "Slutt", "notice-ends_on": today().isoformat()}
    assert desk.post(url("notice", made.pk), soon).context["notice_form"].errors["ends_on"]
    desk.post(url("notice", made.pk), {"notice-reason": "Slutt"})
    made.refresh_from_db()
    assert made.notice_by == world.officer
    assert desk.get(url("letter", made.pk)).status_code == 200


def test_correcting_and_declining(world: World) -> None:
    made = written(world)
    desk = browser(world.officer)
    form = desk.get(url("correct", made.pk)).context["form"]
    data = {name: form.content[name].value() or "" for name in form.content.fields}
    data |= {"hours-TOTAL_FORMS": "0", "hours-INITIAL_FORMS": "0", "tasks-TOTAL_FORMS": "0", "tasks-INITIAL_FORMS": "0"}
    data |= {"start": today().isoformat(), "sole_use": "", "title_public": ""}
    stale = desk.post(url("correct", made.pk), data | {"title": "Rettet", "version": "99"})
    assert stale.status_code == 400
    desk.post(url("correct", made.pk), data | {"title": "Rettet", "version": made.version})
    made.refresh_from_db()
    assert (made.title, made.confirmed_by, made.parties.get().confirmed_by) == ("Rettet", world.officer, None)
    assert desk.post(url("decline", made.pk), {"decline-reason": " "}).status_code == 400
    desk.post(url("decline", made.pk), {"decline-reason": "Nei", "version": made.version})
    made.refresh_from_db()
    assert made.state == "declined"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Sagt", "Snart ute", "Gjelder", "Over"]),
        ("standing=to_confirm", ["Sagt"]),
        ("standing=unconfirmed", ["Sagt"]),
        ("standing=in_force", ["Snart ute", "Gjelder"]),
        ("standing=expiring", ["Snart ute"]),
        ("standing=ended", ["Over"]),
        ("standing=declined", []),
        ("standing=overdue", ["Gjelder"]),
        ("mine=yes", ["Sagt", "Snart ute", "Gjelder", "Over"]),
        ("q=gjelder", ["Gjelder"]),
        ("q=fiskerlag+snart", ["Snart ute"]),
        ("q=%00", None),
        ("standing=nonsense", None),
    ],
)
def test_the_list_filters_as_the_selectors_say(world: World, query: str, found: list[str] | None) -> None:
    now = clock.now()
    # Ended since: its last day was yesterday, and `tick` hasn't come by yet.
    over = written(world, title="Over", end=today())
    services.confirm(over, by=world.officer, now=now)
    Agreement.objects.filter(pk=over.pk).update(last_day=today() - timedelta(days=1))
    late = agreed(world, title="Gjelder", tasks=[task("municipality", first_on=today(), every="once")])
    TaskDate.objects.filter(task__agreement=late).update(due_on=today() - timedelta(days=1))
    agreed(world, title="Snart ute", end=today() + timedelta(days=40))
    written(world, title="Sagt")
    page = browser(world.officer).get(f"{url('index')}?{query}")
    assert page.status_code == 200
    if found is not None:
        assert sorted(one.title for one in page.context["object_list"]) == sorted(found)


def test_the_list_and_the_page_of_staff_ask_a_constant_number_of_queries(world: World) -> None:
    desk = browser(world.officer)
    made = agreed(world, tasks=[task()])

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            desk.get(address)
        return len(caught)

    count(url("index"))
    count(url("inspect", made.pk))  # the first look of the day is written down
    few, one = count(url("index")), count(url("inspect", made.pk))
    for number in range(5):
        agreed(world, title=f"Avtale {number}")
    for name in ("Koste", "Male"):
        services.add_task(
            made, what=name, side="organisation", first_on=today(), every="week", by=world.officer, now=clock.now()
        )
    assert count(url("index")) == few
    assert count(url("inspect", made.pk)) == one


def test_the_front_page_says_what_waits_and_nothing_when_nothing_does(world: World) -> None:
    desk = browser(world.officer)
    assert "booking-agreements-panel" not in text(desk.get("/admin/"))
    written(world)
    agreed(world, end=today() + timedelta(days=40))
    page = text(desk.get("/admin/"))
    for standing in ("to_confirm", "expiring"):
        assert f"?standing={standing}" in page
    assert "?standing=overdue" not in page
    assert "booking-agreements-panel" not in text(browser(make_officer(make_unit("Teknisk"))).get("/admin/"))


def test_what_a_person_carries_names_their_agreements_and_hands_them_over(world: World) -> None:
    made = agreed(world, end=today() + timedelta(days=400))
    written(world, title="Sagt")
    kind = catalogue.carried_kind("agreements")
    theirs = list(kind.carries(world.officer, today()))
    assert [one.title for one in theirs] == [str(made), str(Agreement.objects.get(title="Sagt"))]
    assert theirs[0].link == url("inspect", made.pk)
    assert theirs[0].detail
    assert world.leader.pk in theirs[0].barred
    assert list(kind.carries(world.booker, today())) == []
    colleague = make_officer(made.unit, "Kollega")
    kind.hand_over(
        theirs[0].key, leaver=world.officer, to=colleague, reason="Slutter", by=world.officer, now=clock.now()
    )
    made.refresh_from_db()
    assert made.officer == colleague
    with pytest.raises(WrongState):
        kind.hand_over(
            theirs[0].key, leaver=world.officer, to=colleague, reason="Slutter", by=world.officer, now=clock.now()
        )


def test_a_new_leader_reads_of_the_agreements_what_waits_first(world: World) -> None:
    old = agreed(world, end=today() + timedelta(days=400))
    # What the unit wrote waits for the club's yes, although it has no last day.
    services.write_down(world.draft(start=today(), title="Båthuset"), by=world.officer, now=clock.now())
    page = text(browser(world.leader).get("/my/organisations/jff/first-day/"))
    assert page.index("Båthuset") < page.index(old.title)


# --- API -------------------------------------------------------------------------------------------------------------


def test_parties_and_the_unit_read_the_agreements(world: World) -> None:
    made = services.confirm(
        services.write_down(
            world.with_hours(start=today(), storage="Mål", end=today() + timedelta(days=300)),
            by=world.leader, organisation=world.club, now=clock.now(),
        ),
        by=world.officer, now=clock.now(),
    )  # fmt: skip
    said = written(world)
    answer = browser(world.booker).get(API, headers={"Accept-Language": "en"}).json()
    assert (answer["count"], answer["next"]) == (2, None)
    first, second = answer["results"]
    assert (first["ref"], first["status"], first["status_text"]) == (
        said.reference, "one_side", "Confirmed by one side only",
    )  # fmt: skip
    assert [(one["organisation"], one["confirmed_at"] is None) for one in first["sides"]] == [
        ("jff", False), (None, True),
    ]  # fmt: skip
    assert second["status"] == "in_force"
    assert second["uses"] == ["agreement", "exclusive_agreement", "stored_equipment"]
    assert second["hours"] == [
        {"resource": "hallen", "quantity": 1, "weekday": 1, "start": "17:00:00", "end": "19:00:00"}
    ]
    assert made.case is not None
    assert second["case"] == made.case.reference
    assert second["page_url"].endswith(f"/my/organisations/jff/agreements/{made.reference}/")
    staff = browser(world.officer).get(API).json()
    assert (staff["count"], staff["results"][0]["page_url"]) == (2, None)
    assert [row["ref"] for row in browser(world.leader).get(f"{API}?status=in_force").json()["results"]] == [
        made.reference
    ]
    assert browser(world.leader).get(f"{API}?q=tirsdager").json()["count"] == 1
    refused = browser(world.leader).get(f"{API}?status=eaten")
    assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (400, ["status"])


def test_others_are_told_no_more_than_they_may_know(world: World) -> None:
    written(world)
    member = make_user("Mona")
    give_membership(member, world.club, "member")
    assert Client().get(API).status_code == 401
    assert browser(make_user()).get(API).status_code == 404  # not in the public register
    answer = browser(member).get(API)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    # Officers of another unit know the organisation, and see none of this unit's agreements.
    other = browser(make_officer(make_unit("Teknisk"))).get(API)
    assert (other.status_code, other.json()["count"]) == (200, 0)
    assert browser(world.leader).get("/api/booking/v1/organisations/finnes-ikke/agreements/").status_code == 404


def test_the_list_of_the_api_asks_a_constant_number_of_queries(world: World) -> None:
    client = browser(world.leader)

    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(API)
        return len(caught)

    agreed(world)
    count()
    few = count()
    for number in range(5):
        agreed(world, title=f"Avtale {number}", tasks=[task()])
    assert count() == few
