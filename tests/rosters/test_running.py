"""What `tick` does: reminders the day before, unfilled duties a week ahead; once each, late if it must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from booking.cases import services as cases
from booking.cases.models import Event
from booking.correspondence import registry
from booking.correspondence import services as post
from booking.correspondence.models import OutboxMessage, OutboxState
from booking.foundation import clock
from booking.rosters import selectors, services
from booking.rosters.models import SignUp, Swap, WeekTold
from tests.factories import NOW
from tests.rosters.test_services import duties, letters
from tests.rosters.world import START, World

#: Friday 13 March 2026, 10:00 in Oslo.
DAY_BEFORE = datetime(2026, 3, 13, 9, tzinfo=UTC)


def tick(now: datetime) -> int:
    with clock.at(now):
        return services.run_rosters(now)


def test_the_reminder_goes_the_day_before_and_once(world: World) -> None:
    world.needs()
    case = world.hosted()
    for number in (1, 3):
        services.sign_up(case, number, by=world.member, now=NOW)
    assert tick(DAY_BEFORE - timedelta(minutes=1)) == 0 or letters("duty_reminder") == []
    tick(DAY_BEFORE)
    tick(DAY_BEFORE + timedelta(hours=1))
    # Two duties of the same date are one letter.
    assert letters("duty_reminder") == [world.member.email]


def test_who_wants_it_in_the_evening_gets_it_then(world: World) -> None:
    world.needs()
    case = world.hosted()
    cases.choose_mail(by=world.member, wishes={"duty": "evening"})
    services.sign_up(case, 1, by=world.member, now=NOW)
    tick(DAY_BEFORE + timedelta(hours=7))
    assert letters("duty_reminder") == []
    tick(DAY_BEFORE + timedelta(hours=8))
    assert letters("duty_reminder") == [world.member.email]


def test_after_an_outage_it_is_said_once_and_never_afterwards(world: World) -> None:
    world.needs()
    case = world.hosted(days=2)
    services.sign_up(case, 1, by=world.member, now=NOW)
    services.sign_up(case, 4, by=world.member, now=NOW)
    tick(START - timedelta(hours=1))
    assert letters("duty_reminder") == [world.member.email]
    tick(START + timedelta(days=8))
    assert letters("duty_reminder") == [world.member.email]


def test_a_reminder_in_the_outbox_is_taken_back_when_the_date_goes(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    tick(DAY_BEFORE)
    cases.withdraw_line(case, 1, by=world.leader, now=DAY_BEFORE + timedelta(minutes=5))
    row = OutboxMessage.objects.get(handler="duty_reminder")
    assert row.state == OutboxState.DROPPED
    assert [one.payload["what"] for one in OutboxMessage.objects.filter(handler="duty_news")] == ["off"]


def test_who_signs_up_on_the_eve_isn_t_reminded_of_it(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=DAY_BEFORE + timedelta(hours=3))
    tick(DAY_BEFORE + timedelta(hours=4))
    assert letters("duty_reminder") == []
    assert SignUp.objects.get().reminded_for == START


def test_a_helper_s_letters_hold_no_address_and_no_text_afterwards(world: World, mailoutbox: list) -> None:
    world.needs()
    case = world.hosted()
    helper, token = services.make_personal_link(
        case, by=world.leader, name="Olav", email="olav@example.org", grown=True, now=NOW
    )
    services.sign_up(case, 1, helper=helper, now=NOW)
    tick(DAY_BEFORE)
    rows = OutboxMessage.objects.filter(handler__endswith="_link").order_by("pk")
    assert [row.handler for row in rows] == ["duty_personal_link", "duty_signed_up_link", "duty_reminder_link"]
    assert {row.recipient for row in rows} == {""}
    with clock.at(DAY_BEFORE):
        post.send_due(DAY_BEFORE)
    mine = [one for one in mailoutbox if one.to == ["olav@example.org"]]
    assert len(mine) == 3
    assert all(f"/duties/{token}/" in one.body for one in mine)
    for row in rows.all():
        assert (row.state, row.body, row.payload) == (OutboxState.SENT, "", {})


def test_unfilled_a_week_ahead_one_letter_per_host_and_week(world: World) -> None:
    world.needs()
    world.hosted(days=2)
    other = world.hosted(start=START + timedelta(hours=5))
    six_days = START - timedelta(days=6)
    assert tick(START - timedelta(days=8)) == 0
    tick(six_days)
    tick(six_days + timedelta(hours=2))
    tick(six_days + timedelta(hours=20))
    rows = OutboxMessage.objects.filter(handler="duty_unfilled")
    # Sunday is one ISO week, Monday the next: the letter of each week once.
    by_week = {row.key.split(":")[2] for row in rows}
    assert len(rows) == len(by_week) * 3
    assert set(letters("duty_unfilled")) == {world.leader.email, world.booker.email, world.youth.email}
    with clock.at(six_days):
        letter = registry.handler("duty_unfilled").write(rows[0].payload, "nb")
    assert "Møteplassen" in letter.text
    assert selectors.unfilled_duties(now=six_days, until=START + timedelta(hours=1), hosts=[world.club.pk])
    assert other.reference


def test_the_officer_has_it_in_the_morning_s_digest_once_a_week(world: World) -> None:
    world.needs()
    world.hosted()
    monday = datetime(2026, 3, 9, 9, tzinfo=UTC)
    tick(monday)
    tick(monday + timedelta(days=1))
    rows = OutboxMessage.objects.filter(handler="staff_digest")
    assert [row.recipient for row in rows] == [world.unit.officer.email]
    with clock.at(monday):
        assert registry.handler("staff_digest").still_valid(rows[0].payload)
        letter = registry.handler("staff_digest").write(rows[0].payload, "nb")
    assert "Lillebyhallen" in letter.text
    # The officer of another unit has nothing.
    assert not selectors.unfilled_for(world.other.officer, monday.date(), now=monday)


def test_nothing_is_told_when_everything_is_filled(world: World) -> None:
    world.needs()
    case = world.hosted()
    for who, number in ((world.member, 1), (world.young, 2), (world.member, 3), (world.young, 3)):
        services.sign_up(case, number, by=who, now=NOW)
    tick(START - timedelta(days=5))
    assert letters("duty_unfilled") == letters("staff_digest") == []


def test_who_withdraws_late_leaves_a_gap_that_hosts_hear_of_at_once(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    services.withdraw(case, 1, by=world.member, now=START - timedelta(days=2))
    assert letters("duty_free") == sorted([world.leader.email, world.booker.email, world.youth.email])
    services.sign_up(case, 2, by=world.member, now=NOW)
    services.withdraw(case, 2, by=world.member, now=NOW)  # twelve days before: next week's letter tells it
    assert len(letters("duty_free")) == 3


def test_questions_lapse_when_the_date_begins(world: World) -> None:
    world.needs()
    case = world.hosted()
    services.sign_up(case, 1, by=world.member, now=NOW)
    services.ask_swap(case, 1, by=world.member, now=NOW)
    tick(START + timedelta(minutes=1))
    assert Swap.objects.get().state == "lapsed"


def test_new_keys_break_no_link(world: World, settings: object) -> None:
    settings.BOOKING = {**settings.BOOKING, "encryption_keys": ["o" * 40]}  # type: ignore[attr-defined]
    world.needs()
    case = world.hosted()
    helper, token = services.make_personal_link(case, by=world.leader, phone="90000000", now=NOW)
    opened = services.open_link(case, by=world.leader, now=NOW)
    keys = ["n" * 40, "o" * 40]
    settings.BOOKING = {**settings.BOOKING, "encryption_keys": keys}  # type: ignore[attr-defined]
    assert selectors.find_helper(token) == helper
    tick(NOW + timedelta(hours=1))
    settings.BOOKING = {**settings.BOOKING, "encryption_keys": keys[:1]}  # type: ignore[attr-defined]
    assert selectors.find_helper(token) == helper
    assert selectors.find_open_link(opened) is not None
    again, same = services.make_personal_link(case, by=world.leader, phone="90000000", now=NOW)
    assert (again, same) == (helper, token)


def test_switched_off_it_does_nothing(world: World, settings: object) -> None:
    settings.BOOKING = {**settings.BOOKING, "switches": {"rosters": False}}  # type: ignore[attr-defined]
    case = world.hosted()
    assert duties(case) == []
    assert tick(START - timedelta(days=3)) == 0
    assert not WeekTold.objects.exists()
    assert not Event.objects.filter(type="duty_changed").exists()


def test_the_caretaker_sees_who_opens_and_what_nobody_does(world: World, django_assert_num_queries) -> None:
    world.needs()
    case = world.hosted()
    line = case.lines.get()
    services.sign_up(case, 1, by=world.member, now=NOW)
    with django_assert_num_queries(2):
        notes = selectors.day_notes([line.pk], NOW)[line.pk]
    # A member stands on it with the name of those whom they stand for (`rules.name_on_roster`).
    assert [note.words for note in notes if note.words] == ["Møteplassen"]
    assert any(note.missing for note in notes)
