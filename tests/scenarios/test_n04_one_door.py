"""N4: a question goes in anywhere; a hand-over shows its reason and leaves the clock alone, and the third is told.

"If you don't know where to turn, you are thrown like a ball between offices."
"""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from booking.cases.models import Case, RoutingRule
from booking.correspondence.models import OutboxMessage
from tests import factories as f
from tests.correspondence.mails import mail
from tests.scenarios.conftest import Stage


def hand(client: Client, case: Case, unit: Any, why: str) -> Any:
    case.refresh_from_db()
    return client.post(
        reverse("booking_cases:act", args=[case.pk, "hand-over"]),
        {"version": case.version, "unit": unit.slug, "text": why},
    )


def test_one_door_and_no_ball(stage: Stage) -> None:
    technical = f.make_unit("Teknisk", slug="teknisk", email="teknisk@example.org", phone="77 11 11 11")
    boss = f.make_leader(technical, "Tora Teknisk")

    # One door: the question names no unit, and has a receipt, a named officer and a date at once.
    coach = stage.browser(stage.coach)
    sent = coach.post(
        "/enquiry/",
        {"message": "Hvem klipper gresset ved hallen?", "submission_key": "n4", "unit": stage.unit.slug},
        follow=True,
    )
    assert sent.status_code == 200
    case = Case.objects.get()
    promised = case.answer_by
    assert case.officer is not None
    assert promised is not None
    assert any("Ola Saksbehandler" in letter.body for letter in stage.post_goes_out())

    # It moves, with a reason that the asker sees, and the date stands.
    culture, tech = stage.browser(stage.unit.officer), stage.browser(technical.officer)
    assert hand(culture, case, technical, "Teknisk klipper.").status_code == 302
    letters = stage.post_goes_out()
    told = next(one for one in letters if stage.coach.email in one.to)
    assert "Teknisk klipper." in told.body
    assert any(technical.officer.email in one.to for one in letters)
    page = coach.get(f"/cases/{case.reference}/").content.decode()
    for words in ("Teknisk", "Teknisk klipper.", "77 11 11 11"):
        assert words in page, words
    case.refresh_from_db()
    assert (case.answer_by, case.first_answer_by) == (promised, promised)

    # The first unit can't touch it any more, nor be thrown it without a reason.
    assert culture.get(reverse("booking_cases:inspect", args=[case.pk])).status_code == 404
    assert hand(tech, case, stage.unit, " ").status_code == 400

    # Back and forth: the third tells the receiving unit's leader, and the case is marked until somebody sees to it.
    assert hand(tech, case, stage.unit, "Dere eier plassen.").status_code == 302
    assert hand(culture, case, technical, "Nei, dere.").status_code == 302
    assert any(boss.email in one.to for one in stage.post_goes_out())
    case.refresh_from_db()
    assert (case.hand_overs, case.attention, case.answer_by) == (3, "handed", promised)
    assert case.reference in stage.browser(boss).get("/admin/booking/cases/").content.decode()

    # It is answered where it is, and closed.
    case.refresh_from_db()
    done = tech.post(
        reverse("booking_cases:act", args=[case.pk, "close"]),
        {"version": case.version, "text": "Vi klipper hver tirsdag."},
    )
    assert done.status_code == 302
    assert any("hver tirsdag" in one.body for one in stage.post_goes_out())
    case.refresh_from_db()
    assert (case.state, case.waiting_on) == ("closed", "nobody")
    assert not OutboxMessage.objects.filter(state="failed").exists()


