"""``make demo``: build Lilleby, start the web server and the worker together, print how to log in, stop both on Ctrl-C.

Environment: PORT (8000), HOST (127.0.0.1: the demo shows log-in codes on its pages, so it isn't for the open network),
DATABASE_URL (SQLite under var/).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT") or 8000)
#: Seconds in which the web server must answer, and in which both must have stopped.
STARTS_IN, STOPS_IN = 180, 15

ENV = os.environ | {
    "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "municipality.settings.dev"),
    "BASE_URL": os.environ.get("BASE_URL", f"http://localhost:{PORT}"),
    "PYTHONUNBUFFERED": "1",
}


def manage(*arguments: str, capture: bool = False) -> str:
    """Run a management command to its end; stops the demo when it fails."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        cwd=ROOT, env=ENV, text=True, check=False, stdout=subprocess.PIPE if capture else None,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"manage.py {' '.join(arguments)} failed (exit status {done.returncode}).")
    return done.stdout or ""


def port_is_free() -> bool:
    """True when nobody listens on the port yet."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            return False
    return True


def start() -> dict[str, subprocess.Popen[bytes]]:
    """The web server and the worker, each in its own process group: Ctrl-C reaches us alone, and we stop them."""
    web = [
        str(BIN / "gunicorn"), "--chdir", "site", "municipality.wsgi:application", "--bind", f"{HOST}:{PORT}",
        "--workers", "2", "--threads", "4", "--timeout", "60", "--log-level", "warning",
    ]  # fmt: skip
    worker = [sys.executable, str(ROOT / "manage.py"), "work"]
    return {
        "the web server": subprocess.Popen(web, cwd=ROOT, env=ENV, start_new_session=True),
        "the worker": subprocess.Popen(worker, cwd=ROOT, env=ENV, start_new_session=True),
    }


def stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask both to end, then insist."""
    for process in processes.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPS_IN
    for process in processes.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_it_answers(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Return when the home page has been served once, so that the first visitor doesn't wait; exit when that fails."""
    deadline = time.monotonic() + STARTS_IN
    while time.monotonic() < deadline:
        fail_when_one_ended(processes)
        try:
            with urllib.request.urlopen(f"http://{HOST}:{PORT}/", timeout=STARTS_IN):
                return
        except urllib.error.HTTPError:
            return  # it answers; what it answers is the site's business
        except OSError:
            time.sleep(0.2)
    sys.exit(f"The web server did not answer within {STARTS_IN} seconds.")


def fail_when_one_ended(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """One without the other is no demo."""
    for name, process in processes.items():
        if process.poll() is not None:
            sys.exit(f"{name[0].upper()}{name[1:]} ended by itself (exit status {process.returncode}).")


def welcome(logins: dict[str, str]) -> str:
    """What a newcomer needs, in the last lines."""
    width = max(map(len, logins), default=0)
    lines = [f"  {role.ljust(width)}  {email}" for role, email in logins.items()]
    return "\n".join(
        [
            "",
            f"Lilleby is open: http://localhost:{PORT}/    staff: http://localhost:{PORT}/admin/",
            "Sign in with one of these addresses; the code is shown on the page:",
            *lines,
            "",
            "Ctrl-C stops it.",
        ]
    )


def main() -> None:
    """Build, start, tell, wait, stop."""
    if not port_is_free():
        sys.exit(f"Port {PORT} is taken. Another one: make demo PORT={PORT + 1}")
    manage("migrate", "--noinput", "--verbosity", "0")
    print("Building Lilleby ...", flush=True)
    logins = json.loads(manage("demo", "--json", "--keep-today", capture=True).strip().splitlines()[-1])["logins"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    processes = start()
    try:
        wait_until_it_answers(processes)
        print(welcome(logins), flush=True)
        while True:
            fail_when_one_ended(processes)
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopping ...")
    finally:
        stop(processes)


if __name__ == "__main__":
    main()
