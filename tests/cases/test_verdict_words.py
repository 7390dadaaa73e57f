"""Every verdict that a rule can give has words on the officer's page."""

from __future__ import annotations

import ast
from pathlib import Path

from booking.cases.staff.words import VERDICT_LABELS

ROOT = Path(__file__).resolve().parents[2] / "booking"


def codes() -> set[str]:
    """First arguments of every ``Verdict(...)`` in the rules: texts, or names of constants of the same module."""
    found = set()
    for path in [*ROOT.glob("*/verdict*.py"), *ROOT.glob("*/verdicts/*.py")]:
        tree = ast.parse(path.read_text("utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Verdict" and node.args:
                first = node.args[0]
                code = first.value if isinstance(first, ast.Constant) else constants.get(getattr(first, "id", ""))
                found |= {code} if code else set()
    return found


def test_every_verdict_has_a_label() -> None:
    assert {"opening_hours", "quota", "permits", "works_ahead"} <= codes()
    assert codes() <= set(VERDICT_LABELS), codes() - set(VERDICT_LABELS)
