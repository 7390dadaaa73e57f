"""Several things in one request: dates first, then what is free on them (requests.md "Series and baskets")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.cases.models import Case
from booking.foundation import clock
from tests import factories
from tests.cases.conftest import NOW, Town, at, body

pytestmark = pytest.mark.django_db
URL = "/ask/"
DATES = {"day": "2026-03-10", "start": "18:00", "end": "20:00"}


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def chairs(town: Town) -> Any:
    return factories.make_stock("Stoler", 40, unit=town.unit)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def slugs(page: Any) -> set[str]:
    return {row["resource"].slug for _label, rows in page.context["shelves"] for row in rows}


def test_dates_first_then_only_what_is_free(town: Town, chairs: Any) -> None:
    other = factories.make_resource("Møterom 2", unit=town.unit)
    shut = factories.make_resource("Kun formiddag", unit=town.unit, open=(8, 12))
    town.decide(town.ask(body(town.room, at(8, 18), at(8, 20))), "grant")
    client = signed_in(town.coach)
    assert reverse("booking:ask_together") == URL
    assert not client.get(URL).context["shelves"]
    page = client.post(URL, DATES | {"action": "find"})
    assert slugs(page) == {other.slug, chairs.slug}
    assert shut.slug not in slugs(page)
    # What somebody had chosen and isn't free is named.
    page = client.post(URL, DATES | {"action": "find", "thing": [town.room.slug]})
    assert [one.slug for one in page.context["gone"]] == [town.room.slug]


def test_several_things_and_numbers_in_one_case(town: Town, chairs: Any) -> None:
    client = signed_in(town.coach)
    data = DATES | {
        "thing": [town.room.slug, chairs.slug], f"count-{chairs.slug}": "30", "purpose": "Årsmøte",
        "accept_rules": "on", "submission_key": "k",
    }  # fmt: skip
    checked = client.post(URL, data | {"action": "check"})
    assert (checked.context["well"], Case.objects.count()) == (2, 0)
    for _press in range(2):
        sent = client.post(URL, data | {"action": "send"})
        assert sent.status_code == 302
    case = Case.objects.get()
    assert sorted(case.lines.values_list("resource__slug", "quantity")) == sorted(
        [(town.room.slug, 1), (chairs.slug, 30)]
    )


def test_a_series_of_several_things_with_holidays_and_clashes_told_before(town: Town, chairs: Any) -> None:
    town.decide(town.ask(body(town.room, at(15, 18), at(15, 20)), user=town.other_coach), "grant")
    client = signed_in(town.coach)
    data = {"day": "2026-03-10", "start": "18:00", "end": "20:00", "repeat": "on", "until": "2026-03-31"}
    page = client.post(URL, data | {"action": "find"})
    rows = {row["resource"].slug: row for _label, rows in page.context["shelves"] for row in rows}
    assert (rows[town.room.slug]["free"], rows[town.room.slug]["dates"], rows[chairs.slug]["on_all"]) == (3, 4, True)
    data |= {"thing": [town.room.slug, chairs.slug], "purpose": "Trening", "accept_rules": "on"}
    refused = client.post(URL, data | {"action": "send"})
    assert (refused.status_code, Case.objects.filter(requester=town.coach).count()) == (200, 0)
    assert refused.context["form"]["purpose"].value() == "Trening"
    client.post(URL, data | {"action": "send", "skip": "2026-03-17"})
    case = Case.objects.get(requester=town.coach)
    assert (case.lines.count(), case.series.count()) == (6, 2)
    easter = client.post(URL, {"day": "2026-03-26", "start": "18:00", "end": "20:00", "repeat": "on",
                               "until": "2026-04-09", "action": "find"})  # fmt: skip
    assert [day.isoformat() for day, _name in easter.context["holidays"]] == ["2026-04-02"]


def test_what_is_missing_is_said_and_nothing_typed_is_lost(town: Town, chairs: Any) -> None:
    client = signed_in(town.coach)
    for data in ({"end": "17:00"}, {"day": "0001-01-01"}, {"day": "tull"}, {"until": "2026-01-01", "repeat": "on"}):
        assert client.post(URL, DATES | data | {"action": "find"}).status_code == 200
    page = client.post(URL, DATES | {"action": "send", "purpose": "Møte"})
    assert page.context["form"]["purpose"].value() == "Møte"
    page = client.post(URL, DATES | {"action": "send", "thing": [chairs.slug, "finnes-ikke", "\x00"]})
    assert [slug for slug, _count in page.context["chosen"]] == [chairs.slug]
    assert not Case.objects.exists()


def test_own_use_of_the_municipality_in_the_same_form(town: Town, chairs: Any) -> None:
    client = signed_in(town.officer)
    data = DATES | {"thing": [town.room.slug], "purpose": "Personalmøte", "accept_rules": "on", "action": "send"}
    assert client.post(URL, data | {"hat": f"unit:{town.unit.slug}"}).status_code == 302
    case = Case.objects.get()
    assert (case.organisation, case.requester_hat) == (None, f"unit:{town.unit.slug}")


def test_a_stranger_logs_in_and_comes_back_to_the_same_dates(town: Town, chairs: Any) -> None:
    data = DATES | {"thing": [chairs.slug], "purpose": "Møte", "accept_rules": "on", "action": "send"}
    sent = Client().post(URL, data)
    assert sent.status_code == 302
    assert "ask" in sent["Location"]
    assert slugs(Client().get(URL, DATES)) == {town.room.slug, chairs.slug}
