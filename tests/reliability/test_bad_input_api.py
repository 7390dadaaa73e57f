"""Nothing that a program sends is answered with a server error; every refusal is a problem that names field and rule.

Every member of every body of the API is replaced by what is in `nasty`, one at a time and in turn; so is every
parameter of every address. Issue: bad input.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from wagtail.models import APIToken

from booking.cases.models import Case, Line
from booking.foundation import clock
from booking.foundation.models import RateWindow
from booking.occupancy.models import Occupancy
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town
from tests.reliability import nasty
from tests.reliability.together import Answer, Sweep
from tests.second import SECOND_DATABASE

pytestmark = pytest.mark.django_db
#: Hundreds of calls each.
sweeping = pytest.mark.slow
PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def town(db: None) -> Town:
    found = make_town()
    found.other_club.listed = True
    found.other_club.save()
    return found


class Program:
    """A client with a token. What it changes is undone after each call."""

    def __init__(self, user: Any = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {APIToken.create_token(user=user, name='t')[1]}"} if user else {}

    def post(self, path: str, data: Any, content_type: str = "application/json", **headers: str) -> Any:
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        with transaction.atomic():
            answer = self.client.generic("POST", path, raw, content_type=content_type, headers=self.headers | headers)
            transaction.set_rollback(True)
        return answer

    def patch(self, path: str, data: Any) -> Any:
        raw = data if isinstance(data, bytes) else json.dumps(data).encode("utf-8", "surrogatepass")
        with transaction.atomic():
            answer = self.client.patch(path, raw, content_type="application/json", headers=self.headers)
            transaction.set_rollback(True)
        return answer

    def get(self, path: str, params: dict[str, Any]) -> Any:
        return self.client.get(path, query_params=params, headers=self.headers)


def fault(answer: Any) -> str:
    """What is wrong with an answer; "" when it is a success or a proper problem."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code < 400:
        return ""
    if answer["Content-Type"] != PROBLEM:
        return f"{answer.status_code} as {answer['Content-Type']}"
    problem = answer.json()
    if not ({"type", "title", "status", "detail", "code", "errors"} <= problem.keys() and problem["detail"]):
        return f"incomplete: {problem}"
    if problem["status"] == 400 and problem["code"] == "invalid":
        named = problem["errors"] or problem.get("reason") == "not_an_object"
        if not named or not all(one["code"] and one["msg"] for one in problem["errors"]):
            return f"names no field and rule: {problem}"
    return ""


def request_of(town: Town) -> dict[str, Any]:
    """A request that uses every member that there is."""
    weekly = body(town.room, at(9, 10), at(9, 12))["lines"][0] | {
        "rrule": "FREQ=WEEKLY;COUNT=3",
        "exclude": ["2026-03-18"],
        "setup_minutes": 0,
        "teardown_minutes": 0,
    }
    return body(town.room, at(7, 18), at(7, 20)) | {
        "series": [weekly],
        "organisation": town.club.slug,
        "purpose": "Trening",
        "title": "Vårcup",
        "title_public": True,
        "audience": {"6-12": 20},
        "responsible": {"name": "Kari", "phone": "99 99 99 99", "email": "kari@example.org"},
        "if_taken": "refuse",
        "co_hosts": [town.other_club.slug],
        "message": "Hei",
        "accept_rules": True,
        "override_reason": "",
        "ticked": ["ARB-2026-001"],
    }


def sweep(program: Program, path: str, document: dict[str, Any], send: str = "post") -> list[str]:
    """Every variant of the document that is answered badly; several members at once, as in `together`."""
    wrong = []
    # What is missing is told before a database is asked.
    for member in () if SECOND_DATABASE else nasty.places(document):
        RateWindow.objects.all().delete()
        if said := fault(getattr(program, send)(path, nasty.without(document, member))):
            wrong.append(f"{_shown(member)} left out: {said[:300]}")

    def sent(members: Mapping[nasty.Path, tuple[str, Any]]) -> Answer[nasty.Path]:
        RateWindow.objects.all().delete()
        values = {member: value for member, (_what, value) in members.items()}
        answer = getattr(program, send)(path, nasty.changed(document, values))
        if said := fault(answer):
            return Answer(said[:300])
        if answer.status_code < 400:
            return Answer(taken=True)
        return Answer(refused=frozenset(refused_in(answer, members)))

    for part in nasty.variants(document):
        for member, value, said in Sweep[nasty.Path]().faults(part, sent):
            wrong.append(f"{_shown(member or ())} = {value and value[0]}: {said}")
    return wrong


