"""A rule set from YAML to values that the engine can trust, and back. Pure.

What is wrong is told all at once, each with its place (``("rows", 3, "need", "calendar_days")``) and in words, because
a person edits this by hand. Source: notice-rules.md "Rules are data".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import FieldError, Invalid, Loc
from booking.foundation.workdays import HolidayDataMissing, WorkCalendar, parse_extra_day
from booking.works.rulesets import engine
from booking.works.rulesets.engine import Change, Requirement, Row, RuleSet, When

PRESETS = ("small_town", "full")
DEFAULT = "small_town"
#: Bytes of one rule set as text; those that ship have 3,000.
LONGEST = 60_000
_MOST_ROWS = 200
_CODE = re.compile(r"[a-z][a-z0-9_-]{1,39}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
#: Whole numbers, by name: the largest that makes sense. Days, hours, per cent.
_LARGEST = {
    "calendar_days": 400,
    "working_days": 260,
    "hours_before": 168,
    "hours_after": 72,
    "report_working_days": 20,
    "forward_plan_days": 730,
    "consultation_days": 180,
}
_FLAGS = ("phone", "inform_only", "told")


class _Loader(yaml.SafeLoader):
    """YAML without a name that stands twice: the later one would win unseen."""


def _each_once(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    names = [loader.construct_object(key, deep=True) for key, _value in node.value]
    for name in names:
        if not isinstance(name, str):
            raise yaml.constructor.ConstructorError(None, None, f"“{name}” can't be a name here", node.start_mark)
        if names.count(name) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"“{name}” stands twice", node.start_mark)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=deep)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _each_once)


def parse(text: str) -> RuleSet:
    """The rule set that a YAML text describes. Raises ``Invalid`` with every fault, or the line that isn't YAML."""
    return from_data(load(text))


def load(text: str) -> Any:
    """What a YAML text holds, unchecked. Raises ``Invalid`` (``not_yaml``, ``too_long``)."""
    if len(text.encode()) > LONGEST:
        raise Invalid("too_long", _("This is longer than a rule set can be."), loc=("source",))
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader that is stricter still
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Invalid(
            "not_yaml",
            _("Line %(line)s can't be read: %(problem)s."),
            loc=("source",),
            params={"line": mark.line + 1 if mark else 1, "problem": getattr(error, "problem", None) or error},
        ) from None


@cache
def preset(code: str) -> RuleSet:
    """One of the rule sets that ship with the plugin. Raises ``KeyError`` for another code."""
    return parse(preset_source(code))


def preset_source(code: str) -> str:
    """The YAML of a rule set that ships with the plugin. Raises ``KeyError`` for another code."""
    if code not in PRESETS:
        raise KeyError(code)
    return (files(__package__) / "presets" / f"{code}.yaml").read_text(encoding="utf-8")


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Reads values and gathers what is wrong with them."""

    faults: list[FieldError] = field(default_factory=list)

    def fault(self, loc: Loc, code: str, message: Any, **params: Any) -> None:
        self.faults.append(FieldError(loc, code, message, params))

    def mapping(self, value: Any, loc: Loc, names: Sequence[str]) -> dict[str, Any]:
        """``value`` as a mapping with only those names; {} when it isn't one."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.fault(loc, "not_a_mapping", _("Here names and values are needed, as in “calendar_days: 14”."))
            return {}
        for name in value:
            if name not in names:
                self.fault(
                    (*loc, str(name)),
                    "unknown_name",
                    _("“%(name)s” isn't known here. Known are: %(known)s."),
                    name=str(name)[:60],
                    known=", ".join(names),
                )
        return {name: value[name] for name in names if name in value}

    def number(self, value: Any, loc: Loc, largest: int, smallest: int = 0) -> int:
        """A whole number between the two, ends included."""
        if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
            self.fault(
                loc,
                "bad_number",
                _("This must be a whole number from %(smallest)s to %(largest)s."),
                smallest=smallest,
                largest=largest,
            )
            return smallest
        return value

    def flag(self, value: Any, loc: Loc) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.fault(loc, "bad_flag", _("This must be true or false."))
            return False
        return value

    def names(self, value: Any, loc: Loc, known: Sequence[str]) -> frozenset[str]:
        """One known name or a list of them."""
        given = value if isinstance(value, list) else [value]
        if not given:
            self.fault(loc, "empty", _("Name at least one, or leave this out."))
        for one in given:
            if one not in known:
                self.fault(
                    loc,
                    "unknown_value",
                    _("“%(name)s” isn't known here. Known are: %(known)s."),
                    name=str(one)[:60],
                    known=", ".join(known),
                )
        return frozenset(one for one in given if one in known)

    def list(self, value: Any, loc: Loc) -> list[Any]:
        """A list; [] with a fault for anything else."""
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > _MOST_ROWS:
            self.fault(loc, "not_a_list", _("Here a list of at most %(most)s is needed."), most=_MOST_ROWS)
            return []
        return value


