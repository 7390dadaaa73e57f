"""The answer clock over real time: each message, each state, and that timers never decide (requests.md, 1-8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from booking.cases import selectors, services
from booking.cases.desk.models import Morning
from booking.cases.models import Case, Step
from booking.cases.rules import promise
from booking.catalogue.models import Absence, UnitRole
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.correspondence.running import run_due
from booking.correspondence.services import send_due
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Disqualified, Forbidden, Invalid, WrongState
from booking.foundation.workdays import work_calendar
from tests import factories
from tests.cases.conftest import NOW, Town, at, body

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def case(town: Town) -> Case:
    """Received on Monday 2 March 2026, promised within ten working days: Monday 16 March."""
    return town.ask(body(town.room, at(90, 18), at(90, 20)))


@pytest.fixture
def boss(town: Town) -> Any:
    leader = factories.make_user("Lena Leder")
    UnitRole.objects.create(unit=town.unit, user=leader, role="leader")
    return leader


def run(now: datetime) -> None:
    with clock.at(now):
        assert run_due(now) == []


def run_cases(now: datetime) -> None:
    """The jobs of cases, and the letters."""
    with clock.at(now):
        for _name, job in registry.jobs():
            if job.__module__.startswith("booking.cases."):
                job(now)
        send_due(now)


def live(
    first: datetime, until: datetime, step: timedelta = 12 * HOUR, tick: Callable[[datetime], None] = run_cases
) -> None:
    """`tick` as it runs in life, again and again. All that it does is done through the sixty days of silence, and a
    third of it is about cases."""
    while first <= until:
        tick(first)
        first += step


def story(case: Case) -> list[tuple[str, str]]:
    """(local day, event type) in order."""
    tz = booking_settings().tz
    rows = case.events.order_by("at", "pk").values_list("at", "type", "data")
    return [
        (clock.local_date(moment, tz).isoformat()[5:], kind + (f":{data['step']}" if "step" in data else ""))
        for moment, kind, data in rows
    ]


def letters(handler: str) -> list[str]:
    """To whom letters of a kind have really left."""
    return sorted(OutboxMessage.objects.filter(handler=handler, state="sent").values_list("recipient", flat=True))


UNTOUCHED = [
    ("03-02", "received"),
    ("03-02", "receipt_sent"),
    ("03-09", "nudged:half_time"),
    ("03-12", "nudged:two_days_left"),
    ("03-13", "nudged:last_day"),
    ("03-17", "escalated"),
    ("03-27", "interim_drafted"),
    ("04-01", "late_status_sent"),
]


def test_sixty_days_of_silence(town: Town, case: Case, boss: Any) -> None:
    assert case.answer_by == date(2026, 3, 16)
    Morning.objects.create(day=date(2026, 3, 2), at=NOW)  # this morning's letters left before it came
    live(NOW, NOW + 60 * DAY, tick=run)
    assert story(case) == UNTOUCHED
    case.refresh_from_db()
    assert (case.state, case.waiting_on) == ("received", "municipality")
    assert list(case.lines.values_list("state", flat=True)) == ["requested"]
    assert letters("case_last_day") == [town.officer.email]
    assert letters("staff_late") == [boss.email]
    assert letters("case_late_status") == [town.coach.email]
    # One digest on each working morning with something in it (new; due soon; late), none on the others, and none to who
    # isn't concerned.
    mornings = 1 + work_calendar().working_days_in(date(2026, 3, 12), date(2026, 4, 30))
    assert letters("staff_digest") == [town.officer.email] * mornings
    assert not Step.objects.filter(done_at__isnull=True).exists()
    assert not OutboxMessage.objects.exclude(state__in=["sent", "dropped"]).exists()


@pytest.mark.once
def test_the_timer_away_for_ten_days_says_what_is_left_to_say_and_says_it_once(case: Case, boss: Any) -> None:
    live(NOW, at(6, 9))
    assert story(case) == UNTOUCHED[:2]
    live(at(16, 9), NOW + 60 * DAY)
    assert story(case) == [*UNTOUCHED[:2], ("03-18", "escalated"), *UNTOUCHED[6:]]
    assert Step.objects.filter(outcome="needless").count() == 3
    assert letters("staff_late") == [boss.email]


def test_two_ticks_at_once_or_one_after_the_other_do_it_once(town: Town, case: Case) -> None:
    for moment in (at(15, 1), at(15, 1), at(15, 2)):
        run(moment)
        services.run_steps(moment)
    assert [kind for _day, kind in story(case)].count("escalated") == 1


@pytest.mark.once
def test_an_answer_ends_the_reminders(town: Town, case: Case, boss: Any) -> None:
    town.decide(case, "grant", now=at(3, 9))
    live(NOW, NOW + 60 * DAY)
    assert {kind for _day, kind in story(case)} == {"received", "receipt_sent", "granted"}
    assert set(Step.objects.values_list("outcome", flat=True)) == {"moot"}
    assert letters("staff_digest") == letters("staff_late") == []


@pytest.mark.once
def test_a_holding_reply_keeps_the_first_date_on_record(town: Town, case: Case, boss: Any) -> None:
    live(NOW, at(10, 9))
    answered = services.holding_reply(
        case, until=date(2026, 4, 15), message="Vi venter på befaring.", by=town.officer, now=at(10, 10)
    )
    assert (answered.answer_by, answered.first_answer_by) == (date(2026, 4, 15), date(2026, 3, 16))
    assert answered.state == "in_review"
    live(at(10, 10), NOW + 60 * DAY)
    after = [row for row in story(case) if row[0] >= "03-12"]
    assert after == [
        ("03-12", "holding_reply"),
        ("04-13", "nudged:two_days_left"),
        ("04-14", "nudged:last_day"),
        ("04-16", "escalated"),
        ("04-20", "late_status_sent"),
    ]
    assert letters("case_holding_reply") == [town.coach.email]
    text = OutboxMessage.objects.get(handler="case_holding_reply").body
    assert "Vi venter på befaring." in text
    assert "15. april 2026" in text


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (date(2026, 3, 2), "past"),
        (date(2026, 3, 16), "not_later"),
        (date(2026, 3, 10), "not_later"),
        (date(2026, 7, 1), "too_far"),
    ],
)
def test_which_dates_may_be_promised(town: Town, case: Case, until: date, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.holding_reply(case, until=until, by=town.officer, now=NOW)
    assert (refusal.value.errors[0].code, refusal.value.errors[0].loc) == (code, ("until",))


@pytest.mark.once
def test_a_question_stops_the_clock_and_the_reply_sets_it_going(town: Town, case: Case) -> None:
    asked = services.ask(case, message="Hvor mange kommer?", by=town.officer, now=at(3, 10))
    assert (asked.state, asked.waiting_on) == ("waiting_for_requester", "requester")
    live(at(3, 10), at(7, 18))
    services.add_message(case, by=town.coach, body="Tjue.", now=at(7, 19))
    case.refresh_from_db()
    # Thursday to Monday: two working days more.
    assert (case.state, case.waiting_on, case.answer_by) == ("in_review", "municipality", date(2026, 3, 18))
    assert case.first_answer_by == date(2026, 3, 16)
    live(at(7, 20), NOW + 40 * DAY)
    assert [row for row in story(case) if row[0] > "03-09"][:2] == [
        ("03-16", "nudged:two_days_left"),
        ("03-17", "nudged:last_day"),
    ]


@pytest.mark.once
def test_no_reply_is_asked_again_and_then_the_officer_decides(town: Town, case: Case, boss: Any) -> None:
    services.ask(case, message="Hvor mange kommer?", by=town.officer, now=at(3, 10))
    live(at(3, 10), NOW + 60 * DAY)
    assert [row for row in story(case) if row[0] > "03-05"] == [("03-12", "asked"), ("03-19", "nudged:no_reply")]
    case.refresh_from_db()
    assert (case.state, case.attention) == ("waiting_for_requester", "no_reply")
    assert letters("case_asked") == [town.coach.email] * 2
    # From the day on which the officer is asked what to do, until they have done it.
    mornings = work_calendar().working_days_in(date(2026, 3, 19), date(2026, 4, 30))
    assert letters("staff_digest") == [town.officer.email] * mornings
    assert letters("staff_late") == []
    assert case in selectors.queue(town.officer, now=NOW + 60 * DAY)
    services.add_message(case, by=town.coach, body="Beklager, tjue.", now=NOW + 61 * DAY)
    case.refresh_from_db()
    assert (case.waiting_on, case.attention) == ("municipality", "")


def test_the_deputy_is_reminded_while_the_officer_is_away(town: Town, case: Case) -> None:
    deputy = factories.make_user("Siri Stedfortreder")
    UnitRole.objects.create(unit=town.unit, user=deputy, role="officer")
    Case.objects.update(deputy=deputy)
    Absence.objects.create(user=town.officer, start=date(2026, 3, 1), end=date(2026, 3, 31))
    live(NOW, at(12, 9))
    assert set(letters("staff_digest")) == {deputy.email}
    assert letters("case_last_day") == [deputy.email]


def test_nobody_is_mailed_about_themselves(town: Town, case: Case) -> None:
    """The unit's only leader holds the case: the leader of the unit above is told."""
    top = factories.make_unit("Rådhuset")
    above = factories.make_user("Rune Rådmann")
    UnitRole.objects.create(unit=top, user=above, role="leader")
    UnitRole.objects.create(unit=town.unit, user=town.officer, role="leader")
    town.unit.parent = top
    town.unit.save()
    live(NOW, at(15, 12))
    assert letters("staff_late") == [above.email]