def _shown(member: nasty.Path) -> str:
    return ".".join(str(step) for step in member)


def refused_in(answer: Any, members: Collection[nasty.Path]) -> Iterator[nasty.Path]:
    """Those of ``members`` that the problem names, themselves or something in them. What holds several names none."""
    for one in answer.json().get("errors", ()):
        loc = tuple(one["loc"])
        meant = {member for member in members if loc[: len(member)] == member or member[: len(loc)] == loc}
        if len(meant) == 1:
            yield from meant


@sweeping
def test_every_member_of_a_check(town: Town) -> None:
    program = Program(town.coach)
    answer = program.post("/api/booking/v1/checks/", request_of(town))
    assert (answer.status_code, len(answer.json()["lines"])) == (200, 3)
    wrong = sweep(program, "/api/booking/v1/checks/", request_of(town))
    assert not wrong, "\n".join(wrong)


@sweeping
def test_every_member_of_a_request(town: Town) -> None:
    """Its own members; those of its times are read by the same code, and swept through the check."""
    document = request_of(town) | {"lines": [], "series": []}
    document["lines"] = body(town.room, at(7, 18), at(7, 20))["lines"]
    del document["series"]
    program = Program(town.coach)
    assert program.post("/api/booking/v1/requests/", document).status_code == 201
    wrong = sweep(program, "/api/booking/v1/requests/", document)
    assert not wrong, "\n".join(wrong)
    assert (Case.objects.count(), Line.objects.count(), Occupancy.objects.count()) == (0, 0, 0)