_TOP = ("code", "name", "cut_off", "short", "span", "days_off", "rows", "changes")
_NEED = (*(name for name in engine.FIGURES if not name.startswith("acknowledged")), "acknowledged")
_THEN = ("lower", "at_least", "add_calendar_days", "add_working_days", "phone", "steps_earlier")


def from_data(data: Any) -> RuleSet:
    """The rule set of plain values (from YAML or the table). Raises ``Invalid`` with every fault."""
    reader = _Reader()
    top = reader.mapping(data, (), _TOP)
    short = reader.mapping(top.get("short"), ("short",), ("below_hours", "services_off_hours"))
    span = reader.mapping(top.get("span"), ("span",), ("minor_days", "standard_days", "split_days"))
    off = reader.mapping(top.get("days_off"), ("days_off",), ("country", "extra_days", "quiet_weeks"))
    minor = reader.number(span.get("minor_days", 3), ("span", "minor_days"), 100, 1)
    found = RuleSet(
        code=_code(reader, top.get("code")),
        name=_name(reader, top.get("name")),
        cut_off=_clock(reader, top.get("cut_off", "16:00")),
        short_below_hours=reader.number(short.get("below_hours", 8), ("short", "below_hours"), 24, 0),
        services_off_hours=reader.number(short.get("services_off_hours", 4), ("short", "services_off_hours"), 24, 0),
        minor_days=minor,
        standard_days=reader.number(span.get("standard_days", 10), ("span", "standard_days"), 366, minor),
        split_days=reader.number(span.get("split_days", 14), ("span", "split_days"), 366, 0),
        country=_country(reader, off.get("country")),
        extra_days=tuple(_extra_days(reader, off.get("extra_days"))),
        quiet_weeks=frozenset(
            reader.number(week, ("days_off", "quiet_weeks", number), 53, 1)
            for number, week in enumerate(reader.list(off.get("quiet_weeks"), ("days_off", "quiet_weeks")))
        ),
        rows=tuple(_rows(reader, top.get("rows"))),
        changes=tuple(_changes(reader, top.get("changes"))),
    )
    if len(found.quiet_weeks) > 20:
        reader.fault(("days_off", "quiet_weeks"), "too_many", _("At most 20 weeks of a year can be quiet."))
    if not reader.faults:
        reader.faults.extend(gaps_and_clashes(found))
    if reader.faults:
        raise Invalid.of(reader.faults)
    return found


