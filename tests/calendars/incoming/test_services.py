"""Calendars of others in our calendar: what they take, what stays when they fail, and that granted time is never
written over (feeds.md "Calendars in", needs N1 and N8). The calendars come from a real server on this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from booking.calendars.incoming import child, selectors, services
from booking.calendars.incoming.models import CalendarSource, ImportedBlock, SourceEvent, SourceMode
from booking.calendars.models import FeedVersion
from booking.cases.models import LineState
from booking.cases.services import end_standing_dates
from booking.cases.services.shared import SYSTEM
from booking.correspondence.running import run_due
from booking.foundation import errors
from booking.occupancy.models import Occupancy
from booking.occupancy.services import Take, take
from tests.calendars.incoming.servers import Served
from tests.calendars.incoming.texts import calendar, event, many
from tests.calendars.incoming.world import busy, granted, states, subscribed
from tests.factories import NOW, make_hall_in_thirds, make_resource, make_stock, make_unit

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def whole_day(resource):
    return busy(resource, DAY, DAY + timedelta(days=1))


def look(source: CalendarSource, now: datetime = NOW) -> services.Report:
    source.refresh_from_db()
    report = services.look(source, now=now)
    source.refresh_from_db()
    return report


# --- taking in --------------------------------------------------------------------------------------------------------


def test_a_calendar_takes_the_time_of_a_hall_and_of_its_parts(server: Served):
    hall = make_hall_in_thirds()
    source = subscribed(
        hall.whole, server.give(calendar(event(), event("b", "20260310", "20260311", "TRANSP:TRANSPARENT")))
    )
    report = look(source)
    assert (report.code, report.coming, report.taken, report.conflicts) == ("new", 2, 1, 0)
    for thing in (hall.whole, *hall.parts):
        assert set(whole_day(thing)) == {("closed", "10 09:00", "10 11:00")}
    with pytest.raises(errors.Taken):
        take([Take(hall.parts[0].pk, at(9), at(10), 77)], now=NOW)
    assert FeedVersion.objects.filter(scope=f"resource:{hall.parts[0].pk}").exists()


def test_titles_are_kept_only_where_they_are_chosen_and_then_stand_for_everybody(server: Served):
    room = make_resource()
    url = server.give(calendar(event("a", "20260310T090000Z", "20260310T110000Z", "SUMMARY:Foreldremøte 3B")))
    source = subscribed(room, url)
    look(source)
    assert SourceEvent.objects.get().title == ""
    assert Occupancy.objects.get().label == ""
    services.change_source(
        source,
        services.Content(name="Skolen", url=url, mode=SourceMode.BLOCK, resources=[room], titles=True),
        by=room.unit.officer,
        now=NOW,
    )
    services.run_calendars_in(NOW)
    assert SourceEvent.objects.get().title == "Foreldremøte 3B"
    assert Occupancy.objects.get().label == "Foreldremøte 3B"


def test_whole_days_and_floating_times_are_those_of_each_things_own_clock(server: Served):
    unit = make_unit()
    here = make_resource("Her", unit=unit, open=None)
    there = make_resource("Der", unit=unit, open=None, timezone="America/New_York")
    raw = calendar(event("a", "20260310", "20260311"), event("b", "20260312T080000", "20260312T090000"))
    look(subscribed(here, server.give(raw), resources=[here, there]))
    rows = Occupancy.objects.order_by("start").values_list("resource__name", "start", "end")
    assert [(name, f"{start:%d %H:%M}", f"{end:%d %H:%M}") for name, start, end in rows] == [
        ("Her", "09 23:00", "10 23:00"),
        ("Der", "10 04:00", "11 04:00"),
        ("Her", "12 07:00", "12 08:00"),
        ("Der", "12 12:00", "12 13:00"),
    ]


def test_all_of_a_unit_means_premises_and_areas_of_the_units_below_too_and_wholes_only_once(server: Served):
    town = make_unit("Kommunen")
    culture = make_unit("Kultur", parent=town)
    hall = make_hall_in_thirds(unit=culture)
    room = make_resource("Rom", unit=town)
    make_stock(unit=town)
    make_resource("Nabo", unit=make_unit("En annen"))
    source = subscribed(room, server.give(calendar(event())), whole_unit=True, resources=[])
    look(source)
    assert {one.resource_id for one in ImportedBlock.objects.all()} == {hall.whole.pk, room.pk}


def test_information_stands_in_the_calendar_and_takes_nothing(server: Served):
    room = make_resource()
    other = make_resource()
    source = subscribed(room, server.give(calendar(event())), mode=SourceMode.INFORMATION)
    look(source)
    assert whole_day(room) == []
    [(shown, pk)] = selectors.shown([room.pk, other.pk], DAY, DAY + timedelta(days=1))
    assert (shown.start, pk) == (at(9), room.pk)
    assert selectors.shown([room.pk], DAY + timedelta(days=1), DAY + timedelta(days=2)) == []


def test_a_stock_is_closed_as_a_whole(server: Served):
    chairs = make_stock(quantity=40)
    look(subscribed(chairs, server.give(calendar(event()))))
    with pytest.raises(errors.Taken):
        take([Take(chairs.pk, at(9), at(10), 77, 1)], now=NOW)


def test_a_moved_event_frees_where_it_was_and_one_that_is_gone_frees_all(server: Served):
    room = make_resource()
    source = subscribed(room, server.give(calendar(event(), event("b", "20260310T150000Z", "20260310T160000Z"))))
    look(source)
    server.give(
        calendar(event("a", "20260310T120000Z", "20260310T130000Z"), event("b", "20260310T150000Z", "20260310T160000Z"))
    )
    report = look(source)
    assert (report.taken, report.freed) == (1, 1)
    assert whole_day(room) == [("closed", "10 12:00", "10 13:00"), ("closed", "10 15:00", "10 16:00")]
    server.give(calendar(event("a", "20260310T120000Z", "20260310T130000Z")))
    look(source)
    assert whole_day(room) == [("closed", "10 12:00", "10 13:00")]
    assert SourceEvent.objects.count() == 1


def test_what_has_not_changed_is_not_fetched_and_not_written_again(server: Served):
    room = make_resource()
    source = subscribed(room, server.give(calendar(event()), ETag='"one"'))
    look(source)
    version = FeedVersion.objects.get(scope=f"resource:{room.pk}").version
    row = Occupancy.objects.get().pk
    assert look(source, NOW + HOUR).code == "same"
    assert server.asked[-1][1]["If-None-Match"] == '"one"'
    assert source.good_at == NOW + HOUR
    # The same bytes without a validator are known by themselves.
    server.give(calendar(event()))
    assert look(source, NOW + 2 * HOUR).code == "same"
    assert Occupancy.objects.get().pk == row
    assert FeedVersion.objects.get(scope=f"resource:{room.pk}").version == version


# --- granted time -----------------------------------------------------------------------------------------------------


def test_a_moved_event_that_now_hits_granted_time_opens_a_conflict_and_never_writes_over_it(server: Served):
    room = make_resource()
    line = granted(room, at(12), at(13))
    source = subscribed(room, server.give(calendar(event())))
    assert look(source).conflicts == 0
    server.give(calendar(event("a", "20260310T090000Z", "20260310T150000Z")))
    report = look(source)
    assert (report.taken, report.conflicts) == (0, 1)
    # The training stays; around it nobody else is let in.
    assert whole_day(room) == [
        ("closed", "10 09:00", "10 12:00"),
        ("closed", "10 13:00", "10 15:00"),
        ("confirmed", "10 12:00", "10 13:00"),
    ]
    line.refresh_from_db()
    assert line.state == LineState.GRANTED
    [conflict] = selectors.conflicts(source, NOW)
    assert conflict.others == [f"{line.case.reference}, {line.number}"] or line.case.reference in conflict.others[0]


def test_when_the_granted_time_goes_the_rest_is_taken_by_the_next_run(server: Served):
    room = make_resource()
    line = granted(room, at(10), at(11))
    source = subscribed(room, server.give(calendar(event())))
    look(source)
    assert states(source) == ["conflict"]
    version = FeedVersion.objects.get(scope=f"resource:{room.pk}").version
    services.look_at_conflicts(NOW)
    # As long as nothing changes nothing is written.
    assert FeedVersion.objects.get(scope=f"resource:{room.pk}").version == version
    end_standing_dates(line.case, after=at(0), by=SYSTEM, municipality=True, until_rules={}, now=NOW)
    assert services.look_at_conflicts(NOW) == 1
    assert states(source) == ["taken"]
    assert whole_day(room) == [("closed", "10 09:00", "10 11:00")]


def test_a_conflict_that_somebody_settled_stays_settled_until_the_event_moves(server: Served):
    room = make_resource()
    granted(room, at(10), at(11))
    source = subscribed(room, server.give(calendar(event())))
    look(source)
    block = ImportedBlock.objects.get()
    for _time in range(2):
        services.leave_conflict(block, by=room.unit.officer, now=NOW)
    look(source, NOW + HOUR)
    assert states(source) == ["left"]
    assert selectors.troubled(CalendarSource.objects.all(), NOW).count() == 0
    server.give(calendar(event("a", "20260310T100000Z", "20260310T120000Z")))
    look(source)
    assert states(source) == ["conflict"]


def test_of_a_stock_only_so_many_are_closed_as_are_left_beside_loans(server: Served):
    chairs = make_stock(quantity=40)
    take_ = Take(chairs.pk, at(9.5), at(10), 77, 10)
    from django.db import transaction

    with transaction.atomic():
        take([take_], now=NOW)
    look(subscribed(chairs, server.give(calendar(event()))))
    assert ImportedBlock.objects.get().state == "conflict"
    assert ("confirmed", "10 09:30", "10 10:00") in whole_day(chairs)


def test_time_that_is_being_used_is_not_touched_by_what_began_before(server: Served):
    room = make_resource()
    granted(room, at(8), at(9))
    source = subscribed(room, server.give(calendar(event("a", "20260310T080000Z", "20260310T120000Z"))))
    look(source, at(10))
    assert states(source) == ["taken"]
    assert ("closed", "10 10:00", "10 12:00") in whole_day(room)


# --- failures ---------------------------------------------------------------------------------------------------------


def test_on_any_failure_the_last_good_copy_stays_and_age_and_error_are_told(server: Served):
    room = make_resource()
    source = subscribed(room, server.give(calendar(event())))
    look(source)
    for number, broken in enumerate((b"<html>Logg inn</html>", calendar(event())[:-30], b"\x81\x8d"), start=1):
        server.give(broken)
        report = look(source, NOW + number * HOUR)
        assert report.code == "failed"
        assert whole_day(room) == [("closed", "10 09:00", "10 11:00")]
        assert (source.failures, source.good_at, source.checked_at) == (number, NOW, NOW + number * HOUR)
    assert source.error["code"] == "not_text"
    assert [one.pk for one in selectors.troubled(CalendarSource.objects.all(), NOW)] == [source.pk]
    # It is asked less and less often, and at least once a day.
    assert source.next_at == NOW + 3 * HOUR + 4 * HOUR
    server.give(calendar(event()))
    assert look(source).code == "same"
    assert (source.failures, source.error) == (0, {})


def test_a_file_that_eats_memory_is_killed_and_the_last_good_copy_stays(server: Served, monkeypatch):
    """Half a gigabyte is the limit in life; here it is less, so that the machine doesn't feel the test."""
    room = make_resource()
    source = subscribed(room, server.give(calendar(event())))
    monkeypatch.setattr(child, "MEMORY", 64 * 1024 * 1024)
    assert look(source).code == "new", "an ordinary file goes through with little"
    server.give(calendar(event("a", "20260310T090000Z", "20260310T110000Z", "CATEGORIES:" + "a," * 2_300_000 + "a")))
    assert look(source, NOW + HOUR).code == "failed"
    assert source.error["code"] == "too_heavy"
    assert (source.good_at, source.failures) == (NOW, 1)
    assert whole_day(room) == [("closed", "10 09:00", "10 11:00")]


