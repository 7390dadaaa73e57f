"""New requests into noticed ground see the works first, and tick that they know (notice-rules.md "Conflicts")."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.cases import drafts
from booking.cases.models import Case, Line
from booking.cases.services import Wish, add_back, check_request, propose_change, submit_request, verdicts_on
from booking.foundation import clock
from booking.foundation.errors import RuleBroken, Taken
from booking.works.models import Impact, Works, WorksReceipt
from booking.works.services import PeriodSpec, TargetSpec
from booking.works.verdicts import CODE
from tests.factories import NOW, make_user
from tests.works.world import World, at

HERE = at(43, 17), at(43, 19)


def noticed(world: World, impact: str = "partial") -> Works:
    """Works of which somebody else was told: the choir has an hour there."""
    if not Case.objects.exists():
        world.lend(45, who=world.choir)
    return world.noticed(targets=[TargetSpec(world.meadow, impact)], impact=impact)


def body(world: World, **fields: Any) -> dict[str, Any]:
    start, end = HERE
    given = {
        "organisation": world.club.slug, "purpose": "Trening", "audience": {"20-59": 20}, "accept_rules": True,
        "lines": [{"resource": world.meadow.slug, "start": start.isoformat(), "end": end.isoformat()}],
    }  # fmt: skip
    return given | fields


def send(world: World, **fields: Any) -> Case:
    draft = drafts.parse(body(world, **fields), user=world.coach)
    return submit_request(draft, user=world.coach, now=NOW)


@pytest.mark.parametrize("impact", ["partial", "nuisance", "access_limited"])
def test_without_the_tick_it_is_refused_and_nothing_is_stored(world: World, impact: str) -> None:
    works = noticed(world, impact)
    before = Case.objects.count()
    with pytest.raises(RuleBroken) as refused:
        send(world, override_reason="Vi må.")
    assert refused.value.code == "must_tick"
    assert [one.loc for one in refused.value.errors] == [("ticked",)]
    assert works.current is not None
    assert works.current.title in refused.value.errors[0].text
    assert Case.objects.count() == before
    assert not WorksReceipt.objects.exists()


def test_the_tick_is_kept_with_the_case_and_is_a_receipt_of_that_version(world: World) -> None:
    works = noticed(world)
    case = send(world, ticked=[works.reference])
    (fact,) = [one for one in case.verdicts if one["code"] == CODE]
    assert (fact["severity"], fact["ticked"], fact["params"]["works"]) == ("info", works.reference, works.reference)
    said = case.events.get(type="ticked")
    assert (said.data["tick"], said.actor, said.hat) == (
        works.reference,
        world.coach,
        f"organisation:{world.club.slug}",
    )
    receipt = WorksReceipt.objects.get(how="tick")
    assert (receipt.party.organisation, receipt.version, receipt.by) == (world.club, works.current, world.coach)
    assert receipt.party.clock_from is None  # it is no notice, and no acknowledgement of one


def test_a_second_request_keeps_one_receipt(world: World) -> None:
    works = noticed(world)
    send(world, ticked=[works.reference])
    start, end = at(44, 17), at(44, 19)
    send(
        world, ticked=[works.reference],
        lines=[{"resource": world.meadow.slug, "start": start.isoformat(), "end": end.isoformat()}],
    )  # fmt: skip
    assert WorksReceipt.objects.filter(how="tick").count() == 1
    assert works.events.filter(type="ticked").count() == 2


def test_between_the_times_that_are_taken_nothing_is_felt_and_nothing_is_ticked(world: World) -> None:
    if not Case.objects.exists():
        world.lend(45, who=world.choir)
    world.noticed(
        targets=[TargetSpec(world.meadow, "partial")], impact="partial",
        periods=[PeriodSpec(at(42, 7), at(42, 15)), PeriodSpec(at(44, 7), at(50, 15))],
    )  # fmt: skip
    assert send(world).lines.get().state == "requested"  # on the day between


def test_the_tick_of_other_works_does_not_do(world: World) -> None:
    first = noticed(world)
    noticed(world, "nuisance")
    with pytest.raises(RuleBroken) as refused:
        send(world, ticked=[first.reference])
    assert len(refused.value.errors) == 1


def test_closed_ground_is_taken_whatever_is_ticked(world: World) -> None:
    works = noticed(world, "closed")
    with pytest.raises(Taken):
        send(world, ticked=[works.reference])


def test_a_tick_that_nothing_asks_for_changes_nothing(world: World) -> None:
    case = send(world, ticked=["ARB-2026-999"])
    assert not case.events.filter(type="ticked").exists()


def test_the_check_says_so_before_sending(world: World) -> None:
    works = noticed(world)
    check = check_request(drafts.parse(body(world), user=world.coach), user=world.coach, now=NOW)
    (said,) = [one for one in check.verdicts if one.code == CODE]
    assert (check.ok, said.severity, said.tick, said.who_may_override) == (False, "block", works.reference, "asker")
    assert str(Impact.PARTIAL.label) in said.text
    ticked = drafts.parse(body(world, ticked=[works.reference]), user=world.coach)
    assert check_request(ticked, user=world.coach, now=NOW).ok


def test_a_place_that_grants_at_once_still_does_after_the_tick(world: World) -> None:
    rules(world.meadow, approval="automatic")
    works = noticed(world)
    assert send(world, ticked=[works.reference]).lines.get().state == "granted"


def test_the_officer_is_only_told(world: World) -> None:
    works = noticed(world)
    case = send(world, ticked=[works.reference])
    judged = verdicts_on(case, list(case.lines.all()), now=NOW)
    assert [one.severity for one in judged.request if one.code == CODE] == ["info"]


def movable(world: World) -> tuple[Line, Works]:
    """An hour of the club's long after the works, and the works; what the rules allow is granted at once."""
    rules(world.meadow, approval="automatic")
    world.lend(45, who=world.choir)
    line = world.lend(60)
    return line, noticed(world)


