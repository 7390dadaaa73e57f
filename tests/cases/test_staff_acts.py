"""What an officer does to a whole case from its page: each act works, and refused nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.cases import services
from booking.cases.models import Case
from booking.foundation import clock
from tests import factories
from tests.cases.conftest import NOW, Town, at, body
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def officer(town: Town) -> Client:
    return browser(town.officer)


@pytest.fixture
def case(town: Town) -> Case:
    return town.ask(body(town.room, at(60, 18), at(60, 20)))


def act(client: Client, case: Case, name: str, **fields: Any) -> Any:
    case.refresh_from_db()
    return client.post(reverse("booking_cases:act", args=[case.pk, name]), {"version": case.version} | fields)


def page(client: Client, case: Case) -> str:
    return client.get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()


def test_a_holding_reply_takes_one_click(officer: Client, case: Case) -> None:
    """The date is proposed: ten working days after the promised one, and that is no holiday."""
    assert 'value="2026-03-30"' in page(officer, case)
    assert act(officer, case, "holding-reply", until="2026-04-10", text="").status_code == 302
    case.refresh_from_db()
    assert case.answer_by == date(2026, 4, 10)
    assert "16. mars" in page(officer, case), "the first promise stays in sight"


def test_what_was_typed_survives_a_refusal_and_is_told_at_its_field(officer: Client, case: Case) -> None:
    answer = act(officer, case, "holding-reply", until="2026-03-03", text="Vi venter på befaring.")
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "Vi venter på befaring." in text
    assert 'value="2026-03-03"' in text
    assert 'id="act-until-error"' in text
    rubbish = act(officer, case, "holding-reply", until="snart", text="x")
    assert rubbish.status_code == 400
    stale = officer.post(reverse("booking_cases:act", args=[case.pk, "ask"]), {"version": 99, "text": "Hvor mange?"})
    assert stale.status_code == 412
    assert "Hvor mange?" in stale.content.decode()


def test_asking_stops_the_clock_and_the_reply_brings_it_back(town: Town, officer: Client, case: Case) -> None:
    assert act(officer, case, "ask", text="Hvor mange kommer?").status_code == 302
    case.refresh_from_db()
    assert case.waiting_on == "requester"
    assert case not in Case.objects.filter(waiting_on="municipality")
    answer = browser(town.coach).post(reverse("booking:case_message", args=[case.reference]), {"message": "Tjue"})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.waiting_on == "municipality"


def test_handing_over_leads_back_to_the_queue_when_the_case_is_gone(officer: Client, case: Case) -> None:
    other = factories.make_unit("Teknisk")
    refused = act(officer, case, "hand-over", unit=other.slug, text=" ")
    assert refused.status_code == 400
    assert "selected" in refused.content.decode()
    done = act(officer, case, "hand-over", unit=other.slug, text="Uteområde")
    assert done["Location"] == reverse("booking_cases:index")
    case.refresh_from_db()
    assert case.unit == other


def test_a_disqualified_officer_is_offered_only_to_give_it_away(town: Town, officer: Client, case: Case) -> None:
    factories.give_membership(town.officer, town.club, "board")
    shown = page(officer, case)
    assert reverse("booking_cases:act", args=[case.pk, "assign"]) in shown
    for name in ("holding-reply", "ask", "dismiss"):
        assert reverse("booking_cases:act", args=[case.pk, name]) not in shown
    assert act(officer, case, "ask", text="?").status_code == 403
    assert act(officer, case, "assign", officer=town.unit.deputy.pk).status_code == 302


def test_an_enquiry_is_answered_and_closed(town: Town, officer: Client) -> None:
    question = services.submit_enquiry(message="Hvem maler?", user=town.coach, unit=town.unit, now=NOW)
    assert act(officer, question, "close", text="").status_code == 400
    assert act(officer, question, "close", text="Det gjør vi.").status_code == 302
    question.refresh_from_db()
    assert question.state == "closed"
    assert 'id="more"' not in page(officer, question)


def test_an_appeal_from_the_partys_page_to_its_answer(town: Town, officer: Client, case: Case) -> None:
    coach = browser(town.coach)
    address = reverse("booking:case_appeal", args=[case.reference])
    seen = coach.get(reverse("booking:case", args=[case.reference])).content.decode()
    assert address not in seen, "nothing to appeal yet"
    town.decide(case, "refuse", grounds="Stengt.")
    seen = coach.get(reverse("booking:case", args=[case.reference])).content.decode()
    assert address in seen
    empty = coach.post(address, {"message": " "})
    assert "message" in empty.context["appeal"].errors
    assert coach.post(address, {"message": "Vi var først."}).status_code == 302
    case.refresh_from_db()
    assert case.state == "appealed"
    assert "Vi var først." in page(officer, case)
    assert act(officer, case, "reopen", text="Du har rett.").status_code == 302
    case.refresh_from_db()
    assert (case.state, list(case.lines.values_list("state", flat=True))) == ("in_review", ["requested"])
    assert browser(town.other_coach).post(address, {"message": "x"}).status_code == 404


def test_a_mark_stays_until_somebody_has_seen_to_it(town: Town, officer: Client, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(attention="handed")
    assert reverse("booking_cases:act", args=[case.pk, "seen"]) in page(officer, case)
    assert act(officer, case, "seen").status_code == 302
    case.refresh_from_db()
    assert case.attention == ""