def test_one_letter_a_day_however_many_cases_are_late(town: Town, boss: Any) -> None:
    for hour in (8, 10, 12):
        town.ask(body(town.room, at(90, hour), at(90, hour + 1)))
    live(NOW, at(15, 12))
    assert letters("staff_late") == [boss.email]
    text = OutboxMessage.objects.get(handler="staff_late").body
    assert text.count("2026-00") >= 3


class TestHandOver:
    def test_it_names_a_receiver_and_a_reason_and_leaves_the_clock_alone(self, town: Town, case: Case) -> None:
        other = factories.make_unit("Teknisk")
        moved = services.hand_over(case, unit=other, reason="Gjelder uteområdet.", by=town.officer, now=at(2, 9))
        assert (moved.unit, moved.officer, moved.answer_by) == (other, other.officer, case.answer_by)
        run(at(2, 9))
        assert letters("case_handed_over") == [town.coach.email]
        assert letters("case_given_to_you") == [other.officer.email]
        text = OutboxMessage.objects.get(handler="case_handed_over").body
        for words in ("Gjelder uteområdet.", "Teknisk", "16. mars 2026"):
            assert words in text
        with pytest.raises(Forbidden):
            services.hand_over(moved, unit=town.unit, reason="Tilbake", by=town.officer, now=at(2, 10))

    def test_the_third_tells_the_receiving_units_leader(self, town: Town, case: Case, boss: Any) -> None:
        other = factories.make_unit("Teknisk")
        services.hand_over(case, unit=other, reason="En", by=town.officer, now=at(1, 9))
        services.hand_over(case, unit=town.unit, reason="To", by=other.officer, now=at(2, 9))
        services.hand_over(case, unit=other, reason="Tre", by=town.officer, now=at(3, 9))
        back = services.hand_over(case, unit=town.unit, reason="Fire", by=other.officer, now=at(4, 9))
        assert (back.hand_overs, back.attention) == (4, "handed")
        run(at(4, 9))
        assert letters("case_handed_often") == [boss.email]

    @pytest.mark.parametrize("what", ["reason", "nobody", "same", "stranger"])
    def test_what_is_refused(self, town: Town, case: Case, what: str) -> None:
        other = factories.make_unit("Teknisk")
        wanted: dict[str, Any] = {"unit": other, "reason": "x"}
        wanted |= {
            "reason": {"reason": " "},
            "nobody": {"unit": None},
            "same": {"unit": town.unit},
            "stranger": {"officer": town.coach},
        }[what]
        with pytest.raises(Invalid):
            services.hand_over(case, by=town.officer, now=NOW, **wanted)
        assert Case.objects.get(pk=case.pk).hand_overs == 0

    def test_who_has_a_conflict_of_interest_may_give_it_away_and_do_nothing_else(self, town: Town, case: Case) -> None:
        factories.give_membership(town.officer, town.club, "leader")
        colleague = factories.make_user("Kollega")
        UnitRole.objects.create(unit=town.unit, user=colleague, role="officer")
        for act in (
            lambda: services.holding_reply(case, until=date(2026, 4, 1), by=town.officer, now=NOW),
            lambda: services.ask(case, message="?", by=town.officer, now=NOW),
            lambda: services.dismiss(case, grounds="x", by=town.officer, now=NOW),
        ):
            with pytest.raises(Disqualified):
                act()
        given = services.assign(case, officer=colleague, by=town.officer, now=NOW)
        assert given.officer == colleague
        with pytest.raises(Invalid):
            services.assign(given, officer=town.officer, by=colleague, now=NOW)

    def test_who_leaves_takes_no_case_along(self, town: Town, case: Case, boss: Any) -> None:
        town.officer.is_active = False
        town.officer.save()
        case.refresh_from_db()
        assert case.officer == town.unit.deputy
        assert case.attention == "taken_over"
        assert case in selectors.queue(boss, now=NOW)
        assert services.seen(case, by=boss, now=NOW).attention == ""