def test_a_date_is_not_moved_beside_works_without_the_tick(world: World) -> None:
    line, _works = movable(world)
    # No reason stands in for it, as in a request.
    with pytest.raises(RuleBroken) as refused:
        propose_change(line.case, Wish(line.number, *HERE, why="Vi må."), by=world.coach, now=NOW)
    assert refused.value.code == "must_tick"
    assert [one.loc for one in refused.value.errors] == [("ticked",)]
    line.refresh_from_db()
    assert line.start == at(60, 18)
    assert not line.changes.exists()
    assert not WorksReceipt.objects.exists()


def test_with_the_tick_the_rules_move_it_and_the_tick_is_evidence(world: World) -> None:
    line, works = movable(world)
    wish = Wish(line.number, *HERE, ticked=frozenset({works.reference}))
    case = propose_change(line.case, wish, by=world.leader, now=NOW)
    line.refresh_from_db()
    assert (line.start, line.state) == (HERE[0], "granted")
    (fact,) = [one for one in case.verdicts if one["code"] == CODE]
    assert (fact["ticked"], fact["params"]["works"]) == (works.reference, works.reference)
    said = case.events.get(type="ticked")
    hat = f"organisation:{world.club.slug}"
    assert (said.data["tick"], said.actor, said.hat) == (works.reference, world.leader, hat)
    # By whoever moved it, not by whoever asked for it once.
    receipt = WorksReceipt.objects.get(how="tick")
    assert (receipt.party.organisation, receipt.version, receipt.by) == (world.club, works.current, world.leader)
    judged = verdicts_on(case, [line], now=NOW)
    assert [one.severity for one in judged.request if one.code == CODE] == ["info"]


def test_where_a_person_decides_the_wish_waits_with_its_tick(world: World) -> None:
    line, works = movable(world)
    rules(world.meadow, approval="manual")
    wish = Wish(line.number, *HERE, ticked=frozenset({works.reference}))
    case = propose_change(line.case, wish, by=world.coach, now=NOW)
    line.refresh_from_db()
    assert line.start == at(60, 18)
    assert line.changes.get().state == "open"
    assert [one["ticked"] for one in case.verdicts if one["code"] == CODE] == [works.reference]
    assert WorksReceipt.objects.filter(how="tick").count() == 1


