"""A real mail server, and the outbox pointed at it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings as django_settings

from booking.correspondence import at_once, registry, services
from tests.correspondence import letters_of_tests, mailserver
from tests.databases import database_url
from tests.factories import NOW
from tests.forked import Forked


@pytest.fixture(autouse=True)
def _letters() -> Iterator[None]:
    before = dict(registry._handlers)
    letters_of_tests.register()
    at_once.rested()
    yield
    registry._handlers.clear()
    registry._handlers.update(before)


@pytest.fixture
def server(settings: Any) -> Iterator[mailserver.Handler]:
    with mailserver.running() as (handler, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = port
        settings.EMAIL_TIMEOUT = 1
        yield handler


@pytest.fixture
def enqueue() -> Callable[..., None]:
    """Put letters into the outbox, numbered from 1."""

    def put(count: int = 1, *, handler: str = "test_plain", now: datetime = NOW, **fields: Any) -> None:
        for number in range(1, count + 1):
            values = {
                "key": f"{handler}:{number}",
                "payload": {"n": number, "code": "123-456"},
                "recipient": f"mottaker{number}@example.org",
                "language": "nb",
                "due_at": now,
                "urgent": True,  # so that the suite may run at night
            }
            services.enqueue(handler=handler, now=now, **(values | fields))

    return put


class Process:
    """A real process of the product on the test's database."""

    def __init__(self, what: str) -> None:
        self.popen = Forked(
            "tests.correspondence.sender:main", what, url=database_url(), mail=django_settings.EMAIL_PORT
        )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def end(self) -> tuple[int, str]:
        """Ask it to stop, as a service manager does; its exit status and what it said."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        output, errors = self.popen.communicate(timeout=180)
        return self.popen.wait(), (output + errors).decode()


@pytest.fixture
def start() -> Iterator[Callable[[str], Process]]:
    started: list[Process] = []

    def run(what: str) -> Process:
        started.append(Process(what))
        return started[-1]

    yield run
    for process in started:
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.communicate()
