"""``make test``: the suite on SQLite, then on PostgreSQL, beside both in a browser; ``--quick``: the fast part alone.

The databases' lane is shown as it runs, with a worker for each core. The browser beside it keeps the machine busy where
the one would wait (while a database is migrated, at the end of a part), and waits for pages itself; what it says is
shown when it has ended. The races come last, alone.

A part that can't run on this machine is named in the last lines, with the package to install; with CI=true it fails.
PostgreSQL is the one that DATABASE_URL names, else a throw-away cluster from the installed binaries, else a server on
this machine that lets us in. Only the standard library is used, so that a broken set-up is told and not a traceback.
"""

from __future__ import annotations

import argparse
import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORKERS = os.environ.get("TEST_WORKERS", "2")
#: Beside WORKERS: one fewer than they, so that tests that look at a clock get theirs.
WORKERS_BESIDE = str(max(1, int(WORKERS) - 1))
#: What to run; all of tests/ when empty.
PATHS: list[str] = []
#: pytest's exit status when nothing was collected.
NOTHING_COLLECTED = 5
#: Runs of pytest that must go when we go.
RUNNING: set[subprocess.Popen[bytes]] = set()
STOPPING = threading.Event()
SPEAKING = threading.Lock()


@dataclass
class Part:
    """One run of pytest and what came of it; ``missing`` says what to install when it couldn't run."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    #: Of processor time: what doesn't depend on what else the machine does.
    cpu: float = 0.0
    missing: str = ""
    broken: bool = False

    def add(self, other: Part) -> None:
        """Sum up, for a part that is run in several goes."""
        self.passed += other.passed
        self.failed += other.failed
        self.seconds += other.seconds
        self.cpu += other.cpu
        self.broken = self.broken or other.broken
        for reason, count in other.skipped.items():
            self.skipped[reason] = self.skipped.get(reason, 0) + count


def pytest(name: str, *arguments: str, env: dict[str, str] | None = None, paths: Sequence[str] | None = None) -> Part:
    """Run pytest, show its output as it comes (in a lane beside: when it has ended), and count from its report."""
    part = Part(name)
    started = time.monotonic()
    beside = threading.current_thread() is not threading.main_thread()
    if STOPPING.is_set():
        return part
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        say(f"\n=== {name}: pytest {' '.join(arguments)}" + (" (beside; what it says follows)" if beside else ""))
        output = Path(folder) / "output"
        with output.open("wb") as kept:
            process = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments,
                 *(PATHS if paths is None else paths)],
                cwd=ROOT, env=environment(env or {}), stdout=kept if beside else None,
                stderr=subprocess.STDOUT if beside else None,
            )  # fmt: skip
            RUNNING.add(process)
            # Not `wait`: this tells what it took of the processor, its workers' part too.
            _pid, status, used = os.wait4(process.pid, 0)
            RUNNING.discard(process)
            process.returncode = os.waitstatus_to_exitcode(status)
        if beside:
            say(f"\n=== {name} said:\n{output.read_text(errors='replace').rstrip()}")
        part.cpu = used.ru_utime + used.ru_stime
        part.broken = process.returncode not in (0, NOTHING_COLLECTED)
        if report.exists():
            _count(part, report)
    part.seconds = time.monotonic() - started
    return part


@contextmanager
def nothing_left_running() -> Iterator[None]:
    """Whatever happens inside, no run of pytest stays behind."""
    try:
        yield
    finally:
        STOPPING.set()
        for process in list(RUNNING):
            process.terminate()
        for process in list(RUNNING):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def say(words: str) -> None:
    """Whole, though several lanes may speak."""
    with SPEAKING:
        print(words, flush=True)


class Lane(threading.Thread):
    """What runs beside the main lane. ``result`` waits for it; what it raised is raised there."""

    def __init__(self, run: Callable[[], list[Part]]) -> None:
        super().__init__(daemon=True)
        self.todo = run
        self.parts: list[Part] = []
        self.raised: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.parts = self.todo()
        except BaseException as error:  # noqa: BLE001 - raised again in `result`
            self.raised = error

    def result(self) -> list[Part]:
        self.join()
        if self.raised is not None:
            raise self.raised
        return self.parts


def environment(changes: dict[str, str]) -> dict[str, str]:
    """Ours with ``changes``; an empty value takes the variable away (DATABASE_URL: then it is SQLite).

    What Python compiles is kept: seven runs and many processes load the same code, and pytest rewrites all tests in it.
    """
    changes = {"PYTHONDONTWRITEBYTECODE": ""} | changes
    return {name: value for name, value in (os.environ | changes).items() if value or name not in changes}


def _count(part: Part, report: Path) -> None:
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - see above
        skipped = case.find("skipped")
        if skipped is not None:
            reason = (skipped.get("message") or "no reason given").splitlines()[0]
            part.skipped[reason] = part.skipped.get(reason, 0) + 1
        elif case.find("failure") is not None or case.find("error") is not None:
            part.failed += 1
        else:
            part.passed += 1


def side_by_side(workers: str = WORKERS) -> tuple[str, ...]:
    """Several workers; tests that share something dear (`xdist_group`) stay with one of them."""
    return ("-n", workers, "--dist", "loadgroup")


def most(name: str, env: dict[str, str]) -> Part:
    """All but the browser and the races, side by side."""
    return pytest(f"{name}, side by side", "-m", "not browser and not race", *side_by_side(), env=env)


def races(name: str, env: dict[str, str]) -> Part:
    """Many processes at once, which need the machine for themselves. Only files that have some are collected."""
    paths = PATHS or [
        str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py")) if _has_races(path)
    ]
    return pytest(f"{name}, one by one", "-m", "race and not browser", env=env, paths=paths)


def _has_races(path: Path) -> bool:
    return "mark.race" in path.read_text()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def binaries() -> Path | None:
    """Where initdb and postgres are: the newest of Debian's places, or the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: _version(p.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _version(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; then it runs as the first of these. None: we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    sys.exit("PostgreSQL can't run as root, and there is neither a user postgres nor nobody.")


