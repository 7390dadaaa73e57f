"""Mail that comes in is stored first, understood as far as it can be, and never lost (issue "Conversation")."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from booking.correspondence import registry, selectors, services
from booking.correspondence.incoming import accept, addresses, files, html, mailbox, quotes, reading, route_waiting
from booking.correspondence.incoming.accepting import erase_raw, raw_of, read_again
from booking.correspondence.models import InboundMail, MailboxToken, OutboxMessage
from booking.correspondence.registry import Routed
from booking.foundation import vault
from tests import factories
from tests.correspondence import imapserver
from tests.correspondence.mails import bounce, mail, nasty
from tests.databases import database_url
from tests.factories import NOW

SECRET = "a-secret-that-only-the-provider-knows"
PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"mail_in": {"address": "svar@example.org", "http_secret": SECRET}}


@pytest.fixture
def routed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A capability above that takes everything in, and remembers it."""
    seen: list[Any] = []

    def route(read: Any, row: Any, now: Any, failed: str) -> Routed:
        seen.append(read)
        return Routed("done", "message")

    monkeypatch.setattr(registry, "_router", route)
    return seen


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", nasty())
def test_nothing_crashes_reading(what: str) -> None:
    found = reading.read(nasty()[what], own=["no-reply@localhost"])
    for text in (found.words, found.rest, found.subject, found.sender, found.sender_name, found.message_id):
        assert "\x00" not in text
        text.encode("utf-8")
    assert len(found.words) <= reading.LONGEST_WORDS
    assert len(found.key) == 64


@given(st.binary(max_size=400))
def test_reading_never_raises_whatever_comes(raw: bytes) -> None:
    found = reading.read(b"Content-Type: multipart/mixed; boundary=x\r\n" + raw)
    found.words.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (nasty()["unknown charset"], "Grønn hall"),
        (nasty()["wrong charset"].replace(b"charset=utf-8", b"charset=iso-8859-1"), "Grønn hall"),
        (nasty()["no headers"], "Hei, er hallen ledig?"),
        (nasty()["ten thousand headers"], "Hei"),
    ],
)
def test_words_are_read_out_of_nasty_mails(raw: bytes, words: str) -> None:
    assert reading.read(raw).words == words
    assert reading.read(nasty()["html bomb"]).words.startswith("Hei")


def test_a_sender_is_one_plain_address_or_none() -> None:
    assert reading.read(mail()).sender == "kari.trener@example.org"
    assert reading.read(nasty()["two senders"]).sender == ""
    assert reading.read(b"From: Kari <kari@EXAMPLE.org>\n\nHei").sender == "kari@example.org"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, "person"),
        ({"Auto_Submitted": "no"}, "person"),
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"X_Autoreply": "yes"}, "auto_reply"),
        ({"Precedence": "auto_reply"}, "auto_reply"),
        ({"Return_Path": "<>"}, "auto_reply"),
        ({"Auto_Submitted": "auto-generated"}, "robot"),
        ({"Precedence": "bulk"}, "robot"),
        ({"List_Id": "<nytt.example.org>"}, "robot"),
        ({"X_Samskap": "letter"}, "loop"),
    ],
)
def test_who_or_what_wrote_it(headers: dict[str, str], kind: str) -> None:
    assert reading.read(mail(**headers)).kind == kind


def test_our_own_sender_is_a_loop_and_a_no_reply_address_a_robot() -> None:
    assert reading.read(mail("Samskap <no-reply@localhost>"), own=["no-reply@localhost"]).kind == "loop"
    assert reading.read(mail("Butikk <noreply@shop.example>")).kind == "robot"
    assert reading.read(bounce("<x@y>")).kind == "bounce"


