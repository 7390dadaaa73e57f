"""N19: tell early, with what the project takes as far as anybody knows; later it becomes a request with its history.

"We should involve the municipality much earlier in larger projects."
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from booking.cases import services
from booking.cases.models import Case, EarlyPlan
from booking.foundation import clock
from booking.foundation.errors import WrongState
from tests import factories as f
from tests.scenarios.conftest import Stage

IDEA = {
    "title": "Scene ved Tjernet",
    "message": "Vi tenker på en liten scene ved Tjernet.",
    "permits": "yes", "permits_note": "byggesak hos Teknisk",
    "land": "yes", "land_note": "kommunens",
    "money": "unknown",
    "running": "no",
    "upkeep": "unknown", "upkeep_note": "dugnad?",
    "wants_public": "on",
    "submission_key": "n19",
}  # fmt: skip


def tell(stage: Stage, **more: str) -> Case:
    sent = stage.browser(stage.coach).post(reverse("booking:early_enquiry"), IDEA | more)
    assert sent.status_code == 302, sent.content.decode()[:3000]
    return Case.objects.latest("pk")


def test_an_early_enquiry_has_the_same_promise_and_lists_what_it_takes(stage: Stage) -> None:
    assert stage.browser().get(reverse("booking:early_enquiry")).status_code == 302
    case = tell(stage, hat=f"organisation:{stage.club.slug}")
    assert (case.kind, case.waiting_on, case.unit, case.organisation) == (
        "enquiry",
        "municipality",
        stage.unit,
        stage.club,
    )
    assert case.answer_by is not None
    assert any("Ola Saksbehandler" in one.body for one in stage.post_goes_out())
    plan = EarlyPlan.objects.get()
    assert (plan.permits, plan.land, plan.money, plan.running, plan.upkeep) == (
        "yes",
        "yes",
        "unknown",
        "no",
        "unknown",
    )
    for page in (
        stage.browser(stage.coach).get(f"/cases/{case.reference}/"),
        stage.browser(stage.unit.officer).get(reverse("booking_cases:inspect", args=[case.pk])),
    ):
        text = page.content.decode()
        assert "byggesak hos Teknisk" in text
        assert "dugnad?" in text
    # Sent twice it is one; what is wrong is said and kept.
    tell(stage, hat=f"organisation:{stage.club.slug}")
    assert Case.objects.count() == 1
    wrong = stage.browser(stage.coach).post(reverse("booking:early_enquiry"), IDEA | {"title": "", "land": "perhaps"})
    assert wrong.status_code == 200
    assert "byggesak hos Teknisk" in wrong.content.decode()


def test_it_is_shown_in_public_only_if_both_want_it(stage: Stage) -> None:
    case = tell(stage, hat=f"organisation:{stage.club.slug}")
    stranger = stage.browser()
    page = reverse("booking:plan", args=[case.reference])
    assert stranger.get(page).status_code == 404
    assert stranger.get(reverse("booking:plans")).status_code == 200
    officer = stage.browser(stage.unit.officer)
    assert officer.post(reverse("booking_cases:plan", args=[case.pk, "publish"])).status_code == 302
    shown = stranger.get(page).content.decode()
    assert "Vi tenker på en liten scene" in shown
    assert stage.club.name in shown
    for private in ("Kari Trener", stage.coach.email):
        assert private not in shown
    assert "Scene ved Tjernet" in stranger.get(reverse("booking:plans")).content.decode()
    # Another unit's officer can't, and it can be taken away.
    other = f.make_unit("Teknisk", slug="teknisk")
    hide = reverse("booking_cases:plan", args=[case.pk, "hide"])
    assert stage.browser(other.officer).post(hide).status_code == 404
    assert officer.post(hide).status_code == 302
    assert stranger.get(page).status_code == 404
    # Who didn't say yes isn't shown, whatever the officer presses; the database says so too.
    quiet = tell(stage, wants_public="", submission_key="other", title="Stille plan", hat="person")
    with pytest.raises(WrongState):
        services.publish_plan(quiet, by=stage.unit.officer, now=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        EarlyPlan.objects.filter(case=quiet).update(published_at=clock.now(), published_by=stage.unit.officer)


def test_it_becomes_a_request_and_keeps_its_history(stage: Stage, day: Callable[[int], str]) -> None:
    enquiry = tell(stage, hat=f"organisation:{stage.club.slug}")
    services.add_message(
        enquiry, by=stage.unit.officer, body="Prøv det først i hallen.", now=clock.now(), hat=f"unit:{stage.unit.slug}"
    )
    services.add_message(
        enquiry, by=stage.unit.officer, body="De virker seriøse", now=clock.now(), internal=True,
        hat=f"unit:{stage.unit.slug}",
    )  # fmt: skip
    coach = stage.browser(stage.coach)
    go_on = reverse("booking:case_go_on", args=[enquiry.reference])
    assert coach.post(go_on)["Location"] == reverse("booking:find")
    ask = reverse("booking:ask", args=[stage.hall.slug])
    assert enquiry.reference in coach.get(ask).content.decode()
    form = {
        "day": day(20), "start": "18:00", "end": "20:00", "purpose": "Prøvekonsert", "about": "50", "bands": ["13-19"],
        "responsible_name": "Kari Trener", "responsible_phone": "12345678", "responsible_email": stage.coach.email,
        "accept_rules": "on", "submission_key": "n19-ask", "if_taken": "refuse", "action": "send",
        "hat": f"organisation:{stage.club.slug}",
    }  # fmt: skip
    sent = coach.post(ask, form)
    assert sent.status_code == 302, sent.content.decode()[-4000:]
    request = Case.objects.latest("pk")
    assert (request.kind, request.follows) == ("request", enquiry)
    assert request.answer_by is not None
    enquiry.refresh_from_db()
    assert (enquiry.stored_act, enquiry.waiting_on) == ("closed", "nobody")
    # The history comes along, for the parties and for the officer; notes stay where they were.
    page = coach.get(f"/cases/{request.reference}/").content.decode()
    assert "Prøv det først i hallen." in page
    assert "De virker seriøse" not in page
    assert enquiry.reference in page
    assert (
        "Prøv det først"
        in stage.browser(stage.unit.officer).get(reverse("booking_cases:inspect", args=[request.pk])).content.decode()
    )
    assert request.reference in coach.get(f"/cases/{enquiry.reference}/").content.decode()
    # Once is enough, and the next request is one of its own.
    assert coach.post(go_on).status_code == 404
    coach.post(ask, form | {"day": day(21), "submission_key": "n19-next"})
    assert Case.objects.latest("pk").follows is None


def test_nobody_else_goes_on_from_it(stage: Stage) -> None:
    enquiry = tell(stage, hat="person")
    stranger = f.make_user("Nils Nabo")
    go_on = reverse("booking:case_go_on", args=[enquiry.reference])
    assert stage.browser(stranger).post(go_on).status_code == 404
    session: Any = stage.browser(stranger)
    assert session.get(go_on).status_code == 405
