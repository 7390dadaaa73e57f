"""A receiver on this machine, in a process of its own, and an endpoint that leads to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from booking.webhooks import services
from booking.webhooks.models import WebhookEndpoint
from booking.webhooks.rules import all_types
from tests.factories import NOW, make_user

LOCAL = {"webhook_networks": ["127.0.0.0/8"], "webhook_http": True}


class Receiver:
    """What it is told to do, and what it was sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("receiver.py")), str(folder)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def url(self, path: str = "/hooks") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def knows(self, *secrets: str) -> None:
        """It verifies with these."""
        (self.folder / "secret").write_text("\n".join(secrets))

    def will(self, plan: str) -> None:
        """It answers so from now on."""
        (self.folder / "plan").write_text(plan)

    @property
    def got(self) -> list[dict[str, Any]]:
        """Every request so far."""
        log = self.folder / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    @property
    def events(self) -> list[dict[str, Any]]:
        """The bodies."""
        return [json.loads(one["body"]) for one in self.got]


@pytest.fixture
def receiver(tmp_path: Path, settings: Any) -> Iterator[Receiver]:
    settings.BOOKING = settings.BOOKING | LOCAL
    one = Receiver(tmp_path)
    yield one
    one.process.kill()
    one.process.communicate()


@pytest.fixture
def admin(db: Any) -> Any:
    return make_user("Aslak Dragland", is_superuser=True, is_staff=True)


@pytest.fixture
def endpoint(receiver: Receiver, admin: Any) -> Callable[..., WebhookEndpoint]:
    """Set one up that leads to the receiver, which then knows its secret."""

    def make(*types: str, unit: Any = None, path: str = "/hooks", name: str = "Arkivet") -> WebhookEndpoint:
        content = services.Content(name, receiver.url(path), types or all_types())
        row = services.add_endpoint(content, unit=unit, by=admin, now=NOW)
        receiver.knows(services.reveal_secret(row, by=admin, now=NOW))
        row.refresh_from_db()
        return row

    return make


def run() -> int:
    """Everything that is due, once."""
    return services.tell_endpoints(lambda: False)


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