@contextmanager
def throw_away_cluster(place: Path) -> Iterator[str]:
    """A cluster in a temporary folder, fast and forgetful; its URL. Gone afterwards, whatever happened."""
    someone = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="samskap-pg-"))
    as_user = {"user": someone.pw_uid, "group": someone.pw_gid, "extra_groups": []} if someone else {}
    owner = someone.pw_name if someone else getpass.getuser()
    port = free_port()
    server = None
    try:
        if someone:
            os.chown(folder, someone.pw_uid, someone.pw_gid)
        subprocess.run(
            [place / "initdb", "-D", folder / "data", "-U", "samskap", "-A", "trust", "-E", "UTF8", "--locale=C",
             "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "max_connections": 200,
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "log_min_messages": "fatal",
            "shared_buffers": "128MB",
        }  # fmt: skip
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        log = (folder / "log").open("wb")
        server = subprocess.Popen(
            [place / "postgres", "-D", folder / "data", *flags],
            stdout=log, stderr=log, cwd=folder, **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        _wait_for(port, server, folder / "log")
        print(f"PostgreSQL: a throw-away cluster of {owner} on port {port}", flush=True)
        yield f"postgres://samskap@127.0.0.1:{port}/postgres"
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        if _can_connect(f"postgres://samskap@127.0.0.1:{port}/postgres"):
            return
        time.sleep(0.2)
    sys.exit(f"The throw-away PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _can_connect(url: str) -> bool:
    """True when the server at ``url`` lets us in and lets us make databases and extensions."""
    script = (
        "import sys, psycopg\n"
        "with psycopg.connect(sys.argv[1], connect_timeout=3) as c:\n"
        '    row = c.execute("select rolcreatedb or rolsuper from pg_roles where rolname = current_user").fetchone()\n'
        "    ext = c.execute(\"select 1 from pg_available_extensions where name = 'btree_gist'\").fetchone()\n"
        "sys.exit(0 if row and row[0] and ext else 1)\n"
    )
    return (
        subprocess.run(
            [sys.executable, "-c", script, url], check=False, capture_output=True, timeout=20
        ).returncode == 0
    )  # fmt: skip


@contextmanager
def postgresql() -> Iterator[dict[str, str] | None]:
    """The environment for testing on a PostgreSQL; None when this machine has none."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith(("postgres://", "postgresql://", "psql://", "pgsql://")):
        yield {"DATABASE_URL": given}
        return
    place = binaries()
    if place is not None:
        with throw_away_cluster(place) as url:
            yield {"DATABASE_URL": url, "SAMSKAP_THROW_AWAY_CLUSTER": "1"}
        return
    for name in dict.fromkeys((getpass.getuser(), "postgres")):
        url = f"postgres://{name}@127.0.0.1:5432/postgres"
        if _can_connect(url):
            yield {"DATABASE_URL": url}
            return
    yield None


# --- the parts ------------------------------------------------------------------------------------------------------

ON_SQLITE = {"DATABASE_URL": ""}
NO_POSTGRESQL = "sudo apt-get install postgresql   (or set DATABASE_URL)"


def on_one(name: str, env: dict[str, str]) -> Part:
    """The suite on one database alone."""
    part = Part(name)
    part.add(most(name, env))
    part.add(races(name, env))
    return part


def on_postgresql() -> Part:
    """The whole suite on PostgreSQL, or what to install."""
    with postgresql() as env, nothing_left_running():
        return Part("PostgreSQL", missing=NO_POSTGRESQL) if env is None else on_one("PostgreSQL", env)


def everything() -> list[Part]:
    """All parts, two lanes at a time."""
    sqlite, other = Part("SQLite"), Part("PostgreSQL")
    with postgresql() as env:
        # What has no database in it, or is of a kind that databases don't differ in, runs on SQLite alone.
        second = None if env is None else env | {"SAMSKAP_SECOND_DATABASE": "1"}

        with nothing_left_running():
            lane = Lane(lambda: [in_browser(WORKERS_BESIDE)])
            sqlite.add(most("SQLite", ON_SQLITE))
            if second is not None:
                other.add(most("PostgreSQL", second))
            [browser] = lane.result()
            sqlite.add(races("SQLite", ON_SQLITE))
            if second is None:
                other.missing = NO_POSTGRESQL
            else:
                other.add(races("PostgreSQL", second))
    return [sqlite, other, browser]


def in_browser(workers: str = WORKERS) -> Part:
    """The browser suite, or what to install."""
    if not any(shutil.which(name) for name in CHROMIUMS) and not os.environ.get("CHROMIUM"):
        return Part("browser", missing="sudo apt-get install chromium   (or set CHROMIUM to its path)")
    # A page is waited for more than it is worked on: two browsers take little more than half the time.
    return pytest("browser", "-m", "browser", *side_by_side(workers), env=ON_SQLITE, paths=PATHS or ["tests/browser"])


def quick() -> Part:
    """What a developer runs all the time."""
    fewer_examples = {"DATABASE_URL": "", "HYPOTHESIS_PROFILE": "quick"}
    return pytest("quick", "-m", "not slow and not browser and not race", *side_by_side(), env=fewer_examples)


def report(parts: list[Part]) -> int:
    """The last lines: what ran, what was skipped and why, what could not run. Returns the exit status."""
    print("\n=== Summary")
    for part in parts:
        for reason, count in sorted(part.skipped.items()):
            print(f"skipped in {part.name}: {count} × {reason}")
    for part in parts:
        if part.missing:
            print(f"{part.name:12} DID NOT RUN. To run it:  {part.missing}")
        else:
            mark = "FAILED" if part.broken else "ok"
            took = f"{part.seconds:.0f} s, {part.cpu:.0f} s of processor"
            print(f"{part.name:12} {mark}: {part.passed} passed, {part.failed} failed ({took})")
    missing = [part.name for part in parts if part.missing]
    broken = [part.name for part in parts if part.broken]
    passed = sum(part.passed for part in parts)
    if missing:
        print(f"\nNOT EVERYTHING WAS TESTED: {', '.join(missing)} could not run on this machine (see above).")
    failed = sum(part.failed for part in parts) + (len(missing) if IN_CI else 0)
    failed = max(failed, 1 if broken or not passed else 0)
    skipped = sum(sum(part.skipped.values()) for part in parts)
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


def main() -> int:
    """Parse, run, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the fast part, on SQLite")
    parser.add_argument("--only", choices=["sqlite", "postgresql", "browser"], help="one part")
    parser.add_argument("paths", nargs="*", help="only these files or folders")
    options = parser.parse_args()
    # A stop asked for from outside is an exit like others: the throw-away cluster goes with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    PATHS.extend(options.paths)
    alone = {"sqlite": lambda: on_one("SQLite", ON_SQLITE), "postgresql": on_postgresql, "browser": in_browser}
    with nothing_left_running():
        if options.quick:
            return report([quick()])
        return report([alone[options.only]()] if options.only else everything())


if __name__ == "__main__":
    sys.exit(main())