def test_an_ordinary_e_mail_to_a_unit_is_a_question_like_any_other(
    stage: Stage, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BOOKING = settings.BOOKING | {"mail_in": {"address": "svar@example.org"}}
    raw = mail(
        "Nils Nabo <Nils@example.org>", "Kultur <kultur@example.org>", "Er hallen åpen i påsken?", subject="Påske"
    )
    for _delivery in range(2):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        call_command("receive_mail")
    case = Case.objects.get()
    assert (case.kind, case.unit, case.title, case.message) == (
        "enquiry",
        stage.unit,
        "Påske",
        "Er hallen åpen i påsken?",
    )
    assert case.answer_by is not None
    assert case.officer == stage.unit.officer
    letters = stage.post_goes_out()
    receipt = next(one for one in letters if one.to == ["nils@example.org"])
    assert "Ola Saksbehandler" in receipt.body
    # Who has no account yet, and signs in with that address, is at home in the case.
    nils = stage.browser(f.make_user("Nils Nabo", email="nils@example.org"))
    assert "Er hallen åpen" in nils.get(f"/cases/{case.reference}/").content.decode()
    assert stage.browser(f.make_user("En Annen")).get(f"/cases/{case.reference}/").status_code == 404
    # And answers by e-mail, to the address that the receipt carried.
    monkeypatch.setattr(
        sys, "stdin", SimpleNamespace(buffer=io.BytesIO(mail("nils@example.org", receipt.reply_to[0], "Og i pinsen?")))
    )
    call_command("receive_mail")
    assert case.messages.get().body == "Og i pinsen?"


def test_anybody_writes_down_what_was_asked_in_twenty_seconds(stage: Stage) -> None:
    """A caretaker of another unit meets somebody in the street."""
    technical = f.make_unit("Teknisk", slug="teknisk", email="teknisk@example.org")
    RoutingRule.objects.create(words="brøyt, strø", unit=technical)
    caretaker = f.make_officer(stage.unit, "Vidar Vaktmester", role="caretaker")
    page = reverse("booking_cases:note")
    client = stage.browser(caretaker)
    form = client.get(page).content.decode()
    assert form.count("<textarea") == 1
    # Three lines and Enter; the unit is found by rule, the clock runs, the person gets the receipt.
    sent = {
        "message": "Når brøytes Skolevegen?",
        "who": "Olga",
        "contact": "olga@example.org",
        "channel": "spoken",
        "submission_key": "k",
    }
    answer = client.post(page, sent, follow=True)
    case = Case.objects.get()
    assert (case.unit, case.channel, case.contact_name, case.waiting_on) == (
        technical,
        "spoken",
        "Olga",
        "municipality",
    )
    assert case.reference in answer.content.decode()
    assert case.events.get(type="received").actor == caretaker
    assert any(one.to == ["olga@example.org"] for one in stage.post_goes_out())
    client.post(page, sent)  # a double click
    assert Case.objects.count() == 1
    # The unit that has it owns it; who wrote it down doesn't read on in another unit's case.
    assert client.get(reverse("booking_cases:inspect", args=[case.pk])).status_code == 404
    assert stage.browser(technical.officer).get(reverse("booking_cases:inspect", args=[case.pk])).status_code == 200
    # With a phone number alone there is no letter, and the page says what to tell them.
    by_phone = client.post(
        page,
        {"message": "Kan vi låne stoler?", "who": "Per", "contact": "77 12 34 56", "channel": "phone"},
        follow=True,
    )
    phoned = Case.objects.latest("pk")
    assert (phoned.unit, phoned.contact_phone, phoned.contact_email) == (stage.unit, "77 12 34 56", "")
    assert phoned.reference in by_phone.content.decode()
    assert stage.post_goes_out() == []
    # What is wrong is said at its field, and nothing typed is lost.
    wrong = client.post(page, {"message": "Hei", "who": "Per", "contact": "per@", "channel": "phone"})
    assert wrong.status_code == 200
    assert "per@" in wrong.content.decode()
    assert Case.objects.count() == 2
    # Outsiders have no such page.
    assert stage.browser(stage.coach).get(page).status_code == 302


def test_the_front_desk_s_leader_edits_the_routing_rules(stage: Stage) -> None:
    technical = f.make_unit("Teknisk", slug="teknisk", parent=stage.unit)
    boss = stage.browser(stage.leader)
    add = reverse("booking_routing:add")
    empty = boss.post(add, {"position": 1, "words": " , ", "unit": technical.pk, "active": "on"})
    assert empty.status_code == 200
    assert not RoutingRule.objects.exists()
    made = boss.post(add, {"position": 1, "words": "vannlekkasje\nkloakk", "unit": technical.pk, "active": "on"})
    assert made.status_code == 302
    rule = RoutingRule.objects.get()
    sent = stage.browser(stage.coach).post(
        "/enquiry/", {"message": "Det er Kloakken som lukter", "submission_key": "x"}
    )
    assert sent.status_code == 302
    assert Case.objects.get().unit == technical
    # Switched off, it sends nothing anywhere.
    edit = reverse("booking_routing:edit", args=[rule.pk])
    assert boss.post(edit, {"position": 1, "words": "kloakk", "unit": technical.pk}).status_code == 302
    stage.browser(stage.coach).post("/enquiry/", {"message": "Kloakken igjen", "submission_key": "y"})
    assert Case.objects.latest("pk").unit == stage.unit
