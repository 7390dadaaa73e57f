"""N16: the common case costs staff nothing; the rest is one queue, with decisions for many at once."""

from __future__ import annotations

from collections.abc import Callable

from booking.cases.models import Case
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
