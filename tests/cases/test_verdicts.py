"""One verdict for preview, submission and decision page; and each rule by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.cases import drafts, services, verdicts
from booking.cases.models import Case
from booking.foundation.errors import RuleBroken, Taken
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town, weekly
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db


def codes(town: Town, data: dict[str, Any], **kwargs: Any) -> list[str]:
    check = town.check(data, **kwargs)
    return [verdict.code for verdict in (*check.verdicts, *(one for line in check.lines for one in line.verdicts))]


@pytest.mark.parametrize(
    ("rules", "start", "end", "expected"),
    [
        ({}, at(7, 18), at(7, 20), []),
        ({}, at(7, 8), at(7, 22), []),
        ({}, at(7, 7, 45), at(7, 9), ["opening_hours"]),
        ({}, at(7, 21), at(7, 22, 15), ["opening_hours"]),
        ({}, at(-1, 18), at(-1, 20), ["past"]),
        ({}, at(0, 10), at(0, 11), ["past"]),  # it begins right now
        ({}, at(0, 10, 15), at(0, 11), []),
        ({"lead_hours": 48}, at(2, 9, 45), at(2, 11), ["lead_time"]),
        ({"lead_hours": 48}, at(2, 10), at(2, 11), []),
        ({"horizon_days": 30}, at(30, 18), at(30, 20), []),
        ({"horizon_days": 30}, at(31, 18), at(31, 20), ["horizon"]),
        ({"min_minutes": 60}, at(7, 18), at(7, 18, 45), ["length"]),
        ({"max_minutes": 60}, at(7, 18), at(7, 19, 15), ["length"]),
        ({"min_minutes": 60, "max_minutes": 60}, at(7, 18), at(7, 19), []),
        ({}, at(7, 18, 10), at(7, 20), ["start_grid"]),
        ({"step_minutes": 60}, at(7, 18, 30), at(7, 20), ["start_grid"]),
        ({"step_minutes": 5}, at(7, 18, 10), at(7, 20), []),
    ],
)
def test_rules_of_a_line(rules: dict[str, Any], start: datetime, end: datetime, expected: list[str]) -> None:
    town = make_town(**rules)
    assert codes(town, body(town.room, start, end)) == expected


def test_set_up_must_be_inside_the_opening_hours_too(town: Town) -> None:
    data = body(town.room, at(7, 8), at(7, 10))
    data["lines"][0]["setup_minutes"] = 15
    assert codes(town, data) == ["opening_hours"]
    (verdict,) = town.check(data).lines[0].verdicts
    assert verdict.suggestion_text.endswith("08:00–22:00.")


def test_the_grid_is_that_of_the_wall_clock_in_summer_too() -> None:
    town = make_town(step_minutes=120)
    summer = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)  # 18:00 on the wall
    assert codes(town, body(town.room, summer, summer + timedelta(hours=2))) == []


@pytest.mark.parametrize(("heads", "capacity", "expected"), [(30, 30, []), (31, 30, ["capacity"]), (500, None, [])])
def test_capacity(heads: int, capacity: int | None, expected: list[str]) -> None:
    town = make_town(capacity=capacity)
    assert codes(town, body(town.room, at(7, 18), at(7, 20), audience={"20-59": heads})) == expected


def test_in_a_basket_of_places_an_officer_looks_at_the_heads() -> None:
    town = make_town(capacity=10, approval="automatic")
    big = factories.make_resource("Storsal", unit=town.unit, capacity=500, approval="automatic")
    lines = [body(room, at(7, 18), at(7, 20))["lines"][0] for room in (town.room, big)]
    data = {"lines": lines, "audience": {"20-59": 100}}
    check = town.check(data)
    assert (check.ok, check.would) == (True, "in_review")
    case = town.ask(data)
    assert list(case.lines.values_list("state", flat=True)) == ["requested", "granted"]


def test_more_than_there_is_is_a_rule_and_not_a_race() -> None:
    town = make_town()
    chairs = factories.make_stock("Stoler", 40, unit=town.unit)
    with pytest.raises(RuleBroken) as refused:
        town.ask(body(chairs, at(7, 18), at(7, 20), quantity=41))
    (verdict,) = refused.value.items[0].verdicts
    assert (verdict.code, verdict.text) == ("quantity", "Det er bare 40 i alt.")


def test_too_few_left_is_taken_and_says_how_many() -> None:
    town = make_town()
    chairs = factories.make_stock("Stoler", 40, unit=town.unit, approval="automatic")
    town.ask(body(chairs, at(7, 18), at(7, 20), quantity=25))
    with translation.override("en"), pytest.raises(Taken) as refused:
        town.ask(body(chairs, at(7, 19), at(7, 21), quantity=16), user=town.other_coach)
    assert refused.value.items[0].verdicts[0].params["left"] == 15


@pytest.mark.parametrize(("private", "expected"), [(False, ["private_persons"]), (True, [])])
def test_private_persons_ask_where_they_may(private: bool, expected: list[str]) -> None:
    town = make_town(private_persons=private)
    assert codes(town, body(town.room, at(7, 18), at(7, 20), organisation=None)) == expected


@pytest.mark.parametrize(("may", "severity"), [(True, "needs_officer"), (False, "block")])
def test_unverified_organisations(may: bool, severity: str) -> None:
    town = make_town(unverified_may_ask=may)
    town.club.state = "unverified"
    town.club.save()
    (verdict,) = town.check(body(town.room, at(7, 18), at(7, 20))).verdicts
    assert (verdict.code, verdict.severity) == ("unverified", severity)


@pytest.mark.parametrize(
    ("responsible", "expected"),
    [
        (None, ["responsible_adult"]),
        ({"name": "Kari"}, ["responsible_adult"]),
        ({"name": "Kari", "phone": "12345678"}, []),
    ],
)
def test_a_responsible_adult_where_one_is_needed(responsible: Any, expected: list[str]) -> None:
    town = make_town(needs_adult=True)
    assert codes(town, body(town.room, at(7, 18), at(7, 20), responsible=responsible)) == expected


def test_anonymous_checks_name_what_was_not_checked(town: Town) -> None:
    draft = drafts.parse(body(town.room, at(7, 18), at(7, 20)), user=None)
    check = services.check_request(draft, user=None, now=NOW)
    assert (check.ok, check.not_checked) == (
        True,
        ["eligibility", "organisation_kind", "members", "quota", "responsible_adult"],
    )


def test_every_rule_is_registered_once_and_named() -> None:
    names = [rule.name for rule in verdicts.registered()]
    assert len(names) == len(set(names))
    assert {
        "availability", "opening_hours", "lead_time", "horizon", "past", "length", "start_grid", "capacity", "quantity",
        "eligibility", "responsible_adult", "rivals",
    } <= set(names)  # fmt: skip


def test_only_taken_time_can_not_be_overridden(town: Town) -> None:
    town.room.approval = "automatic"
    town.room.save()
    town.ask(body(town.room, at(7, 18), at(7, 20)))
    check = town.check(body(town.room, at(7, 18, 10), at(7, 23)), user=town.other_coach)
    assert {verdict.code: verdict.who_may_override for verdict in check.lines[0].verdicts} == {
        "taken": "nobody",
        "opening_hours": "officer",
        "start_grid": "officer",
    }


def test_a_check_writes_nothing(town: Town) -> None:
    town.check(weekly(town.room, at(7, 18), at(7, 20), 3))
    assert not Case.objects.exists()


slots = st.tuples(st.integers(-1, 12), st.integers(7, 21), st.sampled_from([0, 10, 15, 30]), st.integers(1, 20))


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    earlier=st.lists(slots, max_size=3),
    wanted=st.lists(slots, min_size=1, max_size=3),
    approval=st.sampled_from(["automatic", "manual"]),
    policy=st.sampled_from(["compete", "hold"]),
    heads=st.integers(0, 60),
)
def test_check_submission_and_decision_page_agree(
    town: Town,
    earlier: list[tuple[int, int, int, int]],
    wanted: list[tuple[int, int, int, int]],
    approval: str,
    policy: str,
    heads: int,
) -> None:
    """For whatever is asked: the check says what the submission does, and the stored case is judged the same way."""
    with transaction.atomic():
        room = factories.make_resource(
            unit=town.unit, approval=approval, pending_policy=policy, capacity=40, lead_hours=12, max_minutes=240
        )
        for one in earlier:
            try:
                town.ask(_request(room, [one], 0), user=town.other_coach)
            except (Taken, RuleBroken):
                continue
        data = _request(room, wanted, heads)
        check = town.check(data)
        blocks = {v.code for v in check.verdicts if v.blocks} | {
            v.code for line in check.lines for v in line.verdicts if v.blocks
        }
        assert check.ok == (not blocks)
        try:
            case = town.ask(data)
        except Taken as refused:
            assert blocks == {"taken"}
            assert _said(refused.items) == _said(check.lines)  # noqa: PT017
        except RuleBroken as refused:
            assert blocks - {"taken"}
            assert _said(refused.items) == _said(check.lines)  # noqa: PT017
        else:
            assert not blocks
            assert check.would == ("granted" if case.state == "granted" else "in_review")
            lines = list(case.lines.select_related("resource"))
            page = services.verdicts_on(case, lines, now=NOW)
            assert [sorted(v.code for v in page.lines[line.number]) for line in lines] == [
                sorted(v.code for v in line.verdicts) for line in check.lines
            ]
        transaction.set_rollback(True)


def _request(room: Any, wanted: list[tuple[int, int, int, int]], heads: int) -> dict[str, Any]:
    lines = []
    for day, hour, minute, quarters in wanted:
        start = at(day, hour, minute)
        lines += body(room, start, start + timedelta(minutes=15 * quarters))["lines"]
    return {"lines": lines, "audience": {"6-12": heads}}


def _said(lines: Any) -> list[tuple[int, bool, list[str]]]:
    return [(line.index, line.ok, [verdict.code for verdict in line.verdicts]) for line in lines]
