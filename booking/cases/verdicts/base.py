"""The verdict: what one rule says about one line or a whole request. The same object serves every door.

Preview, submission, decision page and API all ask `judge`, so they can't disagree (a test holds them to it). A higher
floor adds a rule with `register` (works ahead, quotas); a site can replace one by registering its code again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from booking.catalogue.rules import EffectiveRules
from booking.catalogue.selectors import Terms
from booking.foundation.errors import Loc
from booking.foundation.i18n import filled
from booking.occupancy.selectors import Conflict

Severity = Literal["block", "needs_officer", "info"]
Scope = Literal["line", "request"]
Text = str | Promise

#: The verdict that nobody can override: the time is somebody else's.
TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says. `who_may_override`: "officer" (ask anyway, and why) or "nobody" (taken time).

    `params` are plain values (they are stored with the case and shown by the API); `message` and `suggestion` are
    rendered from them in the reader's language. `loc` points at the field that it is about. `tick`: the asker must
    say that they know of this, by sending the value in `ticked`; no reason and no officer can do that for them.
    """

    code: str
    message: Text
    severity: Severity
    who_may_override: str = "officer"
    suggestion: Text | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    loc: Loc = ()
    tick: str = ""

    @property
    def blocks(self) -> bool:
        return self.severity == "block"

    @property
    def text(self) -> str:
        """The message in the active language."""
        return filled(self.message, self.params)

    @property
    def suggestion_text(self) -> str:
        """The suggestion in the active language; "" when there is none."""
        return filled(self.suggestion, self.params) if self.suggestion is not None else ""

    def as_dict(self) -> dict[str, Any]:
        """As the API shows it (api.md "checks")."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.text,
            "suggestion": self.suggestion_text or None,
            "who_may_override": self.who_may_override,
            "tick": self.tick or None,
        }

    def as_fact(self, line: int | None) -> dict[str, Any]:
        """As it is kept with a case: codes and values only; `line` is the line's number, None for the whole request."""
        ticked = {"ticked": self.tick} if self.tick else {}
        return {"code": self.code, "severity": self.severity, "line": line, "params": dict(self.params)} | ticked


@dataclass(slots=True, unsafe_hash=True)  # not frozen: a check makes hundreds, at a third of the time
class Asked:
    """One line as the rules see it: `[start, end)` aware UTC, its resource's rules, hours and wall clock."""

    index: int
    resource: Any
    start: datetime
    end: datetime
    quantity: int
    setup_minutes: int
    teardown_minutes: int
    rules: EffectiveRules
    tz: ZoneInfo
    #: Openings around the line as sorted, separate [from, to) in epoch seconds.
    windows: Sequence[tuple[int, int]]
    conflicts: Sequence[Conflict]
    rivals: int = 0
    loc: Loc = ()
    #: The start on the resource's wall clock.
    local_start: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.local_start = self.start.astimezone(self.tz)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the rules may look at. `organisation` None with `anonymous` False: a private person asks."""

    now: datetime
    lines: Sequence[Asked]
    heads: int
    children_youth: bool
    organisation: Any
    anonymous: bool
    for_unit: bool
    has_responsible: bool
    #: What the organisation has already, where there is a quota: by resource id and first day of the period (minutes,
    #: loans). Without what is judged here.
    used: Mapping[tuple[int, date], tuple[int, int]] = field(default_factory=dict)
    #: What the asker says they know of (`Verdict.tick`), or has said when a stored case was sent.
    ticked: frozenset[str] = frozenset()
    #: Somebody asks now, and can tick; False: a stored case is judged.
    asking: bool = False
    #: What higher floors know about it, by the name under which they registered (``register_facts``).
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """What facts are asked about: the terms of the things, what is to happen there, and the case if there is one yet.

    ``uses``: slugs of the kinds of use, those that the head count makes it included.
    """

    terms: Terms
    resource_ids: frozenset[int]
    uses: frozenset[str]
    case: Any = None


LineRule = Callable[[Asked, Situation], Iterable[Verdict]]
RequestRule = Callable[[Situation], Iterable[Verdict]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule. `about_asker`: can't be judged for somebody anonymous; it is then named in `not_checked`."""

    name: str
    scope: Scope
    judge: Callable[..., Iterable[Verdict]]
    about_asker: bool


_rules: dict[str, Rule] = {}
_facts: dict[str, Callable[[About], Any]] = {}


def register_facts(name: str, load: Callable[[About], Any]) -> None:
    """What a rule of a higher floor needs to know besides: ``load`` reads it (a constant number of queries, none for a
    request that isn't stored yet), the rule finds it in ``situation.facts[name]``."""
    _facts[name] = load


def load_facts(about: About) -> dict[str, Any]:
    """Everything that was registered, for one judgement."""
    return {name: load(about) for name, load in _facts.items()}


def register(name: str, scope: Scope, *, about_asker: bool = False) -> Callable[[Any], Any]:
    """Decorator: add a rule. A rule of scope "line" gets `(asked, situation)`, one of scope "request" the situation."""

    def add(judge: Callable[..., Iterable[Verdict]]) -> Callable[..., Iterable[Verdict]]:
        _rules[name] = Rule(name, scope, judge, about_asker)
        return judge

    return add


def registered() -> list[Rule]:
    """Every rule, in the order of registration."""
    return list(_rules.values())


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all rules say: per line index, and about the whole request; and what could not be judged."""

    lines: Mapping[int, list[Verdict]]
    request: list[Verdict]
    not_checked: list[str]


def judge(situation: Situation) -> Judgement:
    """Ask every rule. Pure: the situation holds all facts."""
    lines: dict[int, list[Verdict]] = {asked.index: [] for asked in situation.lines}
    whole: list[Verdict] = []
    not_checked: list[str] = []
    for rule in _rules.values():
        if rule.about_asker and situation.anonymous:
            not_checked.append(rule.name)
        elif rule.scope == "request":
            whole += rule.judge(situation)
        else:
            ask = rule.judge
            for asked in situation.lines:
                if said := ask(asked, situation):
                    lines[asked.index] += said
    return Judgement(lines, whole, not_checked)
