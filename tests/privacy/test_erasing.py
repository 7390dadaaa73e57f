"""A person is erased: nothing says who they were, history stays, and nobody is left without somebody."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection, models
from django.test import Client
from django.utils import translation
from wagtail.models import APIToken

from booking.agreements import services as agreements
from booking.agreements.models import Agreement, TaskDate
from booking.agreements.services import AgreementDraft, HoursDraft, TaskDraft
from booking.cases import drafts
from booking.cases import services as cases
from booking.cases.models import Case, LineChange, MailWish, Message, MessageFile, ParkedMail, Reader, Tie
from booking.catalogue.models import Absence, HandOver
from booking.catalogue.services import Wish, hand_over_carried, record_absence
from booking.correspondence import services as correspondence
from booking.correspondence.incoming import accept
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Forbidden, Unmet
from booking.organisations import services as organisations
from booking.organisations.followers import links
from booking.organisations.followers import services as followers
from booking.organisations.followers.models import Follower, PendingFollow
from booking.organisations.models import Invitation, Membership
from booking.privacy import services
from booking.privacy.models import Erasure
from municipality.accounts.models import SignedIn
from tests import factories as f
from tests.correspondence import mails
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NAME, ADDRESS, PHONE = "Xenia Ulvesdatter", "xenia.ulvesdatter@example.org", "99 11 88 77"
#: As it is written in the account, in a file's name, and without spaces.
KNOWN_BY = (NAME, ADDRESS, PHONE, "Ulvesdatter", PHONE.replace(" ", ""))


@pytest.fixture
def xenia() -> Any:
    return f.make_user(NAME, email=ADDRESS, phone=PHONE)


def ask(user: Any, organisation: Any = None, *, hall: Any = None, ahead: int = 7, **fields: Any) -> Case:
    hall = hall or f.make_resource("Lillebyhallen", private_persons=True)
    start = NOW + ahead * DAY
    line = {"resource": hall.slug, "start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    body = {"organisation": organisation.slug if organisation else None, "title": f"{NAME} fyller 50", "lines": [line]}
    draft = drafts.parse(body | fields, user=user)
    return cases.submit_request(draft, user=user, now=NOW)


def found_in_the_database(*words: str) -> list[str]:
    """Every text column of every table that holds one of the words."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            for field in model._meta.local_concrete_fields:
                if isinstance(field, models.CharField | models.TextField | models.JSONField):
                    quoted = connection.ops.quote_name
                    column = f"lower(CAST({quoted(field.column)} AS text))"
                    for word in words:
                        cursor.execute(
                            f"SELECT count(*) FROM {quoted(model._meta.db_table)} WHERE {column} LIKE %s",  # noqa: S608
                            [f"%{word.lower()}%"],
                        )
                        if cursor.fetchone()[0]:
                            found.append(f"{model._meta.label}.{field.name}: {word}")
    return found


def write_an_agreement(by: Any, organisation: Any, *, now: datetime = NOW, **fields: Any) -> Agreement:
    """Tuesdays in a hall, with words that name Xenia in every way in which people write."""
    hall = f.make_resource("Bryggehuset", slug=f"bryggehuset-{Agreement.objects.count()}")
    given = {
        "title": f"Bryggehuset ved {NAME}",
        "terms": f"Laget steller huset. Spør {NAME.upper()} ({ADDRESS}).",
        "background": f"{NAME} avtalte det på telefon +47 {PHONE.replace(' ', '')}.",
        "keys": f"Nøkkel hos {NAME}, {PHONE}",
        "storage": "Båter",
        "organisations": [organisation],
        "resources": [hall],
        "start": now.date(),
        "hours": [HoursDraft(1, time(17), time(19), hall)],
        "tasks": [TaskDraft(f"{NAME} slår gresset", "organisation", now.date(), "once")],
    }
    draft = AgreementDraft(**(given | fields))
    return agreements.write_down(draft, by=by, organisation=organisation, now=now)