def test_a_copy_that_would_lose_over_half_of_the_coming_times_waits_for_a_person(server: Served):
    room = make_resource()
    source = subscribed(room, server.give(calendar(*many(6))))
    look(source)
    server.give(calendar(*many(2)))
    report = look(source)
    assert (report.code, report.coming) == ("held", 2)
    assert source.held_counts == [6, 2]
    assert len(states(source)) == 6
    look(source, NOW + HOUR)  # it waits, however often it is looked at
    assert (source.held_at, len(states(source))) == (NOW, 6)
    services.refuse_held(source, by=room.unit.officer, now=NOW)
    assert look(source, NOW + 2 * HOUR).code == "same"  # this very copy isn't asked about again
    assert source.held_at is None
    server.give(calendar(*many(1)))
    assert look(source).code == "held"
    services.take_held(source, by=room.unit.officer, now=NOW)
    assert len(states(source)) == 1
    with pytest.raises(errors.WrongState):
        services.take_held(source, by=room.unit.officer, now=NOW)


def test_half_of_it_may_go_and_a_copy_that_comes_back_whole_waits_no_more(server: Served):
    room = make_resource()
    source = subscribed(room, server.give(calendar(*many(6))))
    look(source)
    server.give(calendar(*many(3)))
    assert look(source).code == "new"
    server.give(calendar())
    assert look(source).code == "held"
    server.give(calendar(*many(3)))
    assert look(source).code == "new"
    assert source.held_at is None


