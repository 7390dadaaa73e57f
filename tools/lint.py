"""``make lint``: every linter, all of them even when one finds something; exit status 1 if any did."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
ENV = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")])}


def strictly_typed() -> list[str]:
    """What mypy judges strictly: the foundation, all rules, all services (files or packages), at every floor."""
    found = [ROOT / "booking/foundation"]
    for room in ("rules", "services"):
        found += sorted((ROOT / "booking").glob(f"*/{room}.py"))
        found += sorted(path.parent for path in (ROOT / "booking").glob(f"*/{room}/__init__.py"))
    return [str(path.relative_to(ROOT)) for path in found]


def checks() -> dict[str, list[str]]:
    """Name and command of each linter."""
    python = sys.executable
    templates = [str(p.relative_to(ROOT)) for p in (ROOT / "booking/templates", ROOT / "pages/templates", ROOT / "site/templates") if p.is_dir()]  # fmt: skip  # noqa: E501
    return {
        "ruff check": [str(BIN / "ruff"), "check", "."],
        "ruff format": [str(BIN / "ruff"), "format", "--check", "."],
        "djlint": [str(BIN / "djlint"), "--lint", "--quiet", *templates],
        # Without its cache: with the plugin for Django it falls over what it kept of an earlier state.
        "mypy": [str(BIN / "mypy"), "--no-incremental", *strictly_typed()],
        "floors": [str(BIN / "lint-imports"), "--no-cache"],
        "migrations": [python, "manage.py", "makemigrations", "--check", "--dry-run", "--skip-checks"],
        "checks": [python, "manage.py", "check", "--fail-level", "WARNING"],
    }


def main() -> int:
    """Run them one after the other; what a quiet one said is shown only when it found something."""
    wanted = sys.argv[1:]
    failed = []
    for name, command in checks().items():
        if wanted and name not in wanted:
            continue
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=ENV, text=True, capture_output=True, check=False)
        mark = "ok" if done.returncode == 0 else "FOUND SOMETHING"
        print(f"{name:12} {mark} ({time.monotonic() - started:.0f} s)", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    print(f"lint: {', '.join(failed)} found something" if failed else "lint: all clean")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
