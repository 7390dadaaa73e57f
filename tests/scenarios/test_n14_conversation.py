"""N14: one running talk per case, on a phone and by answering the e-mail; everybody on it reads the same.

"The young people use Messenger; informal and quick; they are equal in the running talk."
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail as sent
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from booking.cases import drafts, services
from booking.cases.models import Case, Message, MessageFile, ParkedMail
from booking.correspondence import services as correspondence
from booking.correspondence.models import InboundMail, OutboxMessage
from booking.foundation import clock
from tests import factories as f
from tests.correspondence.mails import bounce, mail, reply_to
from tests.scenarios.conftest import Stage

PDF = b"%PDF-1.7\n1 0 obj\n"
SECRET = "a-secret-that-only-the-provider-knows"
#: A Monday morning in Oslo, in the middle of an hour.
MORNING = datetime.fromisoformat("2026-03-02T10:05:00+01:00")


@pytest.fixture(autouse=True)
def _mail_comes_in(settings: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"mail_in": {"address": "svar@example.org", "http_secret": SECRET}}


@pytest.fixture
def youth(stage: Stage) -> Any:
    """Leads the co-host."""
    user = f.make_user("Una Ungdom")
    f.make_organisation("Ungdomsklubben", leader=user, slug="ungdomsklubben", listed=True)
    return user


@pytest.fixture
def case(stage: Stage, youth: Any, moment: Callable[[int, int], datetime]) -> Case:
    start = datetime.fromisoformat("2026-03-20T18:00:00+01:00")
    body = {
        "organisation": stage.club.slug, "title": "Ungdomsdisko", "co_hosts": ["ungdomsklubben"],
        "lines": [
            {"resource": stage.hall.slug, "start": start.isoformat(), "end": (start + timedelta(hours=3)).isoformat()}
        ],
    }  # fmt: skip
    with clock.at(MORNING):
        made = services.submit_request(drafts.parse(body, user=stage.coach), user=stage.coach, now=MORNING)
        correspondence.send_due(MORNING + timedelta(minutes=1))
    return made


def out(now: datetime) -> list[Any]:
    """The worker sends what is due at that moment; answers the letters."""
    sent.outbox.clear()
    with clock.at(now):
        correspondence.send_due(now)
    return list(sent.outbox)


def to(letters: list[Any], user: Any) -> Any:
    found = [one for one in letters if one.to == [user.email]]
    assert len(found) == 1, [(one.to, one.subject) for one in letters]
    return found[0]


def pipe(raw: bytes, monkeypatch: pytest.MonkeyPatch, now: datetime) -> InboundMail:
    """The mail server's pipe."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    with clock.at(now):
        call_command("receive_mail")
    row = InboundMail.objects.latest("pk")
    assert row.last_error == ""
    return row


def write(client: Client, case: Case, words: str, now: datetime, **more: str) -> Any:
    with clock.at(now):
        return client.post(reverse("booking:case_message", args=[case.reference]), {"message": words, **more})


def answer_as_officer(stage: Stage, case: Case, words: str, now: datetime, act: str = "message") -> None:
    with clock.at(now):
        done = stage.browser(stage.unit.officer).post(
            reverse("booking_cases:message", args=[case.pk]), {"message": words, "act": act}
        )
    assert done.status_code == 302


def test_everybody_reads_the_same_and_an_hour_s_talk_is_one_letter(stage: Stage, case: Case, youth: Any) -> None:
    out(MORNING + timedelta(minutes=1))
    coach, una = stage.browser(stage.coach), stage.browser(youth)
    assert write(coach, case, "Skal vi ha DJ?", MORNING + timedelta(minutes=5)).status_code == 302
    assert write(una, case, "Ja!! Jeg spør Ali", MORNING + timedelta(minutes=7)).status_code == 302
    answer_as_officer(stage, case, "Anlegget er låst opp fra 17.", MORNING + timedelta(minutes=20))
    assert out(MORNING + timedelta(minutes=30)) == []

    letters = out(MORNING + timedelta(minutes=56))
    assert sorted(one.to[0] for one in letters) == sorted([stage.coach.email, youth.email, stage.unit.officer.email])
    hers = to(letters, youth).body
    assert "Skal vi ha DJ?" in hers
    assert "Anlegget er låst opp" in hers
    assert "Jeg spør Ali" not in hers  # her own
    # The same thread on every page.
    for client in (coach, una):
        page = client.get(reverse("booking:case", args=[case.reference])).content.decode()
        for words in ("Skal vi ha DJ?", "Jeg spør Ali", "Anlegget er låst opp"):
            assert words in page
    # Talk alone moves nobody's clock.
    before = case.answer_by
    case.refresh_from_db()
    assert (case.answer_by, case.waiting_on) == (before, "municipality")


