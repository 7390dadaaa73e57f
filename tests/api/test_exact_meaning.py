"""The sentences of api.md "Conventions", "Catalogue and time", "Cases" and "Exact meaning", one by one, over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from booking.cases.models import Case
from booking.organisations.models import Membership
from tests import factories as f
from tests.api.conftest import Caller, Town
from tests.api.test_main_job import at, wish

PROBLEM = {"type", "title", "status", "detail", "code", "errors"}


def slugs(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["slug"] for row in answer.json()["results"]]


def line(slug: str, day: int, start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"resource": slug, "quantity": 1, "start": at(day, start), "end": at(day, end)} | more


def ask(town: Town, **more: Any) -> str:
    answer = town.coach.post("requests/", wish(town, at(7, 17), at(7, 19), **more))
    assert answer.status_code == 201, answer.content
    return str(answer.json()["ref"])


def decide(who: Caller, ref: str, outcome: str, *numbers: int, **headers: str) -> Any:
    lines = [{"id": number, "outcome": outcome} for number in numbers or (1,)]
    return who.post(f"requests/{ref}/decide/", {"lines": lines}, **headers)


def codes(answer: Any) -> tuple[int, str]:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.keys() >= PROBLEM
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]


# --- conventions -----------------------------------------------------------------------------------------------------


def test_lists_have_pages_and_a_limit_that_is_cut_not_refused(town: Town) -> None:
    for name in ("A", "B", "C"):
        f.make_resource(name, unit=town.unit)
    page = town.nobody.get("resources/?limit=2&offset=1").json()
    assert page.keys() == {"count", "next", "previous", "results"}
    assert (page["count"], len(page["results"])) == (4, 2)
    assert "offset=3" in page["next"]
    assert "offset=0" in page["previous"] or "offset" not in page["previous"]
    assert town.nobody.get("resources/?limit=100000").json()["count"] == 4


@pytest.mark.parametrize("form", ["{0}", '"other", {0}', "W/{0}", "*"])
def test_single_objects_have_a_tag_and_304(town: Town, form: str) -> None:
    ref = ask(town)
    for who, path in ((town.nobody, "resources/hallen/"), (town.coach, f"requests/{ref}/")):
        tag = who.get(path).headers["ETag"]
        again = who.get(path, If_None_Match=form.format(tag))
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert who.get(path, If_None_Match='"other"').status_code == 200


def test_the_reader_s_language_changes_texts_and_never_codes(town: Town) -> None:
    answers = {code: town.nobody.get("resources/borte/", Accept_Language=code) for code in ("nb", "nn", "en")}
    assert len({answer.json()["detail"] for answer in answers.values()}) == 3
    assert {codes(answer) for answer in answers.values()} == {(404, "not_found")}
    assert {code: answer.headers["Content-Language"] for code, answer in answers.items()} == {
        code: code for code in answers
    }


def test_the_type_of_a_problem_is_an_address_that_explains_it(town: Town) -> None:
    kind = town.nobody.get("resources/borte/").json()["type"]
    told = town.nobody.client.get(kind)
    assert (told.status_code, told.json()["code"], told.json()["type"]) == (200, "not_found", kind)


def test_a_key_holds_the_first_answer_for_who_is_not_signed_in_too_and_for_a_refusal(town: Town) -> None:
    words = {"unit": "kultur", "message": "Har dere telt?", "contact": {"email": "ung@example.org"}}
    refs = {town.nobody.post("enquiries/", words, Idempotency_Key="k1").json()["ref"] for _twice in range(2)}
    assert len(refs) == 1
    assert codes(town.nobody.post("enquiries/", words | {"message": "Annet"}, Idempotency_Key="k1")) == (
        422, "idempotency_mismatch",
    )  # fmt: skip
    late = wish(town, at(7, 5), at(7, 6))
    first = town.coach.post("requests/", late, Idempotency_Key="k1")
    again = town.coach.post("requests/", late, Idempotency_Key="k1")
    assert codes(first) == codes(again) == (422, "rule_broken")
    assert first.content == again.content


# --- catalogue and time ----------------------------------------------------------------------------------------------


def test_every_way_to_narrow_the_list(town: Town) -> None:
    below = f.make_unit("Kino", slug="kino", parent=town.unit)
    beamer = f.make_feature("Prosjektor")
    room = f.make_resource(
        "Kinosalen", unit=below, slug="kinosalen", capacity=40, min_lon=10.7, max_lon=10.7, min_lat=59.9, max_lat=59.9
    )
    room.features.add(beamer)
    f.make_stock("Stoler", 40, unit=town.unit, slug="stoler")
    every = ["kinosalen", "hallen", "stoler"]
    for query, expected in {
        "": every,
        "q=kinos": ["kinosalen"],
        "kind=venue": ["kinosalen", "hallen"],
        "kind=equipment": ["stoler"],
        "kind=help": [],
        f"feature={beamer.slug}": ["kinosalen"],
        "feature=finnes-ikke": [],
        "capacity_min=41": ["hallen"],
        "unit=kultur": every,
        "unit=kino": ["kinosalen"],
        "near=59.9,10.7,2": ["kinosalen"],
        "near=70,20,2": [],
        "quantity=40": ["stoler"],
        "quantity=41": [],
        f"free_from={quote(at(7, 10))}&free_to={quote(at(7, 12))}": every,
        f"free_from={quote(at(7, 10))}&free_to={quote(at(7, 12))}&quantity=2": ["stoler"],
        f"free_from={quote(at(7, 3))}&free_to={quote(at(7, 4))}": [],
    }.items():
        assert slugs(town.nobody.get(f"resources/?{query}")) == expected, query
    for query in ("kind=boat", "capacity_min=x", "quantity=0", "quantity=x", "near=x", "free_from=2027-01-01"):
        answer = town.nobody.get(f"resources/?{query}")
        assert codes(answer) == (400, "invalid"), query
        assert answer.json()["errors"][0]["loc"], query


def test_availability_reads_days_and_moments_and_a_space_for_a_plus(town: Town) -> None:
    day, moment = at(7, 0)[:10], at(7, 0)
    want = town.nobody.get(f"resources/hallen/availability/?from={day}&to={at(8, 0)[:10]}").json()
    assert want.keys() == {"resource", "timezone", "from", "to", "free", "busy"}
    assert (want["from"], want["to"]) == (moment, at(8, 0))
    spaced = f"from={moment}&to={at(8, 0)}".replace("+", "%20")
    assert town.nobody.get(f"resources/hallen/availability/?{spaced}").json() == want
    # Outside of opening hours is neither free nor busy.
    assert want["free"] == [{"start": at(7, 8), "end": at(7, 22), "quantity": 1}]
    assert want["busy"] == []


def test_availability_has_bounds(town: Town) -> None:
    assert town.nobody.get("resources/hallen/availability/?from=2027-01-01&to=2027-04-03").status_code == 200
    for path in (
        "resources/hallen/availability/?from=2027-01-01&to=2027-04-04",
        "resources/hallen/availability/?from=2027-01-01",
        "resources/hallen/availability/?to=2027-01-01",
        "resources/hallen/availability/?from=2027-01-02&to=2027-01-01",
        "availability/?from=2027-01-01&to=2027-01-02",
        f"availability/?resources={','.join(f'a{n}' for n in range(501))}&from=2027-01-01&to=2027-01-02",
    ):
        assert codes(town.nobody.get(path)) == (400, "invalid"), path
    assert codes(town.nobody.get("resources/x/availability/?from=2027-01-01&to=2027-01-02")) == (404, "not_found")


def test_what_competes_is_still_free_what_is_held_is_not(town: Town) -> None:
    f.make_resource("Rom", unit=town.unit, slug="rom", pending_policy="hold")
    for slug, free in (("hallen", [(8, 22)]), ("rom", [(8, 17), (19, 22)])):
        ask(town, lines=[line(slug, 7, 17, 19)], title_public=False)
        seen = town.nobody.get(f"resources/{slug}/availability/?from={quote(at(7, 0))}&to={quote(at(8, 0))}").json()
        assert [(row["start"], row["end"]) for row in seen["free"]] == [(at(7, a), at(7, b)) for a, b in free]
        assert [(row["status"], row["label"]) for row in seen["busy"]] == [("tentative", None)], "no public title"


def test_each_free_interval_can_be_asked_for_whole(town: Town) -> None:
    f.make_resource("Sal", unit=town.unit, slug="sal", buffer_before=30, buffer_after=30, max_minutes=None)
    decide(town.officer, ask(town, lines=[line("sal", 7, 12, 14)]), "grant")
    free = town.nobody.get(f"resources/sal/availability/?from={quote(at(7, 0))}&to={quote(at(8, 0))}").json()["free"]
    assert len(free) == 2
    for one in free:
        lines = [{"resource": "sal", "quantity": one["quantity"], "start": one["start"], "end": one["end"]}]
        assert town.coach.post("checks/", wish(town, "", "", lines=lines)).json()["ok"] is True


# --- checks ----------------------------------------------------------------------------------------------------------


def test_a_check_counts_lines_then_each_series_in_date_order_without_the_excluded(town: Town) -> None:
    left_out = at(14, 10)[:10]
    series = [line("hallen", 7, 10, 11, rrule="FREQ=WEEKLY;COUNT=3", exclude=[left_out])]
    daily = line("hallen", 8, 12, 13, rrule="FREQ=DAILY;COUNT=2")
    body = wish(town, "", "", lines=[line("hallen", 9, 18, 19)], series=[*series, daily])
    answer = town.nobody.post("checks/", body)
    found = answer.json()
    assert [(one["index"], one["series"], one["start"]) for one in found["lines"]] == [
        (0, None, at(9, 18)), (1, 0, at(7, 10)), (2, 0, at(21, 10)), (3, 1, at(8, 12)), (4, 1, at(9, 12)),
    ]  # fmt: skip
    assert found["ok"] is True
    assert found["would"] == "in_review"
    assert found["not_checked"], "nobody is signed in"
    for one in found["lines"]:
        assert one.keys() >= {"index", "ok", "verdicts", "conflicts", "alternatives", "resource", "start", "end"}
    assert Case.objects.count() == 0


def test_lines_clash_with_each_other_too(town: Town) -> None:
    lines = [line("hallen", 7, 10, 12), line("hallen", 7, 11, 13)]
    found = town.coach.post("checks/", wish(town, "", "", lines=lines)).json()
    assert found["ok"] is False
    assert [[clash["status"] for clash in one["conflicts"]] for one in found["lines"]] == [["own"], ["own"]]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=YEARLY;COUNT=2", "FREQ=HOURLY;COUNT=2", "FREQ=DAILY", "FREQ=DAILY;COUNT=401", "FREQ=DAILY;COUNT=0",
     "FREQ=WEEKLY;UNTIL=20300101T000000", "FREQ=WEEKLY;COUNT=2;UNTIL=20300101", "COUNT=2", ""],
)  # fmt: skip
def test_rules_that_are_no_series(town: Town, rule: str) -> None:
    answer = town.coach.post("checks/", wish(town, "", "", lines=[], series=[line("hallen", 7, 10, 11, rrule=rule)]))
    assert codes(answer) == (400, "invalid")
    assert answer.json()["errors"][0]["loc"] == ["series", 0, "rrule"]


# --- requests --------------------------------------------------------------------------------------------------------


def test_a_block_refuses_the_whole_and_stores_nothing_409_only_if_all_of_it_is_taken(town: Town) -> None:
    decide(town.officer, ask(town), "grant")
    taken, closed, good = line("hallen", 7, 18, 20), line("hallen", 8, 4, 5), line("hallen", 8, 10, 11)
    for lines, expected in (
        ([taken, good], (409, "taken")),
        ([closed, good], (422, "rule_broken")),
        ([taken, closed], (422, "rule_broken")),
    ):
        answer = town.coach.post("requests/", wish(town, "", "", lines=lines))
        assert codes(answer) == expected
        checked = town.coach.post("checks/", wish(town, "", "", lines=lines)).json()["lines"]
        assert answer.json()["lines"] == checked
    anyway = {"override_reason": "Vi låser selv"}
    assert codes(town.coach.post("requests/", wish(town, "", "", lines=[taken], **anyway))) == (409, "taken")
    assert Case.objects.count() == 1
    asked = town.coach.post("requests/", wish(town, "", "", lines=[closed], **anyway))
    assert (asked.status_code, asked.json()["state"]) == (201, "received")


def test_if_taken_acts_per_line_and_ids_are_numbers_in_the_case(town: Town) -> None:
    decide(town.officer, ask(town), "grant")
    lines = [line("hallen", 7, 18, 20), line("hallen", 8, 10, 11)]
    skipped = town.coach.post("requests/", wish(town, "", "", lines=lines, if_taken="skip")).json()
    assert [(one["id"], one["start"], one["state"]) for one in skipped["lines"]] == [(1, at(8, 10), "requested")]
    waiting = town.coach.post("requests/", wish(town, "", "", lines=lines, if_taken="waiting_list")).json()
    assert [(one["id"], one["state"]) for one in waiting["lines"]] == [(1, "waiting_list"), (2, "requested")]
    assert codes(town.coach.post("requests/", wish(town, "", "", lines=lines, if_taken="maybe"))) == (400, "invalid")


def test_a_private_person_asks_only_where_that_is_allowed(town: Town) -> None:
    f.make_resource("Hytta", unit=town.unit, slug="hytta", private_persons=True)
    answers = {
        slug: town.coach.post("requests/", wish(town, "", "", organisation=None, lines=[line(slug, 7, 10, 12)]))
        for slug in ("hallen", "hytta")
    }
    assert codes(answers["hallen"]) == (422, "rule_broken")
    assert (answers["hytta"].status_code, answers["hytta"].json()["organisation"]) == (201, None)


def test_how_many_may_be_told_by_bands_or_about(town: Town) -> None:
    about = ask(town, audience={"about": 30, "bands": ["6-12", "13-19"]})
    assert town.coach.get(f"requests/{about}/").json()["audience"] == {"about": 30, "bands": ["6-12", "13-19"]}
    for audience in ({"6-12": -1}, {"6-12": "x"}, {"200+": 1}, {"about": -5}, [1]):
        answer = town.coach.post("requests/", wish(town, at(8, 17), at(8, 19), audience=audience))
        assert codes(answer) == (400, "invalid"), audience
        assert answer.json()["errors"][0]["loc"][0] == "audience"


def test_a_hat_is_asked_for_only_if_more_than_one_fits(town: Town) -> None:
    f.give_role(town.leader, town.unit, "officer")
    body = wish(town, at(7, 17), at(7, 19))
    answer = town.coach.post("requests/", body)
    assert codes(answer) == (400, "hat_required")
    assert codes(town.coach.post("requests/", body, Samskap_Hat="organisation:finnes-ikke"))[0] in (400, 404)
    asked = town.coach.post("requests/", body, Samskap_Hat=f"organisation:{town.club.slug}")
    assert asked.status_code == 201, asked.content
    assert asked.json()["events"][0]["actor"]["hat"] == f"organisation:{town.club.slug}"


# --- reading and deciding --------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_and_sorted_by_answer_by(town: Town) -> None:
    refs = [ask(town), ask(town, lines=[line("hallen", 20, 10, 11)])]
    decide(town.officer, refs[1], "grant")
    for query, expected in {
        "": refs,
        "state=received": refs[:1],
        "state=received,granted": refs,
        "waiting_on=municipality": refs[:1],
        "waiting_on=nobody": refs[1:],
        f"organisation={town.club.slug}": refs,
        "organisation=finnes-ikke": [],
        "resource=hallen": refs,
        f"from={at(20, 0)[:10]}&to={at(21, 0)[:10]}": refs[1:],
        "as=party": refs,
        "as=staff": [],
        "limit=1": refs[:1],
    }.items():
        found = town.coach.get(f"requests/?{query}").json()
        assert [row["ref"] for row in found["results"]] == expected, query
    for query in ("state=x", "waiting_on=x", "as=x", "from=x"):
        answer = town.coach.get(f"requests/?{query}")
        assert codes(answer) == (400, "invalid")
        assert answer.json()["errors"][0]["loc"] == [query.partition("=")[0]]


def test_two_hats_see_the_union(town: Town) -> None:
    own = ask(town)
    elsewhere = f.make_unit("Bygdehuset", slug="bygdehuset")
    f.make_resource("Huset", unit=elsewhere, slug="huset")
    other = f.make_user("Per Korpsleder")
    corps = f.make_organisation("Lilleby skolekorps", leader=other)
    body = wish(town, "", "", organisation=corps.slug, lines=[line("huset", 7, 10, 12)])
    body["responsible"] = {"name": other.name, "phone": "90000001", "email": other.email}
    theirs = Caller(other).post("requests/", body).json()["ref"]
    f.give_role(town.leader, elsewhere, "officer")
    for query, expected in (("", {own, theirs}), ("?as=party", {own}), ("?as=staff", {theirs})):
        assert {row["ref"] for row in town.coach.get(f"requests/{query}").json()["results"]} == expected
    below = f.make_unit("Kjelleren", slug="kjelleren", parent=town.unit)
    f.make_resource("Bod", unit=below, slug="bod")
    asked = town.coach.post(
        "requests/", wish(town, "", "", lines=[line("bod", 7, 10, 12)]), Samskap_Hat=f"organisation:{town.club.slug}"
    )
    assert asked.json()["unit"]["slug"] == "kjelleren"
    assert town.officer.get("requests/?as=staff").json()["count"] == 2, "child units included"


def test_decide_is_all_or_nothing_and_leaves_what_it_does_not_name(town: Town) -> None:
    ref = ask(town, lines=[line("hallen", 7, 10, 11), line("hallen", 8, 10, 11), line("hallen", 9, 10, 11)])
    assert codes(decide(town.officer, ref, "grant", 1, 9)) == (400, "invalid")
    assert {one["state"] for one in town.coach.get(f"requests/{ref}/").json()["lines"]} == {"requested"}
    first = decide(town.officer, ref, "grant", 1)
    assert [one["state"] for one in first.json()["lines"]] == ["granted", "requested", "requested"]
    assert first.json()["waiting_on"] == "municipality"
    assert decide(town.officer, ref, "grant", 1).status_code == 200, "the same again"
    refusal = {"lines": [{"id": 1, "outcome": "refuse"}], "grounds": "Nei"}
    assert codes(town.officer.post(f"requests/{ref}/decide/", refusal)) == (409, "wrong_state")
    for outcome in ("refuse", "waiting_list"):
        answer = decide(town.officer, ref, outcome, 2)
        assert codes(answer) == (400, "invalid")
        assert answer.json()["errors"][0]["loc"] == ["lines", 0, "grounds"]
    rest = {"lines": [{"id": 2, "outcome": "refuse"}, {"id": 3, "outcome": "waiting_list"}], "grounds": "Fullt"}
    told = town.officer.post(f"requests/{ref}/decide/", rest).json()
    assert [one["state"] for one in told["lines"]] == ["granted", "refused", "waiting_list"]
    assert town.coach.get(f"requests/{ref}/").json()["lines"][1]["grounds"] == "Fullt"


def test_a_conflict_of_interest_is_403_whatever_the_hat(town: Town) -> None:
    officer = town.unit.officer
    Membership.objects.create(user=officer, organisation=town.club, role="board")
    ref = ask(town)
    for headers in ({}, {"Samskap_Hat": "unit:kultur"}):
        assert codes(decide(town.officer, ref, "grant", **headers)) == (403, "disqualified")
    assert codes(decide(town.coach, ref, "grant")) == (403, "forbidden")
    assert codes(decide(Caller(f.make_user("Nils")), ref, "grant")) == (404, "not_found")
    assert codes(decide(town.nobody, ref, "grant")) == (401, "not_authenticated")


def test_withdrawing_tells_asked_from_granted(town: Town) -> None:
    ref = ask(town, lines=[line("hallen", 7, 10, 11), line("hallen", 8, 10, 11)])
    decide(town.officer, ref, "grant", 1)
    done = [town.coach.post(f"requests/{ref}/withdraw/") for _twice in range(2)]
    assert [answer.status_code for answer in done] == [200, 200]
    assert [one["state"] for one in done[-1].json()["lines"]] == ["cancelled_by_organisation", "withdrawn"]
    kinds = [event["type"] for event in town.coach.get(f"requests/{ref}/").json()["events"]]
    assert kinds.count("cancelled") + kinds.count("withdrawn") <= 2, "the second time changes nothing"


def test_the_party_never_sees_what_is_for_staff_only(town: Town) -> None:
    ref = ask(town)
    case = town.officer.get(f"requests/{ref}/").json()
    assert case.keys() >= {
        "ref", "kind", "state", "waiting_on", "answer_by", "unit", "officer", "lines", "events", "links", "messages",
        "permits", "duties", "price",
    }  # fmt: skip
    assert not [one for one in town.coach.get(f"requests/{ref}/").json()["events"] if one["staff_only"]]
