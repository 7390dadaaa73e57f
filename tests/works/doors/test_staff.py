"""The planner's pages: every act by a press, refusals with what was typed, and units strictly apart."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.cases import registry as cases
from booking.foundation import clock
from booking.works import selectors, services
from booking.works.models import ResourceNeed, Works, WorksDispatch, WorksNotice, WorksReply
from booking.works.services import TargetSpec
from booking.works.staff import board
from tests.factories import NOW, give_role, make_resource, make_user
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def then():
    with clock.at(NOW):
        yield


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def planner(world: World) -> Client:
    return signed_in(world.planner)


def body(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "unit": world.technical.pk,
        "title": "Ny vannledning",
        "places": [world.meadow.pk],
        "first_day": "2026-04-13",
        "begins": "07:00",
        "last_day": "2026-04-21",
        "ends": "15:00",
        "reason": "Den gamle lekker",
        "impact": "closed",
        "buffer_m": "30",
        "key": "k1",
    } | fields


def inspect(client: Client, works: Works) -> Any:
    return client.get(reverse("booking_works:inspect", args=[works.pk]))


def act(client: Client, name: str, works: Works, *row: int, **data: Any) -> Any:
    return client.post(reverse(f"booking_works:{name}", args=[works.pk, *row]), data)


# --- list and form ---------------------------------------------------------------------------------------------------


def test_the_list_and_its_filters(world: World, planner: Client) -> None:
    works = world.planned()
    world.drafted(title="Bare en skisse")
    url = reverse("booking_works:index")
    text = planner.get(url).content.decode()
    assert works.reference in text
    assert "Bare en skisse" in text
    assert works.reference not in planner.get(url, {"standing": "draft"}).content.decode()
    for value in ("open", "asked", "noticed", "going_on", "waits", "over"):
        assert planner.get(url, {"standing": value, "mine": "yes", "q": "vann"}).status_code == 200


def test_works_are_written_down_in_one_form(world: World, planner: Client) -> None:
    url = reverse("booking_works:add")
    assert planner.get(url).status_code == 200
    for _twice in range(2):
        assert planner.post(url, body(world)).status_code == 302
    works = Works.objects.get()
    version = works.current
    assert (works.state, works.owner) == ("draft", world.planner)
    assert version.window_start.isoformat() == "2026-04-13T05:00:00+00:00"
    assert [one.resource for one in version.targets.all()] == [world.meadow]
    assert inspect(planner, works).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"reason": ""}, "reason"),
        ({"first_day": "i morgen"}, "first_day"),
        ({"last_day": "2026-04-01"}, "last_day"),
        ({"places": [999999]}, "places"),
        ({"footprint": "{"}, "footprint"),
        ({"footprint": '{"type": "Point", "coordinates": [600000, 6600000]}'}, "footprint"),
        ({"restoring_from": "2027-01-01"}, "restoring_from"),
        ({"contact_email": "nei"}, "contact_email"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(world, planner, fields, field) -> None:
    answer = planner.post(reverse("booking_works:add"), body(world, **fields))
    assert answer.status_code == 400
    form = answer.context["form"]
    assert field in form.errors
    assert not Works.objects.exists()
    assert "Ny vannledning" in answer.content.decode() or field == "title"


def test_restoring_the_ground_is_a_time_of_its_own(world: World, planner: Client) -> None:
    planner.post(reverse("booking_works:add"), body(world, restoring_from="2026-04-20"))
    assert [one.kind for one in Works.objects.get().current.periods.all()] == ["work", "restoring"]


def test_who_would_be_affected_is_shown_and_nothing_is_stored(world: World, planner: Client) -> None:
    world.lend(43)
    url = reverse("booking_works:preview")
    text = planner.post(url, body(world, title="", reason="")).content.decode()
    assert "Lilleby idrettslag" in text
    assert "16" in text
    without_script = planner.post(reverse("booking_works:add"), body(world, act="preview"))
    assert "Lilleby idrettslag" in without_script.content.decode()
    assert "Ny vannledning" in without_script.content.decode()
    assert planner.post(url, {"first_day": "x"}).status_code == 200
    assert not Works.objects.exists()


def test_a_change_before_and_after_the_plan_is_public(world: World, planner: Client) -> None:
    works = world.drafted()
    url = reverse("booking_works:change", args=[works.pk])
    moved = planner.get(url, {"from": "2026-05-04T07:00", "to": "2026-05-08T15:00"})
    assert 'value="2026-05-04"' in moved.content.decode()
    sent = body(world, title="Nytt navn", version=works.version)
    assert planner.post(url, sent).status_code == 302
    assert fresh(works).current.title == "Nytt navn"
    stale = planner.post(url, sent | {"title": "Enda et", "version": works.version})
    assert stale.status_code == 412
    assert "Enda et" in stale.content.decode()


# --- the page and its acts -------------------------------------------------------------------------------------------


def test_from_plan_to_notice_by_pressing(world: World, planner: Client) -> None:
    world.lend(43)
    works = world.drafted()
    assert act(planner, "move", works, to="planned", version=works.version).status_code == 302
    refused = act(planner, "move", works, to="consulting")
    assert refused.status_code == 422
    assert "<li>" in refused.content.decode()
    works = fresh(works)
    row = works.current.affected.rows.get(party__organisation=world.club)
    assert act(planner, "decide", works, row.pk, affected="no", reason="").status_code == 400
    assert act(planner, "decide", works, row.pk, affected="yes").status_code == 302
    assert act(planner, "add_affected", works, organisation=world.choir.pk, reason="Øver ute").status_code == 302
    assert act(planner, "add_affected", works, reason="x").status_code == 400
    assert act(planner, "find", works).status_code == 302
    assert act(planner, "confirm_list", works, version=fresh(works).version).status_code == 302
    assert act(planner, "move", works, to="consulting").status_code == 302
    assert fresh(works).state == "consulting"
    text = inspect(planner, works).content.decode()
    assert "Lilleby idrettslag" in text
    assert text.count("<h1") == 1


def test_replies_are_answered_together_and_in_public(world: World, planner: Client) -> None:
    world.lend(43)
    works = world.consulting()
    party = selectors.party_of_organisation(works, world.club)
    services.reply(works, kind="propose", message="Heller i mai", proposed=[(at(63, 7), at(70, 15))], party=party,
                   now=NOW)  # fmt: skip
    services.reply(works, kind="object", message="Det er cup", party=party, now=NOW)
    text = inspect(planner, works).content.decode()
    assert "Heller i mai" in text
    assert "from=2026-05-04T07:00" in text
    pks = [one.pk for one in WorksReply.objects.all()]
    refused = act(planner, "answer", works, replies=pks, said="Cup", did="", outcome="done")
    assert refused.status_code == 400
    assert ">Cup</textarea>" in refused.content.decode()
    assert act(planner, "answer", works, said="x", did="y", outcome="done").status_code == 400
    assert act(planner, "answer", works, replies=pks, said="Cup", did="Flyttet", outcome="done").status_code == 302
    assert WorksReply.objects.filter(answer__isnull=False).count() == 2


def test_conflicts_are_offered_something_free_and_settled(world: World, planner: Client) -> None:
    world.lend(43)
    works = world.noticed()
    answer = inspect(planner, works)
    rows = answer.context["conflicts"]
    assert len(rows) == 1
    assert rows[0]["free"]
    assert answer.context["windows"]
    conflict, free = rows[0]["conflict"], rows[0]["free"][0]
    sent = {"resource": free["resource"].slug, "start": free["start"].isoformat(), "end": free["end"].isoformat()}
    assert act(planner, "offer", works, conflict.pk, **sent | {"start": "x"}).status_code == 400
    assert act(planner, "offer", works, conflict.pk, **sent).status_code == 302
    assert conflict.offers.get().state == "open"
    assert act(planner, "withdraw_offer", works, conflict.pk).status_code == 302
    assert act(planner, "settle", works, conflict.pk, state="overridden", reason="").status_code == 400
    done = act(planner, "settle", works, conflict.pk, state="suspended", reason="Plassen er stengt")
    assert done.status_code == 302
    conflict.refresh_from_db()
    assert conflict.state == "suspended"


def test_an_early_start_needs_calls_and_another_person(world: World, planner: Client) -> None:
    world.lend(43)
    works = world.noticed()
    assert act(planner, "ask_early", works, reason="").status_code == 400
    assert act(planner, "ask_early", works, reason="Røret ryker").status_code == 302
    override = works.overrides.get()
    party = selectors.party_of_organisation(works, world.club)
    boss = signed_in(world.boss)
    assert act(boss, "grant", works, override.pk).status_code == 422
    for _try in range(2):
        assert act(planner, "call", works, override.pk, party=party.pk, outcome="none").status_code == 302
    assert act(planner, "grant", works, override.pk).status_code == 403
    assert "Sign" not in inspect(planner, works).content.decode()
    assert act(boss, "grant", works, override.pk).status_code == 302
    override.refresh_from_db()
    assert override.granted_by == world.boss


def test_an_emergency_in_three_taps_and_its_report(world: World) -> None:
    world.lend(1)
    caretaker = make_user("Vakt Mester", is_staff=True)
    give_role(caretaker, world.technical, "caretaker")
    client = signed_in(caretaker)
    url = reverse("booking_works:emergency")
    assert client.get(url).status_code == 200
    assert client.post(url, {"unit": world.technical.pk}).status_code == 400
    sent = {"cause": "water", "places": [world.meadow.pk], "unit": world.technical.pk, "key": "e1"}
    for _twice in range(2):
        assert client.post(url, sent).status_code == 302
    works = Works.objects.get()
    assert works.state == "active_emergency"
    override = works.overrides.get()
    assert act(client, "write_report", works, override.pk, reason="Det fosset", report="").status_code == 400
    assert act(client, "write_report", works, override.pk, reason="Det fosset", report="Tettet").status_code == 302
    planner = signed_in(world.planner)
    assert act(planner, "review", works, override.pk, review="Riktig").status_code == 302
    assert act(planner, "move", works, to="completed").status_code == 302
    public = Client().get(reverse("booking:works_page", args=[works.reference])).content.decode()
    assert "Tettet" in public


def test_a_call_is_logged(world: World, planner: Client) -> None:
    world.lend(43)
    works = world.noticed()
    notice = WorksNotice.objects.filter(works=works, kind="notice").first()
    task = WorksDispatch.objects.create(
        notice=notice, contact="organisation:1", channel="phone", step=4, due_at=NOW, created_at=NOW,
        officer=world.planner,
    )  # fmt: skip
    task.parties.add(selectors.party_of_organisation(works, world.club))
    assert "91 23 45 67" in inspect(planner, works).content.decode()
    assert act(planner, "task", works, task.pk, outcome="sung").status_code == 400
    assert act(planner, "task", works, task.pk, outcome="reached", note="Trener tok den").status_code == 302
    task.refresh_from_db()
    assert task.state == "done"


def test_started_done_and_restored(world: World, planner: Client) -> None:
    works = world.planned(window_start=at(30, 7), window_end=at(30, 12), haste="urgent")
    services.confirm_affected(works, by=world.planner, now=NOW)
    if fresh(works).current.affected.signed_at is None:
        services.sign_nobody(works, by=world.mate, now=NOW)
    assert act(planner, "move", works, to="noticed").status_code == 302
    assert act(planner, "move", works, to="ready", at="2026-04-01T08:00").status_code == 302
    assert act(planner, "move", works, to="ready", at="tull").status_code == 400
    with clock.at(at(30, 9)):
        assert act(planner, "move", works, to="active", at="2026-04-01T08:30").status_code == 302
        assert act(planner, "move", works, to="completed").status_code == 302
        assert act(planner, "restore", works).status_code == 302
    assert fresh(works).restored_at is not None


def test_a_time_from_the_field_is_corrected_by_pressing(world: World, planner: Client) -> None:
    made = services.declare_emergency(
        unit=world.technical, cause="water", resources=[world.hall], by=world.planner, now=at(0, 2)
    )
    fact = made.facts.get()
    with clock.at(at(0, 9)):
        address = reverse("booking_works:correct", args=[made.pk, fact.pk])
        assert f'action="{address}"' in inspect(planner, made).content.decode()
        assert act(planner, "correct", made, fact.pk, at="2026-03-02T01:00", why="").status_code == 400
        assert act(planner, "correct", made, fact.pk, at="2026-03-02T01:00", why="Meldt klokka ett").status_code == 302
        page = inspect(planner, made).content.decode()
    assert fresh(made).started_at == at(0, 1)
    assert "<s>" in page
    assert "Meldt klokka ett" in page


def test_works_are_handed_on_by_pressing(world: World, planner: Client) -> None:
    works = world.planned()
    assert act(planner, "hand_on", works, to="").status_code == 400
    assert act(planner, "hand_on", works, to=world.coach.pk).status_code == 400
    assert act(planner, "hand_on", works, to=world.mate.pk).status_code == 302
    assert fresh(works).owner == world.mate


def test_a_hall_is_told_that_it_needs_its_road(world: World) -> None:
    """Then works on the road reach whoever uses the hall (notice-rules.md "Who is affected")."""
    road = make_resource("Hallveien", unit=world.culture, kind="area", slug="hallveien")
    world.lend(44, place=world.hall)
    client = signed_in(world.culture.officer)
    address = reverse("booking_resources:needs", args=[world.hall.pk])
    rows = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0", "form-0-what": "access"}
    assert client.get(address).status_code == 200
    refused = client.post(address, rows | {"form-0-needs": world.hall.pk})
    assert refused.status_code == 200
    assert not ResourceNeed.objects.exists()
    assert client.post(address, rows | {"form-0-needs": road.pk}).status_code == 302
    assert ResourceNeed.objects.get().needs == road
    works = world.planned(targets=[TargetSpec(road)])
    row = works.current.affected.rows.get()
    assert row.party.organisation == world.club
    assert row.evidence[0]["by"] == "dependency"
    # Seen from the road.
    assert "Lillebyhallen" in client.get(reverse("booking_resources:needs", args=[road.pk])).content.decode()
    stranger = signed_in(world.planner)
    assert stranger.get(address).status_code in (302, 403, 404)


def test_the_team_stands_at_its_hours(world: World, planner: Client) -> None:
    """Of a season's hours the sports club wants to know which coach to phone."""
    line = world.lend(44)
    works = world.noticed()
    cases.register_line_facts("teams", lambda ids: {line.pk: cases.LineFact("J13, Hallfordeling 2026/27")})
    try:
        page = inspect(planner, works).content.decode()
        token = selectors.token_of(works.parties.get())
        mine = Client().get(reverse("booking:works_party", args=[token])).content.decode()
    finally:
        cases._line_facts.pop("teams")
    assert page.count("J13, Hallfordeling 2026/27") == 2  # on the list, and at the conflict
    assert "J13, Hallfordeling 2026/27" in mine