def take_part_in_everything(xenia: Any, club: Any, private: Case) -> Agreement:
    """Xenia writes an agreement for the club, worked for the municipality until today, and follows a place."""
    f.give_membership(xenia, club, "board")
    made = write_an_agreement(xenia, club)
    agreements.add_document(
        made, name="Avtale_Xenia-Ulvesdatter.pdf", content=b"%PDF-1.7\n%%EOF\n", by=xenia, organisation=club, now=NOW
    )
    made = agreements.confirm(made, by=made.unit.officer, now=NOW)
    agreements.mark_done(made, TaskDate.objects.get().pk, by=xenia, organisation=club, now=NOW)
    unit = made.unit
    leader = f.make_leader(unit)
    f.give_role(xenia, unit, end=NOW.date())
    boat = f.make_resource("Lånebåten", unit=unit, officer=xenia)
    record_absence(
        user=xenia,
        start=NOW.date(),
        end=NOW.date() + 3 * DAY,
        deputy=unit.officer,
        by=xenia,
        now=NOW - timedelta(hours=1),
    )
    reason = f"{NAME} er syk og slutter."
    wishes = [Wish("resources", f"{boat.pk}:officer", unit.officer)]
    assert all(one.ok for one in hand_over_carried(wishes, leaver=xenia, reason=reason, by=leader, now=NOW))
    # Her own matter went from one colleague to another, under the name that she gave it.
    HandOver.objects.create(
        kind="cases", key=str(private.pk), title=f"{private.reference} {private.title}", unit=unit,
        former=unit.officer, receiver=unit.deputy, by=leader, reason="Ferie", at=NOW, seen_at=NOW, seen_by=leader,
    )  # fmt: skip
    pending = followers.ask_by_email(target=boat, address=ADDRESS.title(), language="nb", now=NOW)
    followers.confirm(token=links.open_link(pending.token_sealed), now=NOW)
    return made


def write_by_mail_and_ask_for_changes(xenia: Any, of_club: Case, private: Case) -> None:
    """Xenia writes from her mailbox, reads, wants letters in the evening, and has ties to a case of her own work."""
    quoted = f"Ja, i luka.\n\nDen 2. mars 2026 skrev {NAME} <{ADDRESS}>:\n> Hei, ring {PHONE}"
    known = accept(mails.mail(f"{NAME} <{ADDRESS}>", mails.reply_to(private, ADDRESS), quoted), now=NOW)
    assert known.state == "done"
    # A colleague's answer quotes hers.
    officer = private.unit.officer
    accept(mails.mail(officer.email, mails.reply_to(private, officer.email), quoted, number=2), now=NOW)
    # About no case: it waits for a person.
    lost = accept(mails.mail(f"{NAME} <{ADDRESS}>", "svar@example.org", f"Hilsen {NAME}", number=3), now=NOW)
    assert lost.state == "parked"
    MailWish.objects.create(user=xenia, kind="talk", way="evening")
    Reader.objects.update_or_create(case=of_club, user=xenia, defaults={"seen": 1, "seen_at": NOW})
    Tie.objects.create(case=of_club, user=xenia, why=f"{NAME} er søster til lederen", at=NOW)
    line = private.lines.get()
    LineChange.objects.create(
        line=line, resource=line.resource, start=line.start, end=line.end, why=f"{NAME} får gjester", by=xenia,
        hat="person", at=NOW, state="withdrawn",
    )  # fmt: skip
    theirs = Message.objects.filter(case=private, author=xenia).first()
    MessageFile.objects.create(
        message=theirs, name=f"{NAME}.pdf", mimetype="application/pdf", size=3, sha256="x", content=b"pdf"
    )


