"""N10: nobody prepares or decides a case of their own organisation; other ties are declared, and the leader decides.

The requester sees "handled by X because of a conflict of interest", never which tie.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.test import Client
from wagtail.models import APIToken

from booking.cases.desk.services import link_for
from booking.cases.models import Case
from booking.foundation import clock
from tests import factories as f
from tests.scenarios.conftest import OSLO, Stage


def ask(stage: Stage, day: Callable[[int], str], user: object, purpose: str = "Trening") -> Case:
    typed = {"action": "send", "day": day(9), "start": "18:00", "end": "20:00", "purpose": purpose, "about": "20"}
    stage.browser(user).post("/ask/lillebyhallen/", typed)
    return Case.objects.latest("pk")


def test_the_officers_own_club_goes_to_the_deputy(stage: Stage, day: Callable[[int], str]) -> None:
    f.give_membership(stage.unit.officer, stage.club, "board")
    case = ask(stage, day, stage.coach)
    page = stage.browser(stage.coach).get(f"/cases/{case.reference}/").content.decode()
    assert "Sigrid Stedfortreder" in page
    assert "inhabilitet" in page or "conflict of interest" in page
    assert "styre" not in page.lower()
    # Page, bulk and API refuse; the deputy decides.
    ola = stage.browser(stage.unit.officer)
    decide = f"/admin/booking/cases/decide/{case.pk}/"
    assert ola.post(decide, {"version": case.version, "act": "grant_all"}).status_code == 403
    ola.post("/admin/booking/cases/bulk/", {"outcome": "grant", "case": f"{case.pk}:{case.version}"})
    _row, token = APIToken.create_token(user=stage.unit.officer, name="t")
    answer = Client().post(
        f"/api/booking/v1/requests/{case.reference}/decide/",
        {"lines": [{"id": 1, "outcome": "grant"}]},
        "application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "disqualified")
    assert case.lines.get().state == "requested"
    stage.browser(stage.unit.deputy).post(decide, {"version": case.version, "act": "grant_all"})
    assert case.lines.get().state == "granted"


def test_the_link_of_a_letter_that_came_before_the_tie_opens_nothing(stage: Stage, day: Callable[[int], str]) -> None:
    """Never relaxed, by no door: the morning's letter was written, then the officer joined the club's board."""
    case = ask(stage, day, stage.coach)
    now = clock.now()
    token = link_for(stage.unit.officer, case, "ask", now.astimezone(OSLO).date())
    assert Client().get(f"/desk/{token}/").status_code == 200
    f.give_membership(stage.unit.officer, stage.club, "board")
    assert Client().get(f"/desk/{token}/").status_code == 404
    assert Client().post(f"/desk/{token}/", {"message": "Hvor mange blir dere?"}).status_code == 404
    assert not case.messages.exists()


def test_other_ties_are_declared_and_the_leader_decides(stage: Stage, day: Callable[[int], str]) -> None:
    case = ask(stage, day, stage.coach)
    ola, lise = stage.browser(stage.unit.officer), stage.browser(stage.leader)
    tie = f"/admin/booking/cases/move/{case.pk}/tie/"
    ola.post(tie, {"version": case.version, "why": "Datteren min spiller på laget."})
    (letter,) = [one for one in stage.post_goes_out() if one.to == [stage.leader.email]]
    assert "Datteren min spiller på laget." in letter.body
    case.refresh_from_db()
    assert case.officer == stage.unit.deputy
    party = stage.browser(stage.coach).get(f"/cases/{case.reference}/").content.decode()
    assert "Datteren" not in party
    shown = lise.get(f"/admin/booking/cases/inspect/{case.pk}/").content.decode()
    assert "Datteren min spiller på laget." in shown
    lise.post(f"/admin/booking/cases/move/{case.pk}/tie-fit/", {"version": case.version, "tie": case.ties.get().pk})
    case.refresh_from_db()
    decide = f"/admin/booking/cases/decide/{case.pk}/"
    ola.post(decide, {"version": case.version, "act": "grant_all"})
    assert case.lines.get().state == "granted"


def test_the_leaders_own_club_goes_to_the_unit_above(
    stage: Stage, day: Callable[[int], str], moment: Callable[[int, int], datetime]
) -> None:
    above = f.make_unit("Rådhuset", slug="radhuset")
    stage.unit.parent = above
    stage.unit.save()
    f.give_membership(stage.leader, stage.club, "leader")
    case = ask(stage, day, stage.coach)
    decide = f"/admin/booking/cases/decide/{case.pk}/"
    ola = stage.browser(stage.unit.officer)
    assert ola.post(decide, {"version": case.version, "act": "grant_all"}).status_code == 403
    stage.browser(above.officer).post(decide, {"version": case.version, "act": "grant_all"})
    assert case.lines.get().state == "granted"