def test_what_has_passed_is_no_loss(server: Served):
    room = make_resource()
    source = subscribed(room, server.give(calendar(*many(6), event())))
    look(source)
    server.give(calendar(event("z", "20260601T090000Z", "20260601T100000Z")))
    assert look(source, datetime(2026, 4, 7, 12, tzinfo=UTC)).code == "new"


# --- the job ----------------------------------------------------------------------------------------------------------


def test_tick_looks_every_hour_moves_the_horizon_each_day_and_is_safe_twice(server: Served):
    room = make_resource()
    far = event("a", "20260302T100000Z", "20260302T110000Z", "RRULE:FREQ=WEEKLY")
    source = subscribed(room, server.give(calendar(far), ETag='"one"'))
    assert run_due(NOW) == []
    assert run_due(NOW) == []
    assert len(server.asked) == 1
    before = max(SourceEvent.objects.values_list("start", flat=True))
    assert before < NOW + services.AHEAD
    # A fortnight later the calendar says "not changed", and the horizon has moved all the same.
    run_due(NOW + timedelta(days=14))
    assert server.asked[-1][1]["If-None-Match"] == '"one"'
    assert max(SourceEvent.objects.values_list("start", flat=True)) == before + timedelta(days=14)
    assert min(SourceEvent.objects.values_list("start", flat=True)) > NOW + timedelta(days=12)
    source.refresh_from_db()
    assert source.next_at == NOW + timedelta(days=14) + services.EVERY


