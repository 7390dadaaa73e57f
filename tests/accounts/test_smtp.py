"""The whole way in with a real mail server on the loopback and a real web server, as `make demo` has it."""

from __future__ import annotations

import email
import email.policy
import socket

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from booking.correspondence import at_once
from booking.correspondence.models import OutboxMessage, OutboxState
from tests.accounts.conftest import code_in
from tests.factories import make_user


class Mailbox:
    """Takes letters by SMTP."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.letters.append(
            (envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default))
        )
        return "250 Message accepted"


@pytest.fixture
def mailbox(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    at_once.rested()
    yield box
    controller.stop()


class Letter:
    def __init__(self, message):
        self.body = message.get_body(("plain",)).get_content()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_code_arrives_by_smtp_and_opens_the_door(mailbox):
    make_user("Kari", email="kari@example.org")
    client = Client()
    assert client.post("/account/login/", {"email": "kari@example.org"}).status_code == 302
    [(receivers, message)] = mailbox.letters
    assert receivers == ["kari@example.org"]
    assert message["To"] == "kari@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(("html",)) is not None
    assert OutboxMessage.objects.get().state == OutboxState.SENT
    client.post("/account/login/code/", {"code": code_in(Letter(message))})
    assert "_auth_user_id" in client.session
