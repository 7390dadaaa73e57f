"""Bad input is refused by field and rule, before any rule of the house runs, and never with a server error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.cases import drafts
from booking.foundation.errors import DomainError, Invalid, NotFound
from tests import factories
from tests.cases.conftest import Town, at, body, weekly
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db


def good(town: Town, **fields: Any) -> dict[str, Any]:
    return {**body(town.room, at(7, 18), at(7, 20)), "organisation": town.club.slug, **fields}


def line(town: Town, **fields: Any) -> dict[str, Any]:
    data = good(town)
    data["lines"][0].update(fields)
    return data


def refused(town: Town, data: Any, **kwargs: Any) -> set[tuple[tuple[Any, ...], str]]:
    with pytest.raises(Invalid) as error:
        drafts.parse(data, user=town.coach, **kwargs)
    assert error.value.kind == "invalid"
    return {(fault.loc, fault.code) for fault in error.value.errors} or {((), error.value.code)}


@pytest.mark.parametrize(
    ("fields", "loc", "code"),
    [
        ({"start": "2026-03-09T18:00:00"}, "start", "no_zone"),
        ({"start": "2026-03-09"}, "start", "not_a_time"),
        ({"start": "9999-03-09T18:00:00Z"}, "start", "out_of_range"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start", "out_of_range"),
        ({"start": "1969-12-31T23:00:00Z"}, "start", "out_of_range"),
        ({"start": "2026-02-30T18:00:00Z"}, "start", "not_a_time"),
        ({"start": "2026-03-09T24:00:00Z"}, "start", "not_a_time"),
        ({"start": "2026-03-09T18:00:60Z"}, "start", "not_a_time"),
        ({"start": "2026-03-09T18:00:30Z"}, "start", "whole_minutes"),
        ({"start": "2026-W11-1T18:00:00Z"}, "start", "not_a_time"),
        ({"start": 1772000000}, "start", "not_a_time"),
        ({"start": None}, "start", "required"),
        ({"start": ["2026"]}, "start", "not_a_time"),
        ({"end": "2026-03-09T18:00:00+01:00"}, "end", "end_before_start"),
        ({"end": "2026-03-09T17:00:00+01:00"}, "end", "end_before_start"),
        ({"end": "2028-03-09T17:00:00+01:00"}, "end", "too_long"),
        ({"quantity": 10**12}, "quantity", "out_of_range"),
        ({"quantity": 0}, "quantity", "out_of_range"),
        ({"quantity": -1}, "quantity", "out_of_range"),
        ({"quantity": 1.5}, "quantity", "not_a_number"),
        ({"quantity": True}, "quantity", "not_a_number"),
        ({"quantity": "many"}, "quantity", "not_a_number"),
        ({"quantity": "9" * 5000}, "quantity", "not_a_number"),
        ({"setup_minutes": 10**9}, "setup_minutes", "out_of_range"),
        ({"resource": None}, "resource", "required"),
        ({"resource": "a\x00b"}, "resource", "not_a_slug"),
        ({"resource": {"slug": "x"}}, "resource", "not_text"),
        ({"resource": "x" * 500_000}, "resource", "not_a_slug"),
    ],
)
def test_a_line_names_its_fault(town: Town, fields: dict[str, Any], loc: str, code: str) -> None:
    assert (("lines", 0, loc), code) in refused(town, line(town, **fields))


@pytest.mark.parametrize(
    ("fields", "loc", "code"),
    [
        ({"title": "a\x00b"}, ("title",), "control_characters"),
        ({"title": "x" * 151}, ("title",), "too_long"),
        ({"message": "x" * 500_000}, ("message",), "too_long"),
        ({"purpose": 5}, ("purpose",), "not_text"),
        ({"purpose": "\ud800"}, ("purpose",), "control_characters"),
        ({"title_public": "perhaps"}, ("title_public",), "not_yes_or_no"),
        ({"accept_rules": False}, ("accept_rules",), "must_accept"),
        ({"audience": [1]}, ("audience",), "not_an_object"),
        ({"audience": {"babies": 3}}, ("audience",), "unknown_band"),
        ({"audience": {"6-12": -3}}, ("audience", "6-12"), "out_of_range"),
        ({"audience": {"6-12": 10**9}}, ("audience", "6-12"), "out_of_range"),
        ({"audience": {"about": 20, "bands": ["all"]}}, ("audience", "bands"), "unknown_band"),
        ({"responsible": "Kari"}, ("responsible",), "not_an_object"),
        ({"responsible": {"email": "kari"}}, ("responsible", "email"), "not_an_email"),
        ({"if_taken": "shout"}, ("if_taken",), "unknown_choice"),
        ({"if_taken": ["skip"]}, ("if_taken",), "unknown_choice"),
        ({"co_hosts": "x"}, ("co_hosts",), "not_a_list"),
        ({"co_hosts": ["x"] * 21}, ("co_hosts",), "not_a_list"),
        ({"lines": []}, ("lines",), "required"),
        ({"lines": None}, ("lines",), "required"),
        ({"lines": "all"}, ("lines",), "not_a_list"),
        ({"lines": [None]}, ("lines", 0), "not_an_object"),
        ({"lines": [{}] * 1001}, ("lines",), "too_many"),
        ({"series": [{}] * 51}, ("series",), "too_many"),
        ({"organisation": ["x"]}, ("organisation",), "not_text"),
    ],
)
def test_a_request_names_its_fault(town: Town, fields: dict[str, Any], loc: tuple[Any, ...], code: str) -> None:
    assert (loc, code) in refused(town, good(town, **fields))


@pytest.mark.parametrize("data", [None, [], "x", 5, b"x"])
def test_what_is_no_request_at_all(town: Town, data: Any) -> None:
    assert refused(town, data) == {((), "not_an_object")}


@pytest.mark.parametrize(
    ("rrule", "code"),
    [
        ("FREQ=SECONDLY;COUNT=3", "rule_frequency"),
        ("FREQ=DAILY", "rule_without_end"),
        ("FREQ=DAILY;UNTIL=21001231", "too_many_dates"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=400", "no_dates"),
        (None, "required"),
        (7, "required"),
    ],
)
def test_a_series_names_its_fault(town: Town, rrule: Any, code: str) -> None:
    data = {**weekly(town.room, at(7, 18), at(7, 20), 2), "organisation": town.club.slug}
    data["series"][0]["rrule"] = rrule
    assert (("series", 0, "rrule"), code) in refused(town, data)


def test_every_fault_is_told_at_once(town: Town) -> None:
    data = line(town, start="2026-03-09T18:00:00", quantity=0)
    data |= {"title": "x" * 200, "if_taken": "shout"}
    assert len(refused(town, data)) == 4


def test_a_request_has_at_most_a_thousand_dates(town: Town) -> None:
    one = weekly(town.room, at(7, 18), at(7, 20), 400)["series"][0]
    data = {"organisation": town.club.slug, "series": [one, one, one]}
    assert refused(town, data) == {(("series",), "too_many_dates")}


def test_what_one_may_not_know_does_not_exist(town: Town) -> None:
    hidden = factories.make_resource("Bomberom", unit=town.unit, public=False)
    draft = factories.make_resource("Ny hall", unit=town.unit, state="draft")
    for slug in ("finnes-ikke", hidden.slug, draft.slug):
        with pytest.raises(NotFound) as error:
            drafts.parse(line(town, resource=slug), user=town.coach)
        assert error.value.errors[0].loc == ("lines", 0, "resource")


@pytest.mark.parametrize("which", ["another", "unknown", "as_member", "ended", "inactive"])
def test_nobody_asks_in_the_name_of_another_organisation(town: Town, which: str) -> None:
    slug = town.other_club.slug
    if which == "unknown":
        slug = "finnes-ikke"
    elif which == "as_member":
        factories.give_membership(town.coach, town.other_club, "member")
    elif which == "ended":
        factories.give_membership(town.coach, town.other_club, "leader", end=at(-700, 0).date())
    elif which == "inactive":
        factories.give_membership(town.coach, town.other_club, "leader")
        town.other_club.state = "inactive"
        town.other_club.save()
    with pytest.raises(NotFound) as error:
        drafts.parse(good(town, organisation=slug), user=town.coach)
    assert error.value.errors[0].loc == ("organisation",)


def test_a_co_host_must_be_known_to_the_asker(town: Town) -> None:
    with pytest.raises(NotFound):
        drafts.parse(good(town, co_hosts=[town.other_club.slug]), user=town.coach)
    town.other_club.listed = True
    town.other_club.save()
    draft = drafts.parse(good(town, co_hosts=[town.other_club.slug, town.club.slug]), user=town.coach)
    assert [one.slug for one in draft.co_hosts] == [town.other_club.slug]


def test_the_hat_follows_the_organisation(town: Town) -> None:
    assert drafts.parse(good(town), user=town.coach).hat == f"organisation:{town.club.slug}"
    assert drafts.parse(good(town, organisation=None), user=town.coach).hat == "person"
    named = drafts.parse(good(town, organisation=None), user=town.coach, hat=f"organisation:{town.club.slug}")
    assert named.organisation == town.club
    assert refused(town, good(town), hat="organisation:another") == {(("organisation",), "hat_mismatch")}


def test_an_officer_writes_down_what_was_asked_by_phone(town: Town) -> None:
    hat = f"unit:{town.unit.slug}"
    draft = drafts.parse(good(town), user=town.officer, hat=hat)
    assert (draft.organisation, draft.hat) == (town.club, hat)
    with pytest.raises(NotFound):
        drafts.parse(good(town), user=town.coach, hat=hat)
    with pytest.raises(NotFound):
        drafts.parse(good(town), user=town.officer)


def test_an_anonymous_check_says_nothing_about_organisations(town: Town) -> None:
    assert drafts.parse(good(town, organisation="finnes-ikke"), user=None).organisation is None


def test_a_form_may_send_numbers_as_text_and_nothing_for_nothing(town: Town) -> None:
    draft = drafts.parse(
        good(town, title_public="on", audience={"6-12": "12", "60+": ""}, responsible=""), user=town.coach
    )
    assert (draft.title_public, dict(draft.audience)) == (True, {"6-12": 12})


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    ["organisation", "purpose", "title", "title_public", "audience", "responsible", "lines", "series", "if_taken",
     "co_hosts", "message", "accept_rules", "override_reason"]
)  # fmt: skip
line_fields = st.sampled_from(["resource", "quantity", "start", "end", "setup_minutes", "rrule", "exclude"])


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(top=st.dictionaries(fields, json, max_size=4), inner=st.dictionaries(line_fields, json, max_size=3))
def test_rubbish_is_refused_or_understood_but_never_breaks(
    town: Town, top: dict[str, Any], inner: dict[str, Any]
) -> None:
    for data in (
        good(town) | top,
        line(town, **inner),
        {"series": [weekly(town.room, at(7, 18), at(7, 20), 2)["series"][0] | inner]},
    ):
        try:
            drafts.parse(data, user=town.coach)
        except DomainError as error:
            assert error.status in (400, 404)  # noqa: PT017
            assert all(fault.text for fault in error.errors)  # noqa: PT017