def test_nothing_in_the_whole_database_says_who_it_was(xenia: Any, mailoutbox: list[Any], settings: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"mail_in": {"address": "svar@example.org"}}
    leader = f.make_user("Leif Lagleder")
    club = f.make_organisation(
        "Lilleby IL", leader=leader, members=[xenia], contact_name=NAME, email=ADDRESS, phone=PHONE
    )
    f.give_membership(xenia, club, "booker")
    responsible = {"name": NAME, "phone": PHONE, "email": ADDRESS}
    of_club = ask(xenia, club, responsible=responsible, title="Vintercup")
    private = ask(xenia, ahead=9, message=f"Ring {PHONE}, hilsen {NAME}")
    cases.add_message(private, by=xenia, body=f"Hilsen {NAME}", now=NOW)
    made = take_part_in_everything(xenia, club, private)
    write_by_mail_and_ask_for_changes(xenia, of_club, private)
    cases.withdraw_case(private, by=xenia, now=NOW)
    # Written about somebody without an account who uses the same address.
    cases.submit_enquiry(message="Hei", contact_name=NAME, contact_email=ADDRESS, contact_phone=PHONE, now=NOW)
    organisations.invite(organisation=club, role="member", email=ADDRESS, by=leader, now=NOW)
    APIToken.create_token(user=xenia, name="min maskin")
    Authenticator.objects.create(user=xenia, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    browser = Client(HTTP_USER_AGENT="Mozilla/5.0 Firefox/140")
    browser.force_login(xenia, backend="django.contrib.auth.backends.ModelBackend")
    assert SignedIn.objects.filter(user=xenia).exists()
    correspondence.send_due(now=NOW + timedelta(minutes=5))
    before = found_in_the_database(*KNOWN_BY)
    assert {"samskap_booking.Agreement.keys", "samskap_booking.HandOver.reason", "samskap_booking.HandOver.title"} <= {
        where.partition(":")[0] for where in before
    }

    later = NOW + DAY
    cases.withdraw_line(of_club, 1, by=leader, now=later)
    services.erase_person(user=xenia, by=xenia, now=later)
    # One row still holds the address: the last letter, until it has left.
    left = found_in_the_database(*KNOWN_BY)
    assert {where.partition(":")[0] for where in left} == {"samskap_booking.OutboxMessage.recipient"}
    mail.outbox.clear()
    correspondence.send_due(now=later + timedelta(minutes=5))
    assert [letter.to for letter in mail.outbox if ADDRESS in letter.to] == [[ADDRESS]]
    assert found_in_the_database(*KNOWN_BY) == []
    assert browser.get("/my/cases/").status_code == 302
    # History is there, and points at somebody who is nobody in particular.
    xenia = get_user_model().objects.get(pk=xenia.pk)
    with translation.override("en"):
        assert (xenia.is_active, str(xenia)) == (False, "Erased person")
    of_club.refresh_from_db()
    assert (of_club.requester_id, of_club.title, of_club.lines.count()) == (xenia.pk, "Vintercup", 1)
    private.refresh_from_db()
    assert (private.title, private.message, private.lines.count()) == ("", "", 1)
    said = Message.objects.filter(author=xenia)
    assert said
    assert all((one.body, one.rest) == ("", "") for one in said)
    answer = Message.objects.get(author=private.unit.officer)
    assert answer.body.startswith("Ja, i luka.")
    assert not MessageFile.objects.exists()
    assert not MailWish.objects.exists()
    assert not Reader.objects.filter(user=xenia).exists()
    assert (Tie.objects.get().user, Tie.objects.get().why) == (xenia, "")
    assert (LineChange.objects.get().by, LineChange.objects.get().why) == (xenia, "")
    parked = ParkedMail.objects.get()
    assert (parked.state, parked.words.strip(), parked.mail.sender, parked.mail.raw) == ("open", "Hilsen …", "", None)
    assert not Membership.objects.filter(user=xenia, end=None).exists()
    assert Membership.objects.filter(user=xenia).count() == 3
    assert Invitation.objects.get().email == ""
    assert not APIToken.objects.filter(user=xenia).exists()
    letters = OutboxMessage.objects.filter(recipient_user=xenia)
    assert letters.exists()
    assert all(letter.body == "" and (letter.body_hash or letter.state == "dropped") for letter in letters)
    # What was agreed holds, with who confirmed it and when; only who it was is gone.
    made.refresh_from_db()
    assert (made.state, made.title, made.keys, made.storage) == (
        "agreed", "Bryggehuset ved …", "Nøkkel hos …, …", "Båter",
    )  # fmt: skip
    assert made.terms == "Laget steller huset. Spør … (…)."
    assert made.background == "… avtalte det på telefon …."
    assert made.case.title == made.title
    assert made.parties.get().confirmed_by == xenia
    document = made.documents.get()
    assert (document.name, bytes(document.content.data)) == ("Avtale_….pdf", b"%PDF-1.7\n%%EOF\n")
    assert (TaskDate.objects.get().done_by, made.tasks.get().what) == (xenia, "… slår gresset")
    assert not Absence.objects.exists()
    theirs = HandOver.objects.get(former=xenia, kind="resources")
    assert (theirs.title, theirs.reason) == ("Lånebåten", "…")
    assert HandOver.objects.get(kind="cases").title == private.reference
    assert HandOver.objects.get(kind="cases").reason == "Ferie"
    assert not Follower.objects.exists()
    assert not PendingFollow.objects.exists()


def test_twice_is_once_and_the_address_may_begin_anew(xenia: Any) -> None:
    first = services.erase_person(user=xenia, by=xenia, now=NOW)
    again = services.erase_person(user=xenia, by=xenia, now=NOW + DAY)
    assert (again.pk, again.at) == (first.pk, NOW)
    assert OutboxMessage.objects.filter(handler="privacy_erased").count() == 1
    anew = f.make_user("Xenia", email=ADDRESS)
    assert anew.pk != xenia.pk


def test_a_run_that_breaks_in_the_middle_changes_nothing(xenia: Any) -> None:
    from booking.foundation import personal

    club = f.make_organisation(leader=f.make_user(), members=[xenia])

    def break_down(user: Any, now: Any) -> int:
        raise RuntimeError("killed")

    known = dict(personal._known.data)
    broken = personal.PersonalData("zz", "", "", lambda user: (), break_down, goes="x", last=True)
    try:
        personal.register_personal_data(broken)
        with pytest.raises(RuntimeError):
            services.erase_person(user=xenia, by=xenia, now=NOW)
    finally:
        personal._known.data = known
    xenia.refresh_from_db()
    assert (xenia.is_active, xenia.name) == (True, NAME)
    assert club.memberships.filter(user=xenia, end=None).exists()
    assert not Erasure.objects.exists()
    services.erase_person(user=xenia, by=xenia, now=NOW)
    assert not club.memberships.filter(user=xenia, end=None).exists()


def test_nobody_erases_somebody_else(xenia: Any) -> None:
    with pytest.raises(Forbidden):
        services.erase_person(user=xenia, by=f.make_user(), now=NOW)


def codes(error: pytest.ExceptionInfo[Unmet]) -> list[str]:
    return [item["code"] for item in error.value.items]


def test_the_only_leader_hands_over_first(xenia: Any) -> None:
    club = f.make_organisation("Lilleby IL", leader=xenia)
    with pytest.raises(Unmet) as error:
        services.erase_person(user=xenia, by=xenia, now=NOW)
    assert codes(error) == ["last_leader"]
    assert "Lilleby IL" in error.value.items[0]["message"]
    f.give_membership(f.make_user("Arvid Arving"), club, "leader")
    services.erase_person(user=xenia, by=xenia, now=NOW)


def test_an_inactive_organisation_needs_no_leader(xenia: Any) -> None:
    f.make_organisation("Nedlagt", leader=xenia, state="inactive")
    services.erase_person(user=xenia, by=xenia, now=NOW)


def test_an_officer_with_open_matters_hands_over_first() -> None:
    unit = f.make_unit()
    with pytest.raises(Unmet) as error:
        services.erase_person(user=unit.officer, by=unit.officer, now=NOW)
    assert codes(error) == ["works_here"]
    former = f.make_officer(unit, "Frida Forhenværende", end=(NOW - DAY).date())
    coach = f.make_user("Kari Trener")
    case = ask(coach, f.make_organisation(leader=coach))
    Case.objects.filter(pk=case.pk).update(officer=former)
    with pytest.raises(Unmet) as error:
        services.erase_person(user=former, by=former, now=NOW)
    assert codes(error) == ["officer_of_cases"]


def test_a_private_loan_ahead_is_waited_for_or_withdrawn(xenia: Any) -> None:
    case = ask(xenia)
    with pytest.raises(Unmet) as error:
        services.erase_person(user=xenia, by=xenia, now=NOW)
    assert codes(error) == ["own_case_open"]
    cases.withdraw_case(case, by=xenia, now=NOW)
    services.erase_person(user=xenia, by=xenia, now=NOW)


def test_the_responsible_adult_of_a_loan_ahead_is_replaced_first(xenia: Any) -> None:
    coach = f.make_user("Kari Trener")
    ask(coach, f.make_organisation(leader=coach), responsible={"name": NAME, "email": ADDRESS, "phone": PHONE})
    with pytest.raises(Unmet) as error:
        services.erase_person(user=xenia, by=xenia, now=NOW)
    assert codes(error) == ["responsible_adult"]


def test_letters_of_an_open_case_go_to_the_organisation_s_leaders_afterwards(xenia: Any) -> None:
    leader = f.make_user("Leif Lagleder")
    club = f.make_organisation("Lilleby IL", leader=leader, email="")
    f.give_membership(xenia, club, "booker")
    case = ask(xenia, club)
    services.erase_person(user=xenia, by=xenia, now=NOW)
    officer = case.unit.officer
    cases.add_message(case, by=officer, body="Når kommer dere?", now=NOW + DAY, hat=f"unit:{case.unit.slug}")
    told = OutboxMessage.objects.filter(handler="case_talk").values_list("recipient", flat=True)
    assert list(told) == [leader.email]
