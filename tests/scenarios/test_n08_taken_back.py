"""N8: "trainings were cancelled because of poor communication about municipal premises".

When the municipality takes back approved time it gives a reason and offers what is really free; the members' view
changes at once; inside 48 hours it is told directly, with words to paste in a chat; and it is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from booking.cases import selectors, services
from booking.cases.models import Case
from booking.foundation import clock
from tests.scenarios.conftest import Stage


def granted(stage: Stage, day: Callable[[int], str], ahead: int) -> Case:
    """Kari asks by the form; Ola grants on the case's page."""
    typed = {"action": "send", "day": day(ahead), "start": "18:00", "end": "20:00", "purpose": "Trening", "about": "20"}
    stage.browser(stage.coach).post("/ask/lillebyhallen/", typed)
    case = Case.objects.latest("pk")
    page = f"/admin/booking/cases/decide/{case.pk}/"
    stage.browser(stage.unit.officer).post(page, {"version": case.version, "act": "grant_all"})
    stage.post_goes_out()
    case.refresh_from_db()
    return case


def free_value(page: str) -> str:
    """The first alternative that the officer's form offers."""
    return page.split('name="instead-1" value="')[1].split('"')[0]


def test_a_week_ahead(stage: Stage, day: Callable[[int], str]) -> None:
    case = granted(stage, day, 9)
    ola, kari = stage.browser(stage.unit.officer), stage.browser(stage.coach)
    form = ola.get(f"/admin/booking/cases/inspect/{case.pk}/?take=1").content.decode()
    act = f"/admin/booking/cases/move/{case.pk}/take-back/"
    typed = {"version": case.version, "line": "1", "reason": "Kommunestyret møtes i hallen."}
    # Without something that is free instead it isn't done.
    assert ola.post(act, typed).status_code == 400
    assert ola.post(act, typed | {"instead-1": free_value(form)}).status_code == 302
    (letter,) = stage.post_goes_out()
    assert letter.to == [stage.coach.email]
    assert "Kommunestyret møtes i hallen." in letter.body
    assert "Dette kan du få i stedet" in letter.body or "You can have instead" in letter.body
    # The members' view and the public calendar change at once: nobody thinks that the hall is theirs.
    assert "Kommunestyret møtes i hallen." in kari.get(f"/cases/{case.reference}/lines/1/").content.decode()
    times = {"from": day(9), "to": day(10)}
    busy = stage.browser().get("/api/booking/v1/resources/lillebyhallen/availability/", times).json()["busy"]
    assert [one["status"] for one in busy] == ["closed"]
    # She takes the other time, and it is hers in the same second.
    place = free_value(form)
    kari.post(f"/cases/{case.reference}/lines/1/", {"act": "alternative", "alternative": place})
    line = case.lines.get()
    assert (line.state, line.start.isoformat()) == ("granted", place.split("|")[1])
    counted = selectors.taken_back_count(clock.now() - timedelta(days=1), clock.now() + timedelta(days=1))
    assert counted == {"taken_back": 1, "short_notice": 0, "restored": 0}


def test_tomorrow_with_words_to_paste(stage: Stage, day: Callable[[int], str]) -> None:
    case = granted(stage, day, 1)
    ola, kari = stage.browser(stage.unit.officer), stage.browser(stage.coach)
    form = ola.get(f"/admin/booking/cases/inspect/{case.pk}/?take=1").content.decode()
    typed = {"version": case.version, "line": "1", "reason": "Vannlekkasje.", "kind": "emergency"}
    ola.post(f"/admin/booking/cases/move/{case.pk}/take-back/", typed | {"instead-1": free_value(form)})
    (letter,) = stage.post_goes_out()
    page = kari.get(f"/cases/{case.reference}/lines/1/").content.decode()
    for text in (letter.body, page):
        assert "Lillebyhallen" in text
        assert "Vannlekkasje." in text
    assert 'id="pass-on-text"' in page
    # The leak is mended: the time is hers again without anybody asking.
    case.refresh_from_db()
    act = f"/admin/booking/cases/move/{case.pk}/give-back/"
    ola.post(act, {"version": case.version, "number": "1"})
    assert case.lines.get().state == "granted"
    (back,) = stage.post_goes_out()
    assert back.to == [stage.coach.email]
    counted = selectors.taken_back_count(clock.now() - timedelta(days=1), clock.now() + timedelta(days=1))
    assert counted == {"taken_back": 1, "short_notice": 1, "restored": 1}


def test_an_objection_is_answered_by_a_person(stage: Stage, day: Callable[[int], str]) -> None:
    case = granted(stage, day, 20)
    ola, kari = stage.browser(stage.unit.officer), stage.browser(stage.coach)
    form = ola.get(f"/admin/booking/cases/inspect/{case.pk}/?take=1").content.decode()
    typed = {"version": case.version, "line": "1", "reason": "Valg.", "instead-1": free_value(form)}
    ola.post(f"/admin/booking/cases/move/{case.pk}/take-back/", typed)
    kari.post(f"/cases/{case.reference}/lines/1/", {"act": "object", "message": "Vi har seriekamp."})
    case.refresh_from_db()
    assert case.waiting_on == "municipality"
    assert case.reference in ola.get("/admin/booking/cases/").content.decode()
    stage.post_goes_out()
    # Nothing ends by itself, however long it takes.
    services.run_steps(clock.now() + timedelta(days=30))
    services.run_offers(clock.now() + timedelta(days=30))
    assert case.lines.get().state == "displaced"
    case.refresh_from_db()
    answer = {"version": case.version, "number": "1", "text": "Valget kan ikke flyttes."}
    ola.post(f"/admin/booking/cases/move/{case.pk}/answer-objection/", answer)
    letters = stage.post_goes_out()
    assert any("Valget kan ikke flyttes." in one.body for one in letters)
    case.refresh_from_db()
    assert case.waiting_on == "requester"