def test_an_emergency_that_was_told_late_says_so(world: World, planner: Client) -> None:
    made = services.declare_emergency(
        unit=world.technical, cause="water", resources=[world.hall], by=world.planner, now=at(0, 9), started_at=at(0, 2)
    )
    world.lend(1, place=world.meadow)
    (entry,) = board.overrides(made)
    assert not entry["told_late"]  # nobody is affected
    services.add_affected(made, organisation=world.choir, reason="Øver der", by=world.planner, now=at(0, 9))
    (entry,) = board.overrides(made)
    assert entry["told_late"]


def test_postponing_needs_a_reason_that_is_kept_when_it_is_refused(world: World, planner: Client) -> None:
    works = world.planned()
    assert act(planner, "move", works, to="cancelled", why="").status_code == 400
    stale = act(planner, "move", works, to="cancelled", why="Røret holder", version=1)
    assert stale.status_code == 412
    assert "Røret holder" in stale.content.decode()
    assert act(planner, "move", works, to="cancelled", why="Røret holder").status_code == 302


# --- units apart -----------------------------------------------------------------------------------------------------


def test_another_units_planner_and_a_stranger_find_nothing(world: World) -> None:
    works = world.planned()
    other = make_user("Olga Annen", is_staff=True)
    give_role(other, world.culture, "planner")
    client = signed_in(other)
    assert inspect(client, works).status_code == 404
    assert act(client, "move", works, to="cancelled", why="x").status_code == 404
    assert client.get(reverse("booking_works:change", args=[works.pk])).status_code == 404
    assert works.reference not in client.get(reverse("booking_works:index")).content.decode()
    assert Client().get(reverse("booking_works:inspect", args=[works.pk])).status_code == 302


