"""The OpenID Connect provider of the tests (oidc_server.py), as a process of its own on a free port."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

SERVER = Path(__file__).with_name("oidc_server.py")


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_provider() -> Iterator[str]:
    """Its issuer, once it answers."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(SERVER), str(port)])
    address = f"http://localhost:{port}"
    try:
        for _ in range(300):
            try:
                requests.get(f"{address}/.well-known/openid-configuration", timeout=1)
                break
            except requests.RequestException:
                assert process.poll() is None, "the provider has ended"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)