def test_a_refused_move_leaves_no_receipt(world: World) -> None:
    line, works = movable(world)
    world.lend(43, 17, 19, who=world.choir, ticked=[works.reference], now=NOW)
    before = WorksReceipt.objects.count()
    with pytest.raises(Taken):
        propose_change(
            line.case, Wish(line.number, *HERE, ticked=frozenset({works.reference})), by=world.coach, now=NOW
        )
    assert WorksReceipt.objects.count() == before
    assert not line.case.events.filter(type="ticked").exists()


def test_a_date_away_from_works_moves_without_any_tick(world: World) -> None:
    line, _works = movable(world)
    propose_change(line.case, Wish(line.number, at(61, 18), at(61, 20)), by=world.coach, now=NOW)
    line.refresh_from_db()
    assert line.start == at(61, 18)


def series(world: World) -> Case:
    """Every Monday from 23 March; 13 April, when there will be works, was left out."""
    rules(world.meadow, approval="automatic")
    start, end = at(21, 18), at(21, 20)
    rule = {
        "resource": world.meadow.slug, "start": start.isoformat(), "end": end.isoformat(),
        "rrule": "FREQ=WEEKLY;COUNT=6", "exclude": ["2026-04-13"],
    }  # fmt: skip
    draft = drafts.parse(body(world, lines=[], series=[rule]), user=world.coach)
    return submit_request(draft, user=world.coach, now=NOW - timedelta(days=30))


def test_a_date_of_a_series_comes_back_beside_works_with_the_tick_only(world: World) -> None:
    case = series(world)
    works = noticed(world)
    day = date(2026, 4, 13)
    with pytest.raises(RuleBroken) as refused:
        add_back(case, case.series.get().number, day, by=world.coach, now=NOW)
    assert refused.value.code == "must_tick"
    add_back(case, case.series.get().number, day, ticked=[works.reference], by=world.coach, now=NOW)
    assert case.lines.order_by("-number").first().state == "granted"
    assert WorksReceipt.objects.get(how="tick", party__organisation=world.club).by == world.coach
    assert case.events.filter(type="ticked").count() == 1


def test_a_private_person_gets_a_receipt_of_their_own(world: World) -> None:
    rules(world.meadow, private_persons=True)
    works = noticed(world)
    somebody = make_user("Nina Nabo")
    draft = drafts.parse(body(world, organisation=None, ticked=[works.reference]), user=somebody)
    submit_request(draft, user=somebody, now=NOW)
    assert WorksReceipt.objects.get(how="tick").party.user == somebody