def _code(reader: _Reader, value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        reader.fault(
            ("code",), "bad_code", _("The code must be 2 to 40 small letters, digits, “_” or “-”, a letter first.")
        )
        return "-"
    return value


def _name(reader: _Reader, value: Any) -> dict[str, str]:
    names = reader.mapping(value, ("name",), ("en", "nb", "nn", "se"))
    for language, words in names.items():
        if not isinstance(words, str) or not 1 <= len(words.strip()) <= 80 or not words.isprintable():
            reader.fault(("name", language), "bad_name", _("A name is 1 to 80 characters on one line."))
            return {}
    if not names:
        reader.fault(("name",), "no_name", _("Give the rule set a name in at least one language."))
    return {language: words.strip() for language, words in names.items()}


def _clock(reader: _Reader, value: Any) -> time:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(*divmod(value, 60))  # YAML reads 16:00 without quotes as 960 minutes
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        reader.fault(("cut_off",), "bad_clock", _("Write the hour as “16:00”."))
        return time(16)
    return time(int(match[1]), int(match[2]))


def _country(reader: _Reader, value: Any) -> str | None:
    if value is None:
        return None
    try:
        WorkCalendar(str(value))
    except HolidayDataMissing as error:
        reader.fault(("days_off", "country"), error.code, error.message, **error.params)
        return None
    return str(value)


def _extra_days(reader: _Reader, value: Any) -> Iterator[Any]:
    for number, one in enumerate(reader.list(value, ("days_off", "extra_days"))):
        try:
            yield parse_extra_day(one)
        except (ValueError, TypeError):
            reader.fault(
                ("days_off", "extra_days", number),
                "bad_day",
                _("Write a day as “2026-05-15”, or “12-24” for every year."),
            )


def _when(reader: _Reader, value: Any, loc: Loc) -> When:
    given = reader.mapping(value, loc, ("category", "impact", "use"))
    return When(
        *(
            reader.names(given[name], (*loc, name), known) if name in given else frozenset()
            for name, known in (("category", engine.CATEGORIES), ("impact", engine.IMPACTS), ("use", engine.USES))
        )
    )


def _rows(reader: _Reader, value: Any) -> Iterator[Row]:
    for number, one in enumerate(reader.list(value, ("rows",))):
        row = reader.mapping(one, ("rows", number), ("when", "need"))
        when = _when(reader, row.get("when"), ("rows", number, "when"))
        yield Row(when, _need(reader, row.get("need"), ("rows", number, "need")))


def _need(reader: _Reader, value: Any, loc: Loc) -> Requirement:
    given = reader.mapping(value, loc, _NEED)
    figures: dict[str, Any] = {}
    for name, largest in _LARGEST.items():
        if name in given:
            figures[name] = reader.number(given[name], (*loc, name), largest)
    for name in _FLAGS:
        if name in given:
            figures[name] = reader.flag(given[name], (*loc, name))
    shares = reader.mapping(given.get("acknowledged"), (*loc, "acknowledged"), ("direct", "others"))
    for name, share in shares.items():
        figures[f"acknowledged_{name}"] = reader.number(share, (*loc, "acknowledged", name), 100)
    steps = reader.names(given["ladder"], (*loc, "ladder"), engine.LADDER) if given.get("ladder") else frozenset()
    figures["ladder"] = tuple(step for step in engine.LADDER if step in steps)
    days = [
        reader.number(day, (*loc, "reminders", at), 180, 1)
        for at, day in enumerate(reader.list(given.get("reminders"), (*loc, "reminders")))
    ]
    figures["reminders"] = tuple(sorted(set(days), reverse=True))
    need = Requirement("", **figures)
    if need.hours_before is not None and need.hours_after is not None:
        reader.fault(loc, "before_and_after", _("Hours before the start and hours after it can't both hold."))
    if need.by_hours and (need.calendar_days or need.working_days):
        reader.fault(loc, "days_and_hours", _("Count in days or in hours, not in both."))
    return need


def _changes(reader: _Reader, value: Any) -> Iterator[Change]:
    for number, one in enumerate(reader.list(value, ("changes",))):
        loc = ("changes", number)
        change = reader.mapping(one, loc, ("when", "then"))
        then = reader.mapping(change.get("then"), (*loc, "then"), _THEN)
        place = (*loc, "then")
        floor = then.get("at_least")
        if floor is not None and floor not in engine.PLANNED:
            reader.names(floor, (*place, "at_least"), engine.PLANNED)
            floor = None
        yield Change(
            _when(reader, change.get("when"), (*loc, "when")),
            lower=reader.number(then.get("lower", 0), (*place, "lower"), len(engine.PLANNED) - 1),
            at_least=floor,
            add_calendar_days=reader.number(then.get("add_calendar_days", 0), (*place, "add_calendar_days"), 180),
            add_working_days=reader.number(then.get("add_working_days", 0), (*place, "add_working_days"), 130),
            phone=reader.flag(then.get("phone", False), (*place, "phone")),
            steps_earlier=reader.number(then.get("steps_earlier", 0), (*place, "steps_earlier"), len(engine.LADDER)),
        )


def gaps_and_clashes(ruleset: RuleSet) -> list[FieldError]:
    """Works that no row is about, and works that two equally specific rows are about without an order between them."""
    faults: list[FieldError] = []
    told: set[tuple[int, ...]] = set()
    for category, impact, use in product(engine.CATEGORIES, engine.IMPACTS, (None, *engine.USES)):
        found = engine.candidates(ruleset.rows, category, impact, use)
        works = f"{category} × {impact}" + (f" × {use}" if use else "")
        if not found:
            if use is None:
                faults.append(
                    FieldError(("rows",), "no_rule", _("No row says what “%(works)s” needs."), {"works": works})
                )
            continue
        if any(all(engine.at_least_as_strict(one.need, other.need) for other in found) for one in found):
            continue
        numbers = tuple(number for number, row in enumerate(ruleset.rows, 1) if row in found)
        if numbers not in told:
            told.add(numbers)
            faults.append(
                FieldError(
                    ("rows", numbers[-1] - 1),
                    "no_order",
                    _("Rows %(rows)s are all about “%(works)s”, and none of them is the strictest. Make one narrower."),
                    {"rows": ", ".join(str(number) for number in numbers), "works": works},
                )
            )
    return faults


# --- writing ---------------------------------------------------------------------------------------------------------


def to_data(ruleset: RuleSet) -> dict[str, Any]:
    """The plain values of a rule set, each figure that isn't nothing: what is stored, and what is compared."""
    return {
        "code": ruleset.code,
        "name": dict(ruleset.name),
        "cut_off": f"{ruleset.cut_off:%H:%M}",
        "short": {"below_hours": ruleset.short_below_hours, "services_off_hours": ruleset.services_off_hours},
        "span": {
            "minor_days": ruleset.minor_days,
            "standard_days": ruleset.standard_days,
            "split_days": ruleset.split_days,
        },
        "days_off": {
            **({"country": ruleset.country} if ruleset.country else {}),
            "extra_days": [
                day.isoformat() if isinstance(day, date) else f"{day[0]:02}-{day[1]:02}" for day in ruleset.extra_days
            ],
            "quiet_weeks": sorted(ruleset.quiet_weeks),
        },
        "rows": [{"when": _when_data(row.when), "need": _need_data(row.need)} for row in ruleset.rows],
        "changes": [
            {
                "when": _when_data(change.when),
                "then": {name: getattr(change, name) for name in _THEN if getattr(change, name)},
            }
            for change in ruleset.changes
        ],
    }


def _when_data(when: When) -> dict[str, list[str]]:
    found = {
        "category": [name for name in engine.CATEGORIES if name in when.categories],
        "impact": [name for name in engine.IMPACTS if name in when.impacts],
        "use": [name for name in engine.USES if name in when.uses],
    }
    return {name: values for name, values in found.items() if values}


def _need_data(need: Requirement) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _NEED:
        if name == "acknowledged":
            if need.acknowledged_direct or need.acknowledged_others:
                found[name] = {"direct": need.acknowledged_direct, "others": need.acknowledged_others}
        elif name in ("reminders", "ladder"):
            if getattr(need, name):
                found[name] = list(getattr(need, name))
        elif getattr(need, name) != getattr(_NOTHING, name):
            found[name] = getattr(need, name)
    return found


_NOTHING = Requirement("")


def to_yaml(ruleset: RuleSet) -> str:
    """The rule set as YAML text that ``parse`` reads back to the same."""
    return yaml.safe_dump(to_data(ruleset), sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
