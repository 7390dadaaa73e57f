"""The conversation over HTTP: a question that needs an answer, files to download, until when somebody has the move."""

from __future__ import annotations

from typing import Any

import pytest
from wagtail.models import APIToken

from booking.cases import services
from booking.cases.models import Case, MessageFile
from booking.foundation import clock
from tests import factories
from tests.cases.conftest import NOW, Town, at, body
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def case(town: Town) -> Case:
    return town.ask(body(town.room, at(7, 18), at(7, 20)))


def say(town: Town, case: Case, **sent: Any) -> Any:
    address = f"/api/booking/v1/requests/{case.reference}/messages/"
    return browser(town.coach).post(address, sent, content_type="application/json")


def test_a_question_in_an_answered_case_starts_the_clock(town: Town, case: Case) -> None:
    town.decide(case, "grant")
    assert say(town, case, message="Takk!").json()["waiting_on"] == "nobody"
    answer = say(town, case, message="Får vi nøkkel?", needs_answer=True).json()
    assert (answer["waiting_on"], answer["until"]) == ("municipality", answer["answer_by"])
    assert [one["needs_answer"] for one in answer["messages"]] == [False, True]
    for wrong in ("yes", 1, None, [], {}):
        refused = say(town, case, message="Hei", needs_answer=wrong)
        assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (400, ["needs_answer"]), wrong


def test_files_are_listed_and_had_by_the_parties_and_nobody_else(town: Town, case: Case) -> None:
    said = services.add_message(case, by=town.coach, body="Se vedlegg", now=NOW)
    note = services.add_message(case, by=town.officer, body="Internt", now=NOW, internal=True)
    fields = {"name": "kart.pdf", "mimetype": "application/pdf", "size": 4}
    MessageFile.objects.create(message=said, sha256="a" * 64, content=b"KART", **fields)
    MessageFile.objects.create(message=note, sha256="b" * 64, content=b"NOTE", **fields)
    row, token = APIToken.create_token(user=town.coach, name="t")
    del row
    bearer = {"Authorization": f"Bearer {token}"}
    shown = browser(None).get(f"/api/booking/v1/requests/{case.reference}/", headers=bearer).json()
    ((file,),) = [one["files"] for one in shown["messages"]]
    assert (file["name"], file["size"], shown["messages"][0]["id"]) == ("kart.pdf", 4, said.pk)
    path = "/" + file["url"].split("/", 3)[3]
    answer = browser(None).get(path, headers=bearer)
    assert answer.content == b"KART"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert browser(None).get(path).status_code == 401
    assert browser(factories.make_user("Stig Stranger")).get(path).status_code == 404
    hidden = path.replace("a" * 64, "b" * 64)
    assert browser(town.coach).get(hidden).status_code == 404  # came with a note
    assert browser(town.officer).get(hidden).content == b"NOTE"


def test_until_is_the_requesters_day_when_it_is_their_move(town: Town, case: Case) -> None:
    services.ask(case, message="Hvor mange?", by=town.officer, now=NOW)
    shown = browser(town.coach).get(f"/api/booking/v1/requests/{case.reference}/").json()
    (listed,) = browser(town.coach).get("/api/booking/v1/requests/").json()["results"]
    assert shown["waiting_on"] == "requester"
    assert shown["until"] == listed["until"] is not None
