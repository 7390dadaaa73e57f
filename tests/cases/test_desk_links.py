"""The morning's letter and its two links: one officer, one case, one act, once, seven days, and never past a tie."""

from __future__ import annotations

import logging
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from booking.cases import services
from booking.cases.desk import services as desk
from booking.cases.desk.models import Morning, UsedLink
from booking.cases.desk.rules import Link, write_link
from booking.cases.models import Case
from booking.catalogue.models import Absence, UnitRole
from booking.correspondence.models import OutboxMessage
from booking.correspondence.running import run_due
from booking.foundation import clock
from booking.foundation.errors import Invalid, NotFound
from tests import factories
from tests.cases.conftest import NOW, Town, at, body
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
#: Tuesday 3 March 2026, half past seven in Oslo.
MORNING = at(1, 7, 30)
TODAY = date(2026, 3, 3)


@pytest.fixture
def case(town: Town) -> Case:
    return town.ask(body(town.room, at(90, 18), at(90, 20), title="Årsmøte", responsible={"phone": "90012345"}))


def tick(now: datetime) -> list[Any]:
    """What leaves when everything due is done at that moment."""
    before = len(mail.outbox)
    with clock.at(now):
        assert run_due(now) == []
    return mail.outbox[before:]


def digests(letters: list[Any]) -> list[Any]:
    return [letter for letter in letters if "/desk/" in letter.body or "/admin/booking/cases/inspect/" in letter.body]


def links(letter: Any) -> list[str]:
    return [f"/desk/{token}/" for token in re.findall(r"/desk/([\w-]+)/", letter.body)]


def link(user: Any, case: Case, act: str, day: date = TODAY) -> str:
    return reverse("booking:desk_link", args=[desk.link_for(user, Case.objects.get(pk=case.pk), act, day)])


def opens(address: str, now: datetime = MORNING, client: Client | None = None) -> bool:
    with clock.at(now):
        return (client or Client()).get(address).status_code == 200


# --- when the letter comes -------------------------------------------------------------------------------------------


def test_a_new_case_stands_in_the_next_mornings_letter_once(town: Town, case: Case) -> None:
    Morning.objects.create(day=date(2026, 3, 2), at=at(0, 7))  # this morning's is out
    assert not digests(tick(at(0, 20)))
    assert not digests(tick(at(1, 6, 59)))
    (letter,) = digests(tick(MORNING))
    assert letter.to == [town.officer.email]
    assert case.reference in letter.body
    assert len(links(letter)) == 2
    assert not digests(tick(MORNING + timedelta(hours=2)))
    assert not digests(tick(at(2, 8)))  # neither new nor due
    assert list(Morning.objects.order_by("day").values_list("day", flat=True))[1:] == [TODAY, date(2026, 3, 4)]


def test_no_letter_on_a_sunday_and_mondays_says_what_came_since_friday(town: Town) -> None:
    town.ask(body(town.room, at(90, 18), at(90, 20)), now=at(4, 12))  # Friday noon
    assert not digests(tick(at(5, 9)) + tick(at(6, 9)))
    assert len(digests(tick(at(7, 8)))) == 1


def test_a_late_tick_still_sends_it_and_a_missed_day_is_not_made_up_for(town: Town, case: Case) -> None:
    assert len(digests(tick(at(1, 17)))) == 1
    Case.objects.update(answer_by=date(2026, 3, 2))
    assert len(digests(tick(at(10, 9)))) == 1


def test_two_workers_at_once_send_one_letter(town: Town, case: Case) -> None:
    with clock.at(MORNING):
        assert desk.run_mornings(MORNING) == 1
        Morning.objects.all().delete()  # the other one looked before the first had said so
        desk.run_mornings(MORNING)
    assert OutboxMessage.objects.filter(handler="staff_digest").count() == 1


def test_the_text_of_the_letter_is_not_kept(town: Town, case: Case) -> None:
    tick(MORNING)
    kept = OutboxMessage.objects.get(handler="staff_digest")
    assert (kept.state, kept.body, kept.subject, kept.payload) == ("sent", "", "", {})


def test_the_letter_is_the_same_each_time_that_it_is_written(town: Town, case: Case) -> None:
    assert link(town.officer, case, "ask") == link(town.officer, case, "ask")
    assert link(town.officer, case, "ask") != link(town.officer, case, "holding_reply")


# --- what a link does ------------------------------------------------------------------------------------------------


