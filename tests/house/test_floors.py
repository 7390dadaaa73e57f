"""The direction of the house: imports, foreign keys, and the one clock."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import DO_NOTHING, PROTECT, ForeignKey, ManyToManyField, OneToOneField

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
OURS = ("booking", "pages", "municipality")


def floors() -> dict[str, int]:
    """Capability → its floor, the ground being 0; from the same lines that import-linter reads."""
    layers = next(contract for contract in CONTRACTS if contract["id"] == "floors")["layers"]
    return {
        name.strip(" ()"): number for number, layer in enumerate(reversed(layers)) for name in layer.split("|")
    }  # fmt: skip


def test_imports_go_downward_only():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")])}
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]


def test_every_capability_has_a_floor():
    packages = {path.parent.name for path in (ROOT / "booking").glob("*/__init__.py")}
    assert packages - {"migrations", "management", "templatetags"} <= floors().keys()


def capability_of(model) -> str:
    parts = model.__module__.split(".")
    return parts[1] if parts[0] == "booking" else parts[0]


def our_relations():
    for config in apps.get_app_configs():
        if config.name.split(".")[0] not in OURS:
            continue
        for model in config.get_models(include_auto_created=True):
            for field in model._meta.get_fields(include_hidden=False):
                if isinstance(field, ForeignKey | OneToOneField | ManyToManyField):
                    yield model, field


def test_foreign_keys_point_to_the_same_floor_or_lower():
    rank = floors() | {"pages": 100, "municipality": 101}
    wrong, seen = [], 0
    for model, field in our_relations():
        target = field.related_model
        if target._meta.label == settings.AUTH_USER_MODEL or target.__module__.split(".")[0] not in OURS:
            continue
        seen += 1
        if rank[capability_of(target)] > rank[capability_of(model)]:
            wrong.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert seen > 10
    assert not wrong, "\n".join(wrong)


def test_history_does_not_disappear_with_a_user():
    """Foreign keys to users are PROTECT (architecture.md); Wagtail's log entries outlive their user with DO_NOTHING."""
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model, field in our_relations()
        if model.__module__.split(".")[0] == "booking"
        and not field.many_to_many
        and field.related_model._meta.label == settings.AUTH_USER_MODEL
        and field.remote_field.on_delete not in (PROTECT, DO_NOTHING)
    ]
    assert not wrong, "\n".join(wrong)


# --- the clock ------------------------------------------------------------------------------------------------------

#: (module or class, attribute) that read a clock behind our back.
RAW = {
    ("timezone", "now"), ("timezone", "localdate"), ("timezone", "localtime"), ("datetime", "now"),
    ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"), ("dt", "now"),
}  # fmt: skip


def sources():
    for package in ("booking", "pages", "site/municipality"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and path != ROOT / "booking/foundation/clock.py":
                yield path


def raw_clocks(tree: ast.AST) -> list[int]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if (owner, node.attr) in RAW:
                found.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module in ("django.utils.timezone", "time"):
            found += [node.lineno for name in node.names if name.name in ("now", "localdate", "localtime", "time")]
    return found


def test_nobody_reads_a_raw_clock():
    found = {
        f"{path.relative_to(ROOT)}:{line}" for path in sources() for line in raw_clocks(ast.parse(path.read_text()))
    }
    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "from django.utils import timezone\ntimezone.now()",
        "import datetime\ndatetime.datetime.now(None)",
        "from datetime import date\ndate.today()",
        "from django.utils.timezone import now",
        "import time\ntime.time()",
        "default=timezone.now",
    ],
)
def test_the_search_for_raw_clocks_finds_them(code):
    assert raw_clocks(ast.parse(code))


def test_rules_are_pure():
    """``rules.py``: no ORM, no request, no clock, no settings (architecture.md, "rooms")."""
    forbidden = ("django.db", "django.http", "django.conf", "rest_framework", "wagtail", "booking.foundation.doors")
    wrong = []
    paths = [*(ROOT / "booking").glob("*/rules.py"), *(ROOT / "booking").glob("*/rules/*.py")]
    assert paths
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                # Rules of a lower floor are pure as well; which floors, import-linter says.
                outside = not re.match(r"(?!booking\b)|booking\.foundation\b|booking\.\w+\.rules\b", name)
                if name.startswith(forbidden) or outside or ".models" in name or ".selectors" in name:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "now":
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} now()")
    assert not wrong, "\n".join(wrong)
