"""The public pages of requests, as a browser without JavaScript sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from booking.cases.models import Case
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from tests import factories
from tests.cases.conftest import NOW, Town, at, body, make_town, weekly

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def town() -> Town:
    return make_town()


@pytest.fixture
def coach(client: Client, town: Town) -> Client:
    client.force_login(town.coach)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    """The form filled in for Thursday 18-20."""
    values = {
        "action": "send",
        "day": "2026-03-05",
        "start": "18:00",
        "end": "20:00",
        "purpose": "Training, girls 12",
        "about": "20",
        "submission_key": "the-form-itself",
        "if_taken": "refuse",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def ask_url(town: Town) -> str:
    return reverse("booking:ask", args=[town.room.slug])


def words(response: Any) -> str:
    return response.content.decode()


def test_the_free_time_that_was_pressed_gives_the_start_only(client: Client, town: Town) -> None:
    page = client.get(ask_url(town), {"free_from": "2026-03-05T17:50:00+01:00", "free_to": "2026-03-05T22:00:00+01:00"})
    form = page.context["form"]
    assert (str(form["day"].value()), f"{form['start'].value():%H:%M}") == ("2026-03-05", "18:00")
    assert not form["end"].value()
    assert page.context["free_until"] == at(3, 22)


def test_from_the_form_to_the_receipt(coach: Client, town: Town) -> None:
    page = coach.get(ask_url(town))
    assert town.club.name in words(page)
    checked = coach.post(ask_url(town), typed(action="check"))
    assert checked.context["preview"].check.ok
    assert not Case.objects.exists()
    sent = coach.post(ask_url(town), typed(hat=f"organisation:{town.club.slug}"), follow=True)
    case = Case.objects.get()
    assert sent.redirect_chain == [(reverse("booking:case", args=[case.reference]), 302)]
    assert (case.organisation, case.requester_hat) == (town.club, f"organisation:{town.club.slug}")
    assert [(line.start, line.end) for line in case.lines.all()] == [(at(3, 18), at(3, 20))]
    assert case.audience == {"about": 20, "bands": []}
    assert case.reference in words(sent)
    assert str(town.officer) in words(sent)
    assert case.reference in words(coach.get(reverse("booking:my_cases")))


def test_the_same_form_twice_is_one_case(coach: Client, town: Town) -> None:
    first, second = coach.post(ask_url(town), typed()), coach.post(ask_url(town), typed())
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Case.objects.count() == 1


def test_a_form_that_was_changed_after_it_was_sent_is_another_request(coach: Client, town: Town) -> None:
    coach.post(ask_url(town), typed())
    coach.post(ask_url(town), typed(day="2026-03-06"))
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end": "17:00"}, "end"),
        ({"day": "2026-02-30"}, "day"),
        ({"purpose": ""}, "purpose"),
        ({"about": "-3"}, "about"),
        ({"responsible_email": "nobody"}, "responsible_email"),
        ({"repeat": "on"}, "until"),
        ({"repeat": "on", "until": "2026-03-19", "skip": "Christmas"}, "skip"),
        ({"repeat": "on", "until": "2040-03-19"}, "until"),
        ({"website": "https://spam.example"}, "website"),
        ({"purpose": "nul\0"}, "purpose"),
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_is_kept(
    coach: Client, town: Town, changes: dict[str, str], field: str
) -> None:
    answer = coach.post(ask_url(town), typed(title="Spring cup", **changes))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert "ds-error-summary" in words(answer)
    assert 'value="Spring cup"' in words(answer)
    assert not Case.objects.exists()


def test_taken_time_is_told_with_free_alternatives_that_can_be_pressed(coach: Client, town: Town) -> None:
    case = town.ask(body(town.room, at(3, 18), at(3, 20)), user=town.other_coach)
    town.decide(case, "grant")
    answer = coach.post(ask_url(town), typed())
    assert Case.objects.count() == 1
    [said] = answer.context["preview"].said
    assert said.line.taken
    assert not answer.context["preview"].may_override
    other = said.suggestions[0]
    assert f'value="{other.value}"' in words(answer)
    used = coach.post(ask_url(town), typed(use=other.value))
    if other.here:
        assert used.context["preview"].check.ok
        assert used.context["form"]["purpose"].value() == "Training, girls 12"


def test_ask_anyway_needs_a_reason(coach: Client, town: Town) -> None:
    late = typed(start="21:00", end="23:00")
    refused = coach.post(ask_url(town), late)
    assert refused.context["preview"].may_override
    assert 'name="override_reason"' in words(refused)
    assert not Case.objects.exists()
    coach.post(ask_url(town), late | {"override_reason": "The bus comes late"})
    assert Case.objects.get().override_reason == "The bus comes late"


def test_dates_of_a_series_that_clash_are_left_out(coach: Client, town: Town) -> None:
    case = town.ask(body(town.room, at(10, 18), at(10, 20)), user=town.other_coach)
    town.decide(case, "grant")
    weekly = typed(repeat="on", until="2026-03-26")
    checked = coach.post(ask_url(town), weekly | {"action": "check"})
    assert (checked.context["preview"].well, checked.context["preview"].total) == (3, 4)
    left = coach.post(ask_url(town), weekly | {"action": "leave_out"})
    assert left.context["preview"].check.ok
    assert left.context["form"]["skip"].value() == "2026-03-12"
    coach.post(ask_url(town), weekly | {"skip": "2026-03-12"})
    sent = Case.objects.get(requester=town.coach)
    assert [line.start for line in sent.lines.all()] == [at(3, 18), at(17, 18), at(24, 18)]


def test_a_visitor_checks_logs_in_and_finds_what_was_typed(client: Client, town: Town) -> None:
    checked = client.post(ask_url(town), typed(action="check"))
    assert checked.context["preview"].check.not_checked
    assert client.get(ask_url(town)).context["form"]["purpose"].value() == "Training, girls 12"
    away = client.post(ask_url(town), typed())
    assert away.status_code == 302
    assert urlsplit(away["Location"]).path == reverse("account_login")
    assert parse_qs(urlsplit(away["Location"]).query)["next"] == [ask_url(town)]
    client.force_login(town.coach)
    back = client.get(ask_url(town))
    form = back.context["form"]
    assert form["purpose"].value() == "Training, girls 12"
    assert form["responsible_name"].value() == town.coach.name
    assert back.context["preview"].check.ok
    assert "ds-error-summary" not in words(back)
    client.post(ask_url(town), typed())
    assert Case.objects.count() == 1
    assert not client.get(ask_url(town)).context["form"]["purpose"].value()


def test_the_preview_is_a_fragment(coach: Client, town: Town) -> None:
    answer = coach.post(ask_url(town), typed(action="preview", purpose=""))
    assert "<html" not in words(answer)
    assert answer.context["preview"].check.ok
    half = coach.post(ask_url(town), {"action": "preview", "day": "2026-03-05"})
    assert half.status_code == 200
    assert half.context["preview"] is None


def test_what_is_granted_at_once_says_so(client: Client) -> None:
    town = make_town(approval="automatic")
    client.force_login(town.coach)
    assert client.post(ask_url(town), typed(action="check")).context["preview"].check.would == "granted"
    page = client.post(ask_url(town), typed(), follow=True)
    assert Case.objects.get().state == "granted"
    assert page.context["at_once"]


def test_what_a_visitor_may_not_know_of_is_not_there(client: Client, town: Town) -> None:
    hidden = factories.make_resource("Skjult", public=False, unit=town.unit)
    assert client.get(reverse("booking:ask", args=[hidden.slug])).status_code == 404


def test_a_case_is_for_its_parties(client: Client, town: Town) -> None:
    case = town.ask(body(town.room, at(3, 18), at(3, 20)))
    addresses = [
        reverse("booking:case", args=[case.reference]),
        reverse("booking:case_withdraw", args=[case.reference]),
    ]
    assert all(client.get(address).status_code == 302 for address in addresses)
    client.force_login(town.other_coach)
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    written = client.post(reverse("booking:case_message", args=[case.reference]), {"message": "Hei"})
    assert written.status_code == 404
    assert client.post(addresses[1]).status_code == 404
    assert case.reference not in words(client.get(reverse("booking:my_cases")))
    client.force_login(town.coach)
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    assert [client.get(f"/cases/{odd}/").status_code for odd in ("%00", "2099-9999", "æ")] == [404, 404, 404]


def test_staff_see_the_parties_page_without_acting_on_it(client: Client, town: Town) -> None:
    case = town.ask(body(town.room, at(3, 18), at(3, 20)))
    client.force_login(town.officer)
    page = client.get(reverse("booking:case", args=[case.reference]))
    assert page.status_code == 200
    assert page.context["form"] is None
    assert client.get(reverse("booking:case_withdraw", args=[case.reference])).status_code == 404


def test_a_message_and_a_withdrawal(coach: Client, town: Town) -> None:
    case = town.ask(
        {"lines": [*body(town.room, at(3, 18), at(3, 20))["lines"], *body(town.room, at(4, 18), at(4, 20))["lines"]]}
    )
    page = coach.post(
        reverse("booking:case_message", args=[case.reference]), {"message": "We bring shoes."}, follow=True
    )
    assert "We bring shoes." in words(page)
    empty = coach.post(reverse("booking:case_message", args=[case.reference]), {"message": " "})
    assert "message" in empty.context["form"].errors
    one = reverse("booking:case_withdraw_line", args=[case.reference, 2])
    assert coach.get(one).status_code == 200
    assert list(case.lines.values_list("state", flat=True)) == ["requested", "requested"]
    coach.post(one)
    assert list(case.lines.values_list("state", flat=True)) == ["requested", "withdrawn"]
    coach.post(reverse("booking:case_withdraw", args=[case.reference]))
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert coach.get(reverse("booking:case", args=[case.reference])).status_code == 200


def test_who_is_party_in_several_names_chooses_and_my_cases_are_by_hat(coach: Client, town: Town) -> None:
    choir = factories.make_organisation("Lilleby kor", leader=town.coach)
    undecided = coach.post(ask_url(town), typed())
    assert "hat" in undecided.context["form"].errors
    coach.post(ask_url(town), typed(hat=f"organisation:{choir.slug}"))
    case = Case.objects.get()
    assert case.organisation == choir
    mine = reverse("booking:my_cases")
    assert case.reference in words(coach.get(mine, {"for": f"organisation:{choir.slug}"}))
    assert case.reference not in words(coach.get(mine, {"for": f"organisation:{town.club.slug}"}))


def test_nobody_has_cases_yet(coach: Client, client: Client) -> None:
    assert "sk-empty" in words(coach.get(reverse("booking:my_cases")))
    coach.logout()
    assert coach.get(reverse("booking:my_cases")).status_code == 302


def test_an_enquiry_needs_an_address_and_gives_a_receipt(client: Client, town: Town) -> None:
    address = reverse("booking:enquiry")
    wrong = client.post(address, {"message": "Can we borrow a tent?", "submission_key": "k"})
    assert "email" in wrong.context["form"].errors
    assert "Can we borrow a tent?" in words(wrong)
    good = {"message": "Can we borrow a tent?", "email": "ane@example.org", "submission_key": "k"}
    receipt = client.post(address, good, follow=True)
    client.post(address, good)
    case = Case.objects.get()
    assert (case.kind, case.contact_email) == ("enquiry", "ane@example.org")
    assert case.reference in words(receipt)
    assert Client().get(reverse("booking:enquiry_sent")).status_code == 404


def test_sent_mail_is_for_a_demo_only(coach: Client, town: Town, settings: Any) -> None:
    letter = OutboxMessage.objects.create(
        key="k", handler="h", recipient="a@example.org", state="sent", subject="Receipt", body="<b>Hello</b>",
        due_at=NOW, created_at=NOW, sent_at=NOW,
    )  # fmt: skip
    addresses = [reverse("booking:sent_mail"), reverse("booking:sent_letter", args=[letter.pk])]
    assert [coach.get(address).status_code for address in addresses] == [404, 404]
    assert addresses[0] not in words(coach.get(ask_url(town)))
    with override_settings(BOOKING=settings.BOOKING | {"demo": True}):
        pages = [coach.get(address) for address in addresses]
        assert f'href="{addresses[0]}"' in words(coach.get(ask_url(town)))
    assert all("Receipt" in words(page) for page in pages)
    assert "&lt;b&gt;Hello" in words(pages[1])


def test_a_case_of_many_dates_shows_the_next_ones_and_folds_the_rest(coach: Client, town: Town) -> None:
    case = town.ask(weekly(town.room, at(3, 18), at(3, 20), 12))
    town.decide(case, "grant", *range(2, 13), grounds="Children first.")
    page = coach.get(reverse("booking:case", args=[case.reference]))
    assert [line.number for line in page.context["near"]] == [1, 2, 3, 4, 5]
    assert [line.number for line in page.context["folded"]] == [6, 7, 8, 9, 10, 11, 12]
    assert page.context["tally"] == [("granted", "11: Innvilget"), ("requested", "1: Søkt om")]
    # Grounds that are the same under all dates are read once.
    assert words(page).count("Children first.") == 1
    few = coach.get(reverse("booking:case", args=[town.ask(body(town.room, at(9, 18), at(9, 20))).reference]))
    assert (len(few.context["near"]), few.context["folded"]) == (1, [])


def test_many_dates_that_clash_are_said_to_be_so_many(coach: Client, town: Town) -> None:
    other = town.ask(weekly(town.room, at(3, 18), at(3, 20), 2), user=town.other_coach)
    town.decide(other, "grant")
    series = {"repeat": "on", "until": "2026-03-26"}
    page = coach.post(ask_url(town), typed(**series))
    assert page.context["form"].non_field_errors() == [
        "2 av datoene er opptatt. Hopp over dem, eller søk om en annen tid."
    ]
    assert Case.objects.exclude(pk=other.pk).count() == 0


def test_days_to_leave_out_are_read_as_norwegians_write_them(coach: Client, town: Town) -> None:
    page = coach.post(
        ask_url(town), typed(action="check", repeat="on", until="2026-03-26", skip="12.3.2026, 2026-03-19")
    )
    assert page.context["preview"].total == 2
    wrong = coach.post(ask_url(town), typed(action="check", repeat="on", until="2026-03-26", skip="12.13.2026"))
    assert "skip" in wrong.context["form"].errors


def test_what_is_missing_is_said_as_what_to_do(coach: Client, town: Town) -> None:
    form = coach.post(ask_url(town), {"action": "send"}).context["form"]
    assert {name: errors[0] for name, errors in form.errors.items()} == {
        "day": "Velg en dag.",
        "start": "Skriv når det begynner, for eksempel 17.00.",
        "end": "Skriv når det slutter, for eksempel 18.30.",
        "purpose": "Skriv det med noen få ord.",
    }
