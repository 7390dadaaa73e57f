"""N2: everything that can be lent is found in one place, and asking takes a few fields and is answered at once.

"Just to get an answer takes ... many give up."
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from booking.cases.models import Case
from tests import factories as f
from tests.scenarios.conftest import Stage


def test_found_seen_free_asked_and_answered_at_once(
    stage: Stage, day: Callable[[int], str], moment: Callable[[int, int], datetime]
) -> None:
    f.make_stock("Stoler", 40, unit=stage.unit, slug="stoler")
    visitor = stage.browser()
    # One place for halls and chairs, in the words that people use.
    found = visitor.get("/find/", {"q": "HALLEN"}).content.decode()
    assert "Lillebyhallen" in found
    assert "Stoler" in visitor.get("/find/", {"q": "stol"}).content.decode()
    # What is taken that evening isn't offered.
    free = {"q": "hallen", "day": day(7), "time": "17:00", "minutes": "120"}
    assert "Lillebyhallen" in visitor.get("/find/", free).content.decode()
    page = visitor.get("/things/lillebyhallen/").content.decode()
    assert "Ola Saksbehandler" in page
    assert "/ask/lillebyhallen/" in page

    # A free, automatic slot: day, from, to and what for.
    stage.hall.approval = "automatic"
    stage.hall.save()
    coach = stage.browser(stage.coach)
    form = coach.get("/ask/lillebyhallen/")
    assert form.status_code == 200
    sent = coach.post(
        "/ask/lillebyhallen/",
        {
            "action": "send",
            "day": day(7),
            "start": "17:00",
            "end": "19:00",
            "purpose": "Trening",
            "submission_key": "n2",
        },
        follow=True,
    )
    case = Case.objects.get()
    assert sent.redirect_chain, sent.content.decode()[:2000]
    assert case.state == "granted"
    assert case.reference in sent.content.decode()
    assert "Lillebyhallen" not in visitor.get("/find/", free).content.decode()
    letters = stage.post_goes_out()
    assert any(stage.coach.email in letter.to and case.reference in letter.subject + letter.body for letter in letters)


def test_a_hall_and_chairs_in_one_request_from_what_is_free_that_evening(
    stage: Stage, day: Callable[[int], str]
) -> None:
    f.make_stock("Stoler", 40, unit=stage.unit, slug="stoler")
    coach = stage.browser(stage.coach)
    dates = {"day": day(7), "start": "18:00", "end": "20:00"}
    page = coach.post("/ask/", dates | {"action": "find"}).content.decode()
    assert 'value="stoler"' in page
    assert 'value="lillebyhallen"' in page
    typed = dates | {"thing": ["lillebyhallen", "stoler"], "count-stoler": "30", "purpose": "Årsmøte"}
    coach.post("/ask/", typed | {"action": "send", "accept_rules": "on"})
    case = Case.objects.get()
    assert case.lines.count() == 2
    assert "Stoler" in coach.get(f"/cases/{case.reference}/").content.decode()
    (receipt,) = stage.post_goes_out()
    assert case.reference in receipt.subject
