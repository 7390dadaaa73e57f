"""``make bench``: how fast, as ratios to bounds measured in the same run (never a timed test).

Each load (1,000, 10,000, 100,000 lines) gets a database of its own, on SQLite and on PostgreSQL (the one of
DATABASE_URL, else a throw-away cluster). Options: ``--loads 1000,100000``, ``--only sqlite``, ``--seconds 2``.
What was measured is also written to var/bench.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "site"), str(ROOT / "tools")]


def inside(arguments: argparse.Namespace) -> None:
    """In a process of its own, with DATABASE_URL set: make the database, fill it, measure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "municipality.settings.test")
    import django

    django.setup()
    import logging

    from django.core.management import call_command

    from bench import crowd, feeds, granting, load, occupancy

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
    }
    if biggest:
        parts["feeds"] = lambda: feeds.run(arguments.name, seconds=arguments.seconds)
    rows: list[occupancy.Row] = []
    missing: list[str] = []
    for part, measure in parts.items():
        try:
            measured = measure()
        except Exception:  # noqa: BLE001 - the rest is still worth knowing; the run fails in the end
            traceback.print_exc()
            missing.append(part)
            continue
        rows += measured
        print(f"--- {part}\n{occupancy.show(measured)}", flush=True)
    found: dict[str, Any] = {
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
    }
    if biggest:
        for one in crowd.throughput(town, seconds=arguments.seconds):
            print(f"8 clients: {one.what}: {one.per_second:.1f}/s (goal {one.goal:.0f}/s)", flush=True)
            found.setdefault("throughput", []).append(asdict(one))
        races = crowd.races(town)
        print(
            f"100 races of 32: {races.ours:.1f} s, bare table behind a lock {races.bare:.1f} s, "
            f"ratio {races.ratio:.2f} (goal <= 3), {races.winners} with one winner, {races.errors} errors",
            flush=True,
        )
        found["races"] = asdict(races) | {"ratio": races.ratio}
    Path(arguments.out).write_text(json.dumps(found), "utf-8")
    if missing:
        sys.exit(f"NOT MEASURED: {', '.join(missing)}")


def outside(arguments: argparse.Namespace) -> int:
    """Every load on every database, then how it grows."""
    from run_tests import postgresql

    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="samskap-bench-") as folder, postgresql() as settings:
        if arguments.only != "postgresql":
            for lines in arguments.loads:
                url = f"sqlite:///{folder}/bench-{lines}.sqlite3"
                found[f"sqlite {lines}"] = _run("SQLite", lines, url, folder, arguments)
        if arguments.only != "sqlite":
            if settings is None:
                print("\nNOT MEASURED: PostgreSQL. Install the package postgresql.", file=sys.stderr)
                return 1
            for lines in arguments.loads:
                url = _new_database(settings["DATABASE_URL"], f"samskap_bench_{lines}")
                try:
                    found[f"postgresql {lines}"] = _run("PostgreSQL", lines, url, folder, arguments)
                finally:
                    _drop_database(settings["DATABASE_URL"], f"samskap_bench_{lines}")
    _growth(found, arguments.loads)
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / "bench.json").write_text(json.dumps(found, indent=1), "utf-8")
    return 0


def _run(name: str, lines: int, url: str, folder: str, arguments: argparse.Namespace) -> dict[str, Any]:
    out = Path(folder) / "out.json"
    subprocess.run(
        [
            sys.executable, __file__, "--inside", "--name", name, "--lines", str(lines), "--out", str(out),
            "--seconds", str(arguments.seconds), "--loads", ",".join(map(str, arguments.loads)),
        ],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True,
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


def _growth(found: dict[str, dict[str, Any]], loads: list[int]) -> None:
    """How much slower the biggest load is than the smallest."""
    if len(loads) < 2:
        return
    small, big = min(loads), max(loads)
    print(f"\n=== growth from {small:,} to {big:,} lines (goals: search 1.5, series check 4)")
    for name in ("sqlite", "postgresql"):
        if f"{name} {big}" not in found:
            continue
        before = {row["what"]: row["ours"]["ms"] for row in found[f"{name} {small}"]["rows"]}
        for row in found[f"{name} {big}"]["rows"]:
            if row["what"] in before:
                print(f"{name:<11} {row['what']:<50} {row['ours']['ms'] / before[row['what']]:>6.2f} x")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", default="1000,10000,100000", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--seconds", type=float, default=4.0)
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
