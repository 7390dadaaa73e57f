"""Emergencies are never blocked; early starts take two people; reports are owed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Forbidden, Invalid, RuleBroken, Unmet
from booking.works import services
from booking.works.models import WorksOverride
from booking.works.services import TargetSpec, running
from tests.factories import NOW, give_role, make_user
from tests.works.world import World, at, fresh

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def emergency(world: World, now: object = at(0, 2), **fields: object) -> object:
    given = {"unit": world.technical, "cause": "water", "resources": [world.hall], "by": world.planner, "now": now}
    return services.declare_emergency(**(given | fields))


def test_three_taps_at_two_in_the_morning(world: World) -> None:
    line = world.lend(0, place=world.hall)
    works = emergency(world)
    assert works.state == "active_emergency"
    line.refresh_from_db()
    assert line.state == "displaced"
    sent = {one.to[0]: one for one in world.post_goes_out(at(0, 2))}
    assert {world.coach.email, world.leader.email} <= set(sent)
    row = works.overrides.get()
    assert (row.kind, row.cause, row.report_due.isoformat()) == ("emergency", "water", "2026-03-04")


def test_a_caretaker_may_and_an_outsider_may_not(world: World) -> None:
    caretaker = make_user("Vakt Mester")
    give_role(caretaker, world.technical, "caretaker")
    assert emergency(world, by=caretaker).state == "active_emergency"
    with pytest.raises(Forbidden):
        emergency(world, by=world.coach)
    with pytest.raises(Invalid):
        emergency(world, cause="boredom")
    with pytest.raises(Invalid):
        emergency(world, started_at=at(1))


def test_it_may_be_written_down_late(world: World) -> None:
    works = emergency(world, now=at(1, 9), started_at=at(0, 2))
    assert works.started_at == at(0, 2)


def test_closed_only_with_a_report_that_a_second_person_has_seen(world: World) -> None:
    works = emergency(world)
    row = works.overrides.get()
    works = services.move(works, to="completed", by=world.planner, now=at(0, 12))
    with pytest.raises(Unmet) as error:
        services.move(works, to="closed", by=world.planner, now=at(0, 13))
    assert [one.code for one in error.value.items] == ["no_report"]
    services.write_report(row, reason="Rør sprakk.", report="Tettet.", by=world.planner, now=at(1, 9))
    with pytest.raises(Forbidden):
        services.review_report(row, review="Greit.", by=world.planner, now=at(1, 10))
    with pytest.raises(Unmet):
        services.move(works, to="closed", by=world.planner, now=at(1, 10))
    services.review_report(row, review="Greit.", by=world.boss, now=at(1, 10))
    assert services.move(works, to="closed", by=world.planner, now=at(1, 11)).state == "closed"


def test_an_overdue_report_goes_to_the_director_and_blocks_early_starts_never_emergencies(world: World) -> None:
    world.lend(44)
    works = emergency(world)
    running.run_works(at(2, 9))
    assert not OutboxMessage.objects.filter(payload__what="report_overdue").exists()
    running.run_works(at(3, 9))
    running.run_works(at(3, 10))
    (letter,) = OutboxMessage.objects.filter(payload__what="report_overdue")
    assert letter.recipient == world.director.email
    other = world.noticed(now=at(20, 9))
    with pytest.raises(RuleBroken, match="report_overdue"):
        services.ask_early_start(other, reason="Vi må.", by=world.planner, now=at(20, 10))
    assert emergency(world, now=at(20, 11), resources=[world.meadow]).state == "active_emergency"
    services.write_report(
        works.overrides.get(), reason="Rør sprakk.", report="Tettet.", by=world.planner, now=at(20, 12)
    )
    with pytest.raises(RuleBroken, match="report_overdue"):  # nobody has gone through it
        services.ask_early_start(other, reason="Vi må.", by=world.planner, now=at(20, 12))
    services.review_report(works.overrides.get(), review="Greit.", by=world.boss, now=at(20, 12))
    second = WorksOverride.objects.exclude(works=works).get(kind="emergency")
    assert second.report_due > at(20).date()
    assert services.ask_early_start(other, reason="Vi må.", by=world.planner, now=at(20, 13))


def test_a_report_that_nobody_has_gone_through_goes_to_the_director_too(world: World) -> None:
    works = emergency(world)
    services.write_report(works.overrides.get(), reason="Rør sprakk.", report="Tettet.", by=world.planner, now=at(1, 9))
    running.run_works(at(2, 9))
    assert not OutboxMessage.objects.filter(payload__what="report_overdue").exists()
    for hour in (9, 10):
        running.run_works(at(3, hour))
    (letter,) = OutboxMessage.objects.filter(payload__what="report_overdue")
    assert letter.recipient == world.director.email
    services.review_report(works.overrides.get(), review="Greit.", by=world.boss, now=at(3, 11))
    assert not registry.handler(letter.handler).still_valid(letter.payload)


def test_an_early_start_takes_the_leader_and_each_direct_party(world: World) -> None:
    world.lend(44)
    works = world.noticed(now=at(30, 9))
    services.settle_conflict(works.conflicts.get(), state="suspended", by=world.planner, now=at(30, 9))
    row = services.ask_early_start(works, reason="Røret kan ryke.", by=world.planner, now=at(30, 10))
    with pytest.raises(Forbidden):
        services.grant_override(row, by=world.mate, now=at(30, 11))
    with pytest.raises(Unmet) as error:
        services.grant_override(row, by=world.boss, now=at(30, 11))
    assert [one.code for one in error.value.items] == ["no_consent"]
    party = works.parties.get()
    services.log_call(row, party=party, reached=False, by=world.planner, now=at(30, 12))
    with pytest.raises(Unmet):
        services.grant_override(row, by=world.boss, now=at(30, 13))
    services.log_call(row, party=party, reached=False, by=world.planner, now=at(31, 9))
    services.grant_override(row, by=world.boss, now=at(31, 10))
    assert "early_start_granted" in list(works.events.filter(public=True).values_list("type", flat=True))
    works = services.move(fresh(works), to="ready", by=world.planner, now=at(31, 11))
    assert services.move(works, to="active", by=world.planner, now=at(42, 7)).state == "active"


def test_a_no_by_phone_is_an_answer_and_no_try(world: World) -> None:
    world.lend(44)
    works = world.noticed(now=at(30, 9))
    row = services.ask_early_start(works, reason="Røret kan ryke.", by=world.planner, now=at(30, 10))
    party = works.parties.get()
    for hour in (11, 12):
        services.log_call(row, party=party, reached=True, by=world.planner, now=at(30, hour))
    with pytest.raises(Unmet) as error:
        services.grant_override(row, by=world.boss, now=at(30, 13))
    assert [one.code for one in error.value.items] == ["refused_consent"]
    # They think again: their last word counts.
    services.log_call(row, party=party, reached=True, consents=True, by=world.planner, now=at(30, 14))
    assert services.consents_missing(row) == []
    services.log_call(row, party=party, reached=True, by=world.planner, now=at(30, 15))
    assert [one.code for one in services.consents_missing(row)] == ["refused_consent"]


def test_an_emergency_that_takes_longer_displaces_what_it_meets_then(world: World) -> None:
    works = emergency(world)
    line = world.lend(3, place=world.hall)
    spec = world.spec(
        title="Rørbrudd", window_start=works.current.window_start, window_end=at(5, 12), haste="emergency",
        targets=[TargetSpec(world.hall)],
    )  # fmt: skip
    services.revise_works(works, spec=spec, by=world.planner, now=at(1, 9))
    line.refresh_from_db()
    assert line.state == "displaced"
    assert works.conflicts.filter(line=line).exists()


def test_consent_of_the_party_is_enough_and_isn_t_a_receipt(world: World) -> None:
    world.lend(44)
    works = world.noticed(now=at(30, 9))
    row = services.ask_early_start(works, reason="Røret kan ryke.", by=world.planner, now=at(30, 10))
    party = works.parties.get()
    services.consent(party, by=world.coach, now=at(30, 12))
    assert services.consents_missing(row) == []
    granted = services.grant_override(row, by=world.boss, now=at(30, 13))
    assert granted.unmet == ["conflict_open", "not_acknowledged", "told_too_late"]


def test_whoever_asks_can_t_be_the_one_who_grants(world: World) -> None:
    world.lend(44)
    noticed = world.noticed(now=at(30, 9))
    row = services.ask_early_start(noticed, reason="Vi må.", by=world.boss, now=at(30, 10))
    with pytest.raises(Forbidden):
        services.grant_override(row, by=world.boss, now=at(30, 11))
    with pytest.raises(IntegrityError), transaction.atomic():
        WorksOverride.objects.filter(pk=row.pk).update(granted_by=world.boss, granted_at=NOW)


def test_an_early_start_holds_for_that_version_alone(world: World) -> None:
    world.lend(44)
    works = world.noticed(now=at(30, 9))
    row = services.ask_early_start(works, reason="Vi må.", by=world.planner, now=at(30, 10))
    services.consent(works.parties.get(), by=world.coach, now=at(30, 12))
    services.grant_override(row, by=world.boss, now=at(30, 13))
    services.revise_works(
        fresh(works), spec=world.spec(window_start=at(41, 7)), by=world.planner, now=at(30, 14), why="Enda før."
    )
    missing = services.unmet_requirements(fresh(works), frozenset({"notice"}), start=at(41, 7), now=at(30, 14))
    assert "not_told" in {one.code for one in missing}


def test_ghost_works_nag_once_a_day(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    for hour in (9, 10):
        running.run_works(at(43, hour))
    running.run_works(at(46, 9))
    letters = OutboxMessage.objects.filter(payload__what="not_started")
    assert sorted(letters.values_list("recipient", flat=True)) == sorted(
        [world.planner.email, world.planner.email, world.boss.email]
    )
    assert fresh(works).state == "noticed"


def test_a_fact_is_corrected_and_both_stay(world: World) -> None:
    works = emergency(world)
    fact = works.facts.get()
    services.correct_fact(fact, happened_at=at(0, 1), why="Meldingen kom klokka ett.", by=world.planner, now=at(0, 9))
    works = fresh(works)
    assert works.started_at == at(0, 1)
    assert works.facts.count() == 2
    with pytest.raises(Invalid):
        services.correct_fact(
            works.facts.get(corrects__isnull=False), happened_at=at(5), why="x", by=world.planner, now=at(0, 10)
        )
