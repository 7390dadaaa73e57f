"""The main job through the API: find, see, ask, receipt, grant, and nobody is given the same hour (api.md)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.cases.models import Case
from booking.foundation import clock
from tests import factories as f
from tests.api.conftest import Caller, Town

OSLO = ZoneInfo("Europe/Oslo")


def at(days: int, hour: int) -> str:
    day = (clock.now().astimezone(OSLO) + timedelta(days=days)).date()
    return datetime.combine(day, time(hour), OSLO).isoformat()


def wish(town: Town, start: str, end: str, **more: object) -> dict:
    line = {"resource": town.hall.slug, "quantity": 1, "start": start, "end": end}
    return {
        "organisation": town.club.slug,
        "purpose": "Trening",
        "title": "Håndball J13",
        "title_public": True,
        "audience": {"6-12": 18},
        "responsible": {"name": "Kari Trener", "phone": "90000000", "email": town.leader.email},
        "lines": [line],
        "accept_rules": True,
    } | more


def test_find_see_ask_grant_and_the_hour_is_taken(town: Town) -> None:
    found = town.nobody.get(f"resources/?q=lillebyh&free_from={at(7, 17)}&free_to={at(7, 19)}".replace("+", "%2B"))
    assert [row["slug"] for row in found.json()["results"]] == ["hallen"]

    asked = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19)))
    assert asked.status_code == 201, asked.content
    case = asked.json()
    assert case["state"] == "received"
    assert case["waiting_on"] == "municipality"
    assert case["answer_by"]
    assert case["unit"]["slug"] == "kultur"
    assert case["officer"]["name"] == "Ola Saksbehandler"
    assert next(event["type"] for event in case["events"]) == "received"
    assert asked.headers["Location"].endswith(f"/requests/{case['ref']}/")

    seen = town.nobody.get(f"resources/hallen/availability/?from={at(7, 0)}&to={at(8, 0)}").json()
    assert [(row["status"], row["label"]) for row in seen["busy"]] == [("tentative", "Håndball J13")]

    granted = town.officer.post(f"requests/{case['ref']}/decide/", {"lines": [{"id": 1, "outcome": "grant"}]})
    assert granted.status_code == 200, granted.content
    assert granted.json()["state"] == "granted"
    assert granted.json()["lines"][0]["state"] == "granted"

    seen = town.nobody.get(f"resources/hallen/availability/?from={at(7, 0)}&to={at(8, 0)}").json()
    assert [row["status"] for row in seen["busy"]] == ["confirmed"]
    assert all(not (row["start"] < at(7, 19) and at(7, 17) < row["end"]) for row in seen["free"])

    again = town.coach.post("requests/", wish(town, at(7, 18), at(7, 20)))
    assert again.status_code == 409
    problem = again.json()
    assert again.headers["Content-Type"] == "application/problem+json"
    assert problem["code"] == "taken"
    assert problem["lines"][0]["conflicts"][0]["status"] == "confirmed"
    assert problem["lines"][0]["alternatives"], "a refusal shows what is free instead"
    assert Case.objects.count() == 1

    feed = town.nobody.client.get("/feeds/resource-hallen.ics")
    body = feed.getvalue() if feed.streaming else feed.content
    assert "Håndball J13".encode() in body


def test_check_writes_nothing_and_agrees_with_the_submission(town: Town) -> None:
    body = wish(town, at(7, 5), at(7, 7))
    check = town.coach.post("checks/", body).json()
    assert check["ok"] is False
    assert [verdict["code"] for verdict in check["lines"][0]["verdicts"]]
    refused = town.coach.post("requests/", body)
    assert refused.status_code == 422
    assert refused.json()["code"] == "rule_broken"
    assert refused.json()["lines"][0]["verdicts"] == check["lines"][0]["verdicts"]
    assert Case.objects.count() == 0
    asked = town.coach.post("requests/", body | {"override_reason": "Morgentrening før skolen"})
    assert asked.status_code == 201, asked.content


def test_anonymous_may_check_and_is_told_what_was_not_checked(town: Town) -> None:
    check = town.nobody.post("checks/", wish(town, at(7, 17), at(7, 19))).json()
    assert check["ok"] is True
    assert check["not_checked"]


def test_series_lines_carry_their_series_and_only_the_excluded_are_left_out(town: Town) -> None:
    first = at(7, 17)
    excluded = (datetime.fromisoformat(first) + timedelta(days=14)).date().isoformat()
    series = {
        "resource": "hallen",
        "start": first,
        "end": at(7, 19),
        "rrule": "FREQ=WEEKLY;COUNT=6",
        "exclude": [excluded],
    }
    asked = town.coach.post("requests/", wish(town, first, first) | {"lines": [], "series": [series]})
    assert asked.status_code == 201, asked.content
    lines = asked.json()["lines"]
    assert [line["id"] for line in lines] == [1, 2, 3, 4, 5]
    assert {line["series"] for line in lines} == {0}
    assert {line["start"][11:16] for line in lines} == {"17:00"}


def test_rivals_go_to_the_waiting_list_when_one_is_granted(town: Town) -> None:
    other = f.make_user("Per Rival")
    f.make_organisation("Lilleby skolekorps", slug="korps", leader=other)
    one = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19))).json()
    two = Caller(other).post("requests/", wish(town, at(7, 18), at(7, 20)) | {"organisation": "korps"}).json()
    town.officer.post(f"requests/{one['ref']}/decide/", {"lines": [{"id": 1, "outcome": "grant"}]})
    rival = Caller(other).get(f"requests/{two['ref']}/").json()
    assert rival["lines"][0]["state"] == "waiting_list"
    late = town.officer.post(f"requests/{two['ref']}/decide/", {"lines": [{"id": 1, "outcome": "grant"}]})
    assert (late.status_code, late.json()["code"]) == (409, "taken")


def test_deciding_is_for_the_unit_and_never_in_ones_own_case(town: Town) -> None:
    ref = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19))).json()["ref"]
    decision = {"lines": [{"id": 1, "outcome": "grant"}]}
    stranger = f.make_officer(f.make_unit("Teknisk"))
    assert Caller(stranger).post(f"requests/{ref}/decide/", decision).status_code == 404
    assert town.coach.post(f"requests/{ref}/decide/", decision).json()["code"] == "forbidden"
    assert town.nobody.post(f"requests/{ref}/decide/", decision).status_code == 401
    f.give_membership(town.unit.officer, town.club, "board")
    own = town.officer.post(f"requests/{ref}/decide/", decision)
    assert (own.status_code, own.json()["code"]) == (403, "disqualified")


def test_if_match_guards_the_decision(town: Town) -> None:
    ref = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19))).json()["ref"]
    etag = town.officer.get(f"requests/{ref}/").headers["ETag"]
    assert town.officer.get(f"requests/{ref}/", If_None_Match=etag).status_code == 304
    town.coach.post(f"requests/{ref}/messages/", {"message": "Vi blir 25."})
    late = town.officer.post(f"requests/{ref}/decide/", {"lines": [{"id": 1, "outcome": "grant"}]}, If_Match=etag)
    assert (late.status_code, late.json()["code"]) == (412, "stale")


def test_refusing_needs_grounds_and_an_unknown_line_is_named(town: Town) -> None:
    ref = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19))).json()["ref"]
    bare = town.officer.post(f"requests/{ref}/decide/", {"lines": [{"id": 1, "outcome": "refuse"}]})
    assert (bare.status_code, bare.json()["code"]) == (400, "invalid")
    wrong = town.officer.post(f"requests/{ref}/decide/", {"lines": [{"id": 9, "outcome": "grant"}]})
    assert wrong.json()["errors"][0]["loc"] == ["lines", 0, "id"]
    refused = town.officer.post(
        f"requests/{ref}/decide/", {"lines": [{"id": 1, "outcome": "refuse"}], "grounds": "Hallen skal males."}
    )
    assert refused.json()["state"] == "refused"
    assert refused.json()["lines"][0]["grounds"] == "Hallen skal males."


def test_withdrawing(town: Town) -> None:
    ref = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19))).json()["ref"]
    assert town.coach.post(f"requests/{ref}/lines/1/withdraw/").json()["state"] == "withdrawn"
    assert town.coach.post(f"requests/{ref}/lines/7/withdraw/").status_code == 404


def test_the_same_key_and_body_give_the_first_answer_again(town: Town) -> None:
    body = wish(town, at(7, 17), at(7, 19))
    first = town.coach.post("requests/", body, Idempotency_Key="abc")
    second = town.coach.post("requests/", body, Idempotency_Key="abc")
    assert first.json()["ref"] == second.json()["ref"]
    other = town.coach.post("requests/", body | {"purpose": "Noe annet"}, Idempotency_Key="abc")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert Case.objects.count() == 1


def test_lists_are_of_ones_own_cases_and_of_ones_units(town: Town) -> None:
    ref = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19))).json()["ref"]
    assert [row["ref"] for row in town.coach.get("requests/").json()["results"]] == [ref]
    assert [row["ref"] for row in town.officer.get("requests/?state=received").json()["results"]] == [ref]
    assert town.officer.get("requests/?as=party").json()["count"] == 0
    assert Caller(f.make_user("Nils Nysgjerrig")).get("requests/").json()["count"] == 0
    assert town.nobody.get("requests/").status_code == 401
    assert Caller(f.make_user()).get(f"requests/{ref}/").status_code == 404


def test_an_enquiry_without_account_has_the_same_promise(town: Town) -> None:
    answer = town.nobody.post(
        "enquiries/", {"unit": "kultur", "message": "Kan vi låne noe?", "contact": {"email": "ung@example.org"}}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["kind"] == "enquiry"
    assert answer.json()["answer_by"]
    nameless = town.nobody.post("enquiries/", {"message": "Hei"})
    assert nameless.json()["errors"][0]["loc"] == ["contact", "email"]


WHEN = {"resource": "hallen", "start": "2027-01-04T16:00:00Z", "end": "2027-01-04T17:00:00Z"}
BAD = [
    ("no zone", {"lines": [{**WHEN, "start": "2027-01-04T16:00:00"}]}),
    ("end before start", {"lines": [{**WHEN, "end": "2027-01-04T15:00:00Z"}]}),
    ("year 9999", {"lines": [{**WHEN, "end": "9999-12-31T23:00:00Z"}]}),
    ("huge quantity", {"lines": [{**WHEN, "quantity": 10**12}]}),
    ("rule bomb", {"series": [{**WHEN, "rrule": "FREQ=SECONDLY;COUNT=10"}]}),
    ("endless", {"series": [{**WHEN, "rrule": "FREQ=WEEKLY"}]}),
    ("too many", {"series": [{**WHEN, "rrule": "FREQ=DAILY;COUNT=401"}]}),
    ("NUL", {"purpose": "a\x00b", "lines": [{**WHEN}]}),
    ("long text", {"purpose": "x" * 500_000, "lines": [{**WHEN}]}),
    ("nothing", {}),
    ("not an object", ["lines"]),
    ("lines not a list", {"lines": {"resource": "hallen"}}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body"), BAD, ids=[what for what, _body in BAD])
def test_impossible_values_are_named_and_never_a_500(town: Town, what: str, body: object) -> None:
    for path in ("checks/", "requests/"):
        answer = town.coach.post(path, body)
        assert answer.status_code in (400, 413), (path, answer.status_code, answer.content[:300])
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] in ("invalid", "too_large")
    assert Case.objects.count() == 0


def test_unknown_things_and_other_peoples_organisations_are_404(town: Town) -> None:
    f.make_organisation("Andres lag", slug="andres")
    body = wish(town, at(7, 17), at(7, 19))
    assert town.coach.post("requests/", body | {"organisation": "andres"}).status_code == 404
    nowhere = [{"resource": "finnes-ikke", "start": at(7, 17), "end": at(7, 18)}]
    assert town.coach.post("requests/", body | {"lines": nowhere}).status_code == 404
    assert town.nobody.get("resources/finnes-ikke/").status_code == 404
    assert town.nobody.get("nothing/here/").json()["code"] == "not_found"


def test_broken_json_wrong_type_and_wrong_method(town: Town) -> None:
    assert town.coach.post("requests/", "{nope").json()["code"] == "malformed"
    client = town.nobody.client
    assert client.post("/api/booking/v1/checks/", "a=b", content_type="text/plain").status_code == 415
    assert client.put("/api/booking/v1/resources/").status_code == 405
    bad = Caller()
    bad.headers = {"Authorization": "Bearer nonsense"}
    answer = bad.get("resources/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_resource_tells_all_that_one_must_know(town: Town) -> None:
    row = town.nobody.get("resources/hallen/").json()
    promised = (
        "slug name kind unit officer deputy capacity quantity features parts parent timezone geometry opening_hours "
        "rules approval pending_policy price permits page_url feed_url"
    )
    assert set(promised.split()) <= set(row)
    rules = "min_minutes max_minutes step_minutes lead_hours horizon_days buffer_before buffer_after"
    assert set(row["rules"]) == set(rules.split())
    assert row["officer"] == {"name": "Ola Saksbehandler"}
    assert row["timezone"] == "Europe/Oslo"


def test_bulk_availability_names_what_is_missing(town: Town) -> None:
    answer = town.nobody.get(f"availability/?resources=hallen,borte&from={at(7, 0)}&to={at(8, 0)}").json()
    assert answer["missing"] == ["borte"]
    assert [row["resource"] for row in answer["results"]] == ["hallen"]
    assert town.nobody.get("availability/?resources=hallen&from=2027-01-01&to=2027-06-01").status_code == 400
    assert town.nobody.get("availability/?resources=hallen&from=2027-01-01").json()["errors"][0]["loc"] == ["to"]
