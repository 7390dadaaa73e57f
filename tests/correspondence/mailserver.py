"""A real SMTP server on loopback that behaves as it is told: accepts, refuses, hangs, or kills who sends to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Handler:
    """Keeps what was accepted. Set the attributes while it runs."""

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.refuse_recipient = ""
        self.refuse_data = ""
        self.hang_at = ""  # "rcpt", "data" (after the text has come)
        self.on_data: Callable[[], Any] | None = None
        self.tries = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tries += 1
        if self.hang_at == "rcpt":
            await asyncio.sleep(60)
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse_data:
            return self.refuse_data
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        self.accepted.append(message)
        if self.on_data is not None:
            self.on_data()
        if self.hang_at == "data":
            await asyncio.sleep(60)
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.accepted]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running() -> Iterator[tuple[Handler, int]]:
    """The server at work on a free port."""
    handler = Handler()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield handler, controller.port
    finally:
        controller.stop()


def kill(pid: int) -> None:
    """As the kernel does it when memory is short: no warning, no clean-up."""
    os.kill(pid, signal.SIGKILL)