def test_one_that_fails_stops_no_other_and_its_horizon_moves_on(server: Served):
    room = make_resource()
    weekly = event("a", "20260302T100000Z", "20260302T110000Z", "RRULE:FREQ=WEEKLY")
    source = subscribed(room, server.give(calendar(weekly), "/one.ics"))
    look(source)
    server.give(b"no", "/one.ics", status=500)
    second = subscribed(make_resource(), server.give(calendar(event("b", "20260401", "20260402")), "/two.ics"))
    later = NOW + timedelta(days=7)
    assert run_due(later) == []
    second.refresh_from_db()
    source.refresh_from_db()
    assert second.good_at == later
    assert (source.failures, source.error["status"]) == (1, 500)
    assert min(SourceEvent.objects.filter(source=source).values_list("start", flat=True)) > later - timedelta(days=2)


def test_a_file_is_taken_in_like_a_fetched_copy_and_kept_up_by_the_job():
    room = make_resource()
    source = subscribed(room, "")
    raw = calendar(event("a", "20260302T100000Z", "20260302T110000Z", "RRULE:FREQ=WEEKLY"))
    assert services.give_copy(source, raw, by=room.unit.officer, now=NOW).code == "new"
    assert services.give_copy(source, b"<html>", by=room.unit.officer, now=NOW).code == "failed"
    count = SourceEvent.objects.count()
    later = NOW + timedelta(days=7)
    services.run_calendars_in(later)
    assert SourceEvent.objects.count() == count
    assert min(SourceEvent.objects.values_list("start", flat=True)) > NOW + timedelta(days=5)


