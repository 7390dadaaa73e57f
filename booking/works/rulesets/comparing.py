"""What a version of a rule set changes: first by what it means for people, then line by line."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_lazy as _

from booking.works.rulesets import engine, reading, selectors
from booking.works.rulesets.engine import RuleSet
from booking.works.rulesets.models import NoticeRuleSet

#: The figures that people ask about, with their names.
FIGURES = {
    "calendar_days": _("calendar days"),
    "working_days": _("working days"),
    "consultation_days": _("days of consultation"),
    "forward_plan_days": _("days in the public plan"),
    "hours_before": _("hours before the start"),
    "hours_after": _("hours after the start"),
    "reminders": _("reminders, days before"),
    "acknowledged_direct": _("acknowledged by those hit directly, per cent"),
    "acknowledged_others": _("acknowledged by others, per cent"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is another one for some works: ``stricter`` when people are told earlier or better than before."""

    works: str
    figure: str
    before: str
    after: str
    stricter: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text: taken away, added, or there before and after."""

    kind: Literal["removed", "added", "same"]
    text: str


def before(row: NoticeRuleSet) -> RuleSet | None:
    """What held before this version: the newest older one that was published, else the preset of that code."""
    older = selectors.published().filter(code=row.code, version__lt=row.version).first()
    if older is not None:
        return selectors.parsed(older)
    return reading.preset(row.code) if row.code in reading.PRESETS else None


def differences(old: RuleSet, new: RuleSet) -> list[Difference]:
    """Figures that change, by category and impact; of one category the first impact that shows it."""
    found: list[Difference] = []
    for category in engine.CATEGORIES:
        said: set[tuple[str, str, str]] = set()
        for impact in engine.IMPACTS:
            was, will = engine.required(old, category, impact), engine.required(new, category, impact)
            for name in FIGURES:
                earlier, later = _words(getattr(was, name)), _words(getattr(will, name))
                if earlier == later or (name, earlier, later) in said:
                    continue
                said.add((name, earlier, later))
                works = f"{category} × {impact}"
                found.append(Difference(works, str(FIGURES[name]), earlier, later, _stricter(name, was, will)))
    return found


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or "–"
    return "–" if value is None else str(value)


def _stricter(name: str, was: engine.Requirement, will: engine.Requirement) -> bool:
    return getattr(engine.strictest(was, will), name) == getattr(will, name)


def lines(old: RuleSet, new: RuleSet) -> list[Line]:
    """The two as text, line by line, with two lines around each change."""
    found = []
    for line in difflib.unified_diff(
        reading.to_yaml(old).splitlines(), reading.to_yaml(new).splitlines(), n=2, lineterm=""
    ):
        if line.startswith(("---", "+++")):
            continue
        kind: Literal["removed", "added", "same"] = (
            "removed" if line[:1] == "-" else "added" if line[:1] == "+" else "same"
        )
        found.append(Line(kind, "…" if line.startswith("@@") else line[1:]))
    return found