def test_looking_changes_nothing_and_shows_no_more_than_is_needed(town: Town, case: Case) -> None:
    address = link(town.officer, case, "holding_reply")
    with clock.at(MORNING):
        for method in ("get", "head", "get"):
            answer = getattr(Client(), method)(address)
            assert answer.status_code == 200
        text = answer.content.decode()
        assert Client().put(address).status_code == 405
    assert (answer["Referrer-Policy"], "noindex" in answer["X-Robots-Tag"]) == ("no-referrer", True)
    assert "no-store" in answer["Cache-Control"]
    assert all(word in text for word in (case.reference, "Årsmøte", town.club.name, town.room.name))
    assert not any(word in text for word in ("90012345", town.coach.email, str(town.coach)))
    assert 'value="2026-03-30"' in text  # ten working days after the promised day
    assert not UsedLink.objects.exists()
    assert not case.events.filter(type="holding_reply").exists()


def test_a_holding_reply_by_link_is_the_officers_own_and_works_once(town: Town, case: Case) -> None:
    address = link(town.officer, case, "holding_reply")
    with clock.at(MORNING):
        answer = Client().post(address, {"until": "2026-03-30", "message": "Vi venter på befaring."})
        assert answer.status_code == 200
        assert case.reference in answer.content.decode()
        assert Client().post(address, {"until": "2026-04-10", "message": ""}).status_code == 404
        assert Client().get(address).status_code == 404
    case.refresh_from_db()
    assert (case.answer_by, case.promises) == (date(2026, 3, 30), 2)
    entry = case.events.get(type="holding_reply")
    assert (entry.actor, entry.hat, entry.data["way"]) == (town.officer, f"unit:{town.unit.slug}", "digest")
    with clock.at(MORNING):
        page = browser(town.officer).get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
        party = browser(town.coach).get(f"/cases/{case.reference}/").content.decode()
    for words in ("by link from the digest", "via lenke i morgenbrevet"):
        assert words not in party
    assert "by link from the digest" in page or "via lenke i morgenbrevet" in page
    assert opens(link(town.officer, case, "ask"))  # the other link is another


def test_a_question_by_link_stops_the_clock(town: Town, case: Case) -> None:
    address = link(town.officer, case, "ask")
    with clock.at(MORNING):
        assert Client().post(address, {"message": ""}).status_code == 400
        assert Client().post(address, {"message": "Hvor mange kommer?"}).status_code == 200
    case.refresh_from_db()
    assert case.waiting_on == "requester"
    assert case.messages.get().author == town.officer
    # Nothing waits any more: neither link opens anything.
    assert not opens(link(town.officer, case, "holding_reply"))


def test_a_refused_date_leaves_the_link_good_and_what_was_typed_in_place(town: Town, case: Case) -> None:
    address = link(town.officer, case, "holding_reply")
    with clock.at(MORNING):
        for until in ("", "2026-03-03", "2026-03-16", "2027-01-01", "nonsense", "0001-01-01"):
            answer = Client().post(address, {"until": until, "message": "Vent litt."})
            assert answer.status_code == 400, until
            assert "Vent litt." in answer.content.decode()
    assert not UsedLink.objects.exists()
    assert opens(address)


def test_the_right_to_act_is_the_links_whoever_is_signed_in(town: Town, case: Case) -> None:
    """A browser in which a party is signed in sends it as the officer all the same: the link is what counts."""
    with clock.at(MORNING):
        browser(town.coach).post(link(town.officer, case, "ask"), {"message": "Hvor mange?"})
    assert case.messages.get().author == town.officer


def test_a_browser_that_tells_nobody_where_it_comes_from_is_heard(town: Town, case: Case) -> None:
    """`no-referrer` makes browsers send "Origin: null"; no cookie is set or asked for, the link is the right."""
    strict = Client(enforce_csrf_checks=True)
    with clock.at(MORNING):
        strict.get(link(town.officer, case, "ask"))
        assert not strict.cookies
        answer = strict.post(link(town.officer, case, "ask"), {"message": "Hei"}, headers={"Origin": "null"})
    assert answer.status_code == 200
    assert case.messages.get().body == "Hei"


# --- when it opens nothing -------------------------------------------------------------------------------------------


def test_it_dies_after_seven_days(town: Town, case: Case) -> None:
    Case.objects.update(answer_by=date(2026, 3, 31))
    address = link(town.officer, case, "ask")
    assert [opens(address, at(day, 12)) for day in (0, 1, 7, 8)] == [False, True, True, False]


def test_it_dies_when_the_officer_leaves(town: Town, case: Case) -> None:
    address = link(town.officer, case, "ask")
    town.officer.is_active = False
    town.officer.save()
    assert not opens(address)


def test_it_dies_with_the_role(town: Town, case: Case) -> None:
    address = link(town.officer, case, "ask")
    UnitRole.objects.filter(user=town.officer).update(end=date(2026, 3, 2))
    assert not opens(address)


