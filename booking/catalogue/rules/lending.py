"""Rules of lending, and how they are inherited.

Thing → what it is part of → unit and kind → unit → parent units (kind first) → defaults.

Each rule is inherited by itself: a thing may set its own buffer and take everything else from its unit. The house rules
in three languages count as one rule, so that languages of different texts are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import FieldError

#: The columns of `RuleFields`, house rules last. Their order is the order of `EffectiveRules`.
RULE_FIELDS = (
    "min_minutes",
    "max_minutes",
    "step_minutes",
    "lead_hours",
    "horizon_days",
    "buffer_before",
    "buffer_after",
    "approval",
    "automatic_children_youth",
    "automatic_kinds",
    "pending_policy",
    "private_persons",
    "unverified_may_ask",
    "needs_adult",
    "allowed_kinds",
    "min_members",
    "quota_most",
    "quota_unit",
    "quota_per",
    "priority_uses",
    "holidays",
    "house_rules",
    "house_rules_nn",
    "house_rules_en",
)
#: Those that are text, so that "" is "not set"; and those that are lists, kept as JSON.
TEXT_RULES = ("approval", "pending_policy", "quota_unit", "quota_per", "priority_uses", "holidays")
LIST_RULES = ("automatic_kinds", "allowed_kinds")
_SINGLE = RULE_FIELDS[:-3]
_columns = attrgetter(*RULE_FIELDS)

#: Values of one layer, in the order of RULE_FIELDS with the house rules folded into one tuple. None: not set here.
Layer = tuple[Any, ...]
EMPTY: Layer = (None,) * (len(_SINGLE) + 1)


@dataclass(frozen=True, slots=True)
class EffectiveRules:
    """The rules that hold for a thing after inheritance. Minutes, hours and days as the names say; None: no limit."""

    min_minutes: int | None = None
    max_minutes: int | None = None
    step_minutes: int = 15
    lead_hours: int = 0
    horizon_days: int | None = 400
    buffer_before: int = 0
    buffer_after: int = 0
    approval: str = "manual"
    automatic_children_youth: bool = False
    automatic_kinds: tuple[str, ...] = ()
    pending_policy: str = "compete"
    private_persons: bool = False
    unverified_may_ask: bool = True
    needs_adult: bool = False
    allowed_kinds: tuple[str, ...] = ()
    min_members: int | None = None
    quota_most: int | None = None
    quota_unit: str = "hours"
    quota_per: str = "week"
    priority_uses: str = ""
    holidays: str = "normal"
    house_rules: str = ""
    house_rules_nn: str = ""
    house_rules_en: str = ""


#: What holds where nobody set a rule.
DEFAULTS = EffectiveRules()
_DEFAULT_VALUES: Layer = (*(getattr(DEFAULTS, name) for name in _SINGLE), ("", "", ""))


#: Columns of a row that sets nothing; most things are like that.
_UNSET = tuple("" if name in TEXT_RULES or name.startswith("house_rules") else None for name in RULE_FIELDS)


def layer_of(row: Any) -> Layer:
    """The rules that ``row`` (anything with the columns of RuleFields) sets itself."""
    columns = _columns(row)
    return EMPTY if columns == _UNSET else layer_from(columns)


def layer_from(values: Sequence[Any]) -> Layer:
    """The same from the column values in the order of RULE_FIELDS, as ``values_list(*RULE_FIELDS)`` gives them."""
    single = [None if value == "" else value for value in values[:-3]]
    texts = tuple(values[-3:])
    return (*single, texts if any(texts) else None)


def inherit(layers: Iterable[Layer]) -> Layer:
    """One layer from several, nearest first: each rule from the first that sets it."""
    result = list(EMPTY)
    missing = range(len(result))
    for layer in layers:
        if layer == EMPTY:
            continue
        for index in missing:
            result[index] = layer[index]
        missing = [index for index in missing if result[index] is None]  # type: ignore[assignment]
        if not missing:
            break
    return tuple(result)


def effective(layer: Layer) -> EffectiveRules:
    """The inherited layer with the defaults in its gaps."""
    values = [default if value is None else value for value, default in zip(layer, _DEFAULT_VALUES, strict=True)]
    for name in LIST_RULES:
        kinds = _SINGLE.index(name)
        values[kinds] = tuple(values[kinds])
    return EffectiveRules(*values[:-1], *values[-1])


def sources(layers: Sequence[tuple[str, Layer]]) -> dict[str, str]:
    """For each rule the name of the nearest of the named ``layers`` that sets it ("" where the default holds).

    For the hints in the staff's form ("inherited from the unit: 30").
    """
    names = (*_SINGLE, "house_rules")
    return {
        rule: next((name for name, layer in layers if layer[index] is not None), "") for index, rule in enumerate(names)
    }


_WEEK = 7 * 24 * 60
_LIMITS: dict[str, tuple[int, int]] = {
    "min_minutes": (1, 366 * 24 * 60),
    "max_minutes": (1, 366 * 24 * 60),
    "step_minutes": (1, 24 * 60),
    "lead_hours": (0, 366 * 24),
    "horizon_days": (1, 3660),
    "buffer_before": (0, _WEEK),
    "buffer_after": (0, _WEEK),
    "min_members": (1, 1_000_000),
    "quota_most": (1, 10_000),
}


def check_lending(values: Mapping[str, Any]) -> list[FieldError]:
    """What is impossible in a set of rules, each by field. Missing keys and None count as "inherit"."""
    faults = []
    for name, (least, most) in _LIMITS.items():
        value = values.get(name)
        if value is not None and not least <= value <= most:
            faults.append(
                FieldError(
                    (name,),
                    "out_of_range",
                    _("This must be between %(least)s and %(most)s."),
                    {"least": least, "most": most},
                )
            )
    shortest, longest = values.get("min_minutes"), values.get("max_minutes")
    if shortest is not None and longest is not None and shortest > longest:
        faults.append(
            FieldError(("max_minutes",), "min_over_max", _("The longest loan is shorter than the shortest one."))
        )
    lead, horizon = values.get("lead_hours"), values.get("horizon_days")
    if lead is not None and horizon is not None and lead >= horizon * 24:
        faults.append(
            FieldError(
                ("lead_hours",), "lead_over_horizon", _("Nobody could ever ask in time: this is beyond the horizon.")
            )
        )
    try:
        read_priority_uses(values.get("priority_uses") or "")
    except ValueError as error:
        message = _("Write one use per line, with the days to reply: “Funeral: 2”. This can't be read: %(line)s")
        faults.append(FieldError(("priority_uses",), "unreadable", message, {"line": str(error)}))
    return faults


#: A use that comes first has at most so many days to reply, and so long a name.
MOST_REPLY_DAYS = 60
_LONGEST_USE = 60


def read_priority_uses(text: str) -> dict[str, int]:
    """The uses that the house rules named beforehand, each with its own days to reply (requests.md "Deciding").

    One per line, ``Funeral: 2``. Raises ``ValueError`` with the first line that can't be read.
    """
    found: dict[str, int] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, colon, days = line.rpartition(":")
        name, days = name.strip(), days.strip()
        readable = colon and name and len(name) <= _LONGEST_USE and days.isascii() and days.isdigit() and len(days) < 4
        if not readable or int(days) > MOST_REPLY_DAYS or name in found:
            raise ValueError(line.strip()[:80])
        found[name] = int(days)
    return found