QUOTED = {
    "gmail": (
        "Ja!\n\nman. 2. mars 2026 kl. 10:04 skrev Kultur <kultur@example.org>:\n\n> Kommer dere?\n> Hilsen Ola",
        "Ja!",
    ),
    "gmail broken over lines": (
        "Ja!\n\nDen man. 2. mars 2026 kl. 10:04 skrev Kultur og idrett i Lilleby\nkommune <kultur@example.org>:\n> Hei",
        "Ja!",
    ),
    "nynorsk": ("Takk\n\nDen 02.03.2026 10:04 skreiv Ola:\n> Hei", "Takk"),
    "english": ("Thanks\n\nOn Mon, Mar 2, 2026 at 10:04 AM Ola <o@example.org> wrote:\n> Hi\n>> Older", "Thanks"),
    "outlook": (
        "Det passer.\n\nKari\n\n_______________\nFra: Kultur\nSendt: mandag 2. mars\nTil: Kari\nEmne: Ny\n\nPasser?",
        "Det passer.\n\nKari",
    ),
    "outlook in English": (
        "Fine.\n\n-----Original Message-----\nFrom: Kultur\nSent: Monday\nTo: Kari\nSubject: New\n\nIs it?",
        "Fine.",
    ),
    "outlook with bold headers": ("Ok\n\n*From:* Kultur\n*Sent:* Monday\n*To:* Kari\n*Subject:* New\n\nIs it?", "Ok"),
    "only marks": ("Ja.\n> Kommer dere?", "Ja."),
}


@pytest.mark.parametrize("what", QUOTED)
def test_what_is_answered_is_cut(what: str) -> None:
    text, words = QUOTED[what]
    parts = quotes.split(text)
    assert parts.words == words
    assert parts.rest
    assert parts.rest in text


@pytest.mark.parametrize(
    "text",
    [
        "> Kommer dere?\nJa.\n> Hvor mange?\nTretti.",  # between the lines
        "> Kommer dere?\nJa, vi kommer.",  # below
        "> bare et sitat",
        "Hei\n-- \nKari Trener\nLeder",  # the signature stays
        "Kl. 18 skrev vi: alle kom",
        "Fra: oss\nTil: dere",
        "On second thought, as somebody wrote:\nwe stay at home",
        "",
    ],
)
def test_what_might_be_own_words_stays(text: str) -> None:
    assert quotes.split(text) == quotes.Parts(text.strip())


@given(st.text(alphabet=">ab:\n Frawote-_", max_size=200))
def test_nothing_is_lost_when_quotes_are_cut(text: str) -> None:
    parts = quotes.split(text)
    kept = [line.strip() for line in f"{parts.words}\n{parts.rest}".split("\n") if line.strip()]
    assert kept == [line.strip() for line in text.strip().split("\n") if line.strip()]


def test_cutting_quotes_is_quick_whatever_is_quoted() -> None:
    """Fifty thousand quoted lines with a word below them: seconds would be enough to keep a web process busy."""
    started = time.perf_counter()
    quotes.split(">\n" * 50_000 + "ja")
    quotes.split("Fra: a\n" * 20_000)
    quotes.split("Den " * 20_000 + ":\n" * 20_000)
    assert time.perf_counter() - started < 5


def test_html_becomes_text_and_nothing_else() -> None:
    found = html.to_text(
        "<html><head><title>x</title><style>p{}</style></head><body><script>alert(1)</script>"
        "<p>Hei &amp; hå</p><div>Vi <b>blir</b>\n tretti.<br>Se <a href='https://example.org/a'>planen</a></div>"
        "<a href='javascript:alert(1)'>trykk</a><ul><li>en</li><li>to</li></ul>"
        "<blockquote>gammelt</blockquote><img src=x onerror=alert(1)></body></html>"
    )
    assert "alert" not in found
    assert "<b>" not in found
    assert "Vi blir tretti." in found
    assert "planen <https://example.org/a>" in found
    assert "- en\n- to" in found
    assert "> gammelt" in found
    assert reading.read(mail(words="", html="<p>Bare <i>HTML</i></p>")).words == "Bare HTML"


