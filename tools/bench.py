"""``make bench``: how fast, as ratios to bounds measured in the same run (never a timed test).

Each load (1,000, 10,000, 100,000 lines) gets a database of its own, on SQLite and on PostgreSQL (the one of
DATABASE_URL, else a throw-away cluster), with the settings of production. Then the race tests, 100 rounds of each.
Then drafts of season rounds, 15 minutes. Options: ``--loads 1000,100000``, ``--only sqlite``, ``--seconds 2``,
``--without-races``, ``--without-seasons``. What was measured is also written to var/bench.json. Exit status 1:
something could not be measured, or a race went wrong; a goal that is missed is named in the table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "site"), str(ROOT / "tools")]
#: No debugging, no reloading, hosts checked. TLS is the proxy's.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "municipality.settings.production",
    "SECRET_KEY": "only this run knows this key, and nobody will ever need it again",
    "ALLOWED_HOSTS": "testserver",
    "EMAIL_URL": "dummymail://",
    "SECURE_SSL_REDIRECT": "off",
    "DEBUG": "",
}
RACES = ("tests/occupancy/test_races.py", "tests/cases/test_race_of_requests.py")


def inside(arguments: argparse.Namespace) -> None:
    """In a process of its own, with DATABASE_URL set: make the database, fill it, measure."""
    import django

    django.setup()
    import logging

    from django.core.management import call_command

    from bench import crowd, feeds, granting, load, occupancy, queue, timeline, works

    logging.disable(logging.WARNING)
    call_command("migrate", verbosity=0)
    print(f"\n=== {arguments.name}, {arguments.lines:,} lines: filling", flush=True)
    load.build(arguments.lines)
    town = load.find()
    biggest = arguments.lines == max(arguments.loads)
    parts = {
        "selectors": lambda: occupancy.measure(town, seconds=arguments.seconds),
        "grants": lambda: granting.measure(town, seconds=arguments.seconds),
        "whole answers": lambda: occupancy.http(town, seconds=arguments.seconds),
        "timeline": lambda: timeline.measure(town, seconds=arguments.seconds),
    }
    if biggest:
        parts["feeds"] = lambda: feeds.run(arguments.name, seconds=arguments.seconds)
        # Last: it draws 4,700 outlines more.
        parts["works"] = lambda: works.measure(town, seconds=arguments.seconds)
    rows: list[occupancy.Row] = []
    missing: list[str] = []

    def run(part: str, measure: Callable[[], list[occupancy.Row]]) -> None:
        try:
            measured = measure()
        except Exception:  # noqa: BLE001 - the rest is still worth knowing; the run fails in the end
            traceback.print_exc()
            missing.append(part)
            return
        rows.extend(measured)
        print(f"--- {part}\n{occupancy.show(measured)}", flush=True)

    for part, measure in parts.items():
        run(part, measure)
    found: dict[str, Any] = {}
    if biggest:
        found["throughput"] = [asdict(one) for one in crowd.throughput(town, seconds=arguments.seconds)]
        races = crowd.races(town)
        found["races"] = asdict(races) | {"ratio": races.ratio}
        run("queue", lambda: queue.measure(town, seconds=arguments.seconds))
    found |= {"missing": missing, "rows": [asdict(row) | {"ratio": row.ratio} for row in rows]}
    Path(arguments.out).write_text(json.dumps(found), "utf-8")


def outside(arguments: argparse.Namespace) -> int:
    """Every load on every database, how it grows, and the races."""
    from run_tests import postgresql

    from bench import report, seasons

    began = time.monotonic()
    found: dict[str, dict[str, Any]] = {}
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="samskap-bench-") as folder, postgresql() as server:
        for name in ("sqlite", "postgresql"):
            if arguments.only not in (None, name):
                continue
            if name == "postgresql" and server is None:
                wrong.append("PostgreSQL was not measured: install the package postgresql")
                continue
            for lines in arguments.loads:
                measured = _load(name, lines, folder, server or {}, arguments)
                wrong += [f"{name}, {lines:,} lines: {part} was not measured" for part in measured["missing"]]
                found[f"{name} {lines}"] = measured
            if not arguments.without_races and not _races(name, server or {}):
                wrong.append(f"{name}: a race went wrong, see above")
    rounds = [] if arguments.without_seasons else seasons.measured()
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / "bench.json").write_text(
        json.dumps(found | {"seasons": [asdict(row) for row in rounds]}, indent=1), "utf-8"
    )
    for table in report.tables(found, arguments.loads):
        print(table)
    if rounds:
        print(report.seasons(rounds))
    print(f"\n{(time.monotonic() - began) / 60:.0f} minutes, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _load(name: str, lines: int, folder: str, server: dict[str, str], arguments: argparse.Namespace) -> dict[str, Any]:
    if name == "sqlite":
        return _run(name, lines, f"sqlite:///{folder}/bench-{lines}.sqlite3", folder, arguments)
    database = f"samskap_bench_{lines}"
    try:
        return _run(name, lines, _new_database(server["DATABASE_URL"], database), folder, arguments)
    finally:
        _drop_database(server["DATABASE_URL"], database)


def _races(name: str, server: dict[str, str]) -> bool:
    """The race tests, 100 rounds each; their seconds are in pytest's own list."""
    print(f"\n=== {name}: 100 races of 32 clients, single, series, stock, requests and the HTTP API", flush=True)
    changes = {"RACE_ROUNDS": "100"} | (server if name == "postgresql" else {})
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | changes
    command = [sys.executable, "-m", "pytest", "-q", "--durations=5", "--durations-min=1", *RACES]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 0


def _run(name: str, lines: int, url: str, folder: str, arguments: argparse.Namespace) -> dict[str, Any]:
    out = Path(folder) / "out.json"
    subprocess.run(
        [
            sys.executable, __file__, "--inside", "--name", name, "--lines", str(lines), "--out", str(out),
            "--seconds", str(arguments.seconds), "--loads", ",".join(map(str, arguments.loads)),
        ],
        cwd=ROOT, env=os.environ | PRODUCTION | {"DATABASE_URL": url}, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return answer


def _admin(url: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(url.replace("psql://", "postgres://"), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def _new_database(url: str, name: str) -> str:
    _drop_database(url, name)
    _admin(url, f"CREATE DATABASE {name}")
    return url.rsplit("/", 1)[0] + f"/{name}"


def _drop_database(url: str, name: str) -> None:
    _admin(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", default="1000,10000,100000", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--without-races", action="store_true", help="leave out the race tests")
    parser.add_argument("--without-seasons", action="store_true", help="leave out the drafts of season rounds")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        inside(arguments)
        return 0
    return outside(arguments)


if __name__ == "__main__":
    sys.exit(main())
