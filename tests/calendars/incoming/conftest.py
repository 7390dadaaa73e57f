"""A calendar server on this machine, and texts of calendars."""

from __future__ import annotations

import pytest

from tests.calendars.incoming.servers import Served, calendar_server, certificate


@pytest.fixture(scope="session")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(pem, monkeypatch, settings) -> Served:
    """A real server whose certificate we trust, in a network that the municipality has allowed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    settings.BOOKING = {**settings.BOOKING, "calendar_networks": ["127.0.0.0/8"]}
    with calendar_server(pem) as served:
        yield served