class TestEnds:
    def test_dismissed_gives_the_time_free_and_can_be_appealed(self, town: Town, case: Case) -> None:
        gone = services.dismiss(case, grounds="Gjelder en annen kommune.", by=town.officer, now=at(1, 9))
        assert (gone.state, gone.waiting_on) == ("dismissed", "nobody")
        assert list(gone.lines.values_list("state", flat=True)) == ["refused"]
        assert services.dismiss(gone, grounds="Igjen", by=town.officer, now=at(1, 10)).version == gone.version
        run(at(1, 9))
        assert "Gjelder en annen kommune." in OutboxMessage.objects.get(handler="case_dismissed").body
        again = services.appeal(gone, message="Vi bor her.", by=town.coach, now=at(2, 9))
        assert (again.state, again.waiting_on) == ("appealed", "municipality")

    def test_an_appeal_is_answered_and_decided_anew_in_the_old_place(self, town: Town, case: Case) -> None:
        refused = town.decide(case, "refuse", grounds="Stengt den dagen.", now=at(1, 9))
        appealed = services.appeal(refused, message="Det er åpent.", by=town.coach, now=at(4, 9))
        assert (appealed.state, appealed.answer_by) == ("appealed", date(2026, 3, 20))
        with pytest.raises(WrongState):
            services.appeal(appealed, message="Igjen", by=town.coach, now=at(4, 10))
        back = services.answer_appeal(appealed, outcome="reopen", grounds="Du har rett.", by=town.officer, now=at(5, 9))
        assert (back.state, back.waiting_on) == ("in_review", "municipality")
        assert town.decide(back, "grant", now=at(5, 10)).state == "granted"

    def test_an_appeal_that_changes_nothing_goes_on(self, town: Town, case: Case) -> None:
        refused = town.decide(case, "refuse", grounds="Stengt.", now=at(1, 9))
        appealed = services.appeal(refused, message="Nei.", by=town.coach, now=at(40, 9))
        assert appealed.events.get(type="appealed").data["late"] is True
        upheld = services.answer_appeal(appealed, outcome="uphold", grounds="Står.", by=town.officer, now=at(41, 9))
        assert (upheld.state, upheld.waiting_on) == ("closed", "nobody")

    def test_nothing_that_is_open_can_be_closed_and_nothing_unanswered(self, town: Town, case: Case) -> None:
        with pytest.raises(WrongState):
            services.close_case(case, by=town.officer, now=NOW)
        question = services.submit_enquiry(message="Hvem maler?", user=town.coach, unit=town.unit, now=NOW)
        with pytest.raises(Invalid):
            services.close_case(question, by=town.officer, now=NOW)
        closed = services.close_case(question, message="Det gjør vi.", by=town.officer, now=NOW)
        assert (closed.state, closed.waiting_on) == ("closed", "nobody")
        with pytest.raises(WrongState):
            services.holding_reply(closed, until=date(2026, 4, 1), by=town.officer, now=NOW)

    def test_only_the_parties_appeal_and_only_a_decision(self, town: Town, case: Case) -> None:
        with pytest.raises(WrongState):
            services.appeal(case, message="x", by=town.coach, now=NOW)
        refused = town.decide(case, "refuse", grounds="Stengt.")
        with pytest.raises(Forbidden):
            services.appeal(refused, message="x", by=town.other_coach, now=NOW)


