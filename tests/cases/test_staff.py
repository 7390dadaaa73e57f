"""The officer's pages in the CMS admin: queue, case, several at once, the front page, what has not gone out."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from booking.cases import services
from booking.cases.models import Case, Line, Message
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town, weekly
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning() -> Any:
    """The doors read the clock; it stands where the cases of these tests are asked for."""
    with clock.at(NOW):
        yield


@pytest.fixture
def officer(town: Town) -> Client:
    return browser(town.officer)


def page(case: Case) -> str:
    return reverse("booking_cases:inspect", args=[case.pk])


def decide(client: Client, case: Case, act: str, **fields: Any) -> Any:
    data = {"version": case.version, "act": act} | fields
    return client.post(reverse("booking_cases:decide", args=[case.pk]), data)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def states(case: Case) -> list[str]:
    return list(case.lines.order_by("number").values_list("state", flat=True))


def asked(town: Town, day: int = 7, **fields: Any) -> Case:
    return town.ask(body(town.room, at(day, 18), at(day, 20), **fields))


# --- the queue -------------------------------------------------------------------------------------------------------


def test_the_queue_is_sorted_by_the_promised_day_and_tells_what_is_overdue(town: Town, officer: Client) -> None:
    late, soon, never = asked(town, 7), asked(town, 8), asked(town, 9)
    Case.objects.filter(pk=late.pk).update(answer_by=date(2026, 2, 26))
    Case.objects.filter(pk=soon.pk).update(answer_by=date(2026, 3, 2))
    Case.objects.filter(pk=never.pk).update(answer_by=None)
    answer = officer.get("/admin/booking/cases/")
    text = words(answer)
    places = [text.index(case.reference) for case in (late, soon, never)]
    assert places == sorted(places)
    assert text.count("sk-staff-late") == 1
    assert town.club.name in text
    assert town.room.name in text


def test_the_queue_shows_what_waits_on_us_unless_asked_otherwise(town: Town, officer: Client) -> None:
    waiting, done = asked(town, 7), asked(town, 8)
    town.decide(done, "grant")
    text = words(officer.get("/admin/booking/cases/"))
    assert waiting.reference in text
    assert done.reference not in text
    for query in ("waiting_on=all", "state=granted", f"q={done.reference}", "waiting_on=nobody"):
        assert done.reference in words(officer.get(f"/admin/booking/cases/?{query}")), query


def test_filters_by_unit_mine_and_overdue(town: Town, officer: Client) -> None:
    case = asked(town)
    colleague = factories.make_officer(town.unit, "Kolbein Kollega")
    Case.objects.filter(pk=case.pk).update(officer=colleague, deputy=None, answer_by=date(2026, 2, 26))

    def shown(query: str) -> bool:
        return case.reference in words(officer.get(f"/admin/booking/cases/?{query}"))

    assert shown(f"unit={town.unit.pk}")
    assert shown("tab=overdue")
    assert not shown("tab=mine")
    Case.objects.filter(pk=case.pk).update(officer=town.officer, answer_by=date(2026, 3, 2))
    assert shown("tab=mine")
    assert not shown("tab=overdue")


def test_search_by_reference_club_and_thing(town: Town, officer: Client) -> None:
    case = asked(town)
    for word in (case.reference, "idrettslag", "møterom", "Møterom idrettslag"):
        assert page(case) in words(officer.get("/admin/booking/cases/", {"q": word})), word
    assert page(case) not in words(officer.get("/admin/booking/cases/", {"q": "svømmehall"}))


def test_an_empty_queue_says_so(town: Town, officer: Client) -> None:
    answer = officer.get("/admin/booking/cases/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    assert "?waiting_on=all" in words(answer)


def test_the_queue_is_paged_and_its_queries_do_not_grow(town: Town, officer: Client) -> None:
    counts = []
    for many in (1, 60):
        while Case.objects.count() < many:
            number = Case.objects.count()
            asked(town, 7 + number)
        officer.get("/admin/booking/cases/")
        with CaptureQueriesContext(connection) as captured:
            text = words(officer.get("/admin/booking/cases/"))
        counts.append(len(captured))
    # Eight of them only where the catalogue isn't at hand, as in a test's transaction.
    assert counts[0] == counts[1] <= 60
    assert len(re.findall(r'name="id"', text)) == 50
    assert len(re.findall(r'name="id"', words(officer.get("/admin/booking/cases/?p=2")))) == 10


def test_cases_of_other_units_are_not_there(town: Town, officer: Client) -> None:
    elsewhere = make_town()
    case = asked(elsewhere)
    assert case.reference not in words(officer.get("/admin/booking/cases/?waiting_on=all"))
    assert officer.get(page(case)).status_code == 404
    assert decide(officer, case, "grant_all").status_code == 404
    note = officer.post(reverse("booking_cases:message", args=[case.pk]), {"message": "Hei", "act": "note"})
    assert note.status_code == 404
    assert states(case) == ["requested"]
    assert not Message.objects.exists()


# --- the case's page -------------------------------------------------------------------------------------------------


def test_the_page_tells_all_that_the_officer_needs(town: Town, officer: Client) -> None:
    case = asked(town, purpose="Årsmøte med kake", audience={"6-12": 17, "20-59": 3}, title="Årsmøte")
    rival = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    services.add_message(case, by=town.officer, body="Ring vaktmester", now=NOW, internal=True)
    case.refresh_from_db()
    with translation.override("nb"):
        rivalry = services.verdicts_on(case, list(case.lines.all()), now=NOW).lines[1][0].text
    assert rivalry.startswith("1 "), "a plural says how many"
    text = words(officer.get(page(case)))
    assert rivalry in text
    for wanted in (case.reference, town.club.name, "Kari Trener", "Årsmøte med kake", "17 (6-12)", "Ring vaktmester",
                   rival.reference, town.other_club.name, town.coach.email):  # fmt: skip
        assert wanted in text, wanted
    assert f'name="version" value="{case.version}"' in text


def test_one_click_grants_everything_that_is_open(town: Town, officer: Client) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 3))
    answer = decide(officer, case, "grant_all")
    assert (answer.status_code, answer["Location"]) == (302, page(case))
    assert states(case) == ["granted"] * 3
    assert Occupancy.objects.filter(klass="claim", status="confirmed").count() == 3
    letter = OutboxMessage.objects.get(handler="case_decision")
    assert letter.due_at == NOW + timedelta(seconds=60)
    text = words(officer.get(page(case)))
    assert letter.recipient in text
    assert 'value="grant_all"' not in text


def test_a_refusal_needs_grounds_and_keeps_the_form(town: Town, officer: Client) -> None:
    case = asked(town)
    answer = decide(officer, case, "refuse_all", grounds="   ")
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in words(answer)
    assert states(case) == ["requested"]
    assert decide(officer, case, "refuse_all", grounds="Salen pusses opp.").status_code == 302
    assert states(case) == ["refused"]
    assert "Salen pusses opp." in words(officer.get(page(case)))


def test_line_by_line_with_grounds_of_their_own(town: Town, officer: Client) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 4))
    fields = {"outcome-1": "grant", "outcome-2": "refuse", "outcome-3": "waiting_list", "grounds-2": "Opptatt av valg."}
    refused = decide(officer, case, "lines", **fields)
    assert refused.status_code == 400
    assert 'value="Opptatt av valg."' in words(refused)
    assert '<option value="waiting_list" selected>' in words(refused)
    assert states(case) == ["requested"] * 4
    done = decide(officer, case, "lines", **fields, **{"grounds-3": "Kanskje senere."})
    assert done.status_code == 302
    assert states(case) == ["granted", "refused", "waiting_list", "requested"]
    assert set(case.decisions.values_list("outcome", "grounds")) == {
        ("grant", ""),
        ("refuse", "Opptatt av valg."),
        ("waiting_list", "Kanskje senere."),
    }


def test_nothing_chosen_is_told(town: Town, officer: Client) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 2))
    assert decide(officer, case, "lines").status_code == 400
    assert states(case) == ["requested"] * 2


@pytest.mark.parametrize("version", [None, "", "x", "0"])
def test_a_stale_page_decides_nothing_and_keeps_the_grounds(town: Town, officer: Client, version: str | None) -> None:
    case = asked(town)
    seen = case.version
    services.add_message(case, by=town.coach, body="Vi kan også kl. 17", now=NOW)
    fields = {} if version is None else {"version": version}
    data = {"version": str(seen), "act": "refuse_all", "grounds": "Lang begrunnelse"} | fields
    if version is None:
        del data["version"]
    answer = officer.post(reverse("booking_cases:decide", args=[case.pk]), data)
    assert answer.status_code == 412
    text = words(answer)
    assert "Lang begrunnelse</textarea>" in text
    assert "Vi kan også kl. 17" in text
    case.refresh_from_db()
    assert f'name="version" value="{case.version}"' in text
    assert states(case) == ["requested"]


def test_the_version_that_was_seen_is_stale_after_another_act(town: Town, officer: Client) -> None:
    case = asked(town)
    services.add_message(case, by=town.coach, body="Vi kan også kl. 17", now=NOW)
    assert decide(officer, case, "grant_all").status_code == 412
    case.refresh_from_db()
    assert decide(officer, case, "grant_all").status_code == 302


def test_an_officer_with_a_conflict_of_interest_has_no_buttons_and_is_refused(town: Town, officer: Client) -> None:
    factories.give_membership(town.officer, town.club, "leader")
    case = asked(town)
    text = words(officer.get(page(case)))
    assert "grant_all" not in text
    answer = decide(officer, case, "grant_all")
    assert answer.status_code == 403
    assert states(case) == ["requested"]
    note = officer.post(reverse("booking_cases:message", args=[case.pk]), {"message": "Hei", "act": "note"})
    assert note.status_code == 403
    assert "Hei</textarea>" not in words(note)


def test_a_lost_race_is_told_with_what_is_free_instead(town: Town, officer: Client) -> None:
    mine = asked(town)
    other = town.ask(body(town.room, at(7, 18), at(7, 20)), user=town.other_coach)
    town.decide(other, "grant")
    mine.refresh_from_db()
    assert states(mine) == ["waiting_list"]
    text = words(officer.get(page(mine)))
    assert "18.00–20.00" in text or "18:00–20:00" in text
    lost = decide(officer, mine, "grant_all", grounds="Ønsket svar")
    assert lost.status_code == 409
    text = words(lost)
    assert "Ønsket svar</textarea>" in text
    assert re.search(r"<ul><li>Møterom 1, ", text), "what is free instead stands at the line"
    assert states(mine) == ["waiting_list"]


def test_a_place_on_the_waiting_list_does_not_stop_the_rest_from_being_granted(town: Town, officer: Client) -> None:
    case = town.ask(weekly(town.room, at(7, 18), at(7, 20), 2))
    town.decide(case, "waiting_list", 1, grounds="Kanskje senere")
    case.refresh_from_db()
    assert decide(officer, case, "grant_all").status_code == 302
    assert states(case) == ["waiting_list", "granted"]


def test_a_planner_looks_and_decides_nothing(town: Town) -> None:
    case = asked(town)
    planner = browser(factories.make_officer(town.unit, role="planner"))
    assert planner.get(page(case)).status_code == 200
    assert "grant_all" not in words(planner.get(page(case)))
    assert decide(planner, case, "grant_all")["Location"] == "/admin/"
    assert planner.get("/admin/booking/cases/bulk/", {"id": case.pk, "outcome": "grant"})["Location"] == "/admin/"
    assert states(case) == ["requested"]


def test_the_page_needs_the_same_number_of_queries_for_one_line_and_for_thirty(town: Town, officer: Client) -> None:
    counts = []
    for weeks, day in ((2, 2), (30, 3)):
        case = town.ask(weekly(town.room, at(day, 18), at(day, 20), weeks))
        officer.get(page(case))
        with CaptureQueriesContext(connection) as captured:
            assert officer.get(page(case)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 95


def test_a_note_stays_inside_and_a_message_leaves(town: Town, officer: Client) -> None:
    case = asked(town)
    address = reverse("booking_cases:message", args=[case.pk])
    assert officer.post(address, {"message": "Ring vaktmester", "act": "note"}).status_code == 302
    assert not OutboxMessage.objects.filter(handler="case_talk").exists()
    assert officer.post(address, {"message": "Passer kl. 17?", "act": "message"}).status_code == 302
    assert OutboxMessage.objects.filter(handler="case_talk").count() == 1
    assert list(Message.objects.values_list("body", "internal")) == [
        ("Ring vaktmester", True),
        ("Passer kl. 17?", False),
    ]
    # Without saying which of the two, nothing leaves.
    officer.post(address, {"message": "Uten knapp"})
    assert Message.objects.get(body="Uten knapp").internal
    empty = officer.post(address, {"message": " ", "act": "message"})
    assert empty.status_code == 400


def test_the_addresses_of_acts_lead_back_when_they_are_loaded_anew(town: Town, officer: Client) -> None:
    case = asked(town)
    for name in ("decide", "message"):
        assert officer.get(reverse(f"booking_cases:{name}", args=[case.pk]))["Location"] == page(case)


def test_own_pages_follow_the_strict_policy_and_hold_nothing_inline(town: Town, officer: Client) -> None:
    case = asked(town)
    answer = officer.get(page(case))
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    main = words(answer).split("<main")[1]
    assert "style=" not in main
    assert not re.search(r"\son[a-z]+=", main)


# --- several at once -------------------------------------------------------------------------------------------------


def bulk(client: Client, outcome: str, *cases: Case) -> Any:
    return client.get("/admin/booking/cases/bulk/", {"outcome": outcome, "id": [case.pk for case in cases]})


def confirm(client: Client, outcome: str, *cases: Case, **fields: Any) -> Any:
    data = {"outcome": outcome, "case": [f"{case.pk}:{case.version}" for case in cases]} | fields
    return client.post("/admin/booking/cases/bulk/", data)


def test_the_consequences_stand_there_before_anything_is_decided(town: Town, officer: Client) -> None:
    one, two = asked(town, 7), asked(town, 8)
    against = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach)
    answer = bulk(officer, "grant", one, two, against)
    text = words(answer)
    assert answer.status_code == 200
    for case in (one, two, against):
        assert f'value="{case.pk}:{case.version}"' in text
    assert text.count(against.reference) >= 2, "it says who clashes with whom"
    assert states(one) == states(two) == ["requested"]


def test_several_are_granted_and_the_one_that_lost_is_told(town: Town, officer: Client) -> None:
    one, two = asked(town, 7), asked(town, 8)
    against = town.ask(body(town.room, at(7, 19), at(7, 21)), user=town.other_coach, now=NOW + timedelta(minutes=1))
    answer = officer.post(
        "/admin/booking/cases/bulk/",
        {"outcome": "grant", "case": [f"{case.pk}:{case.version}" for case in (one, two, against)]},
        follow=True,
    )
    assert states(one) == states(two) == ["granted"]
    assert states(against) == ["waiting_list"]
    assert f"{against.reference}:" in words(answer)


def test_several_are_refused_with_one_set_of_grounds(town: Town, officer: Client) -> None:
    one, two = asked(town, 7), asked(town, 8)
    refused = confirm(officer, "refuse", one, two)
    assert refused.status_code == 400
    assert states(one) == ["requested"]
    assert confirm(officer, "refuse", one, two, grounds="Stengt i vinterferien.").status_code == 302
    assert states(one) == states(two) == ["refused"]
    assert set(Line.objects.values_list("decision__grounds", flat=True)) == {"Stengt i vinterferien."}


def test_what_changed_since_the_list_was_shown_is_left_alone(town: Town, officer: Client) -> None:
    one, two = asked(town, 7), asked(town, 8)
    services.add_message(two, by=town.coach, body="Vent litt", now=NOW)
    assert confirm(officer, "grant", one, two).status_code == 302
    assert states(one) == ["granted"]
    assert states(two) == ["requested"]


def test_keys_from_elsewhere_are_as_if_they_were_not_there(town: Town, officer: Client) -> None:
    own, foreign = asked(town), asked(make_town())
    assert foreign.reference not in words(bulk(officer, "grant", own, foreign))
    confirm(officer, "grant", own, foreign)
    assert states(own) == ["granted"]
    assert states(foreign) == ["requested"]
    for address in (
        "?outcome=grant",
        "?outcome=dance&id=1",
        "?outcome=grant&id=all",
        f"?outcome=grant&id={foreign.pk}",
    ):
        assert officer.get(f"/admin/booking/cases/bulk/{address}")["Location"] == "/admin/booking/cases/", address


# --- the front page --------------------------------------------------------------------------------------------------


def test_the_front_page_counts_what_waits_and_names_the_first_five(town: Town, officer: Client) -> None:
    cases = [asked(town, 7 + number) for number in range(6)]
    Case.objects.filter(pk=cases[5].pk).update(answer_by=date(2026, 2, 26))
    answer = officer.get("/admin/")
    text = words(answer)
    assert text.index(page(cases[5])) < text.index(page(cases[0]))
    assert page(cases[4]) not in text
    assert [case.reference in text for case in cases] == [True, True, True, True, False, True]
    requester_less = browser(factories.make_officer(factories.make_unit(owned=False), role="planner"))
    assert "booking-waiting" not in words(requester_less.get("/admin/"))


def test_the_front_page_names_ones_own_cases_when_there_are_any(town: Town) -> None:
    colleague = factories.make_officer(town.unit, "Une Underveis")
    theirs, own = asked(town, 7), asked(town, 8)
    Case.objects.filter(pk=own.pk).update(officer=colleague)
    text = words(browser(colleague).get("/admin/"))
    assert page(own) in text
    assert page(theirs) not in text


# --- what has not gone out -------------------------------------------------------------------------------------------


def letter(case: Case | None, key: str, state: str = "failed", **fields: Any) -> OutboxMessage:
    payload = {"case": case.pk} if case else {}
    values = {
        "handler": "case_decision", "recipient": f"{key}@example.org", "due_at": NOW, "created_at": NOW, "attempts": 3,
        "last_error": "550 no such box",
    }  # fmt: skip
    return OutboxMessage.objects.create(key=key, payload=payload, state=state, **(values | fields))


def test_what_has_not_gone_out_is_shown_to_the_unit_that_has_the_case(town: Town, officer: Client) -> None:
    own, foreign = asked(town), asked(make_town())
    failed, theirs, other = letter(own, "own"), letter(foreign, "theirs"), letter(None, "nocase")
    letter(own, "sent", state="sent")
    text = words(officer.get("/admin/booking/outbox/"))
    assert "own@example.org" in text
    assert "550 no such box" in text
    assert page(own) in text
    for address in ("theirs@example.org", "nocase@example.org", "sent@example.org"):
        assert address not in text, address
    assert "550 no such box" in words(officer.get(page(own)))
    for hidden in (theirs, other):
        assert officer.post(reverse("booking_outbox:retry", args=[hidden.pk])).status_code == 404
    assert officer.post(reverse("booking_outbox:retry", args=[failed.pk])).status_code == 302
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("queued", 0)


def test_letters_about_nothing_but_people_are_for_the_top(town: Town) -> None:
    letter(None, "nocase")
    leader = browser(factories.make_leader(factories.make_unit("Kommunen", owned=False)))
    below = browser(factories.make_leader(factories.make_unit("Under", parent=town.unit, owned=False)))
    assert "nocase@example.org" in words(leader.get("/admin/booking/outbox/"))
    assert "nocase@example.org" not in words(below.get("/admin/booking/outbox/"))


def test_all_that_is_stuck_is_tried_again_and_nothing_else(town: Town, officer: Client) -> None:
    own, foreign = asked(town), asked(make_town())
    mine = [letter(own, "a"), letter(own, "b", state="uncertain")]
    theirs = letter(foreign, "theirs")
    assert officer.post("/admin/booking/outbox/retry/").status_code == 302
    for one in [*mine, theirs]:
        one.refresh_from_db()
    assert [one.state for one in mine] == ["queued", "queued"]
    assert theirs.state == "failed"


def test_an_empty_outbox_says_so_and_its_queries_do_not_grow(town: Town, officer: Client) -> None:
    case = asked(town)
    counts = []
    for number in range(0, 12, 4):
        letter(case, f"x{number}")
        letter(asked(town, 8 + number), f"y{number}")
        officer.get("/admin/booking/outbox/")
        with CaptureQueriesContext(connection) as captured:
            assert officer.get("/admin/booking/outbox/").status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1
    OutboxMessage.objects.all().delete()
    assert "<table" not in words(officer.get("/admin/booking/outbox/")).split("listing-results")[1]
