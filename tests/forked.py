"""Processes of the product for tests that kill them: forked from one that has loaded the product and touched nothing.

To start Python and load Django, Wagtail and our code takes three seconds of processor time, for each process. A server
does it once per test run and database, opens no connection, and forks on request. What comes of it is a process of its
own with its own connections: it dies by kill -9 as any other.
"""

from __future__ import annotations

import atexit
import importlib
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Where the mail server of a test is, and nobody's: the child gets the port of its own test.
NOWHERE = "smtp://127.0.0.1:9"


# --- in the test -----------------------------------------------------------------------------------------------------


class _Server:
    """The one that forks, for one database. It ends when its standard input does, so also when we are killed."""

    def __init__(self, url: str) -> None:
        env = os.environ | {
            "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "municipality.settings.test", "EMAIL_URL": NOWHERE,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'site'}",
        }  # fmt: skip
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "tests.forked"],
            env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.news = threading.Condition()
        self.pids: list[int] = []
        #: What the processes say.
        self.folder = Path(tempfile.mkdtemp(prefix="samskap-forked-"))
        self.ended: dict[int, int] = {}
        self.gone = False
        self.ordering = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            said = json.loads(line)
            with self.news:
                if "status" in said:
                    self.ended[said["pid"]] = os.waitstatus_to_exitcode(said["status"])
                else:
                    # Told before its end is; who had this number before has ended long ago.
                    self.ended.pop(said["pid"], None)
                    self.pids.append(said["pid"])
                self.news.notify_all()
        with self.news:
            self.gone = True
            self.news.notify_all()

    def fork(self, order: dict[str, Any]) -> int:
        """One process, started; its id."""
        assert self.popen.stdin is not None
        with self.ordering:
            self.popen.stdin.write(json.dumps(order).encode() + b"\n")
            self.popen.stdin.flush()
            with self.news:
                self.news.wait_for(lambda: self.pids or self.gone, 120)
                assert self.pids, "the server that forks is gone"
                return self.pids.pop()

    def close(self) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        self.popen.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_numbers = itertools.count(1)
_servers: dict[str, _Server] = {}


def _server(url: str) -> _Server:
    if url not in _servers:
        _servers[url] = _Server(url)
        atexit.register(_servers[url].close)
    return _servers[url]


class Forked:
    """A process that runs ``target`` ("package.module:function") with these arguments, as ``subprocess.Popen`` has it.

    ``url``: its database. ``mail``: the port of the mail server it sends to. ``env``: what else it finds there.
    """

    def __init__(
        self, target: str, *arguments: str, url: str, mail: int | None = None, env: dict[str, str] | None = None
    ) -> None:
        self.args = [target, *arguments]
        self.returncode: int | None = None
        self._from = _server(url)
        self._said = [self._from.folder / f"{name}-{next(_numbers)}" for name in ("out", "err")]
        self.pid = self._from.fork(
            {"target": target, "argv": self.args, "env": env or {}, "mail": mail, "said": [str(p) for p in self._said]}
        )

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        with self._from.news:
            self.returncode = self._from.ended.get(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """As ``Popen.wait``, also in that it raises ``TimeoutExpired``."""
        with self._from.news:
            over = self._from.news.wait_for(lambda: self.pid in self._from.ended or self._from.gone, timeout)
        if self.poll() is None:
            assert not over, "the server that forks is gone"
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Wait for its end; what it said on either stream."""
        self.wait(timeout)
        out, err = (path.read_bytes() if path.exists() else b"" for path in self._said)
        return out, err

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


# --- in the server ---------------------------------------------------------------------------------------------------


def _become(order: dict[str, Any]) -> None:
    """What the child does with its life."""
    from django.conf import settings

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, path in enumerate(order["said"], start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.update(order["env"])
    sys.argv = order["argv"]
    if order["mail"] is not None:
        settings.EMAIL_PORT = order["mail"]
    module, _colon, name = order["target"].partition(":")
    getattr(importlib.import_module(module), name)()


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        _become(order)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - said, and then it is the end
        traceback.print_exc()
    finally:
        # Never back into the server's loop.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def _serve() -> None:
    import django

    django.setup()
    from django.db import connections
    from django.urls import get_resolver
    from django.utils import translation

    for code in ("nb", "en"):
        with translation.override(code):
            translation.gettext("")
            get_resolver().reverse_dict  # noqa: B018 - reading it makes it
    assert all(one.connection is None for one in connections.all(initialized_only=True)), "a connection can't be forked"
    ears, mouth = os.pipe()
    os.set_blocking(mouth, False)
    os.set_blocking(ears, False)
    signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)

    def say(**words: int) -> None:
        os.write(1, json.dumps(words).encode() + b"\n")

    waiting = b""
    while True:
        ready, _write, _rest = select.select([0, ears], [], [])
        if ears in ready:
            os.read(ears, 4096)
            while True:
                try:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    break
                if not pid:
                    break
                say(pid=pid, status=status)
        if 0 in ready:
            if not (more := os.read(0, 65536)):
                return
            waiting += more
            *orders, waiting = waiting.split(b"\n")
            for order in orders:
                say(pid=_fork(json.loads(order)))


if __name__ == "__main__":
    _serve()