@pytest.mark.parametrize(
    ("name", "content", "answer"),
    [
        ("plan.pdf", PDF, "application/pdf"),
        ("bilde.exe", PNG, "image/png"),  # by content; the name is only a name
        ("plan.pdf", b"MZ\x90\x00" + b"\x00" * 60, "type"),
        ("plan.svg", b"<svg onload=alert(1)>", "type"),
        ("side.html", b"<script>alert(1)</script>", "type"),
        ("liste.csv", "navn;tid\nkår;18".encode(), "text/csv"),
        ("liste.txt", b"\xff\xfe\x00", "type"),
        ("alt.zip", b"PK\x03\x04" + b"\x00" * 60, "type"),
        ("tom.pdf", b"", "type"),
    ],
)
def test_files_are_judged_by_their_content(name: str, content: bytes, answer: str) -> None:
    found = files.judge(name, content)
    assert (found.mimetype if isinstance(found, files.File) else found.why) == answer


def test_a_file_has_a_harmless_name() -> None:
    assert files.file_name('..\\../a"b\r\n\u202egpj.exe') == "_.._a_b___gpj.exe"
    assert files.file_name("") == "file"
    assert len(files.file_name("a" * 500 + ".pdf")) <= 100
    assert files.file_name("a" * 500 + ".pdf").endswith(".pdf")


def test_limits_of_files_are_told_and_words_are_kept() -> None:
    many = tuple((f"b{n}.png", PNG + bytes([n]), "image/png") for n in range(12))
    found = reading.read(mail(files=many))
    assert len(found.files) == files.MOST_FILES
    assert {one.why for one in found.left_out} == {"too_many"}
    large = reading.read(mail(files=(("stor.pdf", PDF + b"x" * files.LARGEST, "application/pdf"),)))
    assert [one.why for one in large.left_out] == ["too_large"]
    assert large.words == "Vi blir tretti."


# --- addresses -------------------------------------------------------------------------------------------------------


def test_an_address_names_the_thread_and_its_receiver(settings: Any) -> None:
    address = addresses.address_of("2026-0042", "Kari@example.org")
    assert address.startswith("svar+2026-0042-")
    assert len(address.partition("@")[0]) <= 64
    thread = addresses.thread_in(address.upper())
    assert thread is not None
    assert thread.key == "2026-0042"
    assert addresses.is_for(thread, "kari@EXAMPLE.org")
    assert not addresses.is_for(thread, "per@example.org")


def test_nobody_can_make_one_or_move_it_to_another_case() -> None:
    address = addresses.address_of("2026-0042", "kari@example.org")
    for other in (
        address.replace("2026-0042", "2026-0043"),
        address.replace("@", "0@"),
        "svar+2026-0042-" + "0" * 28 + "@example.org",
        "svar+@example.org",
        "svar@example.org",
        address.replace("svar+", "svart+"),
    ):
        assert addresses.thread_in(other) is None, other


def test_addresses_outlive_a_change_of_keys(settings: Any) -> None:
    old, new = "o" * 40, "n" * 40
    settings.BOOKING = settings.BOOKING | {"encryption_keys": [old]}
    address = addresses.address_of("2026-0042", "kari@example.org")
    settings.BOOKING = settings.BOOKING | {"encryption_keys": [new, old]}
    thread = addresses.thread_in(address)
    assert thread is not None
    assert addresses.is_for(thread, "kari@example.org")
    settings.BOOKING = settings.BOOKING | {"encryption_keys": [new]}
    assert addresses.thread_in(address) is None


def test_off_means_off(settings: Any) -> None:
    address = addresses.address_of("2026-0042", "kari@example.org")
    settings.BOOKING = settings.BOOKING | {"mail_in": {}}
    assert addresses.address_of("2026-0042", "kari@example.org") == ""
    assert addresses.thread_in(address) is None
    assert mailbox.empty(NOW) == 0


# --- accepting -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_mail_twice_is_one_however_it_travelled(routed: list[Any]) -> None:
    first = accept(mail(), now=NOW)
    again = accept(b"Received: from b.example.org\r\nDelivered-To: x@example.org\r\n" + mail(), now=NOW)
    assert first.pk == again.pk
    assert len(routed) == 1
    # Who reuses a Message-ID makes no other mail disappear.
    assert accept(mail(words="Noe annet"), now=NOW).pk != first.pk
    assert InboundMail.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("what", nasty())
def test_nothing_is_lost(what: str) -> None:
    factories.make_unit("Servicetorget")
    row = accept(nasty()[what], now=NOW)
    row.refresh_from_db()
    assert row.state in ("parked", "done", "ignored"), row.last_error
    assert raw_of(row) == nasty()[what]


