"""N12: money is scarce and must be clear from day one. The price, or "free", is told before asking, with its rule.

Hall hire is free for children and youth; nothing is ever charged by surprise.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from booking.cases.models import Case, LineChange
from booking.catalogue.models import PriceRule
from tests import factories as f
from tests.scenarios.conftest import Stage

PRICES = {
    "form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0",
    "form-0-audience": "children_youth", "form-0-kind": "", "form-0-amount": "0", "form-0-per": "hour",
    "form-1-audience": "organisation", "form-1-kind": "", "form-1-amount": "300", "form-1-per": "hour",
    "form-2-audience": "commercial", "form-2-kind": "", "form-2-amount": "900", "form-2-per": "hour",
}  # fmt: skip


def test_free_for_children_and_clear_for_everybody_from_the_page_to_the_letter(
    stage: Stage, day: Callable[[int], str], moment: Callable[[int, int], datetime]
) -> None:
    officer = stage.browser(stage.unit.officer)
    # The unit sets its prices once; the admin shows what loans would cost.
    url = f"/admin/booking/units/prices/{stage.unit.pk}/"
    assert "1800 kr" in officer.post(url, PRICES | {"act": "try"}).content.decode().replace("\xa0", "")
    assert officer.post(url, PRICES).status_code == 302

    # Before asking, to anybody: on the page, and in the API.
    visitor = stage.browser()
    page = visitor.get("/en/things/lillebyhallen/").content.decode()
    assert "Children and youth: free" in page
    assert "Firms: 900 kr per hour" in page
    prices = visitor.get("/api/booking/v1/resources/lillebyhallen/").json()["price"]
    assert {(one["audience"], one["amount"], one["per"]) for one in prices} == {
        ("children_youth", "0.00", "hour"), ("organisation", "300.00", "hour"), ("commercial", "900.00", "hour"),
    }  # fmt: skip
    line = {"resource": "lillebyhallen", "start": moment(9, 18).isoformat(), "end": moment(9, 20).isoformat()}
    body = {"purpose": "Trening", "lines": [line]}
    check = visitor.post("/api/booking/v1/checks/", body, content_type="application/json").json()
    assert check["lines"][0]["price"] is None
    assert "price" in check["not_checked"]
    children = body | {"audience": {"6-12": 20}}
    check = visitor.post("/api/booking/v1/checks/", children, content_type="application/json").json()
    assert (check["price_total"], check["lines"][0]["price"]["audience"]) == ("0.00", "children_youth")

    # The coach sees the price while typing (htmx) and without a script, each with the rule that gave it.
    coach = stage.browser(stage.coach)
    asked = {
        "day": day(9), "start": "18:00", "end": "20:00", "purpose": "Trening",
        "hat": f"organisation:{stage.club.slug}",
    }  # fmt: skip
    for action in ("check", "preview"):
        text = coach.post("/en/ask/lillebyhallen/", asked | {"action": action}).content.decode()
        assert "600 kr (voluntary organisations: 300 kr per hour × 2 hours)" in text
        young = coach.post("/en/ask/lillebyhallen/", asked | {"action": action, "heads_6-12": "20"}).content.decode()
        assert "Free: children and youth" in young
    coach.post("/en/ask/lillebyhallen/", asked | {"action": "send"})
    case = Case.objects.get()
    letter = next(one for one in stage.post_goes_out() if one.to == [stage.coach.email])
    assert "600 kr" in letter.body

    # What was told stays, whatever the rules say later; also in the decision's letter.
    dearer = PRICES | {"form-1-amount": "500"}
    officer.post(url, dearer)
    found = coach.get(f"/api/booking/v1/requests/{case.reference}/").json()
    assert [(one["line"], one["amount"], one["rate"]) for one in found["price"]] == [(1, "600.00", "300.00")]
    assert found["price_total"] == "600.00"
    page = officer.get(f"/admin/booking/cases/inspect/{case.pk}/").content.decode()
    assert "600 kr" in page
    sent = {"act": "grant_all", "version": case.version}
    officer.post(f"/admin/booking/cases/decide/{case.pk}/", sent)
    letter = next(one for one in stage.post_goes_out() if one.to == [stage.coach.email])
    assert "600 kr" in letter.body
    assert "600 kr" in coach.get(f"/en/cases/{case.reference}/").content.decode()


def test_a_change_shows_the_old_and_the_new_price_before_it_is_granted(
    stage: Stage, moment: Callable[[int, int], datetime]
) -> None:
    stage.hall.approval = "automatic"
    stage.hall.save()
    rule = PriceRule.objects.create(resource=stage.hall, audience="organisation", amount=300, per="hour")
    coach, officer = stage.browser(stage.coach), stage.browser(stage.unit.officer)
    line = {"resource": "lillebyhallen", "start": moment(9, 18).isoformat(), "end": moment(9, 20).isoformat()}
    body = {"organisation": stage.club.slug, "purpose": "Møte", "lines": [line], "accept_rules": True}
    answer = coach.post("/api/booking/v1/requests/", body, content_type="application/json")
    assert answer.status_code == 201
    case = Case.objects.get()
    assert case.state == "granted"
    # Longer is dearer: although the rules would grant it, nothing changes before somebody has seen the new price.
    longer = {"start": moment(9, 18).isoformat(), "end": moment(9, 21).isoformat()}
    url = f"/api/booking/v1/requests/{case.reference}/lines/1/change/"
    found = coach.post(url, longer, content_type="application/json").json()["lines"][0]
    assert (found["change"]["price"], found["state"]) == ("900.00", "granted")
    words = "The price becomes 900 kr (voluntary organisations: 300 kr per hour × 3 hours). Now it is 600 kr"
    assert words in coach.get(f"/en/cases/{case.reference}/lines/1/").content.decode()
    assert "900 kr" in officer.get(f"/admin/booking/cases/inspect/{case.pk}/").content.decode()
    # Even if the rule changes before the answer: the price is the one that both have seen.
    rule.amount = Decimal(1000)
    rule.save()
    case.refresh_from_db()
    batch = LineChange.objects.get().batch
    url = reverse("booking_cases:move", args=[case.pk, "grant-change"])
    answer = officer.post(url, {"batch": str(batch), "version": case.version, "grounds": ""})
    assert answer.status_code == 302
    row = case.lines.get()
    assert (row.price, row.price_rule["amount"]) == (Decimal("900.00"), "300.00")


def test_own_use_costs_nothing_and_private_persons_are_told_their_price(
    stage: Stage, moment: Callable[[int, int], datetime]
) -> None:
    stage.hall.private_persons = True
    stage.hall.save()
    PriceRule.objects.create(resource=stage.hall, audience="private", amount=150, per="hour", minimum=400)
    line = {"resource": "lillebyhallen", "start": moment(9, 18).isoformat(), "end": moment(9, 20).isoformat()}
    body = {"purpose": "Bursdag", "lines": [line]}

    def told(user: object, **headers: str) -> dict[str, str]:
        client = stage.browser(user)
        found = client.post("/api/booking/v1/checks/", body, content_type="application/json", headers=headers).json()
        price: dict[str, str] = found["lines"][0]["price"]
        return price

    private = told(f.make_user("Per Privat"))
    assert (private["amount"], private["minimum"]) == ("400.00", "400.00")
    assert told(stage.unit.officer, **{"Samskap-Hat": "unit:kultur"})["why"] == "own"
