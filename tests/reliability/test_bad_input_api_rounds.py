"""Nothing that a program sends about season rounds is answered with a server error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.foundation import clock
from tests.cases.conftest import NOW
from tests.reliability import nasty
from tests.reliability.test_bad_input_api import Program, fault, sweep
from tests.seasons.conftest import make_heard
from tests.seasons.test_api import body as wish_body
from tests.seasons.test_pages import open_round
from tests.seasons.world import make_valley

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with clock.at(NOW):
        yield


def test_every_member_of_a_proposal(db: None) -> None:
    valley = make_valley()
    found = valley.round("proposals")
    wish = valley.wish(found, places=(valley.gym,))
    valley.proposal(found, (wish, valley.gym, 0, 17, 18), state="published")
    path = f"/api/booking/v1/seasons/{found.slug}/proposals/"
    document = {
        "name": "Vårt",
        "note": "Slik tenkte vi.",
        "organisation": valley.club.slug,
        "from_proposal": 1,
        "last_season": False,
        "slots": [{"wish": 1, "resource": valley.gym.slug, "weekday": 1, "start": "17:00", "end": "18:00"}],
        "reason": "Treneren kan ikke mandag.",
        "publish": False,
    }
    program, reader = Program(valley.coach), Program()
    assert program.post(path, document).status_code == 201
    wrong = sweep(program, path, document)
    own = valley.proposal(
        found, (wish, valley.gym, 0, 17, 18), author_kind="organisation", organisation=valley.club,
        written_by=valley.coach,
    )  # fmt: skip
    draft = f"{path}{own.number}/"
    change = {name: document[name] for name in ("name", "note", "slots", "reason")}
    assert program.patch(draft, change).status_code == 200
    wrong += sweep(program, draft, change, "patch")
    for what, (raw, status) in nasty.BODIES.items():
        answer = program.patch(draft, raw)
        if answer.status_code != status or fault(answer):
            wrong.append(f"{what}: {answer.status_code} {fault(answer)}")
    for act in ("undo/", "publish/", "withdraw/"):
        for value in nasty.tried_here(nasty.FEW).values():
            tag = "".join(one for one in value[:200] if " " <= one < "\x7f")
            answer = program.client.post(draft + act, headers={**program.headers, "If-Match": tag})
            if fault(answer):
                wrong.append(f"{act}: {answer.status_code} {fault(answer)}")
    for what, value in nasty.tried_here(nasty.FEW).items():
        sent = {"against": value[:6000].encode("utf-8", "surrogatepass")}
        if said := fault(reader.get(f"{path}1/diff/", sent)):
            wrong.append(f"against = {what}: {said[:300]}")
    assert not wrong, "\n".join(wrong)


def test_every_member_of_a_wish(db: None) -> None:
    valley = make_valley()
    path = f"/api/booking/v1/seasons/{open_round(valley).slug}/wishes/"
    time = {"weekday": 4, "start": "20:00", "end": "21:00"}
    document = wish_body(
        valley, organisation=valley.club.slug, activity="håndball", adapted=False, sessions_min=1, sessions_wanted=2,
        minutes_min=60, minutes_wanted=90, indoor=True, impossible=[time], apart=["trener 1"], note="Takk",
    )  # fmt: skip
    assert Program(valley.coach).post(path, document).status_code == 201
    wrong = sweep(Program(valley.coach), path, document)
    for what, (raw, status) in nasty.BODIES.items():
        answer = Program(valley.coach).post(path, raw)
        if answer.status_code != status or fault(answer):
            wrong.append(f"{what}: {answer.status_code} {fault(answer)}")
    assert not wrong, "\n".join(wrong)


def test_every_member_of_a_comment_and_of_an_adoption(db: None) -> None:
    valley = make_valley()
    found, made = make_heard(valley)
    base = f"/api/booking/v1/seasons/{found.slug}/proposals/{made.number}/"
    comment = {"text": "Hei", "kind": "objection", "slot": made.slots.first().pk}
    adoption = {"grounds": "Etter høringen.", "left_out": [], "left_out_reason": ""}
    coach, officer = Program(valley.coach), Program(valley.officer)
    assert coach.post(f"{base}comments/", comment).status_code == 201
    wrong = sweep(coach, f"{base}comments/", comment)
    wrong += sweep(officer, f"{base}adopt/", adoption)
    assert not wrong, "\n".join(wrong)
