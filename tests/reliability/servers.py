"""Real processes of the product: a web server with production's settings, the worker, and a PostgreSQL of one's own."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.db import connection

from tests.databases import database_url
from tools import run_tests

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PATIENCE = 120.0
#: Tokens and sessions that the test makes are good for the server when the test uses it too.
SECRET_KEY = "only-of-these-tests-and-long-enough-for-the-production-settings"


def wait_for(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Its first true answer."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it never happened: {what}"
        time.sleep(0.05)
    return found


@dataclass
class Answer:
    """What came back, or that nothing did."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Web:
    """A gunicorn with one process that answers, so that the test knows whom it kills; a new one comes by itself."""

    def __init__(self, folder: Path, url: str, mail_port: int, **env: str) -> None:
        self.port = run_tests.free_port()
        self.order = folder / "order"
        self.log = folder / "web.log"
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.reliability.production_like",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
            "DATABASE_URL": url,
            "SECRET_KEY": SECRET_KEY,
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECURE_SSL_REDIRECT": "false",
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "STAND_STILL": str(self.order),
            **env,
        }
        self.env.pop("DEBUG", None)
        self.start()

    def start(self) -> None:
        command = [str(BIN / "gunicorn"), "tests.reliability.standing_still:application", "--preload", "--workers", "1",
                   "--bind", f"127.0.0.1:{self.port}", "--timeout", "110", "--log-level", "warning"]  # fmt: skip
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        wait_for(lambda: self.popen.poll() is not None or self.get("/healthz").status == 200, "the server starts")
        assert self.popen.poll() is None, self.log.read_text()

    def end(self) -> None:
        """All of it, at once."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, seconds: float = 100
    ) -> Answer:
        """One request. Status 0: the connection broke before an answer came."""
        held = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            held.request(method, path, body=body, headers=headers or {})
            got = held.getresponse()
            return Answer(got.status, {name.title(): value for name, value in got.getheaders()}, got.read())
        except (OSError, http.client.HTTPException):
            return Answer()
        finally:
            held.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, data: Any, **headers: str) -> Answer:
        """JSON to the API."""
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, json.dumps(data), sent)

    def submit(self, path: str, data: dict[str, Any], cookies: dict[str, str]) -> Answer:
        """A form, with its token."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://127.0.0.1:{self.port}{path}",
                "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}  # fmt: skip
        form = urlencode(data | {"csrfmiddlewaretoken": cookies["csrftoken"]}, doseq=True)
        return self.call("POST", path, form, sent)

    # --- to kill it where one wants to -------------------------------------------------------------------------------

    def stand_still_before(self, number: int) -> None:
        """The next request stops before its n-th statement that writes. 0: none does."""
        self.order.with_suffix(".here").unlink(missing_ok=True)
        self.order.write_text(str(number))

    def kill_it_there(self, request: Callable[[], Answer]) -> tuple[Answer, str]:
        """Send the request; when it stands still, kill -9. The answer, and the statement it died before ("": none)."""
        answers: list[Answer] = []
        thread = threading.Thread(target=lambda: answers.append(request()))
        thread.start()
        here = self.order.with_suffix(".here")
        wait_for(lambda: here.exists() or answers, "the request stands still or is done")
        where = ""
        if here.exists():
            pid, _space, where = here.read_text().partition(" ")
            self.order.unlink()
            os.kill(int(pid), signal.SIGKILL)
        thread.join(PATIENCE)
        return answers[0], where


class Worker:
    """`manage.py work`, with production's settings."""

    def __init__(self, web: Web, folder: Path) -> None:
        self.log = folder / "work.log"
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "manage.py", "work", "--look", "0.2", "--round", "1"],
                cwd=ROOT, env=web.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        wait_for(lambda: self.popen.poll() is not None or "at work" in self.log.read_text(), "the worker starts")
        assert self.popen.poll() is None, self.log.read_text()

    def end(self) -> None:
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()


class Cluster:
    """A PostgreSQL that a test may stop and start, with a copy of the test's own database."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = Path(tempfile.mkdtemp(prefix="samskap-outage-"))
        self.port = run_tests.free_port()
        someone = run_tests.unprivileged()
        self.who: dict[str, Any] = (
            {"user": someone.pw_uid, "group": someone.pw_gid, "extra_groups": []} if someone else {}
        )
        if someone:
            os.chown(self.folder, someone.pw_uid, someone.pw_gid)
        subprocess.run(
            [place / "initdb", "-D", self.folder / "data", "-U", "samskap", "-A", "trust", "-E", "UTF8", "--locale=C"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.who,
        )  # fmt: skip
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://samskap@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(
                [self.place / "postgres", "-D", self.folder / "data", *flags],
                stdout=log, stderr=subprocess.STDOUT, cwd=self.folder, **self.who,
            )  # fmt: skip
        wait_for(self._answers, "PostgreSQL starts")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def crash(self) -> None:
        """As when the power fails: no goodbye to anybody, recovery at the next start."""
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(60)

    def take_copy(self) -> None:
        """Of the test's database, with all that is in it."""
        dump = self.folder / "dump"
        env = os.environ | {"PGPASSWORD": connection.settings_dict["PASSWORD"] or ""}
        with dump.open("wb") as target:
            subprocess.run([self.place / "pg_dump", database_url()], check=True, stdout=target, env=env)
        with dump.open("rb") as source:
            subprocess.run(
                [self.place / "psql", "-q", "-v", "ON_ERROR_STOP=1", self.url],
                check=True, stdin=source, stdout=subprocess.DEVNULL,
            )  # fmt: skip

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as held:
            return held.execute(sql).fetchall()  # type: ignore[arg-type]

    def end(self) -> None:
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)