def test_an_officer_of_the_unit_looks_and_plans_nothing(world: World) -> None:
    works = world.planned()
    officer = make_user("Siri Saksbehandler", is_staff=True)
    give_role(officer, world.technical, "officer")
    client = signed_in(officer)
    assert inspect(client, works).status_code == 200
    assert act(client, "move", works, to="cancelled", why="x").status_code == 403
    assert client.get(reverse("booking_works:change", args=[works.pk])).status_code in (302, 403)
    assert client.get(reverse("booking_works:add")).status_code in (302, 403)
    assert client.post(reverse("booking_works:preview"), body(world)).status_code in (302, 403)
    assert fresh(works).state == "planned"


def test_a_row_of_other_works_is_not_there(world: World, planner: Client) -> None:
    world.lend(43)
    mine, other = world.planned(), world.planned(title="Annet")
    row = fresh(other).current.affected.rows.get()
    assert act(planner, "decide", mine, row.pk, affected="yes").status_code == 404


def test_the_page_takes_the_same_queries_for_more_parties(world: World, planner: Client) -> None:
    def queries(works: Works) -> int:
        inspect(planner, works)
        with CaptureQueriesContext(connection) as found:
            assert inspect(planner, works).status_code == 200
        return len(found)

    world.lend(43)
    few = queries(world.planned())
    for day in (44, 45, 46):
        world.lend(day)
        world.lend(day, 20, 22, who=world.choir)
    assert queries(world.planned(title="Annet")) <= few + 2
