"""N4: a question goes in anywhere; a hand-over shows its reason and leaves the clock alone, and the third is told.

"If you don't know where to turn, you are thrown like a ball between offices."
"""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from booking.cases.models import Case
from booking.correspondence.models import OutboxMessage
from tests import factories as f
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
