"""Hours of an agreement are lines of a case: taken to a horizon, extended, freed; clashes told before (requests.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.agreements import rules, selectors, services
from booking.agreements.models import Agreement, LeftOutDate
from booking.agreements.services import HoursDraft
from booking.calendars import selectors as calendars
from booking.calendars.rules import Window
from booking.cases import selectors as cases
from booking.cases.models import Line
from booking.cases.services import withdraw_line
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Taken
from booking.occupancy.models import Occupancy
from booking.occupancy.selectors import availability
from booking.occupancy.services import close_resource, reopen
from tests.agreements.world import TODAY, World
from tests.factories import NOW

OSLO = ZoneInfo("Europe/Oslo")
YEAR = 52  # weeks of the horizon


def tuesday(number: int) -> datetime:
    """17:00 on the wall clock of the so-manieth Tuesday from tomorrow."""
    return datetime.combine(TODAY + timedelta(days=1, weeks=number), time(17), OSLO).astimezone(UTC)


def test_hours_are_taken_up_to_the_horizon_as_one_series_of_a_case_of_its_kind(world: World) -> None:
    made = world.agreed(world.with_hours())
    case = made.case
    assert case is not None
    assert (case.kind, case.state, case.organisation, case.waiting_on) == ("agreement", "granted", world.club, "nobody")
    assert (case.requester, case.requester_hat, case.answer_by) == (world.leader, "organisation:jff", None)
    lines = list(case.lines.order_by("number"))
    assert len(lines) == YEAR
    assert [lines[0].start, lines[-1].start] == [tuesday(0), tuesday(YEAR - 1)]
    # On the wall clock: 17:00 before and after the clocks change.
    assert {line.start.astimezone(OSLO).time() for line in lines} == {time(17)}
    series = case.series.get()
    assert series.rrule == "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270301"
    assert {line.series_id for line in lines} == {series.pk}
    assert {line.decision.legal_basis for line in Line.objects.select_related("decision")} == {"agreement"}
    assert made.taken_until == TODAY + timedelta(weeks=YEAR)


def test_they_stand_in_availability_feed_and_my_cases(world: World) -> None:
    made = world.agreed(world.with_hours(title_public=True))
    [busy] = availability([world.hall], tuesday(0), tuesday(0) + timedelta(days=1))[world.hall.pk].busy
    assert (busy[0], busy[2], busy[4]) == (tuesday(0).timestamp(), "confirmed", "Tirsdager i hallen")
    window = Window(NOW, NOW + timedelta(weeks=60))
    [item] = calendars.items([world.hall.pk], window, language="nb", expand=False)
    assert item.facts.wording.summary == "Tirsdager i hallen"
    assert len(item.facts.slots) == YEAR
    assert made.case in cases.party_cases(world.booker, TODAY)


def test_before_all_have_confirmed_nothing_is_taken(world: World) -> None:
    made = world.written(world.with_hours())
    assert not Occupancy.objects.exists()
    assert made.case is None


def test_excluded_dates_and_the_last_day_are_kept(world: World) -> None:
    skipped = date(2026, 3, 10)
    made = world.agreed(world.with_hours(excluded=[skipped], end=date(2026, 3, 31)))
    days = [line.start.astimezone(OSLO).date() for line in made.case.lines.order_by("start")]
    assert days == [date(2026, 3, 3), date(2026, 3, 17), date(2026, 3, 24), date(2026, 3, 31)]
    assert selectors.status_of(made, TODAY) == "in_force"


def test_what_somebody_else_has_is_listed_before_and_kept_in_sight_after(world: World) -> None:
    first = world.agreed(world.with_hours(end=date(2026, 3, 10)))
    assert first.case.lines.count() == 2
    made = world.written(world.with_hours(title="Andre om samme tid"))
    with pytest.raises(Taken) as refused:
        services.confirm(made, by=world.officer, now=NOW)
    assert [one.occurrence.start for one in refused.value.items] == [tuesday(0), tuesday(1)]
    made.refresh_from_db()
    assert (made.state, made.confirmed_at) == ("proposed", None)
    services.confirm(made, by=world.officer, leave_out=True, now=NOW)
    made.refresh_from_db()
    assert made.case.lines.count() == YEAR - 2
    assert [one.day for one in selectors.left_out(made, NOW)] == [date(2026, 3, 3), date(2026, 3, 10)]
    # The letter says how many.
    assert set(
        OutboxMessage.objects.filter(handler="agreement_agreed").values_list("payload__left_out", flat=True)
    ) == {
        0,
        2,
    }


def test_a_date_that_was_left_out_is_taken_when_it_is_free(world: World) -> None:
    first = world.agreed(world.with_hours(end=date(2026, 3, 10)))
    made = world.agreed(world.with_hours(title="Andre"), leave_out=True)
    assert services.try_left_out_again(made, by=world.officer, now=NOW) == (0, 2)
    withdraw_line(first.case, 2, by=world.leader, hat="organisation:jff", now=NOW)
    assert services.try_left_out_again(made, by=world.officer, now=NOW) == (1, 1)
    assert [one.day for one in selectors.left_out(made, NOW)] == [date(2026, 3, 3)]
    # The calendar's rule still tells all of them as one series.
    [item] = [
        one
        for one in calendars.items([world.hall.pk], Window(NOW, NOW + timedelta(weeks=60)), language="nb", expand=False)
        if one.key == f"series:{made.case.series.get().pk}"
    ]
    assert sum(slot.line is not None for slot in item.facts.slots) == YEAR - 1


def test_open_requests_for_the_same_time_go_to_the_waiting_list(world: World) -> None:
    from booking.cases import drafts
    from booking.cases.services import submit_request

    body = {
        "organisation": "jff", "title": "Kurs",
        "lines": [{"resource": "hallen", "start": tuesday(1).isoformat(),
                   "end": (tuesday(1) + timedelta(hours=2)).isoformat()}],
    }  # fmt: skip
    asked = submit_request(drafts.parse(body, user=world.leader), user=world.leader, now=NOW)
    world.agreed(world.with_hours())
    line = asked.lines.get()
    assert (line.state, line.reason) == ("waiting_list", "rival_granted")
    asked.refresh_from_db()
    assert asked.state == "on_hold"
    assert OutboxMessage.objects.filter(handler="case_waiting_list").count() == 1


def test_tick_extends_in_steps_and_tells_what_could_not_be_had(world: World) -> None:
    made = world.agreed(world.with_hours())
    for weeks in range(1, 4):
        services.run_agreements(NOW + timedelta(weeks=weeks))
    assert made.case.lines.count() == YEAR  # less than a step has passed
    # Somebody has one of the coming dates, beyond the horizon so far.
    close_resource(
        world.hall, start=tuesday(YEAR + 1), end=tuesday(YEAR + 1) + timedelta(hours=1), reason="Gulv", now=NOW
    )
    later = NOW + timedelta(weeks=4)
    for _twice in range(2):
        services.run_agreements(later)
    made.refresh_from_db()
    assert made.case.lines.count() == YEAR + 3
    assert made.taken_until == TODAY + timedelta(weeks=YEAR + 4)
    assert made.case.series.get().rrule.endswith("UNTIL=20270329")
    [left] = LeftOutDate.objects.all()
    assert left.start == tuesday(YEAR + 1)
    told = OutboxMessage.objects.filter(handler="agreement_dates")
    assert sorted(told.values_list("recipient", flat=True)) == sorted([world.leader.email, world.officer.email])


def test_after_a_year_of_series_a_new_one_begins(world: World) -> None:
    made = world.agreed(world.with_hours(hours=[HoursDraft(day, time(17), time(19), world.hall) for day in range(7)]))
    assert made.case.series.count() == 7
    made.refresh_from_db()
    for step in range(1, 90):
        services.run_agreements(NOW + timedelta(weeks=4 * step))
    assert made.case.series.count() == 14
    assert max(series.lines.count() for series in made.case.series.all()) <= rules.SERIES_DATES


def test_ending_frees_the_hours_after_the_last_day_and_keeps_the_others(world: World) -> None:
    made = world.agreed(world.with_hours(notice_months=1))
    services.give_notice(made, by=world.officer, reason="Hallen bygges om.", now=NOW)
    made.refresh_from_db()
    assert made.last_day == date(2026, 4, 2)
    states = {line.start: line.state for line in made.case.lines.all()}
    assert [states[tuesday(number)] for number in range(6)] == ["granted"] * 5 + ["cancelled_by_municipality"]
    assert Occupancy.objects.count() == 5
    assert made.case.series.get().rrule.endswith("UNTIL=20260402")
    services.run_agreements(NOW + timedelta(weeks=4))
    assert made.case.lines.count() == YEAR
    assert OutboxMessage.objects.filter(handler="agreement_notice", payload__freed=YEAR - 5).count() == 2


def test_what_an_organisation_ends_is_cancelled_by_it(world: World) -> None:
    made = world.agreed(world.with_hours(notice_months=0))
    services.give_notice(made, by=world.leader, organisation=world.club, reason="Ikke bruk for den.", now=NOW)
    assert {line.state for line in made.case.lines.all()} == {"cancelled_by_organisation"}
    assert not Occupancy.objects.exists()
    assert services.run_agreements(NOW + timedelta(days=1)) >= 1
    made.refresh_from_db()
    assert made.state == "ended"


def test_a_closure_displaces_and_the_hours_come_back(world: World) -> None:
    made = world.agreed(world.with_hours())
    closed = close_resource(
        world.hall, start=tuesday(0) - timedelta(hours=1), end=tuesday(0) + timedelta(hours=1), reason="Lekkasje",
        now=NOW,
    ).closure  # fmt: skip
    line = made.case.lines.get(start=tuesday(0))
    assert line.state == "displaced"
    assert OutboxMessage.objects.filter(handler="case_displaced").values_list("recipient", flat=True).get() == (
        world.leader.email
    )
    reopen(closed, now=NOW)
    line.refresh_from_db()
    assert line.state == "granted"


def test_past_midnight_and_the_clock_change() -> None:
    nights = list(rules.occurrences(5, time(22), time(2), OSLO, first=date(2026, 3, 27), last=date(2026, 4, 5)))
    assert [one.day for one in nights] == [date(2026, 3, 28), date(2026, 4, 4)]
    # From 02:00 the clock jumps to 03:00: an hour that isn't there ends nothing early.
    assert nights[0].end - nights[0].start == timedelta(hours=4)
    assert nights[1].end - nights[1].start == timedelta(hours=4)
    missing = list(rules.occurrences(6, time(2), time(3), OSLO, first=date(2026, 3, 29), last=date(2026, 3, 29)))
    assert all(one.end > one.start for one in missing)


# --- for works -------------------------------------------------------------------------------------------------------


def at(day: int, hour: int) -> datetime:
    return datetime.combine(TODAY + timedelta(days=day), time(hour), OSLO)


def test_works_find_agreements_with_the_kinds_of_use(world: World) -> None:
    hours = world.agreed(world.with_hours())
    stored = world.agreed(world.draft(storage="Båter ved naustet"))
    said = world.written(world.draft(title="Muntlig", resources=[world.shore]))
    found = selectors.touching([world.hall.pk], at(1, 18), at(1, 20))
    assert [(one.agreement, one.uses, one.confirmed) for one in found] == [
        (hours, {"agreement", "exclusive_agreement"}, True)
    ]
    assert [moment.start for moment in found[0].times] == [tuesday(0)]
    # Hours touch only when one of their dates does; half-open.
    assert not selectors.touching([world.hall.pk], at(1, 19), at(1, 20))
    assert not selectors.touching([world.hall.pk], at(2, 8), at(8, 8))
    # Far beyond the horizon too: the agreement goes on.
    assert selectors.touching([world.hall.pk], at(1 + 7 * 100, 17), at(1 + 7 * 100, 18))
    # What is stored is there at any time; what only one side says is told as such.
    on_shore = selectors.touching([world.shore.pk], at(2, 8), at(3, 8))
    assert [(one.agreement, one.uses, one.confirmed, one.times) for one in on_shore] == [
        (stored, {"agreement", "stored_equipment"}, True, []),
        (said, {"agreement"}, False, []),
    ]


def test_whole_and_part_touch_each_other_and_what_is_over_doesn_t(world: World) -> None:
    from tests.factories import make_hall_in_thirds

    hall = make_hall_in_thirds(unit=world.unit)
    part = world.agreed(world.draft(resources=[hall.parts[0]], end=TODAY + timedelta(days=30)))
    for thing in (hall.whole, hall.parts[0]):
        assert [one.agreement for one in selectors.touching([thing.pk], at(2, 8), at(3, 8))] == [part]
    assert not selectors.touching([hall.parts[1].pk], at(2, 8), at(3, 8))
    assert not selectors.touching([hall.whole.pk], at(40, 8), at(41, 8))
    declined = world.written(world.draft(resources=[hall.parts[2]]))
    services.decline(declined, by=world.officer, reason="Nei", now=NOW)
    assert not selectors.touching([hall.parts[2].pk], at(2, 8), at(3, 8))


def test_asking_takes_a_constant_number_of_queries(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            selectors.touching([world.hall.pk, world.shore.pk], at(0, 8), at(14, 8))
        return len(caught)

    world.agreed(world.with_hours())
    few = count()
    for number in range(5):
        world.agreed(world.draft(title=f"Avtale {number}", storage="Utstyr"))
    assert Agreement.objects.count() == 6
    assert count() == few