@pytest.mark.django_db
def test_fifty_megabytes_keep_their_words(routed: list[Any]) -> None:
    huge = mail(files=(("film.pdf", PDF + b"x" * 38_000_000, "application/pdf"),))
    assert len(huge) > 50_000_000
    row = accept(huge, now=NOW)
    assert (row.state, row.cut, row.size) == ("done", True, len(huge))
    assert routed[0].words == "Vi blir tretti."
    assert [one.why for one in routed[0].left_out] == ["cut"]
    assert len(bytes(row.raw)) < 1_000_000


@pytest.mark.django_db
def test_what_fails_is_kept_tried_again_and_then_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def route(read: Any, row: Any, now: Any, failed: str) -> Routed:
        told.append(failed)
        if not failed:
            raise OperationalError("away")
        return Routed("parked", "failed")

    monkeypatch.setattr(registry, "_router", route)
    row = accept(mail(), now=NOW)
    assert (row.state, row.attempts) == ("received", 1)
    assert "away" in row.last_error
    for _n in range(5):
        route_waiting(NOW)
    row.refresh_from_db()
    assert row.state == "parked"
    assert told == ["", "", "", "", "", "failed"]


@pytest.mark.django_db
def test_automatic_answers_and_loops_need_nothing(routed: list[Any]) -> None:
    assert accept(mail(Auto_Submitted="auto-replied"), now=NOW).reason == "auto_reply"
    assert accept(mail(X_Samskap="letter", number=2), now=NOW).reason == "loop"
    assert routed == []


@pytest.mark.django_db
def test_a_bounce_is_a_mark_on_the_letter(enqueue: Callable[..., None], routed: list[Any]) -> None:
    enqueue(2)
    services.send_due(NOW)
    first, second = OutboxMessage.objects.order_by("pk")
    accept(bounce(first.message_id, "delayed"), now=NOW)
    first.refresh_from_db()
    assert first.state == "sent"
    row = accept(bounce(first.message_id), now=NOW)
    assert (row.state, row.reason) == ("ignored", "bounce")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("bounced", "sent")
    assert "550 5.1.1 no such user" in first.last_error
    assert list(selectors.not_gone_out(NOW)) == [first]
    assert accept(bounce("<made-up@localhost>"), now=NOW).reason == "bounce_of_nothing"
    assert routed == []
    # A person may try again.
    assert services.requeue([first], now=NOW) == 1


@pytest.mark.django_db
def test_the_mail_as_it_came_is_forgotten_when_it_is_dealt_with(routed: list[Any]) -> None:
    row = accept(mail(), now=NOW)
    assert erase_raw(NOW + timedelta(days=29)) == 0
    assert erase_raw(NOW + timedelta(days=31)) == 1
    row.refresh_from_db()
    assert raw_of(row) is None
    assert read_again(row) is None
    # And it still is no new mail when it comes again.
    assert accept(mail(), now=NOW).pk == row.pk


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_at_once_are_one(routed: list[Any]) -> None:
    rows: list[Any] = []

    def run() -> None:
        try:
            rows.append(accept(mail(), now=NOW).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows) == 4
    assert len(set(rows)) == 1
    assert len(routed) == 1


# --- the command -----------------------------------------------------------------------------------------------------


def _pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))


@pytest.mark.django_db
def test_a_mail_server_pipes_a_mail_in(monkeypatch: pytest.MonkeyPatch, routed: list[Any]) -> None:
    _pipe(monkeypatch, mail())
    call_command("receive_mail", "--to", "kultur@example.org")
    assert routed[0].recipients == ("kultur@example.org", "svar@example.org")


