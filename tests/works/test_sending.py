"""Notices: once, to the right people, with a clock; the ladder; what comes back; what an outage leaves."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Invalid
from booking.works import selectors, services
from booking.works.models import WorksDispatch, WorksNotice
from booking.works.services import running, telling
from tests.factories import NOW, give_membership
from tests.works.world import World, at, fresh, photo

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def party(world: World, works: object) -> object:
    return fresh(works).parties.get(organisation=world.club)


def test_one_mail_per_person_with_all_their_organisations(world: World) -> None:
    give_membership(world.coach, world.choir, "leader")
    world.lend(44)
    world.lend(45, who=world.choir)
    world.consulting()
    mine = [one for one in world.post_goes_out() if one.to == [world.coach.email]]
    sent = [one for one in mine if "Vannledning" in one.subject or "vannledning" in one.subject]
    assert len(sent) == 1
    assert "Lilleby idrettslag" in sent[0].body
    assert "Lilleby kor" in sent[0].body
    links = [word for word in sent[0].body.split() if word.startswith("http")]
    # One link for each organisation, and the public page.
    assert len(links) == 3


def test_the_notice_and_its_dispatches_are_there_once(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    notice = works.notices.get(kind="notice")
    assert notice.text_hash
    assert "Lilleby idrettslag" not in notice.text
    dispatches = list(notice.dispatches.order_by("contact"))
    assert {one.channel for one in dispatches} == {"email"}
    assert {one.user for one in dispatches} == {world.coach, world.leader}
    assert services.move(works, to="noticed", by=world.planner, now=NOW).notices.count() == works.notices.count()


def test_the_clock_starts_when_the_first_channel_took_it(world: World) -> None:
    world.lend(44)
    works = world.consulting(now=NOW - 15 * DAY)
    works = services.move(works, to="noticed", by=world.planner, now=NOW)
    assert party(world, works).clock_from is None
    world.post_goes_out()
    assert party(world, works).clock_from == NOW + timedelta(minutes=5)
    kinds = list(party(world, works).clock.values_list("kind", flat=True))
    assert kinds == ["started"]


def test_a_bounce_voids_it_and_the_next_rung_is_climbed_at_once(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    OutboxMessage.objects.filter(handler=telling.LETTER, recipient__in=[world.coach.email, world.leader.email]).update(
        state="bounced"
    )
    running.run_works(NOW + DAY)
    assert party(world, works).clock_from is None
    kinds = list(party(world, works).clock.values_list("kind", flat=True))
    assert "voided" in kinds
    steps = set(WorksDispatch.objects.filter(notice__works=works).values_list("step", "channel"))
    assert (2, "sms") in steps


def test_a_bounce_of_one_of_two_leaves_the_other_s_clock(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    OutboxMessage.objects.filter(handler=telling.LETTER, recipient=world.coach.email).update(state="bounced")
    running.run_works(NOW + DAY)
    assert party(world, works).clock_from == NOW + timedelta(minutes=5)


def test_acknowledging_is_a_post_and_never_consent(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    first = services.acknowledge(party(world, works), by=world.coach, now=NOW + DAY)
    again = services.acknowledge(party(world, works), by=world.coach, now=NOW + 2 * DAY)
    assert first.pk == again.pk
    assert first.at == NOW + DAY
    running.run_works(at(36, 9))
    assert not fresh(works).notices.filter(kind="reminder").exists()


def test_after_ten_days_without_tick_only_the_newest_step_is_sent(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    running.run_works(at(36, 9))
    made = WorksDispatch.objects.filter(notice__works=works, notice__kind="reminder")
    # The call is due, and the reminder of the seventh day; SMS, second contact and leader are passed over.
    assert set(made.values_list("channel", flat=True)) == {"phone", "email"}
    assert set(made.values_list("notice__data__days", flat=True)) == {None, 7}
    before = WorksDispatch.objects.count()
    running.run_works(at(36, 9))
    running.run_works(at(36, 10))
    assert WorksDispatch.objects.count() == before


def test_the_whole_ladder_then_the_party_counts_as_served(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    for day in range(1, 41):
        running.run_works(at(day, 9))
        world.post_goes_out(at(day, 9))
        for task in WorksDispatch.objects.filter(notice__works=works, channel__in=["phone", "poster"], state="queued"):
            how: dict[str, Any] = {"outcome": "not_reached"}
            if task.channel == "poster":
                how = {"outcome": "put_up", "photo": photo()}
            if not task.tries:
                services.log_task(task, **how, by=world.planner, now=at(day, 10))
    running.run_works(at(41, 9))
    channels = set(WorksDispatch.objects.filter(notice__works=works).values_list("channel", flat=True))
    assert channels == {"email", "sms", "phone", "poster"}
    assert party(world, works).served_at is not None
    missing = services.unmet_requirements(fresh(works), frozenset({"notice"}), start=at(42, 7), now=at(41, 9))
    assert [one.code for one in missing] == ["conflict_open"]


def test_a_poster_counts_with_its_photo_only(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    for day in range(1, 41):
        running.run_works(at(day, 9))
        world.post_goes_out(at(day, 9))
    task = WorksDispatch.objects.get(notice__works=works, channel="poster")
    with pytest.raises(Invalid) as refused:
        services.log_task(task, outcome="put_up", by=world.planner, now=at(41, 9))
    assert [one.loc for one in refused.value.errors] == [("photo",)]
    services.log_task(task, outcome="put_up", photo=photo(), by=world.planner, now=at(41, 9))
    task.refresh_from_db()
    assert task.state == "done"
    assert task.attempts.get().photo.content_type == "image/jpeg"


def test_who_stores_equipment_there_must_be_reached_by_phone(world: World) -> None:
    """notice-rules.md "Kind of use": + 7 days and a phone confirmation. A try is enough for urgent works alone."""
    world.lend(44)
    works = world.planned()
    row = works.current.affected.rows.get()
    services.confirm_affected(works, by=world.planner, now=NOW)
    needs = row.requirement | {"phone": True, "calendar_days": 21}
    type(row).objects.filter(pk=row.pk).update(requirement=needs)
    works = services.move(fresh(works), to="consulting", by=world.planner, now=NOW)
    works = services.move(works, to="noticed", by=world.planner, now=at(15, 9))
    (task,) = WorksDispatch.objects.filter(notice__works=works, channel="phone")
    assert "not_phoned" in codes(works, at(16, 9))
    services.log_task(task, outcome="not_reached", by=world.planner, now=at(16, 9))
    assert "not_reached" in codes(works, at(16, 10))
    services.log_task(task, outcome="reached", by=world.planner, now=at(17, 9))
    assert not {"not_phoned", "not_reached"} & codes(works, at(17, 10))


def codes(works: Any, now: Any) -> set[str]:
    missing = services.unmet_requirements(fresh(works), frozenset({"notice"}), start=at(42, 7), now=now)
    return {one.code for one in missing}


def test_reached_by_phone_is_a_receipt(world: World) -> None:
    world.lend(44)
    works = world.noticed()
    for day in range(1, 38):
        running.run_works(at(day, 9))
    task = WorksDispatch.objects.get(notice__works=works, channel="phone")
    assert task.officer == world.planner
    services.log_task(task, outcome="reached", note="Snakket med Leif.", by=world.mate, now=at(38, 9))
    assert party(world, works).receipts.get(how="phone")


def test_a_cancellation_overtakes_a_queued_notice(world: World) -> None:
    world.lend(44)
    works = world.consulting(now=NOW - 15 * DAY)
    world.post_goes_out(NOW - 15 * DAY)
    works = services.move(works, to="noticed", by=world.planner, now=NOW)
    services.move(works, to="cancelled", by=world.planner, now=NOW, why="Ingen penger i år.")
    sent = world.post_goes_out()
    assert {one.subject.split(":")[0] for one in sent} <= {"Cancelled", "Avlyst"}
    assert "Ingen penger i år." in sent[0].body


def test_who_left_isn_t_written_to(world: World) -> None:
    world.lend(44)
    works = world.consulting(now=NOW - 15 * DAY)
    world.post_goes_out(NOW - 15 * DAY)
    services.move(works, to="noticed", by=world.planner, now=NOW)
    type(world.coach).objects.filter(pk=world.coach.pk).update(is_active=False)
    assert [one.to for one in world.post_goes_out()] == [[world.leader.email]]


def test_sms_by_a_file(world: World, settings, tmp_path) -> None:
    path = tmp_path / "sms.jsonl"
    switches = settings.BOOKING.get("switches", {}) | {"sms": True}
    settings.BOOKING = settings.BOOKING | {
        "switches": switches, "sms_backend": "booking.correspondence.sms.FileBackend", "sms_file": str(path),
    }  # fmt: skip
    world.lend(44)
    works = world.noticed()
    for day in range(1, 12):
        running.run_works(at(day, 9))
    running.run_works(at(12, 9))
    (line,) = path.read_text().splitlines()
    said = json.loads(line)
    assert said["number"] == "91234567"
    assert "Elvesletta" in said["text"]
    assert WorksDispatch.objects.get(notice__works=works, channel="sms").state == "sent"


def test_an_sms_that_nobody_knows_of_is_uncertain_and_a_reminder_isn_t_said_twice(world: World, settings) -> None:
    switches = settings.BOOKING.get("switches", {}) | {"sms": True}
    settings.BOOKING = settings.BOOKING | {
        "switches": switches, "sms_backend": "tests.works.test_sending.Unsure",
    }  # fmt: skip
    world.lend(44)
    works = world.noticed()
    Unsure.sent.clear()
    for day in range(1, 9):
        running.run_works(at(day, 9))
        running.run_works(at(day, 12))
    assert len(Unsure.sent) == 1
    row = WorksDispatch.objects.get(notice__works=works, channel="sms")
    assert row.state == "uncertain"
    assert row.attempts.get().outcome == "uncertain"


class Unsure:
    """A provider that takes the message and never says so."""

    sent: list[str] = []

    def send(self, *, number: str, text: str, key: str) -> None:
        self.sent.append(key)
        raise TimeoutError


def test_a_thousand_parties_cost_a_flat_number_of_queries(world: World, django_assert_max_num_queries) -> None:
    from tests.factories import make_organisation, make_user

    works = world.planned()
    for number in range(30):
        club = make_organisation(f"Lag {number}", leader=make_user(f"Leder {number}"))
        services.add_affected(works, organisation=club, reason="Bruker sletta.", by=world.planner, now=NOW)
    services.confirm_affected(works, by=world.planner, now=NOW)
    rows = selectors.affected_rows(selectors.list_of(fresh(works).current))
    mail.outbox.clear()
    with django_assert_max_num_queries(30 * 3 + 40):
        telling.say(fresh(works), "consultation", rows, key="k", now=NOW, data={"until": NOW.isoformat()})
    assert WorksNotice.objects.get(key="k").dispatches.count() == 30
