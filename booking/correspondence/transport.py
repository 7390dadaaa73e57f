"""Handing one letter to the mail server, and telling exactly how far it came when it fails."""

from __future__ import annotations

import contextlib
import smtplib
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from booking.correspondence.letters import Letter


class TransportError(Exception):
    """The letter was not confirmed as taken."""


class Unreachable(TransportError):
    """The server never got the text: trying again can't double anything."""


@dataclass
class Refused(TransportError):
    """The server said no. `permanent`: to this recipient, with a 5xx code."""

    text: str
    permanent: bool

    def __str__(self) -> str:
        return self.text


class Unsure(TransportError):
    """The text was on its way when the line broke or fell silent: the server may have taken it."""


class Transport:
    """One connection for a run of letters; opened at the first, thrown away after every failure."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye if the server still listens; what was accepted stays accepted when it doesn't."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                backend.close()

    def _throw_away(self) -> None:
        backend, self._backend = self._backend, None
        smtp = getattr(backend, "connection", None)
        if isinstance(smtp, smtplib.SMTP):
            # No QUIT: a server that hangs would make us wait once more.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.close()

    def send(self, letter: Letter, *, recipient: str, message_id: str, language: str) -> None:
        """Hand over one letter. Raises `Unreachable`, `Refused` or `Unsure`; returns when the server accepted it."""
        email = EmailMultiAlternatives(
            subject=letter.subject,
            body=letter.text,
            to=[recipient],
            reply_to=[letter.reply_to] if letter.reply_to else None,
            headers={
                "Message-ID": message_id,
                "Auto-Submitted": "auto-generated",
                "Content-Language": language,
                # Ours, should it come back to us.
                "X-Samskap": "letter",
                **({"References": _thread_id(letter.thread, message_id)} if letter.thread else {}),
                **dict(letter.headers),
            },
        )
        if letter.html:
            email.attach_alternative(letter.html, "text/html")
        for attachment in letter.attachments:
            email.attach(attachment.name, attachment.content, attachment.mimetype)
        backend = self._open()
        smtp = getattr(backend, "connection", None)
        handed_over = _watch_data(smtp) if isinstance(smtp, smtplib.SMTP) else None
        try:
            backend.send_messages([email])
        except smtplib.SMTPRecipientsRefused as error:
            self._throw_away()
            code, reply = next(iter(error.recipients.values()))
            raise Refused(_words(code, reply), permanent=500 <= code < 600) from error
        except smtplib.SMTPResponseException as error:
            self._throw_away()
            raise Refused(_words(error.smtp_code, error.smtp_error), permanent=False) from error
        except (smtplib.SMTPException, OSError) as error:
            self._throw_away()
            if handed_over is not None and handed_over.begun:
                raise Unsure(repr(error)) from error
            raise Unreachable(repr(error)) from error

    def _open(self) -> BaseEmailBackend:
        if self._backend is None:
            backend = get_connection()
            try:
                backend.open()
            except (smtplib.SMTPException, OSError) as error:
                raise Unreachable(repr(error)) from error
            self._backend = backend
        return self._backend


def _thread_id(thread: str, message_id: str) -> str:
    """One made-up first message for each thread: mail programs then show its letters together (RFC 5322 3.6.4)."""
    return f"<thread.{thread}@{message_id.strip('<>').rpartition('@')[2]}>"


@dataclass
class _HandedOver:
    begun: bool = False


def _watch_data(smtp: Any) -> _HandedOver:
    """Notice when the DATA command begins: from there on, silence no longer means "not taken"."""
    seen = _HandedOver()
    plain = type(smtp).data

    def data(message: Any) -> Any:
        seen.begun = True
        return plain(smtp, message)

    smtp.data = data
    return seen


def _words(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return f"{code} {text}"