@pytest.mark.django_db
def test_the_command_says_why_in_the_mail_server_s_own_codes(
    monkeypatch: pytest.MonkeyPatch, settings: Any, routed: list[Any]
) -> None:
    def status(raw: bytes) -> object:
        _pipe(monkeypatch, raw)
        with pytest.raises(SystemExit) as end:
            call_command("receive_mail", stderr=io.StringIO())
        return end.value.code

    assert status(b" \n") == os.EX_NOINPUT
    settings.BOOKING = settings.BOOKING | {"mail_in": {}}
    assert status(mail()) == os.EX_TEMPFAIL
    settings.BOOKING = settings.BOOKING | {"mail_in": {"address": "svar@example.org"}}
    before = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE samskap_booking_inboundmail RENAME TO gone")
    try:
        assert status(mail()) == os.EX_TEMPFAIL
    finally:
        transaction.savepoint_rollback(before)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_real_pipe_into_a_real_process() -> None:
    env = os.environ | {
        "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "municipality.settings.test",
        "MAIL_IN": '{"address": "svar@example.org"}',
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "receive_mail"], input=mail(), env=env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert InboundMail.objects.get().sender == "kari.trener@example.org"


# --- the HTTP door ---------------------------------------------------------------------------------------------------


def _post(raw: bytes, secret: str = SECRET, **extra: Any) -> Any:
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    return Client().post(
        "/mail-in/?to=kultur@example.org", raw, content_type="message/rfc822", headers=headers, **extra
    )


@pytest.mark.django_db
def test_a_provider_hands_a_mail_in(routed: list[Any]) -> None:
    answer = _post(mail())
    assert answer.status_code == 202
    assert answer.json()["state"] == "done"
    assert routed[0].recipients[0] == "kultur@example.org"
    assert _post(mail()).json()["id"] == answer.json()["id"]


@pytest.mark.django_db
def test_only_with_the_secret_and_only_so_much(settings: Any, routed: list[Any]) -> None:
    assert _post(mail(), "").status_code == 401
    assert _post(mail(), SECRET[:-1]).status_code == 401
    assert _post(mail(), "ø").status_code == 401
    assert Client().get("/mail-in/").status_code == 405
    assert _post(b"").status_code == 400
    settings.BOOKING = settings.BOOKING | {
        "mail_in": {"address": "svar@example.org", "http_secret": SECRET, "max_bytes": 100_000}
    }
    assert _post(b"x" * 100_001).status_code == 413
    settings.BOOKING = settings.BOOKING | {"mail_in": {}}
    assert _post(mail()).status_code == 404
    assert routed == []


@pytest.mark.django_db
def test_guessing_the_secret_ends() -> None:
    assert {_post(mail(), "wrong").status_code for _n in range(61)} == {401, 429}


# --- the mailbox -----------------------------------------------------------------------------------------------------


@pytest.fixture
def box(settings: Any) -> Any:
    found = imapserver.Mailbox()
    with imapserver.running(found) as port:
        settings.BOOKING = settings.BOOKING | {
            "mail_in": {
                "address": "svar@example.org", "host": "127.0.0.1", "port": port, "tls": False,
                "user": found.user, "password": found.password,
            }
        }  # fmt: skip
        yield found


def _with(settings: Any, **more: Any) -> None:
    settings.BOOKING = settings.BOOKING | {"mail_in": settings.BOOKING["mail_in"] | more}


@pytest.mark.django_db
@pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE UIDPLUS", "IMAP4rev1"])
def test_the_mailbox_is_emptied_and_nothing_deleted(box: Any, routed: list[Any], capabilities: str) -> None:
    box.capabilities = capabilities
    box.put(mail())
    box.put(mail(number=2, words="To"))
    out = io.StringIO()
    call_command("poll_mail", stdout=out)
    assert "2" in out.getvalue()
    assert [one.words for one in routed] == ["Vi blir tretti.", "To"]
    assert box.folders["INBOX"] == {}
    assert len(box.folders["Samskap"]) == 2
    assert mailbox.empty(NOW) == 0


