"""One verdict: preview, submission, decision page and API say the same about generated requests (requests.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.cases import drafts, services
from booking.cases.models import Case
from booking.cases.verdicts import registered
from booking.foundation import clock
from booking.foundation.errors import RuleBroken, Taken
from tests.cases.conftest import NOW, Town, at, body, make_town

pytestmark = pytest.mark.django_db

rules = st.fixed_dictionaries(
    {
        "approval": st.sampled_from(["manual", "automatic"]),
        "lead_hours": st.sampled_from([None, 48]),
        "horizon_days": st.sampled_from([None, 10]),
        "min_minutes": st.sampled_from([None, 90]),
        "max_minutes": st.sampled_from([None, 120]),
        "step_minutes": st.sampled_from([None, 30]),
        "capacity": st.sampled_from([None, 20]),
        "needs_adult": st.sampled_from([None, True]),
        "unverified_may_ask": st.sampled_from([None, False]),
        "allowed_kinds": st.sampled_from([None, ["club"], ["council"]]),
        "min_members": st.sampled_from([None, 10]),
        "quota_most": st.sampled_from([None, 2]),
        "quota_unit": st.sampled_from(["", "loans"]),
        "quota_per": st.sampled_from(["", "season"]),
    }
)
times = st.lists(
    st.tuples(st.integers(0, 14), st.integers(6, 22), st.sampled_from([0, 15, 30]), st.integers(1, 4)),
    min_size=1, max_size=3,
)  # fmt: skip


def codes(verdicts: Any) -> set[tuple[str, str]]:
    return {(one.code, one.severity) for one in verdicts}


def api(town: Town, data: dict[str, Any]) -> dict[str, Any]:
    client = Client()
    client.force_login(town.coach, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/booking/v1/checks/", data, "application/json")
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(rule=rules, wanted=times, heads=st.sampled_from([0, 15, 30]), members=st.sampled_from([{}, {"20-59": 5}]),
       verified=st.booleans(), had=st.booleans())  # fmt: skip
def test_all_doors_say_the_same(
    rule: dict[str, Any], wanted: Any, heads: int, members: dict[str, int], verified: bool, had: bool
) -> None:
    with transaction.atomic(), clock.at(NOW):
        town = make_town()
        town.club.member_counts = members
        town.club.state = "verified" if verified else "unverified"
        town.club.save()
        if had:
            town.ask(body(town.room, at(3, 10), at(3, 11)), now=NOW)
        for name, value in rule.items():
            setattr(town.room, name, value)
        town.room.save()
        lines = [
            body(town.room, at(day, hour, minute), at(day, hour, minute) + timedelta(minutes=30 * halves))["lines"][0]
            for day, hour, minute, halves in wanted
        ]
        data = {"organisation": town.club.slug, "lines": lines, "audience": {"20-59": heads} if heads else {}}
        preview = town.check(data)
        shown = api(town, data)
        assert {(one["code"], one["severity"]) for one in shown["verdicts"]} == codes(preview.verdicts)
        assert [{(v["code"], v["severity"]) for v in line["verdicts"]} for line in shown["lines"]] == [
            codes(line.verdicts) for line in preview.lines
        ]
        assert (shown["ok"], shown["would"]) == (preview.ok, preview.would)
        said = [one for line in preview.lines for one in line.verdicts] + list(preview.verdicts)
        # Each says what to do instead.
        assert all(one.suggestion_text for one in said), [one.code for one in said if not one.suggestion_text]
        stored = Case.objects.count()
        refused: Taken | RuleBroken | None = None
        try:
            case = town.ask(data)
        except (Taken, RuleBroken) as error:
            refused = error
        if refused is not None:
            assert not preview.ok
            assert isinstance(refused, Taken) == (
                not any(one.blocks for one in preview.verdicts) and not any(line.broken for line in preview.lines)
            )
            assert [codes(line.verdicts) for line in refused.items] == [codes(line.verdicts) for line in preview.lines]
            assert Case.objects.count() == stored
        else:
            assert preview.ok
            assert (case.state == "granted") == (preview.would == "granted")
            facts = {(one["code"], one["severity"], one["line"]) for one in case.verdicts}
            expected = {(one.code, one.severity, None) for one in preview.verdicts}
            expected |= {(v.code, v.severity, n) for n, line in enumerate(preview.lines, 1) for v in line.verdicts}
            assert facts == expected
            decision = services.verdicts_on(case, list(case.lines.select_related("resource")), now=NOW)
            assert codes(decision.request) == codes(preview.verdicts)
            assert [codes(decision.lines[n]) for n in sorted(decision.lines)] == [
                codes(line.verdicts) for line in preview.lines
            ]
        transaction.set_rollback(True)


@pytest.fixture
def morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [rule.name for rule in registered()]
    assert len(set(names)) == len(names)
    assert {"quota", "organisation_kind", "members", "eligibility", "availability"} <= set(names)


# --- quota and eligibility -------------------------------------------------------------------------------------------


def limit(town: Town, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(town.room, name, value)
    town.room.save()


def test_hours_a_week_are_counted_by_organisation_and_thing(town: Town, morning: None) -> None:
    limit(town, quota_most=3)
    town.ask(body(town.room, at(7, 10), at(7, 12)))
    assert town.check(body(town.room, at(8, 10), at(8, 11))).ok
    over = town.check(body(town.room, at(13, 10), at(13, 12)))
    assert [(one.code, one.severity, one.params["makes"]) for one in over.verdicts] == [("quota", "block", 4)]
    # The next week is another one, another club has its own, and so has another room.
    assert town.check(body(town.room, at(14, 10), at(14, 12))).ok
    assert town.check(body(town.room, at(8, 10), at(8, 12)), user=town.other_coach).ok
    with pytest.raises(RuleBroken):
        town.ask(body(town.room, at(8, 10), at(8, 12)))
    # "Ask anyway, and why".
    case = town.ask(body(town.room, at(8, 10), at(8, 12), override_reason="Cup"))
    assert [one["code"] for one in case.verdicts] == ["quota"]
    # What is given back doesn't count any more.
    services.withdraw_case(case, by=town.coach, now=NOW)
    assert town.check(body(town.room, at(9, 10), at(9, 11))).ok


def test_loans_in_half_a_year_and_within_one_request(town: Town, morning: None) -> None:
    limit(town, quota_most=2, quota_unit="loans", quota_per="season")
    three = [body(town.room, at(day, 10), at(day, 11))["lines"][0] for day in (7, 14, 21)]
    assert not town.check({"lines": three}).ok
    assert town.check({"lines": three[:2]}).ok
    july = {**three[2], "start": "2026-07-02T10:00:00+02:00", "end": "2026-07-02T11:00:00+02:00"}
    assert town.check({"lines": [*three[:2], july]}).ok


def test_a_quota_is_inherited_from_the_unit(town: Town, morning: None) -> None:
    town.unit.rules.create(quota_most=1)
    assert not town.check(body(town.room, at(7, 10), at(7, 12))).ok
    limit(town, quota_most=2)
    assert town.check(body(town.room, at(7, 10), at(7, 12))).ok


def test_the_decision_page_does_not_count_the_case_against_itself(town: Town, morning: None) -> None:
    limit(town, quota_most=2)
    case = town.ask(body(town.room, at(7, 10), at(7, 12)))
    assert services.verdicts_on(case, list(case.lines.select_related("resource")), now=NOW).request == []


def test_kinds_members_and_what_nobody_has_counted(town: Town, morning: None) -> None:
    limit(town, allowed_kinds=["council"])
    assert [one.code for one in town.check(body(town.room, at(7, 10), at(7, 11))).verdicts] == ["organisation_kind"]
    limit(town, allowed_kinds=["club", "council"], min_members=10)
    assert [(one.code, one.severity) for one in town.check(body(town.room, at(7, 10), at(7, 11))).verdicts] == [
        ("members", "needs_officer")
    ]
    town.club.member_counts = {"6-12": 4}
    town.club.save()
    assert not town.check(body(town.room, at(7, 10), at(7, 11))).ok
    town.club.member_counts = {"6-12": 10}
    town.club.save()
    assert town.check(body(town.room, at(7, 10), at(7, 11))).ok


def test_what_depends_on_the_asker_is_named_for_strangers(town: Town) -> None:
    draft = drafts.parse(body(town.room, at(7, 10), at(7, 11)), user=None)
    assert {"quota", "organisation_kind", "members"} <= set(
        services.check_request(draft, user=None, now=NOW).not_checked
    )


def test_a_quota_costs_one_query_and_none_where_there_is_none(town: Town, morning: None) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    draft = drafts.parse({"organisation": town.club.slug, **body(town.room, at(7, 10), at(7, 11))}, user=town.coach)
    with CaptureQueriesContext(connection) as without:
        services.check_request(draft, user=town.coach, now=NOW)
    limit(town, quota_most=2)
    draft = drafts.parse({"organisation": town.club.slug, **body(town.room, at(7, 10), at(7, 11))}, user=town.coach)
    with CaptureQueriesContext(connection) as limited:
        services.check_request(draft, user=town.coach, now=NOW)
    assert len(limited) == len(without) + 1


def test_uses_that_come_first_are_read_strictly() -> None:
    from booking.catalogue.rules import read_priority_uses

    assert read_priority_uses("Begravelse: 2\n\nValg: 7\n") == {"Begravelse": 2, "Valg": 7}
    for wrong in ("Begravelse", "Begravelse: to", ": 2", "Valg: 61", "Valg: 2\nValg: 3", "x" * 61 + ": 2"):
        with pytest.raises(ValueError):
            read_priority_uses(wrong)
