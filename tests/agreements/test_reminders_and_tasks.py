"""What `tick` does: reminders to confirm, warnings before the end, tasks; each once, and due-and-not-done."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import override_settings

from booking.agreements import rules, selectors, services
from booking.agreements.models import TaskDate
from booking.agreements.services import following
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.correspondence.running import run_due
from booking.foundation.errors import Forbidden, NotFound, WrongState
from tests.agreements.world import TODAY, World, task
from tests.factories import NOW, make_organisation


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def letters(handler: str) -> list[str]:
    return sorted(OutboxMessage.objects.filter(handler=handler).values_list("recipient", flat=True))


def test_who_has_not_confirmed_is_reminded_once_after_two_weeks(world: World) -> None:
    world.written()
    services.run_agreements(days(13))
    assert letters("agreement_reminder") == []
    for moment in (days(14), days(14), days(30)):
        services.run_agreements(moment)
    assert letters("agreement_reminder") == [world.officer.email]


def test_a_reminder_that_is_no_longer_true_is_not_sent(world: World) -> None:
    made = world.written()
    services.run_agreements(days(14))
    letter = OutboxMessage.objects.get(handler="agreement_reminder")
    assert registry.handler(letter.handler).still_valid(letter.payload)
    services.confirm(made, by=world.officer, now=days(14))
    assert not registry.handler(letter.handler).still_valid(letter.payload)


def test_both_sides_are_warned_before_the_end_each_warning_once(world: World) -> None:
    world.agreed(world.draft(end=TODAY + timedelta(days=200)))
    services.run_agreements(days(109))
    assert letters("agreement_expiring") == []
    both = sorted([world.leader.email, world.officer.email])
    for moment in (days(110), days(111)):
        services.run_agreements(moment)
    assert letters("agreement_expiring") == both
    for moment in (days(186), days(199)):
        services.run_agreements(moment)
    assert letters("agreement_expiring") == sorted(both * 2)


def test_after_an_outage_only_the_nearest_warning_is_said(world: World) -> None:
    world.agreed(world.draft(end=TODAY + timedelta(days=200)))
    services.run_agreements(days(190))
    services.run_agreements(days(191))
    assert len(letters("agreement_expiring")) == 2


def test_no_warning_after_notice_or_when_a_new_one_follows(world: World) -> None:
    one = world.agreed(world.draft(end=TODAY + timedelta(days=200)))
    services.give_notice(one, by=world.officer, reason="Slutt", ends_on=TODAY + timedelta(days=150), now=NOW)
    other = world.agreed(world.draft(end=TODAY + timedelta(days=200)))
    services.write_down(
        world.draft(start=TODAY + timedelta(days=201)), by=world.leader, organisation=world.club, follows=other, now=NOW
    )
    services.run_agreements(days(140))
    assert letters("agreement_expiring") == []


@pytest.mark.parametrize(
    ("last", "agreed", "on", "due"),
    [
        (None, TODAY, TODAY, None),
        (TODAY + timedelta(days=100), TODAY, TODAY + timedelta(days=9), None),
        (TODAY + timedelta(days=100), TODAY, TODAY + timedelta(days=10), 90),
        (TODAY + timedelta(days=100), TODAY, TODAY + timedelta(days=86), 14),
        (TODAY + timedelta(days=100), TODAY, TODAY + timedelta(days=100), 14),
        (TODAY + timedelta(days=100), TODAY, TODAY + timedelta(days=101), None),
        # Made inside of the time: the far warning is none any more.
        (TODAY + timedelta(days=50), TODAY, TODAY + timedelta(days=5), None),
        (TODAY + timedelta(days=10), TODAY, TODAY + timedelta(days=1), None),
    ],
)
def test_when_a_warning_is_due(last: date | None, agreed: date, on: date, due: int | None) -> None:
    assert rules.warning_due(last, agreed_on=agreed, on=on) == due


def test_it_is_over_when_its_last_day_has_passed(world: World) -> None:
    made = world.agreed(world.draft(end=TODAY + timedelta(days=3), tasks=[task(every="week")]))
    assert list(TaskDate.objects.values_list("due_on", flat=True)) == []
    services.run_agreements(days(3))
    made.refresh_from_db()
    assert made.state == "agreed"
    services.run_agreements(days(4))
    made.refresh_from_db()
    assert made.state == "ended"


# --- tasks -----------------------------------------------------------------------------------------------------------


def test_tasks_have_dates_a_year_ahead_and_tick_lays_out_more(world: World) -> None:
    made = world.agreed(world.draft(tasks=[task(), task("municipality", what="Kontroll", every="once")]))
    grass, check = made.tasks.order_by("what").reverse()
    assert [one.due_on for one in grass.dates.all()][:3] == [date(2026, 3, 12), date(2026, 4, 12), date(2026, 5, 12)]
    assert (grass.dates.count(), check.dates.count()) == (13, 1)
    services.run_agreements(days(60))
    services.run_agreements(days(60))
    assert grass.dates.count() == 15
    assert max(one.due_on for one in grass.dates.all()) == date(2027, 5, 12)


@pytest.mark.parametrize(
    ("first", "every", "until", "last"),
    [
        (date(2026, 1, 31), "month", date(2026, 3, 31), [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]),
        (date(2024, 2, 29), "year", date(2026, 3, 1), [date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28)]),
        (date(2026, 5, 1), "once", date(2026, 4, 30), []),
        (date(2026, 5, 1), "two_weeks", date(2026, 5, 15), [date(2026, 5, 1), date(2026, 5, 15)]),
    ],
)
def test_dates_of_what_comes_back(first: date, every: str, until: date, last: list[date]) -> None:
    assert rules.task_dates(first, every, until=until) == last


def test_each_side_is_reminded_of_its_own_once_and_the_overdue_is_seen(world: World) -> None:
    made = world.agreed(world.draft(tasks=[task(), task("municipality", what="Kontroll", every="once")]))
    services.run_agreements(days(2))
    assert letters("agreement_tasks") == []
    for moment in (days(3), days(3), days(9)):
        services.run_agreements(moment)
    assert letters("agreement_tasks") == sorted([world.leader.email, world.officer.email])
    found = type(made).objects.filter(pk=made.pk)
    assert [one.task.what for one in selectors.open_tasks(found, "organisation", until=TODAY + timedelta(days=11))] == [
        "Slå gresset"
    ]


def test_done_says_who_and_when_and_only_for_the_own_side(world: World) -> None:
    made = world.agreed(world.draft(tasks=[task(), task("municipality", what="Kontroll", every="once")]))
    mine = TaskDate.objects.filter(task__side="organisation").first()
    theirs = TaskDate.objects.get(task__side="municipality")
    assert mine is not None
    done = services.mark_done(made, mine.pk, by=world.booker, organisation=world.club, now=days(1))
    assert (done.done_by, done.done_hat, done.done_at) == (world.booker, "organisation:jff", days(1))
    again = services.mark_done(made, mine.pk, by=world.leader, organisation=world.club, now=days(2))
    assert again.done_by == world.booker
    with pytest.raises(Forbidden):
        services.mark_done(made, theirs.pk, by=world.leader, organisation=world.club, now=days(1))
    services.mark_done(made, theirs.pk, by=world.officer, now=days(1))
    other = world.agreed(world.draft(title="En annen"))
    with pytest.raises(NotFound):
        services.mark_done(other, mine.pk, by=world.leader, organisation=world.club, now=days(1))
    with pytest.raises(Forbidden):
        services.mark_done(made, mine.pk, by=world.leader, organisation=make_organisation("Fremmed"), now=days(1))
    waiting = world.written(world.draft(title="Ubekreftet", tasks=[task()]))
    row = TaskDate.objects.filter(task__agreement=waiting).first()
    assert row is not None
    with pytest.raises(WrongState):
        services.mark_done(waiting, row.pk, by=world.leader, organisation=world.club, now=days(1))


def test_a_task_is_added_later_and_stopped_again(world: World) -> None:
    made = world.agreed()
    row = services.add_task(
        made, what="Rydde", side="organisation", first_on=TODAY, every="month", by=world.officer, now=NOW
    )
    first = row.dates.first()
    assert first is not None
    services.mark_done(made, first.pk, by=world.leader, organisation=world.club, now=NOW)
    services.stop_task(made, row, by=world.officer, now=days(40))
    assert [one.due_on for one in row.dates.all()] == [TODAY, date(2026, 4, 2)]
    services.run_agreements(days(100))
    assert row.dates.count() == 2


def test_after_the_last_day_nobody_owes_anything(world: World) -> None:
    made = world.agreed(world.draft(tasks=[task()], notice_months=1))
    services.give_notice(made, by=world.officer, reason="Slutt", now=NOW)
    assert [one.due_on for one in TaskDate.objects.all()] == [date(2026, 3, 12)]


def test_switched_off_nothing_happens_by_itself(world: World) -> None:
    world.written()
    with override_settings(BOOKING={"switches": {"agreements": False}}):
        assert services.run_agreements(days(20)) == 0
        assert letters("agreement_reminder") == []
        letter = OutboxMessage.objects.get(handler="agreement_to_confirm")
        assert not registry.handler(letter.handler).still_valid(letter.payload)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_job_is_part_of_tick() -> None:
    assert "agreements" in dict(registry.jobs())
    assert run_due(NOW) == []


def test_one_that_fails_stops_no_other_and_shows(world: World) -> None:
    seen: list[int] = []

    def act(pk: int) -> int:
        if pk == 2:
            raise ValueError("broken")
        seen.append(pk)
        return 1

    with pytest.raises(following._Broken) as caught:
        following._each([1, 2, 3], act)
    assert (seen, caught.value.ids) == ([1, 3], [2])