@pytest.mark.django_db
def test_a_mail_that_could_not_be_stored_stays(box: Any, routed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    box.put(mail())
    box.put(mail(number=2))
    before = InboundMail.objects.get_or_create
    tries = iter([OperationalError("full"), None])

    def sometimes(**fields: Any) -> Any:
        if (error := next(tries, None)) is not None:
            raise error
        return before(**fields)

    monkeypatch.setattr(type(InboundMail.objects), "get_or_create", lambda _self, **fields: sometimes(**fields))
    with pytest.raises(mailbox.MailboxError, match="1 mails"):
        mailbox.empty(NOW)
    assert len(box.folders["INBOX"]) == 1
    assert len(box.folders["Samskap"]) == 1


@pytest.mark.django_db
def test_a_connection_that_breaks_loses_and_doubles_nothing(box: Any, routed: list[Any]) -> None:
    box.put(mail())
    box.hang_up_at = "UID MOVE"
    with pytest.raises(mailbox.MailboxError):
        mailbox.empty(NOW)
    assert len(box.folders["INBOX"]) == 1
    box.hang_up_at = ""
    assert mailbox.empty(NOW) == 1
    assert len(routed) == 1
    assert InboundMail.objects.count() == 1


@pytest.mark.django_db
def test_a_huge_mail_is_not_fetched_whole(box: Any, settings: Any, routed: list[Any]) -> None:
    _with(settings, max_bytes=100_000)
    box.put(mail(files=(("film.pdf", PDF + b"x" * 400_000, "application/pdf"),)))
    assert mailbox.empty(NOW) == 1
    assert any("<0.100001>" in one for one in box.commands)
    assert InboundMail.objects.get().cut
    assert routed[0].words == "Vi blir tretti."


@pytest.mark.django_db
def test_a_wrong_password_is_told_without_it(box: Any, settings: Any) -> None:
    _with(settings, password="feil-passord")
    with pytest.raises(mailbox.MailboxError) as error:
        mailbox.empty(NOW)
    assert "feil-passord" not in str(error.value)
    assert "svar@example.org" in str(error.value)


class TokenServer:
    """A giver of tokens on loopback: refresh tokens are used once and have a successor."""

    def __init__(self, box: Any) -> None:
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        from urllib.parse import parse_qs

        giver, self.box, self.refresh, self.asked = self, box, "first", []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = {
                    k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
                }
                giver.asked.append(form)
                body, status = giver.answer(form)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/token"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, form: dict[str, str]) -> tuple[str, int]:
        if form.get("grant_type") == "refresh_token" and form.get("refresh_token") != self.refresh:
            return '{"error": "invalid_grant"}', 400
        token = f"access-{len(self.asked)}"
        self.box.tokens = {token}
        if form.get("grant_type") != "refresh_token":
            return f'{{"access_token": "{token}"}}', 200
        self.refresh = f"refresh-{len(self.asked)}"
        return f'{{"access_token": "{token}", "refresh_token": "{self.refresh}"}}', 200


@pytest.fixture
def giver(box: Any, settings: Any) -> Any:
    found = TokenServer(box)
    _with(
        settings, password="", oauth_token_url=found.url, oauth_client_id="samskap", oauth_client_secret="hush",
        oauth_scope="https://outlook.office365.com/.default",
    )  # fmt: skip
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.mark.django_db
def test_oauth_with_a_refresh_token_that_changes_each_time(
    box: Any, giver: Any, settings: Any, routed: list[Any]
) -> None:
    _with(settings, oauth_refresh_token="first")
    for number in (1, 2, 3):
        box.put(mail(number=number))
        assert mailbox.empty(NOW) == 1
    assert [one["refresh_token"] for one in giver.asked] == ["first", "refresh-1", "refresh-2"]
    row = MailboxToken.objects.get()
    assert "refresh-3" not in row.sealed  # sealed: who reads the database has nothing
    assert vault.open_sealed("mailbox-token", row.sealed) == "refresh-3"


@pytest.mark.django_db
def test_oauth_in_our_own_name(box: Any, giver: Any, routed: list[Any]) -> None:
    box.put(mail())
    assert mailbox.empty(NOW) == 1
    assert giver.asked[0]["grant_type"] == "client_credentials"
    assert not MailboxToken.objects.exists()


@pytest.mark.django_db
def test_a_dead_refresh_token_is_told(box: Any, giver: Any, settings: Any) -> None:
    _with(settings, oauth_refresh_token="dead")
    with pytest.raises(mailbox.MailboxError, match="invalid_grant") as error:
        mailbox.empty(NOW)
    assert "dead" not in str(error.value)
    assert "hush" not in str(error.value)