def rules(place: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(place, name, value)
    place.save()


# --- the doors -------------------------------------------------------------------------------------------------------


@pytest.fixture
def coach(world: World, client: Client) -> Client:
    client.force_login(world.coach)
    return client


def test_the_api_names_the_field_and_takes_the_tick(world: World, coach: Client) -> None:
    works = noticed(world)
    with clock.at(NOW):
        refused = coach.post("/api/booking/v1/requests/", body(world), content_type="application/json")
        assert refused.status_code == 422
        problem = refused.json()
        assert (problem["code"], problem["errors"][0]["loc"], problem["errors"][0]["code"]) == (
            "rule_broken", ["ticked"], "must_tick"
        )  # fmt: skip
        (verdict,) = [one for one in problem["verdicts"] if one["code"] == CODE]
        assert (verdict["tick"], verdict["severity"]) == (works.reference, "block")
        made = coach.post(
            "/api/booking/v1/requests/", body(world, ticked=[verdict["tick"]]), content_type="application/json"
        )
        assert made.status_code == 201
        assert "ticked" in [one["type"] for one in made.json()["events"]]


@pytest.mark.parametrize("bad", ["ARB-2026-001", [7], ["\x00"], [["x"]], {"a": 1}, ["x" * 300], ["a b"]])
def test_nonsense_is_invalid_before_any_rule(world: World, coach: Client, bad: Any) -> None:
    with clock.at(NOW):
        refused = coach.post("/api/booking/v1/requests/", body(world, ticked=bad), content_type="application/json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["loc"][0] == "ticked"


def typed(world: World, **fields: Any) -> dict[str, Any]:
    given = {
        "day": f"{HERE[0]:%Y-%m-%d}", "start": "17:00", "end": "19:00", "purpose": "Trening", "about": "20",
        "hat": f"organisation:{world.club.slug}", "accept_rules": "on", "submission_key": "en", "action": "send",
    }  # fmt: skip
    return given | fields


def test_the_page_shows_the_box_keeps_what_was_typed_and_sends_with_it(world: World, coach: Client) -> None:
    works = noticed(world)
    with clock.at(NOW):
        address = reverse("booking:ask", args=[world.meadow.slug])
        page = coach.post(address, typed(world))
        text = page.content.decode()
        assert (page.status_code, Case.objects.count()) == (200, 1)  # the hour of the choir
        assert f'name="ticked" value="{works.reference}"' in text
        assert 'href="#id_ticked_0"' in text
        assert "Trening" in text
        assert 'name="override_reason"' not in text  # no reason stands in for the tick
        sent = coach.post(address, typed(world, ticked=works.reference))
        assert sent.status_code == 302
        again = coach.post(address, typed(world, ticked=works.reference, action="check", submission_key="to"))
        assert re.search(rf'value="{works.reference}"[^>]* checked', again.content.decode())


def test_several_things_at_once_ask_for_the_tick_too(world: World, coach: Client) -> None:
    works = noticed(world)
    with clock.at(NOW):
        address = reverse("booking:ask_together")
        page = coach.post(address, typed(world, thing=world.meadow.slug))
        assert f'name="ticked" value="{works.reference}"' in page.content.decode()
        sent = coach.post(address, typed(world, thing=world.meadow.slug, ticked=works.reference))
        assert sent.status_code == 302


def test_the_planner_sees_who_knows(world: World, client: Client) -> None:
    works = noticed(world)
    send(world, ticked=[works.reference])
    client.force_login(world.planner)
    with clock.at(NOW):
        page = client.get(reverse("booking_works:inspect", args=[works.pk])).content.decode()
    assert page.count(world.club.name) >= 1
    assert "version 1" in page or "versjon 1" in page


def test_the_page_of_a_date_shows_the_box_and_moves_with_it(world: World, coach: Client) -> None:
    line, works = movable(world)
    address = reverse("booking:case_line", args=[line.case.reference, line.number])
    given = {"act": "change", "day": f"{HERE[0]:%Y-%m-%d}", "start": "17:00", "end": "19:00", "why": "Bane 2 er best"}
    with clock.at(NOW):
        assert 'name="ticked"' not in coach.get(address).content.decode()
        page = coach.post(address, given)
        text = page.content.decode()
        assert page.status_code == 400
        assert f'name="ticked" value="{works.reference}"' in text
        assert 'href="#id_change_ticked_0"' in text
        assert 'id="id_change_ticked_0"' in text
        assert "Bane 2 er best" in text
        assert coach.post(address, given | {"ticked": works.reference, "why": ""}).status_code == 302
    line.refresh_from_db()
    assert line.start == HERE[0]


def test_the_page_asks_before_a_date_comes_back(world: World, coach: Client) -> None:
    case = series(world)
    works = noticed(world)
    address = reverse("booking:case_add_back", args=[case.reference, case.series.get().number])
    given = {"day": "2026-04-13"}
    with clock.at(NOW):
        page = coach.post(address, given)
        assert page.status_code == 422
        assert f'name="ticked" value="{works.reference}"' in page.content.decode()
        assert coach.post(address, given | {"ticked": works.reference}).status_code == 302
    assert case.lines.filter(start=at(42, 18)).exists()


def test_the_api_moves_a_date_with_the_tick(world: World, coach: Client) -> None:
    line, works = movable(world)
    address = f"/api/booking/v1/requests/{line.case.reference}/lines/{line.number}/change/"
    given: dict[str, Any] = {"start": HERE[0].isoformat(), "end": HERE[1].isoformat()}
    with clock.at(NOW):
        refused = coach.post(address, given, content_type="application/json")
        assert refused.status_code == 422
        problem = refused.json()
        assert [one["loc"] for one in problem["errors"]] == [["ticked"]]
        (verdict,) = [one for one in problem["verdicts"] if one["tick"]]
        assert verdict["tick"] == works.reference
        bad = coach.post(address, given | {"ticked": [7]}, content_type="application/json")
        assert (bad.status_code, bad.json()["errors"][0]["loc"][0]) == (400, "ticked")
        done = coach.post(address, given | {"ticked": [verdict["tick"]]}, content_type="application/json")
        assert done.status_code == 200