class TestRules:
    def test_a_short_promise_has_no_reminder_before_it_was_given(self) -> None:
        tz, calendar = booking_settings().tz, work_calendar()
        due = promise.steps(NOW, date(2026, 3, 3), calendar, tz, since=NOW)
        assert [one.kind for one in due] == ["overdue", "interim_draft", "late_status"]

    def test_the_clock_change_night_is_midnight_on_the_wall(self) -> None:
        tz, calendar = booking_settings().tz, work_calendar()
        due = {one.kind: one.at for one in promise.steps(NOW, date(2026, 3, 27), calendar, tz, since=NOW)}
        assert due["overdue"].astimezone(tz).isoformat() == "2026-03-28T00:00:00+01:00"
        later = {one.kind: one.at for one in promise.steps(NOW, date(2026, 3, 30), calendar, tz, since=NOW)}
        assert later["overdue"].astimezone(tz).isoformat() == "2026-03-31T00:00:00+02:00"

    def test_what_is_outdone_is_needless(self) -> None:
        assert promise.worth_doing({"half_time", "two_days_left", "last_day"}) == ["last_day"]
        assert promise.worth_doing({"last_day", "overdue", "late_status"}) == ["overdue", "late_status"]
        assert promise.worth_doing({"ask_again", "no_reply"}) == ["no_reply"]
