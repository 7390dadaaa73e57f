"""N16: "a small administration with many hats and no time".

The caretaker has a page and a print without CMS login: today and tomorrow, who, when, heads, set-up, phone; late
changes are marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from booking.cases.models import Case
from booking.faults.services import report_fault
from booking.foundation import clock
from tests.scenarios.conftest import Stage


def test_the_caretakers_week(stage: Stage, day: Callable[[int], str]) -> None:
    typed = {
        "action": "send", "day": day(2), "start": "18:00", "end": "20:00", "purpose": "Trening", "about": "20",
        "message": "20 stoler i ring",
    }  # fmt: skip
    kari, ola, lise = (stage.browser(one) for one in (stage.coach, stage.unit.officer, stage.leader))
    kari.post("/ask/lillebyhallen/", typed)
    case = Case.objects.get()
    ola.post(f"/admin/booking/cases/decide/{case.pk}/", {"version": case.version, "act": "grant_all"})
    # Lise, who leads the unit, makes a link to the hall and gives the address to the caretaker.
    made = lise.post("/admin/booking/caretakers/new/", {"label": "Vidar", "opens": f"building-{stage.hall.pk}"})
    found = re.search(r"/caretaker/([\w-]{40,})/", made.content.decode())
    assert found is not None
    vidar, page = stage.browser(), found[0]
    # No account: who comes, when, how many, what they wish for. It is late news, and marked so.
    words = vidar.get(page, {"day": day(2)}).content.decode()
    for expected in ("Lilleby IL", "Kari Trener", "18.00–20.00", "20 stoler i ring", "sk-day-mark"):
        assert expected in words, expected
    # Kari withdraws: struck out, and without her phone and name.
    kari.post(f"/cases/{case.reference}/withdraw/1/")
    case.refresh_from_db()
    words = vidar.get(page, {"day": day(2)}).content.decode()
    assert case.lines.get().state == "cancelled_by_organisation"
    assert "<s>Lilleby IL</s>" in words
    assert "Kari Trener" not in words
    # What is broken stands there too, and is marked as mended on the spot.
    fault = report_fault(stage.hall, kind="light", words="Lampa blinker", now=clock.now())
    assert "Lampa blinker" in vidar.get(page).content.decode()
    vidar.post(page, {"mended": fault.pk})
    fault.refresh_from_db()
    assert fault.state == "mended"
    # Vidar leaves: Lise ends the link, and it opens nothing.
    link = re.search(r"/admin/booking/caretakers/end/\d+/", lise.get("/admin/booking/caretakers/").content.decode())
    assert link is not None
    lise.post(link[0])
    assert vidar.get(page).status_code == 404
