"""N16: the common case costs staff nothing; the rest is one queue, with decisions for many at once."""

from __future__ import annotations

import re
from collections.abc import Callable

from booking.cases.desk.models import SavedView
from booking.cases.models import Case, GroundsText
from tests import factories as f
from tests.scenarios.conftest import Stage


def test_children_are_granted_by_rule_and_adults_wait_in_one_queue(stage: Stage, day: Callable[[int], str]) -> None:
    stage.hall.approval = "automatic_for"
    stage.hall.automatic_children_youth = True
    stage.hall.save()
    coach = stage.browser(stage.coach)
    typed = {"action": "send", "start": "17:00", "end": "18:00", "purpose": "Trening"}
    coach.post("/ask/lillebyhallen/", typed | {"day": day(7), "submission_key": "a", "heads_6-12": "20"})
    coach.post("/ask/lillebyhallen/", typed | {"day": day(8), "submission_key": "b", "about": "20"})
    states = list(Case.objects.order_by("pk").values_list("state", flat=True))
    assert len(states) == 2
    assert states[1] == "received"
    queue = stage.browser(stage.unit.officer).get("/admin/booking/cases/").content.decode()
    waiting = Case.objects.get(state="received")
    assert waiting.reference in queue
    assert states[0] == "granted"
    granted = Case.objects.exclude(pk=waiting.pk).get()
    assert granted.reference not in queue


def test_the_rest_is_refused_at_once_with_a_ready_text_and_a_slip_of_the_hand_costs_nothing(
    stage: Stage, day: Callable[[int], str]
) -> None:
    coach, desk = stage.browser(stage.coach), stage.browser(stage.unit.officer)
    typed = {"action": "send", "start": "17:00", "end": "18:00", "purpose": "Trening", "about": "20"}
    for ahead in (7, 8, 9):
        coach.post("/ask/lillebyhallen/", typed | {"day": day(ahead), "submission_key": str(ahead)})
    stage.post_goes_out()
    text = GroundsText.objects.create(use="refuse", title="Opptatt", text="{places} er opptatt da.")
    cases = list(Case.objects.order_by("pk"))
    shown = desk.get("/admin/booking/cases/bulk/", {"outcome": "refuse", "id": [one.pk for one in cases]})
    assert text.title in shown.content.decode()
    desk.post(
        "/admin/booking/cases/bulk/",
        {"outcome": "refuse", "case": [f"{one.pk}:{one.version}" for one in cases], "text": text.pk},
    )
    assert {one.decisions.get().grounds for one in cases} == {"Lillebyhallen er opptatt da."}
    # One of them was a mistake, seen within the minute.
    cases[0].refresh_from_db()
    desk.post(f"/admin/booking/cases/move/{cases[0].pk}/undo/", {"version": cases[0].version})
    cases[0].refresh_from_db()
    assert (cases[0].lines.get().state, cases[0].waiting_on) == ("requested", "municipality")
    assert len(stage.post_goes_out()) == 2


def test_a_time_that_is_given_back_finds_its_next_user_by_itself(stage: Stage, day: Callable[[int], str]) -> None:
    stage.hall.approval = "automatic"
    stage.hall.save()
    other = f.make_user("Per Korpsleder")
    f.make_organisation("Korpset", leader=other)
    typed = {"action": "send", "day": day(7), "start": "17:00", "end": "18:00", "purpose": "Øving", "about": "20"}
    stage.browser(stage.coach).post("/ask/lillebyhallen/", typed)
    first = Case.objects.latest("pk")
    stage.browser(other).post("/ask/lillebyhallen/", typed | {"if_taken": "waiting_list"})
    waiting = Case.objects.latest("pk")
    assert (first.lines.get().state, waiting.lines.get().state) == ("granted", "waiting_list")
    stage.post_goes_out()
    stage.browser(stage.coach).post(f"/cases/{first.reference}/withdraw/", {})
    assert [other.email] in [letter.to for letter in stage.post_goes_out()]
    stage.browser(other).post(f"/cases/{waiting.reference}/lines/1/", {"act": "accept"})
    assert waiting.lines.get().state == "granted"


def test_the_queue_is_worked_off_case_by_case_and_the_rest_at_once(stage: Stage, day: Callable[[int], str]) -> None:
    """A list by name, the next case after each answer, and one press for all that is left of the list."""
    coach, desk = stage.browser(stage.coach), stage.browser(stage.unit.officer)
    typed = {"action": "send", "start": "17:00", "end": "18:00", "purpose": "Trening", "about": "20"}
    for ahead in (7, 8, 9):
        coach.post("/ask/lillebyhallen/", typed | {"day": day(ahead), "submission_key": str(ahead)})
    queue = "/admin/booking/cases/"
    desk.post(f"{queue}views/", {"title": "Hallen", "query": "tab=mine&resource=lillebyhallen"})
    view = SavedView.objects.get()
    desk.post(f"{queue}views/{view.pk}/start/")
    desk.get(desk.get(queue)["Location"])  # one begins with it
    first, second, _third = list(Case.objects.order_by("answer_by", "reference"))
    desk.post(f"{queue}decide/{first.pk}/", {"version": first.version, "act": "grant_all"})
    assert desk.get(f"{queue}next/{first.pk}/")["Location"] == f"{queue}inspect/{second.pk}/"
    page = desk.get(f"{queue}bulk/?{view.query}&all=1&outcome=grant").content.decode()
    marked = re.findall(r'name="case" value="([\d:]+)"', page)
    assert len(marked) == 2
    desk.post(f"{queue}bulk/", {"outcome": "grant", "case": marked})
    assert set(Case.objects.values_list("state", flat=True)) == {"granted"}
    assert "sk-staff-count" not in desk.get(f"{queue}?tab=mine").content.decode()