def test_stopping_frees_what_it_took_and_starting_takes_it_again(server: Served):
    room = make_resource()
    source = subscribed(room, server.give(calendar(event())))
    look(source)
    services.stop_source(source, by=room.unit.officer, now=NOW)
    assert whole_day(room) == []
    assert services.run_calendars_in(NOW + timedelta(days=1)) == 0
    services.start_source(source, by=room.unit.officer, now=NOW)
    assert whole_day(room) == [("closed", "10 09:00", "10 11:00")]


def test_other_things_and_another_mode_are_followed_at_once(server: Served):
    room, other = make_resource("A"), make_resource("B")
    source = subscribed(room, server.give(calendar(event())))
    look(source)
    content = {"name": "X", "url": source.url}
    services.change_source(
        source, services.Content(**content, mode=SourceMode.BLOCK, resources=[other]), by=None, now=NOW
    )
    assert (whole_day(room), len(whole_day(other))) == ([], 1)
    services.change_source(source, services.Content(**content, resources=[other]), by=None, now=NOW)
    assert whole_day(other) == []


@pytest.mark.parametrize(
    ("fields", "code", "loc"),
    [
        ({"name": " "}, "required", ("name",)),
        ({"name": "x" * 151}, "too_long", ("name",)),
        ({"url": "http://example.org/a.ics"}, "scheme", ("url",)),
        ({"url": "https://"}, "bad_address", ("url",)),
        ({"mode": "other"}, "mode", ("mode",)),
        ({"resources": []}, "nothing", ("resources",)),
    ],
)
def test_what_can_t_be_is_refused_at_its_field(fields, code, loc):
    with pytest.raises(errors.Invalid) as caught:
        subscribed(make_resource(), **fields)
    assert (caught.value.errors[0].code, caught.value.errors[0].loc) == (code, loc)
    assert not CalendarSource.objects.exists()


def test_too_many_times_in_too_many_places_are_refused_and_what_stood_stays(server: Served, monkeypatch):
    room = make_resource()
    source = subscribed(room, server.give(calendar(event())))
    look(source)
    monkeypatch.setattr("booking.calendars.incoming.placing.MOST_BLOCKS", 2)
    server.give(calendar(*many(5)))
    assert look(source).error["code"] == "too_many_blocks"
    assert whole_day(room) == [("closed", "10 09:00", "10 11:00")]


def test_a_calendar_of_thousands_of_times_costs_a_bounded_number_of_queries(
    server: Served, django_assert_max_num_queries
):
    room = make_resource(open=None)
    days = [event("d", "20260302T100000Z", "20260302T110000Z", "RRULE:FREQ=DAILY"),
            event("e", "20260302T120000Z", "20260302T130000Z", "RRULE:FREQ=DAILY")]  # fmt: skip
    source = subscribed(room, server.give(calendar(*days)))
    with django_assert_max_num_queries(60):
        assert look(source).taken > 1000
