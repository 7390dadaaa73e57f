"""N3: from the first second a receipt, a named unit, a named officer and an answer-by date; then an answer.

"You don't even get an answer."
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta

from django.core import mail
from django.urls import reverse

from booking.cases.models import Case
from booking.correspondence.models import OutboxMessage
from booking.correspondence.running import run_due
from booking.foundation import clock
from booking.foundation.clock import wall
from booking.foundation.wording import day_words
from tests import factories as f
from tests.scenarios.conftest import OSLO, Stage


def test_receipt_names_who_answers_by_when_and_the_answer_reaches_everybody(
    stage: Stage, day: Callable[[int], str]
) -> None:
    coach = stage.browser(stage.coach)
    typed = {
        "action": "send",
        "day": day(14),
        "start": "18:00",
        "end": "20:00",
        "purpose": "Trening J13",
        "about": "18",
    }
    receipt = coach.post("/ask/lillebyhallen/", typed | {"submission_key": "n3"}, follow=True)
    case = Case.objects.get()
    page = receipt.content.decode()
    assert case.state == "received"
    assert case.waiting_on == "municipality"
    assert case.answer_by is not None
    for told in (
        case.reference,
        "Ola Saksbehandler",
        "Kultur og idrett",
        day_words(case.answer_by, today=clock.today(OSLO)),
    ):
        assert told in page, told
    # The letter says the same, and was written in the same transaction as the case.
    assert OutboxMessage.objects.filter(key__startswith=f"receipt:{case.pk}").exists()
    letter = next(one for one in stage.post_goes_out() if stage.coach.email in one.to)
    assert "Ola Saksbehandler" in letter.body
    assert day_words(case.answer_by, today=clock.today(OSLO)) in letter.body

    # The officer sees it first thing, and grants it in one click.
    officer = stage.browser(stage.unit.officer)
    queue = officer.get("/admin/booking/cases/").content.decode()
    assert case.reference in queue
    opened = officer.get(reverse("booking_cases:inspect", args=[case.pk]))
    assert opened.status_code == 200
    done = officer.post(reverse("booking_cases:decide", args=[case.pk]), {"version": case.version, "act": "grant_all"})
    assert done.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.waiting_on) == ("granted", "nobody")

    # The club's page, the letter and the hall's calendar say it.
    assert "Innvilget" in coach.get(f"/cases/{case.reference}/").content.decode()
    assert any(case.reference in one.subject + one.body for one in stage.post_goes_out())
    feed = stage.browser().get("/feeds/resource-lillebyhallen.ics")
    assert b"BEGIN:VEVENT" in (feed.getvalue() if feed.streaming else feed.content)

    # Nobody else can be given the hour, and is told so with what they typed kept.
    other = f.make_user("Per Rival")
    f.make_organisation("Lilleby skolekorps", leader=other)
    late = stage.browser(other).post("/ask/lillebyhallen/", typed | {"purpose": "Øving", "submission_key": "late"})
    assert late.status_code in (200, 409, 422)
    assert "Øving" in late.content.decode()
    assert Case.objects.count() == 1
    # And strangers see nothing of the case.
    assert stage.browser(other).get(f"/cases/{case.reference}/").status_code == 404


def test_silence_is_impossible(stage: Stage, day: Callable[[int], str]) -> None:
    """Nobody does anything: the officer is reminded, the leader is told, and the club sees it, honestly."""
    coach = stage.browser(stage.coach)
    typed = {"action": "send", "day": day(90), "start": "18:00", "end": "20:00", "purpose": "Cup", "about": "18"}
    coach.post("/ask/lillebyhallen/", typed | {"submission_key": "silence"}, follow=True)
    case = Case.objects.get()
    stage.post_goes_out()
    mail.outbox.clear()
    moment = clock.now()
    for _hour in range(0, 24 * 45, 6):
        moment += timedelta(hours=6)
        with clock.at(moment):
            assert run_due(moment) == []
    to: dict[str, list[str]] = {}
    for one in mail.outbox:
        to.setdefault(one.to[0], []).append(one.subject)
    assert len(to[stage.unit.officer.email]) >= 3, to
    assert len(to[stage.leader.email]) == 1, to
    assert len(to[stage.coach.email]) == 1, "one honest status; reminders between colleagues are not hers"
    case.refresh_from_db()
    assert (case.state, case.waiting_on) == ("received", "municipality"), "timers never decide"
    with clock.at(moment):
        page = stage.browser(stage.coach).get(f"/cases/{case.reference}/").content.decode()
        assert "leder" in page
        assert case.reference in stage.browser(stage.leader).get("/admin/booking/cases/").content.decode()

        # One click: a holding reply with a new date. The first one stays on record.
        officer = stage.browser(stage.unit.officer)
        until = (moment + timedelta(days=20)).date()
        done = officer.post(
            reverse("booking_cases:act", args=[case.pk, "holding-reply"]),
            {"version": case.version, "until": until.isoformat(), "text": ""},
        )
        assert done.status_code == 302, done.content.decode()[:2000]
    case.refresh_from_db()
    assert (case.answer_by, case.first_answer_by != case.answer_by) == (until, True)


def test_a_holding_reply_from_the_mornings_letter_takes_one_look_and_one_press(
    stage: Stage, day: Callable[[int], str]
) -> None:
    typed = {"action": "send", "day": day(40), "start": "18:00", "end": "20:00", "purpose": "Trening", "about": "20"}
    stage.browser(stage.coach).post("/ask/lillebyhallen/", typed)
    case = Case.objects.latest("pk")
    # The morning on which the promise runs out: the officer reads the letter on the bus, signed in nowhere.
    morning = wall(case.answer_by, time(7, 30), OSLO)
    mail.outbox.clear()
    with clock.at(morning):
        run_due(morning)
        (letter,) = [one for one in mail.outbox if "/desk/" in one.body and one.to == [stage.unit.officer.email]]
        address = re.findall(r"/desk/[\w-]+/", letter.body)[0]
        phone = stage.browser()
        page = phone.get(address).content.decode()
        assert case.reference in page
        until = re.search(r'name="until" value="([\d-]+)"', page)
        assert until is not None
        mail.outbox.clear()
        assert phone.post(address, {"until": until[1], "message": "Vi venter på vaktmesteren."}).status_code == 200
        assert phone.post(address, {"until": until[1], "message": "En gang til"}).status_code == 404
        run_due(morning)
        (reply,) = [one for one in mail.outbox if one.to == [stage.coach.email]]
        assert "Vi venter på vaktmesteren." in reply.body
        assert "/desk/" not in reply.body
    case.refresh_from_db()
    assert case.answer_by.isoformat() == until[1]
    assert case.first_answer_by < case.answer_by
