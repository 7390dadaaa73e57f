"""What conversations, e-mails and time that moves know about a person: read by them, and gone after a time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from booking.cases import services as cases
from booking.cases.models import (
    Case,
    LineChange,
    MailWish,
    Message,
    MessageFile,
    Offer,
    ParkedMail,
    Reader,
    TakeBack,
    Tie,
)
from booking.catalogue.models import Unit
from booking.correspondence.incoming import accept
from booking.correspondence.models import InboundMail
from booking.foundation import personal
from booking.foundation.errors import Unmet
from booking.privacy import selectors, services
from tests import factories as f
from tests.correspondence import mails
from tests.factories import NOW
from tests.privacy.test_erasing import ADDRESS, NAME, ask, codes, xenia

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR = 365 * DAY

__all__ = ["xenia"]  # the fixture


@pytest.fixture(autouse=True)
def _mail_comes_in(settings: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"mail_in": {"address": "svar@example.org"}}


def exported(user: Any, name: str) -> list[dict[str, Any]]:
    found = json.loads("".join(selectors.export(user, now=NOW)))
    return next(one["rows"] for one in found["classes"] if one["name"] == name)


def klass(name: str) -> personal.RetentionClass:
    found = personal.retention_class(name)
    assert found is not None
    return found


def end(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(waiting_on="nobody", state="closed", stored_act="closed", revised_at=NOW)


def test_a_person_reads_their_part_in_time_that_moved_and_not_the_others_words(xenia: Any) -> None:
    case = ask(xenia, f.make_organisation("Lilleby IL", leader=xenia))
    line, officer = case.lines.get(), case.unit.officer
    place = {"line": line, "resource": line.resource, "start": line.start, "end": line.end, "at": NOW}
    LineChange.objects.create(
        **place,
        why="Vi er flere",
        by=xenia,
        hat="x",
        state="refused",
        grounds="Fullt",
        decided_by=officer,
        decided_at=NOW,
    )
    TakeBack.objects.create(**place, kind="ordinary", reason="Valg", reply_by=NOW.date(), by=officer, hat="x")
    Offer.objects.create(
        line=line, released_at=NOW, at=NOW, expires_at=NOW, state="declined", answered_at=NOW, answered_by=xenia
    )
    Tie.objects.create(case=case, user=officer, why="Broren min", at=NOW, verdict="away", decided_by=case.unit.deputy)
    mine = exported(xenia, "moves")
    assert [(row["why"], row["grounds"]) for row in mine if "grounds" in row] == [("Vi er flere", "")]
    assert len(mine) == 2
    theirs = exported(officer, "moves")
    assert [(row["why"], row["grounds"]) for row in theirs if "grounds" in row] == [("", "Fullt")]
    assert [row["reason"] for row in theirs if "reason" in row] == ["Valg"]
    assert [row["why"] for row in theirs if "verdict" in row] == ["Broren min"]
    assert [row["why"] for row in exported(case.unit.deputy, "moves")] == [""]


def test_why_somebody_kept_away_goes_two_years_after_the_case(xenia: Any) -> None:
    case = ask(xenia, f.make_organisation(leader=xenia))
    tie = Tie.objects.create(case=case, user=case.unit.officer, why="Broren min", at=NOW)
    services.run_retention(NOW + 9 * YEAR)
    tie.refresh_from_db()
    assert tie.why == "Broren min"  # the case is open
    end(case)
    services.run_retention(NOW + 2 * YEAR - DAY)
    tie.refresh_from_db()
    assert tie.why == "Broren min"
    services.run_retention(NOW + 2 * YEAR + DAY)
    tie.refresh_from_db()
    assert (tie.why, tie.user) == ("", case.unit.officer)
    assert not klass("ties").rows().exists()


def test_the_substitute_of_a_unit_is_named_anew_first(xenia: Any) -> None:
    Unit.objects.filter(pk=f.make_unit().pk).update(substitute=xenia)
    with pytest.raises(Unmet) as error:
        services.erase_person(user=xenia, by=xenia, now=NOW)
    assert codes(error) == ["works_here"]
    assert [row["role"] for row in exported(xenia, "work")] == ["substitute for the leader"]


def test_a_person_reads_how_they_hear_and_what_came_from_their_mailbox(xenia: Any) -> None:
    f.make_unit()
    enquiry = cases.submit_enquiry(message="Hei", contact_name=NAME, contact_email=ADDRESS, now=NOW)
    stranger = type(xenia).objects.get(pk=xenia.pk)
    type(xenia).objects.filter(pk=xenia.pk).update(email="forelopig@example.org")  # no account has the address yet
    row = accept(
        mails.mail(
            f"{NAME} <{ADDRESS}>", mails.reply_to(enquiry, ADDRESS), "Takk!",
            files=(("kart.pdf", b"%PDF-1.7\n1 0 obj\n", "application/pdf"),),
        ),
        now=NOW,
    )  # fmt: skip
    assert row.state == "done"
    type(xenia).objects.filter(pk=xenia.pk).update(email=stranger.email)
    xenia.refresh_from_db()
    MailWish.objects.create(user=xenia, kind="talk", way="evening")
    Reader.objects.create(case=enquiry, user=xenia, seen=1, seen_at=NOW)
    rows = exported(xenia, "talk")
    assert [one["how"] for one in rows if "how" in one] == ["One e-mail in the evening"]
    assert [(one["email"], one["text"].strip()) for one in rows if "email" in one] == [(ADDRESS, "Takk!")]
    assert [one["file"] for one in rows if "file" in one] == ["kart.pdf"]
    assert [one["muted"] for one in rows if "muted" in one] == ["no"]
    assert [(one["from"], one["subject"]) for one in exported(xenia, "mails")] == [(ADDRESS, "Re: Vintercup")]
    assert exported(f.make_user("Fremmed"), "mails") == exported(f.make_user("Ny"), "talk") == []


def test_who_wrote_by_mail_without_an_account_is_forgotten_a_year_after_the_case() -> None:
    f.make_unit()
    case = cases.submit_enquiry(message="Hei", contact_name="Nabo", contact_email="nabo@example.org", now=NOW)
    raw = mails.mail(
        "Nabo Nabosen <nabo@example.org>", mails.reply_to(case, "nabo@example.org"),
        "Ja.\n\nDen 2. mars 2026 skrev Ola <ola@example.org>:\n> Kommer du?",
        files=(("kart.pdf", b"%PDF-1.7\n1 0 obj\n", "application/pdf"),),
    )  # fmt: skip
    accept(raw, now=NOW)
    message = Message.objects.get(sender_address="nabo@example.org")
    assert MessageFile.objects.exists()
    end(case)
    services.run_retention(NOW + YEAR - DAY)
    message.refresh_from_db()
    assert message.sender_name == "Nabo Nabosen"
    services.run_retention(NOW + YEAR + DAY)
    message.refresh_from_db()
    assert (message.sender_name, message.sender_address, message.rest, message.left_out) == ("", "", "", [])
    assert not MessageFile.objects.exists()
    row = InboundMail.objects.get()
    assert (row.sender, row.sender_name, row.subject, row.recipients, row.raw) == ("", "", "", [], None)
    assert not klass("mails").rows().exists()
    assert not klass("mail_senders").rows().exists()


def test_words_of_mails_that_were_put_away_go_and_those_that_wait_stay() -> None:
    unit = f.make_unit()
    rows = [accept(mails.mail("x@example.org", "svar@example.org", "Hei", number=one), now=NOW) for one in (1, 2)]
    assert [row.state for row in rows] == ["parked", "parked"]
    put_away = ParkedMail.objects.get(mail=rows[0])
    cases.mark_spam(put_away, by=unit.officer, now=NOW)
    services.run_retention(NOW + YEAR + DAY)
    assert [one.words.strip() for one in ParkedMail.objects.order_by("pk")] == ["", "Hei"]
    assert [bool(one.sender) for one in InboundMail.objects.order_by("pk")] == [False, True]