def test_who_has_read_it_on_the_page_gets_no_letter(stage: Stage, case: Case, youth: Any) -> None:
    una = stage.browser(youth)
    write(stage.browser(stage.coach), case, "Hei alle", MORNING + timedelta(minutes=5))
    page = reverse("booking:case", args=[case.reference])
    first = una.get(page).content.decode()
    assert 'class="sk-new"' in first
    assert 'class="sk-new"' not in una.get(page).content.decode()
    assert [one.to for one in out(MORNING + timedelta(minutes=60)) if one.to == [youth.email]] == []
    # And the writer sees who has read it.
    assert "Una Ungdom" in stage.browser(stage.coach).get(page).content.decode()


def test_answering_the_e_mail_lands_in_the_talk(
    stage: Stage, case: Case, youth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_as_officer(stage, case, "Hvor mange kommer?", MORNING + timedelta(minutes=5))
    letters = out(MORNING + timedelta(minutes=58))
    hers, his = to(letters, youth), to(letters, stage.coach)
    assert hers.reply_to != his.reply_to  # each has an address of their own
    raw = mail(
        f"Una <{youth.email}>", hers.reply_to[0],
        "Cirka 80\n\nSendt fra min iPhone\n\nman. 2. mars 2026 kl. 11:01 skrev Kultur <svar@example.org>:\n"
        "> Hvor mange kommer?",
        files=(("plakat.pdf", PDF, "application/pdf"), ("virus.exe", b"MZ\x90\x00" + b"\0" * 60, "application/pdf")),
    )  # fmt: skip
    now = MORNING + timedelta(hours=2)
    row = pipe(raw, monkeypatch, now)
    assert (row.state, row.reason) == ("done", "message")
    pipe(raw, monkeypatch, now)  # the mail server delivers it once more
    said = case.messages.get(author=youth)
    assert said.body == "Cirka 80\n\nSendt fra min iPhone"
    assert "Hvor mange kommer?" in said.rest
    assert said.hat == "organisation:ungdomsklubben"
    # Everybody reads it, and the file is a download for those on the case alone.
    page = stage.browser(stage.coach).get(reverse("booking:case", args=[case.reference])).content.decode()
    assert "Cirka 80" in page
    assert "virus.exe" in page
    file = MessageFile.objects.get()
    address = reverse("booking:case_file", args=[case.reference, file.pk])
    got = stage.browser(stage.coach).get(address)
    assert got.content == PDF
    assert got["Content-Disposition"] == 'attachment; filename="plakat.pdf"'
    assert got["Content-Type"] == "application/octet-stream"
    assert "sandbox" in got["Content-Security-Policy"]
    assert stage.browser(stage.unit.officer).get(address).status_code == 200
    other = f.make_unit("Teknisk", slug="teknisk")
    for stranger in (f.make_user("Nils Nabo"), other.officer):
        assert stage.browser(stranger).get(address).status_code == 404
    assert stage.browser().get(address).status_code == 302
    # Parties never see a file of a note.
    note = services.add_message(
        case, by=stage.unit.officer, body="Internt", now=now, internal=True, hat=f"unit:{stage.unit.slug}"
    )
    file.message = note
    file.save()
    assert stage.browser(stage.coach).get(address).status_code == 404
    assert stage.browser(stage.unit.officer).get(address).status_code == 200


def test_the_officer_answers_by_e_mail_too_but_only_from_the_own_letter(
    stage: Stage, case: Case, youth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = stage.unit.officer
    write(stage.browser(youth), case, "Får vi nøkkel?", MORNING + timedelta(minutes=5), needs_answer="on")
    letter = to(out(MORNING + timedelta(minutes=6)), officer)
    assert "Får vi nøkkel?" in letter.body
    now = MORNING + timedelta(minutes=30)
    assert pipe(mail(officer.email, letter.reply_to[0], "Ja, i luka."), monkeypatch, now).state == "done"
    said = case.messages.get(author=officer)
    assert said.hat == f"unit:{stage.unit.slug}"
    # Forged: somebody on the case, who has an address of their own, writes as the officer.
    forged = mail(officer.email, reply_to(case, youth.email), "Alt er innvilget!", number=9)
    row = pipe(forged, monkeypatch, now)
    assert (row.state, row.reason) == ("parked", "not_own_address")
    assert not case.messages.filter(body__contains="innvilget").exists()


def test_an_unknown_sender_waits_for_staff_and_is_never_lost(
    stage: Stage, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = MORNING + timedelta(hours=1)
    address = reply_to(case, stage.coach.email)
    row = pipe(mail("Mamma <mamma@example.org>", address, "Kari er syk, jeg tar det."), monkeypatch, now)
    assert row.state == "parked"
    assert not case.messages.exists()
    officer = stage.browser(stage.unit.officer)
    page = officer.get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
    assert "mamma@example.org" in page
    parked = ParkedMail.objects.get()
    assert "Kari er syk" in officer.get(reverse("booking_parked:inspect", args=[parked.pk])).content.decode()
    take = reverse("booking_parked:act", args=[parked.pk, "take-in"])
    assert officer.post(take)["Location"] == reverse("booking_cases:inspect", args=[case.pk])
    officer.post(take)  # a double click
    said = case.messages.get()
    assert (said.body, said.author, said.sender_address) == ("Kari er syk, jeg tar det.", None, "mamma@example.org")
    # Spam, and the same press twice.
    pipe(mail("x@spam.example", address, "Kjøp nå", number=2), monkeypatch, now)
    other = ParkedMail.objects.latest("pk")
    spam = reverse("booking_parked:act", args=[other.pk, "spam"])
    assert officer.post(spam).status_code == 302
    assert officer.post(spam).status_code == 302
    other.refresh_from_db()
    assert other.state == "spam"
    # A made-up address, and none at all: at the front desk.
    pipe(mail("x@y.example", address.replace("+2026", "+2025"), "Hei", number=3), monkeypatch, now)
    pipe(mail("x@y.example", "svar@example.org", "Hei", number=4), monkeypatch, now)
    assert list(ParkedMail.objects.filter(state="open").values_list("reason", flat=True)) == ["bad_token", "no_case"]


def test_a_name_and_a_question_go_at_once_and_an_answered_case_has_a_clock_again(
    stage: Stage, case: Case, youth: Any
) -> None:
    officer = stage.unit.officer
    services.decide_lines(case, [services.LineOutcome(1, "grant")], "", by=officer, now=MORNING)
    case.refresh_from_db()
    assert case.waiting_on == "nobody"
    out(MORNING + timedelta(minutes=2))
    # Talk in an answered case starts no clock.
    later = MORNING + timedelta(days=2)
    write(stage.browser(youth), case, "Gleder oss!", later)
    case.refresh_from_db()
    assert (case.waiting_on, case.owed_since) == ("nobody", None)
    # @name reaches that one person now, the others with the hour.
    write(stage.browser(youth), case, "@Kari husk ballen", later + timedelta(minutes=1))
    assert [one.to for one in out(later + timedelta(minutes=2))] == [[stage.coach.email]]
    # "I need an answer" is a promise by a date, on the page and in the queue, and a letter now.
    write(stage.browser(youth), case, "Hvem låser?", later + timedelta(minutes=3), needs_answer="on")
    case.refresh_from_db()
    assert case.waiting_on == "municipality"
    assert case.answer_by is not None
    assert case.answer_by > later.date()
    assert to(out(later + timedelta(minutes=4)), officer).subject.startswith(("Needs your answer", "Trenger", "Treng"))
    assert case.steps.filter(done_at=None, due_at__gt=later).exists()
    # It runs, and is late like any other promise.
    with clock.at(later + timedelta(days=20)):
        services.run_steps(later + timedelta(days=20))
    assert case.events.filter(type="escalated").exists()
    answer_as_officer(stage, case, "Vaktmester låser.", later + timedelta(days=21))
    case.refresh_from_db()
    assert (case.waiting_on, case.owed_since, case.state) == ("nobody", None, "granted")


def test_everyone_chooses_how_and_nights_are_quiet(stage: Stage, case: Case, youth: Any) -> None:
    una = stage.browser(youth)
    page = reverse("booking:my_mail")
    assert una.get(page).status_code == 200
    assert una.post(page, {"talk": "evening"}).status_code == 302
    assert una.post(page, {"talk": "owl"}).status_code == 200  # refused at its field
    coach = stage.browser(stage.coach)
    coach.post(page, {"talk": "page"})
    answer_as_officer(stage, case, "Nummer en", MORNING + timedelta(minutes=5))
    answer_as_officer(stage, case, "Nummer to", MORNING + timedelta(hours=4))
    assert out(MORNING + timedelta(hours=6)) == []
    evening = out(MORNING.replace(hour=19, minute=2))
    assert [one.to for one in evening] == [[youth.email]]
    assert "Nummer en" in evening[0].body
    assert "Nummer to" in evening[0].body
    # Muted: nothing but one's own name.
    una.post(page, {"talk": "at_once"})
    assert una.post(reverse("booking:case_mute", args=[case.reference]), {"muted": "1"}).status_code == 302
    assert case.reference in una.get(page).content.decode()
    day = MORNING + timedelta(days=1)
    answer_as_officer(stage, case, "Nummer tre", day)
    assert out(day + timedelta(hours=2)) == []
    # At night a name waits until seven; what the law asks for doesn't.
    night = day.replace(hour=23)
    answer_as_officer(stage, case, "@Una ring meg", night)
    services.decide_lines(case, [services.LineOutcome(1, "grant")], "", by=stage.unit.officer, now=night)
    assert [one.to for one in out(night + timedelta(minutes=5))] == [[stage.coach.email]]
    assert [one.to for one in out(day.replace(hour=6, minute=59) + timedelta(days=1))] == []
    assert [one.to for one in out(day.replace(hour=7, minute=1) + timedelta(days=1))] == [[youth.email]]


def test_notes_are_never_seen_by_parties(stage: Stage, case: Case, youth: Any) -> None:
    answer_as_officer(stage, case, "@Lise de pleier å somle", MORNING + timedelta(minutes=5), act="note")
    letters = out(MORNING + timedelta(hours=2))
    assert [one.to for one in letters] == [[stage.leader.email]]
    assert letters[0].reply_to == []
    for user in (stage.coach, youth):
        assert "somle" not in stage.browser(user).get(reverse("booking:case", args=[case.reference])).content.decode()
    assert "somle" in stage.browser(stage.leader).get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()


def test_machines_get_no_answer_and_bounces_are_shown(
    stage: Stage, case: Case, youth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = MORNING + timedelta(hours=1)
    before = OutboxMessage.objects.count()
    own = reply_to(case, youth.email)
    assert pipe(mail(youth.email, own, "Ferie", Auto_Submitted="auto-replied"), monkeypatch, now).state == "ignored"
    assert (
        pipe(
            mail("nytt@example.org", "kultur@example.org", "Nyhet", Precedence="bulk", number=2), monkeypatch, now
        ).state
        == "parked"
    )
    assert Case.objects.count() == 1
    assert OutboxMessage.objects.count() == before
    receipt = OutboxMessage.objects.get(handler="case_receipt")
    assert receipt.state == "sent"
    pipe(bounce(receipt.message_id), monkeypatch, now)
    receipt.refresh_from_db()
    assert receipt.state == "bounced"
    page = stage.browser(stage.unit.officer).get(reverse("booking_outbox:index")).content.decode()
    assert stage.coach.email in page


def test_a_closed_case_is_answered_with_a_new_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    enquiry = services.submit_enquiry(
        message="Hvem rydder?", unit=stage.unit, contact_email="Leif@example.org", contact_name="Leif", now=MORNING
    )
    services.close_case(enquiry, message="Vi.", by=stage.unit.officer, now=MORNING)
    raw = mail("Leif <leif@EXAMPLE.org>", reply_to(enquiry, "leif@example.org"), "Det er ikke ryddet!")
    row = pipe(raw, monkeypatch, MORNING + timedelta(days=30))
    assert (row.state, row.reason) == ("done", "enquiry")
    new = Case.objects.get(follows=enquiry)
    assert (new.waiting_on, new.unit, new.channel) == ("municipality", stage.unit, "mail")
    assert new.answer_by is not None
    assert (
        "Hvem rydder?"
        in stage.browser(stage.unit.officer).get(reverse("booking_cases:inspect", args=[new.pk])).content.decode()
    )


def test_where_no_e_mail_comes_in_the_letter_says_so(
    stage: Stage, case: Case, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BOOKING = settings.BOOKING | {"mail_in": {}}
    answer_as_officer(stage, case, "Hei", MORNING + timedelta(minutes=5))
    letter = to(out(MORNING + timedelta(hours=1)), stage.coach)
    assert letter.reply_to == ["kultur@example.org"]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(mail())))
    with pytest.raises(SystemExit):
        call_command("receive_mail", stderr=io.StringIO())
    assert Client().post("/mail-in/", mail(), content_type="message/rfc822").status_code == 404


def test_the_talk_needs_a_constant_number_of_queries(
    stage: Stage, case: Case, django_assert_max_num_queries: Any
) -> None:
    client = stage.browser(stage.coach)
    page = reverse("booking:case", args=[case.reference])
    client.get(page)
    for number in range(30):
        services.add_message(
            case, by=stage.unit.officer, body=f"Nr {number}", now=MORNING, hat=f"unit:{stage.unit.slug}"
        )
    with django_assert_max_num_queries(70):
        client.get(page)
    assert Message.objects.count() == 30
