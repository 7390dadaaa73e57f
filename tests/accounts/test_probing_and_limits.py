"""Nobody learns who has an account, nobody guesses a code, and nobody floods a mailbox."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.models import RateWindow
from municipality.accounts import codes
from municipality.accounts.models import User
from tests.accounts.conftest import Visitor, code_in
from tests.factories import make_officer, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_kinds(db):
    """An address with an account, one without, one whose account is switched off; and an officer's."""
    make_user("Kari", email="kari@example.org")
    make_user("Slutt", email="slut@example.org", active=False)
    make_officer(make_unit(owned=False), "Ola", email="olaf@example.org")
    return ["kari@example.org", "nyny@example.org", "slut@example.org", "olaf@example.org"]


def seen(answer, email):
    """What a prober sees of an answer, without what differs by chance."""
    body = answer.content.decode().replace(email, "ADDRESS")
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "CSRF", body)
    body = re.sub(r"\d\d[.:]\d\d", "TIME", body)
    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "Expires")}
    return answer.status_code, headers, body, sorted(answer.cookies)


def test_every_step_answers_alike_whoever_is_asked_for(three_kinds, django_capture_on_commit_callbacks):
    asked, confirm, wrong, resent = [], [], [], []
    with clock.at(clock.now()):
        for email in three_kinds:
            one = Visitor(django_capture_on_commit_callbacks)
            asked.append(seen(one.ask(email), email))
            confirm.append(seen(one.client.get("/account/login/code/"), email))
            wrong.append(seen(one.type_code("0000 0000"), email))
            resent.append(seen(one.resend(), email))
    for answers in (asked, confirm, wrong, resent):
        assert answers[0][0] in (200, 302)
        for answer in answers[1:]:
            assert answer == answers[0]


def test_every_address_costs_the_same_work(three_kinds, django_capture_on_commit_callbacks):
    """The same statements in the same order: no difference that a stop-watch could find."""
    work = []
    for email in three_kinds:
        one = Visitor(django_capture_on_commit_callbacks)
        with CaptureQueriesContext(connection) as asked:
            one.ask(email)
        with CaptureQueriesContext(connection) as guessed:
            one.type_code("0000 0000")
        work.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in (*asked, *guessed)])
    # The very first count of the caller's address makes its row; the others find it.
    assert all(queries == work[1] for queries in work[2:])
    assert not any("accounts_user" in sql for queries in work for sql in queries)


def test_the_letters_are_alike(three_kinds, django_capture_on_commit_callbacks):
    for email in three_kinds:
        Visitor(django_capture_on_commit_callbacks).ask(email)
    bodies = {re.sub(r"\d{4} \d{4}|\d\d\.\d\d", "#", letter.subject + letter.body) for letter in mail.outbox}
    assert len(mail.outbox) == 4
    assert len(bodies) == 1


def test_five_codes_in_ten_minutes_then_wait(visitor):
    with clock.at(clock.now()) as now:
        for _ in range(5):
            assert visitor.ask("kari@example.org").status_code == 302
        answer = visitor.ask("kari@example.org")
        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 600
        assert b"<h1>" in answer.content
        assert visitor.resend().status_code == 429
        assert len(mail.outbox) == 5
        # Another mailbox from the same address is not hindered: a school has one address.
        assert visitor.ask("ola@example.org").status_code == 302
    with clock.at(now + timedelta(seconds=601)):
        assert visitor.ask("kari@example.org").status_code == 302


def test_a_stranger_who_asks_for_my_codes_does_not_lock_me_out_of_asking(django_capture_on_commit_callbacks):
    stranger, me = (Visitor(django_capture_on_commit_callbacks) for _ in range(2))
    stranger.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    for _ in range(6):
        answer = stranger.ask("kari@example.org")
    assert answer.status_code == 429
    assert me.sign_in("kari@example.org").status_code == 302
    assert me.is_signed_in()


def test_no_mailbox_gets_more_than_twenty_letters_an_hour(django_capture_on_commit_callbacks):
    statuses = []
    for number in range(25):
        one = Visitor(django_capture_on_commit_callbacks)
        one.client.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
        statuses.append(one.ask("kari@example.org").status_code)
    assert statuses == [302] * 20 + [429] * 5
    assert len(mail.outbox) == 20


def test_guessing_from_many_browsers_locks_the_mailbox_for_the_hour_even_for_the_right_code(
    django_capture_on_commit_callbacks,
):
    with clock.at(clock.now()) as now:
        for number in range(4):
            one = Visitor(django_capture_on_commit_callbacks)
            one.client.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
            one.ask("kari@example.org")
            for _ in range(5):
                assert one.type_code("0000 0000").status_code == 200
        last = Visitor(django_capture_on_commit_callbacks)
        last.client.defaults["REMOTE_ADDR"] = "203.0.113.99"
        last.ask("kari@example.org")
        answer = last.type_code(code_in(mail.outbox[-1]))
        assert answer.status_code == 429
        assert not last.is_signed_in()
        # Somebody else is not touched by it.
        assert last.sign_in("ola@example.org").status_code == 302
        assert last.is_signed_in()
    with clock.at(now + timedelta(hours=1, seconds=1)):
        again = Visitor(django_capture_on_commit_callbacks)
        again.sign_in("kari@example.org")
        assert again.is_signed_in()


@pytest.mark.slow
def test_one_address_can_not_try_codes_of_the_whole_town(django_capture_on_commit_callbacks):
    RateWindow.objects.all().delete()
    refused = 0
    one = Visitor(django_capture_on_commit_callbacks)
    for number in range(90):
        if one.ask(f"person{number}@example.org").status_code == 429:
            break
        for _ in range(5):
            refused += one.type_code("0000 0000").status_code == 429
    assert refused


def test_limits_hold_for_all_web_processes_since_they_stand_in_the_database(visitor):
    visitor.ask("kari@example.org")
    keys = list(RateWindow.objects.values_list("key", flat=True))
    assert len(keys) == 3
    assert not any("kari" in key or "127.0.0.1" in key for key in keys)


def test_a_code_is_eight_digits_evenly_spread_and_belongs_to_its_address():
    made = [codes.code_for(codes.new_nonce(), "kari@example.org") for _ in range(2000)]
    assert all(re.fullmatch(r"\d{8}", code) for code in made)
    assert len(set(made)) > 1990
    firsts = [sum(code[0] == digit for code in made) for digit in "0123456789"]
    assert max(firsts) < 300
    nonce = codes.new_nonce()
    assert codes.code_for(nonce, "Kari@example.org") == codes.code_for(nonce, "kari@example.org")
    assert codes.code_for(nonce, "kari@example.org") != codes.code_for(nonce, "ola@example.org")


def test_nothing_is_left_of_somebody_who_only_asked(visitor):
    visitor.ask("aldri@example.org")
    assert not User.objects.exists()
    row = OutboxMessage.objects.get()
    assert (row.payload, row.subject, row.body) == ({}, "", "")
