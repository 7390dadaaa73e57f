"""Time that moves, through the doors that people and programs use: API, the party's page, the case's page of staff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import APIToken

from booking.cases import services
from booking.cases.models import Case, GroundsText, LineChange, Offer, TakeBack, Tie
from booking.foundation import clock
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, weekly
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


class Program:
    def __init__(self, user: Any) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {APIToken.create_token(user=user, name='t')[1]}"}

    def post(self, case: Case, path: str, data: Any = None, **headers: str) -> Any:
        address = f"/api/booking/v1/requests/{case.reference}/{path}/"
        body = json.dumps(data or {})
        return self.client.post(address, body, content_type="application/json", headers=self.headers | headers)

    def get(self, case: Case, path: str = "") -> Any:
        return self.client.get(f"/api/booking/v1/requests/{case.reference}/{path}", headers=self.headers)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def case(town: Town) -> Case:
    return town.decide(town.ask(body(town.room, at(21, 18), at(21, 20))), "grant", now=NOW - timedelta(hours=1))


# --- API -------------------------------------------------------------------------------------------------------------


def test_api_take_back_reply_give_back(town: Town, case: Case) -> None:
    officer, coach = Program(town.officer), Program(town.coach)
    free = officer.get(case, "lines/1/alternatives/").json()["alternatives"]
    assert free
    taken = {"lines": [1], "reason": "Kommunestyret", "alternatives": [{"line": 1, **free[0]}]}
    assert coach.post(case, "take-back", taken).status_code == 403
    answer = officer.post(case, "take-back", taken)
    assert answer.status_code == 200, answer.json()
    line = answer.json()["lines"][0]
    assert (line["state"], line["taken_back"]["reason"], line["taken_back"]["reply_by"]) == (
        "displaced", "Kommunestyret", "2026-03-16",
    )  # fmt: skip
    assert line["taken_back"]["alternatives"][0]["resource"] == free[0]["resource"]
    assert coach.get(case).json()["waiting_on"] == "requester"
    assert coach.post(case, "lines/1/reply", {"reply": "object", "message": "Nei!"}).json()["waiting_on"] == (
        "municipality"
    )
    assert officer.post(case, "lines/1/taken-back", {"act": "answer", "message": "Det står."}).status_code == 200
    early = officer.post(case, "lines/1/taken-back", {"act": "end"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    moved = coach.post(case, "lines/1/reply", {"reply": "alternative", **free[0]})
    assert (moved.json()["lines"][0]["state"], moved.json()["lines"][0]["start"]) == ("granted", free[0]["start"])
    assert officer.post(case, "lines/1/taken-back", {"act": "give_back"}).status_code == 200
    kinds = [one["type"] for one in officer.get(case).json()["events"]]
    assert [one for one in kinds if one in ("displaced", "taken_back", "objected", "granted")][-3:] == [
        "taken_back", "objected", "granted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("take-back", {}, 400),
        ("take-back", {"lines": ["x"], "reason": "a"}, 400),
        ("take-back", {"lines": [1]}, 400),
        ("take-back", {"lines": [1], "reason": "a", "none_exists": "yes"}, 400),
        ("take-back", {"lines": [1], "reason": "a", "alternatives": [{"line": 1, "resource": "nei"}]}, 404),
        ("take-back", {"lines": [1], "reason": "a", "alternatives": ["x"]}, 400),
        ("take-back", {"lines": [1], "reason": "a", "reply_by": "snart"}, 400),
        ("lines/1/taken-back", {"act": "eat"}, 400),
        ("lines/1/taken-back", {"act": "give_back"}, 409),
        ("lines/9/taken-back", {"act": "give_back"}, 404),
        ("lines/1/reply", {"reply": "perhaps"}, 400),
        ("lines/1/reply", {"reply": "loss"}, 403),
        ("lines/1/accept", {}, 403),
        ("lines/1/decline", {}, 403),
        ("lines/1/change", {"start": "x"}, 400),
        ("undo", {}, 409),
        ("ties", {}, 400),
        ("ties/1/judge", {"verdict": "away"}, 404),
        ("changes/00000000-0000-4000-8000-000000000000/decide", {"outcome": "grant"}, 404),
        ("changes/00000000-0000-4000-8000-000000000000/withdraw", {}, 403),
        ("series/0/dates", {"day": "2026-03-03"}, 403),
    ],
)
def test_api_refusals_of_an_officer_are_problems_never_errors(
    town: Town, case: Case, path: str, data: Any, status: int
) -> None:
    answer = Program(town.officer).post(case, path, data)
    assert answer.status_code == status, answer.json()
    assert answer["Content-Type"].startswith("application/problem+json")
    assert case.lines.get().state == "granted"


def test_api_an_outsider_finds_nothing(town: Town, case: Case) -> None:
    stranger = Program(town.other_coach)
    for path in ("take-back", "undo", "ties", "lines/1/accept", "lines/1/reply", "lines/1/change", "series/0/dates"):
        assert stranger.post(case, path, {}).status_code == 404, path
    assert stranger.get(case, "lines/1/alternatives/").status_code == 404


def test_api_undo_within_the_minute_and_not_on_an_old_version(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(21, 18), at(21, 20))), "grant")
    officer = Program(town.officer)
    shown = officer.get(case)
    assert shown.json()["undo_until"] is not None
    assert Program(town.coach).get(case).json()["undo_until"] is None
    assert officer.post(case, "undo", {}, **{"If-Match": '"old"'}).status_code == 412
    done = officer.post(case, "undo", {}, **{"If-Match": shown["ETag"]}).json()
    assert (done["lines"][0]["state"], done["waiting_on"]) == ("requested", "municipality")
    # Other people's decisions and what a line was before are nobody's business outside.
    for event in Program(town.coach).get(case).json()["events"]:
        assert not {"before", "because"} & set(event["data"])


def test_api_offers(town: Town, case: Case) -> None:
    waiting = town.ask(body(town.room, at(21, 18), at(21, 20), if_taken="waiting_list"), user=town.other_coach)
    services.withdraw_case(case, by=town.coach, now=NOW)
    other = Program(town.other_coach)
    until = other.get(waiting).json()["lines"][0]["offer"]["until"]
    assert datetime.fromisoformat(until) == at(1, 20)
    for _press in range(2):
        assert other.post(waiting, "lines/1/accept").json()["lines"][0]["state"] == "granted"
    assert other.post(waiting, "lines/1/decline").status_code == 409


def test_api_change(town: Town, case: Case) -> None:
    coach, officer = Program(town.coach), Program(town.officer)
    wanted = {"start": at(22, 18).isoformat(), "end": at(22, 20).isoformat()}
    asked = coach.post(case, "lines/1/change", wanted).json()
    assert (asked["lines"][0]["state"], asked["waiting_on"]) == ("granted", "municipality")
    batch = asked["lines"][0]["change"]["batch"]
    assert officer.post(case, f"changes/{batch}/decide", {"outcome": "refuse"}).status_code == 400
    granted = officer.post(case, f"changes/{batch}/decide", {"outcome": "grant"}).json()
    assert granted["lines"][0]["start"] == "2026-03-24T18:00:00+01:00"
    broken = coach.post(case, "lines/1/change", {"start": at(22, 22).isoformat(), "end": at(22, 23).isoformat()})
    assert (broken.status_code, broken.json()["code"]) == (422, "rule_broken")
    town.decide(town.ask(body(town.room, at(23, 18), at(23, 20)), user=town.other_coach), "grant")
    taken = coach.post(case, "lines/1/change", {"start": at(23, 18).isoformat(), "end": at(23, 20).isoformat()})
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    assert coach.post(case, "lines/1/change", wanted | {"quantity": 0}).status_code == 400
    again = coach.post(case, "lines/1/change", {"start": at(24, 18).isoformat(), "end": at(24, 20).isoformat()}).json()
    batch = again["lines"][0]["change"]["batch"]
    assert coach.post(case, f"changes/{batch}/withdraw").json()["lines"][0]["change"] is None


def test_api_a_date_that_was_left_out(town: Town) -> None:
    case = town.decide(town.ask(weekly(town.room, at(7, 18), at(7, 20), 3, exclude=["2026-03-16"])), "grant")
    made = Program(town.coach).post(case, "series/0/dates", {"day": "2026-03-16"}).json()
    assert [line["state"] for line in made["lines"]] == ["granted", "granted", "requested"]


def test_api_ties(town: Town, case: Case) -> None:
    leader = factories.make_leader(town.unit)
    officer = Program(town.officer)
    declared = officer.post(case, "ties", {"why": "Broren min er trener"}).json()
    assert declared["officer"]["name"] != str(town.officer)
    (tie,) = declared["ties"]
    assert "Broren" not in json.dumps(declared)
    assert officer.post(case, f"ties/{tie['id']}/judge", {"verdict": "fit"}).status_code == 403
    judged = Program(leader).post(case, f"ties/{tie['id']}/judge", {"verdict": "fit"}).json()
    assert judged["ties"][0]["verdict"] == "fit"
    seen = Program(town.coach).get(case).json()
    assert (seen["ties"], seen["officer_because"]) == ([], "conflict_of_interest")


# --- the party's page ------------------------------------------------------------------------------------------------


def line_page(case: Case, number: int = 1) -> str:
    return reverse("booking:case_line", args=[case.reference, number])


def take_back(town: Town, case: Case, **fields: Any) -> None:
    instead = [services.Instead(1, town.room, at(22, 18), at(22, 20))]
    values = {"reason": "Kommunestyret", "by": town.officer, "now": NOW, "instead": instead} | fields
    services.take_back(case, [1], **values)


def test_page_offer_yes(town: Town, case: Case) -> None:
    waiting = town.ask(body(town.room, at(21, 18), at(21, 20), if_taken="waiting_list"), user=town.other_coach)
    services.withdraw_case(case, by=town.coach, now=NOW)
    client = signed_in(town.other_coach)
    assert line_page(waiting) in client.get(reverse("booking:case", args=[waiting.reference])).content.decode()
    assert 'value="accept"' in client.get(line_page(waiting)).content.decode()
    assert client.post(line_page(waiting), {"act": "accept"}).status_code == 302
    assert waiting.lines.get().state == "granted"
    # Pressed again, it says what is.
    assert client.post(line_page(waiting), {"act": "decline"}).status_code == 400
    assert Offer.objects.get().state == "accepted"


def test_page_taken_back(town: Town, case: Case) -> None:
    take_back(town, case)
    client = signed_in(town.coach)
    page = client.get(line_page(case)).content.decode()
    assert "Kommunestyret" in page
    value = f"{town.room.slug}|{at(22, 18).isoformat()}|{at(22, 20).isoformat()}"
    assert value in page
    empty = client.post(line_page(case), {"act": "object", "message": " "})
    assert empty.status_code == 400
    assert client.post(line_page(case), {"act": "alternative"}).status_code == 400
    assert client.post(line_page(case), {"act": "alternative", "alternative": "x|y|z"}).status_code == 400
    assert client.post(line_page(case), {"act": "object", "message": "Vi har kamp"}).status_code == 302
    assert TakeBack.objects.get().state == "objected"
    assert client.post(line_page(case), {"act": "alternative", "alternative": value}).status_code == 302
    assert case.lines.get().start == at(22, 18)


def test_page_lets_it_go(town: Town, case: Case) -> None:
    take_back(town, case)
    assert signed_in(town.coach).post(line_page(case), {"act": "loss"}).status_code == 302
    assert case.lines.get().state == "cancelled_by_municipality"


def test_page_words_to_pass_on_when_it_is_soon(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(1, 18), at(1, 20))), "grant")
    take_back(town, case, kind="emergency")
    page = signed_in(town.coach).get(line_page(case)).content.decode()
    assert 'id="pass-on-text"' in page


def test_page_change(town: Town, case: Case) -> None:
    client = signed_in(town.coach)
    page = client.get(line_page(case)).content.decode()
    assert 'value="18:00"' in page
    wrong = {"act": "change", "day": "2026-03-24", "start": "18:00", "end": ""}
    again = client.post(line_page(case), wrong)
    assert (again.status_code, 'value="2026-03-24"' in again.content.decode()) == (400, True)
    assert client.post(line_page(case), wrong | {"end": "20:00"}).status_code == 302
    assert LineChange.objects.get().start == at(22, 18)
    assert 'value="withdraw-change"' in client.get(line_page(case)).content.decode()
    batch = LineChange.objects.get().batch
    assert client.post(line_page(case), {"act": "withdraw-change", "batch": str(batch)}).status_code == 302
    assert LineChange.objects.get().state == "withdrawn"


def test_page_past_midnight(town: Town, case: Case) -> None:
    typed = {"act": "change", "day": "2026-03-24", "start": "20:00", "end": "02:00", "why": "Nattcup"}
    assert signed_in(town.coach).post(line_page(case), typed).status_code == 302
    assert LineChange.objects.get().end == at(23, 2)


def test_page_series_and_left_out_dates(town: Town) -> None:
    case = town.decide(town.ask(weekly(town.room, at(7, 18), at(7, 20), 3, exclude=["2026-03-16"])), "grant")
    client = signed_in(town.coach)
    page = client.get(reverse("booking:case", args=[case.reference])).content.decode()
    add = reverse("booking:case_add_back", args=[case.reference, 0])
    assert (add in page, 'value="2026-03-16"' in page) == (True, True)
    client.post(add, {"day": "2026-03-16"})
    assert case.lines.count() == 3
    assert client.post(add, {"day": "i morgen"}).status_code == 404
    typed = {"act": "change", "day": "2026-03-10", "start": "17:00", "end": "19:00", "scope": "all"}
    client.post(line_page(case), typed)
    assert LineChange.objects.filter(scope="all").count() == 2


def test_page_is_nobody_elses(town: Town, case: Case) -> None:
    for user in (town.other_coach, town.officer):
        client = signed_in(user)
        assert client.get(line_page(case)).status_code == 404
        assert client.post(line_page(case), {"act": "loss"}).status_code == 404
        assert client.post(reverse("booking:case_add_back", args=[case.reference, 0]), {}).status_code == 404
    assert signed_in(town.coach).get(line_page(case, 7)).status_code == 404
    assert Client().get(line_page(case)).status_code == 302


# --- the case's page of staff ----------------------------------------------------------------------------------------


def move(town: Town, case: Case, act: str, user: Any = None, **data: Any) -> Any:
    case.refresh_from_db()
    address = reverse("booking_cases:move", args=[case.pk, act])
    return browser(user or town.officer).post(address, {"version": case.version} | data)


def test_staff_take_back_keeps_what_was_typed_and_then_does_it(town: Town, case: Case) -> None:
    page = reverse("booking_cases:inspect", args=[case.pk])
    desk = browser(town.officer)
    assert 'id="take-back"' not in desk.get(page).content.decode()
    form = desk.get(page + "?take=1").content.decode()
    value = f"{town.room.slug}|{at(22, 18).isoformat()}|{at(22, 20).isoformat()}"
    assert value in form
    again = move(town, case, "take-back", **{"line": "1", "instead-1": value, "reply_by": "2026-03-20"})
    shown = again.content.decode()
    assert (again.status_code, 'value="2026-03-20"' in shown) == (400, True)
    typed = {"line": "1", "instead-1": value, "reason": "Kommunestyret", "kind": "ordinary"}
    assert move(town, case, "take-back", **typed).status_code == 302
    assert TakeBack.objects.get().reason == "Kommunestyret"
    services.object_to(case, 1, message="Nei!", by=town.coach, now=NOW)
    assert "answer-objection" in desk.get(page).content.decode()
    assert move(town, case, "answer-objection", number="1", text="").status_code == 400
    assert move(town, case, "answer-objection", number="1", text="Det står.").status_code == 302
    assert move(town, case, "end-take-back", number="1").status_code == 409
    assert move(town, case, "give-back", number="1").status_code == 302
    assert case.lines.get().state == "granted"


def test_staff_undo_from_the_page(town: Town) -> None:
    case = town.decide(town.ask(body(town.room, at(21, 18), at(21, 20))), "grant")
    page = browser(town.officer).get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
    undo = reverse("booking_cases:move", args=[case.pk, "undo"])
    assert undo in page
    assert move(town, case, "undo").status_code == 302
    assert case.lines.get().state == "requested"


def test_staff_change(town: Town, case: Case) -> None:
    wish = services.Wish(1, at(22, 18), at(22, 20), why="Kamp")
    services.propose_change(case, wish, by=town.coach, now=NOW)
    batch = str(LineChange.objects.get().batch)
    page = browser(town.officer).get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
    assert (batch in page, "Kamp" in page) == (True, True)
    assert move(town, case, "refuse-change", batch=batch, grounds="").status_code == 400
    assert move(town, case, "grant-change", batch="x").status_code == 400
    assert move(town, case, "grant-change", batch=batch).status_code == 302
    assert case.lines.get().start == at(22, 18)


def test_staff_ties(town: Town, case: Case) -> None:
    leader = factories.make_leader(town.unit)
    assert move(town, case, "tie", why="").status_code == 400
    assert move(town, case, "tie", why="Broren min er trener").status_code == 302
    case.refresh_from_db()
    assert case.officer != town.officer
    # From now on they decide nothing, whatever they press.
    assert move(town, case, "undo").status_code == 403
    page = browser(leader).get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
    assert "Broren min er trener" in page
    colleague = browser(town.unit.deputy).get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
    assert "Broren min" not in colleague
    assert move(town, case, "tie-fit", user=leader, tie=str(Tie.objects.get().pk)).status_code == 302
    assert Tie.objects.get().verdict == "fit"
    party = signed_in(town.coach).get(reverse("booking:case", args=[case.reference])).content.decode()
    assert "Broren" not in party
    assert "inhabil" in party.lower() or "conflict of interest" in party


def test_staff_begin_with_a_ready_text(town: Town) -> None:
    case = town.ask(body(town.room, at(21, 18), at(21, 20)))
    text = GroundsText.objects.create(
        use="refuse", title="Opptatt", text="{places} er opptatt {dates}.", text_en="{places} is taken."
    )
    foreign = GroundsText.objects.create(
        use="refuse", title="Annen enhet", text="Nei", unit=factories.make_unit("Teknisk")
    )
    address = reverse("booking_cases:decide", args=[case.pk])
    desk = browser(town.officer)
    page = desk.post(address, {"act": "text", "text": text.pk, "grounds": "Hei!", "version": case.version})
    shown = page.content.decode()
    assert (page.status_code, "Hei!" in shown, "Møterom 1 er opptatt mandag 23. mars 2026" in shown) == (
        200, True, True,
    )  # fmt: skip
    assert "Annen enhet" not in shown
    assert desk.post(address, {"act": "text", "text": foreign.pk, "version": case.version}).status_code == 200
    assert case.lines.get().state == "requested"


def test_staff_bulk_with_a_ready_text_in_each_ones_language(town: Town) -> None:
    town.coach.language = "en"
    town.coach.save()
    first = town.ask(body(town.room, at(21, 18), at(21, 20)))
    second = town.ask(body(town.room, at(22, 18), at(22, 20)), user=town.other_coach)
    text = GroundsText.objects.create(
        use="refuse", title="Opptatt", text="{places} er opptatt.", text_en="{places} is taken."
    )
    desk = browser(town.officer)
    address = reverse("booking_cases:bulk")
    shown = desk.get(address, {"id": [first.pk, second.pk], "outcome": "refuse"}).content.decode()
    assert f'value="{text.pk}"' in shown
    data = {"outcome": "refuse", "case": [f"{first.pk}:{first.version}", f"{second.pk}:{second.version}"]}
    desk.post(address, data | {"text": text.pk, "grounds": "Hilsen Ola"})
    assert first.decisions.get().grounds == "Møterom 1 is taken.\n\nHilsen Ola"
    assert second.decisions.get().grounds == "Møterom 1 er opptatt.\n\nHilsen Ola"


def test_staff_texts_are_checked_when_they_are_saved(town: Town) -> None:
    desk = browser(factories.make_leader(town.unit))
    add = reverse("booking_texts:add")
    typed = {"use": "refuse", "title": "Opptatt", "unit": town.unit.pk, "text": "Kjære {navn}", "active": "on"}
    refused = desk.post(add, typed)
    assert ("{navn}" in refused.content.decode(), GroundsText.objects.count()) == (True, 0)
    desk.post(add, typed | {"text": "Kjære {organisation}", "text_nn": "{"})
    assert not GroundsText.objects.exists()
    desk.post(add, typed | {"text": "Kjære {organisation}"})
    row = GroundsText.objects.get()
    desk.post(reverse("booking_texts:edit", args=[row.pk]), typed | {"text": "Kjære {organisation}!"})
    row.refresh_from_db()
    assert row.text == "Kjære {organisation}!"