@sweeping
def test_every_member_of_a_decision_and_of_a_message(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    officer, coach = Program(town.officer), Program(town.coach)
    base = f"/api/booking/v1/requests/{case.reference}/"
    decision = {"lines": [{"id": 1, "outcome": "refuse", "grounds": "Nei"}], "grounds": "Fullt"}
    assert officer.post(f"{base}decide/", decision).status_code == 200
    wrong = sweep(officer, f"{base}decide/", decision)
    wrong += sweep(coach, f"{base}messages/", {"message": "Hei"})
    assert not wrong, "\n".join(wrong)


@sweeping
def test_every_member_of_the_acts_on_a_whole_case(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    other = factories.make_unit("Teknisk")
    program = Program(town.officer)
    base = f"/api/booking/v1/requests/{case.reference}/"
    wrong = []
    for act, document in {
        "holding-reply": {"until": "2026-04-01", "message": "Snart"},
        "ask": {"message": "Hvor mange?"},
        "assign": {"officer": town.unit.deputy.email},
        "hand-over": {"unit": other.slug, "officer": other.officer.email, "reason": "Deres"},
        "answer-appeal": {"outcome": "uphold", "grounds": "Nei"},
        "close": {"message": "Takk"},
        "dismiss": {"grounds": "Ikke oss"},
    }.items():
        wrong += sweep(program, f"{base}{act}/", document)
    wrong += sweep(Program(town.coach), f"{base}appeal/", {"message": "Jo"})
    assert not wrong, "\n".join(wrong)


@sweeping
def test_every_member_of_an_enquiry(town: Town) -> None:
    document = {
        "unit": town.unit.slug,
        "about": town.room.slug,
        "organisation": town.club.slug,
        "message": "Har dere en scene?",
        "contact": {"name": "Kari", "phone": "99999999", "email": "kari@example.org"},
    }
    path = "/api/booking/v1/enquiries/"
    wrong = []
    for program in (Program(town.coach), Program()):
        assert program.post(path, document).status_code == 201
        wrong += sweep(program, path, document)
    assert not wrong, "\n".join(wrong)


@sweeping
def test_every_member_of_a_question_about_notice() -> None:
    document = {
        "category": "standard",
        "impact": "closed",
        "uses": ["youth"],
        "start": "2026-06-01",
        "at": "2026-05-01T10:00:00Z",
        "ruleset": "full",
    }
    path = "/api/booking/v1/notice-check/"
    assert Program().post(path, document).status_code == 200
    wrong = sweep(Program(), path, document)
    assert not wrong, "\n".join(wrong)


@sweeping
def test_every_member_of_works(db: None) -> None:
    from tests.works.world import make_world

    world = make_world()
    works = world.planned()
    document = {
        "unit": "teknisk",
        "title": "Ny ledning",
        "reason": "Den gamle lekker.",
        "start": "2026-06-01T07:00:00+02:00",
        "end": "2026-06-05T15:00:00+02:00",
        "targets": [{"resource": "elvesletta", "impact": "closed", "subtree": True, "phases": [1]}],
        "periods": [{"start": "2026-06-01T07:00:00+02:00", "end": "2026-06-02T15:00:00+02:00", "phase": 1}],
        "impact": "closed",
        "why_here": "Her går ledningen.",
        "buffer_m": 30,
        "contact": {"name": "Per", "phone": "77000000", "email": "per@example.org"},
    }
    base, program = "/api/booking/v1/works/", Program(world.planner)
    assert program.post(base, document).status_code == 201
    wrong = sweep(program, base, document)
    wrong += sweep(program, f"{base}{works.reference}/transitions/", {"to": "cancelled", "why": "Ingen penger."})
    start, end = "2050-06-01T07:00:00+02:00", "2050-06-02T15:00:00+02:00"
    words = {"kind": "propose", "message": "Heller senere.", "organisation": "lil",
             "proposed": [{"start": start, "end": end}]}  # fmt: skip
    wrong += sweep(Program(world.coach), f"{base}{works.reference}/replies/", words)
    assert not wrong, "\n".join(wrong)


WRITES = {
    "checks": {},
    "requests": {},
    "enquiries": {},
    "notice_check": {},
    "works": {},
    "request_messages": {"ref": "CASE"},
    "request_decide": {"ref": "CASE"},
    "request_holding_reply": {"ref": "CASE"},
    "request_ask": {"ref": "CASE"},
    "request_hand_over": {"ref": "CASE"},
    "request_assign": {"ref": "CASE"},
    "request_dismiss": {"ref": "CASE"},
    "request_appeal": {"ref": "CASE"},
    "request_answer_appeal": {"ref": "CASE"},
    "season_proposals": {"slug": "SEASON"},
    "season_comments": {"slug": "SEASON", "number": "1"},
    "season_adopt": {"slug": "SEASON", "number": "1"},
}


def a_round() -> Any:
    """A season round of which a proposal is heard."""
    from tests.seasons.conftest import make_heard
    from tests.seasons.world import make_valley

    return make_heard(make_valley())[0]


def test_what_is_no_json_object_and_what_is_no_json_at_all(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    factories.give_role(town.officer, town.unit, "planner")  # else works are forbidden before anything is read
    found = a_round()
    factories.give_role(town.officer, found.unit, "officer")
    known = {"CASE": case.reference, "SEASON": found.slug, "1": 1}
    program = Program(town.officer)
    wrong = []
    for name, arguments in WRITES.items():
        kwargs = {key: known[value] for key, value in arguments.items()}
        path = reverse(f"booking_api:{name}", kwargs=kwargs)
        for what, (raw, status) in nasty.BODIES.items():
            answer = program.post(path, raw)
            if answer.status_code != status or fault(answer):
                wrong.append(f"{name}, {what}: {answer.status_code} {fault(answer)}")
        for kind in (
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
            "application/json; charset=x",
        ):
            answer = program.post(path, b'{"lines": []}', content_type=kind)
            if answer.status_code not in (400, 415) or fault(answer):
                wrong.append(f"{name} as {kind!r}: {answer.status_code} {fault(answer)}")
    assert not wrong, "\n".join(wrong)


def test_a_name_that_stands_twice_is_refused(town: Town) -> None:
    """Two readers of the same bytes must not see two different requests."""
    start, end = at(7, 18).isoformat(), at(7, 20).isoformat()
    line = f'{{"resource": "{town.room.slug}", "start": "{start}", "end": "{end}", "quantity": 1, "quantity": 9}}'
    answer = Program(town.coach).post("/api/booking/v1/checks/", f'{{"lines": [{line}]}}'.encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert "quantity" in answer.json()["detail"]


#: Parameters that each address reads; every address of the API with GET is here (see the test below).
READS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "resources": (
        {},
        ("q", "kind", "feature", "capacity_min", "unit", "near", "free_from", "free_to", "quantity", "limit", "offset"),
    ),
    "resource": ({"slug": "ROOM"}, ()),
    "resource_availability": ({"slug": "ROOM"}, ("from", "to")),
    "resource_feed": ({"slug": "ROOM"}, ("lang", "expand", "parts")),
    "feeds": ({}, ("limit", "offset")),
    "availability": ({}, ("resources", "from", "to")),
    "requests": (
        {},
        ("state", "organisation", "resource", "from", "to", "waiting_on", "as", "limit", "offset"),
    ),
    "request": ({"ref": "CASE"}, ()),
    "request_file": ({"ref": "CASE", "digest": "0" * 64}, ()),
    "insight_answer_times": ({}, ("from", "to", "unit")),
    "insight_notice_kept": ({}, ("from", "to", "unit")),
    "insight_use": ({}, ("from", "to", "unit")),
    "insight_season": ({"slug": "SEASON"}, ()),
    "insight_season_own": ({"slug": "SEASON", "organisation": "CLUB"}, ()),
    "organisations": ({}, ("q", "kind", "mine", "limit", "offset")),
    "organisation": ({"slug": "CLUB"}, ()),
    "members": ({"slug": "CLUB"}, ("limit", "offset")),
    "agreements": ({"slug": "CLUB"}, ("limit", "offset")),
    "line_alternatives": ({"ref": "CASE", "number": "1"}, ()),
    "meetings": ({}, ("state", "limit", "offset")),
    "meeting": ({"ref": "MOT-2026-001"}, ()),
    "works": ({}, ("resource", "state", "from", "to")),
    "works_events": ({}, ("after",)),
    "works_one": ({"ref": "ARB-2026-001"}, ()),
    "works_affected": ({"ref": "ARB-2026-001"}, ()),
    "season_proposals": ({"slug": "SEASON"}, ("limit", "offset")),
    "season_proposal": ({"slug": "SEASON", "number": "1"}, ()),
    "season_diff": ({"slug": "SEASON", "number": "1"}, ("against",)),
    "seasons": ({}, ("state", "limit", "offset")),
    "season": ({"slug": "SEASON"}, ()),
    "season_wishes": ({"slug": "SEASON"}, ("organisation", "limit", "offset")),
    "problem": ({"code": "taken"}, ()),
    "schema": ({}, ("format",)),
    "docs": ({}, ()),
}
#: Each answer takes long: the few that matter.
DEAR = ("schema", "docs")
#: The rest of a question that makes sense, so that the nasty value is read.
GOOD = {
    "resources": {"free_from": "2026-03-05T18:00:00+01:00", "free_to": "2026-03-05T20:00:00+01:00"},
    "availability": {"resources": "ROOM", "from": "2026-03-02", "to": "2026-03-09"},
    "resource_availability": {"from": "2026-03-02", "to": "2026-03-09"},
}


@sweeping
def test_every_parameter_of_every_address(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    found = a_round()
    known = {"ROOM": town.room.slug, "CASE": case.reference, "CLUB": town.club.slug, "SEASON": found.slug}
    program, wrong = Program(town.coach), []
    for turns, (name, (arguments, parameters)) in enumerate(READS.items()):
        path = reverse(f"booking_api:{name}", kwargs={key: known.get(value, value) for key, value in arguments.items()})
        good = {key: known.get(value, value) for key, value in GOOD.get(name, {}).items()}
        for turn, parameter in enumerate((*parameters, "unheard_of"), start=turns):
            # Bytes that a browser would send; half a megabyte doesn't fit into an address.
            few = name in DEAR or parameter == "unheard_of"
            texts = nasty.tried_here(nasty.FEW if few else nasty.TEXTS)
            for what, value in nasty.taken_in_turn(texts, turn, 3).items():
                if value is nasty.LONG:
                    value = value[:6000]
                sent = good | {parameter: value.encode("utf-8", "surrogatepass")}
                if said := fault(program.get(path, sent)):
                    wrong.append(f"{name}?{parameter} = {what}: {said[:300]}")
    assert not wrong, "\n".join(wrong)


def test_every_address_with_get_is_in_the_sweep() -> None:
    from booking.api import urls

    reading = {
        pattern.name
        for pattern in urls.urlpatterns
        if hasattr(pattern.callback.cls if hasattr(pattern.callback, "cls") else pattern.callback.view_class, "get")
    }
    assert reading - {"unknown"} == set(READS)


@sweeping
def test_headers_that_nobody_means(town: Town) -> None:
    program, wrong = Program(town.coach), []
    document = body(town.room, at(7, 18), at(7, 20), organisation=town.club.slug)
    for header in ("Idempotency-Key", "Samskap-Hat", "If-Match", "If-None-Match", "Accept-Language", "Accept",
                   "Content-Language", "Authorization", "X-Forwarded-For", "Content-Length", "Host"):  # fmt: skip
        for turn, (what, text) in enumerate(nasty.tried_here(nasty.FEW).items()):
            value = text[:6000].encode("utf-8", "surrogatepass").decode("latin-1")
            # Who calls, how often and in which language is read before the address is; a key is for what is written.
            often = turn % 4 == 0 or header in ("Idempotency-Key", "Samskap-Hat")
            for path in ("checks", "requests") if often else ("checks",):
                answer = program.post(f"/api/booking/v1/{path}/", document, **{header: value})
                # An address that isn't ours and a length that isn't one are refused before us, as HTTP has it.
                if header not in ("Host", "Content-Length") and (said := fault(answer)):
                    wrong.append(f"{path}, {header} = {what}: {said[:300]}")
                elif answer.status_code >= 500:
                    wrong.append(f"{path}, {header} = {what}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("tail", ["%00", "%ED%A0%80", "x" * 5000, "%F0%9F%92%A9", "²", "a%2Fb", ".."])
def test_names_in_addresses(town: Town, tail: str) -> None:
    program = Program(town.coach)
    for path in (f"requests/{tail}/", f"resources/{tail}/", f"organisations/{tail}/", f"requests/{tail}/decide/"):
        answer = program.client.get(f"/api/booking/v1/{path}", headers=program.headers)
        assert answer.status_code in (400, 404, 405), (path, answer.status_code)
        assert fault(answer) == "", path


def test_lines_by_a_number_that_no_database_has(town: Town) -> None:
    case = town.ask(body(town.room, at(7, 18), at(7, 20)))
    for number in (0, 2, 2**31, 2**63, 10**30):
        answer = Program(town.coach).post(f"/api/booking/v1/requests/{case.reference}/lines/{number}/withdraw/", {})
        assert (answer.status_code, fault(answer)) == (404, ""), number


def test_other_peoples_things_do_not_exist(town: Town) -> None:
    """Not whose they are, nor that they are there: the same answer as for what isn't."""
    elsewhere = make_town()
    case = elsewhere.ask(body(elsewhere.room, at(7, 18), at(7, 20)))
    hidden = factories.make_resource("Bomberom", unit=elsewhere.unit, public=False)
    program = Program(town.coach)

    def said(answer: Any) -> Any:
        problem = answer.json()
        return answer.status_code, problem["code"], problem["detail"], [one["loc"] for one in problem["errors"]]

    for path in ("", "decide/", "messages/", "withdraw/", "lines/1/withdraw/"):
        good = {"lines": [{"id": 1, "outcome": "grant"}], "message": "Hei"}
        answers = [
            said(program.post(f"/api/booking/v1/requests/{ref}/{path}", good))
            if path
            else said(program.get(f"/api/booking/v1/requests/{ref}/", {}))
            for ref in (case.reference, "2026-9999")
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    document = body(town.room, at(7, 18), at(7, 20))
    for name, theirs, nobodys in (
        ("organisation", elsewhere.club.slug, "finnes-ikke"),
        ("resource", hidden.slug, "finnes-ikke"),
    ):
        answers = []
        for slug in (theirs, nobodys):
            data = document | {"organisation": town.club.slug}
            data = (
                data | {"organisation": slug}
                if name == "organisation"
                else nasty.replaced(data, ("lines", 0, "resource"), slug)
            )
            answers.append(said(program.post("/api/booking/v1/requests/", data)))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
