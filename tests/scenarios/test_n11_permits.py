"""N11: laws and permits. The request shows each permit with who grants it, its state and its date.

"Meeting somebody rigid costs time"; permits were needed to fix equipment on the area. The club sees what is left before
it asks, on the case's page and by letter, and who grants it says so where they work.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from booking.cases.models import Case
from booking.catalogue.models import PermitRequirement, UseKind
from booking.correspondence import registry
from booking.foundation import clock
from tests import factories as f
from tests.scenarios.conftest import Stage


def test_the_club_sees_what_is_left_and_both_sides_follow_it_to_the_end(
    stage: Stage, day: Callable[[int], str]
) -> None:
    technical = f.make_unit("Teknisk", slug="teknisk")
    beach = f.make_resource("Stranda", unit=stage.unit, slug="stranda", kind="area", approval="automatic")
    chief, officer = stage.browser(stage.leader), stage.browser(stage.unit.officer)
    # In the CMS admin: loud music takes a permit of another unit, the beach a promise to tidy.
    use = {"name": "Konsert ute", "name_en": "Concert outdoors", "active": "on"}
    assert chief.post("/admin/booking/uses/new/", use).status_code == 302
    concert = UseKind.objects.get(name="Konsert ute")
    needs = {"severity": "needs_officer", "blocking": "on", "days_before": "3", "active": "on"}
    noise = needs | {"use": concert.pk, "kind": "permit", "what": "Støytillatelse", "granting_unit": technical.pk}
    assert chief.post("/admin/booking/requirements/new/", noise).status_code == 302
    tidy = {
        "resource": beach.pk, "kind": "condition", "what": "Vi rydder", "granted_by": "Kultur", "severity": "info",
        "days_before": "0", "active": "on",
    }  # fmt: skip
    assert officer.post("/admin/booking/requirements/new/", tidy).status_code == 302

    # Before asking: on the page of the thing, and in the check.
    coach = stage.browser(stage.coach)
    assert "Støytillatelse" in coach.get("/en/things/stranda/").content.decode()
    asked = {
        "day": day(20), "start": "17:00", "end": "19:00", "purpose": "Sommerkonsert", "uses": [concert.slug],
        "hat": f"organisation:{stage.club.slug}",
    }  # fmt: skip
    check = coach.post("/en/ask/stranda/", asked | {"action": "check"}).content.decode()
    assert "Støytillatelse" in check
    assert "Teknisk" in check
    assert coach.post("/en/ask/stranda/", asked | {"action": "send"}).status_code == 302
    case = Case.objects.get()
    assert case.state == "received"  # without the music it would have been granted at once

    # What is left: on the page, over the API.
    page = coach.get(f"/en/cases/{case.reference}/").content.decode()
    assert "2 things are left before the loan." in page
    found = coach.get(f"/api/booking/v1/requests/{case.reference}/").json()["permits"]
    assert {one["what"]: one["state"] for one in found} == {"Støytillatelse": "needed", "Vi rydder": "needed"}
    numbers = {one["what"]: one["id"] for one in found}

    # The club confirms, says that it has applied, and hands in the drawing.
    own = f"/en/cases/{case.reference}/permits/"
    coach.post(f"{own}{numbers['Vi rydder']}/", {"act": "confirm", "version": "1"})
    music = f"{own}{numbers['Støytillatelse']}/"
    coach.post(music, {"act": "apply", "applied_on": day(0), "note": "Sak 12"})
    coach.post(music, {"act": "upload", "file": SimpleUploadedFile("kart.pdf", b"%PDF-1.4\n%%EOF")})
    letters = stage.post_goes_out()
    assert technical.officer.email in [one.to[0] for one in letters]

    # Who grants it says so; the party hears, and then the case's officer grants the loan.
    there = stage.browser(technical.officer)
    assert "Støytillatelse" in there.get("/admin/booking/permits/").content.decode()
    grant = f"/admin/booking/permits/grant/{numbers['Støytillatelse']}/"
    there.post(grant, {"state": "granted", "valid_to": day(60), "note": ""})
    letters = stage.post_goes_out()
    assert [one.to[0] for one in letters if "Støytillatelse" in one.subject] == [stage.coach.email]
    page = coach.get(f"/en/cases/{case.reference}/").content.decode()
    assert "Nothing is left to do." in page
    text = officer.get(f"/admin/booking/cases/inspect/{case.pk}/").content.decode()
    assert "Støytillatelse" in text
    case.refresh_from_db()
    sent = {"act": "grant_all", "version": case.version}
    assert officer.post(f"/admin/booking/cases/decide/{case.pk}/", sent).status_code == 302
    case.refresh_from_db()
    assert case.state == "granted"


def test_who_forgets_is_reminded_twice_and_never_more(stage: Stage, day: Callable[[int], str]) -> None:
    PermitRequirement.objects.create(resource=stage.hall, what="Brannvakt", granted_by="Brannvesenet", blocking=True)
    coach = stage.browser(stage.coach)
    sent = {
        "action": "send", "day": day(9), "start": "17:00", "end": "19:00", "purpose": "Messe",
        "hat": f"organisation:{stage.club.slug}",
    }  # fmt: skip
    assert coach.post("/en/ask/lillebyhallen/", sent).status_code == 302
    stage.post_goes_out()
    run = dict(registry.jobs())["permits"]
    told = 0
    for days in range(12):
        with clock.at(clock.now() + timedelta(days=days)):
            run(clock.now())
            told += len([one for one in stage.post_goes_out() if "Brannvakt" in one.body])
    assert told == 2
