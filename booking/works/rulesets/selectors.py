"""Which rule set applies, and what a works' own one says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid
from booking.works.rulesets import engine, reading
from booking.works.rulesets.calendar import NoticeCalendar
from booking.works.rulesets.engine import RuleSet
from booking.works.rulesets.models import NoticeRuleSet, RuleSetState


@lru_cache(maxsize=256)
def _parsed(source: str) -> RuleSet:
    """A text read once: published ones never change, and there are few."""
    return reading.parse(source)


def parsed(row: NoticeRuleSet) -> RuleSet:
    """What a row says. Raises ``Invalid`` for a draft with faults in it."""
    return _parsed(row.source)


def published() -> QuerySet[NoticeRuleSet]:
    """All published versions, the newest of each code first."""
    return NoticeRuleSet.objects.filter(state=RuleSetState.PUBLISHED).order_by("code", "-version")


def current_row(code: str) -> NoticeRuleSet | None:
    """The newest version of a code that the municipality has published itself; None: the preset holds, if there is one.

    Copies of a preset don't count: the preset itself may be newer.
    """
    return published().filter(code=code, shipped=False).first()


def code_in_use() -> str:
    """The code of the rule set that new works follow."""
    row = NoticeRuleSet.objects.filter(in_use=True).only("code").first()
    return row.code if row else reading.DEFAULT


def ruleset(name: str = "") -> RuleSet:
    """The rules by name: "small_town@3" is that version for ever, "small_town" the newest one, "" the one in use.

    Raises ``Invalid`` (``unknown_ruleset``) for a name that nothing answers to.
    """
    code, _at, number = (name or code_in_use()).partition("@")
    if number:
        row = published().filter(code=code, version=int(number)).first() if _is_number(number) else None
    else:
        row = current_row(code)
    if row is not None:
        return parsed(row)
    if not number and code in reading.PRESETS:
        return reading.preset(code)
    raise Invalid(
        "unknown_ruleset",
        _("There is no such rule set. There are: %(known)s."),
        loc=("ruleset",),
        params={"known": ", ".join(known_codes())},
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 9


def known_codes() -> Sequence[str]:
    """Codes that can be asked for: the presets, and the municipality's own."""
    return sorted({*reading.PRESETS, *published().order_by().values_list("code", flat=True).distinct()})


def calendar(rules: RuleSet, tz: ZoneInfo | None = None) -> NoticeCalendar:
    """The calendar that the rules count by here: the municipality's country and days off, and the rules' own.

    ``tz``: the resource's zone; the municipality's when it isn't given.
    """
    conf = booking_settings()
    return engine.calendar_of(rules, country=conf.country, extra_days=conf.extra_days, tz=tz or conf.tz)


def is_used(row: NoticeRuleSet) -> bool:
    """True when works were noticed under this version."""
    from booking.works.models import Works  # the tables of works know rule sets by name only

    return Works.objects.filter(ruleset=row.name).exists()