def test_it_dies_when_somebody_else_has_the_case(town: Town, case: Case) -> None:
    colleague = factories.make_officer(town.unit, "Kolbein Kollega")
    address = link(town.officer, case, "ask")
    services.assign(case, officer=colleague, by=town.officer, now=NOW)
    assert not opens(address)
    case.refresh_from_db()
    services.assign(case, officer=town.officer, by=colleague, now=NOW)
    # It has come back, and the old link stays dead if it went to another unit in between.
    Case.objects.update(hand_overs=1)
    assert not opens(address)


def test_it_dies_while_the_officer_is_away(town: Town, case: Case) -> None:
    deputy = factories.make_officer(town.unit, "Dina Stedfortreder")
    Case.objects.update(deputy=deputy)
    address = link(town.officer, case, "ask")
    Absence.objects.create(user=town.officer, start=date(2026, 3, 1), end=date(2026, 3, 31))
    assert not opens(address)
    assert opens(link(deputy, case, "ask"))


def test_it_dies_with_the_case(town: Town, case: Case) -> None:
    address = link(town.officer, case, "ask")
    services.withdraw_case(case, by=town.coach, now=NOW)
    assert not opens(address)


@pytest.mark.parametrize("how", ["role", "tie"])
def test_a_conflict_of_interest_holds_here_too(town: Town, case: Case, how: str) -> None:
    """Needs N10: preparing is refused by every door, a letter's link included; the letter brings no links at all."""
    address = link(town.officer, case, "ask")
    if how == "role":
        factories.give_membership(town.officer, town.club, "board")
    else:
        case.ties.create(user=town.officer, why="Søsteren min spiller der.", at=NOW)
    assert not opens(address)
    with clock.at(MORNING):
        assert Client().post(address, {"message": "Hei"}).status_code == 404
        assert desk.links_for(town.officer, case, TODAY, now=MORNING) == {}
    assert not case.messages.exists()
    assert not UsedLink.objects.exists()


def test_a_link_can_be_neither_made_nor_changed(town: Town, case: Case) -> None:
    good = desk.link_for(town.officer, case, "ask", TODAY)
    other = factories.make_officer(town.unit, "Kolbein Kollega")
    signature = "0" * 64
    tries = [
        good[:-2] + ("AA" if not good.endswith("AA") else "BB"),
        good[5:],
        "x",
        "é" * 40,
        write_link(Link(other.pk, case.pk, "ask", 0, TODAY), signature),
        write_link(Link(2**63 - 1, 2**63 - 1, "ask", 0, TODAY), signature),
    ]
    for token in tries:
        with pytest.raises(NotFound):
            desk.use_link(token, message="Hei", now=MORNING)
    assert not case.messages.exists()


def test_wrong_links_are_counted_and_never_logged(town: Town, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    dead = link(town.officer, case, "ask", date(2026, 1, 5))
    client = Client()
    with clock.at(MORNING), caplog.at_level(logging.DEBUG):
        statuses = [client.get(dead).status_code for _try in range(62)]
    assert set(statuses) == {404, 429}
    token = dead.strip("/").rsplit("/", 1)[-1]
    from booking.foundation.doors.logs import HideSecrets

    for record in caplog.records:
        HideSecrets().filter(record)
        assert token not in record.getMessage()


def test_the_database_knows_one_use(town: Town, case: Case) -> None:
    fields = {"user": town.officer, "case": case, "act": "ask", "day": TODAY, "at": NOW}
    UsedLink.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsedLink.objects.create(**fields)


def test_a_refusal_of_the_service_uses_nothing_up(town: Town, case: Case) -> None:
    token = desk.link_for(town.officer, case, "holding_reply", TODAY)
    with pytest.raises(Invalid):
        desk.use_link(token, until=TODAY, now=MORNING)
    assert not UsedLink.objects.exists()
    desk.use_link(token, until=date(2026, 3, 20), now=MORNING)
    with pytest.raises(NotFound):
        desk.use_link(token, until=date(2026, 3, 25), now=MORNING)


# --- the receipt -----------------------------------------------------------------------------------------------------


def test_the_receipt_says_that_a_tie_is_why_and_never_which(town: Town) -> None:
    colleague = factories.make_officer(town.unit, "Kolbein Kollega")
    town.unit.deputy = colleague
    town.unit.save()
    factories.give_membership(town.officer, town.club, "board")
    case = town.ask(body(town.room, at(90, 18), at(90, 20)))
    assert case.officer == colleague
    (letter,) = [one for one in tick(NOW) if case.reference in one.subject + one.body and one.to == [town.coach.email]]
    assert str(colleague) in letter.body
    assert "inhabil" in letter.body.lower() or "conflict of interest" in letter.body
    assert str(town.officer) not in letter.body
